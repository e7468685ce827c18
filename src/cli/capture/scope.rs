//! What a plan's components are in a cloud: where a capture begins besides tags.

use crate::inventory::{Here, Scope};
use crate::plan::{AccountName, Component, Plan, Region, Side};
use crate::snapshot::Reference;
use serde_json::Value;

/// What is captured of `plan` in `region`, which is on `side` of it, or on none.
pub fn of(plan: &Plan, side: Option<Side>, region: &Region, account: Option<&AccountName>) -> Scope {
    let on_side = |component: &&Component| {
        side.is_some_and(|side| {
            component.accounts.on(side) == account && component.region.is_none_or(|region| region == side)
        })
    };
    let components = plan.components.iter().filter(on_side).flat_map(|component| {
        let found = side.map(|side| references(component, side)).unwrap_or_default();
        found.into_iter().map(|reference| (reference, component.name.to_string()))
    });
    Scope {
        application: plan.application.name.to_string(),
        here: Here::of(region.as_str()),
        selectors: plan.capture.tags.clone(),
        also: plan.capture.also.iter().map(ToString::to_string).collect(),
        except: plan.capture.except.iter().map(ToString::to_string).collect(),
        components: components.collect(),
    }
}

/// The things that a component names on one side.
pub fn references(component: &Component, side: Side) -> Vec<Reference> {
    let fields = &component.fields.0;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).filter(|text| !text.contains("${"));
    // What is called otherwise on the old side stands in a table of its own.
    let old = |name: &str| {
        let old = fields.get("old").and_then(|old| old.get(name)).and_then(Value::as_str);
        old.filter(|_| side == Side::Primary).or_else(|| text(name))
    };
    let own = match side {
        Side::Primary => text("primary"),
        Side::Recovery => text("recovery"),
    };
    let one = |kind: &str, id: Option<&str>| id.map(|id| Reference::new(kind, id));
    let found = match component.kind.as_str() {
        "rds" | "rds-restore" => vec![one("db-instance", own)],
        "aurora" => vec![one("aurora-cluster", own)],
        "elasticache" => vec![one("replication-group", own)],
        "s3" => vec![one("bucket", own)],
        "ecs" => {
            let service = old("cluster").zip(old("service")).map(|(cluster, service)| format!("{cluster}/{service}"));
            vec![one("ecs-service", service.as_deref()), one("target-group", old("target_group"))]
        }
        "load-balancer" => vec![one("load-balancer", text("name")), one("target-group", text("target_group"))],
        "autoscaling" => vec![one("autoscaling-group", old("group")), one("target-group", old("target_group"))],
        "lambda" => vec![one("function", text("function"))],
        "queue" => vec![one(
            "queue",
            if side == Side::Primary { text("primary").or_else(|| text("name")) } else { text("name") },
        )],
        "secret" => vec![one("secret", text("name"))],
        "parameter" => vec![one("parameter", text("name"))],
        "dynamodb" => vec![one("table", text("table"))],
        "kms" => vec![one("kms-key", text("key").map(key))],
        "iam-role" => vec![one("iam-role", text("role").map(|role| role.rsplit('/').next().unwrap_or(role)))],
        "route53" => vec![one("zone", text("zone").filter(|zone| zone.starts_with('Z') && !zone.contains('.')))],
        _ => Vec::new(),
    };
    found.into_iter().flatten().collect()
}

/// A key's id, or its alias, whatever a plan calls it by.
fn key(named: &str) -> &str {
    match named.split_once(":key/") {
        Some((_, id)) => id,
        None => named.find("alias/").map_or(named, |at| &named[at..]),
    }
}
