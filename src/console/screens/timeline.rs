//! Timeline: every event of the run, the newest at the end. It follows the end until the user moves up. It opens on
//! decisions and failures; one key shows everything. What only tells the same again is one row with its number.
//!
//! ```text
//! ┏ Timeline 42 of 480 · what was done [v] ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ T+01:05 02:07:05Z ana       ↻ step      started promote catalog-db                           ┃
//! ┃ T+01:05 02:07:05Z landfall  ▸ CHANGES   rds.PromoteReadReplica us-west-2 184ms request 7d1c  ┃
//! ┃ T+01:29 02:07:29Z landfall  ✗ FAILURE   UNKNOWN fence orders-db: no answer within 20 s       ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 12 newer, G to the newest ━━┛
//! ```

use super::{Chosen, View};
use crate::console::look::{Role, Theme};
use crate::console::record::{Record, Slice, Sort};
use crate::console::widgets::{Column, Cursor, Motion, Narrow, chosen, pane, row};
use crate::console::world::World;
use crate::recovery::event::{Event, What};
use crate::recovery::telling;
use crate::recovery::words;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph};
use unicode_width::UnicodeWidthStr;

/// The timeline's own state, and its rows as they were made last.
#[derive(Default)]
pub struct Timeline {
    slice: Slice,
    narrow: Narrow,
    /// The places of the slice's events that a filter takes, and how many of the slice's were looked at for them.
    taken: Vec<usize>,
    searched: usize,
    cursor: Cursor,
    /// Whether the user has moved away from the end.
    left_the_end: bool,
    /// The event that was chosen by moving: what is kept where a slice leaves it out.
    meant: Option<usize>,
    /// The events as they were shown last: what a key means, whatever has come since.
    record: Record,
    area: Rect,
    frame: Block<'static>,
    lines: Vec<Line<'static>>,
}

impl View for Timeline {
    fn go(&mut self, motion: Motion) {
        let length = self.len();
        self.cursor.go(motion, length);
        self.left_the_end = self.cursor.at + 1 < length;
        self.meant = self.place(self.cursor.at);
    }

    fn filter(&mut self, world: &World, text: &str) -> bool {
        if self.narrow.set(text) {
            self.search_again(world);
        }
        true
    }

    fn click(&mut self, at: Position) {
        let line = pane::line_at(self.frame.inner(self.area), at);
        if let Some(row) = line.and_then(|line| self.cursor.row_at(line, self.len())) {
            self.cursor.at = row;
            self.left_the_end = row + 1 < self.len();
            self.meant = self.place(row);
        }
    }

    fn chosen(&self) -> Chosen {
        self.place(self.cursor.at).map_or(Chosen::Nothing, Chosen::Event)
    }

    /// The timeline stays where it was left: what another screen had chosen has many events here, and none of them is
    /// the one that was meant. Only an event itself is gone to.
    fn choose(&mut self, world: &World, chosen: Chosen) {
        self.catch_up(world);
        if let Chosen::Event(place) = chosen {
            self.cursor.at = self.row(place);
            self.left_the_end = self.cursor.at + 1 < self.len();
            self.meant = self.place(self.cursor.at);
        }
    }

    /// What happens now is at the end, whichever step it is of.
    fn follow(&mut self, world: &World, _place: usize) {
        self.left_the_end = false;
        self.catch_up(world);
    }

