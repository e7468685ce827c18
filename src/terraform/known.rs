//! By what the resources of a snapshot are known: ids, ARNs, endpoints, names.

use super::address::Address;
use super::reference::{Gather, Index, Said};
use super::rules;
use crate::snapshot::{Reference, Resource};
use std::collections::BTreeMap;

/// Kinds whose ids no text holds by chance.
const OPAQUE: &[&str] = &[
    "vpc",
    "subnet",
    "internet-gateway",
    "egress-only-gateway",
    "eip",
    "nat-gateway",
    "route-table",
    "vpc-endpoint",
    "security-group",
    "network-acl",
    "dhcp-options",
    "launch-template",
    "health-check",
    "zone",
];

/// The identifiers of `resources`, which are written at these addresses.
pub fn index<'a>(resources: impl Iterator<Item = &'a Resource>, addresses: &BTreeMap<Reference, Address>) -> Index {
    let mut gather = Gather::default();
    for resource in resources {
        let of = resource.reference();
        let (Some(rule), Some(address)) = (rules::of(&resource.kind), addresses.get(&of)) else { continue };
        let address = if is_member(resource) && address.class == rule.class {
            &Address::new("aws_rds_cluster_instance", &address.name)
        } else {
            address
        };
        let said = |attribute: &str| Said { of: of.clone(), expression: says(address, attribute) };
        gather.whole(&resource.kind, &resource.id, said(rule.says));
        if let Some(arn) = &resource.arn {
            gather.whole(&resource.kind, arn, said(rule.arn));
            gather.within(arn, said(rule.arn));
        }
        if OPAQUE.contains(&resource.kind.as_str()) {
            gather.within(&resource.id, said(rule.says));
        }
        if resource.kind == "log-group" && resource.id.starts_with('/') {
            gather.within(&resource.id, said("name"));
        }
        // Metrics and scaling know them by the end of their ARN.
        let end = resource.arn.as_deref().and_then(|arn| arn.splitn(6, ':').nth(5));
        let end = match resource.kind.as_str() {
            "load-balancer" => end.and_then(|end| end.strip_prefix("loadbalancer/")),
            "target-group" => end,
            _ => None,
        };
        if let Some(end) = end.filter(|end| end.contains('/')) {
            gather.within(end, said("arn_suffix"));
        }
        for known in &resource.known_by {
            if let Some(expression) = known_as(resource, address, known) {
                gather.within(known, Said { of: of.clone(), expression });
            }
        }
    }
    gather.done()
}

/// What says `attribute` of what stands at `address`: what is not written, but spoken of, is a data source, a value of what is
/// there already, or one that somebody gives.
pub fn says(address: &Address, attribute: &str) -> String {
    let attribute = match (address.class.as_str(), attribute) {
        ("data.aws_db_instance", "identifier") => "db_instance_identifier",
        ("data.aws_db_instance", "arn") => "db_instance_arn",
        (GIVEN, attribute) => return format!("var.{}_{attribute}", address.name),
        (THERE, "arn") => "arn",
        (THERE, _) => "id",
        (_, attribute) => attribute,
    };
    address.says(attribute)
}

/// The class of what somebody gives.
pub const GIVEN: &str = "var";
/// The class of what is there already, by what it is called.
pub const THERE: &str = "local.there";

/// Whether it is an instance of a cluster, which has a class of its own.
pub fn is_member(resource: &Resource) -> bool {
    resource.kind == "db-instance" && resource.config.contains_key("Cluster")
}

/// What says a name that a resource is known by besides its id and ARN.
fn known_as(resource: &Resource, address: &Address, known: &str) -> Option<String> {
    let attribute = match resource.kind.as_str() {
        "db-instance" if is_member(resource) => "endpoint",
        "db-instance" => "address",
        "aurora-cluster" if known.contains(".cluster-ro-") => "reader_endpoint",
        "aurora-cluster" => "endpoint",
        "replication-group" if known.starts_with("clustercfg.") => "configuration_endpoint_address",
        "replication-group" if known.starts_with("replica.") || known.contains("-ro.") => "reader_endpoint_address",
        "replication-group" => "primary_endpoint_address",
        "repository" => "repository_url",
        "queue" if known.starts_with("http") => "url",
        "load-balancer" => "dns_name",
        "bucket" => "bucket",
        "secret" => "name",
        // A field that takes an alias takes the key as well.
        "kms-key" if address.class == GIVEN || address.class.starts_with("data.") => "arn",
        "kms-key" if known.starts_with("alias/") => {
            return Some(format!("aws_kms_alias.{}.name", super::address::slug(&known["alias/".len()..])));
        }
        _ => return None,
    };
    Some(says(address, attribute))
}
