//! Runbook: every step in run order, its gates as rows of their own, points of no return drawn across before them.
//!
//! ```text
//! ┏ Runbook 6/17 · auto ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓┌ promote orders-db ────┐
//! ┃ ✓ ok        fence orders-db        us-east-1  0:05  reversible  ┃│ status  ↻ running     │
//! ┃   ✓ gate    data loss: ana accepted “confirmed”                 ┃│ …                     │
//! ┃ ━━ point of no return: promote orders-db ━━━━━━━━━━━━━━━━━━━━━━ ┃│                       │
//! ┃ ↻ running   promote orders-db      us-west-2  ▕███░░▏ 1:20/≈2:00┃│                       │
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛└───────────────────────┘
//! ```
//! The details of the chosen step stand beside it from 120 columns; below that Enter opens them.

mod rails;
mod rows;

use super::{Chosen, View};
use crate::console::details;
use crate::console::look::{Mark, Theme};
use crate::console::matter;
use crate::console::step_words;
use crate::console::widgets::{By, Cursor, Motion, Narrow, Order, Split, chosen, pane};
use crate::console::world::World;
use crate::plan::{GateKind, Undo};
use rails::Rails;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};

/// A row. Steps are meant by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// Drawn across before a step that cannot be taken back.
    NoReturn(usize),
    Gate(usize, GateKind),
    Step(usize),
}

impl Item {
    /// Its place among the rows: by its step, and before it what belongs to it.
    fn order(self) -> (usize, u8) {
        match self {
            Self::NoReturn(place) => (place, 0),
            Self::Gate(place, _) => (place, 1),
            Self::Step(place) => (place, 2),
        }
    }
}

/// The runbook's own state, and its rows as they were made last.
pub struct Runbook {
    cursor: Cursor,
    items: Vec<Item>,
    narrow: Narrow,
    order: Order,
    /// Whether the pane that has the keys has the whole screen.
    whole: bool,
    /// The state that the items were made at, once they were.
    made: Option<u64>,
    split: Split,
    list: Rect,
    side: Option<Rect>,
    lines: Vec<Line<'static>>,
    details: Vec<Line<'static>>,
    scroll: usize,
    on_details: bool,
    frame: Block<'static>,
    side_frame: Block<'static>,
}

impl Default for Runbook {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            items: Vec::new(),
            narrow: Narrow::default(),
            order: Order::among(&[By::State, By::Name]),
            whole: false,
            made: None,
            split: Split::default(),
            list: Rect::default(),
            side: None,
            lines: Vec::new(),
            details: Vec::new(),
            scroll: 0,
            on_details: false,
            frame: Block::default(),
            side_frame: Block::default(),
        }
    }
}

impl View for Runbook {
    fn turn_pane(&mut self, _by: isize) {
        self.on_details = !self.on_details && (self.side.is_some() || self.whole);
    }

    fn give_whole(&mut self, whole: bool) {
        self.whole = whole;
    }

    fn sort(&mut self, world: &World) -> bool {
        self.order.turn();
        self.made = None;
        self.fill(world);
        true
    }

    fn go(&mut self, motion: Motion) {
        if !self.on_details {
            self.cursor.go(motion, self.items.len());
            self.scroll = 0;
            return;
        }
        let page = usize::from(self.list.height.saturating_sub(3)).max(1);
        self.scroll = pane::scrolled(self.scroll, motion, page);
    }

