//! `ecs`: a service of the recovery region gets its new values, its size and its targets. Knows nothing of how ECS is called.

mod address;
mod before;
mod container;
mod controller;
mod deployment;
mod drift;
pub(super) mod fields;
mod images;
mod limits;
mod quota;
mod readiness;
mod reason;
mod scale;
pub(super) mod seen;
mod settle;
mod target;
mod targets;
mod task_definition;
#[cfg(test)]
mod tests;
mod turned;
pub(super) mod words;

use super::ask::{Ask, LogsQuery, Place};
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, Hole, On, When, of_field};
use super::observation::EcsService;
use super::operation::Receipt;
use super::readiness::{Ready, Rule};
use super::registry::{Context, Service};
use super::turned::{Done, Turned, is_away, own_side};
use super::work::{Health, HealthLevel, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step, Undo};
use container::Values;
use fields::{Old, Said};
use jiff::Timestamp;
use limits::SetLimits;
use scale::{Runs, Scale};
use settle::Settle;
use target::Target;
use task_definition::{Deregister, Register};

/// The kind.
pub struct Ecs;

/// A scalable target has a number that only Application Auto Scaling knows.
const TARGETS: &[On] = &[On::Made("application-autoscaling:{place}:scalable-target/*")];
const OF_ECS: &[When] = &[When { by: "StringEquals", key: "application-autoscaling:service-namespace", is: &["ecs"] }];

impl Kind for Ecs {
    fn name(&self) -> &'static str {
        "ecs"
    }
    fn about(&self) -> &'static str {
        "registers a task definition with new values, raises the scaling minimum, scales the service, and verifies running tasks and healthy targets of its own"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["service", "task_definition"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    /// Autoscaling must not take the new tasks away again, so the minimum comes first where only the size changes. With new
    /// values it comes last: setting it starts as many tasks at once, and they would be of the old definition, with the
    /// old addresses; and while the new one is deployed nothing is scaled in ("Service auto scaling and deployments", ECS
    /// Developer Guide).
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        if is_away(component) {
            return turned::steps(component, &said, intent);
        }
        let mut drafts = Vec::new();
        let mut before_scaling = Vec::new();
        if said.fenced().is_some() {
            drafts.extend(fence(component, intent));
            // In a failover the old region may never answer: nothing waits for it.
            if intent != Intent::Failover {
                before_scaling.push("fence");
            }
        }
        if said.registers() {
            let title = format!("register new values for {name}");
            drafts.push(Draft::act("task-definition", title, Side::Recovery, Undo::Reversible, 5.0, 120.0));
            before_scaling.push("task-definition");
        }
        let title = format!("scale {name} to {}", said.desired);
        let scale = Draft::act("scale", title, Side::Recovery, Undo::Reversible, 120.0, 1200.0);
        let Some(min) = said.min else {
            drafts.push(scale.after(before_scaling));
            drafts.extend(turned::steps(component, &said, intent));
            return drafts;
        };
        let title = format!("keep at least {min} of {name}");
        let keep = Draft::act("min", title, Side::Recovery, Undo::Reversible, 5.0, 120.0);
        if said.registers() {
            drafts.extend([scale.after(before_scaling), keep.after(vec!["scale"])]);
        } else {
            before_scaling.push("min");
            drafts.extend([keep, scale.after(before_scaling)]);
        }
        drafts.extend(turned::steps(component, &said, intent));
        drafts
    }
}

/// The old service's fence: what could bring its tasks back is out of the way before they go. One operation a step, and
/// taken back in the other order: autoscaling moves a service into its limits as soon as they are set.
fn fence(component: &Component, intent: Intent) -> [Draft; 2] {
    let name = &component.name;
    let act = |action, title: String, expected, timeout| {
        Draft::act(action, title, Side::Primary, Undo::Reversible, expected, timeout).fencing(intent)
    };
    [
        act("fence-scaling", format!("suspend autoscaling of the old {name}"), 5.0, 120.0),
        act("fence", format!("fence the old {name}"), 60.0, 600.0).after(vec!["fence-scaling"]),
    ]
}

