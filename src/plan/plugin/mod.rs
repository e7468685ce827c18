//! Kinds that another program brings: what a plan says of such a program, and what the program says of its kinds. Pure; who
//! runs it is a floor above.

mod hello;

pub use hello::{
    Described, Given, GivenTakes, Hello, HelloError, Law, PROTOCOL, Simulation, Stage, StageGate, StagePart,
    StagePlane, StageUndo,
};

use super::diagnostic::PlanError;
use super::kind::{Field, Takes};
use super::model::Side;
use super::value::{self, Placed, kind_of};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use toml::de::{DeTable, DeValue};

/// The fields of `[plugin.NAME]`; `sha256` is read apart.
pub const PLUGIN: &[Field] = &[
    Field::required(
        "run",
        Takes::Texts,
        "the program and its arguments: paths below `folder` or absolute ones; never looked for on PATH, never through a shell",
    ),
    Field::optional("folder", Takes::Text, "the folder its files are in and it runs in; the plan's own by default"),
    Field::optional("env", Takes::Texts, "the names of the environment variables it is handed when it acts"),
    Field::optional("read_env", Takes::Texts, "the same where nothing may be changed: other credentials"),
    Field::optional(
        "trusted_to_look",
        Takes::Truth,
        "true: it is run by who may only look, too; false by default, as nobody can keep a program from writing",
    ),
];

/// What is read of `[plugin.NAME]` beside them.
pub const SHA256: &str = "sha256";

/// A program that brings kinds, as a plan names it and as it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Program {
    /// What the plan calls it.
    pub name: Clean,
    /// The program and its arguments.
    pub run: Vec<String>,
    /// The folder it runs in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// What the plan says that its files' contents are: SHA-256 by name; one that names no file goes for the only one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sha256: BTreeMap<String, String>,
    /// The environment variables it is handed when it acts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
    /// Those it is handed where nothing may be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read_env: Vec<String>,
    /// Whether it is run by who may only look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trusted_to_look: bool,
    /// What it was when somebody here trusted it; none until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<Clean>,
    /// The version it calls itself.
    #[serde(default)]
    pub version: Clean,
    /// Whether one process answers many messages.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
}

/// What a component knows of the program that brings its kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plugged {
    /// The program.
    pub program: Program,
    /// What it says of the kind; none until it is trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Described>,
    /// Why it is not looked at, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_looked_at: Option<Clean>,
}

impl Plugged {
    /// One that nobody here trusts.
    pub fn untrusted(program: &Program, why: &str) -> Self {
        Self { program: program.clone(), kind: None, not_looked_at: Some(why.into()) }
    }
}

/// The plug-in and its kind that `NAME/KIND` names.
pub fn parts(kind: &str) -> Option<(&str, &str)> {
    kind.split_once('/')
}

/// Reads `[plugin.NAME]`, by name.
pub(super) fn read(root: &DeTable<'_>, errors: &mut Vec<PlanError>) -> BTreeMap<String, Program> {
    let Some(value) = root.get("plugin") else { return BTreeMap::new() };
    let DeValue::Table(plugins) = value.get_ref() else {
        let message = format!("`plugin` takes tables, not {}", kind_of(value.get_ref()));
        errors.push(PlanError::new(value.span(), message, "not a table", "write [plugin.NAME]"));
        return BTreeMap::new();
    };
    let mut programs = BTreeMap::new();
    for (key, value) in plugins {
        let name = key.get_ref().as_ref();
        if !is_name(name) {
            let message = format!("`{name}` cannot be a plug-in's name");
            errors.push(PlanError::new(key.span(), message, "not such a name", "names are of a-z, 0-9 and -"));
            continue;
        }
        let DeValue::Table(table) = value.get_ref() else {
            let message = format!("`plugin.{name}` takes a table, not {}", kind_of(value.get_ref()));
            errors.push(PlanError::new(value.span(), message, "not a table", format!("write [plugin.{name}]")));
            continue;
        };
        let found = value::read_table(&format!("plug-in {name}"), table, key.span(), PLUGIN, &[SHA256], errors);
        let texts = |field: &str| -> Vec<String> {
            let items = found.get(field).and_then(serde_json::Value::as_array).into_iter().flatten();
            items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
        };
        let run = texts("run");
        if run.first().is_none_or(String::is_empty)
            && let Some(place) = table.get("run")
        {
            let help = "a list: the program, then its arguments";
            errors.push(PlanError::new(place.span(), "`run` names no program", "here", help));
        }
        let program = Program {
            name: name.into(),
            run,
            folder: found.get("folder").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned(),
            sha256: table.get(SHA256).map(|value| pins(value, errors)).unwrap_or_default(),
            env: texts("env"),
            read_env: texts("read_env"),
            trusted_to_look: found.get("trusted_to_look").and_then(serde_json::Value::as_bool).unwrap_or(false),
            ..Program::default()
        };
        programs.insert(name.to_owned(), program);
    }
    programs
}

