//! Inventory: what was captured of the application, by layer, in the order in which it would be built: what could not be
//! read first, what it rests on outside last; the whole of the chosen thing below.
//!
//! ```text
//! ┏ Inventory: 43 in us-east-1, 0 not read, 2 outside · 2h old ━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ network  networks and what goes through them                                       4 ┃
//! ┃   vpc                    app                        tagged                           ┃
//! ┃   security-group         app-db                     db-instance/app-db VpcSecurityGr ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use super::{Chosen, View};
use crate::console::details;
use crate::console::inventory::{Captured, Entry, Group, Inventory as Known};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::{By, Column, Cursor, Motion, Narrow, Order, chosen, pane, row};
use crate::console::world::World;
use crate::recovery::{objective, words};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Paragraph};
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// The fewest rows that leave room for the chosen thing below the list.
const LEAST_FOR_DETAILS: u16 = 20;
/// The rows that the chosen thing has.
const DETAILS: u16 = 12;

/// A row: a heading with how many stand under it, or an entry by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Group(Group, usize),
    Entry(usize),
}

/// The screen's own state, and its rows as they were made last.
pub struct Inventory {
    cursor: Cursor,
    items: Vec<Item>,
    /// Of what the rows were made.
    made: Option<Arc<Captured>>,
    narrow: Narrow,
    order: Order,
    list: Rect,
    frame: Block<'static>,
    lines: Vec<Line<'static>>,
    below: Option<(Rect, Block<'static>, Vec<Line<'static>>)>,
    /// Whether the keys go to the thing below the list, and how far that is scrolled.
    on_details: bool,
    scroll: usize,
    whole: bool,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            cursor: Cursor::default(),
            items: Vec::new(),
            made: None,
            narrow: Narrow::default(),
            order: Order::among(&[By::Name]),
            list: Rect::default(),
            frame: Block::default(),
            lines: Vec::new(),
            below: None,
            on_details: false,
            scroll: 0,
            whole: false,
        }
    }
}

impl View for Inventory {
    fn go(&mut self, motion: Motion) {
        if self.on_details {
            self.scroll = pane::scrolled(self.scroll, motion, usize::from(DETAILS - 2));
            return;
        }
        self.cursor.go(motion, self.items.len());
        self.scroll = 0;
    }

