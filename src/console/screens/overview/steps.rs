//! What needs a person with all that is known of it, what runs, what is next and what is left.

use crate::console::look::{Mark, Role, Theme};
use crate::console::marked;
use crate::console::matter;
use crate::console::reading;
use crate::console::screens::Chosen;
use crate::console::step_words;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::{Column, Cursor, Motion, Narrow, chosen, pane, row};
use crate::console::world::World;
use crate::recovery::Status;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// A row: a heading, a step by its place, or a line more about the step above.
#[derive(Clone, Debug, PartialEq)]
enum Item {
    Heading(&'static str),
    Step(usize),
    More(Line<'static>),
}

/// The pane's own state, and its rows as they were made last.
#[derive(Default)]
pub struct Steps {
    cursor: Cursor,
    /// What the cursor is on, so that it stays with its step when rows come and go above it.
    held: Option<usize>,
    items: Vec<Item>,
    narrow: Narrow,
    made_of: Option<(u64, u16)>,
    lines: Vec<Line<'static>>,
    frame: Block<'static>,
}

impl Steps {
    /// Moves from step to step; what is no step is passed over.
    pub fn go(&mut self, motion: Motion) {
        let (len, from) = (self.items.len(), self.cursor);
        self.cursor.go(motion, len);
        let onwards = match motion {
            Motion::Up | Motion::PageUp | Motion::Last => Motion::Up,
            Motion::Down | Motion::PageDown | Motion::First | Motion::Left | Motion::Right => Motion::Down,
        };
        while self.at_cursor().is_none() {
            let before = self.cursor.at;
            self.cursor.go(onwards, len);
            if self.cursor.at == before {
                self.cursor.at = from.at;
                break;
            }
        }
        self.held = self.at_cursor();
    }

    fn at_cursor(&self) -> Option<usize> {
        match self.items.get(self.cursor.at) {
            Some(Item::Step(place)) => Some(*place),
            Some(Item::Heading(_) | Item::More(_)) | None => None,
        }
    }

    /// Chooses the step at `at`.
    pub fn click(&mut self, area: Rect, at: Position) {
        let line = pane::line_at(self.frame.inner(area), at);
        let row = line.and_then(|line| self.cursor.row_at(line, self.items.len()));
        if let Some(row) = row.filter(|row| matches!(self.items[*row], Item::Step(_))) {
            self.cursor.at = row;
            self.held = self.at_cursor();
        }
    }

    /// What is chosen.
    pub fn chosen(&self) -> Chosen {
        self.at_cursor().map_or(Chosen::Nothing, Chosen::Step)
    }

    /// Chooses the step at `place`, once it is among the rows.
    pub fn hold(&mut self, place: usize) {
        (self.held, self.made_of) = (Some(place), None);
    }

    /// Narrows the rows to what holds the words of `text`.
    pub fn filter(&mut self, text: &str) {
        if self.narrow.set(text) {
            self.made_of = None;
            // Nothing is chosen before it is in sight again.
            self.items.clear();
        }
    }

    /// Makes the rows that `area` will show.
    pub fn prepare(&mut self, world: &World, theme: &Theme, area: Rect, focused: bool) {
        let title = format!("Steps {}{}", matter::progress(world), world.marked.told(&world.state));
        let inner = pane::frame(&title, focused, theme).inner(area);
        let width = usize::from(inner.width);
        if self.made_of != Some((world.changes, inner.width)) {
            self.items = items(world, theme, width, &mut self.narrow);
            self.made_of = Some((world.changes, inner.width));
            let kept = self.held.and_then(|held| self.items.iter().position(|item| *item == Item::Step(held)));
            self.cursor.at = kept.unwrap_or(1.min(self.items.len()));
        }
        self.frame = pane::frame(&self.narrow.title(&title), focused, theme);
        let shown = self.cursor.window(self.items.len(), usize::from(inner.height));
        self.lines = shown
            .map(|at| match &self.items[at] {
                Item::Heading(text) => Line::from(Span::styled(*text, theme.style(Role::Dim))),
                Item::More(line) => line.clone(),
                Item::Step(place) => {
                    let line = line(world, theme, *place, width);
                    if focused && at == self.cursor.at { chosen(line, theme) } else { line }
                }
            })
            .collect();
    }

    /// Draws the rows.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect) {
        frame.render_widget(&self.frame, area);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(area));
    }
}

fn items(world: &World, theme: &Theme, width: usize, narrow: &mut Narrow) -> Vec<Item> {
    let mut lists = lists(world);
    let of = lists.iter().map(|(_, places)| places.len()).sum();
    if !narrow.is_empty() {
        for (_, places) in &mut lists {
            places.retain(|place| narrow.takes(&step_words::found_by(world, *place)));
        }
    }
    narrow.count(lists.iter().map(|(_, places)| places.len()).sum(), of);
    let mut items = Vec::new();
    for (heading, places) in lists.into_iter().filter(|(_, places)| !places.is_empty()) {
        items.push(Item::Heading(heading));
        for place in places {
            items.push(Item::Step(place));
            if heading == NEEDS_YOU || heading == FAILED {
                items.extend(more(world, theme, place, width).into_iter().map(Item::More));
            }
        }
    }
    if items.is_empty() {
        let told = if narrow.is_empty() { "every step is settled" } else { "no step that is left is called so" };
        items.push(Item::Heading(told));
    }
    items
}

