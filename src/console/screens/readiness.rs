//! Readiness: what was found, by component, the worst first: what blocks, what could not be told, what costs, what is as
//! wanted; the whole of the chosen finding below.
//!
//! ```text
//! ┏ Readiness: 1 blocks, 2 unknown, 4 to know, 11 ok ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ payments                                                                             ┃
//! ┃   ✗ failing blocks  ecs-service   no service payments        an active service   12s ┃
//! ┃ storefront                                                                           ┃
//! ┃   ✓ ok              rto           failover takes 11m30s      within the rto of 15m   ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! ┌ ecs-no-target-group ─────────────────────────────────────────────────────────────────┐
//! │ found          only running tasks are verified                                       │
//! └──────────────────────────────────────────────────────────────────────────────────────┘
//! ```

use super::{Chosen, View};
use crate::console::details;
use crate::console::findings::{Counts, Found, Origin};
use crate::console::look::{Mark, Role, Theme};
use crate::console::matter;
use crate::console::widgets::{By, Column, Motion, Narrow, Paned, row};
use crate::console::world::World;
use crate::plan::{ComponentName, Level};
use crate::recovery::{objective, window, words};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use std::collections::HashMap;
use unicode_width::UnicodeWidthStr;

/// The columns of an answer's age.
const AGE: usize = 5;
/// The rows that the chosen finding has.
const DETAILS: u16 = 10;

/// What a finding is known by when the list is made again: where it comes from, its code, what it is about.
type Known = (Origin, String, Option<ComponentName>);

/// A row: what findings are about, or a finding by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Component(usize),
    Application,
    Finding(usize),
}

/// The screen's own state, and its rows as they were made last.
pub struct Readiness {
    paned: Paned<Item>,
    /// What each finding among the rows is known by, and the count of changes they were made at.
    known_by: Vec<Option<Known>>,
    made: Option<u64>,
    /// Whether somebody chose: until then the worst is chosen, whatever comes.
    chose: bool,
}

impl Default for Readiness {
    fn default() -> Self {
        Self { paned: Paned::new(DETAILS, &[By::Plan]), known_by: Vec::new(), made: None, chose: false }
    }
}

impl View for Readiness {
    fn go(&mut self, motion: Motion) {
        self.chose |= self.paned.go(motion);
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
        self.chose |= self.paned.wheel(at, motion);
    }

    fn click(&mut self, at: Position) {
        self.chose |= self.paned.click(at);
    }

    fn chosen(&self) -> Chosen {
        match self.paned.chosen() {
            Some(Item::Finding(place)) => Chosen::Finding(*place),
            Some(Item::Component(component)) => Chosen::Component(*component),
            Some(Item::Application) | None => Chosen::Nothing,
        }
    }

    fn choose(&mut self, world: &World, chosen: Chosen) {
        self.fill(world);
        let Some(component) = chosen.component(world) else { return };
        if let Some(at) = self.paned.items.iter().position(|item| *item == Item::Component(component)) {
            self.paned.cursor.at = at;
            self.chose = true;
        }
    }

    fn prepare(&mut self, world: &World, theme: &Theme, area: Rect) {
        self.fill(world);
        let below = self.paned.lay(area);
        self.prepare_list(world, theme);
        let Some(below) = below else { return };
        // What findings are about has the first of them right under it.
        let found = self.paned.items.iter().skip(self.paned.cursor.at).find_map(|item| match item {
            Item::Finding(place) => world.findings.get(*place),
            Item::Component(_) | Item::Application => None,
        });
        let title = found.map_or("nothing was found", |found| found.finding.code.as_str());
        self.paned.details(below, title, theme, |width| {
            found.map(|found| details::finding(world, theme, found, width)).unwrap_or_default()
        });
    }

    fn draw(&mut self, frame: &mut Frame<'_>, _theme: &Theme) {
        self.paned.draw(frame);
    }
}

