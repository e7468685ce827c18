//! The journal on disk: JSON Lines, each durable before it counts, chained by hash. Knows lines and files; what the
//! events mean is `recovery`'s.

use super::chain::{self, Damage, GENESIS};
use super::lease::{Lease, LeaseError};
use crate::files;
use crate::recovery::Event;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

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
    /// There is one already.
    #[error("{} exists already: a journal is never written over", .0.display())]
    #[diagnostic(help("name another, or go on with that run: landfall resume {}", .0.display()))]
    Exists(PathBuf),
    /// There is nothing in it.
    #[error("{} is empty: it holds no run", .0.display())]
    #[diagnostic(help("nothing was ever sent under it; start anew with landfall open or landfall run"))]
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
    /// Another session drives this run.
    #[error(transparent)]
    #[diagnostic(help("--take-over ends the other session's right to write"))]
    Lease(#[from] LeaseError),
    /// An event could not be written as JSON.
    #[error("an event cannot be written: {0}")]
    Event(#[from] serde_json::Error),
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
}

/// Reads a journal without writing to it: for watching, replaying, reporting and verifying.
///
/// A torn last line (one without its line end) is left out and counted; anything else damaged is refused with its line.
///
/// # Errors
/// [`JournalError`]: the disk, an empty file, or the damage and its line.
pub fn read(path: &Path) -> Result<Recorded, JournalError> {
    let mut bytes = Vec::new();
    files::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map_err(disk("reading", path))?;
    parse(&bytes, path)
}

fn parse(bytes: &[u8], path: &Path) -> Result<Recorded, JournalError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut reader = chain::Reader::default();
    let mut events = Vec::new();
    for line in bytes[..whole].split_inclusive(|byte| *byte == b'\n') {
        events.push(reader.line(&line[..line.len() - 1]).map_err(|damage| damaged(path, &reader, damage))?);
    }
    if events.is_empty() {
        return Err(JournalError::Empty(path.to_owned()));
    }
    let last_hash = reader.last_hash().to_owned();
    Ok(Recorded { events, torn_bytes: bytes.len() - whole, last_hash, whole_bytes: whole as u64 })
}

/// The damage of the line that `reader` stands before.
pub(super) fn damaged(path: &Path, reader: &chain::Reader, damage: Damage) -> JournalError {
    if damage == Damage::Foreign {
        return JournalError::NotAJournal(path.to_owned());
    }
    let line = usize::try_from(reader.lines()).unwrap_or(usize::MAX).saturating_add(1);
    JournalError::Damaged { path: path.to_owned(), line, damage }
}

/// A journal open for appending, under a lease.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    last_hash: String,
    lease: Lease,
}

impl Journal {
    /// Makes a new journal at `path`, under the lease of `by`.
    ///
    /// # Errors
    /// [`JournalError::Exists`] when there is one, [`JournalError::Lease`], [`JournalError::Disk`].
    pub fn create(path: &Path, by: &str) -> Result<Self, JournalError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(disk("making the folder of", path))?;
        }
        let lease = Lease::take(path, 0, by, false)?;
        let file = OpenOptions::new().create_new(true).append(true).open(path).map_err(|source| {
            if source.kind() == std::io::ErrorKind::AlreadyExists {
                return JournalError::Exists(path.to_owned());
            }
            JournalError::Disk { doing: "making", path: path.to_owned(), source }
        })?;
        sync_folder(path)?;
        Ok(Self { path: path.to_owned(), file, last_hash: GENESIS.to_owned(), lease })
    }

    /// Opens a journal to go on with it: takes the lease, cuts a torn last line.
    ///
    /// # Errors
    /// As [`read`], and [`JournalError::Lease`] while another session holds it (unless `take_over`).
    pub fn resume(path: &Path, by: &str, take_over: bool) -> Result<(Self, Recorded), JournalError> {
        // Looked at before the lease is touched, so that a wrong path leaves nothing beside it.
        let seen = read(path)?;
        let epoch = seen.events.iter().map(|event| event.epoch).max().unwrap_or(0);
        let lease = Lease::take(path, epoch, by, take_over)?;
        // Read again: the session before may have written until the lease was ours.
        let recorded = read(path)?;
        let mut file = OpenOptions::new().append(true).open(path).map_err(disk("opening", path))?;
        if recorded.torn_bytes > 0 {
            file.set_len(recorded.whole_bytes).map_err(disk("cutting the torn last line of", path))?;
            file.sync_all().map_err(disk("syncing", path))?;
        }
        file.seek(SeekFrom::End(0)).map_err(disk("seeking in", path))?;
        let journal = Self { path: path.to_owned(), file, last_hash: recorded.last_hash.clone(), lease };
        Ok((journal, recorded))
    }

    /// Appends events, all in one durable write. They count only when this has returned.
    ///
    /// # Errors
    /// [`JournalError::Lease`] when a newer session has taken the run: nothing is written then.
    /// [`JournalError::Disk`] when the disk said no: what was written of the last line is torn, and cut on resume.
    pub fn append(&mut self, events: &[impl std::borrow::Borrow<Event>]) -> Result<(), JournalError> {
        self.lease.check()?;
        let mut batch = String::new();
        let mut last = self.last_hash.clone();
        for event in events {
            let line = chain::write(event.borrow(), &last)?;
            last = chain::hash(line.as_bytes());
            batch.push_str(&line);
            batch.push('\n');
        }
        self.file.write_all(batch.as_bytes()).map_err(disk("writing to", &self.path))?;
        self.file.sync_data().map_err(disk("syncing", &self.path))?;
        self.last_hash = last;
        Ok(())
    }

    /// The lease's epoch.
    pub fn epoch(&self) -> u64 {
        self.lease.epoch()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(super) fn disk<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> JournalError + 'a {
    move |source| JournalError::Disk { doing, path: path.to_owned(), source }
}

/// A new file's name is durable only once its folder is.
fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(disk("syncing the folder of", path))
}
