//! `parameter`: a parameter of the recovery region holds what the plan gives. Knows nothing of how Systems Manager is called.

mod back;
pub(super) mod fields;
mod put;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::ask::Place;
use super::blocked::Blocked;
use super::grants::{Grant, Hole, On, of_field};
use super::kms::fields::in_region;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::{has_reference, refers_to};
use super::turned::{Done, Turned, said as said_of};
use super::work::{Health, HealthLevel, Image, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step, Undo};
use crate::text::Clean;
use back::Back;
use fields::Said;
use put::{Put, Was};
use serde_json::json;

/// The kind.
pub struct Parameter;

/// What a failback is told: what was put and what it was before; that the other side is not touched; that it may be made.
const PUT: &str = "put";
const LEFT_ALONE: &str = "left_alone";
const MADE: &str = "made";

/// The version that was put: without an answer it is the next after the one before.
fn version_put(was: &Was, receipt: Option<&Receipt>) -> u64 {
    let told = receipt.and_then(|receipt| receipt.id.as_ref()).and_then(|id| id.parse().ok());
    told.unwrap_or(was.number.unwrap_or(0) + 1)
}

impl Kind for Parameter {
    fn name(&self) -> &'static str {
        "parameter"
    }
    fn about(&self) -> &'static str {
        "puts a value into a parameter of Parameter Store in the recovery region, and verifies that it is there"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["value"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn steps(&self, component: &Component, _application: &Application, intent: Intent) -> Vec<Draft> {
        let name = &component.name;
        let act = |action, title, side| Draft::act(action, title, side, Undo::Reversible, 1.0, 60.0);
        let put = act("put", format!("put {name}"), Side::Recovery);
        if intent != Intent::Failback {
            return vec![put];
        }
        let put = said_of(component, LEFT_ALONE).is_none().then_some(put);
        let back = said_of(component, PUT)
            .map(|_| act("back", format!("put what {name} was on the other side"), Side::Primary).after_the_return());
        put.into_iter().chain(back).collect()
    }
}

impl Service for Parameter {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        let place = |side| Place::of(context.component, &context.plan.application, side);
        match step.id.action() {
            "put" => {}
            "back" => {
                let was = said_of(context.component, PUT)
                    .and_then(|put| Some((Was::of_journal(&put["before"])?, put["version"].as_u64()?)));
                return match was {
                    Some((was, put)) => {
                        Box::new(Back { place: place(Side::Primary), name: said.name.into(), was, put })
                    }
                    None => Box::new(Blocked::because("nothing says what it was before")),
                };
            }
            _ => return Box::new(Blocked::unknown_step(step)),
        }
        let place = place(Side::Recovery);
        Box::new(Put {
            makes: context.intent != Intent::Failback || said_of(context.component, MADE).is_some(),
            name: said.name.into(),
            value: said.value,
            kind: said.r#type.map(Into::into),
            key: said.key.map(|key| in_region(&key, &place.region)),
            place,
        })
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let name: Clean = Said::of(&context.component.fields).ok()?.name.into();
        if step.id.action() != "put" {
            return None;
        }
        let was: Was = serde_json::from_value(before.clone()).ok()?;
        let put = version_put(&was, receipt);
        let place = Place::of(context.component, &context.plan.application, Side::Recovery);
        Some(Box::new(Back { place, name, was, put }))
    }
    fn health(&self, component: &Component, application: &Application, side: Side) -> Option<Looked<Health>> {
        let name: Clean = match Said::of(&component.fields) {
            Ok(said) => said.name.into(),
            Err(missing) => return Some(Looked::new([], move |_| Health::not_told(&missing.to_string()))),
        };
        let want = words::parameter(&Place::of(component, application, side), &name);
        Some(Looked::new([want.ask.clone()], move |facts| match facts.see(&want) {
            Look::NotTold(why) => Health::not_told(why),
            // Of the recovery region it may be made by the run only.
            Look::Absent if side == Side::Recovery => Health::new(HealthLevel::Standby, "not there"),
            Look::Absent => Health::new(HealthLevel::Down, "no such parameter"),
            Look::There(found) => Health::new(HealthLevel::Up, format!("{}, version {}", found.kind, found.version)),
        }))
    }

    /// On the side that is left it becomes what it was, unless another has changed it since; on the other it is what the plan
    /// says only where that is what a component there gives: of anything else the plan knows that side's alone.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let region = &done.application.recovery;
        let mut turned = Turned::of(component);
        if let Some(put) = done.step("put").filter(|put| put.acted) {
            let Some(was) = Was::of_journal(put.before) else {
                return Err(format!("the journal does not say what {} was before it was put", said.name));
            };
            turned.said(PUT, json!({ "before": put.before, "version": version_put(&was, put.receipt) }));
            turned.notes.push(match was.number {
                Some(number) => format!("{} was of version {number} in {region}", said.name),
                None => format!("{} was not there in {region}, and goes again", said.name),
            });
        }
        if done.has_acted("back") {
            turned.said(MADE, json!(true));
        }
        let was_there = || done.before("put").and_then(Was::of_journal).is_some_and(|was| was.number.is_some());
        if refers_to(&json!(said.value), done.given_up) && was_there() {
            // Nobody gives it any more, and nothing is put there.
            turned = turned.remembering(component);
            turned.set("value", json!("left alone"));
            turned.said(LEFT_ALONE, json!(true));
        }
        if !has_reference(&said.value) && done.step("put").is_some() {
            turned.said(LEFT_ALONE, json!(true));
            turned.notes.push(format!("{} of {} was not touched, and is not", said.name, done.application.primary));
        }
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                // Of a failback.
                Grant::act(
                    "back",
                    &["ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"],
                    &[On::Named("ssm:{place}:parameter/{name}")],
                ),
                Grant::look(&["ssm:GetParameters"], &[On::Named("ssm:{place}:parameter/{name}")]),
                Grant::look(&["kms:DescribeKey"], &[On::Named("kms:{place}:key/*")]).with("key"),
                Grant::act(
                    "put",
                    &["ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter"],
                    &[On::Named("ssm:{place}:parameter/{name}")],
                ),
                Grant::act("put", &["kms:Encrypt", "kms:Decrypt"], &[On::Named("kms:{place}:key/*")]).through("ssm"),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        match (name, of_field(component, name)) {
            // In its ARN one slash is before it, whether it begins with one or not.
            ("name", Hole::Text(name)) => Hole::Text(name.trim_start_matches('/').to_owned()),
            (_, found) => found,
        }
    }

    fn example(&self) -> serde_json::Value {
        serde_json::json!({ "name": "/shop/side", "value": "west" })
    }
}
