//! A run measured against its objectives: how long it took to decide and to recover, what was lost, what went wrong
//! and was put right, and who was waited for. Every number is read off the events; none is weighted. Pure.

use super::event::{Event, GateAnswer, What};
use super::objective::seconds_between;
use super::outcome::Outcome;
use super::state::{State, Status};
use super::way_back;
use crate::plan::{GateKind, StepId};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;
use std::borrow::Borrow;
use std::collections::BTreeSet;

/// What a run is measured by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Score {
    /// How it ended, in what time, what its stores lost.
    #[serde(flatten)]
    pub came_to: Outcome,
    /// When it ended or was left, or when its last event was.
    pub ended_at: Timestamp,
    /// Seconds from the declaration to the first start of a step; `None` when nothing was started.
    pub first_start_seconds: Option<f64>,
    /// Every decision that was asked of a person, in the order in which they were asked.
    pub gates: Vec<Asked>,
    /// What went wrong, and what was done about it.
    pub mistakes: Mistakes,
    /// Who was waited for.
    pub waiting: Waiting,
    /// What a way back is measured by, of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way_back: Option<way_back::Measured>,
}

/// A decision that was asked of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Before which step.
    pub step: StepId,
    /// Which decision.
    pub gate: GateKind,
    /// What was asked.
    pub question: Clean,
    /// When it was asked.
    pub opened_at: Timestamp,
    /// How it was answered; `None` when it never was.
    pub answered: Option<Answered>,
}

/// A person's answer to a gate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answered {
    /// The answer.
    #[serde(flatten)]
    pub answer: GateAnswer,
    /// Who gave it.
    pub by: Clean,
    /// When.
    pub at: Timestamp,
}

impl Asked {
    /// Seconds from the question to the answer.
    pub fn seconds(&self) -> Option<f64> {
        self.answered.as_ref().map(|answered| seconds_between(self.opened_at, answered.at))
    }
}

/// What went wrong, and what was done about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Mistakes {
    /// Attempts of steps that failed.
    pub failed: usize,
    /// Acts of which it was not known whether they happened.
    pub unknown: usize,
    /// Attempts after a step's first.
    pub retried: usize,
    /// Steps that failed or were unknown once, and were verified in the end.
    pub put_right: usize,
    /// Steps gone on without.
    pub skipped: usize,
    /// Ways back that were begun.
    pub rollbacks: usize,
    /// Steps taken back, and verified to be.
    pub undone: usize,
}

/// Who was waited for between the declaration and the end, in seconds. The three together are the whole time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Waiting {
    /// At least one step ran: the cloud was waited for.
    pub cloud_seconds: f64,
    /// No step ran and a session was open, or none had been yet: a person was waited for.
    pub people_seconds: f64,
    /// No session drove the run: it had been left, or had crashed.
    pub nobody_seconds: f64,
}

/// Measures a run by its events; `None` when they do not begin with the run's opening.
pub fn score<E: Borrow<Event>>(events: &[E]) -> Option<Score> {
    let (first, rest) = events.split_first()?;
    let mut state = State::open(first.borrow())?;
    let mut score = Score {
        came_to: Outcome::of(&state),
        ended_at: first.borrow().at,
        first_start_seconds: None,
        gates: Vec::new(),
        mistakes: Mistakes::default(),
        waiting: Waiting {
            people_seconds: seconds_between(state.run.declared_at, first.borrow().at),
            ..Waiting::default()
        },
        way_back: None,
    };
    let mut troubled = BTreeSet::new();
    for event in rest.iter().map(Borrow::borrow) {
        score.waiting.pass(&state, event);
        score.take(&state, event, &mut troubled);
        state.fold(event);
        if state.ended.is_none() || matches!(event.what, What::RunEnded(_)) {
            score.ended_at = event.at;
        }
    }
    let verified =
        |step: &&StepId| state.step(step).is_some_and(|(_, step)| matches!(step.status, Status::Succeeded { .. }));
    score.mistakes.put_right = troubled.iter().filter(verified).count();
    score.came_to = Outcome::of(&state);
    score.way_back = way_back::measured(&state);
    Some(score)
}

impl Score {
    /// Seconds that answers took together.
    pub fn deciding_seconds(&self) -> f64 {
        self.gates.iter().filter_map(Asked::seconds).sum()
    }

    fn take(&mut self, state: &State, event: &Event, troubled: &mut BTreeSet<StepId>) {
        match &event.what {
            What::StepStarted { attempt, .. } => {
                let since = seconds_between(state.run.declared_at, event.at);
                self.first_start_seconds.get_or_insert(since);
                self.mistakes.retried += usize::from(*attempt > 1);
            }
            What::StepFailed { step, .. } => {
                self.mistakes.failed += 1;
                troubled.insert(step.clone());
            }
            What::StepUnknown { step, .. } => {
                self.mistakes.unknown += 1;
                troubled.insert(step.clone());
            }
            What::StepSkipped { .. } => self.mistakes.skipped += 1,
            What::RollbackStarted { .. } => self.mistakes.rollbacks += 1,
            What::StepUndone { .. } => self.mistakes.undone += 1,
            What::GateOpened { step, gate, question, .. } => self.gates.push(Asked {
                step: step.clone(),
                gate: *gate,
                question: question.clone(),
                opened_at: event.at,
                answered: None,
            }),
            What::GatePassed { step, gate, answer, .. } => {
                let asked = self.gates.iter_mut().rev().find(|asked| &asked.step == step && asked.gate == *gate);
                if let Some(asked) = asked.filter(|asked| asked.answered.is_none()) {
                    asked.answered = Some(Answered { answer: answer.clone(), by: event.by.clone(), at: event.at });
                }
            }
            What::RunOpened(_)
            | What::TakenUp(_)
            | What::SessionOpened { .. }
            | What::SessionClosed { .. }
            | What::Preflight(_)
            | What::Started(_)
            | What::RulesTurned { .. }
            | What::ReturnJudged(_)
            | What::ModeChanged { .. }
            | What::StepWithdrawn { .. }
            | What::StepActing { .. }
            | What::StepActed { .. }
            | What::StepProgress { .. }
            | What::StepSucceeded { .. }
            | What::StepOwed { .. }
            | What::UndoStarted { .. }
            | What::UndoActing { .. }
            | What::UndoActed { .. }
            | What::UndoImpossible { .. }
            | What::UndoFailed { .. }
            | What::UndoUnknown { .. }
            | What::RollbackStopped { .. }
            | What::RollbackEnded
            | What::AbortRequested { .. }
            | What::Call { .. }
            | What::Lag { .. }
            | What::FaultInjected { .. }
            | What::FaultEnded { .. }
            | What::Health { .. }
            | What::HealthUnchanged { .. }
            | What::Identity { .. }
            | What::CredentialsExpired { .. }
            | What::CredentialsRenewed { .. }
            | What::Watched { .. }
            | What::Note { .. }
            | What::ValuesRead { .. }
            | What::RunEnded(_)
            | What::Later { .. } => {}
        }
    }
}

impl Waiting {
    /// Counts the time between the last event and `event`, by how things stood in it.
    fn pass(&mut self, state: &State, event: &Event) {
        if state.is_over() {
            return;
        }
        let passed = seconds_between(state.at, event.at);
        let resumed = matches!(event.what, What::SessionOpened { resumed: true, .. });
        let never_driven = !state.driven && state.starts == 0 && state.ended.is_none();
        if resumed || (!state.driven && !never_driven) {
            self.nobody_seconds += passed;
        } else if state.busy().next().is_some() {
            self.cloud_seconds += passed;
        } else {
            self.people_seconds += passed;
        }
    }
}
