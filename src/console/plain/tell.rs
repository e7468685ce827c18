//! What the line mode tells: events, forms, the facts, the end. Lines as long as they are: whoever reads wraps them.

use crate::console::clipboard::finding_text;
use crate::console::facts;
use crate::console::findings::Bearing;
use crate::console::layers::Asks;
use crate::console::look::Theme;
use crate::console::matter;
use crate::console::reading;
use crate::console::step_words;
use crate::console::world::World;
use crate::plan::GateKind;
use crate::recovery::{Event, Mode, What, telling, words};
use ratatui::text::Line;
use std::sync::Arc;

/// The facts, and what matters most now: the two lines of the screen.
pub fn facts(world: &World) -> Vec<String> {
    [facts::told(world), matter::sentence(world)].into_iter().filter(|line| !line.is_empty()).collect()
}

/// The lines of the events behind the one of number `told`, and the number of the newest.
pub fn since(world: &World, told: Option<u64>) -> (Vec<String>, Option<u64>) {
    let record = &world.memory.record;
    let is_new = |event: &Event| told.is_none_or(|told| event.seq > told);
    let mut lines = Vec::new();
    let mut newest = told;
    for event in record.newest().take_while(|event| is_new(event)) {
        newest = newest.max(Some(event.seq));
        lines.extend(line(world, event));
    }
    lines.reverse();
    (lines, newest)
}

/// The last lines, at most so many.
pub fn last(world: &World, most: usize) -> Vec<String> {
    let mut lines: Vec<String> =
        world.memory.record.newest().filter_map(|event| line(world, event)).take(most).collect();
    lines.reverse();
    lines
}

/// The line for `event`, where it is worth one: calls and samples are evidence, not news.
pub fn line(world: &World, event: &Arc<Event>) -> Option<String> {
    let more = match &event.what {
        What::StepActed { .. }
        | What::StepProgress { .. }
        | What::UndoActed { .. }
        | What::Call { .. }
        | What::Lag { .. }
        | What::Health { .. }
        | What::HealthUnchanged { .. }
        | What::Watched { .. } => return None,
        What::SessionOpened { resumed: false, .. } => return None,
        What::StepFailed { help, .. } | What::UndoFailed { help, .. } if !help.is_empty() => format!("; {help}"),
        // Whoever can answer it is asked with all its words.
        What::GateOpened { question, .. } if !world.about.commands => format!(": {question}"),
        _ => String::new(),
    };
    Some(format!("{} {}{more}", world.run_time(event.at), telling::tell(&world.state, event)))
}

