//! What is wrong with a plan file: every mistake with its place, what was expected and the nearest valid name.

use miette::{Diagnostic, NamedSource, SourceSpan};
use std::ops::Range;

/// How many mistakes are shown.
const SHOWN: usize = 20;

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
    /// The place, in bytes of the file.
    #[label("{label}")]
    pub span: SourceSpan,
}

impl PlanError {
    /// A mistake at `span`.
    pub fn new(
        span: Range<usize>,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { message: message.into(), help: help.into(), label: label.into(), span: span.into() }
    }
}

/// Every mistake of a file.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{headline}")]
pub struct PlanErrors {
    headline: String,
    #[source_code]
    source_code: NamedSource<String>,
    /// The mistakes, in the order of the file; the first twenty.
    #[related]
    pub errors: Vec<PlanError>,
    /// How many more there are.
    pub more: usize,
}

impl PlanErrors {
    /// The mistakes of the file `name` with this text.
    pub fn new(name: &str, text: &str, mut errors: Vec<PlanError>) -> Self {
        errors.sort_by_key(|error| error.span.offset());
        errors.dedup();
        let count = errors.len();
        let more = count.saturating_sub(SHOWN);
        errors.truncate(SHOWN);
        let counted = if count == 1 { "1 mistake".to_owned() } else { format!("{count} mistakes") };
        let headline = match more {
            0 => format!("{name} is not a valid plan: {counted}"),
            more => format!("{name} is not a valid plan: {counted}, the first {SHOWN} shown and {more} more"),
        };
        Self { headline, source_code: NamedSource::new(name, text.to_owned()).with_language("toml"), errors, more }
    }

    /// Where `error` stands: `FILE:LINE:COLUMN`, both from 1.
    pub fn place(&self, error: &PlanError) -> String {
        let text = self.source_code.inner();
        let before = text.as_bytes().get(..error.span.offset()).unwrap_or(text.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let column = 1 + String::from_utf8_lossy(&before[start..]).chars().count();
        format!("{}:{line}:{column}", self.source_code.name())
    }
}

/// ` Did you mean …?`, or the choices there are.
pub fn nearest(wrong: &str, choices: &[&str]) -> String {
    let near = choices
        .iter()
        .map(|choice| (strsim::damerau_levenshtein(wrong, choice), *choice))
        .filter(|(distance, choice)| *distance <= 1 + choice.len() / 3)
        .min();
    match near {
        Some((_, choice)) => format!("did you mean `{choice}`?"),
        None if choices.is_empty() => "there is none to name".to_owned(),
        None if choices.len() > 30 => format!("there are {} to choose from", choices.len()),
        None => format!("one of: {}", choices.join(", ")),
    }
}
