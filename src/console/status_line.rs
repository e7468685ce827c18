//! The one line that can be read aloud: what and where · what blocks · clock · next · exposure · command, cut from the
//! right in that order of worth.

use super::Label;
use super::look::{Role, Theme};
use super::memory::Before;
use super::reading;
use super::step_words;
use super::telling;
use super::widgets::fit;
use super::words;
use super::world::World;
use crate::engine::feed::Parted;
use crate::plan::Level;
use crate::recovery::{Mode, RunOutcome, Status, objective};
use crate::text::Clean;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// A part of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it says.
    pub text: String,
    /// How it looks.
    pub role: Role,
}

impl Part {
    fn new(text: String, role: Role) -> Self {
        Self { text, role }
    }
}

/// How long a session may write nothing, in seconds of the wall.
const SILENT_AFTER: f64 = 60.0;
/// Below this many columns what blocks goes before what is done and where: there is room for one of them.
const NARROW: usize = 80;
/// The fewest columns in which a cut part still says something.
const WORTH_CUTTING: usize = 12;

/// The line for `width` columns.
pub fn line(world: &World, theme: &Theme, width: usize) -> Line<'static> {
    let label = label(world);
    let mut left = width.saturating_sub(label.text.width());
    let mut spans = vec![Span::styled(label.text, theme.style(label.role))];
    let mut parts = parts(world);
    if width < NARROW && blocks(world).is_some() {
        parts.swap(0, 1);
    }
    for (at, part) in parts.into_iter().enumerate() {
        let gap = if at == 0 { " " } else { " │ " };
        let room = left.saturating_sub(gap.width());
        let text = fit(&part.text, room);
        if text.len() < part.text.len() && room < WORTH_CUTTING {
            break;
        }
        left = room - text.width();
        spans.push(Span::styled(gap, theme.style(Role::Dim)));
        spans.push(Span::styled(text, theme.style(part.role)));
    }
    spans.push(Span::styled(" ".repeat(left), Style::new()));
    Line::from(spans)
}

/// The label: a word with a border and a place of its own, never only a colour.
pub fn label(world: &World) -> Part {
    let about = &world.about;
    let speed = match about.time_scale {
        _ if world.eased => " ×1".to_owned(),
        1.0 => String::new(),
        scale => format!(" ×{scale}"),
    };
    Part::new(format!("[ {}{speed} ]", about.label.word()), about.label.role())
}

/// The parts, the most worth first.
pub fn parts(world: &World) -> Vec<Part> {
    let run = &world.state.run;
    let application = &run.plan.application;
    let what = format!("{} {} → {}", run.intent.word(), application.primary, application.recovery);
    let mut parts = vec![Part::new(what, Role::Title)];
    parts.extend(blocks(world));
    parts.push(clock(world));
    parts.extend(next(world));
    parts.extend(exposure(world));
    parts.extend(command(world));
    parts
}

/// What blocks: how the run ended, a lost session, credentials, a gate, a failure, a stopped rollback, a hold.
fn blocks(world: &World) -> Option<Part> {
    let state = &world.state;
    if let Some(ended) = &state.ended {
        let role = match ended.outcome {
            RunOutcome::Completed => Role::Ok,
            RunOutcome::CompletedWithExceptions | RunOutcome::Held | RunOutcome::RolledBack => Role::Blocked,
            RunOutcome::Failed | RunOutcome::Aborted => Role::Failed,
        };
        return Some(Part::new(telling::outcome_words(ended.outcome).to_uppercase(), role));
    }
    if !world.followed {
        return Some(Part::new(parted(world), Role::Failed));
    }
    if let Some(seconds) = silent(world) {
        return Some(Part::new(
            format!("SILENT {}, the run's session writes nothing", words::span(seconds)),
            Role::Failed,
        ));
    }
    if let Some((account, why)) = state.expired.first_key_value() {
        // What renews them comes first in `why`, and must not be cut.
        return Some(Part::new(format!("HELD {}", telling::of_account(account.as_ref(), why)), Role::Failed));
    }
    if let Some(part) = not_started(world) {
        return Some(part);
    }
    let asks = needs_a_person(world);
    if let Some(before) = world.memory.resumed_untouched().filter(|_| state.mode == Mode::Hold) {
        let (more, role) = asks.map_or((String::new(), Role::Blocked), |part| (format!("; {}", part.text), part.role));
        return Some(Part::new(format!("{}{more}", resumed(world, before)), role));
    }
    if asks.is_some() {
        return asks;
    }
    if state.aborting.is_some() {
        return Some(Part::new("ENDING, once what runs has come to rest".to_owned(), Role::Blocked));
    }
    if state.is_holding() {
        return Some(Part::new(format!("holding… {} still run", state.busy().count()), Role::Blocked));
    }
    let key = hint(world, "resume");
    match (&state.rollback, state.mode) {
        (_, Mode::Hold) => Some(Part::new(format!("HELD, nothing new starts{key}"), Role::Blocked)),
        (Some(_), _) => {
            Some(Part::new(format!("ROLLING BACK, {} left", reading::to_undo(state).count()), Role::Undone))
        }
        (None, Mode::Auto | Mode::Step) => None,
    }
}

