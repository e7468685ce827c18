//! What earlier looks at a plan found, in a file of the state folder: one line a change. That it cannot be kept keeps nobody
//! from looking.

use crate::files;
use crate::plan::{Intent, Plan};
use crate::recovery::Preflight;
use crate::recovery::readiness::{Change, History};
use jiff::Timestamp;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The longest history that is read, in bytes; a longer one is begun anew with how everything is now.
const LONGEST: u64 = 4 << 20;

/// The history of a plan's readiness.
pub(super) struct Remembered {
    path: Option<PathBuf>,
    history: History,
}

impl Remembered {
    /// What was found of `plan` before: of the application of its name, from and to the same regions.
    pub fn of(plan: &Plan) -> Self {
        let path = super::super::live::state_folder().ok().map(|folder| path_for(&folder, plan));
        let lines = path.as_deref().map(|path| files::read(path, LONGEST));
        let history = match lines {
            Some(Ok(bytes)) => {
                // A line that is cut, or of a later Landfall, is passed over.
                let lines = bytes.split(|byte| *byte == b'\n');
                History::of(lines.filter_map(|line| serde_json::from_slice::<Change>(line).ok()))
            }
            Some(Err(error)) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                path.as_deref().map(|path| files::write_here(path, b""));
                History::default()
            }
            Some(Err(_)) | None => History::default(),
        };
        Self { path, history }
    }

    /// Takes in a look: says of each finding since when it is so, and writes down and gives what changed.
    pub fn note(&mut self, intent: Intent, preflight: &mut Preflight, now: Timestamp) -> Vec<Change> {
        let changes = self.history.note(intent, preflight, now);
        if let Some(path) = &self.path {
            let _ = write(path, &changes);
        }
        changes
    }
}

/// `readiness/NAME-FROM-TO.jsonl` beside the folder of the runs.
fn path_for(runs: &Path, plan: &Plan) -> PathBuf {
    let application = &plan.application;
    let name: String = application.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name: String = name.chars().take(100).collect();
    let file = format!("{name}-{}-{}.jsonl", application.primary, application.recovery);
    runs.with_file_name("readiness").join(file.replace('/', "-"))
}

fn write(path: &Path, changes: &[Change]) -> std::io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    let mut lines = Vec::new();
    for change in changes {
        serde_json::to_writer(&mut lines, change)?;
        lines.push(b'\n');
    }
    // In one write: two who look at once write whole lines.
    files::append(path)?.write_all(&lines)
}
