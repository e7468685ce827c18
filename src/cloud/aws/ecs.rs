//! Amazon ECS: services as they run, and the two acts on them.

use super::actor::Hand;
use super::audit::Audit;
use super::observer::{Answers, Eye, all_unanswered};
use super::trouble::Trouble;
use crate::service::observation::{Deployment, EcsService};
use crate::service::{Observation, Query, Receipt, Silence, Unanswered};
use crate::text::Clean;
use aws_sdk_ecs::types::{DesiredStatus, Failure, Service, Task};
use std::collections::BTreeMap;

pub(super) use super::task_definition::look as definitions;

/// How many services one DescribeServices call takes.
const SERVICES: usize = 10;
/// How many events of a service are kept.
const EVENTS: usize = 3;

/// Describes every service asked for, ten of a cluster in one call.
pub(super) async fn services(eye: Eye<'_>, queries: Vec<&Query>) -> Answers {
    let mut clusters: BTreeMap<&str, Vec<&Query>> = BTreeMap::new();
    for query in queries {
        if let Query::EcsService { cluster, .. } = query {
            clusters.entry(cluster).or_default().push(query);
        }
    }
    let calls = clusters
        .iter()
        .flat_map(|(cluster, queries)| queries.chunks(SERVICES).map(|chunk| describe(eye, cluster, chunk)));
    futures::future::join_all(calls).await.into_iter().flatten().collect()
}

async fn describe(eye: Eye<'_>, cluster: &str, queries: &[&Query]) -> Answers {
    let names = queries.iter().filter_map(|query| name(query)).map(str::to_owned).collect();
    let audit = Audit::look(eye, "ecs");
    let call = eye.clients.ecs.describe_services().cluster(cluster).set_services(Some(names));
    let found = match audit.settle(call.customize().interceptor(audit.clone()).send()).await {
        Ok(found) => found,
        Err(trouble) if trouble.is(&["ClusterNotFoundException"]) => {
            let absent = |query: &&Query| ((*query).clone(), Ok(Observation::EcsService { service: None }));
            return queries.iter().map(absent).collect();
        }
        Err(trouble) => return all_unanswered(queries, &trouble),
    };
    let mut answers = Vec::new();
    for query in queries {
        let service = found.services().iter().find(|service| service.service_name() == name(query));
        let answer = match (service, failure(found.failures(), name(query))) {
            (Some(service), _) => Ok(Some(observed(eye, cluster, service).await)),
            (None, None | Some("MISSING")) => Ok(None),
            (None, Some(reason)) => {
                Err(Unanswered { because: Silence::Error, code: None, message: Clean::new(reason) })
            }
        };
        answers.push(((*query).clone(), answer.map(|service| Observation::EcsService { service })));
    }
    answers
}

fn name(query: &Query) -> Option<&str> {
    match query {
        Query::EcsService { service, .. } => Some(service.as_str()),
        _ => None,
    }
}

/// Why ECS did not describe the service, when it says so; `MISSING` when there is none.
fn failure<'a>(failures: &'a [Failure], name: Option<&str>) -> Option<&'a str> {
    let suffix = format!("/{}", name?);
    failures.iter().find(|failure| failure.arn().is_some_and(|arn| arn.ends_with(&suffix)))?.reason()
}

