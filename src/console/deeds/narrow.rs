//! Narrowing the list that is shown: what is typed into the filter, and what becomes of it.

use crate::console::app::App;
use crate::console::widgets::Field;
use crossterm::event::{KeyCode, KeyEvent};

impl App {
    pub(in crate::console) fn open_filter(&mut self) {
        if self.screens.get_mut(self.screen).filter(&self.world, self.filter.field.text().as_str()) {
            self.filter.typing = true;
        } else {
            self.notices.cannot("filter", "this screen has no list to narrow");
        }
    }

    /// Takes a key while a filter is typed; `false` when it is not for the filter.
    pub(in crate::console) fn filter_key(&mut self, key: KeyEvent) -> bool {
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
    pub(in crate::console) fn filter_paste(&mut self, text: &str) {
        self.filter.field.insert(text);
        let text = self.filter.field.text();
        self.screens.get_mut(self.screen).filter(&self.world, text.as_str());
    }

    /// Narrows the list that is shown to `text`; typing is over.
    pub(in crate::console) fn filter(&mut self, text: &str) {
        self.filter.typing = false;
        self.filter.field = Field::default();
        self.filter.field.insert(text);
        self.screens.get_mut(self.screen).filter(&self.world, text);
    }
}
