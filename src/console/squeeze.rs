//! The bytes of a frame, and no more of them than the screen needs: the same letters at the same places in the same
//! colours. A commander looks over the line that is left; every style that is said twice is a moment later.
//!
//! ratatui says a style wherever a cell's differs from the one before, a part at a time, a blank's colour of letters too,
//! and where it is twice in a row. Here a style is only said when a letter needs it, in one sequence and in its shorter
//! form. What is not understood goes out as it came, with the style that it would have had.

use std::io::{self, Write};

const ESCAPE: u8 = 0x1b;
const BEGINS: &[u8] = b"\x1b[?2026h";
const ENDS: &[u8] = b"\x1b[?2026l";
const HIDE: &[u8] = b"\x1b[?25l";
const SHOW: &[u8] = b"\x1b[?25h";

/// A style's switches, and the SGR numbers that turn each on and off.
const SWITCHES: [(u8, u8); 9] = [(1, 22), (2, 22), (3, 23), (4, 24), (5, 25), (6, 25), (7, 27), (8, 28), (9, 29)];
const BOLD: u16 = 1;
const UNDERLINED: u16 = 1 << 3;
const REVERSED: u16 = 1 << 6;
const CROSSED_OUT: u16 = 1 << 8;
/// What a blank shows of a style besides its background.
const SHOWS_ON_BLANKS: u16 = UNDERLINED | REVERSED | CROSSED_OUT;

/// A colour as it was said: the numbers after 38, 48 or 58, or one number by itself; empty for the terminal's own.
type Colour = Vec<u16>;

/// How letters are written.
#[derive(Clone, Default, PartialEq, Eq)]
struct Style {
    letters: Colour,
    background: Colour,
    underline: Colour,
    switches: u16,
}

impl Style {
    /// Takes the numbers of one SGR sequence; false where one of them is not known here.
    fn take(&mut self, numbers: &[u16]) -> bool {
        let mut rest = numbers;
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            match first {
                0 => *self = Self::default(),
                30..=37 | 90..=97 => self.letters = vec![first],
                40..=47 | 100..=107 => self.background = vec![first],
                39 => self.letters.clear(),
                49 => self.background.clear(),
                59 => self.underline.clear(),
                38 | 48 | 58 => {
                    let long = match rest.first() {
                        Some(5) => 2,
                        Some(2) => 4,
                        _ => return false,
                    };
                    let Some((own, after)) = rest.split_at_checked(long) else { return false };
                    rest = after;
                    let colour = match first {
                        38 => &mut self.letters,
                        48 => &mut self.background,
                        _ => &mut self.underline,
                    };
                    *colour = [&[first], own].concat();
                }
                _ => {
                    let on = SWITCHES.iter().position(|(on, _)| u16::from(*on) == first);
                    let off = SWITCHES.iter().enumerate().filter(|(_, (_, off))| u16::from(*off) == first);
                    let off = off.fold(0, |all, (place, _)| all | (1 << place));
                    match on {
                        Some(place) => self.switches |= 1 << place,
                        None if off > 0 => self.switches &= !off,
                        None => return false,
                    }
                }
            }
        }
        true
    }

    /// This style in the shortest words that mean the same after `from`. A bold letter in one of the first eight colours
    /// may be brighter when the colour was said by its short number, so there the long one stays.
    fn in_short(&self, from: &Self) -> Self {
        let short = |colour: &Colour, eight: u16, bright: u16| match colour[..] {
            [_, 5, number @ 0..=7] => vec![eight + number],
            [_, 5, number @ 8..=15] => vec![bright + number - 8],
            _ => colour.clone(),
        };
        let bold = self.switches & BOLD != 0;
        let letters = match self.letters[..] {
            [38, 5, 0..=7] if bold || from.letters == self.letters => self.letters.clone(),
            _ => short(&self.letters, 30, 90),
        };
        Self { letters, background: short(&self.background, 40, 100), ..self.clone() }
    }

    /// The numbers that make this style of `from`.
    fn after(&self, from: &Self) -> Vec<u16> {
        let mut numbers = Vec::new();
        let gone = from.switches & !self.switches;
        let mut kept = from.switches;
        for (place, (_, off)) in SWITCHES.iter().enumerate() {
            if gone & (1 << place) != 0 && kept & (1 << place) != 0 {
                numbers.push(u16::from(*off));
                // Two switches may share the number that turns them off.
                for (other, (_, same)) in SWITCHES.iter().enumerate() {
                    if same == off {
                        kept &= !(1 << other);
                    }
                }
            }
        }
        for (place, (on, _)) in SWITCHES.iter().enumerate() {
            if self.switches & !kept & (1 << place) != 0 {
                numbers.push(u16::from(*on));
            }
        }
        let colours = [
            (&self.letters, &from.letters, 39),
            (&self.background, &from.background, 49),
            (&self.underline, &from.underline, 59),
        ];
        for (own, was, none) in colours {
            if own != was {
                if own.is_empty() { numbers.push(none) } else { numbers.extend(own) }
            }
        }
        numbers
    }

    /// Writes what makes this style of `said`, in its shorter form, and keeps that.
    fn say(&self, said: &mut Self, out: &mut Vec<u8>) {
        let style = self.in_short(said);
        let from = std::mem::replace(said, style.clone());
        if style == from {
            return;
        }
        let sequence = |numbers: &[u16]| {
            let words: Vec<String> = numbers.iter().map(u16::to_string).collect();
            format!("\x1b[{}m", words.join(";"))
        };
        let changed = sequence(&style.after(&from));
        let mut anew = style.after(&Self::default());
        if !anew.is_empty() {
            anew.insert(0, 0);
        }
        let anew = sequence(&anew);
        out.extend(if anew.len() < changed.len() { anew } else { changed }.as_bytes());
    }

    /// Whether a blank looks the same in `other`.
    fn is_as_blank_as(&self, other: &Self) -> bool {
        (self.switches | other.switches) & SHOWS_ON_BLANKS == 0 && self.in_short(other).background == other.background
    }
}

