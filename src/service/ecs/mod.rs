//! `ecs`: a service of the recovery region gets its new values, its size and its targets. Knows nothing of how ECS is called.

mod deployment;
mod min;
mod scale;
mod settle;
mod task_definition;
#[cfg(test)]
mod tests;

use super::ask::{Ask, Place, Query};
use super::blocked::Blocked;
use super::observation::EcsService;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::say::Rule;
use super::work::{Facts, Health, HealthLevel, Look, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Intent, Kind, Problem, Role, Side, Step, Takes, Undo,
};
use min::SetMin;
use scale::Scale;
use settle::Settle;
use task_definition::{Deregister, Register};

/// The kind.
pub struct Ecs;

/// The most tasks that a service can be meant to have: twice the most that AWS gives one (5,000, Service Quotas).
const TASKS: u64 = 10_000;

static OLD: &[Field] = &[
    Field::required("cluster", Takes::Text, "the cluster in the primary region"),
    Field::required("service", Takes::Text, "the service in the primary region"),
];

static FIELDS: &[Field] = &[
    Field::required("cluster", Takes::Text, "the cluster in the recovery region"),
    Field::required("service", Takes::Text, "the service in the recovery region"),
    Field::required("desired", Takes::Within(0, TASKS), "how many tasks run there after the failover"),
    Field::optional("environment", Takes::TextTable, "environment values to set in the first container"),
    Field::optional("secrets", Takes::TextTable, "secrets to set in the first container: name to ARN, never the value"),
    Field::optional("image", Takes::Text, "the image to run in the first container"),
    Field::optional("family", Takes::Text, "the task definition's family; the service's name by default"),
    Field::optional("target_group", Takes::Text, "the target group whose healthy targets are counted"),
    Field::optional(
        "min",
        Takes::Within(0, TASKS),
        "raise the service's MinCapacity to this, so that autoscaling keeps the tasks",
    ),
    Field::optional("old", Takes::Table(OLD), "the service in the primary region; without it nothing is fenced"),
    Field::optional("fence", Takes::Truth, "scale the old service to nothing; true by default"),
];

static NO_TARGETS: Rule = Rule {
    code: "ecs-no-target-group",
    wanted: "a target group: a running task is not a healthy one",
    fix: "give `target_group`; for a service without one, verify it with an `http`, `tcp` or `command` component",
    source: "Amazon ECS API Reference: runningCount says nothing of load balancer health",
};

impl Kind for Ecs {
    fn name(&self) -> &'static str {
        "ecs"
    }
    fn about(&self) -> &'static str {
        "registers a task definition with new values, raises the scaling minimum, scales the service, and verifies running tasks and healthy targets"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["service", "task_definition"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let fields = &component.fields;
        let desired = fields.count("desired");
        let mut problems = Vec::new();
        if desired == Some(0) {
            problems.push(Problem::at("desired", "no task at all is asked for", "1 or more"));
        }
        if let (Some(min), Some(desired)) = (fields.count("min"), desired)
            && min > desired
        {
            let message = format!("min {min} is above desired {desired}");
            problems.push(Problem::at("min", message, "at most `desired`: autoscaling would start more at once"));
        }
        let secrets = fields.texts("secrets");
        if let Some(name) = fields.texts("environment").keys().find(|name| secrets.contains_key(*name)) {
            let message = format!("{name} is both an environment value and a secret");
            problems.push(Problem::at("secrets", message, "ECS refuses a name that is in both: keep one"));
        }
        problems
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        if component.fields.0.contains_key("target_group") {
            return Vec::new();
        }
        vec![NO_TARGETS.broken_by(component, "only running tasks are verified")]
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let name = &component.name;
        let mut drafts = Vec::new();
        let mut before_scaling = Vec::new();
        if old(component).is_some() {
            let title = format!("fence the old {name}");
            let fence = Draft::act("fence", title, Side::Primary, Undo::Reversible, 60.0, 600.0).part(Role::Fence);
            // In a failover the old region may never answer: nothing waits for it (DESIGN invariant 8).
            let beside = intent == Intent::Failover;
            if !beside {
                before_scaling.push("fence");
            }
            drafts.push(Draft { beside, ..fence });
        }
        if Register::is_wanted(component) {
            let title = format!("register new values for {name}");
            drafts.push(Draft::act("task-definition", title, Side::Recovery, Undo::Reversible, 5.0, 120.0));
            before_scaling.push("task-definition");
        }
        if let Some(min) = component.fields.count("min") {
            let title = format!("keep at least {min} of {name}");
            drafts.push(Draft::act("min", title, Side::Recovery, Undo::Reversible, 5.0, 120.0));
            before_scaling.push("min");
        }
        let desired = component.fields.count("desired").unwrap_or_default();
        let title = format!("scale {name} to {desired}");
        drafts.push(Draft::act("scale", title, Side::Recovery, Undo::Reversible, 120.0, 1200.0).after(before_scaling));
        drafts
    }
}

