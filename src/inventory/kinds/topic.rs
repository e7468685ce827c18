//! Topics, and who subscribed to them.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::document;
use crate::inventory::pick::{As, Config, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Map, Value, json};

static TOPIC: Operation = Operation::one(Api::Sns, "GetTopicAttributes").absent(&["NotFound"]);
static SUBSCRIPTIONS: Operation = Operation::list(Api::Sns, "ListSubscriptionsByTopic", "Subscriptions")
    .paged(&[("NextToken", "NextToken")])
    .absent(&["NotFound"]);
static SUBSCRIPTION: Operation = Operation::one(Api::Sns, "GetSubscriptionAttributes").absent(&["NotFound"]);
static TOPIC_TAGS: Operation = Operation::list(Api::Sns, "ListTagsForResource", "Tags");

pub(super) static KINDS: &[Kind] = &[Kind::of("topic", topic, &[&TOPIC, &SUBSCRIPTIONS, &SUBSCRIPTION, &TOPIC_TAGS])];

/// Attributes as SNS tells them: entries of a key and a value.
fn entries(answer: &Value) -> Value {
    let each = list(answer, "Attributes").into_iter();
    let each = each.filter_map(|entry| Some((text(entry, "key")?.to_owned(), entry.get("value")?.clone())));
    Value::Object(each.collect())
}

/// How messages reach one who subscribed.
fn delivery(desk: &mut Desk<'_>, answer: &Value) -> Value {
    let one = entries(answer);
    let mut config = Config::of(
        &one,
        &[
            ("FilterPolicy", "", As::Document),
            ("RedrivePolicy", "", As::Document),
            ("DeliveryPolicy", "", As::Document),
            ("ReplayPolicy", "", As::Document),
            ("Role", "SubscriptionRoleArn", As::Text),
        ],
    );
    config.put("FilterPolicyScope", text(&one, "FilterPolicyScope").filter(|_| text(&one, "FilterPolicy").is_some()));
    config.put("RawMessageDelivery", (text(&one, "RawMessageDelivery") == Some("true")).then_some(true));
    if let Some(redrive) = text(&one, "RedrivePolicy") {
        desk.mention(redrive, "RedrivePolicy");
    }
    desk.refer("iam-role", text(&one, "SubscriptionRoleArn"), "SubscriptionRoleArn");
    desk.sealer.value("subscription", &config.value())
}

fn topic(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let set = desk.call(&TOPIC, json!({ "TopicArn": arn }));
    let subscriptions = desk.list(&SUBSCRIPTIONS, json!({ "TopicArn": arn }));
    let tagged = desk.list(&TOPIC_TAGS, json!({ "ResourceArn": arn }));
    let one = entries(set?);
    let mut config = Config::of(
        &one,
        &[
            ("DisplayName", "", As::Text),
            ("FifoTopic", "", As::Truth),
            ("ContentBasedDeduplication", "", As::Truth),
            ("KmsMasterKeyId", "", As::Text),
            ("DeliveryPolicy", "", As::Document),
            ("ArchivePolicy", "", As::Document),
            ("TracingConfig", "", As::Text),
            ("SignatureVersion", "", As::Number),
            ("FifoThroughputScope", "", As::Text),
        ],
    );
    // Who is told of what was delivered, by way of delivery.
    let feedback: Map<String, Value> = one
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| name.contains("Feedback") && value.as_str().is_some_and(|text| !text.is_empty()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for role in feedback.values().filter_map(Value::as_str).filter(|text| text.starts_with("arn:")) {
        desk.refer("iam-role", Some(role), "feedback");
    }
    config.put("Feedback", feedback);
    if let Some(policy) = text(&one, "Policy") {
        config.put("Policy", desk.sealer.value("policy", &document::read(policy)));
    }
    if let Some(key) = text(&one, "KmsMasterKeyId").filter(|key| *key != "alias/aws/sns") {
        desk.refer("kms-key", Some(key), "KmsMasterKeyId");
    }
    let arns = subscriptions.iter().flatten().filter_map(|one| text(one, "SubscriptionArn"));
    let arns: Vec<&str> = arns.filter(|arn| arn.starts_with("arn:")).collect();
    // How each is delivered, one by one: a list tells nothing of it.
    let asked: Vec<_> = arns.iter().map(|arn| desk.call(&SUBSCRIPTION, json!({ "SubscriptionArn": arn }))).collect();
    let mut delivered = Map::new();
    for (arn, step) in arns.into_iter().zip(asked) {
        let told = desk.part(step, delivery)?;
        delivered.insert(arn.to_owned(), told);
    }
    let subscriptions = desk.part(subscriptions, |desk, items| {
        let each = items.into_iter().map(|one| {
            let mut config = Config::of(one, &[("Protocol", "", As::Text), ("SubscriptionArn", "", As::Text)]);
            config.put("Delivery", text(one, "SubscriptionArn").and_then(|arn| delivered.remove(arn)));
            if let Some(endpoint) = text(one, "Endpoint") {
                desk.mention(endpoint, "subscription");
                config.put("Endpoint", desk.sealer.text("Endpoint", endpoint));
            }
            config.value()
        });
        sorted(each.collect()).into()
    })?;
    config.put("Subscriptions", subscriptions);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let name = arn.rsplit(':').next().map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}
