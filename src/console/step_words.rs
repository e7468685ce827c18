//! A step in a few words: what it waits for, how long it has taken, what its gate asks. Pure.

use super::look::Mark;
use super::reading;
use super::words;
use super::world::World;
use crate::console::widgets::bar::bar;
use crate::plan::{Gate, GateKind};
use crate::recovery::event::GateAnswer;
use crate::recovery::state::OpenGate;
use crate::recovery::{Mode, Status, divergence, loss, objective, planned, way_back};
use crate::text::Clean;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

/// What a commander reads beside a step: what its gate asks, what it waits for, what was seen last.
pub fn note(world: &World, place: usize) -> String {
    let state = &world.state;
    let step = &state.steps[place];
    if let Some((kind, _)) = reading::failure_asks(state, place) {
        return gate_ask(world, place, kind);
    }
    match step.status {
        // Behind the end nothing waits, and nothing will be asked.
        Status::Waiting if state.is_over() => String::new(),
        Status::Waiting => match state.turned_at(place).filter(|_| reading::open_gate(state, place).is_none()) {
            Some(turned) => format!("{} fails since the start: {}", turned.check.code, turned.check.found),
            None => waits_for(world, place),
        },
        Status::Running | Status::Undoing if step.note.is_empty() => "observing".to_owned(),
        Status::Running | Status::Undoing => step.note.to_string(),
        Status::Undone if reading::open_gate(state, place).is_some() => waits_for(world, place),
        Status::Succeeded { .. }
        | Status::Failed
        | Status::Unknown
        | Status::Skipped
        | Status::Owed(_)
        | Status::Undone
        | Status::UndoFailed
        | Status::UndoUnknown => step.note.to_string(),
    }
}

/// The key that goes on with the step at `place`, as it is written: what answers its gate, starts it again, or starts it
/// next. `None` where no key is due, or none of this console's.
pub fn due_key(world: &World, place: usize) -> Option<String> {
    let state = &world.state;
    let drives = world.about.commands && world.followed && !state.is_over() && state.aborting.is_none();
    if !drives {
        return None;
    }
    if reading::open_gate(state, place).is_some() {
        return Some(world.keys.hint("answer"));
    }
    if world.figures.stuck.contains(&place) {
        return Some(world.keys.hint("retry"));
    }
    let goes = state.mode == Mode::Step || state.needs_start();
    let first = reading::next_step(state) == Some(place) && !state.steps[place].status.is_busy();
    let id = if state.mode == Mode::Step { "go" } else { "start" };
    (goes && first).then(|| world.keys.hint(id))
}

/// What a step is found by: its names, where it is, how it stands.
pub fn found_by(world: &World, place: usize) -> String {
    let step = world.state.plan_step(place);
    let mark = Mark::of_step(&world.state, place);
    format!("{} {} {} {} {}", step.title, step.id, step.kind, step.region, mark.word)
}

fn waits_for(world: &World, place: usize) -> String {
    let state = &world.state;
    if let Some((kind, _)) = reading::open_gate(state, place) {
        return gate_ask(world, place, kind);
    }
    let waits: Vec<&str> = state
        .waits_for(place)
        .into_iter()
        .map(|need| state.step(need).map_or(need.as_str(), |(step, _)| step.title.as_str()))
        .collect();
    if !waits.is_empty() {
        return format!("waits: {}", waits.join(", "));
    }
    let gates: Vec<&str> = state
        .plan_step(place)
        .gates
        .iter()
        .filter(|gate| !state.steps[place].has_passed(gate.kind()))
        .map(|gate| gate.kind().words())
        .collect();
    if gates.is_empty() { String::new() } else { format!("will ask: {}", gates.join(", ")) }
}

/// What an open gate asks, short, with the number of now.
pub fn gate_ask(world: &World, place: usize, kind: GateKind) -> String {
    let state = &world.state;
    let step = state.plan_step(place);
    let Some(gate) = step.gates.iter().find(|gate| gate.kind() == kind) else {
        return failure_ask(world, place, kind);
    };
    match gate {
        Gate::Approval { why } => format!("approval: {why}"),
        Gate::Planned { .. } => match planned::of(state, step) {
            Some(planned) => format!("approval: {}", planned.told()),
            None => "approval of what is planned".to_owned(),
        },
        Gate::PointOfNoReturn => format!("point of no return, type {}", state.run.plan.application.recovery),
        Gate::Loss { rpo_seconds } => {
            let exposure = loss::exposure(state, &step.component, world.now);
            match exposure.seconds {
                Some(seconds) => {
                    let (lost, rpo) = exposure.sides(Some(*rpo_seconds));
                    let rpo = rpo.unwrap_or_default();
                    match (seconds <= *rpo_seconds, exposure.at_least) {
                        (false, false) => format!("loss {lost} > rpo {rpo}"),
                        (false, true) => format!("loss ≥ {lost} > rpo {rpo}"),
                        (true, false) => format!("loss {lost} ≤ rpo {rpo}"),
                        // It may be more, and over.
                        (true, true) => format!("loss ≥ {lost}, rpo {rpo}"),
                    }
                }
                None => format!("loss unknown, rpo {}", words::objective(*rpo_seconds)),
            }
        }
        Gate::Manual { ask, who: Some(who) } => format!("{who}: {ask}"),
        Gate::Manual { ask, who: None } => format!("by hand: {ask}"),
        Gate::Divergence { .. } => {
            let stores = divergence::stores(state);
            let one = |store: &divergence::Diverged| format!("{}: {}", store.component, store.compared.words());
            format!("what may differ: {}", stores.iter().map(one).collect::<Vec<_>>().join("; "))
        }
        Gate::Window { .. } => {
            let downtime = words::clock(way_back::expected_downtime(&state.run.runbook));
            format!("window: down for ≈{downtime}, type {}", state.run.plan.application.recovery)
        }
    }
}

