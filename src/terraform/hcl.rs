//! Terraform's language, written as `terraform fmt` would write it: a value is what it is, whatever signs it holds.

use serde_json::{Number, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// How long a list may be before each of its items has a line of its own.
const LINE: usize = 80;

/// A value or what stands for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `null`.
    Null,
    /// `true`, `false`.
    Truth(bool),
    /// A number.
    Number(Number),
    /// A text, with what stands for parts of it.
    Text(Vec<Part>),
    /// What is said elsewhere: `aws_vpc.shop.id`, `var.region`.
    Said(String),
    /// A list.
    List(Vec<Expr>),
    /// An object, in the order it is written in.
    Object(Vec<(String, Expr)>),
    /// A text that is JSON: `jsonencode(…)`.
    Json(Box<Expr>),
    /// A text in base 64: `base64encode(…)`.
    Base64(Box<Expr>),
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// As it stands.
    Literal(String),
    /// What is said elsewhere.
    Said(String),
}

/// What stands between braces: values, then blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    values: Vec<(String, Expr)>,
    blocks: Vec<Block>,
    /// What was asked for a value or a block, and has none.
    silent: BTreeSet<String>,
    /// Whether all that there is of it was put here, whatever it is called: what is not, is not there.
    is_all: bool,
}

/// A block: `resource "aws_vpc" "shop" { … }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Lines above it.
    pub comments: Vec<String>,
    /// `resource`, `data`, `variable`, or a nested block's name.
    pub keyword: String,
    /// What follows it in quotes.
    pub labels: Vec<String>,
    /// What it says.
    pub body: Body,
}

impl Expr {
    /// A text as it stands.
    pub fn text(text: &str) -> Self {
        Self::Text(vec![Part::Literal(text.to_owned())])
    }

    /// What is said elsewhere.
    pub fn said(said: &str) -> Self {
        Self::Said(said.to_owned())
    }

    /// A text of parts; one part that is said elsewhere is no text around it, and empty parts are none.
    pub fn of_parts(parts: Vec<Part>) -> Self {
        let mut joined: Vec<Part> = Vec::new();
        for part in parts {
            match (joined.last_mut(), part) {
                (_, Part::Literal(text)) if text.is_empty() => {}
                (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
                (_, part) => joined.push(part),
            }
        }
        match joined.as_slice() {
            [Part::Said(said)] => Self::said(said),
            _ => Self::Text(joined),
        }
    }

    /// As JSON has it, with every text turned by `text`. Members keep the order they have.
    pub fn of(value: &Value, text: &impl Fn(&str) -> Self) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Truth(*truth),
            Value::Number(number) => Self::Number(number.clone()),
            Value::String(words) => text(words),
            Value::Array(items) => Self::List(items.iter().map(|item| Self::of(item, text)).collect()),
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.clone(), Self::of(value, text))).collect())
            }
        }
    }

    /// With every text in it, by its parts, turned by `turn`; names of members stay.
    #[must_use]
    pub fn turned(self, turn: &mut dyn FnMut(Vec<Part>) -> Self) -> Self {
        match self {
            Self::Text(parts) => turn(parts),
            Self::List(items) => Self::List(items.into_iter().map(|item| item.turned(turn)).collect()),
            Self::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, value.turned(turn))).collect())
            }
            Self::Json(inner) => Self::Json(Box::new(inner.turned(turn))),
            Self::Base64(inner) => Self::Base64(Box::new(inner.turned(turn))),
            Self::Null | Self::Truth(_) | Self::Number(_) | Self::Said(_) => self,
        }
    }

    /// What it says as it stands, where nothing in it is said elsewhere.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Text(parts) => match parts.as_slice() {
                [] => Some(""),
                [Part::Literal(text)] => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn write(&self, indent: usize) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Truth(truth) => truth.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(parts) => quoted(parts),
            Self::Said(said) => said.clone(),
            Self::Json(inner) => format!("jsonencode({})", inner.write(indent)),
            Self::Base64(inner) => format!("base64encode({})", inner.write(indent)),
            Self::List(items) => list(items, indent),
            Self::Object(members) if members.is_empty() => "{}".to_owned(),
            Self::Object(members) => {
                let lines = members.iter().map(|(name, value)| (key(name), value.write(indent + 1)));
                format!("{{\n{}{}}}", aligned(lines, indent + 1), spaces(indent))
            }
        }
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_) | Self::Json(_))
    }
}

impl From<&str> for Expr {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Expr {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl From<i64> for Expr {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Vec<Expr>> for Expr {
    fn from(items: Vec<Expr>) -> Self {
        Self::List(items)
    }
}

impl Body {
    /// With this value; [`Expr::Null`] is none.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Expr>) -> Self {
        self.put(name, value);
        self
    }

