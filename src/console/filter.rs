//! Narrowing the list on the screen: a line that is typed into at the bottom of the pane, kept by Enter, cleared by
//! Esc. What is typed here is never a command.

use super::app::App;
use super::look::{Role, Theme};
use super::widgets::{Field, fit};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// What the list is narrowed to, and whether that is being typed.
#[derive(Debug, Default)]
pub struct Filter {
    field: Field,
    typing: bool,
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

impl App {
    pub(super) fn open_filter(&mut self) {
        if self.screens.get_mut(self.screen).filter(&self.world, self.filter.field.text().as_str()) {
            self.filter.typing = true;
        } else {
            self.notices.cannot("filter", "this screen has no list to narrow");
        }
    }

    /// Takes a key while a filter is typed; `false` when it is not for the filter.
    pub(super) fn filter_key(&mut self, key: KeyEvent) -> bool {
        match key.code {
            KeyCode::Esc => self.filter(""),
            KeyCode::Enter => self.filter.typing = false,
            // The list is still there to be moved through.
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown | KeyCode::Tab | KeyCode::BackTab => {
                return false;
            }
            _ => {
                if !self.filter.field.key(key) {
                    return false;
                }
                let text = self.filter.field.text();
                self.screens.get_mut(self.screen).filter(&self.world, text.as_str());
            }
        }
        true
    }

    /// Takes pasted text while a filter is typed.
    pub(super) fn filter_paste(&mut self, text: &str) {
        self.filter.field.insert(text);
        let text = self.filter.field.text();
        self.screens.get_mut(self.screen).filter(&self.world, text.as_str());
    }

    /// Narrows the list that is shown to `text`; typing is over.
    pub(super) fn filter(&mut self, text: &str) {
        self.filter.typing = false;
        self.filter.field = Field::default();
        self.filter.field.insert(text);
        self.screens.get_mut(self.screen).filter(&self.world, text);
    }
}
