//! The journal's line format: an event as one JSON object whose last key, `prev`, is the SHA-256 of the line before.
//! Pure text in, text out; knows no file.

use crate::recovery::event::JOURNAL_VERSION;
use crate::recovery::{Event, What};
use sha2::{Digest, Sha256};

/// The hash that the first line names as the one before it.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
const KEY: &str = ",\"prev\":\"";

/// The SHA-256 of a line, without its line end, in hexadecimal.
pub fn hash(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes `event` as a line (without line end) that follows a line with the hash `prev`.
///
/// # Errors
/// When the event cannot be written as JSON.
pub fn write(event: &Event, prev: &str) -> Result<String, serde_json::Error> {
    let mut line = serde_json::to_string(event)?;
    line.pop();
    line.push_str(KEY);
    line.push_str(prev);
    line.push_str("\"}");
    Ok(line)
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
        named: String,
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
    /// A later program wrote it.
    #[error("the journal has format {0}; this program reads format {known}", known = JOURNAL_VERSION)]
    LaterFormat(u32),
}

/// Reads a line (without line end) that must follow a line with the hash `prev` and have the number `seq`.
///
/// # Errors
/// The [`Damage`] found.
pub fn read(line: &str, prev: &str, seq: u64) -> Result<Event, Damage> {
    let (body, tail) = line.rsplit_once(KEY).ok_or(Damage::NoHash)?;
    let named = tail.strip_suffix("\"}").filter(|hash| hash.len() == GENESIS.len()).ok_or(Damage::NoHash)?;
    if named != prev {
        return Err(Damage::BrokenChain { named: named.to_owned(), real: prev.to_owned() });
    }
    let event: Event =
        serde_json::from_str(&format!("{body}}}")).map_err(|error| Damage::NotAnEvent(error.to_string()))?;
    if event.seq != seq {
        return Err(Damage::OutOfSequence { found: event.seq, wanted: seq });
    }
    Ok(event)
}

/// Reads a journal's lines one by one, each checked against the one before it.
#[derive(Clone, Debug)]
pub struct Reader {
    last_hash: String,
    seq: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Self { last_hash: GENESIS.to_owned(), seq: 0 }
    }
}

impl Reader {
    /// Reads the next line, without its line end.
    ///
    /// # Errors
    /// The [`Damage`] found; the reader then stays before that line.
    pub fn line(&mut self, line: &[u8]) -> Result<Event, Damage> {
        let read = std::str::from_utf8(line)
            .map_err(|error| Damage::NotAnEvent(error.to_string()))
            .and_then(|text| read(text, &self.last_hash, self.seq));
        let event = read.map_err(|damage| if self.seq == 0 && is_foreign(line) { Damage::Foreign } else { damage })?;
        if self.seq == 0 {
            check_header(&event)?;
        }
        self.last_hash = hash(line);
        self.seq += 1;
        Ok(event)
    }

    /// How many lines were read.
    pub fn lines(&self) -> u64 {
        self.seq
    }

    /// The hash of the last line read.
    pub fn last_hash(&self) -> &str {
        &self.last_hash
    }
}

/// Whether a first line has neither the beginning nor the end that a journal's has: damage spares one of them.
fn is_foreign(line: &[u8]) -> bool {
    let has = |part: &str| line.windows(part.len()).any(|window| window == part.as_bytes());
    !has("\"event\":\"run_opened\"") && !has(&format!("{KEY}{GENESIS}"))
}

fn check_header(event: &Event) -> Result<(), Damage> {
    let What::RunOpened(opened) = &event.what else { return Err(Damage::NoHeader) };
    if opened.version > JOURNAL_VERSION {
        return Err(Damage::LaterFormat(opened.version));
    }
    Ok(())
}
