//! Lines in cells: each cell knows which of its four sides a line goes out of, and becomes one box-drawing character.
//! Knows no graph and no run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const LEFT: u8 = 1;
const RIGHT: u8 = 2;
const UP: u8 = 4;
const DOWN: u8 = 8;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ink {
    /// Heavy, or light.
    pub heavy: bool,
    /// Whole, or broken into dashes.
    pub solid: bool,
    /// Which of two lines in one cell is seen: the higher.
    pub worth: u8,
    /// Its colour.
    pub style: Style,
}

/// Where a line bends, begins and ends, in cells of the canvas; they may lie outside it.
pub type Point = (i32, i32);

#[derive(Clone, Copy, Default)]
struct Cell {
    arms: u8,
    heavy: u8,
    solid: bool,
    /// Whether a line bends here: then all that meets here belongs together, and does not merely cross.
    bends: bool,
    level: Option<Ink>,
    upright: Option<Ink>,
}

/// What is drawn on, cell by cell.
pub struct Canvas {
    width: i32,
    height: i32,
    cells: Vec<Cell>,
}

impl Canvas {
    /// An empty one.
    pub fn new(width: u16, height: u16) -> Self {
        let cells = vec![Cell::default(); usize::from(width) * usize::from(height)];
        Self { width: width.into(), height: height.into(), cells }
    }

    /// Draws a line through `points`, each on the row or in the column of the one before and none at the same place; it goes on out of both ends.
    pub fn line(&mut self, points: &[Point], ink: Ink) {
        for (at, pair) in points.windows(2).enumerate() {
            let (from, to) = (pair[0], pair[1]);
            let ends = (at == 0, at + 2 == points.len());
            self.stretch(from, to, ends, ink);
        }
        for three in points.windows(3).filter(|three| bends(three)) {
            if let Some(cell) = self.cell(three[1]) {
                cell.bends = true;
            }
        }
    }

    /// A straight piece of a line. `ends`: whether it is the line's first and its last.
    fn stretch(&mut self, from: Point, to: Point, ends: (bool, bool), ink: Ink) {
        let level = from.1 == to.1;
        let forth = if level { to.0 >= from.0 } else { to.1 >= from.1 };
        let (low_end, high_end) = if forth { ends } else { (ends.1, ends.0) };
        let (low, high) =
            if level { (from.0.min(to.0), from.0.max(to.0)) } else { (from.1.min(to.1), from.1.max(to.1)) };
        let most = if level { self.width } else { self.height };
        let (back, on) = if level { (LEFT, RIGHT) } else { (UP, DOWN) };
        for at in low.max(0)..=high.min(most - 1) {
            let mut arms = 0;
            if at > low || low_end {
                arms |= back;
            }
            if at < high || high_end {
                arms |= on;
            }
            let point = if level { (at, from.1) } else { (from.0, at) };
            let Some(cell) = self.cell(point) else { return };
            cell.add(arms, level, ink);
        }
    }

    fn cell(&mut self, (x, y): Point) -> Option<&mut Cell> {
        if x < 0 || y < 0 || x >= self.width || y >= self.height {
            return None;
        }
        usize::try_from(y * self.width + x).ok().and_then(|at| self.cells.get_mut(at))
    }

    /// Puts what was drawn on a buffer, its first cell on the first of `area`.
    pub fn put(&self, buffer: &mut Buffer, area: Rect) {
        let mut cells = self.cells.iter();
        for y in 0..self.height {
            for x in 0..self.width {
                let Some((symbol, style)) = cells.next().and_then(Cell::drawn) else { continue };
                // Both are below the canvas's own sizes, which were of this type.
                let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) else { continue };
                if let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
    }
}

/// Whether a line turns at the middle one of three points.
fn bends(three: &[Point]) -> bool {
    let level = |a: Point, b: Point| a.1 == b.1;
    level(three[0], three[1]) != level(three[1], three[2])
}

impl Cell {
    fn add(&mut self, arms: u8, level: bool, ink: Ink) {
        self.arms |= arms;
        if ink.heavy {
            self.heavy |= arms;
        }
        self.solid |= ink.solid;
        let known = if level { &mut self.level } else { &mut self.upright };
        if known.is_none_or(|known| known.worth <= ink.worth) {
            *known = Some(ink);
        }
    }

