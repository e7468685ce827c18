//! The steps of a function: one for each event source of either side, for each mapping is changed by a call of its own.

use super::fields::{MOST, Said};
use crate::plan::{ComponentName, Draft, Intent, Side, Undo};

/// What lets no events of an old source come any more, in the plan's order.
pub(super) const FENCES: [&str; MOST] =
    ["fence", "fence-2", "fence-3", "fence-4", "fence-5", "fence-6", "fence-7", "fence-8"];
/// What lets events come, likewise.
pub(super) const EVENTS: [&str; MOST] =
    ["events", "events-2", "events-3", "events-4", "events-5", "events-6", "events-7", "events-8"];

/// Usually, and at most, in seconds: a mapping changes within a minute.
const TURNS: (f64, f64) = (20.0, 300.0);
const QUICK: (f64, f64) = (5.0, 120.0);

pub(super) fn drafts(name: &ComponentName, said: &Said, intent: Intent) -> Vec<Draft> {
    let fenced = said.fenced().map_or(0, |old| old.event_sources.len()).min(MOST);
    let fences = FENCES[..fenced].iter().map(|action| {
        let title = format!("let no events come to the old {name}");
        Draft::act(action, title, Side::Primary, Undo::Reversible, TURNS.0, TURNS.1).fencing(intent)
    });
    // In a failover the old region may never answer: nothing waits for it.
    let mut before: Vec<&'static str> = if intent == Intent::Failover { Vec::new() } else { FENCES[..fenced].to_vec() };
    let mut drafts: Vec<Draft> = fences.collect();
    let mut next = |draft: Draft| {
        let action = draft.action;
        drafts.push(draft.after(std::mem::take(&mut before)));
        before.push(action);
    };
    let title = format!("see that {name} can run");
    next(Draft::look("ready", title, Side::Recovery, QUICK.0, TURNS.1));
    if let (Some(alias), Some(version)) = (&said.alias, &said.version) {
        let title = format!("point {alias} of {name} at version {version}");
        next(Draft::act("alias", title, Side::Recovery, Undo::Reversible, QUICK.0, QUICK.1));
    }
    if let Some(concurrency) = said.concurrency {
        let title = format!("reserve a concurrency of {concurrency} for {name}");
        next(Draft::act("concurrency", title, Side::Recovery, Undo::Reversible, QUICK.0, QUICK.1));
    }
    // One after the other: they are of one function, which takes one change at a time.
    for action in &EVENTS[..said.event_sources.len().min(MOST)] {
        let title = format!("let events come to {name}");
        next(Draft::act(action, title, Side::Recovery, Undo::Reversible, TURNS.0, TURNS.1));
    }
    drafts
}
