//! What is reserved for a function: never less than it has. What is reserved is kept for it and is the most it gets; with
//! nought it never runs ("Configuring reserved concurrency for a function", AWS Lambda Developer Guide).

use super::words::{self, Concurrency, Operation};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde_json::Value;

const NAME: &str = "name it in the plan as the region has it, or deploy it there";

/// What is wanted of it.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// So much, or more.
    AtLeast(u64),
    /// What it was, unless another has changed it from what this run had made of it.
    Back { was: Concurrency, from: u64 },
}

/// Concurrency is reserved, or given back.
pub(super) struct Reserve {
    pub place: Place,
    pub function: Clean,
    pub wanted: Wanted,
}

impl Reserve {
    fn want(&self) -> Want<Concurrency> {
        words::concurrency(&self.place, &self.function)
    }

    fn holds(&self, found: Concurrency) -> bool {
        match self.wanted {
            Wanted::AtLeast(wanted) => found.reserved.is_some_and(|reserved| reserved >= wanted),
            Wanted::Back { was, .. } => found == was,
        }
    }

    fn is_anothers(&self, found: Concurrency) -> bool {
        matches!(self.wanted, Wanted::Back { from, was } if found != was && found.reserved != Some(from))
    }

    fn absent(&self) -> String {
        format!("there is no function {} in {}", self.function, self.place.region)
    }
}

/// In words.
pub(super) fn in_words(found: Concurrency) -> String {
    found.reserved.map_or_else(|| "none is reserved".to_owned(), |reserved| format!("{reserved} reserved"))
}

impl Work for Reserve {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let found = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad(self.absent(), NAME),
            Look::There(found) => *found,
        };
        match facts.asked {
            _ if self.holds(found) => Verdict::holds(in_words(found), Outputs::new()),
            _ if self.is_anothers(found) => {
                let reason = format!("{}: it was changed by another since", in_words(found));
                Verdict::bad(reason, "see who else reserves it, and how much it is to be")
            }
            Asked::Taken { .. } => Verdict::moving(format!("{} yet", in_words(found))),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(in_words(found)),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("lambda-exists", format!("the function {} in {}", self.function, self.place.region));
        vec![match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.absent(), &wanted, NAME),
            Look::There(found) => Check::that(code, true, in_words(*found), &wanted, ""),
        }]
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let function = self.function.clone();
        let found = facts.see(&self.want()).found();
        let operation = match self.wanted {
            Wanted::AtLeast(executions) => Operation::ReserveConcurrency { function, executions },
            Wanted::Back { .. } if found.is_some_and(|found| self.is_anothers(*found)) => return None,
            Wanted::Back { was: Concurrency { reserved: Some(executions) }, .. } => {
                Operation::ReserveConcurrency { function, executions }
            }
            Wanted::Back { was: Concurrency { reserved: None }, .. } => Operation::ReleaseConcurrency { function },
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Lambda(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let found = facts.see(&self.want()).found();
        found.map(Image::kept).unwrap_or_default()
    }
}
