//! What of a thing that is declared runs otherwise, or not at all, argument by argument, and what an apply makes of it.

use super::literal::{Block, Literal, Told, shown};
use super::lookup::Declared;
use super::provider::{THE_PROVIDERS_OWN, is_asked_for, left_to_aws};
use super::same::{is_something, same};
use super::{Drift, Finding, finding};
use crate::snapshot::Resource;
use crate::snapshot::diff::in_short;
use crate::terraform::state::Instance;
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// One difference.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// Where, for people: `parameter max_connections`.
    pub field: String,
    /// Where, by names alone, behind its class: `aws_db_parameter_group.parameter`.
    pub way: String,
    /// What is declared; none where nothing is.
    pub left: Option<Value>,
    /// What runs; none where nothing does.
    pub right: Option<Value>,
}

impl Difference {
    fn new(field: &str, way: &str, left: Option<Value>, right: Option<Value>) -> Self {
        Self { field: field.to_owned(), way: way.to_owned(), left, right }
    }
}

/// What of a thing that is declared runs otherwise, or not at all.
pub(super) fn changed(
    told: &Told,
    resource: Option<&Resource>,
    instance: &Instance,
    declared: &Declared<'_>,
) -> Vec<Finding> {
    let is_compared = |argument: &str| !THE_PROVIDERS_OWN.contains(&argument) && !instance.hidden.contains(argument);
    let mut found = Vec::new();
    let mut tell = |drift: Drift, one: Difference, consequence: String| {
        found.push(Finding {
            field: Some(one.field),
            left: one.left,
            right: one.right,
            ..finding(drift, &told.of, resource.and_then(|one| one.name.as_deref()), consequence)
        });
    };
    let alone = declared.routes_alone(told);
    let none = Literal::List(Vec::new());
    let silent = told.silent.iter().map(|argument| (argument, None));
    for (argument, runs) in told.says.iter().map(|(argument, runs)| (argument, Some(runs))).chain(silent) {
        if !is_compared(argument) {
            continue;
        }
        if argument == "route" && !alone.is_empty() {
            for (address, difference) in routes(runs.unwrap_or(&none), &alone) {
                match address {
                    Some(address) => {
                        let consequence = applied(address, &difference);
                        tell(Drift::Changed, difference, consequence);
                    }
                    None => {
                        let consequence =
                            "a rebuild from Git has no such route; terraform apply leaves it as it is".to_owned();
                        tell(Drift::Undeclared, difference, consequence);
                    }
                }
            }
            continue;
        }
        let Some(value) = of_argument(instance, argument) else { continue };
        let way = format!("{}.{argument}", told.class);
        let differences = match runs {
            Some(runs) if same(&way, runs, value) => continue,
            Some(runs) => differences(argument, &way, runs, value),
            None if !is_asked_for(&way, value) => continue,
            None => vec![Difference::new(argument, &way, Some(bare(value)), None)],
        };
        for difference in differences {
            let consequence = applied(&instance.address, &difference);
            tell(Drift::Changed, difference, consequence);
        }
    }
    found
}

/// A rule that is declared within its group, and does not run.
pub(super) fn rule_gone(told: &Told, instance: &Instance, (way, rule): (&str, Value)) -> Finding {
    let difference = Difference::new(way, &format!("{}.{way}", instance.class), Some(bare(&rule)), None);
    let consequence = applied(&instance.address, &difference);
    let Difference { field, left, right, .. } = difference;
    let name = told.text("name");
    Finding { field: Some(field), left, right, ..finding(Drift::Changed, &told.of, name.as_deref(), consequence) }
}

/// A policy that a role's state has within, and that does not run.
pub(super) fn policy_gone(told: &Told, instance: &Instance, policy: &str) -> Finding {
    let consequence = format!(
        "terraform apply of {} brings inline_policy {policy} back where its code has it within, and forgets it where it has not",
        instance.address
    );
    let name = told.text("name");
    let found = finding(Drift::Changed, &told.of, name.as_deref(), consequence);
    Finding { field: Some(format!("inline_policy {policy}")), left: Some(policy.into()), ..found }
}

