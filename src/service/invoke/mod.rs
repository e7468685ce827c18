//! `invoke`: a Lambda function of the recovery region is invoked, once, and what it answers tells. Nobody invokes it again but a
//! person. Knows nothing of how Lambda is called.

mod call;
pub(super) mod fields;
#[cfg(test)]
mod tests;

use super::arn;
use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::Grant;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::{has_reference, resolve};
use super::touched::{Hole, On, of_field, text_at};
use super::turned::{self, Done, Turned, own_side};
use super::work::Work;
use crate::plan::{Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Plan, Problem, Step, Undo};
use crate::text::Clean;
use call::Call;
use fields::Said;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest that a function runs, in seconds ("Lambda quotas", AWS Lambda Developer Guide).
const LONGEST: f64 = 900.0;

/// The functions that are invoked, and what of each.
const CALLED: &[On] =
    &[On::Named("lambda:{place}:function:{called}"), On::Named("lambda:{place}:function:{undo.called}")];
/// The functions themselves.
const FUNCTIONS: &[On] =
    &[On::Named("lambda:{place}:function:{function}"), On::Named("lambda:{place}:function:{undo.function}")];

/// The kind.
pub struct Invoke;

impl Kind for Invoke {
    fn name(&self) -> &'static str {
        "invoke"
    }
    fn about(&self) -> &'static str {
        "invokes a Lambda function of the recovery region, once, and verifies what it answers"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["answer"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        fields::findings(component, application)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let title = format!("invoke {}: {}", component.name, said.function);
        let (undo, gates) = match said.undo {
            Some(_) => (Undo::Reversible, Vec::new()),
            None => (Undo::PointOfNoReturn, vec![Gate::PointOfNoReturn]),
        };
        vec![Draft::act("call", title, own_side(component), undo, 10.0, LONGEST + 60.0).gated(gates)]
    }
}

/// How long an invocation for `component` is waited for, in whole seconds.
fn within(component: &Component) -> u64 {
    component.timeout_seconds.unwrap_or(LONGEST).min(LONGEST).ceil().max(1.0) as u64
}

fn in_confidence(plan: &Plan, component: &Component) -> bool {
    plan.gives_in_confidence(component.name.as_str(), "answer")
}

impl Service for Invoke {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let said = match Said::of(&component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if step.id.action() != "call" {
            return Box::new(Blocked::unknown_step(step));
        }
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (qualifier, payload) = (text(&said.qualifier), text(&said.payload));
        let named = [("function", said.function.as_str()), ("qualifier", &qualifier), ("payload", &payload)];
        if let Some(unnamed) = Unnamed::of(&named) {
            return Box::new(unnamed);
        }
        Box::new(Call {
            place: Place::of(component, &context.plan.application, own_side(component)),
            function: said.function.into(),
            qualifier: said.qualifier.map(Into::into),
            payload: said.payload,
            within_seconds: within(component),
            in_confidence: in_confidence(context.plan, component),
            expect: said.expect,
        })
    }

    fn compensation(
        &self,
        _step: &Step,
        context: &Context<'_>,
        _before: &Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        // Resolved here, from the plan: a function is never handed a `${…}` that nothing gave.
        let component = resolve(context.plan.component(&context.component.name)?, context.outputs).ok()?;
        let said = Said::of(&component.fields).ok()?;
        let undo = said.undo?;
        let is_another = undo.function.is_some();
        let qualifier = undo.qualifier.or(said.qualifier.filter(|_| !is_another));
        Some(Box::new(Call {
            place: Place::of(&component, &context.plan.application, own_side(&component)),
            function: undo.function.unwrap_or(said.function).into(),
            qualifier: qualifier.map(Clean::from),
            payload: undo.payload,
            within_seconds: within(&component),
            in_confidence: in_confidence(context.plan, &component),
            expect: BTreeMap::new(),
        }))
    }

    /// What takes it back is invoked where it was: it knows that region.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let region = &done.application.recovery;
        if said.undo.is_none() {
            let ask = format!("Undo by hand what {} did in {region} (function {})", component.name, said.function);
            return Ok(turned::by_hand(component, ask));
        }
        let mut turned = Turned::of(component).remembering(component).away();
        let fields = &component.fields.0;
        let part = |name: &str| fields.get(name).filter(|value| !value.is_null()).cloned();
        let of_undo = |name: &str| fields.get("undo").and_then(|undo| undo.get(name)).cloned();
        let there = ["function", "qualifier", "payload"].map(|name| Some((name.to_owned(), part(name)?)));
        let is_another = of_undo("function").is_some();
        turned.set("function", of_undo("function").or(part("function")).unwrap_or_default());
        let qualifier = of_undo("qualifier").or(part("qualifier").filter(|_| !is_another));
        turned.set("qualifier", qualifier.unwrap_or_default());
        turned.set("payload", of_undo("payload").unwrap_or_default());
        turned.set("expect", Value::Null);
        turned.set("undo", Value::Object(there.into_iter().flatten().collect()));
        turned.notes.push(format!("its `undo` takes back, in {region}, what it did"));
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(&["lambda:GetFunctionConfiguration"], CALLED),
                Grant::look(&["lambda:GetFunctionConcurrency"], FUNCTIONS),
                Grant::act("call", &["lambda:InvokeFunction"], CALLED),
            ]
        }
    }

    fn hole(&self, component: &Component, name: &str) -> Hole {
        let (is_undo, part) = name.strip_prefix("undo.").map_or((false, name), |part| (true, part));
        if is_undo && !component.fields.0.contains_key("undo") {
            return Hole::Absent;
        }
        let text = |field: &str| text_at(component, field);
        let (function, qualifier) = match (is_undo, text("undo.function"), text("undo.qualifier")) {
            (false, _, _) => (text("function"), text("qualifier")),
            (true, None, qualifier) => (text("function"), qualifier.or(text("qualifier"))),
            (true, function, qualifier) => (function, qualifier),
        };
        let Some(function) = function else { return Hole::Absent };
        if has_reference(function) || qualifier.is_some_and(has_reference) {
            return Hole::Untold;
        }
        let named = arn::Arn::parse(function).map_or(function, |arn| arn.resource);
        let named = named.strip_prefix("function:").unwrap_or(named);
        let (bare, own) = named.split_once(':').map_or((named, None), |(bare, own)| (bare, Some(own)));
        match (part, qualifier.or(own)) {
            ("function", _) | ("called", None) => Hole::Text(bare.to_owned()),
            ("called", Some(qualifier)) => Hole::Text(format!("{bare}:{qualifier}")),
            _ => of_field(component, name),
        }
    }

    fn example(&self) -> Value {
        serde_json::json!({
            "function": "shop-warm", "payload": "{\"side\": \"west\"}", "expect": { "/warm": "true" },
            "undo": { "payload": "{\"side\": \"east\"}" },
        })
    }
}
