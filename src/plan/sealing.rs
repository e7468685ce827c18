//! Takes the secrets out of a plan as it is read: where one stood stands a token, and the plan keeps a list of them, by
//! name, with where each comes from. The values go their own way and never come back into a plan.

use super::kind::{Field, Takes};
use super::model::{Component, Plan};
use super::reference::{Piece, pieces};
use crate::seal::looks::header_is_secret;
use crate::seal::scan::{self, As};
use crate::seal::token::{self, Part};
use crate::seal::{Secret, Token, is_secret};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// What of a plan is sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sealed {
    /// The file the plan was read from, to read its values from it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Clean>,
    /// The values, in the order in which they stand in the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<SealedValue>,
    /// The outputs that are used as secrets: `fetch.stdout`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub outputs: BTreeSet<Clean>,
}

impl Sealed {
    /// Whether there is nothing to say of it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A value that is not written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SealedValue {
    /// What it is called: `api.environment.DB_PASSWORD`. No other has this name.
    pub name: Clean,
    /// The text it stands in, as a way through the plan: `component/api/environment/DB_PASSWORD`.
    pub at: Clean,
    /// Where it comes from.
    pub from: Source,
    /// It is sealed for where it stands, as a header is, and not for what it looks like.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub carried: bool,
}

impl SealedValue {
    /// Whether it is a secret that the plan itself holds.
    pub fn is_literal(&self) -> bool {
        self.from == Source::Plan && !self.carried
    }
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The plan file itself.
    Plan,
    /// An environment variable of Landfall's own.
    Env(Clean),
    /// A file.
    File(Clean),
}

/// The values that stood in a plan file, by their place in [`Sealed::values`]; none for those read elsewhere.
pub type Literals = Vec<Option<Secret>>;

/// Takes secrets out, and notes them down.
#[derive(Debug, Default)]
pub(super) struct Sealing {
    pub(super) sealed: Sealed,
    pub(super) literals: Literals,
    names: BTreeSet<String>,
}

impl Sealing {
    /// Seals what is secret in `component`, whose kind has these fields.
    pub(super) fn component(&mut self, component: &mut Component, fields: &[Field]) {
        let at = Way::new("component").below(component.name.as_str()).called(&[component.name.as_str()]);
        for (name, words) in [
            ("tier", &mut component.tier),
            ("owner", &mut component.owner),
            ("description", &mut component.description),
            ("approve", &mut component.approve),
        ] {
            self.words(&at.below(name), words);
        }
        for field in fields {
            let Some(value) = component.fields.0.get_mut(field.name) else { continue };
            self.field(&at.below(field.name), field, value);
        }
    }

    /// Seals what is secret in words for persons.
    pub(super) fn words(&mut self, at: &Way, words: &mut Option<Clean>) {
        let Some(text) = words.as_ref().map(ToString::to_string) else { return };
        let found = scan::secrets(As::Words, &text);
        if !found.is_empty() {
            *words =
                Some(Clean::new(&self.text(at, &text, &found, false, |part| Some(vec![Piece::Text(part.to_owned())]))));
        }
    }

    fn table(&mut self, at: &Way, fields: &[Field], table: &mut serde_json::Map<String, Value>) {
        for field in fields {
            let Some(value) = table.get_mut(field.name) else { continue };
            self.field(&at.below(field.name), field, value);
        }
    }

