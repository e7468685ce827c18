//! The lease's file beside a journal: who drives the run, for people who look into the folder. A hint and no more: the
//! journal itself says who may write. One that names a later session than ours can only make us stop, never let anybody
//! in.

use crate::text::Clean;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The most that is read of it, in bytes: what is longer is none of ours.
const LONGEST: u64 = 4096;

/// Who drives a run, as its lease's file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The epoch.
    pub epoch: u64,
    /// Who.
    pub by: Clean,
    /// On which machine.
    pub host: Clean,
    /// In which process.
    pub pid: u32,
}

impl Lease {
    /// The lease of this process.
    pub fn own(epoch: u64, by: Clean) -> Self {
        Self { epoch, by, host: Clean::new(&host()), pid: std::process::id() }
    }

    /// Who and where, in words.
    pub fn holder(&self) -> String {
        format!("{} ({} pid {})", self.by, self.host, self.pid)
    }

    /// Leaves it beside `journal`. Where it cannot be left there is none: nothing rests on it.
    pub fn leave(&self, journal: &Path) {
        let Ok(text) = serde_json::to_vec(self) else { return };
        let path = path_for(journal);
        let _ = std::fs::remove_file(&path);
        let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let _ = made.and_then(|mut file| file.write_all(&text));
    }

    /// Takes it away, if it is still the one left.
    pub fn remove(&self, journal: &Path) {
        if Self::read(journal).as_ref() == Some(self) {
            let _ = std::fs::remove_file(path_for(journal));
        }
    }

    /// What the file beside `journal` says; nothing where it is not there or says nothing that can be understood.
    pub fn read(journal: &Path) -> Option<Self> {
        // Whatever stands there is neither waited for nor believed to be small.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::open(path_for(journal), flags, Mode::empty()).ok()?);
        if !file.metadata().ok()?.is_file() {
            return None;
        }
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// The name of this machine.
pub fn host() -> String {
    whoami::hostname().unwrap_or_else(|_| "unknown-host".to_owned())
}

fn path_for(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".lease");
    PathBuf::from(name)
}
