//! Queues, topics and alarms.

use super::{Layer, Rule, rule};
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::nested;
use crate::terraform::source::{Made, Source};

pub(super) const RULES: &[Rule] = &[
    rule("queue", "aws_sqs_queue", Layer::Data, "arn", queue),
    rule("topic", "aws_sns_topic", Layer::Data, "arn", topic),
    rule("alarm", "aws_cloudwatch_metric_alarm", Layer::Edge, "arn", alarm),
];

/// The largest message that every version of the provider from the fifth on takes, in bytes.
const LARGEST: i64 = 262_144;

fn queue(from: &Source<'_>, made: &mut Made) {
    let is_large =
        from.take("MaximumMessageSize").and_then(serde_json::Value::as_i64).is_some_and(|size| size > LARGEST);
    if is_large {
        from.note(
            "queue-large",
            "it takes messages of over 256 KiB, which version 5 of the provider has no word for: that stays as it is",
            "with version 6, set max_message_size and take ignore_changes out",
        );
    }
    let ignored = Expr::List(vec![Expr::said("max_message_size")]);
    let lifecycle = if is_large { Body::default().with("ignore_changes", ignored) } else { Body::default() };
    let body = Body::default()
        .with("name", from.called())
        .maybe("fifo_queue", from.plain("FifoQueue"))
        .maybe("content_based_deduplication", from.plain("ContentBasedDeduplication"))
        .maybe("deduplication_scope", from.plain("DeduplicationScope"))
        .maybe("fifo_throughput_limit", from.plain("FifoThroughputLimit"))
        .maybe("visibility_timeout_seconds", from.plain("VisibilityTimeout"))
        .maybe("delay_seconds", from.plain("DelaySeconds"))
        .maybe("message_retention_seconds", from.plain("MessageRetentionPeriod"))
        .either("max_message_size", from.plain("MaximumMessageSize").filter(|_| !is_large))
        .maybe("receive_wait_time_seconds", from.plain("ReceiveMessageWaitTimeSeconds"))
        .maybe("kms_master_key_id", from.told("KmsMasterKeyId"))
        .either(
            "sqs_managed_sse_enabled",
            from.plain("SqsManagedSseEnabled").filter(|_| from.take("KmsMasterKeyId").is_none()),
        )
        .maybe("redrive_policy", from.document("RedrivePolicy"))
        .maybe("redrive_allow_policy", from.document("RedriveAllowPolicy"))
        .maybe("tags", from.tags())
        .block("lifecycle", lifecycle);
    let url = url(from);
    made.put("aws_sqs_queue", from.name, body, &url);
    if let Some(policy) = from.document("Policy") {
        let body = Body::default()
            .with("queue_url", Expr::said(&format!("aws_sqs_queue.{}.url", from.name)))
            .with("policy", policy);
        made.put("aws_sqs_queue_policy", from.name, body, &url);
    }
}

/// By what it is called over the wire: known, or as AWS makes it of its name.
fn url(from: &Source<'_>) -> String {
    let known = from.resource.known_by.iter().find(|known| known.starts_with("http"));
    known.cloned().unwrap_or_else(|| {
        let snapshot = from.writing.snapshot;
        let suffix = if snapshot.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("https://sqs.{}.{suffix}/{}/{}", snapshot.region, snapshot.account, from.called())
    })
}

