//! The few lines of a file around a mistake, safe to draw and never wide: a plan may be noise of one endless line.

use crate::seal::scan;
use crate::text::Clean;
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::ops::Range;

/// How many characters of a line are shown at most.
const WIDE: usize = 120;

/// How many more are read on both sides, to see whether a secret stands there.
const AROUND: usize = 200;

/// How many of them stand before the mistake.
const BEFORE: usize = 30;

/// A mistake's line, the one before and the one behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    name: String,
    text: String,
    first_line: usize,
    /// The mistake's line in the file, from 1.
    pub line: usize,
    /// The mistake's column in the file, in characters from 1.
    pub column: usize,
}

impl Excerpt {
    /// The excerpt of `text` around `at`, and where `at` stands in it; what reaches over more lines is cut to its first.
    pub(super) fn around(name: &str, text: &str, at: Range<usize>) -> (Self, Range<usize>) {
        let start = at_boundary(text, at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |end| start + end);
        let end = (at.end.clamp(start, line_end)..line_end).find(|end| text.is_char_boundary(*end)).unwrap_or(line_end);
        let number = text.as_bytes()[..line_start].iter().filter(|byte| **byte == b'\n').count();
        let before = line_start.checked_sub(1).map(|end| &text[text[..end].rfind('\n').map_or(0, |end| end + 1)..end]);
        let behind = text.get(line_end + 1..).map(|rest| rest.split('\n').next().unwrap_or_default());

        let mut shown = before.map_or_else(String::new, |line| format!("{}\n", drawable(line, 0)));
        let column = text[line_start..start].chars().count();
        let cut =
            if text[line_start..line_end].chars().nth(WIDE).is_some() { column.saturating_sub(BEFORE) } else { 0 };
        let line = drawable(&text[line_start..line_end], cut);
        let place = |to: usize| {
            let characters = text[line_start..to].chars().count() - cut;
            line.char_indices().nth(characters).map_or(line.len(), |(byte, _)| byte)
        };
        let span = shown.len() + place(start)..shown.len() + place(end);
        shown.push_str(&line);
        if let Some(behind) = behind {
            shown = format!("{shown}\n{}", drawable(behind, 0));
        }
        let first_line = number - usize::from(before.is_some());
        let name = Clean::new(name).to_string();
        (Self { name, text: shown, first_line, line: number + 1, column: column + 1 }, span)
    }

    /// The mistake's place: `FILE:LINE:COLUMN`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.name, self.line, self.column)
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_behind: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let contents = self.text.read_span(span, lines_before, lines_behind)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            *contents.span(),
            self.first_line + contents.line(),
            self.column.saturating_sub(1),
            contents.line_count(),
        )))
    }
}

/// `line` from its character `cut` on, one character for one, with nothing that could act on a terminal, and no secret.
fn drawable(line: &str, cut: usize) -> String {
    let safe = |c: char| match c {
        '\t' | '\r' => ' ',
        c if Clean::new(c.encode_utf8(&mut [0; 4])).is_empty() => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    // What a secret is called may stand before what is shown of it.
    let from = cut.saturating_sub(AROUND);
    let around: String = line.trim_end_matches('\r').chars().skip(from).take(cut - from + WIDE + AROUND).collect();
    let mut shown: String = scan::masked(&around).chars().skip(cut - from).take(WIDE).map(safe).collect();
    if line.chars().nth(cut + WIDE).is_some() {
        shown.push('…');
    }
    shown
}

/// The boundary between characters at or before `at`.
fn at_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mistake_is_found_again_in_its_excerpt() {
        let text = "one\ntwo = \u{1b}[2J\u{202e}\rwrong\nthree\nfour\n";
        let at = text.find("wrong").expect("it is there");
        let (excerpt, span) = Excerpt::around("plan.toml", text, at..at + 5);
        assert_eq!(&excerpt.text[span], "wrong");
        assert_eq!(excerpt.text, "one\ntwo = \u{fffd}[2J\u{fffd} wrong\nthree");
        assert_eq!(excerpt.place(), "plan.toml:2:13");
    }

    #[test]
    fn an_endless_line_is_cut_around_the_mistake() {
        let text = format!("{}wrong{}", "x".repeat(100_000), "y".repeat(100_000));
        let (excerpt, span) = Excerpt::around("plan.toml", &text, 100_000..100_005);
        assert_eq!(&excerpt.text[span], "wrong");
        assert!(excerpt.text.len() < 200);
        assert_eq!(excerpt.place(), "plan.toml:1:100001");
    }

    proptest! {
        #[test]
        fn any_place_of_any_text_can_be_shown(text in "(.|\n|\t){0,300}", start in 0usize..400, length in 0usize..400) {
            let (excerpt, span) = Excerpt::around("plan.toml", &text, start..start + length);
            prop_assert!(excerpt.text.get(span.clone()).is_some());
            prop_assert!(excerpt.text.split('\n').count() <= 3);
            prop_assert!(excerpt.text.split('\n').all(|line| Clean::new(line).as_str() == line));
            prop_assert!(excerpt.read_span(&span.into(), 1, 1).is_ok());
        }
    }
}