    fn turn_slice(&mut self, world: &World) -> bool {
        self.slice = self.slice.next();
        self.search_again(world);
        true
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.catch_up(world);
        self.area = area;
        let length = self.len();
        let (rows, all, key) = (self.record.len(self.slice), self.record.count(), world.keys.hint("slice"));
        let title = match self.slice {
            Slice::Everything => format!("Timeline {all} · everything [{key}]"),
            Slice::Decisions => format!("Timeline {rows} of {all} · decisions and failures [{key}: all]"),
            Slice::Run | Slice::Calls => format!("Timeline {rows} of {all} · {} [{key}]", self.slice.word()),
        };
        self.frame = pane::frame(&self.narrow.title(&title), true, theme);
        let inner = self.frame.inner(area);
        let shown = self.cursor.window(length, usize::from(inner.height));
        let newer = length - shown.end;
        if newer > 0 {
            let told = format!(" {newer} newer, {} to the newest ", world.keys.hint("last"));
            let told = Line::from(Span::styled(told, theme.style(Role::Blocked)));
            self.frame = std::mem::take(&mut self.frame).title_bottom(told.right_aligned());
        }
        let widths =
            Widths::of(usize::from(inner.width), &[world.state.begun_at, world.state.at].map(|at| world.run_time(at)));
        let event = |row| self.record.event(self.place(row)?);
        let again = |row| self.place(row).map_or(0, |place| self.record.repeats(place).len());
        let rows = shown.filter_map(|row| Some((row, event(row)?)));
        self.lines = rows
            .map(|(row, event)| {
                let line = line(world, theme, &widths, event, again(row));
                if row == self.cursor.at { chosen(line, theme) } else { line }
            })
            .collect();
        if self.lines.is_empty() {
            let key = world.keys.hint("slice");
            let none = match self.narrow.is_empty() {
                true => format!("nothing yet: {} [{key} shows another part]", self.slice.word()),
                false => format!("nothing of {} is called so [{key} shows another part]", self.slice.word()),
            };
            self.lines.push(Line::from(Span::styled(none, theme.style(Role::Dim))));
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        frame.render_widget(&self.frame, self.area);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.area));
    }
}

impl Timeline {
    fn catch_up(&mut self, world: &World) {
        self.record = world.memory.record.clone();
        self.search(world);
        if !self.left_the_end {
            self.cursor.at = self.len().saturating_sub(1);
        }
    }

    /// Looks at what has come since it looked last; in a recording that went back, at all of it.
    fn search(&mut self, world: &World) {
        let all = self.record.len(self.slice);
        if self.narrow.is_empty() {
            return;
        }
        if all < self.searched {
            (self.searched, self.taken) = (0, Vec::new());
        }
        let (record, narrow) = (&self.record, &self.narrow);
        let places = (self.searched..all).filter_map(|row| record.place(self.slice, row));
        let takes = |place: &usize| record.event(*place).is_some_and(|event| narrow.takes(&found_by(world, event)));
        self.taken.extend(places.filter(takes));
        self.searched = all;
        self.narrow.count(self.taken.len(), all);
    }

    /// Makes the list anew, staying at the event that was meant.
    fn search_again(&mut self, world: &World) {
        (self.searched, self.taken) = (0, Vec::new());
        self.catch_up(world);
        if let Some(place) = self.meant.filter(|_| self.left_the_end) {
            self.cursor.at = self.row(place);
        }
    }

    fn len(&self) -> usize {
        if self.narrow.is_empty() { self.record.len(self.slice) } else { self.taken.len() }
    }

    /// The place of the event at `row`.
    fn place(&self, row: usize) -> Option<usize> {
        if self.narrow.is_empty() { self.record.place(self.slice, row) } else { self.taken.get(row).copied() }
    }

    /// The row of the event at `place`, or of the last one before it.
    fn row(&self, place: usize) -> usize {
        if self.narrow.is_empty() {
            return self.record.row(self.slice, place);
        }
        self.taken.partition_point(|taken| *taken <= place).saturating_sub(1)
    }
}

/// The widths of the columns: what has the least worth goes first when there is no room.
struct Widths {
    run_time: usize,
    wall: usize,
    who: usize,
    sort: usize,
    told: usize,
}

