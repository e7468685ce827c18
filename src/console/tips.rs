//! What the embedded rehearsal tells whoever sees it for the first time: three things, each until it is put away or done.
//! Nothing is kept behind the session: a rehearsal is where people learn, often several of them behind one login, and it
//! never speaks in a real run.

use super::layers::Front;
use super::world::World;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tip {
    /// What the screen is, and what starts the run.
    Start,
    /// That the run asks.
    Gate,
    /// That there is a way back.
    Back,
}

/// Which of them are still to be told.
#[derive(Debug, Default)]
pub struct Tips {
    left: Vec<Tip>,
}

impl Tips {
    /// All three, for the embedded rehearsal.
    pub fn all() -> Self {
        Self { left: vec![Tip::Start, Tip::Gate, Tip::Back] }
    }

    /// The one that is told now, behind or beside what is in front.
    pub fn now(&self, world: &World, front: Option<Front>) -> Option<Tip> {
        let state = &world.state;
        if state.is_over() || !world.followed {
            return None;
        }
        let told = self.left.iter().copied().find(|tip| match (tip, front) {
            (Tip::Start, None) => state.needs_start(),
            (Tip::Gate, Some(Front::Gate)) => true,
            (Tip::Back, None) => state.rollback.is_none() && state.steps.iter().any(|step| step.acted()),
            (Tip::Start | Tip::Gate | Tip::Back, _) => false,
        });
        // The way back is no first thing to tell while something asks.
        told.filter(|tip| *tip != Tip::Back || state.open_gates.is_empty())
    }

    /// Learns what was done: what a tip is about is not told again.
    pub fn learn(&mut self, world: &World, front: Option<Front>) {
        let started = !world.state.needs_start() || front == Some(Front::Start);
        let goes_back = world.state.rollback.is_some() || front == Some(Front::Back);
        self.left.retain(|tip| match tip {
            Tip::Start => !started,
            Tip::Back => !goes_back,
            Tip::Gate => true,
        });
    }

    /// Puts one away.
    pub fn put_away(&mut self, tip: Tip) {
        self.left.retain(|left| *left != tip);
    }
}

impl Tip {
    /// What it says, with the keys as they are.
    pub fn words(self, world: &World) -> String {
        let key = |id: &str| world.keys.hint(id);
        match self {
            Self::Start => format!(
                "A rehearsal: nothing outside is touched. Left is what there is, right what comes next. {} opens the start \
                 form; {} does the same, step by step. {} explains the rest.",
                key("auto"),
                key("go"),
                key("help")
            ),
            Self::Gate => format!(
                "The run asks before what cannot be taken back or may lose something. Read, type what is asked for, Enter. \
                 Esc puts it away, {} brings it back.",
                key("answer")
            ),
            Self::Back => format!(
                "{} shows what going back would undo, and what would stay, before anything is done.",
                key("roll-back")
            ),
        }
    }
}
