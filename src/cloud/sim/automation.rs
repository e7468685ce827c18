//! Simulated Automation: documents of the recovery region, and executions that take their time.

use super::dice::later;
use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Document, Execution as Seen};
use crate::service::{AutomationObservation, AutomationOperation, AutomationQuery, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How long an execution takes, in seconds.
const TAKES: (f64, f64) = (20.0, 60.0);

/// An execution of a document.
#[derive(Clone, Debug)]
pub(super) struct Execution {
    key: String,
    document: Clean,
    token: Clean,
    began: Timestamp,
    takes: f64,
}

fn key(region: &Region, document: &str) -> String {
    format!("{region}/automation/{}", document.rsplit('/').next().unwrap_or(document))
}

/// What the nth execution is called, from 1 on.
fn id(nth: usize) -> Clean {
    Clean::new(&format!("51m00000-0000-8000-8000-{nth:012}"))
}

/// The documents of a component, each with its parameters.
fn documents(component: &Component) -> Vec<(String, Vec<String>)> {
    let Ok(said) = said::Runbook::of(&component.fields) else { return Vec::new() };
    let undo = said.undo.map(|undo| (undo.document, undo.parameters.into_keys().collect()));
    [(said.document, said.parameters.into_keys().collect())].into_iter().chain(undo).collect()
}

impl World {
    fn document(&self, region: &Region, document: &str) -> Option<Document> {
        let parameters = self.documents.get(&key(region, document))?;
        Some(Document {
            name: document.rsplit('/').next().unwrap_or(document).into(),
            sort: "Automation".into(),
            status: "Active".into(),
            version: "1".into(),
            parameters: parameters.iter().map(|name| (Clean::new(name), false)).collect(),
        })
    }

    /// How an execution is at `at`: a fault that stands as it ends makes it fail.
    fn execution(&self, found: &Execution, at: Timestamp) -> (&'static str, Option<Clean>) {
        let ends = later(found.began, found.takes);
        if at < ends {
            return ("InProgress", None);
        }
        match self.troubles.active(FaultKind::CommandFails, &found.key, ends) {
            Some(fault) => {
                let why = fault.reason.as_deref().unwrap_or("simulated: Step fails when it is Poll action status");
                ("Failed", Some(why.into()))
            }
            None => ("Success", None),
        }
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &AutomationQuery) -> Option<String> {
    match query {
        AutomationQuery::AutomationDocument { document, .. } => Some(key(region, document)),
        AutomationQuery::AutomationExecution { .. } => None,
    }
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &AutomationQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &AutomationQuery, at: Timestamp) -> Observation {
    match query {
        AutomationQuery::AutomationDocument { document, .. } => {
            AutomationObservation::AutomationDocument { document: world.document(region, document) }
        }
        AutomationQuery::AutomationExecution { id: wanted } => {
            let found = world.executions.iter().zip(1..).find(|(_, nth)| id(*nth) == *wanted);
            let execution = found.map(|(found, _)| {
                let (status, failure) = world.execution(found, at);
                let document = found.document.rsplit('/').next().unwrap_or(&found.document).into();
                Seen { id: wanted.clone(), document, version: "1".into(), status: status.into(), step: None, failure }
            });
            AutomationObservation::AutomationExecution { execution }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &AutomationOperation) -> Vec<String> {
    let AutomationOperation::StartAutomation { document, .. } = operation;
    vec![key(region, document)]
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    region: &Region,
    operation: &AutomationOperation,
    _at: Timestamp,
) -> Option<Refusal> {
    let AutomationOperation::StartAutomation { document, .. } = operation;
    let absent = || Refusal::new("AutomationDefinitionNotFoundException", &format!("no document {document}"));
    world.document(region, document).is_none().then(absent)
}

/// Takes it at `at`: what was started by its token before is told again.
pub(super) fn take(world: &mut World, region: &Region, operation: &AutomationOperation, at: Timestamp) -> Receipt {
    let AutomationOperation::StartAutomation { document, token, .. } = operation;
    let place = match world.executions.iter().position(|found| found.token == *token) {
        Some(place) => place,
        None => {
            let (key, nth) = (key(region, document), world.executions.len());
            let takes = world.dice.between(&format!("{key} takes {nth}"), TAKES.0, TAKES.1);
            let (document, token) = (document.clone(), token.clone());
            world.executions.push(Execution { key, document, token, began: at, takes });
            nth
        }
    };
    Receipt { id: Some(id(place + 1)), exit: None }
}

/// The kind `runbook`: its documents are there.
pub(super) struct Runbook;

impl Simulated for Runbook {
    fn stand(&self, world: &mut World, component: &Component) {
        let region = world.plan.application.region(Side::Recovery).clone();
        for (document, parameters) in documents(component) {
            world.documents.insert(key(&region, &document), parameters);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let region = application.region(Side::Recovery);
        documents(component).iter().map(|(document, _)| key(region, document)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// What a runbook does holds nothing up by itself, once it was executed.
    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Runbook::of(&component.fields) else { return false };
        let own = key(world.plan.application.region(Side::Recovery), &said.document);
        let is_done = |found: &&Execution| found.key == own && world.execution(found, at).0 == "Success";
        side == Side::Primary || world.executions.iter().any(|found| is_done(&found))
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        // Done and taken back is as it was before.
        let mut stands: Map<String, Value> = Map::new();
        for component in world.of_kind("runbook") {
            let Ok(said) = said::Runbook::of(&component.fields) else { continue };
            let region = world.plan.application.region(Side::Recovery);
            let last = |document: &str| {
                let own = key(region, document);
                let done = |found: &Execution| found.key == own && world.execution(found, at).0 == "Success";
                world.executions.iter().rposition(done)
            };
            let undone = said.undo.as_ref().and_then(|undo| last(&undo.document));
            if last(&said.document).is_some_and(|done| undone.is_none_or(|undone| undone < done)) {
                stands.insert(component.name.to_string(), json!("executed"));
            }
        }
        if stands.is_empty() { Vec::new() } else { vec![("automations", stands)] }
    }
}
