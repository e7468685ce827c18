//! Details of a step: what it is, its checks and gates, what it waits for, what was sent and called, what undo would do.

use crate::console::look::{Mark, Role, Theme};
use crate::console::step_words::{self, GateStands};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{Gate, Level, Undo};
use crate::recovery::state::Sent;
use crate::recovery::{Status, objective, telling, words};
use ratatui::text::Line;

/// The details of the step at `place`.
pub fn step(world: &World, theme: &Theme, place: usize, width: usize) -> Vec<Line<'static>> {
    let mut prose = Prose::new(theme, width);
    say_status(world, &mut prose, place);
    say_what(world, &mut prose, place);
    say_checks(world, &mut prose, place);
    say_needs(world, &mut prose, place);
    say_gates(world, &mut prose, place);
    say_acts(world, &mut prose, place);
    say_calls(world, &mut prose, place);
    prose.done()
}

fn say_status(world: &World, prose: &mut Prose<'_>, place: usize) {
    let step = &world.state.steps[place];
    let mark = Mark::of_step(&world.state, place);
    let time = step_words::time(world, place, 12);
    let again = if step.attempt > 1 { format!(", attempt {}", step.attempt) } else { String::new() };
    prose.pair("status", mark.role, &format!("{} {}  {time}{again}", mark.glyph, mark.word));
    prose.pair("", mark.role, &step_words::note(world, place));
    if world.state.needs_start() && world.state.is_ready(place) {
        prose.pair("", mark.role, "it waits for the start: nothing is changed before");
    }
    if !step.help.is_empty() {
        prose.pair("would help", Role::Accent, &step.help);
    }
    if let Some(started) = step.started_at {
        let ended = step.finished_at.map(|at| format!(", came to rest {}", words::wall(at))).unwrap_or_default();
        prose.pair("started", Role::Text, &format!("{}{ended}", words::wall(started)));
    }
}

fn say_what(world: &World, prose: &mut Prose<'_>, place: usize) {
    let step = world.state.plan_step(place);
    let does = match (step.changes(), step.acts) {
        (true, _) => "changes the cloud",
        (false, true) => "proves something, changes nothing",
        (false, false) => "looks, changes nothing",
    };
    let beside = if step.beside { ", beside the path: nothing waits for it" } else { "" };
    prose.heading("What it is");
    prose.pair("step", Role::Text, &format!("{} ({}), {does}{beside}", step.id, step.kind));
    prose.pair("where", Role::Text, step.region.as_str());
    let (usual, most) = (words::clock(step.expected_seconds), words::clock(step.timeout_seconds));
    prose.pair("takes", Role::Text, &format!("≈{usual} {}, given up after {most}", step.told_by()));
    let undo = match step.undo {
        Undo::PointOfNoReturn => Role::Failed,
        Undo::DataLoss => Role::Blocked,
        Undo::Reversible | Undo::NoneNeeded => Role::Text,
    };
    prose.pair("going back", undo, step.undo.words());
}

fn say_checks(world: &World, prose: &mut Prose<'_>, place: usize) {
    let checks = &world.state.steps[place].checks;
    if checks.is_empty() {
        return;
    }
    prose.heading("Checks");
    for check in checks {
        let (sign, role) = match check.level {
            Level::Ok => ("✓", Role::Ok),
            Level::Failing => ("✗", Role::Failed),
            Level::Unknown => ("?", Role::Failed),
        };
        prose.item(role, sign, &format!("{}: found {}, wanted {}", check.code, check.found, check.wanted));
        if check.level != Level::Ok {
            prose.item(Role::Accent, " ", &check.fix);
        }
    }
}

fn say_needs(world: &World, prose: &mut Prose<'_>, place: usize) {
    let state = &world.state;
    let step = state.plan_step(place);
    prose.heading("Waits for");
    for need in step.needs.iter().filter_map(|need| state.place(need)) {
        let mark = Mark::of_step(state, need);
        prose.item(mark.role, mark.glyph, &format!("{} ({})", state.plan_step(need).title, mark.word));
    }
    if step.needs.is_empty() {
        prose.item(Role::Dim, "·", "nothing");
    }
    let waiting: Vec<&str> = state.dependents(place).iter().map(|at| state.plan_step(*at).title.as_str()).collect();
    if !waiting.is_empty() {
        prose.pair("waited for by", Role::Text, &waiting.join(", "));
    }
}

