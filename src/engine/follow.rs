//! Following a journal that another session writes, or wrote: its events in batches, as their lines become whole.
//! Reads only: no lease, nothing beside the file. The same on a shared disk, where nothing but the file's growth tells.

use super::chain::{Line, Reader};
use super::feed::Feed;
use super::journal::{JournalError, damaged, disk};
use super::{lease, log};
use crate::files;
use crate::recovery::{Event, What};
use crate::text::Clean;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::watch;

/// How often a live journal is looked at. Often enough that a watcher sees what the commander sees.
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// How often it is looked whether its driver lives still.
const DRIVER_EVERY: Duration = Duration::from_secs(1);
/// How much is read at once, in bytes: a long recording comes in pieces, and its first frame does not wait for the last.
const PIECE: u64 = 512 * 1024;

/// When following ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At the end of the file: a recording.
    End,
    /// When nobody takes the events any more: a live journal.
    Dropped,
}

/// A journal being followed.
#[derive(Debug)]
pub struct Following {
    /// Its events, from the first line on.
    pub feed: Feed,
    /// Why following ended, if it ended badly.
    pub trouble: Trouble,
    /// Whether the session that drives the run is gone and did not let go of it: seen by its lock, on its own machine.
    pub driver_gone: watch::Receiver<bool>,
}

/// Why following ended, once it has.
#[derive(Clone, Debug, Default)]
pub struct Trouble(Arc<Mutex<Option<JournalError>>>);

impl Trouble {
    fn tell(&self, error: JournalError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// What went wrong, once.
    ///
    /// # Errors
    /// The damage of the journal, or what the disk said.
    pub fn check(&self) -> Result<(), JournalError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }
}

/// Follows the journal at `path`. Its first line is read before this returns, so that a wrong file is told at once.
///
/// # Errors
/// [`JournalError`]: a file that cannot be read, is empty, or does not begin with a run's header.
pub fn follow(path: &Path, until: Until) -> Result<Following, JournalError> {
    let mut lines = Lines::open(path)?;
    let first = lines.next_piece()?;
    if first.is_empty() {
        return Err(JournalError::Empty(path.to_owned()));
    }
    let (events, feed) = mpsc::unbounded_channel();
    let trouble = Trouble::default();
    let told = trouble.clone();
    let (gone, driver_gone) = watch::channel(false);
    std::thread::spawn(move || {
        if let Err(error) = lines.send_all(first, &events, until, &gone) {
            told.tell(error);
        }
    });
    Ok(Following { feed, trouble, driver_gone })
}

type Batch = Arc<[Arc<Event>]>;

/// The whole lines of a file, from where they were read last.
struct Lines {
    path: PathBuf,
    file: File,
    reader: Reader,
    /// Where the first line not read begins. A torn one is read again each time: resume cuts it and writes another.
    offset: u64,
    /// The session that was opened last, until it lets go.
    session: Option<Session>,
}

/// A session that drives the run, as its journal tells.
#[derive(Clone, Copy, Debug)]
struct Session {
    epoch: u64,
    /// Whether it is one of this machine: of another's nothing can be told by a lock.
    is_here: bool,
}

impl Lines {
    fn open(path: &Path) -> Result<Self, JournalError> {
        let file = files::open(path).map_err(disk("reading", path))?;
        Ok(Self { path: path.to_owned(), file, reader: Reader::default(), offset: 0, session: None })
    }

    /// The events of the next whole lines, about a piece of them; none when no line is whole yet.
    fn next_piece(&mut self) -> Result<Vec<Arc<Event>>, JournalError> {
        loop {
            let (events, lines) = self.piece()?;
            // Lines that are no events are not the end of the file.
            if lines == 0 || !events.is_empty() {
                return Ok(events);
            }
        }
    }

    /// The events of a piece, and how many lines it was.
    fn piece(&mut self) -> Result<(Vec<Arc<Event>>, usize), JournalError> {
        let (bytes, whole) = self.read()?;
        // The header by itself at first: it is enough for a first frame.
        let most = if self.reader.lines() == 0 { 1 } else { usize::MAX };
        let (mut events, mut lines) = (Vec::new(), 0);
        for line in bytes[..whole].split_inclusive(|byte| *byte == b'\n').take(most) {
            let read = self.reader.line(&line[..line.len() - 1]);
            match read.map_err(|damage| damaged(&self.path, &self.reader, damage))? {
                Line::Event(event) => {
                    self.note_session(&event);
                    events.push(Arc::new(event));
                }
                Line::Closed => self.session = None,
            }
            self.offset += line.len() as u64;
            lines += 1;
        }
        Ok((events, lines))
    }

    /// Reads on from the last whole line, and says how much of it is whole lines.
    fn read(&mut self) -> Result<(Vec<u8>, usize), JournalError> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.offset)).map_err(disk("reading", &self.path))?;
        loop {
            let read = (&self.file).take(PIECE).read_to_end(&mut bytes).map_err(disk("reading", &self.path))?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            // A header is as long as its plan: one line may need more than a piece.
            if whole > 0 || (read as u64) < PIECE {
                return Ok((bytes, whole));
            }
        }
    }

    fn note_session(&mut self, event: &Event) {
        match &event.what {
            What::SessionOpened { host, .. } => {
                let is_here = host.as_str() == Clean::new(&lease::host()).as_str();
                self.session = Some(Session { epoch: event.epoch, is_here });
            }
            What::SessionClosed { .. } => self.session = None,
            _ => {}
        }
    }

    /// Whether the session that drives the run is gone. Its lock is asked for, and never taken; what cannot be asked is not
    /// known to be gone.
    fn is_driver_gone(&self) -> bool {
        let here = self.session.filter(|session| session.is_here);
        here.is_some_and(|session| log::lives(&self.file, session.epoch).is_ok_and(|lives| !lives))
    }

    fn send_all(
        mut self,
        first: Vec<Arc<Event>>,
        to: &UnboundedSender<Batch>,
        until: Until,
        gone: &watch::Sender<bool>,
    ) -> Result<(), JournalError> {
        let mut events = first;
        let mut looked = Instant::now();
        loop {
            if events.is_empty() {
                if until == Until::End || to.is_closed() {
                    return Ok(());
                }
                if looked.elapsed() >= DRIVER_EVERY {
                    looked = Instant::now();
                    let is_gone = self.is_driver_gone();
                    gone.send_if_modified(|known| std::mem::replace(known, is_gone) != is_gone);
                }
                std::thread::sleep(LOOK_EVERY);
            } else if to.send(events.into()).is_err() {
                return Ok(());
            }
            events = self.next_piece()?;
        }
    }
}
