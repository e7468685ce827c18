//! Details of a step, a component or an event: what it is, what was observed and when, the calls made for it, what it waits for,
//! what undo would do.

use super::{Answer, Layer, event};
use crate::console::look::{Mark, Role, Theme};
use crate::console::reading;
use crate::console::screens::Chosen;
use crate::console::step_words::{self, GateStands};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crate::plan::{Gate, Level, Side, Undo};
use crate::recovery::state::Sent;
use crate::recovery::telling;
use crate::recovery::words;
use crate::recovery::{Status, objective};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// The details of what was chosen when they were opened; they live on as the run does.
pub struct Details {
    /// Of what.
    pub of: Chosen,
}

impl Layer for Details {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => Answer::Close,
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let (title, body) = match self.of {
            Chosen::Step(place) => {
                (world.state.plan_step(place).title.to_string(), step_details(world, theme, place, width))
            }
            Chosen::Component(component) => {
                let name = world.state.run.plan.components[component].name.to_string();
                (name, component_details(world, theme, component, width))
            }
            Chosen::Event(place) => event::details(world, theme, place, width),
            Chosen::Finding(_) | Chosen::Nothing => ("nothing is chosen".to_owned(), Vec::new()),
        };
        let foot = vec![Line::default(), Line::from(Span::styled("↑ ↓ scroll   Esc back", theme.style(Role::Dim)))];
        Sheet { title, role: None, body, foot, cursor: None }
    }
}

/// The details of the step at `place`.
pub fn step_details(world: &World, theme: &Theme, place: usize, width: usize) -> Vec<Line<'static>> {
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
    let does = if step.acts { "changes the cloud" } else { "looks, changes nothing" };
    let beside = if step.beside { ", beside the path: nothing waits for it" } else { "" };
    prose.heading("What it is");
    prose.pair("step", Role::Text, &format!("{} ({}), {does}{beside}", step.id, step.kind));
    prose.pair("where", Role::Text, step.region.as_str());
    let (usual, most) = (words::span(step.expected_seconds), words::span(step.timeout_seconds));
    prose.pair("takes", Role::Text, &format!("≈{usual}, given up after {most}"));
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
    if step.gates.is_empty() {
        return;
    }
    prose.heading("Gates");
    for kind in step.gates.iter().map(Gate::kind) {
        let (sign, role, told) = match step_words::gate_stands(world, place, kind) {
            GateStands::Asked(open) => {
                let since = words::span(objective::seconds_between(open.since, world.now));
                let key = world.keys.hint("answer");
                ("◆", Role::Blocked, format!("{}, asked {since} ago [{key}]", step_words::gate_ask(world, place, kind)))
            }
            GateStands::Answered(answer, by, at) => {
                let answer = step_words::answer_words(answer);
                ("✓", Role::Ok, format!("{}: {} {by} {answer}", kind.words(), words::wall(at)))
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
    for (at, call) in &calls.newest {
        let role = if call.error.is_some() { Role::Failed } else { Role::Text };
        let sign = if call.mutation { "▸" } else { "·" };
        prose.item(role, sign, &format!("{} {}", words::wall(*at), telling::call_words(call)));
    }
}

fn component_details(world: &World, theme: &Theme, component: usize, width: usize) -> Vec<Line<'static>> {
    let state = &world.state;
    let plan = &state.run.plan;
    let named = &plan.components[component];
    let mut prose = Prose::new(theme, width);
    if let Some(description) = &named.description {
        prose.say(Role::Text, description);
    }
    prose.pair("kind", Role::Text, &named.kind);
    prose.pair("owner", Role::Text, named.owner.as_deref().unwrap_or_default());
    for side in [Side::Primary, Side::Recovery] {
        let region = plan.application.region(side).as_str();
        match state.health.get(&(named.name.clone(), side)) {
            Some((health, at)) => {
                let mark = Mark::of_health(health.level);
                let age = objective::seconds_between(*at, world.now);
                let stale = if age > words::STALE_AFTER_SECONDS { "stale " } else { "seen " };
                let told = format!("{} {}: {} ({stale}{} ago)", mark.glyph, mark.word, health.note, words::age(age));
                prose.pair(region, mark.role, &told);
            }
            None => {
                prose.pair(region, Role::Stale, "? not observed yet");
            }
        }
    }
    if let Some(lag) = state.lags.get(&named.name) {
        let exposure = objective::exposure(state, &named.name, world.now);
        prose.heading("Replication");
        prose.pair("loss if now", Role::Text, &format!("{} ({})", words::loss(exposure.seconds), exposure.note));
        let rpo =
            reading::rpo_seconds(state, &world.shape, named.name.as_str()).map_or("none".to_owned(), words::objective);
        prose.pair("rpo", Role::Text, &rpo);
        prose.pair("looked at", Role::Text, &words::wall(lag.looked_at));
    }
    prose.heading("Steps");
    for place in world.shape.steps_of(component) {
        let mark = Mark::of_step(state, *place);
        let told = format!("{}: {}  {}", state.plan_step(*place).title, mark.word, step_words::time(world, *place, 8));
        prose.item(mark.role, mark.glyph, &told);
    }
    if world.shape.steps_of(component).is_empty() {
        prose.item(Role::Dim, "·", "none: there is nothing to do for it");
    }
    prose.heading("Place in the application");
    let needs: Vec<&str> = named.needs.iter().map(crate::plan::ComponentName::as_str).collect();
    prose.pair("needs", Role::Text, &if needs.is_empty() { "nothing".to_owned() } else { needs.join(", ") });
    let needed: Vec<&str> =
        world.shape.dependents(component).iter().map(|at| plan.components[*at].name.as_str()).collect();
    prose.pair("needed by", Role::Text, &if needed.is_empty() { "nothing".to_owned() } else { needed.join(", ") });
    if let Some(outputs) = state.outputs.get(&named.name) {
        prose.heading("Gives");
        for (name, value) in outputs {
            prose.pair(&crate::text::Clean::new(name), Role::Text, value);
        }
    }
    prose.done()
}
