//! What can be done to a cloud, as data. A step sends exactly one operation; the journal holds it before it is sent.

use super::ask::Place;
pub use super::family::*;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// An operation at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub operation: Operation,
}

/// What the cloud replied to an operation that it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of what was made or changed: a change id, a task definition's ARN, a deployment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Clean>,
    /// How a command ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<super::observation::Exit>,
}

/// How an act went, as far as its sender can know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Taken.
    Taken {
        /// What came back.
        receipt: Receipt,
    },
    /// Refused by the cloud: it provably did not happen.
    Refused {
        /// The error code, when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Clean>,
        /// The error in words.
        message: Clean,
    },
    /// Refused for its rate, or never sent: it provably did not happen, and may be sent again a little later.
    NotNow {
        /// What came back.
        message: Clean,
        /// Whether the cloud answered, that these are too many requests.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        throttled: bool,
    },
    /// The credentials have expired, or are no longer known: it provably did not happen, and is sent once they work again.
    Expired {
        /// What came back.
        message: Clean,
    },
    /// No answer, or one that does not say: it may have happened.
    NoAnswer {
        /// What went wrong.
        message: Clean,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_written_as_before_there_were_families_and_read_back() {
        let promote = r#"{"place":{"region":"us-west-2"},"operation":"promote_read_replica","id":"orders-replica","backup_retention_days":7}"#;
        let run = r#"{"place":{"region":"us-west-2","account":"data"},"operation":"run","run":["warm","x"],"within_seconds":30}"#;
        let records = r#"{"place":{"region":"us-east-1"},"operation":"change_records","zone":"Z1","upsert":[]}"#;
        let limits =
            r#"{"place":{"region":"us-west-2"},"operation":"set_scalable_target","cluster":"c","service":"s","min":2}"#;
        for written in [promote, run, records, limits] {
            let act: Act = serde_json::from_str(written).expect("an act");
            assert_eq!(serde_json::to_string(&act).expect("text"), written);
        }
    }
}
