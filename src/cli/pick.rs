//! The run that is meant where none is named, or where it is named by the beginning of its id: taken only where it can be
//! no other, and said; else every one it could be is listed, with what to type.

use super::Refused;
use super::known;
use super::out::say;
use super::runs;
use crate::engine::glance::{Glance, Stand};
use crate::recovery::RunOutcome;
use crate::text::shell_word;
use miette::miette;
use std::path::{Path, PathBuf};

/// How many runs are listed of those it could be.
const LISTED: usize = 8;

/// What a run is looked for, for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// To look on while somebody drives it.
    Watch,
    /// To go on with it.
    Resume,
    /// To pay what it owes, or to see what that is.
    Debts,
    /// To take back what it did.
    Rollback,
    /// To tell what it was.
    Report,
    /// To play it again.
    Replay,
}

impl For {
    /// The command.
    fn word(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Resume => "resume",
            Self::Debts => "debts",
            Self::Rollback => "rollback",
            Self::Report => "report",
            Self::Replay => "replay",
        }
    }

    /// Whether `run` could be meant.
    fn fits(self, run: &Glance) -> bool {
        match self {
            Self::Watch => !run.is_over(),
            // Never one that somebody else drives.
            Self::Resume => !run.is_over() && !run.is_driven(),
            Self::Rollback => {
                let is_back = matches!(run.stand(), Stand::Over(RunOutcome::RolledBack));
                let acted = run.inside.as_ref().is_none_or(|inside| inside.acted);
                !run.is_driven() && !is_back && acted
            }
            Self::Debts => run.owes > 0 && !run.is_driven(),
            Self::Report | Self::Replay => true,
        }
    }

    /// How much sooner `run` is meant than others that could be; the least first.
    fn rank(self, run: &Glance) -> u8 {
        match self {
            Self::Watch => u8::from(!run.is_driven()),
            // One that was begun is meant before one that was only opened.
            Self::Resume => u8::from(run.stand() == Stand::NotStarted),
            Self::Rollback => u8::from(run.is_over()),
            Self::Debts | Self::Report | Self::Replay => u8::from(!run.is_over()),
        }
    }

    /// Whether the newest is meant where there are several: nothing happens by it.
    fn takes_the_newest(self) -> bool {
        match self {
            Self::Report | Self::Replay => true,
            Self::Watch | Self::Resume | Self::Debts | Self::Rollback => false,
        }
    }

    fn none(self) -> (&'static str, &'static str) {
        match self {
            Self::Watch => (
                "no run known on this machine goes on",
                "landfall runs lists those that ended; landfall replay plays one",
            ),
            Self::Resume => (
                "there is nothing to resume: no run known on this machine is unfinished and left",
                "landfall runs lists what is known; landfall watch looks on at what somebody drives",
            ),
            Self::Rollback => (
                "there is nothing to roll back: no run known on this machine acted and is left",
                "landfall runs lists what is known; a run that somebody drives is rolled back there",
            ),
            Self::Debts => {
                ("no run known on this machine owes anything", "name its journal; landfall runs lists what is known")
            }
            Self::Report | Self::Replay => ("no run is known on this machine", "name its journal"),
        }
    }
}

/// The journal that is meant: the one named, one whose run's id begins so, or, without a name, the only one that can be.
///
/// # Errors
/// When none is, or several could be: each of them with the command to type.
pub fn journal(named: Option<&Path>, wanted: For) -> miette::Result<PathBuf> {
    match named {
        Some(path) if path.exists() => Ok(path.to_owned()),
        Some(path) => Ok(by_its_id(path, wanted)?.unwrap_or_else(|| path.to_owned())),
        None => meant(wanted),
    }
}

/// The run whose id begins as `named`; none where no run does.
fn by_its_id(named: &Path, wanted: For) -> miette::Result<Option<PathBuf>> {
    let Some(id) = named.to_str().filter(|id| !id.is_empty() && !id.contains('/')) else { return Ok(None) };
    // Without a home folder nothing is known.
    let Ok(known) = known::all() else { return Ok(None) };
    let is_it = |run: &&Glance| run.run.as_str() == id;
    let begins = |run: &&Glance| run.run.starts_with(id) || run.run.rsplit('-').next() == Some(id);
    let found: Vec<&Glance> = match known.runs.iter().filter(is_it).collect::<Vec<_>>() {
        exact if !exact.is_empty() => exact,
        _ => known.runs.iter().filter(begins).collect(),
    };
    match found.as_slice() {
        [] => Ok(None),
        [run] => Ok(Some(run.path.clone())),
        several => Err(listed(several, wanted, &format!("{id} could be any of {} runs", several.len()))),
    }
}

fn meant(wanted: For) -> miette::Result<PathBuf> {
    let known = known::all()?;
    let is_meant = |run: &&Glance| wanted.fits(run) && !known.is_copy_of_driven(run);
    let fitting: Vec<&Glance> = known.runs.iter().filter(is_meant).collect();
    let least = fitting.iter().map(|run| wanted.rank(run)).min();
    let best: Vec<&Glance> = fitting.into_iter().filter(|run| Some(wanted.rank(run)) == least).collect();
    match best.as_slice() {
        [] => {
            let (why, clear) = wanted.none();
            Err(Refused { why: why.to_owned(), clear: clear.to_owned() }.into())
        }
        [run, rest @ ..] if rest.is_empty() || wanted.takes_the_newest() => {
            let which = if rest.is_empty() { "the only run it can be" } else { "the newest" };
            say(format_args!("landfall: takes {which}: {}; {}", runs::line(run), runs::path(run).display()));
            Ok(run.path.clone())
        }
        several => Err(listed(
            several,
            wanted,
            &format!("no journal is named, and {} could mean any of {} runs", wanted.word(), several.len()),
        )),
    }
}

/// Lists every run that it could be, each with what to type: on lines of their own, to be copied whole.
fn listed(several: &[&Glance], wanted: For, why: &str) -> miette::Report {
    for run in several.iter().take(LISTED) {
        let declared = run.declared_at.strftime("%Y-%m-%dT%H:%M:%SZ");
        say(format_args!("landfall: {}; run {}, declared {declared}", runs::line(run), run.run));
        say(format_args!("    landfall {} {}", wanted.word(), shell_word(&runs::path(run).to_string_lossy())));
    }
    if several.len() > LISTED {
        say(format_args!("landfall: and {} more; landfall runs --all lists them", several.len() - LISTED));
    }
    miette!(help = "name the one that is meant: they are listed above", "{why}")
}
