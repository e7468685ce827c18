//! Buckets, side by side. No object is read.

use crate::inventory::arn::ANOTHER_REGION;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags, with_tags};
use crate::inventory::document;
use crate::inventory::pick::{self, Config, flat, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

/// What a bucket says of one of its sides.
macro_rules! bucket {
    ($static:ident, $name:literal, $permission:literal, [$($absent:literal),*]) => {
        static $static: Operation =
            Operation::one(Api::S3, $name).absent(&["NoSuchBucket", $($absent),*]).allowed_by($permission);
    };
}

bucket!(LOCATION, "GetBucketLocation", "GetBucketLocation", []);
bucket!(VERSIONING, "GetBucketVersioning", "GetBucketVersioning", []);
bucket!(
    ENCRYPTION,
    "GetBucketEncryption",
    "GetEncryptionConfiguration",
    ["ServerSideEncryptionConfigurationNotFoundError"]
);
bucket!(BUCKET_POLICY, "GetBucketPolicy", "GetBucketPolicy", ["NoSuchBucketPolicy"]);
bucket!(PUBLIC, "GetPublicAccessBlock", "GetBucketPublicAccessBlock", ["NoSuchPublicAccessBlockConfiguration"]);
bucket!(OWNERSHIP, "GetBucketOwnershipControls", "GetBucketOwnershipControls", ["OwnershipControlsNotFoundError"]);
bucket!(LIFECYCLE, "GetBucketLifecycleConfiguration", "GetLifecycleConfiguration", ["NoSuchLifecycleConfiguration"]);
bucket!(REPLICATION, "GetBucketReplication", "GetReplicationConfiguration", ["ReplicationConfigurationNotFoundError"]);
bucket!(CORS, "GetBucketCors", "GetBucketCORS", ["NoSuchCORSConfiguration"]);
bucket!(NOTIFICATION, "GetBucketNotificationConfiguration", "GetBucketNotification", []);
bucket!(LOGGING, "GetBucketLogging", "GetBucketLogging", []);
bucket!(BUCKET_TAGS, "GetBucketTagging", "GetBucketTagging", ["NoSuchTagSet"]);

pub(super) static KINDS: &[Kind] = &[Kind::of(
    "bucket",
    bucket,
    &[
        &LOCATION,
        &VERSIONING,
        &ENCRYPTION,
        &BUCKET_POLICY,
        &PUBLIC,
        &OWNERSHIP,
        &LIFECYCLE,
        &REPLICATION,
        &CORS,
        &NOTIFICATION,
        &LOGGING,
        &BUCKET_TAGS,
    ],
)
.global()];

/// A lifecycle: a rule of all objects that was put the old way says so by a prefix that is empty, and code that has a filter in its
/// place would change it. From which size on objects are moved is told where it is not as usual.
fn lifecycle(told: &mut Value, side: &Value) {
    let raw = flat(side, "Rule");
    let rules = match told.get_mut("Rule") {
        Some(Value::Array(rules)) => rules.as_mut_slice(),
        Some(one) => std::slice::from_mut(one),
        None => &mut [],
    };
    for (rule, raw) in rules.iter_mut().zip(raw) {
        let is_of_all = raw.get("Prefix").is_some_and(|prefix| prefix.as_str().unwrap_or_default().is_empty());
        if let (true, Some(members)) = (is_of_all, rule.as_object_mut()) {
            members.insert("Prefix".to_owned(), "".into());
        }
    }
    let Some(members) = told.as_object_mut() else { return };
    if members.get(LEAST).is_some_and(|size| size == "all_storage_classes_128K") {
        members.shift_remove(LEAST);
    }
}

/// From which size on objects are moved.
const LEAST: &str = "TransitionDefaultMinimumObjectSize";

fn bucket(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "Bucket": name });
    let location = desk.call_at_home(&LOCATION, asked())?;
    // The oldest region has no name here, and the second oldest an old one.
    let region = match location.as_str().or_else(|| text(location, "LocationConstraint")) {
        None | Some("") => "us-east-1",
        Some("EU") => "eu-west-1",
        Some(region) => region,
    };
    if region != desk.here.region {
        return Ok(Read::Nothing(ANOTHER_REGION));
    }
    let sides = [
        (&VERSIONING, "Versioning"),
        (&ENCRYPTION, "Encryption"),
        (&PUBLIC, "PublicAccessBlock"),
        (&OWNERSHIP, "OwnershipControls"),
        (&LIFECYCLE, "Lifecycle"),
        (&REPLICATION, "Replication"),
        (&CORS, "Cors"),
        (&NOTIFICATION, "Notification"),
        (&LOGGING, "Logging"),
    ];
    let told: Vec<(&str, Step<&Value>)> =
        sides.iter().map(|(operation, field)| (*field, desk.call(operation, asked()))).collect();
    let (policy, tagged) = (desk.call(&BUCKET_POLICY, asked()), desk.call(&BUCKET_TAGS, asked()));
    let (mut config, mut rest) = (Config::default(), Config::default());
    for (field, step) in told {
        let value = desk.part(step, |desk, side| {
            let mut told = pick::without_nothing(side);
            rest.names_the_rest(side, &[("LoggingEnabled.TargetGrants", &[])]);
            // EventBridge is told of by an element that has nothing in it.
            let of_bridge = side.get("EventBridgeConfiguration").is_some();
            if let (true, Some(members)) = (of_bridge && field == "Notification", told.as_object_mut()) {
                members.shift_remove("EventBridgeConfiguration");
                members.insert("EventBridge".to_owned(), true.into());
            }
            if field == "Lifecycle" {
                lifecycle(&mut told, side);
            }
            let side = told;
            desk.mentions(&side, field);
            desk.sealer.value(field, &side)
        })?;
        config.put(field, value);
    }
    config.0.extend(rest.0);
    let policy = desk.part(policy, |desk, one| match one {
        Value::String(text) => desk.sealer.value("policy", &document::read(text)),
        other => desk.sealer.value("policy", &document::read(&other.to_string())),
    })?;
    config.put("Policy", policy);
    let tagged = desk.part(tagged, |desk, one| {
        let sets = flat(one, "TagSet");
        let items: Vec<&Value> = sets.iter().flat_map(|set| flat(set, "Tag")).collect();
        Value::Object(tags(&items, desk.sealer))
    })?;
    let tags = with_tags(&mut config, tagged);
    desk.known_by(Some(name));
    let arn = format!("arn:{}:s3:::{name}", desk.here.partition);
    found(Found { arn: Some(arn), name: Some(name.to_owned()), config, tags })
}
