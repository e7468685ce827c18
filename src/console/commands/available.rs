//! When a command can be used: each row's condition, and why not in words that say what would clear it.

use super::Why;
use crate::console::marked;
use crate::console::reading;
use crate::console::screens::Chosen;
use crate::console::world::World;
use crate::plan::{Field, Kinds, StepId};
use crate::recovery::{Mode, Status, debts, words};
use crate::service::Registry;

pub(super) fn always(_: &World, _: Chosen) -> Result<(), Why> {
    Ok(())
}

fn refuse(why: impl Into<String>) -> Result<(), Why> {
    Err(Why(why.into()))
}

pub(super) fn has_session(world: &World, _: Chosen) -> Result<(), Why> {
    if !world.followed {
        return refuse("the session has ended: nothing can be asked of it; resume the run to go on");
    }
    Ok(())
}

pub(super) fn is_live(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_session(world, chosen)?;
    if world.state.is_over() {
        return refuse("the run is over: it can only be read, noted in, or rolled back");
    }
    if world.state.aborting.is_some() {
        return refuse("the run is ending where it stands");
    }
    Ok(())
}

/// Whether the run waits for its start.
pub(super) fn can_begin(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.needs_start() {
        return Ok(());
    }
    match &world.state.started {
        Some(given) => refuse(format!("the run was started by {} at {}", given.by, words::wall(given.at))),
        None => refuse("nothing in this run changes anything: it needs no start"),
    }
}

pub(super) fn can_go(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if reading::next_step(&world.state).is_some() || !world.state.open_gates.is_empty() {
        return Ok(());
    }
    match world.figures.stuck.first() {
        Some(place) => refuse(format!("no step is ready; retry or skip {}", world.state.plan_step(*place).title)),
        None => refuse("no step is ready: what runs must be verified first"),
    }
}

pub(super) fn can_auto(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.needs_start() {
        return Ok(());
    }
    if world.state.mode == Mode::Auto { refuse("steps start by themselves already") } else { Ok(()) }
}

pub(super) fn can_step(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.mode == Mode::Step { refuse("each step waits for its go already") } else { Ok(()) }
}

pub(super) fn can_answer(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.open_gates.is_empty() { refuse("no gate is open") } else { Ok(()) }
}

/// Whether the chosen step has an open gate that can be answered with others.
pub(super) fn can_mark(world: &World, chosen: Chosen) -> Result<(), Why> {
    if !world.about.commands {
        return refuse("this console only looks");
    }
    can_answer(world, chosen)?;
    let (place, _) = chosen_step(world, chosen)?;
    let title = &world.state.plan_step(place).title;
    match reading::open_gate(&world.state, place) {
        None => refuse(format!("no gate of {title} is open")),
        Some((kind, _)) if marked::of_step(&world.state, place).next().is_none() => {
            refuse(format!("{} of {title} is answered by itself: {}", kind.words(), world.keys.hint("answer")))
        }
        Some(_) => Ok(()),
    }
}

pub(super) fn can_facilitate(world: &World, chosen: Chosen) -> Result<(), Why> {
    if !world.about.commands {
        return refuse("this console only looks");
    }
    let surprise = world.state.run.drill.as_ref().map(|drill| drill.surprise);
    match surprise {
        None => refuse("only a drill has faults to inject; on a real cloud nothing is made to fail"),
        Some(true) => refuse(format!(
            "this drill keeps its faults a surprise: from another terminal, landfall drill --facilitate {}",
            world.about.journal
        )),
        Some(false) if !world.facilitates => refuse("this console was opened without a facilitator"),
        Some(false) => has_session(world, chosen),
    }
}

/// The chosen step's place and status.
fn chosen_step(world: &World, chosen: Chosen) -> Result<(usize, Status), Why> {
    match chosen.step(world) {
        Some(place) => Ok((place, world.state.steps[place].status)),
        None => Err(Why("choose a step first".to_owned())),
    }
}

pub(super) fn has_another(world: &World, _: Chosen) -> Result<(), Why> {
    if world.beside.is_none() {
        return refuse("there is no other run: landfall replay RECORDING --compare OTHER");
    }
    Ok(())
}

