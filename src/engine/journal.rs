//! A journal read: JSON Lines, chained by hash. Knows lines and files; what the events mean is `recovery`'s, who may
//! write them `log`'s.

use super::chain::{self, Damage, Line};
use super::feed::Parted;
use super::fence::Lost;
use crate::files;
use crate::recovery::event::JOURNAL_VERSION;
use crate::recovery::{Event, What};
use crate::text::Clean;
use std::io::Read;
use std::path::{Path, PathBuf};

/// From which format on a session that lets go of its run leaves a line that covers its last event.
const COVERED_SINCE: u32 = 2;

/// Why a journal could not be made, read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum JournalError {
    /// The disk said no.
    #[error("{doing} {}: {source}", .path.display())]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What came back.
        source: std::io::Error,
    },
    /// The disk said no to an append: the run stops where it is.
    #[error("the journal {} cannot be written: {source}", .path.display())]
    #[diagnostic(help(
        "nothing more was started or sent. Make room for it, or mend the disk, then go on with: landfall resume {}",
        .path.display()
    ))]
    Unwritten {
        /// The journal.
        path: PathBuf,
        /// What came back.
        source: std::io::Error,
    },
    /// There is one already.
    #[error("{} exists already: a journal is never written over", .0.display())]
    #[diagnostic(help("name another, or go on with that run: landfall resume {}", .0.display()))]
    Exists(PathBuf),
    /// There is nothing in it.
    #[error("{} is empty: it holds no run", .0.display())]
    #[diagnostic(help(
        "nothing was ever sent under it; remove it, or name another, and start anew with landfall open or landfall run"
    ))]
    Empty(PathBuf),
    /// It is a file of something else.
    #[error("{} is no journal of Landfall: its first line is no event", .0.display())]
    #[diagnostic(help("a journal is what `landfall run`, `open` and `drill` write; they tell its path"))]
    NotAJournal(PathBuf),
    /// It was damaged otherwise than by a torn last line.
    #[error("{} is damaged at line {line}: {damage}", .path.display())]
    #[diagnostic(help(
        "it was changed by something else than Landfall, or the disk lost it; what stands before line {line} is whole. \
        Keep the file, and take the run on by hand or from a copy of the journal"
    ))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        damage: Damage,
    },
    /// A later Landfall wrote what this one cannot read: its header, or, for who would drive, any of its events.
    #[error("{} was written by a later Landfall ({what}): this one does not know all that happened in it", .path.display())]
    #[diagnostic(help(
        "use the newer Landfall for this run; its lines are whole, and this one leaves them as they are"
    ))]
    Later {
        /// The journal.
        path: PathBuf,
        /// What is not known here.
        what: String,
    },
    /// Another session drives this run.
    #[error("{holder} drives this run already: watch it, or let them leave it; take it over only when they are gone")]
    #[diagnostic(help("landfall watch {} looks on; --take-over ends the other session's right to write", .path.display()))]
    Held {
        /// The journal.
        path: PathBuf,
        /// Who, and where.
        holder: String,
    },
    /// Another session has taken it over.
    #[error("{holder} has taken this run over: nothing more is written to its journal from here")]
    #[diagnostic(help("landfall watch {} looks on", .path.display()))]
    Superseded {
        /// The journal.
        path: PathBuf,
        /// Who, and where.
        holder: String,
    },
    /// The file is not as this session left it, and no other session of Landfall says why.
    #[error("the journal {} is not as this session left it: {lost}. The run stops here: nothing more is started or sent", .path.display())]
    #[diagnostic(help("{}", mend(*.lost, .path, .kept.as_deref())))]
    Lost {
        /// The journal.
        path: PathBuf,
        /// What happened to it.
        lost: Lost,
        /// Where its lines are kept, when nothing else had them any more.
        kept: Option<PathBuf>,
    },
    /// Another process keeps the moment of an append to itself.
    #[error("the journal {} is being written by {holder}, who does not come to an end with it", .path.display())]
    #[diagnostic(help(
        "their process is stopped or hangs in the middle of a write: let it go on, or end it, then try again"
    ))]
    Busy {
        /// The journal.
        path: PathBuf,
        /// Who, and where.
        holder: String,
    },
    /// Its epochs are at their end.
    #[error("{} names an epoch after which there is none: no run of Landfall has it", .0.display())]
    Spent(PathBuf),
    /// An event could not be written as JSON.
    #[error("an event cannot be written: {0}")]
    Event(#[from] serde_json::Error),
}

impl JournalError {
    /// What a commander whose session ends by it hears.
    pub(super) fn parted(&self) -> Parted {
        let taken_by = if let Self::Superseded { holder, .. } = self { Some(Clean::new(holder)) } else { None };
        Parted { taken_by, why: Clean::new(&self.to_string()) }
    }
}

/// What mends a journal that was lost.
fn mend(lost: Lost, path: &Path, kept: Option<&Path>) -> String {
    let resume = format!("landfall resume {}", path.display());
    if let Some(kept) = kept {
        let kept = kept.display();
        return format!("all its lines are kept in {kept}: move that to its place, then go on with: {resume}");
    }
    match lost {
        Lost::Gone => format!("bring the journal back to its place, then go on with: {resume}"),
        Lost::Replaced => format!("put the journal back in the place of the other file, then go on with: {resume}"),
        Lost::Cut | Lost::Changed | Lost::Grown => {
            format!(
                "keep the file; landfall journal verify {} says what is whole of it, {resume} goes on if all is",
                path.display()
            )
        }
    }
}

