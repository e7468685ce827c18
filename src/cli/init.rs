//! `landfall init`: a commented plan to start from, or the schema that editors read.

use super::answer;
use super::exit::Exit;
use crate::plan::schema::schema;
use crate::service::{Registry, describe};
use miette::{IntoDiagnostic, WrapErr, miette};
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

/// What the plan is called when it is written.
const NAME: &str = "landfall.toml";

const STARTER: &str = include_str!("../plan/starter.toml");

/// Writes a commented plan to start from: landfall.toml
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to write it in; made if it is not there.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Print the JSON Schema of a plan instead, for editors.
    #[arg(long, conflicts_with = "dir")]
    schema: bool,
    /// Print a component of this kind to start from instead, every field with what it means.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["dir", "schema"])]
    kind: Option<String>,
}

/// Writes the plan, or prints the schema or a component.
///
/// # Errors
/// When there is a plan already, or the folder cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    if args.schema {
        answer::print_json(&format!("{:#}\n", schema(&Registry)))?;
        return Ok(Exit::Done);
    }
    if let Some(name) = &args.kind {
        answer::print(&describe::starter(super::kinds::named(name)?))?;
        return Ok(Exit::Done);
    }
    let path = args.dir.join(NAME);
    std::fs::create_dir_all(&args.dir)
        .into_diagnostic()
        .wrap_err_with(|| format!("the folder {} cannot be made", args.dir.display()))?;
    let mut file = match File::create_new(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let help = "name another folder: a plan is never written over";
            return Err(miette!(help = help, "{} exists already", path.display()));
        }
        Err(error) => return Err(error).into_diagnostic().wrap_err(format!("{} cannot be written", path.display())),
    };
    file.write_all(STARTER.as_bytes()).into_diagnostic().wrap_err(format!("{} cannot be written", path.display()))?;
    let path = path.display();
    answer::print(&format!("{path} written; next: landfall check {path}\n"))?;
    Ok(Exit::Done)
}