const NEEDS_YOU: &str = "needs you";
/// Behind the end of a run nobody is needed any more.
const FAILED: &str = "did not work";

/// The steps that are left, under their headings.
fn lists(world: &World) -> [(&'static str, Vec<usize>); 4] {
    let state = &world.state;
    let mut needs_you: Vec<usize> = state.open_gates.keys().map(|(place, _)| *place).collect();
    needs_you.extend(&world.figures.stuck);
    needs_you.sort_unstable();
    needs_you.dedup();
    let running: Vec<usize> = state.busy().collect();
    let taken = |place: &usize| running.contains(place) || state.rollback.is_none() && needs_you.contains(place);
    let mut next: Vec<usize> = reading::next_steps(state).filter(|place| !taken(place)).collect();
    let mut later: Vec<usize> = (0..state.steps.len())
        .filter(|place| {
            let waits = matches!(state.steps[*place].status, Status::Waiting | Status::Undone);
            waits && state.rollback.is_none() && !state.is_ready(*place)
        })
        .collect();
    if state.is_over() {
        next.append(&mut later);
        next.sort_unstable();
        return [(FAILED, needs_you), ("running", running), ("not done", next), ("later", later)];
    }
    let next_heading = match state.rollback {
        Some(_) => "to be undone",
        None if state.needs_start() => "first, once the run is started",
        None => "next",
    };
    [(NEEDS_YOU, needs_you), ("running", running), (next_heading, next), ("later", later)]
}

/// All that is known of why a step needs a person, and the keys that would answer it.
fn more(world: &World, theme: &Theme, place: usize, width: usize) -> Vec<Line<'static>> {
    let mut prose = Prose::new(theme, width);
    let role = Mark::of_step(&world.state, place).role;
    prose.item(role, "  ", &step_words::note(world, place));
    let step = &world.state.steps[place];
    let gate = reading::open_gate(&world.state, place).is_some();
    if !step.help.is_empty() && (!gate || step.status.is_stuck()) {
        prose.item(Role::Text, "  →", &step.help);
    }
    if world.can_be_commanded() {
        let key = |id| world.keys.hint(id);
        let keys = if reading::failure_asks(&world.state, place).is_some() {
            format!("{} answers it · {} tries again · {} rolls back", key("answer"), key("retry"), key("roll-back"))
        } else if gate {
            match world.marked.open(&world.state).len() {
                0 if marked::several(&world.state) && marked::of_step(&world.state, place).next().is_some() => {
                    format!("{} answers it · {} marks it to be answered with others", key("answer"), key("mark"))
                }
                0 => format!("{} answers it", key("answer")),
                1 => format!("{} answers the one that is marked", key("answer")),
                count => format!("{} answers the {count} that are marked", key("answer")),
            }
        } else {
            format!("{} retries · {} skips · {} rolls back", key("retry"), key("skip"), key("roll-back"))
        };
        prose.item(Role::Accent, "  ", &keys);
    }
    prose.done()
}

fn line(world: &World, theme: &Theme, place: usize, width: usize) -> Line<'static> {
    let state = &world.state;
    let step = state.plan_step(place);
    let mark = Mark::of_step(state, place);
    let busy = state.steps[place].status.is_busy();
    let time = step_words::time(world, place, if width >= 52 { 10 } else { 6 });
    let time_width = time.width();
    let key = match world.marked.is_on(state, place) {
        true => marked::SIGN.to_owned(),
        false => step_words::due_key(world, place).map(|key| format!("[{key}]")).unwrap_or_default(),
    };
    let key_width = key.width();
    let left = width.saturating_sub(1 + 1 + time_width + 1 + key_width + usize::from(key_width > 0));
    // What needs a person says why on lines of its own.
    let noted = !(state.steps[place].status.is_stuck() || reading::open_gate(state, place).is_some());
    let (title_width, note_width) = if noted { step_words::title_and_note(world, place, left) } else { (left, 0) };
    row([
        Column::left(mark.glyph, 1, theme.style(mark.role)),
        Column::left(step.title.as_str(), title_width, theme.style(if noted { Role::Text } else { Role::Title })),
        Column::left(step_words::note(world, place), note_width, theme.style(Role::Dim)),
        Column::left(key, key_width, theme.style(Role::Accent)),
        Column::right(time, time_width, theme.style(if busy { Role::Running } else { Role::Dim })),
    ])
}