impl Service for Ecs {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let application = &context.plan.application;
        let action = step.id.action();
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if let "fence" | "fence-scaling" = action {
            let Some(Old { cluster, service }) = said.fenced() else {
                return Box::new(Blocked::because("the plan names no old service to fence"));
            };
            if let Some(unnamed) = Unnamed::of(&[("cluster", cluster), ("service", service)]) {
                return Box::new(unnamed);
            }
            let (place, target) = (Place::of(component, application, Side::Primary), Target::of(cluster, service));
            let tells = context.intent == Intent::Failback;
            return match action {
                "fence" => Box::new(Settle { tells, ..Settle::to_nothing(place, target) }),
                _ => Box::new(SetLimits::fenced(place, target).telling(tells)),
            };
        }
        if let Some(work) = turned::work(action, context, &said) {
            return work;
        }
        if let Some(unnamed) = Unnamed::of(&said.named()) {
            return Box::new(unnamed);
        }
        let place = Place::of(component, application, Side::Recovery);
        let target = Target::of(&said.cluster, &said.service);
        match action {
            "task-definition" => Box::new(Register::new(place, &said, &application.primary)),
            "min" => match said.min {
                Some(min) => Box::new(SetLimits::at_least(place, target, min)),
                None => Box::new(Blocked::because("the plan gives no `min`")),
            },
            // With what it runs now: the new values are known behind the promotion.
            "warm" => Box::new(Scale {
                place,
                target,
                desired: said.desired,
                exact: false,
                restart: false,
                runs: Runs::Unchanged,
                desired_before: None,
                values: Values::of(&said),
                target_group: said.target_group,
                container: said.container,
                primary: application.primary.clone(),
                is_ahead: true,
            }),
            "scale" => Box::new(Scale {
                place,
                target,
                desired: said.desired,
                exact: said.exact,
                restart: said.restart,
                runs: runs(context, &said),
                desired_before: given(context, DESIRED_BEFORE).and_then(|count| count.parse().ok()),
                values: Values::of(&said),
                target_group: said.target_group,
                container: said.container,
                primary: application.primary.clone(),
                is_ahead: false,
            }),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }

