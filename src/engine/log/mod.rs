//! The run's journal as its driver has it: taken by one at a time, appended to, let go of. One back end, a file; one
//! shared by several machines fits the same trait.

mod file;
mod ranges;

pub use super::fence::How;
pub use file::FileLog;
pub(super) use file::nonce;

use super::journal::JournalError;
use crate::recovery::Event;
use crate::text::Clean;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};

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

    /// Whether the run is still ours, without writing anything.
    ///
    /// # Errors
    /// As [`Log::append`].
    async fn check(&mut self) -> Result<(), JournalError>;

    /// The epoch under which it was taken last.
    fn epoch(&self) -> u64;
}

/// A file log that works on threads of their own, so that a slow disk stops no timer.
#[derive(Debug)]
pub(super) struct Aside {
    log: Arc<Mutex<FileLog>>,
    epoch: u64,
}

impl From<FileLog> for Aside {
    fn from(log: FileLog) -> Self {
        Self { epoch: log.epoch(), log: Arc::new(Mutex::new(log)) }
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

    async fn check(&mut self) -> Result<(), JournalError> {
        self.with(FileLog::check).await
    }

    fn epoch(&self) -> u64 {
        self.epoch
    }
}
