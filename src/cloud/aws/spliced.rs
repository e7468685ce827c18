//! A JSON object of which some keys are set and all else stays letter by letter: no number is read and written anew, no key
//! that stands twice is dropped.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// An object's keys and values in their order.
pub(super) struct Spliced(Vec<(String, Box<RawValue>)>);

impl Spliced {
    /// The object that `text` is; `None` when it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Sets these keys, and says whether that changed anything.
    pub(super) fn set(&mut self, set: &BTreeMap<String, String>) -> bool {
        let mut is_changed = false;
        for (key, text) in set {
            let before: Vec<usize> = (0..self.0.len()).filter(|place| self.0[*place].0 == *key).collect();
            for place in &before {
                let held = &mut self.0[*place].1;
                if says(held, text) {
                    continue;
                }
                *held = as_before(Some(held), text);
                is_changed = true;
            }
            if before.is_empty() {
                self.0.push((key.clone(), as_before(None, text)));
                is_changed = true;
            }
        }
        is_changed
    }

    /// It, as text.
    pub(super) fn text(&self) -> String {
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let entries: Vec<String> =
            self.0.iter().map(|(key, value)| format!("{}:{}", quoted(key), value.get())).collect();
        format!("{{{}}}", entries.join(","))
    }
}

/// Whether what stands there is `text` already: as text, or as the number or truth that it was.
fn says(held: &RawValue, text: &str) -> bool {
    if held.get().starts_with('"') {
        return serde_json::from_str::<String>(held.get()).is_ok_and(|held| held == text);
    }
    is_plain(held.get()) && held.get() == text
}

/// Whether a value is a number or a truth.
fn is_plain(value: &str) -> bool {
    value.starts_with(|first: char| first == '-' || first.is_ascii_digit()) || value == "true" || value == "false"
}

/// `text` as what stood there before: a number stays a number, and all else is text.
fn as_before(before: Option<&RawValue>, text: &str) -> Box<RawValue> {
    let is_truth = |value: &str| value == "true" || value == "false";
    let as_it_is = before.is_some_and(|before| is_plain(before.get()) && is_truth(before.get()) == is_truth(text));
    let plain = Some(text).filter(|text| as_it_is && is_plain(text));
    let quoted = || serde_json::Value::from(text).to_string();
    let raw = |text: String| RawValue::from_string(text).ok();
    plain.and_then(|text| raw(text.to_owned())).or_else(|| raw(quoted())).unwrap_or_else(|| RawValue::NULL.to_owned())
}

impl<'de> Deserialize<'de> for Spliced {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Spliced;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Spliced, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Spliced(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, pairs: &[(&str, &str)]) -> String {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut object = Spliced::of(text).expect("an object");
        object.set(&pairs);
        object.text()
    }

    #[test]
    fn a_number_stays_a_number_and_all_else_is_text() {
        for (before, text, wanted) in [
            ("5432", "6432", "6432"),
            ("5432", "none", "\"none\""),
            ("5432", "true", "\"true\""),
            ("\"5432\"", "6432", "\"6432\""),
            ("true", "false", "false"),
            ("true", "1", "\"1\""),
            ("{\"a\":1}", "{}", "\"{}\""),
            ("null", "x", "\"x\""),
            ("1", "1e", "\"1e\""),
        ] {
            assert_eq!(set(&format!(r#"{{"k":{before}}}"#), &[("k", text)]), format!(r#"{{"k":{wanted}}}"#));
        }
        assert_eq!(set("{}", &[("k", "6\"4")]), r#"{"k":"6\"4"}"#);
    }

    #[test]
    fn what_is_not_set_stays_letter_by_letter() {
        let others = r#""ratio":1.10,"big":123456789012345678901234567890,"f":0.30000000000000004123,"e":1e400,"u":"\u00e9","n":{"a": [1.0, 2]}"#;
        let text = format!(r#"{{"host":"o",{others},"ratio":2.20}}"#);
        assert_eq!(set(&text, &[("host", "n")]), format!(r#"{{"host":"n",{others},"ratio":2.20}}"#));
        let deep = format!(r#"{{"d":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
        assert_eq!(set(&deep, &[]), deep);
    }

    #[test]
    fn what_is_there_already_is_no_change() {
        let mut object = Spliced::of(r#"{"host":"a\u0062","port":5432,"on":true}"#).expect("an object");
        let pairs = [("host", "ab"), ("port", "5432"), ("on", "true")];
        assert!(!object.set(&pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into()));
        assert!(object.set(&[("port".to_owned(), "5433".to_owned())].into()));
    }

    #[test]
    fn what_is_no_object_is_none() {
        for text in ["[1]", "plain", "", "\"x\"", "{\"a\":}", "{} {}"] {
            assert!(Spliced::of(text).is_none(), "{text}");
        }
    }
}
