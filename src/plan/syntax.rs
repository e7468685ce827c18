//! What is no TOML in a plan, in the words of a plan. What follows from a mistake already told is left out.

use super::diagnostic::{ENOUGH, PlanError};

/// The mistakes of a file's syntax, and whether what the parser made of it can be trusted to be what was meant.
pub(super) struct Syntax {
    pub(super) errors: Vec<PlanError>,
    pub(super) is_trusted: bool,
}

/// How many are looked at; a file with more is not a plan at all.
const MOST: usize = 100;

/// Tells what the parser found in `text`.
pub(super) fn check(text: &str, found: &[toml::de::Error]) -> Syntax {
    let mut errors = Vec::new();
    let mut is_trusted = found.len() <= MOST;
    let mut twice: Option<usize> = None;
    for error in found.iter().take(ENOUGH) {
        let span = error.span().unwrap_or(0..0);
        let start = span.start.min(text.len());
        let span = start..span.end.clamp(start, text.len());
        let line = line_of(text, start);
        let is_header = line.trim_start().starts_with('[');
        if !error.message().contains("duplicate key") {
            // Keys behind a broken header land in another table; an open text may swallow the rest of the file.
            is_trusted &= !is_header && !line.contains("\"\"\"") && !line.contains("'''");
            errors.push(PlanError::new(span, error.message(), "not TOML", "see toml.io for the format"));
            continue;
        }
        let between = twice.and_then(|header| text.get(header..start));
        let follows = !is_header && between.is_some_and(|between| !between.contains("\n["));
        if follows {
            // The keys of a table that stands twice stand twice too.
            continue;
        }
        if is_header {
            twice = Some(start);
        }
        let name = text.get(span.clone()).unwrap_or_default();
        let help = "every name stands once: rename one of the two, or join them";
        errors.push(PlanError::new(span, format!("`{name}` stands twice"), "the second time", help));
    }
    Syntax { errors, is_trusted }
}

fn line_of(text: &str, at: usize) -> &str {
    let start = text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    text.get(start..).and_then(|rest| rest.split('\n').next()).unwrap_or_default()
}
