//! What ECS says of a service's deployments: whose they are, whether they have settled, and whether they have failed. A
//! change of desiredCount alone starts no deployment and leaves its rollout COMPLETED, so counts are always looked at too.

use super::controller;
use crate::service::observation::{Deployment, EcsService};
use crate::service::work::{Asked, Verdict};

/// `family:revision` of a task definition's ARN, so that an ARN and a short name compare.
pub(super) fn revision_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether `service` is meant to run `task_definition`; any will do for `None`.
pub(super) fn is_meant_to_run(service: &EcsService, task_definition: Option<&str>) -> bool {
    task_definition.is_none_or(|wanted| {
        revision_of(&service.task_definition) == revision_of(wanted)
            && primary(service).is_none_or(|primary| revision_of(&primary.task_definition) == revision_of(wanted))
    })
}

/// The deployment that ECS is bringing about.
pub(super) fn primary(service: &EcsService) -> Option<&Deployment> {
    service.deployments.iter().find(|deployment| deployment.status.as_str() == "PRIMARY")
}

/// The id of the deployment that our act brought about, from ECS's own reply to it.
pub(super) fn ours(asked: &Asked) -> Option<&str> {
    asked.receipt()?.id.as_deref().filter(|id| id.starts_with("ecs-svc/"))
}

/// What it says when the service is not there to be used; unknown statuses are in flight.
pub(super) fn unusable(service: &EcsService) -> Option<Verdict> {
    match service.status.as_str() {
        "ACTIVE" => None,
        "DRAINING" | "INACTIVE" => Some(Verdict::bad(
            format!("the service {} is {}", service.name, service.status),
            "it was deleted: create it again, then retry",
        )),
        other => Some(Verdict::moving(format!("the service is {other}"))),
    }
}

/// What is still under way; `None` once everything that should run does, and nothing else.
pub(super) fn unsettled(service: &EcsService) -> Option<String> {
    let EcsService { running, desired, pending, .. } = service;
    if running != desired || *pending > 0 {
        return Some(format!("{running} of {desired} running, {pending} pending"));
    }
    if !controller::has_deployments(service) {
        return None;
    }
    let Some(primary) = primary(service) else { return Some("no primary deployment yet".to_owned()) };
    // Absent behind a Classic load balancer; any other word is in flight.
    if let Some(rollout) = primary.rollout.as_ref().filter(|rollout| rollout.as_str() != "COMPLETED") {
        return Some(format!("{running} of {desired} running, rollout {rollout}"));
    }
    let still_running = service.deployments.iter().filter(|deployment| deployment.running > 0).count();
    (still_running > 1).then(|| format!("{running} running over {still_running} deployments"))
}

/// What shows that the primary deployment will not come to hold. `failed_before` tasks had failed in it before anything
/// was asked.
pub(super) fn failure(service: &EcsService, wanted: u64, failed_before: u64) -> Option<String> {
    let primary = primary(service)?;
    if has_failed(primary) {
        return Some("the rollout failed".to_owned());
    }
    let failed = primary.failed_tasks.saturating_sub(failed_before);
    // The threshold of ECS's own circuit breaker, for services that have it switched off.
    let too_many = wanted.div_ceil(2).clamp(3, 200);
    (failed >= too_many && service.running < wanted)
        .then(|| format!("{failed} tasks failed, {} of {wanted} running", service.running))
}

/// What shows that ECS, or somebody, went on from our deployment to another one: by its id where ECS told it, else by
/// the `task_definition` that was asked for. A circuit breaker may have rolled back between two looks. Another deployment
/// of what was asked for is as good as ours, unless a `restart` was asked for and failed.
pub(super) fn overtaken(
    service: &EcsService,
    ours: Option<&str>,
    task_definition: Option<&str>,
    restart: bool,
) -> Option<String> {
    let current = primary(service)?;
    if ours.is_some_and(|id| current.id.as_str() == id) {
        return None;
    }
    let wanted = task_definition.map(revision_of);
    let is_ours = |deployment: &&Deployment| match ours {
        Some(id) => deployment.id.as_str() == id,
        None => wanted.is_some_and(|wanted| revision_of(&deployment.task_definition) == wanted),
    };
    let failed = service.deployments.iter().find(is_ours).is_some_and(has_failed)
        || ours.is_some_and(|id| service.events.iter().any(|event| tells_of_the_end(&event.message, id)));
    let runs = revision_of(&current.task_definition);
    let runs_another = wanted.is_some_and(|wanted| runs != wanted);
    if failed && (runs_another || restart) {
        return Some(format!("the rollout failed and ECS went back to {runs}"));
    }
    (ours.is_some() && runs_another)
        .then(|| format!("another deployment, {} of {runs}, has taken the place of ours", current.id))
}

/// Whether an event says that the deployment `id` failed.
fn tells_of_the_end(message: &str, id: &str) -> bool {
    message.contains(&format!("(deployment {id})")) && message.contains("failed")
}

fn has_failed(deployment: &Deployment) -> bool {
    deployment.rollout.as_ref().is_some_and(|rollout| rollout.as_str() == "FAILED")
}
