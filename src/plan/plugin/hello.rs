//! What a plug-in says of itself: its kinds, their fields and steps. Held to what a plan can mean before anything is made of it.

use crate::plan::kind::{LONGEST_SECONDS, Takes, Weight};
use crate::plan::model::Side;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The protocol that is spoken.
pub const PROTOCOL: u32 = 1;

/// How many of a sort a plug-in may bring.
const MOST: usize = 64;
/// How many characters a text of it may have.
const LONGEST: usize = 1_000;

/// Why an answer to `hello` is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HelloError(pub String);

/// The answer to `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol it speaks.
    pub protocol: u32,
    /// What it calls itself.
    pub name: Clean,
    /// Its version.
    pub version: Clean,
    /// Whether one process answers many messages.
    #[serde(default)]
    pub stream: bool,
    /// Its kinds.
    pub kinds: Vec<Described>,
}

/// One kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// Its name, behind the plug-in's: `deployment`.
    pub kind: Clean,
    /// What it does in a failover, in a sentence.
    #[serde(default)]
    pub about: Clean,
    /// What it takes in a plan.
    #[serde(default)]
    pub fields: Vec<Given>,
    /// What it gives to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Clean>,
    /// Where it is looked at; both where it does not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sides: Vec<Side>,
    /// Whether it tells how far a copy is behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lag: bool,
    /// What it asks, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<Clean>,
    /// Its steps, by intent.
    pub steps: BTreeMap<String, Vec<Stage>>,
    /// What it looks at before a run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Law>,
    /// How its steps are simulated, by action.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub simulate: BTreeMap<String, Simulation>,
}

/// A field of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Given {
    /// Its key.
    pub name: Clean,
    /// What it takes.
    pub takes: GivenTakes,
    /// Whether a plan without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it means.
    #[serde(default)]
    pub about: Clean,
}

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GivenTakes {
    /// A text.
    Text,
    /// A text that is never written down.
    Secret,
    /// A whole number.
    Count,
    /// `true` or `false`.
    Truth,
    /// `90s`, `15m`: handed over in seconds.
    Duration,
    /// A list of texts.
    Texts,
    /// A table of texts.
    Table,
}

impl Given {
    /// As the plan's reader takes it. Texts are only passed on: one that looks like a secret is sealed.
    pub fn takes(&self) -> Takes {
        match self.takes {
            GivenTakes::Text => Takes::Value,
            GivenTakes::Secret => Takes::Sealed,
            GivenTakes::Count => Takes::Count,
            GivenTakes::Truth => Takes::Truth,
            GivenTakes::Duration => Takes::Duration,
            GivenTakes::Texts => Takes::Program,
            GivenTakes::Table => Takes::TextTable,
        }
    }
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name within the component.
    pub action: Clean,
    /// What a commander reads; `{name}` stands for the component.
    #[serde(default)]
    pub title: Clean,
    /// The actions that must be verified before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Clean>,
    /// Where it is done.
    #[serde(default = "recovery")]
    pub side: Side,
    /// The plane it needs.
    #[serde(default)]
    pub plane: StagePlane,
    /// What going back would mean.
    #[serde(default)]
    pub undo: StageUndo,
    /// Whether it changes anything.
    #[serde(default)]
    pub acts: bool,
    /// Whether nothing waits for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// The decisions before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<StageGate>,
    /// Its part in the recovery; by its name where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<StagePart>,
    /// How long it usually takes.
    #[serde(default = "usual")]
    pub expected_seconds: f64,
    /// How long it may take.
    #[serde(default = "longest")]
    pub timeout_seconds: f64,
}

fn recovery() -> Side {
    Side::Recovery
}
fn usual() -> f64 {
    60.0
}
fn longest() -> f64 {
    600.0
}

/// The plane that a step needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StagePlane {
    /// What serves.
    Data,
    /// What changes resources.
    #[default]
    Control,
}

/// What going back from a step would mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageUndo {
    /// Nothing.
    #[default]
    NoneNeeded,
    /// The verb `undo`.
    Reversible,
    /// The verb `undo`, and what was written since may be lost.
    DataLoss,
    /// There is no way back.
    PointOfNoReturn,
}

/// A decision before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageGate {
    /// A point of no return is crossed.
    PointOfNoReturn,
    /// Data may be lost.
    Loss,
}

/// What a step is to the recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StagePart {
    /// Makes the old side unable to write.
    Fence,
    /// Makes the recovery side the one that writes.
    Promotion,
    /// Moves clients.
    CutOver,
    /// Looks.
    Check,
    /// Anything else.
    Other,
}

