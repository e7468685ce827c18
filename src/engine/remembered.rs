//! What earlier looks at a plan found, in a file beside the folder of the runs: a line a change. Several may look at once: each
//! takes in what the others wrote before it writes, whole lines under a lock. That it cannot be kept keeps nobody from looking.

use crate::files;
use crate::plan::{Intent, Plan};
use crate::recovery::Preflight;
use crate::recovery::past::Exercised;
use crate::recovery::readiness::{Change, History, Line};
use jiff::Timestamp;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The longest history that is read, in bytes; a longer one is begun anew with how everything is now.
const LONGEST: u64 = 4 << 20;

/// How often it is tried to have the file, and how long lies between.
const TRIES: usize = 5;
const AGAIN: Duration = Duration::from_millis(2);

/// What became of having the file.
enum Hold {
    /// It is ours until it is dropped.
    Held(File),
    /// Somebody else has it.
    Busy,
    /// It cannot be had.
    None,
}

/// The history of a plan's readiness.
#[derive(Debug)]
pub struct Remembered {
    path: PathBuf,
    history: History,
    /// How far which file was read.
    read: (u64, u64),
    /// What past runs tell of the plan.
    pub exercised: Exercised,
}

impl Remembered {
    /// What was found of `plan` before: of the application of its name, from and to the same regions. `runs` is the folder of
    /// the journals; `exercised` is what past runs tell of it.
    pub fn of(runs: &Path, plan: &Plan, exercised: Exercised) -> Self {
        let mut own = Self { path: path_for(runs, plan), history: History::default(), read: (0, 0), exercised };
        // What is not there yet, or cannot be read, tells nothing.
        if let Ok(mut file) = files::open(&own.path) {
            let _ = own.catch_up(&mut file);
        }
        own
    }

    /// Takes in a look: says of each finding since when it is so and how it was before, and writes down and gives what
    /// changed.
    pub fn note(&mut self, intent: Intent, preflight: &mut Preflight, now: Timestamp) -> Vec<Change> {
        let drilled_at = self.exercised.ended_at();
        let lines = match self.hold() {
            Hold::Held(file) => {
                let lines = self.history.note(intent, preflight, drilled_at, now);
                let _ = self.write(file, &lines);
                lines
            }
            // It is told now, and found again and written down by the next look.
            Hold::Busy => self.history.clone().note(intent, preflight, drilled_at, now),
            Hold::None => self.history.note(intent, preflight, drilled_at, now),
        };
        let changes = lines.into_iter().filter_map(|line| match line {
            Line::Change(change) => Some(*change),
            Line::Look { .. } => None,
        });
        changes.collect()
    }

    /// The file, locked, and all that stands in it taken in. Whoever has it has it for a moment, or hangs.
    fn hold(&mut self) -> Hold {
        let opened = self
            .path
            .parent()
            .map(files::make_folder)
            .map(|made| made.and_then(|()| files::read_and_write(&self.path)));
        let Some(Ok(mut file)) = opened else { return Hold::None };
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return if self.begin(&mut file).is_ok() { Hold::Held(file) } else { Hold::None },
                Err(TryLockError::WouldBlock) => std::thread::sleep(AGAIN),
                Err(TryLockError::Error(_)) => return Hold::None,
            }
        }
        Hold::Busy
    }

    /// Takes in what stands in the locked `file`; what grew too long is begun anew.
    fn begin(&mut self, file: &mut File) -> io::Result<()> {
        if file.metadata()?.len() > LONGEST {
            file.set_len(0)?;
            self.history = History::default();
            self.read = (0, 0);
        }
        self.catch_up(file)
    }

    /// Takes in what stands in `file` behind what was read of it.
    fn catch_up(&mut self, file: &mut File) -> io::Result<()> {
        let about = file.metadata()?;
        let (inode, from) = self.read;
        // Another file, or a shorter one: it was begun anew.
        let from = if inode == about.ino() && from <= about.len() { from } else { 0 };
        if about.len() > LONGEST {
            return Ok(());
        }
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(LONGEST).read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        // A line that is damaged, or of a later Landfall, is passed over.
        let lines = bytes[..whole].split(|byte| *byte == b'\n');
        lines.filter_map(|line| serde_json::from_slice::<Line>(line).ok()).for_each(|line| self.history.take(line));
        self.read = (about.ino(), from + whole as u64);
        Ok(())
    }

    fn write(&mut self, mut file: File, lines: &[Line]) -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut text = Vec::new();
        // A line that somebody could not write whole ends here, and spoils none of ours.
        if file.metadata()?.len() > self.read.1 {
            text.push(b'\n');
        }
        for line in lines {
            serde_json::to_writer(&mut text, line)?;
            text.push(b'\n');
        }
        let end = file.seek(SeekFrom::End(0))?;
        file.write_all(&text)?;
        self.read.1 = end + text.len() as u64;
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Level, file};
    use crate::recovery::start::Found;
    use crate::service::{Check, Registry};
    use std::os::unix::fs::symlink;

    const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
