//! Pure: what a run is. Its events, its state as their fold, what a command means, what follows by itself, the
//! way back, the objectives. Knows no cloud, no clock, no disk and no screen; time is an argument.

pub mod advance;
pub mod command;
pub mod debts;
pub mod decide;
pub mod divergence;
pub mod event;
pub mod facilitate;
pub mod failback;
mod fold;
pub mod loss;
pub mod meanwhile;
pub mod objective;
pub mod objectives;
pub mod outcome;
pub mod past;
pub mod planned;
pub mod preflight;
#[cfg(test)]
mod properties;
pub mod readiness;
pub mod rollback;
pub mod score;
pub mod stands;
pub mod start;
pub mod state;
pub mod telling;
pub mod turn;
pub mod verdict;
pub mod way_back;
pub mod window;
pub mod words;

pub use command::{Command, Refusal};
pub use decide::{Action, Report, Reported};
pub use event::{Event, Mode, Opened, RunOutcome, What};
pub use facilitate::Facilitate;
pub use start::{Preflight, Start, Started};
pub use state::{State, Status, StepState};
pub use turn::{Input, Stamp};
