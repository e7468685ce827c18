//! Narrowing the list on the screen: a line that is typed into at the bottom of the pane, kept by Enter, cleared by
//! Esc. What is typed here is never a command.

use super::look::{Role, Theme};
use super::widgets::{Field, fit};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// What the list is narrowed to, and whether that is being typed.
#[derive(Debug, Default)]
pub struct Filter {
    pub(super) field: Field,
    pub(super) typing: bool,
    area: Rect,
}

impl Filter {
    /// Whether keys go into it.
    pub fn is_typing(&self) -> bool {
        self.typing
    }

    /// Whether anything is narrowed or being typed.
    pub fn is_on(&self) -> bool {
        self.typing || !self.field.text().is_empty()
    }

    /// Takes its place: the last line of the screen's part.
    pub fn prepare(&mut self, body: Rect) {
        self.area = Rect { y: body.bottom().saturating_sub(1), height: body.height.min(1), ..body };
    }

    /// Draws what is being typed.
    pub fn draw(&self, frame: &mut Frame<'_>, theme: &Theme) {
        if !self.typing || self.area.is_empty() {
            return;
        }
        let keys = "   Enter keeps   Esc clears";
        let width = usize::from(self.area.width);
        let (shown, column) = self.field.shown(width.saturating_sub(2));
        let left = width.saturating_sub(2 + shown.width());
        let told = format!("{:<left$}", fit(keys, left));
        let line = Line::from(vec![
            Span::styled("/ ", theme.style(Role::Accent)),
            Span::styled(shown, theme.style(Role::Title)),
            Span::styled(told, theme.style(Role::Dim)),
        ]);
        frame.render_widget(Paragraph::new(line), self.area);
        let column = u16::try_from(2 + column).unwrap_or(u16::MAX).min(self.area.width - 1);
        frame.set_cursor_position(Position::new(self.area.x + column, self.area.y));
    }
}