/// What `sha256` says: one text for the only file, or one for each.
fn pins(value: Placed<'_, '_>, errors: &mut Vec<PlanError>) -> BTreeMap<String, String> {
    let mut pins = BTreeMap::new();
    let mut pin = |name: &str, value: Placed<'_, '_>| {
        let text = value.get_ref().as_str().unwrap_or_default().to_ascii_lowercase();
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            pins.insert(name.to_owned(), text);
        } else {
            let help = "64 hexadecimal digits, as sha256sum and landfall plugin trust tell them";
            errors.push(PlanError::new(value.span(), "this is no SHA-256", "here", help));
        }
    };
    match value.get_ref() {
        DeValue::Table(table) => table.iter().for_each(|(name, value)| pin(name.get_ref(), value)),
        _ => pin("", value),
    }
    pins
}

/// The programs that the plan (or the configuration) in `text` names; nothing where it is no TOML, which its reader tells.
pub fn declared(text: &str) -> BTreeMap<String, Program> {
    let (root, _) = DeTable::parse_recoverable(text);
    read(root.get_ref(), &mut Vec::new())
}

/// What is wrong with the programs that `root` names.
pub fn mistakes(root: &DeTable<'_>, errors: &mut Vec<PlanError>) {
    read(root, errors);
}

fn is_name(name: &str) -> bool {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.len() <= 40 && name.chars().all(valid)
}

/// `text` for as long as the program runs: what a kind is made of is known by such texts. How many there are is bounded by
/// what a `hello` may say.
pub fn kept(text: &str) -> &'static str {
    static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = all.get(text) {
        return known;
    }
    let new: &'static str = Box::leak(text.to_owned().into_boxed_str());
    all.insert(new);
    new
}

impl Described {
    /// Its fields, as the reader, the schema and the docs take them.
    pub fn fields_kept(&self) -> &'static [Field] {
        static KEPT: Mutex<Vec<(Vec<Given>, &'static [Field])>> = Mutex::new(Vec::new());
        let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = all.iter().find(|(given, _)| *given == self.fields) {
            return known;
        }
        let field = |given: &Given| Field {
            name: kept(&given.name),
            takes: given.takes(),
            required: given.required,
            about: kept(&given.about),
        };
        let new: &'static [Field] = Box::leak(self.fields.iter().map(field).collect());
        all.push((self.fields.clone(), new));
        new
    }

    /// Its outputs, the same.
    pub fn outputs_kept(&self) -> &'static [&'static str] {
        static KEPT: Mutex<BTreeMap<Vec<Clean>, &'static [&'static str]>> = Mutex::new(BTreeMap::new());
        let mut all = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&self.outputs) {
            return known;
        }
        let new: &'static [&'static str] = Box::leak(self.outputs.iter().map(|name| kept(name)).collect());
        all.insert(self.outputs.clone(), new);
        new
    }

    /// Whether it is to be looked at on `side`.
    pub fn is_on(&self, side: Side) -> bool {
        self.sides.is_empty() || self.sides.contains(&side)
    }
}
