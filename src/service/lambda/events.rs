//! Events come to a function by an event source mapping, or no longer: one mapping a step. One that is enabled and whose
//! function may not run lets nothing through.

use super::concurrency::in_words;
use super::words::{self, Concurrency, EventMapping, Operation};
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A mapping as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// UUID.
    pub uuid: Clean,
    /// State, for who reads it: one that was so already is not changed, and so has no way back.
    #[serde(default)]
    pub state: Clean,
    /// LastProcessingResult.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Clean>,
}

/// Events come by a mapping, or no longer.
pub(super) struct Turn {
    pub place: Place,
    /// The function.
    pub function: Clean,
    /// Whose mappings are looked through: the function's, or its alias's alone where it is called by one. A mapping of the
    /// function itself runs what no alias is of.
    pub mapped: Clean,
    /// The event source's ARN, or the mapping's UUID.
    pub source: Clean,
    /// Whether they are to come.
    pub on: bool,
    /// Whether the function has to have concurrency by itself: an earlier step reserves none.
    pub needs_room: bool,
    /// How it was, of one that goes back to it.
    pub back_to: Option<Was>,
}

/// What was found of the mapping.
enum Found<'a> {
    It(&'a EventMapping),
    None,
    Several(usize),
    NotTold(&'a str),
}

impl Turn {
    fn want(&self) -> Want<Vec<EventMapping>> {
        words::mappings(&self.place, &self.mapped)
    }

    fn room(&self) -> Want<Concurrency> {
        words::concurrency(&self.place, &self.function)
    }

    fn find<'a>(&self, facts: &Facts<'a>) -> Found<'a> {
        let is_it = |mapping: &&EventMapping| {
            mapping.uuid.eq_ignore_ascii_case(&self.source) || mapping.source.as_ref() == Some(&self.source)
        };
        let all: Vec<&'a EventMapping> = match facts.see(&self.want()) {
            Look::NotTold(why) => return Found::NotTold(why),
            Look::Absent => Vec::new(),
            Look::There(mappings) => mappings.iter().filter(is_it).collect(),
        };
        match all[..] {
            [] => Found::None,
            [one] => Found::It(one),
            _ => Found::Several(all.len()),
        }
    }

    fn none(&self) -> String {
        format!("no event source mapping of {} in {} is of {}", self.mapped, self.place.region, self.source)
    }

    fn wanted(&self) -> &'static str {
        if self.on { "Enabled" } else { "Disabled" }
    }

    /// What the mapping's state means.
    fn judge(&self, mapping: &EventMapping, facts: &Facts<'_>) -> Verdict {
        let state = mapping.state.as_str();
        let why = mapping.reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        match (state, facts.asked) {
            (state, _) if state == self.wanted() => self.there(mapping, facts),
            ("Deleting", _) => Verdict::bad(format!("it is being deleted{why}"), FIX),
            ("Enabled" | "Disabled", Asked::No | Asked::Unanswered { .. }) => Verdict::untouched(state),
            ("Enabled" | "Disabled", Asked::Taken { .. }) => Verdict::moving(format!("{state} yet{why}")),
            (_, _) => Verdict::moving(format!("{state}{why}")),
        }
    }

    fn there(&self, mapping: &EventMapping, facts: &Facts<'_>) -> Verdict {
        if !self.on {
            let evidence = format!("{} is Disabled; what is under way ends by itself", mapping.uuid);
            return Verdict::holds(evidence, Outputs::new());
        }
        match facts.see(&self.room()) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::There(Concurrency { reserved: Some(0) }) => {
                Verdict::moving("Enabled, and its function may not run: its reserved concurrency is 0")
            }
            Look::There(_) | Look::Absent => self.comes(mapping, facts),
        }
    }

    /// What it says of what came last. That has no time of its own (LastModified is of its state and its settings): one
    /// that says another thing than before the act says it of what came since, and the same may be of long ago.
    fn comes(&self, mapping: &EventMapping, facts: &Facts<'_>) -> Verdict {
        let EventMapping { uuid, last, .. } = mapping;
        let told = last.as_ref().map_or_else(String::new, |last| format!(", last: {last}"));
        let Some(problem) = last.as_ref().filter(|last| last.starts_with(PROBLEM)) else {
            return Verdict::holds(format!("{uuid} is Enabled{told}"), Outputs::new());
        };
        let is_as = |was: &Was| was.last.as_ref() == Some(problem);
        if self.back_to.as_ref().is_some_and(|was| was.state.as_str() == "Enabled" && is_as(was)) {
            return Verdict::holds(format!("{uuid} is Enabled, as it was{told}"), Outputs::new());
        }
        let before: Option<Was> = Image::of_journal(facts.before);
        match before.filter(|_| *facts.asked != Asked::No) {
            Some(before) if !is_as(&before) => {
                Verdict::moving(format!("{uuid} is Enabled, and what came since failed: {problem}"))
            }
            Some(_) | None => Verdict::unknown(format!(
                "{uuid} is Enabled, last: {problem}; when that was is not told: let an event come to it, or see the \
                 function's log, and skip this step once it is known to work"
            )),
        }
    }
}

