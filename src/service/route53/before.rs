//! What a change found, in the journal: what takes it back.

use crate::service::observation::RecordSet;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// The record sets behind a change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Before {
    /// The zone's id. Not in journals of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Clean>,
    /// The sets that the change touched, as they stood.
    pub records: Vec<RecordSet>,
    /// Those that it made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created: Vec<SetKey>,
    /// The other sets of the name and its types: they were not touched, and are not put back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<RecordSet>,
}

/// Which set of a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SetKey {
    pub record_type: Clean,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<Clean>,
}

impl SetKey {
    pub fn of(record: &RecordSet) -> Self {
        Self { record_type: record.record_type.clone(), set_identifier: record.set_identifier.clone() }
    }

    pub fn is_of(&self, record: &RecordSet) -> bool {
        self.record_type == record.record_type && self.set_identifier == record.set_identifier
    }
}
