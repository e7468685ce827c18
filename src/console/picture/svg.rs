//! One frame as an SVG: text in a fixed-width font, nothing from elsewhere.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// A cell's size in pixels: those of a usual fixed-width font at 14.
const CELL: (f32, f32) = (8.43, 17.0);
/// The room around the screen.
const MARGIN: f32 = 10.0;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d8dce4";

/// How a run of cells looks.
#[derive(Clone, PartialEq)]
struct Look {
    front: String,
    back: Option<String>,
    bold: bool,
    underlined: bool,
}

/// `frame` as a picture.
pub fn svg(frame: &Buffer) -> String {
    let area = frame.area;
    let (width, height) = (f32::from(area.width) * CELL.0, f32::from(area.height) * CELL.1);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"ui-monospace,'DejaVu Sans \
        Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n<style>text{{white-space:pre}}.b{{font-weight:bold}}\
        .u{{text-decoration:underline}}</style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n",
        width + 2.0 * MARGIN,
        height + 2.0 * MARGIN
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let (text, cells, look) = run(frame, column, row);
            draw(&mut svg, &text, (column, row), cells, &look);
            column += cells;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// The longest run of cells from here that look the same: its text, how many cells it takes, and its look.
fn run(frame: &Buffer, column: u16, row: u16) -> (String, u16, Look) {
    let look = look(&frame[(column, row)]);
    let mut text = String::new();
    let mut end = column;
    while end < frame.area.width {
        let cell = &frame[(end, row)];
        if self::look(cell) != look {
            break;
        }
        text.push_str(cell.symbol());
        // A wide character takes the cell behind it too.
        end += u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
    }
    (text, end.min(frame.area.width) - column, look)
}

fn look(cell: &Cell) -> Look {
    let mut front = hex(cell.fg).unwrap_or_else(|| FOREGROUND.to_owned());
    let mut back = hex(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        let under = back.unwrap_or_else(|| BACKGROUND.to_owned());
        back = Some(front);
        front = under;
    }
    if cell.modifier.contains(Modifier::DIM) {
        front.push_str("a0");
    }
    let bold = cell.modifier.contains(Modifier::BOLD);
    Look { front, back, bold, underlined: cell.modifier.contains(Modifier::UNDERLINED) }
}

fn draw(svg: &mut String, text: &str, (column, row): (u16, u16), cells: u16, look: &Look) {
    let (x, y) = (MARGIN + f32::from(column) * CELL.0, MARGIN + f32::from(row) * CELL.1);
    let width = f32::from(cells) * CELL.0;
    // Writing to a string does not fail.
    if let Some(back) = &look.back {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{back}\"/>",
            CELL.1
        );
    }
    let shown = text.trim_end();
    if shown.is_empty() {
        return;
    }
    let leading = shown.len() - shown.trim_start().len();
    let (x, shown) = (x + leading as f32 * CELL.0, shown.trim_start());
    let length = shown.width() as f32 * CELL.0;
    let class = match (look.bold, look.underlined) {
        (false, false) => "",
        (true, false) => " class=\"b\"",
        (false, true) => " class=\"u\"",
        (true, true) => " class=\"b u\"",
    };
    let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{length:.1}\" fill=\"{}\"{class}>{escaped}</text>",
        y + 13.0,
        look.front
    );
}

/// The colour as a terminal would show it; none for the terminal's own.
fn hex(color: Color) -> Option<String> {
    let named = match color {
        Color::Reset => return None,
        Color::Black => "#16181d",
        Color::Red => "#e5534b",
        Color::Green => "#57ab5a",
        Color::Yellow => "#c9a227",
        Color::Blue => "#539bf5",
        Color::Magenta => "#b083f0",
        Color::Cyan => "#39c5cf",
        Color::Gray => "#b8bec9",
        Color::DarkGray => "#747d8c",
        Color::LightRed => "#ff7b72",
        Color::LightGreen => "#7ee787",
        Color::LightYellow => "#f2cc60",
        Color::LightBlue => "#79c0ff",
        Color::LightMagenta => "#d2a8ff",
        Color::LightCyan => "#76e3ea",
        Color::White => "#ffffff",
        Color::Rgb(red, green, blue) => return Some(format!("#{red:02x}{green:02x}{blue:02x}")),
        Color::Indexed(index) => return Some(indexed(index)),
    };
    Some(named.to_owned())
}

/// One of xterm's 256 colours beyond the 16: a cube of six steps a channel, then a ramp of greys.
fn indexed(index: u8) -> String {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match index {
        0..16 => hex(NAMED[usize::from(index)]).unwrap_or_default(),
        16..232 => {
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Style;

    #[test]
    fn text_is_escaped_placed_and_keeps_its_emphasis() {
        let mut frame = Buffer::empty(ratatui::layout::Rect::new(0, 0, 12, 2));
        frame.set_string(2, 1, "a<b & c", Style::new().fg(Color::Red).add_modifier(Modifier::BOLD));
        let svg = svg(&frame);
        assert!(svg.contains("a&lt;b &amp; c"), "{svg}");
        assert!(svg.contains("class=\"b\"") && svg.contains("#e5534b"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 1, "blank cells cost nothing: {svg}");
    }

    #[test]
    fn what_is_reversed_stands_on_a_ground_of_its_own() {
        let mut frame = Buffer::empty(ratatui::layout::Rect::new(0, 0, 4, 1));
        frame.set_string(0, 0, "on", Style::new().add_modifier(Modifier::REVERSED));
        let svg = svg(&frame);
        assert!(svg.contains(&format!("fill=\"{FOREGROUND}\"/>")), "{svg}");
        assert!(svg.contains(&format!("fill=\"{BACKGROUND}\">on")), "{svg}");
    }
}
