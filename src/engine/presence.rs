//! Who looks on: a watcher leaves a mark beside the journal while it watches, and the session that drives the run
//! counts them. A mark says nothing but that it is there; on a disk that cannot be written there are none.

use crate::recovery::What;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval};

/// How often a watcher renews its mark, and a session looks for marks.
const RENEW: Duration = Duration::from_secs(5);
/// A mark that was not renewed for this long is of a watcher that is gone. Counted by the session's own clock: those
/// of two machines on one disk need not agree.
const GONE: Duration = Duration::from_secs(20);

fn folder(journal: &Path) -> PathBuf {
    let mut name = journal.as_os_str().to_owned();
    name.push(".watchers");
    PathBuf::from(name)
}

/// A watcher's mark, there for as long as this is held.
#[derive(Debug)]
pub struct Mark {
    path: PathBuf,
    renewing: JoinHandle<()>,
}

impl Mark {
    /// Leaves a mark beside `journal`; none where nothing can be written.
    pub fn leave(journal: &Path) -> Option<Self> {
        let folder = folder(journal);
        std::fs::create_dir_all(&folder).ok()?;
        let path = folder.join(format!("{}-{}", super::lease::host(), std::process::id()));
        std::fs::write(&path, "0\n").ok()?;
        let renewed = path.clone();
        let renewing = tokio::spawn(async move {
            let mut ticks = interval(RENEW);
            for count in 0_u64.. {
                ticks.tick().await;
                // One that cannot be renewed any more grows old, which is what it means.
                let _ = std::fs::write(&renewed, format!("{count}\n"));
            }
        });
        Some(Self { path, renewing })
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.renewing.abort();
        let _ = std::fs::remove_file(&self.path);
        // The last one out takes the folder along; while others watch it is not empty, and stays.
        let _ = self.path.parent().map(std::fs::remove_dir);
    }
}

/// Counts the watchers of `journal` for as long as somebody hears of it, and says so when it is another number.
pub async fn count(journal: PathBuf, seen: UnboundedSender<What>) {
    let folder = folder(&journal);
    let mut marks: HashMap<PathBuf, (Vec<u8>, Instant)> = HashMap::new();
    let mut told = 0;
    let mut ticks = interval(RENEW);
    loop {
        ticks.tick().await;
        let now = Instant::now();
        let found = read(&folder);
        marks.retain(|path, _| found.contains_key(path));
        for (path, content) in found {
            match marks.get_mut(&path) {
                Some((known, _)) if *known == content => {}
                Some(known) => *known = (content, now),
                None => {
                    marks.insert(path, (content, now));
                }
            }
        }
        let watchers = marks.values().filter(|(_, renewed)| now - *renewed < GONE).count();
        if watchers != told && seen.send(What::Watched { watchers }).is_err() {
            return;
        }
        told = watchers;
    }
}

fn read(folder: &Path) -> HashMap<PathBuf, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return HashMap::new() };
    entries.flatten().filter_map(|entry| Some((entry.path(), std::fs::read(entry.path()).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    #[tokio::test(start_paused = true)]
    async fn watchers_are_counted_as_they_come_go_and_die() {
        let disk = tempfile::tempdir().expect("a folder");
        let journal = disk.path().join("run.jsonl");
        let (seen, mut heard) = mpsc::unbounded_channel();
        let counting = tokio::spawn(count(journal.clone(), seen));
        let mark = Mark::leave(&journal).expect("a mark");
        // Of a watcher that was killed: nobody renews it.
        std::fs::write(folder(&journal).join("other-1"), "7\n").expect("another mark");
        assert_eq!(heard.recv().await, Some(What::Watched { watchers: 2 }));
        assert_eq!(heard.recv().await, Some(What::Watched { watchers: 1 }), "one is not renewed");
        std::fs::remove_file(folder(&journal).join("other-1")).expect("it is cleared away");
        drop(mark);
        assert_eq!(heard.recv().await, Some(What::Watched { watchers: 0 }));
        assert!(!folder(&journal).exists(), "nothing is left behind");
        counting.abort();
    }
}
