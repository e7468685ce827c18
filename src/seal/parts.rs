//! The small change of reading a text that may be anything: quotes, names before a sign, where a value ends.

use std::ops::Range;

/// How long a name may be, in bytes: what is longer is none.
const NAME: usize = 100;

/// A quote with the backslashes before it: JSON within JSON has some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    /// Where what it quotes begins.
    begin: usize,
    sign: char,
    backslashes: usize,
}

impl Quote {
    /// The quote that begins at `at`, or whose sign stands there.
    pub fn at(text: &str, at: usize) -> Option<Self> {
        let rest = text.get(at..)?;
        let ahead = rest.len() - rest.trim_start_matches('\\').len();
        let sign = rest[ahead..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let behind = text[..at].len() - text[..at].trim_end_matches('\\').len();
        Some(Self { begin: at + ahead + 1, sign, backslashes: ahead + behind })
    }

    /// How many bytes its end has.
    pub fn width(self) -> usize {
        self.backslashes + 1
    }

    /// What it quotes; to the end of the text where it is never closed.
    pub fn inside(self, text: &str) -> Range<usize> {
        for (at, _) in text[self.begin..].match_indices(self.sign) {
            let inside = &text[self.begin..self.begin + at];
            let backslashes = inside.len() - inside.trim_end_matches('\\').len();
            if backslashes == self.backslashes || (self.backslashes == 0 && backslashes.is_multiple_of(2)) {
                return self.begin..self.begin + at - self.backslashes;
            }
        }
        self.begin..text.len()
    }
}

/// What no address, argument or value goes beyond.
pub(super) fn boundary(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`')
}

/// The name that stands before the sign at `at`, as in `NAME=`, `name =`, `"name":`.
pub(super) fn name_before(text: &str, at: usize) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']');
    let begin = before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last()?.0;
    (before.len() - begin <= NAME).then_some(begin..before.len())
}

/// Where a value without quotes that begins at `begin` ends. A `${…}` in it is a part of it.
pub(super) fn unquoted_end(text: &str, begin: usize) -> usize {
    let mut at = begin;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with("${")
            && let Some(end) = text[at..].find('}')
        {
            at += end + 1;
            continue;
        }
        if boundary(c) || matches!(c, '&' | ';' | ',' | ')' | ']' | '}' | '|' | '#' | '\\') {
            return at;
        }
        at += c.len_utf8();
    }
    at
}

/// Where the line of `begin` ends, or the quoted text it stands in.
pub(super) fn line_end(text: &str, begin: usize) -> usize {
    begin + text[begin..].find(['\n', '\r', '"', '\'']).unwrap_or(text.len() - begin)
}
