//! The mark of every status: glyph + word + colour, always the three together.

use super::theme::Role;
use crate::console::figures::Standing;
use crate::console::reading;
use crate::plan::Level;
use crate::recovery::{State, Status};
use crate::service::HealthLevel;

/// How a status is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// One column.
    pub glyph: &'static str,
    /// What a person says.
    pub word: &'static str,
    /// The colour.
    pub role: Role,
}

impl Mark {
    const fn new(glyph: &'static str, word: &'static str, role: Role) -> Self {
        Self { glyph, word, role }
    }

    /// The mark of the step at `place`: its status, and for one that waits, what it waits for.
    pub fn of_step(state: &State, place: usize) -> Self {
        let status = state.steps[place].status;
        let waits = matches!(status, Status::Waiting | Status::Undone);
        if waits && reading::open_gate(state, place).is_some() {
            return Self::new("◆", "gate", Role::Blocked);
        }
        if reading::failure_asks(state, place).is_some() {
            return Self::new("◆", "ASKS", Role::Blocked);
        }
        let may_start = state.rollback.is_none() && !state.needs_start() && !state.is_over();
        if status == Status::Waiting && may_start && state.is_ready(place) {
            return Self::new("▷", "ready", Role::Accent);
        }
        if status == Status::Waiting && state.is_over() {
            // Behind the end nothing waits any more.
            return Self::new("·", "not run", Role::Dim);
        }
        Self::of_status(status)
    }

    /// Smaller for what a person must look at sooner, by its colour.
    pub fn urgency(self) -> usize {
        const ORDER: [Role; 8] = [
            Role::Failed,
            Role::Blocked,
            Role::Running,
            Role::Accent,
            Role::Waiting,
            Role::Undone,
            Role::Owed,
            Role::Skipped,
        ];
        ORDER.iter().position(|known| *known == self.role).unwrap_or(ORDER.len())
    }

    /// The mark of a status by itself.
    pub fn of_status(status: Status) -> Self {
        match status {
            Status::Waiting => Self::new("·", "waits", Role::Waiting),
            Status::Running => Self::new("↻", "running", Role::Running),
            Status::Succeeded { already_done: false } => Self::new("✓", "ok", Role::Ok),
            Status::Succeeded { already_done: true } => Self::new("✔", "was done", Role::Ok),
            Status::Failed => Self::new("✗", "FAILED", Role::Failed),
            Status::Unknown => Self::new("?", "UNKNOWN", Role::Failed),
            Status::Skipped => Self::new("⊘", "skipped", Role::Skipped),
            Status::Owed(_) => Self::new("⚑", "owed", Role::Owed),
            Status::Undoing => Self::new("↶", "undoing", Role::Running),
            Status::Undone => Self::new("↶", "undone", Role::Undone),
            Status::UndoFailed => Self::new("✗", "UNDO FAILED", Role::Failed),
            Status::UndoUnknown => Self::new("?", "UNDO UNKNOWN", Role::Failed),
        }
    }

    /// The mark of a component's health.
    pub fn of_health(level: HealthLevel) -> Self {
        match level {
            HealthLevel::Up => Self::new("✓", "up", Role::Ok),
            HealthLevel::Standby => Self::new("○", "standby", Role::Waiting),
            HealthLevel::Degraded => Self::new("▲", "degraded", Role::Blocked),
            HealthLevel::Down => Self::new("✗", "DOWN", Role::Failed),
            HealthLevel::Unknown => Self::new("?", "unknown", Role::Stale),
        }
    }

    /// The mark of how a store's exposure stands against its objective.
    pub fn of_standing(standing: Standing) -> Self {
        match standing {
            Standing::Promoted => Self::new("✓", "promoted", Role::Ok),
            Standing::NotByThisRun => Self::new("–", "not by us", Role::Dim),
            Standing::Missed => Self::new("✗", "MISSED", Role::Failed),
            Standing::NotShown => Self::new("?", "not shown", Role::Blocked),
            Standing::Accepted => Self::new("▲", "accepted", Role::Failed),
            Standing::Unknown => Self::new("?", "unknown", Role::Stale),
            Standing::Over => Self::new("✗", "OVER", Role::Failed),
            Standing::WasOver => Self::new("▲", "was over", Role::Failed),
            Standing::Within => Self::new("·", "within", Role::Text),
            Standing::NoObjective => Self::new("·", "no rpo", Role::Text),
        }
    }

    /// The mark of a finding.
    pub fn of_level(level: Level) -> Self {
        match level {
            Level::Ok => Self::new("✓", level.word(), Role::Ok),
            Level::Failing => Self::new("✗", level.word(), Role::Failed),
            Level::Unknown => Self::new("?", level.word(), Role::Blocked),
        }
    }
}
