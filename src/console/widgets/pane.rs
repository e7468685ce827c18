//! A framed part of the screen with a title; the one that has the keys is told apart by its frame and its title.

use super::Motion;
use crate::console::look::{Role, Theme};
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Borders};

/// The line of a pane's inner part that `at` is on.
pub fn line_at(inner: Rect, at: Position) -> Option<usize> {
    inner.contains(at).then(|| usize::from(at.y - inner.y))
}

/// How far a pane that shows `rows` lines is scrolled after `motion`; what lies behind its end is for it to bring back.
pub fn scrolled(top: usize, motion: Motion, rows: usize) -> usize {
    match motion {
        Motion::Up => top.saturating_sub(1),
        Motion::Down => top.saturating_add(1),
        Motion::PageUp => top.saturating_sub(rows.max(1)),
        Motion::PageDown => top.saturating_add(rows.max(1)),
        Motion::First => 0,
        Motion::Last => usize::MAX,
        Motion::Left | Motion::Right => top,
    }
}

/// What is said at the foot of a pane that shows `rows` of `all` lines from the one at `top` on; nothing where it shows
/// all of them.
pub fn cut(top: usize, rows: usize, all: usize, theme: &Theme) -> Option<Line<'static>> {
    let told = match all.saturating_sub(top + rows) {
        0 if top == 0 => return None,
        0 => format!(" the end of {all} lines "),
        below => format!(" {below} more lines below "),
    };
    Some(Line::from(Span::styled(told, theme.style(Role::Accent))).right_aligned())
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
