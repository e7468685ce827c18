//! What can be asked of Amazon SQS, what its API calls it, and what it said.

use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `sqs:GetQueueUrl`, then `sqs:GetQueueAttributes`.
    Queue {
        /// QueueName.
        name: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Queue { .. } => "sqs.GetQueueAttributes",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    // Its URL is asked for first.
    fn calls(&self) -> usize {
        2
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![(Query::Queue { name: "orders".into() }, Observation::Queue { queue: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A queue.
    Queue {
        /// It.
        queue: Option<Queue>,
    },
}

/// What `GetQueueAttributes` says of a queue: numbers that SQS calls approximate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Queue {
    /// QueueUrl.
    pub url: Clean,
    /// QueueArn.
    pub arn: Clean,
    /// ApproximateNumberOfMessages: those that wait to be received.
    pub waiting: u64,
    /// ApproximateNumberOfMessagesNotVisible: those that somebody received and has not deleted.
    pub in_flight: u64,
    /// ApproximateNumberOfMessagesDelayed: those that cannot be received yet.
    pub delayed: u64,
}

impl Queue {
    /// All that is in it.
    pub fn messages(&self) -> u64 {
        self.waiting.saturating_add(self.in_flight).saturating_add(self.delayed)
    }

    /// What is in it, in words.
    pub fn words(&self) -> String {
        let parts = [(self.waiting, "waiting"), (self.in_flight, "in flight"), (self.delayed, "delayed")];
        let told: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, how)| format!("{count} {how}")).collect();
        if told.is_empty() { "no message in it".to_owned() } else { told.join(", ") }
    }
}

/// A queue.
pub(super) fn queue(at: &Place, name: &Clean) -> Want<Queue> {
    Want::new(at.ask(Query::Queue { name: name.clone() }), |seen| match seen {
        any::Observation::Sqs(Observation::Queue { queue }) => Some(queue.as_ref()),
        _ => None,
    })
}
