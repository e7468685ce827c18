//! The run's journal as its driver has it: taken by one at a time, appended to, let go of. One back end, a file; one
//! shared by several machines fits the same trait.

mod file;
mod ranges;

pub use super::fence::How;
pub use file::FileLog;
pub(super) use file::nonce;
pub(super) use ranges::lives;

use super::journal::JournalError;
use crate::recovery::Event;
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Who takes a run, and how.
#[derive(Clone, Debug)]
pub struct Taking {
    /// Who commands.
    pub by: Clean,
    /// By which right.
    pub how: How,
    /// Whether it is meant to go on beside another run of the same application.
    pub beside: bool,
    /// When, by the run's clock; its newest event, where that is later.
    pub at: Timestamp,
}

/// What taking a run gave.
#[derive(Debug)]
pub struct Taken {
    /// What was written since the journal was read last, by others.
    pub since: Vec<Event>,
    /// What taking it wrote: the session is open.
    pub opened: Event,
    /// How many bytes of a torn last line were cut.
    pub torn_bytes: usize,
}

/// A run's journal as its driver has it.
#[async_trait]
pub trait Log: Send {
    /// Takes the run: one writer from now on. What it writes is durable when this returns.
    ///
    /// # Errors
    /// [`JournalError::Held`] while another session drives it, unless it is taken by force; what happened to the
    /// journal; [`JournalError::Later`] when not all of it is understood.
    async fn take(&mut self, taking: Taking) -> Result<Taken, JournalError>;

    /// Makes events durable, all in one write. They count only when this has returned.
    ///
    /// # Errors
    /// [`JournalError::Superseded`] when another session has taken the run, [`JournalError::Lost`] when the journal is
    /// not as it was left: nothing is written then. [`JournalError::Unwritten`] when the disk said no.
    async fn append(&mut self, events: &[Arc<Event>]) -> Result<(), JournalError>;

    /// Makes the session's last events durable, covered by a line behind them, and lets go of the run.
    ///
    /// # Errors
    /// As [`Log::append`].
    async fn release(&mut self, last: &[Arc<Event>]) -> Result<(), JournalError>;

    /// Waits until the run is no longer ours, though nothing is written; says why. Safe to drop and call again.
    async fn lost(&mut self) -> JournalError;

    /// The epoch under which it was taken last.
    fn epoch(&self) -> u64;
}

/// How often a file that nothing is written to is looked at, while it is held.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file log that works on threads of their own, so that a slow disk stops no timer.
#[derive(Debug)]
pub(super) struct Aside {
    log: Arc<Mutex<FileLog>>,
    epoch: u64,
    lost: UnboundedReceiver<JournalError>,
}

impl From<FileLog> for Aside {
    fn from(log: FileLog) -> Self {
        let epoch = log.epoch();
        let log = Arc::new(Mutex::new(log));
        let (telling, lost) = unbounded_channel();
        let looked_at = Arc::downgrade(&log);
        std::thread::spawn(move || look_at(&looked_at, &telling));
        Self { log, epoch, lost }
    }
}

/// Looks at a file log as long as it is wanted, and tells when its run is lost.
fn look_at(log: &Weak<Mutex<FileLog>>, telling: &UnboundedSender<JournalError>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(log) = log.upgrade() else { return };
        let looked = log.lock().unwrap_or_else(PoisonError::into_inner).check();
        if let Err(lost) = looked {
            // Who no longer listens has ended the session already.
            let _ = telling.send(lost);
            return;
        }
    }
}

impl Aside {
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&mut FileLog) -> T + Send + 'static) -> T {
        let log = self.log.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut log.lock().unwrap_or_else(PoisonError::into_inner)));
        done.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
    }
}

#[async_trait]
impl Log for Aside {
    async fn take(&mut self, taking: Taking) -> Result<Taken, JournalError> {
        let taken = self.with(move |log| log.take(&taking)).await?;
        self.epoch = taken.opened.epoch;
        Ok(taken)
    }

    async fn append(&mut self, events: &[Arc<Event>]) -> Result<(), JournalError> {
        let events = events.to_vec();
        self.with(move |log| log.append(&events)).await
    }

    async fn release(&mut self, last: &[Arc<Event>]) -> Result<(), JournalError> {
        let last = last.to_vec();
        self.with(move |log| log.release(&last)).await
    }

    async fn lost(&mut self) -> JournalError {
        match self.lost.recv().await {
            Some(lost) => lost,
            // Told once already: the session ends by it.
            None => std::future::pending().await,
        }
    }

    fn epoch(&self) -> u64 {
        self.epoch
    }
}