/// That no more events come, and why; who commands reads that nothing acts from here any more.
fn parted(world: &World) -> String {
    let last = "this is the last that was known";
    match &world.parted {
        Some(Parted { taken_by: Some(holder), .. }) => format!("TAKEN OVER by {holder}; nothing here acts, {last}"),
        Some(Parted { taken_by: None, why }) => format!("SESSION ENDED, nothing here acts, {last}: {why}"),
        None if world.about.commands => format!("SESSION ENDED, nothing here acts, {last}"),
        None => format!("SESSION ENDED, {last}"),
    }
}

/// What is said of a run that is gone on with and was only looked at so far: the key first, the reason is what is cut.
fn resumed(world: &World, before: Before) -> String {
    let key = hint(world, "resume");
    let goes_on = if key.is_empty() { String::new() } else { format!("{key} goes on") };
    let ended = if before.closed { "was left" } else { "broke off" };
    let ago = words::span(objective::seconds_between(before.last_at, world.now));
    let looked = match world.state.busy().count() {
        0 => "looked at, nothing sent".to_owned(),
        running => format!("{running} under way looked at, nothing sent"),
    };
    format!("HELD, resumed{goes_on}: session {} {ended} {ago} ago; {looked}", before.number)
}

/// What a person must decide or look at: a gate, a rollback that stopped, a failure.
fn needs_a_person(world: &World) -> Option<Part> {
    let state = &world.state;
    if let Some(((place, kind), gate)) = state.open_gates.first_key_value() {
        let ask = step_words::gate_ask(world, *place, *kind);
        let since = words::span(objective::seconds_between(gate.since, world.now));
        let dead = world.figures.stuck.iter().filter(|place| reading::is_dead(state, **place));
        let more = more(state.open_gates.len() + dead.count());
        let key = hint(world, "answer");
        let component = &state.plan_step(*place).component;
        return Some(Part::new(format!("BLOCKED{key} {component}: {ask} ({since}){more}"), Role::Blocked));
    }
    if let Some(why) = state.rollback.as_ref().and_then(|rollback| rollback.stopped.as_ref()) {
        return Some(Part::new(format!("ROLLBACK STOPPED {why}"), Role::Failed));
    }
    if let Some(place) = world.figures.stuck.first() {
        let step = &state.steps[*place];
        let word = if step.status == Status::Unknown { "UNKNOWN" } else { "FAILED" };
        let more = more(world.figures.stuck.len());
        let title = &state.plan_step(*place).title;
        return Some(Part::new(format!("{word} {title}: {}{more}", step.note), Role::Failed));
    }
    None
}

/// What is said of a run that waits for its start: that nothing was changed, what is in the way, which key starts it.
fn not_started(world: &World) -> Option<Part> {
    let state = &world.state;
    if !state.needs_start() || world.about.label == Label::ReadOnly {
        return None;
    }
    let blockers = state.blockers();
    let unknown = blockers.iter().filter(|found| found.check.level == Level::Unknown).count();
    let found = match (&state.preflight, blockers.len() - unknown, unknown) {
        (None, ..) if state.driven => asking(world),
        (Some(_), 0, 0) | (None, ..) => "nothing was changed".to_owned(),
        (Some(_), 0, unknown) => format!("{unknown} unknown refuse it"),
        (Some(_), 1, _) => format!("{} blocks it", blockers[0].check.code),
        (Some(_), count, _) => format!("{count} checks block it"),
    };
    let role = if blockers.is_empty() { Role::Blocked } else { Role::Failed };
    // The key first: the reason is what is cut.
    let keys = if world.about.commands && !state.is_over() {
        format!(" [{}] starts it", world.keys.hint("auto"))
    } else {
        String::new()
    };
    Some(Part::new(format!("NOT STARTED{keys}: {found}"), role))
}

