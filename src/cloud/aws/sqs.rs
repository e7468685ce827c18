//! Amazon SQS: what is in a queue, by its URL, which is asked for first (API reference). Nothing is done here, and no message
//! is received.

use super::audit::Audit;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look};
use super::trouble::Trouble;
use crate::service::observation::Queue;
use crate::service::{Query, SqsObservation, SqsQuery};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked here.
pub(super) const READS: &[&str] = &["GetQueueUrl", "GetQueueAttributes"];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "SQS",
    signing_name: "sqs",
    at: At::RegionsPlainInGov,
    host: "sqs",
    dual_stack_host: "sqs",
    protocol: Protocol::Json { target: "AmazonSQS", version: "1.0" },
    reads: &[READS],
    acts: &[],
};

const SQS: &str = "sqs";
/// The code of a queue that is not there.
pub(super) const ABSENT: &[&str] = &["QueueDoesNotExist"];
/// What is asked of a queue: all that is read of it below.
pub(super) const ATTRIBUTES: &[&str] = &[
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
];

/// `GetQueueUrl`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    pub(super) queue_name: String,
}

impl Read for GetQueueUrl {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetQueueUrl";
    type Answer = Url;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Url {
    queue_url: String,
}

/// `GetQueueAttributes`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    pub(super) queue_url: String,
    pub(super) attribute_names: &'static [&'static str],
}

impl Read for GetQueueAttributes {
    const SERVICE: &'static Service = &SERVICE;
    const OPERATION: &'static str = "GetQueueAttributes";
    type Answer = Told;
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Told {
    attributes: Attributes,
}

/// Numbers come as texts. One that is missing is no nought: what lacks one is no answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attributes {
    queue_arn: String,
    approximate_number_of_messages: String,
    approximate_number_of_messages_not_visible: String,
    approximate_number_of_messages_delayed: String,
}

/// The looks that answer `asked`: each by calls of its own.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, SqsQuery>) -> Vec<Look<'a>> {
    asked.into_iter().map(|(query, words)| Look::of(vec![query], move |_| answer(eye, query, words))).collect()
}

async fn answer(eye: Eye<'_>, query: &Query, words: &SqsQuery) -> Answers {
    let SqsQuery::Queue { name } = words;
    let seen = match queue(eye, name).await {
        Ok(found) => Ok(SqsObservation::Queue { queue: Some(found) }.into()),
        Err(trouble) if trouble.is(ABSENT) => Ok(SqsObservation::Queue { queue: None }.into()),
        Err(trouble) => Err(trouble.unanswered()),
    };
    vec![(query.clone(), seen)]
}

async fn queue(eye: Eye<'_>, name: &str) -> Result<Queue, Trouble> {
    let audit = Audit::look(eye, SQS);
    let request = GetQueueUrl { queue_name: name.to_owned() };
    let queue_url = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.queue_url;
    let audit = Audit::look(eye, SQS);
    let request = GetQueueAttributes { queue_url: queue_url.clone(), attribute_names: ATTRIBUTES };
    let told = audit.settle(eye.clients.caller.read(request, audit.clone())).await?.attributes;
    observed(&queue_url, &told).ok_or_else(Trouble::hollow)
}

/// The queue, if all its numbers are numbers.
fn observed(url: &str, told: &Attributes) -> Option<Queue> {
    Some(Queue {
        url: Clean::new(url),
        arn: Clean::new(&told.queue_arn),
        waiting: told.approximate_number_of_messages.parse().ok()?,
        in_flight: told.approximate_number_of_messages_not_visible.parse().ok()?,
        delayed: told.approximate_number_of_messages_delayed.parse().ok()?,
    })
}
