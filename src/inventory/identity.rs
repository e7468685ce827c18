//! Who may do what: roles, policies, instance profiles, keys, secrets and parameters. No value of a secret is ever read.

use super::arn::AWS_OWN;
use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, tags};
use super::pick::{self, As, Config, each, list, text};
use super::registry::{Kind, found};
use crate::snapshot::Reference;
use serde_json::{Map, Value, json};

const MARKER: &[(&str, &str)] = &[("Marker", "Marker")];
const GONE: &[&str] = &["NoSuchEntity"];
const NOT_FOUND: &[&str] = &["NotFoundException", "ResourceNotFoundException"];

static ROLE: Operation = Operation::one(Api::Iam, "GetRole").absent(GONE);
static INLINE: Operation = Operation::list(Api::Iam, "ListRolePolicies", "PolicyNames").paged(MARKER).absent(GONE);
static INLINE_POLICY: Operation = Operation::one(Api::Iam, "GetRolePolicy").absent(GONE);
static ATTACHED: Operation =
    Operation::list(Api::Iam, "ListAttachedRolePolicies", "AttachedPolicies").paged(MARKER).absent(GONE);
static POLICY: Operation = Operation::one(Api::Iam, "GetPolicy").absent(GONE);
static VERSION: Operation = Operation::one(Api::Iam, "GetPolicyVersion").absent(GONE);
static PROFILE: Operation = Operation::one(Api::Iam, "GetInstanceProfile").absent(GONE);
static KEY: Operation = Operation::one(Api::Kms, "DescribeKey").absent(NOT_FOUND);
static KEY_POLICY: Operation = Operation::one(Api::Kms, "GetKeyPolicy").absent(NOT_FOUND);
static ALIASES: Operation = Operation::list(Api::Kms, "ListAliases", "Aliases").paged(&[("Marker", "NextMarker")]);
static ROTATION: Operation = Operation::one(Api::Kms, "GetKeyRotationStatus").absent(NOT_FOUND);
static KEY_TAGS: Operation = Operation::list(Api::Kms, "ListResourceTags", "Tags").paged(&[("Marker", "NextMarker")]);
static SECRET: Operation = Operation::one(Api::Secrets, "DescribeSecret").absent(NOT_FOUND);
static SECRET_POLICY: Operation = Operation::one(Api::Secrets, "GetResourcePolicy").absent(NOT_FOUND);
static PARAMETERS: Operation =
    Operation::list(Api::Ssm, "DescribeParameters", "Parameters").paged(&[("NextToken", "NextToken")]).many(
        50,
        |names| {
            let filters = json!([{ "Key": "Name", "Option": "Equals", "Values": names }]);
            json!({ "ParameterFilters": filters, "MaxResults": 50 })
        },
        |one| text(one, "Name").map(str::to_owned),
    );
static PARAMETER_TAGS: Operation =
    Operation::list(Api::Ssm, "ListTagsForResource", "TagList").absent(&["InvalidResourceId"]);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("iam-role", role, &[&ROLE, &INLINE, &INLINE_POLICY, &ATTACHED]).global(),
    Kind::of("iam-policy", policy, &[&POLICY, &VERSION]).global(),
    Kind::of("instance-profile", profile, &[&PROFILE]).global(),
    Kind::of("kms-key", key, &[&KEY, &KEY_POLICY, &ALIASES, &ROTATION, &KEY_TAGS]),
    Kind::of("secret", secret, &[&SECRET, &SECRET_POLICY]),
    Kind::of("parameter", parameter, &[&PARAMETERS, &PARAMETER_TAGS]),
];

