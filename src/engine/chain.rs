//! The journal's line format: an event as one JSON object whose last key, `prev`, is the SHA-256 of the line before; and
//! the line that covers the last event. Pure text in, text out; knows no file.

use crate::recovery::event::JOURNAL_VERSION;
use crate::recovery::{Event, What};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The hash that the first line names as the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const KEY: &str = ",\"prev\":\"";
/// What the line that covers the last event calls itself.
const CLOSED: &str = "journal_closed";

/// The SHA-256 of a line, without its line end, in hexadecimal.
pub fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes `event` as a line (without line end) that follows a line with the hash `prev`.
///
/// # Errors
/// When the event cannot be written as JSON.
pub fn write(event: &Event, prev: &str) -> Result<String, serde_json::Error> {
    linked(serde_json::to_string(event)?, prev)
}

/// Writes the line that covers `last` and all before it. It is no event: the next one has the number after its own.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn cover(last: &Event, prev: &str) -> Result<String, serde_json::Error> {
    let envelope = Envelope {
        seq: last.seq.saturating_add(1),
        at: last.at,
        offset_ms: last.offset_ms,
        epoch: last.epoch,
        by: Clean::new("landfall"),
        event: Clean::new(CLOSED),
    };
    linked(serde_json::to_string(&envelope)?, prev)
}

fn linked(mut line: String, prev: &str) -> Result<String, serde_json::Error> {
    line.pop();
    line.push_str(KEY);
    line.push_str(prev);
    line.push_str("\"}");
    Ok(line)
}

/// What every line has, whatever it tells: also one that only a later Landfall knows.
#[derive(Serialize, Deserialize)]
struct Envelope {
    seq: u64,
    at: Timestamp,
    offset_ms: u64,
    epoch: u64,
    by: Clean,
    event: Clean,
}

/// A line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// Something that happened.
    Event(Event),
    /// Covers the line before it, and so all of them: the session that wrote it let go of the run.
    Closed,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It does not end as every line of a journal does.
    #[error("the line does not end with the hash of the line before it")]
    NoHash,
    /// It, or the line before it, was changed after it was written.
    #[error("the line names {named} as the hash of the line before it, which is {real}: one of the two was changed")]
    BrokenChain {
        /// The hash it names.
        named: Clean,
        /// The hash of the line before it.
        real: String,
    },
    /// It is not an event.
    #[error("the line is not an event of this journal's format: {0}")]
    NotAnEvent(String),
    /// It does not follow the line before it.
    #[error("the line has the sequence number {found} where {wanted} was expected")]
    OutOfSequence {
        /// Its number.
        found: u64,
        /// The number expected.
        wanted: u64,
    },
    /// The first line has nothing of a journal's: the file is something else.
    #[error("the line has nothing of a journal's")]
    Foreign,
    /// The first line is not a run's header.
    #[error("the first line is not the header of a run")]
    NoHeader,
    /// The first line is the header of a later program's run, and cannot be read by this one.
    #[error("the journal has format {0}; this program reads format {known}", known = JOURNAL_VERSION)]
    LaterFormat(u32),
}

/// The hash that a line (without line end) names as that of the line before it, and what stands before that.
fn split(line: &str) -> Result<(&str, &str), Damage> {
    let (body, tail) = line.rsplit_once(KEY).ok_or(Damage::NoHash)?;
    let named = tail.strip_suffix("\"}").filter(|hash| hash.len() == GENESIS.len()).ok_or(Damage::NoHash)?;
    Ok((body, named))
}

/// Reads a line (without line end) that must follow a line with the hash `prev` and have the number `seq`.
///
/// # Errors
/// The [`Damage`] found.
pub fn read(line: &str, prev: &str, seq: u64) -> Result<Line, Damage> {
    let (body, named) = split(line)?;
    if named != prev {
        return Err(Damage::BrokenChain { named: Clean::new(named), real: prev.to_owned() });
    }
    let object = format!("{body}}}");
    let (found, line) = match serde_json::from_str::<Event>(&object) {
        Ok(event) => (event.seq, Line::Event(event)),
        Err(error) => of_the_writer_or_later(&object).ok_or_else(|| Damage::NotAnEvent(error.to_string()))?,
    };
    if found != seq {
        return Err(Damage::OutOfSequence { found, wanted: seq });
    }
    Ok(line)
}

