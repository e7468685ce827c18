//! The numbers on the screen, worked out when something happened or a second passed and not for every key.

use super::reading;
use super::shape::Shape;
use super::threshold::Thresholds;
use crate::plan::ComponentName;
use crate::recovery::event::Exposure;
use crate::recovery::{State, Status, loss, objective};
use jiff::Timestamp;

/// The numbers on the screen.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Seconds from the declaration to now.
    pub elapsed_seconds: f64,
    /// Seconds from the declaration to the projected end.
    pub projected_seconds: f64,
    /// Each store with its exposure: the worst against its objective first, and of those the greatest exposure.
    pub stores: Vec<Store>,
    /// Steps that a person must look at, in run order.
    pub stuck: Vec<usize>,
}

/// A component that holds data.
#[derive(Clone, Debug)]
pub struct Store {
    /// Which.
    pub component: ComponentName,
    /// Worst-case loss if promoted now; `None` once it is promoted, when nothing is left to be lost that way.
    pub exposure: Option<Exposure>,
    /// Its recovery point objective, in seconds.
    pub rpo_seconds: Option<f64>,
    /// Whether the exposure was above the objective and has not been clearly under it since.
    pub was_over: bool,
}

/// How a store's exposure stands against its objective, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The exposure is not known; with an objective that counts as above it.
    Unknown,
    /// Above.
    Over,
    /// Within just now, but above a moment ago.
    WasOver,
    /// Within.
    Within,
    /// There is no objective to stand against.
    NoObjective,
    /// Nothing is left to be lost by promoting it.
    Promoted,
}

impl Store {
    /// How the exposure stands against the objective.
    pub fn standing(&self) -> Standing {
        let Some(exposure) = &self.exposure else { return Standing::Promoted };
        match (exposure.seconds, self.rpo_seconds) {
            (None, _) => Standing::Unknown,
            (Some(_), None) => Standing::NoObjective,
            (Some(seconds), Some(rpo)) if seconds > rpo => Standing::Over,
            (Some(_), Some(_)) if self.was_over => Standing::WasOver,
            (Some(_), Some(_)) => Standing::Within,
        }
    }

    /// Whether it is shown as being over: unknown counts as above, no objective as not, and what was above until it
    /// has been clearly under.
    pub fn is_over(&self) -> bool {
        match self.standing() {
            Standing::Over | Standing::WasOver => true,
            Standing::Unknown => self.rpo_seconds.is_some(),
            Standing::Promoted | Standing::Within | Standing::NoObjective => false,
        }
    }
}

impl Figures {
    /// Reads the numbers off the state.
    pub fn read(state: &State, shape: &Shape, thresholds: &Thresholds, now: Timestamp) -> Self {
        // On the way back, what failed on the way forward needs nobody any more.
        let needs_a_person = |place: &usize| {
            let status = state.steps[*place].status;
            let forward = matches!(status, Status::Failed | Status::Unknown);
            reading::is_stuck(status) && !(forward && state.rollback.is_some())
        };
        let stuck = (0..state.steps.len()).filter(needs_a_person).collect();
        Self {
            elapsed_seconds: objective::elapsed_seconds(state, now),
            projected_seconds: objective::projected_seconds(state, now),
            stores: stores(state, shape, thresholds, now),
            stuck,
        }
    }

    /// The store that stands worst of those with something left to lose; unknown is the worst of all. `None` when nothing is left to be lost.
    pub fn worst(&self) -> Option<&Store> {
        self.stores.iter().find(|store| store.exposure.is_some())
    }
}

fn stores(state: &State, shape: &Shape, thresholds: &Thresholds, now: Timestamp) -> Vec<Store> {
    let steps_of = |name: &str| shape.component(name).map_or(&[][..], |component| shape.steps_of(component));
    let mut stores: Vec<Store> = loss::exposures(state, now)
        .into_iter()
        .map(|(component, exposure)| {
            let places = steps_of(component.as_str());
            let left = reading::still_exposed(state, places).unwrap_or(true);
            let exposure = reading::sent_over(state, places).unwrap_or(exposure);
            Store {
                rpo_seconds: reading::rpo_seconds(state, shape, component.as_str()),
                exposure: left.then_some(exposure),
                was_over: thresholds.was_over(&component),
                component,
            }
        })
        .collect();
    // A store that has never been sampled is unknown, and unknown is shown.
    for component in &state.run.plan.components {
        let asks = reading::still_exposed(state, steps_of(component.name.as_str())) == Some(true);
        if asks && !state.lags.contains_key(&component.name) {
            let exposure = loss::exposure(state, &component.name, now);
            let rpo_seconds = component.rpo_seconds.or(state.run.plan.application.rpo_seconds);
            let component = component.name.clone();
            stores.insert(0, Store { component, exposure: Some(exposure), rpo_seconds, was_over: false });
        }
    }
    stores.sort_by_key(Store::standing);
    stores
}
