//! One value of a plan file against what is taken there: its type, or what is wrong with it and what to write instead.

use super::diagnostic::{PlanError, meant, nearest};
use super::duration;
use super::kind::{Field, LONGEST_SECONDS, Takes};
use crate::seal::token;
use serde_json::{Value, json};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value with its place in the file.
pub(super) type Placed<'a, 't> = &'a Spanned<DeValue<'t>>;

/// The value of `key`, if it is what is taken there; what is wrong goes to `errors`.
pub(super) fn read(key: &str, value: Placed<'_, '_>, takes: Takes, errors: &mut Vec<PlanError>) -> Option<Value> {
    let span = value.span();
    match (takes, value.get_ref()) {
        (Takes::Text | Takes::Value | Takes::Sealed, DeValue::String(text)) => own_words(text, span, errors),
        (Takes::Value | Takes::Sealed, DeValue::Table(table)) => source(key, table, span, errors),
        (Takes::Choice(choices), DeValue::String(text)) => {
            if choices.contains(&text.as_ref()) {
                return Some(json!(text));
            }
            let message = format!("`{key}` cannot be \"{text}\"");
            errors.push(PlanError::new(span, message, "not one of the choices", nearest(text, choices)));
            None
        }
        (Takes::Count | Takes::CountOrReference | Takes::Within(..), DeValue::Integer(number)) => {
            let (least, most) = takes.bounds().unwrap_or_default();
            let count = number.as_str().replace('_', "").parse::<u64>().ok().filter(|_| number.radix() == 10);
            let count = count.filter(|count| (least..=most).contains(count));
            if count.is_none() {
                let found = match number.radix() {
                    10 => number.as_str(),
                    _ => "one in other digits than 0 to 9",
                };
                let message = format!("`{key}` takes a whole number from {least} to {most}, not {found}");
                errors.push(PlanError::new(span, message, "not such a number", example(key, takes)));
            }
            count.map(|count| json!(count))
        }
        (Takes::CountOrReference, DeValue::String(text)) if text.contains("${") => own_words(text, span, errors),
        (Takes::Truth, DeValue::Boolean(truth)) => Some(json!(truth)),
        (Takes::Duration, DeValue::String(text)) => match duration::parse(text) {
            Ok(seconds) if seconds <= LONGEST_SECONDS => Some(json!(seconds)),
            Ok(_) => {
                let longest = duration::show(LONGEST_SECONDS);
                let message = format!("`{key}` is {text}, longer than {longest}");
                errors.push(PlanError::new(span, message, "nobody waits so long", format!("at most {longest}")));
                None
            }
            Err(error) => {
                let help = format!("write for example {key} = \"90s\", \"15m\" or \"1h\"");
                errors.push(PlanError::new(span, error.to_string(), "not a duration", help));
                None
            }
        },
        (Takes::Texts | Takes::Program, DeValue::Array(items)) => {
            let each = if matches!(takes, Takes::Program) { Takes::Value } else { Takes::Text };
            let items = items.iter().map(|item| read(key, item, each, errors));
            items.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (Takes::TextTable | Takes::Headers, DeValue::Table(table)) => Some(Value::Object(
            table
                .iter()
                .filter_map(|(name, value)| Some((name.get_ref().to_string(), as_text(name.get_ref(), value, errors)?)))
                .collect(),
        )),
        (Takes::CountTable | Takes::TableWithin(..), DeValue::Table(table)) => {
            let (least, most) = takes.bounds().unwrap_or_default();
            let counts: Vec<Option<(String, Value)>> = table
                .iter()
                .map(|(name, value)| {
                    let count = read(name.get_ref(), value, Takes::Within(least, most), errors)?;
                    Some((name.get_ref().to_string(), count))
                })
                .collect();
            counts.into_iter().collect::<Option<_>>().map(Value::Object)
        }
        (Takes::Table(fields), DeValue::Table(table)) => {
            Some(Value::Object(read_table(key, table, span, fields, &[], errors)))
        }
        (Takes::Tables(fields), DeValue::Array(items)) => {
            let items = items.iter().map(|item| match (Takes::said_alone(fields), item.get_ref()) {
                (Some(field), DeValue::String(_)) => {
                    read(key, item, field.takes, errors).map(|text| json!({ field.name: text }))
                }
                _ => read(key, item, Takes::Table(fields), errors),
            });
            items.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>().map(Value::Array)
        }
        (takes, found) => {
            let message = format!("`{key}` takes {}, not {}", wanted(takes), kind_of(found));
            errors.push(PlanError::new(span, message, format!("this is {}", kind_of(found)), example(key, takes)));
            None
        }
    }
}

/// A table's fields; unknown keys and missing ones are mistakes, a misspelt one once. Keys in `also` are somebody
/// else's and passed over.
pub(super) fn read_table(
    place: &str,
    table: &DeTable<'_>,
    span: Range<usize>,
    fields: &[Field],
    also: &[&str],
    errors: &mut Vec<PlanError>,
) -> serde_json::Map<String, Value> {
    let mut read_fields = serde_json::Map::new();
    let mut misspelt = Vec::new();
    for (key, value) in table.iter() {
        let name = key.get_ref().as_ref();
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            if !also.contains(&name) {
                let choices: Vec<&str> = fields.iter().map(|field| field.name).chain(also.iter().copied()).collect();
                let message = format!("{place} has no key `{name}`");
                errors.push(PlanError::new(key.span(), message, "unknown key", nearest(name, &choices)));
                misspelt.extend(meant(name, &choices));
            }
            continue;
        };
        if let Some(value) = read(name, value, field.takes, errors) {
            read_fields.insert(name.to_owned(), value);
        }
    }
    let is_missing = |field: &&Field| field.required && !table.contains_key(field.name);
    for field in fields.iter().filter(is_missing).filter(|field| !misspelt.contains(&field.name)) {
        let message = format!("{place} needs `{}`: {}", field.name, field.about);
        errors.push(PlanError::new(span.clone(), message, "missing here", example(field.name, field.takes)));
    }
    read_fields
}

