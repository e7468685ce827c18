//! What is chosen in a list, and which part of the list is on the screen.

/// A move through a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One up.
    Up,
    /// One down.
    Down,
    /// Out of a group, or closes it.
    Left,
    /// Into a group, or opens it.
    Right,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
}

/// The chosen row and the first one shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The chosen row.
    pub at: usize,
    top: usize,
    height: usize,
}

impl Cursor {
    /// Moves within a list of `len` rows.
    pub fn go(&mut self, motion: Motion, len: usize) {
        let last = len.saturating_sub(1);
        let page = self.height.saturating_sub(1).max(1);
        self.at = match motion {
            Motion::Up => self.at.saturating_sub(1),
            Motion::Down => (self.at + 1).min(last),
            Motion::First => 0,
            Motion::Last => last,
            Motion::PageUp => self.at.saturating_sub(page),
            Motion::PageDown => (self.at + page).min(last),
            Motion::Left | Motion::Right => self.at,
        };
    }

    /// The row of `len` that is shown on the line `line`.
    pub fn row_at(&self, line: usize, len: usize) -> Option<usize> {
        Some(self.top + line).filter(|row| line < self.height && *row < len)
    }

    /// The rows to show of `len` in `height`, the chosen one among them.
    pub fn window(&mut self, len: usize, height: usize) -> std::ops::Range<usize> {
        self.height = height;
        self.at = self.at.min(len.saturating_sub(1));
        if self.at < self.top {
            self.top = self.at;
        }
        if height > 0 && self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(len.saturating_sub(height));
        self.top..len.min(self.top + height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn motions() -> impl Strategy<Value = Vec<Motion>> {
        let one = prop_oneof![
            Just(Motion::Up),
            Just(Motion::Down),
            Just(Motion::First),
            Just(Motion::Last),
            Just(Motion::PageUp),
            Just(Motion::PageDown)
        ];
        proptest::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn the_chosen_row_is_always_shown(motions in motions(), len in 0usize..50, height in 0usize..12) {
            let mut cursor = Cursor::default();
            for motion in motions {
                cursor.go(motion, len);
                let shown = cursor.window(len, height);
                prop_assert!(shown.end <= len && shown.len() <= height);
                prop_assert!(len == 0 || height == 0 || shown.contains(&cursor.at));
            }
        }
    }
}
