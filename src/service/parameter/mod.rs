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
use super::work::{Health, HealthLevel, Look, Looked, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step, Undo};
use crate::text::Clean;
use back::Back;
use fields::Said;
use put::{Put, Was};

/// The kind.
pub struct Parameter;

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
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("put {}", component.name);
        vec![Draft::act("put", title, Side::Recovery, Undo::Reversible, 1.0, 60.0)]
    }
}

impl Service for Parameter {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if step.id.action() != "put" {
            return Box::new(Blocked::unknown_step(step));
        }
        let place = Place::of(context.component, &context.plan.application, Side::Recovery);
        Box::new(Put {
            name: said.name.into(),
            value: said.value,
            kind: said.r#type.map(Into::into),
            key: said.key.map(|key| in_region(&key, &place.region)),
            place,
        })
    }
    fn compensation(
        &self,
        _step: &Step,
        context: &Context<'_>,
        before: &serde_json::Value,
        receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        let name: Clean = Said::of(&context.component.fields).ok()?.name.into();
        let was: Was = serde_json::from_value(before.clone()).ok()?;
        let told = receipt.and_then(|receipt| receipt.id.as_ref()).and_then(|id| id.parse().ok());
        // What was put without an answer is the next after the one before.
        let put = told.unwrap_or(was.number.unwrap_or(0) + 1);
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

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
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
