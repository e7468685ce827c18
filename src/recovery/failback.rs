//! The way back of a run that is over: a plan derived from what its journal says was done, never a guess. Its sides are changed
//! over, each component is turned by its own kind, and two questions stand before the return: what may differ between the two
//! sides, and when to go. Pure.

use super::debts::{self, Owed};
use super::event::RunOutcome;
use super::state::{State, Status};
use super::{divergence as diverged, loss, way_back, words};
use crate::plan::{Component, ComponentName, Fields, FromRun, Intent, Plan, Source as From, StepId, When, write};
use crate::service::Registry;
use crate::service::turned::{self, Done, DoneStep, Turned};
use crate::text::Clean;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What is seen before anything is done.
pub const REGION: &str = "failback-region";
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
    let given_up = given_up(state);
    let mut reasons = Vec::new();
    let mut notes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut components, mut keeps) = (Vec::new(), Vec::new());
    for component in &old.components {
        if is_question(component) {
            continue;
        }
        match turn(state, component, &given_up) {
            Ok(of) => {
                let of = bounded(state, component, of);
                keeps.extend(of.keeps);
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
    let mut questions = vec![region(state), divergence(), window(state)];
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
    let sealed = old.sealed.values.iter().filter(|value| value.from == From::Plan);
    head.extend(
        sealed.map(|value| format!("TODO set {}: what the plan had as {}", write::variable(&value.name), value.name)),
    );
    notes.insert(String::new(), head);
    let plan = Plan { application, components: questions, ..old.clone() };
    Ok(Derived { file: write::file(&plan, &notes, &Registry), keeps })
}

/// What is kept, and paid for until somebody removes it, as the failback at `state` stands: what the way there left and this run
/// holds on to, and what it left itself. Nothing of any other run.
pub fn kept(state: &State) -> Vec<String> {
    if state.run.intent != Intent::Failback {
        return Vec::new();
    }
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let held = steps.filter(|(step, own)| {
        // What only says of something that is kept which run it is of has nothing to add, where that was said.
        let is_last_word = step.id.action() != "tag" || state.step(&StepId::of(&step.component, "keep")).is_none();
        step.when == When::Evidence && is_last_word && matches!(own.status, Status::Succeeded { .. })
    });
    let mut kept: Vec<String> = held.map(|(_, own)| own.note.to_string()).collect();
    let given_up = given_up(state);
    let components = state.run.plan.components.iter().filter(|component| !is_question(component));
    kept.extend(components.filter_map(|component| turn(state, component, &given_up).ok()).flat_map(|of| of.keeps));
    kept
}

/// Whether `component` is one of what a failback itself looks at and asks.
fn is_question(component: &Component) -> bool {
    is_name_of_a_question(&component.name)
}

fn is_name_of_a_question(name: &ComponentName) -> bool {
    [REGION, DIVERGENCE, WINDOW].contains(&name.as_str())
}

/// What a run owes that something is sent for.
fn still_to_pay(state: &State) -> Vec<Owed<'_>> {
    debts::owed(state).into_iter().filter(|owed| debts::is_sent(state, owed.place)).collect()
}

/// Whether a run went over, is over, and nothing but what it owes is in the way of a failback: paid, that begins.
pub fn owes_only(state: &State) -> bool {
    let is_unknown = state.steps.iter().any(|own| matches!(own.status, Status::Unknown | Status::UndoUnknown));
    // A session that died while it paid is gone on with.
    let ended = state.paying.as_deref().or(state.ended.as_ref().filter(|_| state.is_over()));
    let outcome = ended.map(|ended| ended.outcome);
    let is_over = matches!(outcome, Some(RunOutcome::Completed | RunOutcome::CompletedWithExceptions));
    state.taken_up.is_none() && !is_unknown && is_over && (state.paying.is_some() || !still_to_pay(state).is_empty())
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
    // What was only to be looked at, the way back looks at itself.
    let owed: Vec<Owed<'_>> = still_to_pay(state);
    if !owed.is_empty() {
        let titles: Vec<&str> = owed.iter().map(|owed| owed.debt.title.as_str()).collect();
        let (why, region) = (format!("it still owes: {}", titles.join(", ")), &state.run.plan.application.primary);
        return refuse(
            why,
            &format!(
                "pay it first, once the region answers: landfall debts --pay; landfall run --intent failback --confirm {region} does it by itself"
            ),
        );
    }
    Ok(())
}

/// The components that are for a person on the way back: of what they gave nothing comes any more.
fn given_up(state: &State) -> BTreeSet<ComponentName> {
    let mut all = BTreeSet::new();
    loop {
        let is_one = |component: &&Component| {
            !is_question(component)
                && turn(state, component, &all).is_ok_and(|of| of.component.kind.as_str() == "manual")
        };
        let more: BTreeSet<ComponentName> =
            state.run.plan.components.iter().filter(is_one).map(|component| component.name.clone()).collect();
        if more.len() <= all.len() {
            return all;
        }
        all = more;
    }
}

fn turn(state: &State, component: &Component, given_up: &BTreeSet<ComponentName>) -> Result<Turned, String> {
    let Some(service) = Registry.service(component.kind.as_str()) else {
        return Err("this version of Landfall does not know its kind".to_owned());
    };
    if state.run.runbook.leaves_out(&component.name) {
        return Err("that run left it out: nothing says on which side it is".to_owned());
    }
    let skipped = state.run.runbook.steps.iter().zip(&state.steps);
    let mut skipped = skipped.filter(|(step, own)| step.component == component.name && own.status == Status::Skipped);
    // What was to be warmed up gets its size behind that all the same, and the journal says what that found.
    if let Some((step, _)) =
        skipped.find(|(step, _)| step.changes() && !way_back::MAKES_IT_WELL.contains(&step.id.action()))
    {
        return Err(format!("“{}” was skipped: nothing says how it stands", step.title));
    }
    if let Some(again) = turned::as_it_was(component) {
        return Ok(again);
    }
    let null = &Value::Null;
    let steps = state.run.runbook.steps.iter().zip(&state.steps).filter(|(step, _)| step.component == component.name);
    let steps = steps.map(|(step, own)| DoneStep {
        action: step.id.action(),
        region: &step.region,
        acted: own.acted() && step.changes(),
        is_verified: matches!(own.status, Status::Succeeded { .. }),
        before: own.sent.as_ref().map_or(null, |sent| &sent.before),
        receipt: own.sent.as_ref().and_then(|sent| sent.receipt()),
    });
    // Gone back by a failback, it is only gone over again as any other.
    let mut plain = component.clone();
    plain.from_run = None;
    let application = &state.run.plan.application;
    let done = Done { application, steps: steps.collect(), given_up, from_run: component.from_run.as_ref() };
    service.turned(&plain, &done).map(|of| turned::without(of, given_up))
}

/// With what the journal knows of what may differ, and since when.
fn bounded(state: &State, component: &Component, mut of: Turned) -> Turned {
    let what = std::mem::take(&mut of.diverged).join("; ");
    if what.is_empty() {
        return of;
    }
    if let Some((told, from)) = diverged::bound(state, &component.name, &what) {
        of.notes.push(format!("may differ: {told}"));
        of.said(diverged::DIVERGED, json!(told));
        if let Some(from) = from {
            of.said(diverged::FROM, json!(from.to_string()));
        }
    }
    if let Some(at) = loss::fenced_at(state, &component.name) {
        of.said(diverged::FENCED_AT, json!(at.to_string()));
    }
    of
}

/// What is seen first: nothing is done in a region that comes and goes.
fn region(state: &State) -> Component {
    let region = &state.run.plan.application.primary;
    asking(REGION, "region", format!("{region} answers, without a gap"), Map::new())
}

/// The first question: never "nothing was lost" without a comparison.
fn divergence() -> Component {
    asking(DIVERGENCE, "divergence", "Say how it was reconciled, or why it is accepted.".to_owned(), Map::new())
}

/// The second: from there on users notice.
fn window(state: &State) -> Component {
    let primary = &state.run.plan.application.primary;
    let mut also = Map::new();
    if let Some(since) = state.promotions.values().map(|promoted| promoted.at).min() {
        also.insert(way_back::UNPROTECTED_SINCE.to_owned(), json!(since.to_string()));
    }
    asking(WINDOW, "window", format!("Go back to {primary} now?"), also)
}

fn asking(name: &str, asks: &str, ask: String, also: Map<String, Value>) -> Component {
    let fields = Fields(Map::from_iter([("ask".to_owned(), json!(ask))]));
    let mut question = Component::plain(name, "manual", fields);
    let mut from_run = Map::from_iter([("asks".to_owned(), json!(asks))]);
    from_run.extend(also);
    question.from_run = Some(from_run);
    question
}

/// Whether a plan is one of a failback: what only such a plan may be run for.
pub fn is_of_a_failback(plan: &Plan) -> bool {
    plan.application.from_run.is_some()
}
