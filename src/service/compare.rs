//! How much differs between the two sides of a store, told by a program of the plan: one word of three, *none found*, *found* or
//! *not known*. Landfall speaks to no database itself.

use super::ask::{Ask, Invocation, Place};
use super::local;
use super::observation::Exit;
use super::turned::said;
use super::work::{Asked, Facts, Look, Outputs, Verdict, Work};
use crate::plan::{Component, Draft, Side, When};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What a comparison came to, among the outputs of its component: see [`Compared::of_outputs`].
const COMPARED: &str = "compared";
/// How long the program may run unless the component's `timeout` says otherwise, in seconds.
const RUN_SECONDS: f64 = 600.0;
/// How many of the samples are kept, and how many characters of each.
const SAMPLES: usize = 5;
const SAMPLE_CHARACTERS: usize = 200;

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub enum Compared {
    /// It was made, and nothing differs.
    NoneFound,
    /// It was made, and so much does.
    Found {
        /// What only the old side has.
        missing: u64,
        /// What both have, and not the same.
        conflicting: u64,
        /// `transactions`, `rows` or `objects`.
        unit: Clean,
        /// Some of it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sample: Vec<Clean>,
        /// Where all of it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<Clean>,
    },
    /// It was not made, or did not say.
    NotKnown {
        /// Why not.
        why: Clean,
    },
}

/// What the program prints, and nothing beside it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    missing: u64,
    conflicting: u64,
    unit: Unit,
    #[serde(default)]
    sample: Vec<String>,
    report: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Unit {
    Transactions,
    Rows,
    Objects,
}

impl Unit {
    const fn word(self) -> &'static str {
        match self {
            Self::Transactions => "transactions",
            Self::Rows => "rows",
            Self::Objects => "objects",
        }
    }
}

impl Compared {
    /// What a program that ended so has said: only the one object of an exit 0 is an answer.
    pub fn by(exit: &Exit) -> Self {
        let not_known = |why: String| Self::NotKnown { why: Clean::new(&why) };
        match exit.code {
            Some(0) => {}
            Some(code) => {
                let said = exit.stderr.trim();
                let colon = if said.is_empty() { "" } else { ": " };
                return not_known(format!("the program ended with {code}{colon}{said}"));
            }
            None => return not_known(format!("the program did not end: {}", exit.stderr.trim())),
        }
        match serde_json::from_str::<Printed>(exit.stdout.trim()) {
            Err(_) if exit.stdout.trim().is_empty() => not_known("the program printed nothing".to_owned()),
            Err(why) => {
                let why = short(&why.to_string());
                not_known(format!("the program did not print the one object that is wanted: {why}"))
            }
            Ok(printed) if printed.missing == 0 && printed.conflicting == 0 => Self::NoneFound,
            Ok(printed) => Self::Found {
                missing: printed.missing,
                conflicting: printed.conflicting,
                unit: printed.unit.word().into(),
                sample: printed.sample.iter().take(SAMPLES).map(|sample| short(sample)).collect(),
                report: printed.report.as_deref().map(short),
            },
        }
    }

    /// What a component that gives `outputs` was told by its program.
    pub fn of_outputs(outputs: &Outputs) -> Option<Self> {
        serde_json::from_str(outputs.get(COMPARED)?).ok()
    }

    fn outputs(&self) -> Outputs {
        // Plain data with text keys: it can always be written.
        let told = serde_json::to_string(self).unwrap_or_default();
        Outputs::from([(COMPARED.to_owned(), Clean::new(&told))])
    }

    /// In words: `none found`, `found: 3 rows (2 missing, 1 in conflict)`, `not known: the program …`.
    pub fn words(&self) -> String {
        match self {
            Self::NoneFound => "none found".to_owned(),
            Self::Found { missing, conflicting, unit, .. } => {
                let all = missing.saturating_add(*conflicting);
                format!("found: {all} {unit} ({missing} missing, {conflicting} in conflict)")
            }
            Self::NotKnown { why } => format!("not known: {why}"),
        }
    }

