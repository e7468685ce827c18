//! What a kind reads with. A kind is a function over what was told so far: what it asks for and is not told yet is wanted,
//! and it is read again when it is there. So the order of answers changes nothing, and all that is wanted at once is asked
//! at once, several things by one call where the cloud allows it.

use super::arn::{self, Here, Target};
use super::ask::{Answer, Ask, Key, Operation, Unread};
use super::pick::{self, Config};
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Gap, Outside, Reference, Sealer};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What keeps a kind from being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Something is not told yet.
    Pending,
    /// There is no such thing.
    Absent,
    /// It was not told.
    Unread {
        /// By which call.
        operation: String,
        /// Why.
        error: String,
    },
}

/// What a step of reading comes to.
pub type Step<T> = Result<T, Stop>;

/// What is known so far.
#[derive(Debug, Default)]
pub struct Told {
    pub(super) calls: HashMap<Key, Answer>,
    pub(super) items: HashMap<(Item, String), Answer>,
}

/// An operation that is asked by ids, and in which region.
pub(super) type Item = ((super::ask::Api, &'static str, &'static str), bool);

/// What is wanted and not told yet.
#[derive(Debug)]
pub enum Want {
    /// A call.
    Call(Ask),
    /// A thing of an operation that tells of several at once.
    Item(&'static Operation, String),
}

/// What was read of one thing.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Its ARN.
    pub arn: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// How it is set up.
    pub config: Config,
    /// Its tags, where its kind has them.
    pub tags: Option<Map<String, Value>>,
}

/// What a reader made of it.
#[derive(Clone, Debug)]
pub enum Read {
    /// This.
    Found(Box<Found>),
    /// It is called otherwise: by an alias, or without its revision.
    Same(Reference),
    /// It is no resource of the application: AWS's own.
    Nothing(&'static str),
}

/// A link from what is read to something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// To what.
    pub to: Reference,
    /// The field it stands in.
    pub field: String,
}

/// Where one thing is read.
pub struct Desk<'a> {
    told: &'a Told,
    /// Where is looked.
    pub here: &'a Here,
    /// Takes out what is secret.
    pub sealer: &'a Sealer,
    own: &'a Reference,
    /// What is wanted.
    pub(super) wants: Vec<Want>,
    /// What it refers to.
    pub(super) needs: BTreeSet<Link>,
    /// What it refers to if that is captured anyway, and is never followed.
    pub(super) beside: BTreeSet<Link>,
    /// What refers to it, of which it is only told where that is not captured.
    pub(super) beyond: BTreeSet<Link>,
    /// What is pulled in by it and does not have to be there for it.
    pub(super) children: BTreeSet<Link>,
    pub(super) outside: BTreeSet<Outside>,
    pub(super) gaps: BTreeSet<Gap>,
    /// Texts that may name others.
    pub(super) texts: Vec<String>,
    /// By what others may name it.
    pub(super) known: BTreeSet<String>,
}

impl<'a> Desk<'a> {
    /// Where `own` is read.
    pub(super) fn new(told: &'a Told, here: &'a Here, sealer: &'a Sealer, own: &'a Reference) -> Self {
        Self {
            told,
            here,
            sealer,
            own,
            wants: Vec::new(),
            needs: BTreeSet::new(),
            beside: BTreeSet::new(),
            beyond: BTreeSet::new(),
            children: BTreeSet::new(),
            outside: BTreeSet::new(),
            gaps: BTreeSet::new(),
            texts: Vec::new(),
            known: BTreeSet::new(),
        }
    }

    /// The answer to a call.
    ///
    /// # Errors
    /// While it is not told, when there is none, and when it was not told.
    pub fn call(&mut self, operation: &'static Operation, request: Value) -> Step<&'a Value> {
        self.asked(Ask { operation, request, at_home: false })
    }

    /// The same, asked where the partition has what is of all regions.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn call_at_home(&mut self, operation: &'static Operation, request: Value) -> Step<&'a Value> {
        self.asked(Ask { operation, request, at_home: true })
    }