/// One escape sequence, or one letter, of what is to be written.
enum Piece<'a> {
    Sgr(Vec<u16>),
    /// A move to a row and a column, from 1.
    Move(u16, u16),
    Blank,
    /// A letter, or a part of one.
    Letter(&'a [u8]),
    Other(&'a [u8]),
}

/// The first piece of `bytes`, and how long it is.
fn first(bytes: &[u8]) -> (Piece<'_>, usize) {
    match bytes {
        [ESCAPE, b'[', after @ ..] => {
            let Some(end) = after.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
                return (Piece::Other(bytes), bytes.len());
            };
            let whole = &bytes[..end + 3];
            let numbers: Option<Vec<u16>> = std::str::from_utf8(&after[..end]).ok().and_then(|text| {
                if text.is_empty() {
                    return Some(vec![0]);
                }
                text.split(';').map(|number| number.parse().ok()).collect()
            });
            let piece = match (after[end], numbers.as_deref()) {
                (b'm', Some(numbers)) => Piece::Sgr(numbers.to_vec()),
                (b'H', Some([row, column])) => Piece::Move(*row, *column),
                _ => Piece::Other(whole),
            };
            (piece, whole.len())
        }
        [ESCAPE, ..] | [0..=0x1f, ..] => {
            // To the next escape: no way is known to tell its end.
            let end = bytes[1..].iter().position(|byte| *byte == ESCAPE).map_or(bytes.len(), |at| at + 1);
            (Piece::Other(&bytes[..end]), end)
        }
        [b' ', ..] => (Piece::Blank, 1),
        _ => {
            let ends = |byte: &u8| *byte <= b' ';
            let end = bytes.iter().position(ends).unwrap_or(bytes.len());
            (Piece::Letter(&bytes[..end]), end)
        }
    }
}

/// What a style became is not known from here on, nor what to compare with: the rest goes out as it came.
fn unsure(mut out: Vec<u8>, wanted: &Style, mut said: Style, raw: &[u8], rest: &[u8]) -> Vec<u8> {
    wanted.say(&mut said, &mut out);
    out.extend(raw);
    out.extend(rest);
    out
}

