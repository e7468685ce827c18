//! The banner over the screens once a run has ended or was left: the outcome, what was promised against what was
//! measured, what is owed, where the journal is, how to leave.

use crate::console::look::{Role, Theme};
use crate::console::prospect::names;
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::{Intent, Side};
use crate::recovery::RunOutcome;
use crate::recovery::event::{Ended, Fence};
use crate::recovery::objectives::{Kind, objectives};
use crate::recovery::outcome::Outcome;
use crate::recovery::verdict::Verdict;
use crate::recovery::{State, Status, divergence, failback, objective, telling, way_back, words};
use crate::service::HealthLevel;
use crate::service::compare::Compared;
use crate::text::Clean;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Paragraph};

/// The fewest rows that the screen below keeps.
const LEAST_BELOW: u16 = 7;

/// The banner, as it was made last.
#[derive(Default)]
pub struct Banner {
    title: String,
    style: Style,
    lines: Vec<Line<'static>>,
    area: Rect,
}

impl Banner {
    /// Makes the banner at the top of `area` if the run has ended, and gives what is left of it.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) -> Rect {
        self.area = Rect::default();
        let Some(ended) = &world.state.ended else { return area };
        if area.height < 9 {
            return area;
        }
        let outcome = Outcome::of(&world.state);
        let undone = undone(&world.state);
        let (glyph, words, role) = mark(&outcome, undone);
        self.style = theme.style(role);
        self.title = format!("{glyph} {words}");
        self.lines = lines(world, theme, ended, &outcome, usize::from(area.width.saturating_sub(4)));
        // The screen below keeps half, or of few rows as many as say anything.
        let wanted = u16::try_from(self.lines.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min((area.height / 2).max(area.height.saturating_sub(LEAST_BELOW)));
        let room = usize::from(height.saturating_sub(2));
        if self.lines.len() > room {
            let hidden = self.lines.len() - room + 1;
            self.lines.truncate(room.saturating_sub(1));
            let told = format!("… {hidden} more lines: {} tells them all", world.keys.hint("score"));
            self.lines.push(Line::from(Span::styled(told, theme.style(Role::Accent))));
        }
        self.area = Rect { height, ..area };
        Rect { y: area.y + height, height: area.height - height, ..area }
    }

    /// Draws it, if there is one.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        if self.area.is_empty() {
            return;
        }
        let block = Block::new()
            .borders(Borders::ALL)
            .border_type(BorderType::Thick)
            .border_style(self.style)
            .title(Span::styled(format!(" {} ", self.title), self.style));
        let inner = block.inner(self.area);
        frame.render_widget(block, self.area);
        let text = Rect { x: inner.x + 1.min(inner.width), width: inner.width.saturating_sub(2), ..inner };
        frame.render_widget(Paragraph::new(self.lines.clone()), text);
    }
}

/// All of it for who reads lines: how it ended in words, and the lines, `width` columns wide.
pub fn card(world: &World, theme: &Theme, width: usize) -> Option<(String, Vec<Line<'static>>)> {
    let ended = world.state.ended.as_ref()?;
    let outcome = Outcome::of(&world.state);
    let (_, words, _) = mark(&outcome, undone(&world.state));
    Some((words, lines(world, theme, ended, &outcome, width)))
}

/// How many steps were taken back.
fn undone(state: &State) -> usize {
    state.steps.iter().filter(|step| step.status == Status::Undone).count()
}

/// Glyph, words and colour of an end: never green over an objective that was missed.
fn mark(outcome: &Outcome, undone: usize) -> (&'static str, String, Role) {
    let Some(ended) = outcome.outcome else { return ("?", String::new(), Role::Stale) };
    let words = telling::outcome_words(ended).to_uppercase();
    match (ended, outcome.verdict()) {
        (_, Verdict::NotShown) => ("▲", format!("{words}, {}", Verdict::NotShown.word().to_uppercase()), Role::Blocked),
        (_, Verdict::Missed) => ("▲", format!("{words}, {}", Verdict::Missed.word().to_uppercase()), Role::Failed),
        (RunOutcome::Completed, _) => ("✓", words, Role::Ok),
        (RunOutcome::CompletedWithExceptions, _) => ("⊘", words, Role::Blocked),
        (RunOutcome::Failed | RunOutcome::Aborted, _) => ("✗", words, Role::Failed),
        (RunOutcome::RolledBack, _) if undone == 0 => ("↶", format!("{words}, NOTHING WAS UNDONE"), Role::Blocked),
        (RunOutcome::RolledBack, _) => ("↶", words, Role::Undone),
        (RunOutcome::Held, _) => ("◆", words, Role::Blocked),
    }
}

