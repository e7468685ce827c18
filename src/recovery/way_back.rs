//! The two clocks of a way back: how long the application had no second region to go to, and how long users noticed that it
//! went back. Pure.

use super::objective::seconds_between;
use super::state::{State, Status};
use crate::plan::{GateKind, Intent, Runbook, When};
use jiff::Timestamp;
use std::collections::HashMap;

/// In `from_run` of the question when to go back: since when there is no second region.
pub const UNPROTECTED_SINCE: &str = "unprotected_since";

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
    if state.run.intent != Intent::Failback {
        return None;
    }
    let steps = || {
        let steps = state.run.runbook.steps.iter().zip(&state.steps);
        steps.filter(|(step, _)| step.when.is_return() && step.left_out.is_none())
    };
    let acted = steps().filter_map(|(_, own)| own.sent.as_ref().map(|sent| sent.first_at));
    let begun = acted.min()?;
    let path = || steps().filter(|(step, _)| !step.beside);
    let is_over = path().all(|(_, own)| own.status.lets_others_go_on());
    let until = path().filter_map(|(_, own)| own.finished_at).max().filter(|_| is_over).unwrap_or(now);
    Some(Span { seconds: seconds_between(begun, until), is_over })
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

/// Whether the run has come past its decision to go back.
pub fn is_returning(state: &State) -> bool {
    state.steps.iter().any(|own| own.has_passed(GateKind::Window))
}
