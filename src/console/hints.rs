//! Which keys the commands have, by the commands' names: for whatever is drawn and hints at one. Knows no command.

use super::keys::Chord;
use std::collections::BTreeMap;

/// The keys of every command, to be hinted at.
#[derive(Clone, Debug, Default)]
pub struct Hints {
    commands: BTreeMap<&'static str, (&'static str, Vec<Chord>)>,
}

impl Hints {
    /// The keys of commands: of each its stable name, its title and its keys.
    pub fn of(commands: impl Iterator<Item = (&'static str, &'static str, Vec<Chord>)>) -> Self {
        Self { commands: commands.map(|(id, title, keys)| (id, (title, keys))).collect() }
    }

    /// The keys of the command called `id`.
    pub fn keys(&self, id: &str) -> &[Chord] {
        self.commands.get(id).map_or(&[], |(_, keys)| keys)
    }

    /// Its first key as it is written; nothing when it has none.
    pub fn key(&self, id: &str) -> String {
        self.keys(id).first().map(Chord::to_string).unwrap_or_default()
    }

    /// How to call it, in a hint: its first key, or its name in the palette.
    pub fn hint(&self, id: &str) -> String {
        let Some((title, keys)) = self.commands.get(id) else { return String::new() };
        keys.first().map_or_else(|| format!(": {title}"), Chord::to_string)
    }
}