impl Service for Ecs {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let application = &context.plan.application;
        let place = Place::of(component, application, Side::Recovery);
        match step.id.action() {
            "fence" => match old(component) {
                Some(target) => {
                    let place = Place::of(component, application, Side::Primary);
                    Box::new(Settle { place, target, desired: 0, task_definition: None, failed_before: 0 })
                }
                None => Box::new(Blocked::because("the plan names no old service to fence")),
            },
            "task-definition" => Box::new(Register::new(place, component)),
            "min" => {
                let min = component.fields.count("min").unwrap_or_default();
                Box::new(SetMin::at_least(place, Target::of(component), min))
            }
            "scale" => Box::new(Scale {
                place,
                target: Target::of(component),
                desired: component.fields.count("desired").unwrap_or_default(),
                task_definition: registered(context),
                target_group: component.fields.text("target_group"),
            }),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let component = context.component;
        let application = &context.plan.application;
        let place = Place::of(component, application, Side::Recovery);
        match step.id.action() {
            "fence" => {
                let place = Place::of(component, application, Side::Primary);
                Some(Box::new(Settle { task_definition: None, ..Settle::back(place, old(component)?, before)? }))
            }
            "task-definition" => {
                let arn = receipt.and_then(|receipt| receipt.id.clone()).map(|id| id.to_string());
                Some(Box::new(Deregister::new(place, arn.or_else(|| registered(context))?, before)?))
            }
            "min" => Some(Box::new(SetMin::back(place, Target::of(component), before)?)),
            "scale" => Some(Box::new(Settle::back(place, Target::of(component), before)?)),
            _ => None,
        }
    }

    fn watch(&self, component: &Component, application: &Application, side: Side) -> Vec<Ask> {
        let place = Place::of(component, application, side);
        watched(component, side).map(|target| place.ask(target.query())).into_iter().collect()
    }

    fn health(&self, component: &Component, application: &Application, side: Side, facts: &Facts<'_>) -> Health {
        let Some(target) = watched(component, side) else { return Health::nothing_here() };
        match target.look(facts, &Place::of(component, application, side)) {
            Look::There(service) => health_of(service),
            Look::Absent => Health::new(HealthLevel::Down, format!("no service {}", target.service)),
            Look::NotTold(why) => Health::not_told(why),
        }
    }
}

/// A service of a cluster.
#[derive(Clone)]
struct Target {
    cluster: String,
    service: String,
}

impl Target {
    /// The one in the recovery region.
    fn of(component: &Component) -> Self {
        Self { cluster: component.fields.required("cluster"), service: component.fields.required("service") }
    }

    fn query(&self) -> Query {
        Query::EcsService { cluster: self.cluster.as_str().into(), service: self.service.as_str().into() }
    }

    fn look<'a>(&self, facts: &Facts<'a>, place: &Place) -> Look<'a, EcsService> {
        facts.ecs_service(place, &self.cluster, &self.service)
    }
}

/// The old service, when it is named and to be fenced.
fn old(component: &Component) -> Option<Target> {
    let old = component.fields.table("old").filter(|_| component.fields.truth("fence", true))?;
    Some(Target { cluster: old.required("cluster"), service: old.required("service") })
}

/// The service to look at on `side`.
fn watched(component: &Component, side: Side) -> Option<Target> {
    match side {
        Side::Recovery => Some(Target::of(component)),
        Side::Primary => {
            let old = component.fields.table("old")?;
            Some(Target { cluster: old.required("cluster"), service: old.required("service") })
        }
    }
}

/// The task definition that this run registered or found.
fn registered(context: &Context<'_>) -> Option<String> {
    let own = context.outputs.get(&context.component.name)?;
    own.get("task_definition").map(ToString::to_string)
}

fn health_of(service: &EcsService) -> Health {
    let EcsService { running, desired, status, .. } = service;
    if status.as_str() != "ACTIVE" {
        return Health::new(HealthLevel::Down, status.as_str());
    }
    let level = match (*desired, *running) {
        (0, 0) => HealthLevel::Standby,
        (_, 0) => HealthLevel::Down,
        (desired, running) if running < desired => HealthLevel::Degraded,
        (_, _) => HealthLevel::Up,
    };
    Health::new(level, format!("{running}/{desired} running"))
}