    /// With this value, where there is one.
    #[must_use]
    pub fn maybe(mut self, name: &str, value: Option<impl Into<Expr>>) -> Self {
        match value {
            Some(value) => self.put(name, value),
            None => drop(self.silent.insert(name.to_owned())),
        }
        self
    }

    /// With this value, where there is one; where there is none, another argument says what there is of it.
    #[must_use]
    pub fn either(self, name: &str, value: Option<impl Into<Expr>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With this block; one that says nothing is none.
    #[must_use]
    pub fn block(mut self, keyword: &str, body: Self) -> Self {
        if body.is_empty() {
            self.silent.insert(keyword.to_owned());
        } else {
            self.blocks.push(Block::nested(keyword, body));
        }
        self
    }

    /// With these blocks.
    #[must_use]
    pub fn blocks(mut self, keyword: &str, bodies: impl IntoIterator<Item = Self>) -> Self {
        self.silent.insert(keyword.to_owned());
        bodies.into_iter().fold(self, |body, inner| body.block(keyword, inner))
    }

    /// Says this value; [`Expr::Null`] is none.
    pub fn put(&mut self, name: &str, value: impl Into<Expr>) {
        let value = value.into();
        if value == Expr::Null {
            self.silent.insert(name.to_owned());
        } else {
            self.values.push((name.to_owned(), value));
        }
    }

    /// Says this value in the place of what it said by this name, or behind all others; [`Expr::Null`] takes it away.
    pub fn set(&mut self, name: &str, value: impl Into<Expr>) {
        let value = value.into();
        match self.values.iter().position(|(said, _)| said == name) {
            Some(at) if value == Expr::Null => drop(self.values.remove(at)),
            Some(at) => self.values[at].1 = value,
            None => self.put(name, value),
        }
    }

    /// Says nothing by these names any more, neither values nor blocks.
    pub fn drop_all(&mut self, names: &[&str]) {
        self.values.retain(|(said, _)| !names.contains(&said.as_str()));
        self.blocks.retain(|block| !names.contains(&block.keyword.as_str()));
    }

    /// Its values and blocks, to be turned into others.
    pub fn parts_mut(&mut self) -> (&mut Vec<(String, Expr)>, &mut Vec<Block>) {
        (&mut self.values, &mut self.blocks)
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.blocks.is_empty()
    }

    /// What it says by this name.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        self.values.iter().find(|(said, _)| said == name).map(|(_, value)| value)
    }

    /// Its values, in their order.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Expr)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// As all that there is of it: what it does not say is not there.
    #[must_use]
    pub fn all(mut self) -> Self {
        self.is_all = true;
        self
    }

    /// Whether it says all that there is of it.
    pub fn is_all(&self) -> bool {
        self.is_all
    }

    /// What it could say, and does not: nothing of it runs.
    pub fn silent(&self) -> impl Iterator<Item = &str> {
        let is_said =
            |name: &&str| self.value(name).is_some() || self.blocks.iter().any(|block| block.keyword == **name);
        self.silent.iter().map(String::as_str).filter(move |name| !is_said(name))
    }

    /// Its blocks, in their order.
    pub fn nested(&self) -> &[Block] {
        &self.blocks
    }

    fn write(&self, indent: usize) -> String {
        let lines = self.values.iter().map(|(name, value)| (name.clone(), value.write(indent)));
        let mut text = aligned(lines, indent);
        for block in &self.blocks {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&block.write(indent));
        }
        text
    }
}

impl Block {
    /// `keyword "labels" { body }`.
    pub fn new(keyword: &str, labels: &[&str], body: Body) -> Self {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        Self { comments: Vec::new(), keyword: keyword.to_owned(), labels, body }
    }

    fn nested(keyword: &str, body: Body) -> Self {
        Self::new(keyword, &[], body)
    }

