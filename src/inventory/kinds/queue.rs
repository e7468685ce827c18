//! Queues. No message is read.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags_of, with_tags};
use crate::inventory::document;
use crate::inventory::pick::{self, As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static QUEUE_URL: Operation = Operation::one(Api::Sqs, "GetQueueUrl").absent(NO_QUEUE);
static QUEUE: Operation = Operation::one(Api::Sqs, "GetQueueAttributes").absent(NO_QUEUE);
static QUEUE_TAGS: Operation = Operation::one(Api::Sqs, "ListQueueTags").absent(NO_QUEUE);
const NO_QUEUE: &[&str] = &["AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"];

pub(super) static KINDS: &[Kind] = &[Kind::of("queue", queue, &[&QUEUE_URL, &QUEUE, &QUEUE_TAGS])];

fn queue(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let url = desk.call(&QUEUE_URL, json!({ "QueueName": name }))?;
    let url = text(url, "QueueUrl").unwrap_or_default();
    let set = desk.call(&QUEUE, json!({ "QueueUrl": url, "AttributeNames": ["All"] }));
    let tagged = desk.call(&QUEUE_TAGS, json!({ "QueueUrl": url }));
    let one = pick::at(set?, "Attributes");
    let mut config = Config::of(
        one,
        &[
            ("VisibilityTimeout", "", As::Number),
            ("DelaySeconds", "", As::Number),
            ("MessageRetentionPeriod", "", As::Number),
            ("MaximumMessageSize", "", As::Number),
            ("ReceiveMessageWaitTimeSeconds", "", As::Number),
            ("FifoQueue", "", As::Truth),
            ("ContentBasedDeduplication", "", As::Truth),
            ("DeduplicationScope", "", As::Text),
            ("FifoThroughputLimit", "", As::Text),
            ("KmsMasterKeyId", "", As::Text),
            ("SqsManagedSseEnabled", "", As::Truth),
            ("RedrivePolicy", "", As::Document),
            ("RedriveAllowPolicy", "", As::Document),
        ],
    );
    if let Some(policy) = text(one, "Policy") {
        config.put("Policy", desk.sealer.value("policy", &document::read(policy)));
    }
    if let Some(redrive) = text(one, "RedrivePolicy") {
        desk.mention(redrive, "RedrivePolicy");
    }
    if let Some(key) = text(one, "KmsMasterKeyId").filter(|key| *key != "alias/aws/sqs") {
        desk.refer("kms-key", Some(key), "KmsMasterKeyId");
    }
    desk.known_by(Some(url));
    let tagged = desk.part(tagged, |desk, one| Value::Object(tags_of(pick::at(one, "Tags"), desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: text(one, "QueueArn").map(str::to_owned), name: Some(name.to_owned()), config, tags })
}
