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
        let address =
            if is_member(resource) { &Address::new("aws_rds_cluster_instance", &address.name) } else { address };
        let said = |attribute: &str| Said { of: of.clone(), expression: address.says(attribute) };
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
        for known in &resource.known_by {
            if let Some(expression) = known_as(resource, address, known) {
                gather.within(known, Said { of: of.clone(), expression });
            }
        }
    }
    gather.done()
}

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
        "kms-key" if known.starts_with("alias/") => {
            return Some(format!("aws_kms_alias.{}.name", super::address::slug(&known["alias/".len()..])));
        }
        _ => return None,
    };
    Some(address.says(attribute))
}
