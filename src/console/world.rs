//! The run as the console knows it: the state it folds itself, what it remembers of the events, the time. Screens,
//! layers and commands read it; only events and the clock change it.

use super::Label;
use super::drift::Drifts;
use super::figures::Figures;
use super::findings::Findings;
use super::hints::Hints;
use super::inventory::{Entry, Inventory};
use super::marked::Marked;
use super::memory::Memory;
use super::past::Past;
use super::restore::Preview;
use super::shape::Shape;
use super::threshold::Thresholds;
use crate::engine::feed::Parted;
use crate::recovery::{Event, Mode, State, What, objective, words};
use crate::text::{Clean, shell_word};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::sync::Arc;

/// How far a watched drill's clock goes on ahead of its newest event: as long as there may be none.
const AHEAD: SignedDuration = SignedDuration::from_secs(30);

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
    /// The command that looks on at it from another terminal, as a shell takes it; none where there is no journal.
    pub watch: Option<String>,
}

impl About {
    /// What is said of a run whose journal is at `journal`.
    pub fn of(label: Label, time_scale: f64, journal: &Path, commands: bool) -> Self {
        let whole = std::path::absolute(journal).ok().filter(|_| !journal.as_os_str().is_empty());
        let watch = whole.as_deref().and_then(Path::to_str).map(|path| format!("landfall watch {}", shell_word(path)));
        Self { label, time_scale, journal: Clean::new(&journal.display().to_string()), commands, watch }
    }

    /// What is said of a recording at `journal`.
    pub fn recording(journal: &Path) -> Self {
        Self::of(Label::Replay, 1.0, journal, false)
    }
}

/// What decides between commands that share a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// How steps start.
    pub mode: Mode,
    /// Whether it is a recording that is shown.
    pub replayed: bool,
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
    /// What was found about how ready it is.
    pub findings: Findings,
    /// What never changes.
    pub shape: Shape,
    /// The numbers.
    pub figures: Figures,
    /// What was said of it.
    pub about: About,
    /// Which keys the commands have: what is drawn hints at them.
    pub keys: Hints,
    /// The run's time.
    pub now: Timestamp,
    /// Whether events can still come.
    pub followed: bool,
    /// How the session that this console commands ended, where nobody here asked for that.
    pub parted: Option<Parted>,
    /// Whether the session that drives a watched run is known to be gone without letting go of it.
    pub driver_gone: bool,
    /// Whether it is a recording that is shown, at some time of its own.
    pub replayed: bool,
    /// Whether this console can let things go wrong.
    pub facilitates: bool,
    /// The gates that are marked to be answered together.
    pub marked: Marked,
    /// Whether this console can read the logs of components.
    pub reads_logs: bool,
    /// Whether the time of a drill passes no faster than the wall's just now: its commander reads something.
    pub eased: bool,
    /// Faults that happened and are not told before the run is over.
    withheld: Vec<Arc<Event>>,
    /// Another recording at the same time since its declaration, where two are compared.
    pub beside: Option<Box<World>>,
    /// What was captured of the application; none where there is no store to look into.
    pub inventory: Option<Inventory>,
    /// What of it differs; none where there is no store to look into.
    pub drifts: Option<Arc<Drifts>>,
    /// What a restore of it would make; none where there is no store to look into.
    pub restore: Option<Arc<Preview>>,
    /// Why nothing of what was captured is written into files; none where it can be.
    pub unwritten: Option<&'static str>,
    /// How often the state changed; what is drawn from it is as old as the count it was drawn at.
    pub changes: u64,
}

impl World {
    /// The run that a journal's first event opens; `None` for any other event.
    pub fn open(first: &Arc<Event>, about: About) -> Option<Self> {
        let state = State::open(first)?;
        let shape = Shape::of(&state.run);
        let now = state.at;
        let thresholds = Thresholds::of(&state);
        let figures = Figures::read(&state, &thresholds, now);
        let findings = Findings::of(&state);
        let mut memory = Memory::default();
        memory.record.push(first);
        Some(Self {
            state,
            memory,
            thresholds,
            findings,
            shape,
            figures,
            about,
            keys: Hints::default(),
            now,
            followed: true,
            parted: None,
            driver_gone: false,
            replayed: false,
            facilitates: false,
            marked: Marked::default(),
            reads_logs: false,
            eased: false,
            withheld: Vec::new(),
            beside: None,
            inventory: None,
            drifts: None,
            restore: None,
            unwritten: None,
            changes: 0,
        })
    }

    /// Folds events.
    pub fn take(&mut self, events: &[Arc<Event>]) {
        for event in events {
            let mode = self.state.mode;
            self.thresholds.take(&self.state, event);
            self.state.fold(event);
            self.findings.take(&self.state, &event.what);
            if self.is_withheld(event) {
                self.withheld.push(event.clone());
            } else {
                self.memory.take(event, mode);
            }
        }
        if self.state.is_over() && !self.withheld.is_empty() {
            self.tell_withheld();
        }
        self.now = self.now.max(self.state.at);
        self.refresh();
    }

