//! What is wrong with a plan file: every mistake with its place, what was expected and the nearest valid name.

use super::excerpt::Excerpt;
use crate::seal::scan;
use crate::text::Clean;
use miette::{Diagnostic, SourceSpan};
use std::ops::Range;

/// How many mistakes are shown.
const SHOWN: usize = 20;

/// How many mistakes are looked for; a file with more is not a plan.
pub(super) const ENOUGH: usize = 1000;

/// Among how many names the nearest is looked for.
const CHOICES: usize = 5000;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct PlanError {
    /// What is wrong.
    pub message: String,
    /// What would make it right.
    #[help]
    pub help: String,
    /// What the place is.
    pub label: String,
    /// The place in the file, in bytes.
    pub at: Range<usize>,
    /// The lines around it, once it is one of the mistakes of a file.
    #[source_code]
    pub excerpt: Excerpt,
    #[label("{label}")]
    span: SourceSpan,
}

impl PlanError {
    /// A mistake at `at`, in bytes of the file.
    pub fn new(at: Range<usize>, message: impl AsRef<str>, label: impl AsRef<str>, help: impl AsRef<str>) -> Self {
        let [message, label, help] = [message.as_ref(), label.as_ref(), help.as_ref()].map(short);
        Self { message, help, label, at, excerpt: Excerpt::default(), span: (0..0).into() }
    }
}

/// Safe to draw, without secrets, and not longer than a person reads: plans hold texts of any length.
fn short(text: &str) -> String {
    const LONGEST: usize = 400;
    let mut kept: String = Clean::new(&scan::masked(&text.chars().take(LONGEST).collect::<String>())).to_string();
    if text.chars().nth(LONGEST).is_some() {
        kept.push('…');
    }
    kept
}

/// Every mistake of a file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{headline}")]
pub struct PlanErrors {
    headline: String,
    /// The mistakes, in the order of the file; the first twenty.
    #[related]
    pub errors: Vec<PlanError>,
    /// How many more there are.
    pub more: usize,
}

impl PlanErrors {
    /// The mistakes of the plan in the file `name` with this text.
    pub fn new(name: &str, text: &str, errors: Vec<PlanError>) -> Self {
        Self::of("plan", name, text, errors)
    }

    /// The mistakes of the file `name`, which should be a valid `what`.
    pub fn of(what: &str, name: &str, text: &str, mut errors: Vec<PlanError>) -> Self {
        errors.sort_by_key(|error| error.at.start);
        errors.dedup();
        let more = errors.len().saturating_sub(SHOWN);
        let counted = match errors.len() {
            1 => "1 mistake".to_owned(),
            count if count >= ENOUGH => format!("{ENOUGH} mistakes or more, the first {SHOWN} shown"),
            count if more > 0 => format!("{count} mistakes, the first {SHOWN} shown"),
            count => format!("{count} mistakes"),
        };
        errors.truncate(SHOWN);
        for error in &mut errors {
            let (excerpt, span) = Excerpt::around(name, text, error.at.clone());
            (error.excerpt, error.span) = (excerpt, span.into());
        }
        let headline = format!("{} is not a valid {what}: {counted}", Clean::new(name));
        Self { headline, errors, more }
    }
}

/// `did you mean …?`, or the choices there are.
pub fn nearest(wrong: &str, choices: &[&str]) -> String {
    match meant(wrong, choices) {
        Some(choice) => format!("did you mean `{choice}`?"),
        None if choices.is_empty() => "there is none to name".to_owned(),
        None if choices.len() > 30 || is_no_name(wrong) => format!("there are {} to choose from", choices.len()),
        None => format!("one of: {}", choices.join(", ")),
    }
}

/// The choice that `wrong` is most likely a misspelling of.
pub(super) fn meant<'a>(wrong: &str, choices: &[&'a str]) -> Option<&'a str> {
    if choices.len() > CHOICES || is_no_name(wrong) {
        return None;
    }
    let near = choices
        .iter()
        .map(|choice| (strsim::damerau_levenshtein(wrong, choice), *choice))
        .filter(|(distance, choice)| *distance <= 1 + choice.len() / 3)
        .min();
    near.map(|(_, choice)| choice)
}

/// Whether `text` is too long to be a misspelt name.
fn is_no_name(text: &str) -> bool {
    text.chars().nth(100).is_some()
}
