//! The palette: every command, component, step and theme, found by a few letters of its name. It runs nothing itself:
//! what is picked goes the way a key would go, so a danger still asks in its own layer.

use super::{Answer, Layer};
use crate::console::commands::{Group, Row, TABLE};
use crate::console::look::{Role, Theme, Themes};
use crate::console::screens::Chosen;
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Column, Cursor, Field, Motion, chosen, fit, row};
use crate::console::world::World;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};
use ratatui::text::{Line, Span};

/// How many are listed: whoever wants one further down types another letter.
const LISTED: usize = 100;

/// What it is worth to be exactly what was typed: more than any other likeness.
const EXACT: u32 = 10_000;

/// How many lines there are at least.
const HIGH: usize = 12;

/// What was picked.
#[derive(Clone, Debug)]
pub enum Pick {
    /// A command, as its key would.
    Row(&'static Row),
    /// Something to go to.
    Go(Chosen),
    /// A theme, by its name.
    Theme(String),
}

/// One thing that can be found.
struct Entry {
    title: String,
    help: String,
    key: String,
    id: &'static str,
    by_title: Utf32String,
    by_help: Utf32String,
    pick: Pick,
}

impl Entry {
    fn new(title: String, help: String, key: String, pick: Pick) -> Self {
        let (by_title, by_help) = (title.as_str().into(), format!("{title} {help}").into());
        Self { title, help, key, id: "", by_title, by_help, pick }
    }

    fn of_row(row: &'static Row, world: &World) -> Self {
        let help = format!("{} ({})", row.help, row.id);
        Self { id: row.id, ..Self::new(row.title.to_owned(), help, world.keys.key(row.id), Pick::Row(row)) }
    }

    /// Whether exactly this was typed: its key, its name, its title.
    fn is(&self, typed: &str) -> bool {
        !typed.is_empty() && [self.key.as_str(), self.id, self.title.as_str()].contains(&typed)
    }

    /// Why it cannot be used now.
    fn why_not(&self, world: &World, at: Chosen) -> Option<String> {
        match &self.pick {
            Pick::Row(row) => row.usable(world, at).err().map(|why| why.0),
            Pick::Go(_) | Pick::Theme(_) => None,
        }
    }
}

/// The palette, and what is typed into it.
pub struct Palette {
    /// What was chosen on the screen when it was opened.
    at: Chosen,
    field: Field,
    entries: Vec<Entry>,
    matcher: Matcher,
    /// The entries found, the best first, by their place.
    found: Vec<usize>,
    of: usize,
    cursor: Cursor,
    /// Nothing is chosen before something was typed or moved: Enter alone is never yes.
    touched: bool,
}

impl Palette {
    /// Everything that can be found now.
    pub fn new(world: &World, themes: &Themes, at: Chosen) -> Self {
        // Nobody looks for the arrow keys by name: they stand last.
        let (moves, rows): (Vec<&'static Row>, Vec<&'static Row>) =
            TABLE.iter().filter(|row| row.belongs(world)).partition(|row| row.group == Group::Move);
        let mut entries: Vec<Entry> = rows.into_iter().chain(moves).map(|row| Entry::of_row(row, world)).collect();
        entries.extend(themes.names().into_iter().map(|name| {
            let help = "how everything looks; Esc takes it back".to_owned();
            Entry::new(format!("theme {name}"), help, String::new(), Pick::Theme(name.to_owned()))
        }));
        let state = &world.state;
        entries.extend(state.run.plan.components.iter().enumerate().map(|(place, component)| {
            let title = format!("go to {}", component.name);
            Entry::new(
                title,
                format!("component, {}", component.kind),
                String::new(),
                Pick::Go(Chosen::Component(place)),
            )
        }));
        entries.extend(state.run.runbook.steps.iter().enumerate().map(|(place, step)| {
            let title = format!("go to {}", step.title);
            Entry::new(title, format!("step {}", step.id), String::new(), Pick::Go(Chosen::Step(place)))
        }));
        let mut palette = Self {
            at,
            field: Field::default(),
            entries,
            matcher: Matcher::new(Config::DEFAULT),
            found: Vec::new(),
            of: 0,
            cursor: Cursor::default(),
            touched: false,
        };
        palette.search();
        palette
    }

