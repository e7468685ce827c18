//! Replication: one row a store, the worst first; the chosen store's lag over the run below, its objective across.
//!
//! ```text
//! ┏ Replication, 2 stores, 1 over or unknown ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ ✗ OVER     orders-db        41s       2s ago           43s       30s  ↑ rising  ┃
//! ┃ · within   catalog-db      0.4s      12s ago           12s        1m  → steady  ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ┌ orders-db lag and loss ─────────────────────────────────────────────────────────┐
//! │                                                                           ▒▒▒▒▒▒│
//! │ rpo 30s ────────────────────────────────────────────────────────────────────────│
//! │      0s ▁▁▁▁▁▁▂▂▂▂▁▁▁▁▁▁▁▁▁▁▂▂▂▂▂▂▃▃▃▃▃▃▅▅▅▅▅▅▅▅????????██████▇▇▇▇▇▇▆▆▆▆▆▆▒▒▒▒▒▒▒▒│
//! └─────────────────────────────────────────────────────────────────────────────────┘
//! ```
//! The curve goes first when there is no room.

mod chart;

use super::{Chosen, View};
use crate::console::figures::Store;
use crate::console::look::{Mark, Role, Theme};
use crate::console::samples::Trend;
use crate::console::widgets::{By, Column, Cursor, Motion, Narrow, Order, chosen, fit, pane, row};
use crate::console::world::World;
use crate::plan::ComponentName;
use crate::recovery::divergence::{self, Diverged};
use crate::recovery::loss::Stage;
use crate::recovery::objective;
use crate::recovery::words;
use crate::service::compare::Compared;
use chart::Chart;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// The fewest rows that leave room for a curve under the stores.
const LEAST_FOR_A_CURVE: u16 = 14;

/// The screen's own state, and its lines as they were made last.
pub struct Replication {
    cursor: Cursor,
    /// The store that was chosen by moving; without one the worst is.
    meant: Option<ComponentName>,
    /// The stores as they were shown last, each with its place in the plan.
    stores: Vec<(ComponentName, Option<usize>)>,
    narrow: Narrow,
    order: Order,
    list: Rect,
    /// How many lines a store takes: on the way back, one more for its old side.
    lines_each: usize,
    frame: Block<'static>,
    lines: Vec<Line<'static>>,
    chart: Option<Chart>,
    /// Whether the curve has the keys, which move through the stores there too.
    on_chart: bool,
    whole: bool,
}

impl Default for Replication {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            meant: None,
            stores: Vec::new(),
            narrow: Narrow::default(),
            order: Order::among(&[By::Name, By::Lag]),
            list: Rect::default(),
            lines_each: 1,
            frame: Block::default(),
            lines: Vec::new(),
            chart: None,
            on_chart: false,
            whole: false,
        }
    }
}

impl View for Replication {
    fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.stores.len());
        self.meant = self.stores.get(self.cursor.at).map(|(name, _)| name.clone());
    }

    fn turn_pane(&mut self, _by: isize) {
        self.on_chart = !self.on_chart && (self.chart.is_some() || self.whole);
    }

    fn give_whole(&mut self, whole: bool) {
        self.whole = whole;
    }

    fn sort(&mut self, world: &World) -> bool {
        self.order.turn();
        self.catch_up(world);
        true
    }

    fn filter(&mut self, world: &World, text: &str) -> bool {
        self.narrow.set(text);
        self.catch_up(world);
        true
    }

    fn click(&mut self, at: Position) {
        self.on_chart = self.chart.is_some() && !self.list.contains(at);
        // The first line is the heading of the columns.
        let line = pane::line_at(self.frame.inner(self.list), at).and_then(|line| line.checked_sub(1));
        let line = line.map(|line| line / self.lines_each);
        if let Some(row) = line.and_then(|line| self.cursor.row_at(line, self.stores.len())) {
            self.cursor.at = row;
            self.meant = self.stores.get(row).map(|(name, _)| name.clone());
        }
    }

    fn chosen(&self) -> Chosen {
        let component = self.stores.get(self.cursor.at).and_then(|(_, component)| *component);
        component.map_or(Chosen::Nothing, Chosen::Component)
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        let component = chosen.component(world).and_then(|at| world.state.run.plan.components.get(at));
        let store = component.filter(|named| world.figures.stores.iter().any(|store| store.component() == &named.name));
        self.meant = store.map(|named| named.name.clone());
        self.catch_up(world);
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.catch_up(world);
        self.lines_each = if divergence::stores(&world.state).is_empty() { 1 } else { 2 };
        let wanted = u16::try_from(self.stores.len().max(1) * self.lines_each + 3).unwrap_or(u16::MAX);
        let (list, below) = if self.whole && self.on_chart {
            (Rect { height: 0, ..area }, Some(area))
        } else if area.height >= LEAST_FOR_A_CURVE && !self.whole {
            let most = area.height / 2;
            let [list, below] =
                Layout::vertical([Constraint::Length(wanted.min(most)), Constraint::Fill(1)]).areas(area);
            (list, Some(below))
        } else {
            (area, None)
        };
        self.list = list;
        self.on_chart &= below.is_some();
        self.prepare_list(world, theme);
        let store = self.taken(world).get(self.cursor.at).copied();
        self.chart = below.zip(store).map(|(area, store)| Chart::of(world, theme, store, self.on_chart, area));
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        frame.render_widget(&self.frame, self.list);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.list));
        if let Some(chart) = &self.chart {
            chart.draw(frame);
        }
    }
}