impl Readiness {
    /// Makes the rows again when the findings are others.
    fn fill(&mut self, world: &World) {
        if self.made == Some(world.findings.changes) {
            return;
        }
        let at = self.paned.cursor.at;
        let before = self.paned.chosen().copied().filter(|_| self.chose);
        let known = self.known_by.get(at).cloned().flatten().filter(|_| self.chose);
        let by = self.paned.order.by();
        self.paned.items = items(world, &mut self.paned.narrow, by);
        self.known_by = self.paned.items.iter().map(|item| known_by(world, *item)).collect();
        self.made = Some(world.findings.changes);
        let same = match known {
            Some(known) => self.known_by.iter().position(|other| other.as_ref() == Some(&known)),
            None => self.paned.items.iter().position(|item| Some(*item) == before),
        };
        // Without one that was chosen before, the first finding, under what it is about.
        self.paned.cursor.at = same.unwrap_or(1);
    }

    fn prepare_list(&mut self, world: &World, theme: &Theme) {
        // Before the start it is not whole until preflight has told.
        let asking = world.state.needs_start() && world.state.driven && world.state.preflight.is_none();
        let verdict = world.state.preflight.as_ref().filter(|_| world.state.needs_start());
        let stands = match (asking, verdict) {
            (true, _) => Some(matter::asking(world)),
            (false, Some(preflight)) => Some(preflight.verdict().to_string()),
            // At the decision to go back, how the whole return stands: what was found before the start may be days old.
            (false, None) if window::is_awaited(&world.state) => Some("the return is being asked".to_owned()),
            (false, None) if window::is_asked(&world.state) => {
                window::stands(&world.state).map(|(verdict, _)| format!("return {verdict}"))
            }
            (false, None) => None,
        };
        let key = world.keys.hint("sort");
        let titles = titles(stands.as_deref(), world.findings.counts());
        self.paned.list(titles, &key, Vec::new(), theme, |item, width| line(world, theme, *item, width));
    }
}

fn line(world: &World, theme: &Theme, item: Item, width: usize) -> Line<'static> {
    let heading = |name: &str, about: String| {
        let room = width.saturating_sub(name.width() + 1);
        row([
            Column::left(name, width.min(name.width()), theme.style(Role::Title)),
            Column::left(about, room, theme.style(Role::Dim)),
        ])
    };
    let plan = &world.state.run.plan;
    match item {
        Item::Application => heading(plan.application.name.as_str(), "the application as a whole".to_owned()),
        Item::Component(at) => heading(plan.components[at].name.as_str(), plan.components[at].kind.to_string()),
        Item::Finding(place) => match world.findings.get(place) {
            Some(found) => finding(world, theme, found, width),
            None => Line::default(),
        },
    }
}

/// What the list may be called, the longest first: how many there are of each, and what may be left out where there is no
/// room, so that no number is cut.
fn titles(stands: Option<&str>, counts: Counts) -> [String; 5] {
    let Counts { block, unknown, to_know, ok } = counts;
    let stands = stands.map_or_else(String::new, |stands| format!("{stands}; "));
    let blocks = if block == 1 { "1 blocks".to_owned() } else { format!("{block} block") };
    let worst = format!("{stands}{blocks}, {unknown} unknown");
    let all = format!("{worst}, {to_know} to know, {ok} ok");
    [format!("Readiness: {all}"), all, format!("{worst}, {to_know} to know"), worst, format!("{stands}{blocks}")]
}

