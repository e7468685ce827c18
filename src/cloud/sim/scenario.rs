//! A scenario: what is being done, how long ago the incident was declared, and what goes wrong when. TOML, so that a
//! team keeps its own. Knows no resource.

use super::fault::{Fault, FaultKind, Seconds};
use crate::plan::Intent;
use crate::plan::diagnostic::{PlanError, PlanErrors};
use crate::text::Clean;
use serde::Deserialize;

/// What a drill is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it is called.
    pub name: Clean,
    /// What happens in it, in a sentence.
    pub description: Clean,
    /// What is being done in it.
    pub intent: Intent,
    /// How many seconds before the start of the run the incident was declared.
    pub declared_seconds: f64,
    /// What every draw of chance starts from.
    pub seed: Option<u64>,
    /// How many times as fast as the wall it runs.
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
    declared: Option<toml::Spanned<Seconds>>,
    seed: Option<u64>,
    time_scale: Option<toml::Spanned<f64>>,
    #[serde(default, rename = "fault")]
    faults: Vec<toml::Spanned<Fault>>,
}

fn failover() -> Intent {
    Intent::Failover
}

/// Why a scenario cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a scenario: {message}")]
pub struct NotAScenario {
    message: String,
    span: std::ops::Range<usize>,
}

const HELP: &str = "keys: name, description, intent, declared, seed, time_scale, and [[fault]] with kind, at, for, \
after, region, component, operation, times, count, seconds, over, reason";

impl NotAScenario {
    /// As the mistake of the file `name` with this text, with its place and line.
    pub fn in_file(self, name: &str, text: &str) -> PlanErrors {
        let mistake = PlanError::new(self.span, self.message, "here", HELP);
        PlanErrors::of("scenario", name, text, vec![mistake])
    }
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`NotAScenario`] with the place: unknown keys and words, wrong types, faults with keys they have no use for.
    pub fn parse(text: &str) -> Result<Self, NotAScenario> {
        let refused = |message: String, span: std::ops::Range<usize>| NotAScenario { message, span };
        let file: File = toml::from_str(text)
            .map_err(|error| refused(error.message().to_owned(), error.span().unwrap_or_default()))?;
        let scales = |scale: &f64| scale.is_finite() && *scale > 0.0;
        if let Some(scale) = file.time_scale.as_ref().filter(|scale| !scales(scale.get_ref())) {
            return Err(refused("`time_scale` must be above 0".to_owned(), scale.span()));
        }
        if let Some(declared) = file.declared.as_ref().filter(|declared| *declared.get_ref() < Seconds(0.0)) {
            return Err(refused(
                "`declared` lies before the start: give it without a minus".to_owned(),
                declared.span(),
            ));
        }
        for fault in &file.faults {
            if let Some(complaint) = fault.get_ref().complaint() {
                return Err(refused(complaint, fault.span()));
            }
        }
        Ok(Self {
            name: Clean::from(file.name),
            description: Clean::from(file.description),
            intent: file.intent,
            declared_seconds: file.declared.map_or(0.0, |declared| declared.into_inner().0),
            seed: file.seed,
            time_scale: file.time_scale.map(toml::Spanned::into_inner),
            faults: file.faults.into_iter().map(toml::Spanned::into_inner).collect(),
            text: text.to_owned(),
        })
    }

    /// The text it was read from: what a journal keeps of it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is assumed to go wrong without a scenario: in a failover the primary region is dark for 90 seconds
    /// already, in a switchover both are healthy.
    pub(super) fn usual(intent: Intent) -> Vec<Fault> {
        match intent {
            Intent::Switchover | Intent::Failback => Vec::new(),
            Intent::Failover => vec![Fault::new(FaultKind::RegionDark).in_region("primary").at(-90.0)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong, and the text that is pointed at.
    fn refused(more: &str) -> (String, String) {
        let text = format!("name = \"a\"\n{more}");
        let error = Scenario::parse(&text).expect_err("it is refused");
        let pointed = &text[error.span.clone()];
        (error.to_string(), pointed.to_owned())
    }

    #[test]
    fn durations_are_numbers_or_words_and_may_lie_before_the_start() {
        let text = "name = \"a\"\ndeclared = \"2m\"\n[[fault]]\nkind = \"region-dark\"\nat = \"-90s\"\nfor = 60\n";
        let scenario = Scenario::parse(text).expect("it is a scenario");
        assert_eq!((scenario.declared_seconds, scenario.intent), (120.0, Intent::Failover));
        assert_eq!((scenario.faults[0].at, scenario.faults[0].lasts), (Seconds(-90.0), Some(Seconds(60.0))));
        assert_eq!(scenario.text(), text);
    }

    #[test]
    fn unknown_keys_and_words_are_refused_where_they_stand() {
        let (message, pointed) = refused("[[fault]]\nkind = \"lag\"\nsecond = 3\n");
        assert!(message.contains("unknown field `second`"), "{message}");
        assert_eq!(pointed, "second");
        let (message, pointed) = refused("[[fault]]\nkind = \"earthquake\"\n");
        assert!(message.contains("region-dark"), "it names those there are: {message}");
        assert_eq!(pointed, "\"earthquake\"");
        assert_eq!(refused("declared = \"soon\"\n").1, "\"soon\"");
    }

    #[test]
    fn a_fault_with_keys_it_has_no_use_for_is_refused() {
        for (more, words) in [
            ("kind = \"lag\"\n", "lag wants `seconds`"),
            ("kind = \"hang\"\n", "hang wants an `operation`"),
            ("kind = \"tasks-crash\"\nseconds = 4\n", "they belong to lag"),
            ("kind = \"tasks-crash\"\noperation = \"ecs\"\n", "belong to faults of calls"),
            ("kind = \"tasks-crash\"\ncount = 4\n", "belongs to endpoint-down"),
            ("kind = \"divergence\"\n", "divergence wants `count`"),
            ("kind = \"region-dark\"\ncomponent = \"api\"\n", "happens to a `region`"),
        ] {
            let (message, pointed) = refused(&format!("[[fault]]\n{more}"));
            assert!(message.contains(words), "{message}");
            assert!(pointed.contains("[[fault]]"), "{pointed}");
        }
    }
}
