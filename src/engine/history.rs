//! The past runs that are known on this machine, an ended run a line, in a file beside the folder of the journals. It is read
//! off the journals and never believed against one: a line counts while its journal is as long and as old as it was when the
//! line was made. What is missing or damaged is made again; that it cannot be kept keeps nobody from anything.

use super::{glance, journal};
use crate::files;
use crate::recovery::past::{PAST_VERSION, Past};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 << 20;
/// The longest journal that is read for its line, in bytes.
const WHOLE: u64 = 256 << 20;

/// What a line was made from: a journal that is otherwise by now is read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Source {
    journal: PathBuf,
    bytes: u64,
    modified: (i64, i64),
}

impl Source {
    fn of(journal: &Path) -> Option<Self> {
        let about = std::fs::metadata(journal).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self { journal: journal.to_owned(), bytes: about.len(), modified: (about.mtime(), about.mtime_nsec()) })
    }
}

/// A line: what a journal tells of its run; of one that has not ended, that it does not.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    version: u32,
    #[serde(flatten)]
    source: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    past: Option<Past>,
}

/// How much is done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Every journal is read again.
    Anew,
    /// What is new or changed is read, however much that is.
    Whole,
    /// What is new or changed is read up to so many bytes: the rest is left to a command that has the time.
    AtMost(u64),
}

/// The past runs of `journals`, the newest by their ends first. `runs` is the folder of journals; the file lies beside it.
pub fn of(runs: &Path, journals: &[PathBuf], effort: Effort) -> Vec<Past> {
    let path = runs.with_file_name("history.jsonl");
    let known = if effort == Effort::Anew { BTreeMap::new() } else { read(&path) };
    let mut left = match effort {
        Effort::Anew | Effort::Whole => u64::MAX,
        Effort::AtMost(bytes) => bytes,
    };
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_new = false;
    for source in journals.iter().filter_map(|journal| Source::of(journal)) {
        match known.get(&source.journal).filter(|entry| entry.source == source) {
            Some(entry) => entries.push(entry.clone()),
            None if source.bytes <= left.min(WHOLE) => {
                left -= source.bytes;
                is_new = true;
                entries.push(entry(source));
            }
            None => {}
        }
    }
    if is_new || entries.len() != known.len() {
        let _ = write(&path, &entries);
    }
    let mut pasts: Vec<Past> = entries.into_iter().filter_map(|entry| entry.past).collect();
    pasts.sort_by_key(|past| std::cmp::Reverse(past.ended_at));
    // A copy of a journal is the same run.
    let mut seen = std::collections::BTreeSet::new();
    pasts.retain(|past| seen.insert(past.run.clone()));
    pasts
}

/// What a journal tells. One that cannot be read tells nothing.
fn entry(source: Source) -> Entry {
    // A look at both ends is enough to see that a run has not ended.
    let has_ended = glance::glance(&source.journal, 0).is_ok_and(|found| found.ended.is_some());
    let recorded = has_ended.then(|| journal::read(&source.journal).ok()).flatten();
    let past = recorded.and_then(|recorded| Past::of(&recorded.events));
    Entry { version: PAST_VERSION, source, past }
}

/// The lines, by their journals. What is no line, or of another version, is none.
fn read(path: &Path) -> BTreeMap<PathBuf, Entry> {
    let bytes = files::read(path, LONGEST).unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Entry>(line).ok());
    let lines = lines.filter(|entry| entry.version == PAST_VERSION);
    lines.map(|entry| (entry.source.journal.clone(), entry)).collect()
}

