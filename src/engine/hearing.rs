//! One ordered way from the runners and the onlookers to the dispatcher: what was seen for a step comes before what was
//! made of it, so that evidence is in the journal before the outcome it proves.

use super::runner::Told;
use crate::recovery::What;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the dispatcher hears.
pub enum Heard {
    /// A runner tells of its step.
    Told(Told),
    /// Something was seen.
    Saw(What),
}

/// Nobody listens any more: the session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unheard;

/// Where runners tell.
#[derive(Clone)]
pub struct Reports(UnboundedSender<Heard>);

/// Where whoever sees something says so.
#[derive(Clone)]
pub struct Witness(UnboundedSender<Heard>);

/// Both ways in, and where all comes out in the order in which it was said.
pub fn channel() -> (Reports, Witness, UnboundedReceiver<Heard>) {
    let (sender, heard) = unbounded_channel();
    (Reports(sender.clone()), Witness(sender), heard)
}

impl Reports {
    /// Tells of a step.
    ///
    /// # Errors
    /// [`Unheard`].
    pub fn send(&self, told: Told) -> Result<(), Unheard> {
        self.0.send(Heard::Told(told)).map_err(|_| Unheard)
    }
}

impl Witness {
    /// Says what was seen.
    ///
    /// # Errors
    /// [`Unheard`].
    pub fn send(&self, what: What) -> Result<(), Unheard> {
        self.0.send(Heard::Saw(what)).map_err(|_| Unheard)
    }

    /// Whether nobody listens any more.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}
