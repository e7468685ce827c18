//! A journal file as its driver has it. Each append holds one lock on the file itself while it looks whether the file is
//! as this session left it, writes and syncs: whoever took the run in between is seen before anything is written.

use super::ranges::{self, Appending};
use super::{Taken, Taking};
use crate::engine::chain;
use crate::engine::fence::{self, Found, Left, Lost, Refused, Standing};
use crate::engine::journal::{self, JournalError, Recorded, disk};
use crate::engine::lease::{Lease, host};
use crate::files;
use crate::recovery::{Event, What};
use crate::text::Clean;
use rustix::fs::{CWD, RenameFlags};
use std::borrow::Borrow;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How many bytes of the last line are held against what is found.
const TAIL: u64 = 512;
/// How long another's append is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Tells files apart, whatever their names: device and number.
type Inode = (u64, u64);

/// A journal file, open for its driver.
#[derive(Debug)]
pub struct FileLog {
    path: PathBuf,
    file: Arc<File>,
    reader: chain::Reader,
    left: Left<Inode, Vec<u8>>,
    /// The newest session in it.
    newest: Lease,
    /// The last event in it.
    last: Option<Event>,
    /// What of it a later Landfall wrote.
    later: Option<String>,
    /// The lease under which it is driven from here, while it is.
    held: Option<Lease>,
}

impl FileLog {
    /// Makes a new journal at `path` whose first lines are `first`, and takes it. The file has its name only once those
    /// are durable in it.
    ///
    /// # Errors
    /// [`JournalError::Exists`] when there is one, [`JournalError::Disk`].
    pub fn create(path: &Path, first: &[Event]) -> Result<Self, JournalError> {
        let folder = folder_of(path);
        // Ours alone, where it has to be made.
        files::make_folder(folder).map_err(disk("making the folder of", path))?;
        if path.symlink_metadata().is_ok() {
            return Err(JournalError::Exists(path.to_owned()));
        }
        let unnamed = folder.join(format!(".landfall-{}.new", nonce()));
        let made = Self::make(path, &unnamed, first);
        if made.is_err() {
            // Nothing of it counts: it never had its name.
            let _ = std::fs::remove_file(&unnamed);
        }
        made
    }

    fn make(path: &Path, unnamed: &Path, first: &[Event]) -> Result<Self, JournalError> {
        let making = || disk("making", path);
        let mut options = OpenOptions::new();
        let file = options.create_new(true).read(true).append(true).mode(0o600).open(unnamed).map_err(making())?;
        let mut log = Self::of(path, file)?;
        let lease = Lease::own(first.first().map_or(1, |event| event.epoch), Clean::default());
        ranges::live(&log.file, lease.epoch).map_err(disk("locking", path))?;
        let (batch, reader) = lines(&log.reader, first)?;
        (&*log.file).write_all(batch.as_bytes()).and_then(|()| log.file.sync_all()).map_err(making())?;
        name(unnamed, path)?;
        sync_folder(path)?;
        log.note_all(first);
        log.leave_behind(batch.as_bytes(), reader);
        log.hold(Lease { by: log.newest.by.clone(), ..lease });
        Ok(log)
    }

    /// Opens a journal and reads it. Nothing is taken yet, and nothing written.
    ///
    /// # Errors
    /// As [`journal::read`].
    pub fn open(path: &Path) -> Result<(Self, Recorded), JournalError> {
        let opening = || disk("opening", path);
        let is_file = std::fs::metadata(path).map_err(disk("reading", path))?.is_file();
        if !is_file {
            return Err(JournalError::NotAJournal(path.to_owned()));
        }
        let mut log = Self::of(path, OpenOptions::new().read(true).append(true).open(path).map_err(opening())?)?;
        let (events, torn_bytes) = log.read_on()?;
        if events.is_empty() {
            return Err(JournalError::Empty(path.to_owned()));
        }
        let recorded = Recorded {
            torn_bytes,
            last_hash: log.reader.last_hash().to_owned(),
            whole_bytes: log.left.length,
            is_closed: log.reader.is_closed(),
            events,
        };
        Ok((log, recorded))
    }

