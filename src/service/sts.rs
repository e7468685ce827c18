//! What can be asked of AWS STS, and what it said: whose credentials are in use.

use crate::plan::Region;
use crate::service::family::Asked;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `sts:GetCallerIdentity`, with the expiry of the credentials in use.
    Identity,
    /// The same call for how it is answered: how long that takes, and which time the region says that it is.
    Reply,
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Identity | Self::Reply => "sts.GetCallerIdentity",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::Identity => false,
            Self::Reply => true,
        }
    }

    // There always is an answer, and no kind asks it.
    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        Vec::new()
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// Whose credentials these are.
    Identity(Identity),
    /// How the region answers.
    Reply(Replied),
}

/// How a region answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Replied {
    /// How many seconds the quickest of a few calls took.
    pub seconds: f64,
    /// How many seconds this machine's clock is ahead of the Date that it answered with; absent where it said none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ahead_seconds: Option<f64>,
}

/// The code of a silence that comes of credentials of another account than the plan says.
pub const ANOTHER_ACCOUNT: &str = "AnotherAccount";

/// Whose credentials are in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The caller's ARN.
    pub arn: Clean,
    /// The account's number.
    pub account: Clean,
    /// The region asked.
    pub region: Region,
    /// When the credentials stop working; `None` when they do not, or it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}
