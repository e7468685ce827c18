//! Which keys each command has: the table's own, changed by the configuration. Dispatch, help, footer and hints read
//! it. It holds itself to three rules: no key for two commands, no danger on a key of moving about, and the keys that
//! lead out stay.

use super::commands::{Access, Row, TABLE};
use super::hints::Hints;
use super::keys::Chord;
use super::look::Glyphs;
use super::world::Moment;
use crate::recovery::Mode;
use crossterm::event::KeyCode;
use std::collections::BTreeMap;

/// The keys that lead on, back and out: every mode must find them where the table has them.
const KEPT: [(Chord, &str); 3] =
    [(Chord::key(KeyCode::Enter), "details"), (Chord::key(KeyCode::Esc), "back"), (Chord::control('c'), "leave")];

const MODES: [Mode; 3] = [Mode::Step, Mode::Auto, Mode::Hold];

/// The keys of every command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: BTreeMap<&'static str, Vec<Chord>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { keys: TABLE.iter().map(|row| (row.id, row.keys.to_vec())).collect() }
    }
}

/// Why keys cannot be bound so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misbound {
    /// One key for two commands that can both apply.
    #[error("{chord} is both `{first}` and `{second}`")]
    Clash {
        /// The key.
        chord: Chord,
        /// The command that stands first in the table.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// A command that acts, on a key that hands press to move about.
    #[error("{chord} moves about in every list, and `{row}` acts on the run")]
    Danger {
        /// The key.
        chord: Chord,
        /// The command.
        row: &'static str,
    },
    /// A way on, back or out was taken away.
    #[error("{chord} must stay with `{row}`")]
    Kept {
        /// The key.
        chord: Chord,
        /// The command it belongs to.
        row: &'static str,
    },
}

impl Misbound {
    /// The commands it is about.
    pub fn rows(&self) -> Vec<&'static str> {
        match self {
            Self::Clash { first, second, .. } => vec![first, second],
            Self::Danger { row, .. } | Self::Kept { row, .. } => vec![row],
        }
    }
}

impl Keymap {
    /// Gives the command called `id` these keys instead of its own. [`Keymap::check`] tells whether that can stand.
    pub fn bind(&mut self, id: &str, chords: Vec<Chord>) {
        if let Some(keys) = self.keys.get_mut(id) {
            *keys = chords;
        }
    }

    /// Every rule that is broken.
    pub fn check(&self) -> Vec<Misbound> {
        let mut wrong = Vec::new();
        for (at, row) in TABLE.iter().enumerate() {
            for chord in self.keys(row) {
                if row.access() != Access::Look && chord.moves() {
                    wrong.push(Misbound::Danger { chord: *chord, row: row.id });
                }
                let clashes = TABLE[at + 1..].iter().filter(|other| meet(row, other));
                let clashes = clashes.filter(|other| self.keys(other).contains(chord));
                wrong.extend(clashes.map(|other| Misbound::Clash { chord: *chord, first: row.id, second: other.id }));
            }
        }
        for (chord, id) in KEPT {
            if moments().any(|moment| self.find(chord, moment).is_none_or(|row| row.id != id)) {
                wrong.push(Misbound::Kept { chord, row: id });
            }
        }
        wrong
    }

    /// The command that `chord` means at such a moment. One made for recordings, or for runs, goes before one for both.
    pub fn find(&self, chord: Chord, moment: Moment) -> Option<&'static Row> {
        let bound = TABLE.iter().filter(|row| row.is_for(moment) && self.keys(row).contains(&chord));
        bound.min_by_key(|row| row.replayed.is_none())
    }

    /// The keys of a command.
    pub fn keys(&self, row: &Row) -> &[Chord] {
        self.keys.get(row.id).map_or(&[], Vec::as_slice)
    }

    /// The keys as whatever is drawn with these glyphs hints at them.
    pub fn hints(&self, glyphs: Glyphs) -> Hints {
        Hints::of(glyphs, TABLE.iter().map(|row| (row.id, row.title, self.keys(row).to_vec())))
    }
}

/// Every moment that decides between commands that share a key.
fn moments() -> impl Iterator<Item = Moment> {
    MODES.into_iter().flat_map(|mode| [false, true].map(|replayed| Moment { mode, replayed }))
}

/// Whether both can apply at once, and neither goes before the other.
fn meet(one: &Row, other: &Row) -> bool {
    one.replayed == other.replayed && moments().any(|moment| one.is_for(moment) && other.is_for(moment))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(id: &str, keys: &[&str]) -> Vec<Misbound> {
        let mut keymap = Keymap::default();
        keymap.bind(id, keys.iter().map(|key| key.parse().expect("a key")).collect());
        keymap.check()
    }

    #[test]
    fn the_table_keeps_its_own_rules() {
        assert_eq!(Keymap::default().check(), []);
    }

    #[test]
    fn a_key_for_two_commands_is_refused_with_both_names() {
        let [clash] = &bound("roll-back", &["r"])[..] else { panic!("one clash") };
        assert_eq!(clash.to_string(), "r is both `retry` and `roll-back`");
    }

    #[test]
    fn commands_of_different_modes_may_share_a_key() {
        assert_eq!(bound("go", &["space", "f5"]), []);
        let mut keymap = Keymap::default();
        for id in ["go", "hold", "resume"] {
            keymap.bind(id, vec![Chord::key(KeyCode::F(5))]);
        }
        assert_eq!(keymap.check(), []);
    }

    #[test]
    fn nothing_that_acts_can_be_put_on_a_key_of_moving_about() {
        for key in ["j", "G", "up", "page-down", "tab", "enter", "esc"] {
            for row in TABLE.iter().filter(|row| row.access() != Access::Look) {
                let wrong = bound(row.id, &[key]);
                assert!(wrong.iter().any(|wrong| matches!(wrong, Misbound::Danger { .. })), "{} on {key}", row.id);
            }
        }
    }

    #[test]
    fn the_way_on_back_and_out_cannot_be_taken_away() {
        for (chord, id) in KEPT {
            assert_eq!(bound(id, &["f9"]), [Misbound::Kept { chord, row: id }]);
        }
    }

    #[test]
    fn a_command_without_a_key_is_hinted_by_its_name_in_the_palette() {
        let mut keymap = Keymap::default();
        keymap.bind("answer", Vec::new());
        assert_eq!(keymap.check(), []);
        assert_eq!(keymap.hints(Glyphs::Unicode).hint("answer"), ": answer the gate");
    }
}
