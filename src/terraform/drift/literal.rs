//! What generation writes, as values: what it says by reference is what that is in the cloud, and what nobody knows of a
//! value is told as such, so that it is compared with nothing.

use super::provider::{THE_PROVIDERS_OWN, is_asked_for};
use crate::snapshot::format::UNREAD;
use crate::snapshot::{Reference, Resource};
use crate::terraform::generate::Written;
use crate::terraform::hcl::{Body, Expr, Part};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    /// Nobody knows it: a secret, or what the provider alone has.
    Unknown,
    /// A text, a number, a truth.
    One(Value),
    /// Some.
    List(Vec<Literal>),
    /// By name: all there are.
    Table(BTreeMap<String, Literal>),
    /// What stands between braces.
    Block(Block),
    /// JSON in a text.
    Document(Value),
}

/// What stands between braces: what is declared may say more than is asked for of what runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Block {
    /// What it says, by name.
    pub says: BTreeMap<String, Literal>,
    /// What it would say if there were any of it.
    pub silent: BTreeSet<String>,
    /// Whether it says all that there is: what it does not say is not there.
    pub is_all: bool,
}

impl Block {
    /// What `declared` asks for that does not run here: names of which it was looked, and nothing is there. `way` leads here.
    pub fn lacks<'a>(&self, way: &str, declared: &'a Map<String, Value>) -> Vec<(&'a String, &'a Value)> {
        let is_lacking = |(name, value): &(&String, &Value)| {
            let is_looked_for = self.is_all || self.silent.contains(*name);
            is_looked_for
                && !self.says.contains_key(*name)
                && !THE_PROVIDERS_OWN.contains(&name.as_str())
                && is_asked_for(&format!("{way}.{name}"), value)
        };
        declared.iter().filter(is_lacking).collect()
    }
}

/// One block that generation writes, as values.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// `aws_vpc`.
    pub class: String,
    /// Whose it is.
    pub of: Reference,
    /// What an import names it by.
    pub import: Option<String>,
    /// Whether it is what its resource is, and no part of it.
    pub is_main: bool,
    /// What it says.
    pub says: BTreeMap<String, Literal>,
    /// What it would say if there were any of it.
    pub silent: BTreeSet<String>,
}

impl Told {
    /// A text that it says.
    pub fn text(&self, name: &str) -> Option<String> {
        match self.says.get(name)? {
            Literal::One(Value::String(text)) => Some(text.clone()),
            Literal::One(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }
}

/// What every block says.
pub(super) fn all(written: &[Written], resources: &HashMap<Reference, &Resource>) -> Vec<Told> {
    let by_address: HashMap<String, &Written> = written.iter().map(|one| (one.address.to_string(), one)).collect();
    let reading = Reading { by_address, resources };
    let mut seen: BTreeSet<&Reference> = BTreeSet::new();
    written
        .iter()
        .map(|one| {
            let body = &one.block.body;
            let varies = varying(body);
            let mut says = reading.body(body);
            says.retain(|name, _| !varies.contains(name));
            let silent = body.silent().filter(|name| !varies.contains(*name)).map(str::to_owned).collect();
            let class = one.address.class.clone();
            // The first that a rule makes is what the others are parts of.
            Told { class, of: one.of.clone(), import: one.import.clone(), is_main: seen.insert(&one.of), says, silent }
        })
        .collect()
}

/// What changes while it runs, and what only the provider has.
fn varying(body: &Body) -> BTreeSet<String> {
    let lifecycle = body.nested().iter().find(|block| block.keyword == "lifecycle");
    let ignored = lifecycle.and_then(|block| block.body.value("ignore_changes"));
    let Some(Expr::List(names)) = ignored else { return BTreeSet::new() };
    let name = |name: &Expr| if let Expr::Said(name) = name { Some(name.clone()) } else { None };
    names.iter().filter_map(name).collect()
}

/// What tells of what is said of a block the value that it has in the cloud; none where nobody knows it.
pub(in crate::terraform) fn values<'a>(
    written: &'a [Written],
    resources: &'a HashMap<Reference, &'a Resource>,
) -> impl Fn(&str) -> Option<String> + 'a {
    let by_address = written.iter().map(|one| (one.address.to_string(), one)).collect();
    let reading = Reading { by_address, resources };
    move |said| reading.said(said)
}

