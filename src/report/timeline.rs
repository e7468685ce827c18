//! What happened, as sentences: the same words as on the console. Samples, calls and progress are left to the curves
//! and the evidence; of health only its changes are told.

use crate::plan::{ComponentName, Side};
use crate::recovery::objective::seconds_between;
use crate::recovery::{Event, State, What, telling};
use crate::service::{HealthLevel, Reply};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Moment {
    /// Its place in the journal.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Seconds since the declaration.
    pub seconds: f64,
    /// Who: a person's name, or `landfall`.
    pub by: Clean,
    /// What, in words, without who.
    pub told: Clean,
}

/// What happened, in order.
pub fn timeline(state: &State, events: &[Event]) -> Vec<Moment> {
    let mut health = HashMap::new();
    let told = events.iter().filter(|event| is_worth_telling(&event.what) || is_change(&mut health, &event.what));
    told.map(|event| Moment {
        seq: event.seq,
        at: event.at,
        seconds: seconds_between(state.run.declared_at, event.at),
        by: event.by.clone(),
        told: Clean::new(&telling::tell_without_name(state, event)),
    })
    .collect()
}

fn is_worth_telling(what: &What) -> bool {
    if let What::StepActed { reply, .. } | What::UndoActed { reply, .. } = what {
        return !matches!(reply, Reply::Taken { .. });
    }
    !matches!(
        what,
        What::Call { .. }
            | What::Lag { .. }
            | What::Health { .. }
            | What::HealthUnchanged { .. }
            | What::Identity { .. }
            | What::Watched { .. }
            | What::StepProgress { .. }
    )
}

/// Whether `what` says that a component is otherwise than it was when it was last looked at.
fn is_change(health: &mut HashMap<(ComponentName, Side), HealthLevel>, what: &What) -> bool {
    let What::Health { component, side, health: now } = what else { return false };
    health.insert((component.clone(), *side), now.level).is_some_and(|before| before != now.level)
}
