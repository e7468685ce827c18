//! The plan as it grows while files are read: components in their order, what each says, and what somebody has yet to
//! say. Knows no dialect.

use super::found::Note;
use super::view::Place;
use crate::plan::Level;
use std::collections::{BTreeMap, HashMap};

/// What stands where somebody has to say it: `check` finds it in any plan.
pub(super) use crate::plan::lint::TODO;

/// The longest name that is made of a text.
const LONGEST: usize = 40;

/// What a field says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// A text of the file: a `${` in it is two characters.
    Text(String),
    /// A text with references of ours.
    Reference(String),
    Count(u64),
    Truth(bool),
    List(Vec<Says>),
    Table(Vec<(String, Says)>),
}

impl Says {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(Self::text).collect())
    }
}

/// A field of a component.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub name: String,
    /// What it says; nothing where only its name can be written.
    pub says: Option<Says>,
    /// What somebody has to say there.
    pub todo: Option<String>,
}

/// A component.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub name: String,
    pub kind: &'static str,
    pub needs: Vec<String>,
    pub lines: Vec<Line>,
    pub comments: Vec<String>,
    pub account: Option<String>,
    pub place: Place,
    /// What is found of it while it is made; told under the name that it gets.
    pub notes: Vec<Note>,
}

impl Piece {
    /// A component of `kind`, called after `name`, from what stands at `place`.
    pub fn new(kind: &'static str, name: &str, place: Place) -> Self {
        let slug = slug(name);
        let name = if slug.is_empty() { kind.to_owned() } else { slug };
        let (needs, lines, comments, notes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name, kind, needs, lines, comments, account: None, place, notes }
    }

    /// The same under a name that says its kind too: many things of an application have its name.
    pub fn called(mut self, kind: &str) -> Self {
        self.name = format!("{}-{kind}", self.name);
        self
    }

    /// A person's task.
    pub fn manual(name: &str, ask: &str, place: Place) -> Self {
        Self::new("manual", name, place).with("ask", Says::text(ask.chars().take(1000).collect::<String>()))
    }

    pub fn with(mut self, name: &str, says: Says) -> Self {
        self.lines.push(Line { name: name.to_owned(), says: Some(says), todo: None });
        self
    }

    /// What is known is written; what is not, somebody has to say: the field must be there.
    pub fn wants(self, name: &str, known: Option<impl Into<String>>, todo: &str) -> Self {
        match known {
            Some(known) => self.with(name, Says::text(known)),
            None => self.unknown(name, Says::text(TODO), todo),
        }
    }

    /// A field that must be there and that somebody has to say; `meanwhile` stands there until then.
    pub fn unknown(mut self, name: &str, meanwhile: Says, todo: &str) -> Self {
        self.lines.push(Line { name: name.to_owned(), says: Some(meanwhile), todo: Some(todo.to_owned()) });
        self
    }

    /// A field that may be left out, and had better not be.
    pub fn advised(mut self, name: &str, todo: &str) -> Self {
        self.lines.push(Line { name: name.to_owned(), says: None, todo: Some(todo.to_owned()) });
        self
    }

    /// It is missing, or does not go over.
    pub fn fails(self, code: &'static str, found: impl Into<String>, fix: &str) -> Self {
        let place = self.place.clone();
        self.noted(Level::Failing, code, place, found.into(), fix)
    }

    /// It is only told.
    pub fn tells(self, code: &'static str, found: impl Into<String>) -> Self {
        let place = self.place.clone();
        self.noted(Level::Ok, code, place, found.into(), "")
    }