/// A line that is no event that this program knows: the one that covers all, or one of a later Landfall.
fn of_the_writer_or_later(object: &str) -> Option<(u64, Line)> {
    let Envelope { seq, at, offset_ms, epoch, by, event } = serde_json::from_str(object).ok()?;
    let line = match event.as_str() {
        CLOSED => Line::Closed,
        "run_opened" => return None,
        _ => Line::Event(Event { seq, at, offset_ms, epoch, by, what: What::Later { event } }),
    };
    Some((seq, line))
}

/// Reads a journal's lines one by one, each checked against the one before it.
#[derive(Clone, Debug)]
pub struct Reader {
    last_hash: String,
    seq: u64,
    is_closed: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self { last_hash: GENESIS.to_owned(), seq: 0, is_closed: false }
    }
}

impl Reader {
    /// Reads the next line, without its line end.
    ///
    /// # Errors
    /// The [`Damage`] found; the reader then stays before that line.
    pub fn line(&mut self, line: &[u8]) -> Result<Line, Damage> {
        let read = std::str::from_utf8(line)
            .map_err(|error| Damage::NotAnEvent(error.to_string()))
            .and_then(|text| read(text, &self.last_hash, self.seq));
        let read = match read {
            Ok(read) if self.seq == 0 && !is_header(&read) => return Err(Damage::NoHeader),
            Err(_) if self.seq == 0 && is_foreign(line) => return Err(Damage::Foreign),
            Err(damage) if self.seq == 0 => return Err(later_header(line).map_or(damage, Damage::LaterFormat)),
            read => read?,
        };
        self.take(hash(line), matches!(read, Line::Closed));
        Ok(read)
    }

    /// Goes on behind a line with this hash, written by whoever holds the reader.
    pub(super) fn take(&mut self, hash: String, is_closed: bool) {
        self.last_hash = hash;
        self.seq = self.seq.saturating_add(1);
        self.is_closed = is_closed;
    }

    /// How many lines were read: the number of the next one.
    pub fn lines(&self) -> u64 {
        self.seq
    }

    /// The hash of the last line read.
    pub fn last_hash(&self) -> &str {
        &self.last_hash
    }

    /// Whether the last line read covers all before it.
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }
}

/// Whether lines (without line ends), of whatever format, are a whole chain; else which is the first that is not, from
/// 1, and why.
pub fn links<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Result<usize, (usize, Damage)> {
    let mut prev = GENESIS.to_owned();
    let mut count = 0;
    for line in lines {
        count += 1;
        let text = std::str::from_utf8(line).map_err(|error| (count, Damage::NotAnEvent(error.to_string())))?;
        let (_, named) = split(text).map_err(|damage| (count, damage))?;
        if named != prev {
            return Err((count, Damage::BrokenChain { named: Clean::new(named), real: prev }));
        }
        prev = hash(line);
    }
    Ok(count)
}

/// Whether a first line has neither the beginning nor the end that a journal's has: damage spares one of them.
pub(super) fn is_foreign(line: &[u8]) -> bool {
    let has = |part: &str| line.windows(part.len()).any(|window| window == part.as_bytes());
    !has("\"event\":\"run_opened\"") && !has(&format!("{KEY}{GENESIS}"))
}

fn is_header(line: &Line) -> bool {
    matches!(line, Line::Event(Event { what: What::RunOpened(_), .. }))
}

/// The format of a header that cannot be read, where it says a later one.
fn later_header(line: &[u8]) -> Option<u32> {
    #[derive(Deserialize)]
    struct Head {
        event: String,
        version: u64,
    }
    let head: Head = serde_json::from_slice(line).ok()?;
    let version = u32::try_from(head.version).unwrap_or(u32::MAX);
    (head.event == "run_opened" && version > JOURNAL_VERSION).then_some(version)
}
