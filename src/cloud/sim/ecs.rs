//! The simulated Amazon ECS and what scales its services: what it answers, what it refuses, and what becomes of what is
//! taken.

use super::containers::Service;
use super::keys;
use super::world::{Refusal, Together, World};
use crate::plan::Region;
use crate::service::observation::ScalableTarget;
use crate::service::{EcsObservation, EcsOperation, EcsQuery, Observation, Receipt};
use crate::text::Clean;
use jiff::Timestamp;

/// How many services one DescribeServices call takes.
const SERVICES: usize = 10;

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &EcsQuery) -> Option<String> {
    Some(match query {
        EcsQuery::EcsService { cluster, service }
        | EcsQuery::ServiceDefinition { cluster, service }
        | EcsQuery::ServiceTasks { cluster, service }
        | EcsQuery::ScalableTarget { cluster, service } => keys::service(region, cluster, service),
        EcsQuery::TaskDefinition { name } => keys::family(region, name),
    })
}

/// With what others it is asked in one call.
pub(super) fn together(query: &EcsQuery) -> Together<'_> {
    match query {
        EcsQuery::EcsService { cluster, .. } => Together::UpTo(SERVICES, cluster),
        EcsQuery::ScalableTarget { .. } => Together::All(""),
        EcsQuery::TaskDefinition { .. } | EcsQuery::ServiceDefinition { .. } | EcsQuery::ServiceTasks { .. } => {
            Together::Alone
        }
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &EcsQuery, at: Timestamp) -> Observation {
    let service = |cluster: &str, name: &str| world.services.get(&keys::service(region, cluster, name));
    let definition = |name: &str| world.definitions.find(region, name).cloned();
    match query {
        EcsQuery::EcsService { cluster, service: name } => {
            let service = service(cluster, name).map(|service| service.describe(&world.troubles, at));
            EcsObservation::EcsService { service }
        }
        EcsQuery::TaskDefinition { name } => EcsObservation::TaskDefinition { definition: definition(name) },
        EcsQuery::ServiceDefinition { cluster, service: name } => {
            let definition = service(cluster, name).and_then(|service: &Service| definition(service.definition()));
            EcsObservation::TaskDefinition { definition }
        }
        EcsQuery::ServiceTasks { cluster, service: name } => {
            let tasks = service(cluster, name).map(|service| service.tasks(&world.troubles, at));
            EcsObservation::ServiceTasks { tasks }
        }
        EcsQuery::ScalableTarget { cluster, service: name } => {
            EcsObservation::ScalableTarget { target: world.limits.get(&keys::service(region, cluster, name)).cloned() }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &EcsOperation) -> Vec<String> {
    match operation {
        EcsOperation::RegisterTaskDefinition { from: name, .. }
        | EcsOperation::DeregisterTaskDefinition { arn: name } => vec![keys::family(region, name)],
        EcsOperation::UpdateService { cluster, service, .. }
        | EcsOperation::SetScalableTarget { cluster, service, .. } => vec![keys::service(region, cluster, service)],
    }
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &EcsOperation, _at: Timestamp) -> Option<Refusal> {
    match operation {
        EcsOperation::RegisterTaskDefinition { from, container, .. } => {
            let is_there = world.definitions.has_container(region, from, container.as_ref());
            (!is_there).then(no_definition)
        }
        EcsOperation::DeregisterTaskDefinition { arn } => {
            let is_there = world.definitions.find(region, arn).is_some();
            (!is_there).then(no_definition)
        }
        EcsOperation::UpdateService { cluster, service, task_definition, .. } => {
            if !world.services.contains_key(&keys::service(region, cluster, service)) {
                return Some(Refusal::new("ServiceNotFoundException", "Service not found."));
            }
            let definition = world.definitions.find(region, task_definition.as_ref()?);
            match definition.map(|definition| definition.status.as_str()) {
                Some("ACTIVE") => None,
                Some(_) => Some(Refusal::new("ClientException", "TaskDefinition is inactive")),
                None => Some(Refusal::new("ClientException", "TaskDefinition not found.")),
            }
        }
        EcsOperation::SetScalableTarget { cluster, service, min, max, .. } => {
            let limits = world.limits.get(&keys::service(region, cluster, service));
            let why = match max.or(limits.map(|limits| limits.max)) {
                None => "MaxCapacity is required for a new scalable target",
                Some(max) if max < *min => "Maximum capacity cannot be less than minimum capacity",
                Some(_) => return None,
            };
            Some(Refusal::new("ValidationException", why))
        }
    }
}

fn no_definition() -> Refusal {
    Refusal::new("ClientException", "Unable to describe task definition.")
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &EcsOperation, at: Timestamp) -> Receipt {
    Receipt { id: took(world, region, operation, at), exit: None }
}

/// What was made or changed.
fn took(world: &mut World, region: &Region, operation: &EcsOperation, at: Timestamp) -> Option<Clean> {
    let dice = world.dice;
    match operation {
        EcsOperation::RegisterTaskDefinition { from, container, environment, secrets, image } => {
            let (container, image) = (container.as_ref(), image.as_ref());
            world.definitions.register(region, from, container, (environment, secrets), image)
        }
        EcsOperation::DeregisterTaskDefinition { arn } => {
            world.definitions.deregister(region, arn);
            None
        }
        EcsOperation::UpdateService { cluster, service, desired, task_definition, force } => {
            let found = task_definition.as_ref().and_then(|name| world.definitions.find(region, name));
            let arn = found.map(|definition| definition.arn.clone());
            let service = world.services.get_mut(&keys::service(region, cluster, service))?;
            let desired = desired.unwrap_or(service.desired());
            service.update(&dice, at, desired, arn.as_ref(), *force);
            Some(service.deployment())
        }
        EcsOperation::SetScalableTarget { cluster, service, min, max, suspended } => {
            let limits = world.limits.entry(keys::service(region, cluster, service)).or_default();
            let (max, suspended) = (max.unwrap_or(limits.max), suspended.unwrap_or(limits.suspended));
            *limits = ScalableTarget { min: *min, max, suspended };
            // A service outside its limits is moved into them at once.
            if let Some(service) = world.services.get_mut(&keys::service(region, cluster, service)) {
                let within = service.desired().clamp(*min, max.max(*min));
                if within != service.desired() {
                    service.update(&dice, at, within, None, false);
                }
            }
            None
        }
    }
}
