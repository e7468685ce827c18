//! The way back: what it will do, what stays and why, what it costs; and its going, one step at a time, in reverse start
//! order, stopping at anything unknown. It never takes down the only side that can serve.

use super::advance::{credentials_work, ended};
use super::command::Refusal;
use super::decide::{Action, Decision};
use super::event::*;
use super::stands::{self, Standing};
use super::start;
use super::state::{Rollback, State, Status};
use crate::plan::{ComponentName, Role, StepId, Undo, When};
use crate::text::Clean;
use jiff::Timestamp;

/// What going back would do, shown before anyone says yes.
#[derive(Clone, Debug, PartialEq)]
pub struct Preview {
    /// The steps it will undo, in order.
    pub undo: Vec<StepId>,
    /// The steps that acted and stay, with why.
    pub stays: Vec<(StepId, Clean)>,
    /// Steps that are under way: they come to rest first, and are then undone if they acted.
    pub in_flight: Vec<StepId>,
    /// Steps whose undo may lose writes.
    pub loses_data: Vec<StepId>,
    /// The step it will stop at, because it is not known whether it happened.
    pub stops_at: Option<StepId>,
    /// The stores whose point of no return was crossed.
    pub crossed: Vec<ComponentName>,
    /// How long it is expected to take, in seconds.
    pub seconds: f64,
}

/// What going back to before `to` (to the very start when `None`) would do; `past_the_point`: with what stands on a
/// crossed point of no return too.
pub fn preview(state: &State, to: Option<&StepId>, past_the_point: bool) -> Preview {
    let Way { undo, stays } = way(state, to, past_the_point);
    let id = |place: &usize| state.plan_step(*place).id.clone();
    let stops = undo.iter().position(|place| state.steps[*place].status == Status::Unknown);
    let visited = &undo[..stops.unwrap_or(undo.len())];
    let lossy = visited.iter().filter(|place| state.plan_step(**place).undo == Undo::DataLoss);
    Preview {
        undo: visited.iter().map(id).collect(),
        stays: stays.into_iter().map(|stay| (stay.step, stay.why)).collect(),
        in_flight: state.busy().map(|place| id(&place)).collect(),
        loses_data: lossy.map(id).collect(),
        stops_at: stops.map(|at| id(&undo[at])),
        crossed: stands::crossed(state),
        seconds: visited.iter().map(|place| state.plan_step(*place).expected_seconds).sum(),
    }
}

/// What is undone, in order, and what stays.
struct Way {
    undo: Vec<usize>,
    stays: Vec<Stay>,
}

fn way(state: &State, to: Option<&StepId>, past_the_point: bool) -> Way {
    let standing = Standing::of(state);
    let mut way = Way { undo: Vec::new(), stays: Vec::new() };
    for place in to_undo(state, to) {
        let step = state.plan_step(place);
        let why = match step.undo {
            Undo::PointOfNoReturn => Some("a point of no return: it stays as it is".to_owned()),
            Undo::Reversible | Undo::DataLoss | Undo::NoneNeeded if past_the_point => None,
            Undo::Reversible | Undo::DataLoss | Undo::NoneNeeded => standing.why_stays(state, place),
        };
        match why {
            Some(why) => way.stays.push(Stay { step: step.id.clone(), why: Clean::new(&why) }),
            None => way.undo.push(place),
        }
    }
    way
}