/// A readiness rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Law {
    /// Its stable name.
    pub code: Clean,
    /// What is wanted.
    pub wanted: Clean,
    /// What would make it so.
    #[serde(default)]
    pub fix: Clean,
    /// Where it comes from.
    #[serde(default)]
    pub source: Clean,
    /// What comes of it while it is not so.
    #[serde(default)]
    pub costs: Clean,
    /// What it weighs.
    #[serde(default = "weakens")]
    pub weight: Weight,
    /// How often it is looked at: `often`, `hourly`, `daily`.
    #[serde(default)]
    pub tier: Clean,
}

fn weakens() -> Weight {
    Weight::Weakens
}

/// How a step is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Simulation {
    /// From how many seconds to how many it takes.
    #[serde(default)]
    pub seconds: Vec<f64>,
    /// What it passes through.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<Clean>,
    /// What it gives once it holds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub outputs: BTreeMap<String, Clean>,
}

impl Hello {
    /// Reads an answer, and holds it to what a plan can mean.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, HelloError> {
        let spoken: serde_json::Value =
            serde_json::from_str(text).map_err(|error| HelloError(format!("its hello is no JSON: {error}")))?;
        match spoken.get("protocol").and_then(serde_json::Value::as_u64) {
            Some(protocol) if protocol == u64::from(PROTOCOL) => {}
            Some(protocol) => {
                return Err(HelloError(format!("it speaks protocol {protocol}; this Landfall speaks {PROTOCOL}")));
            }
            None => return Err(HelloError("its hello says no `protocol`".to_owned())),
        }
        let hello: Self =
            serde_json::from_value(spoken).map_err(|error| HelloError(format!("its hello is not one: {error}")))?;
        hello.held()
    }

    fn held(self) -> Result<Self, HelloError> {
        if self.kinds.is_empty() || self.kinds.len() > MOST {
            return Err(HelloError(format!("it brings {} kinds; from 1 to {MOST} are taken", self.kinds.len())));
        }
        for (place, kind) in self.kinds.iter().enumerate() {
            if self.kinds[..place].iter().any(|other| other.kind == kind.kind) {
                return Err(HelloError(format!("it brings the kind {} twice", kind.kind)));
            }
            kind.held().map_err(|why| HelloError(format!("kind {}: {why}", kind.kind)))?;
        }
        Ok(self)
    }
}

impl Described {
    fn held(&self) -> Result<(), String> {
        named("kind", &self.kind)?;
        few("fields", self.fields.len())?;
        few("outputs", self.outputs.len())?;
        few("rules", self.rules.len())?;
        for (place, field) in self.fields.iter().enumerate() {
            named("field", &field.name)?;
            if TAKEN.contains(&field.name.as_str()) {
                return Err(format!("every component has a `{}` already: call its field something else", field.name));
            }
            if self.fields[..place].iter().any(|other| other.name == field.name) {
                return Err(format!("it has the field {} twice", field.name));
            }
            short(&field.about)?;
        }
        for output in &self.outputs {
            named("output", output)?;
        }
        for rule in &self.rules {
            named("rule", &rule.code)?;
            [&rule.wanted, &rule.fix, &rule.source, &rule.costs].into_iter().try_for_each(short)?;
        }
        for (intent, stages) in &self.steps {
            if !["failover", "switchover", "failback"].contains(&intent.as_str()) {
                return Err(format!("there is no intent `{intent}`: failover, switchover, failback"));
            }
            few("steps", stages.len())?;
            for (place, stage) in stages.iter().enumerate() {
                stage.held(&stages[..place]).map_err(|why| format!("{intent}, step {}: {why}", stage.action))?;
            }
        }
        if !self.steps.contains_key("failover") {
            return Err("it has no steps for a failover; an empty list says that there is nothing to do".to_owned());
        }
        for (action, simulation) in &self.simulate {
            let sane = |seconds: &f64| seconds.is_finite() && (0.0..=LONGEST_SECONDS).contains(seconds);
            let pair = simulation.seconds.is_empty() || simulation.seconds.len() == 2;
            if !pair || !simulation.seconds.iter().all(sane) {
                return Err(format!("simulate.{action}: `seconds` are two numbers, the fewest and the most"));
            }
            few("passes", simulation.passes.len())?;
            few("outputs", simulation.outputs.len())?;
        }
        Ok(())
    }
}

