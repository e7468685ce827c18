//! Puts what other components gave where a component's fields say `${component.output}`. Knows no kind.

use super::work::Outputs;
use crate::plan::reference::{Piece, pieces};
use crate::plan::{Component, ComponentName};
use crate::text::Clean;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A `${component.output}` that has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// The component it names has not given it.
    #[error(
        "{component}: `{field}` wants ${{{from}.{output}}}, which {from} gives once it is verified; a skipped step gives nothing"
    )]
    NotGiven {
        /// The component whose field it is.
        component: ComponentName,
        /// The field, with dots between the keys of tables.
        field: Clean,
        /// The component that would give it.
        from: ComponentName,
        /// Its output.
        output: Clean,
    },
    /// It cannot be read.
    #[error(
        "{component}: `{field}` holds {text}, which is not a reference: write ${{component.output}}, or $${{ for a plain ${{"
    )]
    Malformed {
        /// The component whose field it is.
        component: ComponentName,
        /// The field, with dots between the keys of tables.
        field: Clean,
        /// The field's text.
        text: Clean,
    },
}

/// `component` with every `${component.output}` of its fields replaced, and every `$${` made a plain `${`.
///
/// # Errors
/// The first [`Unresolved`] reference, in the order of the fields.
pub fn resolve(component: &Component, outputs: &BTreeMap<ComponentName, Outputs>) -> Result<Component, Unresolved> {
    let mut resolved = component.clone();
    for (field, value) in &mut resolved.fields.0 {
        resolve_value(&component.name, field, value, outputs)?;
    }
    Ok(resolved)
}

/// Whether a value refers to one of these components.
pub(super) fn refers_to(value: &Value, components: &BTreeSet<ComponentName>) -> bool {
    match value {
        Value::String(text) => pieces(text).into_iter().flatten().any(|piece| match piece {
            Piece::Reference { component, .. } => components.iter().any(|own| own.as_str() == component.as_str()),
            Piece::Text(_) => false,
        }),
        Value::Array(items) => items.iter().any(|item| refers_to(item, components)),
        Value::Object(members) => members.values().any(|member| refers_to(member, components)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn resolve_value(
    component: &ComponentName,
    field: &str,
    value: &mut Value,
    outputs: &BTreeMap<ComponentName, Outputs>,
) -> Result<(), Unresolved> {
    match value {
        Value::String(text) => *text = resolve_text(component, field, text, outputs)?,
        Value::Array(items) => {
            for item in items {
                resolve_value(component, field, item, outputs)?;
            }
        }
        Value::Object(table) => {
            for (key, item) in table {
                resolve_value(component, &format!("{field}.{key}"), item, outputs)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn resolve_text(
    component: &ComponentName,
    field: &str,
    text: &str,
    outputs: &BTreeMap<ComponentName, Outputs>,
) -> Result<String, Unresolved> {
    let malformed = || Unresolved::Malformed { component: component.clone(), field: field.into(), text: text.into() };
    let mut whole = String::new();
    for piece in pieces(text).ok_or_else(malformed)? {
        match piece {
            Piece::Text(text) => whole.push_str(&text),
            Piece::Reference { component: from, output } => {
                let value = outputs.get(from.as_str()).and_then(|given| given.get(&output)).ok_or_else(|| {
                    Unresolved::NotGiven {
                        component: component.clone(),
                        field: field.into(),
                        from: from.as_str().into(),
                        output: output.as_str().into(),
                    }
                })?;
                whole.push_str(value);
            }
        }
    }
    Ok(whole)
}

/// Whether `text` waits for another component's output.
pub fn has_reference(text: &str) -> bool {
    pieces(text).is_none_or(|pieces| pieces.iter().any(|piece| matches!(piece, Piece::Reference { .. })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::say::outputs;
    use crate::service::scene::Scene;
    use serde_json::json;

    fn resolved(fields: Value) -> Result<Value, Unresolved> {
        let given = [("orders-db".into(), outputs([("endpoint", "db.example.com"), ("port", "5432")]))].into();
        resolve(Scene::new("ecs", fields).component(), &given).map(|component| Value::Object(component.fields.0))
    }

    #[test]
    fn references_are_replaced_wherever_they_stand() {
        let fields = json!({
            "environment": { "URL": "postgres://${orders-db.endpoint}:${orders-db.port}/shop" },
            "run": ["connect", "${orders-db.endpoint}"],
            "desired": 6,
        });
        let wanted = json!({
            "environment": { "URL": "postgres://db.example.com:5432/shop" },
            "run": ["connect", "db.example.com"],
            "desired": 6,
        });
        assert_eq!(resolved(fields), Ok(wanted));
    }

    #[test]
    fn a_doubled_dollar_is_a_plain_one() {
        assert_eq!(
            resolved(json!({ "a": "$${orders-db.endpoint} costs $5" })),
            Ok(json!({ "a": "${orders-db.endpoint} costs $5" }))
        );
    }

    #[test]
    fn what_was_not_given_is_named_with_who_would_give_it() {
        let error =
            resolved(json!({ "environment": { "HOST": "${cache.endpoint}" } })).expect_err("it cannot be resolved");
        assert_eq!(
            error.to_string(),
            "it: `environment.HOST` wants ${cache.endpoint}, which cache gives once it is verified; a skipped step gives nothing"
        );
        assert!(resolved(json!({ "a": "${orders-db.password}" })).is_err());
    }

    #[test]
    fn a_value_that_looks_like_a_reference_is_not_resolved_again() {
        let given = [("cmd".into(), outputs([("stdout", "${orders-db.endpoint}")]))].into();
        let component =
            resolve(Scene::new("ecs", json!({ "a": "${cmd.stdout}" })).component(), &given).expect("it is given");
        assert_eq!(component.fields.0["a"], "${orders-db.endpoint}");
    }

    #[test]
    fn what_cannot_be_read_waits_for_ever_and_says_so() {
        let error = resolved(json!({ "a": "${orders-db" })).expect_err("it cannot be resolved");
        assert!(matches!(error, Unresolved::Malformed { .. }), "{error}");
        assert!(has_reference("${orders-db"));
        assert!(has_reference("x ${a.b}"));
        assert!(!has_reference("$${a.b} and $5"));
    }
}