/// What an apply does about a difference. Of what code may leave to AWS a state does not tell whether it does.
fn applied(address: &str, one: &Difference) -> String {
    let field = &one.field;
    let done = match (&one.left, &one.right) {
        (Some(left), Some(right)) => {
            format!("terraform apply of {address} sets {field} {} → {}", in_short(right), in_short(left))
        }
        (Some(left), None) => format!("terraform apply of {address} brings {field} back: {}", in_short(left)),
        (None, Some(right)) => format!("terraform apply of {address} takes {field} away: {}", in_short(right)),
        (None, None) => format!("terraform apply of {address} changes {field}"),
    };
    match left_to_aws(&one.way) {
        Some(name) => format!("{done}, if its code says {name}: if it does not, apply leaves what runs"),
        None => done,
    }
}

/// What an instance says of an argument, in the words of whoever reads it back.
fn of_argument<'a>(instance: &'a Instance, argument: &str) -> Option<&'a Value> {
    let whole = match (instance.class.as_str(), argument) {
        // Tags that the provider itself gives to all are among those that it counts.
        (_, "tags") => instance.attributes.get("tags_all"),
        // A record may be declared by what its name has before its zone's.
        ("aws_route53_record", "name") => instance.attributes.get("fqdn").filter(|name| is_something(name)),
        _ => None,
    };
    whole.or_else(|| instance.attributes.get(argument))
}

/// How the routes of a table differ from those that are declared each by itself, with the address of what declares one.
fn routes<'a>(runs: &Literal, alone: &[&'a Instance]) -> Vec<(Option<&'a str>, Difference)> {
    let Literal::List(runs) = runs else { return Vec::new() };
    let says = |one: &Instance| {
        let named = one.attributes.iter().map(|(name, value)| {
            let name =
                if name == "destination_prefix_list_id" { name } else { name.trim_start_matches("destination_") };
            (name.to_owned(), value.clone())
        });
        Value::Object(named.collect())
    };
    let declared: Vec<(&str, Value)> = alone.iter().map(|one| (one.address.as_str(), says(one))).collect();
    let is_at = |runs: &Literal, declared: &Value| {
        let Literal::Block(Block { says, .. }) = runs else { return false };
        ["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"].iter().any(|name| {
            says.get(*name).is_some_and(|runs| declared.get(*name).is_some_and(|said| same(name, runs, said)))
        })
    };
    let mut found = Vec::new();
    for (address, said) in &declared {
        match runs.iter().find(|runs| is_at(runs, said)) {
            Some(runs) if same("aws_route", runs, said) => {}
            Some(runs) => {
                found
                    .extend(differences("route", "aws_route", runs, said).into_iter().map(|one| (Some(*address), one)));
            }
            None => {
                let of =
                    ["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id", "gateway_id", "nat_gateway_id"];
                let kept = of.iter().filter_map(|name| Some(((*name).to_owned(), said.get(*name)?.clone())));
                let said = bare(&Value::Object(kept.collect()));
                found.push((Some(*address), Difference::new("route", "aws_route", Some(said), None)));
            }
        }
    }
    for runs in runs.iter().filter(|runs| !declared.iter().any(|(_, said)| is_at(runs, said))) {
        found.push((None, Difference::new("route", "aws_route", None, Some(shown(runs)))));
    }
    found
}

/// What differs of an argument: each member of a table or a block, and each of a list of named blocks, by itself; of another
/// list what only one side has.
pub(super) fn differences(field: &str, way: &str, runs: &Literal, declared: &Value) -> Vec<Difference> {
    let something = |value: Value| Some(value).filter(|value| !value.is_null() && value != "");
    let whole = || vec![Difference::new(field, way, something(bare(declared)), something(shown(runs)))];
    match (runs, declared) {
        (Literal::Table(members), Value::Object(declared)) => {
            let names: BTreeSet<&String> = members.keys().chain(declared.keys()).collect();
            let each = names.into_iter().filter_map(|name| {
                let (runs, declared) = (members.get(name), declared.get(name));
                let is_same = match (runs, declared) {
                    (Some(runs), Some(declared)) => same(&format!("{way}.{name}"), runs, declared),
                    (None, Some(declared)) => declared.is_null() || name.starts_with("aws:"),
                    (Some(Literal::Unknown), None) => true,
                    (Some(_), None) | (None, None) => false,
                };
                let (left, right) = (declared.cloned().and_then(something), runs.map(shown).and_then(something));
                (!is_same).then(|| Difference::new(&format!("{field}.{name}"), way, left, right))
            });
            each.collect()
        }
        (Literal::Block(block), Value::Object(said)) => {
            let below = |name: &str| (format!("{field}.{name}"), format!("{way}.{name}"));
            let each = block.says.iter().filter_map(|(name, runs)| {
                let (said, (field, way)) = (said.get(name)?, below(name));
                (!same(&way, runs, said)).then(|| differences(&field, &way, runs, said))
            });
            let gone = block.lacks(way, said).into_iter().map(|(name, said)| {
                let (field, way) = below(name);
                Difference::new(&field, &way, something(bare(said)), None)
            });
            let each: Vec<Difference> = each.flatten().chain(gone).collect();
            if each.is_empty() { whole() } else { each }
        }
        (Literal::List(items), Value::Array(said)) => {
            named(field, way, items, said).unwrap_or_else(|| match (items.as_slice(), said.as_slice()) {
                ([one @ Literal::Block(_)], [said @ Value::Object(_)]) => differences(field, way, one, said),
                (items, said) => apart(field, way, items, said),
            })
        }
        (Literal::Block(_), Value::Array(said)) if said.len() == 1 => differences(field, way, runs, &said[0]),
        _ => whole(),
    }
}

