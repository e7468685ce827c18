//! The world's own log on disk, written apart from the journal: what was really taken, whatever the journal hopes.
//! One JSON object a line, written before the reply; a torn last line is dropped.

use super::fault::Fault;
use crate::service::Act;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "world", rename_all = "snake_case")]
pub enum Line {
    /// An operation was received.
    Received {
        /// When, in seconds after the run's start.
        at: f64,
        /// The API's name for it.
        operation: String,
        /// Who sent it: run, step and attempt.
        token: String,
        /// Whether it was done.
        done: bool,
        /// What it was.
        act: Act,
    },
    /// A fault was injected while it ran.
    Injected {
        /// What.
        fault: Fault,
    },
}

/// The lines of the log at `path`; none when there is no file yet.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path) -> std::io::Result<Vec<Line>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().map_while(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Where the log is written to.
#[derive(Debug)]
pub(super) struct Log(Option<File>);

impl Log {
    /// Opens the log at `path` for appending, cutting a torn last line; without a path nothing is kept.
    pub(super) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let Some(path) = path else { return Ok(Self(None)) };
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let text = std::fs::read(path)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        if whole < text.len() {
            file.set_len(whole as u64)?;
        }
        Ok(Self(Some(file)))
    }

    /// Appends a line, in one write: it is there even if this process is killed right after.
    pub(super) fn append(&mut self, line: &Line) -> std::io::Result<()> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        file.write_all(text.as_bytes())
    }
}
