//! What each simulated thing is called, so that a call, a component and a fault can be seen to mean the same thing.

use crate::plan::{Application, Component, Region, Side};
use crate::service::arn::Thing;
use crate::service::{Operation, Query};

/// A database instance.
pub fn database(region: &Region, id: &str) -> String {
    format!("{region}/rds/{id}")
}

/// An ECS service, its scaling limits included; by names or ARNs.
pub fn service(region: &Region, cluster: &str, service: &str) -> String {
    format!("{region}/ecs/{}/{}", Thing::Cluster.name(cluster), Thing::Service.name(service))
}

/// A task definition's family.
pub fn family(region: &Region, name: &str) -> String {
    format!("{region}/family/{}", family_of(name))
}

/// A target group, by name or ARN.
pub fn targets(region: &Region, name: &str) -> String {
    format!("{region}/targets/{}", Thing::TargetGroup.name(name))
}

/// A load balancer, by name or ARN.
pub fn balancer(region: &Region, name: &str) -> String {
    format!("{region}/balancer/{}", Thing::LoadBalancer.name(name))
}

/// The record sets of a name and type. Zones belong to no region.
pub fn record(zone: &str, name: &str, record_type: &str) -> String {
    format!("dns/{zone}/{}/{record_type}", canonical(name))
}

/// What a component itself does: its command, its probe.
pub fn component(name: &str) -> String {
    format!("component/{name}")
}

/// A DNS name in one spelling: lower case, with its final dot.
pub fn canonical(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace("\\052", "*");
    if name.is_empty() || name.ends_with('.') { name } else { name + "." }
}

/// The family of `family`, `family:revision` or an ARN.
pub fn family_of(name: &str) -> &str {
    let revision = name.rsplit('/').next().unwrap_or(name);
    revision.split_once(':').map_or(revision, |(family, _)| family)
}

/// What a query is about; `None` when it is about no single thing.
pub fn of_query(region: &Region, query: &Query) -> Option<String> {
    Some(match query {
        Query::DbInstance { id } | Query::ReplicaLag { id } => database(region, id),
        Query::EcsService { cluster, service: name }
        | Query::ServiceDefinition { cluster, service: name }
        | Query::ServiceTasks { cluster, service: name }
        | Query::ScalableTarget { cluster, service: name } => service(region, cluster, name),
        Query::TaskDefinition { name } => family(region, name),
        Query::TargetHealth { target_group } => targets(region, target_group),
        Query::LoadBalancer { name } => balancer(region, name),
        Query::RecordSets { zone, name, record_type } | Query::DnsAnswer { zone, name, record_type } => {
            record(zone, name, record_type)
        }
        Query::DnsChange { .. } | Query::Http(_) | Query::Tcp { .. } | Query::Look(_) | Query::Identity => return None,
    })
}

/// What an operation is about.
pub fn of_operation(region: &Region, operation: &Operation) -> Vec<String> {
    match operation {
        Operation::PromoteReadReplica { id, .. } | Operation::RenameDbInstance { id, .. } => {
            vec![database(region, id)]
        }
        Operation::RegisterTaskDefinition { from: name, .. } | Operation::DeregisterTaskDefinition { arn: name } => {
            vec![family(region, name)]
        }
        Operation::UpdateService { cluster, service: name, .. }
        | Operation::SetScalableTarget { cluster, service: name, .. } => vec![service(region, cluster, name)],
        Operation::ChangeRecords { zone, upsert, delete } => {
            upsert.iter().chain(delete).map(|set| record(zone, &set.name, &set.record_type)).collect()
        }
        Operation::Run(_) => Vec::new(),
    }
}

/// Everything that a fault aimed at `of` happens to.
pub fn of_component(of: &Component, application: &Application) -> Vec<String> {
    let (primary, recovery) = (application.region(Side::Primary), application.region(Side::Recovery));
    let fields = &of.fields;
    let text = |name: &str| fields.required(name);
    let mut keys = vec![component(of.name.as_str())];
    match of.kind.as_str() {
        "rds" => keys.extend([database(primary, &text("primary")), database(recovery, &text("recovery"))]),
        "ecs" => {
            keys.push(service(recovery, &text("cluster"), &text("service")));
            let family_of_service = || Thing::Service.name(&text("service")).to_owned();
            keys.push(family(recovery, &fields.text("family").unwrap_or_else(family_of_service)));
            keys.extend(fields.text("target_group").map(|group| targets(recovery, &group)));
        }
        "load-balancer" => {
            keys.extend([balancer(recovery, &text("name")), targets(recovery, &text("target_group"))]);
        }
        "route53" => {
            let record_type = fields.text("type").unwrap_or_else(|| "A".to_owned());
            keys.push(record(&text("zone"), &text("record"), &record_type));
        }
        _ => {}
    }
    keys
}
