//! What an earlier step of a component has planned, as it is asked about before it is done. Pure.

use super::state::{State, Status};
use crate::plan::{Gate, Step};
use crate::service::terraform::words::Planned;
use crate::text::Clean;

/// Whether `step` asks about what was planned.
pub(super) fn asks(step: &Step) -> bool {
    step.gates.iter().any(|gate| matches!(gate, Gate::Planned { .. }))
}

/// What was planned for `step`, where it does what an earlier one has planned.
pub fn of(state: &State, step: &Step) -> Option<Planned> {
    let outputs = state.outputs.get(&step.component).filter(|_| asks(step))?;
    Planned::of_outputs(outputs)
}

/// Whether there is nothing to do, so that nobody has to be asked.
pub fn is_nothing(state: &State, step: &Step) -> bool {
    of(state, step).is_some_and(|planned| planned.is_nothing())
}

/// What is asked: in words, with what would be gone.
pub(super) fn question(state: &State, step: &Step, ask: &Clean) -> Clean {
    let planned = of(state, step).map_or_else(|| "what it would do is not known".to_owned(), |planned| planned.told());
    Clean::new(&format!("{ask} {planned}."))
}

/// The step whose plan `place` does: it is planned again before that is asked about, and done, again.
pub(super) fn planner(state: &State, place: usize) -> Option<usize> {
    let step = state.plan_step(place);
    let own = step.needs.iter().filter_map(|need| state.place(need));
    let mut own = own.filter(|need| state.plan_step(*need).component == step.component);
    let is_done = |need: &usize| matches!(state.steps[*need].status, Status::Succeeded { .. });
    if asks(step) { own.find(is_done) } else { None }
}
