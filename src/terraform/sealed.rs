//! What a state says in clear and a snapshot seals: variables, arguments and scripts with what looks like a secret. Both are
//! put away by the same functions, so that what is the same is sealed the same.

use crate::snapshot::Snapshot;
use crate::snapshot::redact::Sealer;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Texts in base64 that are read as what they say.
const SCRIPTS: &[&str] = &["user_data", "user_data_base64"];
/// Tables of variables.
const VARIABLES: &[&str] = &["variables", "environment_variables"];
/// Arguments of a program.
const ARGUMENTS: &[&str] = &["command", "entryPoint"];

/// By what a state is sealed as it is read: without a key unless it is told one.
#[derive(Clone, Debug, Default)]
pub struct Sealing(Sealer);

impl Sealing {
    /// By this sealer: what a snapshot was sealed by the same key can be told apart.
    pub fn by(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// That knows what the things of `snapshots` are called, as these were taken knowing them.
    #[must_use]
    pub fn knowing<'a>(self, snapshots: impl IntoIterator<Item = &'a Snapshot>) -> Self {
        Self(self.0.knowing(snapshots.into_iter().flat_map(Snapshot::names)))
    }

    /// An attribute with tokens where secrets stood.
    pub fn attribute(&self, name: &str, value: Value) -> Value {
        sealed(name, value, &self.0)
    }
}

/// `value`, which is called `name`, with tokens where secrets stood.
fn sealed(name: &str, value: Value, sealer: &Sealer) -> Value {
    match value {
        Value::String(text) if SCRIPTS.contains(&name) => script(&text, sealer).into(),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => match serde_json::from_str(&text) {
            Ok(document @ (Value::Object(_) | Value::Array(_))) => sealed(name, document, sealer).to_string().into(),
            _ => sealer.text(name, &text).into(),
        },
        Value::String(text) => sealer.text(name, &text).into(),
        Value::Array(items) => {
            let words: Option<Vec<String>> = items.iter().map(|word| word.as_str().map(str::to_owned)).collect();
            match words.filter(|_| ARGUMENTS.contains(&name)) {
                Some(words) => sealer.arguments(&words).into(),
                None => items.into_iter().map(|item| sealed(name, item, sealer)).collect(),
            }
        }
        Value::Object(members) if VARIABLES.contains(&name) => {
            let each = members.into_iter().map(|(name, value)| match value {
                Value::String(text) => (name.clone(), sealer.variable(&name, &text).into()),
                other => (name.clone(), sealed(&name, other, sealer)),
            });
            Value::Object(each.collect())
        }
        Value::Object(members) => Value::Object(named(members, sealer)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// A table; of a name and its value, as containers have variables, the value by that name.
fn named(members: Map<String, Value>, sealer: &Sealer) -> Map<String, Value> {
    let called = members.get("name").and_then(Value::as_str).map(str::to_owned);
    let each = members.into_iter().map(|(key, value)| match (&called, value) {
        (Some(called), Value::String(text)) if key == "value" => (key, sealer.variable(called, &text).into()),
        // Where a container takes a secret from is the name of one.
        (_, value) if key == "valueFrom" => (key, value),
        (_, value) => {
            let value = sealed(&key, value, sealer);
            (key, value)
        }
    });
    each.collect()
}

/// What a machine is told when it starts, as a snapshot has it.
fn script(encoded: &str, sealer: &Sealer) -> String {
    let plain = STANDARD.decode(encoded).ok().map(String::from_utf8);
    match plain {
        Some(Ok(plain)) => sealer.script(&plain),
        Some(Err(_)) => sealer.token(encoded),
        None => sealer.script(encoded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_looks_like_a_secret_is_in_no_attribute_whatever_it_stands_in() {
        let canary = "hunter2-Xk39vQpLz81mTrWs";
        let script = STANDARD.encode(format!("#!/bin/sh\nexport DB_PASSWORD={canary}\n"));
        let dense = STANDARD.encode([0xff_u8, 0xfe, 0x00, 0x81]);
        let attributes = [
            ("user_data", json!(script)),
            ("user_data_base64", json!(dense)),
            ("environment", json!([{ "variables": { "API_TOKEN": canary, "MODE": "fast" } }])),
            ("tags", json!({ "db_password": canary })),
            (
                "container_definitions",
                json!(
                    json!([{
                        "name": "api", "command": ["serve", format!("--token={canary}")],
                        "environment": [{ "name": "DB_PASSWORD", "value": canary }, { "name": "URL", "value": format!("postgres://u:{canary}@db/x") }],
                        "secrets": [{ "name": "KEY", "valueFrom": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/key-AbCdEf" }],
                    }])
                    .to_string()
                ),
            ),
        ];
        for (name, value) in attributes {
            let told = sealed(name, value, &Sealer::default()).to_string();
            assert!(!told.contains(canary) && !told.contains(&script) && !told.contains(&dense), "{told}");
            assert!(told.contains("⟦sealed⟧"), "{told}");
            assert!(name != "container_definitions" || told.contains("shop/key-AbCdEf"), "{told}");
        }
        assert_eq!(sealed("user_data", json!(STANDARD.encode("echo ok")), &Sealer::default()), "echo ok");
        assert_eq!(sealed("policy", json!("{\"Action\":\"s3:*\"}"), &Sealer::default()), "{\"Action\":\"s3:*\"}");
    }
}
