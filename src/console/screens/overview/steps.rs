//! What needs a person, what runs, what is next and what is left, each with what blocks it.

use crate::console::look::{Mark, Role, Theme};
use crate::console::reading;
use crate::console::screens::Chosen;
use crate::console::status_line;
use crate::console::step_words;
use crate::console::widgets::{Column, Cursor, Motion, pane, row};
use crate::console::world::World;
use crate::recovery::Status;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// A row: a heading, or a step by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Heading(&'static str),
    Step(usize),
}

/// The pane's own state, and its rows as they were made last.
#[derive(Default)]
pub struct Steps {
    cursor: Cursor,
    /// What the cursor is on, so that it stays with its step when rows come and go above it.
    held: Option<usize>,
    items: Vec<Item>,
    made_at: Option<u64>,
    lines: Vec<Line<'static>>,
    frame: Block<'static>,
}

impl Steps {
    /// Moves; headings are passed over.
    pub fn go(&mut self, motion: Motion) {
        self.cursor.go(motion, self.items.len());
        let upwards = matches!(motion, Motion::Up | Motion::PageUp | Motion::First);
        if matches!(self.items.get(self.cursor.at), Some(Item::Heading(_))) {
            let on = if upwards && self.cursor.at > 0 { Motion::Up } else { Motion::Down };
            self.cursor.go(on, self.items.len());
        }
        self.held = self.at_cursor();
    }

    fn at_cursor(&self) -> Option<usize> {
        match self.items.get(self.cursor.at) {
            Some(Item::Step(place)) => Some(*place),
            Some(Item::Heading(_)) | None => None,
        }
    }

    /// What is chosen.
    pub fn chosen(&self) -> Chosen {
        self.at_cursor().map_or(Chosen::Nothing, Chosen::Step)
    }

    /// Makes the rows that `area` will show.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, focused: bool) {
        if self.made_at != Some(world.changes) {
            self.items = items(world);
            self.made_at = Some(world.changes);
            let kept = self.held.and_then(|held| self.items.iter().position(|item| *item == Item::Step(held)));
            self.cursor.at = kept.unwrap_or(1.min(self.items.len()));
        }
        self.frame = pane::frame(&format!("Steps {}", status_line::progress(world)), focused, theme);
        let inner = self.frame.inner(area);
        let shown = self.cursor.window(self.items.len(), usize::from(inner.height));
        let width = usize::from(inner.width);
        self.lines = shown
            .map(|at| {
                let line = match self.items[at] {
                    Item::Heading(text) => Line::from(Span::styled(text, theme.style(Role::Dim))),
                    Item::Step(place) => line(world, theme, place, width),
                };
                if focused && at == self.cursor.at { line.patch_style(theme.style(Role::Selection)) } else { line }
            })
            .collect();
    }

    /// Draws the rows.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(&self.frame, area);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(area));
    }
}

fn items(world: &World) -> Vec<Item> {
    let state = &world.state;
    let mut needs_you: Vec<usize> = state.open_gates.keys().map(|(place, _)| *place).collect();
    needs_you.extend(&world.figures.stuck);
    needs_you.sort_unstable();
    needs_you.dedup();
    let running: Vec<usize> = state.busy().collect();
    let ready: Vec<usize> = match &state.rollback {
        Some(rollback) => rollback.left.iter().copied().filter(|place| !running.contains(place)).collect(),
        None => state.ready().filter(|place| !needs_you.contains(place)).collect(),
    };
    let later = (0..state.steps.len()).filter(|place| {
        let waits = matches!(state.steps[*place].status, Status::Waiting | Status::Undone);
        waits && state.rollback.is_none() && !reading::is_ready(state, *place)
    });
    let next = if state.rollback.is_some() { "to be undone" } else { "next" };
    let mut items = Vec::new();
    for (heading, places) in
        [("needs you", needs_you), ("running", running), (next, ready), ("later", later.collect::<Vec<_>>())]
    {
        if places.is_empty() {
            continue;
        }
        items.push(Item::Heading(heading));
        items.extend(places.into_iter().map(Item::Step));
    }
    if items.is_empty() {
        items.push(Item::Heading("every step is settled"));
    }
    items
}

fn line(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let state = &world.state;
    let step = state.plan_step(place);
    let mark = Mark::of_step(state, place);
    let style = theme.style(mark.role);
    let busy = state.steps[place].status.is_busy();
    let time = step_words::time(world, place, if width >= 52 { 10 } else { 0 });
    let time_width = match (busy, width) {
        (false, _) => 5,
        (true, ..52) => 10,
        (true, 52..) => 21,
    };
    let left = width.saturating_sub(2 + 1 + time_width + 2);
    let title_width = (left * 3 / 5).max(step.title.width().min(left.saturating_sub(14)));
    let note_width = left.saturating_sub(title_width);
    let note_role = if mark.role == Role::Failed || mark.role == Role::Blocked { mark.role } else { Role::Dim };
    row([
        Column::left(mark.glyph, 2, style),
        Column::left(step.title.as_str(), title_width, theme.style(Role::Text)),
        Column::right(time, time_width, theme.style(if busy { Role::Running } else { Role::Dim })),
        Column::left(step_words::note(world, place), note_width, theme.style(note_role)),
    ])
}