/// A text of the plan's own: what Landfall writes for a secret is none, and must never be taken for one.
fn own_words(text: &str, span: Range<usize>, errors: &mut Vec<PlanError>) -> Option<Value> {
    if token::is_ours(text) {
        let message = "this is what Landfall writes in the place of a secret, not the secret";
        let help = "give the value by { env = \"NAME\" } or { file = \"path\" }";
        errors.push(PlanError::new(span, message, "no value", help));
        return None;
    }
    Some(json!(text))
}

/// `{ env = "NAME" }` or `{ file = "path" }`: where a value is read when it is needed.
fn source(key: &str, table: &DeTable<'_>, span: Range<usize>, errors: &mut Vec<PlanError>) -> Option<Value> {
    let one = table.iter().next().filter(|_| table.len() == 1);
    let named = one.and_then(|(name, from)| Some((name.get_ref().as_ref(), from.get_ref().as_str()?)));
    let valid = |name: &str, from: &str| match name {
        "env" => !from.is_empty() && !from.contains(['=', '\0']),
        "file" => !from.is_empty() && !from.contains('\0'),
        _ => false,
    };
    match named.filter(|(name, from)| valid(name, from)) {
        Some((name, from)) => Some(json!({ name: from })),
        None => {
            let message = format!("`{key}` takes a text, or where it is read: the environment or a file");
            let help = format!("write {key} = \"…\", {key} = {{ env = \"NAME\" }} or {key} = {{ file = \"path\" }}");
            errors.push(PlanError::new(span, message, "neither", help));
            None
        }
    }
}

fn as_text(key: &str, value: Placed<'_, '_>, errors: &mut Vec<PlanError>) -> Option<Value> {
    match value.get_ref() {
        DeValue::String(text) => own_words(text, value.span(), errors),
        DeValue::Table(table) => source(key, table, value.span(), errors),
        DeValue::Integer(number) => Some(json!(number.as_str())),
        DeValue::Float(number) => Some(json!(number.as_str())),
        DeValue::Boolean(truth) => Some(json!(truth.to_string())),
        DeValue::Datetime(_) | DeValue::Array(_) => {
            let found = kind_of(value.get_ref());
            let message = format!("a text is taken here, not {found}");
            errors.push(PlanError::new(value.span(), message, format!("this is {found}"), "put it in quotes"));
            None
        }
    }
}

fn wanted(takes: Takes) -> &'static str {
    match takes {
        Takes::Text | Takes::Value | Takes::Sealed => "a text in quotes",
        Takes::Choice(_) => "one of its choices, in quotes",
        Takes::Count | Takes::Within(..) => "a whole number",
        Takes::CountOrReference => "a whole number or a ${…}",
        Takes::Truth => "true or false",
        Takes::Duration => "a duration in quotes",
        Takes::Texts | Takes::Program => "a list of texts",
        Takes::TextTable | Takes::Headers => "a table of texts",
        Takes::CountTable | Takes::TableWithin(..) => "a table of whole numbers",
        Takes::Table(_) => "a table",
        Takes::Tables(_) => "a list of tables",
    }
}

/// A value as JSON; `None` of a number that JSON does not know.
pub(super) fn as_it_stands(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::from(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Float(number) => Value::from(number.as_str().parse::<f64>().ok()?),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| as_it_stands(item.get_ref())).collect::<Option<_>>()?)
        }
        DeValue::Table(table) => {
            let members =
                table.iter().map(|(key, item)| Some((key.get_ref().to_string(), as_it_stands(item.get_ref())?)));
            Value::Object(members.collect::<Option<_>>()?)
        }
    })
}

/// What a value is, in words.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn example(key: &str, takes: Takes) -> String {
    let value = match takes {
        Takes::Text | Takes::Value | Takes::Sealed => "\"…\"".to_owned(),
        Takes::Choice(choices) => choices.iter().map(|choice| format!("\"{choice}\"")).collect::<Vec<_>>().join(" or "),
        Takes::Count | Takes::CountOrReference => "6".to_owned(),
        Takes::Within(least, most) => 6.clamp(least, most).to_string(),
        Takes::Truth => "true".to_owned(),
        Takes::Duration => "\"90s\"".to_owned(),
        Takes::Texts | Takes::Program => "[\"…\"]".to_owned(),
        Takes::TextTable | Takes::Headers => "{ NAME = \"…\" }".to_owned(),
        Takes::CountTable => "{ name = 100 }".to_owned(),
        Takes::TableWithin(least, most) => format!("{{ name = {} }}", 100.clamp(least, most)),
        Takes::Table(fields) => inner(fields),
        Takes::Tables(fields) => format!("[{}]", inner(fields)),
    };
    format!("write for example {key} = {value}")
}

fn inner(fields: &[Field]) -> String {
    let fields: Vec<&str> = fields.iter().map(|field| field.name).collect();
    format!("{{ {} = … }}", fields.join(" = …, "))
}
