//! What stands in a text where a value was: `⟦sealed-12-3fa9c1d2e4b5a697⟧`, its length in characters and a keyed hash, or
//! `⟦sealed-#3⟧`, the third value of a plan that has none yet. Nothing in it splits an address, a list or an ARN.

use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::fmt;

const OPEN: &str = "⟦sealed-";
const CLOSE: char = '⟧';
/// What foreign text gets for a beginning that is ours: it must never be opened.
const FOREIGN: &str = "[sealed-";

/// What stands for a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(Clean);

impl Token {
    pub(super) fn sealed(characters: usize, hash: &str) -> Self {
        Self(Clean::new(&format!("{OPEN}{characters}-{hash}{CLOSE}")))
    }

    /// For the value at `place` of a plan's list, before it is known or when it is not there.
    pub fn unknown(place: usize) -> Self {
        Self(Clean::new(&format!("{OPEN}#{place}{CLOSE}")))
    }

    /// Whether it says nothing of a value.
    pub fn is_unknown(&self) -> bool {
        self.0.starts_with(&format!("{OPEN}#"))
    }

    /// The token itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// As it stands.
    Plain(&'a str),
    /// A token.
    Sealed(Token),
}

/// The parts of `text`, in order; what only begins as a token is plain.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut plain, mut from) = (0, 0);
    while let Some(at) = text[from..].find(OPEN).map(|at| from + at) {
        let inside = &text[at + OPEN.len()..];
        let end = inside.find(|c: char| !c.is_ascii_hexdigit() && c != '-' && c != '#');
        let Some(end) = end.filter(|end| *end > 0 && inside[*end..].starts_with(CLOSE)) else {
            from = at + OPEN.len();
            continue;
        };
        if plain < at {
            parts.push(Part::Plain(&text[plain..at]));
        }
        from = at + OPEN.len() + end + CLOSE.len_utf8();
        parts.push(Part::Sealed(Token(Clean::new(&text[at..from]))));
        plain = from;
    }
    if plain < text.len() {
        parts.push(Part::Plain(&text[plain..]));
    }
    parts
}

/// Whether `text` holds a token.
pub fn has_token(text: &str) -> bool {
    text.contains(OPEN) && parts(text).iter().any(|part| matches!(part, Part::Sealed(_)))
}

/// `text` with what looks like a token of ours made to look like none: in what others wrote there are none.
pub fn disarmed(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(OPEN) { text.replace(OPEN, FOREIGN).into() } else { text.into() }
}

/// Whether others may not write `text`, since it would be taken for a token.
pub fn is_ours(text: &str) -> bool {
    text.contains(OPEN)
}

/// `text` with nothing of the values in its tokens: the same for every key.
pub fn faceless(text: &str) -> String {
    parts(text)
        .into_iter()
        .map(|part| match part {
            Part::Plain(plain) => plain,
            Part::Sealed(_) => "⟦sealed⟧",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_taken_apart_at_its_tokens() {
        let (sealed, unknown) = (Token::sealed(12, "3fa9c1d2e4b5a697"), Token::unknown(3));
        let text = format!("postgres://{sealed}:{unknown}@db");
        assert_eq!(
            parts(&text),
            [
                Part::Plain("postgres://"),
                Part::Sealed(sealed.clone()),
                Part::Plain(":"),
                Part::Sealed(unknown.clone()),
                Part::Plain("@db")
            ]
        );
        assert!(unknown.is_unknown() && !sealed.is_unknown());
        assert_eq!(faceless(&text), "postgres://⟦sealed⟧:⟦sealed⟧@db");
    }

    #[test]
    fn what_only_begins_as_one_is_none() {
        for text in ["⟦sealed-", "⟦sealed-⟧", "⟦sealed-x⟧", "⟦sealed-12 ⟧", "⟦sealed-1-⟦sealed-"] {
            assert_eq!(parts(text), [Part::Plain(text)], "{text}");
            assert!(!has_token(text) && is_ours(text));
        }
        assert_eq!(parts("⟦sealed-⟦sealed-#1⟧").len(), 2);
        assert!(parts("").is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_what_is_disarmed_holds_none(text in "(⟦sealed-|⟧|#|1|-|a|é| ){0,20}") {
            let whole: String = parts(&text).iter().map(|part| match part {
                Part::Plain(plain) => (*plain).to_owned(),
                Part::Sealed(token) => token.to_string(),
            }).collect();
            prop_assert_eq!(&whole, &text);
            prop_assert!(!is_ours(&disarmed(&text)));
        }
    }
}
