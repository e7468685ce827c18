//! A curve of numbers over time, drawn as columns of blocks: every block has an ASCII twin. What is not known is drawn
//! as not known, never as a low number.

use crate::console::look::{Role, Theme};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// What is known of one column's stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bin {
    /// Nothing was seen.
    Nothing,
    /// It was asked, and the answer was no number.
    NoNumber,
    /// A number.
    Number(f64),
}

impl Bin {
    /// The worse of two; no number is worse than any.
    pub fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoNumber, _) | (_, Self::NoNumber) => Self::NoNumber,
            (Self::Nothing, known) | (known, Self::Nothing) => known,
            (Self::Number(one), Self::Number(two)) => Self::Number(one.max(two)),
        }
    }

    /// Its number; what has none is as high as nothing.
    pub fn height(self) -> f64 {
        match self {
            Self::Nothing | Self::NoNumber => 0.0,
            Self::Number(number) => number,
        }
    }
}

/// A curve to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    /// The columns, oldest first.
    pub bins: &'a [Bin],
    /// What full height stands for.
    pub top: f64,
    /// A line across, behind the numbers; those above it look like what they are.
    pub limit: Option<f64>,
    /// A line up and down, at a column.
    pub mark: Option<usize>,
}

const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

impl Curve<'_> {
    /// The rows of a curve `height` rows high, the upper first.
    pub fn rows(&self, theme: &Theme, height: usize) -> Vec<Line<'static>> {
        (0..height).map(|row| self.row(theme, height - 1 - row, height)).collect()
    }

    /// The row, counted from below, that the limit's line runs in; `None` where it would be above the top.
    pub fn limit_row(&self, height: usize) -> Option<usize> {
        let row = (self.limit? / self.top * height as f64).floor();
        // A float to integer cast saturates; a limit above the top is far above any height.
        (row < height as f64).then_some(row.max(0.0) as usize)
    }

    fn row(&self, theme: &Theme, row: usize, height: usize) -> Line<'static> {
        let line_here = self.limit_row(height) == Some(row);
        let mut spans: Vec<(String, Style)> = Vec::new();
        for (at, bin) in self.bins.iter().enumerate() {
            let (glyph, role) = match self.block(*bin, row, height) {
                // Above every block is air: the line runs there, and never through a number.
                Some(found) => found,
                None if line_here => ("─", Role::Blocked),
                None if self.mark == Some(at) => ("│", Role::Accent),
                None => (" ", Role::Text),
            };
            let style = theme.style(role);
            match spans.last_mut() {
                Some((text, same)) if *same == style => text.push_str(glyph),
                Some(_) | None => spans.push((glyph.to_owned(), style)),
            }
        }
        Line::from(spans.into_iter().map(|(text, style)| Span::styled(text, style)).collect::<Vec<_>>())
    }

    /// What a bin shows in a row; `None` above its number.
    fn block(&self, bin: Bin, row: usize, height: usize) -> Option<(&'static str, Role)> {
        let number = match bin {
            Bin::Nothing => return None,
            Bin::NoNumber => return (row == 0).then_some(("?", Role::Stale)),
            Bin::Number(number) => number,
        };
        let over = self.limit.is_some_and(|limit| number > limit);
        let role = if over { Role::Failed } else { Role::Running };
        let eighths = (number / self.top * height as f64 * 8.0).round() - row as f64 * 8.0;
        let full = eighths.clamp(0.0, 8.0) as usize;
        if full > 0 {
            return Some((BLOCKS[full - 1], role));
        }
        // A zero is a number too: it stands on the floor.
        (row == 0).then_some((BLOCKS[0], role))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(bins: &[Bin], top: f64, limit: Option<f64>, mark: Option<usize>, height: usize) -> Vec<String> {
        let theme = Theme::named("default").expect("the default theme");
        let curve = Curve { bins, top, limit, mark };
        let text = |line: Line<'_>| line.spans.iter().map(|span| span.content.as_ref()).collect::<String>();
        curve.rows(&theme, height).into_iter().map(text).collect()
    }

    fn number(number: f64) -> Bin {
        Bin::Number(number)
    }

    #[test]
    fn a_number_is_as_high_as_it_is_and_a_zero_is_not_nothing() {
        let bins = [number(0.0), number(4.0), number(8.0), number(6.0), Bin::Nothing];
        assert_eq!(drawn(&bins, 8.0, None, None, 2), ["  █▄ ", "▁███ "]);
    }

    #[test]
    fn what_is_no_number_is_a_question_mark_on_the_floor() {
        assert_eq!(drawn(&[Bin::NoNumber, number(8.0)], 8.0, None, None, 2), [" █", "?█"]);
    }

    #[test]
    fn the_limit_runs_across_behind_the_numbers_and_the_mark_up_and_down() {
        let bins = [number(1.0), number(8.0), Bin::Nothing, Bin::Nothing];
        assert_eq!(drawn(&bins, 8.0, Some(4.0), Some(3), 4), [" █ │", "─█──", " █ │", "▄█ │"]);
    }

    #[test]
    fn a_limit_far_above_the_top_is_not_drawn() {
        let curve = Curve { bins: &[], top: 8.0, limit: Some(900.0), mark: None };
        assert_eq!(curve.limit_row(10), None);
        assert_eq!(Curve { limit: Some(7.9), ..curve }.limit_row(10), Some(9));
    }

    #[test]
    fn the_worse_of_two_is_the_one_that_is_shown() {
        assert_eq!(number(2.0).worse(number(3.0)), number(3.0));
        assert_eq!(number(2.0).worse(Bin::NoNumber), Bin::NoNumber);
        assert_eq!(Bin::Nothing.worse(number(1.0)), number(1.0));
    }

    #[test]
    fn no_number_is_too_odd_to_draw() {
        let bins = [f64::NAN, f64::INFINITY, -3.0, f64::MAX].map(number);
        for top in [0.0, f64::NAN, 1.0, f64::INFINITY] {
            assert_eq!(drawn(&bins, top, Some(1.0), None, 3).len(), 3);
        }
    }
}
