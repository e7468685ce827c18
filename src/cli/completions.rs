//! `landfall completions`: completion scripts for shells.

use super::exit::Exit;
use miette::IntoDiagnostic;
use std::io::Write;

/// Prints the completion script of a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell.
    shell: clap_complete::Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output is closed.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::definition(), "landfall", &mut script);
    std::io::stdout().write_all(&script).into_diagnostic()?;
    Ok(Exit::Done)
}
