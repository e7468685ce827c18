//! Tables and buckets. Each side of a bucket is a block of its own.

use super::{Layer, Rule, rule};
use crate::snapshot::Reference;
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::nested::{self, Renamed};
use crate::terraform::source::{Made, Source};
use serde_json::Value;

pub(super) const RULES: &[Rule] = &[
    rule("table", "aws_dynamodb_table", Layer::Data, "name", table),
    rule("bucket", "aws_s3_bucket", Layer::Data, "id", bucket),
];

fn table(from: &Source<'_>, made: &mut Made) {
    let is_billed_by_use = from.str("BillingMode") == Some("PAY_PER_REQUEST");
    let capacity = |of: &Source<'_>, body: Body| {
        let (read, write) = (of.plain("ReadCapacityUnits"), of.plain("WriteCapacityUnits"));
        if is_billed_by_use { body } else { body.maybe("read_capacity", read).maybe("write_capacity", write) }
    };
    let most = |of: &Source<'_>| {
        // -1 is what nobody set.
        let set = |key: &str| of.take(key).and_then(Value::as_i64).filter(|units| *units > 0);
        Body::default()
            .maybe("max_read_request_units", set("MaxReadRequestUnits"))
            .maybe("max_write_request_units", set("MaxWriteRequestUnits"))
    };
    let attributes = from
        .parts("AttributeDefinitions")
        .into_iter()
        .map(|one| Body::default().maybe("name", one.plain("AttributeName")).maybe("type", one.plain("AttributeType")));
    let attributes: Vec<Body> = attributes.collect();
    let index = |one: &Source<'_>| {
        let (hash, range) = keys(one);
        let projection = one.inner("Projection");
        Body::default()
            .maybe("name", one.plain("IndexName"))
            .maybe("hash_key", hash)
            .maybe("range_key", range)
            .maybe("projection_type", projection.and_then(|of| of.plain("ProjectionType")))
            .maybe("non_key_attributes", projection.and_then(|of| of.plain("NonKeyAttributes")))
    };
    let global = from.parts("GlobalSecondaryIndexes");
    let global: Vec<Body> =
        global.iter().map(|one| capacity(one, index(one)).block("on_demand_throughput", most(one))).collect();
    let local = from.parts("LocalSecondaryIndexes");
    let local: Vec<Body> = local
        .iter()
        .map(|one| {
            let (_, range) = keys(one);
            let projection = one.inner("Projection");
            Body::default()
                .maybe("name", one.plain("IndexName"))
                .maybe("range_key", range)
                .maybe("projection_type", projection.and_then(|of| of.plain("ProjectionType")))
                .maybe("non_key_attributes", projection.and_then(|of| of.plain("NonKeyAttributes")))
        })
        .collect();
    let regions = from.take("ReplicaRegions").and_then(Value::as_array).cloned().unwrap_or_default();
    let own = &from.writing.snapshot.region;
    let replicas: Vec<Body> = regions
        .iter()
        .filter_map(Value::as_str)
        .filter(|region| region != own)
        .map(|region| Body::default().with("region_name", region))
        .collect();
    let (hash, range) = keys(from);
    let body = Body::default()
        .with("name", from.id())
        .with("billing_mode", from.str("BillingMode").unwrap_or("PROVISIONED"))
        .maybe("hash_key", hash)
        .maybe("range_key", range);
    let body = capacity(from, body)
        .maybe("stream_enabled", from.take("StreamViewType").map(|_| true))
        .maybe("stream_view_type", from.plain("StreamViewType"))
        .maybe("table_class", from.plain("TableClass"))
        .maybe("deletion_protection_enabled", from.plain("DeletionProtectionEnabled"))
        .maybe("tags", from.tags())
        .blocks("attribute", attributes)
        .blocks("global_secondary_index", global)
        .blocks("local_secondary_index", local)
        .blocks("replica", replicas);
    let ttl = from.plain("TimeToLive").map(|name| Body::default().with("attribute_name", name).with("enabled", true));
    let backups = from.str("PointInTimeRecovery").map(|word| Body::default().with("enabled", word == "ENABLED"));
    let key = from.told("KmsKeyId").map(|key| Body::default().with("enabled", true).with("kms_key_arn", key));
    let body = body
        .block("on_demand_throughput", most(from))
        .block("ttl", ttl.unwrap_or_default())
        .block("point_in_time_recovery", backups.unwrap_or_default())
        .block("server_side_encryption", key.unwrap_or_default())
        .block("lifecycle", Body::default().with("prevent_destroy", true));
    made.put("aws_dynamodb_table", from.name, body, from.id());
}

/// The hash key and the range key of a schema.
fn keys(from: &Source<'_>) -> (Option<Expr>, Option<Expr>) {
    let keys = from.parts("KeySchema");
    let of = |wanted: &str| {
        keys.iter().find(|key| key.str("KeyType") == Some(wanted)).and_then(|key| key.plain("AttributeName"))
    };
    (of("HASH"), of("RANGE"))
}

