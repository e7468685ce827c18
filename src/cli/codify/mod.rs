//! `landfall codify`: Terraform of what a snapshot holds, in place: each block with an import of what is there already.
//! Asks no cloud, runs nothing, and writes over nothing that somebody changed.

mod after;

use super::capture::stored;
use super::exit::Exit;
use super::out;
use super::written::{self, Written};
use crate::import::{self, File};
use crate::snapshot::Resource;
use crate::terraform::{self, Generated, Sealing, generate};
use crate::text::shell_word;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Writes Terraform of what a snapshot holds, with imports of what is there already; exit 3 when not all of it could be
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    written: Written,
    /// A state of Terraform, as `terraform state pull` writes it: only what it does not declare is written, and what it declares
    /// otherwise is told. Several are one.
    #[arg(long, value_name = "STATE")]
    terraform: Vec<PathBuf>,
    /// What this run changed that code does not know, of its journal or the beginning of its id: listed, and with --out written:
    /// whole, with imports, of a snapshot that was taken after it, and as changes of what the states declare otherwise.
    #[arg(long, value_name = "JOURNAL", conflicts_with = "snapshot")]
    after: Option<PathBuf>,
    /// With --after, one change a line, as an object.
    #[arg(long, requires = "after")]
    json: bool,
}

/// Writes the folder, and what is to be settled to standard error.
///
/// # Errors
/// A snapshot that cannot be read, a folder that holds something else, a disk that takes nothing.
pub fn run(args: &Args) -> miette::Result<Exit> {
    if let Some(journal) = &args.after {
        return after::run(args, journal);
    }
    let written = &args.written;
    let folder = written.folder()?;
    let (path, snapshot) = match &written.snapshot {
        Some(named) => {
            let path = super::which::called(&written.at, named, None)?;
            let (_, snapshot) = stored::consulted(&path)?;
            (path, snapshot)
        }
        None => {
            let (path, _, snapshot) = super::snapshot::one(&written.at)?;
            (path, snapshot)
        }
    };
    if let Some(exit) = written.refuses(&snapshot) {
        return Ok(exit);
    }
    written.known(&[&snapshot])?;
    let is_chosen = |resource: &Resource| written.is_chosen(resource);
    let mut generated = generate(&snapshot, &is_chosen);
    if let Some((later, newest)) = super::snapshot::later(&written.at, &path, &snapshot)? {
        let gone = terraform::since::settle(&mut generated, &snapshot, &newest);
        out::say(format!("now     {} tells what is there now: {gone} blocks are of what it has not", later.display()));
    }
    if !args.terraform.is_empty() {
        let states: Vec<File> =
            args.terraform.iter().map(|path| super::drift::state(path)).collect::<miette::Result<_>>()?;
        let rest = terraform::drift::only(
            &mut generated,
            &snapshot,
            &import::declared(&states, &Sealing::default().knowing([&snapshot]))?,
        );
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
    written.put(("codify", &files), request)?;
    Ok(told((written, folder), &generated, &files))
}

fn told((written, folder): (&Written, &Path), generated: &Generated, files: &BTreeMap<String, String>) -> Exit {
    let is_whole = written::tell(&generated.notes);
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
        written.first(),
        shell_word(&folder.display().to_string())
    ));
    if is_whole { Exit::Done } else { Exit::Refused }
}
