//! `elasticache`: the secondary of a global datastore becomes its primary, or leaves it and stands alone. Knows nothing of
//! how ElastiCache is called.

mod checks;
pub(super) mod fields;
mod leave;
mod pair;
mod promote;
mod readiness;
#[cfg(test)]
mod tests;
mod turned;
pub(super) mod words;

use super::ask::{Ask, Place};
use super::blocked::Blocked;
use super::grants::{ANY, Grant, On};
use super::manual::Confirm;
use super::operation::Receipt;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::turned::{Done, Later, Turned};
use super::work::{Health, HealthLevel, Look, Looked, Want, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Plan, Problem, Role, Side, Step, Undo,
};
use crate::text::Clean;
use fields::Said;
use leave::Leave;
use pair::Pair;
use promote::Promote;
use words::ReplicationGroup;

/// The kind.
pub struct ElastiCache;

impl Kind for ElastiCache {
    fn name(&self) -> &'static str {
        "elasticache"
    }
    fn about(&self) -> &'static str {
        "makes the secondary of an ElastiCache global datastore its primary, and verifies by both roles that it is; or lets it leave and stand alone"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["endpoint", "port", "reader_endpoint"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn is_of_one_account(&self) -> bool {
        true
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let name = &component.name;
        let loss = application.loss_gate(component);
        let (promotion, action) = if said.detach {
            let title = format!("take {name} out of its datastore");
            let gates = [Gate::PointOfNoReturn].into_iter().chain(loss).collect();
            (Draft::act("detach", title, Side::Recovery, Undo::PointOfNoReturn, 60.0, 900.0).gated(gates), "detach")
        } else {
            let title = format!("make {name} primary");
            let gates = loss.into_iter().collect();
            (Draft::act("move", title, Side::Recovery, Undo::DataLoss, 60.0, 900.0).gated(gates), "move")
        };
        let flush = said.flush.then(|| {
            let ask = format!(
                "empty {name}, which may lack what was written last: redis-cli -h ENDPOINT -p PORT --tls FLUSHALL ASYNC"
            );
            let gates = vec![Gate::Manual { ask: Clean::new(&ask), who: None }];
            Draft::look("flush", format!("empty {name}"), Side::Recovery, 60.0, 60.0).after(vec![action]).gated(gates)
        });
        let back = (intent == Intent::Failback).then(|| turned::joined_step(component, application));
        back.into_iter().chain([promotion.part(Role::Promotion)]).chain(flush).collect()
    }
}

impl Service for ElastiCache {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let pair = match Pair::of(context.component, &context.plan.application) {
            Ok(pair) => pair,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if context.intent == Intent::Failback && context.run.is_empty() && step.id.action() == "move" {
            // Before the start what it becomes may still have to be made.
            return Box::new(Later("it is seen back as a secondary first"));
        }
        match step.id.action() {
            "move" => Box::new(Promote { pair, intent: context.intent }),
            "detach" => Box::new(Leave { pair }),
            "flush" => Box::new(Confirm),
            "joined" => Box::new(turned::Joined { pair }),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let pair = Pair::of(context.component, &context.plan.application).ok()?.turned();
        // The region that is gone back to has to answer: nothing less than all of it being well will do.
        (step.id.action() == "move").then(|| Box::new(Promote { pair, intent: Intent::Switchover }) as Box<dyn Work>)
    }
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let pair = Pair::of(component, application).ok()?;
        Some(words::lag(&pair.new, &pair.datastore, &pair.recovery).ask)
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let want = match Pair::of(component, application) {
            Ok(pair) => pair.group_on(side),
            Err(missing) => return Some(Looked::not_told(missing.to_string())),
        };
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "no such replication group"),
            Look::There(group) => health_of(group),
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
        if turned::has_left(component) {
            return Vec::new();
        }
        Pair::of(component, &plan.application).map(|pair| readiness::of(&pair)).unwrap_or_default()
    }
    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &[
                        "elasticache:DescribeGlobalReplicationGroups",
                        "elasticache:DescribeReplicationGroups",
                        "cloudwatch:GetMetricData",
                        "cloudwatch:ListMetrics",
                    ],
                    ANY,
                ),
                Grant::act(
                    "move",
                    &["elasticache:FailoverGlobalReplicationGroup"],
                    &[On::Named("elasticache::{account}:globalreplicationgroup:{global}")],
                ),
                Grant::act(
                    "move",
                    &["elasticache:FailoverGlobalReplicationGroup"],
                    &[On::Named("elasticache::{account}:globalreplicationgroup:{global}")],
                )
                .at(Side::Primary),
                Grant::act(
                    "detach",
                    &["elasticache:DisassociateGlobalReplicationGroup"],
                    &[On::Named("elasticache::{account}:globalreplicationgroup:{global}")],
                ),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "global": "ldgnf-carts", "primary": "carts", "recovery": "carts-west", "flush": true })
    }
}

fn health_of(group: &ReplicationGroup) -> Health {
    let role = match (&group.datastore, group.is_writer()) {
        (None, _) => "stands alone",
        (Some(_), true) => "primary",
        (Some(_), false) => "secondary",
    };
    let level = match (group.status.as_str(), group.is_writer()) {
        ("available", true) => HealthLevel::Up,
        ("available", false) => HealthLevel::Standby,
        (status, _) if checks::trouble(status).is_some() => HealthLevel::Down,
        _ => HealthLevel::Degraded,
    };
    Health::new(level, format!("{}, {role}", group.status))
}

impl Pair {
    fn group_on(&self, side: Side) -> Want<ReplicationGroup> {
        let (at, id): (&Place, &Clean) = match side {
            Side::Primary => (&self.old, &self.primary),
            Side::Recovery => (&self.new, &self.recovery),
        };
        words::group(at, id)
    }
}