/// Everything the banner has to say, however much room there is.
pub fn all(world: &World, theme: &Theme, width: usize) -> Vec<Line<'static>> {
    let Some(ended) = &world.state.ended else { return Vec::new() };
    lines(world, theme, ended, &Outcome::of(&world.state), width)
}

fn lines(world: &World, theme: &Theme, ended: &Ended, outcome: &Outcome, width: usize) -> Vec<Line<'static>> {
    let state = &world.state;
    let mut prose = Prose::new(theme, width);
    if ended.outcome == RunOutcome::RolledBack {
        // Nothing was recovered: there is no time to hold against an objective.
        let after = words::clock(ended.rto_seconds);
        prose.pair("recovery time", Role::Undone, &format!("none: it was rolled back, {after} after it was declared"));
        say_where_it_is_up(world, &mut prose);
        say_what_stays(world, ended, &mut prose);
    } else {
        say_times(state, outcome, &mut prose);
    }
    if outcome.losses.is_empty() {
        prose.pair("loss", Role::Text, "nothing was promoted");
    }
    for loss in &outcome.losses {
        let kept = match loss.is_met() {
            Some(true) => Role::Ok,
            Some(false) => Role::Failed,
            None if loss.rpo_seconds.is_none() => Role::Text,
            None => Role::Blocked,
        };
        prose.pair("loss", kept, &loss.told());
    }
    say_debts(world, ended, &mut prose);
    if !ended.exceptions.is_empty() {
        let skipped: Vec<&str> = ended
            .exceptions
            .iter()
            .map(|step| state.step(step).map_or(step.as_str(), |(step, _)| step.title.as_str()))
            .collect();
        prose.pair("skipped", Role::Skipped, &format!("{}: {}", skipped.len(), skipped.join(", ")));
    }
    prose.pair("journal", Role::Text, &world.about.journal);
    let key = |id: &str| world.keys.hint(id);
    let next = if state.is_over() {
        let (quit, score, note, back) = (key("quit"), key("score"), key("note"), key("roll-back"));
        format!("{quit} leaves · everything stays readable · {score} score · {note} notes · {back} rolls back")
    } else {
        format!("{} leaves · the run can be resumed: landfall resume JOURNAL", key("quit"))
    };
    let looks = format!("{} leaves · {} score", key("quit"), key("score"));
    prose.pair("", Role::Accent, if world.about.commands { &next } else { &looks });
    prose.done()
}

/// The recovery time objectives: the application's, and those of components.
fn say_times(state: &State, outcome: &Outcome, prose: &mut Prose<'_>) {
    for objective in objectives(state, outcome).iter().filter(|objective| objective.objective == Kind::Rto) {
        let (measured, promised) = objective.sides();
        let of = objective.component.as_ref().map_or_else(String::new, |component| format!("{component}: "));
        let (role, against) = match (promised, objective.kept) {
            (None, _) => (Role::Text, ", no rto was set".to_owned()),
            (Some(rto), Some(true)) => (Role::Ok, format!(", within the rto of {rto}")),
            (Some(rto), Some(false)) if objective.measured_seconds.is_none() => {
                (Role::Failed, format!(": {}, MISSED the rto of {rto}", objective.note))
            }
            (Some(rto), Some(false)) => (Role::Failed, format!(", OVER the rto of {rto}")),
            (Some(rto), None) if outcome.left_out > 0 => (Role::Blocked, format!(" of {rto}, of a part alone")),
            (Some(rto), None) => (Role::Text, format!(" of {rto} so far")),
        };
        let what = if state.run.intent == Intent::Failback { "downtime" } else { "recovery time" };
        prose.pair(what, role, &format!("{of}{measured}{against}"));
    }
    say_the_way_back(state, prose);
}

/// How long there was no second region, how what may differ was settled, and what is kept.
fn say_the_way_back(state: &State, prose: &mut Prose<'_>) {
    if let Some(serves) = way_back::serves(state) {
        prose.pair("serves", Role::Text, &serves);
    }
    if let Some(span) = way_back::unprotected(state, state.at) {
        let told = words::long_age(span.seconds);
        let (role, more) = if span.is_over { (Role::Text, "") } else { (Role::Failed, ", and still") };
        prose.pair("unprotected", role, &format!("{told}{more}"));
    }
    for store in divergence::stores(state) {
        let role = if store.compared == Compared::NoneFound { Role::Ok } else { Role::Blocked };
        prose.pair("differs", role, &format!("{}: {}", store.component, store.compared.words()));
    }
    if let Some((answer, by, _)) = divergence::settled(state) {
        prose.pair("settled", Role::Text, &format!("{}, says {by}", step_words::answer_words(answer)));
    }
    for kept in failback::kept(state) {
        prose.pair("kept", Role::Text, &kept);
    }
}