impl Widths {
    /// `ends` are the run times of the first event and the newest: the clock of an objective may stand still, or not have begun.
    fn of(width: usize, ends: &[String; 2]) -> Self {
        let (wall, who, sort) = match width {
            ..48 => (0, 0, 1),
            48..70 => (0, 8, 1),
            70..96 => (0, 8, 10),
            96..110 => (9, 8, 10),
            110.. => (9, 12, 10),
        };
        let shown = |time: &String| if width < 48 { time.trim_start_matches("T+").width() } else { time.width() };
        let run_time = ends.iter().map(shown).max().unwrap_or_default();
        let gaps = 2 + usize::from(wall > 0) + usize::from(who > 0);
        Self { run_time, wall, who, sort, told: width.saturating_sub(run_time + wall + who + sort + gaps) }
    }
}

fn line(world: &World, theme: &Theme, widths: &Widths, event: &Event, again: usize) -> Line<'static> {
    let dim = theme.style(Role::Dim);
    let (sign, word, role) = look(event);
    let run_time = world.run_time(event.at);
    let run_time = if widths.who == 0 { run_time.trim_start_matches("T+").to_owned() } else { run_time };
    let sort = if widths.sort == 1 { sign.to_owned() } else { format!("{sign} {word}") };
    // A step going on and what was looked at are plain: what asks for eyes is what stands out.
    let told_role = if role == Role::Dim { Role::Dim } else { Role::Text };
    let told_role = if role == Role::Failed { Role::Failed } else { told_role };
    row([
        Column::left(run_time, widths.run_time, dim),
        Column::left(words::wall(event.at), widths.wall, dim),
        Column::left(event.by.as_str(), widths.who, theme.style(Role::Text)),
        Column::left(sort, widths.sort, theme.style(role)),
        Column::left(numbered(told(world, event), again), widths.told, theme.style(told_role)),
    ])
}

/// What is told once for all of its repeats, with their number.
fn numbered(told: String, again: usize) -> String {
    if again == 0 { told } else { format!("×{} {told}", again + 1) }
}

/// What an event is found by: who, what sort, and what is told of it.
fn found_by(world: &World, event: &Event) -> String {
    let (_, word, _) = look(event);
    format!("{} {word} {}", event.by, told(world, event))
}

/// The event in words; a call with the id of its request, by which the cloud's own log finds it.
fn told(world: &World, event: &Event) -> String {
    let told = telling::tell_without_name(&world.state, event);
    let What::Call { call, .. } = &event.what else { return told };
    call.request_id.as_ref().map(|id| format!("{told} request {id}")).unwrap_or(told)
}

/// The sign, the word and the look of what sort of event it is.
fn look(event: &Event) -> (&'static str, &'static str, Role) {
    if let What::Call { call, .. } = &event.what {
        let word = if call.mutation { "CHANGES" } else { "call" };
        return match (&call.error, call.mutation) {
            (Some(_), _) => ("✗", word, Role::Failed),
            (None, true) => ("▸", word, Role::Title),
            (None, false) => ("·", word, Role::Dim),
        };
    }
    match Sort::of(event) {
        Sort::Session => ("●", "run", Role::Accent),
        Sort::Decision if matches!(event.what, What::GateOpened { .. }) => ("◇", "asked", Role::Blocked),
        Sort::Decision => ("◆", "decision", Role::Blocked),
        Sort::Step if is_verified(&event.what) => ("✓", "step", Role::Ok),
        Sort::Step => ("↻", "step", Role::Running),
        Sort::Failure if matches!(event.what, What::StepOwed { .. }) => ("⚑", "owed", Role::Owed),
        Sort::Failure => ("✗", "FAILURE", Role::Failed),
        Sort::Change | Sort::Look | Sort::Telemetry => ("·", "seen", Role::Dim),
        Sort::Note => ("“", "note", Role::Accent),
        Sort::Fault => ("▲", "drill", Role::Drill),
    }
}

fn is_verified(what: &What) -> bool {
    matches!(what, What::StepSucceeded { .. } | What::StepUndone { .. } | What::GatePassed { .. })
}
