//! One way to write a value: UTF-8, members sorted by name, one blank a level, a line an item. So `git diff`, `diff -u` and
//! a hash see what changed and nothing else.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// `value`, written out, with a newline at its end.
pub fn text(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

/// The SHA-256 of `text`, in hexadecimal.
pub fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hash, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

fn write(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(items) if items.is_empty() => text.push_str("[]"),
        Value::Object(members) if members.is_empty() => text.push_str("{}"),
        Value::Array(items) => {
            let lines = items.iter().map(|item| (None, item));
            block(text, ('[', ']'), depth, lines);
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            block(text, ('{', '}'), depth, sorted.into_iter().map(|(name, value)| (Some(name), value)));
        }
    }
}

fn block<'a>(
    text: &mut String,
    (open, close): (char, char),
    depth: usize,
    lines: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
) {
    text.push(open);
    for (place, (name, value)) in lines.enumerate() {
        text.push_str(if place == 0 { "\n" } else { ",\n" });
        text.extend(std::iter::repeat_n(' ', depth + 1));
        if let Some(name) = name {
            text.push_str(&Value::String(name.clone()).to_string());
            text.push_str(": ");
        }
        write(text, value, depth + 1);
    }
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', depth));
    text.push(close);
}

/// What of `value` is a set, put in its order: lists whose members have none in AWS, as the subnets of a group.
pub fn sorted(mut items: Vec<Value>) -> Vec<Value> {
    items.sort_by_cached_key(text);
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_written_in_one_way() {
        let value = json!({ "b": [], "a": { "z": 1, "é": "x\ny" }, "c": [1, { "k": null }], "d": {} });
        let wanted = "{\n \"a\": {\n  \"z\": 1,\n  \"é\": \"x\\ny\"\n },\n \"b\": [],\n \"c\": [\n  1,\n  {\n   \"k\": null\n  }\n ],\n \"d\": {}\n}\n";
        assert_eq!(text(&value), wanted);
        assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
