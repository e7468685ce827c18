//! The world's own log on disk, apart from the journal: what was really taken, written before anybody is told. A
//! world reopened from it is the same world, whatever the journal hopes.

use super::fault::Fault;
use crate::files;
use crate::service::{Act, AimedFault};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// The version of the log's format.
pub const VERSION: u32 = 1;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The first line: what the world was made from, beside the plan.
    World(Origin),
    /// An operation reached the world.
    Received {
        /// When.
        at: Timestamp,
        /// Who sent it: run, step and attempt.
        token: String,
        /// Whether it was done; refused otherwise.
        done: bool,
        /// Whether its reply was lost.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        lost: bool,
        /// What it was.
        act: Act,
    },
    /// A fault was injected while the run was under way.
    Injected {
        /// When.
        at: Timestamp,
        /// What.
        fault: Fault,
    },
    /// A fault was ended while the run was under way.
    Ended {
        /// When.
        at: Timestamp,
        /// Which.
        fault: AimedFault,
    },
}

impl Line {
    /// The fault that was injected, if one was.
    pub(super) fn injected(&self) -> Option<AimedFault> {
        match self {
            Self::Injected { fault, .. } => Some(fault.aim()),
            Self::World(_) | Self::Received { .. } | Self::Ended { .. } => None,
        }
    }
}

/// What a world is made from, beside the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The version of the format.
    pub version: u32,
    /// The application.
    pub application: Clean,
    /// What every draw of chance starts from.
    pub seed: u64,
    /// When the run began.
    pub started_at: Timestamp,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// Why a world's log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The disk says no.
    #[error("the simulated world's log {path}: {source}")]
    Disk {
        /// The log.
        path: PathBuf,
        /// What the disk says.
        source: std::io::Error,
    },
    /// A line cannot be read.
    #[error("the simulated world's log {path}, line {line}: {message}")]
    Damaged {
        /// The log.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
}

/// The lines of the log at `path`; none when there is no file yet. A torn last line is left out.
///
/// # Errors
/// [`LogError`].
pub fn read(path: &Path) -> Result<Vec<Line>, LogError> {
    whole_lines(path).map(|(lines, _)| lines)
}

/// The whole lines, and how many bytes they take when a torn one stands behind them.
fn whole_lines(path: &Path) -> Result<(Vec<Line>, Option<u64>), LogError> {
    let held = match files::open(path).and_then(whole) {
        Ok(held) => held,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(LogError::Disk { path: path.to_owned(), source }),
    };
    let whole = held.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut lines = Vec::new();
    for (place, line) in held[..whole].split_inclusive(|byte| *byte == b'\n').enumerate() {
        let damaged = |message| LogError::Damaged { path: path.to_owned(), line: place + 1, message };
        lines.push(serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))?);
    }
    Ok((lines, (whole < held.len()).then_some(whole as u64)))
}

fn whole(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut held = Vec::new();
    file.read_to_end(&mut held)?;
    Ok(held)
}

/// Where the log is written to. The file is made with its first line: a world that is only looked at leaves none.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// Where to cut it before anything is written.
    cut: Option<u64>,
    file: Option<File>,
}

impl Log {
    /// The log at `path`, and what it holds.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn open(path: &Path) -> Result<(Self, Vec<Line>), LogError> {
        let (lines, cut) = whole_lines(path)?;
        Ok((Self { path: path.to_owned(), cut, file: None }, lines))
    }

    /// Appends a line in one write: it is there even if this process is killed right after. A torn line before it
    /// is cut.
    ///
    /// # Errors
    /// [`LogError::Disk`].
    pub fn append(&mut self, line: &Line) -> Result<(), LogError> {
        let disk = |source| LogError::Disk { path: self.path.clone(), source };
        let mut text = serde_json::to_vec(line).map_err(|error| disk(error.into()))?;
        text.push(b'\n');
        let mut file = match self.file.take() {
            Some(file) => file,
            None => {
                let file = files::append(&self.path).map_err(disk)?;
                if let Some(whole) = self.cut.take() {
                    file.set_len(whole).map_err(disk)?;
                }
                file
            }
        };
        let written = file.write_all(&text).map_err(disk);
        self.file = Some(file);
        written
    }
}