    fn field(&mut self, at: &Way, field: &Field, value: &mut Value) {
        match (field.takes, value) {
            (Takes::Table(fields), Value::Object(table)) => self.table(at, fields, table),
            (Takes::Tables(fields), Value::Array(items)) => {
                for (nth, item) in items.iter_mut().enumerate() {
                    let Value::Object(table) = item else { continue };
                    self.table(&at.below(&nth.to_string()), fields, table);
                }
            }
            (Takes::Program, Value::Array(items)) => self.program(at, items),
            (Takes::Texts, Value::Array(items)) => {
                for (nth, item) in items.iter_mut().enumerate() {
                    self.value(&at.below(&nth.to_string()), As::Named(field.name), false, item);
                }
            }
            (Takes::TextTable, Value::Object(table)) => {
                // What `secrets` holds are addresses of secrets, by the names of the secrets.
                let by_address = field.name == "secrets";
                for (name, item) in table.iter_mut() {
                    let is_address = by_address && item.as_str().is_some_and(|text| text.starts_with('/'));
                    let read = if is_address { As::Output } else { As::Named(name) };
                    self.value(&at.below(name), read, false, item);
                }
            }
            (Takes::Headers, Value::Object(table)) => {
                for (name, item) in table.iter_mut() {
                    self.value(&at.below(name), As::Header(name), true, item);
                    // What is put into a secret is one, whatever its key is called.
                    if field.name == "set" {
                        self.given_in_confidence(item);
                    }
                }
            }
            (Takes::Sealed, value) => {
                self.value(at, As::Output, true, value);
                if field.name == "value" {
                    self.given_in_confidence(value);
                }
            }
            (Takes::Text | Takes::Value, value) => {
                let read = if field.name == "ask" || field.name == "who" { As::Words } else { As::Named(field.name) };
                self.value(at, read, false, value);
            }
            (
                Takes::Choice(_)
                | Takes::Count
                | Takes::CountOrReference
                | Takes::Within(..)
                | Takes::Truth
                | Takes::Duration
                | Takes::CountTable
                | Takes::TableWithin(..)
                | Takes::Table(_)
                | Takes::Tables(_)
                | Takes::Program
                | Takes::Texts
                | Takes::TextTable
                | Takes::Headers,
                _,
            ) => {}
        }
    }

    /// What other components give for `value` is used as a secret.
    fn given_in_confidence(&mut self, value: &Value) {
        for piece in value.as_str().and_then(pieces).into_iter().flatten() {
            if let Piece::Reference { component, output } = piece {
                self.sealed.outputs.insert(Clean::new(&format!("{component}.{output}")));
            }
        }
    }

    fn program(&mut self, at: &Way, items: &mut [Value]) {
        let words: Vec<String> = items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect();
        for ((nth, item), found) in items.iter_mut().enumerate().zip(scan::in_arguments(&words)) {
            // By its flag, where it has one: `k.run.password` tells more than `k.run.2`.
            let flag = nth.checked_sub(1).map_or("", |before| words[before].as_str());
            let is_flag = flag.starts_with('-') && flag.len() < 40;
            let is_flag = is_flag && flag.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            let called = if is_flag { flag.trim_start_matches('-').to_owned() } else { nth.to_string() };
            let at = Way { called: at.below(&called).called, ..at.below(&nth.to_string()) };
            match item {
                Value::String(text) if !found.is_empty() => *text = self.text(&at, text, &found, false, pieces),
                item => self.value(&at, As::Argument, false, item),
            }
        }
    }

