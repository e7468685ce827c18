//! The objectives: elapsed against RTO, the projected end, exposure against RPO. One number each, for screen, gate and report.

use super::event::Exposure;
use super::state::{State, Status};
use crate::plan::{ComponentName, StepId, graph};
use crate::text::Clean;
use jiff::Timestamp;

/// Seconds from the declaration of the incident to `now`; the clock stops when the run is over.
pub fn elapsed_seconds(state: &State, now: Timestamp) -> f64 {
    if let Some(ended) = state.ended.as_ref().filter(|_| state.is_over()) {
        return ended.rto_seconds;
    }
    seconds_between(state.run.declared_at, now)
}

/// Seconds from the declaration to the projected end: what has passed and the critical path left.
pub fn projected_seconds(state: &State, now: Timestamp) -> f64 {
    if state.is_over() {
        return elapsed_seconds(state, now);
    }
    let left = graph::critical_path_over(&state.run.runbook, |place| seconds_left(state, place, now));
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

/// The exposure of `component` at `now`: worst-case loss of data if it were promoted now.
///
/// Last known lag plus the age of that sample (the reasoning of Patroni's and Aurora's guides: when the primary's
/// region dies the metric stops, and a stale 0.2 s is not 0.2 s). Writes stop counting from the moment the
/// component's fence was confirmed. No number at all is unknown, which is never taken for small.
pub fn exposure(state: &State, component: &ComponentName, now: Timestamp) -> Exposure {
    let Some(lag) = state.lags.get(component) else {
        return Exposure { seconds: None, note: Clean::new("no lag sample yet") };
    };
    let Some((lag_seconds, sampled_at)) = lag.last_known else {
        let why = lag.sample.instead.clone().unwrap_or_else(|| Clean::new("no data"));
        return Exposure { seconds: None, note: Clean::new(&format!("lag unknown: {why}")) };
    };
    if let Some(instead) =
        lag.sample.instead.as_ref().filter(|_| lag.sample.sampled_at.is_some_and(|at| at > sampled_at))
    {
        // A newer sample that says "not replicating" takes the older number's worth away.
        return Exposure { seconds: None, note: Clean::new(&format!("lag unknown: {instead}")) };
    }
    let writes_end = fenced_at(state, component).map_or(now, |fenced| fenced.min(now));
    let age = seconds_between(sampled_at, writes_end);
    let note = format!("lag {} s, sampled {} s ago", short(lag_seconds), short(seconds_between(sampled_at, now)));
    Exposure { seconds: Some(lag_seconds + age), note: Clean::new(&note) }
}

/// When the component's old side was confirmed unable to write: from then on its exposure grows no more.
pub fn fenced_at(state: &State, component: &ComponentName) -> Option<Timestamp> {
    let (_, fence) = state.step(&StepId::of(component, "fence"))?;
    fence.finished_at.filter(|_| matches!(fence.status, Status::Succeeded { .. }))
}

/// The components that hold data, the worst exposure first: unknown before any number.
pub fn exposures(state: &State, now: Timestamp) -> Vec<(ComponentName, Exposure)> {
    let mut all: Vec<_> = state.lags.keys().map(|name| (name.clone(), exposure(state, name, now))).collect();
    all.sort_by(|(_, a), (_, b)| {
        let key = |exposure: &Exposure| exposure.seconds.unwrap_or(f64::INFINITY);
        key(b).total_cmp(&key(a))
    });
    all
}

/// Seconds from `from` to `to`, never below zero.
pub fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

fn short(seconds: f64) -> String {
    if seconds < 10.0 { format!("{seconds:.1}") } else { format!("{seconds:.0}") }
}
