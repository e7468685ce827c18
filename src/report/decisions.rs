//! What people decided: gates, skips, retries, modes, ways back, ends, and what they wrote down, each with its reason.

use crate::plan::StepId;
use crate::recovery::event::GateAnswer;
use crate::recovery::objective::seconds_between;
use crate::recovery::score::Score;
use crate::recovery::{Event, State, What, telling};
use crate::text::Clean;
use jiff::Timestamp;
use serde::Serialize;

/// One decision of a person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decided {
    /// When.
    pub at: Timestamp,
    /// Seconds since the declaration.
    pub seconds: f64,
    /// Who.
    pub by: Clean,
    /// What, in words, without who.
    pub told: Clean,
    /// About which step.
    pub step: Option<StepId>,
    /// Why, in their own words.
    pub reason: Option<Clean>,
    /// Seconds from the question to the answer, for a gate.
    pub answered_after_seconds: Option<f64>,
    /// The exposure it was decided on, in words, for a loss gate.
    pub exposure: Option<Clean>,
}

/// What people decided, in order.
pub fn decisions(state: &State, events: &[Event], score: &Score) -> Vec<Decided> {
    let decided = events.iter().filter_map(|event| Some((event, decision(event)?)));
    decided
        .map(|(event, (step, reason))| Decided {
            at: event.at,
            seconds: seconds_between(state.run.declared_at, event.at),
            by: event.by.clone(),
            told: Clean::new(&telling::tell_without_name(state, event)),
            step: step.cloned(),
            reason: reason.filter(|reason| !reason.is_empty()).cloned(),
            answered_after_seconds: answered_after(event, score),
            exposure: exposure(event),
        })
        .collect()
}

/// The step and the reason of an event that is a person's decision; `None` for any other.
fn decision(event: &Event) -> Option<(Option<&StepId>, Option<&Clean>)> {
    if let What::GatePassed { step, answer, .. } = &event.what {
        return match answer {
            GateAnswer::Within => None,
            GateAnswer::Approved { reason } | GateAnswer::Done { reason } => Some((Some(step), reason.as_ref())),
            GateAnswer::Accepted { reason, .. } | GateAnswer::Reconciled { how: reason } => {
                Some((Some(step), Some(reason)))
            }
            GateAnswer::Crossed { .. } => Some((Some(step), None)),
        };
    }
    if let What::StepSkipped { step, reason } = &event.what {
        return Some((Some(step), Some(reason)));
    }
    if let What::RollbackStarted { to, reason, .. } = &event.what {
        return Some((to.as_ref(), Some(reason)));
    }
    if let What::AbortRequested { reason } = &event.what {
        return Some((None, Some(reason)));
    }
    if let What::Note { text, step } = &event.what {
        return Some((step.as_ref(), Some(text)));
    }
    let retried = matches!(&event.what, What::StepStarted { attempt, .. } if *attempt > 1);
    if let (What::StepStarted { step, .. }, true) = (&event.what, retried && event.by.as_str() != "landfall") {
        return Some((Some(step), None));
    }
    // The hold that a resumed session opens with is the program's own.
    let mode_is_said = matches!(event.what, What::ModeChanged { .. }) && event.by.as_str() != "landfall";
    mode_is_said.then_some((None, None))
}

fn answered_after(event: &Event, score: &Score) -> Option<f64> {
    let What::GatePassed { step, gate, .. } = &event.what else { return None };
    let asked = score.gates.iter().find(|asked| {
        let answered_now = asked.answered.as_ref().is_some_and(|answered| answered.at == event.at);
        &asked.step == step && asked.gate == *gate && answered_now
    })?;
    asked.seconds()
}

fn exposure(event: &Event) -> Option<Clean> {
    let What::GatePassed { exposure: Some(exposure), .. } = &event.what else { return None };
    Some(exposure.note.clone())
}
