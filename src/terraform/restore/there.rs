//! What is in the other region already: by what a plan pairs, by who replicates whom, by name. It is not made again, but
//! looked up, so that a plan fails where it is not there after all.

use super::MADE;
use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::address::{Address, slug};
use crate::terraform::generate::called;
use crate::terraform::hcl::{Block, Body};
use crate::terraform::known::THERE;
use std::collections::BTreeMap;

/// What one of a data source's arguments is.
#[derive(Clone, Copy)]
enum By {
    Id,
    Name,
}

/// How what is there is looked up: kind, data source, argument, and what that is.
const LOOKED_UP: &[(&str, &str, &str, By)] = &[
    ("vpc", "aws_vpc", "id", By::Id),
    ("dhcp-options", "aws_vpc_dhcp_options", "dhcp_options_id", By::Id),
    ("internet-gateway", "aws_internet_gateway", "internet_gateway_id", By::Id),
    ("subnet", "aws_subnet", "id", By::Id),
    ("eip", "aws_eip", "id", By::Id),
    ("nat-gateway", "aws_nat_gateway", "id", By::Id),
    ("route-table", "aws_route_table", "route_table_id", By::Id),
    ("vpc-endpoint", "aws_vpc_endpoint", "id", By::Id),
    ("security-group", "aws_security_group", "id", By::Id),
    ("iam-role", "aws_iam_role", "name", By::Id),
    ("iam-policy", "aws_iam_policy", "arn", By::Id),
    ("instance-profile", "aws_iam_instance_profile", "name", By::Id),
    ("kms-key", "aws_kms_key", "key_id", By::Id),
    ("secret", "aws_secretsmanager_secret", "name", By::Name),
    ("db-subnet-group", "aws_db_subnet_group", "name", By::Id),
    ("db-parameter-group", "aws_db_parameter_group", "name", By::Id),
    ("cache-subnet-group", "aws_elasticache_subnet_group", "name", By::Id),
    ("db-instance", "aws_db_instance", "db_instance_identifier", By::Id),
    ("aurora-cluster", "aws_rds_cluster", "cluster_identifier", By::Id),
    ("replication-group", "aws_elasticache_replication_group", "replication_group_id", By::Id),
    ("table", "aws_dynamodb_table", "name", By::Id),
    ("bucket", "aws_s3_bucket", "bucket", By::Id),
    ("repository", "aws_ecr_repository", "name", By::Id),
    ("log-group", "aws_cloudwatch_log_group", "name", By::Id),
    ("ecs-cluster", "aws_ecs_cluster", "cluster_name", By::Id),
    ("function", "aws_lambda_function", "function_name", By::Id),
    ("launch-template", "aws_launch_template", "id", By::Id),
    ("autoscaling-group", "aws_autoscaling_group", "name", By::Id),
    ("load-balancer", "aws_lb", "arn", By::Id),
    ("target-group", "aws_lb_target_group", "arn", By::Id),
    ("listener", "aws_lb_listener", "arn", By::Id),
    ("zone", "aws_route53_zone", "zone_id", By::Id),
    ("queue", "aws_sqs_queue", "name", By::Name),
    ("topic", "aws_sns_topic", "name", By::Name),
];

/// Something that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct There {
    /// Its kind.
    pub kind: String,
    /// By what it is known there.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its ARN, where that is known.
    pub arn: Option<String>,
}

impl There {
    /// `resource`, as it is.
    pub fn of(resource: &Resource) -> Self {
        let name = resource.name.clone().unwrap_or_else(|| resource.id.clone());
        Self { kind: resource.kind.clone(), id: resource.id.clone(), name, arn: resource.arn.clone() }
    }

    /// What a plan names, of which no capture tells.
    pub fn named(of: &Reference) -> Self {
        Self { kind: of.kind.clone(), id: of.id.clone(), name: of.id.clone(), arn: None }
    }

    /// Where others find it.
    pub fn address(&self, called: &str) -> Address {
        match self.row() {
            Some((_, class, ..)) => Address::new(&format!("data.{class}"), called),
            None => Address::new(THERE, &format!("{}_{called}", slug(&self.kind))),
        }
    }

    /// The data source that looks it up, as `called`.
    pub fn block(&self, called: &str) -> Option<Block> {
        let (_, class, argument, by) = self.row()?;
        let value = match by {
            By::Id => &self.id,
            By::Name => &self.name,
        };
        Some(Block::new("data", &[class, called], Body::default().with(argument, value.as_str())))
    }

