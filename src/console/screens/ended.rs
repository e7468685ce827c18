//! The banner over the screens once a run has ended or was left: the outcome, what was promised against what was
//! measured, what is owed, where the journal is, how to leave.

use crate::console::look::{Role, Theme};
use crate::console::prospect::names;
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::Side;
use crate::recovery::RunOutcome;
use crate::recovery::event::{Ended, Fence};
use crate::recovery::loss;
use crate::recovery::telling;
use crate::recovery::words;
use crate::service::HealthLevel;
use crate::text::Clean;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders, Paragraph};

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
        let role = role(ended.outcome);
        self.style = theme.style(role);
        self.title = format!("{} {}", sign(ended.outcome), telling::outcome_words(ended.outcome).to_uppercase());
        self.lines = lines(world, theme, ended, usize::from(area.width.saturating_sub(4)));
        // The screen below keeps at least half.
        let wanted = u16::try_from(self.lines.len() + 2).unwrap_or(u16::MAX);
        let height = wanted.min(area.height / 2);
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

fn sign(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Completed => "✓",
        RunOutcome::CompletedWithExceptions => "⊘",
        RunOutcome::Failed | RunOutcome::Aborted => "✗",
        RunOutcome::RolledBack => "↶",
        RunOutcome::Held => "◆",
    }
}

fn role(outcome: RunOutcome) -> Role {
    match outcome {
        RunOutcome::Completed => Role::Ok,
        RunOutcome::CompletedWithExceptions | RunOutcome::Held => Role::Blocked,
        RunOutcome::RolledBack => Role::Undone,
        RunOutcome::Failed | RunOutcome::Aborted => Role::Failed,
    }
}

fn lines(world: &World, theme: &Theme, ended: &Ended, width: usize) -> Vec<Line<'static>> {
    let state = &world.state;
    let application = &state.run.plan.application;
    let mut prose = Prose::new(theme, width);
    if ended.outcome == RunOutcome::RolledBack {
        // Nothing was recovered: there is no time to hold against an objective.
        let after = words::clock(ended.rto_seconds);
        prose.pair("recovery time", Role::Undone, &format!("none: it was rolled back, {after} after it was declared"));
        say_where_it_is_up(world, &mut prose);
        say_what_stays(world, ended, &mut prose);
    } else {
        let (kept, recovery) = against("rto", ended.rto_seconds, application.rto_seconds, words::clock);
        prose.pair("recovery time", kept, &recovery);
    }
    let losses = loss::losses(state);
    if losses.is_empty() {
        prose.pair("loss", Role::Text, "nothing was promoted");
    }
    for loss in &losses {
        let kept = match loss.is_met() {
            Some(true) => Role::Ok,
            Some(false) => Role::Failed,
            None if loss.rpo_seconds.is_none() => Role::Text,
            None => Role::Failed,
        };
        prose.pair("loss", kept, &loss.told());
    }
    say_debts(ended, &mut prose);
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

/// What is owed; an old side that still writes before all others, by itself.
fn say_debts(ended: &Ended, prose: &mut Prose<'_>) {
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
    let mut reasons: Vec<(&Clean, Vec<&str>)> = Vec::new();
    for (place, why) in told.iter().chain(&by_itself) {
        let title = state.plan_step(*place).title.as_str();
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, titles)) => titles.push(title),
            None => reasons.push((why, vec![title])),
        }
    }
    if let Some(why) = world.memory.past_the_point() {
        let stores: Vec<_> = state.promotions.keys().collect();
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

/// Where the application is up.
fn say_where_it_is_up(world: &World, prose: &mut Prose<'_>) {
    let state = &world.state;
    let application = &state.run.plan.application;
    let up = [Side::Primary, Side::Recovery].map(|side| {
        let seen = state.health.iter().filter(|((_, own), _)| *own == side);
        let (mut up, mut all) = (0, 0);
        for (health, _) in seen.map(|(_, seen)| seen) {
            all += 1;
            up += usize::from(health.level == HealthLevel::Up);
        }
        format!("{} of {all} in {}", up, application.region(side))
    });
    prose.pair("up now", Role::Text, &up.join(", "));
}

fn against(word: &str, measured: f64, wanted: Option<f64>, told: fn(f64) -> String) -> (Role, String) {
    match wanted {
        None => (Role::Text, format!("{}, no {word} was set", told(measured))),
        Some(wanted) if measured <= wanted => {
            (Role::Ok, format!("{}, within the {word} of {}", told(measured), told(wanted)))
        }
        Some(wanted) => (Role::Failed, format!("{}, OVER the {word} of {}", told(measured), told(wanted))),
    }
}
