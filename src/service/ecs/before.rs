//! What the works of a service keep in the journal of how it was: what goes on by it, and what takes it back. A field that is
//! missing was not told, or not yet kept by an earlier Landfall.

use super::seen::Suspended;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// A service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ServiceBefore {
    /// How many tasks it was meant to have.
    pub desired: Option<u64>,
    /// The ARN of what it ran.
    pub task_definition: Option<Clean>,
    /// How many tasks of its deployment had failed.
    pub failed_tasks: u64,
    /// That deployment's id.
    pub deployment: Option<Clean>,
}

/// What autoscaling kept a service within.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct LimitsBefore {
    /// MinCapacity.
    pub min: Option<u64>,
    /// MaxCapacity.
    pub max: Option<u64>,
    /// Which of its activities were suspended.
    pub suspended: Option<Suspended>,
    /// How many tasks the service was meant to have.
    pub desired: Option<u64>,
}

/// The revisions of a family.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FamilyBefore {
    /// The ARN of the newest.
    pub newest: Option<Clean>,
}
