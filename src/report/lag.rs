//! Each store's replication lag over the run, as it was sampled: numbers, and samples that had none.

use crate::plan::ComponentName;
use crate::recovery::{Event, State, Status, What};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;

/// The lag of one store over the run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// The store.
    pub component: ComponentName,
    /// Its recovery point objective, in seconds: its own, or the application's.
    pub rpo_seconds: Option<f64>,
    /// When it was verified to be promoted, or its copy to be there.
    pub promoted_at: Option<Timestamp>,
    /// Whether nothing of it is promoted: both sides write, and its copy is gone over to.
    #[serde(skip)]
    pub is_copied: bool,
    /// The samples, oldest first; one that was looked at twice stands here once.
    pub samples: Vec<Sample>,
}

/// One sample of a lag.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// When it was taken, by the cloud's clock; when it was looked at where the cloud did not say.
    pub at: Timestamp,
    /// The lag in seconds; `None` when there was no number.
    pub seconds: Option<f64>,
    /// What was said instead of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Clean>,
}

/// The curve of every store that was sampled, in the plan's order.
pub fn curves(state: &State, events: &[Event]) -> Vec<Curve> {
    let components = state.run.plan.components.iter().filter(|component| state.lags.contains_key(&component.name));
    let mut curves: Vec<Curve> = components
        .map(|component| Curve {
            component: component.name.clone(),
            rpo_seconds: component.rpo_seconds.or(state.run.plan.application.rpo_seconds),
            promoted_at: promoted_at(state, &component.name),
            is_copied: state.is_copied(&component.name),
            samples: Vec::new(),
        })
        .collect();
    for event in events {
        let What::Lag { component, sample } = &event.what else { continue };
        let Some(curve) = curves.iter_mut().find(|curve| &curve.component == component) else { continue };
        let at = sample.sampled_at.unwrap_or(event.at);
        let seconds = sample.seconds;
        if curve.samples.last().is_some_and(|last| last.at == at && last.seconds == seconds) {
            continue;
        }
        curve.samples.push(Sample { at, seconds, instead: sample.instead.clone() });
    }
    for curve in &mut curves {
        curve.samples.sort_by_key(|sample| sample.at);
    }
    curves
}

/// When `component` was verified to be promoted, or its copy to be there.
pub(super) fn promoted_at(state: &State, component: &ComponentName) -> Option<Timestamp> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut promotions = steps.filter(|(step, _)| &step.component == component && step.role().is_of_a_store());
    promotions.find_map(|(_, step)| {
        let verified = matches!(step.status, Status::Succeeded { .. });
        step.finished_at.filter(|_| verified)
    })
}
