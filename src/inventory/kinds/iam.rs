//! Roles, policies and instance profiles.

use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::document;
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Map, Value, json};

const MARKER: &[(&str, &str)] = &[("Marker", "Marker")];
const GONE: &[&str] = &["NoSuchEntity"];
static ROLE: Operation = Operation::one(Api::Iam, "GetRole").absent(GONE);
static INLINE: Operation = Operation::list(Api::Iam, "ListRolePolicies", "PolicyNames").paged(MARKER).absent(GONE);
static INLINE_POLICY: Operation = Operation::one(Api::Iam, "GetRolePolicy").absent(GONE);
static ATTACHED: Operation =
    Operation::list(Api::Iam, "ListAttachedRolePolicies", "AttachedPolicies").paged(MARKER).absent(GONE);
static PROFILES: Operation =
    Operation::list(Api::Iam, "ListInstanceProfilesForRole", "InstanceProfiles").paged(MARKER).absent(GONE);
static POLICY: Operation = Operation::one(Api::Iam, "GetPolicy").absent(GONE);
static VERSION: Operation = Operation::one(Api::Iam, "GetPolicyVersion").absent(GONE);
static PROFILE: Operation = Operation::one(Api::Iam, "GetInstanceProfile").absent(GONE);

pub(super) static KINDS: &[Kind] = &[
    Kind::of("iam-role", role, &[&ROLE, &INLINE, &INLINE_POLICY, &ATTACHED, &PROFILES]).global(),
    Kind::of("iam-policy", policy, &[&POLICY, &VERSION]).global(),
    Kind::of("instance-profile", profile, &[&PROFILE]).global(),
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
    // Machines take it by a profile, and nobody else does: none is asked for where they may not.
    let profiles = if text(role, "AssumeRolePolicyDocument").is_some_and(trusts_machines) {
        desk.list(&PROFILES, asked())
    } else {
        Err(Stop::Absent)
    };
    if let Some(trust) = text(role, "AssumeRolePolicyDocument") {
        // Whom it trusts is not followed: another's role may be among them.
        let trust = desk.sealer.value("trust", &document::read(trust));
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
    let unread = desk.part(profiles, |desk, profiles| {
        for profile in each(&profiles, "InstanceProfileName") {
            desk.child("instance-profile", profile, "instance profile");
        }
        Value::Null
    })?;
    config.put("InstanceProfiles", unread);
    let tags = tags(&list(role, "Tags"), desk.sealer);
    found(Found { arn: text(role, "Arn").map(str::to_owned), name: Some(name.to_owned()), config, tags: Some(tags) })
}

/// Whether the instances of EC2 may take a role that trusts so.
fn trusts_machines(trust: &str) -> bool {
    document::read(trust).to_string().contains("\"ec2.")
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
