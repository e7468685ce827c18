//! The record of one API call as it was made. Never holds a secret or a body.

use crate::plan::Region;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// One API call as it was made: the evidence in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallMade {
    /// `rds.DescribeDBInstances`.
    pub operation: Clean,
    /// The region whose endpoint was called.
    pub region: Region,
    /// The first attempt is 1.
    pub attempt: u32,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// The cloud's id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Clean>,
    /// The error code, or what went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
    /// Whether it could change anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mutation: bool,
}

impl CallMade {
    /// Whether nothing came back from the region: an answer, even one that refuses, has a request's id. A command that
    /// was run here asks no region, and what a plug-in did not say says nothing of one.
    pub fn is_unanswered(&self) -> bool {
        let is_of_here = ["command.", "plugin/"].iter().any(|of| self.operation.starts_with(of));
        self.error.is_some() && self.request_id.is_none() && !is_of_here
    }
}
