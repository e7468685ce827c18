//! `landfall codify`: Terraform of what a snapshot holds, in place: each block with an import of what is there already.
//! Asks no cloud, runs nothing, and writes over nothing that somebody changed.

use super::capture::stored;
use super::exit::Exit;
use super::folder;
use super::out;
use crate::import::{self, File};
use crate::snapshot::Resource;
use crate::terraform::{self, Generated, generate};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Writes Terraform of what a snapshot holds, with imports of what is there already; exit 3 when not all of it could be
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A snapshot; of a plan or a folder, the latest.
    at: PathBuf,
    /// An earlier snapshot: a file, or the beginning of its hash. What the latest complete one of its region has not is written
    /// without an import, and told.
    #[arg(long, value_name = "SNAPSHOT")]
    snapshot: Option<String>,
    /// A state of Terraform, as `terraform state pull` writes it: only what it does not declare is written, and what it declares
    /// otherwise is told. Several are one.
    #[arg(long, value_name = "STATE")]
    terraform: Vec<PathBuf>,
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
    let (path, snapshot) = match &args.snapshot {
        Some(named) => {
            let path = super::snapshot::called(&args.at, named)?;
            let (_, snapshot) = stored::read(&path)?;
            (path, snapshot)
        }
        None => {
            let (path, _, snapshot) = super::snapshot::one(&args.at)?;
            (path, snapshot)
        }
    };
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
    let mut generated = generate(&snapshot, &is_chosen);
    if let Some((later, newest)) = super::snapshot::later(&args.at, &path, &snapshot)? {
        let gone = terraform::since::settle(&mut generated, &snapshot, &newest);
        out::say(format!("now     {} tells what is there now: {gone} blocks are of what it has not", later.display()));
    }
    if !args.terraform.is_empty() {
        let states: Vec<File> =
            args.terraform.iter().map(|path| super::drift::state(path)).collect::<miette::Result<_>>()?;
        let rest = terraform::drift::only(&mut generated, &snapshot, &import::declared(&states)?);
        out::say(format!(
            "state   {} blocks are declared and not written; {} of what they say runs otherwise, and is told",
            rest.declared, rest.otherwise
        ));
        if generated.blocks.is_empty() && rest.otherwise == 0 {
            out::say("all that the snapshot holds is declared as it runs: nothing is written");
            return Ok(Exit::Done);
        }
    }
    let files = terraform::files::codified(&snapshot, &generated);
    let risk = match terraform::files::gone(&generated) {
        0 => "Every block imports what is there: a plan of it that adds, replaces or destroys anything is not to be applied.".to_owned(),
        gone => format!(
            "{gone} blocks are made anew, which the newest snapshot has not; every other imports what is there: a plan of it that adds \
             anything else, or replaces or destroys anything, is not to be applied."
        ),
    };
    let request = || terraform::files::pull_request("codify", &snapshot, &generated, &risk);
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
    let count = terraform::files::standing(generated).count();
    let added = match terraform::files::gone(generated) {
        0 => "nothing is to be added, replaced or destroyed".to_owned(),
        gone => format!("{gone} are to be added, nothing is to be replaced or destroyed"),
    };
    let given = match generated.variables.len() {
        0 => String::new(),
        1 => ", 1 value to give".to_owned(),
        many => format!(", {many} values to give"),
    };
    out::say(format!(
        "{count} blocks in {} files{given}; next: {}terraform -chdir={} init, then plan: {added}",
        files.len(),
        folder::first(args.branch.as_deref()),
        args.out.display()
    ));
    if is_whole { Exit::Done } else { Exit::Refused }
}