/// Writes the file anew.
fn write(path: &Path, entries: &[Entry]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    files::make_folder(folder)?;
    let mut text = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut text, entry)?;
        text.push(b'\n');
    }
    files::replace(path, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::event::{CloudName, RunOutcome};

    /// A folder of runs that holds copies of recordings.
    fn runs(names: &[&str]) -> (tempfile::TempDir, PathBuf, Vec<PathBuf>) {
        let folder = tempfile::tempdir().expect("a folder");
        let runs = folder.path().join("runs");
        std::fs::create_dir(&runs).expect("it is made");
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
        let copy = |name: &&str| {
            let to = runs.join(name);
            std::fs::copy(recordings.join(name), &to).expect("it is copied");
            to
        };
        let journals = names.iter().map(copy).collect();
        (folder, runs, journals)
    }

    fn all() -> Vec<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
        let names = std::fs::read_dir(folder).expect("a folder").flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.ends_with(".jsonl")).collect()
    }

    #[test]
    fn a_line_says_what_its_journal_says() {
        let names = all();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (_folder, runs, journals) = runs(&names);
        let pasts = of(&runs, &journals, Effort::Whole);
        assert!(!pasts.is_empty());
        for path in &journals {
            let recorded = journal::read(path).expect("it reads");
            let report = crate::recovery::score::score(&recorded.events).expect("a run");
            let Some(past) = pasts.iter().find(|past| Some(past) == Past::of(&recorded.events).as_ref().as_ref())
            else {
                assert!(
                    matches!(report.came_to.outcome, None | Some(RunOutcome::Held))
                        || Past::of(&recorded.events).is_some(),
                    "{}",
                    path.display()
                );
                continue;
            };
            assert_eq!(Some(past.outcome), report.came_to.outcome);
            assert!((past.recovery_seconds - report.came_to.recover_seconds).abs() < 0.001);
            assert_eq!((past.verdict, past.cloud), (report.came_to.verdict(), CloudName::Sim));
            assert!(past.steps.iter().any(|step| step.acted && step.seconds.is_some()), "{}", path.display());
        }
        let text = std::fs::read_to_string(runs.with_file_name("history.jsonl")).expect("it is kept");
        assert_eq!(text.lines().count(), journals.len());
    }

    #[test]
    fn what_is_missing_damaged_or_out_of_date_is_made_again_from_the_journal() {
        let names = all();
        let names: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
        let (_folder, runs, journals) = runs(&names);
        let path = runs.with_file_name("history.jsonl");
        let wanted = of(&runs, &journals, Effort::Whole);
        let text = std::fs::read_to_string(&path).expect("it is kept");
        let lies = text.replace("\"recovery_seconds\":", "\"recovery_seconds\":1");
        let cut = &text[..text.len() / 2];
        for (damaged, what) in [("", "empty"), ("\u{0}\u{1}not a line\n", "rubbish"), (cut, "cut")] {
            std::fs::write(&path, damaged).expect("it is written");
            assert_eq!(of(&runs, &journals, Effort::Whole), wanted, "{what}");
            assert_eq!(std::fs::read_to_string(&path).expect("kept"), text, "{what}");
        }
        std::fs::write(&path, &lies).expect("it is written");
        assert_eq!(of(&runs, &journals, Effort::Anew), wanted, "a lie ends when it is made anew");
        // A line that lies of its journal's length or time is none.
        let (bytes, other) = ("\"bytes\":", "\"bytes\":1");
        std::fs::write(&path, lies.replace(bytes, other)).expect("it is written");
        assert_eq!(of(&runs, &journals, Effort::Whole), wanted);
        // A journal that is gone takes its line along.
        std::fs::remove_file(&journals[0]).expect("it is there");
        assert!(of(&runs, &journals, Effort::Whole).len() < wanted.len());
    }

    #[test]
    fn who_has_no_time_reads_little_and_keeps_what_is_known() {
        let names = all();
        let names: Vec<&str> = names.iter().take(2).map(String::as_str).collect();
        let (_folder, runs, journals) = runs(&names);
        assert!(of(&runs, &journals, Effort::AtMost(10)).is_empty());
        let wanted = of(&runs, &journals, Effort::Whole);
        assert_eq!(of(&runs, &journals, Effort::AtMost(0)), wanted);
    }
}
