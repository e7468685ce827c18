//! Documents within answers: policies and the like, JSON in a text, percent-encoded by IAM. Two that say the same are
//! written the same: an action that stands alone is a list of one, and lists that are sets are in order.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Members of a policy whose values are sets, alone or in lists.
const SETS: &[&str] =
    &["Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated", "CanonicalUser"];

/// The document in `text`; the text itself where it is none.
pub fn read(text: &str) -> Value {
    parsed(text).unwrap_or_else(|| text.into())
}

fn parsed(text: &str) -> Option<Value> {
    let plain = text.trim_start();
    if plain.starts_with(['{', '[']) {
        return serde_json::from_str(plain).ok().map(|value| normal(&value));
    }
    if !plain.starts_with("%7B") && !plain.starts_with("%7b") && !plain.starts_with("%0A") {
        return None;
    }
    let decoded = percent_decode_str(plain).decode_utf8().ok()?;
    serde_json::from_str(&decoded).ok().map(|value| normal(&value))
}

fn normal(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let each = |(name, value): (&String, &Value)| {
                let value = normal(value);
                (name.clone(), if SETS.contains(&name.as_str()) { as_set(value) } else { value })
            };
            let mut members: Map<String, Value> = members.iter().map(each).collect();
            // One statement is a list of one.
            if let Some(statement) = members.get_mut("Statement")
                && statement.is_object()
            {
                *statement = Value::Array(vec![statement.take()]);
            }
            Value::Object(members)
        }
        Value::Array(items) => items.iter().map(normal).collect(),
        other => other.clone(),
    }
}

fn as_set(value: Value) -> Value {
    match value {
        Value::String(text) => vec![text].into(),
        Value::Array(items) if items.iter().all(Value::is_string) => crate::snapshot::canonical::sorted(items).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_that_say_the_same_are_written_the_same() {
        let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":["b","a"],"Principal":{"AWS":"x"}}}"#;
        let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22s3%3AGet%2A%22%5D%2C%22Resource%22%3A%5B%22a%22%2C%22b%22%5D%2C%22Principal%22%3A%7B%22AWS%22%3A%5B%22x%22%5D%7D%7D%5D%7D";
        assert_eq!(read(one), read(encoded));
        assert_eq!(read(one)["Statement"][0]["Resource"], json!(["a", "b"]));
        assert_eq!(read("100% plain"), json!("100% plain"));
        assert_eq!(read("{not json"), json!("{not json"));
    }
}