impl Stage {
    fn held(&self, earlier: &[Self]) -> Result<(), String> {
        named("action", &self.action)?;
        short(&self.title)?;
        if earlier.iter().any(|other| other.action == self.action) {
            return Err("there are two of them".to_owned());
        }
        if let Some(after) = self.after.iter().find(|after| !earlier.iter().any(|other| other.action == **after)) {
            return Err(format!("it comes after `{after}`, which is no step before it"));
        }
        for seconds in [self.expected_seconds, self.timeout_seconds] {
            if !seconds.is_finite() || !(0.0..=LONGEST_SECONDS).contains(&seconds) {
                return Err(format!("{seconds} s is not between 0 and 30 days"));
            }
        }
        match (self.acts, self.undo) {
            (true, StageUndo::NoneNeeded) => {
                Err("what acts says how it is taken back: reversible, data_loss or point_of_no_return".to_owned())
            }
            (false, StageUndo::Reversible | StageUndo::DataLoss | StageUndo::PointOfNoReturn) => {
                Err("what only looks has nothing to undo: leave out `undo`, or say \"acts\": true".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// The keys of every component.
const TAKEN: &[&str] = &[
    "kind",
    "tier",
    "rto",
    "rpo",
    "owner",
    "description",
    "timeout",
    "region",
    "needs",
    "approve",
    "account",
    "from_run",
];

fn named(what: &str, name: &str) -> Result<(), String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !name.is_empty() && name.len() <= 60 && name.chars().all(valid) {
        return Ok(());
    }
    Err(format!("`{name}` cannot be the name of a {what}: a-z, 0-9, - and _"))
}

fn few(what: &str, count: usize) -> Result<(), String> {
    if count <= MOST { Ok(()) } else { Err(format!("{count} {what}; at most {MOST} are taken")) }
}

fn short(text: &Clean) -> Result<(), String> {
    if text.chars().count() <= LONGEST { Ok(()) } else { Err(format!("a text of it is longer than {LONGEST}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn hello() -> Value {
        json!({ "protocol": 1, "name": "k8s", "version": "1", "kinds": [{ "kind": "deployment", "about": "scales",
            "fields": [{ "name": "replicas", "takes": "count", "required": true, "about": "how many" }],
            "steps": { "failover": [{ "action": "scale", "acts": true, "undo": "reversible" },
                                     { "action": "see", "after": ["scale"] }] } }] })
    }

    fn wrong(change: impl FnOnce(&mut Value)) -> String {
        let mut said = hello();
        change(&mut said);
        Hello::read(&said.to_string()).expect_err("it is wrong").0
    }

    #[test]
    fn a_hello_is_read_and_what_it_does_not_say_is_as_usual() {
        let read = Hello::read(&hello().to_string()).expect("it is one");
        let stage = &read.kinds[0].steps["failover"][0];
        assert_eq!((stage.side, stage.undo, stage.timeout_seconds), (Side::Recovery, StageUndo::Reversible, 600.0));
        assert_eq!(Hello::read(&json!({ "more": 1 }).to_string()).expect_err("none").0, "its hello says no `protocol`");
    }

    #[test]
    fn what_a_plan_cannot_mean_is_refused_by_name() {
        assert!(wrong(|said| said["protocol"] = json!(2)).contains("speaks protocol 2"));
        assert!(wrong(|said| said["kinds"] = json!([])).contains("0 kinds"));
        assert!(wrong(|said| said["kinds"][0]["kind"] = json!("a b\u{1b}[2J")).contains("cannot be the name"));
        assert!(wrong(|said| said["kinds"][0]["fields"][0]["name"] = json!("needs")).contains("already"));
        assert!(wrong(|said| said["kinds"][0]["fields"][0]["takes"] = json!("blob")).contains("blob"));
        assert!(wrong(|said| said["kinds"][0]["steps"] = json!({})).contains("no steps for a failover"));
        assert!(wrong(|said| said["kinds"][0]["steps"]["failver"] = json!([])).contains("no intent `failver`"));
        let step = |name: &str, value: Value| wrong(|said| said["kinds"][0]["steps"]["failover"][0][name] = value);
        assert!(step("undo", json!("none_needed")).contains("how it is taken back"));
        assert!(step("undo", json!("perhaps")).contains("perhaps"));
        assert!(step("acts", json!(false)).contains("nothing to undo"));
        assert!(step("after", json!(["see"])).contains("no step before it"));
        assert!(step("timeout_seconds", json!(-1)).contains("30 days"));
    }
}
