//! Which events only tell again what an earlier one told: the same question with the same answer, the same health, the
//! same sample, as long as nothing happened between. Pure.

use crate::recovery::event::{Event, What};
use imbl::{HashMap, OrdMap, Vector};
use std::sync::LazyLock;

static NONE: LazyLock<Vector<usize>> = LazyLock::new(Vector::new);

/// The events that only tell the same again, by the place of the first. A copy shares what it holds.
#[derive(Clone, Debug, Default)]
pub struct Repeats {
    of: OrdMap<usize, Vector<usize>>,
    /// What was told since something happened last, and by which event first.
    told: HashMap<String, usize>,
}

impl Repeats {
    /// Takes in the event at `place`; `true` when it only tells again what an earlier one told.
    pub fn take(&mut self, event: &Event, place: usize) -> bool {
        let Some(told) = told_by(event) else {
            self.told.clear();
            return false;
        };
        match self.told.get(&told) {
            Some(first) => {
                self.of.entry(*first).or_default().push_back(place);
                true
            }
            None => {
                self.told.insert(told, place);
                false
            }
        }
    }

    /// The places of those that only tell again what the event at `first` told, in order.
    pub fn of(&self, first: usize) -> &Vector<usize> {
        self.of.get(&first).unwrap_or(&NONE)
    }
}

/// What makes two events tell the same; `None` for what happened, which happens once.
fn told_by(event: &Event) -> Option<String> {
    match &event.what {
        What::Call { call, .. } if call.mutation => None,
        What::Call { step, call } => {
            let (step, error) = (step.as_ref().map(|step| step.as_str()), call.error.as_deref());
            Some(format!("call {} {} {step:?} {error:?}", call.operation, call.region))
        }
        What::StepProgress { step, note } => Some(format!("progress {step} {note}")),
        What::Lag { component, sample } => {
            Some(format!("lag {component} {:?} {:?} {:?}", sample.seconds, sample.sampled_at, sample.instead))
        }
        What::Health { component, side, health } => {
            Some(format!("health {component} {side:?} {:?} {}", health.level, health.note))
        }
        What::HealthUnchanged { side, .. } => Some(format!("unchanged {side:?}")),
        What::Identity { identity } => Some(format!("identity {identity:?}")),
        What::Watched { watchers } => Some(format!("watched {watchers}")),
        _ => None,
    }
}
