//! What is at stake: each store's exposure against its objective with its curve, what is owed to the failing region,
//! what was skipped, and whose credentials are used until when.

use crate::console::figures::{Standing, Store};
use crate::console::look::{Mark, Role, Theme};
use crate::console::screens::Chosen;
use crate::console::widgets::bar::sparkline;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::{self, Column, Cursor, Motion, pane, row};
use crate::console::world::World;
use crate::recovery::event::Fence;
use crate::recovery::loss::Stage;
use crate::recovery::telling;
use crate::recovery::words;
use crate::recovery::{Status, objective};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

/// The columns of a lag curve.
const CURVE: usize = 12;

/// The pane's own state, and its lines as they were made last.
#[derive(Default)]
pub struct Stakes {
    cursor: Cursor,
    chosen: Chosen,
    length: usize,
    lines: Vec<Line<'static>>,
    frame: Block<'static>,
}

impl Stakes {
    /// Moves.
    pub fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.length);
    }

    /// Chooses the line at `at`.
    pub fn click(&mut self, area: Rect, at: Position) {
        let line = pane::line_at(self.frame.inner(area), at);
        if let Some(row) = line.and_then(|line| self.cursor.row_at(line, self.length)) {
            self.cursor.at = row;
        }
    }

    /// What is chosen: the store or the debt under the cursor.
    pub fn chosen(&self) -> Chosen {
        self.chosen
    }

    /// Makes the lines that `area` will show.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, focused: bool) {
        self.frame = pane::frame("At stake", focused, theme);
        let inner = self.frame.inner(area);
        let all = lines(world, theme, usize::from(inner.width));
        self.length = all.len();
        let shown = self.cursor.window(self.length, usize::from(inner.height));
        self.chosen = all.get(self.cursor.at).map_or(Chosen::Nothing, |(chosen, _)| *chosen);
        let (at, first) = (self.cursor.at, shown.start);
        self.lines = shown
            .zip(all.into_iter().skip(first))
            .map(|(place, (_, line))| if focused && place == at { widgets::chosen(line, theme) } else { line })
            .collect();
    }

    /// Draws the lines.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(&self.frame, area);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(area));
    }
}

fn lines(world: &World, theme: &Theme, width: usize) -> Vec<(Chosen, Line<'static>)> {
    let mut lines: Vec<(Chosen, Line<'static>)> = Vec::new();
    let mut add = |chosen: Chosen, made: Vec<Line<'static>>| lines.extend(made.into_iter().map(|line| (chosen, line)));
    let mut prose = Prose::new(theme, width);
    add(Chosen::Nothing, prose.say(Role::Dim, "loss if promoted now, or lost").done());
    if world.figures.stores.is_empty() {
        add(Chosen::Nothing, prose.item(Role::Dim, "·", "no store has been looked at yet").done());
    }
    for store in &world.figures.stores {
        let chosen = world.shape.component(store.component().as_str()).map_or(Chosen::Nothing, Chosen::Component);
        add(chosen, store_lines(world, theme, store, width));
    }
    add(Chosen::Nothing, prose.blank().say(Role::Dim, "owed to the failing region").done());
    for debt in &world.state.debts {
        let chosen = world.state.place(&debt.step).map_or(Chosen::Nothing, Chosen::Step);
        let told = format!("{} ({})", debt.title, telling::fence_words(debt.fence));
        let role = if debt.fence == Fence::Refused { Role::Failed } else { Role::Owed };
        add(chosen, prose.item(role, "⚑", &told).done());
    }
    if world.state.debts.is_empty() {
        add(Chosen::Nothing, prose.item(Role::Dim, "·", "nothing").done());
    }
    let skipped: Vec<usize> =
        (0..world.state.steps.len()).filter(|place| world.state.steps[*place].status == Status::Skipped).collect();
    if !skipped.is_empty() {
        add(Chosen::Nothing, prose.blank().say(Role::Dim, "skipped").done());
    }
    for place in skipped {
        add(Chosen::Step(place), prose.item(Role::Skipped, "⊘", &world.state.plan_step(place).title).done());
    }
    if !world.state.identities.is_empty() {
        add(Chosen::Nothing, prose.blank().say(Role::Dim, "credentials").done());
    }
    for (region, identity) in &world.state.identities {
        let (told, role) = match identity.expires {
            Some(expires) => {
                let left = objective::seconds_between(world.now, expires);
                let rto = world.state.run.plan.application.rto_seconds.unwrap_or(0.0);
                let role = if left < rto { Role::Failed } else { Role::Text };
                (format!("{region}: {}, expire in {}", identity.account, words::clock(left)), role)
            }
            None => (format!("{region}: {}", identity.account), Role::Text),
        };
        add(Chosen::Nothing, prose.item(role, "·", &told).done());
    }
    lines
}

fn store_lines(world: &World, theme: &Theme, store: &Store, width: usize) -> Vec<Line<'static>> {
    let name_width = width.saturating_sub(1 + 1 + 1 + 9);
    let name = |role| Column::left(store.component().as_str(), name_width, theme.style(role));
    let (over, standing) = (store.is_over(), store.standing());
    let Mark { glyph, word, role } = Mark::of_standing(standing);
    let (lost, rpo) = store.loss.sides();
    if !store.is_exposed() {
        let mut line = vec![row([
            Column::left(glyph, 1, theme.style(role)),
            name(Role::Text),
            Column::right(if store.loss.stage == Stage::Sent { "promoting" } else { word }, 9, theme.style(role)),
        ])];
        if store.loss.stage != Stage::NotByThisRun {
            let of = rpo.map_or_else(String::new, |rpo| format!(" of rpo {rpo}"));
            let by = store.loss.accepted_by.as_ref().filter(|_| standing == Standing::Accepted);
            let by = by.map_or_else(String::new, |by| format!(", accepted by {by}"));
            let told = format!("lost {}{of}{by}", store.loss.exposure.told());
            line.extend(Prose::new(theme, width).item(if over { role } else { Role::Dim }, "", &told).done());
        }
        return line;
    }
    let mut lines = vec![row([
        Column::left(glyph, 1, theme.style(role)),
        name(Role::Text),
        Column::right(store.loss.exposure.told(), 9, theme.style(role)),
    ])];
    let samples = world.memory.lags(store.component().as_str());
    let curve = samples.map_or_else(String::new, |samples| sparkline(samples.numbers(), CURVE));
    // The number beside its objective is above in its own unit; here both have the same.
    let against = match (rpo, standing) {
        (Some(rpo), Standing::Unknown) => format!(" {word}, rpo {rpo}"),
        (Some(rpo), _) if lost != store.loss.exposure.amount() => format!(" {lost} {word} rpo {rpo}"),
        (Some(rpo), _) => format!(" {word} rpo {rpo}"),
        (None, _) => String::new(),
    };
    let (curve_style, role) = (theme.style(Role::Dim), if over { role } else { Role::Dim });
    lines.push(Line::from(vec![
        Span::styled(format!("  {curve}"), curve_style),
        Span::styled(against, theme.style(role)),
    ]));
    lines.extend(Prose::new(theme, width).item(Role::Dim, "", &store.loss.exposure.note).done());
    lines
}
