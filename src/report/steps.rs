//! What became of each step: its attempts and undos from start to rest, and the decisions asked before it.

use crate::plan::{ComponentName, GateKind, Region, StepId, Undo};
use crate::recovery::{Event, State, Status, What};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// What became of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRecord {
    /// Which.
    pub step: StepId,
    /// Of which component.
    pub component: ComponentName,
    /// What a commander read.
    pub title: Clean,
    /// The region it acted in.
    pub region: Region,
    /// What going back would have meant.
    pub undo: Undo,
    /// Ran beside the path: nothing waited for it.
    pub beside: bool,
    /// How long it usually takes, in seconds.
    pub expected_seconds: f64,
    /// Where it stands at the end.
    #[serde(serialize_with = "word")]
    pub status: Status,
    /// What shows that it is done, or why it is not.
    pub note: Clean,
    /// When it was first started; `None` when it never was.
    pub first_started_at: Option<Timestamp>,
    /// When it came to rest; `None` when it never started, or still runs.
    pub finished_at: Option<Timestamp>,
    /// Every attempt and every undo, in order.
    pub tries: Vec<Try>,
    /// Every decision that was asked of a person before it.
    pub gates: Vec<GateRecord>,
}

/// An attempt of a step, or of its undo.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Try {
    /// Whether it took the step back.
    pub undo: bool,
    /// From when.
    pub started_at: Timestamp,
    /// To when; `None` when it had not come to rest.
    pub ended_at: Option<Timestamp>,
    /// How it came to rest.
    #[serde(serialize_with = "word")]
    pub status: Status,
}

/// A decision that was asked before a step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GateRecord {
    /// Which.
    pub gate: GateKind,
    /// When it was asked.
    pub opened_at: Timestamp,
    /// When it was passed; `None` when it never was.
    pub passed_at: Option<Timestamp>,
}

/// Every step, in the order in which they were first started; those that never were stand behind, in run order.
pub fn steps(events: &[Event]) -> Vec<StepRecord> {
    let Some((mut state, rest)) = events.split_first().and_then(|(first, rest)| Some((State::open(first)?, rest)))
    else {
        return Vec::new();
    };
    let mut records: Vec<StepRecord> = (0..state.steps.len()).map(|place| record(&state, place)).collect();
    // The places of those that run: only they can come to rest.
    let mut running: Vec<usize> = Vec::new();
    for event in rest {
        state.fold(event);
        note_gate(&state, &mut records, event);
        running.retain(|place| {
            let status = state.steps[*place].status;
            if !status.is_busy() {
                rest_at(&mut records[*place], status, event.at);
            }
            status.is_busy()
        });
        let (What::StepStarted { step, .. } | What::UndoStarted { step }) = &event.what else { continue };
        let Some(place) = state.place(step) else { continue };
        let undo = matches!(event.what, What::UndoStarted { .. });
        let status = state.steps[place].status;
        records[place].first_started_at.get_or_insert(event.at);
        records[place].tries.push(Try { undo, started_at: event.at, ended_at: None, status });
        running.push(place);
    }
    for (record, step) in records.iter_mut().zip(&state.steps) {
        record.status = step.status;
        record.note = step.note.clone();
        record.finished_at = step.finished_at;
    }
    records.sort_by_key(|record| (record.first_started_at.is_none(), record.first_started_at));
    records
}

fn record(state: &State, place: usize) -> StepRecord {
    let step = state.plan_step(place);
    StepRecord {
        step: step.id.clone(),
        component: step.component.clone(),
        title: step.title.clone(),
        region: step.region.clone(),
        undo: step.undo,
        beside: step.beside,
        expected_seconds: step.expected_seconds,
        status: Status::Waiting,
        note: Clean::default(),
        first_started_at: None,
        finished_at: None,
        tries: Vec::new(),
        gates: Vec::new(),
    }
}

fn rest_at(record: &mut StepRecord, status: Status, at: Timestamp) {
    if let Some(last) = record.tries.last_mut() {
        last.status = status;
        last.ended_at = Some(at);
    }
}

fn note_gate(state: &State, records: &mut [StepRecord], event: &Event) {
    let (What::GateOpened { step, gate, .. } | What::GatePassed { step, gate, .. }) = &event.what else { return };
    let Some(place) = state.place(step) else { return };
    let gates = &mut records[place].gates;
    if matches!(event.what, What::GateOpened { .. }) {
        gates.push(GateRecord { gate: *gate, opened_at: event.at, passed_at: None });
        return;
    }
    if let Some(asked) = gates.iter_mut().rev().find(|asked| asked.gate == *gate && asked.passed_at.is_none()) {
        asked.passed_at = Some(event.at);
    }
}

fn word<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(status.word())
}