    /// What else is to be known of what was found: some of it, and where all of it stands.
    pub fn more(&self) -> Option<String> {
        let Self::Found { sample, report, .. } = self else { return None };
        let some = (!sample.is_empty()).then(|| format!("such as {}", sample.join(", ")));
        let all = report.as_ref().map(|report| format!("all of it in {report}"));
        let told: Vec<String> = [some, all].into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

fn short(text: &str) -> Clean {
    Clean::new(&text.chars().take(SAMPLE_CHARACTERS).collect::<String>())
}

/// The step of it, where the plan gives a program.
pub(super) fn step(component: &Component, program: Option<&Vec<String>>) -> Option<Draft> {
    program.filter(|program| !program.is_empty())?;
    let limit = component.timeout_seconds.unwrap_or(RUN_SECONDS);
    let title = format!("compare the two sides of {}", component.name);
    Some(Draft::look("compare", title, Side::Recovery, 30.0, limit + 60.0).within(limit + 60.0).at(When::Compared))
}

/// Runs the program once and keeps what it says.
pub(super) struct Compare {
    place: Place,
    program: Invocation,
    /// Whether it is its turn: before the start nothing of a plan is run.
    is_time: bool,
}

impl Compare {
    /// For `component`: `old` and `new` are the addresses of the two sides, as far as they were told.
    pub fn new(
        component: &Component,
        place: Place,
        run: Vec<String>,
        [old, new]: [Option<&Clean>; 2],
        is_time: bool,
    ) -> Self {
        let from = said(component, "from").and_then(|from| from.as_str());
        let told = [
            ("LANDFALL_OLD_ENDPOINT", old.map(Clean::as_str)),
            ("LANDFALL_NEW_ENDPOINT", new.map(Clean::as_str)),
            ("LANDFALL_FROM", from),
        ];
        let env = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        let within_seconds = component.timeout_seconds.unwrap_or(RUN_SECONDS).ceil().max(1.0) as u64;
        Self { place, program: Invocation { run, env, within_seconds, ..Invocation::default() }, is_time }
    }

    /// With one more thing that the program is told.
    pub fn told(mut self, name: &str, value: &str) -> Self {
        self.program.env.insert(name.to_owned(), value.to_owned());
        self
    }
}

impl Work for Compare {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        if self.is_time { vec![local::looked(&self.place, &self.program).ask] } else { Vec::new() }
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if !self.is_time {
            return Verdict::untouched("it is compared once the run has come to it");
        }
        let compared = match facts.see(&local::looked(&self.place, &self.program)) {
            Look::There(exit) => Compared::by(exit),
            Look::Absent => Compared::NotKnown { why: "the program gave no answer".into() },
            Look::NotTold(why) => Compared::NotKnown { why: Clean::new(&format!("the program gave no answer: {why}")) },
        };
        Verdict::holds(compared.words(), compared.outputs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said_by(code: Option<i32>, stdout: &str) -> Compared {
        Compared::by(&Exit { code, stdout: Clean::new(stdout), stderr: "no".into() })
    }

    #[test]
    fn only_the_one_object_of_an_exit_0_is_an_answer() {
        let none = r#"{"missing": 0, "conflicting": 0, "unit": "rows"}"#;
        assert_eq!(said_by(Some(0), none), Compared::NoneFound);
        let some = r#" {"missing": 2, "conflicting": 1, "unit": "rows", "sample": ["o-7"], "report": "/tmp/all"}
"#;
        let found = said_by(Some(0), some);
        assert_eq!(found.words(), "found: 3 rows (2 missing, 1 in conflict)");
        assert_eq!(found.more().as_deref(), Some("such as o-7; all of it in /tmp/all"));
        let empty = Outputs::new();
        assert_eq!(Compared::of_outputs(&empty), None);
        assert_eq!(Compared::of_outputs(&found.outputs()), Some(found));
        let others = [
            (Some(1), none),
            (None, none),
            (Some(0), ""),
            (Some(0), "0"),
            (Some(0), "{}"),
            (Some(0), r#"[{"missing": 0, "conflicting": 0, "unit": "rows"}]"#),
            (Some(0), r#"{"missing": 0, "unit": "rows"}"#),
            (Some(0), r#"{"missing": -1, "conflicting": 0, "unit": "rows"}"#),
            (Some(0), r#"{"missing": 0, "conflicting": 0, "unit": "things"}"#),
            (Some(0), r#"{"missing": 0, "conflicting": 0, "unit": "rows", "also": 1}"#),
            (Some(0), r#"done: {"missing": 0, "conflicting": 0, "unit": "rows"}"#),
            (Some(0), r#"{"missing": 0, "conflicting": 0, "unit": "rows"} {"missing": 9}"#),
        ];
        for (code, stdout) in others {
            let compared = said_by(code, stdout);
            assert!(matches!(compared, Compared::NotKnown { .. }), "{code:?} {stdout}: {compared:?}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_answer_is_said() {
        let said = |stdout: &str| said_by(Some(0), stdout).words();
        let other = said(r#"{"missing": 2, "conflicting": 0, "unit": "tickets"}"#);
        assert!(other.contains("`tickets`") && other.contains("`rows`"), "{other}");
        assert!(said(r#"{"missing": 2, "unit": "rows"}"#).contains("`conflicting`"));
        assert_eq!(said("  "), "not known: the program printed nothing");
        let long = said(&format!(r#"{{"missing": 2, "conflicting": 0, "unit": "{}"}}"#, "x".repeat(9000)));
        assert!(long.chars().count() < 400, "{long}");
    }

    #[test]
    fn what_it_says_of_it_is_bounded_and_clean() {
        let sample: Vec<String> = (0..100).map(|_| "\u{1b}[2Jx".repeat(1000)).collect();
        let stdout = serde_json::json!({ "missing": 1, "conflicting": 0, "unit": "rows", "sample": sample });
        let Compared::Found { sample, .. } = said_by(Some(0), &stdout.to_string()) else { panic!("found") };
        assert_eq!(sample.len(), SAMPLES);
        assert!(sample.iter().all(|one| one.chars().count() <= SAMPLE_CHARACTERS && !one.contains('\u{1b}')));
    }
}
