//! A step's work that cannot be made: it looks at nothing, sends nothing, and says why.

use super::ask::Ask;
use super::work::{Asked, Facts, Verdict, Work};
use crate::plan::Step;

/// Work that cannot be told ever to hold.
pub(super) struct Blocked(String);

impl Blocked {
    /// A kind was asked for a step it does not have: the journal comes from another version of Landfall.
    pub(super) fn unknown_step(step: &Step) -> Self {
        Self(format!("this version of Landfall does not know the step {} of kind {}", step.id, step.kind))
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