/// `asking both regions… 4 s`: how long preflight has been asking.
pub fn asking(world: &World) -> String {
    let since = world.memory.session_at().map_or(0.0, |at| objective::seconds_between(at, world.now));
    format!("asking both regions… {since:.0} s")
}

/// ` [c]`: the key that would do it, for who can.
fn hint(world: &World, id: &str) -> String {
    if world.about.commands { format!(" [{}]", world.keys.hint(id)) } else { String::new() }
}

/// For how long, in seconds of the wall, the session that drives a watched run has written nothing, if that is too
/// long: samples alone come more often.
fn silent(world: &World) -> Option<f64> {
    let watched = world.about.label == Label::Watch && world.state.driven;
    let seconds = objective::seconds_between(world.state.at, world.now) / world.about.time_scale;
    (watched && seconds > SILENT_AFTER).then_some(seconds)
}

fn more(all: usize) -> String {
    if all > 1 { format!(" +{}", all - 1) } else { String::new() }
}

fn clock(world: &World) -> Part {
    let figures = &world.figures;
    let elapsed = words::clock(figures.elapsed_seconds);
    let rto = world.state.run.plan.application.rto_seconds;
    let of = rto.map(|rto| format!(" of {}", words::clock(rto))).unwrap_or_default();
    let over = |seconds: f64| rto.is_some_and(|rto| seconds > rto);
    if world.state.is_over() {
        let (word, role) = if over(figures.elapsed_seconds) { (" LATE", Role::Failed) } else { ("", Role::Text) };
        return Part::new(format!("T+{elapsed}{of}{word}"), role);
    }
    if world.state.rollback.is_some() {
        // Nothing is being recovered: how long the way back takes is what there is to say.
        let left: f64 = reading::to_undo(&world.state).map(|place| world.state.plan_step(place).expected_seconds).sum();
        return Part::new(format!("T+{elapsed}{of}, back in ≈ {}", words::span(left)), Role::Text);
    }
    let done = words::clock(figures.projected_seconds);
    let done = if world.state.needs_start() { format!("{done} if started now") } else { format!("done ≈ {done}") };
    let (word, role) = if over(figures.projected_seconds) { (" LATE", Role::Failed) } else { ("", Role::Text) };
    Part::new(format!("T+{elapsed}{of}, {done}{word}"), role)
}

/// What runs, or what "go" would start.
fn next(world: &World) -> Option<Part> {
    let state = &world.state;
    if state.is_over() || state.needs_start() {
        return None;
    }
    let next = reading::next_step(state);
    let by_hand = next.filter(|_| state.mode == Mode::Step && state.open_gates.is_empty());
    if let Some(place) = by_hand {
        let key = hint(world, "go");
        return Some(Part::new(
            format!("NEXT {} {}{key}", progress(world), state.plan_step(place).title),
            Role::Accent,
        ));
    }
    if let Some(place) = state.busy().next() {
        let more = more(state.busy().count());
        let title = &state.plan_step(place).title;
        return Some(Part::new(format!("NOW {} {title}{more}", progress(world)), Role::Running));
    }
    let place = next?;
    Some(Part::new(format!("NEXT {} {}", progress(world), state.plan_step(place).title), Role::Text))
}

/// `14/31`: how many steps are settled, of all.
pub fn progress(world: &World) -> String {
    format!("{}/{}", world.state.settled(), world.state.steps.len())
}

fn exposure(world: &World) -> Option<Part> {
    let worst = world.figures.worst()?;
    let seconds = worst.exposure.as_ref().and_then(|exposure| exposure.seconds);
    let role = if worst.is_over() { Role::Failed } else { Role::Text };
    Some(Part::new(format!("loss if now {}", words::loss(seconds)), role))
}

/// Who commands; that nobody does is worth a word while the run is not over.
fn command(world: &World) -> Option<Part> {
    let state = &world.state;
    if let Some(parted) = world.parted.as_ref().filter(|_| !state.is_over()) {
        let who = parted.taken_by.as_ref().map_or("nobody", Clean::as_str);
        return Some(Part::new(format!("{who} commands"), Role::Blocked));
    }
    if state.driven {
        let watch = if state.watchers > 0 { format!(", {} watch", state.watchers) } else { String::new() };
        return Some(Part::new(format!("{} commands{watch}", state.commander), Role::Text));
    }
    (!state.is_over()).then(|| Part::new("nobody commands".to_owned(), Role::Blocked))
}
