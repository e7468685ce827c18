//! The evidence: every call that could change something, one by one with its request id; what was only read, summed up;
//! and what was seen that shows a step to be done.

use crate::plan::{Region, StepId};
use crate::recovery::{Event, State, What};
use crate::service::CallMade;
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The evidence for one step, or for what was watched all along.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evidence {
    /// For which step; `None` for telemetry.
    pub step: Option<StepId>,
    /// Its title.
    pub title: Clean,
    /// What was seen last: what shows that it is done, or why it is not.
    pub seen: Clean,
    /// The calls that could change something, in order.
    pub mutations: Vec<Mutation>,
    /// The calls that only read.
    pub reads: Vec<Reads>,
}

/// A call that could change something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mutation {
    /// When it had come back.
    pub at: Timestamp,
    /// The call.
    #[serde(flatten)]
    pub call: CallMade,
}

/// Calls that only read: one operation in one region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reads {
    /// Which operation.
    pub operation: Clean,
    /// In which region.
    pub region: Region,
    /// How many.
    pub calls: usize,
    /// How long the slowest took, in milliseconds.
    pub slowest_ms: u64,
    /// What went wrong, and how often.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub errors: BTreeMap<Clean, usize>,
}

/// The evidence, in run order; telemetry last.
pub fn evidence(state: &State, events: &[Event]) -> Vec<Evidence> {
    let mut steps: Vec<Evidence> = state
        .run
        .runbook
        .steps
        .iter()
        .zip(&state.steps)
        .map(|(step, now)| Evidence::of(Some(step.id.clone()), step.title.clone(), now.note.clone()))
        .collect();
    let mut telemetry = Evidence::of(None, "watched all along: health and replication".into(), Clean::default());
    for event in events {
        let What::Call { step, call } = &event.what else { continue };
        let place = step.as_ref().and_then(|step| state.place(step));
        let evidence = place.and_then(|place| steps.get_mut(place)).unwrap_or(&mut telemetry);
        evidence.add(event.at, call);
    }
    let all = steps.into_iter().chain([telemetry]);
    all.filter(|evidence| !evidence.mutations.is_empty() || !evidence.reads.is_empty()).collect()
}

impl Evidence {
    fn of(step: Option<StepId>, title: Clean, seen: Clean) -> Self {
        Self { step, title, seen, mutations: Vec::new(), reads: Vec::new() }
    }

    fn add(&mut self, at: Timestamp, call: &CallMade) {
        if call.mutation {
            self.mutations.push(Mutation { at, call: call.clone() });
            return;
        }
        let place =
            self.reads.iter().position(|reads| reads.operation == call.operation && reads.region == call.region);
        let place = place.unwrap_or_else(|| {
            let (operation, region) = (call.operation.clone(), call.region.clone());
            self.reads.push(Reads { operation, region, calls: 0, slowest_ms: 0, errors: BTreeMap::new() });
            self.reads.len() - 1
        });
        let reads = &mut self.reads[place];
        reads.calls += 1;
        reads.slowest_ms = reads.slowest_ms.max(call.latency_ms);
        if let Some(error) = &call.error {
            *reads.errors.entry(error.clone()).or_default() += 1;
        }
    }
}
