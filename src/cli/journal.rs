//! `landfall journal verify`: whether a journal is whole, and if not, exactly what and where.

use super::exit::Exit;
use crate::engine::journal::read;
use miette::IntoDiagnostic;
use std::io::Write;
use std::path::PathBuf;

/// Looks after journals
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, clap::Subcommand)]
enum Sub {
    /// Checks every line of a journal: its format, its order and its chain of hashes
    Verify {
        /// The journal.
        journal: PathBuf,
        /// One object instead of a sentence.
        #[arg(long)]
        json: bool,
    },
}

/// Verifies a journal.
///
/// # Errors
/// The damage and its line; a journal that cannot be read.
pub fn run(args: &Args) -> miette::Result<Exit> {
    let Sub::Verify { journal, json } = &args.command;
    let recorded = read(journal)?;
    let (events, torn) = (recorded.events.len(), recorded.torn_bytes);
    let out = &mut std::io::stdout();
    if *json {
        let object = serde_json::json!({"version": 1, "journal": journal, "events": events, "torn_bytes": torn, "last_hash": recorded.last_hash});
        writeln!(out, "{object}").into_diagnostic()?;
        return Ok(Exit::Done);
    }
    writeln!(out, "{}: {events} events, the chain is whole, last hash {}", journal.display(), recorded.last_hash)
        .into_diagnostic()?;
    if torn > 0 {
        writeln!(out, "behind them stand {torn} bytes of a torn last line, which resume will cut").into_diagnostic()?;
    }
    Ok(Exit::Done)
}
