//! `runbook`: an Automation runbook of AWS Systems Manager is executed in the recovery region, once, and its own end tells.
//! Knows nothing of how Systems Manager is called.

pub(super) mod fields;
mod run;
#[cfg(test)]
mod tests;
pub(super) mod words;

use super::ask::Place;
use super::blocked::{Blocked, Unnamed};
use super::grants::{Grant, Hole, On, of_field};
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::resolve::resolve;
use super::turned::{self, Done, Turned, own_side};
use super::work::Work;
use crate::plan::{Application, Component, Draft, Field, Finding, Gate, Intent, Kind, Problem, Step, Undo};
use crate::text::Clean;
use fields::{Said, lists};
use run::Run;
use serde_json::Value;

/// The kind.
pub struct Runbook;

impl Kind for Runbook {
    fn name(&self) -> &'static str {
        "runbook"
    }
    fn about(&self) -> &'static str {
        "executes an Automation runbook of Systems Manager in the recovery region, once, and verifies how it ended"
    }
    fn fields(&self) -> &'static [Field] {
        Said::FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["execution"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        fields::problems(component)
    }
    fn findings(&self, component: &Component, _application: &Application) -> Vec<Finding> {
        fields::findings(component)
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let Ok(said) = Said::of(&component.fields) else { return Vec::new() };
        let title = format!("execute {}: {}", component.name, said.document);
        let (undo, gates) = match said.undo {
            Some(_) => (Undo::Reversible, Vec::new()),
            None => (Undo::PointOfNoReturn, vec![Gate::PointOfNoReturn]),
        };
        vec![Draft::act("run", title, own_side(component), undo, 60.0, 1800.0).gated(gates)]
    }
}

impl Service for Runbook {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let said = match Said::of(&context.component.fields) {
            Ok(said) => said,
            Err(missing) => return Box::new(Blocked::missing(missing)),
        };
        if step.id.action() != "run" {
            return Box::new(Blocked::unknown_step(step));
        }
        let parameters = said.parameters.values().map(|text| ("parameters", text.as_str()));
        let named: Vec<(&str, &str)> = [("document", said.document.as_str())].into_iter().chain(parameters).collect();
        if let Some(unnamed) = Unnamed::of(&named) {
            return Box::new(unnamed);
        }
        Box::new(Run {
            place: Place::of(context.component, &context.plan.application, own_side(context.component)),
            document: said.document.into(),
            version: said.version.map(Into::into),
            parameters: lists(&said.parameters),
            by: format!("{} {}", context.run, step.id),
        })
    }

    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        _before: &Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        // Resolved here, from the plan: a document is never handed a `${…}` that nothing gave.
        let component = resolve(context.plan.component(&context.component.name)?, context.outputs).ok()?;
        let undo = Said::of(&component.fields).ok()?.undo?;
        Some(Box::new(Run {
            place: Place::of(&component, &context.plan.application, own_side(&component)),
            document: undo.document.into(),
            version: undo.version.map(Clean::from),
            parameters: lists(&undo.parameters),
            by: format!("{} {} undo", context.run, step.id),
        }))
    }

    /// What takes it back is executed where it was: it knows that region.
    fn turned(&self, component: &Component, done: &Done<'_>) -> Result<Turned, String> {
        let said = Said::of(&component.fields).map_err(|missing| missing.to_string())?;
        let region = &done.application.recovery;
        let Some(undo) = said.undo else {
            let ask = format!("Undo by hand what {} did in {region} (document {})", component.name, said.document);
            return Ok(turned::by_hand(component, ask));
        };
        let mut turned = Turned::of(component).remembering(component).away();
        let fields = &component.fields.0;
        let part = |name: &str| fields.get(name).filter(|value| !value.is_null()).cloned();
        let of_undo = |name: &str| fields.get("undo").and_then(|undo| undo.get(name)).cloned().unwrap_or_default();
        let there = ["document", "version", "parameters"].map(|name| Some((name.to_owned(), part(name)?)));
        for name in ["document", "version", "parameters"] {
            turned.set(name, of_undo(name));
        }
        turned.set("undo", Value::Object(there.into_iter().flatten().collect()));
        turned.notes.push(format!("{} takes back, in {region}, what {} did", undo.document, said.document));
        Ok(turned)
    }

    fn grants(&self) -> &'static [Grant] {
        const {
            &[
                Grant::look(
                    &["ssm:DescribeDocument"],
                    &[
                        On::Named("ssm:{region}:{owner}:document/{document}"),
                        On::Named("ssm:{region}:{undo.owner}:document/{undo.document}"),
                    ],
                ),
                Grant::look(&["ssm:GetAutomationExecution"], &[On::Made("ssm:{place}:automation-execution/*")]),
                Grant::act(
                    "run",
                    &["ssm:StartAutomationExecution"],
                    &[
                        On::Named("ssm:{region}:{owner}:document/{document}"),
                        On::Named("ssm:{region}:{undo.owner}:document/{undo.document}"),
                        On::Made("ssm:{place}:automation-execution/*"),
                    ],
                ),
            ]
        }
    }

    /// AWS's own documents are of no account.
    fn hole(&self, component: &Component, name: &str) -> Hole {
        let document = match name {
            "owner" => "document",
            "undo.owner" => "undo.document",
            _ => return of_field(component, name),
        };
        match of_field(component, document) {
            Hole::Text(name) if name.starts_with("AWS") || name.starts_with("Amazon") => Hole::Text(String::new()),
            Hole::Text(_) => Hole::Text("{account}".to_owned()),
            other => other,
        }
    }

    fn example(&self) -> Value {
        serde_json::json!({
            "document": "shop-warm", "parameters": { "Side": "west" }, "undo": { "document": "shop-cool" },
        })
    }
}
