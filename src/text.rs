//! `Clean`: a string that is safe to draw. Knows nothing of where text comes from.
//!
//! Everything that reaches Landfall from outside (clouds, plan files, journals, other people) becomes
//! [`Clean`] at the boundary, so that no control, bidirectional or zero-width character can ever move the
//! cursor, recolour the screen or reorder what a commander reads.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::{Borrow, Cow};
use std::hash::{BuildHasher, RandomState};
use std::{cell::RefCell, fmt, ops::Deref, sync::Arc};
use unicode_width::UnicodeWidthChar;

/// A string without C0/C1 controls, DEL, bidirectional marks, or zero-width characters.
///
/// Line ends and tabs become single spaces; everything else that could act on a terminal is dropped.
#[derive(Default, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Cleans `raw`. Text that is clean already is kept as it is.
    pub fn new(raw: &str) -> Self {
        Self(Arc::from(&*sifted(raw, |c| match c {
            '\n' | '\r' | '\t' => Some(' '),
            c => is_safe(c).then_some(c),
        })))
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

/// `raw` with its lines and tabs as they are, and nothing else that could act on a terminal.
pub fn washed(raw: &str) -> Cow<'_, str> {
    sifted(raw, |c| may_stand(c).then_some(c))
}

/// How many marks may stand over one letter: no script needs more, and a pile of them is drawn over the lines around it.
const MARKS: usize = 8;

/// What `keep` makes of the characters of `raw`, without piles of combining marks.
fn sifted(raw: &str, keep: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    let mut marks = 0;
    let mut sift = |c: char| {
        let kept = keep(c)?;
        marks = if !kept.is_ascii() && kept.width() == Some(0) { marks + 1 } else { 0 };
        (marks <= MARKS).then_some(kept)
    };
    let Some((clean, _)) = raw.char_indices().find(|(_, c)| sift(*c) != Some(*c)) else { return Cow::Borrowed(raw) };
    let mut kept = raw[..clean].to_owned();
    // What was not kept stands first again; the marks before it are counted already.
    kept.extend(raw[clean..].chars().filter_map(sift));
    Cow::Owned(kept)
}

/// As [`washed`], but for colours and weights (`ESC [ … m`), which are ours to give: what stands between them must be
/// clean already.
pub fn washed_but_styled(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("\u{1b}[") {
        kept.push_str(&washed(&rest[..at]));
        let inside = &rest[at + 2..];
        let end = inside.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(inside.len());
        if inside[end..].starts_with('m') {
            kept.push_str(&rest[at..at + 3 + end]);
            rest = &inside[end + 1..];
        } else {
            rest = inside;
        }
    }
    kept.push_str(&washed(rest));
    kept
}

/// JSON in which every character that could act on a terminal is written as its number (`\u202e`): the same values,
/// and nothing to fear from showing them.
pub fn escaped_json(json: &str) -> Cow<'_, str> {
    if json.chars().all(may_stand) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if may_stand(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(escaped)
}

/// `text` as one word of a POSIX shell, whatever stands in it.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.chars().all(is_safe) {
        return format!("'{}'", text.replace('\'', "'\\''"));
    }
    // What cannot be seen is written by its numbers, so that what is copied is still that name.
    let word: String = text
        .chars()
        .map(|c| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if is_safe(c) => c.to_string(),
            c => c.to_string().bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
        })
        .collect();
    format!("$'{word}'")
}

fn may_stand(c: char) -> bool {
    c == '\n' || c == '\t' || is_safe(c)
}