    fn row(&self) -> Option<&'static (&'static str, &'static str, &'static str, By)> {
        LOOKED_UP.iter().find(|(kind, ..)| *kind == self.kind)
    }
}

/// What the other region has of an application.
#[derive(Debug, Default)]
pub struct Standing<'a> {
    of: BTreeMap<Reference, There>,
    resources: Vec<&'a Resource>,
}

impl<'a> Standing<'a> {
    /// Of `snapshot`, in `recovery`, where `pairs` are one thing on both sides.
    pub fn new(snapshot: &'a Snapshot, recovery: Option<&'a Snapshot>, pairs: &[(Reference, Reference)]) -> Self {
        let mut of = BTreeMap::new();
        let resources: Vec<&Resource> = recovery.iter().flat_map(|one| &one.resources).collect();
        for (primary, there) in pairs {
            // What a whole capture has not is not there, whatever a plan says.
            match recovery.and_then(|recovery| recovery.resource(there)) {
                Some(found) => drop(of.insert(primary.clone(), There::of(found))),
                None if recovery.is_some_and(|recovery| recovery.complete) => {}
                None => drop(of.insert(primary.clone(), There::named(there))),
            }
        }
        let Some(recovery) = recovery else { return Self { of, resources } };
        let mut by_name: BTreeMap<(String, String), Vec<&Resource>> = BTreeMap::new();
        for resource in &recovery.resources {
            by_name.entry(label(recovery, resource)).or_default().push(resource);
        }
        let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
        snapshot.resources.iter().for_each(|one| *times.entry(label(snapshot, one)).or_default() += 1);
        for resource in &snapshot.resources {
            if of.contains_key(&resource.reference()) {
                continue;
            }
            let named = label(snapshot, resource);
            let same =
                by_name.get(&named).filter(|found| found.len() == 1 && times[&named] == 1 && !named.1.is_empty());
            let linked = recovery.resources.iter().find(|other| is_replica(resource, other));
            // A bucket has another name there, since names of buckets are of all the world.
            let moved = (resource.kind == "bucket").then(|| {
                let name = super::turn::another_name(&resource.id, &snapshot.region, &recovery.region)?;
                recovery.resource(&Reference::new("bucket", &name))
            });
            if let Some(found) = linked.or(moved.flatten()).or_else(|| same.map(|found| found[0])) {
                of.insert(resource.reference(), There::of(found));
            }
        }
        Self { of, resources }
    }

    /// What stands there for it.
    pub fn get(&self, of: &Reference) -> Option<&There> {
        self.of.get(of)
    }

    /// Whether an earlier restore made it: it is Terraform's there, and is written again.
    pub fn is_made(&self, there: &There) -> bool {
        let found = self.resources.iter().find(|one| one.kind == there.kind && one.id == there.id);
        found.is_some_and(|one| one.config.get("Tags").is_some_and(|tags| tags.get(MADE).is_some()))
    }
}

/// What it is matched by: its kind, and what it is called where that says something.
fn label(snapshot: &Snapshot, resource: &Resource) -> (String, String) {
    let name = match resource.kind.as_str() {
        "listener" | "record" => called(snapshot, resource),
        "scalable-target" | "log-group" | "ecs-service" => resource.id.clone(),
        _ => resource.name.clone().unwrap_or_default(),
    };
    (resource.kind.clone(), name.replace(&snapshot.region, "REGION"))
}

/// Whether `other` replicates `one`.
pub(in crate::terraform) fn is_replica(one: &Resource, other: &Resource) -> bool {
    if one.kind != other.kind {
        return false;
    }
    let same = |key: &str| one.config.get(key).is_some_and(|value| other.config.get(key) == Some(value));
    match one.kind.as_str() {
        "db-instance" | "aurora-cluster" => {
            let key = if one.kind == "db-instance" { "ReadReplicaSource" } else { "ReplicationSource" };
            let source = other.config.get(key).and_then(|value| value.as_str());
            let is_source = source.is_some_and(|source| source == one.id || Some(source) == one.arn.as_deref());
            is_source || (one.kind == "aurora-cluster" && same("GlobalCluster"))
        }
        "replication-group" => same("GlobalReplicationGroup"),
        "kms-key" => one.id.starts_with("mrk-") && one.id == other.id,
        _ => false,
    }
}
