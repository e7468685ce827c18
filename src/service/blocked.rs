//! A step's work that cannot be made: it looks at nothing, sends nothing, and says why.

use super::ask::Ask;
use super::resolve::has_reference;
use super::work::{Asked, Facts, Verdict, Work};
use crate::plan::Step;
use crate::plan::fields::Missing;

/// Work that cannot be told ever to hold.
pub(super) struct Blocked(String);

impl Blocked {
    /// A kind was asked for a step it does not have: the journal comes from another version of Landfall.
    pub(super) fn unknown_step(step: &Step) -> Self {
        Self(format!("this version of Landfall does not know the step {} of kind {}", step.id, step.kind))
    }

    /// A field that the step needs is missing: the journal's plan was read by no plan's reader.
    pub(super) fn missing(missing: Missing) -> Self {
        Self(missing.to_string())
    }

    /// Something the step needs is missing.
    pub(super) fn because(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Work for Blocked {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::unknown(&self.0)
    }
}

/// Work whose thing cannot be named yet: another component gives its name once it is verified. There is nothing to look
/// at before that, and nothing that could be wrong.
pub(super) struct Unnamed(String);

impl Unnamed {
    /// The first of these fields, each with its text, that waits for another component.
    pub(super) fn of(fields: &[(&str, &str)]) -> Option<Self> {
        let (name, text) = fields.iter().find(|(_, text)| has_reference(text))?;
        Some(Self(format!("`{name}` is known once {text} is")))
    }
}

impl Work for Unnamed {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }
    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::untouched(&self.0)
    }
}
