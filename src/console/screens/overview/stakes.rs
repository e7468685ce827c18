//! What is at stake: each store's exposure against its objective with its curve, what is owed to the failing region,
//! what was skipped, and whose credentials are used until when. Many of a sort are one row with their number, which opens.

use crate::console::figures::{Standing, Store};
use crate::console::look::{Mark, Role, Theme};
use crate::console::screens::Chosen;
use crate::console::widgets::bar::sparkline;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::{self, Column, Cursor, Motion, fit, pane, row};
use crate::console::world::World;
use crate::recovery::event::Fence;
use crate::recovery::loss::Stage;
use crate::recovery::telling;
use crate::recovery::words;
use crate::recovery::{Status, debts, objective};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use std::collections::HashSet;
use unicode_width::UnicodeWidthStr;

/// The columns of a lag curve.
const CURVE: usize = 12;
/// The most of a sort that have a row each without being asked for.
const FEW: usize = 3;

/// Things of a sort that may share a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    Owed(Fence),
    BeingPaid,
    Skipped,
}

/// What a line is about: something to be chosen, or several of a sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum About {
    One(Chosen),
    Many(Sort),
}

/// The pane's own state, and its lines as they were made last.
#[derive(Default)]
pub struct Stakes {
    cursor: Cursor,
    about: Option<About>,
    /// The sorts whose rows are asked for one by one.
    opened: HashSet<Sort>,
    length: usize,
    lines: Vec<Line<'static>>,
    frame: Block<'static>,
}

impl Stakes {
    /// Moves; a row of many is opened and closed.
    pub fn go(&mut self, motion: Motion) {
        match (motion, self.about) {
            (Motion::Right, Some(About::Many(sort))) => {
                self.opened.insert(sort);
            }
            (Motion::Left, Some(About::Many(sort))) => {
                self.opened.remove(&sort);
            }
            (_, Some(_) | None) => self.cursor.go(motion, self.length),
        }
    }

    /// Opens the chosen row of many, or closes it; `false` where none is chosen.
    pub fn unfold(&mut self) -> bool {
        let Some(About::Many(sort)) = self.about else { return false };
        if !self.opened.remove(&sort) {
            self.opened.insert(sort);
        }
        true
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
        match self.about {
            Some(About::One(chosen)) => chosen,
            Some(About::Many(_)) => Chosen::Folded,
            None => Chosen::Nothing,
        }
    }