/// By which a block is known among others of its kind.
const KNOWN_BY: &[&str] = &["name", "arn", "device_name", "rule_no", "cidr_block", "region_name"];

/// Of blocks that are known by something each, as parameters are by their name: each by itself.
fn named(field: &str, way: &str, items: &[Literal], declared: &[Value]) -> Option<Vec<Difference>> {
    let known = |value: &Value, by: &str| match value.get(by)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let both = |by: &str| {
        let run: HashMap<String, &Literal> =
            items.iter().map(|item| Some((known(&shown(item), by)?, item))).collect::<Option<_>>()?;
        let said: HashMap<String, &Value> =
            declared.iter().map(|item| Some((known(item, by)?, item))).collect::<Option<_>>()?;
        // One on each side is the same one only where it is known by the same.
        let is_one = items.len() == 1 && declared.len() == 1 && !run.keys().all(|name| said.contains_key(name));
        (run.len() == items.len() && said.len() == declared.len() && !is_one).then_some((run, said))
    };
    let (run, said) = KNOWN_BY.iter().find_map(|by| both(by))?;
    let names: BTreeSet<&String> = run.keys().chain(said.keys()).collect();
    let each = names.into_iter().flat_map(|name| {
        let (runs, declared) = (run.get(name), said.get(name));
        let called = format!("{field} {}", name.rsplit_once(":targetgroup/").map_or(name.as_str(), |(_, end)| end));
        match (runs, declared) {
            (Some(runs), Some(declared)) if same(way, runs, declared) => Vec::new(),
            // Of what has a value and differs in another thing, that is told.
            (Some(runs), Some(declared))
                if declared.get("value").is_none_or(|said| shown(runs).get("value") == Some(said)) =>
            {
                differences(&called, way, runs, declared)
            }
            _ => {
                let of = |value: Value| value.get("value").cloned().unwrap_or(value);
                let (left, right) = (declared.map(|one| of(bare(one))), runs.map(|one| of(shown(one))));
                vec![Difference::new(&called, way, left, right)]
            }
        }
    });
    Some(each.collect())
}

/// Of lists, what only one side has.
fn apart(field: &str, way: &str, items: &[Literal], declared: &[Value]) -> Vec<Difference> {
    let mut left: Vec<&Value> = declared.iter().collect();
    let mut right = Vec::new();
    for runs in items {
        match left.iter().position(|said| same(way, runs, said)) {
            Some(at) => drop(left.remove(at)),
            None => right.push(shown(runs)),
        }
    }
    let one = |values: Vec<Value>| (!values.is_empty()).then_some(Value::Array(values));
    vec![Difference::new(field, way, one(left.into_iter().map(bare).collect()), one(right))]
}

/// A value without what says nothing: a state has every argument that a block may have.
fn bare(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let each = members.iter().map(|(name, value)| (name.clone(), bare(value)));
            let is_nothing = |value: &Value| match value {
                Value::Null => true,
                Value::String(text) => text.is_empty(),
                Value::Array(items) => items.is_empty(),
                Value::Object(members) => members.is_empty(),
                Value::Bool(_) | Value::Number(_) => false,
            };
            Value::Object(each.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(bare).collect(),
        other => other.clone(),
    }
}
