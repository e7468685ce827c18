//! Whether a role that both regions use may do in the other what it may do here: its policies may name what stands in the primary
//! region, and nothing of the other. Which of them, word by word, is told by `landfall drift --regions`.

use super::{Captured, at, listed, name, of_kind, rule, untold};
use crate::service::readiness::Rule;
use crate::service::work::Check;
use crate::snapshot::{Resource, Snapshot};
use serde_json::Value;
use std::collections::BTreeSet;

/// That roles are good for both regions.
pub static RULE: Rule = Rule {
    costs: "what starts there is refused what it needs: its queue, its secret, its bucket",
    source: "AWS Well-Architected SEC03-BP02: grant least privilege access, to what a workload needs wherever it runs",
    ..rule(
        "role-names-only-primary",
        "roles of both regions whose policies name what stands in each of them",
        "PutRolePolicy beside what the role has, with the same actions on what stands there: landfall restore PLAN --to REGION writes it",
    )
};

/// How all of them stand; `None` where there is none.
pub(super) fn judge(captured: &Captured, snapshot: &Snapshot) -> Option<Check> {
    let to = captured.registries[1].region.as_str();
    let recovery = captured.recovery.as_deref().ok();
    let (mut looked, mut bad, mut unknown) = (0, Vec::new(), Vec::new());
    for role in of_kind(snapshot, "iam-role") {
        let bound = match bound(snapshot, role, to) {
            Some((true, bound)) => bound,
            // What names no region is good for any.
            Some((false, _)) => continue,
            None => {
                unknown.push(name(role));
                looked += 1;
                continue;
            }
        };
        let is_used = recovery.map(|recovery| of_kind(recovery, &role.kind).any(|other| other.id == role.id));
        looked += 1;
        let found = || {
            let services: Vec<&str> = bound.iter().map(String::as_str).collect();
            format!("{}: {} of {} alone", name(role), services.join(", "), snapshot.region)
        };
        match is_used {
            _ if bound.is_empty() => {}
            Some(true) => bad.push(found()),
            // Another plays its part there.
            Some(false) if recovery.is_some_and(|recovery| recovery.complete) => {}
            Some(false) | None => unknown.push(found()),
        }
    }
    let why = if recovery.is_none() { format!("no snapshot of {to}: ") } else { String::new() };
    Some(match (looked, bad.is_empty(), unknown.is_empty()) {
        (0, ..) => return None,
        (_, false, _) => RULE.failing(listed(&bad)),
        (_, true, false) => untold(
            &RULE,
            format!("{why}{}", listed(&unknown)),
            "landfall capture PLAN --region recovery tells which roles it uses",
        ),
        (count, true, true) => RULE.ok(format!("{count} looked at")),
    })
}

/// Whether a role may touch anything that stands in the snapshot's region, and the services of which it may touch nothing that stands
/// in `to`; `None` where its policies were not read.
fn bound(snapshot: &Snapshot, role: &Resource, to: &str) -> Option<(bool, BTreeSet<String>)> {
    let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
    let mut read = |document: &Value| {
        let statements = document.get("Statement").and_then(Value::as_array).into_iter().flatten();
        for statement in statements.filter(|statement| statement["Effect"] == "Allow") {
            let named = statement.get("Resource").map(texts).unwrap_or_default();
            let services = statement.get("Action").map(texts).unwrap_or_default();
            for resource in named {
                let parts: Vec<&str> = resource.splitn(6, ':').collect();
                match parts.as_slice() {
                    ["arn", _, service, region, ..] if *region == snapshot.region => {
                        here.insert((*service).to_owned());
                    }
                    ["arn", _, service, region, ..] if *region == to || region.contains('*') => {
                        there.insert((*service).to_owned());
                    }
                    ["*"] => {
                        let of = services.iter().map(|action| action.split(':').next().unwrap_or_default().to_owned());
                        there.extend(of);
                    }
                    _ => {}
                }
            }
        }
    };
    let inline = role.config.get("Inline");
    for document in inline.and_then(Value::as_object).into_iter().flat_map(|policies| policies.values()) {
        if document.is_string() {
            return None;
        }
        read(document);
    }
    let attached = role.config.get("Attached");
    if [inline, attached].iter().any(|field| field.is_some_and(Value::is_string)) {
        return None;
    }
    for arn in attached.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        let policy = of_kind(snapshot, "iam-policy").find(|policy| policy.id == arn);
        match policy.and_then(|policy| at(policy, "Document")) {
            Some(document) => read(document),
            // AWS's own name no region.
            None if arn.contains("::aws:") => {}
            None => return None,
        }
    }
    let all = there.contains("*");
    let names_it = !here.is_empty();
    Some((names_it, here.into_iter().filter(|service| !all && !there.contains(service)).collect()))
}

/// A text, or those of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}