    /// Makes the lines that `area` will show.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, focused: bool) {
        self.frame = pane::frame("At stake", focused, theme);
        let inner = self.frame.inner(area);
        let all = lines(world, theme, usize::from(inner.width), &self.opened);
        self.length = all.len();
        let shown = self.cursor.window(self.length, usize::from(inner.height));
        self.about = all.get(self.cursor.at).map(|(about, _)| *about);
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

fn lines(world: &World, theme: &Theme, width: usize, opened: &HashSet<Sort>) -> Vec<(About, Line<'static>)> {
    let mut lines: Vec<(About, Line<'static>)> = Vec::new();
    let mut add = |about: About, made: Vec<Line<'static>>| lines.extend(made.into_iter().map(|line| (about, line)));
    let nothing = About::One(Chosen::Nothing);
    let mut prose = Prose::new(theme, width);
    add(nothing, prose.say(Role::Dim, "loss if promoted now, or lost").done());
    if world.figures.stores.is_empty() {
        add(nothing, prose.item(Role::Dim, "·", "no store has been looked at yet").done());
    }
    for store in &world.figures.stores {
        let chosen = world.shape.component(store.component().as_str()).map_or(Chosen::Nothing, Chosen::Component);
        add(About::One(chosen), store_lines(world, theme, store, width));
    }
    add(nothing, prose.blank().say(Role::Dim, "owed to the failing region").done());
    for fence in [Fence::Refused, Fence::Impossible, Fence::Attempted, Fence::Later] {
        let debts = world.state.debts.iter().filter(|debt| debt.fence == fence);
        let owed: Vec<(Chosen, String)> = debts
            .map(|debt| {
                let chosen = world.state.place(&debt.step).map_or(Chosen::Nothing, Chosen::Step);
                let answers = world.state.answering.get(&debt.step);
                let answers = answers.map_or("", |_| "; its region answers again");
                (chosen, format!("{} ({}{answers})", debt.title, telling::fence_words(fence)))
            })
            .collect();
        let role = if fence == Fence::Refused { Role::Failed } else { Role::Owed };
        let told = format!("{} owed: {}", owed.len(), telling::fence_words(fence));
        several(&mut add, &mut prose, opened, Sort::Owed(fence), (role, "⚑", told), owed);
    }
    let paid = debts::being_paid(&world.state).into_iter();
    let paid: Vec<(Chosen, String)> =
        paid.map(|(place, debt)| (Chosen::Step(place), format!("{} (being paid)", debt.title))).collect();
    if world.state.debts.is_empty() && paid.is_empty() {
        add(nothing, prose.item(Role::Dim, "·", "nothing").done());
    }
    let told = format!("{} being paid: not done yet", paid.len());
    several(&mut add, &mut prose, opened, Sort::BeingPaid, (Role::Running, "↻", told), paid);
    let skipped = (0..world.state.steps.len()).filter(|place| world.state.steps[*place].status == Status::Skipped);
    let title = |place| (Chosen::Step(place), world.state.plan_step(place).title.to_string());
    let skipped: Vec<(Chosen, String)> = skipped.map(title).collect();
    if !skipped.is_empty() {
        add(nothing, prose.blank().say(Role::Dim, "skipped").done());
    }
    let told = format!("{} gone on without", skipped.len());
    several(&mut add, &mut prose, opened, Sort::Skipped, (Role::Skipped, "⊘", told), skipped);
    if !world.state.identities.is_empty() {
        add(nothing, prose.blank().say(Role::Dim, "credentials").done());
    }
    for (region, identity) in &world.state.identities {
        let (told, role) = match identity.expires {
            Some(expires) => {
                let left = objective::seconds_between(world.now, expires);
                let rto = world.state.run.plan.application.rto_seconds.unwrap_or(0.0);
                let role = if left < rto { Role::Failed } else { Role::Text };
                (format!("{region}: {}, expire in {}", identity.account, words::age(left)), role)
            }
            None => (format!("{region}: {}", identity.account), Role::Text),
        };
        add(nothing, prose.item(role, "·", &told).done());
    }
    lines
}

/// Things of a sort: a few with a row each; many as one with their number, and each below it where that is opened.
fn several(
    add: &mut impl FnMut(About, Vec<Line<'static>>),
    prose: &mut Prose<'_>,
    opened: &HashSet<Sort>,
    sort: Sort,
    (role, sign, together): (Role, &str, String),
    each: Vec<(Chosen, String)>,
) {
    let is_open = opened.contains(&sort);
    let indent = if each.len() > FEW {
        let fold = if is_open { "▾" } else { "▸" };
        add(About::Many(sort), prose.item(role, fold, &format!("{sign} {together}")).done());
        "  "
    } else {
        ""
    };
    if indent.is_empty() || is_open {
        for (chosen, told) in each {
            add(About::One(chosen), prose.item(role, &format!("{indent}{sign}"), &told).done());
        }
    }
}

fn store_lines(world: &World, theme: &Theme, store: &Store, width: usize) -> Vec<Line<'static>> {
    let name_width = width.saturating_sub(1 + 1 + 1 + 9);
    let name = |role| Column::left(store.component().as_str(), name_width, theme.style(role));
    let (over, standing) = (store.is_over(), store.standing());
    let Mark { glyph, word, role } = Mark::of_standing(standing);
    let (_, rpo) = store.loss.sides();
    if !store.is_exposed() {
        let how = match (store.loss.stage, standing) {
            (Stage::Sent, _) => "promoting",
            (_, Standing::Promoted) if store.loss.is_copied => "in use",
            _ => word,
        };
        let mut line = vec![row([
            Column::left(glyph, 1, theme.style(role)),
            name(Role::Text),
            Column::right(how, 9, theme.style(role)),
        ])];
        if store.loss.stage != Stage::NotByThisRun {
            let of = rpo.map_or_else(String::new, |rpo| format!(" of rpo {rpo}"));
            let by = store.loss.accepted_by.as_ref().filter(|_| standing == Standing::Accepted);
            let by = by.map_or_else(String::new, |by| format!(", accepted by {by}"));
            let told = format!("lost {}{of}{by}", store.loss.bounded());
            line.extend(Prose::new(theme, width).item(if over { role } else { Role::Dim }, "", &told).done());
        }
        return line;
    }
    let mut lines = vec![row([
        Column::left(glyph, 1, theme.style(role)),
        name(Role::Text),
        Column::right(store.loss.bounded(), 9, theme.style(role)),
    ])];
    let samples = world.memory.lags(store.component().as_str());
    let against = match (rpo, standing) {
        (Some(rpo), Standing::Unknown) => format!(" {word}, rpo {rpo}"),
        (Some(rpo), _) => format!(" {word} rpo {rpo}"),
        (None, _) => String::new(),
    };
    // The words have their room before the curve.
    let columns = CURVE.min(width.saturating_sub(2 + against.width()));
    let curve = samples.map_or_else(String::new, |samples| sparkline(samples.numbers(), columns));
    let against = fit(&against, width.saturating_sub(2 + curve.width()));
    let (curve_style, role) = (theme.style(Role::Dim), if over { role } else { Role::Dim });
    lines.push(Line::from(vec![
        Span::styled(format!("  {curve}"), curve_style),
        Span::styled(against, theme.style(role)),
    ]));
    lines.extend(Prose::new(theme, width).item(Role::Dim, "", &store.loss.exposure.note).done());
    lines
}
