//! Who looks on: a watcher leaves a mark beside the journal while it watches, and the session that drives the run
//! counts them. A mark says nothing but that it is there; on a disk that cannot be written there are none.

use crate::files;
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
/// How many marks are looked at.
const MOST: usize = 1000;

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
        files::make_folder(&folder).ok()?;
        let path = folder.join(format!("{}-{}", super::lease::host(), std::process::id()));
        files::write_here(&path, b"0\n").ok()?;
        let renewed = path.clone();
        let renewing = tokio::spawn(async move {
            let mut ticks = interval(RENEW);
            for count in 0_u64.. {
                ticks.tick().await;
                // One that cannot be renewed any more grows old, which is what it means.
                let _ = files::write_here(&renewed, format!("{count}\n").as_bytes());
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

/// The marks there are. What is no mark (a link, a pipe, a long file) is passed over, and of a folder full of them only
/// so many are looked at: anybody may have put them there.
fn read(folder: &Path) -> HashMap<PathBuf, Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return HashMap::new() };
    let marks = entries.take(MOST).flatten();
    marks.filter_map(|entry| Some((entry.path(), files::read_here(&entry.path(), files::MARK).ok()?))).collect()
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

    #[tokio::test(start_paused = true)]
    async fn traps_among_the_marks_are_no_watchers_and_cost_nothing() {
        let disk = tempfile::tempdir().expect("a folder");
        let journal = disk.path().join("run.jsonl");
        let marks = folder(&journal);
        std::fs::create_dir(&marks).expect("a folder");
        std::os::unix::fs::symlink("/dev/zero", marks.join("endless")).expect("a link");
        std::os::unix::fs::symlink(disk.path().join("elsewhere"), marks.join("away")).expect("a link");
        std::fs::write(disk.path().join("elsewhere"), "1\n").expect("it is written");
        assert!(std::process::Command::new("mkfifo").arg(marks.join("pipe")).status().expect("mkfifo").success());
        std::fs::create_dir(marks.join("folder")).expect("a folder");
        std::fs::write(marks.join("long"), vec![b'x'; 100_000]).expect("it is written");
        let mark = Mark::leave(&journal).expect("a mark");
        let (seen, mut heard) = mpsc::unbounded_channel();
        let counting = tokio::spawn(count(journal.clone(), seen));
        assert_eq!(heard.recv().await, Some(What::Watched { watchers: 1 }));
        counting.abort();
        drop(mark);
    }

    #[tokio::test(start_paused = true)]
    async fn of_marks_without_end_only_so_many_are_looked_at() {
        let disk = tempfile::tempdir().expect("a folder");
        let marks = folder(&disk.path().join("run.jsonl"));
        std::fs::create_dir(&marks).expect("a folder");
        for nth in 0..MOST + 50 {
            std::fs::write(marks.join(nth.to_string()), "1\n").expect("it is written");
        }
        assert_eq!(read(&marks).len(), MOST);
    }

    #[test]
    fn a_mark_is_not_left_through_a_link() {
        let disk = tempfile::tempdir().expect("a folder");
        let (journal, kept) = (disk.path().join("run.jsonl"), disk.path().join("kept"));
        std::fs::write(&kept, "kept").expect("it is written");
        std::fs::create_dir(folder(&journal)).expect("a folder");
        let own = folder(&journal).join(format!("{}-{}", crate::engine::lease::host(), std::process::id()));
        std::os::unix::fs::symlink(&kept, own).expect("a link");
        assert!(Mark::leave(&journal).is_none());
        assert_eq!(std::fs::read(&kept).expect("it is there"), b"kept");
    }
}
