//! Help: what can be done here and now, then what cannot and why. `/` narrows it.

use super::{Answer, Layer};
use crate::console::commands::{Group, Row, TABLE};
use crate::console::keys::Chord;
use crate::console::look::{Role, Theme};
use crate::console::screens::{Chosen, Screen};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::widgets::{Field, Narrow};
use crate::console::world::World;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// The help for where it was opened.
pub struct Help {
    /// On which screen.
    pub screen: Screen,
    /// What was chosen there.
    pub chosen: Chosen,
    /// What it is narrowed to, once that is typed.
    pub narrowed: Option<Field>,
}

impl Help {
    fn listed(&self, world: &World, row: &Row, narrow: &Narrow) -> bool {
        row.belongs(world) && narrow.takes(&format!("{} {} {} {}", row.id, row.title, row.help, keys(world, row)))
    }

    fn say_row(&self, world: &World, prose: &mut Prose<'_>, row: &Row) {
        let keys = keys(world, row);
        let told = format!("{}: {}", row.title, row.help);
        match row.usable(world, self.chosen) {
            Ok(()) => prose.pair(&keys, Role::Text, &told),
            Err(why) => prose.pair(&keys, Role::Dim, &told).pair("", Role::Stale, &format!("not now: {}", why.0)),
        };
    }
}

fn keys(world: &World, row: &Row) -> String {
    let keys: Vec<String> = world.keys.keys(row.id).iter().map(Chord::to_string).collect();
    keys.join(" ")
}

impl Layer for Help {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        let Some(field) = &mut self.narrowed else {
            return match key.code {
                KeyCode::Esc | KeyCode::Char('?' | 'q') => Answer::Close,
                KeyCode::Char('/') => {
                    self.narrowed = Some(Field::default());
                    Answer::Used
                }
                _ => Answer::Ignored,
            };
        };
        match key.code {
            KeyCode::Esc => self.narrowed = None,
            KeyCode::Enter => {}
            _ if field.key(key) => {}
            _ => return Answer::Ignored,
        }
        Answer::Used
    }

    fn paste(&mut self, text: &str) {
        if let Some(field) = &mut self.narrowed {
            field.insert(text);
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let mut prose = Prose::new(theme, width);
        let mut narrow = Narrow::default();
        narrow.set(self.narrowed.as_ref().map(Field::text).unwrap_or_default().as_str());
        let listed: Vec<&Row> = TABLE.iter().filter(|row| self.listed(world, row, &narrow)).collect();
        let (now, not_now): (Vec<&Row>, Vec<&Row>) =
            listed.into_iter().partition(|row| row.usable(world, self.chosen).is_ok());
        for group in Group::ALL {
            let mut rows = now.iter().filter(|row| row.group == group).peekable();
            if rows.peek().is_some() {
                prose.heading(group.title());
            }
            rows.for_each(|row| self.say_row(world, &mut prose, row));
        }
        if !not_now.is_empty() {
            prose.heading("Not now, and why");
        }
        not_now.iter().for_each(|row| self.say_row(world, &mut prose, row));
        if narrow.is_empty() {
            prose.heading("Mouse").say(
                Role::Text,
                &format!(
                    "The wheel scrolls, a click chooses, a drag moves the border between panes; no click confirms \
                     anything. To select text hold Shift in most terminals, or press {} to give the mouse back.",
                    world.keys.hint("mouse")
                ),
            );
            prose.heading("Signs").say(
                Role::Text,
                "✓ ok  ✔ was done already  ↻ running  ▷ ready  · waits  ◆ gate  ✗ failed  ? unknown  ⊘ skipped  ⚑ owed  ↶ undone",
            );
        }
        let mut foot = vec![Line::default()];
        let mut cursor = None;
        let told = match &self.narrowed {
            Some(field) => {
                let (shown, column) = field.shown(width.saturating_sub(2));
                cursor = Some((1, 2 + column));
                let sign = Span::styled("/ ", theme.style(Role::Accent));
                foot.push(Line::from(vec![sign, Span::styled(shown, theme.style(Role::Text))]));
                "arrows scroll   Esc all again"
            }
            None => "arrows scroll   / narrow   Esc back",
        };
        foot.push(Line::from(Span::styled(told, theme.style(Role::Dim))));
        let title = format!("help: {}", self.screen.name().0);
        Sheet { title, role: None, body: prose.done(), foot, cursor, ..Sheet::default() }
    }

    fn takes_text(&self) -> bool {
        self.narrowed.is_some()
    }
}