/// What a journal holds.
#[derive(Debug)]
pub struct Recorded {
    /// The events, in order.
    pub events: Vec<Event>,
    /// How many bytes of a torn last line stand behind them.
    pub torn_bytes: usize,
    /// The hash of the last whole line.
    pub last_hash: String,
    /// How many bytes the whole lines take.
    pub whole_bytes: u64,
    /// Whether the last line covers all before it.
    pub is_closed: bool,
}

/// How a journal's last event is kept from being changed unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// A line behind it covers it.
    Whole,
    /// None yet: a session drives the run, or ended without letting go.
    Open,
    /// None although its session ended or left the run: it was cut off, or the end of it never reached the disk.
    Missing,
    /// A format without such a line.
    OldFormat,
}

impl Recorded {
    /// What a later Landfall wrote, in words; none where this one knows all of it.
    pub fn later(&self) -> Option<String> {
        later(&self.events)
    }

    /// How the last event is covered.
    pub fn cover(&self) -> Cover {
        let format = format(&self.events).unwrap_or(JOURNAL_VERSION);
        match self.events.last().map(|event| &event.what) {
            _ if self.is_closed => Cover::Whole,
            _ if format < COVERED_SINCE => Cover::OldFormat,
            Some(What::RunEnded(_)) => Cover::Missing,
            _ => Cover::Open,
        }
    }
}

fn format(events: &[Event]) -> Option<u32> {
    match &events.first()?.what {
        What::RunOpened(opened) => Some(opened.version),
        _ => None,
    }
}

/// What of `events` a later Landfall wrote, in words.
pub(super) fn later(events: &[Event]) -> Option<String> {
    let format = format(events).filter(|format| *format > JOURNAL_VERSION).map(|format| format!("format {format}"));
    let unknown = events.iter().filter_map(|event| match &event.what {
        What::Later { event } => Some(event),
        _ => None,
    });
    let mut names: Vec<&Clean> = Vec::new();
    for name in unknown {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let names = names.iter().map(|name| format!("event {name}"));
    let told: Vec<String> = format.into_iter().chain(names).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// Reads a journal without writing to it: for watching, replaying, reporting and verifying.
///
/// A torn last line (one without its line end) is left out and counted; anything else damaged is refused with its line.
/// Events of a later Landfall are kept as [`What::Later`].
///
/// # Errors
/// [`JournalError`]: the disk, an empty file, a header that only a later Landfall reads, or the damage and its line.
pub fn read(path: &Path) -> Result<Recorded, JournalError> {
    let mut bytes = Vec::new();
    files::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(disk("reading", path))?;
    let mut reader = chain::Reader::default();
    let (events, whole) = lines(&mut reader, &bytes, path)?;
    if reader.lines() == 0 {
        return Err(JournalError::Empty(path.to_owned()));
    }
    Ok(Recorded {
        events,
        torn_bytes: bytes.len() - whole,
        last_hash: reader.last_hash().to_owned(),
        whole_bytes: whole as u64,
        is_closed: reader.is_closed(),
    })
}

/// Reads the whole lines of `bytes`, which follow those that `reader` has read; their events, and how many bytes they are.
pub(super) fn lines(
    reader: &mut chain::Reader,
    bytes: &[u8],
    path: &Path,
) -> Result<(Vec<Event>, usize), JournalError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut events = Vec::new();
    for line in split(&bytes[..whole]) {
        match reader.line(line) {
            Ok(Line::Event(event)) => events.push(event),
            Ok(Line::Closed) => {}
            Err(damage) if reader.lines() == 0 => return Err(unreadable_header(path, damage, &bytes[..whole])),
            Err(damage) => return Err(damaged(path, reader, damage)),
        }
    }
    Ok((events, whole))
}

fn split(whole: &[u8]) -> impl Iterator<Item = &[u8]> {
    whole.split_inclusive(|byte| *byte == b'\n').map(|line| &line[..line.len() - 1])
}

/// Why a header cannot be read: one that its successors vouch for was written so, by a later Landfall.
fn unreadable_header(path: &Path, damage: Damage, whole: &[u8]) -> JournalError {
    let path = path.to_owned();
    match (damage, chain::links(split(whole))) {
        (Damage::Foreign, _) if chain::is_foreign(whole) => JournalError::NotAJournal(path),
        (Damage::LaterFormat(_) | Damage::NotAnEvent(_), Err((line, damage))) if line > 1 => {
            JournalError::Damaged { path, line, damage }
        }
        (Damage::LaterFormat(format), _) => JournalError::Later { path, what: format!("format {format}") },
        (Damage::NotAnEvent(_), Ok(lines)) if lines > 1 => {
            JournalError::Later { path, what: "a header with what this one does not know".to_owned() }
        }
        // Something of a journal stands further on.
        (Damage::Foreign, _) => JournalError::Damaged { path, line: 1, damage: Damage::NoHash },
        (damage, _) => JournalError::Damaged { path, line: 1, damage },
    }
}

/// The damage of the line that `reader` stands before.
pub(super) fn damaged(path: &Path, reader: &chain::Reader, damage: Damage) -> JournalError {
    let path = path.to_owned();
    match damage {
        Damage::Foreign => JournalError::NotAJournal(path),
        Damage::LaterFormat(format) => JournalError::Later { path, what: format!("format {format}") },
        damage => {
            let line = usize::try_from(reader.lines()).unwrap_or(usize::MAX).saturating_add(1);
            JournalError::Damaged { path, line, damage }
        }
    }
}

pub(super) fn disk<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> JournalError + 'a {
    move |source| JournalError::Disk { doing, path: path.to_owned(), source }
}