const LIFECYCLE: &[Renamed] = &[
    ("ID", "id"),
    ("Transitions", "transition"),
    ("NoncurrentVersionTransitions", "noncurrent_version_transition"),
    ("Rule", "rule"),
    ("Transition", "transition"),
    ("NoncurrentVersionTransition", "noncurrent_version_transition"),
];
const REPLICATION: &[Renamed] = &[("ID", "id"), ("Rule", "rule"), ("ReplicaKmsKeyID", "replica_kms_key_id")];
const CORS: &[Renamed] = &[
    ("ID", "id"),
    ("CORSRule", "cors_rule"),
    ("AllowedHeader", "allowed_headers"),
    ("AllowedMethod", "allowed_methods"),
    ("AllowedOrigin", "allowed_origins"),
    ("ExposeHeader", "expose_headers"),
];
const ENCRYPTION: &[Renamed] = &[
    ("SSEAlgorithm", "sse_algorithm"),
    ("KMSMasterKeyID", "kms_master_key_id"),
    ("Rule", "rule"),
    ("ApplyServerSideEncryptionByDefault", "apply_server_side_encryption_by_default"),
];

/// Rules with the tags of their filters' `and` as the table that Terraform has of them.
fn with_tags(mut rules: Value) -> Value {
    let Some(rule) = rules.get_mut("Rule") else { return rules };
    let all = match rule {
        Value::Array(all) => all.as_mut_slice(),
        one => std::slice::from_mut(one),
    };
    for and in all.iter_mut().filter_map(|rule| rule.pointer_mut("/Filter/And")?.as_object_mut()) {
        let tags = ["Tag", "Tags"].iter().find_map(|name| and.remove(*name));
        let each = each(tags.as_ref()).filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())));
        and.insert("Tags".to_owned(), Value::Object(each.collect()));
    }
    rules
}

/// A lifecycle's rule: one that is of all objects has a filter that says so, where it has not an empty prefix of the old way.
fn of_all(rule: Body) -> Body {
    let is_said = rule.value("prefix").is_some() || rule.nested().iter().any(|block| block.keyword == "filter");
    if is_said { rule } else { rule.block("filter", Body::default().with("prefix", "").all()) }
}

/// Values that XML has as texts.
fn typed(value: &Value, lists: &[&str]) -> Value {
    match value {
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| {
                let value = typed(value, lists);
                let is_list = lists.contains(&name.as_str()) && !value.is_array();
                (name.clone(), if is_list { Value::Array(vec![value]) } else { value })
            });
            Value::Object(each.collect())
        }
        Value::Array(items) => items.iter().map(|item| typed(item, lists)).collect(),
        Value::String(text) => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            // What is written as a number is: `007`, the beginning of a key, is not.
            text => match text.parse::<u32>() {
                Ok(number) if number.to_string() == text => number.into(),
                _ => text.into(),
            },
        },
        other => other.clone(),
    }
}

fn bucket(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("bucket", from.id())
        .maybe("tags", from.tags())
        .block("lifecycle", Body::default().with("prevent_destroy", true));
    made.put("aws_s3_bucket", from.name, body, from.id());
    let own = || Body::default().with("bucket", Expr::said(&format!("aws_s3_bucket.{}.id", from.name)));
    let mut side = |class: &str, body: Body| made.put(&format!("aws_s3_bucket_{class}"), from.name, body, from.id());
    if let Some(status) = from.inner("Versioning").and_then(|of| of.plain("Status")) {
        side("versioning", own().block("versioning_configuration", Body::default().with("status", status)));
    }
    if let Some(encryption) = from.take("Encryption") {
        let body = nested::body(from, &typed(encryption, &[]), ENCRYPTION);
        let none = own().blocks("rule", Vec::new());
        let body = body.nested().iter().fold(none, |all, rule| all.block(&rule.keyword, rule.body.clone()));
        side("server_side_encryption_configuration", body);
    }
    if let Some(public) = from.take("PublicAccessBlock") {
        let body = nested::body(from, &typed(public, &[]), &[]);
        side("public_access_block", body.values().fold(own(), |all, (name, value)| all.with(name, value.clone())));
    }
    if let Some(rule) = from.inner("OwnershipControls").and_then(|of| of.inner("Rule")) {
        let rule = Body::default().maybe("object_ownership", rule.plain("ObjectOwnership"));
        side("ownership_controls", own().block("rule", rule));
    }
    if let Some(lifecycle) = from.take("Lifecycle") {
        let body = nested::body(from, &with_tags(typed(lifecycle, &[])), LIFECYCLE);
        let least = body.value("transition_default_minimum_object_size").cloned();
        let rules = body.nested().iter().filter(|block| block.keyword == "rule");
        side(
            "lifecycle_configuration",
            rules.fold(
                own().maybe("transition_default_minimum_object_size", least).blocks("rule", Vec::new()),
                |all, rule| all.block("rule", of_all(rule.body.clone())),
            ),
        );
    }
    if let Some(replication) = from.take("Replication") {
        let role = replication.get("Role").and_then(Value::as_str).map(|role| from.known("Role", role));
        let body = nested::body(from, &with_tags(typed(replication, &[])), REPLICATION);
        let rules = body.nested().iter().filter(|block| block.keyword == "rule");
        side(
            "replication_configuration",
            rules.fold(own().maybe("role", role).blocks("rule", Vec::new()), |all, rule| {
                all.block("rule", rule.body.clone())
            }),
        );
    }
    if let Some(cors) = from.take("Cors") {
        let lists = ["AllowedHeader", "AllowedMethod", "AllowedOrigin", "ExposeHeader"];
        let body = nested::body(from, &typed(cors, &lists), CORS);
        side(
            "cors_configuration",
            body.nested()
                .iter()
                .fold(own().blocks("cors_rule", Vec::new()), |all, rule| all.block("cors_rule", rule.body.clone())),
        );
    }
    if let Some(target) = from.inner("Logging").and_then(|of| of.inner("LoggingEnabled")) {
        let body = own()
            .maybe("target_bucket", target.field("TargetBucket", "bucket"))
            .with("target_prefix", target.plain("TargetPrefix").unwrap_or_else(|| Expr::text("")))
            .block("target_object_key_format", nested::at(&target, "TargetObjectKeyFormat", &[]));
        // S3 takes no bucket for logs that it may not write to.
        let letting = target.str("TargetBucket").and_then(|bucket| policy_of(from, bucket));
        side("logging", letting.into_iter().fold(body, |body, policy| body.with("depends_on", vec![policy])));
    }
    if let Some(policy) = from.document("Policy") {
        side("policy", own().with("policy", policy));
    }
    if let Some(notification) = from.inner("Notification").filter(|one| one.keys().next().is_some()) {
        side("notification", notified(from, &notification, own()));
    }
}

