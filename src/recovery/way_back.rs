//! The two clocks of a way back: how long the application had no second region to go to, and how long users noticed that it
//! went back. Pure.

use super::objective::seconds_between;
use super::state::{State, Status, StepState};
use super::words;
use super::{loss, rollback};
use crate::plan::{GateKind, Intent, Runbook, When};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// In `from_run` of the question when to go back: since when there is no second region.
pub const UNPROTECTED_SINCE: &str = "unprotected_since";

/// The steps whose skipping leaves nobody in the dark about how a component stands: they only have it serve better.
pub(super) const MAKES_IT_WELL: [&str; 3] = ["warm", "upkeep", "upkeep-again"];

/// A length of time that may go on still.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// How many seconds.
    pub seconds: f64,
    /// Whether it has come to its end.
    pub is_over: bool,
}

/// How long the return is expected to take: the longest way through it, in seconds.
pub fn expected_downtime(runbook: &Runbook) -> f64 {
    let mut ends: HashMap<&str, f64> = HashMap::new();
    let mut longest = 0.0_f64;
    for step in runbook.steps.iter().filter(|step| step.when.is_return() && step.left_out.is_none()) {
        let begins =
            step.needs.iter().filter_map(|need| ends.get(need.as_str())).fold(0.0_f64, |most, end| most.max(*end));
        let end = begins + step.expected_seconds;
        ends.insert(step.id.as_str(), end);
        if !step.beside {
            longest = longest.max(end);
        }
    }
    longest
}

/// How long users have noticed: from the first step of the return that changed anything until all of it was verified.
/// Nothing before that, and of no other run.
pub fn downtime(state: &State, now: Timestamp) -> Option<Span> {
    let begun = return_begun(state)?;
    let steps = || {
        let steps = state.run.runbook.steps.iter().zip(&state.steps);
        steps.filter(|(step, _)| step.when.is_return() && step.left_out.is_none())
    };
    let path = || steps().filter(|(step, _)| !step.beside);
    let is_over = path().all(|(_, own)| own.status.lets_others_go_on());
    let until = path().filter_map(|(_, own)| own.finished_at).max().filter(|_| is_over).unwrap_or(now);
    Some(Span { seconds: seconds_between(begun, until), is_over })
}

/// When the first step of the return was taken that changes anything; `None` before it, and of a run that is no failback.
pub fn return_begun(state: &State) -> Option<Timestamp> {
    if state.run.intent != Intent::Failback {
        return None;
    }
    let steps = state.run.runbook.steps.iter().zip(&state.steps).filter(|(step, _)| step.when.is_return());
    steps.filter_map(|(_, own)| own.sent.as_ref().map(|sent| sent.first_at)).min()
}

/// How long there was no second region to go to: from the promotion of the way there until replication was seen to follow; and
/// again from the promotion of the return until the other side is protected. `None` where the journal of the way there said
/// no such thing, and of no other run.
pub fn unprotected(state: &State, now: Timestamp) -> Option<Span> {
    let components = state.run.plan.components.iter();
    let mut since = components.filter_map(|one| one.from_run.as_ref()?.get(UNPROTECTED_SINCE)?.as_str()?.parse().ok());
    let since: Timestamp = since.next()?;
    let first = settled(state, |when| matches!(when, When::Before | When::Follows));
    let mut seconds = seconds_between(since, first.unwrap_or(now));
    let mut is_over = first.is_some();
    if let Some(again) = state.promotions.values().map(|promoted| promoted.at).min() {
        let after = settled(state, |when| when == When::After);
        seconds += seconds_between(again, after.unwrap_or(now));
        is_over = is_over && after.is_some();
    }
    Some(Span { seconds, is_over })
}

/// When all steps of `times` were verified; `None` while one is not. What was skipped is none that protects.
fn settled(state: &State, times: impl Fn(When) -> bool) -> Option<Timestamp> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps).filter(|(step, _)| times(step.when));
    let mut last = None;
    for (step, own) in steps {
        if !matches!(own.status, Status::Succeeded { .. }) {
            return None;
        }
        last = last.max(own.finished_at.filter(|_| step.left_out.is_none()));
    }
    last.or(Some(state.begun_at))
}