fn role(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let asked = || json!({ "RoleName": name });
    let (role, inline, attached) =
        (desk.call(&ROLE, asked()), desk.list(&INLINE, asked()), desk.list(&ATTACHED, asked()));
    let role = pick::at(role?, "Role");
    if text(role, "Path").is_some_and(|path| path.starts_with("/aws-service-role/")) {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let mut config = Config::of(
        role,
        &[
            ("Path", "", As::Text),
            ("Description", "", As::Text),
            ("MaxSessionDuration", "", As::Number),
            ("PermissionsBoundary", "PermissionsBoundary.PermissionsBoundaryArn", As::Text),
        ],
    );
    desk.refer("iam-policy", text(role, "PermissionsBoundary.PermissionsBoundaryArn"), "PermissionsBoundary");
    if let Some(trust) = text(role, "AssumeRolePolicyDocument") {
        // Whom it trusts is not followed: another's role may be among them.
        let trust = desk.sealer.value("trust", &super::document::read(trust));
        config.put("AssumeRolePolicy", trust);
    }
    // Every inline policy is asked for at once.
    let names: Vec<String> = inline.iter().flatten().filter_map(|name| name.as_str()).map(str::to_owned).collect();
    let documents: Vec<(String, Step<&Value>)> = names
        .into_iter()
        .map(|policy| {
            let asked = json!({ "RoleName": name, "PolicyName": policy });
            let document = desk.call(&INLINE_POLICY, asked);
            (policy, document)
        })
        .collect();
    let whole = desk.part(inline, |_, _| Value::Null)?;
    let mut policies = Map::new();
    for (policy, document) in documents {
        let field = format!("inline {policy}");
        let document = desk.part(document, |desk, one| {
            text(one, "PolicyDocument").map_or(Value::Null, |text| desk.document(text, &field))
        })?;
        policies.insert(policy, document);
    }
    config.put("Inline", if whole.is_null() { Value::Object(policies) } else { whole });
    let attached = desk.part(attached, |desk, attached| {
        let arns = each(&attached, "PolicyArn");
        for arn in &arns {
            desk.refer("iam-policy", Some(arn), "attached");
        }
        pick::set(arns)
    })?;
    config.put("Attached", attached);
    let tags = tags(&list(role, "Tags"), desk.sealer);
    found(Found { arn: text(role, "Arn").map(str::to_owned), name: Some(name.to_owned()), config, tags: Some(tags) })
}

fn policy(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    let one = pick::at(desk.call(&POLICY, json!({ "PolicyArn": arn }))?, "Policy");
    let version = text(one, "DefaultVersionId").unwrap_or("v1");
    let document = desk.call(&VERSION, json!({ "PolicyArn": arn, "VersionId": version }));
    let mut config =
        Config::of(one, &[("PolicyName", "", As::Text), ("Path", "", As::Text), ("Description", "", As::Text)]);
    let document = desk.part(document, |desk, one| {
        text(one, "PolicyVersion.Document").map_or(Value::Null, |text| desk.document(text, "document"))
    })?;
    config.put("Document", document);
    let tags = tags(&list(one, "Tags"), desk.sealer);
    let name = text(one, "PolicyName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags: Some(tags) })
}

fn profile(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let one = pick::at(desk.call(&PROFILE, json!({ "InstanceProfileName": name }))?, "InstanceProfile");
    let mut config = Config::of(one, &[("Path", "", As::Text)]);
    let roles = list(one, "Roles");
    let roles = each(&roles, "RoleName");
    config.put("Role", roles.first().copied());
    desk.needs("iam-role", roles, "role");
    let tags = tags(&list(one, "Tags"), desk.sealer);
    found(Found { arn: text(one, "Arn").map(str::to_owned), name: Some(name.to_owned()), config, tags: Some(tags) })
}

fn key(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = pick::at(desk.call(&KEY, json!({ "KeyId": id }))?, "KeyMetadata");
    if text(one, "KeyManager") == Some("AWS") {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let real = text(one, "KeyId").unwrap_or(id);
    if real != id {
        return Ok(Read::Same(Reference::new("kms-key", real)));
    }
    let asked = || json!({ "KeyId": id });
    let policy = desk.call(&KEY_POLICY, json!({ "KeyId": id, "PolicyName": "default" }));
    let (aliases, rotation, tagged) =
        (desk.list(&ALIASES, asked()), desk.call(&ROTATION, asked()), desk.list(&KEY_TAGS, asked()));
    let mut config = Config::of(
        one,
        &[
            ("Description", "", As::Text),
            ("KeyUsage", "", As::Text),
            ("KeySpec", "", As::Text),
            ("MultiRegion", "", As::Truth),
            ("MultiRegionKeyType", "MultiRegionConfiguration.MultiRegionKeyType", As::Text),
            ("PrimaryKey", "MultiRegionConfiguration.PrimaryKey.Arn", As::Text),
            ("Origin", "", As::Text),
            ("Enabled", "", As::Truth),
        ],
    );
    let mut name = None;
    let aliases = desk.part(aliases, |desk, aliases| {
        let mut names = each(&aliases, "AliasName");
        names.sort_unstable();
        name = names.first().map(|name| name.trim_start_matches("alias/").to_owned());
        for alias in &names {
            desk.known_by(Some(alias));
        }
        pick::set(names)
    })?;
    config.put("Aliases", aliases);
    let policy = desk.part(policy, |desk, one| {
        // Who may use it is not followed.
        text(one, "Policy").map_or(Value::Null, |text| desk.sealer.value("policy", &super::document::read(text)))
    })?;
    config.put("Policy", policy);
    let rotation = desk.part(rotation, |_, one| pick::taken(one, "KeyRotationEnabled", As::Truth))?;
    config.put("Rotation", rotation);
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    found(Found { arn: text(one, "Arn").map(str::to_owned), name, config, tags })
}

/// Tags that were read apart: a mark in their place where they were not told.
pub(super) fn with_tags(config: &mut Config, tags: Value) -> Option<Map<String, Value>> {
    match tags {
        Value::Object(tags) => Some(tags),
        Value::Null => Some(Map::new()),
        other => {
            config.put("Tags", other);
            None
        }
    }
}

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
        text(one, "ResourcePolicy")
            .map_or(Value::Null, |text| desk.sealer.value("policy", &super::document::read(text)))
    })?;
    config.put("Policy", policy);
    let tags = tags(&list(one, "Tags"), desk.sealer);
    let name = text(one, "Name").map(str::to_owned);
    desk.known_by(name.as_deref());
    found(Found { arn: Some(arn.to_owned()), name, config, tags: Some(tags) })
}

fn parameter(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    let (one, tagged) = (
        desk.one(&PARAMETERS, name),
        desk.list(&PARAMETER_TAGS, json!({ "ResourceType": "Parameter", "ResourceId": name })),
    );
    let one = one?;
    // Its value is never read: a plain one may be a secret too.
    let config = Config::of(
        one,
        &[
            ("Type", "", As::Text),
            ("Tier", "", As::Text),
            ("KeyId", "", As::Text),
            ("Description", "", As::Text),
            ("AllowedPattern", "", As::Text),
            ("DataType", "", As::Text),
        ],
    );
    let mut config = Config(desk.sealer.members(&config.0));
    if let Some(key) = text(one, "KeyId").filter(|key| *key != "alias/aws/ssm") {
        desk.refer("kms-key", Some(key), "KeyId");
    }
    let tagged = desk.part(tagged, |desk, items| Value::Object(tags(&items, desk.sealer)))?;
    let tags = with_tags(&mut config, tagged);
    let arn = format!(
        "arn:{}:ssm:{}:{}:parameter/{}",
        desk.here.partition,
        desk.here.region,
        desk.here.account,
        name.trim_start_matches('/')
    );
    found(Found { arn: Some(arn), name: Some(name.to_owned()), config, tags })
}