    /// The character and its style; of two lines that only cross the one of less worth passes under the other.
    fn drawn(&self) -> Option<(&'static str, Style)> {
        let crosses = self.level.is_some() && self.upright.is_some() && !self.bends;
        let over = match (self.level, self.upright) {
            (Some(level), Some(upright)) if level.worth > upright.worth => level,
            (_, Some(upright)) => upright,
            (Some(level), None) => level,
            (None, None) => return None,
        };
        if crosses {
            let arms = if self.upright == Some(over) { UP | DOWN } else { LEFT | RIGHT };
            return Some((symbol(self.arms & arms, over.heavy, over.solid), over.style));
        }
        let heavy = (self.heavy & self.arms).count_ones() >= 2;
        Some((symbol(self.arms, heavy, self.solid), over.style))
    }
}

fn symbol(arms: u8, heavy: bool, solid: bool) -> &'static str {
    let (light_symbol, heavy_symbol) = match arms {
        0 => (" ", " "),
        a if a & (UP | DOWN) == 0 && solid => ("─", "━"),
        a if a & (UP | DOWN) == 0 => ("┄", "┅"),
        a if a & (LEFT | RIGHT) == 0 && solid => ("│", "┃"),
        a if a & (LEFT | RIGHT) == 0 => ("┆", "┇"),
        a if a == RIGHT | DOWN => ("╭", "┏"),
        a if a == LEFT | DOWN => ("╮", "┓"),
        a if a == RIGHT | UP => ("╰", "┗"),
        a if a == LEFT | UP => ("╯", "┛"),
        a if a == RIGHT | UP | DOWN => ("├", "┣"),
        a if a == LEFT | UP | DOWN => ("┤", "┫"),
        a if a == LEFT | RIGHT | DOWN => ("┬", "┳"),
        a if a == LEFT | RIGHT | UP => ("┴", "┻"),
        _ => ("┼", "╋"),
    };
    if heavy { heavy_symbol } else { light_symbol }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(heavy: bool, solid: bool, worth: u8) -> Ink {
        Ink { heavy, solid, worth, style: Style::new() }
    }

    fn drawn(lines: &[(&[Point], Ink)]) -> Vec<String> {
        let area = Rect::new(0, 0, 6, 4);
        let mut canvas = Canvas::new(area.width, area.height);
        for (points, ink) in lines {
            canvas.line(points, *ink);
        }
        let mut buffer = Buffer::empty(area);
        canvas.put(&mut buffer, area);
        let row = |y: u16| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..area.height).map(row).collect()
    }

    #[test]
    fn lines_of_one_start_part_and_lines_that_only_cross_do_not_meet() {
        let plain = ink(false, true, 0);
        let branch: &[Point] = &[(0, 1), (2, 1), (2, 3), (5, 3)];
        assert_eq!(drawn(&[(&[(0, 1), (5, 1)], plain), (branch, plain)]), ["", "──┬───", "  │", "  ╰───"]);
        let crossing: &[Point] = &[(3, 0), (3, 3)];
        assert_eq!(drawn(&[(&[(0, 1), (5, 1)], plain), (crossing, plain)]), ["   │", "───│──", "   │", "   │"]);
    }

    #[test]
    fn the_line_of_more_worth_lies_above_and_heavy_and_broken_are_seen() {
        let under = ink(false, false, 0);
        let over = ink(true, true, 1);
        let crossing: &[Point] = &[(3, 0), (3, 3)];
        assert_eq!(drawn(&[(&[(0, 1), (5, 1)], over), (crossing, under)]), ["   ┆", "━━━━━━", "   ┆", "   ┆"]);
    }

    #[test]
    fn what_lies_outside_is_left_out() {
        let long: &[Point] = &[(-1000, 2), (4, 2), (4, 9000)];
        assert_eq!(drawn(&[(long, ink(false, true, 0))]), ["", "", "────╮", "    │"]);
    }
}
