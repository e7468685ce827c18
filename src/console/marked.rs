//! The gates that are marked to be answered together. A mark is of a gate as it was asked: answered, withdrawn or asked
//! anew, it is marked no more.

use crate::plan::GateKind;
use crate::recovery::State;
use jiff::Timestamp;

/// How a mark is shown.
pub const SIGN: &str = "■ marked";

/// The marks.
#[derive(Clone, Debug, Default)]
pub struct Marked {
    gates: Vec<(usize, GateKind, Timestamp)>,
}

/// Whether gates of this kind can be answered with others.
pub fn can_share(kind: GateKind) -> bool {
    match kind {
        GateKind::Approval | GateKind::PointOfNoReturn | GateKind::Loss => true,
        GateKind::Manual | GateKind::Writers | GateKind::CaughtUp | GateKind::Divergence | GateKind::Window => false,
    }
}

/// The open gates of the step at `place` that can be answered with others.
pub fn of_step(state: &State, place: usize) -> impl Iterator<Item = GateKind> {
    state.open_gates.keys().filter(move |(at, kind)| *at == place && can_share(*kind)).map(|(_, kind)| *kind)
}

/// Whether more than one step has an open gate that can be answered with others.
pub fn several(state: &State) -> bool {
    let mut places = state.open_gates.keys().filter(|(_, kind)| can_share(*kind)).map(|(place, _)| place);
    let first = places.next();
    places.any(|place| Some(place) != first)
}

impl Marked {
    /// The gates that are marked and still asked, in run order.
    pub fn open(&self, state: &State) -> Vec<(usize, GateKind)> {
        let open = state.open_gates.iter();
        let marked = open.filter(|((place, kind), gate)| self.gates.contains(&(*place, *kind, gate.since)));
        marked.map(|(gate, _)| *gate).collect()
    }

    /// Whether this gate is marked.
    pub fn has(&self, state: &State, place: usize, kind: GateKind) -> bool {
        let gate = state.open_gates.get(&(place, kind));
        gate.is_some_and(|gate| self.gates.contains(&(place, kind, gate.since)))
    }

    /// Whether a gate of the step at `place` is marked.
    pub fn is_on(&self, state: &State, place: usize) -> bool {
        of_step(state, place).any(|kind| self.has(state, place, kind))
    }

    /// Marks the gates of the step at `place` that can be answered with others, or takes their marks away.
    pub(super) fn turn(&mut self, state: &State, place: usize) {
        if self.is_on(state, place) {
            self.gates.retain(|(at, ..)| *at != place);
            return;
        }
        for kind in of_step(state, place) {
            if let Some(gate) = state.open_gates.get(&(place, kind)) {
                self.gates.push((place, kind, gate.since));
            }
        }
    }

    /// Takes all marks away; `false` where there is none of a gate that is still asked.
    pub(super) fn clear(&mut self, state: &State) -> bool {
        let had = !self.open(state).is_empty();
        self.gates.clear();
        had
    }

    /// ` · 2 marked`, for a title.
    pub fn told(&self, state: &State) -> String {
        match self.open(state).len() {
            0 => String::new(),
            count => format!(" · {count} marked"),
        }
    }
}
