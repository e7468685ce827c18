//! The commands table: every user action is one row. Keymap, help, palette, footer and dispatch all read it, and who
//! holds no commander cannot call a row that drives.

mod available;
mod table;

pub(super) use available::{to_retry, to_skip};
pub use table::TABLE;

use super::app::App;
use super::keys::Chord;
use super::screens::Chosen;
use super::world::{Moment, World};
use crate::engine::{Commander, Facilitator};
use crate::recovery::{Command, Mode};

/// One user action.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// A stable name.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it does, in a sentence.
    pub help: &'static str,
    /// Under what it is listed.
    pub group: Group,
    /// The keys it has unless the configuration says otherwise; rows of different modes may share one.
    pub keys: &'static [Chord],
    /// The mode it is for; any when absent.
    pub mode: Option<Mode>,
    /// Whether it is for a recording or for a run as it goes; both when absent.
    pub replayed: Option<bool>,
    /// Its word in the footer, for rows that stand there.
    pub hint: Option<&'static str>,
    /// Whether it stands in the footer only while it can be used, and behind the others.
    pub is_rare: bool,
    /// Whether it can be used now.
    pub available: fn(&World, Chosen) -> Result<(), Why>,
    /// What it does.
    pub(super) deed: Deed,
}

/// Why a command cannot be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(pub String);

/// Under what commands are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Starting and stopping steps.
    Drive,
    /// Decisions.
    Decide,
    /// Letting things go wrong in a drill.
    Facilitate,
    /// Playing a recording.
    Replay,
    /// Looking.
    Look,
    /// Moving about.
    Move,
    /// The console itself.
    Console,
}

impl Group {
    /// Every group, in the order of the help.
    pub const ALL: [Self; 7] =
        [Self::Drive, Self::Decide, Self::Facilitate, Self::Replay, Self::Look, Self::Move, Self::Console];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Drive => "Drive the run",
            Self::Decide => "Decide and go back",
            Self::Facilitate => "Facilitate a drill",
            Self::Replay => "Play the recording",
            Self::Look => "Look",
            Self::Move => "Move",
            Self::Console => "Console",
        }
    }
}

/// What a row may do to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Look,
    /// Drive it.
    Drive,
    /// Something that cannot be taken back, or takes back: asked again in a layer, and words must be typed.
    Destroy,
}

/// What a row does. Those that reach the run must be handed a commander.
#[derive(Clone, Copy, Debug)]
pub(super) enum Deed {
    Look(fn(&mut App)),
    Drive(fn(&mut App, &Commander)),
    Destroy(fn(&mut App, &Commander)),
    /// Lets things go wrong in a drill: must be handed a facilitator, whom only a simulated cloud has.
    Facilitate(fn(&mut App, &Facilitator)),
}

impl Row {
    /// What it may do to a run.
    pub fn access(&self) -> Access {
        match self.deed {
            Deed::Look(_) => Access::Look,
            Deed::Drive(_) | Deed::Facilitate(_) => Access::Drive,
            Deed::Destroy(_) => Access::Destroy,
        }
    }

    /// When it is there at all, for rows of one mode.
    pub fn only_while(&self) -> Option<&'static str> {
        match self.mode {
            Some(Mode::Step) => Some("step by step"),
            Some(Mode::Auto) => Some("auto"),
            Some(Mode::Hold) => Some("held"),
            None => self.replayed.and_then(|replayed| replayed.then_some("replayed")),
        }
    }

    /// Whether it has any place in the console of `world`: a recording has keys of its own, and so has a run.
    pub(super) fn belongs(&self, world: &World) -> bool {
        self.replayed.is_none_or(|own| own == world.replayed)
    }

    /// Whether it can be used now in the console of `world`, and why not.
    pub(super) fn usable(&self, world: &World, chosen: Chosen) -> Result<(), Why> {
        match self.access() {
            Access::Drive | Access::Destroy if !world.about.commands => {
                return Err(Why("this console only looks".to_owned()));
            }
            Access::Look | Access::Drive | Access::Destroy => {}
        }
        match (self.replayed, self.only_while()) {
            (Some(true), _) if !world.replayed => Err(Why("only in a recording".to_owned())),
            (Some(false), _) if world.replayed => Err(Why("not in a recording".to_owned())),
            (_, Some(mode)) if !self.is_for(world.moment()) => Err(Why(format!("only while the run is {mode}"))),
            (_, Some(_) | None) => (self.available)(world, chosen),
        }
    }

    /// Whether it is for a moment such as this.
    pub fn is_for(&self, moment: Moment) -> bool {
        self.mode.is_none_or(|own| own == moment.mode) && self.replayed.is_none_or(|own| own == moment.replayed)
    }
}

/// The command that resuming sends.
pub(super) fn resume_command(world: &World) -> Command {
    Command::SetMode(world.memory.resumes_to())
}
