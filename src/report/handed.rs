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
    let mut pending: BTreeMap<&StepId, &Act> = BTreeMap::new();
    let mut handed: Vec<Handed> = Vec::new();
    for event in events {
        match &event.what {
            What::StepActing { step, act, .. } => {
                pending.insert(step, act);
            }
            What::StepActed { step, reply } => match reply {
                Reply::Taken { .. } => {
                    let act = pending.remove(step);
                    act.into_iter().for_each(|act| add(state, &mut handed, step, act, true));
                }
                Reply::Refused { .. } | Reply::NotNow { .. } | Reply::Expired { .. } => {
                    pending.remove(step);
                }
                Reply::NoAnswer { .. } => {}
            },
            // What was seen shows that it happened, answer or not.
            What::StepSucceeded { step, .. } => {
                let act = pending.remove(step);
                act.into_iter().for_each(|act| add(state, &mut handed, step, act, true));
            }
            What::StepUndone { step, .. } => {
                pending.remove(step);
                handed.retain(|one| one.step != *step);
            }
            _ => {}
        }
    }
    for (step, act) in pending {
        add(state, &mut handed, step, act, false);
    }
    handed
}

fn add(state: &State, handed: &mut Vec<Handed>, step: &StepId, act: &Act, known: bool) {
    let title = state.step(step).map(|(step, _)| step.title.clone()).unwrap_or_default();
    for declared in act.operation.declared() {
        let (region, account) = (act.place.region.clone(), act.place.account.clone());
        let is_same = |one: &Handed| {
            let (class, id, argument) = (one.declared.class, &one.declared.id, one.declared.argument);
            !class.is_empty()
                && (&one.region, &one.account) == (&region, &account)
                && (class, id, argument) == (declared.class, &declared.id, declared.argument)
        };
        handed.retain(|one| !is_same(one));
        handed.push(Handed { step: step.clone(), title: title.clone(), region, account, declared, known });
    }
}