"#;

    fn plan() -> Plan {
        file::read("shop.toml", PLAN.as_bytes(), &Registry).expect("a plan")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn look(code: &str, level: Level) -> Preflight {
        let check = Check { level, ..Check::failed(code, "stopped", "available", "start it") };
        Preflight::sorted(vec![Found::of(check)])
    }

    /// A folder of runs that is not there yet, in one that is.
    fn folder() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = folder.path().join("runs");
        (folder, runs)
    }

    fn lines(path: &Path) -> Vec<Line> {
        let text = std::fs::read_to_string(path).expect("it reads");
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    #[test]
    fn two_who_look_at_once_know_what_the_other_wrote_and_write_nothing_twice() {
        let (_folder, runs) = folder();
        let mut one = Remembered::of(&runs, &plan(), Exercised::default());
        let mut other = Remembered::of(&runs, &plan(), Exercised::default());
        let failover = Intent::Failover;
        assert_eq!(one.note(failover, &mut look("rds-status", Level::Failing), at(10)).len(), 1);
        let mut seen = look("rds-status", Level::Failing);
        assert_eq!(other.note(failover, &mut seen, at(50)), Vec::new());
        assert_eq!(seen.blocks[0].since, Some(at(10)), "since the first of them saw it");
        assert_eq!(lines(&one.path).len(), 1);
    }

    #[test]
    fn many_writers_at_once_leave_whole_lines_and_every_change() {
        let (_folder, runs) = folder();
        let writers: Vec<_> = (0..4)
            .map(|number| {
                let mut own = Remembered::of(&runs, &plan(), Exercised::default());
                std::thread::spawn(move || {
                    for turn in 0..50 {
                        let level = if turn % 2 == 0 { Level::Failing } else { Level::Ok };
                        own.note(Intent::Failover, &mut look(&format!("rule-{number}"), level), at(turn));
                    }
                    own.path
                })
            })
            .collect();
        let path = writers.into_iter().map(|writer| writer.join().expect("it wrote")).next_back().expect("a path");
        // Whoever did not get the lock wrote at the next look; what is written is whole.
        assert!(lines(&path).len() > 100);
    }

    #[test]
    fn a_line_that_was_cut_spoils_no_other_and_what_is_no_file_is_left_alone() {
        let (_folder, runs) = folder();
        let mut own = Remembered::of(&runs, &plan(), Exercised::default());
        own.note(Intent::Failover, &mut look("rds-status", Level::Failing), at(10));
        let mut file = files::append(&own.path).expect("it opens");
        file.write_all(b"not a line\n{\"at\":\"2026").expect("it is written");
        own.note(Intent::Failover, &mut look("rds-status", Level::Ok), at(20));
        let again = Remembered::of(&runs, &plan(), Exercised::default()).note(
            Intent::Failover,
            &mut look("rds-status", Level::Ok),
            at(30),
        );
        assert_eq!(again, Vec::new(), "it is known to be ok");
        std::fs::remove_file(&own.path).expect("it is there");
        symlink("/dev/zero", &own.path).expect("a link");
        let told = Remembered::of(&runs, &plan(), Exercised::default()).note(
            Intent::Failover,
            &mut look("rds-status", Level::Ok),
            at(40),
        );
        assert_eq!(told.len(), 1, "looked at all the same");
    }

    #[test]
    fn a_history_that_grew_too_long_begins_anew() {
        let (_folder, runs) = folder();
        let mut own = Remembered::of(&runs, &plan(), Exercised::default());
        own.note(Intent::Failover, &mut look("rds-status", Level::Failing), at(10));
        let mut file = files::append(&own.path).expect("it opens");
        file.write_all(&vec![b'\n'; usize::try_from(LONGEST).expect("it fits")]).expect("it is written");
        own.note(Intent::Failover, &mut look("rds-status", Level::Failing), at(20));
        assert_eq!(lines(&own.path).len(), 1);
        assert!(std::fs::metadata(&own.path).expect("it is there").len() < 1_000);
    }
}
