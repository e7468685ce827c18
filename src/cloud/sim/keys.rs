//! What each simulated thing is called, so that a call, a component and a fault can be seen to mean the same thing.

use super::kind;
use crate::plan::{Application, Component, Region};
use crate::service::arn::Thing;
use crate::service::dns_name::canonical;
use crate::service::{ZoneRef, said};

/// A database instance.
pub fn database(region: &Region, id: &str) -> String {
    format!("{region}/rds/{id}")
}

/// A global database of Aurora, both of its clusters included.
pub fn global_database(id: &str) -> String {
    format!("aurora/{}", id.to_ascii_lowercase())
}

/// A cluster of Aurora.
pub fn db_cluster(region: &Region, id: &str) -> String {
    format!("{region}/aurora/{}", id.to_ascii_lowercase())
}

/// A global datastore of ElastiCache, both of its groups included.
pub fn datastore(id: &str) -> String {
    format!("elasticache/{}", id.to_ascii_lowercase())
}

/// A replication group of ElastiCache.
pub fn cache_group(region: &Region, id: &str) -> String {
    format!("{region}/elasticache/{}", id.to_ascii_lowercase())
}

/// An S3 bucket, its objects included: names are of all regions.
pub fn bucket(name: &str) -> String {
    format!("s3/{name}")
}

/// A routing control, or a control panel: a cluster is of no one region.
pub fn control(arn: &str) -> String {
    format!("arc/{arn}")
}

/// A DynamoDB global table, in both of its regions.
pub fn table(name: &str) -> String {
    format!("dynamodb/{name}")
}

/// An ECS service, its scaling limits included; by names or ARNs.
pub fn service(region: &Region, cluster: &str, service: &str) -> String {
    format!("{region}/ecs/{}/{}", Thing::Cluster.name(cluster), Thing::Service.name(service))
}

/// An EC2 Auto Scaling group.
pub fn scaling_group(region: &Region, name: &str) -> String {
    format!("{region}/asg/{name}")
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

/// Everything at a name, of whatever type.
pub fn name(zone: &str, name: &str) -> String {
    format!("dns/{zone}/{}", canonical(name))
}

/// The id of the zone that a plan means: its own, or one made of its name.
pub fn zone(of: &ZoneRef) -> String {
    if !of.is_name() {
        return of.zone.strip_prefix("/hostedzone/").unwrap_or(&of.zone).to_owned();
    }
    let letters = of.zone.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
    format!("Z51M{}{}", letters.collect::<String>(), if of.private == Some(true) { "IN" } else { "" })
}

/// The zone of a `route53` component.
pub fn zone_of(said: &said::Route53) -> ZoneRef {
    let bare = said.zone.strip_prefix("/hostedzone/").unwrap_or(&said.zone);
    let zone = if bare.contains('.') { canonical(bare) } else { bare.to_owned() };
    ZoneRef { zone: zone.into(), private: said.private }
}

/// The family of `family`, `family:revision` or an ARN.
pub fn family_of(name: &str) -> &str {
    let revision = name.rsplit('/').next().unwrap_or(name);
    revision.split_once(':').map_or(revision, |(family, _)| family)
}

/// Everything that a fault aimed at `of` happens to.
pub fn of_component(of: &Component, application: &Application) -> Vec<String> {
    let own = kind::of(of.kind.as_str()).map(|kind| kind.keys(of, application));
    std::iter::once(component(of.name.as_str())).chain(own.into_iter().flatten()).collect()
}
