//! `Clean`: a string that is safe to draw. Knows nothing of where text comes from.
//!
//! Everything that reaches Landfall from outside (clouds, plan files, journals, other people) becomes
//! [`Clean`] at the boundary, so that no control, bidirectional or zero-width character can ever move the
//! cursor, recolour the screen or reorder what a commander reads.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::hash::{BuildHasher, RandomState};
use std::{borrow::Borrow, cell::RefCell, fmt, ops::Deref, sync::Arc};

/// A string without C0/C1 controls, DEL, bidirectional marks, or zero-width characters.
///
/// Line ends and tabs become single spaces; everything else that could act on a terminal is dropped.
#[derive(Default, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Cleans `raw`. Text that is clean already is kept as it is.
    pub fn new(raw: &str) -> Self {
        if raw.chars().all(is_safe) {
            return Self(Arc::from(raw));
        }
        let kept: String = raw
            .chars()
            .filter_map(|c| match c {
                '\n' | '\r' | '\t' => Some(' '),
                c if is_safe(c) => Some(c),
                _ => None,
            })
            .collect();
        Self(Arc::from(kept.as_str()))
    }

    /// Cleans `raw` line by line: for help and diagnostics that may span lines.
    pub fn lines(raw: &str) -> Vec<Self> {
        raw.lines().map(Self::new).collect()
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character can do nothing but be drawn.
fn is_safe(c: char) -> bool {
    let control = c.is_control();
    let bidirectional =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let zero_width = matches!(c, '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}');
    !(control || bidirectional || zero_width)
}

impl Deref for Clean {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl Borrow<str> for Clean {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}
impl From<String> for Clean {
    fn from(raw: String) -> Self {
        Self::new(&raw)
    }
}
impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(READ.with_borrow_mut(|read| read.clean(&raw)))
    }
}

thread_local! {
    static READ: RefCell<Read> = RefCell::default();
}

/// The strings that were read last. A journal says the same few names a hundred thousand times; those read from it share
/// one copy. What one string takes the place of is only read again: nothing depends on what is held here.
#[derive(Default)]
struct Read {
    hasher: RandomState,
    places: Vec<Option<Clean>>,
}

impl Read {
    /// How many strings are held: the names of a large plan and its steps find room.
    const PLACES: usize = 16_384;
    /// The longest that is held, in bytes: names are short, and what is long is rarely said twice.
    const LONGEST: usize = 64;

    fn clean(&mut self, raw: &str) -> Clean {
        if raw.len() > Self::LONGEST {
            return Clean::new(raw);
        }
        self.places.resize(Self::PLACES, None);
        let place = self.hasher.hash_one(raw) as usize % Self::PLACES;
        match &self.places[place] {
            Some(held) if held.as_str() == raw => held.clone(),
            _ => self.places[place].insert(Clean::new(raw)).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(Clean::new("\u{1b}[31mred\u{7}\u{9b}2J").as_str(), "[31mred2J");
        assert_eq!(Clean::new("a\nb\tc").as_str(), "a b c");
        assert_eq!(Clean::new("evil\u{202e}txt.exe\u{200b}").as_str(), "eviltxt.exe");
        assert_eq!(Clean::new("東京 🚀 é").as_str(), "東京 🚀 é");
    }

    #[test]
    fn a_name_read_again_takes_no_room_of_its_own() {
        let read = |json: &str| serde_json::from_str::<Clean>(json).expect("JSON of a string");
        let (first, again) = (read("\"catalog-db\""), read("\"catalog-db\""));
        assert!(Arc::ptr_eq(&first.0, &again.0));
    }

    proptest! {
        #[test]
        fn nothing_unsafe_survives(raw in "\\PC*|.*") {
            prop_assert!(Clean::new(&raw).chars().all(is_safe));
        }

        #[test]
        fn what_was_read_before_changes_nothing_of_what_is_read(raws in proptest::collection::vec("[ab\u{1b}\u{200b}]{0,3}", 0..40)) {
            for raw in raws {
                let json = serde_json::to_string(&raw).expect("a string is JSON");
                let clean: Clean = serde_json::from_str(&json).expect("JSON of a string");
                prop_assert_eq!(clean, Clean::new(&raw));
            }
        }

        #[test]
        fn what_is_read_back_from_json_is_clean_too(raw in ".*") {
            let json = serde_json::to_string(&raw).expect("a string is JSON");
            let clean: Clean = serde_json::from_str(&json).expect("JSON of a string");
            prop_assert!(clean.chars().all(is_safe));
        }
    }
}
