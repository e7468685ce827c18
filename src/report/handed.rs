//! What a run changed that code declares: what the next `terraform apply` would take back, and what a rebuild from Git would
//! not have. Read off what was sent and what came of it; what was taken back again is not in it.

use crate::plan::{AccountName, Region, StepId};
use crate::recovery::{Event, State, What};
use crate::service::declared::Declared;
use crate::service::{Act, Reply};
use crate::text::Clean;
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing that stands otherwise since the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Handed {
    /// The step that did it.
    pub step: StepId,
    /// What it was to do.
    pub title: Clean,
    /// Where.
    pub region: Region,
    /// The plan's account that it is in, where it is another than that which Landfall runs with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountName>,
    /// What stands otherwise.
    #[serde(flatten)]
    pub declared: Declared,
    /// Whether it is known that it happened: an act whose answer was lost, of a step that was not verified, may have.
    pub known: bool,
}

/// What the run changed, in the order in which it was changed last.
pub fn handed(state: &State, events: &[Event]) -> Vec<Handed> {
    // What was sent and not answered yet, or never: of one step there may be several, each by its own attempt.
    let mut pending: BTreeMap<&StepId, Vec<&Act>> = BTreeMap::new();
    let mut returning: BTreeMap<&StepId, Undo> = BTreeMap::new();
    let mut all: Vec<Handed> = Vec::new();
    for event in events {
        match &event.what {
            What::StepActing { step, act, .. } => pending.entry(step).or_default().push(act),
            What::StepActed { step, reply } => match reply {
                Reply::Taken { .. } => {
                    // What was sent before it of the same step is what this did again.
                    let act = pending.remove(step).and_then(|mut acts| acts.pop());
                    act.into_iter().for_each(|act| add(state, &mut all, step, act, true));
                }
                // It is the last one that was refused: one before it that was not answered may have happened all the same.
                Reply::Refused { .. } | Reply::NotNow { .. } | Reply::Expired { .. } => {
                    pending.get_mut(step).and_then(Vec::pop);
                }
                Reply::NoAnswer { .. } => {}
            },
            // What was seen shows that it happened, answer or not.
            What::StepSucceeded { step, .. } => {
                let acts = pending.remove(step).unwrap_or_default();
                acts.into_iter().for_each(|act| add(state, &mut all, step, act, true));
            }
            What::UndoActing { step, .. } => returning.entry(step).or_default().sent += 1,
            What::UndoActed { step, reply: Reply::Refused { .. } | Reply::NotNow { .. } | Reply::Expired { .. } } => {
                returning.entry(step).or_default().refused += 1;
            }
            What::StepUndone { step, .. } => {
                pending.remove(step);
                returning.remove(step);
                all.retain(|one| one.step != *step);
            }
            _ => {}
        }
    }
    for (step, acts) in pending {
        acts.into_iter().for_each(|act| add(state, &mut all, step, act, false));
    }
    // Taken back perhaps: sent, and not seen to be done.
    for one in &mut all {
        one.known &= returning.get(&one.step).is_none_or(|undo| undo.sent == undo.refused);
    }
    last(all)
}

/// How often it was sent to take a step back, and refused.
#[derive(Default)]
struct Undo {
    sent: u32,
    refused: u32,
}

/// Each argument as it was changed last.
fn last(all: Vec<Handed>) -> Vec<Handed> {
    let mut handed: Vec<Handed> = Vec::new();
    for one in all {
        handed.retain(|other| !is_same(other, &one));
        handed.push(one);
    }
    handed
}

fn is_same(one: &Handed, other: &Handed) -> bool {
    let of = |one: &Handed| (one.declared.class, one.declared.id.clone(), one.declared.argument);
    !one.declared.class.is_empty()
        && (&one.region, &one.account) == (&other.region, &other.account)
        && of(one) == of(other)
}

fn add(state: &State, handed: &mut Vec<Handed>, step: &StepId, act: &Act, known: bool) {
    let title = state.step(step).map(|(step, _)| step.title.clone()).unwrap_or_default();
    for declared in act.operation.declared() {
        let (region, account) = (act.place.region.clone(), act.place.account.clone());
        handed.push(Handed { step: step.clone(), title: title.clone(), region, account, declared, known });
    }
}
