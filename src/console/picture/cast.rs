//! A recording played into an asciicast (version 2), for people without Landfall: any player of terminal recordings
//! shows it.

use crate::console::app::App;
use crate::text::escaped_json;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde_json::json;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

/// How often a frame may come.
const FRAME: Duration = Duration::from_millis(100);
/// How long the last frame stands.
const LAST: f64 = 3.0;

/// What a cast is made with.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The terminal's columns.
    pub width: u16,
    /// The terminal's rows.
    pub height: u16,
    /// What a player shows as its name.
    pub title: String,
}

/// Plays `app`, which must be a recording that is loaded and plays, to its end, and writes what a terminal would get.
///
/// # Errors
/// What `out` said.
pub fn cast(app: &mut App, cast: &Cast, mut out: impl Write) -> io::Result<()> {
    crossterm::style::force_color_output(true);
    let header = json!({"version": 2, "width": cast.width, "height": cast.height, "title": cast.title,
        "env": {"TERM": "xterm-256color"}});
    writeln!(out, "{}", escaped_json(&header.to_string()))?;
    let area = Rect::new(0, 0, cast.width, cast.height);
    let mut bytes = Bytes::default();
    // `Terminal::clear` would ask a terminal for its size, and there is none.
    bytes.write_all(b"\x1b[2J\x1b[?25l")?;
    let backend = CrosstermBackend::new(bytes.clone());
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport: Viewport::Fixed(area) })?;
    let mut seconds = 0.0;
    let mut changed = true;
    loop {
        if changed {
            app.prepare(area);
            terminal.draw(|frame| app.draw(frame))?;
            let written = bytes.take();
            writeln!(out, "{}", json!([seconds, "o", String::from_utf8_lossy(&written)]))?;
        }
        if !app.is_playing() {
            break;
        }
        changed = app.play(FRAME);
        seconds += FRAME.as_secs_f64();
    }
    writeln!(out, "{}", json!([seconds + LAST, "o", ""]))
}

/// What the terminal was sent since it was last taken.
#[derive(Clone, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Bytes {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