impl Replication {
    /// The stores change their places as their numbers do; the chosen one stays chosen.
    fn catch_up(&mut self, world: &World) {
        let place = |store: &Store| world.shape.component(store.component().as_str());
        self.stores = self.taken(world).into_iter().map(|store| (store.component().clone(), place(store))).collect();
        self.narrow.count(self.stores.len(), world.figures.stores.len());
        let meant = self.meant.as_ref();
        self.cursor.at = self.stores.iter().position(|(name, _)| Some(name) == meant).unwrap_or(0);
    }

    /// The stores that a filter takes: all where there is none.
    fn taken<'a>(&self, world: &'a World) -> Vec<&'a Store> {
        let found_by =
            |store: &Store| format!("{} {}", store.component(), if store.is_over() { "over" } else { "within" });
        let takes = |store: &&Store| self.narrow.is_empty() || self.narrow.takes(&found_by(store));
        let mut stores: Vec<&Store> = world.figures.stores.iter().filter(takes).collect();
        match self.order.by() {
            By::Own | By::State | By::Plan | By::Difference => {}
            By::Name => stores.sort_by(|one, other| one.component().as_str().cmp(other.component().as_str())),
            By::Lag => {
                let newest = |store: &Store| world.state.lags.get(store.component()).and_then(|lag| lag.sample.seconds);
                let lag = |store: &Store| newest(store).unwrap_or(f64::INFINITY);
                stores.sort_by(|one, other| lag(other).total_cmp(&lag(one)));
            }
        }
        stores
    }

    fn prepare_list(&mut self, world: &World, theme: &Theme) {
        let over = world.figures.stores.iter().filter(|store| store.is_over()).count();
        let over = if over > 0 { format!(", {over} over or unknown") } else { String::new() };
        let (count, all) = (self.stores.len(), world.figures.stores.len());
        let plural = if all == 1 { "store" } else { "stores" };
        let title = self.order.title(&format!("Replication, {all} {plural}{over}"), &world.keys.hint("sort"));
        self.frame = pane::frame(&self.narrow.title(&title), !self.on_chart, theme);
        let inner = self.frame.inner(self.list);
        let widths = Widths::of(world, usize::from(inner.width));
        let room = usize::from(inner.height.saturating_sub(1)) / self.lines_each;
        let shown = self.cursor.window(count, room.max(1));
        let rows = self.taken(world).into_iter().enumerate().skip(shown.start).take(shown.len());
        let diverged = divergence::stores(&world.state);
        let mut lines = vec![widths.heading(theme)];
        for (at, store) in rows {
            let line = line(world, theme, &widths, store);
            lines.push(if at == self.cursor.at { chosen(filled(line, widths.width), theme) } else { line });
            if self.lines_each > 1 {
                let old = diverged.iter().find(|one| &one.component == store.component());
                lines.push(old.map_or_else(Line::default, |old| old_side(theme, old, widths.width)));
            }
        }
        self.lines = lines;
        if all == 0 {
            let none = "no component of this plan holds data that is replicated";
            self.lines = vec![Line::from(Span::styled(none, theme.style(Role::Dim)))];
        }
    }
}

/// The widths of the columns: what has the least worth goes first when there is no room.
struct Widths {
    width: usize,
    name: usize,
    lag: usize,
    sampled: usize,
    exposure: usize,
    rpo: usize,
    trend: usize,
}

const STANDING: usize = 10;

