//! What was promised against what was measured, for the application and for each component that has an objective of
//! its own or holds data: the end card and the report read it here. Pure.

use super::event::Bound;
use super::loss::Loss;
use super::objective;
use super::outcome::Outcome;
use super::state::{State, Status};
use super::{way_back, words};
use crate::plan::{Component, ComponentName, Intent};
use crate::text::Clean;
use serde::Serialize;

/// One promise, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Objective {
    /// Which.
    pub objective: Kind,
    /// Of which component; of the application when absent.
    pub component: Option<ComponentName>,
    /// What was promised, in seconds.
    pub promised_seconds: Option<f64>,
    /// What was measured, in seconds; `None` when nothing was, or it is not known.
    pub measured_seconds: Option<f64>,
    /// What the number of a loss says.
    #[serde(skip)]
    pub bound: Bound,
    /// Whether the promise was kept; `None` without one, or while it cannot be told.
    pub kept: Option<bool>,
    /// Where the number comes from, or why there is none.
    pub note: Clean,
}

/// Which objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Recovery time: from the declaration until it worked.
    Rto,
    /// Recovery point: writes lost.
    Rpo,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rto => "recovery time",
            Self::Rpo => "data loss",
        }
    }
}

impl Objective {
    /// Whether there was a promise about a loss of which it is not shown that it was kept, nor that it was not.
    pub fn is_open(&self) -> bool {
        let is_loss = self.objective == Kind::Rpo && self.bound != Bound::None;
        is_loss && self.promised_seconds.is_some() && self.kept.is_none()
    }

    /// What was measured and what was promised, in words and in the same unit.
    pub fn sides(&self) -> (String, Option<String>) {
        let (measured, promised) = (self.measured_seconds, self.promised_seconds);
        match self.objective {
            Kind::Rto => (measured.map_or_else(|| "?".to_owned(), words::clock), promised.map(words::clock)),
            Kind::Rpo => words::sides(measured, self.bound == Bound::AtLeast, promised),
        }
    }
}

/// Every objective, the application's first.
pub fn objectives(state: &State, came_to: &Outcome) -> Vec<Objective> {
    let mut all = vec![recovery_time(state, came_to), recovery_point(state, came_to)];
    for component in &state.run.plan.components {
        all.extend(component.rto_seconds.map(|promised| component_time(state, component, promised)));
        let loss = came_to.losses.iter().find(|loss| loss.component == component.name);
        all.extend(loss.map(component_loss));
    }
    all
}

fn recovery_time(state: &State, came_to: &Outcome) -> Objective {
    let note = match (came_to.is_recovered(), state.is_over()) {
        (true, _) if came_to.left_out > 0 => "of a part alone: what was left out is not verified",
        _ if state.run.intent == Intent::Failback => "from the first step of the return to its last verified one",
        (true, _) => "from the declaration to the last verified step",
        (false, true) => "until the run ended, without having recovered",
        (false, false) => "so far: the run is not over",
    };
    Objective {
        objective: Kind::Rto,
        component: None,
        promised_seconds: came_to.rto_seconds,
        measured_seconds: Some(came_to.recover_seconds),
        bound: Bound::AtMost,
        kept: came_to.is_in_time(),
        note: note.into(),
    }
}

fn recovery_point(state: &State, came_to: &Outcome) -> Objective {
    let promised = state.run.plan.application.rpo_seconds;
    // A store's own objective may be looser than the application's, and goes before it.
    let kept = |promised: f64| {
        let within = |loss: &Loss| {
            let promised = loss.rpo_seconds.map_or(promised, |own| own.max(promised));
            Loss { rpo_seconds: Some(promised), ..loss.clone() }.is_met()
        };
        let kept: Vec<Option<bool>> = came_to.losses.iter().map(within).collect();
        match kept.contains(&Some(false)) {
            true => Some(false),
            false => kept.iter().all(|kept| *kept == Some(true)).then_some(true),
        }
    };
    let note = match came_to.worst_loss() {
        Some(worst) => Clean::new(&format!("worst: {} ({})", worst.component, worst.exposure.note)),
        None => "nothing was promoted that may lose writes".into(),
    };
    Objective {
        objective: Kind::Rpo,
        component: None,
        promised_seconds: promised,
        measured_seconds: came_to.worst_loss().and_then(|loss| loss.exposure.seconds),
        bound: came_to.worst_loss().map_or(Bound::None, Loss::bound),
        kept: promised.filter(|_| !came_to.losses.is_empty()).and_then(kept),
        note,
    }
}

fn component_time(state: &State, component: &Component, promised: f64) -> Objective {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut own = steps.filter(|(step, _)| step.component == component.name && !step.beside).peekable();
    let has_steps = own.peek().is_some();
    let ends: Option<Vec<_>> = own
        .map(|(_, step)| match step.status {
            Status::Succeeded { .. } => step.finished_at,
            Status::Waiting
            | Status::Running
            | Status::Failed
            | Status::Unknown
            | Status::Skipped
            | Status::Owed(_)
            | Status::Undoing
            | Status::Undone
            | Status::UndoFailed
            | Status::UndoUnknown => None,
        })
        .collect();
    let end = ends.filter(|_| has_steps).and_then(|ends| ends.into_iter().max());
    let since = way_back::return_begun(state).unwrap_or(state.run.declared_at);
    let measured = end.map(|end| objective::seconds_between(since, end));
    let note = if end.is_some() { "to its last verified step" } else { "not every step of it is verified" };
    Objective {
        objective: Kind::Rto,
        component: Some(component.name.clone()),
        promised_seconds: Some(promised),
        measured_seconds: measured,
        bound: Bound::AtMost,
        kept: match measured {
            Some(measured) => Some(measured <= promised),
            None => state.is_over().then_some(false),
        },
        note: note.into(),
    }
}

fn component_loss(loss: &Loss) -> Objective {
    let note = match &loss.accepted {
        Some(reason) => Clean::new(&format!("{}; accepted: “{reason}”", loss.exposure.note)),
        None => loss.exposure.note.clone(),
    };
    Objective {
        objective: Kind::Rpo,
        component: Some(loss.component.clone()),
        promised_seconds: loss.rpo_seconds,
        measured_seconds: loss.exposure.seconds,
        bound: loss.bound(),
        kept: loss.is_met(),
        note,
    }
}
