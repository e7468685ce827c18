//! `autoscaling`: an EC2 Auto Scaling group of the recovery region gets its size and its targets, and the one of the old
//! side goes. Knows nothing of how Auto Scaling is called.

pub(super) mod fields;
mod group;
mod launched;
mod launches;
pub(super) mod quota;
mod readiness;
mod scale;
mod schedule;
mod settle;
#[cfg(test)]
mod tests;
mod turned;
pub(super) mod words;

use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{ANY, Grant, On};
use super::operation::Receipt;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::resolve::has_reference;
use super::turned::{Done, Turned, own_side};
use super::work::{Health, HealthLevel, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step, Undo};
use fields::Said;
use group::Group;
use scale::Scale;
use settle::Settle;

/// The kind.
pub struct AutoScaling;

impl Kind for AutoScaling {
    fn name(&self) -> &'static str {
        "autoscaling"
    }
    fn about(&self) -> &'static str {
        "scales an EC2 Auto Scaling group, never down, and verifies instances in service and healthy targets of its own; scales the old group to nothing"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["group"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        if let Some(away) = turned::away_steps(component) {
            return away;
        }
        let fence = said.fenced().map(|_| {
            let title = format!("fence the old {name}");
            Draft::act("fence", title, Side::Primary, Undo::Reversible, 120.0, 1200.0).fencing(intent)
        });
        // In a failover the old region may never answer: nothing waits for it.
        let after = if fence.is_some() && intent != Intent::Failover { vec!["fence"] } else { Vec::new() };
        let title = format!("scale {name} to {}", said.desired);
        let scale = Draft::act("scale", title, Side::Recovery, Undo::Reversible, 180.0, 1200.0).after(after);
        let around = turned::standby_step(component, &said, intent).into_iter();
        fence.into_iter().chain([scale]).chain(turned::warm_step(component, &said, intent)).chain(around).collect()
    }
}

impl Service for AutoScaling {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let place = |side| Place::of(context.component, &context.plan.application, side);
        match step.id.action() {
            "fence" => {
                let Some(old) = said.fenced() else {
                    return Box::new(Blocked::because("the plan names no old group to fence"));
                };
                if let Some(unnamed) = Unnamed::of(&[("old", &old.group)]) {
                    return Box::new(unnamed);
                }
                let tells = context.intent == Intent::Failback;
                Box::new(Settle { tells, ..Settle::to_nothing(Group::new(place(Side::Primary), &old.group)) })
            }
            "standby" => turned::standby(context, &said),
            "scale" | "warm" => {
                let target_group = said.target_group.as_deref().unwrap_or_default();
                if let Some(unnamed) = Unnamed::of(&[("group", &said.group), ("target_group", target_group)]) {
                    return Box::new(unnamed);
                }
                Box::new(Scale {
                    group: Group::new(place(Side::Recovery), &said.group),
                    desired: said.desired,
                    min: said.min,
                    max: said.max,
                    target_group: said.target_group,
                })
            }
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }

    /// It is done before anything is promoted.
    fn is_before_the_others(&self, action: &str) -> bool {
        action == "warm"
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let said = Said::of(&context.component.fields).ok()?;
        let place = |side| Place::of(context.component, &context.plan.application, side);
        match step.id.action() {
            "fence" => {
                let back = Settle::back(Group::new(place(Side::Primary), &said.fenced()?.group), before)?;
                Some(Box::new(Settle { exists: "asg-old-group", ..back }))
            }
            "standby" => Some(Box::new(Settle::back(turned::stands_by(context, &said)?, before)?)),
            "scale" | "warm" => Some(Box::new(Settle::back(Group::new(place(Side::Recovery), &said.group), before)?)),
            _ => None,
        }
    }

    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let watched = watched(component, application, side)?;
        Some(Looked::new([watched.want().ask], move |facts| match watched.look(facts) {
            Look::There(group) if group.status.is_some() => Health::new(HealthLevel::Down, "it is being deleted"),
            Look::There(group) => {
                let (serves, desired) = (group.capacity(), group.desired);
                let parked = match group.parked() {
                    0 => String::new(),
                    parked => format!(", {parked} in standby"),
                };
                Health::of_size(serves, desired, format!("{serves}/{desired} in service{parked}"))
            }
            Look::Absent => Health::new(HealthLevel::Down, format!("no group {}", watched.name)),
            Look::NotTold(why) => Health::not_told(why),
        }))
    }

    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        turned::of(component, &said, done)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        let group = watched(component, &plan.application, own_side(component));
        let known = group.filter(|group| !has_reference(&group.name));
        known.map(|group| readiness::of(&group, component, plan)).unwrap_or_default()
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &[
                        "autoscaling:DescribeAutoScalingGroups",
                        "autoscaling:DescribeScalingActivities",
                        "autoscaling:DescribeScheduledActions",
                        "autoscaling:DescribeLaunchConfigurations",
                        "ec2:DescribeImages",
                        "ec2:DescribeInstanceTypeOfferings",
                        "ec2:DescribeInstanceTypes",
                        "ec2:DescribeLaunchTemplateVersions",
                        "servicequotas:GetServiceQuota",
                        "servicequotas:GetAWSDefaultServiceQuota",
                        "cloudwatch:GetMetricData",
                    ],
                    ANY,
                ),
                Grant::look(
                    &["elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth"],
                    ANY,
                )
                .with("target_group"),
                // Its ARN has a number that only Auto Scaling knows.
                Grant::act(
                    "scale",
                    &["autoscaling:UpdateAutoScalingGroup"],
                    &[On::Named("autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{group}")],
                ),
                // Of a failback.
                Grant::act(
                    "warm",
                    &["autoscaling:UpdateAutoScalingGroup"],
                    &[On::Named("autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{group}")],
                ),
                Grant::act(
                    "standby",
                    &["autoscaling:UpdateAutoScalingGroup"],
                    &[
                        On::Named("autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{group}"),
                        On::Named("autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{old.group}"),
                    ],
                ),
                Grant::act(
                    "fence",
                    &["autoscaling:UpdateAutoScalingGroup"],
                    &[On::Named("autoscaling:{place}:autoScalingGroup:*:autoScalingGroupName/{old.group}")],
                ),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({
            "group": "web", "desired": 3, "min": 2, "max": 6, "target_group": "web", "old": { "group": "web-east" },
        })
    }
}

/// The group to look at on `side`.
fn watched(component: &Component, application: &Application, side: Side) -> Option<Group> {
    let said = Said::of(&component.fields).ok()?;
    let name = match side == own_side(component) {
        true => said.group,
        false => said.old?.group,
    };
    Some(Group::new(Place::of(component, application, side), &name))
}
