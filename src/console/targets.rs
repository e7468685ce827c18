//! What can be clicked around the screen: the screens' names, the footer's words, the screen itself.

use super::commands::Row;
use super::screens::Screen;
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;

/// What can be clicked around the screen, as it was drawn last.
#[derive(Default)]
pub struct Targets {
    screens: Vec<(Rect, Screen)>,
    rows: Vec<(Rect, &'static Row)>,
    body: Rect,
}

impl Targets {
    /// Nothing can be clicked.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The screens' names stand at the start of `line`, a span each.
    pub fn screens(&mut self, area: Rect, line: &Line<'_>, screens: impl Iterator<Item = Screen>) {
        self.screens = beside(area, line.spans.iter().map(ratatui::text::Span::width)).zip(screens).collect();
    }

    /// The commands stand in `line`, two spans each: key and word.
    pub fn rows(&mut self, area: Rect, line: &Line<'_>, rows: Vec<&'static Row>) {
        let widths = line.spans.chunks(2).map(|spans| spans.iter().map(ratatui::text::Span::width).sum());
        self.rows = beside(area, widths).zip(rows).collect();
    }

    /// The screen itself stands there.
    pub fn body(&mut self, area: Rect) {
        self.body = area;
    }

    /// The screen whose name stands there.
    pub fn screen_at(&self, position: Position) -> Option<Screen> {
        at(&self.screens, position)
    }

    /// The command whose word stands there.
    pub fn row_at(&self, position: Position) -> Option<&'static Row> {
        at(&self.rows, position)
    }

    /// Whether the screen itself stands there.
    pub fn is_body(&self, position: Position) -> bool {
        self.body.contains(position)
    }
}

/// Places side by side from the left of `area`, each this wide.
fn beside(area: Rect, widths: impl Iterator<Item = usize>) -> impl Iterator<Item = Rect> {
    widths.scan(area.x, move |x, width| {
        let width = u16::try_from(width).unwrap_or(u16::MAX);
        let place = Rect { x: *x, width, height: 1.min(area.height), ..area };
        *x = x.saturating_add(width);
        Some(place)
    })
}

fn at<T: Copy>(places: &[(Rect, T)], position: Position) -> Option<T> {
    places.iter().find(|(place, _)| place.contains(position)).map(|(_, what)| *what)
}