    fn write(&self, indent: usize) -> String {
        let mut text = String::new();
        for comment in &self.comments {
            let _ = writeln!(text, "{}# {}", spaces(indent), one_line(comment));
        }
        let _ = write!(text, "{}{}", spaces(indent), self.keyword);
        for label in &self.labels {
            let _ = write!(text, " {}", quoted(&[Part::Literal(label.clone())]));
        }
        if self.body.is_empty() {
            text.push_str(" {}\n");
        } else {
            let _ = write!(text, " {{\n{}{}}}\n", self.body.write(indent + 1), spaces(indent));
        }
        text
    }
}

/// A file of these blocks, with `head` in comments above them.
pub fn file(head: &[String], blocks: &[Block]) -> String {
    let mut parts: Vec<String> = Vec::new();
    if !head.is_empty() {
        parts.push(head.iter().map(|line| format!("# {}\n", one_line(line))).collect());
    }
    parts.extend(blocks.iter().map(|block| block.write(0)));
    parts.join("\n")
}

/// A value as it stands on a line.
pub fn value(value: &Expr) -> String {
    value.write(0)
}

/// Values one below the other: `=` stands in one column over each run of values of one line; a value of several lines ends
/// the run, and stands in none.
fn aligned(lines: impl Iterator<Item = (String, String)>, indent: usize) -> String {
    let lines: Vec<_> = lines.collect();
    let mut text = String::new();
    for run in lines.chunk_by(|(_, one), (_, other)| !one.contains('\n') && !other.contains('\n')) {
        let width = run.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        for (name, value) in run {
            let _ = writeln!(text, "{}{name:<width$} = {value}", spaces(indent));
        }
    }
    text
}

fn list(items: &[Expr], indent: usize) -> String {
    if let [one @ Expr::Object(members)] = items
        && !members.is_empty()
    {
        return format!("[{}]", one.write(indent));
    }
    let written: Vec<String> = items.iter().map(|item| item.write(indent)).collect();
    let length: usize = written.iter().map(|item| item.chars().count() + 2).sum();
    if items.iter().all(Expr::is_plain) && length < LINE {
        return format!("[{}]", written.join(", "));
    }
    let lines: String =
        items.iter().map(|item| format!("{}{},\n", spaces(indent + 1), item.write(indent + 1))).collect();
    format!("[\n{lines}{}]", spaces(indent))
}

fn key(name: &str) -> String {
    let mut letters = name.chars();
    let is_bare = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    if is_bare { name.to_owned() } else { quoted(&[Part::Literal(name.to_owned())]) }
}

fn quoted(parts: &[Part]) -> String {
    let mut text = String::from("\"");
    for part in parts {
        match part {
            Part::Literal(literal) => escape(literal, &mut text),
            Part::Said(said) => {
                let _ = write!(text, "${{{said}}}");
            }
        }
    }
    text.push('"');
    text
}

/// Every sign that means something in a text of Terraform's, as it is written so that it means itself.
fn escape(literal: &str, text: &mut String) {
    let mut letters = literal.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                text.push(letter);
                text.push(letter);
            }
            // What a terminal or an editor would act on, or not show.
            letter if letter.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            letter => text.push(letter),
        }
    }
}

/// A comment is a line: what would end it, or act on a terminal, is a space.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn spaces(indent: usize) -> String {
    "  ".repeat(indent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terraform::reading::read;
    use proptest::prelude::*;
    use serde_json::json;

    fn said(name: &str, value: Expr) -> String {
        file(&[], &[Block::new("locals", &[], Body::default().with(name, value))])
    }

    #[test]
    fn values_stand_as_terraform_would_write_them() {
        let tags = Expr::Object(vec![("Name".to_owned(), "shop".into()), ("a b".to_owned(), Expr::Truth(true))]);
        let rule = |port: i64| Expr::Object(vec![("port".to_owned(), port.into())]);
        let inner =
            Body::default().with("type", "forward").with("target_group_arn", Expr::said("aws_lb_target_group.a.arn"));
        let body = Body::default()
            .with("id", 1)
            .with("longer", "two")
            .with("nothing", Expr::Null)
            .with("tags", tags)
            .with("after", Expr::List(vec![]))
            .with("one", Expr::Json(Box::new(Expr::List(vec![rule(1)]))))
            .with("two", Expr::List(vec![rule(1), rule(2)]))
            .with("short", Expr::List(vec!["a".into(), Expr::said("var.b")]))
            .with("empty", Expr::Object(vec![]))
            .with("part", Expr::of_parts(vec![Part::Said("a.b".into()), Part::Literal("/*".into())]))
            .block("default_action", inner)
            .block("empty", Body::default());
        let mut block = Block::new("resource", &["aws_lb", "shop"], body);
        block.comments.push("why\nso".to_owned());
        insta::assert_snapshot!(file(&["head".to_owned()], &[block]));
    }

    #[test]
    fn every_sign_means_itself() {
        for text in
            ["${x}", "$${x}", "$$${x}", "%{if}", "100%", "$", "a\"b\\c", "\u{1b}[2J", "line\nline\r\t", "é★", "$$", ""]
        {
            assert_eq!(read(&said("a", text.into())), json!({ "locals": [{ "a": text }] }), "{text:?}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[ -~]{0,12}".prop_map(Value::from),
            "\\PC{0,6}".prop_map(Value::from),
            "[${%}a\"\\\\]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            let object = prop::collection::btree_map("[ -~]{1,8}", inner.clone(), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::from),
                object.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_what_it_was(value in value()) {
            prop_assume!(!value.is_null());
            let text = said("a", Expr::of(&value, &Expr::text));
            prop_assert_eq!(read(&text), json!({ "locals": [{ "a": value }] }), "{}", text);
        }
    }
}
