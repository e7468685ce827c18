//! The runs known on this machine: the journals of the state folder, and those that were kept elsewhere, whose paths are
//! noted in a file beside it. Only looked at: what stands in any of these files is never followed as an instruction.

use super::live;
use crate::engine::glance::{Glance, Untold, glance};
use crate::engine::history::{self, Effort};
use crate::engine::remembered::Remembered;
use crate::files;
use crate::plan::{Plan, Runbook};
use crate::recovery::event::CloudName;
use crate::recovery::past::{Estimates, Exercised, Past};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How many journals of the state folder are looked for.
const MOST: usize = 20_000;
/// How many paths of journals elsewhere are kept.
const KEPT: usize = 500;
/// How long the file of those paths grows before it is gone through, in bytes.
const LONG: u64 = 256 << 10;
/// The longest journal that is read whole to tell how its run stands, in bytes.
const WHOLE: u64 = 32 << 20;
/// How much is read whole in one listing, in bytes; the rest is told by its beginning and its end.
const IN_ALL: u64 = 96 << 20;

/// The runs that are known, the newest first, and the files that tell nothing of one.
#[derive(Debug, Default)]
pub struct Known {
    /// The runs.
    pub runs: Vec<Glance>,
    /// What looks like a journal and tells nothing, with why.
    pub untold: Vec<(PathBuf, Untold)>,
    /// How many older files were not looked at.
    pub left_out: usize,
}

impl Known {
    /// Whether `run` is not driven itself, and somebody drives a run of the same id in another file: it is a copy of that.
    pub fn is_copy_of_driven(&self, run: &Glance) -> bool {
        !run.is_driven() && self.runs.iter().any(|other| other.run == run.run && other.is_driven())
    }
}

/// Looks at every run known here.
///
/// # Errors
/// When there is no home folder.
pub fn all() -> miette::Result<Known> {
    newest(usize::MAX)
}

/// Looks at the newest runs known here, at most so many.
///
/// # Errors
/// When there is no home folder.
pub fn newest(most: usize) -> miette::Result<Known> {
    let folder = live::state_folder()?;
    let mut known = Known::default();
    let mut left = IN_ALL;
    for (_, path) in newest_first(journals(&folder).into_iter().chain(elsewhere(&folder))) {
        if known.runs.len() >= most {
            known.left_out += 1;
            continue;
        }
        match glance(&path, WHOLE.min(left)) {
            Ok(found) => {
                if found.inside.is_some() {
                    left = left.saturating_sub(found.bytes);
                }
                known.runs.push(found);
            }
            Err(why) => known.untold.push((path, why)),
        }
    }
    Ok(known)
}

/// How much of journals that are not known yet is read where somebody waits for a screen, in bytes.
const QUICK: u64 = 16 << 20;

/// The past runs that are known here, the newest first.
///
/// # Errors
/// When there is no home folder.
pub fn pasts(effort: Effort) -> miette::Result<Vec<Past>> {
    let folder = live::state_folder()?;
    let paths = newest_first(journals(&folder).into_iter().chain(elsewhere(&folder)));
    let paths: Vec<PathBuf> = paths.into_iter().map(|(_, path)| path).collect();
    Ok(history::of(&folder, &paths, effort))
}

/// Those that say something of the cloud that is meant now, for who has no time: what is new is read as far as that is quick, and where nothing is known nothing is.
pub fn quick_pasts() -> Vec<Past> {
    let here = live::endpoint();
    let mut pasts = pasts(Effort::AtMost(QUICK)).unwrap_or_default();
    // What a cloud for tests did proves nothing of the real one, and the other way round.
    pasts.retain(|past| past.cloud == CloudName::Sim || past.endpoint == here);
    pasts
}

/// What was found of `plan` before, and what past runs tell of it; nothing where there is no home folder.
pub fn remembered(plan: &Plan) -> Option<Remembered> {
    let runs = live::state_folder().ok()?;
    Some(Remembered::of(&runs, plan, Exercised::of(plan, &quick_pasts())))
}

/// Says in `runbook` how long its steps took in past runs on a real cloud.
pub fn estimate(plan: &Plan, runbook: &mut Runbook) {
    Estimates::of(plan.application.name.as_str(), &quick_pasts()).apply(runbook);
}

/// The files of the state folder that are called as journals are.
fn journals(folder: &Path) -> Vec<PathBuf> {
    // Nothing is known where there is no folder.
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl")).take(MOST).collect()
}

/// Each file once, by its own name and not a link's: what belongs to a journal lies beside it. By when it was written to
/// last. What is no file, or is there no more, is none.
fn newest_first(paths: impl Iterator<Item = PathBuf>) -> Vec<(SystemTime, PathBuf)> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<(SystemTime, PathBuf)> = paths
        .filter_map(|path| {
            let about = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
            let path = path.canonicalize().ok()?;
            seen.insert(path.clone()).then(|| (about.modified().unwrap_or(SystemTime::UNIX_EPOCH), path))
        })
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found
}

fn noted_in(folder: &Path) -> PathBuf {
    folder.with_file_name("elsewhere")
}

/// The journals that were noted: a path a line, as JSON, so that whatever stands in a name is one line. Only whole paths:
/// where somebody stood when it was noted is nobody's business now.
fn elsewhere(folder: &Path) -> Vec<PathBuf> {
    let text = files::read(&noted_in(folder), files::SETTINGS).unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let paths = lines.filter_map(|line| serde_json::from_slice::<PathBuf>(line).ok());
    paths.filter(|path| path.is_absolute()).take(MOST).collect()
}

/// Notes the journal at `path`, where it is not in the state folder, so that its run is found again without its path. That
/// it cannot be noted keeps nobody from anything.
pub fn note(path: &Path) {
    let (Ok(folder), Ok(path)) = (live::state_folder(), std::path::absolute(path)) else { return };
    if path.parent().is_some_and(|parent| parent == folder) {
        return;
    }
    let known = elsewhere(&folder);
    if known.contains(&path) {
        return;
    }
    let noted = noted_in(&folder);
    let is_long = std::fs::metadata(&noted).is_ok_and(|file| file.len() > LONG);
    let _ = if is_long { write_anew(&noted, &known, &path) } else { add(&noted, &path) };
}

fn add(noted: &Path, path: &Path) -> std::io::Result<()> {
    if let Some(folder) = noted.parent() {
        files::make_folder(folder)?;
    }
    files::append(noted)?.write_all(&line(path)?)
}

/// Writes the file again, with the newest of those that are still there.
fn write_anew(noted: &Path, known: &[PathBuf], path: &Path) -> std::io::Result<()> {
    let there: Vec<&PathBuf> = known.iter().filter(|path| path.is_file()).collect();
    let mut text = Vec::new();
    for path in there[there.len().saturating_sub(KEPT)..].iter().map(|path| path.as_path()).chain([path]) {
        text.extend(line(path)?);
    }
    files::write_here(noted, &text)
}

fn line(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(path)?;
    line.push(b'\n');
    Ok(line)
}
