//! The way back of a run that is over: a plan derived from what its journal says was done, never a guess. Its sides are changed
//! over, each component is turned by its own kind, and two questions stand before the return: what may differ between the two
//! sides, and when to go. Pure.

use super::event::RunOutcome;
use super::objective::seconds_between;
use super::state::{State, Status};
use super::{loss, words};
use crate::plan::{Component, ComponentName, Fields, FromRun, Plan, Role, StepId, write};
use crate::service::Registry;
use crate::service::turned::{Done, DoneStep, Turned};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The question of what may differ between the two sides.
pub const DIVERGENCE: &str = "failback-divergence";
/// The question of when to go back.
pub const WINDOW: &str = "failback-window";

/// What is known of a run beside its state.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where its journal is.
    pub journal: Clean,
    /// The hash of its last line.
    pub hash: Clean,
}

/// A failback that was derived.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Its plan, as a file with comments.
    pub file: String,
    /// What is kept of the way there, and costs.
    pub keeps: Vec<String>,
}

/// Why there is no failback of a run: all that is in its way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .reasons.join("; "))]
pub struct NoWayBack {
    /// Each in words.
    pub reasons: Vec<String>,
    /// What would clear it.
    pub clear: String,
}

/// The failback of the run that stands at `state`.
///
/// # Errors
/// [`NoWayBack`], with every reason there is.
pub fn derive(state: &State, source: &Source) -> Result<Derived, NoWayBack> {
    over(state)?;
    let (old, journal) = (&state.run.plan, &source.journal);
    let mut reasons = Vec::new();
    let mut notes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut components, mut keeps, mut diverged) = (Vec::new(), Vec::new(), Vec::new());
    for component in &old.components {
        if is_question(component) {
            continue;
        }
        match turned(state, component) {
            Ok(of) => {
                keeps.extend(of.keeps);
                diverged.extend(of.diverged.into_iter().map(|what| bounded(state, component, &what)));
                notes.insert(component.name.to_string(), of.notes);
                components.push(of.component);
            }
            Err(why) => reasons.push(format!("{} ({}): {why}", component.name, component.kind)),
        }
    }
    if !reasons.is_empty() {
        let clear = "do by hand what no program can, or leave it out of the plan, and go over again".to_owned();
        return Err(NoWayBack { reasons, clear });
    }
    let mut questions = vec![divergence(&diverged, &keeps), window(state)];
    questions.append(&mut components);
    let mut application = old.application.clone();
    std::mem::swap(&mut application.primary, &mut application.recovery);
    application.from_run =
        Some(FromRun { journal: journal.clone(), run: state.run.run.clone(), hash: source.hash.clone() });
    let ended = state.ended.as_ref().map_or(state.at, |_| state.at);
    let mut head = vec![
        format!("Failback of run {}: {} to {}.", state.run.run, application.primary, application.recovery),
        format!("Derived from {journal} as it stood at {}; its last hash is {}.", words::wall(ended), source.hash),
        "Two parts: before failback-window nothing changes for anybody, and it may be done days ahead.".to_owned(),
    ];
    head.extend(keeps.iter().map(|kept| format!("Kept, and paid for until somebody removes it: {kept}.")));
    let sealed = old.sealed.values.iter();
    head.extend(sealed.map(|value| format!("TODO set {}: the value of {}", write::variable(&value.name), value.name)));
    notes.insert(String::new(), head);
    let plan = Plan { application, components: questions, ..old.clone() };
    Ok(Derived { file: write::file(&plan, &notes, &Registry), keeps })
}

/// Whether `component` is one of the two questions that a failback asks.
fn is_question(component: &Component) -> bool {
    is_name_of_a_question(&component.name)
}

fn is_name_of_a_question(name: &ComponentName) -> bool {
    [DIVERGENCE, WINDOW].contains(&name.as_str())
}

/// A run is gone back from only when it is over, went over, and owes nothing that is not known.
fn over(state: &State) -> Result<(), NoWayBack> {
    let refuse = |why: String, clear: &str| Err(NoWayBack { reasons: vec![why], clear: clear.to_owned() });
    if let Some(by) = &state.taken_up {
        return refuse(
            format!("its failback was begun already: run {}", by.run),
            &format!("landfall resume {}", by.journal),
        );
    }
    let unknown: Vec<&str> = state
        .run
        .runbook
        .steps
        .iter()
        .zip(&state.steps)
        .filter(|(_, own)| matches!(own.status, Status::Unknown | Status::UndoUnknown))
        .map(|(step, _)| step.id.as_str())
        .collect();
    if !unknown.is_empty() {
        let clear = "look at them in the cloud, and settle them: landfall resume";
        return refuse(format!("it is not known whether these happened: {}", unknown.join(", ")), clear);
    }
    match state.ended.as_ref().filter(|_| state.is_over()).map(|ended| ended.outcome) {
        Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions) => {}
        Some(RunOutcome::RolledBack) => {
            return refuse("it was rolled back".to_owned(), "there is nothing to go back from");
        }
        Some(RunOutcome::Aborted) => {
            return refuse("it was ended where it stood".to_owned(), "take back by hand what it did, or go over first");
        }
        Some(RunOutcome::Failed | RunOutcome::Held) | None => {
            return refuse("it is not over".to_owned(), "go on with it: landfall resume");
        }
    }
    let owed = super::debts::owed(state);
    if !owed.is_empty() {
        let titles: Vec<&str> = owed.iter().map(|owed| owed.debt.title.as_str()).collect();
        let why = format!("it still owes: {}", titles.join(", "));
        return refuse(why, "pay it first, once the region answers: landfall debts --pay");
    }
    Ok(())
}

