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
use crate::console::widgets::{By, Column, Motion, Narrow, Paned, ends, row};
use crate::console::world::World;
use crate::recovery::{objective, words};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

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
    paned: Paned<Item>,
    /// Of what the rows were made.
    made: Option<Arc<Captured>>,
}

impl Default for Inventory {
    fn default() -> Self {
        Self { paned: Paned::new(DETAILS, &[By::Name]), made: None }
    }
}

impl View for Inventory {
    fn go(&mut self, motion: Motion) {
        self.paned.go(motion);
    }

    fn turn_pane(&mut self, _by: isize) {
        self.paned.turn_pane();
    }

    fn give_whole(&mut self, whole: bool) {
        self.paned.give_whole(whole);
    }

    fn sort(&mut self, world: &World) -> bool {
        self.paned.order.turn();
        self.made = None;
        self.fill(world);
        true
    }

    fn filter(&mut self, world: &World, text: &str) -> bool {
        if self.paned.narrow.set(text) {
            self.made = None;
            self.fill(world);
        }
        true
    }

    fn wheel(&mut self, at: Position, motion: Motion) {
        self.paned.wheel(at, motion);
    }

    fn click(&mut self, at: Position) {
        self.paned.click(at);
    }

    fn chosen(&self) -> Chosen {
        match self.paned.chosen() {
            Some(Item::Entry(place)) => Chosen::Captured(*place),
            Some(Item::Group(..)) | None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        self.fill(world);
        let Some(captured) = there(world) else { return };
        let at = match chosen {
            Chosen::Captured(place) => self.paned.items.iter().position(|item| *item == Item::Entry(place)),
            other => other.component(world).and_then(|component| {
                let name = &world.state.run.plan.components[component].name;
                let is_it = |item: &Item| matches!(item, Item::Entry(place) if captured.entries[*place].component.as_ref() == Some(name));
                self.paned.items.iter().position(is_it)
            }),
        };
        if let Some(at) = at {
            self.paned.cursor.at = at;
        }
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        let Some(captured) = there(world) else {
            self.say_none(world, theme, area);
            return;
        };
        let below = self.paned.lay(area);
        let titles = titles(world, captured);
        let key = world.keys.hint("sort");
        self.paned.list(titles, &key, Vec::new(), theme, |item, width| line(captured, theme, *item, width));
        let Some(below) = below else { return };
        // A heading has the first of its things right under it.
        let entry = self.paned.items.iter().skip(self.paned.cursor.at).find_map(|item| match item {
            Item::Entry(place) => captured.entries.get(*place),
            Item::Group(..) => None,
        });
        let title = entry.map_or_else(|| "nothing is here".to_owned(), |entry| entry.name.to_string());
        self.paned.details(below, &title, theme, |width| {
            entry.map(|entry| details::captured(theme, entry, width)).unwrap_or_default()
        });
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        self.paned.draw(frame);
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
        let by = self.paned.order.by();
        self.paned.items = now.map(|captured| items(captured, &mut self.paned.narrow, by)).unwrap_or_default();
        self.made = now.cloned();
        // The first thing, under its heading.
        self.paned.cursor.at = self.paned.cursor.at.clamp(1, self.paned.items.len().max(2) - 1);
    }

    /// Says why there is nothing to be seen, and how to make one.
    fn say_none(&mut self, world: &World, theme: &Theme, area: Rect) {
        let title = match world.inventory {
            Some(Known::Reading) => "Inventory: not read yet",
            _ => "Inventory: nothing was captured",
        };
        self.paned.say(area, title, theme, |width| {
            let mut prose = Prose::new(theme, width);
            match &world.inventory {
                Some(Known::Unreadable { why }) => {
                    prose.say(Role::Blocked, why);
                    let fix = "landfall snapshot verify tells of each; landfall capture PLAN makes a new one";
                    prose.say(Role::Text, fix);
                }
                Some(Known::None { store }) => {
                    prose.say(Role::Text, &format!("there is no snapshot of this application in {store}"));
                    prose.say(Role::Text, "landfall capture PLAN takes one, in another terminal: it changes nothing");
                }
                Some(Known::Reading) => {
                    prose.say(Role::Text, "what was captured is being read");
                }
                Some(Known::There(_)) | None => {}
            }
            (Vec::new(), prose.done())
        });
    }
}

fn there(world: &World) -> Option<&Arc<Captured>> {
    match &world.inventory {
        Some(Known::There(captured)) => Some(captured),
        Some(Known::Reading | Known::None { .. } | Known::Unreadable { .. }) | None => None,
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
        Column::left(ends(&entry.name, name), name, theme.style(role)),
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