    fn noted(mut self, level: Level, code: &'static str, place: Place, found: String, fix: &str) -> Self {
        self.notes.push(Note { code, level, component: None, found, fix: fix.to_owned(), place });
        self
    }

    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comments.push(comment.into());
        self
    }

    pub fn needs(mut self, names: impl IntoIterator<Item = String>) -> Self {
        for name in names {
            self.need(&name);
        }
        self
    }

    pub fn need(&mut self, name: &str) {
        if name != self.name && !self.needs.iter().any(|need| need == name) {
            self.needs.push(name.to_owned());
        }
    }

    /// Says it, in the place of what stands there or was to be said.
    pub fn set(&mut self, name: &str, says: Says) {
        let line = Line { name: name.to_owned(), says: Some(says), todo: None };
        match self.lines.iter_mut().find(|line| line.name == name) {
            Some(there) => *there = line,
            None => self.lines.push(line),
        }
    }

    /// What a field says, as a text.
    pub fn said(&self, name: &str) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.name == name && line.todo.is_none())?;
        if let Some(Says::Text(text)) = &line.says { Some(text) } else { None }
    }

    /// Whatever a field says.
    pub fn said_any(&self, name: &str) -> Option<&Says> {
        self.lines.iter().find(|line| line.name == name).and_then(|line| line.says.as_ref())
    }

    /// The fields that hold a word of ours until somebody says them.
    pub fn open(&self) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|line| line.says.is_some() && line.todo.is_some())
            .map(|line| line.name.as_str())
            .collect()
    }
}

/// An account, as far as a file tells of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub number: String,
    /// The role to assume there, as an ARN.
    pub role: Option<String>,
    pub external_id: Option<String>,
}

/// The plan so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub name: Option<String>,
    pub description: Option<String>,
    pub primary: Option<String>,
    pub recovery: Option<String>,
    pub rto: Option<String>,
    pub rpo: Option<String>,
    /// Accounts by name.
    pub accounts: BTreeMap<String, Account>,
    pub pieces: Vec<Piece>,
    pub notes: Vec<Note>,
    /// The names that components have, and how many wanted each.
    pub taken: HashMap<String, usize>,
}

impl Draft {
    /// Adds a component under a name that no other has, and gives the name.
    pub fn add(&mut self, mut piece: Piece) -> String {
        let wanted = piece.name.clone();
        while self.taken.contains_key(&piece.name) {
            let count = self.taken.entry(wanted.clone()).or_insert(1);
            *count += 1;
            piece.name = format!("{wanted}-{count}");
        }
        self.taken.insert(piece.name.clone(), 1);
        let name = piece.name.clone();
        let notes = piece.notes.drain(..);
        self.notes.extend(notes.map(|note| Note { component: Some(name.clone()), ..note }));
        self.pieces.push(piece);
        name
    }

    /// It is missing, or does not go over.
    pub fn fails(&mut self, code: &'static str, about: Option<&str>, place: Place, found: String, fix: &str) {
        self.note(Level::Failing, code, about, place, found, fix);
    }

    /// It is only told.
    pub fn tells(&mut self, code: &'static str, about: Option<&str>, place: Place, found: String) {
        self.note(Level::Ok, code, about, place, found, "");
    }

    /// Somebody has to say it.
    pub fn asks(&mut self, about: Option<&str>, place: Place, found: String, fix: &str) {
        self.note(Level::Unknown, "import-todo", about, place, found, fix);
    }

    fn note(&mut self, level: Level, code: &'static str, about: Option<&str>, place: Place, found: String, fix: &str) {
        let component = about.map(str::to_owned);
        self.notes.push(Note { code, level, component, found, fix: fix.to_owned(), place });
    }

    /// The account of this number, by the name that it has in the plan.
    pub fn account(&mut self, number: &str) -> String {
        let name = format!("a{number}");
        self.accounts
            .entry(name.clone())
            .or_insert_with(|| Account { number: number.to_owned(), ..Account::default() });
        name
    }
}

/// Whether it is an account's number.
pub(super) fn is_account(number: &str) -> bool {
    number.len() == 12 && number.bytes().all(|digit| digit.is_ascii_digit())
}

/// `text` as a component's name: of a-z, 0-9 and single hyphens.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}