async fn observed(eye: Eye<'_>, cluster: &str, service: &Service) -> EcsService {
    let clean = |text: Option<&str>| Clean::new(text.unwrap_or_default());
    let count = |value: i32| u64::try_from(value).unwrap_or(0);
    let mut deployments: Vec<Deployment> = service
        .deployments()
        .iter()
        .map(|deployment| Deployment {
            status: clean(deployment.status()),
            task_definition: clean(deployment.task_definition()),
            rollout: deployment.rollout_state().map(|state| Clean::new(state.as_str())),
            reason: deployment.rollout_state_reason().filter(|reason| !reason.is_empty()).map(Clean::new),
            failed_tasks: count(deployment.failed_tasks()),
            running: count(deployment.running_count()),
        })
        .collect();
    deployments.sort_by_key(|deployment| deployment.status.as_str() != "PRIMARY");
    let short = service.running_count() < service.desired_count() && service.pending_count() == 0;
    let failing = short || deployments.iter().any(|deployment| deployment.failed_tasks > 0);
    let name = service.service_name().unwrap_or_default();
    EcsService {
        cluster: Clean::new(cluster),
        name: Clean::new(name),
        status: clean(service.status()),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        task_definition: clean(service.task_definition()),
        deployments,
        events: service.events().iter().take(EVENTS).filter_map(|event| event.message()).map(Clean::new).collect(),
        stopped_reason: if failing { stopped_reason(eye, cluster, name).await } else { None },
    }
}

/// Why a task of the service stopped last; `None` when it cannot be told, which fails nothing.
async fn stopped_reason(eye: Eye<'_>, cluster: &str, service: &str) -> Option<Clean> {
    let audit = Audit::look(eye, "ecs");
    let list =
        eye.clients.ecs.list_tasks().cluster(cluster).service_name(service).desired_status(DesiredStatus::Stopped);
    let listed = audit.settle(list.max_results(10).customize().interceptor(audit.clone()).send()).await.ok()?;
    if listed.task_arns().is_empty() {
        return None;
    }
    let audit = Audit::look(eye, "ecs");
    let describe = eye.clients.ecs.describe_tasks().cluster(cluster).set_tasks(Some(listed.task_arns().to_vec()));
    let tasks = audit.settle(describe.customize().interceptor(audit.clone()).send()).await.ok()?;
    let failed = tasks.tasks().iter().filter(|task| !was_scaled_in(task));
    let latest = failed.max_by_key(|task| task.stopped_at().map(aws_smithy_types::DateTime::secs))?;
    Some(reason(latest))
}

/// Tasks that ECS stopped because fewer were wanted, or newer ones replaced them, did not fail.
fn was_scaled_in(task: &Task) -> bool {
    task.stopped_reason().is_some_and(|reason| reason.starts_with("Scaling activity initiated by"))
}

/// The task's reason, and its containers' own where they give one: the task's alone seldom says more than that one ended.
fn reason(task: &Task) -> Clean {
    let containers = task.containers().iter().filter_map(|container| {
        let name = container.name()?;
        match (container.exit_code(), container.reason()) {
            (None | Some(0), None) => None,
            (None, Some(reason)) => Some(format!("{name}: {reason}")),
            (Some(code), None) => Some(format!("{name}: exit {code}")),
            (Some(code), Some(reason)) => Some(format!("{name}: exit {code}, {reason}")),
        }
    });
    let task = task.stopped_reason().unwrap_or("stopped").to_owned();
    Clean::new(&std::iter::once(task).chain(containers).collect::<Vec<_>>().join("; "))
}

/// `UpdateService`.
pub(super) async fn update(
    hand: Hand<'_>,
    service: (&str, &str),
    desired: u64,
    task_definition: Option<&str>,
    force: bool,
) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "ecs");
    let call = hand
        .eye
        .clients
        .ecs
        .update_service()
        .cluster(service.0)
        .service(service.1)
        .desired_count(i32::try_from(desired).unwrap_or(i32::MAX))
        .set_task_definition(task_definition.map(str::to_owned))
        .set_force_new_deployment(force.then_some(true));
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}

/// `DeregisterTaskDefinition`.
pub(super) async fn deregister(hand: Hand<'_>, arn: &str) -> Result<Receipt, Trouble> {
    let audit = Audit::act(hand, "ecs");
    let call = hand.eye.clients.ecs.deregister_task_definition().task_definition(arn);
    audit.settle(call.customize().interceptor(audit.clone()).send()).await?;
    Ok(Receipt::default())
}