/// The rows: what findings are about, each with its findings under it; whatever has the worst finding first, and of the
/// same the plan's own order.
fn items(world: &World, narrow: &mut Narrow, by: By) -> Vec<Item> {
    let mut taken: Vec<(usize, &Found)> = world.findings.iter().enumerate().collect();
    narrow.keep(&mut taken, |(_, found)| found_by(found));
    let mut groups: Vec<(Item, Vec<(usize, &Found)>)> = Vec::new();
    let mut group_of: HashMap<Option<&ComponentName>, usize> = HashMap::new();
    for (place, found) in taken {
        let about = found.finding.component.as_ref();
        let group = *group_of.entry(about).or_insert_with(|| {
            let component = about.and_then(|name| world.shape.component(name.as_str()));
            groups.push((component.map_or(Item::Application, Item::Component), Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push((place, found));
    }
    for (_, findings) in &mut groups {
        findings.sort_by_key(|(_, found)| found.badness());
    }
    groups.sort_by_key(|(item, findings)| {
        let place = if let Item::Component(component) = item { *component + 1 } else { 0 };
        // By what is worst of it and then in the plan's order: a list that keeps its order is found again.
        (findings.first().map(|(_, found)| found.bearing()).filter(|_| by != By::Plan), place)
    });
    let mut rows = Vec::new();
    for (item, findings) in groups {
        rows.push(item);
        rows.extend(findings.into_iter().map(|(place, _)| Item::Finding(place)));
    }
    rows
}

fn known_by(world: &World, item: Item) -> Option<Known> {
    let Item::Finding(place) = item else { return None };
    let found = world.findings.get(place)?;
    Some((found.origin.clone(), found.finding.code.clone(), found.finding.component.clone()))
}

/// What a finding is found by: what it is about, what it is, what was found and wanted.
fn found_by(found: &Found) -> String {
    let finding = &found.finding;
    let about = finding.component.as_ref().map_or("", ComponentName::as_str);
    let (level, weight) = (finding.level.word(), finding.weight.word());
    format!("{about} {level} {weight} {} {} {}", finding.code, finding.found, finding.wanted)
}

/// How old an answer is, in a column: of hours only their number, since a time that is cut says nothing.
fn short_age(seconds: f64) -> String {
    match words::age(seconds) {
        told if told.len() <= AGE => told,
        _ => match (seconds / 3600.0).floor() {
            hours if hours < 100.0 => format!("≥ {hours}h"),
            hours => format!("{}d", (hours / 24.0).floor().min(9999.0)),
        },
    }
}

fn finding(world: &World, theme: &Theme, found: &Found, width: usize) -> Line<'static> {
    let finding = &found.finding;
    let mark = Mark::of_level(finding.level);
    let is_ok = finding.level == Level::Ok;
    // What has the least worth goes first when there is no room: what was wanted, its age, what it costs.
    let (code, weight, wanted, age) = match width {
        ..50 => (width.saturating_sub(13), 0, 0, 0),
        50..72 => (22, 0, 0, 0),
        72..100 => (22, 7, 0, AGE),
        100.. => (24, 7, (width - 50) / 2, AGE),
    };
    let gaps = 2 + [weight, wanted, age].iter().filter(|width| **width > 0).count();
    let told = width.saturating_sub(2 + 10 + code + weight + wanted + age + gaps);
    let told_role = if is_ok { Role::Dim } else { Role::Text };
    let costs = match (is_ok, &found.waived) {
        (true, _) => "",
        (false, Some(_)) => "waived",
        (false, None) => finding.weight.word(),
    };
    let seen = found.seen_at.map(|at| short_age(objective::seconds_between(at, world.now))).unwrap_or_default();
    let role = if finding.weight.blocks() || is_ok { mark.role } else { Role::Text };
    let mut line = row([
        Column::left(format!("{} {}", mark.glyph, mark.word), 10, theme.style(role)),
        Column::left(costs, weight, theme.style(role)),
        Column::left(finding.code.as_str(), code, theme.style(Role::Text)),
        Column::left(finding.found.as_str(), told, theme.style(told_role)),
        Column::left(finding.wanted.as_str(), wanted, theme.style(Role::Dim)),
        Column::right(seen, age, theme.style(Role::Dim)),
    ]);
    line.spans.insert(0, Span::raw("  "));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_never_cut() {
        let told: Vec<String> = [4.0, 59.9, 751.0, 3599.0, 3661.0, 86_000.0, 400_000.0, 9e9].map(short_age).into();
        assert_eq!(told, ["4s", "59s", "12:31", "59:59", "≥ 1h", "≥ 23h", "4d", "9999d"]);
        assert!(told.iter().all(|told| told.width() <= AGE), "{told:?}");
    }

    #[test]
    fn where_there_is_no_room_whole_counts_are_left_out_and_none_is_cut() {
        let counts = Counts { block: 12, unknown: 3, to_know: 14, ok: 120 };
        let titles = titles(Some("not ready 12"), counts);
        assert_eq!(
            titles,
            [
                "Readiness: not ready 12; 12 block, 3 unknown, 14 to know, 120 ok",
                "not ready 12; 12 block, 3 unknown, 14 to know, 120 ok",
                "not ready 12; 12 block, 3 unknown, 14 to know",
                "not ready 12; 12 block, 3 unknown",
                "not ready 12; 12 block",
            ]
        );
        assert!(titles[1].width() <= 56, "at sixty columns");
        assert_eq!(super::titles(None, Counts { block: 1, ..Counts::default() })[4], "1 blocks");
    }
}
