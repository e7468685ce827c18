//! Takes named fields out of answers. What is not named here is never taken: how something fares, when it was made and
//! what ticks are no part of how it is set up. Answers in XML have texts for numbers and truths, and wrap lists.

use serde_json::{Map, Number, Value};

/// How a field is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// A text.
    Text,
    /// A number.
    Number,
    /// A truth.
    Truth,
    /// A list of texts whose order means nothing.
    Set,
    /// As it stands.
    Whole,
    /// As it stands, but for the order of every list in it, which means nothing.
    Sets,
    /// A text that is JSON.
    Document,
}

/// A field: what a snapshot calls it, where an answer has it (the same when empty), how it is taken.
pub type Field = (&'static str, &'static str, As);

const NOTHING: &Value = &Value::Null;

/// The field in which it is named what of a thing is set and not taken.
pub const NOT_TOLD: &str = "NotTold";

/// What stands at `path`, whose members are parted by dots; null where there is nothing.
pub fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    if path.is_empty() {
        return value;
    }
    path.split('.').try_fold(value, |value, member| value.get(member)).unwrap_or(NOTHING)
}

/// The text at `path`, if there is one that is not empty.
pub fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    at(value, path).as_str().filter(|text| !text.is_empty())
}

/// The items of the list at `path`: of XML, the elements within it.
pub fn list<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    match at(value, path) {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().flat_map(|inner| flat(inner, "")).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// The items of a list whose elements stand beside each other, with nothing around them.
pub fn flat<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    match at(value, path) {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// The texts of the list at `path`.
pub fn texts<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    list(value, path).into_iter().filter_map(Value::as_str).collect()
}

/// The texts at `path` of each item.
pub fn each<'a>(items: &[&'a Value], path: &str) -> Vec<&'a str> {
    items.iter().filter_map(|item| text(item, path)).collect()
}

/// A set of texts, in its order.
pub fn set<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    let mut texts: Vec<&str> = texts.into_iter().collect();
    texts.sort_unstable();
    texts.dedup();
    texts.into()
}

/// How something is set up, as it is put together.
#[derive(Clone, Debug, Default)]
pub struct Config(pub Map<String, Value>);

impl Config {
    /// These fields of `value`.
    pub fn of(value: &Value, fields: &[Field]) -> Self {
        let mut config = Self::default();
        for (name, path, how) in fields {
            let path = if path.is_empty() { name } else { path };
            config.put(name, taken(value, path, *how));
        }
        config
    }

    /// With this field, unless there is nothing to it.
    pub fn put(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        if !is_nothing(&value) {
            self.0.insert(name.to_owned(), value);
        }
    }

    /// With what is set of `value` and is not taken, by name, so that nobody takes this for all of it: what is left out of code is
    /// taken away by it. Each stands at a path, with what says as little as nothing.
    pub fn names_the_rest(&mut self, value: &Value, rest: &[(&str, &[&str])]) {
        let is_set = |(path, nothing): &&(&str, &[&str])| match taken(value, path, As::Whole) {
            Value::String(text) => !nothing.contains(&text.as_str()),
            Value::Bool(truth) => truth,
            Value::Object(members) => !members.values().all(is_nothing),
            other => !is_nothing(&other),
        };
        self.names_also(rest.iter().filter(is_set).map(|(path, _)| (*path).to_owned()));
    }

    /// With these too among what is not taken.
    pub fn names_also(&mut self, names: impl IntoIterator<Item = String>) {
        let before = self.0.remove(NOT_TOLD);
        let mut all: Vec<String> =
            before.iter().flat_map(|names| texts(names, "")).map(str::to_owned).chain(names).collect();
        all.sort_unstable();
        all.dedup();
        self.put(NOT_TOLD, all);
    }

    /// As a value.
    pub fn value(self) -> Value {
        Value::Object(self.0)
    }
}

/// Whether there is nothing to it: an empty list, text or table is the same as none.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// These fields of every item, in an order of their own.
pub fn all(items: &[&Value], fields: &[Field]) -> Value {
    let items = items.iter().map(|item| Config::of(item, fields).value()).collect();
    crate::snapshot::canonical::sorted(items).into()
}

