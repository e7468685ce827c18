//! What layers that are only read have in common: their keys and their foot.

use super::Answer;
use crate::console::look::{Role, Theme};
use crate::console::widgets::sheet::Sheet;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::text::{Line, Span};

/// What such a layer makes of a key: what opened it closes it too.
pub fn key(key: KeyEvent) -> Answer {
    match key.code {
        KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => Answer::Close,
        _ => Answer::Ignored,
    }
}

/// Its sheet.
pub fn sheet(title: String, body: Vec<Line<'static>>, theme: &Theme) -> Sheet {
    let foot = vec![Line::default(), Line::from(Span::styled("arrows scroll   Esc back", theme.style(Role::Dim)))];
    Sheet { title, role: None, body, foot, ..Sheet::default() }
}