/// What the failure of a step asks, with what was seen.
fn failure_ask(world: &World, place: usize, kind: GateKind) -> String {
    let note = &world.state.steps[place].note;
    match kind {
        GateKind::Writers => format!("the old writer was not stopped: {note}"),
        GateKind::CaughtUp => format!("not shown to have caught up: {note}"),
        GateKind::Approval
        | GateKind::PointOfNoReturn
        | GateKind::Loss
        | GateKind::Manual
        | GateKind::Divergence
        | GateKind::Window => kind.words().to_owned(),
    }
}

/// Where a gate of a step stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GateStands<'a> {
    /// It is asked now.
    Asked(&'a OpenGate),
    /// A person answered it: how, who and when.
    Answered(&'a GateAnswer, &'a Clean, Timestamp),
    /// The step went on without anybody having to decide.
    NotNeeded,
    /// It may still be asked.
    ToCome,
}

/// Where the gate `kind` of the step at `place` stands.
pub fn gate_stands(world: &World, place: usize, kind: GateKind) -> GateStands<'_> {
    let state = &world.state;
    if let Some(open) = state.open_gates.get(&(place, kind)) {
        return GateStands::Asked(open);
    }
    match state.steps[place].passed.iter().rev().find(|(passed, ..)| *passed == kind) {
        Some((_, answer, by, at)) => GateStands::Answered(answer, by, *at),
        None if state.steps[place].started_at.is_some() => GateStands::NotNeeded,
        None => GateStands::ToCome,
    }
}

/// What a gate will ask, if it comes to that.
pub fn gate_to_come(world: &World, place: usize, kind: GateKind) -> String {
    let gate = world.state.plan_step(place).gates.iter().find(|gate| gate.kind() == kind);
    match gate {
        Some(Gate::Loss { rpo_seconds }) => {
            format!("data loss, where it would be above {}", words::objective(*rpo_seconds))
        }
        Some(Gate::Divergence { .. }) => "divergence, unless nothing is found to differ".to_owned(),
        Some(
            Gate::Approval { .. }
            | Gate::Planned { .. }
            | Gate::PointOfNoReturn
            | Gate::Manual { .. }
            | Gate::Window { .. },
        )
        | None => gate_ask(world, place, kind),
    }
}

/// How a gate was answered.
pub fn answer_words(answer: &GateAnswer) -> String {
    match answer {
        GateAnswer::Within => "within the objective".to_owned(),
        GateAnswer::Crossed { region, .. } => format!("typed {region}"),
        GateAnswer::Accepted { reason, .. } => format!("accepted: “{reason}”"),
        GateAnswer::Approved { reason: Some(reason) } => format!("approved: “{reason}”"),
        GateAnswer::Approved { reason: None } => "approved".to_owned(),
        GateAnswer::Done { reason: Some(reason) } => format!("did it: “{reason}”"),
        GateAnswer::Done { reason: None } => "did it".to_owned(),
        GateAnswer::Reconciled { how } => format!("reconciled: “{how}”"),
    }
}

/// How long a step has taken of what it usually takes: `▕███░░▏ 1:20/≈2:00`, `0:05`, `≈2:00`.
pub fn time(world: &World, place: usize, bar_width: usize) -> String {
    let expected = world.state.plan_step(place).expected_seconds;
    let step = &world.state.steps[place];
    match step.status {
        Status::Running | Status::Undoing => {
            let taken = taken_seconds(world, place).unwrap_or(0.0);
            let bar = if expected > 0.0 { bar(taken / expected, bar_width) } else { String::new() };
            format!("{bar} {}/≈{}", words::clock(taken), words::clock(expected)).trim_start().to_owned()
        }
        Status::Waiting => format!("≈{}", words::clock(expected)),
        Status::Succeeded { .. }
        | Status::Failed
        | Status::Unknown
        | Status::Skipped
        | Status::Owed(_)
        | Status::Undone
        | Status::UndoFailed
        | Status::UndoUnknown => taken_seconds(world, place).map(words::clock).unwrap_or_default(),
    }
}

/// `promote orders-db 1:20/≈2:00`.
pub fn title_and_time(world: &World, place: usize) -> String {
    format!("{} {}", world.state.plan_step(place).title, time(world, place, 0))
}

/// The columns of a step's title and of its note in a row that has `room` for both. Notes stand under each other, but a
/// title cut short may be taken for another: where it is long the note makes room for it, or goes; the details have it.
pub fn title_and_note(world: &World, place: usize, room: usize) -> (usize, usize) {
    const LEAST_NOTE: usize = 8;
    let own = world.state.plan_step(place).title.width();
    let title = world.shape.longest_title.min(room / 2).max(own);
    match room.checked_sub(title + 1) {
        Some(note) if note >= LEAST_NOTE => (title, note),
        Some(_) | None => (room, 0),
    }
}

/// Seconds from its start to its end, or to now; `None` when it was never started.
pub fn taken_seconds(world: &World, place: usize) -> Option<f64> {
    let step = &world.state.steps[place];
    let started = step.started_at?;
    Some(objective::seconds_between(started, step.finished_at.unwrap_or(world.now)))
}
