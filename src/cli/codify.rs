//! `landfall codify`: Terraform of what a snapshot holds, in place: each block with an import of what is there already.
//! Asks no cloud, runs nothing, and writes over nothing that somebody changed.

use super::exit::Exit;
use super::folder;
use super::out;
use crate::snapshot::Resource;
use crate::terraform::{self, Generated, generate};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Writes Terraform of what a snapshot holds, with imports of what is there already; exit 3 when not all of it could be
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A snapshot; of a plan or a folder, the latest.
    at: PathBuf,
    /// Only these: KIND/ID, what it is called, or its address in Terraform; a * stands for anything. Others are named as
    /// the cloud does.
    #[arg(long, value_name = "WHAT")]
    only: Vec<String>,
    /// Without these, in the same words.
    #[arg(long, value_name = "WHAT")]
    without: Vec<String>,
    /// The folder: empty, or holding only what this command wrote and nobody changed since.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Commit them to a new branch of the repository that holds the folder instead, with a PULL_REQUEST.md; what is
    /// checked out is not touched, and nothing is pushed.
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Write over what was changed: it is kept beside, as NAME.before.
    #[arg(long)]
    force: bool,
    /// Take a snapshot that has gaps: what could not be read stands in no file.
    #[arg(long)]
    allow_incomplete: bool,
}

/// Writes the folder, and what is to be settled to standard error.
///
/// # Errors
/// A snapshot that cannot be read, a folder that holds something else, a disk that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let (_, _, snapshot) = super::snapshot::one(&args.at)?;
    if !snapshot.complete && !args.allow_incomplete {
        for gap in &snapshot.gaps {
            out::say(format!("gap     {}: {} {}", gap.of, gap.operation, gap.error));
        }
        out::say("the snapshot is not complete: capture it again, or say --allow-incomplete");
        return Ok(Exit::Refused);
    }
    folder::known(&snapshot, args.only.iter().chain(&args.without).map(String::as_str))?;
    let is_chosen = |resource: &Resource| {
        let is_in = |all: &[String]| all.iter().any(|what| folder::names(what, resource));
        (args.only.is_empty() || is_in(&args.only)) && !is_in(&args.without)
    };
    let generated = generate(&snapshot, &is_chosen);
    let files = terraform::files::codified(&snapshot, &generated);
    let risk = "Every block imports what is there: a plan of it that adds, replaces or destroys anything is not to be applied.";
    let request = || terraform::files::pull_request("codify", &snapshot, &generated, risk);
    let kept = folder::put(&args.out, args.branch.as_deref(), ("codify", &files), request, args.force)?;
    Ok(told(args, &generated, &files, &kept))
}

fn told(args: &Args, generated: &Generated, files: &BTreeMap<String, String>, kept: &[String]) -> Exit {
    let mut is_whole = true;
    for note in &generated.notes {
        let left = ["no-rule", "not-whole", "unread"].contains(&note.code);
        is_whole &= !left;
        let level = if left { "left" } else { "note" };
        out::say(format!(
            "{level:<8}{} {}\n        found   {}\n        fix     {}",
            note.code, note.of, note.found, note.fix
        ));
    }
    for name in kept {
        out::say(format!("{name} was changed since it was written: it is kept as {name}.before"));
    }
    let count = generated.blocks.iter().filter(|one| one.import.is_some()).count();
    let given = match generated.variables.len() {
        0 => String::new(),
        1 => ", 1 value to give".to_owned(),
        many => format!(", {many} values to give"),
    };
    out::say(format!(
        "{count} blocks in {} files{given}; next: {}terraform -chdir={} init, then plan: nothing is to be added, replaced or destroyed",
        files.len(),
        folder::first(args.branch.as_deref()),
        args.out.display()
    ));
    if is_whole { Exit::Done } else { Exit::Refused }
}