    fn asked(&mut self, ask: Ask) -> Step<&'a Value> {
        match self.told.calls.get(&ask.key()) {
            Some(answer) => settled(ask.operation, answer),
            None => {
                self.wants.push(Want::Call(ask));
                Err(Stop::Pending)
            }
        }
    }

    /// The list that a call answers.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn list(&mut self, operation: &'static Operation, request: Value) -> Step<Vec<&'a Value>> {
        self.call(operation, request).map(|items| pick::list(items, ""))
    }

    /// Everything of an operation's list that is of `id`.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn all(&mut self, operation: &'static Operation, id: &str) -> Step<Vec<&'a Value>> {
        match self.told.items.get(&((operation.key(), false), id.to_owned())) {
            Some(Err(Unread::Absent)) => Ok(Vec::new()),
            Some(answer) => settled(operation, answer).map(|items| pick::list(items, "")),
            None => {
                self.wants.push(Want::Item(operation, id.to_owned()));
                Err(Stop::Pending)
            }
        }
    }

    /// The one of an operation's list whose id this is.
    ///
    /// # Errors
    /// As [`Self::call`].
    pub fn one(&mut self, operation: &'static Operation, id: &str) -> Step<&'a Value> {
        self.all(operation, id)?.into_iter().next().ok_or(Stop::Absent)
    }

    /// A part of what is read: nothing where there is none, and where it was not told a mark in its place and a gap.
    ///
    /// # Errors
    /// While it is not told.
    pub fn part<T>(&mut self, step: Step<T>, made: impl FnOnce(&mut Self, T) -> Value) -> Step<Value> {
        match step {
            Ok(value) => Ok(made(self, value)),
            Err(Stop::Absent) => Ok(Value::Null),
            Err(Stop::Unread { operation, error }) => {
                self.gaps.insert(Gap { of: self.own.to_string(), operation, error });
                Ok(UNREAD.into())
            }
            Err(Stop::Pending) => Err(Stop::Pending),
        }
    }

    /// What is read refers to this, by `field`.
    pub fn need(&mut self, kind: &str, id: Option<&str>, field: &str) {
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            self.needs.insert(Link { to: Reference::new(kind, id), field: field.to_owned() });
        }
    }

    /// What is read refers to each of these.
    pub fn needs<'t>(&mut self, kind: &str, ids: impl IntoIterator<Item = &'t str>, field: &str) {
        for id in ids {
            self.need(kind, Some(id), field);
        }
    }

    /// What is read refers to these, which are not followed: they may be others'.
    pub fn beside<'t>(&mut self, kind: &str, ids: impl IntoIterator<Item = &'t str>, field: &str) {
        let links = ids.into_iter().map(|id| Link { to: Reference::new(kind, id), field: field.to_owned() });
        self.beside.extend(links);
    }

    /// These refer to what is read, which does not need them: they may be others'.
    pub fn beyond<'t>(&mut self, kind: &str, ids: impl IntoIterator<Item = &'t str>, field: &str) {
        let links = ids.into_iter().map(|id| Link { to: Reference::new(kind, id), field: field.to_owned() });
        self.beyond.extend(links);
    }

    /// What is read has this, which comes with it.
    pub fn child(&mut self, kind: &str, id: &str, field: &str) {
        if !id.is_empty() {
            self.children.insert(Link { to: Reference::new(kind, id), field: field.to_owned() });
        }
    }

    /// What is read refers to whatever this ARN is of; to a thing of `kind` where it is a name.
    pub fn refer(&mut self, kind: &str, arn_or_id: Option<&str>, field: &str) {
        let Some(text) = arn_or_id.filter(|text| !text.is_empty()) else { return };
        if !text.starts_with("arn:") {
            return self.need(kind, Some(text), field);
        }
        match arn::target(text, self.here) {
            Some(target) => self.aims(target, field),
            None => self.leave(text, arn::NOT_READ),
        }
    }

    /// What is read refers to everything that `text` names.
    pub fn mention(&mut self, text: &str, field: &str) {
        for target in arn::mentions(text, self.here) {
            self.aims(target, field);
        }
        self.texts.push(text.to_owned());
    }

    /// What is read refers to everything that the texts in `value` name.
    pub fn mentions(&mut self, value: &Value, field: &str) {
        match value {
            Value::String(text) => self.mention(text, field),
            Value::Array(items) => items.iter().for_each(|item| self.mentions(item, field)),
            Value::Object(members) => members.values().for_each(|value| self.mentions(value, field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn aims(&mut self, target: Target, field: &str) {
        match target {
            Target::Here(to) if to == *self.own => {}
            Target::Here(to) => {
                self.needs.insert(Link { to, field: field.to_owned() });
            }
            Target::Part => {}
            Target::Outside(to, why) => self.leave(&to, why),
        }
    }

    /// What is read refers to this, which is not captured.
    pub fn leave(&mut self, to: &str, why: &str) {
        self.outside.insert(Outside { from: self.own.to_string(), to: to.to_owned(), why: why.to_owned() });
    }

    /// Others may name what is read by this.
    pub fn known_by(&mut self, name: Option<&str>) {
        // Shorter ones are words too.
        self.known.extend(name.filter(|name| name.len() >= 8).map(str::to_owned));
    }

    /// A document: what it names is referred to, and what is secret in it is not kept.
    pub fn document(&mut self, text: &str, field: &str) -> Value {
        let document = super::document::read(text);
        self.mentions(&document, field);
        self.sealer.value(field, &document)
    }
}

fn settled<'a>(operation: &Operation, answer: &'a Answer) -> Step<&'a Value> {
    match answer {
        Ok(value) => Ok(value),
        Err(Unread::Absent) => Err(Stop::Absent),
        Err(Unread::Told(error)) => Err(Stop::Unread { operation: operation.name.to_owned(), error: error.clone() }),
    }
}

/// The tags in `items`, without those that AWS sets itself.
pub fn tags(items: &[&Value], sealer: &Sealer) -> Map<String, Value> {
    let mut tags = BTreeMap::new();
    for item in items {
        let any = |names: [&str; 3]| names.iter().find_map(|name| item.get(name)?.as_str());
        let Some(key) = any(["Key", "key", "TagKey"]) else { continue };
        tags.insert(key.to_owned(), any(["Value", "value", "TagValue"]).unwrap_or_default().to_owned());
    }
    of_map(tags, sealer)
}

/// The same of a table of tags.
pub fn tags_of(table: &Value, sealer: &Sealer) -> Map<String, Value> {
    let members = table.as_object().into_iter().flatten();
    of_map(members.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(), sealer)
}

/// Tags that were read apart: a mark in their place where they were not told.
pub fn with_tags(config: &mut Config, tags: Value) -> Option<Map<String, Value>> {
    match tags {
        Value::Object(tags) => Some(tags),
        Value::Null => Some(Map::new()),
        other => {
            config.put("Tags", other);
            None
        }
    }
}

/// The stack that a thing says to be of, which is the one of AWS's own tags that is kept: who manages it.
pub(super) const STACK: &str = "aws:cloudformation:stack-name";

fn of_map(tags: BTreeMap<String, String>, sealer: &Sealer) -> Map<String, Value> {
    let kept = tags.into_iter().filter(|(key, _)| !key.starts_with("aws:") || key == STACK);
    kept.map(|(key, value)| (key.clone(), sealer.text(&key, &value).into())).collect()
}
