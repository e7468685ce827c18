//! A framed part of the screen with a title; the one that has the keys is told apart by its frame and its title.

use crate::console::look::{Role, Theme};
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Borders};

/// The line of a pane's inner part that `at` is on.
pub fn line_at(inner: Rect, at: Position) -> Option<usize> {
    inner.contains(at).then(|| usize::from(at.y - inner.y))
}

/// The frame of a pane called `title`; `focused` when keys go to it.
pub fn frame(title: &str, focused: bool, theme: &Theme) -> Block<'static> {
    let (role, border) = if focused { (Role::Focus, BorderType::Thick) } else { (Role::Border, BorderType::Plain) };
    let heading = theme.style(if focused { Role::Focus } else { Role::Title });
    Block::new()
        .borders(Borders::ALL)
        .border_type(border)
        .border_style(theme.style(role))
        .title(Span::styled(format!(" {title} "), heading))
}