fn say_gates(world: &World, prose: &mut Prose<'_>, place: usize) {
    let step = world.state.plan_step(place);
    if step.gates.is_empty() && step.asks_when_failing.is_none() {
        return;
    }
    prose.heading("Gates");
    for kind in step.gates.iter().map(Gate::kind).chain(step.asks_when_failing) {
        let (sign, role, told) = match step_words::gate_stands(world, place, kind) {
            GateStands::Asked(open) => {
                let since = words::age(objective::seconds_between(open.since, world.now));
                let key = match world.can_be_commanded() {
                    true => format!(" [{}]", world.keys.hint("answer")),
                    false => String::new(),
                };
                ("◆", Role::Blocked, format!("{}, asked {since} ago{key}", step_words::gate_ask(world, place, kind)))
            }
            GateStands::Answered(answer, by, at) => {
                let answer = step_words::answer_words(answer);
                ("✓", Role::Ok, format!("{}: {} {by} {answer}", kind.words(), words::wall(at)))
            }
            GateStands::NotNeeded | GateStands::ToCome if step.asks_when_failing == Some(kind) => {
                ("◇", Role::Dim, format!("{}: asked if it fails", kind.words()))
            }
            GateStands::NotNeeded => ("✓", Role::Dim, format!("{}: nobody had to decide", kind.words())),
            GateStands::ToCome => ("◇", Role::Dim, step_words::gate_to_come(world, place, kind)),
        };
        prose.item(role, sign, &told);
    }
}

fn say_acts(world: &World, prose: &mut Prose<'_>, place: usize) {
    let (step, status) = (world.state.plan_step(place), &world.state.steps[place]);
    if let Some(sent) = &status.sent {
        prose.heading("What was sent");
        say_sent(prose, sent);
        if !sent.before.is_null() {
            prose.pair("it was before", Role::Text, &crate::text::Clean::new(&sent.before.to_string()));
        }
    }
    if let Some(sent) = &status.undo_sent {
        prose.heading("What was sent to take it back");
        say_sent(prose, sent);
    }
    if status.acted() && status.status != Status::Undone {
        let undo = match step.undo {
            Undo::PointOfNoReturn => "cannot be undone: it stays as it is",
            Undo::DataLoss => "goes back to how it was before; writes since then may be lost",
            Undo::Reversible => "goes back to how it was before",
            Undo::NoneNeeded => "nothing to undo",
        };
        prose.pair("undo", Role::Text, undo);
    }
}

fn say_sent(prose: &mut Prose<'_>, sent: &Sent) {
    let act = &sent.act;
    prose.pair("operation", Role::Text, &format!("{} in {}", act.operation.api_name(), act.place.region));
    prose.pair("sent", Role::Text, &words::wall(sent.at));
    match &sent.reply {
        Some((reply, at)) => {
            prose.pair("reply", Role::Text, &format!("{} {}", words::wall(*at), telling::reply_words(reply)))
        }
        None => prose.pair("reply", Role::Blocked, "none yet: whether it was taken is not known"),
    };
}

fn say_calls(world: &World, prose: &mut Prose<'_>, place: usize) {
    let step = &world.state.plan_step(place).id;
    let mut notes = world.memory.notes(step.as_str()).peekable();
    if notes.peek().is_some() {
        prose.heading("Notes");
        for note in notes {
            prose.item(Role::Text, "·", &format!("{} {}: {}", words::wall(note.at), note.by, note.text));
        }
    }
    let Some(calls) = world.memory.calls(step.as_str()) else { return };
    prose.heading(&format!("Calls, {} in all, newest first", calls.all));
    for (at, call) in calls.newest() {
        let role = if call.error.is_some() { Role::Failed } else { Role::Text };
        let sign = if call.mutation { "▸" } else { "·" };
        prose.item(role, sign, &format!("{} {}", words::wall(at), telling::call_words(call)));
    }
}