    /// Finds what was typed: letters of a title in their order, words of the help as they stand, or the key itself.
    fn search(&mut self) {
        let typed = self.field.text();
        let fuzzy = Pattern::parse(&typed, CaseMatching::Ignore, Normalization::Smart);
        let plain = Pattern::new(&typed, CaseMatching::Ignore, Normalization::Smart, AtomKind::Substring);
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (place, entry) in self.entries.iter().enumerate() {
            let exact = if entry.is(&typed) { EXACT } else { 0 };
            let by_title = fuzzy.score(entry.by_title.slice(..), &mut self.matcher).map(|score| score * 2);
            let found = by_title.or_else(|| plain.score(entry.by_help.slice(..), &mut self.matcher));
            if let Some(score) = found.or((exact > 0).then_some(0)) {
                scored.push((score + exact, place));
            }
        }
        scored.sort_by_key(|(score, place)| (std::cmp::Reverse(*score), *place));
        self.of = scored.len();
        self.found = scored.into_iter().take(LISTED).map(|(_, place)| place).collect();
        self.cursor = Cursor::default();
        self.touched = !typed.is_empty();
    }

    fn chosen(&self) -> Option<&Entry> {
        self.found.get(self.cursor.at).filter(|_| self.touched).and_then(|place| self.entries.get(*place))
    }

    fn go(&mut self, motion: Motion) {
        // The first key of moving chooses the first.
        if self.touched {
            self.cursor.go(motion, self.found.len());
        }
        self.touched = true;
    }

    fn line(&self, entry: &Entry, world: &World, theme: &Theme, width: usize) -> Line<'static> {
        let why = entry.why_not(world, self.at);
        let (key_width, title_width) = if width < 60 { (6, width.saturating_sub(7)) } else { (9, 34) };
        let rest = width.saturating_sub(key_width + title_width + 2);
        let title = theme.style(if why.is_some() { Role::Dim } else { Role::Text });
        let (told, role) = match &why {
            Some(why) => (format!("not now: {why}"), Role::Stale),
            None => (entry.help.clone(), Role::Dim),
        };
        row([
            Column::left(entry.title.as_str(), title_width, title),
            Column::left(entry.key.as_str(), key_width, theme.style(Role::Accent)),
            Column::left(told, rest, theme.style(role)),
        ])
    }

    fn told(&self, world: &World) -> (String, Role) {
        match self.chosen() {
            Some(entry) => match entry.why_not(world, self.at) {
                Some(why) => (format!("not now: {why}"), Role::Stale),
                None => (entry.help.clone(), Role::Text),
            },
            None if self.found.is_empty() => ("nothing is called so".to_owned(), Role::Stale),
            None => ("type a few letters of a command, a component, a step or a theme".to_owned(), Role::Dim),
        }
    }
}

impl Layer for Palette {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Answer::Close,
            KeyCode::Enter => return self.chosen().map_or(Answer::Used, |entry| Answer::Pick(entry.pick.clone())),
            KeyCode::Up => self.go(Motion::Up),
            KeyCode::Down => self.go(Motion::Down),
            KeyCode::Char('p') if control => self.go(Motion::Up),
            KeyCode::Char('n') if control => self.go(Motion::Down),
            KeyCode::PageUp => self.go(Motion::PageUp),
            KeyCode::PageDown => self.go(Motion::PageDown),
            _ => {
                if !self.field.key(key) {
                    return Answer::Ignored;
                }
                self.search();
            }
        }
        Answer::Used
    }

    fn paste(&mut self, text: &str) {
        self.field.insert(text);
        self.search();
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let listed = self.found.iter().filter_map(|place| self.entries.get(*place)).enumerate().map(|(at, entry)| {
            let line = self.line(entry, world, theme, width);
            if self.touched && at == self.cursor.at { chosen(line, theme) } else { line }
        });
        // As high with one found as with many: what is typed into does not jump.
        let lines: Vec<Line<'static>> =
            listed.chain(std::iter::repeat(Line::default())).take(self.found.len().max(HIGH)).collect();
        let (shown, column) = self.field.shown(width.saturating_sub(2));
        let (told, role) = self.told(world);
        let foot = vec![
            Line::default(),
            Line::from(vec![
                Span::styled(": ", theme.style(Role::Accent)),
                Span::styled(shown, theme.style(Role::Text)),
            ]),
            Line::from(Span::styled(fit(&told, width), theme.style(role))),
            Line::from(Span::styled("Enter takes it   arrows choose   Esc back", theme.style(Role::Dim))),
        ];
        let title = format!("find: {} of {}", self.of, self.entries.len());
        Sheet { title, role: None, body: lines, foot, cursor: Some((1, 2 + column)), ..Sheet::default() }
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn follows(&self) -> Option<usize> {
        Some(self.cursor.at)
    }

    fn wheel(&mut self, motion: Motion) -> bool {
        self.go(motion);
        true
    }

    fn previews(&self) -> Option<&str> {
        match &self.chosen()?.pick {
            Pick::Theme(name) => Some(name),
            Pick::Row(_) | Pick::Go(_) => None,
        }
    }
}
