//! The way back: what it will do, what cannot be undone, what it costs; and its going, one step at a time,
//! in reverse start order, stopping at anything unknown.

use super::advance::{credentials_work, ended};
use super::command::Refusal;
use super::decide::{Action, Decision};
use super::event::*;
use super::state::{State, Status};
use crate::plan::{StepId, Undo};
use crate::text::Clean;
use jiff::Timestamp;

/// What going back would do, shown before anyone says yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The steps it will undo, in order.
    pub undo: Vec<StepId>,
    /// The steps that acted and stay, with why.
    pub stays: Vec<(StepId, Clean)>,
    /// Steps whose undo may lose writes.
    pub loses_data: Vec<StepId>,
    /// The step it will stop at, because it is not known whether it happened.
    pub stops_at: Option<StepId>,
    /// How long it is expected to take, in seconds.
    pub seconds: f64,
}

/// What going back to before `to` (to the very start when `None`) would do.
pub fn preview(state: &State, to: Option<&StepId>) -> Preview {
    let mut preview =
        Preview { undo: Vec::new(), stays: Vec::new(), loses_data: Vec::new(), stops_at: None, seconds: 0.0 };
    for place in to_undo(state, to) {
        let step = state.plan_step(place);
        if is_unknown(state, place) {
            preview.stops_at = Some(step.id.clone());
            break;
        }
        match step.undo {
            Undo::PointOfNoReturn => preview.stays.push((step.id.clone(), stays_because(state, place))),
            Undo::DataLoss => preview.loses_data.push(step.id.clone()),
            Undo::Reversible | Undo::NoneNeeded => {}
        }
        if step.undo != Undo::PointOfNoReturn {
            preview.seconds += step.expected_seconds;
            preview.undo.push(step.id.clone());
        }
    }
    preview
}

/// Starts going back.
///
/// # Errors
/// A [`Refusal`] while something runs, when the run goes back already, and when nothing acted.
pub(super) fn start(state: &State, to: Option<&StepId>, reason: &Clean) -> Result<Decision, Refusal> {
    if state.rollback.as_ref().is_some_and(|rollback| rollback.stopped.is_none()) {
        return Err(Refusal::new("the run is going back already", "hold stops it after the step it is at"));
    }
    if let Some(busy) = state.busy().next() {
        return Err(Refusal::new(
            format!("{} is being worked on", state.plan_step(busy).id),
            "hold, and roll back once what runs has come to rest",
        ));
    }
    if to.is_some_and(|to| state.place(to).is_none()) {
        return Err(Refusal::new("the runbook has no such step", "choose one of its steps"));
    }
    let places = to_undo(state, to);
    if places.is_empty() {
        return Err(Refusal::new("nothing that acted is left to undo", "there is nowhere to go back to"));
    }
    let steps = places.iter().map(|place| state.plan_step(*place).id.clone()).collect();
    let mut events = vec![What::RollbackStarted { to: to.cloned(), steps, reason: reason.clone() }];
    if state.mode == Mode::Hold {
        // Asked for under hold and confirmed against its preview: it goes on by itself; hold stops it again.
        events.push(What::ModeChanged { mode: Mode::Auto });
    }
    Ok(Decision { events, ..Decision::default() })
}

/// What follows by itself while the run goes back.
pub(super) fn advance(state: &State, now: Timestamp) -> Decision {
    let Some(rollback) = &state.rollback else { return Decision::default() };
    if rollback.stopped.is_some() || state.busy().next().is_some() {
        return Decision::default();
    }
    let Some(place) = rollback.left.first().copied() else {
        let mut events = vec![What::RollbackEnded];
        events.push(match rollback.to {
            None => What::RunEnded(ended(state, RunOutcome::RolledBack, now)),
            Some(_) => What::ModeChanged { mode: Mode::Hold },
        });
        return Decision { events, ..Decision::default() };
    };
    let id = state.plan_step(place).id.clone();
    if is_unknown(state, place) {
        let why = Clean::new(&format!("it is not known whether {id} happened: {}", state.steps[place].note));
        return Decision::event(What::RollbackStopped { step: id, why });
    }
    if state.steps[place].status == Status::UndoFailed {
        let why = Clean::new(&format!("the undo of {id} failed: {}", state.steps[place].note));
        return Decision::event(What::RollbackStopped { step: id, why });
    }
    if state.plan_step(place).undo == Undo::PointOfNoReturn {
        return Decision::event(What::UndoImpossible { step: id, why: stays_because(state, place) });
    }
    let goes_on = state.mode == Mode::Auto && credentials_work(state).is_ok();
    if goes_on { begin(state, place) } else { Decision::default() }
}

/// Undoes the step at `place` by the commander's own hand: the next one, or again after its undo failed.
///
/// # Errors
/// A [`Refusal`] when the run does not go back, when it is not this step's turn, and under hold.
pub(super) fn undo(state: &State, place: usize) -> Result<Decision, Refusal> {
    let id = &state.plan_step(place).id;
    let Some(rollback) = &state.rollback else {
        return Err(Refusal::new("the run does not go back", "roll back first"));
    };
    if rollback.left.first() != Some(&place) {
        return Err(Refusal::new(format!("it is not the turn of {id}"), "undo goes in reverse start order"));
    }
    if state.busy().next().is_some() {
        return Err(Refusal::new("an undo is running", "wait until it comes to rest"));
    }
    if state.mode == Mode::Hold {
        return Err(Refusal::new("the run is held: nothing new starts", "resume first"));
    }
    credentials_work(state)?;
    if state.steps[place].status == Status::Unknown {
        return Err(Refusal::new(
            format!("it is not known whether {id} happened"),
            "look at it in the cloud, and note what you find; undoing it could undo what never was",
        ));
    }
    Ok(begin(state, place))
}

fn begin(state: &State, place: usize) -> Decision {
    let step = state.plan_step(place).id.clone();
    let attempt = state.steps[place].attempt;
    Decision {
        events: vec![What::UndoStarted { step }],
        actions: vec![Action::Undo { place, attempt }],
        then_start: None,
    }
}

/// The places of the steps that acted at or after `to`'s start, latest start first.
fn to_undo(state: &State, to: Option<&StepId>) -> Vec<usize> {
    let from = to.and_then(|to| state.step(to)).map_or(Some(0), |(_, step)| step.order);
    // A step never started has nothing after it to go back over.
    let Some(from) = from else { return Vec::new() };
    let mut acted: Vec<(u64, usize)> = state
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.acted())
        .filter_map(|(place, step)| Some((step.order?, place)))
        .filter(|(order, _)| *order >= from)
        .collect();
    acted.sort_unstable_by(|a, b| b.cmp(a));
    acted.into_iter().map(|(_, place)| place).collect()
}

fn is_unknown(state: &State, place: usize) -> bool {
    matches!(state.steps[place].status, Status::Unknown | Status::UndoUnknown)
}

fn stays_because(state: &State, place: usize) -> Clean {
    let step = state.plan_step(place);
    Clean::new(&format!("{} is a point of no return: it stays as it is", step.title))
}