/// Starts going back.
///
/// # Errors
/// A [`Refusal`] when the run goes back already, when another region was typed, and when nothing acted or all that may
/// be undone is.
pub(super) fn start(
    state: &State,
    to: Option<&StepId>,
    typed: &Clean,
    reason: &Clean,
    past_the_point: Option<&Clean>,
) -> Result<Decision, Refusal> {
    if state.rollback.as_ref().is_some_and(|rollback| rollback.stopped.is_none()) {
        return Err(Refusal::new("the run is going back already", "hold stops it after the step it is at"));
    }
    if to.is_some_and(|to| state.place(to).is_none()) {
        return Err(Refusal::new("the runbook has no such step", "choose one of its steps"));
    }
    if past_the_point.is_some_and(|why| why.trim().is_empty()) {
        return Err(Refusal::new("going past the point of no return needs a reason", "say why: the report shows it"));
    }
    if past_the_point.is_some()
        && let Some(store) = made_anew(state)
    {
        return Err(Refusal::new(
            format!("the old side of {store} is made anew already: what it was does not get its name back"),
            "the way from here is a failover of the application, by its own plan, once that side follows",
        ));
    }
    let Way { undo, stays } = way(state, to, past_the_point.is_some());
    let told_before = state.ended.as_ref().is_some_and(|ended| ended.outcome == RunOutcome::RolledBack);
    if undo.is_empty() && (stays.is_empty() || told_before) {
        let clear = match stays.first() {
            Some(stay) => format!("what stays, stays: {}", stay.why),
            None => "there is nowhere to go back to".to_owned(),
        };
        return Err(Refusal::new("nothing that acted is left to undo", clear));
    }
    start::typed(state, typed, "go back")?;
    let steps = undo.iter().map(|place| state.plan_step(*place).id.clone()).collect();
    let mut events = vec![What::RollbackStarted {
        to: to.cloned(),
        steps,
        stays,
        reason: reason.clone(),
        past_the_point: past_the_point.cloned(),
    }];
    if state.mode == Mode::Hold {
        // Asked for under hold and confirmed against its preview: it goes on by itself; hold stops it again.
        events.push(What::ModeChanged { mode: Mode::Auto });
    }
    Ok(Decision { events, ..Decision::default() })
}

/// The store whose old side a failback has begun to make anew, as the second side of the new one.
pub fn made_anew(state: &State) -> Option<&ComponentName> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut anew = steps.filter(|(step, own)| {
        step.when == When::After && state.promotions.contains_key(&step.component) && own.acted() && step.changes()
    });
    anew.next().map(|(step, _)| &step.component)
}

/// What is still owed once the run has gone back: where the old side is the one that serves again, it is to be stopped no
/// more.
pub(super) fn debts(state: &State) -> Vec<Debt> {
    let past =
        state.rollback.as_ref().is_some_and(|rollback| rollback.to.is_none() && rollback.past_the_point.is_some());
    let whole = state.rollback.as_ref().is_some_and(|rollback| rollback.to.is_none());
    let old_side_serves = past || (whole && stands::crossed(state).is_empty());
    let stops_it = |debt: &&Debt| state.step(&debt.step).is_some_and(|(step, _)| step.role() == Role::Fence);
    state.debts.iter().filter(|debt| !(old_side_serves && stops_it(debt))).cloned().collect()
}

/// What follows by itself while the run goes back.
pub(super) fn advance(state: &State, now: Timestamp) -> Decision {
    let Some(rollback) = &state.rollback else { return Decision::default() };
    if rollback.stopped.is_some() || state.busy().next().is_some() {
        return Decision::default();
    }
    let Some(place) = turn(state, rollback) else {
        let mut events = vec![What::RollbackEnded];
        events.push(match rollback.to {
            None => What::RunEnded(ended(state, RunOutcome::RolledBack, now)),
            Some(_) => What::ModeChanged { mode: Mode::Hold },
        });
        return Decision { events, ..Decision::default() };
    };
    let id = state.plan_step(place).id.clone();
    let note = &state.steps[place].note;
    let stops = match (state.steps[place].status, rollback.tried.get(&place)) {
        (Status::Unknown, _) => Some(format!("it is not known whether {id} happened: {note}")),
        // What was tried before this way back was asked for is looked at again.
        (_, None) => None,
        (Status::UndoFailed, Some(_)) => Some(format!("the undo of {id} failed: {note}")),
        (_, Some(true)) => Some(format!("{id} is not taken back, and nobody can tell: {note}")),
        (_, Some(false)) => Some(format!("it is not known whether {id} was taken back: {note}")),
    };
    if let Some(why) = stops {
        return Decision::event(What::RollbackStopped { step: id, why: Clean::new(&why) });
    }
    if !state.steps[place].acted() {
        return withdraw(state, place);
    }
    if state.plan_step(place).undo == Undo::PointOfNoReturn {
        let why = Clean::new("a point of no return: it stays as it is");
        return Decision::event(What::UndoImpossible { step: id, why });
    }
    let goes_on = state.mode == Mode::Auto && credentials_work(state).is_ok();
    if goes_on { begin(state, place) } else { Decision::default() }
}

