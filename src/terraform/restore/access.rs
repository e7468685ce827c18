//! What roles may do in the other region. A role is of all regions, and its policies name what is in one: beside them, which
//! stay untouched, it gets a policy that says the same of what is in the other.

use super::place::Move;
use crate::snapshot::{Reference, Resource};
use crate::terraform::address::Address;
use crate::terraform::generate::Written;
use crate::terraform::hcl::{self, Block, Body, Expr};
use crate::terraform::rules::Layer;
use crate::terraform::source::Writing;
use serde_json::Value;

/// What the added policy is called, before the region.
pub const ADDED: &str = "recovery-";
/// How many characters all inline policies of a role have at most.
const MOST: usize = 10_240;

/// The policy that is added to `role`, which others find at `at`; none where nothing in its policies is of one region.
pub fn added(role: &Resource, at: &Address, to: &str, writing: &Writing<'_>, moved: &Move<'_>) -> Option<Written> {
    let of = role.reference();
    let mut statements = Vec::new();
    let documents = documents(role, writing);
    for statement in documents.iter().flat_map(|document| statements_of(document)) {
        let mut statement = statement.clone();
        if let Some(members) = statement.as_object_mut() {
            // Those of several policies may be called the same.
            members.remove("Sid");
        }
        let said = |text: &str| writing.index.text(text, &of);
        let there = super::turn::text(moved, Expr::of(&statement, &said));
        if there != Expr::of(&statement, &Expr::text) {
            statements.push(there);
        }
    }
    if statements.is_empty() {
        return None;
    }
    let policy = Expr::Object(vec![
        ("Version".to_owned(), "2012-10-17".into()),
        ("Statement".to_owned(), Expr::List(statements)),
    ]);
    let length = hcl::value(&policy).chars().filter(|letter| !letter.is_whitespace()).count();
    let own: usize = role.config.get("Inline").map_or(0, |inline| inline.to_string().len());
    if length + own > MOST {
        writing.note(
            "role-long",
            &of,
            &format!(
                "with what it gets for {to} its inline policies may be longer than the {MOST} characters that IAM takes"
            ),
            "put a part of it into a policy of its own, and attach that",
        );
    }
    let trust = role.config.get("AssumeRolePolicy").map(Value::to_string).unwrap_or_default();
    if trust.contains(&writing.snapshot.region) {
        writing.note(
            "role-trust",
            &of,
            &format!(
                "who may take it on is said with {} in it, and nothing can be added to that",
                writing.snapshot.region
            ),
            "let its trust policy name the other region too, before the incident",
        );
    }
    let boundary = role.config.get("PermissionsBoundary").and_then(Value::as_str).unwrap_or_default();
    let boundary = writing.snapshot.resource(&Reference::new("iam-policy", boundary));
    if boundary.is_some_and(|policy| Value::from(policy.config.clone()).to_string().contains(&writing.snapshot.region))
    {
        writing.note(
            "role-boundary",
            &of,
            &format!("its boundary names {}, and no policy lets it out of that", writing.snapshot.region),
            "let its boundary name the other region too, before the incident",
        );
    }
    let address = Address::new("aws_iam_role_policy", &format!("{}_recovery", at.name));
    let body = Body::default()
        .with("name", format!("{ADDED}{to}").as_str())
        .with("role", Expr::said(&at.says("name")))
        .with("policy", Expr::Json(Box::new(policy)));
    let mut block = Block::new("resource", &[&address.class, &address.name], body);
    block.comments.push(format!("Beside what {} has: nothing of that is changed.", role.id));
    Some(Written { layer: Layer::Identity, address, of, import: None, is_gone: false, block })
}

/// What is said of a role in its own policies and in those attached to it that the snapshot has.
fn documents<'a>(role: &'a Resource, writing: &Writing<'a>) -> Vec<&'a Value> {
    let inline = role.config.get("Inline").and_then(Value::as_object).into_iter().flatten();
    let inline = inline.filter(|(name, _)| !name.starts_with(ADDED)).map(|(_, document)| document);
    let attached = role.config.get("Attached").and_then(Value::as_array).into_iter().flatten();
    let attached = attached.filter_map(|arn| {
        let policy = writing.snapshot.resource(&Reference::new("iam-policy", arn.as_str()?))?;
        policy.config.get("Document")
    });
    inline.chain(attached).collect()
}

fn statements_of(document: &Value) -> Vec<&Value> {
    match document.get("Statement") {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}
