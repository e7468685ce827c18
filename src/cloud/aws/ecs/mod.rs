//! Amazon ECS, and what scales its services: services as they are and the acts on them, their tasks, their definitions,
//! the limits of application-autoscaling.

pub(super) mod definitions;
pub(super) mod scaling;
pub(super) mod services;
pub(super) mod tasks;

use crate::service::Query;
use aws_smithy_types::DateTime;
use jiff::Timestamp;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeContainerInstances",
    "DescribeScalableTargets",
    "DescribeServices",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "ListTasks",
];

/// The cluster and the service that a query names.
fn service_of(query: &Query) -> Option<(&str, &str)> {
    match query {
        Query::EcsService { cluster, service }
        | Query::ServiceDefinition { cluster, service }
        | Query::ServiceTasks { cluster, service } => Some((cluster, service)),
        _ => None,
    }
}

/// An SDK's time as ours.
fn time(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}
