//! The JSON Schema of a plan file, made from the kinds, so that editors complete and check what the reader reads.

use super::capture::CAPTURE;
use super::drills::DRILLS;
use super::file::{ACCOUNT, APPLICATION, COMPONENT};
use super::kind::{Field, Kind, Kinds, Takes};
use super::plugin::{PLUGIN, SHA256};
use super::waiver::WAIVER;
use serde_json::{Map, Value, json};

const DURATION: &str = r"^\s*([0-9.]+(h|ms|m|s))+\s*$";
const COMPONENT_NAME: &str = "^[a-z0-9-]+$";
const REFERENCE: &str = r"\$\{[^.}]+\.[^}]+\}";

/// The schema, draft 2020-12.
pub fn schema(kinds: &dyn Kinds) -> Value {
    let names = kinds.names();
    let by_kind: Vec<Value> = names
        .iter()
        .filter_map(|name| kinds.find(name))
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind.name() } }, "required": ["kind"] },
                "then": component(kind),
            })
        })
        .collect();
    let mut kind_names: Vec<Value> = names
        .iter()
        .filter_map(|name| kinds.find(name))
        .map(|kind| json!({ "const": kind.name(), "description": kind.about() }))
        .collect();
    let about = "a kind that the plug-in before the stroke brings: landfall plugin list tells its fields";
    kind_names.push(json!({ "pattern": "^[a-z0-9-]+/[a-z0-9_-]+$", "description": about }));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Landfall recovery plan",
        "type": "object",
        "required": ["application", "component"],
        "additionalProperties": false,
        "properties": {
            "application": table(APPLICATION),
            "account": { "type": "object", "additionalProperties": table(ACCOUNT) },
            "plugin": { "type": "object", "propertyNames": { "pattern": COMPONENT_NAME }, "additionalProperties": plugin() },
            "drills": table(DRILLS),
            "capture": table(CAPTURE),
            "waive": { "type": "array", "items": table(WAIVER) },
            "component": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": { "pattern": COMPONENT_NAME },
                "additionalProperties": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": { "kind": { "oneOf": kind_names } },
                    "allOf": by_kind,
                },
            },
        },
    })
}

/// A program that brings kinds.
fn plugin() -> Value {
    let mut whole = table(PLUGIN);
    let hash = json!({ "type": "string", "pattern": "^[0-9a-fA-F]{64}$" });
    whole["properties"][SHA256] = json!({
        "description": "the SHA-256 of its file, or of each by name",
        "anyOf": [hash, { "type": "object", "additionalProperties": hash }],
    });
    whole
}

/// A component of `kind`: what every component has, and the kind's own.
fn component(kind: &dyn Kind) -> Value {
    let fields: Vec<Field> = COMPONENT.iter().chain(kind.fields()).copied().collect();
    let mut whole = table(&fields);
    let account = json!({ "type": "string" });
    let own = [
        (
            "needs",
            json!({ "type": "array", "items": { "type": "string", "pattern": COMPONENT_NAME },
            "uniqueItems": true, "description": "what must be verified before it, by name" }),
        ),
        (
            "approve",
            json!({ "type": ["boolean", "string"],
            "description": "asks for an approval before its first act; a text says why" }),
        ),
        (
            "from_run",
            json!({ "type": "object",
            "description": "in the plan of a failback: what the journal of the failover says of it; landfall failback writes it" }),
        ),
        (
            "account",
            json!({ "description": "its account: one for both regions, or one for each", "anyOf": [account,
            { "type": "object", "additionalProperties": false,
              "properties": { "primary": account, "recovery": account } }] }),
        ),
    ];
    if let Some(properties) = whole["properties"].as_object_mut() {
        properties.extend(own.map(|(name, schema)| (name.to_owned(), schema)));
    }
    whole
}

fn table(fields: &[Field]) -> Value {
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    let mut properties = Map::new();
    for field in fields {
        let mut schema = value(field.takes);
        schema["description"] = json!(field.about);
        properties.insert(field.name.to_owned(), schema);
    }
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

/// A value that is only passed on: as it is written, or where it is read.
fn passed_on(types: &[&str]) -> Value {
    let from = |name: &str, about: &str| {
        let properties = json!({ name: { "type": "string", "minLength": 1, "description": about } });
        json!({ "type": "object", "additionalProperties": false, "required": [name], "properties": properties })
    };
    json!({ "anyOf": [
        { "type": types },
        from("env", "the environment variable it is read from; never written down"),
        from("file", "the file it is read from, beside the plan unless it begins with /; never written down"),
    ] })
}

fn count(takes: Takes) -> Value {
    let (least, most) = takes.bounds().unwrap_or_default();
    json!({ "type": "integer", "minimum": least, "maximum": most })
}

fn value(takes: Takes) -> Value {
    match takes {
        Takes::Text => json!({ "type": "string" }),
        Takes::Value | Takes::Sealed => passed_on(&["string"]),
        Takes::Choice(choices) => json!({ "enum": choices }),
        Takes::Count | Takes::Within(..) => count(takes),
        Takes::CountOrReference => json!({ "anyOf": [count(takes), { "type": "string", "pattern": REFERENCE }] }),
        Takes::Truth => json!({ "type": "boolean" }),
        Takes::Duration => json!({ "type": "string", "pattern": DURATION }),
        Takes::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Takes::Program => json!({ "type": "array", "items": passed_on(&["string"]) }),
        Takes::TextTable | Takes::Headers => {
            json!({ "type": "object", "additionalProperties": passed_on(&["string", "number", "boolean"]) })
        }
        Takes::CountTable | Takes::TableWithin(..) => {
            json!({ "type": "object", "additionalProperties": count(takes) })
        }
        Takes::Table(fields) => table(fields),
        Takes::Tables(fields) => {
            let items = match Takes::said_alone(fields) {
                Some(field) => json!({ "anyOf": [value(field.takes), table(fields)] }),
                None => table(fields),
            };
            json!({ "type": "array", "items": items })
        }
    }
}
