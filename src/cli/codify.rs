//! `landfall codify`: Terraform of what a snapshot holds, in place: each block with an import of what is there already.
//! Asks no cloud, runs nothing, and writes over nothing that somebody changed.

use super::exit::Exit;
use super::out;
use crate::files;
use crate::snapshot::{Resource, Snapshot};
use crate::terraform::{self, Generated, generate};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
    let unknown: Vec<&str> =
        args.only.iter().chain(&args.without).map(String::as_str).filter(|what| !names_any(&snapshot, what)).collect();
    if let Some(what) = unknown.first() {
        let help = "landfall snapshot show FILE lists what there is";
        return Err(miette!(help = help, "the snapshot has no {what}"));
    }
    let is_chosen = |resource: &Resource| {
        let is_in = |all: &[String]| all.iter().any(|what| names(what, resource));
        (args.only.is_empty() || is_in(&args.only)) && !is_in(&args.without)
    };
    let generated = generate(&snapshot, &is_chosen);
    let files = terraform::files::codified(&snapshot, &generated);
    let kept = write(&args.out, &files, args.force)?;
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
        "{count} blocks in {} files{given}; next: terraform -chdir={} init, then plan: nothing is to be added, replaced or destroyed",
        files.len(),
        args.out.display()
    ));
    if is_whole { Exit::Done } else { Exit::Refused }
}

/// Whether `what` names a resource of the snapshot.
fn names_any(snapshot: &Snapshot, what: &str) -> bool {
    snapshot.resources.iter().any(|resource| names(what, resource))
}

fn names(what: &str, resource: &Resource) -> bool {
    let is = |text: &str| crate::snapshot::diff::matches(what, text);
    is(&resource.reference().to_string())
        || resource.name.as_deref().is_some_and(|name| is(name) || is(&format!("{}/{name}", resource.kind)))
        || terraform::address_of(resource).is_some_and(|address| is(&address))
}

/// Writes the files; those that somebody changed and that were kept beside.
fn write(folder: &Path, texts: &BTreeMap<String, String>, force: bool) -> miette::Result<Vec<String>> {
    let fails = || format!("{} cannot be written", folder.display());
    std::fs::create_dir_all(folder).into_diagnostic().wrap_err_with(fails)?;
    let mut changed = Vec::new();
    let mut old = Vec::new();
    for entry in std::fs::read_dir(folder).into_diagnostic().wrap_err_with(fails)? {
        let entry = entry.into_diagnostic().wrap_err_with(fails)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // What Terraform itself leaves there is nobody's work.
        if name.starts_with(".terraform") || name.starts_with("terraform.tfstate") || name.ends_with(".before") {
            continue;
        }
        let is_ours = is_file_of_ours(&entry.path());
        match (is_ours, texts.contains_key(&name)) {
            (true, true) => {}
            (true, false) => old.push(entry.path()),
            (false, _) => changed.push(name),
        }
    }
    changed.sort();
    if let (Some(name), false) = (changed.first(), force) {
        let help = "give an empty folder, or --force: what is there is kept beside, as NAME.before";
        return Err(miette!(
            help = help,
            "{} holds {name}, which this command did not write, or which was changed since",
            folder.display()
        ));
    }
    let changed: Vec<String> = changed.into_iter().filter(|name| texts.contains_key(name)).collect();
    for name in &changed {
        let (from, to) = (folder.join(name), folder.join(format!("{name}.before")));
        std::fs::rename(from, to).into_diagnostic().wrap_err_with(fails)?;
    }
    for path in old {
        std::fs::remove_file(path).into_diagnostic().wrap_err_with(fails)?;
    }
    for (name, text) in texts {
        let path = folder.join(name);
        let written = files::replace(&path, text.as_bytes());
        written.into_diagnostic().wrap_err_with(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(changed)
}

fn is_file_of_ours(path: &Path) -> bool {
    match files::read_text(path, files::PLAN) {
        Ok(text) => terraform::files::is_untouched(&text),
        Err(error) => error.kind() == ErrorKind::NotFound,
    }
}
