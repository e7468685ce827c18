//! `landfall watch`: someone else's run as it goes, read from its journal. Nothing that acts is made.

use super::answer;
use super::exit::Exit;
use super::look::LookArgs;
use super::onlooker::{self, Watched};
use super::pick::{self, For};
use super::shelf;
use crate::cloud::Clock;
use crate::console::Label;
use crate::engine::Feed;
use crate::engine::follow::{Until, follow};
use crate::engine::presence::Mark;
use crate::recovery::{Event, What};
use jiff::Timestamp;
use miette::miette;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Follows a live run from its journal, on this machine or a shared disk: what the commander sees, and no way to touch
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's journal, or the beginning of the run's id. Without it, the one that somebody drives, if it is the only
    /// one.
    journal: Option<PathBuf>,
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
    let journal = pick::journal(args.journal.as_deref(), For::Watch)?;
    if !journal.exists() {
        return Err(answer::missing(&journal));
    }
    let look = args.look.look()?;
    let mut following = follow(&journal, Until::Dropped)?;
    let first = following.feed.recv().await.ok_or_else(|| miette!("the journal could not be followed"))?;
    let clock = clock_of(first.first().map(AsRef::as_ref));
    let mark = if args.unseen { None } else { Mark::leave(&journal) };
    // Where its plan lay is not in a journal: snapshots are looked for beside whoever watches.
    // Of a drill the simulated world is made of its plan, as for whoever commands it.
    let inventory = first.first().and_then(|event| match &event.what {
        What::RunOpened(opened) if opened.drill.is_none() => shelf::look(&opened.plan, Path::new("")),
        What::RunOpened(opened) => shelf::simulated(&opened.plan),
        _ => None,
    });
    let feed = put_back(first, following.feed);
    let watched = Watched {
        feed,
        tails: None,
        clock,
        replay: None,
        label: Label::Watch,
        inventory,
        driver_gone: Some(following.driver_gone),
        journal,
    };
    let left = onlooker::console(watched, look).await;
    drop(mark);
    let left = left?;
    following.trouble.check()?;
    Ok(left)
}

/// A clock as fast as the run's. An unscaled run lives in the wall's time; of a scaled one the newest event tells.
fn clock_of(first: Option<&Event>) -> Clock {
    let drill = first.and_then(|event| {
        let What::RunOpened(opened) = &event.what else { return None };
        opened.drill.as_ref()
    });
    let scale = drill.map_or(1.0, |drill| drill.time_scale);
    Clock::new(if scale == 1.0 { Timestamp::now() } else { Timestamp::UNIX_EPOCH }, scale)
}

/// A feed that gives `first` again before the rest of `feed`.
fn put_back(first: Arc<[Arc<Event>]>, mut feed: Feed) -> Feed {
    let (sender, again) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut next = Some(first);
        while let Some(batch) = next {
            if sender.send(batch).is_err() {
                return;
            }
            next = feed.recv().await;
        }
    });
    again
}
