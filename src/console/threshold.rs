//! When a store counts as over its objective: at once when it is, and until it has been clearly under for a while, so
//! that a number that grows between two samples and falls at each does not blink. Worked out from the events alone: a
//! replay shows what the run showed. Pure.

use crate::plan::{Component, ComponentName};
use crate::recovery::{Event, State, What, loss};
use imbl::OrdMap;
use std::collections::HashMap;
use std::sync::Arc;

/// The part of the objective below which an exposure is clearly under it.
const CLEARLY_UNDER: f64 = 0.9;
/// How many samples in a row must have stayed clearly under.
const CALM_SAMPLES: u8 = 2;

/// Whether something was over its limit and has not been clearly under since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Threshold {
    was_over: bool,
    calm: u8,
}

impl Threshold {
    /// Takes in the `worst` that was reached since the sample before; not known counts as over.
    pub fn sampled(&mut self, worst: Option<f64>, limit: f64) {
        match worst {
            Some(worst) if worst < limit * CLEARLY_UNDER => self.calm = self.calm.saturating_add(1),
            Some(worst) if worst <= limit => self.calm = 0,
            Some(_) | None => *self = Self { was_over: true, calm: 0 },
        }
        if self.calm >= CALM_SAMPLES {
            self.was_over = false;
        }
    }

    /// Whether it was over and has not been clearly under for long enough since.
    pub fn was_over(self) -> bool {
        self.was_over
    }
}

/// The thresholds of every store with an objective. A copy shares what it holds.
#[derive(Clone, Debug)]
pub struct Thresholds {
    /// The recovery point objective of each component that has one, in seconds.
    objectives: Arc<HashMap<ComponentName, f64>>,
    stores: OrdMap<ComponentName, Threshold>,
}

impl Thresholds {
    /// Nothing was over yet.
    pub fn of(state: &State) -> Self {
        let plan = &state.run.plan;
        let objective = |component: &Component| {
            Some((component.name.clone(), component.rpo_seconds.or(plan.application.rpo_seconds)?))
        };
        Self { objectives: Arc::new(plan.components.iter().filter_map(objective).collect()), stores: OrdMap::new() }
    }

    /// Takes in an event; `before` is the run's state before it: an exposure is at its worst just before a new sample.
    pub fn take(&mut self, before: &State, event: &Event) {
        let What::Lag { component, .. } = &event.what else { return };
        let Some(rpo) = self.objectives.get(component).copied() else { return };
        // Before the first sample there was nothing to be over.
        if !before.lags.contains_key(component) {
            return;
        }
        let worst = loss::exposure(before, component, event.at).seconds;
        self.stores.entry(component.clone()).or_default().sampled(worst, rpo);
    }

    /// Whether a store was over its objective and has not been clearly under it for long enough since.
    pub fn was_over(&self, component: &ComponentName) -> bool {
        self.stores.get(component).is_some_and(|threshold| threshold.was_over())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(worsts: &[Option<f64>]) -> bool {
        let mut threshold = Threshold::default();
        for worst in worsts {
            threshold.sampled(*worst, 30.0);
        }
        threshold.was_over()
    }

    #[test]
    fn over_is_said_at_once() {
        assert!(!after(&[Some(30.0)]));
        assert!(after(&[Some(30.1)]));
        assert!(after(&[Some(2.0), Some(2.0), Some(31.0)]));
    }

    #[test]
    fn what_is_not_known_counts_as_over() {
        assert!(after(&[None]));
    }

    #[test]
    fn it_ends_only_after_two_samples_clearly_under() {
        assert!(after(&[Some(41.0), Some(12.0)]));
        assert!(!after(&[Some(41.0), Some(12.0), Some(11.0)]));
        assert!(after(&[Some(41.0), Some(12.0), Some(29.0), Some(12.0)]), "29 of 30 is not clearly under");
        assert!(after(&[Some(41.0), Some(12.0), Some(31.0), Some(12.0)]));
    }

    #[test]
    fn a_number_that_swings_about_the_limit_does_not_blink() {
        let swings: Vec<Option<f64>> = (0..40).map(|at| Some(if at % 2 == 0 { 31.0 } else { 26.0 })).collect();
        for end in 1..swings.len() {
            assert!(after(&swings[..end]), "off after {end} samples");
        }
    }
}