impl Widths {
    fn of(world: &World, width: usize) -> Self {
        let names = world.figures.stores.iter().map(|store| store.component().as_str().width());
        let longest = names.max().unwrap_or(0).clamp(8, 32);
        let (lag, sampled, exposure, rpo, trend) = match width {
            ..46 => (0, 0, 8, 0, 0),
            46..58 => (7, 0, 11, 0, 0),
            58..76 => (7, 10, 11, 0, 0),
            76..100 => (7, 10, 10, 7, 10),
            100.. => (9, 12, 13, 9, 12),
        };
        let columns = [lag, sampled, exposure, rpo, trend];
        let gaps = 1 + columns.iter().filter(|width| **width > 0).count();
        let fixed = STANDING + columns.iter().sum::<usize>() + gaps;
        Self { width, name: width.saturating_sub(fixed).min(longest), lag, sampled, exposure, rpo, trend }
    }

    fn heading(&self, theme: &Theme) -> Line<'static> {
        let dim = theme.style(Role::Dim);
        row([
            Column::left("objective", STANDING, dim),
            Column::left("store", self.name, dim),
            Column::right("lag", self.lag, dim),
            Column::right("sampled", self.sampled, dim),
            Column::right("loss", self.exposure, dim),
            Column::right("rpo", self.rpo, dim),
            Column::left(" trend", self.trend, dim),
        ])
    }
}

fn line(world: &World, theme: &Theme, widths: &Widths, store: &Store) -> Line<'static> {
    let mark = Mark::of_standing(store.standing());
    let (text, dim) = (theme.style(Role::Text), theme.style(Role::Dim));
    let newest = world.state.lags.get(store.component()).map(|lag| &lag.sample);
    let lag = newest.map_or_else(|| "?".to_owned(), |sample| words::loss(sample.seconds));
    let (sampled, sampled_role) = sampled(world, store);
    let exposure = match store.loss.stage {
        Stage::NotByThisRun => "–".to_owned(),
        Stage::IfNow | Stage::Sent | Stage::Promoted => store.loss.bounded(),
    };
    let exposure_role = if store.is_over() { mark.role } else { Role::Text };
    let trend = world.memory.lags(store.component().as_str()).and_then(|samples| samples.trend());
    row([
        Column::left(format!("{} {}", mark.glyph, mark.word), STANDING, theme.style(mark.role)),
        Column::left(store.component().as_str(), widths.name, text),
        Column::right(lag, widths.lag, text),
        Column::right(sampled, widths.sampled, theme.style(sampled_role)),
        Column::right(exposure, widths.exposure, theme.style(exposure_role)),
        Column::right(store.loss.rpo_seconds.map_or_else(|| "none".to_owned(), words::objective), widths.rpo, dim),
        Column::left(
            trend.map_or_else(String::new, |trend| format!(" {}", trend_words(store, trend))),
            widths.trend,
            dim,
        ),
    ])
}

/// What a comparison of a store's two sides came to, and what bounds it.
fn old_side(theme: &Theme, diverged: &Diverged, width: usize) -> Line<'static> {
    let role = match diverged.compared {
        Compared::NoneFound => Role::Ok,
        Compared::Found { .. } => Role::Failed,
        Compared::NotKnown { .. } => Role::Blocked,
    };
    let (word, bound) = (diverged.compared.words(), &diverged.bound);
    let told = fit(&format!("  old side  {word}; {bound}"), width);
    Line::from(Span::styled(told, theme.style(role)))
}

/// The line as wide as the pane, so that what is chosen is one bar across.
fn filled(mut line: Line<'static>, width: usize) -> Line<'static> {
    line.spans.push(Span::raw(" ".repeat(width.saturating_sub(line.width()))));
    line
}

/// The trend of a store that can still lose anything; of others it says nothing any more.
fn trend_words(store: &Store, trend: Trend) -> &'static str {
    if store.is_exposed() { trend.words() } else { "" }
}

/// How old the newest number is, and that it is stale where it is.
fn sampled(world: &World, store: &Store) -> (String, Role) {
    let last_known = world.state.lags.get(store.component()).and_then(|lag| lag.last_known);
    let Some((_, at)) = last_known else { return ("never".to_owned(), Role::Stale) };
    let age = objective::seconds_between(at, world.now);
    if age > words::STALE_AFTER_SECONDS && store.is_exposed() {
        return (format!("stale {}", words::age(age)), Role::Stale);
    }
    (format!("{} ago", words::age(age)), Role::Dim)
}
