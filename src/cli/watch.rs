//! `landfall watch`: someone else's run as it goes, read from its journal. Nothing that acts is made.

use super::exit::Exit;
use super::open::LookArgs;
use crate::cloud::Clock;
use crate::console::{self, Label, Left, Setup};
use crate::engine::follow::{Until, follow};
use crate::engine::presence::Mark;
use crate::recovery::{Event, What};
use jiff::Timestamp;
use miette::{IntoDiagnostic, miette};
use std::path::PathBuf;

/// Follows a live run from its journal, on this machine or a shared disk: what the commander sees, and no way to touch
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's journal.
    journal: PathBuf,
    /// Leave no mark beside the journal: the commander does not see that somebody looks on.
    #[arg(long)]
    unseen: bool,
    #[command(flatten)]
    look: LookArgs,
}

/// Watches a run.
///
/// # Errors
/// What is wrong with the journal or the terminal.
pub async fn run(args: Args) -> miette::Result<Exit> {
    let look = args.look.look()?;
    let mut following = follow(&args.journal, Until::Dropped)?;
    let first = following.feed.recv().await.ok_or_else(|| miette!("the journal could not be followed"))?;
    let clock = clock_of(first.first().map(AsRef::as_ref));
    let mark = if args.unseen { None } else { Mark::leave(&args.journal) };
    let setup = Setup {
        feed: super::replay::put_back(first, following.feed),
        commander: None,
        facilitator: None,
        clock,
        replay: None,
        label: Label::Watch,
        theme: look.theme,
        glyphs: look.glyphs,
        journal: args.journal,
        manners: look.manners,
    };
    let left = console::run(setup).await;
    drop(mark);
    let left = left.into_diagnostic()?;
    following.trouble.check()?;
    match left {
        Left::Signal(_) => Ok(Exit::Interrupted),
        Left::Quit | Left::RunOver(_) | Left::SessionEnded => Ok(Exit::Done),
    }
}

/// A clock as fast as the run's. An unscaled run lives in the wall's time; of a scaled one the newest event tells.
fn clock_of(first: Option<&Event>) -> Clock {
    let scale = first.map_or(1.0, |event| match &event.what {
        What::RunOpened(opened) => opened.drill.as_ref().map_or(1.0, |drill| drill.time_scale),
        _ => 1.0,
    });
    Clock::new(if scale == 1.0 { Timestamp::now() } else { Timestamp::UNIX_EPOCH }, scale)
}
