//! What roles of all regions may do in the one and not in the other: a policy that names what stands in the region which may fail, and
//! nothing of what plays its part in the other.

use super::pairs::Pairs;
use super::refers::texts;
use crate::snapshot::diff::matches;
use crate::snapshot::{Reference, Resource, Snapshot};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is allowed of something in the one region alone.
#[derive(Debug, PartialEq, Eq)]
pub struct OnlyHere {
    /// What says so: a role, or a policy of its own.
    pub of: Reference,
    /// The field.
    pub field: String,
    /// What it names.
    pub named: String,
    /// What it would have to name, too.
    pub wanted: String,
    /// Who may not.
    pub role: String,
}

/// All of it, for the roles that both regions use.
pub fn only_here(primary: &Snapshot, recovery: &Snapshot, pairs: &Pairs) -> Vec<OnlyHere> {
    let mut arns: Vec<(&str, &str)> = pairs
        .iter()
        .filter_map(|(one, other)| {
            Some((primary.resource(one)?.arn.as_deref()?, recovery.resource(other)?.arn.as_deref()?))
        })
        .filter(|(one, other)| one != other)
        .collect();
    // The longest first: a queue's name may begin another's.
    arns.sort_by_key(|(one, _)| std::cmp::Reverse(one.len()));
    let mut found: BTreeMap<(Reference, String, String), OnlyHere> = BTreeMap::new();
    let roles = recovery.resources.iter().filter(|one| one.kind == "iam-role");
    for role in roles.filter(|role| pairs.there(&role.reference()) == Some(&role.reference())) {
        let allowed = allowed(recovery, role);
        for one in &allowed {
            let Allowed { of, field, named, actions } = one;
            if named.split(':').nth(3) != Some(primary.region.as_str()) {
                continue;
            }
            let wanted = there(named, &arns, primary, recovery);
            let is_allowed = |action: &String| {
                let may = |other: &&Allowed| other.actions.iter().any(|pattern| matches(pattern, action));
                allowed.iter().filter(may).any(|other| matches(&other.named, &wanted))
            };
            if actions.iter().all(is_allowed) {
                continue;
            }
            let role = role.id.clone();
            let key = (of.clone(), field.clone(), named.clone());
            found.entry(key).or_insert(OnlyHere {
                of: of.clone(),
                field: field.clone(),
                named: named.clone(),
                wanted,
                role,
            });
        }
    }
    found.into_values().collect()
}

/// What plays the part of `named` in the other region.
fn there(named: &str, arns: &[(&str, &str)], primary: &Snapshot, recovery: &Snapshot) -> String {
    let known = arns.iter().find_map(|(one, other)| {
        let rest = named.strip_prefix(one)?;
        (rest.is_empty() || rest.starts_with([':', '/', '*'])).then(|| format!("{other}{rest}"))
    });
    known.unwrap_or_else(|| named.replacen(&primary.region, &recovery.region, 1))
}

/// One thing that a role may touch.
struct Allowed {
    /// Whose policy says so, and in which field.
    of: Reference,
    field: String,
    /// What it may touch, and how, in small letters; a `*` stands for anything.
    named: String,
    actions: Vec<String>,
}

/// What a role is allowed, by its own policies and those it has attached.
fn allowed(side: &Snapshot, role: &Resource) -> Vec<Allowed> {
    let mut all = Vec::new();
    let mut read = |of: Reference, field: &str, document: &Value| {
        let statements = match &document["Statement"] {
            Value::Array(many) => many.as_slice(),
            one => std::slice::from_ref(one),
        };
        for statement in statements.iter().filter(|statement| statement["Effect"] == "Allow") {
            let mut actions = Vec::new();
            texts("", &statement["Action"], &mut |_, text| actions.push(text.to_lowercase()));
            texts(field, &statement["Resource"], &mut |field, text| {
                let (field, named) = (field.to_owned(), text.to_owned());
                all.push(Allowed { of: of.clone(), field, named, actions: actions.clone() });
            });
        }
    };
    for (name, document) in role.config.get("Inline").and_then(Value::as_object).into_iter().flatten() {
        read(role.reference(), &format!("Inline.{name}"), document);
    }
    for arn in role.config.get("Attached").and_then(Value::as_array).into_iter().flatten() {
        let of = Reference::new("iam-policy", arn.as_str().unwrap_or_default());
        if let Some(document) = side.resource(&of).and_then(|policy| policy.config.get("Document")) {
            read(of, "Document", document);
        }
    }
    all
}