/// Whether a character can do nothing but be drawn, in a place of its own.
fn is_safe(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    let bidirectional =
        matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    // Formatting characters, fillers, joiners and variation selectors: nothing to see, and text that is not what it seems.
    let invisible = matches!(c, '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200D}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}'
        | '\u{206A}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}');
    !(c.is_control() || bidirectional || invisible)
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

/// How much of the first `end` bytes of `text` is left where no number is cut in two: what belongs together with a number
/// (`1:20/≈2:00`, `+1h30m`, `90%`) goes with it.
pub fn whole_numbers(text: &str, end: usize) -> usize {
    let (before, after) = text.split_at(end);
    let mut from = end;
    let mut next = after.chars().next().unwrap_or(' ');
    let mut is_number = false;
    for last in before.chars().rev().take_while(|last| {
        let together = belong_together(*last, next);
        next = *last;
        together
    }) {
        from -= last.len_utf8();
        is_number |= last.is_ascii_digit();
    }
    if from == end {
        return end;
    }
    let mut last = before.chars().next_back().unwrap_or(' ');
    for next in after.chars().take_while(|next| {
        let together = belong_together(last, *next);
        last = *next;
        together
    }) {
        is_number |= next.is_ascii_digit();
    }
    if is_number { from } else { end }
}

/// Whether two characters side by side are of one number, or of one word.
fn belong_together(one: char, next: char) -> bool {
    const BETWEEN: &str = ".:,/";
    const BEFORE: &str = "+−≈≤≥<>×";
    match (one, next) {
        _ if one.is_alphanumeric() && next.is_alphanumeric() => true,
        _ if one.is_ascii_digit() => BETWEEN.contains(next) || next == '%',
        _ if next.is_ascii_digit() => BETWEEN.contains(one) || BEFORE.contains(one),
        _ => BETWEEN.contains(one) && BEFORE.contains(next),
    }
}

/// `1 step`, `3 steps`: of what takes an s.
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_cannot_be_seen_is_still_that_name_in_a_shell() {
        assert_eq!(shell_word("/runs/a.jsonl"), "/runs/a.jsonl");
        assert_eq!(shell_word("it's here"), "'it'\\''s here'");
        assert_eq!(shell_word("a\u{1b}[1m'b\n"), "$'a\\x1b[1m\\'b\\x0a'");
    }

    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(Clean::new("\u{1b}[31mred\u{7}\u{9b}2J").as_str(), "[31mred2J");
        assert_eq!(Clean::new("a\nb\tc").as_str(), "a b c");
        assert_eq!(Clean::new("evil\u{202e}txt.exe\u{200b}").as_str(), "eviltxt.exe");
        assert_eq!(Clean::new("東京 🚀 é").as_str(), "東京 🚀 é");
    }

    /// What the terminals of this world obey, and what deceives the eye.
    const TEETH: &[&str] = &[
        "\u{1b}]52;c;cHdu\u{7}",
        "\u{1b}]8;;http://evil/\u{1b}\\click\u{1b}]8;;\u{1b}\\",
        "\u{1b}P+q544e\u{1b}\\",
        "\u{1b}_Gi=1\u{1b}\\",
        "\u{1b}^pm\u{1b}\\",
        "\u{1b}c",
        "\u{1b}[31m",
        "\u{9b}2J",
        "\u{90}q\u{9c}",
        "\u{9d}0;t\u{7}",
        "\u{85}\u{8}\u{7f}\0\r",
        "\u{2028}\u{2029}\u{feff}\u{fff9}",
        "\u{e0041}\u{e0101}\u{1d173}",
        "\u{202e}\u{2067}\u{061c}",
        "\u{115f}\u{3164}\u{ffa0}\u{34f}\u{fe0f}",
    ];

    #[test]
    fn whole_texts_keep_their_lines_and_lose_their_teeth() {
        for teeth in TEETH {
            let text = washed(teeth);
            assert!(text.chars().all(is_safe), "{text:?}");
            assert!(Clean::new(teeth).chars().all(is_safe));
            let kept = washed_but_styled(teeth);
            assert!(kept == "\u{1b}[31m" || kept.chars().all(is_safe), "{kept:?}");
        }
        assert_eq!(washed("a\n\tb\u{1b}[2J\r\n"), "a\n\tb[2J\n");
        assert!(matches!(washed("東京\n🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_letter_keeps_its_marks_and_loses_a_pile_of_them() {
        assert_eq!(Clean::new("e\u{301}\u{323} ก็่").as_str(), "e\u{301}\u{323} ก็่");
        let pile = format!("a{}b", "\u{301}\u{20dd}".repeat(1000));
        assert_eq!(Clean::new(&pile).chars().count(), 2 + MARKS);
        assert_eq!(washed(&format!("{pile}\n{pile}")).chars().count(), 2 * (2 + MARKS) + 1);
    }

    #[test]
    fn only_colours_and_weights_are_kept_of_what_is_styled() {
        let ours = "\u{1b}[31;1mred\u{1b}[0m";
        assert_eq!(washed_but_styled(ours), ours);
        assert_eq!(washed_but_styled("a\u{1b}[2Jb\u{1b}[?25lc\u{1b}[3 qd\u{1b}["), "a2Jb?25lc3 qd");
        assert_eq!(washed_but_styled("\u{1b}[3\u{1b}[31m\u{1b}]0;x\u{7}"), "3\u{1b}[31m]0;x");
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
        fn json_means_the_same_once_nothing_in_it_acts(raw in "(.|[\u{7f}-\u{9f}\u{200b}-\u{202e}\u{e0041}\u{feff}\n]){0,40}") {
            let json = serde_json::to_string(&raw).expect("a string is JSON");
            let escaped = escaped_json(&json);
            prop_assert!(escaped.chars().all(is_safe));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).expect("JSON of a string"), raw);
        }

        #[test]
        fn what_is_washed_is_clean_line_by_line(raw in "(.|[\u{1b}\u{7f}-\u{9f}\u{200b}-\u{202e}\n\r\t\\[m;0-9]){0,60}") {
            prop_assert!(washed(&raw).chars().all(may_stand));
            let styled = washed_but_styled(&raw);
            let again = washed_but_styled(&styled);
            prop_assert_eq!(&again, &styled, "nothing new comes of what is left");
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