/// What a failback is measured by, beside what every run is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// How many seconds there was no second region to go to; `None` where nothing says since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unprotected_seconds: Option<f64>,
    /// Whether there is one again.
    pub is_protected: bool,
    /// How many seconds users noticed; `None` where the return was not begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downtime_seconds: Option<f64>,
    /// Whether all of the return was verified.
    pub is_back: bool,
    /// How many they were told to expect.
    pub expected_downtime_seconds: f64,
    /// How many seconds of writes the return lost, of all stores together; `None` where that of one is not known, or nothing was
    /// promoted. It has to be none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_seconds: Option<f64>,
    /// How many stores were promoted by it.
    pub promoted: usize,
    /// How much of what the way there left is kept, of how much.
    pub evidence: [usize; 2],
}

/// How a failback measures; `None` of any other run.
pub fn measured(state: &State) -> Option<Measured> {
    if state.run.intent != Intent::Failback {
        return None;
    }
    let (unprotected, downtime) = (unprotected(state, state.at), downtime(state, state.at));
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let evidence: Vec<bool> = steps
        .filter(|(step, _)| step.when == When::Evidence)
        .map(|(_, own)| matches!(own.status, Status::Succeeded { .. }))
        .collect();
    let lost = state.promotions.keys().map(|store| {
        let exposure = loss::exposure(state, store, state.at);
        exposure.seconds.filter(|_| !exposure.at_least)
    });
    let lost: Option<Vec<f64>> = lost.collect();
    Some(Measured {
        unprotected_seconds: unprotected.map(|span| span.seconds),
        is_protected: unprotected.is_some_and(|span| span.is_over),
        downtime_seconds: downtime.map(|span| span.seconds),
        is_back: downtime.is_some_and(|span| span.is_over),
        expected_downtime_seconds: expected_downtime(&state.run.runbook),
        lost_seconds: lost.filter(|all| !all.is_empty()).map(|all| all.iter().sum()),
        promoted: state.promotions.len(),
        evidence: [evidence.iter().filter(|kept| **kept).count(), evidence.len()],
    })
}

/// Which side serves users as a failback stands, and what would let one serve again, in a sentence; nothing of any other run.
pub fn serves(state: &State) -> Option<String> {
    if state.run.intent != Intent::Failback {
        return None;
    }
    let application = &state.run.plan.application;
    let (old, new) = (&application.primary, &application.recovery);
    let steps = || state.run.runbook.steps.iter().zip(&state.steps).filter(|(step, _)| step.when.is_return());
    let stands = |own: &StepState| own.acted() && own.status != Status::Undone;
    let promoted_at = state.promotions.values().map(|promoted| promoted.at).min().map(words::wall);
    let is_old_whole = steps().filter(|(step, _)| step.region == *old).all(|(_, own)| !stands(own));
    Some(match promoted_at {
        None if !steps().any(|(_, own)| stands(own)) => format!("{old} serves: nothing of the return was done"),
        None => format!("{old} was being stopped: rolled back, it serves again, with all that was written to it"),
        Some(at) if is_old_whole => {
            format!(
                "{old} serves again: what was written to {new} since {at} is there alone, and it may not serve beside it"
            )
        }
        Some(_) if is_over(state) && is_protected_again(state) => format!("{new} serves"),
        Some(_) if is_over(state) && follows_again(state) => {
            format!(
                "{new} serves, and {old} follows; should it fail again: a failover of the application, by its own plan"
            )
        }
        Some(at) if rollback::made_anew(state).is_some() => {
            format!(
                "{new} serves; {old} is being made its second side: until that follows, {old} has only what was kept at {at}"
            )
        }
        Some(at) => {
            let serves = if is_over(state) { "serves" } else { "has what was written, and does not serve whole yet" };
            format!("{new} {serves}; should it fail again: rolled back past the point, {old} serves as it was at {at}")
        }
    })
}

/// Whether the side that was left can be gone over to again.
fn is_protected_again(state: &State) -> bool {
    settled(state, |when| when == When::After).is_some()
}

/// Whether each store that was promoted has a second side again, whatever else is left.
fn follows_again(state: &State) -> bool {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut makes = steps.filter(|(step, _)| {
        let makes = step.when == When::After && !MAKES_IT_WELL.contains(&step.id.action());
        makes && state.promotions.contains_key(&step.component)
    });
    makes.all(|(_, own)| matches!(own.status, Status::Succeeded { .. }))
}

/// Whether all of the return is done: what is left of it only protects.
pub fn is_over(state: &State) -> bool {
    downtime(state, state.at).is_some_and(|span| span.is_over)
}

/// Whether the run has come past its decision to go back.
pub fn is_returning(state: &State) -> bool {
    state.steps.iter().any(|own| own.has_passed(GateKind::Window))
}
