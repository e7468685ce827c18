//! The run as the console knows it: the state it folds itself, what it remembers of the events, the time. Screens,
//! layers and commands read it; only events and the clock change it.

use super::Label;
use super::figures::Figures;
use super::keymap::Keymap;
use super::memory::Memory;
use super::shape::Shape;
use crate::recovery::{Event, State};
use crate::text::Clean;
use jiff::Timestamp;
use std::sync::Arc;

/// What is said of the run by whoever opened the console.
#[derive(Clone, Debug)]
pub struct About {
    /// What sort of run it is.
    pub label: Label,
    /// How many times as fast as the wall clock its time passes.
    pub time_scale: f64,
    /// Where its journal is.
    pub journal: Clean,
    /// Whether this console can command it.
    pub commands: bool,
}

/// The run as the console knows it.
#[derive(Clone, Debug)]
pub struct World {
    /// The fold of the events so far.
    pub state: State,
    /// What is remembered of the events themselves.
    pub memory: Memory,
    /// What never changes.
    pub shape: Shape,
    /// The numbers.
    pub figures: Figures,
    /// What was said of it.
    pub about: About,
    /// Which keys the commands have: what is drawn hints at them.
    pub keys: Keymap,
    /// The run's time.
    pub now: Timestamp,
    /// Whether events can still come.
    pub followed: bool,
    /// How often the state changed; what is drawn from it is as old as the count it was drawn at.
    pub changes: u64,
}

impl World {
    /// The run that a journal's first event opens; `None` for any other event.
    pub fn open(first: &Event, about: About) -> Option<Self> {
        let state = State::open(first)?;
        let shape = Shape::of(&state.run);
        let now = state.at;
        let figures = Figures::read(&state, &shape, now);
        Some(Self {
            state,
            memory: Memory::default(),
            shape,
            figures,
            about,
            keys: Keymap::default(),
            now,
            followed: true,
            changes: 0,
        })
    }

    /// Folds events.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        for event in events {
            self.memory.take(event, self.state.mode);
            self.state.fold(event);
        }
        self.now = self.now.max(self.state.at);
        self.refresh();
    }

    /// Lets the time pass. The numbers follow once a second.
    pub fn at(&mut self, now: Timestamp) {
        // The events' own time never lies ahead of the screen's: both come from the run's clock, but not at once.
        let now = now.max(self.state.at);
        let same_second = now.as_second() == self.now.as_second();
        self.now = now;
        if !same_second {
            self.refresh();
        }
    }

    /// Whether a clock on the screen is running.
    pub fn clock_runs(&self) -> bool {
        self.followed && !self.state.is_over()
    }

    fn refresh(&mut self) {
        self.figures = Figures::read(&self.state, &self.shape, self.now);
        self.changes += 1;
    }
}