/// Whose turn it is: the latest start first. A failback whose region fails again, and says nothing at all, is not waited for
/// there: the side that is to serve gets back what was taken from it, and what stands in the silent region comes last.
pub fn turn(state: &State, rollback: &Rollback) -> Option<usize> {
    let first = *rollback.left.first()?;
    let waits_for_nobody = |place: &usize| state.plan_step(*place).region != state.run.plan.application.recovery;
    match rollback.tried.get(&first) {
        Some(true) => Some(rollback.left.iter().copied().find(waits_for_nobody).unwrap_or(first)),
        Some(false) | None => Some(first),
    }
}

/// Undoes the step at `place` by the commander's own hand: the next one, or again after its undo failed.
///
/// # Errors
/// A [`Refusal`] when the run does not go back, when it is not this step's turn, and under hold.
pub(super) fn undo(state: &State, place: usize) -> Result<Decision, Refusal> {
    let id = &state.plan_step(place).id;
    let Some(rollback) = &state.rollback else {
        return Err(Refusal::new("the run does not go back", "roll back first"));
    };
    if turn(state, rollback) != Some(place) {
        return Err(Refusal::new(format!("it is not the turn of {id}"), "undo goes in reverse start order"));
    }
    if state.busy().next().is_some() {
        return Err(Refusal::new("a step is being worked on", "wait until it comes to rest"));
    }
    if state.mode == Mode::Hold {
        return Err(Refusal::new("the run is held: nothing new starts", "resume first"));
    }
    credentials_work(state)?;
    if state.steps[place].status == Status::Unknown {
        return Err(Refusal::new(
            format!("it is not known whether {id} happened"),
            "look at it in the cloud, and note what you find; undoing it could undo what never was",
        ));
    }
    if !state.steps[place].acted() {
        return Ok(withdraw(state, place));
    }
    Ok(begin(state, place))
}

/// What was under way when the rollback began, and came to rest without having sent anything, is not undone.
fn withdraw(state: &State, place: usize) -> Decision {
    let (step, why) = (state.plan_step(place).id.clone(), Clean::new("nothing was sent for it"));
    Decision::event(What::StepWithdrawn { step, why })
}

fn begin(state: &State, place: usize) -> Decision {
    let step = state.plan_step(place).id.clone();
    let attempt = state.steps[place].attempt;
    Decision {
        events: vec![What::UndoStarted { step }],
        actions: vec![Action::Undo { place, attempt }],
        then_start: None,
    }
}

/// The places of the steps that acted, or are under way and may have, at or after `to`'s start, latest start first.
fn to_undo(state: &State, to: Option<&StepId>) -> Vec<usize> {
    let from = to.and_then(|to| state.step(to)).map_or(Some(0), |(_, step)| step.order);
    // A step never started has nothing after it to go back over.
    let Some(from) = from else { return Vec::new() };
    let mut acted: Vec<(u64, usize)> = state
        .steps
        .iter()
        .enumerate()
        // What only proved something has nothing to go back to.
        .filter(|(place, _)| state.plan_step(*place).undo != Undo::NoneNeeded)
        .filter(|(place, step)| step.acted() || (step.status == Status::Running && state.plan_step(*place).acts))
        .filter_map(|(place, step)| Some((step.order?, place)))
        .filter(|(order, _)| *order >= from)
        .collect();
    acted.sort_unstable_by(|a, b| b.cmp(a));
    acted.into_iter().map(|(_, place)| place).collect()
}

/// Which side can serve once the step at `place` is undone, in words; `None` where that changes nothing about it.
pub fn serves_after(state: &State, place: usize) -> Option<String> {
    let step = state.plan_step(place);
    let application = &state.run.plan.application;
    let (old, new) = (&application.primary, &application.recovery);
    match step.role() {
        Role::Fence => Some(format!("{old} can write again")),
        Role::CutOver => Some(format!("clients go to {old} again")),
        Role::Promotion => Some(format!("{new} writes no more")),
        Role::Other if step.region == *new => Some(format!("{new} serves less")),
        Role::Other | Role::Check | Role::Copy | Role::Rejoin => None,
    }
}
