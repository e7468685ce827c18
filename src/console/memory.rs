//! What the console remembers of the events beside the state: all of them in order, and ready at hand the newest, the
//! calls and notes of each step, the lag samples of each store. What is at hand is bounded; a copy shares what it holds.

use super::record::Record;
use super::samples::Samples;
use super::silences::Silences;
use crate::plan::ComponentName;
use crate::recovery::{Event, Mode, What};
use crate::service::CallMade;
use crate::text::Clean;
use imbl::{HashMap, OrdMap};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many events are kept at hand for the event line and the notes among them.
const EVENTS: usize = 256;
/// How many calls are kept for a step, the newest.
const CALLS: usize = 24;
/// How many notes are kept for a step, the newest.
const NOTES: usize = 24;

/// The events' own traces.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// Every event.
    pub record: Record,
    /// Which regions answer no call.
    pub silences: Silences,
    newest: VecDeque<Arc<Event>>,
    newest_call: Option<Arc<Event>>,
    calls: HashMap<String, Calls>,
    notes: HashMap<String, VecDeque<Noted>>,
    lags: OrdMap<ComponentName, Samples>,
    before_hold: Option<Mode>,
    held_itself: Option<u64>,
    session: Option<Session>,
    preflight_at: Option<Timestamp>,
    past_the_point: Option<Clean>,
}

/// The session that drives the run, or drove it last.
#[derive(Clone, Copy, Debug)]
struct Session {
    at: Timestamp,
    /// How many there were up to it.
    number: u32,
    /// It goes on from an earlier one, and nobody has said yet how.
    untouched: Option<Before>,
    /// When it wrote last, and whether it came to an end of its own.
    last_at: Timestamp,
    closed: bool,
}

/// The session before one that goes on with its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Which one it was, from 1 on.
    pub number: u32,
    /// When it wrote last.
    pub last_at: Timestamp,
    /// How it ended.
    pub ended: Parting,
}

/// How a session came to drive a run no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting {
    /// It was left.
    Left,
    /// It lived, and the next one took the run from it.
    TakenOver,
    /// It wrote nothing more.
    BrokeOff,
}

/// The calls made for a step.
#[derive(Clone, Debug, Default)]
pub struct Calls {
    /// How many there were.
    pub all: u64,
    newest: VecDeque<Arc<Event>>,
}

impl Calls {
    /// The newest of them and when they were made, newest first.
    pub fn newest(&self) -> impl Iterator<Item = (Timestamp, &CallMade)> {
        self.newest.iter().filter_map(|event| call_of(event))
    }
}

fn call_of(event: &Event) -> Option<(Timestamp, &CallMade)> {
    let What::Call { call, .. } = &event.what else { return None };
    Some((event.at, call))
}

/// A note a person wrote.
#[derive(Clone, Debug)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: Clean,
    /// What.
    pub text: Clean,
}

impl Memory {
    /// Takes an event in. `mode` is the run's mode before it.
    pub fn take(&mut self, event: &Arc<Event>, mode: Mode) {
        self.record.push(event);
        self.silences.take(event);
        self.take_session(event);
        if let What::ModeChanged { mode } = &event.what {
            let by_nobody = *mode == Mode::Hold && event.by.as_str() == "landfall";
            self.held_itself = by_nobody.then_some(event.seq);
        }
        match &event.what {
            What::Call { step, .. } => {
                self.newest_call = Some(Arc::clone(event));
                let Some(step) = step else { return };
                let calls = self.calls.entry(step.as_str().to_owned()).or_default();
                calls.all += 1;
                keep_newest(&mut calls.newest, Arc::clone(event), CALLS);
                return;
            }
            What::Lag { component, sample } => {
                self.lags.entry(component.clone()).or_default().take(sample, event.at);
                return;
            }
            What::Health { .. } | What::HealthUnchanged { .. } | What::Identity { .. } | What::Watched { .. } => return,
            What::Note { text, step: Some(step) } => {
                let noted = Noted { at: event.at, by: event.by.clone(), text: text.clone() };
                keep_newest(self.notes.entry(step.as_str().to_owned()).or_default(), noted, NOTES);
            }
            What::ModeChanged { mode: Mode::Hold } if mode != Mode::Hold => self.before_hold = Some(mode),
            What::RollbackEnded => self.before_hold = Some(Mode::Step),
            What::ModeChanged { .. }
            | What::Preflight(_)
            | What::Started(_)
            | What::RulesTurned { .. }
            | What::ReturnJudged(_)
            | What::StepWithdrawn { .. }
            | What::RunOpened(_)
            | What::TakenUp(_)
            | What::SessionOpened { .. }
            | What::SessionClosed { .. }
            | What::StepStarted { .. }
            | What::StepActing { .. }
            | What::StepActed { .. }
            | What::StepProgress { .. }
            | What::StepSucceeded { .. }
            | What::StepFailed { .. }
            | What::StepUnknown { .. }
            | What::StepSkipped { .. }
            | What::StepOwed { .. }
            | What::GateOpened { .. }
            | What::GatePassed { .. }
            | What::RollbackStarted { .. }
            | What::UndoStarted { .. }
            | What::UndoActing { .. }
            | What::UndoActed { .. }
            | What::StepUndone { .. }
            | What::UndoImpossible { .. }
            | What::UndoFailed { .. }
            | What::UndoUnknown { .. }
            | What::RollbackStopped { .. }
            | What::AbortRequested { .. }
            | What::Note { step: None, .. }
            | What::CredentialsExpired { .. }
            | What::CredentialsRenewed { .. }
            | What::ValuesRead { .. }
            | What::FaultInjected { .. }
            | What::FaultEnded { .. }
            | What::RunEnded(_)
            | What::Later { .. } => {}
        }
        keep_newest(&mut self.newest, Arc::clone(event), EVENTS);
    }

