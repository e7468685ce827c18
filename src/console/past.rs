//! A run as it stood after some event: all that the events make, and nothing of who looks at it when.

use super::memory::Memory;
use super::threshold::Thresholds;
use crate::recovery::{Event, State};
use std::sync::Arc;

/// A run as it stood after some event.
#[derive(Clone, Debug)]
pub struct Past {
    /// The fold of the events until then.
    pub state: State,
    /// What is remembered of them.
    pub memory: Memory,
    /// Which stores were over their objectives.
    pub thresholds: Thresholds,
}

impl Past {
    /// After the event that opened the run.
    pub fn open(first: &Arc<Event>) -> Option<Self> {
        let mut memory = Memory::default();
        memory.record.push(first);
        let state = State::open(first)?;
        Some(Self { memory, thresholds: Thresholds::of(&state), state })
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Arc<Event>) {
        self.memory.take(event, self.state.mode);
        self.thresholds.take(&self.state, event);
        self.state.fold(event);
    }
}
