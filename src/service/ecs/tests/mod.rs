//! Under test: the steps of a service, by what ECS says of it. Here the stage; each file has one step or one promise.

mod fencing;
mod identity;
mod images;
mod plans;
mod reasons;
mod registering;
mod scaling;

use crate::plan::Side;
use crate::service::ask::{EcsQuery, ElbQuery, Query};
use crate::service::observation::*;
use crate::service::scene::Scene;
use crate::service::{EcsObservation, ElbObservation};
use serde_json::{Value, json};

const OLD: &str = "arn:aws:ecs:eu-central-1:1:task-definition/api:7";
const NEW: &str = "arn:aws:ecs:eu-central-1:1:task-definition/api:8";
const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/api/0123456789abcdef";

fn fields(more: Value) -> Value {
    let mut fields = json!({ "cluster": "storefront", "service": "api", "desired": 6 });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    fields
}

fn scene(more: Value) -> Scene {
    Scene::new("ecs", fields(more))
}

fn service_query() -> Query {
    Query::Ecs(EcsQuery::EcsService { cluster: "storefront".into(), service: "api".into() })
}

/// A service all of whose `count` tasks run `task_definition`, behind the group `api`.
fn settled(count: u64, task_definition: &str) -> EcsService {
    EcsService {
        cluster: "storefront".into(),
        name: "api".into(),
        arn: "arn:aws:ecs:eu-central-1:1:service/storefront/api".into(),
        status: "ACTIVE".into(),
        desired: count,
        running: count,
        task_definition: task_definition.into(),
        balancers: vec![behind(GROUP, "api")],
        deployments: vec![deployment("PRIMARY", task_definition, "COMPLETED", count)],
        ..EcsService::default()
    }
}

fn behind(group: &str, container: &str) -> ServiceBalancer {
    ServiceBalancer { target_group: Some(group.into()), container: container.into(), ..ServiceBalancer::default() }
}

fn deployment(status: &str, task_definition: &str, rollout: &str, running: u64) -> Deployment {
    Deployment {
        status: status.into(),
        task_definition: task_definition.into(),
        rollout: Some(rollout.into()),
        running,
        ..Deployment::default()
    }
}

/// The same deployment, called `id`.
fn called(id: &str, deployment: Deployment) -> Deployment {
    Deployment { id: id.into(), ..deployment }
}

fn seeing(scene: Scene, service: EcsService) -> Scene {
    scene.sees(Side::Recovery, service_query(), Observation::Ecs(EcsObservation::EcsService { service: Some(service) }))
}

/// Application autoscaling keeps it within these.
fn limited(scene: Scene, min: u64, max: u64) -> Scene {
    with_limits(scene, Side::Recovery, Some(ScalableTarget { min, max, ..ScalableTarget::default() }))
}

fn unlimited(scene: Scene) -> Scene {
    with_limits(scene, Side::Recovery, None)
}

fn with_limits(scene: Scene, side: Side, target: Option<ScalableTarget>) -> Scene {
    let query = Query::Ecs(EcsQuery::ScalableTarget { cluster: "storefront".into(), service: "api".into() });
    scene.sees(side, query, Observation::Ecs(EcsObservation::ScalableTarget { target }))
}

/// What the service runs.
fn running(scene: Scene, definition: TaskDefinition) -> Scene {
    let query = Query::Ecs(EcsQuery::ServiceDefinition { cluster: "storefront".into(), service: "api".into() });
    scene.sees(Side::Recovery, query, Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(definition) }))
}

/// The definition called `name`.
fn defined(scene: Scene, name: &str, definition: Option<TaskDefinition>) -> Scene {
    scene.sees(
        Side::Recovery,
        Query::Ecs(EcsQuery::TaskDefinition { name: name.into() }),
        Observation::Ecs(EcsObservation::TaskDefinition { definition }),
    )
}

/// A group whose targets are in these states, the first `own` of them the service's own tasks.
fn with_targets(scene: Scene, states: &[&str], own: usize) -> Scene {
    let address = |nth: usize| format!("10.0.0.{nth}");
    let target =
        |(nth, state): (usize, &&str)| Target { id: address(nth).into(), state: (*state).into(), ..Target::default() };
    let group = TargetGroup {
        arn: GROUP.into(),
        targets: states.iter().enumerate().map(target).collect(),
        ..TargetGroup::default()
    };
    let task = |nth| RunningTask {
        arn: address(nth).into(),
        reached_at: vec![Address { id: address(nth).into(), port: None }],
    };
    let tasks = Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: "api".into() });
    scene
        .sees(
            Side::Recovery,
            Query::Elb(ElbQuery::TargetHealth { target_group: "api".into() }),
            Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }),
        )
        .sees(
            Side::Recovery,
            tasks,
            Observation::Ecs(EcsObservation::ServiceTasks { tasks: Some((0..own).map(task).collect()) }),
        )
}

/// A definition of one container with this database.
fn definition(arn: &str, host: &str) -> TaskDefinition {
    of_containers(arn, vec![container("api", &[("DATABASE_HOST", host)])])
}

fn of_containers(arn: &str, containers: Vec<Container>) -> TaskDefinition {
    TaskDefinition {
        arn: arn.into(),
        family: "api".into(),
        revision: 7,
        status: "ACTIVE".into(),
        containers,
        sizes_and_roles: vec!["256".into()],
    }
}

fn container(name: &str, environment: &[(&str, &str)]) -> Container {
    Container {
        name: name.into(),
        image: "api:1".into(),
        environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Container::default()
    }
}

fn said(message: &str) -> ServiceEvent {
    ServiceEvent { at: None, message: message.into() }
}
