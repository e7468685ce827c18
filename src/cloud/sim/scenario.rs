//! A scenario: an intent, a world's seed and pace, and which faults happen when. TOML, so that a team keeps its own.

use super::fault::Fault;
use crate::plan::Intent;
use crate::text::Clean;
use serde::Deserialize;

/// What a drill is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name.
    pub name: Clean,
    /// What it rehearses, in a sentence.
    pub description: Clean,
    /// What is being done in it.
    pub intent: Intent,
    /// How many seconds before the run's start the incident was declared.
    pub declared_seconds: f64,
    /// Fixes every duration.
    pub seed: Option<u64>,
    /// How many times as fast as the wall clock its time passes.
    pub time_scale: Option<f64>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default = "failover")]
    intent: Intent,
    #[serde(default)]
    declared: f64,
    seed: Option<u64>,
    time_scale: Option<f64>,
    #[serde(default, rename = "fault")]
    faults: Vec<Fault>,
}

fn failover() -> Intent {
    Intent::Failover
}

/// Why a scenario cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
#[error("it is not a scenario: {message}")]
#[diagnostic(help(
    "keys: name, description, intent, declared, seed, time_scale, and [[fault]] with kind, at, for, region, component, operation, times, seconds"
))]
pub struct NotAScenario {
    message: String,
    #[source_code]
    text: String,
    #[label("here")]
    span: Option<miette::SourceSpan>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`NotAScenario`] with the place.
    pub fn parse(text: &str) -> Result<Self, NotAScenario> {
        let file: File = toml::from_str(text).map_err(|error| NotAScenario {
            message: error.message().to_owned(),
            text: text.to_owned(),
            span: error.span().map(Into::into),
        })?;
        Ok(Self {
            name: Clean::from(file.name),
            description: Clean::from(file.description),
            intent: file.intent,
            declared_seconds: file.declared.max(0.0),
            seed: file.seed,
            time_scale: file.time_scale,
            faults: file.faults,
            text: text.to_owned(),
        })
    }

    /// The text it was read from: what a journal keeps of it.
    pub fn text(&self) -> &str {
        &self.text
    }
}