fn turned(state: &State, component: &Component) -> Result<Turned, String> {
    let Some(service) = Registry.service(component.kind.as_str()) else {
        return Err("this version of Landfall does not know its kind".to_owned());
    };
    if state.run.runbook.leaves_out(&component.name) {
        return Err("that run left it out: nothing says on which side it is".to_owned());
    }
    let skipped = state.run.runbook.steps.iter().zip(&state.steps);
    let mut skipped = skipped.filter(|(step, own)| step.component == component.name && own.status == Status::Skipped);
    if let Some((step, _)) = skipped.find(|(step, _)| step.changes()) {
        return Err(format!("“{}” was skipped: nothing says how it stands", step.title));
    }
    let null = &Value::Null;
    let steps = state.run.runbook.steps.iter().zip(&state.steps).filter(|(step, _)| step.component == component.name);
    let steps = steps.map(|(step, own)| DoneStep {
        action: step.id.action(),
        acted: own.acted() && step.changes(),
        is_verified: matches!(own.status, Status::Succeeded { .. }),
        before: own.sent.as_ref().map_or(null, |sent| &sent.before),
    });
    // Gone back by a failback, it is only gone over again as any other.
    let mut plain = component.clone();
    plain.from_run = None;
    service.turned(&plain, &Done { application: &state.run.plan.application, steps: steps.collect() })
}

/// What may differ, with what the journal knows of it.
fn bounded(state: &State, component: &Component, what: &str) -> String {
    let Some(loss) = loss::of(state, &component.name, state.at) else { return format!("{}: {what}", component.name) };
    let when = |step: Role| -> Option<Timestamp> {
        let mut own = state.run.runbook.steps.iter().zip(&state.steps);
        own.find(|(of, _)| of.component == component.name && of.role() == step).and_then(|(_, own)| own.finished_at)
    };
    let fenced = when(Role::Fence).map_or_else(String::new, |at| format!(", fenced {}", words::wall(at)));
    format!("{}: {} of writes{fenced}: {what}", component.name, loss.exposure.told())
}

/// The first question: never "nothing was lost" without a comparison.
fn divergence(diverged: &[String], keeps: &[String]) -> Component {
    let mut ask = String::from("Not known by comparison: nothing has compared the two sides. ");
    if diverged.is_empty() {
        ask.push_str("No store was promoted by that run.");
    } else {
        ask.push_str(&diverged.join(". "));
        ask.push('.');
    }
    if !keeps.is_empty() {
        ask.push_str(" It is kept; say how it was reconciled, or why it is accepted.");
    }
    question(DIVERGENCE, ask)
}

/// The second: from there on users notice.
fn window(state: &State) -> Component {
    let seconds = match (&state.started, &state.ended) {
        (Some(given), Some(_)) => {
            let last = state.steps.iter().filter_map(|step| step.finished_at).max().unwrap_or(state.at);
            seconds_between(given.at, last)
        }
        _ => 0.0,
    };
    let application = &state.run.plan.application;
    let ask = format!(
        "Go back to {} now? Both regions are healthy, the replica follows, and the old side is at its size. Users notice \
         from here until all is green; going over took {}",
        application.primary,
        words::clock(seconds)
    );
    question(WINDOW, ask)
}

fn question(name: &str, ask: String) -> Component {
    let fields = Fields(Map::from_iter([("ask".to_owned(), json!(ask))]));
    let mut question = Component::plain(name, "manual", fields);
    question.from_run = Some(Map::from_iter([("window".to_owned(), json!(true))]));
    question
}

/// Whether `step` is a question of a failback: it is answered by its name, and by nothing that was said of all questions.
pub fn asks(state: &State, step: &StepId) -> bool {
    is_of_a_failback(&state.run.plan)
        && state.step(step).is_some_and(|(step, _)| is_name_of_a_question(&step.component))
}

/// Whether a plan is one of a failback: what only such a plan may be run for.
pub fn is_of_a_failback(plan: &Plan) -> bool {
    plan.application.from_run.is_some()
}