    fn turn_pane(&mut self, _by: isize) {
        self.on_details = !self.on_details && (self.below.is_some() || self.whole);
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

    fn filter(&mut self, world: &World, text: &str) -> bool {
        if self.narrow.set(text) {
            self.made = None;
            self.fill(world);
        }
        true
    }

    fn wheel(&mut self, at: Position, motion: Motion) {
        let focus = self.on_details;
        self.on_details = self.below.as_ref().is_some_and(|(area, ..)| area.contains(at));
        self.go(motion);
        self.on_details = focus;
    }

    fn click(&mut self, at: Position) {
        self.on_details = self.below.as_ref().is_some_and(|(area, ..)| area.contains(at));
        let line = pane::line_at(self.frame.inner(self.list), at);
        if let Some(row) = line.and_then(|line| self.cursor.row_at(line, self.items.len())) {
            self.cursor.at = row;
        }
    }

    fn chosen(&self) -> Chosen {
        match self.items.get(self.cursor.at) {
            Some(Item::Entry(place)) => Chosen::Captured(*place),
            Some(Item::Group(..)) | None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        self.fill(world);
        let Some(captured) = there(world) else { return };
        let at = match chosen {
            Chosen::Captured(place) => self.items.iter().position(|item| *item == Item::Entry(place)),
            other => other.component(world).and_then(|component| {
                let name = &world.state.run.plan.components[component].name;
                let is_it = |item: &Item| matches!(item, Item::Entry(place) if captured.entries[*place].component.as_ref() == Some(name));
                self.items.iter().position(is_it)
            }),
        };
        if let Some(at) = at {
            self.cursor.at = at;
        }
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        let Some(captured) = there(world) else {
            self.say_none(world, theme, area);
            return;
        };
        let details = match (self.whole, self.on_details) {
            (true, true) => area.height,
            (false, _) if area.height >= LEAST_FOR_DETAILS => DETAILS,
            (true | false, _) => 0,
        };
        self.on_details &= details > 0;
        let [list, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(details)]).areas(area);
        self.list = list;
        self.prepare_list(world, captured, theme);
        self.below = (details > 0).then(|| self.details(captured, theme, below));
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        frame.render_widget(&self.frame, self.list);
        frame.render_widget(Paragraph::new(self.lines.clone()), self.frame.inner(self.list));
        let Some((area, block, lines)) = &self.below else { return };
        frame.render_widget(block, *area);
        frame.render_widget(Paragraph::new(lines.clone()), block.inner(*area));
    }
}

impl Inventory {
    /// Makes the rows again when what is known is another.
    fn fill(&mut self, world: &World) {
        let now = there(world);
        let is_made = match (&self.made, now) {
            (Some(made), Some(now)) => Arc::ptr_eq(made, now),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if is_made {
            return;
        }
        self.items = now.map(|captured| items(captured, &mut self.narrow, self.order.by())).unwrap_or_default();
        self.made = now.cloned();
        // The first thing, under its heading.
        self.cursor.at = self.cursor.at.clamp(1, self.items.len().max(2) - 1);
    }

    /// Says why there is nothing to be seen, and how to make one.
    fn say_none(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.list = area;
        self.below = None;
        self.frame = pane::frame("Inventory: nothing was captured", true, theme);
        let width = usize::from(self.frame.inner(area).width);
        let mut prose = Prose::new(theme, width);
        match &world.inventory {
            Some(Known::Unreadable { why }) => {
                prose.say(Role::Blocked, why);
                prose.say(Role::Text, "landfall snapshot verify tells of each; landfall capture PLAN makes a new one");
            }
            Some(Known::None { store }) => {
                prose.say(Role::Text, &format!("there is no snapshot of this application in {store}"));
                prose.say(Role::Text, "landfall capture PLAN takes one, in another terminal: it changes nothing");
            }
            Some(Known::There(_)) | None => {}
        }
        self.lines = prose.done();
    }

    fn prepare_list(&mut self, world: &World, captured: &Captured, theme: &Theme) {
        let key = world.keys.hint("sort");
        let titles = titles(world, captured);
        let mut titles = titles.into_iter().map(|title| self.narrow.title(&self.order.title(&title, &key)));
        // Two corners, and a space on either side of the title.
        let room = usize::from(self.list.width.saturating_sub(4));
        let shortest = titles.next_back().unwrap_or_default();
        let title = titles.find(|title| title.width() <= room).unwrap_or(shortest);
        self.frame = pane::frame(&title, !self.on_details, theme);
        let inner = self.frame.inner(self.list);
        let width = usize::from(inner.width);
        let shown = self.cursor.window(self.items.len(), usize::from(inner.height));
        self.lines = shown
            .map(|at| {
                let line = line(captured, theme, self.items[at], width);
                if at == self.cursor.at { chosen(line, theme) } else { line }
            })
            .collect();
    }

    fn details(
        &mut self,
        captured: &Captured,
        theme: &Theme,
        area: Rect,
    ) -> (Rect, Block<'static>, Vec<Line<'static>>) {
        // A heading has the first of its things right under it.
        let entry = self.items.iter().skip(self.cursor.at).find_map(|item| match item {
            Item::Entry(place) => captured.entries.get(*place),
            Item::Group(..) => None,
        });
        let title = entry.map_or_else(|| "nothing is here".to_owned(), |entry| entry.name.to_string());
        let block = pane::frame(&title, self.on_details, theme);
        let inner = block.inner(area);
        let lines = entry.map(|entry| details::captured(theme, entry, usize::from(inner.width))).unwrap_or_default();
        let rows = usize::from(inner.height);
        self.scroll = self.scroll.min(lines.len().saturating_sub(rows));
        let block = match pane::cut(self.scroll, rows, lines.len(), theme) {
            Some(cut) => block.title_bottom(cut),
            None => block,
        };
        (area, block, lines.into_iter().skip(self.scroll).collect())
    }
}

fn there(world: &World) -> Option<&Arc<Captured>> {
    match &world.inventory {
        Some(Known::There(captured)) => Some(captured),
        Some(Known::None { .. } | Known::Unreadable { .. }) | None => None,
    }
}

/// What the list may be called, the longest first. What could not be read and how old it is are in each.
fn titles(world: &World, captured: &Captured) -> [String; 3] {
    let [runs, unread, outside] = captured.counts();
    let seconds = objective::seconds_between(captured.at, world.now).max(0.0);
    let every = world.state.run.plan.capture.every_seconds;
    let stale =
        every.filter(|every| seconds > *every).map(|every| format!(", stale after {}", words::objective(every)));
    let age = format!("{} old{}", words::long_age(seconds), stale.unwrap_or_default());
    let (region, file) = (&captured.region, &captured.file);
    let whole = format!("Inventory: {runs} in {region}, {unread} not read, {outside} outside · {age}");
    [format!("{whole} · {file}"), whole, format!("{runs} there, {unread} not read · {age}")]
}

/// The rows: each heading with what stands under it.
fn items(captured: &Captured, narrow: &mut Narrow, by: By) -> Vec<Item> {
    let mut taken: Vec<(usize, &Entry)> = captured.entries.iter().enumerate().collect();
    narrow.keep(&mut taken, |(_, entry)| {
        format!("{} {} {} {} {}", entry.group.word(), entry.kind, entry.name, entry.why, entry.mark)
    });
    if by == By::Name {
        taken.sort_by(|(_, one), (_, other)| (one.group, &one.name).cmp(&(other.group, &other.name)));
    }
    let mut items = Vec::new();
    for of in taken.chunk_by(|(_, one), (_, other)| one.group == other.group) {
        items.push(Item::Group(of[0].1.group, of.len()));
        items.extend(of.iter().map(|(place, _)| Item::Entry(*place)));
    }
    items
}

fn line(captured: &Captured, theme: &Theme, item: Item, width: usize) -> Line<'static> {
    let Item::Entry(place) = item else {
        let Item::Group(group, count) = item else { return Line::default() };
        let name = format!("{} {count}", group.word());
        let room = width.saturating_sub(name.width() + 1);
        let role = if group == Group::NotRead { Role::Blocked } else { Role::Title };
        let at = name.width().min(width);
        return row([
            Column::left(name, at, theme.style(role)),
            Column::left(group.about().to_owned(), room, theme.style(Role::Dim)),
        ]);
    };
    let entry = &captured.entries[place];
    // What has the least worth goes first when there is no room: why it is here, then what is beside it.
    let (kind, mark, why) = match width {
        ..50 => (14, 0, 0),
        50..72 => (18, 12, 0),
        72..100 => (22, 12, (width - 50) / 2),
        100.. => (24, 12, (width - 50) / 2),
    };
    let gaps = 2 + [mark, why].iter().filter(|width| **width > 0).count();
    let name = width.saturating_sub(1 + kind + mark + why + gaps);
    let role = if entry.group == Group::NotRead { Role::Blocked } else { Role::Text };
    let mut columns = vec![
        Column::left(String::new(), 1, theme.style(Role::Dim)),
        Column::left(entry.kind.to_string(), kind, theme.style(Role::Dim)),
        Column::left(entry.name.to_string(), name, theme.style(role)),
    ];
    if mark > 0 {
        columns.push(Column::left(entry.mark.to_owned(), mark, theme.style(Role::Blocked)));
    }
    if why > 0 {
        // What tells one component from another comes first: there is room for little more.
        let told = entry.component.as_ref().map_or_else(|| entry.why.to_string(), |name| format!("plan {name}"));
        columns.push(Column::left(told, why, theme.style(Role::Dim)));
    }
    row(columns)
}
