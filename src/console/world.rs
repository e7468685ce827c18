//! The run as the console knows it: the state it folds itself, what it remembers of the events, the time. Screens,
//! layers and commands read it; only events and the clock change it.

use super::Label;
use super::figures::Figures;
use super::findings::Findings;
use super::memory::Memory;
use super::shape::Shape;
use super::silences::Silences;
use super::threshold::Thresholds;
use super::words;
use crate::recovery::{Event, State, objective};
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
    /// Which stores were over their objectives.
    pub thresholds: Thresholds,
    /// Which regions answer no call.
    pub silences: Silences,
    /// What was found about how ready it is.
    pub findings: Findings,
    /// What never changes.
    pub shape: Shape,
    /// The numbers.
    pub figures: Figures,
    /// What was said of it.
    pub about: About,
    /// The run's time.
    pub now: Timestamp,
    /// Whether events can still come.
    pub followed: bool,
    /// How often the state changed; what is drawn from it is as old as the count it was drawn at.
    pub changes: u64,
}

impl World {
    /// The run that a journal's first event opens; `None` for any other event.
    pub fn open(first: &Arc<Event>, about: About) -> Option<Self> {
        let state = State::open(first)?;
        let shape = Shape::of(&state.run);
        let now = state.at;
        let thresholds = Thresholds::default();
        let figures = Figures::read(&state, &shape, &thresholds, now);
        let findings = Findings::of(&state);
        let mut memory = Memory::default();
        memory.record.push(first);
        Some(Self {
            state,
            memory,
            thresholds,
            silences: Silences::default(),
            findings,
            shape,
            figures,
            about,
            now,
            followed: true,
            changes: 0,
        })
    }

    /// Folds events.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        for event in events {
            self.memory.take(event, self.state.mode);
            self.thresholds.take(&self.state, event);
            self.silences.take(event);
            self.state.fold(event);
            self.findings.take(&self.state, &event.what);
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

    /// A time on the recovery clock: `T+07:42`, `T−01:10` before the incident was declared.
    pub fn run_time(&self, at: Timestamp) -> String {
        let declared_at = self.state.run.declared_at;
        if at < declared_at {
            return format!("T−{}", words::clock(objective::seconds_between(at, declared_at)));
        }
        format!("T+{}", words::clock(objective::seconds_between(declared_at, at)))
    }

    fn refresh(&mut self) {
        self.figures = Figures::read(&self.state, &self.shape, &self.thresholds, self.now);
        self.changes += 1;
    }
}
