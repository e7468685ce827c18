//! `${component.output}` in a text, and `$${` for a plain `${`. Knows the syntax and nothing of what it stands for.

use super::model::Fields;
use serde_json::Value;

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// To be replaced.
    Reference {
        /// The component's name.
        component: String,
        /// Its output.
        output: String,
    },
}

/// The parts of `text`; `None` when a `${` in it is not a reference.
pub fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        if rest[..at].ends_with('$') {
            pieces.push(Piece::Text(format!("{}${{", &rest[..at - 1])));
            rest = &rest[at + 2..];
            continue;
        }
        pieces.push(Piece::Text(rest[..at].to_owned()));
        let (inside, after) = rest[at + 2..].split_once('}')?;
        let (component, output) = inside.split_once('.')?;
        if component.is_empty() || output.is_empty() {
            return None;
        }
        pieces.push(Piece::Reference { component: component.to_owned(), output: output.to_owned() });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Some(pieces)
}

/// Calls `each` with every text of `fields`, at any depth.
pub fn texts<'a>(fields: &'a Fields, each: &mut impl FnMut(&'a str)) {
    fields.0.values().for_each(|value| texts_of(value, each));
}

fn texts_of<'a>(value: &'a Value, each: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| texts_of(item, each)),
        Value::Object(table) => table.values().for_each(|item| texts_of(item, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let reference = Piece::Reference { component: "orders-db".into(), output: "endpoint".into() };
        assert_eq!(
            pieces("pg://${orders-db.endpoint}/x"),
            Some(vec![Piece::Text("pg://".into()), reference, Piece::Text("/x".into())])
        );
        assert_eq!(pieces("$${plain}"), Some(vec![Piece::Text("${".into()), Piece::Text("plain}".into())]));
    }

    #[test]
    fn what_is_no_reference_is_told() {
        for text in ["${", "${a", "${a}", "${.b}", "${a.}"] {
            assert_eq!(pieces(text), None, "{text}");
        }
    }
}
