//! The border between two panes side by side: where it usually is, or where a hand has dragged it.

use ratatui::layout::{Position, Rect};

/// The fewest columns that a pane is left with.
const LEAST: u16 = 16;

/// A border between two panes.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// How much of the whole lies left of it, once it was dragged: it keeps its place when the terminal is resized.
    share: Option<f32>,
    area: Rect,
    border: u16,
    held: bool,
}

impl Split {
    /// Cuts `area` in two; the left part is `usual` columns wide until a hand decides otherwise.
    pub fn cut(&mut self, area: Rect, usual: u16) -> (Rect, Rect) {
        let wanted = self.share.map_or(usual, |share| (share * f32::from(area.width)).round() as u16);
        let left = wanted.clamp(LEAST.min(area.width), area.width.saturating_sub(LEAST).max(LEAST.min(area.width)));
        (self.area, self.border) = (area, area.x + left);
        let right = Rect { x: self.border, width: area.width - left, ..area };
        (Rect { width: left, ..area }, right)
    }

    /// Says that it is not on the screen now.
    pub fn hide(&mut self) {
        (self.area, self.held) = (Rect::default(), false);
    }

    /// Takes hold of it, if `at` is on one of the two frames that meet there.
    pub fn grab(&mut self, at: Position) -> bool {
        self.held = self.area.contains(at) && (at.x == self.border || at.x + 1 == self.border);
        self.held
    }

    /// Moves it to where the hand is, if it is held.
    pub fn drag(&mut self, to: Position) -> bool {
        if !self.held || self.area.width == 0 {
            return false;
        }
        self.share = Some(f32::from(to.x.saturating_sub(self.area.x)) / f32::from(self.area.width));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_border_goes_where_it_is_dragged_and_stays_there_in_proportion() {
        let mut split = Split::default();
        let area = Rect::new(0, 2, 120, 30);
        assert_eq!(split.cut(area, 55).0.width, 55);
        assert!(!split.grab(Position::new(30, 10)) && !split.drag(Position::new(60, 10)), "it is not there");
        assert!(split.grab(Position::new(54, 10)));
        assert!(split.drag(Position::new(60, 10)));
        assert_eq!(split.cut(area, 55).0.width, 60);
        assert_eq!(split.cut(Rect { width: 160, ..area }, 55).0.width, 80);
        split.hide();
        assert!(!split.grab(Position::new(60, 10)) && !split.drag(Position::new(10, 10)));
    }

    proptest! {
        #[test]
        fn both_parts_make_up_the_whole(width in 0u16..300, usual in 0u16..300, to in 0u16..400) {
            let mut split = Split::default();
            let area = Rect::new(3, 0, width, 5);
            split.cut(area, usual);
            split.held = true;
            split.drag(Position::new(to, 0));
            let (left, right) = split.cut(area, usual);
            prop_assert_eq!((left.x, left.right(), right.right()), (3, right.x, 3 + width));
            prop_assert!(width < 2 * LEAST || (left.width >= LEAST && right.width >= LEAST));
        }
    }
}
