//! `landfall journal verify`: whether a journal is whole, and if not, exactly what and where.

use super::answer;
use super::exit::Exit;
use crate::engine::journal::{Cover, read};
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
    let (cover, later) = (recorded.cover(), recorded.later());
    // A run that was ended by a session is covered by it: what is not was cut off.
    let exit = if cover == Cover::Missing { Exit::Refused } else { Exit::Done };
    if *json {
        let object = serde_json::json!({
            "version": 1, "journal": journal, "events": events, "torn_bytes": torn, "last_hash": recorded.last_hash,
            "covered": cover == Cover::Whole, "cover": word(cover), "later": later,
        });
        answer::print_json(&format!("{object}\n"))?;
        return Ok(exit);
    }
    let (journal, hash) = (journal.display(), recorded.last_hash);
    let mut told = format!("{journal}: {events} events, the chain is whole, last hash {hash}\n");
    told.push_str(&format!("{}\n", words(cover)));
    if torn > 0 {
        told.push_str(&format!("behind them stand {torn} bytes of a torn last line, which resume will cut\n"));
    }
    if let Some(later) = later {
        told.push_str(&format!("written by a later Landfall ({later}): read on, and not driven by this one\n"));
    }
    answer::print(&told)?;
    Ok(exit)
}

/// How the last event is covered, as a word for other programs.
fn word(cover: Cover) -> &'static str {
    match cover {
        Cover::Whole => "whole",
        Cover::Open => "open",
        Cover::Missing => "missing",
        Cover::OldFormat => "format 1",
    }
}

fn words(cover: Cover) -> &'static str {
    match cover {
        Cover::Whole => "the last event is covered by the line behind it",
        Cover::Open => "its last session drives it still, or did not let go: the last event is covered by no line yet",
        Cover::Missing => {
            "the run was ended, and the line that covers its last event is missing: it was cut off, or never reached the disk"
        }
        Cover::OldFormat => "format 1: the last event is covered by no line",
    }
}
