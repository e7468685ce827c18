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

use super::Chosen;
use crate::console::layers;
use crate::console::look::{Mark, Role, Theme};
use crate::console::status_line;
use crate::console::step_words;
use crate::console::widgets::{Column, Cursor, Motion, fit, pane, row};
use crate::console::words;
use crate::console::world::World;
use crate::plan::{Gate, GateKind, Undo};
use crate::recovery::event::GateAnswer;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
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
    list: Rect,
    side: Option<Rect>,
    lines: Vec<Line<'static>>,
    details: Vec<Line<'static>>,
    scroll: usize,
    on_details: bool,
    frame: Block<'static>,
    side_frame: Block<'static>,
}

impl Runbook {
    /// Gives the keys to the other pane, where there is one.
    pub fn turn_pane(&mut self) {
        self.on_details = !self.on_details && self.side.is_some();
    }

    /// Moves in the list, or scrolls the details.
    pub fn go(&mut self, motion: Motion) {
        if !self.on_details {
            self.cursor.go(motion, self.items.len());
            self.scroll = 0;
            return;
        }
        let page = usize::from(self.list.height.saturating_sub(3)).max(1);
        self.scroll = match motion {
            Motion::Up => self.scroll.saturating_sub(1),
            Motion::Down => self.scroll + 1,
            Motion::PageUp => self.scroll.saturating_sub(page),
            Motion::PageDown => self.scroll + page,
            Motion::First => 0,
            Motion::Last => usize::MAX,
            Motion::Left | Motion::Right => self.scroll,
        };
    }

    /// What is chosen: the step of the row.
    pub fn chosen(&self) -> Chosen {
        match self.items.get(self.cursor.at) {
            Some(Item::Step(place) | Item::Gate(place, _) | Item::NoReturn(place)) => Chosen::Step(*place),
            None => Chosen::Nothing,
        }
    }

    /// Chooses a step.
    pub fn choose(&mut self, world: &World, place: usize) {
        self.fill(world);
        if let Some(at) = self.items.iter().position(|item| *item == Item::Step(place)) {
            self.cursor.at = at;
        }
    }

    fn fill(&mut self, world: &World) {
        if !self.items.is_empty() {
            return;
        }
        for (place, step) in world.state.run.runbook.steps.iter().enumerate() {
            if step.undo == Undo::PointOfNoReturn {
                self.items.push(Item::NoReturn(place));
            }
            self.items.extend(step.gates.iter().map(|gate| Item::Gate(place, gate.kind())));
            self.items.push(Item::Step(place));
        }
    }

    /// Makes the rows that `area` will show.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        (self.list, self.side) = areas(area);
        self.on_details &= self.side.is_some();
        let title = format!("Runbook {}", status_line::progress(world));
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
                if at == self.cursor.at { line.patch_style(theme.style(Role::Selection)) } else { line }
            })
            .collect();
        self.prepare_details(world, theme);
    }

    fn prepare_details(&mut self, world: &World, theme: &Theme) {
        self.details.clear();
        let (Some(side), Chosen::Step(place)) = (self.side, self.chosen()) else { return };
        self.side_frame = pane::frame(&world.state.plan_step(place).title, self.on_details, theme);
        let inner = self.side_frame.inner(side);
        let lines = layers::step_details(world, theme, place, usize::from(inner.width));
        self.scroll = self.scroll.min(lines.len().saturating_sub(usize::from(inner.height)));
        self.details = lines.into_iter().skip(self.scroll).take(usize::from(inner.height)).collect();
    }

    /// Draws what was made.
    pub fn draw(&self, frame: &mut Frame<'_>) {
        frame.render_widget(&self.frame, self.list);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.list));
        let Some(side) = self.side else { return };
        frame.render_widget(&self.side_frame, side);
        frame.render_widget(Paragraph::new(self.details.clone()), self.side_frame.inner(side));
    }
}

fn areas(area: Rect) -> (Rect, Option<Rect>) {
    if area.width < 120 {
        return (area, None);
    }
    let [list, side] = Layout::horizontal([Constraint::Percentage(64), Constraint::Fill(1)]).areas(area);
    (list, Some(side))
}