    /// One value: a text, or where it is read.
    fn value(&mut self, at: &Way, read: As<'_>, always: bool, value: &mut Value) {
        match value {
            Value::String(text) => {
                let found = scan::secrets(read, text);
                let whole = std::iter::once(0..text.len()).collect::<Vec<_>>();
                if always && !text.is_empty() {
                    let is_carried = found != whole;
                    *text = self.text(at, text, &whole, is_carried, pieces);
                } else if !found.is_empty() {
                    *text = self.text(at, text, &found, false, pieces);
                }
            }
            Value::Object(table) => {
                let from = |name: &str| table.get(name).and_then(Value::as_str).map(Clean::new);
                let source = from("env").map(Source::Env).or_else(|| from("file").map(Source::File));
                if let Some(source) = source {
                    let token = self.add(at, None, source, None, false);
                    *value = Value::String(token.to_string());
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
        }
    }

    /// `text`, which is read by `pieces`, with tokens for these parts of it. A `${…}` in one stays, and what it gives is a
    /// secret too.
    fn text(
        &mut self,
        at: &Way,
        text: &str,
        found: &[Range<usize>],
        carried: bool,
        pieces: fn(&str) -> Option<Vec<Piece>>,
    ) -> String {
        if pieces(text).is_none() {
            // It is a mistake, and told as one.
            return text.to_owned();
        }
        let (mut sealed, mut from) = (String::with_capacity(text.len()), 0);
        for range in found {
            sealed.push_str(&text[from..range.start]);
            from = range.end;
            let part = &text[range.clone()];
            let is_user = text[..range.start].ends_with("://") && text[range.end..].starts_with(':');
            let carried = carried || (is_user && !is_secret("", part));
            let label = if range.len() == text.len() { None } else { label(text, range) };
            for piece in joined(pieces(part).unwrap_or_else(|| vec![Piece::Text(part.to_owned())])) {
                match piece {
                    Piece::Text(plain) if plain.is_empty() => {}
                    Piece::Text(plain) => {
                        let token = self.add(at, label.as_deref(), Source::Plan, Some(Secret::new(&plain)), carried);
                        sealed.push_str(token.as_str());
                    }
                    Piece::Reference { component, output } => {
                        let output = format!("{component}.{output}");
                        sealed.push_str(&format!("${{{output}}}"));
                        if !carried {
                            self.sealed.outputs.insert(Clean::new(&output));
                        }
                    }
                }
            }
        }
        sealed.push_str(&text[from..]);
        sealed
    }

    fn add(&mut self, at: &Way, label: Option<&str>, from: Source, value: Option<Secret>, carried: bool) -> Token {
        let token = Token::unknown(self.literals.len());
        let called: Vec<&str> = at.called.iter().map(String::as_str).chain(label).collect();
        let plain = called.join(".");
        let mut name = plain.clone();
        for nth in 2.. {
            if self.names.insert(name.clone()) {
                break;
            }
            name = format!("{plain}-{nth}");
        }
        let (name, at) = (Clean::new(&name), Clean::new(&at.at.join("/")));
        self.sealed.values.push(SealedValue { name, at, from, carried });
        self.literals.push(value);
        token
    }
}

/// A way to a text in a plan, and what the text is called.
#[derive(Clone, Debug)]
pub(super) struct Way {
    at: Vec<String>,
    called: Vec<String>,
}

impl Way {
    /// Into `table`.
    pub(super) fn new(table: &str) -> Self {
        Self { at: vec![table.to_owned()], called: vec![table.to_owned()] }
    }

    /// One further.
    pub(super) fn below(&self, key: &str) -> Self {
        let mut further = self.clone();
        further.at.push(key.replace('~', "~0").replace('/', "~1"));
        further.called.push(key.to_owned());
        further
    }

    fn called(self, called: &[&str]) -> Self {
        Self { called: called.iter().map(|part| (*part).to_owned()).collect(), ..self }
    }
}

/// What a part of a text is called by what stands before it.
fn label(text: &str, range: &Range<usize>) -> Option<String> {
    let (before, behind) = (&text[..range.start], &text[range.end..]);
    if before.ends_with("://") {
        return Some("user".to_owned());
    }
    if behind.starts_with('@') {
        return Some("password".to_owned());
    }
    let before = before.trim_end_matches([' ', '\t', '"', '\'', '\\', ':', '=']);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let begin = before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last()?.0;
    // Any other word may be a secret itself.
    let name = before[begin..].trim_start_matches('-');
    header_is_secret(name).then(|| name.to_owned())
}

/// A doubled dollar makes two texts of one.
fn joined(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut joined: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (joined.last_mut(), piece) {
            (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
            (_, piece) => joined.push(piece),
        }
    }
    joined
}

impl Plan {
    /// The plan with these tokens, one for each of its values, where it has none yet.
    pub fn with_tokens(mut self, tokens: &[Token]) -> Self {
        let places: HashMap<String, &Token> =
            tokens.iter().enumerate().map(|(place, token)| (Token::unknown(place).to_string(), token)).collect();
        if places.is_empty() {
            return self;
        }
        let put = |text: &str| -> String {
            let put = token::parts(text).into_iter().map(|part| match part {
                Part::Plain(plain) => plain.to_owned(),
                Part::Sealed(unknown) => {
                    places.get(unknown.as_str()).map_or(unknown, |token| (*token).clone()).to_string()
                }
            });
            put.collect()
        };
        let words = |words: &mut Option<Clean>| *words = words.as_ref().map(|words| Clean::new(&put(words)));
        words(&mut self.application.description);
        words(&mut self.application.owner);
        for component in &mut self.components {
            let Component { tier, owner, description, approve, fields, .. } = component;
            [tier, owner, description, approve].into_iter().for_each(words);
            fields.0.values_mut().for_each(|value| each_text(value, &put));
        }
        self
    }

    /// The token of the value at `place` of the list, as it stands in the plan now.
    pub fn token(&self, place: usize) -> Option<Token> {
        let value = self.sealed.values.get(place)?;
        let text = self.text_at(&value.at)?;
        let tokens = token::parts(text).into_iter().filter_map(|part| match part {
            Part::Plain(_) => None,
            Part::Sealed(token) => Some(token),
        });
        tokens.into_iter().nth(self.nth(place))
    }

    /// Puts another token where the value at `place` of the list stands.
    pub fn reseal(&mut self, place: usize, token: &Token) {
        let nth = self.nth(place);
        let Some(at) = self.sealed.values.get(place).map(|value| value.at.clone()) else { return };
        let Some(text) = self.text_at_mut(&at) else { return };
        let mut seen = 0;
        let put: Vec<String> = token::parts(text)
            .into_iter()
            .map(|part| match part {
                Part::Plain(plain) => plain.to_owned(),
                Part::Sealed(old) => {
                    seen += 1;
                    if seen == nth + 1 { token.to_string() } else { old.to_string() }
                }
            })
            .collect();
        *text = put.concat();
    }

    /// Which of the tokens of its text it is.
    fn nth(&self, place: usize) -> usize {
        let values = &self.sealed.values;
        values[..place.min(values.len())]
            .iter()
            .filter(|other| Some(&other.at) == values.get(place).map(|own| &own.at))
            .count()
    }

    fn text_at(&self, at: &str) -> Option<&str> {
        let (component, way) = component_and_way(at)?;
        let component = self.components.iter().find(|found| found.name.as_str() == component)?;
        let (first, rest) = way.split_first()?;
        rest.iter()
            .try_fold(component.fields.0.get(first)?, |value, key| match value {
                Value::Object(table) => table.get(key),
                Value::Array(items) => items.get(key.parse::<usize>().ok()?),
                _ => None,
            })?
            .as_str()
    }

    fn text_at_mut(&mut self, at: &str) -> Option<&mut String> {
        let (component, way) = component_and_way(at)?;
        let component = self.components.iter_mut().find(|found| found.name.as_str() == component)?;
        let (first, rest) = way.split_first()?;
        let found = rest.iter().try_fold(component.fields.0.get_mut(first)?, |value, key| match value {
            Value::Object(table) => table.get_mut(key),
            Value::Array(items) => items.get_mut(key.parse::<usize>().ok()?),
            _ => None,
        })?;
        match found {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether what `component` gives as `output` is used as a secret.
    pub fn gives_in_confidence(&self, component: &str, output: &str) -> bool {
        !self.sealed.outputs.is_empty() && self.sealed.outputs.contains(format!("{component}.{output}").as_str())
    }
}

fn component_and_way(at: &str) -> Option<(String, Vec<String>)> {
    let mut parts = at.split('/').map(|part| part.replace("~1", "/").replace("~0", "~"));
    let is_component = parts.next()? == "component";
    let component = parts.next().filter(|_| is_component)?;
    Some((component, parts.collect()))
}

fn each_text(value: &mut Value, put: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) if token::has_token(text) => *text = put(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, put)),
        Value::Object(table) => table.values_mut().for_each(|item| each_text(item, put)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
