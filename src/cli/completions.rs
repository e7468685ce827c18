//! `landfall completions`: completion scripts for shells.

use super::answer;
use super::exit::Exit;

/// Prints the completion script of a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell.
    shell: clap_complete::Shell,
}

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written to.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::definition(), "landfall", &mut script);
    answer::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
