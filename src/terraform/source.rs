//! One resource of a snapshot, as it is turned into Terraform: what is taken of it is marked, so that what nobody took is
//! told. What generation leaves out, an apply in place would take away.

use super::hcl::{Body, Expr, Part};
use super::reference::Index;
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Reference, Resource, Snapshot};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// What a value that was sealed begins with.
const SEALED: &str = "⟦sealed";

/// A value that somebody has to give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// What it is.
    pub about: String,
    /// Whether it is secret.
    pub is_secret: bool,
    /// What it is where nobody gives another.
    pub default: Option<String>,
}

/// What is being written, and what comes up on the way.
#[derive(Debug)]
pub struct Writing<'a> {
    /// Of what.
    pub snapshot: &'a Snapshot,
    /// What identifiers stand for.
    pub index: Index,
    /// The name of each resource, without its class.
    pub names: BTreeMap<Reference, String>,
    /// Whether what stands for a secret is told as it stands: to compare it, not to write it.
    is_compared: bool,
    variables: RefCell<BTreeMap<String, Variable>>,
    notes: RefCell<BTreeSet<Note>>,
}

/// Something to settle before it is applied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Its code.
    pub code: &'static str,
    /// Of what, as `KIND/ID`.
    pub of: String,
    /// What was found.
    pub found: String,
    /// What to do.
    pub fix: String,
}

impl<'a> Writing<'a> {
    /// Of `snapshot`, whose identifiers and names are these.
    pub fn new(snapshot: &'a Snapshot, index: Index, names: BTreeMap<Reference, String>) -> Self {
        Self { snapshot, index, names, is_compared: false, variables: RefCell::default(), notes: RefCell::default() }
    }

    /// To be compared with what is declared: what stands for a secret is told as it stands.
    #[must_use]
    pub fn compared(self) -> Self {
        Self { is_compared: true, ..self }
    }

    /// A value that somebody has to give.
    pub fn variable(&self, name: &str, about: &str, is_secret: bool) -> Expr {
        self.give(name, Variable { about: about.to_owned(), is_secret, default: None })
    }

    /// A value that somebody may give.
    pub fn give(&self, name: &str, variable: Variable) -> Expr {
        self.variables.borrow_mut().insert(name.to_owned(), variable);
        Expr::said(&format!("var.{name}"))
    }

    /// Something to settle.
    pub fn note(&self, code: &'static str, of: &Reference, found: &str, fix: &str) {
        let note = Note { code, of: of.to_string(), found: found.to_owned(), fix: fix.to_owned() };
        self.notes.borrow_mut().insert(note);
    }

    /// What somebody has to give, by name.
    pub fn variables(&self) -> BTreeMap<String, Variable> {
        self.variables.borrow().clone()
    }

    /// What is to be settled, in its order.
    pub fn notes(&self) -> Vec<Note> {
        self.notes.borrow().iter().cloned().collect()
    }
}

/// One resource, or a part of it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What is being written.
    pub writing: &'a Writing<'a>,
    /// The resource.
    pub resource: &'a Resource,
    /// Its name in Terraform.
    pub name: &'a str,
    members: &'a Map<String, Value>,
    used: &'a RefCell<BTreeSet<String>>,
    is_part: bool,
}

impl<'a> Source<'a> {
    /// The whole of `resource`.
    pub fn new(
        writing: &'a Writing<'a>,
        resource: &'a Resource,
        name: &'a str,
        used: &'a RefCell<BTreeSet<String>>,
    ) -> Self {
        Self { writing, resource, name, members: &resource.config, used, is_part: false }
    }

    /// A part of it.
    pub fn part(&self, value: &'a Value) -> Option<Self> {
        Some(Self { members: value.as_object()?, is_part: true, ..*self })
    }

    /// The parts that stand in a list.
    pub fn parts(&self, key: &str) -> Vec<Self> {
        let items = self.take(key).and_then(items);
        items.into_iter().flatten().filter_map(|value| self.part(value)).collect()
    }

    /// The parts that stand in a table, by name.
    pub fn table(&self, key: &str) -> Vec<(&'a str, Self)> {
        let members = self.take(key).and_then(Value::as_object);
        let each = members.into_iter().flatten();
        each.filter_map(|(name, value)| Some((name.as_str(), self.part(value)?))).collect()
    }

    /// The part at `key`.
    pub fn inner(&self, key: &str) -> Option<Self> {
        self.part(self.take(key)?)
    }

