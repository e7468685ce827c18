//! What was found about how ready the run is: what the plan itself shows, and what steps' prechecks refused. One list,
//! each finding with where it comes from. Pure.

use crate::plan::{Finding, Level, StepId, lint};
use crate::recovery::{State, What};
use crate::service::Registry;
use crate::text::Clean;
use std::sync::Arc;

/// A finding and where it comes from.
#[derive(Clone, Debug)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a finding comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the plan alone: no cloud was asked.
    Plan,
    /// From what a step looked at before it would have acted.
    Precheck(StepId),
}

impl Origin {
    /// Where it comes from, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Plan => "the plan alone: no cloud was asked".to_owned(),
            Self::Precheck(step) => format!("looked at before {step} would have acted"),
        }
    }
}

/// Every finding. A copy shares what the plan shows.
#[derive(Clone, Debug)]
pub struct Findings {
    plan: Arc<[Found]>,
    prechecks: Vec<Found>,
    /// How often the list changed; what is drawn from it is as old as the count it was drawn at.
    pub changes: u64,
}

impl Findings {
    /// What the plan of the run shows, as `landfall check` tells it for the run's own intent.
    pub fn of(state: &State) -> Self {
        let found = lint::findings(&state.run.plan, &state.run.runbook, &Registry);
        let plan = found.into_iter().map(|finding| Found { finding, origin: Origin::Plan }).collect();
        let mut findings = Self { plan, prechecks: Vec::new(), changes: 0 };
        findings.read_prechecks(state);
        findings
    }

    /// Takes in what has just happened; `state` is the run's state after it.
    pub fn take(&mut self, state: &State, what: &What) {
        if matches!(what, What::StepStarted { .. } | What::StepFailed { .. }) {
            self.read_prechecks(state);
        }
    }

    /// Takes the prechecks as they stand.
    pub fn read_prechecks(&mut self, state: &State) {
        let of_step = |place: usize| {
            let step = state.plan_step(place);
            state.steps[place].checks.iter().map(move |check| Found {
                finding: Finding {
                    code: check.code.as_str().to_owned(),
                    component: Some(step.component.clone()),
                    level: check.level,
                    found: check.found.clone(),
                    wanted: check.wanted.clone(),
                    fix: check.fix.clone(),
                    source: Clean::default(),
                    weight: check.weight,
                },
                origin: Origin::Precheck(step.id.clone()),
            })
        };
        let prechecks: Vec<Found> = (0..state.steps.len()).flat_map(of_step).collect();
        if !(prechecks.is_empty() && self.prechecks.is_empty()) {
            self.prechecks = prechecks;
            self.changes += 1;
        }
    }

    /// The finding at `place`.
    pub fn get(&self, place: usize) -> Option<&Found> {
        self.plan.get(place).or_else(|| self.prechecks.get(place.checked_sub(self.plan.len())?))
    }

    /// Every finding, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = &Found> {
        self.plan.iter().chain(&self.prechecks)
    }

    /// How many are of a level.
    pub fn count(&self, level: Level) -> usize {
        self.iter().filter(|found| found.finding.level == level).count()
    }
}
