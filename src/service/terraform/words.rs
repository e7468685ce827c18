//! What is asked of Terraform and what it answers, as data. Nothing here runs it.

use crate::service::ask::Place;
use crate::service::work::{Outputs, Want};
use crate::service::{LocalObservation, LocalQuery, Observation};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long Terraform may take to end by itself once it was asked to, in seconds: it saves its state and gives its lock back.
pub(crate) const GRACE_SECONDS: u64 = 60;
/// Where an earlier step keeps what was planned, among the outputs of its component. No plan can refer to it.
const PLANNED: &str = ".planned";
/// How many addresses are named at most, and how many of them in a sentence.
pub(crate) const NAMED: usize = 200;
const TOLD: usize = 12;

/// A root module, and how it is run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Module {
    /// The component.
    pub component: Clean,
    /// `terraform` or what does as it does: found by PATH, or a path, from the directory on.
    pub program: String,
    /// The directory it runs in.
    pub dir: String,
    /// Values of the root module's variables, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub var: BTreeMap<String, String>,
    /// Files of values, from the directory on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub var_files: Vec<String>,
    /// The workspace; that which the directory is set to when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The addresses it is limited to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Added to the environment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// How long it may run, in whole seconds, before it is asked to end.
    pub within_seconds: u64,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Whether the directory and the program are there. Runs nothing.
    There,
    /// What is to be done: it is initialised where it has to be, planned, and the plan is saved.
    Plan,
    /// Whether the saved plan is there, and which it is. Runs nothing.
    Saved,
    /// What is still to be done, and what the root module gives: planned, and no plan is saved.
    Settled,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Question {
    /// What is asked.
    pub verb: Verb,
    /// What about.
    pub module: Module,
    /// The outputs that the plan uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// Those of them that it uses as secrets.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub in_confidence: BTreeSet<String>,
    /// The saved plan whose apply may still run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Clean>,
}

impl Question {
    /// What evidence calls it.
    pub fn api_name(&self) -> &'static str {
        match self.verb {
            Verb::There | Verb::Saved => "terraform.look",
            Verb::Plan | Verb::Settled => "terraform.plan",
        }
    }

    /// Whether it runs a program.
    pub fn runs(&self) -> bool {
        match self.verb {
            Verb::Plan | Verb::Settled => true,
            Verb::There | Verb::Saved => false,
        }
    }

    /// How long its answer may take, in seconds.
    pub fn longest_seconds(&self) -> Option<f64> {
        self.runs().then(|| longest(&self.module))
    }
}

/// A saved plan is applied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    /// Of which module.
    pub module: Module,
    /// Which: nothing else is applied.
    pub digest: Clean,
}

impl Deed {
    /// How long its answer may take, in seconds.
    pub fn longest_seconds(&self) -> f64 {
        longest(&self.module)
    }
}

fn longest(module: &Module) -> f64 {
    module.within_seconds.saturating_add(GRACE_SECONDS) as f64
}

/// What was planned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// How many are added.
    pub add: u64,
    /// How many are changed in place.
    pub change: u64,
    /// How many are destroyed and made anew.
    pub replace: u64,
    /// How many are destroyed.
    pub destroy: u64,
    /// How many that are there are taken into the state.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub import: u64,
    /// How many are left as they are and taken out of the state.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub forget: u64,
    /// How many have another address.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub moved: u64,
    /// How many outputs change.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub outputs: u64,
    /// How many it does something with that nobody here knows.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
    /// What is destroyed, replaced, or not known, by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Clean>,
    /// What is changed, by address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Clean>,
    /// SHA-256 of the saved plan; none where none was saved.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub digest: Clean,
}

