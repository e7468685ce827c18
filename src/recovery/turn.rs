//! One turn of a run: an input, what was decided, what follows by itself, all folded. Pure: the engine's
//! dispatcher and the property tests take the very same turns.

use super::advance::{advance, try_start};
use super::command::{Command, Refusal};
use super::decide::{self, Action, Decision, Report};
use super::event::{Event, What};
use super::facilitate::{self, Facilitate};
use super::state::State;
use crate::text::Clean;
use jiff::Timestamp;

/// What comes in.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A commander's command.
    Command(Command),
    /// A facilitator's wish.
    Facilitate(Facilitate),
    /// A report of the runner.
    Report(Report),
    /// Something seen that needs no decision: a lag sample, a call made, a session opened.
    Seen(What),
}

/// When, under which lease, and by whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// The run's time.
    pub now: Timestamp,
    /// Milliseconds since the session opened.
    pub offset_ms: u64,
    /// The lease.
    pub epoch: u64,
    /// Who.
    pub by: Clean,
}

/// Takes one turn: folds what happens into `state` and gives the events, to be made durable, and the actions, to
/// be started only then.
///
/// # Errors
/// A [`Refusal`] of the command or the wish; the state is unchanged.
pub fn take(state: &mut State, input: Input, stamp: &Stamp) -> Result<(Vec<Event>, Vec<Action>), Refusal> {
    let mut events = Vec::new();
    let mut actions = Vec::new();
    let decision = match input {
        Input::Command(command) => decide::command(state, &command, stamp.now)?,
        Input::Facilitate(wish) => facilitate::decide(state, wish)?,
        Input::Report(report) => decide::report(state, &report),
        Input::Seen(what) => Decision { events: vec![what], ..Decision::default() },
    };
    let by_hand = decision.then_start;
    if let (Some(place), true) = (by_hand, decision.events.is_empty()) {
        let started = try_start(state, place, stamp.now)?;
        fold(state, started, stamp, &stamp.by, &mut events, &mut actions);
    } else {
        fold(state, decision, stamp, &stamp.by, &mut events, &mut actions);
        if let Some(started) = by_hand.and_then(|place| try_start(state, place, stamp.now).ok()) {
            fold(state, started, stamp, &stamp.by, &mut events, &mut actions);
        }
    }
    follow(state, stamp, &mut events, &mut actions);
    Ok((events, actions))
}

/// What follows by itself from `state`, behind the events and actions there are already.
pub fn follow(state: &mut State, stamp: &Stamp, events: &mut Vec<Event>, actions: &mut Vec<Action>) {
    let itself = Clean::new("landfall");
    loop {
        let follows = advance(state, stamp.now);
        if follows.events.is_empty() {
            return;
        }
        fold(state, follows, stamp, &itself, events, actions);
    }
}

fn fold(
    state: &mut State,
    decision: Decision,
    stamp: &Stamp,
    by: &Clean,
    events: &mut Vec<Event>,
    actions: &mut Vec<Action>,
) {
    for what in decision.events {
        let event = Event {
            seq: state.seq + 1,
            at: stamp.now,
            offset_ms: stamp.offset_ms,
            epoch: stamp.epoch,
            by: by.clone(),
            what,
        };
        state.fold(&event);
        events.push(event);
    }
    actions.extend(decision.actions);
}
