//! What the simulator must know of a kind of component. Nothing of it has a default: what is forgotten does not compile,
//! and a kind without a row fails a test.

use super::world::World;
use super::{
    accelerator, acm, alarm, aurora, automation, autoscaling, dynamodb, ec2, eks, elasticache, elb, events, iam,
    invoke, kms, lambda, local, parameter, plugin, rds, restore, route53, routing, s3, scheduler, secret, services,
    sqs, terraform,
};
use crate::plan::{Application, Component, Side};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A kind of component in the simulated world.
pub(super) trait Simulated: Sync {
    /// Puts what `component` speaks of into the world, as it stands before anything is done.
    fn stand(&self, world: &mut World, component: &Component);

    /// What a fault aimed at `component` happens to, beside the component itself: see [`super::keys`].
    fn keys(&self, component: &Component, application: &Application) -> Vec<String>;

    /// The programs that `component` names, and what they are to it.
    fn programs(&self, component: &Component) -> Vec<(Vec<String>, Program)>;

    /// Whether `component` by itself works on `side` at `at`: whether what needs it is served.
    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool;

    /// What operations change of all that is of this kind, as it stands at `at`, by the name of what it is.
    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)>;
}

/// What a program is to its component.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Program {
    /// It does the component's work.
    Run,
    /// It tells whether that is done.
    Verify,
    /// It takes the work back.
    Undo,
    /// It tells whether a store has caught up.
    CaughtUp,
    /// It tells what differs between the two sides of a store.
    Compare,
}

/// One row a kind.
pub(super) static KINDS: &[(&str, &dyn Simulated)] = &[
    ("rds", &rds::Rds),
    ("rds-restore", &restore::RdsRestore),
    ("aurora", &aurora::Aurora),
    ("elasticache", &elasticache::ElastiCache),
    ("parameter", &parameter::Parameter),
    ("secret", &secret::SecretKind),
    ("kms", &kms::Kms),
    ("dynamodb", &dynamodb::DynamoDb),
    ("s3", &s3::S3),
    ("ecs", &services::Ecs),
    ("autoscaling", &autoscaling::AutoScaling),
    ("nodegroup", &eks::Nodegroup),
    ("lambda", &lambda::Lambda),
    ("rule", &events::Rule),
    ("schedule", &scheduler::Schedule),
    ("queue", &sqs::Queue),
    ("load-balancer", &elb::LoadBalancer),
    ("route53", &route53::Route53),
    ("certificate", &acm::Certificate),
    ("switch", &s3::Switch),
    ("accelerator", &accelerator::Accelerator),
    ("routing-control", &routing::RoutingControl),
    ("network", &ec2::Network),
    ("iam", &iam::Iam),
    ("alarm", &alarm::AlarmKind),
    ("runbook", &automation::Runbook),
    ("invoke", &invoke::Invoke),
    ("http", &local::Check),
    ("tcp", &local::Check),
    ("command", &local::Command),
    ("terraform", &terraform::Terraform),
    ("manual", &local::Manual),
];

/// The kind called `name`; `None` for one that a plan cannot have.
pub(super) fn of(name: &str) -> Option<&'static dyn Simulated> {
    if crate::plan::plugin::parts(name).is_some() {
        return Some(&plugin::Plugin);
    }
    KINDS.iter().find(|(kind, _)| *kind == name).map(|(_, simulated)| *simulated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Kinds;
    use crate::service::Registry;

    #[test]
    fn every_kind_of_the_registry_is_simulated() {
        let rows: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(rows, Registry.names());
    }
}
