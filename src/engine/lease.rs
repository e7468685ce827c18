//! One writer: a lease with an epoch, in a small locked file beside the journal. An older epoch's append is refused.

use crate::files;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Why a lease could not be taken, or is no longer held.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// Another session holds it.
    #[error("{holder} drives this run already: watch it, or let them leave it; take it over only when they are gone")]
    Held {
        /// Who, and where.
        holder: String,
    },
    /// Another session has taken it over.
    #[error("{holder} has taken this run over: nothing more is written from here")]
    Superseded {
        /// Who, and where.
        holder: String,
    },
    /// The disk said no.
    #[error("the lease {}: {source}", .path.display())]
    Disk {
        /// The lease's file.
        path: PathBuf,
        /// What came back.
        source: std::io::Error,
    },
}

/// What stands in the lease's file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Holder {
    epoch: u64,
    by: String,
    host: String,
    pid: u32,
}

impl Holder {
    fn words(&self) -> String {
        format!("{} ({} pid {})", self.by, self.host, self.pid)
    }
}

/// A held lease. Let go of when dropped, and when the process ends however it ends.
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    epoch: u64,
    /// Locked while held; `None` after a take-over from a holder whose lock is still there.
    _lock: File,
}

impl Lease {
    /// Takes the lease of the journal at `journal`, whose last epoch was `last_epoch`.
    ///
    /// # Errors
    /// [`LeaseError::Held`] while another process holds it, unless `take_over`.
    pub fn take(journal: &Path, last_epoch: u64, by: &str, take_over: bool) -> Result<Self, LeaseError> {
        let path = lease_path(journal);
        let disk = |source| LeaseError::Disk { path: path.clone(), source };
        let mut file = files::read_and_write(&path).map_err(disk)?;
        let before = holder(&mut file).map_err(disk)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if take_over => {}
            Err(TryLockError::WouldBlock) => return Err(LeaseError::Held { holder: before.words() }),
            Err(TryLockError::Error(source)) => return Err(disk(source)),
        }
        let epoch = before.epoch.max(last_epoch) + 1;
        let own = Holder { epoch, by: by.to_owned(), host: host(), pid: std::process::id() };
        let text = serde_json::to_string(&own).map_err(|error| disk(error.into()))?;
        file.set_len(0).map_err(disk)?;
        file.seek(SeekFrom::Start(0)).map_err(disk)?;
        file.write_all(text.as_bytes()).map_err(disk)?;
        file.sync_all().map_err(disk)?;
        Ok(Self { path, epoch, _lock: file })
    }

    /// Whether it is still ours.
    ///
    /// # Errors
    /// [`LeaseError::Superseded`] when a later epoch stands in the file.
    pub fn check(&self) -> Result<(), LeaseError> {
        let disk = |source| LeaseError::Disk { path: self.path.clone(), source };
        let mut file = files::open(&self.path).map_err(disk)?;
        let now = holder(&mut file).map_err(disk)?;
        if now.epoch > self.epoch {
            return Err(LeaseError::Superseded { holder: now.words() });
        }
        Ok(())
    }

    /// Its epoch.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

/// The name of this machine.
pub fn host() -> String {
    whoami::hostname().unwrap_or_else(|_| "unknown-host".to_owned())
}

fn lease_path(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lease");
    PathBuf::from(name)
}

/// Who stands in the file. A half-written one names nobody: the journal's own last epoch still counts.
fn holder(file: &mut File) -> std::io::Result<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(files::NOTE).read_to_string(&mut text)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}
