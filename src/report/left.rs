//! What a run left behind, and what to do about it next.

use super::path::Leg;
use crate::plan::{Intent, Role, Step, StepId, Undo};
use crate::recovery::event::Debt;
use crate::recovery::score::Score;
use crate::recovery::verdict::Verdict;
use crate::recovery::{Event, State, Status, What, failback, telling, words};
use crate::text::Clean;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a run left behind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    /// Steps gone on without, with the reason.
    pub exceptions: Vec<Standing>,
    /// What is owed to the failing region.
    pub debts: Vec<Debt>,
    /// Steps of which it is not known whether they happened.
    pub unknowns: Vec<Standing>,
    /// Steps that failed, or whose undo did.
    pub failed: Vec<Standing>,
    /// Steps that had not come to rest when the journal ends.
    pub running: Vec<Standing>,
    /// Steps that a rollback could not take back.
    pub stays: Vec<Standing>,
}

/// A step, and how it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Which.
    pub step: StepId,
    /// What it was to do.
    pub title: Clean,
    /// Why it stands so.
    pub why: Clean,
}

impl Left {
    /// Reads it off the last state and the events.
    pub fn of(state: &State, events: &[Event]) -> Self {
        let with = |wanted: &[Status]| -> Vec<Standing> {
            let steps = state.run.runbook.steps.iter().zip(&state.steps);
            steps
                .filter(|(_, now)| wanted.contains(&now.status))
                .map(|(step, now)| Standing { step: step.id.clone(), title: step.title.clone(), why: now.note.clone() })
                .collect()
        };
        Self {
            exceptions: with(&[Status::Skipped]),
            debts: state.debts.clone(),
            unknowns: with(&[Status::Unknown, Status::UndoUnknown]),
            failed: with(&[Status::Failed, Status::UndoFailed]),
            running: with(&[Status::Running, Status::Undoing]),
            stays: stays(state, events),
        }
    }
}

fn stays(state: &State, events: &[Event]) -> Vec<Standing> {
    let told = state.ended.iter().flat_map(|ended| &ended.stays);
    let going = state.rollback.iter().flat_map(|rollback| &rollback.stays);
    let told = told.chain(going).map(|stay| (&stay.step, &stay.why));
    // Format 1 told each by itself.
    let by_itself = events.iter().filter_map(|event| match &event.what {
        What::UndoImpossible { step, why } => Some((step, why)),
        _ => None,
    });
    let mut stays: Vec<Standing> = Vec::new();
    for (step, why) in told.chain(by_itself) {
        let Some((plan_step, _)) = state.step(step) else { continue };
        if stays.iter().all(|known| &known.step != step) {
            stays.push(Standing { step: step.clone(), title: plan_step.title.clone(), why: why.clone() });
        }
    }
    stays
}

/// What to do next, the most urgent first. `journal` is where the journal is.
pub fn next(state: &State, left: &Left, score: &Score, path: &[Leg], journal: &str) -> Vec<Clean> {
    let mut next = Vec::new();
    for unknown in &left.unknowns {
        next.push(format!("Find out whether “{}” happened: {}", unknown.title, words::sentence(&unknown.why)));
    }
    if !state.is_over() {
        next.extend(go_on(state, left, journal));
    }
    for stays in &left.stays {
        next.push(format!("Not taken back: {}: {}", stays.title, words::sentence(&stays.why)));
    }
    for skipped in &left.exceptions {
        next.push(format!(
            "Do by hand what was skipped, and see that it works: “{}” ({}).",
            skipped.title, skipped.why
        ));
    }
    next.extend(owed(state, &left.debts));
    next.extend(failback(state, score));
    if state.is_over() {
        next.extend(failback::kept(state).iter().map(|kept| {
            format!("Remove what is kept once nobody needs it; it is paid for until then: {}", words::sentence(kept))
        }));
    }
    next.extend(too_slow(score, path));
    for loss in score.came_to.losses.iter().filter(|loss| !loss.is_within()) {
        let rpo = loss.rpo_seconds.map_or_else(String::new, words::objective);
        let (component, note) = (&loss.component, &loss.exposure.note);
        next.push(format!(
            "Find the writes that {component} may have lost ({note}; its objective is {rpo}), before the old side is given up."
        ));
    }
    next.iter().map(|line| Clean::new(line)).collect()
}