    /// It waits for no new value: those are known behind the promotion.
    fn is_before_the_others(&self, action: &str) -> bool {
        action == "warm"
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
        let place = |side| Place::of(component, application, side);
        let said = Said::of(&component.fields).ok()?;
        let target = || Target::of(&said.cluster, &said.service);
        let old = || said.fenced().map(|old| Target::of(&old.cluster, &old.service));
        let standing_by = || turned::standing_by(component, &said);
        match step.id.action() {
            "fence" => {
                let back = Settle::back(place(Side::Primary), old()?, before)?;
                Some(Box::new(Settle { task_definition: None, exists: "ecs-old-service", ..back }))
            }
            "fence-scaling" => Some(Box::new(SetLimits::back(place(Side::Primary), old()?, before)?)),
            "standby-scaling" => Some(Box::new(SetLimits::back(place(Side::Primary), standing_by()?, before)?)),
            "standby" => {
                let back = Settle::back(place(Side::Primary), standing_by()?, before)?;
                Some(Box::new(Settle { exists: "ecs-old-service", ..back }))
            }
            "scaling" => Some(Box::new(SetLimits::back(place(Side::Recovery), target(), before)?)),
            "task-definition" => {
                let arn = receipt.and_then(|receipt| receipt.id.clone()).map(|id| id.to_string());
                Some(Box::new(Deregister::new(place(Side::Recovery), arn.or_else(|| registered(context))?, before)?))
            }
            "min" => Some(Box::new(SetLimits::back(place(Side::Recovery), target(), before)?)),
            "scale" | "warm" => Some(Box::new(Settle::back(place(Side::Recovery), target(), before)?)),
            _ => None,
        }
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn log(&self, component: &Component, application: &Application, since: Timestamp) -> Option<Ask> {
        let group = Said::of(&component.fields).ok()?.log?.into();
        Some(Place::of(component, application, own_side(component)).ask(LogsQuery::Log { group, since }))
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Some(Looked::not_told(missing.to_string())),
        };
        let target = match side == own_side(component) {
            true => Target::of(&said.cluster, &said.service),
            false => said.old.map(|old| Target::of(&old.cluster, &old.service))?,
        };
        let place = Place::of(component, application, side);
        Some(Looked::new([target.service(&place).ask], move |facts| match target.look(facts, &place) {
            Look::There(service) => health_of(service),
            Look::Absent => Health::new(HealthLevel::Down, format!("no service {}", target.service)),
            Look::NotTold(why) => Health::not_told(why),
        }))
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }

    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<Ready> {
        if is_away(component) {
            return Vec::new();
        }
        Said::of(&component.fields).map(|said| readiness::of(&said, component, plan)).unwrap_or_default()
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["ecs:DescribeServices"],
                    &[
                        On::Named("ecs:{recovery-place}:service/{cluster}/{service}"),
                        On::Named("ecs:{primary-place}:service/{old.cluster}/{old.service}"),
                    ],
                ),
                Grant::look(
                    &["ecs:DescribeTasks"],
                    &[
                        On::Made("ecs:{recovery-place}:task/{cluster}/*"),
                        On::Made("ecs:{primary-place}:task/{old.cluster}/*"),
                    ],
                ),
                Grant::look(
                    &["ecs:DescribeContainerInstances"],
                    &[
                        On::Made("ecs:{recovery-place}:container-instance/{cluster}/*"),
                        On::Made("ecs:{primary-place}:container-instance/{old.cluster}/*"),
                    ],
                ),
                Grant::look(
                    &["ecs:DescribeTaskDefinition", "ecs:ListTasks", "application-autoscaling:DescribeScalableTargets"],
                    ANY,
                ),
                // What its tasks need to start.
                Grant::look(&["iam:GetRole"], &[On::Made("iam::{account}:role/*")]),
                Grant::look(&["logs:DescribeLogGroups"], &[On::Made("logs:{recovery-place}:log-group:*")]),
                Grant::look(
                    &[
                        "ec2:DescribeSubnets",
                        "servicequotas:GetServiceQuota",
                        "servicequotas:GetAWSDefaultServiceQuota",
                        "cloudwatch:GetMetricData",
                    ],
                    ANY,
                ),
                // Whatever repository the image is in, another account's too.
                Grant::look(&["ecr:DescribeImages"], &[On::Made("ecr:{region}:*:repository/*")]),
                Grant::look(
                    &["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"],
                    ANY,
                )
                .with("target_group"),
                Grant::look(
                    &["logs:FilterLogEvents"],
                    &[
                        On::Named("logs:{recovery-place}:log-group:{log}"),
                        On::Made("logs:{recovery-place}:log-group:{log}:*"),
                    ],
                )
                .with("log"),
                Grant::act(
                    "task-definition",
                    &["ecs:RegisterTaskDefinition"],
                    &[On::Made("ecs:{place}:task-definition/{family}:*")],
                ),
                Grant::act("task-definition", &["ecs:DeregisterTaskDefinition"], ANY),
                // The roles that the tasks run with are handed on.
                Grant::act("task-definition", &["iam:PassRole"], &[On::HandedOn("iam::{account}:role/*")])
                    .when(&[When { by: "StringEquals", key: "iam:PassedToService", is: &["ecs-tasks.amazonaws.com"] }]),
                Grant::act("scale", &["ecs:UpdateService"], &[On::Named("ecs:{place}:service/{cluster}/{service}")]),
                // Of a failback.
                Grant::act("warm", &["ecs:UpdateService"], &[On::Named("ecs:{place}:service/{cluster}/{service}")]),
                Grant::act("scaling", &["application-autoscaling:RegisterScalableTarget"], TARGETS).when(OF_ECS),
                Grant::act("standby-scaling", &["application-autoscaling:RegisterScalableTarget"], TARGETS)
                    .when(OF_ECS),
                Grant::act(
                    "standby",
                    &["ecs:UpdateService"],
                    &[
                        On::Named("ecs:{place}:service/{cluster}/{service}"),
                        On::Named("ecs:{place}:service/{old.cluster}/{old.service}"),
                    ],
                ),
                Grant::act("min", &["application-autoscaling:RegisterScalableTarget"], TARGETS).when(OF_ECS),
                Grant::act("fence-scaling", &["application-autoscaling:RegisterScalableTarget"], TARGETS).when(OF_ECS),
                Grant::act(
                    "fence",
                    &["ecs:UpdateService"],
                    &[On::Named("ecs:{place}:service/{old.cluster}/{old.service}")],
                ),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, name)) {
            // It is called as the service is.
            ("family", Hole::Absent) => of_field(component, "service"),
            (_, found) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "cluster": "c", "service": "api", "desired": 2, "min": 1, "environment": { "A": "b" },
            "target_group": "api", "old": { "cluster": "c", "service": "api" },
        })
    }
}

/// What the step that sets the minimum tells the step that scales: the size before autoscaling changed it. No other
/// component can refer to it.
const DESIRED_BEFORE: &str = "desired_before";

/// What an earlier step of the component gave.
fn given(context: &Context<'_>, name: &str) -> Option<String> {
    context.outputs.get(&context.component.name)?.get(name).map(ToString::to_string)
}

/// The task definition that this run registered or found.
fn registered(context: &Context<'_>) -> Option<String> {
    given(context, "task_definition")
}

/// What the service is to run.
fn runs(context: &Context<'_>, said: &Said) -> Runs {
    match registered(context) {
        Some(arn) => Runs::Definition(arn),
        None if said.registers() => Runs::NotRegistered,
        None => Runs::Unchanged,
    }
}

fn health_of(service: &EcsService) -> Health {
    let EcsService { running, desired, status, .. } = service;
    if status.as_str() != "ACTIVE" {
        return Health::new(HealthLevel::Down, status.as_str());
    }
    Health::of_size(*running, *desired, format!("{running}/{desired} running"))
}
