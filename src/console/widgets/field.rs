//! A line of text being typed.

use crate::text::Clean;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::Span;
use unicode_width::UnicodeWidthStr;

/// The most characters a field takes: a reason, not an essay, and never a paste gone wrong.
const MOST: usize = 400;

/// A line of text being typed, with its cursor at the end of what stands before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    before: String,
    after: String,
}

impl Field {
    /// Takes a key of text or of moving in text; `false` when it is neither.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let held = key.modifiers.difference(KeyModifiers::SHIFT);
        match (key.code, held) {
            (KeyCode::Char(typed), KeyModifiers::NONE) => self.insert(typed.encode_utf8(&mut [0; 4])),
            (KeyCode::Char('u'), KeyModifiers::CONTROL) => self.before.clear(),
            (KeyCode::Char('w'), KeyModifiers::CONTROL) => {
                let kept = self.before.trim_end().rfind(' ').map_or(0, |space| space + 1);
                self.before.truncate(kept);
            }
            (KeyCode::Backspace, _) => {
                self.before.pop();
            }
            (KeyCode::Delete, _) if !self.after.is_empty() => {
                self.after.remove(0);
            }
            (KeyCode::Left, _) => {
                if let Some(last) = self.before.pop() {
                    self.after.insert(0, last);
                }
            }
            (KeyCode::Right, _) if !self.after.is_empty() => {
                let first = self.after.remove(0);
                self.before.push(first);
            }
            (KeyCode::Home, _) => self.after = std::mem::take(&mut self.before) + &self.after,
            (KeyCode::End, _) => self.before.push_str(&std::mem::take(&mut self.after)),
            _ => return false,
        }
        true
    }

    /// Inserts text, cleaned, as far as there is room.
    pub fn insert(&mut self, text: &str) {
        let room = MOST.saturating_sub(self.before.chars().count() + self.after.chars().count());
        self.before.extend(Clean::new(text).chars().take(room));
    }

    /// What was typed.
    pub fn text(&self) -> Clean {
        Clean::new(&format!("{}{}", self.before, self.after))
    }

    /// What is shown in `width` columns, and the cursor's column: the end of a long text stays in sight.
    pub fn shown(&self, width: usize) -> (String, usize) {
        let room = width.saturating_sub(1);
        let mut start = 0;
        while self.before[start..].width() > room {
            let first = self.before[start..].chars().next().map_or(1, char::len_utf8);
            start += first;
        }
        let mut shown = self.before[start..].to_owned();
        let cursor = shown.width();
        let mut left = room.saturating_sub(cursor);
        for grapheme in Span::raw(self.after.as_str()).styled_graphemes(ratatui::style::Style::new()) {
            let wide = grapheme.symbol.width();
            if wide > left {
                break;
            }
            left -= wide;
            shown.push_str(grapheme.symbol);
        }
        (shown, cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(field: &mut Field, text: &str) {
        for c in text.chars() {
            assert!(field.key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
    }

    #[test]
    fn text_is_typed_and_mended_where_the_cursor_is() {
        let mut field = Field::default();
        typed(&mut field, "us-wst-2");
        for _ in 0..4 {
            field.key(KeyEvent::from(KeyCode::Left));
        }
        typed(&mut field, "e");
        assert_eq!(field.text().as_str(), "us-west-2");
        field.key(KeyEvent::from(KeyCode::End));
        field.key(KeyEvent::from(KeyCode::Backspace));
        assert_eq!(field.text().as_str(), "us-west-");
    }

    #[test]
    fn what_is_pasted_is_cleaned_and_bounded() {
        let mut field = Field::default();
        field.insert("a\u{1b}[31mb\nc");
        assert_eq!(field.text().as_str(), "a[31mb c");
        field.insert(&"x".repeat(10_000));
        assert_eq!(field.text().chars().count(), MOST);
    }

    #[test]
    fn the_cursor_stays_in_sight() {
        let mut field = Field::default();
        field.insert(&"東京".repeat(40));
        for width in 0..20 {
            let (shown, cursor) = field.shown(width);
            assert!(shown.width() <= width.max(1) && cursor < width.max(1), "{width}: {shown} at {cursor}");
        }
    }

    #[test]
    fn control_keys_are_not_text() {
        let mut field = Field::default();
        assert!(!field.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert!(!field.key(KeyEvent::from(KeyCode::Enter)));
        assert_eq!(field.text().as_str(), "");
    }
}
