//! Amazon ECS, and what scales its services: services as they are and the acts on them, their tasks, their definitions,
//! the limits of application-autoscaling.

pub(super) mod definitions;
pub(super) mod scaling;
pub(super) mod services;
pub(super) mod tasks;

use super::desk::{Asked, Eye, Hand, Look};
use super::trouble::Trouble;
use crate::service::{EcsOperation, EcsQuery, Query, Receipt};
use definitions::Values;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeContainerInstances",
    "DescribeScalableTargets",
    "DescribeServices",
    "DescribeTaskDefinition",
    "DescribeTasks",
    "ListTasks",
];

/// The looks that answer `asked`.
pub(in crate::cloud::aws) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, EcsQuery>) -> Vec<Look<'a>> {
    let mut services = Vec::new();
    let mut revisions = Vec::new();
    let mut running = Vec::new();
    let mut limits = Vec::new();
    for (query, words) in asked {
        match words {
            EcsQuery::EcsService { .. } => services.push(query),
            EcsQuery::TaskDefinition { .. } | EcsQuery::ServiceDefinition { .. } => revisions.push(query),
            EcsQuery::ServiceTasks { .. } => running.push(query),
            EcsQuery::ScalableTarget { .. } => limits.push(query),
        }
    }
    vec![
        Look::of(services, |queries| services::look(eye, queries)),
        Look::of(revisions, |queries| definitions::look(eye, queries)),
        Look::of(running, |queries| tasks::look(eye, queries)),
        Look::of(limits, |queries| scaling::look(eye, queries)),
    ]
}

/// Does what is done here.
pub(super) async fn act(hand: Hand<'_>, operation: &EcsOperation) -> Result<Receipt, Trouble> {
    match operation {
        EcsOperation::RegisterTaskDefinition { from, container, environment, secrets, image } => {
            let (container, image) = (container.as_deref(), image.as_deref());
            definitions::register(hand, from, Values { container, environment, secrets, image }).await
        }
        EcsOperation::DeregisterTaskDefinition { arn } => definitions::deregister(hand, arn).await,
        EcsOperation::UpdateService { cluster, service, desired, task_definition, force } => {
            services::update(hand, (cluster, service), *desired, task_definition.as_deref(), *force).await
        }
        EcsOperation::SetScalableTarget { cluster, service, min, max, suspended } => {
            scaling::set(hand, (cluster, service), *min, *max, *suspended).await
        }
    }
}

/// The cluster and the service that a query names.
fn service_of(query: &Query) -> Option<(&str, &str)> {
    match query {
        Query::Ecs(EcsQuery::EcsService { cluster, service })
        | Query::Ecs(EcsQuery::ServiceDefinition { cluster, service })
        | Query::Ecs(EcsQuery::ServiceTasks { cluster, service }) => Some((cluster, service)),
        _ => None,
    }
}