/// How LastProcessingResult begins when what came last failed.
pub(super) const PROBLEM: &str = "PROBLEM";

const FIX: &str = "name the event source in the plan as the region has it, or map it to the function there";

impl Work for Turn {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![self.want().ask];
        if self.on {
            asks.push(self.room().ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match self.find(facts) {
            Found::NotTold(why) => Verdict::unknown(why),
            Found::None => Verdict::bad(self.none(), FIX),
            Found::Several(count) => Verdict::bad(format!("{count} mappings are of {}", self.source), FIX_SEVERAL),
            Found::It(mapping) => self.judge(mapping, facts),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("lambda-source", format!("one event source mapping of {}", self.source));
        let source = match self.find(facts) {
            Found::NotTold(why) => Check::not_told(code, why, &wanted),
            Found::None => Check::that(code, false, self.none(), &wanted, FIX),
            Found::Several(count) => Check::that(code, false, format!("{count} of them"), &wanted, FIX_SEVERAL),
            Found::It(mapping) => {
                let found = format!("{} is {}", mapping.uuid, mapping.state);
                Check::that(code, mapping.state.as_str() != "Deleting", found, &wanted, FIX)
            }
        };
        let mut checks = vec![source.of_identity()];
        if self.on && self.needs_room {
            let (code, wanted) = ("lambda-concurrency", "no reserved concurrency of 0");
            checks.push(match facts.see(&self.room()) {
                Look::NotTold(why) => Check::not_told(code, why, wanted),
                // That there is no function is another check's to say.
                Look::Absent => Check::that(code, true, "no function", wanted, ""),
                Look::There(room) => {
                    let fix = "give `concurrency`: with a reserved concurrency of 0 a function never runs";
                    Check::that(code, room.reserved != Some(0), in_words(*room), wanted, fix)
                }
            });
        }
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        match self.find(facts) {
            Found::It(mapping) => Some(vec![mapping.uuid.clone()]),
            Found::None | Found::Several(_) | Found::NotTold(_) => None,
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let (uuid, state) = match self.find(facts) {
            Found::It(mapping) => (&mapping.uuid, mapping.state.as_str()),
            // What is not known by its own name is refused before it is sent.
            Found::None | Found::NotTold(_) => (&self.source, ""),
            Found::Several(_) => return None,
        };
        // On its way there already, or there.
        let is_asked = match state {
            "Enabled" | "Enabling" => self.on,
            "Disabled" | "Disabling" => !self.on,
            _ => false,
        };
        let operation = Operation::SetEventMapping { uuid: uuid.clone(), enabled: self.on };
        (!is_asked).then(|| Act { place: self.place.clone(), operation: operation::Operation::Lambda(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let Found::It(mapping) = self.find(facts) else { return Value::Null };
        Was { uuid: mapping.uuid.clone(), state: mapping.state.clone(), last: mapping.last.clone() }.kept()
    }
}

const FIX_SEVERAL: &str = "name the one that is meant by its UUID";
