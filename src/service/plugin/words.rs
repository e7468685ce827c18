//! What is asked of a plug-in's program and what it answers, as data. Nothing here runs it.

use crate::plan::plugin::{Program, kept};
use crate::plan::{Level, Side};
use crate::service::cloudwatch::LagSample;
use crate::service::work::HealthLevel;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long an answer that only looks is waited for, in seconds.
pub(crate) const LOOK_SECONDS: u64 = 30;

/// What a program is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct About {
    /// The component.
    pub component: Clean,
    /// Its kind, as the program calls it.
    pub kind: Clean,
    /// Its fields, whole.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// The application.
    pub application: Clean,
    /// The region that is left.
    pub primary: Clean,
    /// The region that is gone to.
    pub recovery: Clean,
    /// The side it is about.
    pub side: Option<SideWord>,
    /// The component's account there, as the plan calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Clean>,
    /// What a run is for; none outside of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<Clean>,
    /// What the journal of a failover says of it, as JSON: on the way back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_run: Option<String>,
    /// The outputs that the plan uses as secrets.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub in_confidence: BTreeSet<String>,
}

/// A side, where it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideWord {
    /// The one that serves on a good day.
    Primary,
    /// The one to be brought up.
    Recovery,
}

impl From<Side> for SideWord {
    fn from(side: Side) -> Self {
        match side {
            Side::Primary => Self::Primary,
            Side::Recovery => Self::Recovery,
        }
    }
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Field {
    /// `true` or `false`.
    Truth(bool),
    /// A whole number; a length of time in seconds.
    Count(u64),
    /// A text.
    Text(String),
    /// Texts.
    Texts(Vec<String>),
    /// A table of texts.
    Table(BTreeMap<String, String>),
}

impl Field {
    /// `value`, when a plug-in's field can be that.
    pub fn of(value: &serde_json::Value) -> Option<Self> {
        use serde_json::Value;
        match value {
            Value::Bool(truth) => Some(Self::Truth(*truth)),
            // A length of time is no whole number in a plan: never handed over as shorter than it says.
            Value::Number(number) => number
                .as_u64()
                .or_else(|| number.as_f64().map(|seconds| seconds.ceil().max(0.0) as u64))
                .map(Self::Count),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Array(items) => {
                Some(Self::Texts(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()))
            }
            Value::Object(table) => Some(Self::Table(
                table.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
            )),
            Value::Null => None,
        }
    }
}

/// What is asked, none of which changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// How a step stands.
    Observe,
    /// The same, after its act.
    Verify,
    /// How components are, many at once.
    Watch,
    /// What the kind's rules find, many at once.
    Check,
}

impl Verb {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Verify => "verify",
            Self::Watch => "watch",
            Self::Check => "check",
        }
    }

    /// Whether one message is about many components.
    pub fn is_of_many(self) -> bool {
        matches!(self, Self::Watch | Self::Check)
    }
}

/// A question to a plug-in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Question {
    /// The program.
    pub program: Program,
    /// What is asked.
    pub verb: Verb,
    /// What about.
    pub about: About,
    /// The step; none where the component is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Clean>,
    /// What is known of its act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Clean>,
    /// What the act was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Clean>,
    /// The before-image, as JSON, where going back is asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Whether going back is asked about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// How long the answer may take.
    pub deadline_seconds: u64,
}

impl Question {
    /// What evidence calls it: `plugin/k8s.observe`.
    pub fn api_name(&self) -> &'static str {
        called(&self.program, self.verb.word())
    }
}

/// What a plug-in is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deed {
    /// The program.
    pub program: Program,
    /// What about.
    pub about: About,
    /// The step.
    pub step: Clean,
    /// How it was before, as the journal keeps it.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub before: serde_json::Value,
    /// What the act was answered that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Clean>,
    /// Whether it is taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
    /// How long the answer may take.
    pub deadline_seconds: u64,
}

impl Deed {
    /// The verb that is sent.
    pub fn verb(&self) -> &'static str {
        if self.undo { "undo" } else { "act" }
    }

    /// What evidence calls it: `plugin/k8s.act`.
    pub fn api_name(&self) -> &'static str {
        called(&self.program, self.verb())
    }
}

fn called(program: &Program, verb: &str) -> &'static str {
    kept(&format!("plugin/{}.{verb}", program.name))
}

/// What a plug-in answered to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// `holds`, `moving`, `untouched`, `bad`; any other word is "unknown".
    #[serde(default)]
    pub verdict: Clean,
    /// What shows it.
    #[serde(default)]
    pub note: Clean,
    /// What would help.
    #[serde(default)]
    pub help: Clean,
    /// Whether this look was good, where several in a row are wanted.
    #[serde(default)]
    pub good: bool,
    /// What must be so before acting.
    #[serde(default)]
    pub checks: Vec<Told>,
    /// What it gives to others.
    #[serde(default)]
    pub outputs: BTreeMap<String, Clean>,
    /// Those of them that are secrets.
    #[serde(default)]
    pub secret: BTreeSet<String>,
    /// What undo will need to know.
    #[serde(default)]
    pub before: serde_json::Value,
    /// How the component is.
    #[serde(default)]
    pub health: Option<(HealthLevel, Clean)>,
    /// How far it is behind.
    #[serde(default)]
    pub lag: Option<LagSample>,
    /// What its rules found.
    #[serde(default)]
    pub findings: Vec<Told>,
}

/// One thing that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Its stable name.
    pub code: Clean,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub found: Clean,
    /// What was wanted.
    #[serde(default)]
    pub wanted: Clean,
    /// What would mend it.
    #[serde(default)]
    pub fix: Clean,
}

#[cfg(test)]
pub(in crate::service) fn example() -> (Question, Deed) {
    let program = Program { name: "k8s".into(), run: vec!["./k8s.sh".to_owned()], ..Program::default() };
    let about = About { component: "web".into(), kind: "deployment".into(), ..About::default() };
    let question = Question {
        program: program.clone(),
        verb: Verb::Observe,
        about: about.clone(),
        step: Some("scale".into()),
        asked: None,
        receipt: None,
        before: None,
        undo: false,
        deadline_seconds: LOOK_SECONDS,
    };
    let before = serde_json::json!({ "replicas": 2 });
    let deed = Deed { program, about, step: "scale".into(), before, receipt: None, undo: false, deadline_seconds: 600 };
    (question, deed)
}