fn is_empty(text: &Clean) -> bool {
    text.as_str().is_empty()
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Planned {
    /// Whether there is nothing to do.
    pub fn is_nothing(&self) -> bool {
        let all = [
            self.add,
            self.change,
            self.replace,
            self.destroy,
            self.import,
            self.forget,
            self.moved,
            self.outputs,
            self.unknown,
        ];
        all.into_iter().all(|number| number == 0)
    }

    /// How many things would be gone: those that are made anew, and what nobody knows, are counted with them.
    pub fn destroys(&self) -> u64 {
        self.destroy + self.replace + self.unknown
    }

    /// Whether it is the same as `other`, whichever file it is saved in.
    pub fn is_as(&self, other: &Self) -> bool {
        Self { digest: Clean::default(), ..self.clone() } == Self { digest: Clean::default(), ..other.clone() }
    }

    /// In words: `2 to add, 1 to change, 1 to replace, 0 to destroy`.
    pub fn counts(&self) -> String {
        if self.is_nothing() {
            return "nothing to change".to_owned();
        }
        let mut told = vec![format!("{} to add", self.add), format!("{} to change", self.change)];
        let mut more = |number: u64, what: &str| {
            if number > 0 {
                told.push(format!("{number} {what}"));
            }
        };
        more(self.replace, "to replace");
        more(self.import, "to import");
        more(self.forget, "to forget");
        more(self.moved, "to move");
        more(self.unknown, "not known");
        told.push(format!("{} to destroy", self.destroy));
        if self.outputs > 0 {
            told.push(crate::text::counted(usize::try_from(self.outputs).unwrap_or(usize::MAX), "output"));
        }
        told.join(", ")
    }

    /// What would be gone, by name.
    pub fn names(&self) -> String {
        named(&self.gone, self.destroys())
    }

    /// All a person is asked about: `2 to add, 0 to change, 1 to destroy; gone then: aws_vpc.old (destroyed)`.
    pub fn told(&self) -> String {
        match self.destroys() {
            0 => format!("{}; nothing is destroyed", self.counts()),
            _ => format!("{}; gone then: {}", self.counts(), self.names()),
        }
    }

    /// What is not as it is declared, by name, where that is known.
    pub fn differs(&self) -> String {
        let all: Vec<Clean> = self.gone.iter().chain(&self.changed).cloned().collect();
        if all.is_empty() {
            return self.counts();
        }
        format!("{}: {}", self.counts(), named(&all, all.len() as u64))
    }

    /// As an earlier step keeps it.
    pub(super) fn kept(&self) -> (String, Clean) {
        (PLANNED.to_owned(), Clean::new(&serde_json::to_string(self).unwrap_or_default()))
    }

    /// What an earlier step of a component that gives `outputs` has planned.
    pub fn of_outputs(outputs: &Outputs) -> Option<Self> {
        serde_json::from_str(outputs.get(PLANNED)?).ok()
    }
}

/// Whether an output is one of ours alone: nobody is shown it.
pub fn is_own(output: &str) -> bool {
    output == PLANNED
}

fn named(addresses: &[Clean], all: u64) -> String {
    let mut told: Vec<&str> = addresses.iter().take(TOLD).map(Clean::as_str).collect();
    let more = usize::try_from(all).unwrap_or(usize::MAX).saturating_sub(told.len());
    let rest = format!("and {more} more");
    if more > 0 {
        told.push(&rest);
    }
    told.join(", ")
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// What sort of.
    pub sort: Sort,
    /// What was said.
    pub said: Clean,
}

/// Sorts of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The directory or the program is not as it has to be.
    Missing,
    /// Somebody else holds the lock of the state.
    Locked,
    /// What the plan of Landfall says does not fit the root module.
    Unfit,
    /// Terraform failed.
    Failed,
    /// It took too long.
    Late,
}

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was planned, where that was asked and could be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Planned>,
    /// Why it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
    /// Whether the apply that was asked about still runs here; none where nothing here tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
    /// What that said last of what went wrong, where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Clean>,
    /// SHA-256 of the saved plan that is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Clean>,
    /// What the root module gives.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Clean>,
    /// Those of them that are secrets.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub secret: BTreeSet<String>,
}

impl Answer {
    /// That there is none, and why.
    pub fn trouble(sort: Sort, said: impl AsRef<str>) -> Self {
        Self { trouble: Some(Trouble { sort, said: Clean::new(said.as_ref()) }), ..Self::default() }
    }
}

/// What Terraform answers to `question`.
pub(super) fn asked(at: &Place, question: Question) -> Want<Answer> {
    Want::new(at.ask(LocalQuery::Terraform(Box::new(question))), |seen| match seen {
        Observation::Local(LocalObservation::Terraform(answer)) => Some(Some(answer.as_ref())),
        _ => None,
    })
}

#[cfg(test)]
pub(crate) fn example() -> (Question, Deed) {
    let module = Module {
        component: "stack".into(),
        program: "terraform".to_owned(),
        dir: "stack".to_owned(),
        within_seconds: 600,
        ..Module::default()
    };
    let (outputs, in_confidence) = (vec!["subnets".to_owned()], BTreeSet::new());
    let question = Question { verb: Verb::Plan, module: module.clone(), outputs, in_confidence, applied: None };
    (question, Deed { module, digest: "00".into() })
}
