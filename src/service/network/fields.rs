//! What a plan says of a network, and what is wrong about it before any cloud is asked.

use super::cidr::Cidr;
use super::reach::Target;
use crate::plan::fields::fields;
use crate::plan::{Component, Problem};
use crate::service::resolve::has_reference;

fields! {
    /// What a plan says of a network.
    pub(crate) struct Said {
        required vpc: Text, "the VPC in the recovery region, by its id (vpc-…) or its Name tag";
        optional subnets: Texts, "the subnets that are needed of it, by their ids (subnet-…) or Name tags";
        optional security_groups: Texts, "the security groups that have to be there, by their ids (sg-…), group names or Name tags";
        optional free_addresses: Count, "how many addresses have to be free in each of `subnets`: one a task or instance that is to come";
        optional open: Tables(Open), "what the rules have to let through between `subnets`, over TCP";
        optional reach: Texts, "what each of `subnets` has to reach: `internet`, or a service by the end of its endpoint's name: ecr, secretsmanager, logs, s3, sts, ssm, …";
    }
}

fields! {
    /// A way that has to be open.
    pub(crate) struct Open {
        required from: Text, "who connects: a security group, or a CIDR block";
        required to: Text, "whom: a security group";
        required port: Within(1, 65535), "the TCP port";
    }
}

/// What no single field shows.
pub(super) fn problems(component: &Component) -> Vec<Problem> {
    let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
    let mut problems = Vec::new();
    if !has_reference(&said.vpc) && (said.vpc.starts_with("arn:") || said.vpc.trim().is_empty()) {
        problems.push(Problem::at("vpc", format!("`{}` is no VPC", said.vpc), "its id, vpc-…, or its Name tag"));
    }
    let of_subnets = [
        ("free_addresses", said.free_addresses.is_some()),
        ("open", !said.open.is_empty()),
        ("reach", !said.reach.is_empty()),
    ];
    if said.subnets.is_empty() {
        let given = of_subnets.into_iter().filter(|(_, is_given)| *is_given);
        problems.extend(given.map(|(field, _)| {
            Problem::at(field, "it is about subnets, and none is given", "say in `subnets` which they are")
        }));
    }
    for open in &said.open {
        let looks_like_a_block = |text: &str| text.contains('/') && !has_reference(text);
        if looks_like_a_block(&open.from) && Cidr::parse(&open.from).is_none() {
            let help = "10.0.0.0/16, or a security group";
            problems.push(Problem::at("open", format!("`{}` is no CIDR block of IPv4", open.from), help));
        }
        if looks_like_a_block(&open.to) {
            let help = "a security group: whose rules are to let it in";
            problems.push(Problem::at("open", format!("`{}` is no security group", open.to), help));
        }
    }
    let unknown = |name: &&String| !has_reference(name) && Target::of(name).is_none();
    if let Some(name) = said.reach.iter().find(unknown) {
        let help = "internet, or what a service's endpoint is called after com.amazonaws.REGION: ecr, s3, ssm, …";
        problems.push(Problem::at("reach", format!("`{name}` is nothing that can be reached"), help));
    }
    problems
}