struct Reading<'a> {
    by_address: HashMap<String, &'a Written>,
    resources: &'a HashMap<Reference, &'a Resource>,
}

impl Reading<'_> {
    fn body(&self, body: &Body) -> BTreeMap<String, Literal> {
        let values = body.values().filter(|(name, _)| *name != "depends_on");
        let mut says: BTreeMap<String, Literal> =
            values.map(|(name, value)| (name.to_owned(), self.value(value))).collect();
        for block in body.nested().iter().filter(|block| block.keyword != "lifecycle") {
            let inner = Literal::Block(Block {
                says: self.body(&block.body),
                silent: block.body.silent().map(str::to_owned).collect(),
                is_all: block.body.is_all(),
            });
            match says.entry(block.keyword.clone()).or_insert_with(|| Literal::List(Vec::new())) {
                Literal::List(all) => all.push(inner),
                other => *other = Literal::List(vec![inner]),
            }
        }
        says
    }

    fn value(&self, value: &Expr) -> Literal {
        match value {
            Expr::Null => Literal::One(Value::Null),
            Expr::Truth(truth) => Literal::One((*truth).into()),
            Expr::Number(number) => Literal::One(Value::Number(number.clone())),
            Expr::Text(parts) => self.text(parts),
            Expr::Said(said) => self.said(said).map_or(Literal::Unknown, |text| Literal::One(text.into())),
            Expr::List(items) => Literal::List(items.iter().map(|item| self.value(item)).collect()),
            Expr::Object(members) => {
                Literal::Table(members.iter().map(|(name, value)| (name.clone(), self.value(value))).collect())
            }
            Expr::Base64(inner) => self.value(inner),
            Expr::Json(inner) => plain(&self.value(inner)).map_or(Literal::Unknown, Literal::Document),
        }
    }

    fn text(&self, parts: &[Part]) -> Literal {
        let each: Option<Vec<String>> = parts
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Some(text.clone()),
                Part::Said(said) => self.said(said),
            })
            .collect();
        match each.map(|parts| parts.concat()) {
            Some(text) if text.contains(UNREAD) => Literal::Unknown,
            Some(text) => Literal::One(text.into()),
            None => Literal::Unknown,
        }
    }

    /// What is said elsewhere: an attribute of another block, by what that says itself or what its resource is known by.
    fn said(&self, said: &str) -> Option<String> {
        let (address, attribute) = said.rsplit_once('.')?;
        let one = self.by_address.get(address)?;
        if let Some(Expr::Text(parts)) = one.block.body.value(attribute) {
            match self.text(parts) {
                Literal::One(Value::String(text)) => return Some(text),
                _ => return None,
            }
        }
        let resource = self.resources.get(&one.of)?;
        match attribute {
            // What its provider calls the id of a cluster is its ARN.
            "id" if one.address.class == "aws_ecs_cluster" => resource.arn.clone(),
            "arn" => resource.arn.clone().or_else(|| one.import.clone()),
            "dns_name" => resource.known_by.first().cloned(),
            "id" | "url" => one.import.clone(),
            "key_id" | "name" | "function_name" | "identifier" => Some(resource.id.clone()),
            _ => None,
        }
    }
}

/// A value as JSON has it; none where a part of it is not known.
fn plain(value: &Literal) -> Option<Value> {
    Some(match value {
        Literal::Unknown => return None,
        Literal::One(value) | Literal::Document(value) => value.clone(),
        Literal::List(items) => Value::Array(items.iter().map(plain).collect::<Option<_>>()?),
        Literal::Table(members) | Literal::Block(Block { says: members, .. }) => {
            let each = members.iter().map(|(name, value)| Some((name.clone(), plain(value)?)));
            Value::Object(each.collect::<Option<_>>()?)
        }
    })
}

/// A value as it is shown: what is not known is left out.
pub(super) fn shown(value: &Literal) -> Value {
    match value {
        Literal::Unknown => Value::Null,
        Literal::One(value) | Literal::Document(value) => value.clone(),
        Literal::List(items) => items.iter().map(shown).collect(),
        Literal::Table(members) | Literal::Block(Block { says: members, .. }) => {
            let known = members.iter().filter(|(_, value)| **value != Literal::Unknown);
            Value::Object(known.map(|(name, value)| (name.clone(), shown(value))).collect())
        }
    }
}
