//! One frame as an SVG: text in a fixed-width font, nothing from elsewhere.

use super::strokes;
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
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"'DejaVu Sans \
        Mono',Menlo,Consolas,monospace\" font-size=\"14\">\n<style>text{{white-space:pre}}.b{{font-weight:bold}}\
        .u{{text-decoration:underline}}</style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n",
        width + 2.0 * MARGIN,
        height + 2.0 * MARGIN
    );
    for row in 0..area.height {
        let mut column = 0;
        while column < area.width {
            let run = Run::from(frame, column, row);
            run.draw(&mut svg);
            column += run.cells;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What a stretch of cells is made of.
#[derive(Clone, Copy, PartialEq)]
enum Made<'a> {
    Text,
    /// The same line or block again and again.
    Shape(&'a str),
}

impl<'a> Made<'a> {
    fn of(symbol: &'a str) -> Self {
        let is_shape = strokes::arms(symbol).is_some() || strokes::block(symbol).is_some();
        if is_shape { Self::Shape(symbol) } else { Self::Text }
    }
}

/// The longest stretch of cells in a row that look the same.
struct Run<'a> {
    column: u16,
    row: u16,
    cells: u16,
    text: String,
    made: Made<'a>,
    look: Look,
}

impl<'a> Run<'a> {
    fn from(frame: &'a Buffer, column: u16, row: u16) -> Self {
        let first = &frame[(column, row)];
        let (look, made) = (look(first), Made::of(first.symbol()));
        let mut text = String::new();
        let mut end = column;
        while end < frame.area.width {
            let cell = &frame[(end, row)];
            if self::look(cell) != look || Made::of(cell.symbol()) != made {
                break;
            }
            text.push_str(cell.symbol());
            // A wide character takes the cell behind it too.
            end += u16::try_from(cell.symbol().width()).unwrap_or(1).max(1);
        }
        Self { column, row, cells: end.min(frame.area.width) - column, text, made, look }
    }

    fn x(&self) -> f32 {
        MARGIN + f32::from(self.column) * CELL.0
    }

    fn y(&self) -> f32 {
        MARGIN + f32::from(self.row) * CELL.1
    }

    // Writing to a string does not fail.
    fn draw(&self, svg: &mut String) {
        let (x, y, width) = (self.x(), self.y(), f32::from(self.cells) * CELL.0);
        if let Some(back) = &self.look.back {
            let _ = writeln!(
                svg,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{back}\"/>",
                CELL.1
            );
        }
        match self.made {
            Made::Text => self.draw_text(svg),
            Made::Shape(symbol) => self.draw_shapes(svg, symbol),
        }
    }

    /// Words with one blank between them are one piece; pieces stand where their column is, whatever the font.
    fn draw_text(&self, svg: &mut String) {
        let class = match (self.look.bold, self.look.underlined) {
            (false, false) => "",
            (true, false) => " class=\"b\"",
            (false, true) => " class=\"u\"",
            (true, true) => " class=\"b u\"",
        };
        let mut column = 0;
        for piece in self.text.split("  ") {
            let blanks = piece.len() - piece.trim_start().len();
            let shown = piece.trim();
            if !shown.is_empty() {
                let x = self.x() + (column + blanks) as f32 * CELL.0;
                let length = shown.width() as f32 * CELL.0;
                let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                let (y, front) = (self.y() + 13.0, &self.look.front);
                let _ = writeln!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" fill=\"{front}\"{class}>{escaped}</text>"
                );
            }
            column += piece.width() + 2;
        }
    }

    fn draw_shapes(&self, svg: &mut String, symbol: &str) {
        let (x, y, front) = (self.x(), self.y(), &self.look.front);
        if let Some(([left, top, width, height], solid)) = strokes::block(symbol) {
            // Whole cells side by side are one; parts of cells stand each in its own.
            let (count, wide) = if width == 1.0 { (1, f32::from(self.cells)) } else { (self.cells, width) };
            for cell in 0..count {
                let _ = writeln!(
                    svg,
                    "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{front}\" opacity=\"{solid}\"/>",
                    x + (f32::from(cell) + left) * CELL.0,
                    y + top * CELL.1,
                    wide * CELL.0,
                    height * CELL.1
                );
            }
        }
        let Some([up, right, down, left]) = strokes::arms(symbol) else { return };
        let (end, middle) = (x + f32::from(self.cells) * CELL.0, y + CELL.1 / 2.0);
        let mut light = String::new();
        let mut heavy = String::new();
        let mut stroke = |weight: u8, path: String| match weight {
            0 => {}
            1 => light.push_str(&path),
            _ => heavy.push_str(&path),
        };
        if left > 0 && left == right {
            stroke(left, format!("M{x:.1} {middle:.1}H{end:.1}"));
        }
        for cell in 0..self.cells {
            let centre = x + (f32::from(cell) + 0.5) * CELL.0;
            stroke(up, format!("M{centre:.1} {middle:.1}V{y:.1}"));
            stroke(down, format!("M{centre:.1} {middle:.1}V{:.1}", y + CELL.1));
            if left != right {
                stroke(left, format!("M{centre:.1} {middle:.1}H{:.1}", centre - CELL.0 / 2.0));
                stroke(right, format!("M{centre:.1} {middle:.1}H{:.1}", centre + CELL.0 / 2.0));
            }
        }
        let dashes = if strokes::is_dashed(symbol) { " stroke-dasharray=\"3 2\"" } else { "" };
        for (path, width) in [(light, 1.2), (heavy, 2.4)].into_iter().filter(|(path, _)| !path.is_empty()) {
            let _ = writeln!(svg, "<path d=\"{path}\" stroke=\"{front}\" stroke-width=\"{width}\"{dashes}/>");
        }
    }
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