/// The policy of another bucket, where one is written.
fn policy_of(from: &Source<'_>, bucket: &str) -> Option<Expr> {
    let of = Reference::new("bucket", bucket);
    let name = from.writing.names.get(&of)?;
    let has_one = from.writing.snapshot.resource(&of)?.config.contains_key("Policy");
    has_one.then(|| Expr::said(&format!("aws_s3_bucket_policy.{name}")))
}

/// Whom it tells of its objects: one block holds all of them.
fn notified(from: &Source<'_>, notification: &Source<'_>, own: Body) -> Body {
    let mut body = own;
    if notification.truth("EventBridge") {
        body.put("eventbridge", true);
    }
    let mut permits = Vec::new();
    for (key, keyword, to) in [
        ("CloudFunctionConfiguration", "lambda_function", "CloudFunction"),
        ("QueueConfiguration", "queue", "Queue"),
        ("TopicConfiguration", "topic", "Topic"),
    ] {
        body = body.blocks(keyword, Vec::new());
        for one in each(notification.take(key)).filter_map(|one| from.part(one)) {
            let rules = one.inner("Filter").and_then(|of| of.inner("S3Key"));
            let rules: Vec<&Value> = rules.map(|of| each(of.take("FilterRule")).collect()).unwrap_or_default();
            let filter = |wanted: &str| {
                let rule = rules
                    .iter()
                    .find(|rule| rule["Name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(wanted)))?;
                Some(Expr::text(rule["Value"].as_str()?))
            };
            let events: Vec<Expr> = each(one.take("Event")).filter_map(Value::as_str).map(Expr::text).collect();
            let arn = one.str(to).map(|arn| from.known(to, arn));
            permits.extend(arn.iter().flat_map(|arn| permit(from, arn)));
            let told = Body::default()
                .maybe("id", one.plain("Id"))
                .maybe(&format!("{keyword}_arn"), arn)
                .with("events", events)
                .maybe("filter_prefix", filter("prefix"))
                .maybe("filter_suffix", filter("suffix"));
            body = body.block(keyword, told);
        }
    }
    // Nobody is told before they let the bucket do so: S3 tries it.
    if permits.is_empty() { body } else { body.with("depends_on", permits) }
}

/// What lets another, a bucket as it is, send to whom `arn` says, where that is written.
pub(super) fn permit(from: &Source<'_>, arn: &Expr) -> Vec<Expr> {
    let Expr::Said(said) = arn else { return Vec::new() };
    let mut parts = said.splitn(3, '.');
    let (Some(class), Some(name)) = (parts.next(), parts.next()) else { return Vec::new() };
    let kind = match class {
        "aws_lambda_function" => "function",
        "aws_sqs_queue" => "queue",
        "aws_sns_topic" => "topic",
        _ => return Vec::new(),
    };
    let of = from.writing.names.iter().find(|(of, known)| of.kind == kind && known.as_str() == name);
    let Some(policy) = of.and_then(|(of, _)| from.writing.snapshot.resource(of)?.config.get("Policy")) else {
        return Vec::new();
    };
    let sids = each(policy.get("Statement")).filter_map(|one| one["Sid"].as_str());
    match kind {
        "function" => sids.map(|sid| Expr::said(&format!("aws_lambda_permission.{name}_{}", slug(sid)))).collect(),
        _ => vec![Expr::said(&format!("{class}_policy.{name}"))],
    }
}

/// What XML has once or more often.
fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items: Vec<&Value> = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    items.into_iter()
}