/// What a frame's bytes come to; whether the cursor is known to be hidden goes on from frame to frame.
fn squeezed(bytes: &[u8], hidden: &mut bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    // Every frame begins and ends with the terminal's own style: what is said between may come from elsewhere.
    let (mut said, mut wanted) = (Style::default(), Style::default());
    let mut row = None;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, long) = first(rest);
        let raw = &rest[..long];
        rest = &rest[long..];
        match piece {
            Piece::Sgr(numbers) => {
                let mut next = wanted.clone();
                if next.take(&numbers) {
                    wanted = next;
                } else {
                    return unsure(out, &wanted, said, raw, rest);
                }
            }
            Piece::Move(to, column) if row == Some(to) => out.extend(format!("\x1b[{column}G").as_bytes()),
            Piece::Move(to, _) => {
                row = Some(to);
                out.extend(raw);
            }
            Piece::Blank => {
                if !wanted.is_as_blank_as(&said) {
                    wanted.say(&mut said, &mut out);
                }
                out.push(b' ');
            }
            Piece::Letter(letters) => {
                wanted.say(&mut said, &mut out);
                out.extend(letters);
            }
            Piece::Other(HIDE) if *hidden => {}
            Piece::Other(other) if other.ends_with(b"m") => return unsure(out, &wanted, said, raw, rest),
            Piece::Other(BEGINS) => out.extend(raw),
            Piece::Other(other) => {
                wanted.say(&mut said, &mut out);
                match other {
                    HIDE => *hidden = true,
                    SHOW => *hidden = false,
                    // It may move the cursor.
                    _ => row = None,
                }
                out.extend(other);
            }
        }
    }
    wanted.say(&mut said, &mut out);
    out
}

/// Where frames are written: held until one is whole, then sent at once.
pub struct Squeezed<W> {
    out: W,
    held: Vec<u8>,
    hidden: bool,
}

impl<W: Write> Squeezed<W> {
    /// Frames to `out`.
    pub fn new(out: W) -> Self {
        Self { out, held: Vec::new(), hidden: false }
    }
}

