//! What ECS says of a service's deployments: whether they have settled, and whether they have failed. A change of
//! desiredCount alone starts no deployment and leaves its rollout COMPLETED, so counts are always looked at too.

use crate::service::observation::{Deployment, EcsService};
use crate::service::work::Verdict;
use crate::text::Clean;

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

/// What it says when the service is not there to be used; unknown statuses are in flight.
pub(super) fn unusable(service: &EcsService) -> Option<Verdict> {
    match service.status.as_str() {
        "ACTIVE" => None,
        "DRAINING" | "INACTIVE" => Some(Verdict::bad(
            format!("the service {} is {}", service.name, service.status),
            "it was deleted: create it again in the recovery region, then retry",
        )),
        other => Some(Verdict::moving(format!("the service is {other}"))),
    }
}

/// What is still under way; `None` once everything that should run does, and nothing else.
pub(super) fn unsettled(service: &EcsService) -> Option<String> {
    let EcsService { running, desired, pending, .. } = service;
    let Some(primary) = primary(service) else { return Some("no primary deployment yet".to_owned()) };
    if running != desired || *pending > 0 {
        return Some(format!("{running} of {desired} running, {pending} pending"));
    }
    // Absent behind a Classic load balancer; any other word is in flight.
    if let Some(rollout) = primary.rollout.as_ref().filter(|rollout| rollout.as_str() != "COMPLETED") {
        return Some(format!("{running} of {desired} running, rollout {rollout}"));
    }
    let still_running = service.deployments.iter().filter(|deployment| deployment.running > 0).count();
    (still_running > 1).then(|| format!("{running} running over {still_running} deployments"))
}

/// Why the primary deployment will not come to hold, in ECS's own words. `failed_before` tasks had failed in it
/// before anything was asked.
pub(super) fn failure(service: &EcsService, wanted: u64, failed_before: u64) -> Option<String> {
    let primary = primary(service)?;
    if rollout_failed(primary) {
        return Some(in_words("the rollout failed", primary, service));
    }
    let failed = primary.failed_tasks.saturating_sub(failed_before);
    // The threshold of ECS's own circuit breaker, for services that have it switched off.
    let too_many = wanted.div_ceil(2).clamp(3, 200);
    (failed >= too_many && service.running < wanted)
        .then(|| in_words(&format!("{failed} tasks failed, {} of {wanted} running", service.running), primary, service))
}

/// Why ECS went back from `task_definition` to what ran before, when it did.
pub(super) fn rolled_back(service: &EcsService, task_definition: Option<&str>) -> Option<String> {
    let wanted = revision_of(task_definition?);
    let ours = service.deployments.iter().find(|deployment| revision_of(&deployment.task_definition) == wanted)?;
    rollout_failed(ours).then(|| in_words("the rollout failed and ECS went back", ours, service))
}

fn rollout_failed(deployment: &Deployment) -> bool {
    deployment.rollout.as_ref().is_some_and(|rollout| rollout.as_str() == "FAILED")
}

fn in_words(what: &str, deployment: &Deployment, service: &EcsService) -> String {
    let said = [deployment.reason.as_ref(), service.stopped_reason.as_ref(), service.events.first()];
    let said: Vec<&str> = said.into_iter().flatten().map(Clean::as_str).collect();
    if said.is_empty() { what.to_owned() } else { format!("{what}: {}", said.join("; ")) }
}
