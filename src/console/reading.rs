//! Questions that several screens put to a run's state. Pure; knows no screen.

use super::shape::Shape;
use crate::plan::{GateKind, Undo};
use crate::recovery::State;
use crate::recovery::state::OpenGate;
use crate::service::{Ask, Registry};

/// The gate that is asked before the step at `place`, if one is.
pub fn open_gate(state: &State, place: usize) -> Option<(GateKind, &OpenGate)> {
    GateKind::ALL.into_iter().find_map(|kind| Some((kind, state.open_gates.get(&(place, kind))?)))
}

/// The question that the failure of the step at `place` is, while it is asked.
pub fn failure_asks(state: &State, place: usize) -> Option<(GateKind, &OpenGate)> {
    let kind = state.plan_step(place).asks_when_failing?;
    Some((kind, state.open_gates.get(&(place, kind))?))
}

/// The step that "go" starts next, or whose gate it asks first.
pub fn next_step(state: &State) -> Option<usize> {
    next_steps(state).next()
}

/// The steps that may start, in the order in which "go" takes them: what runs beside the path first, as `decide` has it;
/// in a rollback the undos that are left.
pub fn next_steps(state: &State) -> impl Iterator<Item = usize> + '_ {
    let forward = state.rollback.is_none();
    let ready = |beside: bool| state.ready().filter(move |place| forward && state.plan_step(*place).beside == beside);
    to_undo(state).chain(ready(true)).chain(ready(false))
}

/// The step to look at now: one that needs a person, `stuck` before a gate; else what runs, on the path before beside
/// it; else what "go" starts next. `None` once the run is over, and where there is nothing of these.
pub fn to_look_at(state: &State, stuck: &[usize]) -> Option<usize> {
    if state.is_over() {
        return None;
    }
    let asked = || state.open_gates.keys().next().map(|(place, _)| *place);
    let running = || state.busy().min_by_key(|place| (state.plan_step(*place).beside, *place));
    stuck.first().copied().or_else(asked).or_else(running).or_else(|| next_step(state))
}

/// The steps that are still to be undone, in order. A point of no return among them is passed over: it stays.
pub fn to_undo(state: &State) -> impl Iterator<Item = usize> + '_ {
    let left = state.rollback.iter().flat_map(|rollback| rollback.left.iter().copied());
    left.filter(|place| state.plan_step(*place).undo != Undo::PointOfNoReturn)
}

/// Whether the step at `place` is stuck and no question is asked about it.
pub fn is_dead(state: &State, place: usize) -> bool {
    state.steps[place].status.is_stuck() && failure_asks(state, place).is_none()
}

/// The recovery point objective of a component, in seconds: its own, or the application's.
pub fn rpo_seconds(state: &State, shape: &Shape, component: &str) -> Option<f64> {
    let plan = &state.run.plan;
    let own = shape.component(component).and_then(|at| plan.components[at].rpo_seconds);
    own.or(plan.application.rpo_seconds)
}

/// The question for the newest lines of a component's own log, where the plan names one.
pub fn log_of(state: &State, component: usize) -> Option<Ask> {
    let plan = &state.run.plan;
    let component = plan.components.get(component)?;
    Registry.service(component.kind.as_str())?.log(component, &plan.application, state.at)
}