impl<W: Write> Write for Squeezed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend(bytes);
        Ok(bytes.len())
    }

    /// Sends what is held, unless it is the beginning of a frame that has not ended.
    fn flush(&mut self) -> io::Result<()> {
        if self.held.starts_with(BEGINS) && !self.held.ends_with(ENDS) {
            return Ok(());
        }
        let frame = squeezed(&self.held, &mut self.hidden);
        self.held.clear();
        self.out.write_all(&frame)?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::backend::{Backend, CrosstermBackend};
    use ratatui::buffer::Cell;
    use ratatui::style::{Color, Modifier};

    const COLUMNS: u16 = 12;
    const ROWS: u16 = 4;

    fn colours() -> impl Strategy<Value = Color> {
        prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::LightBlue),
            (0..20_u8).prop_map(Color::Indexed),
            (0..3_u8).prop_map(|red| Color::Rgb(red, 20, 30)),
        ]
    }

    fn cells() -> impl Strategy<Value = (u16, u16, Cell)> {
        let letters = prop_oneof![3 => Just(" "), 2 => Just("a"), 1 => Just("▲"), 1 => Just("é")];
        let switches = prop_oneof![2 => Just(0), 3 => any::<u16>()];
        (0..COLUMNS, 0..ROWS, letters, colours(), colours(), switches).prop_map(|(x, y, letter, fg, bg, switches)| {
            let mut cell = Cell::default();
            cell.set_symbol(letter).set_fg(fg).set_bg(bg);
            cell.modifier = Modifier::from_bits_truncate(switches);
            if cell.modifier.contains(Modifier::BOLD) {
                // What both are together differs from terminal to terminal, by which was said last.
                cell.modifier.remove(Modifier::DIM);
            }
            (x, y, cell)
        })
    }

    /// What is seen of a cell: of a blank only what shows on it.
    fn seen(screen: &vt100::Screen) -> Vec<String> {
        let places = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column)));
        let cells = places.map(|(row, column)| {
            let cell = screen.cell(row, column).expect("it is on the screen");
            let plain = matches!(cell.contents(), "" | " ") && !cell.inverse() && !cell.underline();
            let ink = (!plain).then(|| (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic()));
            format!("{:?} {ink:?} {:?} {} {}", cell.contents(), cell.bgcolor(), cell.inverse(), cell.underline())
        });
        cells.chain([format!("{} {:?}", screen.hide_cursor(), screen.cursor_position())]).collect()
    }

    fn terminal() -> vt100::Parser {
        let cells = |count: u16| std::num::NonZero::new(count).expect("a screen has cells");
        vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0)
    }

    /// The bytes of each of these frames, as they come from ratatui.
    fn frames(drawn: &[Vec<(u16, u16, Cell)>]) -> Vec<Vec<u8>> {
        let frames = drawn.iter().map(|cells| {
            let mut bytes = Vec::new();
            let mut backend = CrosstermBackend::new(&mut bytes);
            backend.write_all(BEGINS).expect("it is memory");
            backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).expect("it is memory");
            backend.hide_cursor().expect("it is memory");
            backend.write_all(ENDS).expect("it is memory");
            bytes
        });
        frames.collect()
    }

    proptest! {
        #[test]
        fn the_screen_is_the_same_after_every_frame_and_no_frame_is_longer(
            drawn in prop::collection::vec(prop::collection::vec(cells(), 0..40), 1..5)
        ) {
            crossterm::style::force_color_output(true);
            let (mut as_it_came, mut squeezed_one) = (terminal(), terminal());
            let mut out = Squeezed::new(Vec::new());
            let mut written = 0;
            for frame in frames(&drawn) {
                as_it_came.process(&frame);
                // In two pieces: the first ends nowhere in particular.
                let (one, other) = frame.split_at(frame.len() / 2);
                for part in [one, other] {
                    out.write_all(part).expect("it is memory");
                    out.flush().expect("it is memory");
                }
                let sent = out.out[written..].to_vec();
                written = out.out.len();
                prop_assert!(sent.len() <= frame.len());
                squeezed_one.process(&sent);
                prop_assert_eq!(seen(as_it_came.screen()), seen(squeezed_one.screen()));
                prop_assert!(sent.starts_with(BEGINS) && sent.ends_with(ENDS), "it is still one update");
            }
        }

        #[test]
        fn bytes_that_are_no_frame_are_never_lost(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut out = Squeezed::new(Vec::new());
            out.write_all(&bytes).expect("it is memory");
            out.flush().expect("it is memory");
            let letters = |bytes: &[u8]| bytes.iter().filter(|byte| **byte > 0x7f).count();
            prop_assert_eq!(letters(&out.out), letters(&bytes));
        }
    }

    #[test]
    fn a_style_is_said_when_a_letter_needs_it_once_and_in_its_shorter_form() {
        let squeeze = |text: &str| String::from_utf8(squeezed(text.as_bytes(), &mut false)).expect("it is text");
        let row = "\x1b[7;2H  db \x1b[38;5;8;49m?   \x1b[39;49m \x1b[1m\x1b[38;5;3;49m▲ on\x1b[22m\x1b[39;49m \x1b[2m\x1b[38;5;3;49m ?\x1b[39m\x1b[49m\x1b[59m\x1b[0m";
        assert_eq!(squeeze(row), "\x1b[7;2H  db \x1b[90m?    \x1b[1;38;5;3m▲ on  \x1b[22;2m?\x1b[m");
        assert_eq!(squeeze("\x1b[7;2Ha\x1b[7;9Hb\x1b[8;9Hc"), "\x1b[7;2Ha\x1b[9Gb\x1b[8;9Hc");
        assert_eq!(squeeze("\x1b[7m a \x1b[27m\x1b[44m \x1b[49m "), "\x1b[7m a \x1b[0;44m \x1b[m ");
        // What was said in short is said again at length for a bold letter, and not the other way round.
        assert_eq!(squeeze("\x1b[38;5;3ma\x1b[1mb\x1b[22mc\x1b[0m"), "\x1b[33ma\x1b[1;38;5;3mb\x1b[22mc\x1b[m");
        assert_eq!(squeeze("\x1b[1m\x1b[4:3ma"), "\x1b[1m\x1b[4:3ma", "what is not known goes out as it came");
    }

    #[test]
    fn the_cursor_is_hidden_once() {
        let mut hidden = false;
        assert_eq!(squeezed(HIDE, &mut hidden), HIDE);
        assert_eq!(squeezed(HIDE, &mut hidden), b"");
        assert_eq!(squeezed(SHOW, &mut hidden), SHOW);
        assert_eq!(squeezed(HIDE, &mut hidden), HIDE);
    }
}