fn topic(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("name", from.called())
        .maybe("display_name", from.plain("DisplayName"))
        .maybe("fifo_topic", from.plain("FifoTopic"))
        .maybe("content_based_deduplication", from.plain("ContentBasedDeduplication"))
        .maybe("kms_master_key_id", from.told("KmsMasterKeyId"))
        .maybe("delivery_policy", from.document("DeliveryPolicy"))
        .maybe("archive_policy", from.document("ArchivePolicy"))
        .maybe("tracing_config", from.plain("TracingConfig"))
        .maybe("signature_version", from.plain("SignatureVersion"))
        .maybe("fifo_throughput_scope", from.plain("FifoThroughputScope"))
        .maybe("tags", from.tags());
    let body =
        nested::at(from, "Feedback", &[]).values().fold(body, |body, (name, value)| body.with(name, value.clone()));
    made.put("aws_sns_topic", from.name, body, from.id());
    if let Some(policy) = from.document("Policy") {
        let body =
            Body::default().with("arn", Expr::said(&format!("aws_sns_topic.{}.arn", from.name))).with("policy", policy);
        made.put("aws_sns_topic_policy", from.name, body, from.id());
    }
    for subscription in from.parts("Subscriptions") {
        let arn = subscription.str("SubscriptionArn").unwrap_or_default();
        if !arn.starts_with("arn:") {
            from.note(
                "topic-unconfirmed",
                "a subscription waits for its confirmation: it is not written",
                "confirm it, or take it away",
            );
            continue;
        }
        let endpoint = subscription.str("Endpoint").unwrap_or_default();
        let body = Body::default()
            .with("topic_arn", Expr::said(&format!("aws_sns_topic.{}.arn", from.name)))
            .maybe("protocol", subscription.plain("Protocol"))
            .maybe("endpoint", subscription.told("Endpoint"));
        let how = subscription.inner("Delivery");
        let document = |key: &str| how.and_then(|how| how.document(key));
        let body = body
            .maybe("raw_message_delivery", how.and_then(|how| how.plain("RawMessageDelivery")))
            .maybe("filter_policy", document("FilterPolicy"))
            .maybe("filter_policy_scope", how.and_then(|how| how.plain("FilterPolicyScope")))
            .maybe("redrive_policy", document("RedrivePolicy"))
            .maybe("delivery_policy", document("DeliveryPolicy"))
            .maybe("replay_policy", document("ReplayPolicy"))
            .maybe("subscription_role_arn", how.and_then(|how| how.told("Role")));
        let whom = endpoint.rsplit([':', '/']).next().unwrap_or_default();
        let whom = if endpoint.contains('⟦') { arn.rsplit(':').next().unwrap_or_default() } else { whom };
        made.put("aws_sns_topic_subscription", &format!("{}_{}", from.name, slug(whom)), body, arn);
    }
}

fn alarm(from: &Source<'_>, made: &mut Made) {
    let dimensions =
        from.parts("Dimensions").into_iter().filter_map(|one| Some((one.str("Name")?.to_owned(), one.told("Value")?)));
    let dimensions: Vec<(String, Expr)> = dimensions.collect();
    let mut body = Body::default()
        .with("alarm_name", from.called())
        .maybe("alarm_description", from.plain("AlarmDescription"))
        .maybe("actions_enabled", from.plain("ActionsEnabled"))
        .maybe("namespace", from.plain("Namespace"))
        .maybe("metric_name", from.plain("MetricName"))
        .maybe("statistic", from.plain("Statistic"))
        .maybe("extended_statistic", from.plain("ExtendedStatistic"))
        .maybe("period", from.plain("Period"))
        .maybe("evaluation_periods", from.plain("EvaluationPeriods"))
        .maybe("datapoints_to_alarm", from.plain("DatapointsToAlarm"))
        .maybe("threshold", from.plain("Threshold"))
        .maybe("comparison_operator", from.plain("ComparisonOperator"))
        .maybe("treat_missing_data", from.plain("TreatMissingData"))
        .maybe("alarm_actions", from.told("AlarmActions"))
        .maybe("ok_actions", from.told("OKActions"))
        .maybe("unit", from.plain("Unit"))
        .maybe("evaluate_low_sample_count_percentiles", from.plain("LowSamples"))
        .maybe("threshold_metric_id", from.plain("ThresholdMetricId"))
        .maybe("insufficient_data_actions", from.told("InsufficientDataActions"));
    if !dimensions.is_empty() {
        body.put("dimensions", Expr::Object(dimensions));
    }
    // A metric of several is written by a block for each, whose members have names of their own.
    let queries: Vec<Body> = from.parts("Metrics").iter().map(query).collect();
    let body = body.maybe("tags", from.tags()).blocks("metric_query", queries);
    made.put("aws_cloudwatch_metric_alarm", from.name, body, from.called());
}

fn query(from: &Source<'_>) -> Body {
    let metric = from.inner("MetricStat").map(|stat| {
        let metric = stat.inner("Metric");
        let dimensions = metric.iter().flat_map(|metric| metric.parts("Dimensions"));
        let dimensions = dimensions.filter_map(|one| Some((one.str("Name")?.to_owned(), one.told("Value")?)));
        let dimensions: Vec<(String, Expr)> = dimensions.collect();
        let body = Body::default()
            .maybe("namespace", metric.and_then(|metric| metric.plain("Namespace")))
            .maybe("metric_name", metric.and_then(|metric| metric.plain("MetricName")))
            .maybe("period", stat.plain("Period"))
            .maybe("stat", stat.plain("Stat"))
            .maybe("unit", stat.plain("Unit"));
        if dimensions.is_empty() { body } else { body.with("dimensions", Expr::Object(dimensions)) }
    });
    Body::default()
        .maybe("id", from.plain("Id"))
        .maybe("account_id", from.plain("AccountId"))
        .maybe("expression", from.plain("Expression"))
        .maybe("label", from.plain("Label"))
        .maybe("period", from.plain("Period"))
        .maybe("return_data", from.plain("ReturnData"))
        .block("metric", metric.unwrap_or_default())
}
