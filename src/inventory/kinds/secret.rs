//! Secrets, of which no value is ever read.

use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, tags};
use crate::inventory::document;
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::Reference;
use serde_json::{Value, json};

const NOT_FOUND: &[&str] = &["NotFoundException", "ResourceNotFoundException"];
static SECRET: Operation = Operation::one(Api::Secrets, "DescribeSecret").absent(NOT_FOUND);
static SECRET_POLICY: Operation = Operation::one(Api::Secrets, "GetResourcePolicy").absent(NOT_FOUND);

pub(super) static KINDS: &[Kind] = &[Kind::of("secret", secret, &[&SECRET, &SECRET_POLICY])];

fn secret(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.call(&SECRET, json!({ "SecretId": id }))?;
    // It is also found by its name, and by an ARN without the letters at its end.
    let arn = text(one, "ARN").unwrap_or(id);
    if arn != id {
        return Ok(Read::Same(Reference::new("secret", arn)));
    }
    let policy = desk.call(&SECRET_POLICY, json!({ "SecretId": id }));
    let mut config = Config::of(
        one,
        &[
            ("Name", "", As::Text),
            ("Description", "", As::Text),
            ("KmsKeyId", "", As::Text),
            ("RotationEnabled", "", As::Truth),
            ("RotationLambdaARN", "", As::Text),
            ("RotationRules", "", As::Whole),
        ],
    );
    let replicas = list(one, "ReplicationStatus");
    config.put("ReplicaRegions", pick::set(each(&replicas, "Region")));
    desk.refer("kms-key", text(one, "KmsKeyId"), "KmsKeyId");
    desk.refer("function", text(one, "RotationLambdaARN"), "RotationLambdaARN");
    let policy = desk.part(policy, |desk, one| {
        text(one, "ResourcePolicy").map_or(Value::Null, |text| desk.sealer.value("policy", &document::read(text)))
    })?;
    config.put("Policy", policy);
    let tags = tags(&list(one, "Tags"), desk.sealer);
    let name = text(one, "Name").map(str::to_owned);
    desk.known_by(name.as_deref());
    found(Found { arn: Some(arn.to_owned()), name, config, tags: Some(tags) })
}
