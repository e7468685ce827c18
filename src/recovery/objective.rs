//! The clock: elapsed against RTO and the projected end. One number each, for screen, gate and report.

use super::state::{State, Status};
use super::way_back;
use crate::plan::{Intent, graph};
use jiff::Timestamp;

/// Seconds from the declaration of the incident to `now`; the clock stops when the run is over. Of a failback, how long users
/// have noticed it: from the first step of its return.
pub fn elapsed_seconds(state: &State, now: Timestamp) -> f64 {
    if let Some(ended) = state.ended.as_ref().filter(|_| state.is_over()) {
        return ended.rto_seconds;
    }
    if let Some(before) = &state.paying {
        return before.rto_seconds;
    }
    // A way back takes days, and nobody notices but its return.
    if state.run.intent == Intent::Failback {
        return way_back::downtime(state, now).map_or(0.0, |span| span.seconds);
    }
    seconds_between(state.run.declared_at, now)
}

/// Seconds from the declaration to the projected end: what has passed and the critical path left.
pub fn projected_seconds(state: &State, now: Timestamp) -> f64 {
    if state.is_over() || state.paying.is_some() {
        return elapsed_seconds(state, now);
    }
    let counts = |place: usize| state.run.intent != Intent::Failback || state.plan_step(place).when.is_return();
    let left = |place: usize| if counts(place) { seconds_left(state, place, now) } else { 0.0 };
    let left = graph::critical_path_over(&state.run.runbook, left);
    elapsed_seconds(state, now) + left.seconds
}

/// How many seconds the step at `place` still takes, by what it is expected to; 0 once others may go on.
pub fn seconds_left(state: &State, place: usize, now: Timestamp) -> f64 {
    let expected = state.plan_step(place).expected_seconds;
    let step = &state.steps[place];
    match step.status {
        Status::Succeeded { .. } | Status::Skipped | Status::Owed(_) => 0.0,
        Status::Running => {
            let run = step.started_at.map_or(0.0, |started| seconds_between(started, now));
            (expected - run).max(0.0)
        }
        Status::Waiting
        | Status::Failed
        | Status::Unknown
        | Status::Undoing
        | Status::Undone
        | Status::UndoFailed
        | Status::UndoUnknown => expected,
    }
}

/// Seconds from `from` to `to`, never below zero.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}
