//! The console of whoever only looks: a watcher, a reader of a recording, a cloud without a run. Nothing that could act
//! is handed to it.

use super::exit::Exit;
use super::look::Look;
use super::plain;
use super::shelf::Told;
use crate::cloud::Clock;
use crate::console::replay::Begin;
use crate::console::{Begins, Label, Left, Setup};
use crate::engine::{Feed, Tails};
use std::path::PathBuf;
use tokio::sync::watch;

/// What is looked at.
pub struct Watched {
    /// Its durable events.
    pub feed: Feed,
    /// Reads the logs of components; none where there is no cloud to ask.
    pub tails: Option<Tails>,
    /// Tells its time.
    pub clock: Clock,
    /// How a recording is played; none when it is followed as it goes.
    pub replay: Option<Begin>,
    /// What sort of run it is.
    pub label: Label,
    /// Tells what was captured of it; none where there is no store to look into.
    pub inventory: Told,
    /// Tells whether the session that drives it is gone; none where nobody drives it.
    pub driver_gone: Option<watch::Receiver<bool>>,
    /// Where its journal is; empty where there is none.
    pub journal: PathBuf,
}

/// Opens the console on what is only looked at. Leaving it ends nothing.
///
/// # Errors
/// What is wrong with the feed or the terminal.
pub async fn console(watched: Watched, look: Look) -> miette::Result<Exit> {
    let Watched { feed, tails, clock, replay, label, inventory, driver_gone, journal } = watched;
    let Look { plain, theme, glyphs, manners } = look;
    let setup = Setup {
        feed,
        commander: None,
        facilitator: None,
        tails,
        clock,
        replay,
        label,
        theme,
        glyphs,
        journal,
        manners,
        begins: Begins::Overview,
        inventory,
        driver_gone,
    };
    match plain::or_screen(setup, plain).await? {
        Left::Signal(_) => Ok(Exit::Interrupted),
        Left::Quit | Left::RunOver(_) | Left::SessionEnded => Ok(Exit::Done),
    }
}
