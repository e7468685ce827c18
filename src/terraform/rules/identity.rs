//! Who may do what, and keys. What is attached to a role stands alone: lists within the role would take away what is not in
//! them.

use super::{Layer, Rule, rule};
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::source::{Made, Source};

pub(super) const RULES: &[Rule] = &[
    rule("iam-role", "aws_iam_role", Layer::Identity, "name", role),
    rule("iam-policy", "aws_iam_policy", Layer::Identity, "arn", policy),
    rule("instance-profile", "aws_iam_instance_profile", Layer::Identity, "name", profile),
    rule("kms-key", "aws_kms_key", Layer::Identity, "key_id", key),
    rule("secret", "aws_secretsmanager_secret", Layer::Identity, "arn", secret),
    rule("parameter", "aws_ssm_parameter", Layer::Identity, "name", parameter),
];

fn role(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("name", from.id())
        .either("path", from.plain("Path").filter(|path| *path != Expr::text("/")))
        .maybe("description", from.plain("Description"))
        .maybe("max_session_duration", from.plain("MaxSessionDuration"))
        .maybe("permissions_boundary", from.field("PermissionsBoundary", "iam-policy"))
        .maybe("assume_role_policy", from.document("AssumeRolePolicy"))
        .maybe("tags", from.tags());
    from.skip(&["InstanceProfiles"]);
    made.put("aws_iam_role", from.name, body, from.id());
    let inline = from.take("Inline").and_then(|policies| policies.as_object());
    for (name, document) in inline.into_iter().flatten() {
        let document = Expr::of(document, &|text| from.known(name, text));
        let body = Body::default()
            .with("name", name.as_str())
            .with("role", Expr::said(&format!("aws_iam_role.{}.id", from.name)))
            .with("policy", Expr::Json(Box::new(document)));
        let label = format!("{}_{}", from.name, slug(name));
        made.put("aws_iam_role_policy", &label, body, format!("{}:{name}", from.id()));
    }
    let attached = from.take("Attached").and_then(|policies| policies.as_array());
    for arn in attached.into_iter().flatten().filter_map(|arn| arn.as_str()) {
        let body = Body::default()
            .with("role", Expr::said(&format!("aws_iam_role.{}.name", from.name)))
            .with("policy_arn", from.of("iam-policy", arn));
        let label = format!("{}_{}", from.name, slug(arn.rsplit('/').next().unwrap_or(arn)));
        made.put("aws_iam_role_policy_attachment", &label, body, format!("{}/{arn}", from.id()));
    }
}

fn policy(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .maybe("name", from.plain("PolicyName"))
        .either("path", from.plain("Path").filter(|path| *path != Expr::text("/")))
        .maybe("description", from.plain("Description"))
        .maybe("policy", from.document("Document"))
        .maybe("tags", from.tags());
    made.put("aws_iam_policy", from.name, body, from.id());
}

fn profile(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .with("name", from.id())
        .either("path", from.plain("Path").filter(|path| *path != Expr::text("/")))
        .maybe("role", from.field("Role", "iam-role"))
        .maybe("tags", from.tags());
    made.put("aws_iam_instance_profile", from.name, body, from.id());
}

fn key(from: &Source<'_>, made: &mut Made) {
    from.skip(&["MultiRegionKeyType", "PrimaryKey", "Origin"]);
    let body = Body::default()
        .maybe("description", from.plain("Description"))
        .maybe("key_usage", from.plain("KeyUsage"))
        .maybe("customer_master_key_spec", from.plain("KeySpec"))
        .maybe("is_enabled", from.plain("Enabled"))
        .maybe("multi_region", from.plain("MultiRegion"))
        .maybe("enable_key_rotation", from.plain("Rotation"))
        .maybe("rotation_period_in_days", from.plain("RotationDays"))
        .maybe("policy", from.document("Policy"))
        .maybe("tags", from.tags())
        .block("lifecycle", Body::default().with("prevent_destroy", true));
    made.put("aws_kms_key", from.name, body, from.id());
    let aliases = from.take("Aliases").and_then(|aliases| aliases.as_array());
    for alias in aliases.into_iter().flatten().filter_map(|alias| alias.as_str()) {
        let body = Body::default()
            .with("name", alias)
            .with("target_key_id", Expr::said(&format!("aws_kms_key.{}.key_id", from.name)));
        made.put("aws_kms_alias", &slug(alias.trim_start_matches("alias/")), body, alias);
    }
}

fn secret(from: &Source<'_>, made: &mut Made) {
    let regions = from.take("ReplicaRegions").and_then(|regions| regions.as_array()).cloned().unwrap_or_default();
    let replicas: Vec<Body> = regions
        .iter()
        .filter_map(|region| region.as_str())
        .map(|region| Body::default().with("region", region))
        .collect();
    let body = Body::default()
        .maybe("name", from.plain("Name"))
        .maybe("description", from.plain("Description"))
        .maybe("kms_key_id", from.told("KmsKeyId"))
        .maybe("tags", from.tags())
        .blocks("replica", replicas);
    made.put("aws_secretsmanager_secret", from.name, body, from.id());
    if let Some(policy) = from.document("Policy") {
        let body = Body::default()
            .with("secret_arn", Expr::said(&format!("aws_secretsmanager_secret.{}.arn", from.name)))
            .with("policy", policy);
        made.put("aws_secretsmanager_secret_policy", from.name, body, from.id());
    }
    rotation(from, made);
}

/// How it is rotated: by a function; what rotates by a service of AWS's own, it alone sets up.
fn rotation(from: &Source<'_>, made: &mut Made) {
    let (rules, function) = (from.inner("RotationRules"), from.told("RotationLambdaARN"));
    if !from.truth("RotationEnabled") {
        return;
    }
    let Some((rules, function)) = rules.zip(function) else {
        from.note(
            "secret-rotation",
            "it is rotated by a service of AWS's own: that is not written",
            "nothing: whoever owns the secret sets it up",
        );
        return;
    };
    // A schedule says it all: the days are then what AWS counts of it.
    let schedule = rules.plain("ScheduleExpression");
    let days = match schedule {
        Some(_) => Body::default(),
        None => Body::default().maybe("automatically_after_days", rules.plain("AutomaticallyAfterDays")),
    };
    let rules = days.maybe("duration", rules.plain("Duration")).maybe("schedule_expression", schedule);
    let body = Body::default()
        .with("secret_id", Expr::said(&format!("aws_secretsmanager_secret.{}.id", from.name)))
        .with("rotation_lambda_arn", function)
        // An apply is no rotation: clients would have to follow.
        .with("rotate_immediately", false)
        .block("rotation_rules", rules);
    made.put("aws_secretsmanager_secret_rotation", from.name, body, from.id());
}

fn parameter(from: &Source<'_>, made: &mut Made) {
    let is_secret = from.str("Type") == Some("SecureString");
    let about = format!("The value of {}: a parameter's value is never captured.", from.id());
    let body = Body::default()
        .with("name", from.id())
        .maybe("type", from.plain("Type"))
        .maybe("tier", from.plain("Tier"))
        .maybe("description", from.plain("Description"))
        .maybe("allowed_pattern", from.plain("AllowedPattern"))
        .maybe("data_type", from.plain("DataType"))
        .either("key_id", from.told("KeyId").filter(|_| is_secret))
        .with("value", from.writing.variable(&format!("{}_value", from.name), &about, is_secret))
        .maybe("tags", from.tags())
        // What runs has a value: it stays as it is.
        .block("lifecycle", Body::default().with("ignore_changes", Expr::List(vec![Expr::said("value")])));
    made.put("aws_ssm_parameter", from.name, body, from.id());
}