pub(super) fn has_a_store(world: &World, _: Chosen) -> Result<(), Why> {
    if world.inventory.is_none() {
        return refuse("nothing was captured of this application here: landfall capture PLAN takes a snapshot");
    }
    Ok(())
}

pub(super) fn has_a_restore(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_a_store(world, chosen)?;
    if world.restore.is_none() {
        return refuse("what was captured is not read yet");
    }
    Ok(())
}

/// Whether something is chosen that is written into files.
pub(super) fn can_write(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_drifts(world, chosen)?;
    if let Some(why) = world.unwritten {
        return refuse(why);
    }
    if !matches!(chosen, Chosen::Drifted(..)) {
        let (drift, restore) = (world.keys.hint("drift"), world.keys.hint("restore"));
        return refuse(format!(
            "what differs ({drift}) and a restore ({restore}) are written: go there, and write it there"
        ));
    }
    Ok(())
}

pub(super) fn has_drifts(world: &World, _: Chosen) -> Result<(), Why> {
    if world.drifts.is_none() {
        return refuse("nothing was captured of this application here: landfall capture PLAN takes a snapshot");
    }
    Ok(())
}

pub(super) fn can_be_watched(world: &World, _: Chosen) -> Result<(), Why> {
    if world.about.watch.is_none() {
        return refuse("there is no journal to look on at");
    }
    Ok(())
}

pub(super) fn is_chosen(_: &World, chosen: Chosen) -> Result<(), Why> {
    if chosen == Chosen::Nothing { refuse("nothing is chosen") } else { Ok(()) }
}

/// Whether the chosen component has a log that can be read here.
pub(super) fn has_a_log(world: &World, chosen: Chosen) -> Result<(), Why> {
    if !world.reads_logs {
        return refuse("a watcher has no cloud to ask: the console that drives the run shows logs");
    }
    has_session(world, chosen)?;
    let Some(component) = chosen.component(world) else { return refuse("choose a component or a step first") };
    if reading::log_of(&world.state, component).is_some() {
        return Ok(());
    }
    let component = &world.state.run.plan.components[component];
    let takes_one = Registry.find(component.kind.as_str()).is_some_and(|kind| has_the_field(kind.fields_of(component)));
    if takes_one {
        return refuse(format!("the plan names no log of {}: give the component a `log`", component.name));
    }
    refuse(format!("{} is of kind {}, which has no log here", component.name, component.kind))
}

fn has_the_field(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.name == "log")
}

/// Whether there is anything to go along with.
pub(super) fn can_follow(world: &World, _: Chosen) -> Result<(), Why> {
    match reading::to_look_at(&world.state, &world.figures.stuck) {
        Some(_) => Ok(()),
        None if world.state.is_over() => refuse("the run is over"),
        None => refuse("nothing runs and nothing needs you"),
    }
}

/// Whether something is chosen that could be copied: not several things in one row.
pub(super) fn is_one(world: &World, chosen: Chosen) -> Result<(), Why> {
    match chosen {
        Chosen::Folded => refuse(format!("several things stand in one row: {} opens it", world.keys.hint("details"))),
        Chosen::Component(_)
        | Chosen::Step(_)
        | Chosen::Event(_)
        | Chosen::Finding(_)
        | Chosen::Captured(_)
        | Chosen::Drifted(..)
        | Chosen::Nothing => is_chosen(world, chosen),
    }
}

pub(super) fn can_start(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    let (place, status) = chosen_step(world, chosen)?;
    if world.state.mode == Mode::Hold && !world.state.needs_start() {
        return refuse("the run is held: resume first");
    }
    if world.state.rollback.is_some() {
        return refuse("the run is going back");
    }
    if world.state.is_ready(place) {
        return Ok(());
    }
    let title = &world.state.plan_step(place).title;
    let waits: Vec<&str> = world.state.waits_for(place).into_iter().map(StepId::as_str).collect();
    if waits.is_empty() {
        return refuse(format!("{title} is {}", status.word()));
    }
    refuse(format!("{title} waits for {}", waits.join(", ")))
}