    /// As it stands there.
    pub fn take(&self, key: &str) -> Option<&'a Value> {
        if !self.is_part {
            self.used.borrow_mut().insert(key.to_owned());
        }
        self.members.get(key).filter(|value| !value.is_null())
    }

    /// Fields that nothing is written of: what follows from others, or what no argument sets.
    pub fn skip(&self, keys: &[&str]) {
        self.used.borrow_mut().extend(keys.iter().map(|key| (*key).to_owned()));
    }

    /// The names of what stands there.
    pub fn keys(&self) -> impl Iterator<Item = &'a str> {
        self.members.keys().map(String::as_str)
    }

    /// A text, as it stands.
    pub fn str(&self, key: &str) -> Option<&'a str> {
        self.take(key)?.as_str()
    }

    /// A truth.
    pub fn truth(&self, key: &str) -> bool {
        self.take(key).is_some_and(|value| *value == true)
    }

    /// A value as it stands: names, descriptions, numbers.
    pub fn plain(&self, key: &str) -> Option<Expr> {
        self.take(key).map(|value| Expr::of(value, &|text| self.literal(key, text)))
    }

    /// A value in which what is known stands as a reference.
    pub fn told(&self, key: &str) -> Option<Expr> {
        self.take(key).map(|value| Expr::of(value, &|text| self.known(key, text)))
    }

    /// A whole number that stands as a text.
    pub fn text_of(&self, key: &str) -> Option<Expr> {
        self.take(key).map(|value| match value {
            Value::String(text) => self.literal(key, text),
            other => Expr::text(&other.to_string()),
        })
    }

    /// A document: JSON in a text.
    pub fn document(&self, key: &str) -> Option<Expr> {
        self.told(key).map(|value| Expr::Json(Box::new(value)))
    }

    /// What names something of `kind`.
    pub fn field(&self, key: &str, kind: &str) -> Option<Expr> {
        self.str(key).map(|id| self.of(kind, id))
    }

    /// What names some of `kind`.
    pub fn fields(&self, key: &str, kind: &str) -> Option<Expr> {
        let ids = self.take(key)?.as_array()?;
        Some(Expr::List(ids.iter().filter_map(Value::as_str).map(|id| self.of(kind, id)).collect()))
    }

    /// Something of `kind` by its id.
    pub fn of(&self, kind: &str, id: &str) -> Expr {
        self.writing.index.field(kind, id, &self.resource.reference())
    }

    /// Its tags; what AWS and CloudFormation put on it is theirs.
    pub fn tags(&self) -> Option<Expr> {
        let tags = self.take("Tags")?.as_object()?;
        let own = tags.iter().filter(|(name, _)| !name.starts_with("aws:"));
        let each = own.map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            (name.clone(), self.literal(&format!("tag {name}"), value))
        });
        Some(Expr::Object(each.collect()))
    }

    /// Whether it is told to be compared.
    pub fn is_compared(&self) -> bool {
        self.writing.is_compared
    }

    /// What a text stands for whose identifiers are known.
    pub fn known(&self, key: &str, text: &str) -> Expr {
        if text.contains(SEALED) && !self.is_compared() {
            return self.secret(key);
        }
        self.writing.index.text(text, &self.resource.reference())
    }

    /// A text as it stands: a tag, a name.
    pub fn text_as_it_is(&self, key: &str, text: &str) -> Expr {
        self.literal(key, text)
    }

    fn literal(&self, key: &str, text: &str) -> Expr {
        if text.contains(SEALED) && !self.is_compared() {
            self.secret(key)
        } else {
            Expr::of_parts(vec![Part::Literal(text.to_owned())])
        }
    }

    /// What is secret is never written: somebody gives it.
    fn secret(&self, key: &str) -> Expr {
        let name = format!("{}_{}", self.name, super::address::slug(key));
        let about =
            format!("{key} of {}: it was not captured, since it looks like a secret.", self.resource.reference());
        self.writing.variable(&name, &about, true)
    }

    /// A note on it.
    pub fn note(&self, code: &'static str, found: &str, fix: &str) {
        self.writing.note(code, &self.resource.reference(), found, fix);
    }

    /// Its ARN, or nothing.
    pub fn arn(&self) -> &'a str {
        self.resource.arn.as_deref().unwrap_or_default()
    }

    /// Its id.
    pub fn id(&self) -> &'a str {
        &self.resource.id
    }

    /// The name that people gave it, or its id.
    pub fn called(&self) -> &'a str {
        self.resource.name.as_deref().unwrap_or(&self.resource.id)
    }
}

/// The items of a list, also of one as XML wraps it, where one alone is no list.
pub fn items(value: &Value) -> Option<Vec<&Value>> {
    let wrapped = |members: &'_ Map<String, Value>| ["member", "item"].iter().any(|name| members.contains_key(*name));
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(members) if members.len() == 1 && wrapped(members) => {
            members.values().next().map(|inner| match inner {
                Value::Array(items) => items.iter().collect(),
                one => vec![one],
            })
        }
        _ => None,
    }
}

/// Whether a value, or a part of it, was not read.
pub fn is_unread(value: &Value) -> bool {
    match value {
        Value::String(text) => text == UNREAD,
        Value::Array(items) => items.iter().any(is_unread),
        Value::Object(members) => members.values().any(is_unread),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What one resource becomes: blocks of Terraform, each with what an import names it by.
#[derive(Debug, Default)]
pub struct Made {
    /// Class, name, what it says, and its import id.
    pub blocks: Vec<(String, String, Body, Option<String>)>,
}

impl Made {
    /// With this block.
    pub fn put(&mut self, class: &str, name: &str, body: Body, import: impl Into<String>) {
        self.blocks.push((class.to_owned(), name.to_owned(), body, Some(import.into())));
    }
}
