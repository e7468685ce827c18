//! Which keys the commands have, by the commands' names: for whatever is drawn and hints at one. Knows no command.

use super::keys::Chord;
use super::look::Glyphs;
use std::collections::BTreeMap;

/// The keys of every command, to be hinted at.
#[derive(Clone, Debug)]
pub struct Hints {
    glyphs: Glyphs,
    commands: BTreeMap<&'static str, (&'static str, Vec<Chord>)>,
    /// Whether commands are typed by their names, line by line: then no key is hinted at.
    typed: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self { glyphs: Glyphs::Unicode, commands: BTreeMap::new(), typed: false }
    }
}

impl Hints {
    /// The keys of commands, written with these glyphs: of each its stable name, its title and its keys.
    pub fn of(glyphs: Glyphs, commands: impl Iterator<Item = (&'static str, &'static str, Vec<Chord>)>) -> Self {
        Self { glyphs, commands: commands.map(|(id, title, keys)| (id, (title, keys))).collect(), typed: false }
    }

    /// The same for who types lines: a command is called by its name, and what can be given by its number.
    pub fn typed(self) -> Self {
        Self { typed: true, ..self }
    }

    /// Whether commands are typed by their names.
    pub fn are_typed(&self) -> bool {
        self.typed
    }

    /// The keys of the command called `id`.
    pub fn keys(&self, id: &str) -> &[Chord] {
        if self.typed {
            return &[];
        }
        self.commands.get(id).map_or(&[], |(_, keys)| keys)
    }

    /// Its first key as it is written; nothing when it has none.
    pub fn key(&self, id: &str) -> String {
        self.keys(id).first().map(|key| key.spelled(self.glyphs)).unwrap_or_default()
    }

    /// How to call it, in a hint: its first key, or its name in the palette.
    pub fn hint(&self, id: &str) -> String {
        if self.typed {
            return id.to_owned();
        }
        let Some((title, keys)) = self.commands.get(id) else { return String::new() };
        keys.first().map_or_else(|| format!(": {title}"), |key| key.spelled(self.glyphs))
    }
}
