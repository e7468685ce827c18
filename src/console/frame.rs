//! The whole frame: where its parts stand, and their drawing.
//!
//! ```text
//! [ DRILL ×10 ] failover us-east-1 → us-west-2 · T+7:42/15:00 · 14/31 · loss ≤ 43s     the facts
//! BLOCKED orders-db: loss 41s > rpo 30s, asked 52s ago  [c] answer  +2 more            what matters most now
//!  1 Overview  2 Runbook   storefront                           step by step ▕███░░░▏  the screens, the run's progress
//! ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┓
//! ┃ the screen, under the banner of a run that has ended; layers and notices in front ┃
//! ┗━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┛
//! 02:14:05Z ana: “DBA confirms replica healthy”                                        the event line
//! Space go  a auto  Enter details  r retry  …  ? help                                  what can be done now
//! ```
//! Under 40×10 the two lines are all there is, wrapped over what room there is.

use super::app::App;
use super::commands::{self, Access, Row};
use super::facts;
use super::look::{Role, Theme};
use super::matter;
use super::replay::strip;
use super::screens::{Banner, Chosen, Screen};
use super::telling;
use super::widgets::bar::bar;
use super::widgets::{fit, wrap};
use super::words;
use super::world::World;
use crate::recovery::{Mode, objective};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// The least size in which there is more than the facts and what matters.
const LEAST: (u16, u16) = (40, 10);
/// From how many rows on the names of the screens have one.
const NAMED_FROM: u16 = 14;

/// The parts around the screen, as they were made last, and where they stand.
#[derive(Default)]
pub struct Parts {
    lines: Vec<(Rect, Vec<Line<'static>>)>,
    tiny: bool,
}

impl App {
    /// Makes everything that a frame of `area` will show. Drawing only reads it.
    pub fn prepare(&mut self, area: Rect) {
        self.parts.lines.clear();
        self.targets.clear();
        self.parts.tiny = area.width < LEAST.0 || area.height < LEAST.1;
        if self.parts.tiny {
            self.parts.lines.push((area, tiny(&self.world, &self.theme, area)));
            self.layers.prepare(&self.world, &self.theme, area, None);
            return;
        }
        let event_rows = match area.height {
            ..14 => 0,
            14..30 => 1,
            30..44 => 3,
            44.. => 5,
        };
        let event_rows = if self.whereabouts.whole { 0 } else { event_rows };
        // Of a few rows the screen has need more than its names.
        let heights = [1, 1, u16::from(area.height >= NAMED_FROM)].map(Constraint::Length).into_iter();
        let below = [u16::from(self.player().is_some()), event_rows, 1].map(Constraint::Length);
        let [facts, matter, screens, body, player, events, keys] =
            Layout::vertical(heights.chain([Constraint::Fill(1)]).chain(below)).areas(area);
        // The overview has the whole end card; on the others the second line says how it ended, and the room is theirs.
        let under_banner = match self.screen {
            Screen::Overview => self.banner.prepare(&self.world, &self.theme, body),
            _ => {
                self.banner = Banner::default();
                body
            }
        };
        self.go_along();
        let view = self.screens.get_mut(self.screen);
        view.give_whole(self.whereabouts.whole);
        view.prepare(&self.world, &self.theme, under_banner);
        self.whereabouts.prepare(&self.world, &self.theme, under_banner);
        self.filter.prepare(body);
        self.targets.body(under_banner);
        let tip = self.tip().map(|(_, words)| words);
        self.layers.prepare(&self.world, &self.theme, body, tip.as_deref());
        self.notices.prepare(&self.theme, body, tip.as_deref().filter(|_| self.layers.is_empty()));
        self.prepare_parts([facts, matter], screens, events, keys);
        self.prepare_strip(player);
    }

    /// The parts around the screen; the keys go by what is chosen on it, so it is made first.
    fn prepare_parts(&mut self, [facts, matter]: [Rect; 2], screens: Rect, events: Rect, keys: Rect) {
        let (world, theme, width) = (&self.world, &self.theme, usize::from(facts.width));
        let asked: Vec<&str> = self.asking.said().collect();
        let names = tabs(world, theme, self.screen, width);
        self.targets.screens(screens, &names, Screen::ALL.into_iter().filter(|screen| screen.is_there(world)));
        let (hints, rows) = match self.layers.keys() {
            // Behind a layer none of the screen's keys does anything.
            Some(keys) => (Line::from(Span::styled(fit(&keys, width), theme.style(Role::Text))), Vec::new()),
            None => footer(world, theme, self.screens.get(self.screen).chosen(), width),
        };
        self.targets.rows(keys, &hints, rows);
        self.parts.lines = vec![
            (facts, vec![facts::line(world, theme, width)]),
            (matter, vec![matter::line(world, theme, width)]),
            (screens, vec![names]),
            (events, event_lines(world, theme, &asked, usize::from(events.height), width)),
            (keys, vec![hints]),
        ];
    }

