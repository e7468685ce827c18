//! Drives a run: the dispatcher decides, the runner does, the journal remembers, the lease keeps others out.
//! Knows runs and clouds; knows no screen.

pub mod feed;

pub use feed::{Commander, Feed};
