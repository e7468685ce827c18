//! `landfall man`: manual pages, made from the same definition as `--help`.

use super::answer;
use super::exit::Exit;
use miette::{IntoDiagnostic, miette};
use std::path::PathBuf;

/// Prints the manual page, or writes one a command into a folder
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write landfall.1 and one page a command there instead of printing.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Makes the manual.
///
/// # Errors
/// When the folder cannot be written to, or standard output cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let definition = super::definition();
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(definition).render(&mut page).into_diagnostic()?;
        answer::print(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Done);
    };
    if !folder.is_dir() {
        return Err(miette!(help = "make it first", "{} is not a folder", folder.display()));
    }
    clap_mangen::generate_to(definition, folder).into_diagnostic()?;
    Ok(Exit::Done)
}