/// What was drawn, as lines of text: `label: what it says`.
pub fn text(lines: &[Line<'static>]) -> Vec<String> {
    lines.iter().map(one).filter(|line| !line.is_empty()).collect()
}

fn one(line: &Line<'static>) -> String {
    let spans: Vec<&str> = line.spans.iter().map(|span| span.content.trim()).collect();
    match spans.as_slice() {
        // A label and its text.
        ["", text] => (*text).to_owned(),
        [label, text] => format!("{label}: {text}"),
        _ => line.spans.iter().map(|span| span.content.as_ref()).collect::<String>().trim().to_owned(),
    }
}

/// A form from its beginning, but for the question.
pub fn form(asks: &dyn Asks, world: &World, theme: &Theme) -> Vec<String> {
    let mut lines = vec![format!("QUESTION {}", asks.title(world))];
    lines.extend(text(&asks.body(world, theme)));
    lines.extend(asks.ways(world));
    lines.extend(asks.verdict(world));
    lines
}

/// What runs, what is asked, what failed, and what comes next, each with the name to type.
pub fn next(world: &World) -> Vec<String> {
    let state = &world.state;
    let named = |place: usize| {
        let step = state.plan_step(place);
        format!("{} ({})", step.title, step.id)
    };
    let mut lines = Vec::new();
    lines.extend(state.busy().map(|place| format!("now: {}", named(place))));
    let gate = |(place, kind): &(usize, GateKind)| {
        format!(
            "asked: {}: {}; answer {}",
            named(*place),
            step_words::gate_ask(world, *place, *kind),
            state.plan_step(*place).id
        )
    };
    lines.extend(state.open_gates.keys().map(gate));
    lines.extend(failures(world).into_iter().map(|failure| format!("{} {}", failure.what, failure.ways)));
    let first = reading::next_step(state);
    let rest = state.ready().filter(|place| state.rollback.is_none() && Some(*place) != first);
    let waits = first.into_iter().chain(rest).filter(|place| reading::open_gate(state, *place).is_none());
    let shown: Vec<usize> = waits.collect();
    lines.extend(shown.iter().take(MOST).map(|place| format!("next: {}", named(*place))));
    if shown.len() > MOST {
        lines.push(format!("and {} more that could start", shown.len() - MOST));
    }
    if lines.is_empty() {
        lines.push("nothing runs, nothing is asked, and nothing is left to start".to_owned());
    }
    lines
}

/// What was found that is not as wanted, the worst first.
pub fn findings(world: &World) -> Vec<String> {
    let mut found: Vec<_> = world.findings.iter().filter(|found| found.bearing() != Bearing::Ok).collect();
    found.sort_by_key(|found| found.badness());
    let told: Vec<String> = found.into_iter().map(|found| finding_text(&found.finding)).collect();
    if told.is_empty() { vec!["everything that was looked at is as wanted".to_owned()] } else { told }
}

/// How many of what comes next are told.
const MOST: usize = 8;

/// A failure that asks no question: what is known of it, and what can be typed about it.
pub struct Failure {
    /// The step's place, and which attempt it was.
    pub of: (usize, u32),
    /// `failed scale api to 6: why. what would help`
    pub what: String,
    /// `type retry api/scale, skip api/scale, or roll-back`
    pub ways: String,
}

/// Every step that is stuck and asks no question.
pub fn failures(world: &World) -> Vec<Failure> {
    let state = &world.state;
    let dead = world.figures.stuck.iter().copied().filter(|place| reading::is_dead(state, *place));
    let failure = |place: usize| {
        let (step, own) = (state.plan_step(place), &state.steps[place]);
        let id = &step.id;
        let ways = match &state.rollback {
            Some(_) => format!("type retry {id}"),
            None => format!("type retry {id}, skip {id}, or roll-back"),
        };
        let help = if own.help.is_empty() { String::new() } else { format!(" {}", words::sentence(&own.help)) };
        let what = format!("{} {}: {}{help}", own.status.word(), step.title, words::sentence(&own.note));
        Failure { of: (place, own.attempt), what, ways }
    };
    dead.map(failure).collect()
}

/// What a person can type to let it go on, while nothing runs and nothing is asked; nothing where it goes on by itself.
pub fn way_on(world: &World) -> Option<String> {
    let state = &world.state;
    if !world.about.commands || !world.followed || state.is_over() {
        return None;
    }
    if state.needs_start() {
        state.preflight.as_ref()?;
        return Some(
            "nothing was started: type auto to start it and let it go on by itself, go to start it step by step"
                .to_owned(),
        );
    }
    if state.mode == Mode::Hold {
        // What runs goes on to its end; a hold is heard of at once.
        let still = if state.busy().next().is_some() { "what runs finishes" } else { "nothing runs" };
        return Some(format!("held, nothing new starts and {still}: type resume to go on"));
    }
    if state.busy().next().is_some() {
        return None;
    }
    if let Some((place, kind)) = state.open_gates.keys().next() {
        let ask = step_words::gate_ask(world, *place, *kind);
        return Some(format!("waits for an answer: {}: {ask}; type answer", state.plan_step(*place).title));
    }
    if let Some(failure) = failures(world).first() {
        return Some(format!("nothing runs any more: {}", failure.ways));
    }
    match state.mode {
        Mode::Step => {
            let step = state.plan_step(reading::next_step(state)?);
            Some(format!("next: {} ({}): type go, or auto", step.title, step.id))
        }
        Mode::Auto | Mode::Hold => None,
    }
}