    /// Remembers what was withheld where it belongs: between the other events, as they happened.
    fn tell_withheld(&mut self) {
        let withheld = std::mem::take(&mut self.withheld);
        let mut all: Vec<Arc<Event>> = self.memory.record.events().cloned().chain(withheld).collect();
        all.sort_by_key(|event| event.seq);
        let Some((first, rest)) = all.split_first() else { return };
        let Some(mut past) = Past::open(first) else { return };
        rest.iter().for_each(|event| past.take(event));
        self.memory = past.memory;
    }

    /// Whether `event` would spoil a drill that is not over: what the scenario does is for the commander to find out,
    /// and in a drill of surprises so is what the facilitator does.
    fn is_withheld(&self, event: &Event) -> bool {
        let (What::FaultInjected { scripted, .. } | What::FaultEnded { scripted, .. }) = &event.what else {
            return false;
        };
        let surprise = self.state.run.drill.as_ref().is_some_and(|drill| drill.surprise);
        (*scripted || surprise) && !self.replayed && !self.state.is_over()
    }

    /// No more events come: everything stands at the last that did, every clock too.
    pub(super) fn part(&mut self, parted: Option<Parted>) {
        self.followed = false;
        self.parted = parted;
        self.now = self.state.at;
        self.refresh();
    }

    /// Learns whether the session that drives a watched run is gone.
    pub(super) fn driver_is_gone(&mut self, gone: bool) {
        self.driver_gone = gone;
        self.changes += 1;
    }

    /// Learns what was captured of the application.
    pub(super) fn take_inventory(&mut self, inventory: Option<Inventory>) {
        self.inventory = inventory;
        self.changes += 1;
    }

    /// Learns what a restore would make.
    pub(super) fn take_restore(&mut self, restore: Option<Arc<Preview>>) {
        self.restore = restore;
        self.changes += 1;
    }

    /// Learns what differs.
    pub(super) fn take_drifts(&mut self, drifts: Option<Arc<Drifts>>) {
        self.drifts = drifts;
        self.changes += 1;
    }

    /// What was captured, at `place` of the inventory.
    pub fn captured(&self, place: usize) -> Option<&Entry> {
        match &self.inventory {
            Some(Inventory::There(captured)) => captured.entries.get(place),
            Some(Inventory::Reading | Inventory::None { .. } | Inventory::Unreadable { .. }) | None => None,
        }
    }

    /// Lets the time pass, as long as events can come. The numbers follow once a second.
    pub fn at(&mut self, now: Timestamp) {
        if !self.followed {
            return;
        }
        // The events' own time never lies ahead of the screen's: both come from the run's clock, but not at once.
        let now = self.no_further(now).max(self.state.at);
        self.at_exactly(now);
    }

    /// Stands where a recording stood: what it shows is that state and nothing of what was shown before.
    pub(super) fn stand(&mut self, past: Past) {
        self.now = past.state.at;
        self.state = past.state;
        self.memory = past.memory;
        self.thresholds = past.thresholds;
        self.findings.read(&self.state);
        self.changes += 1;
    }

    /// A watched drill's time is its driver's: it may stand or pass slower than was said, and events tell it often. What
    /// nobody drives any more stands.
    fn no_further(&self, now: Timestamp) -> Timestamp {
        if self.about.label != Label::Watch || self.about.time_scale == 1.0 {
            return now;
        }
        let ahead = if self.state.driven && !self.driver_gone { AHEAD } else { SignedDuration::ZERO };
        self.state.at.checked_add(ahead).map_or(now, |most| now.min(most))
    }

    /// Shows exactly this time, which may lie before the one shown.
    pub(super) fn at_exactly(&mut self, now: Timestamp) {
        // The wall's second, and that of the clock, which runs from within one.
        let seconds = |at: Timestamp| (at.as_second(), at.duration_since(self.state.run.declared_at).as_secs());
        let same_second = seconds(now) == seconds(self.now);
        self.now = now;
        if !same_second {
            self.refresh();
        }
    }

    /// What decides between commands that share a key.
    pub fn moment(&self) -> Moment {
        Moment { mode: self.state.mode, replayed: self.replayed }
    }

    /// Whether this console commands the run and the run can still be commanded: only then a key that drives is named.
    pub fn can_be_commanded(&self) -> bool {
        self.about.commands && self.followed && self.parted.is_none() && !self.state.is_over()
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
        self.figures = Figures::read(&self.state, &self.thresholds, self.now);
        self.changes += 1;
    }
}
