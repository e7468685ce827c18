//! Text in columns of the terminal: measured by what a terminal draws, never by bytes or characters.

use crate::console::look::{Role, Theme};
use crate::text::whole_numbers;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// A piece of a row with a width of its own.
#[derive(Clone, Debug)]
pub struct Column {
    text: String,
    style: Style,
    width: usize,
    right: bool,
}

impl Column {
    /// Text from the left.
    pub fn left(text: impl Into<String>, width: usize, style: Style) -> Self {
        Self { text: text.into(), style, width, right: false }
    }
    /// Text against the right: for numbers.
    pub fn right(text: impl Into<String>, width: usize, style: Style) -> Self {
        Self { text: text.into(), style, width, right: true }
    }
}

/// A row of columns with one blank between them.
pub fn row(columns: impl IntoIterator<Item = Column>) -> Line<'static> {
    let mut spans = Vec::new();
    for column in columns.into_iter().filter(|column| column.width > 0) {
        if !spans.is_empty() {
            spans.push(Span::raw(" "));
        }
        let text = fit(&column.text, column.width);
        let blank = " ".repeat(column.width.saturating_sub(text.width()));
        let padded = if column.right { blank + &text } else { text + &blank };
        spans.push(Span::styled(padded, column.style));
    }
    Line::from(spans)
}

/// `line` as what is chosen: one bar, whatever its parts look like by themselves.
pub fn chosen(mut line: Line<'static>, theme: &Theme) -> Line<'static> {
    let style = theme.style(Role::Selection);
    for span in &mut line.spans {
        span.style = span.style.patch(style);
    }
    line.patch_style(style)
}

/// `text` in at most `width` columns, its end cut with `…` where it is longer. A number is whole or not there.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(room) = width.checked_sub(1) else { return String::new() };
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in Span::raw(text).styled_graphemes(Style::new()) {
        let wide = grapheme.symbol.width();
        if used + wide > room {
            break;
        }
        used += wide;
        kept.push_str(grapheme.symbol);
    }
    kept.truncate(whole_numbers(text, kept.len()));
    kept.push('…');
    kept
}

/// `text` in at most `width` columns, its middle cut where it is longer: of long names that begin alike the ends tell which is which.
pub fn ends(text: &str, width: usize) -> String {
    const TELLING: usize = 16;
    if text.width() <= width || width < TELLING {
        return fit(text, width);
    }
    let behind = width / 3;
    let (mut end, mut used) = (text.len(), 0);
    for grapheme in Span::raw(text).styled_graphemes(Style::new()).collect::<Vec<_>>().into_iter().rev() {
        let wide = grapheme.symbol.width();
        if used + wide > behind {
            break;
        }
        used += wide;
        end -= grapheme.symbol.len();
    }
    let rest = text.get(end..).unwrap_or_default();
    // A number that begins before it is not shown in part.
    let rest =
        if whole_numbers(text, end) < end { rest.trim_start_matches(|c: char| c.is_ascii_digit()) } else { rest };
    format!("{}{rest}", fit(text, width - rest.width()))
}

/// `text` broken into lines of at most `width` columns, between words where it can be.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= width {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        line = break_word(word, width, &mut lines);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Breaks a word wider than a line, where that can be before a number and not in it; what is left over begins the next
/// line.
fn break_word(word: &str, width: usize, lines: &mut Vec<String>) -> String {
    let mut rest = word;
    while rest.width() > width {
        let mut end = 0;
        let mut used = 0;
        for grapheme in Span::raw(rest).styled_graphemes(Style::new()) {
            let wide = grapheme.symbol.width();
            if end > 0 && used + wide > width {
                break;
            }
            (end, used) = (end + grapheme.symbol.len(), used + wide);
        }
        if end == rest.len() {
            break;
        }
        let whole = whole_numbers(rest, end);
        let (line, left) = rest.split_at(if whole > 0 { whole } else { end });
        lines.push(line.to_owned());
        rest = left;
    }
    rest.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(fit("promote orders-db", 9), "promote …");
        assert_eq!(fit("東京東京", 5), "東京…");
        assert_eq!(ends("security-group-of-a-long-name-1234", 24), "security-group-…ame-1234");
        assert_eq!(ends("security-group-of-a-long-123456789", 20), "security-group-of-a…");
        assert_eq!(ends("short", 24), "short");
        assert_eq!(ends("security-group", 9), "security…");
        assert_eq!(fit("abc", 0), "");
        assert_eq!(fit("abc", 3), "abc");
    }

    #[test]
    fn a_number_is_whole_or_not_there() {
        assert_eq!(fit("loss 0:41 > rpo 0:30", 8), "loss …");
        assert_eq!(fit("loss 0:41 > rpo 0:30", 10), "loss 0:41…");
        assert_eq!(fit("▕██░░▏ 1:20/≈2:00", 12), "▕██░░▏ …");
        assert_eq!(fit("12345", 4), "…");
        assert_eq!(
            fit("arn:aws:rds:us-east-1:123456789012:db:orders-db", 40),
            "arn:aws:rds:us-east-1:123456789012:db:o…"
        );
        assert_eq!(fit("us-west-2", 8), "us-west…");
        assert_eq!(fit("us-west-2 gives no answers", 12), "us-west-2 g…");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("lag 41s is above the objective", 12), ["lag 41s is", "above the", "objective"]);
        assert_eq!(wrap("arn:aws:rds", 4), ["arn:", "aws:", "rds"]);
        assert_eq!(wrap("storefront-0209.journal", 14), ["storefront-", "0209.journal"]);
        assert_eq!(wrap("1234567", 4), ["1234", "567"], "wider than a line it has to be broken");
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn no_text_is_wider_than_its_column(text in "\\PC{0,60}", width in 0usize..40) {
            prop_assert!(fit(&text, width).width() <= width);
        }

        #[test]
        fn every_number_in_a_cut_text_stands_in_the_whole(text in "[a-z0-9:./≈ ×-]{0,60}", width in 0usize..40) {
            let numbers = |text: &str| -> Vec<String> {
                text.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(str::to_owned).collect()
            };
            let (whole, cut) = (numbers(&text), numbers(&fit(&text, width)));
            prop_assert_eq!(&cut[..], &whole[..cut.len().min(whole.len())]);
        }

        #[test]
        fn a_row_is_as_wide_as_its_columns(text in "[a-z東é🚀 ]{0,30}", width in 1usize..20) {
            let line = row([Column::left(text.clone(), width, Style::new()), Column::right(text, width, Style::new())]);
            prop_assert_eq!(line.width(), 2 * width + 1);
        }
    }
}
