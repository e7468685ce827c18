//! Drift: what runs otherwise than Terraform declares, than it did, or than the primary region has it: a tab each, the worst
//! first, each with what comes of it; both sides of the chosen one below.
//!
//! ```text
//! ┏ Drift: us-west-2 (4:10 old) as us-east-1 (6:30 old): 2 differ, 1 unread ━━━━━━━━━━━━━━┓
//! ┃  Terraform 3   since 0  [regions 3]                                                  ┃
//! ┃ - missing    secret/app/db-password   what reads it does not start there: us-west-2 h ┃
//! ┃ ~ changed    db-parameter-group/app   max_connections is 200 in us-west-2, 500 in us ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ```

use super::{Chosen, View};
use crate::console::details;
use crate::console::drift::{Compared, Drifts, Known, Row, Side, Tab};
use crate::console::look::{Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::{By, Column, Motion, Paned, row};
use crate::console::world::World;
use crate::recovery::{objective, words};
use crate::snapshot::Drift as How;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

/// The rows that the chosen difference has.
const DETAILS: u16 = 12;

/// The screen's own state, and its rows as they were made last.
pub struct Drift {
    paned: Paned<usize>,
    tab: Tab,
    /// Whether somebody chose a tab: until then the worst is shown.
    chose: bool,
    /// Of what the rows were made.
    made: Option<(Arc<Drifts>, Tab)>,
    /// Where each tab's name ends.
    ends: Vec<u16>,
}

impl Default for Drift {
    fn default() -> Self {
        let paned = Paned::new(DETAILS, &[By::Name]);
        Self { paned, tab: Tab::Regions, chose: false, made: None, ends: Vec::new() }
    }
}

impl View for Drift {
    fn go(&mut self, motion: Motion) {
        match motion {
            Motion::Left if !self.paned.is_on_details() => self.turn(2),
            Motion::Right if !self.paned.is_on_details() => self.turn(1),
            motion => drop(self.paned.go(motion)),
        }
    }

    fn turn_pane(&mut self, _by: isize) {
        self.paned.turn_pane();
    }

    fn give_whole(&mut self, whole: bool) {
        self.paned.give_whole(whole);
    }

    fn turn_slice(&mut self, world: &World) -> bool {
        self.turn(1);
        self.fill(world);
        true
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
        if let Some(column) = self.paned.head_at(at) {
            if let Some(tab) = self.ends.iter().position(|end| column < *end) {
                self.tab = Tab::ALL[tab];
                self.chose = true;
            }
            return;
        }
        self.paned.click(at);
    }

    fn chosen(&self) -> Chosen {
        match self.paned.chosen() {
            Some(place) => Chosen::Drifted(self.tab, *place),
            None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        self.fill(world);
        let Some(drifts) = world.drifts.clone() else { return };
        let at = match chosen {
            Chosen::Drifted(tab, place) if tab == self.tab => self.paned.items.iter().position(|item| *item == place),
            Chosen::Drifted(..) => None,
            other => other.component(world).and_then(|component| {
                let name = &world.state.run.plan.components[component].name;
                let is_it = |place: &usize| {
                    drifts.row(self.tab, *place).is_some_and(|row| row.component.as_ref() == Some(name))
                };
                self.paned.items.iter().position(is_it)
            }),
        };
        if let Some(at) = at {
            self.paned.cursor.at = at;
        }
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        let Some(drifts) = world.drifts.clone() else { return };
        let head = self.tabs(&drifts, world, theme);
        let tab = self.tab;
        let compared = match drifts.of(tab) {
            Known::There(compared) => compared,
            Known::Not { why, fix } => {
                let title = format!("Drift, {}: nothing is compared", tab.word());
                self.paned.say(area, &title, theme, |width| {
                    let mut prose = Prose::new(theme, width);
                    prose.say(Role::Blocked, why).say(Role::Text, fix);
                    (vec![head], prose.done())
                });
                return;
            }
        };
        let below = self.paned.lay(area);
        let key = world.keys.hint("sort");
        self.paned.list(titles(world, tab, compared), &key, vec![head], theme, |place, width| {
            compared.rows.get(*place).map(|row| line(theme, row, width)).unwrap_or_default()
        });
        let Some(below) = below else { return };
        let chosen = self.paned.chosen().and_then(|place| compared.rows.get(*place));
        let title = chosen.map_or_else(|| nothing(compared), |row| format!("{}/{}", row.kind, row.name));
        self.paned.details(below, &title, theme, |width| {
            chosen.map(|row| details::drifted(theme, tab, compared, row, width)).unwrap_or_default()
        });
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        self.paned.draw(frame);
    }
}

impl Drift {
    fn turn(&mut self, by: usize) {
        self.tab = Tab::ALL[(self.tab as usize + by) % Tab::ALL.len()];
        self.chose = true;
    }

    /// Makes the rows again when what is known is another, or another tab is shown.
    fn fill(&mut self, world: &World) {
        let Some(drifts) = &world.drifts else {
            self.made = None;
            self.paned.items.clear();
            return;
        };
        if !self.chose {
            self.tab = first(drifts);
        }
        let is_made = self.made.as_ref().is_some_and(|(made, tab)| Arc::ptr_eq(made, drifts) && *tab == self.tab);
        if is_made {
            return;
        }
        let is_other = self.made.as_ref().is_none_or(|(_, tab)| *tab != self.tab);
        self.made = Some((drifts.clone(), self.tab));
        self.paned.items = match drifts.of(self.tab) {
            Known::There(compared) => {
                let mut taken: Vec<(usize, &Row)> = compared.rows.iter().enumerate().collect();
                let word = |row: &Row| {
                    let Row { drift, kind, name, field, comes, .. } = row;
                    format!("{} {kind}/{name} {field} {comes}", drift.word())
                };
                self.paned.narrow.keep(&mut taken, |(_, row)| word(row));
                if self.paned.order.by() == By::Name {
                    taken.sort_by(|(_, one), (_, other)| {
                        (&one.kind, &one.name, &one.field).cmp(&(&other.kind, &other.name, &other.field))
                    });
                }
                taken.into_iter().map(|(place, _)| place).collect()
            }
            Known::Not { .. } => Vec::new(),
        };
        self.paned.cursor.at = if is_other { 0 } else { self.paned.cursor.at.min(self.paned.items.len()) };
    }

    /// The tabs, the shown one between brackets, each with how many there are to look at.
    fn tabs(&mut self, drifts: &Drifts, world: &World, theme: &Theme) -> Line<'static> {
        let mut spans = Vec::new();
        self.ends.clear();
        let mut at = 0;
        for tab in Tab::ALL {
            let count = match drifts.of(tab) {
                Known::There(compared) => compared.counts().iter().sum::<usize>().to_string(),
                Known::Not { .. } => "?".to_owned(),
            };
            let (name, role) = match tab == self.tab {
                true => (format!("[{} {count}]", tab.word()), Role::Focus),
                false => (format!(" {} {count} ", tab.word()), Role::Dim),
            };
            at += u16::try_from(name.width() + 1).unwrap_or_default();
            self.ends.push(at);
            spans.push(Span::styled(name, theme.style(role)));
            spans.push(Span::raw(" "));
        }
        spans.push(Span::styled(format!(" {} the next", world.keys.hint("slice")), theme.style(Role::Dim)));
        Line::from(spans)
    }
}

/// What there is most to look at in: the regions, unless nothing can be told of them.
fn first(drifts: &Drifts) -> Tab {
    let is_there = |tab: &Tab| matches!(drifts.of(*tab), Known::There(_));
    [Tab::Regions, Tab::Terraform, Tab::Since].into_iter().find(is_there).unwrap_or(Tab::Regions)
}

fn nothing(compared: &Compared) -> String {
    match compared.counts() {
        [0, 0] if compared.rows.is_empty() => "nothing differs".to_owned(),
        _ => "nothing is chosen".to_owned(),
    }
}

/// What the list may be called, the longest first. How many differ, what could not be read and how old it is are in each.
fn titles(world: &World, tab: Tab, compared: &Compared) -> Vec<String> {
    let [differ, unread] = compared.counts();
    let seconds = |side: &Side| side.at.map(|at| objective::seconds_between(at, world.now).max(0.0));
    let every = world.state.run.plan.capture.every_seconds;
    let age = |side: &Side| match seconds(side) {
        Some(age) if every.is_some_and(|every| age > every) => format!("{} stale", words::long_age(age)),
        Some(age) => words::long_age(age),
        None => "?".to_owned(),
    };
    let (left, right) = (&compared.left, &compared.right);
    let (what, short) = match tab {
        Tab::Terraform => {
            (format!("{} ({} old) as {} declares", right.name, age(right), left.name), format!("{} old", age(right)))
        }
        Tab::Since => (
            format!("{} ({} old) as it was {} ago", right.name, age(right), age(left)),
            format!("{} and {} old", age(right), age(left)),
        ),
        Tab::Regions => (
            format!("{} ({} old) as {} ({} old)", right.name, age(right), left.name, age(left)),
            format!("{} and {} old", age(right), age(left)),
        ),
    };
    let oldest = if left.at < right.at && left.at.is_some() { age(left) } else { age(right) };
    let counts = format!("{differ} differ, {unread} unread");
    let same = compared.same.map_or_else(String::new, |same| format!(", {same} same"));
    let quiet = compared.quiet();
    let more = if quiet > 0 { format!(", {quiet} expected") } else { String::new() };
    let sealed = match compared.uncompared {
        0 => String::new(),
        some => format!(", {some} sealed not compared"),
    };
    vec![
        format!("Drift: {what}: {counts}{sealed}{same}{more}"),
        format!("Drift: {what}: {counts}{sealed}"),
        format!("Drift: {what}: {counts}"),
        format!("Drift: {counts}{sealed} · {short}"),
        format!("{counts}{sealed} · {short}"),
        format!("{counts} · {short}"),
        format!("{counts} · {oldest} old"),
    ]
}

fn line(theme: &Theme, one: &Row, width: usize) -> Line<'static> {
    let (sign, role) = match one.drift {
        How::Missing => ('-', Role::Failed),
        How::Changed => ('~', Role::Blocked),
        How::Undeclared => ('+', Role::Accent),
        How::Unread => ('?', Role::Stale),
        How::Ignored | How::Expected => (' ', Role::Dim),
    };
    let is_quiet = one.drift.is_quiet();
    let text = theme.style(if is_quiet { Role::Dim } else { Role::Text });
    // What comes of it says the most: it has the most room, and all of it where there is little.
    let (word, what) = match width {
        ..50 => (0, 16),
        50..72 => (0, 20),
        72..100 => (10, 24),
        100..140 => (10, 36),
        140.. => (10, 48),
    };
    let comes = width.saturating_sub(1 + word + what + 2 + usize::from(word > 0));
    let called = match width {
        ..100 => one.name.to_string(),
        100.. => format!("{}/{}", one.kind, one.name),
    };
    // A sentence of what differs has its field in it; why it may differ is the same of many.
    let told = match one.field.rsplit('.').next() {
        Some(leaf) if is_quiet && !leaf.is_empty() => format!("{leaf}: {}", one.comes),
        _ => one.comes.to_string(),
    };
    row([
        Column::left(sign, 1, theme.style(role)),
        Column::left(one.drift.word(), word, theme.style(role)),
        Column::left(called, what, theme.style(if is_quiet { Role::Dim } else { Role::Title })),
        Column::left(told, comes, text),
    ])
}
