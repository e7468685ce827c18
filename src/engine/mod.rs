//! Drives a run: the dispatcher decides, the runner does, the log remembers and its fence keeps others out.
//! Knows runs and clouds; knows no screen.

mod before_start;
mod beside;
pub mod chain;
pub mod claim;
mod cost;
mod course;
mod credentials;
mod dispatcher;
pub mod facilitator;
pub mod feed;
pub mod fence;
pub mod follow;
#[cfg(test)]
mod follow_tests;
pub mod glance;
pub mod hearing;
pub mod history;
pub mod jobs;
pub mod journal;
#[cfg(test)]
mod journal_tests;
mod judge;
pub mod kept;
pub mod lease;
pub mod log;
mod looked;
mod looking;
pub mod lookout;
pub mod moment;
mod newest;
pub mod observer;
pub mod pace;
pub mod preflight;
pub mod presence;
pub mod remembered;
pub mod requests;
mod rounds;
pub mod runner;
#[cfg(test)]
mod runner_tests;
pub mod session;
pub mod tail;
mod telemetry;
mod thinning;
pub mod values;
mod window;
mod working;

pub use facilitator::Facilitator;
pub use feed::{Commander, Feed};
pub use journal::JournalError;
pub use pace::Pace;
pub use session::{Clouds, Options, Run, Seat, Session};
pub use tail::Tails;