    fn prepare_strip(&mut self, area: Rect) {
        let Some(player) = self.player() else { return };
        let line = strip(player, self.world.state.run.declared_at, &self.theme, usize::from(area.width));
        self.parts.lines.push((area, vec![line]));
    }

    /// Draws what was made.
    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let area = frame.area();
        frame.buffer_mut().set_style(area, self.theme.style(Role::Text));
        for (area, lines) in &self.parts.lines {
            frame.render_widget(Paragraph::new(lines.clone()), area.intersection(frame.area()));
        }
        if !self.parts.tiny {
            self.banner.draw(frame);
            self.screens.get_mut(self.screen).draw(frame, &self.theme);
            self.whereabouts.draw(frame);
            self.filter.draw(frame, &self.theme);
        }
        self.layers.draw(frame, &self.theme);
        if !self.parts.tiny {
            self.notices.draw(frame, &self.theme);
        }
        self.glyphs.apply(frame.buffer_mut());
    }
}

/// The facts wrapped over what room there is; what matters most goes behind what sort of run it is.
fn tiny(world: &World, theme: &Theme, area: Rect) -> Vec<Line<'static>> {
    let mut parts: Vec<(String, Role)> = facts::facts(world).into_iter().map(|fact| (fact.whole, fact.role)).collect();
    parts.extend(matter::matter(world).map(|matter| (matter.told(), matter.role)));
    parts[1..].rotate_right(1);
    let lines = parts.into_iter().flat_map(|(text, role)| {
        let style = theme.style(role);
        wrap(&text, usize::from(area.width)).into_iter().map(move |line| Line::from(Span::styled(line, style)))
    });
    lines.collect()
}

fn tabs(world: &World, theme: &Theme, shown: Screen, width: usize) -> Line<'static> {
    let key = |screen: Screen| world.keys.key(screen.name().1);
    let there = || Screen::ALL.into_iter().filter(|screen| screen.is_there(world));
    let all: usize = there().map(|screen| screen.name().0.width() + key(screen).width() + 3).sum();
    // How steps start, without the blank before the bar.
    let least: usize =
        progress(world, theme, usize::MAX).iter().take(2).map(|span| span.content.trim_end().width()).sum();
    // A silent region is said before anything else; the names stay as long as it can be said beside them at all.
    let said = silences(world).filter(|_| world.clock_runs());
    let (named, said, role) = match said {
        Some([long, short]) => {
            let fits = |names: usize, said: &String| names + said.width() + 3 + least <= width;
            let named = fits(all, &long) || fits(all, &short);
            let digits = there().map(|screen| key(screen).width() + 2).sum::<usize>() + shown.name().0.width() + 1;
            let said = if fits(if named { all } else { digits }, &long) { long } else { short };
            (named, said, Role::Failed)
        }
        None => (all + least <= width, world.state.run.plan.application.name.to_string(), Role::Title),
    };
    let mut spans = Vec::new();
    for screen in there() {
        let (name, key) = (screen.name().0, key(screen));
        let role = if screen == shown { Role::Selection } else { Role::Dim };
        let text = if named || screen == shown { format!(" {key} {name} ") } else { format!(" {key} ") };
        spans.push(Span::styled(text, theme.style(role)));
    }
    let used: usize = spans.iter().map(Span::width).sum();
    let kept = if role == Role::Failed { said.width() + 3 } else { 1 };
    let mut right = progress(world, theme, width.saturating_sub(used + kept));
    let right_room = width.saturating_sub(used + kept);
    if role == Role::Failed && right.iter().map(Span::width).sum::<usize>() > right_room {
        // How steps start is said elsewhere too; since when a region is silent is a number, and is not cut.
        right.clear();
    }
    let right_width: usize = right.iter().map(Span::width).sum();
    let room = width.saturating_sub(used + right_width);
    let said = if room > 8 { fit(&format!("  {said} "), room) } else { String::new() };
    let blank = " ".repeat(room.saturating_sub(said.width()));
    spans.push(Span::styled(said, theme.style(role)));
    spans.push(Span::raw(blank));
    spans.extend(right);
    Line::from(spans)
}

/// Which regions answer no call and for how long: `us-east-1 gives no answers 1:20`, and the same in fewer words.
fn silences(world: &World) -> Option<[String; 2]> {
    let told = |words: &str| {
        let silent = world.memory.silences.iter();
        let said = silent.map(|(region, since)| {
            format!("{region} {words} {}", words::age(objective::seconds_between(since, world.now)))
        });
        said.reduce(|all, one| format!("{all}, {one}"))
    };
    Some([told("gives no answers")?, told("silent")?])
}

