//! What can be done to Amazon Route 53, and what its API calls it.

use crate::service::observation::RecordSet;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `route53:ChangeResourceRecordSets`: all of these UPSERTed and deleted in one batch, all or nothing.
    ChangeRecords {
        /// The hosted zone's id.
        zone: Clean,
        /// What will stand there.
        upsert: Vec<RecordSet>,
        /// What will be deleted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        delete: Vec<RecordSet>,
    },
}

impl Operation {
    /// As [`crate::service::Operation::api_name`].
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::ChangeRecords { .. } => "route53.ChangeResourceRecordSets",
        }
    }

    /// As [`crate::service::Operation::settle_seconds`].
    pub fn settle_seconds(&self) -> f64 {
        match self {
            // It shows at once; what was given up may still be on its way, or in a queue of the service.
            Self::ChangeRecords { .. } => 15.0,
        }
    }
}
