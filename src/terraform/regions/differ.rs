//! What two things that play the same part say otherwise, field by field: compared by what they say beside their region, told as
//! they stand.

use super::names::strict;
use super::refers::texts;
use super::spoken::{Spoken, is_in_order, is_number};
use crate::snapshot::Resource;
use crate::snapshot::diff::{by_name, is_sealed, is_seen_otherwise};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A field that differs, and what each side says.
pub type Differs = (String, Option<Value>, Option<Value>);

/// Two things of one part, each with how its side speaks.
pub struct Two<'a> {
    /// The primary's.
    pub left: (&'a Resource, &'a Spoken<'a>),
    /// The other region's.
    pub right: (&'a Resource, &'a Spoken<'a>),
    /// Whether what is sealed is sealed by one key.
    pub same_key: bool,
}

/// What differs, and how many sealed values could not be told apart.
#[derive(Debug, Default)]
pub struct Found {
    /// The fields.
    pub fields: Vec<Differs>,
    /// The sealed values.
    pub uncompared: usize,
}

const TAGS: &str = "Tags";

/// What it says beside its tags.
fn untagged(mut value: Value) -> Value {
    value.as_object_mut().map(|members| members.shift_remove(TAGS));
    value
}

impl Two<'_> {
    /// All that differs.
    pub fn differ(&self) -> Found {
        let mut found = Found::default();
        self.members("", &self.left.0.config, &self.right.0.config, &mut found);
        found
    }

    fn members(&self, path: &str, left: &Map<String, Value>, right: &Map<String, Value>, found: &mut Found) {
        // What a name of the other side's is called by may have the region in it, too.
        let names: BTreeSet<&String> = left.keys().chain(right.keys()).filter(|name| !is_number(name)).collect();
        for name in names {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match (left.get(name), right.get(name)) {
                (Some(left), Some(right)) => self.values(path, name, left, right, found),
                (left, right) => found.fields.push((path, left.cloned(), right.cloned())),
            }
        }
    }

    fn values(&self, path: String, name: &str, left: &Value, right: &Value, found: &mut Found) {
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => self.members(&path, left, right, found),
            (Value::Array(left), Value::Array(right)) => self.lists(&path, name, left, right, found),
            (Value::String(one), Value::String(other)) if is_sealed(one) && is_sealed(other) && !self.same_key => {
                found.uncompared += 1;
                if is_seen_otherwise(one, other) {
                    found.fields.push((path, Some(left.clone()), Some(right.clone())));
                }
            }
            _ if self.says(name, left) == self.says_there(name, right) => {}
            // One and the same of all regions, which only one capture reached.
            _ if left == right && !self.names_the_other(right) => {}
            _ => found.fields.push((path, Some(left.clone()), Some(right.clone()))),
        }
    }

    fn lists(&self, path: &str, name: &str, left: &[Value], right: &[Value], found: &mut Found) {
        if let (Some(left), Some(right)) = (by_name(left), by_name(right)) {
            return self.members(path, &left, &right, found);
        }
        if is_in_order(name) {
            let (left, right) = (Value::from(left), Value::from(right));
            if self.says(name, &left) != self.says_there(name, &right) {
                found.fields.push((path.to_owned(), Some(left), Some(right)));
            }
            return;
        }
        let mut theirs: Vec<(Value, &Value)> = right.iter().map(|item| (self.says_there(name, item), item)).collect();
        let mut ours: Vec<&Value> = Vec::new();
        for item in left {
            let says = self.says(name, item);
            let is_one = |other: &Value| other == item && !self.names_the_other(other);
            match theirs.iter().position(|(other, theirs)| *other == says || is_one(theirs)) {
                Some(at) => drop(theirs.remove(at)),
                None => ours.push(item),
            }
        }
        // What only tags tell from another is that all the same.
        ours.retain(|item| {
            let says = untagged(self.says(name, item));
            let Some(at) = theirs.iter().position(|(other, _)| untagged(other.clone()) == says) else { return true };
            let (_, other) = theirs.remove(at);
            found.fields.push((format!("{path}.{TAGS}"), item.get(TAGS).cloned(), other.get(TAGS).cloned()));
            false
        });
        // Of one thing that is otherwise, what of it.
        if let ([one @ Value::Object(_)], [(_, other @ Value::Object(_))]) = (ours.as_slice(), theirs.as_slice()) {
            return self.values(path.to_owned(), name, one, other, found);
        }
        let whole = |items: Vec<&Value>| match items.as_slice() {
            [] => None,
            [one] => Some((*one).clone()),
            many => Some(many.iter().map(|item| (*item).clone()).collect()),
        };
        let (ours, theirs) = (whole(ours), whole(theirs.into_iter().map(|(_, item)| item).collect()));
        if ours.is_some() || theirs.is_some() {
            found.fields.push((path.to_owned(), ours, theirs));
        }
    }

    /// Whether what stands in the other region names this one.
    fn names_the_other(&self, right: &Value) -> bool {
        let mut names = false;
        texts("", right, &mut |_, text| names |= strict(text, self.left.1.region()) != text);
        names
    }

    fn says(&self, name: &str, value: &Value) -> Value {
        self.left.1.value(self.left.0, name, value)
    }

    fn says_there(&self, name: &str, value: &Value) -> Value {
        self.right.1.value(self.right.0, name, value)
    }
}
