//! `landfall journal verify`: whether a journal is whole, and if not, exactly what and where.

use super::answer;
use super::exit::Exit;
use crate::engine::journal::read;
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
    if *json {
        let object = serde_json::json!({"version": 1, "journal": journal, "events": events, "torn_bytes": torn, "last_hash": recorded.last_hash});
        answer::print_json(&format!("{object}\n"))?;
        return Ok(Exit::Done);
    }
    let (journal, hash) = (journal.display(), recorded.last_hash);
    let mut told = format!("{journal}: {events} events, the chain is whole, last hash {hash}\n");
    if torn > 0 {
        told.push_str(&format!("behind them stand {torn} bytes of a torn last line, which resume will cut\n"));
    }
    answer::print(&told)?;
    Ok(Exit::Done)
}