/// What stands at `path`, taken so.
pub fn taken(value: &Value, path: &str, how: As) -> Value {
    let found = at(value, path);
    match (how, found) {
        (_, Value::Null) => Value::Null,
        (As::Number, Value::String(text)) => number(text),
        (As::Truth, Value::String(text)) => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            other => other.into(),
        },
        (As::Set, _) => set(texts(value, path)),
        (As::Document, Value::String(text)) => super::document::read(text),
        (As::Sets, found) => without_order(without_nothing(found)),
        (As::Text | As::Number | As::Truth | As::Whole | As::Document, found) => without_nothing(found),
    }
}

fn number(text: &str) -> Value {
    let whole = text.parse::<i64>().ok().map(Number::from);
    let number = whole.or_else(|| Number::from_f64(text.parse().ok()?));
    number.map_or_else(|| text.into(), Value::Number)
}

/// `value` without members that are nothing: services write out what they have no word for, one day and not the next.
pub fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), without_nothing(value)))
            .filter(|(_, value)| !is_nothing(value))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(without_nothing).collect(),
        other => other.clone(),
    }
}

/// `value` with each list within it in one order.
fn without_order(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            crate::snapshot::canonical::sorted(items.into_iter().map(without_order).collect()).into()
        }
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, without_order(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_are_one_in_whatever_order_they_are_told_and_what_has_an_order_keeps_it() {
        let told = |first: &str, second: &str| json!({ "all": [{ "n": [first, second] }, { "n": [second] }] });
        let (one, other) = (told("a", "b"), told("b", "a"));
        let turned = json!({ "all": [other["all"][1].clone(), other["all"][0].clone()] });
        assert_ne!(taken(&one, "all", As::Whole), taken(&other, "all", As::Whole));
        assert_eq!(
            taken(&told("a", "b"), "all", As::Sets),
            taken(&json!({ "all": [{ "n": ["b"] }, { "n": ["b", "a"] }] }), "all", As::Sets)
        );
        assert_eq!(taken(&other, "all", As::Sets), taken(&turned, "all", As::Sets));
    }

    #[test]
    fn lists_are_read_in_json_and_as_xml_wraps_them() {
        let value = json!({
            "json": [1, 2],
            "many": { "item": [{ "id": "a" }, { "id": "b" }] },
            "one": { "member": { "id": "a" } },
            "text": { "member": "x" },
            "none": null,
        });
        let ids = |path: &str| each(&list(&value, path), "id");
        assert_eq!(list(&value, "json").len(), 2);
        assert_eq!((ids("many"), ids("one")), (vec!["a", "b"], vec!["a"]));
        assert_eq!(texts(&value, "text"), ["x"]);
        assert!(list(&value, "none").is_empty() && list(&value, "not.there").is_empty());
    }

    #[test]
    fn what_is_set_and_not_taken_is_named_and_what_says_nothing_is_not() {
        let value = json!({
            "off": { "Mode": "off" }, "on": { "Mode": "verify" }, "no": "false", "truth": true, "untruth": false, "empty": [],
            "none": { "member": [] }, "some": { "member": [{ "Id": "a" }] },
        });
        let mut config = Config::default();
        let nothing: &[&str] = &["off", "false"];
        let paths = ["off.Mode", "on.Mode", "no", "truth", "untruth", "empty", "none", "some", "not.there"];
        config.names_the_rest(&value, &paths.map(|path| (path, nothing)));
        assert_eq!(config.0[NOT_TOLD], json!(["on.Mode", "some", "truth"]));
        config.names_also(["another".to_owned()]);
        assert_eq!(config.0[NOT_TOLD], json!(["another", "on.Mode", "some", "truth"]));
        let mut none = Config::default();
        none.names_the_rest(&value, &[("off.Mode", nothing)]);
        assert!(none.0.is_empty());
    }

    #[test]
    fn a_field_is_what_it_is_however_it_was_written() {
        let value = json!({ "n": "5432", "t": "false", "s": { "item": ["b", "a"] }, "e": "", "d": "{\"a\": 1}" });
        let fields: &[Field] = &[
            ("N", "n", As::Number),
            ("T", "t", As::Truth),
            ("S", "s", As::Set),
            ("E", "e", As::Text),
            ("D", "d", As::Document),
            ("Not", "not.there", As::Whole),
        ];
        let wanted = json!({ "N": 5432, "T": false, "S": ["a", "b"], "D": { "a": 1 } });
        assert_eq!(Config::of(&value, fields).value(), wanted);
    }
}
