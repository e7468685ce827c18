//! Help: the commands table as it stands now, with why what cannot be used cannot be.

use super::{Answer, Layer};
use crate::console::commands::{Access, Group, Row, TABLE};
use crate::console::keys::Chord;
use crate::console::look::{Role, Theme};
use crate::console::screens::Chosen;
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// The help for where it was opened.
pub struct Help {
    /// What was chosen there.
    pub chosen: Chosen,
}

impl Layer for Help {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Char('?' | 'q') => Answer::Close,
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, world: &World, theme: &Theme, width: usize) -> Sheet {
        let mut prose = Prose::new(theme, width);
        for group in Group::ALL {
            let belongs = |row: &&Row| row.group == group && row.replayed.is_none_or(|own| own == world.replayed);
            let mut rows = TABLE.iter().filter(belongs).peekable();
            if rows.peek().is_some() {
                prose.heading(group.title());
            }
            for row in rows {
                let keys: Vec<String> = row.keys.iter().map(Chord::to_string).collect();
                let why = match row.access() {
                    Access::Drive | Access::Destroy if !world.about.commands => {
                        Some("this console only looks".to_owned())
                    }
                    Access::Look | Access::Drive | Access::Destroy => {
                        (row.available)(world, self.chosen).err().map(|why| why.0)
                    }
                };
                let in_mode = row.is_for(world.moment());
                let role = if why.is_some() || !in_mode { Role::Dim } else { Role::Text };
                prose.pair(&keys.join(" "), role, &format!("{}: {}", row.title, row.help));
                if let Some(why) = why.filter(|_| in_mode) {
                    prose.pair("", Role::Stale, &format!("not now: {why}"));
                }
            }
        }
        prose.heading("Signs").say(
            Role::Text,
            "✓ ok  ✔ was done already  ↻ running  ▷ ready  · waits  ◆ gate  ✗ failed  ? unknown  ⊘ skipped  ⚑ owed  ↶ undone",
        );
        let foot = vec![Line::default(), Line::from(Span::styled("↑ ↓ scroll   Esc back", theme.style(Role::Dim)))];
        Sheet { title: "help".to_owned(), role: None, body: prose.done(), foot, cursor: None }
    }
}
