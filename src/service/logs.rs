//! What can be asked of Amazon CloudWatch Logs, and what it said.

use super::Place;
use super::observation as any;
use super::work::Want;
use crate::service::family::Asked;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `logs:FilterLogEvents`: the newest lines of a log group of CloudWatch Logs, of all its streams.
    Log {
        /// The group's name.
        group: Clean,
        /// What is older is not asked for.
        since: Timestamp,
    },
    /// `logs:DescribeLogGroups`: whether there is one of this name.
    Group {
        /// The group's name.
        group: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Log { .. } => "logs.FilterLogEvents",
            Self::Group { .. } => "logs.DescribeLogGroups",
        }
    }

    fn is_a_call_each(&self) -> bool {
        matches!(self, Self::Group { .. })
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let query = Query::Log { group: "/ecs/shop/api".into(), since: Timestamp::UNIX_EPOCH };
        let group = Self::Group { group: "/ecs/shop/api".into() };
        vec![(query, Observation::Log { lines: None }), (group, Observation::Group { group: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The newest lines of a log group.
    Log {
        /// They, oldest first; `None` when there is no such group.
        lines: Option<Vec<LogLine>>,
    },
    /// A log group.
    Group {
        /// Its name, where there is one.
        group: Option<Clean>,
    },
}

/// Whether there is a log group of this name.
pub(super) fn group(at: &Place, name: &Clean) -> Want<Clean> {
    Want::new(at.ask(Query::Group { group: name.clone() }), |seen| match seen {
        any::Observation::Logs(Observation::Group { group }) => Some(group.as_ref()),
        _ => None,
    })
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When its program said it; `None` where that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The log stream: one task's, one container's.
    pub stream: Clean,
    /// What it says.
    pub text: Clean,
}

/// How many lines of a log are asked for at once, the newest.
pub const LOG_LINES: usize = 200;
