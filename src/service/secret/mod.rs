//! `secret`: a secret can be used in the recovery region, and is given other values there where the plan has some. Without
//! `set` nothing is done: a replica stays readable whatever its primary does. Knows nothing of how Secrets Manager is called.

mod detach;
pub(super) mod fields;
mod pair;
mod readiness;
mod ready;
#[cfg(test)]
mod tests;
mod turned;
pub(super) mod words;
mod write;

use super::blocked::Blocked;
use super::grants::{Grant, On};
use super::operation::Receipt;
use super::readiness::Rule;
use super::registry::{Context, Service};
use super::turned::{Done, Turned};
use super::work::{Health, HealthLevel, Look, Looked, Want, Work};
use crate::plan::{Application, Component, Draft, Field, Finding, Intent, Kind, Plan, Problem, Side, Step, Undo};
use detach::{Detach, Rejoin};
use fields::Said;
use pair::{Pair, WasCurrent, WasReplica};
use ready::{Prove, Ready};
use words::StoredSecret;
use write::{Restage, Write};

/// The kind.
pub struct Secret;

/// Its ARN ends in six letters that only Secrets Manager knows.
const SECRET: &[On] = &[On::Named("secretsmanager:{place}:secret:{name}-??????")];

impl Kind for Secret {
    fn name(&self) -> &'static str {
        "secret"
    }
    fn about(&self) -> &'static str {
        "verifies that a secret can be used in the recovery region; with `set`, makes it stand alone there and sets keys of it"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["arn"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let writes = !said.set.is_empty() && (intent != Intent::Failback || turned::replicates(component));
        let (name, at) = (&component.name, Side::Recovery);
        let mut steps = vec![Draft::look("ready", format!("see that {name} is there"), at, 2.0, 60.0)];
        if said.prove {
            let title = format!("prove that {name} can be read");
            steps.push(Draft::proof("prove", title, at, 1.0, 60.0).after(vec!["ready"]));
        }
        if writes {
            let after = if said.prove { "prove" } else { "ready" };
            let title = format!("let {name} stand alone");
            steps.push(Draft::act("detach", title, at, Undo::DataLoss, 5.0, 120.0).after(vec![after]));
            let title = format!("set values of {name}");
            steps.push(Draft::act("write", title, at, Undo::Reversible, 2.0, 60.0).after(vec!["detach"]));
            if intent == Intent::Failback {
                steps.extend(turned::steps(component, application));
            }
        }
        steps
    }
}

impl Service for Secret {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let (pair, said) = match (Pair::of(component, &context.plan.application), Said::of(&component.fields)) {
            (Ok(pair), Ok(said)) => (pair, said),
            (Err(missing), _) | (_, Err(missing)) => return Box::new(Blocked::missing(missing)),
        };
        match step.id.action() {
            // Nothing of a failover waits for the region that fails.
            "ready" => Box::new(Ready { pair, same: context.intent != Intent::Failover }),
            "prove" => Box::new(Prove { pair }),
            "detach" => Box::new(Detach { pair, tells: context.intent == Intent::Failback }),
            "replicate" | "replicate-again" => Box::new(turned::replicate(step, context, pair)),
            "write" => {
                let version = write::version(context.run, step.id.as_str(), context.attempt);
                Box::new(Write { pair, set: said.set, version })
            }
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    /// What is replicated is all that it holds, whatever is to be set in it.
    fn is_before_the_others(&self, action: &str) -> bool {
        action == "replicate"
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let pair = Pair::of(context.component, &context.plan.application).ok()?;
        match step.id.action() {
            "detach" => {
                let was: WasReplica = serde_json::from_value(before.clone()).ok()?;
                Some(Box::new(Rejoin { pair, was }))
            }
            "write" => {
                let was: WasCurrent = serde_json::from_value(before.clone()).ok()?;
                Some(Box::new(Restage::new(pair, was, receipt)))
            }
            _ => None,
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let pair = match Pair::of(component, application) {
            Ok(pair) => pair,
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        let (want, region): (Want<StoredSecret>, _) = match side {
            Side::Primary => (pair.want_old(), pair.old.region),
            Side::Recovery => (pair.want(), pair.new.region),
        };
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            Look::Absent => Health::new(HealthLevel::Down, "no such secret"),
            Look::There(secret) if secret.deleted.is_some() => Health::new(HealthLevel::Down, "to be deleted"),
            Look::There(secret) if secret.current().is_none() => Health::new(HealthLevel::Down, "no current version"),
            Look::There(secret) => Health::new(HealthLevel::Up, pair::stands(secret, &region)),
        }))
    }

    /// On the side that is gone back to it becomes a replica of what is used now, and then stands alone with that side's
    /// values; at last the other is a replica again.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        turned::of(component, done)
    }

    fn rules(&self) -> &'static [&'static Rule] {
        readiness::RULES
    }
    fn readiness(&self, component: &Component, plan: &Plan) -> Vec<super::readiness::Ready> {
        if turned::replicates(component) {
            // A failback replicates it itself.
            return Vec::new();
        }
        Pair::of(component, &plan.application).map(|pair| readiness::of(&pair)).unwrap_or_default()
    }
    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                // One that is not there has no letters of Secrets Manager's own behind its name.
                Grant::look(
                    &["secretsmanager:DescribeSecret"],
                    &[
                        On::Named("secretsmanager:{place}:secret:{name}-??????"),
                        On::Named("secretsmanager:{place}:secret:{name}"),
                    ],
                ),
                Grant::look(&["kms:DescribeKey"], &[On::Named("kms:{place}:key/*")]),
                Grant::act("prove", &["secretsmanager:GetSecretValue"], SECRET).with("prove"),
                Grant::act("prove", &["kms:Decrypt"], &[On::Named("kms:{place}:key/*")])
                    .with("prove")
                    .through("secretsmanager"),
                // It is read first: what is no JSON object stays a replica.
                Grant::act(
                    "detach",
                    &["secretsmanager:GetSecretValue", "secretsmanager:StopReplicationToReplica"],
                    SECRET,
                )
                .with("set"),
                Grant::act("detach", &["kms:Decrypt"], &[On::Named("kms:{place}:key/*")])
                    .with("set")
                    .through("secretsmanager"),
                // The way back: the old side replicates it anew.
                Grant::act("detach", &["secretsmanager:ReplicateSecretToRegions"], SECRET)
                    .with("set")
                    .at(Side::Primary),
                // Of a failback.
                Grant::act("replicate", &["secretsmanager:ReplicateSecretToRegions"], SECRET).with("set"),
                Grant::act("replicate-again", &["secretsmanager:ReplicateSecretToRegions"], SECRET).with("set"),
                Grant::act(
                    "write",
                    &[
                        "secretsmanager:GetSecretValue",
                        "secretsmanager:PutSecretValue",
                        "secretsmanager:UpdateSecretVersionStage",
                    ],
                    SECRET,
                )
                .with("set"),
                Grant::act("write", &["kms:Decrypt", "kms:GenerateDataKey"], &[On::Named("kms:{place}:key/*")])
                    .with("set")
                    .through("secretsmanager"),
            ]
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "name": "shop/db", "set": { "host": "db.example.com" }, "prove": true })
    }
}
