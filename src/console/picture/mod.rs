//! The console as a picture: of one moment as an SVG, of a whole recording as an asciicast. Made from the very frames
//! that a terminal gets; needs none.

mod cast;
mod strokes;
mod svg;

pub use cast::{Cast, cast};
pub use svg::svg;

use super::app::App;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The frame that a terminal of this size would show now.
pub fn frame(app: &mut App, width: u16, height: u16) -> Buffer {
    let Ok(mut terminal) = Terminal::new(TestBackend::new(width, height));
    app.prepare(Rect::new(0, 0, width, height));
    let Ok(_) = terminal.draw(|frame| app.draw(frame));
    terminal.backend().buffer().clone()
}
