//! What a plan's components are in a cloud: where a capture begins besides tags.

use crate::inventory::{Here, Scope};
use crate::plan::{AccountName, Component, Plan, Region, Side};
use crate::snapshot::Reference;
use crate::terraform::regions::Said;
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

/// What `plan` says of both its regions: what is one thing on both sides, and what its runbook sets at a failover.
pub fn said(plan: &Plan) -> Said {
    let mut said = Said::default();
    for component in &plan.components {
        let there = references(component, Side::Recovery);
        // A database that is brought back from a copy is not there before.
        if component.kind.as_str() != "rds-restore" {
            for of in references(component, Side::Primary) {
                let mut same = there.iter().filter(|one| one.kind == of.kind);
                if let (Some(one), None) = (same.next(), same.next()) {
                    said.pairs.push((of, one.clone()));
                }
            }
        }
        let fields = &component.fields.0;
        let has = |name: &str| fields.contains_key(name);
        let table =
            |name: &str| fields.get(name).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
        let set: Vec<String> = match component.kind.as_str() {
            "ecs" => {
                let values = ["environment", "secrets"]
                    .into_iter()
                    .flat_map(|of| table(of).map(move |name| format!("Containers.*.{of}.{name}")));
                let image = has("image").then(|| "Containers.*.image".to_owned());
                let min = has("min").then(|| "MinCapacity".to_owned());
                std::iter::once("DesiredCount".to_owned()).chain(values).chain(image).chain(min).collect()
            }
            "autoscaling" => [("desired", "DesiredCapacity"), ("min", "MinSize"), ("max", "MaxSize")]
                .into_iter()
                .filter(|(name, _)| has(name))
                .map(|(_, field)| field.to_owned())
                .collect(),
            "lambda" => [("concurrency", "ReservedConcurrency"), ("event_sources", "EventSources*State")]
                .into_iter()
                .filter(|(name, _)| has(name))
                .map(|(_, field)| field.to_owned())
                .collect(),
            _ => Vec::new(),
        };
        let runs = ["ecs-service", "autoscaling-group", "function"];
        let of = there.iter().find(|one| runs.contains(&one.kind.as_str()));
        said.brought.extend(of.into_iter().flat_map(|of| set.iter().map(|field| (of.clone(), field.clone()))));
    }
    said
}

/// A key's id, or its alias, whatever a plan calls it by.
fn key(named: &str) -> &str {
    match named.split_once(":key/") {
        Some((_, id)) => id,
        None => named.find("alias/").map_or(named, |at| &named[at..]),
    }
}