/// How steps start and how much of the objective has passed; the bar goes first when there is no room.
fn progress(world: &World, theme: &Theme, room: usize) -> Vec<Span<'static>> {
    let state = &world.state;
    let (mode, role) = match state.mode {
        _ if state.is_over() => ("over", Role::Dim),
        _ if world.parted.as_ref().is_some_and(|parted| parted.taken_by.is_some()) => ("taken over", Role::Stale),
        _ if !state.driven || world.parted.is_some() => ("not driven", Role::Stale),
        _ if state.needs_start() => ("NOT STARTED", Role::Blocked),
        Mode::Hold if state.is_holding() => ("holding…", Role::Blocked),
        Mode::Hold => ("HELD", Role::Blocked),
        Mode::Auto => ("AUTO", Role::Running),
        Mode::Step => ("STEP BY STEP", Role::Accent),
    };
    let figures = &world.figures;
    let mut spans = vec![Span::styled(mode, theme.style(role)), Span::raw(" ")];
    if let Some(rto) = state.run.plan.application.rto_seconds {
        let part = if rto > 0.0 { figures.elapsed_seconds / rto } else { 1.0 };
        let late = figures.elapsed_seconds > rto || figures.projected_seconds > rto;
        let role = theme.style(if late { Role::Failed } else { Role::Ok });
        spans.push(Span::styled(bar(part, 14), role));
    }
    while spans.len() > 1 && spans.iter().map(Span::width).sum::<usize>() > room {
        // Blanks at the end go before the words do.
        if let Some(Span { content, .. }) = spans.last_mut().filter(|last| last.content.ends_with(' ')) {
            *content = content.trim_end().to_owned().into();
        } else {
            spans.pop();
        }
    }
    spans
}

fn event_lines(world: &World, theme: &Theme, asked: &[&str], rows: usize, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if rows > 0 && !asked.is_empty() {
        let told = format!("asked: {}, no answer yet", asked.join(", "));
        lines.push(Line::from(Span::styled(fit(&told, width), theme.style(Role::Running))));
    }
    let call = world.memory.newest_call();
    let events = rows.saturating_sub(lines.len() + usize::from(rows > 2 && call.is_some()));
    for event in world.memory.newest().take(events) {
        let told = format!("{} {}", words::wall(event.at), telling::tell(&world.state, event));
        lines.push(Line::from(Span::styled(fit(&told, width), theme.style(Role::Text))));
    }
    if let Some((at, call)) = call.filter(|_| rows > 2) {
        let told = format!("{} {}", words::wall(at), telling::call_words(call));
        lines.push(Line::from(Span::styled(fit(&told, width), theme.style(Role::Dim))));
    }
    lines.resize(rows, Line::default());
    lines
}

/// What can be done now, by key; what stands in the table but not to be used now is dim.
fn footer(world: &World, theme: &Theme, chosen: Chosen, width: usize) -> (Line<'static>, Vec<&'static Row>) {
    let rows = commands::TABLE.iter().filter(|row| {
        let reachable = match row.access() {
            Access::Look => true,
            Access::Drive | Access::Destroy => world.about.commands && world.followed,
        };
        reachable && row.is_for(world.moment())
    });
    let mut left = width;
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut shown: Vec<&'static Row> = Vec::new();
    let mut dim: Vec<(&'static Row, &'static str)> = Vec::new();
    let mut last: Vec<(&'static Row, &'static str)> = Vec::new();
    let mut hints: Vec<(&'static Row, &'static str)> = Vec::new();
    let mut rare: Vec<(&'static Row, &'static str)> = Vec::new();
    for (row, hint) in rows.filter_map(|row| Some((row, row.hint?))) {
        let to = match (row.access(), (row.available)(world, chosen)) {
            _ if matches!(row.id, "help" | "quit") => &mut last,
            (_, Ok(())) if row.is_rare => &mut rare,
            (_, Ok(())) => &mut hints,
            (_, Err(_)) if world.state.is_over() || row.is_rare => continue,
            (_, Err(_)) => &mut dim,
        };
        to.push((row, hint));
    }
    let keep: usize = last.iter().map(|(row, hint)| world.keys.key(row.id).width() + hint.width() + 3).sum();
    for (hints, key_role, word_role, reserve) in [
        (hints, Role::Accent, Role::Text, keep),
        (rare, Role::Accent, Role::Text, keep),
        (dim, Role::Dim, Role::Dim, keep),
        (last, Role::Accent, Role::Text, 0),
    ] {
        for (row, hint) in hints {
            let key = world.keys.key(row.id);
            let wide = key.width() + hint.width() + 3;
            if wide + reserve > left {
                continue;
            }
            left -= wide;
            shown.push(row);
            spans.push(Span::styled(key, theme.style(key_role)));
            spans.push(Span::styled(format!(" {hint}  "), theme.style(word_role)));
        }
    }
    (Line::from(spans), shown)
}
