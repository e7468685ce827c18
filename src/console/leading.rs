//! What comes up by itself for whoever commands: the one gate that is open, once for each time it is asked. And what is
//! typed for a gate that was put away: it opens it again, and reaches no command.

use super::app::App;
use super::commands::{Access, Row};
use super::keys::Chord;
use super::layers::{Form, GateAsked};
use super::reading;
use crate::engine::Commander;
use crate::plan::GateKind;
use crate::recovery::Mode;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// For how long after a form came up by itself keys are dropped: they were meant for what was there before.
const DROPPED: Duration = Duration::from_millis(500);
/// How close one letter follows another in a word that is being typed.
const WORD: Duration = Duration::from_secs(1);

/// Tells the wall's time.
pub type Wall = Arc<dyn Fn() -> Instant + Send + Sync>;

/// A gate, as it was asked at some time: asked anew it is another.
type Asking = (usize, GateKind, Timestamp);

/// What came up by itself so far.
#[derive(Default)]
pub struct Leading {
    wall: Option<Wall>,
    shown: BTreeSet<Asking>,
    came_up: Option<Instant>,
    /// The letters of a word being typed with no field for it, and when the last one was.
    letters: Option<(String, Instant)>,
    /// The gates for which a key that drives was taken as their word's first letter: once, so that it can still be used.
    spared: BTreeSet<Asking>,
}

impl Leading {
    fn now(&self) -> Option<Instant> {
        self.wall.as_ref().map(|wall| wall())
    }

    /// Whether a key struck now was meant for what was there before.
    pub(super) fn drops(&self) -> bool {
        self.now().zip(self.came_up).is_some_and(|(now, since)| now < since + DROPPED)
    }
}

impl App {
    /// Lets the one open gate come up by itself from now on; `wall` tells when a key was struck.
    pub fn lead_by(&mut self, wall: Wall) {
        self.leading.wall = Some(wall);
        self.lead();
    }

    /// Brings up the one gate that is open, where nothing else is and it was not shown since it was asked.
    pub(super) fn lead(&mut self) {
        let Some((commander, now)) = self.commander.clone().zip(self.leading.now()) else { return };
        let world = &self.world;
        let looked_at_only = world.state.mode == Mode::Hold && world.memory.resumed_untouched().is_some();
        // What was answered and has not been heard yet may leave one open that is answered already.
        let is_answering = self.is_asking();
        if looked_at_only || is_answering || !self.layers.is_empty() || self.filter.is_typing() || !self.may_answer() {
            return;
        }
        let mut open = world.state.open_gates.iter();
        let (Some((&(place, kind), gate)), None) = (open.next(), open.next()) else { return };
        if self.leading.shown.contains(&(place, kind, gate.since)) {
            return;
        }
        self.ask_gate(&commander, place, kind);
        self.leading.came_up = Some(now);
    }

    fn may_answer(&self) -> bool {
        let state = &self.world.state;
        self.world.followed && !state.is_over() && state.aborting.is_none() && state.rollback.is_none()
    }

    /// Opens the gate `kind` of the step at `place`.
    pub(super) fn ask_gate(&mut self, commander: &Commander, place: usize, kind: GateKind) {
        if let Some(gate) = self.world.state.open_gates.get(&(place, kind)) {
            self.leading.shown.insert((place, kind, gate.since));
        }
        self.leading.letters = None;
        let gate = GateAsked::new(&self.world, place, kind);
        self.layers.push(Form::new(gate, commander, &self.world));
    }

    /// Asks the gates that are marked, together; `false` where none is.
    pub(super) fn ask_marked(&mut self, commander: &Commander) -> bool {
        let Some(gates) = GateAsked::marked(&self.world) else { return false };
        self.leading.letters = None;
        self.layers.push(Form::new(gates, commander, &self.world));
        true
    }

    /// The gate that answering means: the chosen step's, else the first.
    pub(super) fn gate_to_answer(&self) -> Option<(usize, GateKind)> {
        let state = &self.world.state;
        let of_chosen = self.chosen_step().and_then(|place| Some((place, reading::open_gate(state, place)?.0)));
        of_chosen.or_else(|| state.open_gates.keys().next().copied())
    }

    /// Takes a letter that is typed for a gate that was put away; `false` where it is none. Whatever follows the first
    /// letter of its word is meant for it, and so is a letter that no command has.
    pub(super) fn types_for_a_gate(&mut self, key: KeyEvent) -> bool {
        let letter = match key.code {
            KeyCode::Char(letter) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => letter,
            _ => {
                self.leading.letters = None;
                return false;
            }
        };
        let Some((commander, now)) = self.commander.clone().zip(self.leading.now()) else { return false };
        let Some((place, kind)) = self.gate_to_answer().filter(|_| self.may_answer()) else { return false };
        let Some(gate) = self.world.state.open_gates.get(&(place, kind)) else { return false };
        let asking = (place, kind, gate.since);
        let before = self.leading.letters.take().filter(|(_, at)| now < *at + WORD).map(|(typed, _)| typed);
        let goes_on = before.is_some();
        let typed = before.unwrap_or_default() + letter.encode_utf8(&mut [0; 4]);
        let row = Chord::of(key).and_then(|chord| self.keymap.find(chord, self.world.moment()));
        let begins = GateAsked::word(&self.world, kind).is_some_and(|word| word.starts_with(&typed));
        let drives = row.is_some_and(|row: &Row| row.access() != Access::Look);
        let (opens, text) = match row {
            _ if begins && goes_on => (true, typed.clone()),
            None if letter.is_alphabetic() => (true, letter.to_string()),
            Some(_) if begins && drives && self.leading.spared.insert(asking) => (true, typed.clone()),
            Some(_) | None => (false, String::new()),
        };
        if !opens {
            self.leading.letters = begins.then_some((typed, now));
            return false;
        }
        if self.is_asking() {
            // This gate's answer may be under way: it is not asked a second time, and what is typed for it drives nothing.
            self.leading.letters = Some((typed, now));
            return true;
        }
        self.ask_gate(&commander, place, kind);
        for letter in text.chars() {
            self.layers.key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::NONE), &self.world);
        }
        true
    }

    /// Opens the gate that was put away for what is pasted; it takes it or says why not.
    pub(super) fn pastes_for_a_gate(&mut self) {
        let leads = self.leading.wall.is_some() && self.layers.is_empty() && self.may_answer();
        let Some(commander) = self.commander.clone().filter(|_| leads) else { return };
        if let Some((place, kind)) = self.gate_to_answer() {
            self.ask_gate(&commander, place, kind);
        }
    }
}
