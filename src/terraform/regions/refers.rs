//! What the things of a snapshot name of each other, by the field that names it.

use crate::snapshot::{Reference, Resource, Snapshot};
use crate::terraform::restore::is_regional_id;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Who names whom.
#[derive(Debug)]
pub struct Refers<'a> {
    of: BTreeMap<Reference, BTreeMap<(String, String), BTreeSet<Reference>>>,
    exact: HashMap<&'a str, Vec<&'a Resource>>,
}

impl<'a> Refers<'a> {
    /// Within `snapshot`.
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let mut exact: HashMap<&str, Vec<&Resource>> = HashMap::new();
        for one in &snapshot.resources {
            let names = std::iter::once(&one.id).chain(&one.arn).chain(&one.known_by).collect::<BTreeSet<_>>();
            names.into_iter().for_each(|name| exact.entry(name).or_default().push(one));
        }
        let mut refers = Self { of: BTreeMap::new(), exact };
        for one in &snapshot.resources {
            let mut named = BTreeMap::new();
            let whole = Value::Object(one.config.clone());
            texts("", &whole, &mut |field, text| {
                if let Some(of) = refers.named(one, text) {
                    let key = (field.to_owned(), of.kind.clone());
                    named.entry(key).or_insert_with(BTreeSet::new).insert(of);
                }
            });
            refers.of.insert(one.reference(), named);
        }
        refers
    }

    /// What `text` names where it stands in `owner`: what it needs, or what no other text could be.
    pub fn named(&self, owner: &Resource, text: &str) -> Option<Reference> {
        let found = self.exact.get(text)?;
        let others = || found.iter().map(|one| one.reference()).filter(|of| *of != owner.reference());
        let needed = others().find(|of| owner.needs.binary_search(&of.to_string()).is_ok());
        let is_plain = text.starts_with("arn:") || is_regional_id(text);
        needed.or_else(|| {
            let mut others = others();
            others.next().filter(|_| is_plain && others.next().is_none())
        })
    }

    /// By field and kind, what it names.
    pub fn by_field(&self, of: &Reference) -> BTreeMap<(String, String), BTreeSet<Reference>> {
        self.of.get(of).cloned().unwrap_or_default()
    }

    /// All that it names.
    pub fn all(&self, of: &Reference) -> BTreeSet<Reference> {
        self.of.get(of).into_iter().flat_map(BTreeMap::values).flatten().cloned().collect()
    }
}

/// Every text within `value`, with the field it stands in; the places of lists are left out.
pub fn texts(field: &str, value: &Value, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => each(field, text),
        Value::Array(items) => items.iter().for_each(|item| texts(field, item, each)),
        Value::Object(members) => {
            for (name, inner) in members {
                let field = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
                texts(&field, inner, each);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
