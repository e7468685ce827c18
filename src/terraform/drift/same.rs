//! Whether what runs and what is declared are the same, in whatever way each says it. Where it cannot be told, nothing is
//! called different.

use super::literal::Literal;
use crate::snapshot::diff::{is_sealed, is_seen_otherwise};
use serde_json::{Map, Value};

/// Whether `declared` says what `runs`: every part of it, however it is written, and nothing that does not run. `way` leads there:
/// the argument, behind its class where that is known.
pub(super) fn same(way: &str, runs: &Literal, declared: &Value) -> bool {
    match runs {
        Literal::Unknown => true,
        Literal::One(value) => {
            let one = match declared {
                // A nested block of which there is one at most is a list of one in a state.
                Value::Array(items) if items.len() == 1 => &items[0],
                other => other,
            };
            is_nothing(value) && is_nothing(declared) || alike(way, value, one)
        }
        Literal::Document(value) => {
            document(declared).is_some_and(|declared| equal(&settled(value), &settled(&declared)))
        }
        Literal::Table(members) => {
            let Some(declared) = declared.as_object() else { return members.is_empty() && is_nothing(declared) };
            let own = declared.iter().filter(|(name, value)| !name.starts_with("aws:") && !value.is_null());
            own.clone().count() == members.len()
                && own.into_iter().all(|(name, value)| {
                    members.get(name).is_some_and(|runs| same(&format!("{way}.{name}"), runs, value))
                })
        }
        Literal::Block(block) => {
            let declared = match declared {
                Value::Array(items) if items.len() == 1 => &items[0],
                other => other,
            };
            let is_said = block.says.iter().all(|(name, runs)| match declared.get(name) {
                Some(declared) => same(&format!("{way}.{name}"), runs, declared),
                // A state of another version of the provider does not tell it.
                None => declared.is_object(),
            });
            is_said && declared.as_object().is_none_or(|declared| block.lacks(way, declared).is_empty())
        }
        Literal::List(items) => {
            let one = std::slice::from_ref(declared);
            let declared: &[Value] = match declared {
                Value::Array(declared) => declared,
                Value::Null => &[],
                _ => one,
            };
            // In whatever order: each takes one that is the same, and none is taken twice.
            let mut left: Vec<&Value> = declared.iter().collect();
            items.len() == declared.len()
                && items.iter().all(|runs| {
                    let found = left.iter().position(|one| same(way, runs, one));
                    found.map(|at| left.remove(at)).is_some()
                })
        }
    }
}

/// Nothing, however it is written.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a value that is declared asks for anything at all: no nothing, no default that switches something off.
pub(super) fn is_something(declared: &Value) -> bool {
    match declared {
        Value::Array(items) => items.iter().any(is_something),
        Value::Object(members) => members.values().any(is_something),
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
    }
}

/// Two single values: numbers and truths may be texts, a thing may be told by its name or its ARN, and a version by its
/// beginning.
fn alike(way: &str, runs: &Value, declared: &Value) -> bool {
    let argument = way.rsplit('.').next().unwrap_or(way);
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let (Some(one), Some(other)) = (text(runs), text(declared)) else {
        // What a default makes of nothing: no truth, no number.
        return match (runs, declared) {
            (Value::Bool(false), Value::Null) | (Value::Null, Value::Bool(false)) => true,
            (Value::Number(number), Value::Null) | (Value::Null, Value::Number(number)) => number.as_f64() == Some(0.0),
            (runs, declared) => runs == declared,
        };
    };
    if one == other || one.trim_end_matches('.').eq_ignore_ascii_case(other.trim_end_matches('.')) && one.contains('.')
    {
        return true;
    }
    if argument.ends_with("version") {
        let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
        if begins(&one, &other) || begins(&other, &one) {
            return true;
        }
    }
    if let (Ok(one), Ok(other)) = (one.parse::<f64>(), other.parse::<f64>()) {
        return one == other;
    }
    if let (Some(one), Some(other)) = (document(runs), document(declared)) {
        return equal(&settled(&one), &settled(&other));
    }
    if is_sealed_alike(&one, &other) || argument == "protocol" && protocol(&one) == protocol(&other) {
        return true;
    }
    let names = |arn: &str, name: &str| {
        arn.starts_with("arn:")
            && !name.starts_with("arn:")
            && arn.strip_suffix(name).is_some_and(|before| before.ends_with(['/', ':']))
    };
    names(&one, &other) || names(&other, &one)
}

/// A protocol by its number, where it is one that has a name.
fn protocol(text: &str) -> String {
    let text = text.to_lowercase();
    let known = [("icmp", "1"), ("tcp", "6"), ("udp", "17"), ("icmpv6", "58"), ("all", "-1")];
    known.iter().find(|(name, _)| *name == text).map_or(text.clone(), |(_, number)| (*number).to_owned())
}

/// JSON in a text, or as it is.
fn document(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => serde_json::from_str(text).ok(),
        Value::Object(_) | Value::Array(_) => Some(value.clone()),
        _ => None,
    }
}

/// Whether two settled documents say the same, as far as what is sealed in them can be told apart.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(some), Value::Array(others)) => {
            some.len() == others.len() && some.iter().zip(others).all(|(one, other)| equal(one, other))
        }
        (Value::Object(some), Value::Object(others)) => {
            some.len() == others.len()
                && some.iter().all(|(name, one)| others.get(name).is_some_and(|other| equal(one, other)))
        }
        (Value::String(one), Value::String(other)) => one == other || is_sealed_alike(one, other),
        (one, other) => one == other,
    }
}

