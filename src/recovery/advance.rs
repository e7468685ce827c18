//! What follows by itself from a state: steps that are ready start, gates open, a rollback goes on, a run ends.
//! Pure; the engine calls it after every change.

use super::command::Refusal;
use super::decide::{Action, Decision};
use super::event::*;
use super::objective;
use super::rollback;
use super::state::State;
use super::telling;
use crate::plan::{Gate, StepId};
use crate::text::Clean;
use jiff::Timestamp;

/// What follows from `state` at `now`; empty when nothing does.
pub fn advance(state: &State, now: Timestamp) -> Decision {
    if !state.driven || state.ended.is_some() {
        return Decision::default();
    }
    if state.aborting.is_some() {
        return abort(state, now);
    }
    if state.rollback.is_some() {
        return rollback::advance(state, now);
    }
    if state.unsettled == 0 {
        return Decision::event(What::RunEnded(ended(state, completed(state), now)));
    }
    if state.mode != Mode::Auto {
        return Decision::default();
    }
    let mut decision = Decision::default();
    for place in state.ready() {
        if let Ok(started) = try_start(state, place, now) {
            decision.events.extend(started.events);
            decision.actions.extend(started.actions);
        }
    }
    decision
}

/// Starts the step at `place`, or asks the first of its gates that is neither passed nor needless.
///
/// # Errors
/// A [`Refusal`] when a gate cannot even be asked yet, or is asked already.
pub fn try_start(state: &State, place: usize, now: Timestamp) -> Result<Decision, Refusal> {
    credentials_work(state)?;
    let step = state.plan_step(place);
    let mut events = Vec::new();
    for gate in &step.gates {
        let kind = gate.kind();
        if state.steps[place].has_passed(kind) {
            continue;
        }
        if state.open_gates.contains_key(&(place, kind)) {
            return Err(Refusal::new(
                format!("{} waits for the {} gate to be answered", step.id, kind.words()),
                "answer it first",
            ));
        }
        let (question, exposure) = match gate {
            Gate::Approval { why } => (why.clone(), None),
            Gate::Manual { ask, .. } => (ask.clone(), None),
            Gate::PointOfNoReturn => {
                let region = &state.run.plan.application.recovery;
                (Clean::new(&format!("{} cannot be taken back. Type {region} to cross.", step.title)), None)
            }
            Gate::Loss { rpo_seconds } => {
                if !state.lags.contains_key(&step.component) {
                    return Err(Refusal::new(
                        format!("{} waits for the first lag sample of {}", step.id, step.component),
                        "it is being asked for; try again in a moment",
                    ));
                }
                let exposure = objective::exposure(state, &step.component, now);
                if exposure.seconds.is_some_and(|seconds| seconds <= *rpo_seconds) {
                    events.push(What::GatePassed {
                        step: step.id.clone(),
                        gate: kind,
                        answer: GateAnswer::Within,
                        exposure: Some(exposure),
                    });
                    continue;
                }
                (loss_question(&step.component, &exposure, *rpo_seconds), Some(exposure))
            }
        };
        events.push(What::GateOpened { step: step.id.clone(), gate: kind, question, exposure });
        return Ok(Decision { events, ..Decision::default() });
    }
    let attempt = state.steps[place].attempt + 1;
    events.push(What::StepStarted { step: step.id.clone(), attempt });
    Ok(Decision { events, actions: vec![Action::Start { place, attempt }], then_start: None })
}

/// Nothing new starts while the credentials of any account have expired.
pub(super) fn credentials_work(state: &State) -> Result<(), Refusal> {
    match state.expired.first_key_value() {
        Some((account, why)) => {
            Err(Refusal::new(telling::of_account(account.as_ref(), why), "it goes on by itself once they work"))
        }
        None => Ok(()),
    }
}

fn loss_question(component: &crate::plan::ComponentName, exposure: &Exposure, rpo_seconds: f64) -> Clean {
    let text = match exposure.seconds {
        Some(seconds) => format!(
            "Promoting {component} now may lose {seconds:.0} s of writes ({}); its rpo is {rpo_seconds} s.",
            exposure.note
        ),
        None => format!(
            "What promoting {component} now would lose is unknown ({}); its rpo is {rpo_seconds} s.",
            exposure.note
        ),
    };
    Clean::new(&text)
}

fn abort(state: &State, now: Timestamp) -> Decision {
    if state.busy().next().is_some() {
        return Decision::default();
    }
    Decision::event(What::RunEnded(ended(state, RunOutcome::Aborted, now)))
}

fn completed(state: &State) -> RunOutcome {
    if exceptions(state).is_empty() { RunOutcome::Completed } else { RunOutcome::CompletedWithExceptions }
}

fn exceptions(state: &State) -> Vec<StepId> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    steps.filter(|(_, state)| state.status == super::state::Status::Skipped).map(|(step, _)| step.id.clone()).collect()
}

/// The last word on a run that ends with `outcome` at `now`.
pub(super) fn ended(state: &State, outcome: RunOutcome, now: Timestamp) -> Ended {
    Ended {
        outcome,
        rto_seconds: objective::seconds_between(state.run.declared_at, now),
        rpo_seconds: state.promoted_over.as_ref().and_then(|exposure| exposure.seconds),
        debts: state.debts.clone(),
        exceptions: exceptions(state),
    }
}

/// Whether an auto run can do nothing more by itself: nothing runs, and everything that is ready waits for a
/// person's answer. A step that waits for its store's first lag sample is not stuck, nor is a run that waits for
/// credentials.
pub fn is_stuck(state: &State) -> bool {
    if state.ended.is_some() || state.busy().next().is_some() || !state.expired.is_empty() {
        return false;
    }
    if let Some(rollback) = &state.rollback {
        return rollback.stopped.is_some();
    }
    state.ready().all(|place| state.open_gates.keys().any(|(at, _)| *at == place))
}