/// The step that "retry" and "skip" mean: the chosen one where it `fits`, else the one that is stuck, if it is the
/// only one.
fn target(world: &World, chosen: Chosen, fits: fn(Status) -> bool) -> Option<usize> {
    let fitting = chosen.step(world).filter(|place| fits(world.state.steps[*place].status));
    match (fitting, world.figures.stuck.as_slice()) {
        (None, [only]) if fits(world.state.steps[*only].status) => Some(*only),
        (fitting, _) => fitting,
    }
}

/// The step that "retry" means now.
pub(in crate::console) fn to_retry(world: &World, chosen: Chosen) -> Option<usize> {
    target(world, chosen, |status| match status {
        Status::Failed | Status::Unknown | Status::Owed(_) | Status::UndoFailed | Status::UndoUnknown => true,
        Status::Waiting
        | Status::Running
        | Status::Succeeded { .. }
        | Status::Skipped
        | Status::Undoing
        | Status::Undone => false,
    })
}

/// The step that "skip" means now.
pub(in crate::console) fn to_skip(world: &World, chosen: Chosen) -> Option<usize> {
    target(world, chosen, |status| match status {
        Status::Waiting | Status::Failed | Status::Unknown | Status::Undone | Status::Owed(_) => true,
        Status::Running
        | Status::Succeeded { .. }
        | Status::Skipped
        | Status::Undoing
        | Status::UndoFailed
        | Status::UndoUnknown => false,
    })
}

/// Whether a debt is what "retry" means behind the end of the run.
fn can_pay_chosen(world: &World, chosen: Chosen) -> bool {
    to_retry(world, chosen).is_some_and(|place| debts::is_owed(&world.state, place))
}

pub(super) fn can_pay(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_session(world, chosen)?;
    let state = &world.state;
    if state.debts.is_empty() {
        return refuse("nothing is owed");
    }
    if let Some(by) = &state.taken_up {
        return refuse(format!("what is owed is taken up by the failback {}", by.run));
    }
    let in_the_run = !state.is_over() && state.paying.is_none();
    if in_the_run && state.rollback.is_some() {
        return refuse("the run is going back");
    }
    if in_the_run && state.mode == Mode::Hold {
        return refuse("the run is held: resume first");
    }
    Ok(())
}

pub(super) fn can_retry(world: &World, chosen: Chosen) -> Result<(), Why> {
    if (world.state.is_over() || world.state.paying.is_some()) && can_pay_chosen(world, chosen) {
        return can_pay(world, chosen);
    }
    is_live(world, chosen)?;
    if to_retry(world, chosen).is_some() {
        return Ok(());
    }
    let (place, status) = chosen_step(world, chosen)?;
    let title = &world.state.plan_step(place).title;
    let stuck: Vec<&str> =
        world.figures.stuck.iter().map(|place| world.state.plan_step(*place).title.as_str()).collect();
    let instead = if stuck.is_empty() { "no step failed".to_owned() } else { format!("choose {}", stuck.join(" or ")) };
    refuse(format!("{title} is {}, nothing to retry; {instead}", status.word()))
}

pub(super) fn can_skip(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)?;
    if world.state.rollback.is_some() {
        return refuse("the run is going back");
    }
    if let Some(place) = to_skip(world, chosen) {
        return match reading::failure_asks(&world.state, place) {
            Some(_) => refuse(format!(
                "{} asks a question of its own: {} answers it",
                world.state.plan_step(place).title,
                world.keys.hint("answer")
            )),
            None => Ok(()),
        };
    }
    let (place, status) = chosen_step(world, chosen)?;
    refuse(format!("{} is {}: it cannot be skipped", world.state.plan_step(place).title, status.word()))
}

pub(super) fn can_roll_back(world: &World, chosen: Chosen) -> Result<(), Why> {
    has_session(world, chosen)?;
    if world.state.rollback.as_ref().is_some_and(|rollback| rollback.stopped.is_none()) {
        return refuse("the run is going back already");
    }
    if world.state.steps.iter().any(|step| step.acted()) {
        return Ok(());
    }
    refuse("nothing has acted yet: there is nowhere to go back to")
}

pub(super) fn can_end(world: &World, chosen: Chosen) -> Result<(), Why> {
    is_live(world, chosen)
}
