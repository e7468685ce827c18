//! What is done where Landfall runs, on no cloud: programs.

use crate::service::Invocation;
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// Runs a program where Landfall runs; never through a shell.
    Run(Invocation),
}

impl Operation {
    /// As [`crate::service::Operation::api_name`].
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::Run(_) => "command.run",
        }
    }

    /// As [`crate::service::Operation::settle_seconds`]: what it did can be told at once, or not at all.
    pub fn settle_seconds(&self) -> f64 {
        match self {
            Self::Run(_) => 0.0,
        }
    }

    /// How long it may take, in seconds, before it is stopped.
    pub fn longest_seconds(&self) -> f64 {
        match self {
            Self::Run(invocation) => invocation.within_seconds as f64,
        }
    }
}
