//! What follows by itself from a state: steps that are ready start, gates open, a rollback goes on, a run ends.
//! Pure; the engine calls it after every change.

use super::command::Refusal;
use super::debts;
use super::decide::{Action, Decision};
use super::divergence;
use super::event::*;
use super::loss::{self, Loss};
use super::objective;
use super::planned;
use super::rollback;
use super::state::{State, Status};
use super::telling;
use super::way_back;
use super::window;
use super::words;
use crate::plan::{ComponentName, Gate, GateKind, Role, Step, StepId, Undo};
use crate::text::Clean;
use jiff::Timestamp;

/// What follows from `state` at `now`; empty when nothing does.
pub fn advance(state: &State, now: Timestamp) -> Decision {
    if !state.driven || state.ended.is_some() {
        return Decision::default();
    }
    if let Some(before) = &state.paying {
        return debts::advance(state, before.outcome, now);
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
    if state.mode != Mode::Auto || state.needs_start() {
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
    let has_nothing_to_do = planned::is_nothing(state, step);
    for gate in &step.gates {
        let kind = gate.kind();
        if has_nothing_to_do && matches!(gate, Gate::Planned { .. } | Gate::PointOfNoReturn) {
            let answer = GateAnswer::Within;
            events.push(What::GatePassed { step: step.id.clone(), gate: kind, answer, exposure: None });
            continue;
        }
        if state.steps[place].has_passed(kind) {
            continue;
        }
        if state.open_gates.contains_key(&(place, kind)) {
            return Err(Refusal::new(
                format!("{} waits for the {} gate to be answered", step.id, kind.words()),
                "answer it first",
            ));
        }
        if let Some(answer) = given_ahead(state, gate, &step.component, now) {
            let exposure = matches!(gate, Gate::Loss { .. }).then(|| loss::exposure(state, &step.component, now));
            events.push(What::GatePassed { step: step.id.clone(), gate: kind, answer, exposure });
            continue;
        }
        let (question, exposure) = match gate {
            Gate::Approval { why } => (why.clone(), None),
            Gate::Planned { ask } => (planned::question(state, step, ask), None),
            Gate::Manual { ask, .. } => (ask.clone(), None),
            Gate::Divergence { ask } => match divergence::question(state, ask) {
                Some(question) => (question, None),
                None => {
                    let answer = GateAnswer::Within;
                    events.push(What::GatePassed { step: step.id.clone(), gate: kind, answer, exposure: None });
                    continue;
                }
            },
            Gate::Window { ask } => {
                let downtime = words::clock(way_back::expected_downtime(&state.run.runbook));
                (Clean::new(&format!("{ask} Users notice for about {downtime} from here.")), None)
            }
            Gate::PointOfNoReturn => {
                let region = &state.run.plan.application.recovery;
                let point = point_behind(state, step);
                (Clean::new(&format!("{} cannot be taken back. Type {region} to cross.", point.title)), None)
            }
            Gate::Loss { rpo_seconds } => {
                if loss::is_awaited(state, &step.component) {
                    return Err(Refusal::new(
                        format!("{} waits for the first lag sample of {}", step.id, step.component),
                        "it is being asked for; try again in a moment",
                    ));
                }
                let exposure = loss::exposure(state, &step.component, now);
                if exposure.seconds.is_some_and(|seconds| seconds <= *rpo_seconds) {
                    events.push(What::GatePassed {
                        step: step.id.clone(),
                        gate: kind,
                        answer: GateAnswer::Within,
                        exposure: Some(exposure),
                    });
                    continue;
                }
                (loss_question(state, step, &exposure, *rpo_seconds), Some(exposure))
            }
        };
        events.push(What::GateOpened { step: step.id.clone(), gate: kind, question, exposure });
        return Ok(Decision { events, ..Decision::default() });
    }
    let attempt = state.steps[place].attempt.saturating_add(1);
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

/// What was said about `gate` ahead, with the start. A loss within its objective needs no word.
fn given_ahead(state: &State, gate: &Gate, component: &ComponentName, now: Timestamp) -> Option<GateAnswer> {
    let given = state.started.as_ref()?;
    let ahead = Some(given.by.clone());
    match gate {
        Gate::PointOfNoReturn => {
            let with_the_start = || given.start.crosses.then(|| (given.start.typed.clone(), ahead));
            let (region, ahead) = crossed_with_the_window(state).or_else(with_the_start)?;
            Some(GateAnswer::Crossed { region, ahead })
        }
        Gate::Loss { rpo_seconds } => {
            if loss::is_awaited(state, component) {
                return None;
            }
            let seconds = loss::exposure(state, component, now).seconds;
            if seconds.is_some_and(|seconds| seconds <= *rpo_seconds) {
                return None;
            }
            if let Some((reason, by)) = loss::accepted_before_the_fence(state, component, seconds) {
                return Some(GateAnswer::Accepted { reason, ahead: Some(by) });
            }
            let accepted = given.start.accepted.iter().find(|accepted| accepted.covers(component, seconds))?;
            Some(GateAnswer::Accepted { reason: accepted.reason.clone(), ahead })
        }
        Gate::Approval { .. }
        | Gate::Planned { .. }
        | Gate::Manual { .. }
        | Gate::Divergence { .. }
        | Gate::Window { .. } => None,
    }
}

/// Who decided to go back has typed the region that points of no return are crossed into.
fn crossed_with_the_window(state: &State) -> Option<(Clean, Option<Clean>)> {
    let passed = state.steps.iter().flat_map(|own| &own.passed);
    let mut windows = passed.filter_map(|(gate, answer, by, _)| match (gate, answer) {
        (GateKind::Window, GateAnswer::Crossed { region, .. }) => Some((region.clone(), Some(by.clone()))),
        _ => None,
    });
    windows.next()
}

/// The point of no return that is decided before `step`: a store's is decided before its fence.
fn point_behind<'a>(state: &'a State, step: &'a Step) -> &'a Step {
    if step.undo == Undo::PointOfNoReturn {
        return step;
    }
    let mut own = state.run.runbook.steps.iter().filter(|other| other.component == step.component);
    own.find(|other| other.undo == Undo::PointOfNoReturn).unwrap_or(step)
}

fn loss_question(state: &State, step: &Step, exposure: &Exposure, rpo_seconds: f64) -> Clean {
    let component = &step.component;
    let [doing, within] = Loss::doing(state.is_copied(component));
    let more = match step.role() {
        Role::Fence => format!(" Waiting for its fence may add {}.", words::objective(step.timeout_seconds)),
        Role::Promotion | Role::Copy | Role::Rejoin | Role::CutOver | Role::Check | Role::Other => String::new(),
    };
    let text = match exposure.seconds {
        Some(_) => {
            let ((lost, rpo), least) = (exposure.sides(Some(rpo_seconds)), exposure.least());
            let rpo = rpo.unwrap_or_default();
            format!(
                "{doing} {component} now may lose {least}{lost} of writes ({}); its rpo is {rpo}.{more}",
                exposure.note
            )
        }
        None => format!(
            "What {within} {component} now would lose is unknown ({}); its rpo is {}.{more}",
            exposure.note,
            words::objective(rpo_seconds)
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
    steps.filter(|(_, state)| state.status == Status::Skipped).map(|(step, _)| step.id.clone()).collect()
}

/// The last word on a run that is left at `now` without being over.
pub fn left(state: &State, now: Timestamp) -> Ended {
    ended(state, left_as(state), now)
}

/// How a run that is left stands: held, unless something failed that no question is asked about.
pub fn left_as(state: &State) -> RunOutcome {
    let failed = state.steps.iter().enumerate().any(|(place, step)| match step.status {
        Status::UndoFailed | Status::UndoUnknown => true,
        Status::Failed | Status::Unknown => {
            let asked = state.plan_step(place).asks_when_failing;
            asked.is_none_or(|gate| !state.open_gates.contains_key(&(place, gate)))
        }
        Status::Waiting
        | Status::Running
        | Status::Succeeded { .. }
        | Status::Skipped
        | Status::Owed(_)
        | Status::Undoing
        | Status::Undone => false,
    });
    if failed { RunOutcome::Failed } else { RunOutcome::Held }
}

/// The last word on a run that ends with `outcome` at `now`.
pub(super) fn ended(state: &State, outcome: RunOutcome, now: Timestamp) -> Ended {
    Ended {
        outcome,
        rto_seconds: match &state.paying {
            // What is paid behind the end takes nothing from the recovery.
            Some(before) => before.rto_seconds,
            None => objective::elapsed_seconds(state, now),
        },
        rpo_seconds: worst(&loss::losses(state)),
        debts: rollback::debts(state),
        exceptions: exceptions(state),
        stays: match (&state.rollback, &state.paying) {
            (Some(rollback), _) => rollback.stays.clone(),
            (None, Some(before)) => before.stays.clone(),
            (None, None) => Vec::new(),
        },
        objectives: loss::objectives(state),
    }
}

/// The worst of what the promoted stores lost, in seconds; `None` when nothing was promoted, or one is unknown.
fn worst(losses: &[Loss]) -> Option<f64> {
    losses.iter().map(|loss| loss.exposure.seconds).try_fold(None, |worst: Option<f64>, seconds| {
        let seconds = seconds?;
        Some(Some(worst.map_or(seconds, |worst| worst.max(seconds))))
    })?
}

/// Whether an auto run can do nothing more by itself: nothing runs, and everything that is ready waits for a
/// person's answer. A step that waits for its store's first lag sample is not stuck, nor is a run that waits for
/// credentials, or for how its return stands.
pub fn is_stuck(state: &State) -> bool {
    if state.ended.is_some() || state.busy().next().is_some() || state.needs_start() || !state.expired.is_empty() {
        return false;
    }
    if let Some(rollback) = &state.rollback {
        return rollback.stopped.is_some();
    }
    if window::is_awaited(state) {
        return false;
    }
    state.ready().all(|place| state.open_gates.keys().any(|(at, _)| *at == place))
}