/// What is owed; an old side that still writes before all others, by itself.
fn say_debts(world: &World, ended: &Ended, prose: &mut Prose<'_>) {
    let titles = |writes: bool| -> Vec<&str> {
        let debts = ended.debts.iter().filter(|debt| (debt.fence == Fence::Refused) == writes);
        debts.map(|debt| debt.title.as_str()).collect()
    };
    let (write, others) = (titles(true), titles(false));
    if !write.is_empty() {
        let told = format!("{}: its old side was not stopped; what it takes is lost", write.join(", "));
        prose.pair("still writes", Role::Failed, &told);
    }
    match (others.len(), write.len()) {
        (0, 0) => prose.pair("owed", Role::Text, "nothing"),
        (0, _) => prose,
        (count, _) => prose.pair("owed", Role::Owed, &format!("{count}: {}", others.join(", "))),
    };
    if let (false, true) = (ended.debts.is_empty(), world.about.commands) {
        let (pay, retry) = (world.keys.hint("pay"), world.keys.hint("retry"));
        prose.pair("", Role::Accent, &format!("{pay} pays all that is owed · {retry} the chosen one"));
    }
}

/// What a rollback did not take back, each reason with the steps it holds for.
fn say_what_stays(world: &World, ended: &Ended, prose: &mut Prose<'_>) {
    let state = &world.state;
    let told = ended.stays.iter().filter_map(|stay| Some((state.place(&stay.step)?, &stay.why)));
    let told: Vec<(usize, &Clean)> = told.collect();
    // Format 1 told it of each step by itself.
    let by_itself = (0..state.steps.len()).filter(|place| state.steps[*place].acted());
    let by_itself = by_itself.filter(|place| told.iter().all(|(known, _)| known != place));
    let by_itself: Vec<_> = by_itself.map(|place| (place, &state.steps[place].note)).collect();
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (place, why) in told.iter().chain(&by_itself) {
        let title = state.plan_step(*place).title.as_str();
        // Some reasons begin with the step's own title: without it several are the same.
        let why = why.strip_prefix(title).map_or(why.as_str(), str::trim_start);
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, titles)) => titles.push(title),
            None => reasons.push((why, vec![title])),
        }
    }
    if let Some(why) = world.memory.past_the_point() {
        let stores: Vec<_> = state.promotions.keys().filter(|store| !state.is_copied(store)).collect();
        let recovery = &state.run.plan.application.recovery;
        let told = format!("what {} took in {recovery} since the promotion, for: “{why}”", names(&stores));
        prose.pair("given up", Role::Failed, &told);
    }
    if reasons.is_empty() {
        prose.pair("stays", Role::Text, "nothing: everything that acted was undone");
    }
    for (why, titles) in reasons {
        prose.pair("stays", Role::Blocked, &format!("{}: {why}", titles.join(", ")));
    }
}

/// Where the application is up, by what was seen last. What is not known, or was seen too long ago, is not counted as down.
fn say_where_it_is_up(world: &World, prose: &mut Prose<'_>) {
    let state = &world.state;
    let application = &state.run.plan.application;
    let up = [Side::Primary, Side::Recovery].map(|side| {
        let (mut up, mut known, mut unknown) = (0, 0, 0);
        for component in &state.run.plan.components {
            match state.health.get(&(component.name.clone(), side)) {
                Some((health, at)) if is_told(world, health.level, *at) => {
                    known += 1;
                    up += usize::from(health.level == HealthLevel::Up);
                }
                Some(_) | None => unknown += 1,
            }
        }
        let unknown = if unknown > 0 { format!(" ({unknown} not known)") } else { String::new() };
        match known {
            0 => format!("nothing is known of {}", application.region(side)),
            _ => format!("{up} of {known} in {}{unknown}", application.region(side)),
        }
    });
    prose.pair("up now", Role::Text, &up.join(", "));
}

/// Whether what was seen says how it is now: at the end nothing is looked at any more, and what was fresh then is told.
fn is_told(world: &World, level: HealthLevel, at: Timestamp) -> bool {
    let age = objective::seconds_between(at, world.state.at);
    level != HealthLevel::Unknown && age <= words::STALE_AFTER_SECONDS
}
