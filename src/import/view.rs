//! What an importer reads of a file: a value with its way from the root, and where that is. Texts come clean, since
//! they are others'.

use super::json::{self, Node, What};
use crate::plan::diagnostic::{PlanError, PlanErrors};
use crate::text::Clean;

/// A file that is imported: how it is called, and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// As the person named it.
    pub name: String,
    /// What it holds.
    pub text: String,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub name: String,
    root: Node,
    /// Where each line begins, in bytes.
    lines: Vec<usize>,
}

/// Where something stands in one of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Which file, counted from 0.
    pub file: usize,
    /// In bytes.
    pub at: usize,
    /// The way to it: `StatePayload[0].resources[1]`.
    pub path: String,
}

/// A value of a file.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    node: &'a Node,
    file: usize,
    path: String,
}

impl Document {
    /// Reads a file that should be `what`; of one with `secrets` no line is shown where it is not.
    pub fn read(file: &File, what: &str, secrets: bool) -> Result<Self, PlanErrors> {
        let root = json::parse(&file.text).map_err(|broken| {
            let help = "give the JSON as it was written; a cut or edited copy is not read half";
            let error = PlanError::new(broken.at..broken.at + 1, broken.why, "not JSON from here", help);
            let shown = if secrets { file.hidden() } else { file.clone() };
            PlanErrors::of(what, &file.name, &shown.text, vec![error])
        })?;
        let ends = file.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Ok(Self { name: file.name.clone(), root, lines: std::iter::once(0).chain(ends).collect() })
    }

    /// The whole of it, as file number `file`.
    pub fn view(&self, file: usize) -> View<'_> {
        View { node: &self.root, file, path: String::new() }
    }

    /// The line of `place` in it, from 1.
    pub fn line(&self, place: &Place) -> usize {
        self.lines.partition_point(|begin| *begin <= place.at).max(1)
    }
}

impl File {
    /// The same file with nothing but its form: what may be shown of one with secrets.
    pub(super) fn hidden(&self) -> Self {
        let form = |c: char| if c.is_ascii_whitespace() || "{}[]:,\"".contains(c) { c } else { '*' };
        // A character for a byte, so that every place stays where it is.
        let text = self.text.chars().flat_map(|c| std::iter::repeat_n(form(c), c.len_utf8())).collect();
        Self { name: self.name.clone(), text }
    }
}

impl<'a> View<'a> {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { file: self.file, at: self.node.at, path: self.path.clone() }
    }

    /// What it is called in a sentence.
    pub fn word(&self) -> &'static str {
        self.node.what.word()
    }

    /// The value under `key`; none where that is null.
    pub fn get(&self, key: &str) -> Option<View<'a>> {
        let What::Table(entries) = &self.node.what else { return None };
        let (_, node) = entries.iter().find(|(name, node)| name == key && node.what != What::Null)?;
        Some(self.below(key, node))
    }

    /// The value at the end of a way of keys; a list of one on the way is that one.
    pub fn at(&self, keys: &[&str]) -> Option<View<'a>> {
        keys.iter().try_fold(self.clone(), |view, key| {
            let view = match view.items().as_slice() {
                [one] => one.clone(),
                _ => view,
            };
            view.get(key)
        })
    }

    /// The text under `key`, without blanks around it; none where it is empty.
    pub fn said(&self, key: &str) -> Option<String> {
        self.get(key)?.text().filter(|text| !text.is_empty())
    }

    /// What stands in a list; nothing where it is none.
    pub fn items(&self) -> Vec<View<'a>> {
        let What::List(items) = &self.node.what else { return Vec::new() };
        let item = |(place, node)| View { node, file: self.file, path: format!("{}[{place}]", self.path) };
        items.iter().enumerate().map(item).collect()
    }

    /// The keys and values of an object; nothing where it is none.
    pub fn entries(&self) -> Vec<(String, View<'a>)> {
        let What::Table(entries) = &self.node.what else { return Vec::new() };
        entries.iter().map(|(key, node)| (clean(key), self.below(key, node))).collect()
    }

    /// Whether it is an object.
    pub fn is_table(&self) -> bool {
        matches!(self.node.what, What::Table(_))
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.node.what, What::List(_))
    }

    /// Its text, clean; a number's digits.
    pub fn text(&self) -> Option<String> {
        match &self.node.what {
            What::Text(text) => Some(clean(text)),
            What::Number(digits) => Some(digits.clone()),
            _ => None,
        }
    }

    /// Its text as it stands there, to be read on.
    pub fn raw(&self) -> Option<&'a str> {
        if let What::Text(text) = &self.node.what { Some(text) } else { None }
    }

    /// Whether it says yes: true, or a text that says so.
    pub fn truth(&self) -> Option<bool> {
        match &self.node.what {
            What::Truth(truth) => Some(*truth),
            What::Text(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("yes") => Some(true),
            What::Text(text) if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("no") => Some(false),
            _ => None,
        }
    }

    /// Its whole number, as a number or as a text of digits.
    pub fn count(&self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    /// All of it, as it stands there.
    pub fn value(&self) -> serde_json::Value {
        self.node.what.value()
    }

    /// A mistake of this file: it should be `what`.
    pub fn mistake(&self, file: &File, what: &str, message: &str, help: &str) -> PlanErrors {
        let way = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        let at = self.node.at..self.node.at + 1;
        PlanErrors::of(what, &file.name, &file.text, vec![PlanError::new(at, format!("{way}{message}"), "here", help)])
    }

    fn below(&self, key: &str, node: &'a Node) -> View<'a> {
        let key = clean(key);
        let is_plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let path = match (self.path.is_empty(), is_plain) {
            (true, true) => key,
            (false, true) => format!("{}.{key}", self.path),
            (_, false) => format!("{}[{key:?}]", self.path),
        };
        View { node, file: self.file, path }
    }
}

fn clean(text: &str) -> String {
    Clean::new(text).trim().to_owned()
}
