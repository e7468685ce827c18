//! Finds known values in a text, in the forms in which programs repeat them, and puts their tokens there.

use super::token::Token;
use crate::text::Clean;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::HashMap;

/// How many characters a value must have to be blotted out in the middle of a word. One is found nowhere.
const IN_WORDS: usize = 4;
/// How many characters a line of a value must have to be one by itself.
const LINE: usize = 12;
/// How many characters of a value's end, or of its beginning, tell it where the rest was cut off.
const END: usize = 6;

/// Finds known values.
#[derive(Default)]
pub(super) struct Blotter {
    tokens: HashMap<String, Token>,
    found: Option<(AhoCorasick, Vec<(String, Token)>)>,
}

impl Blotter {
    /// Finds these texts, each of which has a token of its own: what opens it gives back the very text that stood there.
    pub fn new(tokens: HashMap<String, Token>) -> Self {
        let mut all: Vec<(String, Token)> = tokens.iter().map(|(form, token)| (form.clone(), token.clone())).collect();
        all.retain(|(form, _)| form.chars().count() > 1);
        all.sort();
        let patterns = all.iter().map(|(form, _)| form.as_str());
        let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns);
        // It fails for gigabytes of patterns only; a value that cannot be found must not be said either way.
        let built = built.expect("the values of a plan, which are read bounded");
        let found = (!all.is_empty()).then_some((built, all));
        Self { tokens, found }
    }

    /// What stands for `value`, if it is a known one.
    pub fn whole(&self, value: &str) -> Option<&Token> {
        self.tokens.get(value)
    }

    /// `text` with the tokens of the values in it.
    pub fn blot(&self, text: &str) -> String {
        let Some((finder, all)) = &self.found else { return text.to_owned() };
        let (mut blotted, mut from) = (String::with_capacity(text.len()), 0);
        for found in finder.find_iter(text) {
            let (form, token) = &all[found.pattern().as_usize()];
            // A number within a number is another one.
            let is_word = form.chars().count() < IN_WORDS || form.chars().all(|c| c.is_ascii_digit());
            if is_word && !is_apart(text, found.start(), found.end()) {
                continue;
            }
            blotted.push_str(&text[from..found.start()]);
            blotted.push_str(token.as_str());
            from = found.end();
        }
        blotted.push_str(&text[from..]);
        blotted
    }

    /// JSON with the tokens of short values that are whole texts in it.
    pub fn blot_members(&self, json: &str) -> String {
        let short = self.tokens.iter().filter(|(form, _)| form.chars().count() < IN_WORDS);
        short.fold(json.to_owned(), |json, (form, token)| json.replace(&format!("\"{form}\""), &format!("\"{token}\"")))
    }

    /// How many bytes at the beginning of `text` are the end of a value, and how many at its end the beginning of one:
    /// only the end is kept of what a program said, and one that is stopped may be in the middle of it.
    pub fn cut(&self, text: &str) -> (usize, usize) {
        let Some((_, all)) = &self.found else { return (0, 0) };
        let enough = |part: &&str| part.chars().count() >= END;
        let (mut first, mut last) = (0, 0);
        for (form, _) in all {
            let mut ends = form.char_indices().skip(1).map(|(at, _)| &form[at..]).take_while(enough);
            let mut beginnings = form.char_indices().rev().map(|(at, _)| &form[..at]).take_while(enough);
            let end = ends.find(|end| text.starts_with(end));
            let beginning = beginnings.find(|beginning| text.ends_with(beginning));
            first = first.max(end.map_or(0, str::len));
            last = last.max(beginning.map_or(0, str::len));
        }
        (first, last)
    }
}

/// Whether what stands from `start` to `end` is a word by itself.
fn is_apart(text: &str, start: usize, end: usize) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !text[..start].chars().next_back().is_some_and(is_part) && !text[end..].chars().next().is_some_and(is_part)
}

/// `value` as programs repeat it: as it is, on one line, line by line, in JSON, in an address, in base64.
pub(super) fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), value.trim().to_owned(), Clean::new(value).to_string()];
    forms.push(Clean::new(value.trim()).to_string());
    if value.contains('\n') {
        let lines = value.lines().map(str::trim);
        forms
            .extend(lines.filter(|line| line.chars().count() >= LINE && !line.starts_with("-----")).map(str::to_owned));
    }
    let json = serde_json::to_string(value).unwrap_or_default();
    forms.push(json.trim_matches('"').to_owned());
    forms.push(utf8_percent_encode(value, NON_ALPHANUMERIC).to_string());
    forms.extend(percent_decode_str(value).decode_utf8().map(|decoded| decoded.into_owned()));
    if value.chars().count() >= IN_WORDS {
        forms.push(STANDARD_NO_PAD.encode(value));
        forms.push(STANDARD_NO_PAD.encode(format!("{value}\n")));
    }
    forms.retain(|form| !form.trim().is_empty());
    forms.sort_unstable();
    forms.dedup();
    forms
}
