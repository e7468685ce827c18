//! The whole of a finding: the number found and the one wanted, what would mend it, and who says so.

use super::{Answer, Layer};
use crate::console::findings::Found;
use crate::console::look::{Mark, Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::widgets::sheet::Sheet;
use crate::console::world::World;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// A finding as it was when this was opened: the list may change behind it.
pub struct FindingDetails {
    /// The finding.
    pub found: Found,
}

impl Layer for FindingDetails {
    fn key(&mut self, key: KeyEvent, _: &World) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => Answer::Close,
            _ => Answer::Ignored,
        }
    }

    fn sheet(&self, _: &World, theme: &Theme, width: usize) -> Sheet {
        let foot = vec![Line::default(), Line::from(Span::styled("↑ ↓ scroll   Esc back", theme.style(Role::Dim)))];
        let title = self.found.finding.code.clone();
        Sheet { title, role: None, body: finding_details(theme, &self.found, width), foot, cursor: None }
    }
}

/// The finding in lines.
pub fn finding_details(theme: &Theme, found: &Found, width: usize) -> Vec<Line<'static>> {
    let finding = &found.finding;
    let mark = Mark::of_level(finding.level);
    let mut prose = Prose::new(theme, width);
    prose.pair("level", mark.role, &format!("{} {}", mark.glyph, mark.word));
    prose.pair("found", Role::Text, &finding.found);
    prose.pair("wanted", Role::Text, &finding.wanted);
    prose.pair("would mend it", Role::Accent, &finding.fix);
    prose.pair("source", Role::Dim, &finding.source);
    prose.pair("comes from", Role::Dim, &found.origin.words());
    prose.done()
}