fn go_on(state: &State, left: &Left, journal: &str) -> Vec<String> {
    let mut next = Vec::new();
    if state.driven {
        next.push("The journal has no end: if no console drives the run any more, its session was cut off.".to_owned());
    }
    next.push(format!("Go on with the run: landfall resume {journal}"));
    if !left.running.is_empty() {
        let titles: Vec<String> = left.running.iter().map(|running| format!("“{}”", running.title)).collect();
        let titles = titles.join(", ");
        next.push(format!(
            "Under way when the journal ends: {titles}. Resuming looks at them before anything is sent."
        ));
    }
    for failed in &left.failed {
        next.push(format!(
            "Look at “{}”: {} Retry it, skip it with a reason, or roll back.",
            failed.title,
            words::sentence(&failed.why)
        ));
    }
    for ((place, gate), open) in &state.open_gates {
        let title = &state.plan_step(*place).title;
        next.push(format!("Answer the {} gate before “{title}”: {}", gate.words(), open.question));
    }
    next
}

/// What is owed, together where the reason is the same.
fn owed(state: &State, debts: &[Debt]) -> Vec<String> {
    let region = &state.run.plan.application.primary;
    let mut reasons: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for debt in debts {
        let reason = (telling::fence_words(debt.fence), debt.why.as_str());
        reasons.entry(reason).or_default().push(format!("“{}”", debt.title));
    }
    let told = reasons.into_iter().map(|((fence, why), titles)| {
        format!("Once {region} answers again, do what is owed: {} ({fence}: {why}).", titles.join(", "))
    });
    told.collect()
}

/// What was promoted does not follow its old primary any more: going back needs replication the other way first.
fn failback(state: &State, score: &Score) -> Option<String> {
    let (application, intent) = (&state.run.plan.application, state.run.intent);
    if !score.came_to.is_recovered() || intent != Intent::Failover {
        return None;
    }
    let promoted = state
        .run
        .runbook
        .steps
        .iter()
        .filter(|step| step.role() == Role::Promotion && super::lag::promoted_at(state, &step.component).is_some());
    let (anew, by_itself): (Vec<&Step>, Vec<&Step>) = promoted.partition(|step| !comes_back(state, step));
    let names = |steps: &[&Step]| steps.iter().map(|step| step.component.as_str()).collect::<Vec<_>>().join(", ");
    let (from, to) = (&application.recovery, &application.primary);
    let mut next = Vec::new();
    if !anew.is_empty() {
        next.push(format!(
            "make replication from {from} to {to} anew for {}, which no longer follow their old primaries, and let it \
             catch up",
            names(&anew)
        ));
    }
    if !by_itself.is_empty() {
        next.push(format!("see that {to} follows {from} again for {}, which comes by itself", names(&by_itself)));
    }
    if next.is_empty() {
        return Some(format!("Going back to {to} is a switchover of its own, once {to} is healthy."));
    }
    Some(format!(
        "Before going back to {to}: {}. Until then there is no second region to go to. Going back is then a switchover.",
        next.join("; ")
    ))
}

/// Whether the old side of what `promotion` promoted is made a secondary by the service itself: the roles were changed and can
/// be changed back, or a step sees to it.
fn comes_back(state: &State, promotion: &Step) -> bool {
    let rejoins = |step: &Step| step.component == promotion.component && step.role() == Role::Rejoin;
    promotion.undo != Undo::PointOfNoReturn || state.run.runbook.steps.iter().any(rejoins)
}

fn too_slow(score: &Score, path: &[Leg]) -> Option<String> {
    let missed = score.came_to.is_in_time() == Some(false) && score.came_to.verdict() != Verdict::NotRecovered;
    let rto = score.came_to.rto_seconds.filter(|_| missed)?;
    let mut costs: Vec<&Leg> = path.iter().collect();
    costs.sort_by(|one, other| other.cost_seconds().total_cmp(&one.cost_seconds()));
    let worst: Vec<String> = costs.into_iter().take(3).map(cost).collect();
    let over = words::clock(score.came_to.recover_seconds - rto);
    Some(format!("The recovery time objective was missed by {over}. What cost most on the path: {}.", worst.join("; ")))
}

fn cost(leg: &Leg) -> String {
    let show = words::clock;
    format!(
        "“{}” {} (waited {}, ran {}, expected {})",
        leg.title,
        show(leg.cost_seconds()),
        show(leg.waited_seconds),
        show(leg.ran_seconds),
        show(leg.expected_seconds)
    )
}
