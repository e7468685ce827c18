//! The terminal UI. It folds a feed of durable events into its own state and draws that; with a commander it also
//! sends commands. Knows runs and the feed; knows no cloud, no disk and no engine behind the feed.
//!
//! - [`run`] is the way in; [`app`] the console without a terminal; `live` the loop; `term` the terminal.
//! - [`commands`] the one table of what a user can do, `deeds` what its rows do; [`keymap`] the keys it has.
//! - `choosing`, `filter`, `mouse`, `targets`, `whereabouts` what is picked in the palette, what the list is narrowed to,
//!   what the mouse does and on what, where the user stands and stood.
//! - `frame`, [`screens`], `layers`, `details`, `notices`, `widgets`, [`look`] what is drawn.
//! - [`call`] what calls a person who looks elsewhere; `sentence` what the title says.
//! - [`plain`] the console without a screen: events as lines, every question asked line by line.
//! - [`replay`] a recording being played; [`picture`] the console as an SVG or an asciicast.
//! - `world`, `memory`, `record`, `repeats`, `past`, `samples`, `figures`, `health`, `findings`, `inventory`, `drift`, `restore`, `prospect`, `shape`, `reading`, `hints` what is
//!   known of the run, read only.

pub mod app;
mod asking;
pub mod call;
mod choosing;
mod clipboard;
pub mod commands;
mod deeds;
mod details;
pub mod drift;
pub mod facts;
mod figures;
mod filter;
mod findings;
mod frame;
mod health;
mod hints;
pub mod inventory;
pub mod keymap;
pub mod keys;
mod layers;
mod leading;
mod live;
pub mod look;
mod marked;
pub mod matter;
mod memory;
mod mouse;
mod notices;
mod pace;
mod past;
pub mod picture;
pub mod plain;
mod prospect;
mod reading;
mod record;
mod repeats;
pub mod replay;
pub mod restore;
mod samples;
pub mod screens;
mod sentence;
mod shape;
mod silences;
mod squeeze;
mod step_words;
mod targets;
mod term;
mod threshold;
mod tips;
mod whereabouts;
mod widgets;
mod world;

pub use live::run;
pub use world::{About, Moment, World};

use crate::cloud::Clock;
use crate::engine::{Commander, Facilitator, Feed, Tails};
use crate::recovery::{RunOutcome, telling, words};
use call::Calling;
use drift::Told;
use keymap::Keymap;
use look::{Glyphs, Role, Theme, Themes};
use replay::Begin;
use std::path::PathBuf;
use tokio::sync::watch;

/// What a console is opened on.
#[derive(Debug)]
pub struct Setup {
    /// The run's durable events, the journal's first one first.
    pub feed: Feed,
    /// Sends commands; a watcher, a replay and a read-only console have none, and then no way to send.
    pub commander: Option<Commander>,
    /// Lets things go wrong; only a drill has one.
    pub facilitator: Option<Facilitator>,
    /// Reads the logs of components; only who has a cloud to ask has one.
    pub tails: Option<Tails>,
    /// Tells the run's time.
    pub clock: Clock,
    /// How a recording is played; none when the run is followed as it goes.
    pub replay: Option<Begin>,
    /// What sort of run it is.
    pub label: Label,
    /// The style of every role.
    pub theme: Theme,
    /// Unicode or ASCII.
    pub glyphs: Glyphs,
    /// Where the journal is, to be told when it matters.
    pub journal: PathBuf,
    /// What the user has set up.
    pub manners: Manners,
    /// What it begins with.
    pub begins: Begins,
    /// Tells what was captured of the application; none where there is no store of snapshots to look into.
    pub inventory: Option<watch::Receiver<Option<Told>>>,
    /// Tells whether the session that drives a watched run is gone; only a watcher is told so by others.
    pub driver_gone: Option<watch::Receiver<bool>>,
}

/// What a console begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begins {
    /// The overview.
    Overview,
    /// The overview of the embedded rehearsal: what a newcomer should know is told on the way.
    Rehearsal,
    /// What going back would do, in front of it.
    RollingBack,
}

/// What the user has set up: it changes nothing of what a run is or may do.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Which keys the commands have.
    pub keys: Keymap,
    /// Whether the mouse is taken from the terminal.
    pub mouse: bool,
    /// The themes to choose from.
    pub themes: Themes,
    /// What the user is called by.
    pub calling: Calling,
}

/// What sort of run is on the screen; always there, as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// On a real cloud.
    Real,
    /// On a simulated one.
    Drill,
    /// A recording.
    Replay,
    /// Someone else's run.
    Watch,
    /// A real cloud, and nothing that could act on it.
    ReadOnly,
}

impl Label {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Real => "REAL",
            Self::Drill => "DRILL",
            Self::Replay => "REPLAY",
            Self::Watch => "WATCH",
            Self::ReadOnly => "READ-ONLY",
        }
    }

    pub(crate) fn role(self) -> Role {
        match self {
            Self::Real => Role::Real,
            Self::Drill => Role::Drill,
            Self::Replay | Self::Watch | Self::ReadOnly => Role::Watch,
        }
    }
}

/// How the console was left. The terminal is as it was by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// By the user, while the run was not over: it can be resumed.
    Quit,
    /// By the user, after the run was over, and how it ended.
    RunOver(RunOutcome),
    /// By the user, after the session behind the feed had ended without the run being over.
    SessionEnded,
    /// By a signal: `SIGTERM`, `SIGHUP`, or the terminal going away.
    Signal(&'static str),
}

/// Why the console could not go on.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum ConsoleError {
    /// There is no terminal to draw on.
    #[error(
        "the console needs a terminal, and standard input or output is not one; --plain asks line by line, and `landfall run --auto` asks nothing"
    )]
    NoTerminal,
    /// The terminal did not take what was written, or could not be set up.
    #[error("the terminal could not be used: {0}")]
    Terminal(#[from] std::io::Error),
    /// The feed did not begin with a run.
    #[error("the journal's events do not begin with an opened run")]
    NotARun,
    /// The feed ended before its first event.
    #[error("the session ended before the run was opened")]
    NothingCame,
    /// Another part of the program panicked and the terminal was given back for its message.
    #[error("the console was closed because another part of the program panicked; the journal holds the run so far")]
    Panicked,
}
