//! A facilitator at another terminal: wishes as lines of a file beside a drill's journal. Who holds the drill's
//! facilitator takes them up as they come; the journal tells what became of them.

use super::facilitator::Facilitator;
use crate::recovery::Facilitate;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A wish of a facilitator, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who.
    pub by: Clean,
    /// What.
    #[serde(flatten)]
    pub wish: Facilitate,
}

/// Where the wishes for the drill of `journal` are.
pub fn path_for(journal: &Path) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(".faults");
    PathBuf::from(path)
}

/// Leaves a wish for the drill of `journal`.
///
/// # Errors
/// What the disk says.
pub fn leave(journal: &Path, request: &Request) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).mode(0o600).open(path_for(journal))?.write_all(&line)
}

/// Takes up the wishes that are left from now on for the drill of `journal`, until it is dropped. What was left before
/// was for an earlier session. A line that is no wish is passed over.
pub async fn take_up(journal: PathBuf, facilitator: Facilitator) {
    let path = path_for(&journal);
    let mut from = std::fs::metadata(&path).map_or(0, |file| file.len());
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Ok(text) = read_from(&path, from) else { continue };
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        from += whole as u64;
        for line in text[..whole].split(|byte| *byte == b'\n') {
            if let Ok(request) = serde_json::from_slice::<Request>(line) {
                // The journal is the answer: whoever left it follows that.
                drop(facilitator.called(request.by).send(request.wish));
            }
        }
    }
}

fn read_from(path: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    let mut text = Vec::new();
    if file.metadata()?.len() > from {
        file.seek(SeekFrom::Start(from))?;
        file.read_to_end(&mut text)?;
    }
    Ok(text)
}