fn no_return(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let crossed = world.state.steps[place].passed.iter().rev().find(|(kind, ..)| *kind == GateKind::PointOfNoReturn);
    let (text, role) = match crossed {
        Some((_, _, by, at)) => (format!("━━ point of no return crossed {} by {by} ", words::wall(*at)), Role::Dim),
        None => {
            let title = &world.state.plan_step(place).title;
            (format!("━━ point of no return: {title} cannot be taken back "), Role::Failed)
        }
    };
    let text = fit(&text, width);
    let rule = "━".repeat(width.saturating_sub(text.width()));
    Line::from(Span::styled(text + &rule, theme.style(role)))
}

fn gate(world: &World, theme: &Theme, place: usize, kind: GateKind, width: usize) -> Line<'static> {
    let state = &world.state;
    let passed = state.steps[place].passed.iter().rev().find(|(passed, ..)| *passed == kind);
    let (sign, word, role, text) = if state.open_gates.contains_key(&(place, kind)) {
        let key = if world.about.commands { " [c]" } else { "" };
        ("◆", "ASKED", Role::Blocked, format!("{}{key}", step_words::gate_ask(world, place, kind)))
    } else if let Some((_, answer, by, _)) = passed {
        ("✓", "passed", Role::Ok, format!("{} by {by}{}", kind.words(), reason(answer)))
    } else if state.steps[place].status.lets_others_go_on() {
        ("✓", "passed", Role::Dim, format!("{}, nobody had to decide", kind.words()))
    } else {
        ("◇", "will ask", Role::Dim, will_ask(world, place, kind))
    };
    row([
        Column::left(format!("  {sign} {word}"), 13, theme.style(role)),
        Column::left(text, width.saturating_sub(14), theme.style(role)),
    ])
}

fn will_ask(world: &World, place: usize, kind: GateKind) -> String {
    let gate = world.state.plan_step(place).gates.iter().find(|gate| gate.kind() == kind);
    match gate {
        Some(Gate::Loss { rpo_seconds }) => {
            format!("data loss, where it would be above {}", words::objective(*rpo_seconds))
        }
        Some(Gate::Approval { .. } | Gate::PointOfNoReturn | Gate::Manual { .. }) | None => {
            step_words::gate_ask(world, place, kind)
        }
    }
}

fn reason(answer: &GateAnswer) -> String {
    match answer {
        GateAnswer::Accepted { reason }
        | GateAnswer::Approved { reason: Some(reason) }
        | GateAnswer::Done { reason: Some(reason) } => format!(": “{reason}”"),
        GateAnswer::Within
        | GateAnswer::Crossed { .. }
        | GateAnswer::Approved { reason: None }
        | GateAnswer::Done { reason: None } => String::new(),
    }
}

fn step(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let state = &world.state;
    let planned = state.plan_step(place);
    let mark = Mark::of_step(state, place);
    let style = theme.style(mark.role);
    let dim = theme.style(Role::Dim);
    let busy = state.steps[place].status.is_busy();
    // What has the least worth goes first when there is no room: undo class, region, the bar.
    let (region, bar, undo) = match width {
        ..50 => (0, 0, 0),
        50..72 => (0, 6, 0),
        72..96 => (10, 8, 0),
        96.. => (12, 10, 10),
    };
    let time_width = if bar > 0 { bar + 12 } else { 11 };
    let fixed = 13 + region + time_width + undo + 2 + usize::from(region > 0) + usize::from(undo > 0);
    let left = width.saturating_sub(fixed);
    let title_width = (left * 3 / 5).clamp(12.min(left), 34);
    let note_width = left.saturating_sub(title_width + 1);
    let loud = matches!(mark.role, Role::Failed | Role::Blocked | Role::Running);
    let note_role = if loud { mark.role } else { Role::Dim };
    let undo_role = if planned.undo == Undo::PointOfNoReturn { Role::Failed } else { Role::Dim };
    row([
        Column::left(format!("{} {}", mark.glyph, mark.word), 13, style),
        Column::left(planned.title.as_str(), title_width, theme.style(Role::Text)),
        Column::left(planned.region.as_str(), region, dim),
        Column::right(step_words::time(world, place, bar), time_width, if busy { style } else { dim }),
        Column::left(undo_word(planned.undo), undo, theme.style(undo_role)),
        Column::left(step_words::note(world, place), note_width, theme.style(note_role)),
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
