//! What is said to whatever writes Terraform of a snapshot: which of its things, and where to.

use super::exit::Exit;
use super::{folder, out};
use crate::snapshot::{Resource, Snapshot};
use crate::terraform::Note;
use crate::text::Clean;
use miette::miette;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What `codify` and `restore` both take.
#[derive(Debug, clap::Args)]
pub(super) struct Written {
    /// A snapshot; of a plan or a folder, the latest: where a restore is written, of the other region.
    pub(super) at: PathBuf,
    /// Another snapshot than the latest: a file, or the beginning of its hash. What `codify` writes of an earlier one, and the
    /// latest complete one of its region has not, has no import, and is told.
    #[arg(long, value_name = "SNAPSHOT")]
    pub(super) snapshot: Option<String>,
    /// Only these: KIND/ID, what it is called, or its address in Terraform; a * stands for anything.
    #[arg(long, value_name = "WHAT")]
    only: Vec<String>,
    /// Without these, in the same words.
    #[arg(long, value_name = "WHAT")]
    without: Vec<String>,
    /// The folder: empty, or holding only what this command wrote and nobody changed since.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Commit them to a new branch of the repository that holds the folder instead, with a PULL_REQUEST.md; what is
    /// checked out is not touched, and nothing is pushed.
    #[arg(long, value_name = "NAME", requires = "out")]
    branch: Option<String>,
    /// Write over what was changed: it is kept beside, as NAME.before.
    #[arg(long)]
    force: bool,
    /// Take a snapshot that has gaps: what could not be read stands in no file.
    #[arg(long)]
    allow_incomplete: bool,
}

impl Written {
    /// Where it is written to.
    ///
    /// # Errors
    /// When nothing says.
    pub(super) fn folder(&self) -> miette::Result<&Path> {
        self.out
            .as_deref()
            .ok_or_else(|| miette!(help = "--out DIR: it is made, or is empty", "nothing says where to write it"))
    }

    /// Where it is written to, where something says so.
    pub(super) fn asked_folder(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// Refuses a snapshot with gaps, unless they are allowed.
    pub(super) fn refuses(&self, snapshot: &Snapshot) -> Option<Exit> {
        if snapshot.complete || self.allow_incomplete {
            return None;
        }
        for gap in &snapshot.gaps {
            out::say(format!("gap     {}: {} {}", gap.of, gap.operation, gap.error));
        }
        out::say("the snapshot is not complete: capture it again, or say --allow-incomplete");
        Some(Exit::Refused)
    }

    /// That what is named is in one of `snapshots`.
    ///
    /// # Errors
    /// The first that is not.
    pub(super) fn known(&self, snapshots: &[&Snapshot]) -> miette::Result<()> {
        folder::known(snapshots, self.only.iter().chain(&self.without).map(String::as_str))
    }

    /// Whether it is to be written.
    pub(super) fn is_chosen(&self, resource: &Resource) -> bool {
        (self.only.is_empty() || self.is_named(resource)) && !is_in(&self.without, resource)
    }

    /// Whether it is named by itself.
    pub(super) fn is_named(&self, resource: &Resource) -> bool {
        is_in(&self.only, resource)
    }

    /// Writes the files, and says what was kept beside.
    ///
    /// # Errors
    /// As [`folder::put`].
    pub(super) fn put(
        &self,
        files: (&str, &BTreeMap<String, String>),
        request: impl FnOnce() -> String,
    ) -> miette::Result<()> {
        let kept = folder::put(self.folder()?, self.branch.as_deref(), files, request, self.force)?;
        for (name, kept) in kept {
            out::say(format!("{name} was changed since it was written: it is kept as {kept}"));
        }
        Ok(())
    }

    /// What comes before Terraform, where the files are on a branch.
    pub(super) fn first(&self) -> String {
        folder::first(self.branch.as_deref())
    }
}

fn is_in(all: &[String], resource: &Resource) -> bool {
    all.iter().any(|what| folder::names(what, resource))
}

/// Says each of `notes`; whether all that was asked for is written.
pub(super) fn tell(notes: &[Note]) -> bool {
    let mut is_whole = true;
    for note in notes {
        let left = ["no-rule", "not-whole", "unread"].contains(&note.code);
        is_whole &= !left;
        let level = if left { "left" } else { "note" };
        // What people call things may have lines, which would look like ours.
        let [of, found, fix] = [&note.of, &note.found, &note.fix].map(|text| Clean::new(text));
        out::say(format!("{level:<8}{} {of}\n        found   {found}\n        fix     {fix}", note.code));
    }
    is_whole
}
