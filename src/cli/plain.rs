//! The ends of the line mode: standard input read line by line on a thread of its own, standard output told line by line.

use super::out;
use crate::console::plain::{self, Lines, Typed, What};
use crate::console::{self, ConsoleError, Left, Setup};
use std::io::{BufRead, IsTerminal, Read, stdin, stdout};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// The longest line that is read, in bytes: a reason, not an essay.
const LONGEST: u64 = 16 * 1024;

/// Whether a screen could not be drawn, and somebody is there to be asked: a terminal that can only print, or one whose
/// output goes somewhere else. Where nobody sits at standard input it is refused as ever: nothing is asked there.
pub fn is_called_for() -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stdin().is_terminal() && (is_dumb || !stdout().is_terminal())
}

/// Opens the console of `setup` line by line where it is `plain`, else on the screen.
///
/// # Errors
/// As [`console::run`] and [`plain::run`].
pub async fn or_screen(setup: Setup, plain: bool) -> Result<Left, ConsoleError> {
    if !plain {
        return console::run(setup).await;
    }
    let (sender, typed) = unbounded_channel();
    std::thread::spawn(move || read_all(&mut stdin().lock(), &sender));
    let tell = Box::new(|line: &str| out::print(&format!("{line}\n")));
    plain::run(setup, Lines { typed, tell }).await
}

/// Reads lines until there are no more, or nobody takes them.
fn read_all(from: &mut impl BufRead, to: &UnboundedSender<Typed>) {
    loop {
        let what = read(from);
        let is_end = matches!(what, What::End);
        if to.send(Typed { at: Instant::now(), what }).is_err() || is_end {
            return;
        }
    }
}

/// The next line. One that is too long is read to its end and dropped.
fn read(from: &mut impl BufRead) -> What {
    let mut is_too_long = false;
    loop {
        let mut bytes = Vec::new();
        // A standard input that cannot be read has ended.
        let read = from.by_ref().take(LONGEST).read_until(b'\n', &mut bytes).unwrap_or(0);
        let is_whole = bytes.ends_with(b"\n") || (read as u64) < LONGEST;
        match (read, is_too_long) {
            (0, false) => return What::End,
            (0, true) => return What::TooLong,
            (_, true) if is_whole => return What::TooLong,
            (_, false) if is_whole && !bytes.ends_with(b"\n") => return What::Unfinished,
            (_, false) if is_whole => {
                return What::Line(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned());
            }
            (..) => is_too_long = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let (sender, mut typed) = unbounded_channel();
        read_all(&mut std::io::BufReader::new(bytes), &sender);
        let mut told = Vec::new();
        while let Ok(Typed { what, .. }) = typed.try_recv() {
            told.push(match what {
                What::Line(line) => line,
                What::TooLong => "TOO LONG".to_owned(),
                What::Unfinished => "UNFINISHED".to_owned(),
                What::End => "END".to_owned(),
            });
        }
        told
    }

    #[test]
    fn lines_are_read_whatever_ends_them_and_one_without_an_end_is_none() {
        assert_eq!(all(b"go\r\n\nyes"), ["go", "", "UNFINISHED", "END"]);
        assert_eq!(all(b""), ["END"]);
        assert_eq!(all(b"\xff\xfe\n"), ["\u{fffd}\u{fffd}", "END"]);
    }

    #[test]
    fn a_line_without_end_is_no_line_and_the_next_one_is() {
        let mut bytes = vec![b'x'; 3 * LONGEST as usize + 5];
        bytes.extend(b"\ngo\n");
        assert_eq!(all(&bytes), ["TOO LONG", "go", "END"]);
        assert_eq!(all(&vec![b'x'; 2 * LONGEST as usize]), ["TOO LONG", "END"]);
        let mut just = vec![b'x'; LONGEST as usize - 1];
        assert_eq!(all(&just), ["UNFINISHED", "END"]);
        just.push(b'\n');
        assert_eq!(all(&just)[0].len(), just.len() - 1);
    }
}