    fn of(path: &Path, file: File) -> Result<Self, JournalError> {
        let path = std::path::absolute(path).map_err(disk("finding", path))?;
        let of = file.metadata().map_err(disk("opening", &path))?;
        let newest = Lease { epoch: 0, by: Clean::default(), host: Clean::default(), pid: 0 };
        let left = Left { file: (of.dev(), of.ino()), length: 0, tail: Vec::new() };
        Ok(Self {
            path,
            file: Arc::new(file),
            reader: chain::Reader::default(),
            left,
            newest,
            last: None,
            later: None,
            held: None,
        })
    }

    /// See [`super::Log::take`].
    ///
    /// # Errors
    /// See there.
    pub fn take(&mut self, taking: &Taking) -> Result<Taken, JournalError> {
        let file = self.file.clone();
        let _appending = self.appending(&file)?;
        match fence::may_append(&self.left, &self.found()?) {
            // What others wrote meanwhile is read now.
            Ok(()) | Err(Lost::Grown) => {}
            Err(lost) => return Err(self.lost(lost)),
        }
        let (since, torn_bytes) = self.read_on()?;
        if let Some(what) = &self.later {
            return Err(JournalError::Later { path: self.path.clone(), what: what.clone() });
        }
        let lives = ranges::lives(&self.file, self.newest.epoch).map_err(disk("locking", &self.path))?;
        let standing = Standing { newest: self.newest.epoch, released: self.reader.is_closed(), lives };
        let epoch = fence::may_take(standing, taking.how).map_err(|refused| match refused {
            Refused::Held => JournalError::Held { path: self.path.clone(), holder: self.newest.holder() },
            Refused::Spent => JournalError::Spent(self.path.clone()),
        })?;
        if torn_bytes > 0 {
            // Under the lock nobody is in the middle of a line.
            self.file.set_len(self.left.length).map_err(disk("cutting the torn last line of", &self.path))?;
        }
        ranges::live(&self.file, epoch).map_err(disk("locking", &self.path))?;
        let opened = self.opening(epoch, taking, standing.is_held());
        let written = self.write(std::slice::from_ref(&opened), false);
        if written.is_err() {
            let _ = ranges::rest(&self.file, epoch);
        }
        written?;
        self.hold(Lease::own(epoch, taking.by.clone()));
        Ok(Taken { since, opened, torn_bytes })
    }

    fn opening(&self, epoch: u64, taking: &Taking, taken_over: bool) -> Event {
        let newest = self.last.as_ref().map_or(taking.at, |last| last.at);
        let what = What::SessionOpened {
            host: Clean::new(&host()),
            pid: std::process::id(),
            resumed: true,
            holder: Some(Clean::new(&nonce())),
            beside: taking.beside,
            taken_over,
        };
        let (seq, at, by) = (self.reader.lines(), taking.at.max(newest), taking.by.clone());
        Event { seq, at, offset_ms: 0, epoch, by, what }
    }

    /// See [`super::Log::append`].
    ///
    /// # Errors
    /// See there.
    pub fn append(&mut self, events: &[impl Borrow<Event>]) -> Result<(), JournalError> {
        self.fenced(|log| log.write(events, false))
    }

    /// See [`super::Log::release`].
    ///
    /// # Errors
    /// See there.
    pub fn release(&mut self, last: &[impl Borrow<Event>]) -> Result<(), JournalError> {
        self.fenced(|log| {
            log.write(last, true)?;
            if let Some(lease) = log.held.take() {
                lease.remove(&log.path);
                ranges::rest(&log.file, lease.epoch).map_err(disk("unlocking", &log.path))?;
            }
            Ok(())
        })
    }

    /// Whether the run is still ours, if it is held, without writing anything.
    ///
    /// # Errors
    /// As [`FileLog::append`]; [`JournalError::Superseded`] also when the lease's file names a later session.
    pub fn check(&mut self) -> Result<(), JournalError> {
        if self.held.is_none() {
            return Ok(());
        }
        self.fenced(|_| Ok(()))?;
        let epoch = self.epoch();
        match Lease::read(&self.path).filter(|lease| lease.epoch > epoch) {
            Some(other) => Err(JournalError::Superseded { path: self.path.clone(), holder: other.holder() }),
            None => Ok(()),
        }
    }

