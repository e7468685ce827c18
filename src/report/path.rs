//! The path that decided how long the run took: from its last step back through the need that was met last, each
//! time. The expected critical path is the plan's; this one is what happened.

use super::steps::StepRecord;
use crate::plan::StepId;
use crate::recovery::{State, objective};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// One step of the path. The waits and runs of all of them together are the time from the declaration to its end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leg {
    /// Which.
    pub step: StepId,
    /// What a commander read.
    pub title: Clean,
    /// Seconds from the rest of the step before, or the declaration, to its first start: people and turns.
    pub waited_seconds: f64,
    /// Seconds from its first start to its rest, every attempt and what lay between them.
    pub ran_seconds: f64,
    /// How long it usually takes, in seconds.
    pub expected_seconds: f64,
}

impl Leg {
    /// What it cost altogether, in seconds.
    pub fn cost_seconds(&self) -> f64 {
        self.waited_seconds + self.ran_seconds
    }
}

/// The path, first step first; empty when no step that others wait for came to rest.
pub fn legs(state: &State, steps: &[StepRecord]) -> Vec<Leg> {
    let records: HashMap<&StepId, &StepRecord> = steps.iter().map(|record| (&record.step, record)).collect();
    let on_path = steps.iter().filter(|record| !record.beside);
    let mut at = on_path.max_by_key(|record| record.finished_at).filter(|record| record.finished_at.is_some());
    let mut legs = Vec::new();
    while let Some(record) = at {
        let needs = state.step(&record.step).map(|(step, _)| step.needs.as_slice()).unwrap_or_default();
        let known = needs.iter().filter_map(|need| records.get(need).copied());
        let before = known.max_by_key(|need| need.finished_at).filter(|need| need.finished_at.is_some());
        let from = before.and_then(|before| before.finished_at).unwrap_or(state.run.declared_at);
        legs.push(leg(record, from));
        at = before;
    }
    legs.reverse();
    legs
}

fn leg(record: &StepRecord, from: Timestamp) -> Leg {
    let end = record.finished_at.unwrap_or(from);
    // A step that was skipped, or done before its need was done again, has no start after it.
    let start = record.first_started_at.unwrap_or(end).clamp(from.min(end), end);
    Leg {
        step: record.step.clone(),
        title: record.title.clone(),
        waited_seconds: objective::seconds_between(from, start),
        ran_seconds: objective::seconds_between(start, end),
        expected_seconds: record.expected_seconds,
    }
}
