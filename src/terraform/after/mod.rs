//! What a run left otherwise than code says: which state declares it, and otherwise or as it was left; written as changes of that
//! code, or as blocks with imports where no code has it. What a run changed is told by its journal; what is written whole is told
//! by a snapshot that was taken after it.

mod patch;
mod readme;
mod stands;

use super::drift::{self, Placed};
use super::files;
use super::generate::{Generated, Written, generate};
use super::source::Variable;
use super::state::Instance;
use crate::snapshot::{Reference, Resource, Snapshot};
use serde::Serialize;
use serde_json::Value;
use stands::Group;
use std::collections::{BTreeMap, BTreeSet};

/// An argument of a thing, as a run left it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Turned {
    /// The step that did it.
    pub step: String,
    /// Where.
    pub region: String,
    /// The account's number, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The class; empty where it is not told what was changed.
    pub class: String,
    /// What the cloud calls it.
    pub id: String,
    /// The argument; empty for the whole of it.
    pub argument: String,
    /// What it is now, in words.
    pub now: String,
    /// As code says it; none where that is not told, or is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Whether it is known that it happened.
    pub known: bool,
}

/// A state, and what it declares.
#[derive(Clone, Debug)]
pub struct State {
    /// What it is called.
    pub name: String,
    /// Its instances.
    pub instances: Vec<Instance>,
}

/// How code stands to what a run changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Stands {
    /// No state was given to be asked.
    NotAsked,
    /// No state declares it.
    Undeclared,
    /// It is declared as it was left.
    Same {
        /// At what address.
        address: String,
    },
    /// It is declared otherwise.
    Otherwise {
        /// At what address.
        address: String,
        /// What is declared; none for the whole.
        #[serde(skip_serializing_if = "Option::is_none")]
        declared: Option<Value>,
    },
    /// It is declared, and cannot be compared: it is secret, or not told.
    NotCompared {
        /// At what address.
        address: String,
    },
    /// What was changed is not told.
    NotTold,
}

/// What a run changed, how code stands to it, and where it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// What was changed.
    #[serde(flatten)]
    pub turned: Turned,
    /// How code stands to it.
    #[serde(flatten)]
    pub stands: Stands,
    /// What comes of it.
    pub consequence: String,
    /// The file that it is written in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What is to be done.
    pub fix: String,
    /// The state, by its place.
    #[serde(skip)]
    state: usize,
}

impl Row {
    /// Whether somebody has to do something about it.
    pub fn is_open(&self) -> bool {
        !matches!(self.stands, Stands::Same { .. })
    }

    /// Whether nothing of it is written anywhere.
    pub fn is_left(&self) -> bool {
        self.is_open() && self.written.is_none()
    }

    /// In a word.
    pub fn word(&self) -> &'static str {
        match self.stands {
            Stands::NotAsked => "changed",
            Stands::Undeclared => "undeclared",
            Stands::Same { .. } => "same",
            Stands::Otherwise { .. } => "otherwise",
            Stands::NotCompared { .. } => "declared",
            Stands::NotTold => "not told",
        }
    }

    /// What it is of, with its argument.
    pub fn what(&self) -> String {
        let Turned { class, id, argument, region, .. } = &self.turned;
        let class = if class.is_empty() { "by" } else { class };
        match argument.as_str() {
            "" => format!("{class} {id} in {region}"),
            argument => format!("{class} {id} in {region}: {argument}"),
        }
    }
}

/// What is to be brought into code after a run.
#[derive(Clone, Debug, Default)]
pub struct After {
    /// Everything that was changed, in its order.
    pub rows: Vec<Row>,
    /// The files, by name.
    pub files: BTreeMap<String, String>,
    /// How many values somebody has to give.
    pub given: usize,
}

/// A run, as it is told.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The application.
    pub application: &'a str,
    /// The run's id.
    pub run: &'a str,
    /// When it changed something last.
    pub until: jiff::Timestamp,
    /// Whether it was on a simulated cloud.
    pub is_drill: bool,
}

/// Compares `turned` with `states`, and writes what no state has as `later` has it: snapshots that were taken after the run, one
/// a region. `is_chosen` says what is written whole.
pub fn after(
    told: &Told<'_>,
    turned: Vec<Turned>,
    states: &[State],
    later: &[Snapshot],
    is_chosen: &dyn Fn(&Resource) -> bool,
) -> After {
    let mut groups = stands::groups(turned, states);
    let whole: Vec<(&Snapshot, Generated)> =
        later.iter().map(|snapshot| (snapshot, generate(snapshot, &|_| true))).collect();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let from = format!("{}, run {}", told.application, told.run);
    let instances: Vec<Instance> = states.iter().flat_map(|state| state.instances.iter().cloned()).collect();
    let mut given = 0;
    for (snapshot, all) in &whole {
        let mut chosen: BTreeSet<Reference> = BTreeSet::new();
        for group in groups.iter().filter(|group| group.is_nowhere() && group.is_of(snapshot)) {
            chosen.extend(found(group, all).map(|one| one.of.clone()));
        }
        chosen.retain(|of| snapshot.resource(of).is_some_and(is_chosen));
        if chosen.is_empty() {
            continue;
        }
        let mut generated = generate(snapshot, &|resource| chosen.contains(&resource.reference()));
        if !states.is_empty() {
            drift::only(&mut generated, snapshot, &instances);
        }
        // What only others refer to stands nowhere here: what has an import alone is there already.
        generated.blocks.retain(|one| one.import.is_some());
        let name = format!("{}/main.tf", snapshot.region);
        for group in groups.iter_mut().filter(|group| group.is_nowhere() && group.is_of(snapshot)) {
            if found(group, &generated).next().is_some() {
                group.rows.iter_mut().for_each(|row| row.written = Some(name.clone()));
            }
        }
        if generated.blocks.is_empty() {
            continue;
        }
        given += generated.variables.values().filter(|variable| variable.default.is_none()).count();
        for (file, text) in files::blocks(snapshot, &generated, &from) {
            files.insert(format!("{}/{file}", snapshot.region), text);
        }
    }
    // Nothing of a drill is to stand in anybody's code.
    if !told.is_drill {
        given += patch::all(&mut groups, states, &whole, &from, &mut files);
    }
    let mut rows: Vec<Row> = groups.into_iter().flat_map(|group| group.rows).collect();
    for row in &mut rows {
        row.fix = readme::fix(row, later, told);
    }
    let text = readme::readme(told, &rows, states, later);
    files.insert("README.md".to_owned(), files::headed("<!-- ", "codify", &from, &text));
    After { rows, files, given }
}

/// The blocks of what a group is of.
fn found<'g, 'w>(group: &'g Group, generated: &'w Generated) -> impl Iterator<Item = &'w Written> + use<'g, 'w> {
    generated.blocks.iter().filter(|one| {
        let import = one.import.as_deref().unwrap_or_default();
        one.address.class == group.class && group.names.iter().any(|name| stands::is_called(&group.class, name, import))
    })
}

/// The variables that a body says, of those that there are.
fn variables<'a>(
    said: &'a BTreeSet<String>,
    all: &'a BTreeMap<String, Variable>,
) -> impl Iterator<Item = (&'a String, &'a Variable)> {
    all.iter().filter(|(name, _)| said.contains(&format!("var.{name}")))
}

/// Where a thing of a class is looked for.
fn placed(group: &Group) -> Placed<'_> {
    Placed { region: &group.region, account: group.account.as_deref() }
}