    fn take_session(&mut self, event: &Event) {
        if let What::SessionOpened { resumed, taken_over, .. } = &event.what {
            let before = self.session.map(|Session { number, last_at, closed, .. }| {
                let ended = match (*taken_over, closed) {
                    (true, _) => Parting::TakenOver,
                    (false, true) => Parting::Left,
                    (false, false) => Parting::BrokeOff,
                };
                Before { number, last_at, ended }
            });
            let number = before.map_or(1, |before| before.number + 1);
            let untouched = before.filter(|_| *resumed);
            self.session = Some(Session { at: event.at, number, untouched, last_at: event.at, closed: false });
            // What an earlier session found before the start is looked at again.
            self.preflight_at = None;
        }
        if let Some(session) = &mut self.session {
            session.last_at = event.at;
            session.closed |= matches!(event.what, What::SessionClosed { .. } | What::RunEnded(_));
            // The hold that a session opens with says nothing of how it goes on.
            let goes_on = matches!(
                event.what,
                What::ModeChanged { mode: Mode::Step | Mode::Auto }
                    | What::RollbackStarted { .. }
                    | What::StepStarted { .. }
                    | What::StepActing { .. }
                    | What::UndoStarted { .. }
                    | What::UndoActing { .. }
            );
            session.untouched = session.untouched.filter(|_| !goes_on);
        }
        if let What::RollbackStarted { past_the_point, .. } = &event.what {
            self.past_the_point.clone_from(past_the_point);
        }
        if matches!(event.what, What::Preflight(_)) {
            self.preflight_at = Some(event.at);
        }
    }

    /// When the newest session took the run.
    pub fn session_at(&self) -> Option<Timestamp> {
        self.session.map(|session| session.at)
    }

    /// The session that the newest one goes on from, while nobody has said how and nothing was sent.
    pub fn resumed_untouched(&self) -> Option<Before> {
        self.session.and_then(|session| session.untouched)
    }

    /// Why the newest rollback went past a point of no return, if it did.
    pub fn past_the_point(&self) -> Option<&Clean> {
        self.past_the_point.as_ref()
    }

    /// When this session's preflight told something last; `None` while it has not.
    pub fn preflight_at(&self) -> Option<Timestamp> {
        self.preflight_at
    }

    /// The newest events but for calls and telemetry, newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.newest.iter()
    }

    /// The newest call of all.
    pub fn newest_call(&self) -> Option<(Timestamp, &CallMade)> {
        self.newest_call.as_deref().and_then(call_of)
    }

    /// The calls made for a step.
    pub fn calls(&self, step: &str) -> Option<&Calls> {
        self.calls.get(step)
    }

    /// The notes about a step, newest first.
    pub fn notes(&self, step: &str) -> impl Iterator<Item = &Noted> {
        self.notes.get(step).into_iter().flatten()
    }

    /// The lag samples of a store; `None` when nothing was ever said of its lag.
    pub fn lags(&self, component: &str) -> Option<&Samples> {
        self.lags.get(component)
    }

    /// The event that the run is held since, where nobody asked for that.
    pub fn held_itself(&self) -> Option<u64> {
        self.held_itself
    }

    /// What resuming goes back to: the mode from before the hold; step by step where there was none, and always after
    /// a rollback to a point within the run, so that nothing starts by itself on ground just cleared.
    pub fn resumes_to(&self) -> Mode {
        self.before_hold.unwrap_or(Mode::Step)
    }
}

fn keep_newest<T>(kept: &mut VecDeque<T>, new: T, most: usize) {
    kept.push_front(new);
    kept.truncate(most);
}
