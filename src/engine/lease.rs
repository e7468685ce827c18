//! The lease's file beside a journal: who drives the run, for people who look into the folder. A hint and no more: the
//! journal itself says who may write. One that names a later session than ours can only make us stop, never let anybody
//! in.

use crate::files;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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
        // A link or a pipe in its place is no lease: it gives way to one.
        let _ = std::fs::remove_file(&path);
        let _ = files::write_here(&path, &text);
    }

    /// Takes it away, if it is still the one left.
    pub fn remove(&self, journal: &Path) {
        if Self::read(journal).as_ref() == Some(self) {
            let _ = std::fs::remove_file(path_for(journal));
        }
    }

    /// What the file beside `journal` says; nothing where it is not there or says nothing that can be understood.
    pub fn read(journal: &Path) -> Option<Self> {
        let text = files::read_here(&path_for(journal), files::NOTE).ok()?;
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
