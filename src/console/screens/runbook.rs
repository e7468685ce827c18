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

use super::{Chosen, View};
use crate::console::details;
use crate::console::look::{Mark, Role, Theme};
use crate::console::status_line;
use crate::console::step_words::{self, GateStands};
use crate::console::widgets::{Column, Cursor, Motion, Narrow, Split, chosen, fit, pane, row};
use crate::console::world::World;
use crate::plan::{GateKind, Undo};
use crate::recovery::words;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// A row. Steps are meant by their place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// Drawn across before a step that cannot be taken back.
    NoReturn(usize),
    Gate(usize, GateKind),
    Step(usize),
}

/// The runbook's own state, and its rows as they were made last.
#[derive(Default)]
pub struct Runbook {
    cursor: Cursor,
    items: Vec<Item>,
    narrow: Narrow,
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

impl View for Runbook {
    fn turn_pane(&mut self, _by: isize) {
        self.on_details = !self.on_details && self.side.is_some();
    }

    fn go(&mut self, motion: Motion) {
        if !self.on_details {
            self.cursor.go(motion, self.items.len());
            self.scroll = 0;
            return;
        }
        let page = usize::from(self.list.height.saturating_sub(3)).max(1);
        self.scroll = match motion {
            Motion::Up => self.scroll.saturating_sub(1),
            Motion::Down => self.scroll.saturating_add(1),
            Motion::PageUp => self.scroll.saturating_sub(page),
            Motion::PageDown => self.scroll.saturating_add(page),
            Motion::First => 0,
            Motion::Last => usize::MAX,
            Motion::Left | Motion::Right => self.scroll,
        };
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
        let title = self.narrow.title(&format!("Runbook {}", status_line::progress(world)));
        self.frame = pane::frame(&title, !self.on_details, theme);
        let inner = self.frame.inner(self.list);
        let width = usize::from(inner.width);
        let shown = self.cursor.window(self.items.len(), usize::from(inner.height));
        self.lines = shown
            .map(|at| {
                let line = match self.items[at] {
                    Item::NoReturn(place) => no_return(world, theme, place, width),
                    Item::Gate(place, kind) => gate(world, theme, place, kind, width),
                    Item::Step(place) => step(world, theme, place, width),
                };
                if at == self.cursor.at { chosen(line, theme) } else { line }
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
        if area.width < 120 {
            self.split.hide();
            (self.list, self.side) = (area, None);
            return;
        }
        let (list, side) = self.split.cut(area, area.width * 16 / 25);
        (self.list, self.side) = (list, Some(side));
    }

    fn fill(&mut self, world: &World) {
        // A narrowed list follows the state, by whose words it may be narrowed; the whole one never changes.
        let made = if self.narrow.is_empty() { 0 } else { world.changes };
        if self.made == Some(made) {
            return;
        }
        self.made = Some(made);
        let held = self.items.get(self.cursor.at).copied();
        self.items.clear();
        let mut places: Vec<usize> = (0..world.state.steps.len()).collect();
        self.narrow.keep(&mut places, |place| step_words::found_by(world, *place));
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
        self.scroll = self.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
        self.details = lines.into_iter().skip(self.scroll).take(usize::from(inner.height)).collect();
    }
}

fn no_return(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let crossed = world.state.steps[place].passed.iter().rev().find(|(kind, ..)| *kind == GateKind::PointOfNoReturn);
    let title = &world.state.plan_step(place).title;
    let (text, role) = match crossed {
        // Asked for and happened are different: it is crossed once it may have been sent.
        Some((_, _, by, at)) if world.state.steps[place].acted() => {
            (format!("━━ point of no return crossed {} by {by} ", words::wall(*at)), Role::Dim)
        }
        Some((_, _, by, _)) => (format!("━━ point of no return, not crossed yet; {by} says it may be "), Role::Blocked),
        None => (format!("━━ point of no return: {title} cannot be taken back "), Role::Failed),
    };
    let text = fit(&text, width);
    let rule = "━".repeat(width.saturating_sub(text.width()));
    Line::from(Span::styled(text + &rule, theme.style(role)))
}

fn gate(world: &World, theme: &Theme, place: usize, kind: GateKind, width: usize) -> Line<'static> {
    let (sign, word, role, text) = match step_words::gate_stands(world, place, kind) {
        GateStands::Asked(_) => {
            let key = if world.about.commands { format!(" [{}]", world.keys.hint("answer")) } else { String::new() };
            ("◆", "ASKED", Role::Blocked, format!("{}{key}", step_words::gate_ask(world, place, kind)))
        }
        GateStands::Answered(answer, by, _) => {
            ("✓", "passed", Role::Ok, format!("{}: {by} {}", kind.words(), step_words::answer_words(answer)))
        }
        GateStands::NotNeeded => ("✓", "passed", Role::Dim, format!("{}: nobody had to decide", kind.words())),
        GateStands::ToCome => ("◇", "will ask", Role::Dim, step_words::gate_to_come(world, place, kind)),
    };
    // Its words stand under the titles of the steps where those columns are wide enough.
    let mark_width = if width < 72 { 12 } else { 13 };
    row([
        Column::left(format!("  {sign} {word}"), mark_width, theme.style(role)),
        Column::left(text, width.saturating_sub(mark_width + 1), theme.style(role)),
    ])
}

fn step(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let state = &world.state;
    let planned = state.plan_step(place);
    let mark = Mark::of_step(state, place);
    let style = theme.style(mark.role);
    let dim = theme.style(Role::Dim);
    let busy = state.steps[place].status.is_busy();
    // What has the least worth goes first when there is no room: undo class, region, the bar.
    let (mark_width, region, bar, undo) = match width {
        ..56 => (9, 0, 0, 0),
        56..72 => (9, 0, 6, 0),
        72..96 => (13, 0, 8, 10),
        96.. => (13, 12, 10, 10),
    };
    let time = step_words::time(world, place, bar);
    let fixed = mark_width + region + undo + 2 + usize::from(region > 0) + usize::from(undo > 0);
    let left = width.saturating_sub(fixed);
    let (title_width, note_width) = step_words::title_and_note(world, place, left.saturating_sub(time.width()));
    let loud = matches!(mark.role, Role::Failed | Role::Blocked | Role::Running);
    let note_role = if loud { mark.role } else { Role::Dim };
    let undo_role = if planned.undo == Undo::PointOfNoReturn { Role::Failed } else { Role::Dim };
    row([
        Column::left(format!("{} {}", mark.glyph, mark.word), mark_width, style),
        Column::left(planned.title.as_str(), title_width, theme.style(Role::Text)),
        Column::left(step_words::note(world, place), note_width, theme.style(note_role)),
        Column::left(planned.region.as_str(), region, dim),
        Column::left(undo_word(planned.undo), undo, theme.style(undo_role)),
        Column::right(time.clone(), time.width(), if busy { style } else { dim }),
    ])
}

/// The undo class in one column.
fn undo_word(undo: Undo) -> &'static str {
    match undo {
        Undo::NoneNeeded => "",
        Undo::Reversible => "reversible",
        Undo::DataLoss => "loses data",
        Undo::PointOfNoReturn => "NO RETURN",
    }
}