    /// The epoch under which it was taken last.
    pub fn epoch(&self) -> u64 {
        self.held.as_ref().map_or(self.newest.epoch, |lease| lease.epoch)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does `work` under the lock, once the file is seen to be as it was left.
    fn fenced(&mut self, work: impl FnOnce(&mut Self) -> Result<(), JournalError>) -> Result<(), JournalError> {
        let file = self.file.clone();
        let _appending = self.appending(&file)?;
        match fence::may_append(&self.left, &self.found()?) {
            Ok(()) => work(self),
            Err(lost) => Err(self.lost(lost)),
        }
    }

    fn appending<'a>(&self, file: &'a File) -> Result<Appending<'a>, JournalError> {
        let held = ranges::append(file, PATIENCE).map_err(disk("locking", &self.path))?;
        held.ok_or_else(|| JournalError::Busy { path: self.path.clone(), holder: self.newest.holder() })
    }

    /// What is found now. Under the lock.
    fn found(&self) -> Result<Found<Inode, Vec<u8>>, JournalError> {
        let at_path = match std::fs::metadata(&self.path) {
            Ok(file) => Some((file.dev(), file.ino())),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(error) => return Err(disk("looking at", &self.path)(error)),
        };
        let length = self.file.metadata().map_err(disk("looking at", &self.path))?.len();
        let mut tail = vec![0; self.left.tail.len()];
        let from = self.left.length - tail.len() as u64;
        match self.file.read_exact_at(&mut tail, from) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => tail.clear(),
            Err(error) => return Err(disk("reading", &self.path)(error)),
        }
        Ok(Found { at_path, length, tail })
    }

    /// What it means that the file is not as it was left: another session, or something else.
    fn lost(&self, lost: Lost) -> JournalError {
        let taker = (lost == Lost::Grown).then(|| self.taker()).flatten();
        match taker {
            Some(holder) => JournalError::Superseded { path: self.path.clone(), holder },
            None => {
                let kept = (lost == Lost::Gone || lost == Lost::Replaced).then(|| self.keep()).flatten();
                JournalError::Lost { path: self.path.clone(), lost, kept }
            }
        }
    }

    /// Keeps the lines of a file that has no name any more beside where it was: they would be gone with this process.
    fn keep(&self) -> Option<PathBuf> {
        if self.file.metadata().ok()?.nlink() > 0 {
            return None;
        }
        let mut name = self.path.as_os_str().to_owned();
        name.push(".kept");
        let kept = PathBuf::from(name);
        let mut made = match OpenOptions::new().create_new(true).write(true).mode(0o600).open(&kept) {
            Ok(made) => made,
            // Kept already, by an earlier look.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Some(kept),
            Err(_) => return None,
        };
        (&*self.file).rewind().ok()?;
        std::io::copy(&mut &*self.file, &mut made).and_then(|_| made.sync_all()).ok()?;
        Some(kept)
    }

    /// Who opened a session behind what this one wrote, if that is what stands there.
    fn taker(&self) -> Option<String> {
        let mut bytes = Vec::new();
        (&*self.file).seek(SeekFrom::Start(self.left.length)).ok()?;
        (&*self.file).read_to_end(&mut bytes).ok()?;
        let (events, _) = journal::lines(&mut self.reader.clone(), &bytes, &self.path).ok()?;
        let later = events.iter().rev().find_map(session)?;
        (later.epoch > self.epoch()).then(|| later.holder())
    }

    /// Reads the lines that stand behind those known; what they hold, and how many bytes of a torn one stand behind.
    fn read_on(&mut self) -> Result<(Vec<Event>, usize), JournalError> {
        let mut bytes = Vec::new();
        let mut file = &*self.file;
        let read = file.seek(SeekFrom::Start(self.left.length)).and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(disk("reading", &self.path))?;
        let mut reader = self.reader.clone();
        let (events, whole) = journal::lines(&mut reader, &bytes, &self.path)?;
        self.note_all(&events);
        self.later = self.later.take().or_else(|| journal::later(&events));
        self.leave_behind(&bytes[..whole], reader);
        Ok((events, bytes.len() - whole))
    }

    /// Writes events, and the line that covers them, at the end. Under the lock, the file as it was left.
    fn write(&mut self, events: &[impl Borrow<Event>], closes: bool) -> Result<(), JournalError> {
        let (mut batch, mut reader) = lines(&self.reader, events)?;
        if let (true, Some(last)) = (closes, events.last().map(Borrow::borrow).or(self.last.as_ref())) {
            let line = chain::cover(last, reader.last_hash())?;
            push(&mut batch, &line, &mut reader, true);
        }
        let unwritten = |source| JournalError::Unwritten { path: self.path.clone(), source };
        (&*self.file).write_all(batch.as_bytes()).map_err(unwritten)?;
        self.file.sync_data().map_err(unwritten)?;
        self.note_all(events);
        self.leave_behind(batch.as_bytes(), reader);
        Ok(())
    }

    fn note_all(&mut self, events: &[impl Borrow<Event>]) {
        for event in events.iter().map(Borrow::borrow) {
            self.newest.epoch = self.newest.epoch.max(event.epoch);
            if let Some(session) = session(event) {
                self.newest = Lease { epoch: self.newest.epoch, ..session };
            } else if self.newest.by.is_empty() {
                self.newest.by = event.by.clone();
            }
        }
        if let Some(last) = events.last() {
            self.last = Some(last.borrow().clone());
        }
    }

    /// Remembers how the file is left: `more` stands behind what was known.
    fn leave_behind(&mut self, more: &[u8], reader: chain::Reader) {
        self.reader = reader;
        if more.is_empty() {
            return;
        }
        self.left.length += more.len() as u64;
        let line = more[..more.len() - 1].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let from = line.max(more.len().saturating_sub(TAIL as usize));
        self.left.tail = more[from..].to_vec();
    }

    fn hold(&mut self, lease: Lease) {
        lease.leave(&self.path);
        self.held = Some(lease);
    }
}

