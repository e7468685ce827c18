//! What is worth jumping to in a recording: gates, failures, ways back, ends.

use crate::console::look::Role;
use crate::recovery::{Event, RunOutcome, What};
use jiff::Timestamp;

/// A place in a recording worth jumping to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How many events had happened with it.
    pub after: usize,
    /// When.
    pub at: Timestamp,
    /// Its sign on the strip.
    pub sign: &'static str,
    /// How it looks.
    pub role: Role,
}

/// The mark that `event`, the `after`th of the recording, makes; most make none.
pub fn mark_of(event: &Event, after: usize) -> Option<Mark> {
    let (sign, role) = match &event.what {
        What::GateOpened { .. } => ("◆", Role::Blocked),
        What::StepFailed { .. } | What::UndoFailed { .. } | What::RollbackStopped { .. } => ("✗", Role::Failed),
        What::StepUnknown { .. } | What::UndoUnknown { .. } => ("?", Role::Failed),
        What::RollbackStarted { .. } => ("↶", Role::Undone),
        What::RunEnded(ended) => match ended.outcome {
            RunOutcome::Completed | RunOutcome::CompletedWithExceptions => ("✓", Role::Ok),
            RunOutcome::RolledBack => ("↶", Role::Undone),
            RunOutcome::Failed | RunOutcome::Aborted => ("✗", Role::Failed),
            RunOutcome::Held => ("◆", Role::Blocked),
        },
        What::SessionOpened { .. }
        | What::SessionClosed { .. }
        | What::RunOpened(_)
        | What::TakenUp(_)
        | What::ModeChanged { .. }
        | What::Preflight(_)
        | What::Started(_)
        | What::RulesTurned { .. }
        | What::ReturnJudged(_)
        | What::StepWithdrawn { .. }
        | What::StepStarted { .. }
        | What::StepActing { .. }
        | What::StepActed { .. }
        | What::StepProgress { .. }
        | What::StepSucceeded { .. }
        | What::StepSkipped { .. }
        | What::StepOwed { .. }
        | What::GatePassed { .. }
        | What::UndoStarted { .. }
        | What::UndoActing { .. }
        | What::UndoActed { .. }
        | What::StepUndone { .. }
        | What::UndoImpossible { .. }
        | What::RollbackEnded
        | What::AbortRequested { .. }
        | What::Call { .. }
        | What::Lag { .. }
        | What::Health { .. }
        | What::HealthUnchanged { .. }
        | What::Identity { .. }
        | What::CredentialsExpired { .. }
        | What::CredentialsRenewed { .. }
        | What::Watched { .. }
        | What::Note { .. }
        | What::ValuesRead { .. }
        | What::FaultInjected { .. }
        | What::FaultEnded { .. }
        | What::Later { .. } => return None,
    };
    Some(Mark { after, at: event.at, sign, role })
}
