//! The exit codes, the same for every command.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// A mistake of this program's own.
    Internal,
    /// Bad usage, plan or journal.
    Usage,
    /// Refused: not ready, lease held, a gate unanswered.
    Refused,
    /// The run ended failed or aborted.
    Failed,
    /// The run was rolled back.
    RolledBack,
    /// Interrupted by a signal.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Internal => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Failed => 4,
            Exit::RolledBack => 5,
            Exit::Interrupted => 130,
        })
    }
}
