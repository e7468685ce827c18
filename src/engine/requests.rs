//! A facilitator at another terminal: wishes as lines of a file beside a drill's journal. Who holds the drill's
//! facilitator takes them up as they come; the journal tells what became of them.

use super::facilitator::Facilitator;
use crate::files;
use crate::recovery::Facilitate;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How much of it is read at once, in bytes: more wishes than anybody leaves in that time.
const AT_ONCE: u64 = 64 * 1024;

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
    files::append(&path_for(journal))?.write_all(&line)
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
        // A line that is longer than all that is read at once is none of ours: it is passed over.
        from += if whole == 0 && text.len() as u64 == AT_ONCE { AT_ONCE } else { whole as u64 };
        for line in text[..whole].split(|byte| *byte == b'\n') {
            if let Ok(request) = serde_json::from_slice::<Request>(line) {
                // The journal is the answer: whoever left it follows that.
                drop(facilitator.called(request.by).send(request.wish));
            }
        }
    }
}

fn read_from(path: &Path, from: u64) -> std::io::Result<Vec<u8>> {
    let mut file = files::open(path)?;
    let mut text = Vec::new();
    if file.metadata()?.len() > from {
        file.seek(SeekFrom::Start(from))?;
        file.take(AT_ONCE).read_to_end(&mut text)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fault::{AimedFault, FaultKind, Target};

    #[tokio::test(start_paused = true)]
    async fn noise_in_the_file_stops_no_wish_behind_it() {
        let disk = tempfile::tempdir().expect("a folder");
        let journal = disk.path().join("run.jsonl");
        let (facilitator, mut wishes) = Facilitator::new("drill".into());
        let taking = tokio::spawn(take_up(journal.clone(), facilitator));
        tokio::task::yield_now().await;
        std::fs::write(path_for(&journal), vec![b'x'; 3 * AT_ONCE as usize]).expect("it is written");
        let fault = AimedFault::new(FaultKind::TasksCrash, Target::Component("api".into()));
        std::fs::OpenOptions::new()
            .append(true)
            .open(path_for(&journal))
            .and_then(|mut file| file.write_all(b"\n{\"by\":7}\n"))
            .expect("it is appended to");
        leave(&journal, &Request { by: "fay".into(), wish: Facilitate::Inject(fault) }).expect("it is left");
        let wished = tokio::time::timeout(Duration::from_secs(60), wishes.recv()).await.expect("it is taken up");
        assert_eq!(wished.map(|wished| wished.by), Some("fay".into()));
        taking.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pipe_in_its_place_is_left_alone() {
        let disk = tempfile::tempdir().expect("a folder");
        let journal = disk.path().join("run.jsonl");
        assert!(std::process::Command::new("mkfifo").arg(path_for(&journal)).status().expect("mkfifo").success());
        let (facilitator, _wishes) = Facilitator::new("drill".into());
        let taking = tokio::spawn(take_up(journal.clone(), facilitator));
        tokio::time::sleep(LOOK_EVERY * 5).await;
        assert!(!taking.is_finished());
        let fault = AimedFault::new(FaultKind::TasksCrash, Target::Component("api".into()));
        assert!(leave(&journal, &Request { by: "fay".into(), wish: Facilitate::Inject(fault) }).is_err());
        taking.abort();
    }
}