/// Whether two texts have something sealed that cannot be told apart, since one was sealed without the key of the other, and
/// are the same around it.
fn is_sealed_alike(one: &str, other: &str) -> bool {
    let is_faceless = |text: &str| text.contains("⟦sealed⟧");
    is_sealed(one) && is_sealed(other) && (is_faceless(one) || is_faceless(other)) && !is_seen_otherwise(one, other)
}

/// Members of policies in which one text is as a list of one.
const ONE_OR_MORE: &[&str] = &["Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"];
/// Lists whose order means something.
const ORDERED: &[&str] = &["command", "entryPoint"];

/// A document in one way of saying it: without defaults and nothings, lists in one order, one text for a list of one.
fn settled(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(settled).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            let container_port = members.get("containerPort");
            let mut kept = Map::new();
            for (name, value) in members {
                let is_default = match name.as_str() {
                    "cpu" => value == 0,
                    "protocol" => value == "tcp",
                    "hostPort" => Some(value) == container_port || value == 0,
                    "essential" => value == true,
                    _ => false,
                };
                if is_default || is_nothing(value) {
                    continue;
                }
                let value = match value {
                    // One statement is a list of one.
                    Value::Object(_) if name == "Statement" => Value::Array(vec![settled(value)]),
                    Value::String(text) if ONE_OR_MORE.contains(&name.as_str()) => {
                        Value::Array(vec![account(text).into()])
                    }
                    Value::Array(items) if ORDERED.contains(&name.as_str()) => Value::Array(items.clone()),
                    other => settled(other),
                };
                kept.insert(name.clone(), value);
            }
            Value::Object(kept)
        }
        Value::String(text) => account(text).into(),
        other => other.clone(),
    }
}

/// An account as its root says it.
fn account(text: &str) -> String {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("arn:aws:iam::{text}:root"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::literal::Block;
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn one(value: Value) -> Literal {
        Literal::One(value)
    }

    #[test]
    fn one_value_is_the_same_in_whatever_way_it_is_said() {
        for (argument, runs, declared) in [
            ("port", json!(5432), json!("5432")),
            ("enabled", json!(true), json!("true")),
            ("enabled", json!(false), json!(null)),
            ("engine_version", json!("16.4"), json!("16")),
            ("cluster", json!("shop"), json!("arn:aws:ecs:us-east-1:123456789012:cluster/shop")),
            ("name", json!("Shop.example.com"), json!("shop.example.com.")),
            ("description", json!(null), json!("")),
            ("policy", json!("{\"a\": [1, 2]}"), json!("{\"a\":[2,1]}")),
        ] {
            assert!(same(argument, &one(runs.clone()), &declared), "{argument}: {runs} {declared}");
        }
        for (argument, runs, declared) in [
            ("max_connections", json!("500"), json!("200")),
            ("engine_version", json!("16.4"), json!("1")),
            ("engine_version", json!("16.4"), json!("16.3")),
            ("enabled", json!(true), json!(null)),
            ("cluster", json!("op"), json!("arn:aws:ecs:us-east-1:123456789012:cluster/shop")),
            ("description", json!("x"), json!("")),
        ] {
            assert!(!same(argument, &one(runs.clone()), &declared), "{argument}: {runs} {declared}");
        }
        assert!(same("password", &Literal::Unknown, &json!("x")), "nobody knows it");
    }

    #[test]
    fn lists_are_of_no_order_and_of_one_length_and_policies_are_what_they_mean() {
        let list = |texts: &[&str]| Literal::List(texts.iter().map(|text| one(json!(text))).collect());
        assert!(same("subnets", &list(&["a", "b"]), &json!(["b", "a"])));
        assert!(!same("subnets", &list(&["a", "a"]), &json!(["b", "a"])));
        assert!(!same("subnets", &list(&["a"]), &json!(["a", "b"])));
        let table = |members: &[(&str, &str)]| {
            Literal::Table(members.iter().map(|(name, value)| ((*name).to_owned(), one(json!(value)))).collect())
        };
        assert!(same("tags", &table(&[("a", "1")]), &json!({ "a": "1", "aws:x": "y" })));
        assert!(!same("tags", &table(&[("a", "1"), ("b", "2")]), &json!({ "a": "1" })));
        assert!(!same("tags", &table(&[("a", "1")]), &json!({ "a": "1", "b": "2" })));
        let block = Literal::List(vec![Literal::Block(Block {
            says: BTreeMap::from([("type".to_owned(), one(json!("forward")))]),
            ..Block::default()
        })]);
        assert!(same("default_action", &block, &json!([{ "type": "forward", "order": 1 }])));
        assert!(!same("default_action", &block, &json!([{ "type": "redirect" }])));
        let runs = json!({ "Statement": [{ "Action": ["s3:GetObject"], "Principal": { "AWS": ["arn:aws:iam::123456789012:root"] } }] });
        let declared = json!(
            "{\"Statement\":[{\"Action\":\"s3:GetObject\",\"Principal\":{\"AWS\":\"123456789012\"},\"Condition\":{}}]}"
        );
        assert!(same("policy", &Literal::Document(runs.clone()), &declared));
        let other = json!("{\"Statement\":[{\"Action\":\"s3:*\",\"Principal\":{\"AWS\":\"123456789012\"}}]}");
        assert!(!same("policy", &Literal::Document(runs), &other));
        let ordered = |words: [&str; 2]| json!([{ "name": "api", "command": words, "cpu": 0 }]);
        let runs = Literal::Document(ordered(["run", "it"]));
        assert!(same("container_definitions", &runs, &json!(ordered(["run", "it"]).to_string())));
        assert!(!same("container_definitions", &runs, &json!(ordered(["it", "run"]).to_string())));
    }
}
