//! What a commander can ask of a run, and why it may be refused. Watchers have no way to make one.

use super::event::Mode;
use super::start::Start;
use crate::plan::{GateKind, StepId};
use crate::text::Clean;

/// What a commander asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Start one step: the one named, or the next in run order. In a rollback: the next undo.
    Go {
        /// Which.
        step: Option<StepId>,
    },
    /// Begin: from now on something may be changed.
    Start(Start),
    /// Choose how steps start.
    SetMode(Mode),
    /// Start a failed, unknown or undone step again.
    Retry {
        /// Which.
        step: StepId,
    },
    /// Pay what is owed: those named, or all of it. Behind the end of a run too.
    Pay {
        /// Which; all where none is named.
        steps: Vec<StepId>,
    },
    /// Go on without a step.
    Skip {
        /// Which.
        step: StepId,
        /// Why; never empty.
        reason: Clean,
    },
    /// Answer a gate.
    Answer {
        /// Before which step.
        step: StepId,
        /// Which gate.
        gate: GateKind,
        /// What was typed: the region for a point of no return, the reason for a loss, a remark otherwise.
        text: Clean,
    },
    /// Undo what acted, back to before a step or to the very start.
    RollBack {
        /// The step to go back to before.
        to: Option<StepId>,
        /// The recovery region, as typed.
        typed: Clean,
        /// Why.
        reason: Clean,
        /// Why it goes past a store's point of no return; never empty. Absent, what stands on a crossed one stays.
        past_the_point: Option<Clean>,
    },
    /// Write something down.
    Note {
        /// What; never empty.
        text: Clean,
        /// About which step.
        step: Option<StepId>,
    },
    /// End the run where it stands, once what runs has finished.
    Abort {
        /// Why; never empty.
        reason: Clean,
    },
    /// Leave the run where it stands, headless: it can be resumed.
    Leave,
}

impl Command {
    /// The same, with what `change` makes of the words that a person typed for the journal.
    pub fn with_words(self, change: impl Fn(&Clean) -> Clean) -> Self {
        match self {
            Self::Skip { step, reason } => Self::Skip { step, reason: change(&reason) },
            Self::Answer { step, gate, text } => Self::Answer { step, gate, text: change(&text) },
            Self::RollBack { to, typed, reason, past_the_point } => {
                let past_the_point = past_the_point.as_ref().map(&change);
                Self::RollBack { to, typed, reason: change(&reason), past_the_point }
            }
            Self::Start(Start { typed, mut despite, mut accepted, crosses }) => {
                despite.iter_mut().for_each(|passed| passed.why = change(&passed.why));
                accepted.iter_mut().for_each(|ahead| ahead.reason = change(&ahead.reason));
                Self::Start(Start { typed, despite, accepted, crosses })
            }
            Self::Note { text, step } => Self::Note { text: change(&text), step },
            Self::Abort { reason } => Self::Abort { reason: change(&reason) },
            Self::Go { .. } | Self::SetMode(_) | Self::Retry { .. } | Self::Pay { .. } | Self::Leave => self,
        }
    }
}

/// Why a command was refused, and what would clear it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}. {clear}")]
pub struct Refusal {
    /// Why.
    pub why: String,
    /// What would clear it.
    pub clear: String,
}

impl Refusal {
    pub(super) fn new(why: impl Into<String>, clear: impl Into<String>) -> Self {
        Self { why: why.into(), clear: clear.into() }
    }
}