    fn chosen(&self) -> Chosen {
        match self.items.get(self.cursor.at) {
            Some(Item::Step(place) | Item::Gate(place, _) | Item::NoReturn(place)) => Chosen::Step(*place),
            None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        let Some(place) = chosen.step(world) else { return };
        self.fill(world);
        if let Some(at) = self.items.iter().position(|item| *item == Item::Step(place)) {
            self.cursor.at = at;
        }
    }

    fn filter(&mut self, world: &World, text: &str) -> bool {
        if self.narrow.set(text) {
            self.made = None;
            self.fill(world);
        }
        true
    }

    fn click(&mut self, at: Position) {
        self.on_details = self.side.is_some_and(|side| side.contains(at));
        let line = pane::line_at(self.frame.inner(self.list), at);
        if let Some(row) = line.and_then(|line| self.cursor.row_at(line, self.items.len())) {
            self.cursor.at = row;
            self.scroll = 0;
        }
    }

    fn wheel(&mut self, at: Position, motion: Motion) {
        let focus = self.on_details;
        self.on_details = self.side.is_some_and(|side| side.contains(at));
        self.go(motion);
        self.on_details = focus;
    }

    fn grab(&mut self, at: Position) -> bool {
        self.split.grab(at)
    }

    fn drag(&mut self, to: Position) -> bool {
        self.split.drag(to)
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        self.cut(area);
        self.on_details &= self.side.is_some();
        let title = format!("Runbook {}{}", matter::progress(world), world.marked.told(&world.state));
        let title = self.narrow.title(&self.order.title(&title, &world.keys.hint("sort")));
        self.frame = pane::frame(&title, !self.on_details, theme);
        let inner = self.frame.inner(self.list);
        let width = usize::from(inner.width).saturating_sub(rails::WIDTH);
        let shown = self.cursor.window(self.items.len(), usize::from(inner.height));
        let rails = match self.chosen() {
            Chosen::Step(place) if self.order.by() == By::Own => Rails::of(world, place, &self.items),
            Chosen::Step(_)
            | Chosen::Component(_)
            | Chosen::Event(_)
            | Chosen::Finding(_)
            | Chosen::Captured(_)
            | Chosen::Drifted(..)
            | Chosen::Folded
            | Chosen::Nothing => Rails::default(),
        };
        self.lines = shown
            .map(|at| {
                let line = match self.items[at] {
                    Item::NoReturn(place) => rows::no_return(world, theme, place, width),
                    Item::Gate(place, kind) => rows::gate(world, theme, place, kind, width),
                    Item::Step(place) => rows::step(world, theme, place, width),
                };
                let mut line = if at == self.cursor.at { chosen(line, theme) } else { line };
                let (rail, role) = rails.at(at);
                line.spans.insert(0, Span::styled(format!("{rail} "), theme.style(role)));
                line
            })
            .collect();
        self.prepare_details(world, theme);
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        frame.render_widget(&self.frame, self.list);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.list));
        let Some(side) = self.side else { return };
        frame.render_widget(&self.side_frame, side);
        frame.render_widget(Paragraph::new(self.details.clone()), self.side_frame.inner(side));
    }
}

impl Runbook {
    fn cut(&mut self, area: Rect) {
        if self.whole && self.on_details {
            self.split.hide();
            (self.list, self.side) = (Rect { width: 0, ..area }, Some(area));
            return;
        }
        if area.width < 120 || self.whole {
            self.split.hide();
            (self.list, self.side) = (area, None);
            return;
        }
        let (list, side) = self.split.cut(area, area.width * 16 / 25);
        (self.list, self.side) = (list, Some(side));
    }

    fn fill(&mut self, world: &World) {
        // A narrowed list follows the state, by whose words it may be narrowed, and so does one that goes by it; the
        // whole one in run order never changes.
        let stands = self.narrow.is_empty() && self.order.by() != By::State;
        let made = if stands { 0 } else { world.changes };
        if self.made == Some(made) {
            return;
        }
        self.made = Some(made);
        let held = self.items.get(self.cursor.at).copied();
        self.items.clear();
        let mut places: Vec<usize> = (0..world.state.steps.len()).collect();
        self.narrow.keep(&mut places, |place| step_words::found_by(world, *place));
        match self.order.by() {
            By::Own | By::Plan | By::Lag | By::Difference => {}
            By::Name => {
                let title = |place: &usize| world.state.plan_step(*place).title.as_str();
                places.sort_by(|one, other| title(one).cmp(title(other)));
            }
            By::State => places.sort_by_cached_key(|place| Mark::of_step(&world.state, *place).urgency()),
        }
        for place in places {
            let step = world.state.plan_step(place);
            if step.undo == Undo::PointOfNoReturn {
                self.items.push(Item::NoReturn(place));
            }
            self.items.extend(step.gates.iter().map(|gate| Item::Gate(place, gate.kind())));
            self.items.push(Item::Step(place));
        }
        if let Some(at) = self.items.iter().position(|item| Some(*item) == held) {
            self.cursor.at = at;
        }
    }

    fn prepare_details(&mut self, world: &World, theme: &Theme) {
        self.details.clear();
        let (Some(side), Chosen::Step(place)) = (self.side, self.chosen()) else { return };
        self.side_frame = pane::frame(&world.state.plan_step(place).title, self.on_details, theme);
        let inner = self.side_frame.inner(side);
        let lines = details::step(world, theme, place, usize::from(inner.width));
        let rows = usize::from(inner.height);
        self.scroll = self.scroll.min(lines.len().saturating_sub(rows));
        let cut = pane::cut(self.scroll, rows, lines.len(), theme);
        if let Some(cut) = cut {
            self.side_frame = std::mem::take(&mut self.side_frame).title_bottom(cut);
        }
        self.details = lines.into_iter().skip(self.scroll).take(rows).collect();
    }
}