/// The session that an event opens.
fn session(event: &Event) -> Option<Lease> {
    let What::SessionOpened { host, pid, .. } = &event.what else { return None };
    Some(Lease { epoch: event.epoch, by: event.by.clone(), host: host.clone(), pid: *pid })
}

/// Events as lines behind those that `reader` has read, and the reader behind them.
fn lines(reader: &chain::Reader, events: &[impl Borrow<Event>]) -> Result<(String, chain::Reader), JournalError> {
    let mut reader = reader.clone();
    let mut batch = String::new();
    for event in events {
        debug_assert_eq!(event.borrow().seq, reader.lines(), "an event has the number of its line");
        let line = chain::write(event.borrow(), reader.last_hash())?;
        push(&mut batch, &line, &mut reader, false);
    }
    Ok((batch, reader))
}

fn push(batch: &mut String, line: &str, reader: &mut chain::Reader, closes: bool) {
    reader.take(chain::hash(line.as_bytes()), closes);
    batch.push_str(line);
    batch.push('\n');
}

/// Gives a whole file its name, unless something has it.
fn name(unnamed: &Path, path: &Path) -> Result<(), JournalError> {
    let named = match rustix::fs::renameat_with(CWD, unnamed, CWD, path, RenameFlags::NOREPLACE) {
        // A file system that cannot rename so can link, mostly.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::OPNOTSUPP) => {
            std::fs::hard_link(unnamed, path).and_then(|()| std::fs::remove_file(unnamed))
        }
        renamed => renamed.map_err(Into::into),
    };
    named.map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => JournalError::Exists(path.to_owned()),
        _ => disk("naming", path)(source),
    })
}

/// A new file's name is durable only once its folder is.
fn sync_folder(path: &Path) -> Result<(), JournalError> {
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).map_err(disk("syncing the folder of", path))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What no other session has: 128 bits of chance, in hexadecimal.
pub(in crate::engine) fn nonce() -> String {
    format!("{:032x}", rand::random::<u128>())
}
