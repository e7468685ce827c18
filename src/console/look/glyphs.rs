//! The glyphs, each with its ASCII twin of the same width. In ASCII the finished screen is gone over once, so that
//! nothing else ever has to know which set is in use.

use ratatui::buffer::Buffer;
use unicode_width::UnicodeWidthStr;

/// Which set of glyphs is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// Boxes, blocks and arrows.
    Unicode,
    /// ASCII twins only.
    Ascii,
}

/// A glyph and its twin.
const TWINS: &[(&str, &str)] = &[
    ("✓", "+"),
    ("✔", "="),
    ("✗", "x"),
    ("↻", "@"),
    ("·", "."),
    ("▷", ")"),
    ("◆", "!"),
    ("◇", "&"),
    ("⊘", "/"),
    ("⚑", "$"),
    ("↶", "<"),
    ("○", "o"),
    ("●", "*"),
    ("▲", "^"),
    ("▸", ">"),
    ("▶", ">"),
    ("‖", "|"),
    ("▾", "v"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("≈", "~"),
    ("≤", "<"),
    ("≥", ">"),
    ("×", "x"),
    ("…", "~"),
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("│", "|"),
    ("─", "-"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("━", "="),
    ("┃", "|"),
    ("┏", "+"),
    ("┓", "+"),
    ("┗", "+"),
    ("┛", "+"),
    ("▼", "v"),
    ("◂", "<"),
    ("◀", "<"),
    ("▴", "^"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("┣", "+"),
    ("┫", "+"),
    ("┳", "+"),
    ("┻", "+"),
    ("╋", "+"),
    ("┄", "."),
    ("┆", ":"),
    ("┅", ":"),
    ("┇", ":"),
    ("▕", "["),
    ("▏", "]"),
    ("█", "#"),
    ("■", "#"),
    ("░", "-"),
    ("▒", ":"),
    ("▌", "|"),
    ("▐", "|"),
    ("▁", "_"),
    ("▂", "."),
    ("▃", "-"),
    ("▄", "="),
    ("▅", "+"),
    ("▆", "*"),
    ("▇", "%"),
    ("“", "\""),
    ("”", "\""),
    ("‘", "'"),
    ("’", "'"),
];

impl Glyphs {
    /// The set for a locale: Unicode where `LC_ALL`, else `LC_CTYPE`, else `LANG` names UTF-8 (POSIX's order).
    /// `variable` gives the value of an environment variable.
    pub fn for_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .unwrap_or_default()
            .to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Unicode } else { Self::Ascii }
    }

    /// `text` in this set. A character without a twin becomes `?`.
    pub fn text(self, text: &str) -> String {
        match self {
            Self::Unicode => text.to_owned(),
            Self::Ascii => text
                .chars()
                .map(|c| if c.is_ascii() { c.to_string() } else { twin(&c.to_string()).to_owned() })
                .collect(),
        }
    }

    /// Turns a finished screen into this set. A character without a twin becomes `?`, once for each column.
    pub fn apply(self, buffer: &mut Buffer) {
        if self == Self::Unicode {
            return;
        }
        let mut covered = 0;
        for cell in &mut buffer.content {
            let symbol = cell.symbol();
            let width = symbol.width();
            if covered > 0 {
                covered -= 1;
                cell.set_symbol("?");
                continue;
            }
            if symbol.is_ascii() {
                continue;
            }
            covered = width.saturating_sub(1);
            cell.set_symbol(twin(symbol));
        }
    }
}

fn twin(symbol: &str) -> &'static str {
    TWINS.iter().find(|(glyph, _)| *glyph == symbol).map_or("?", |(_, twin)| twin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn every_twin_is_ascii_and_as_wide_as_its_glyph() {
        for (glyph, twin) in TWINS {
            assert!(twin.is_ascii() && !twin.is_empty(), "{glyph}");
            assert_eq!(glyph.width(), twin.width(), "{glyph}");
        }
    }

    #[test]
    fn every_sign_of_a_status_has_a_twin_of_its_own() {
        // What steps, gates, stores, components and events are marked with, and what cuts a text.
        let signs = ["✓", "✔", "✗", "?", "↻", "·", "▷", "◆", "◇", "⊘", "⚑", "↶", "○", "●", "▲", "“", "…", "■"];
        let twins: Vec<&str> = signs.iter().map(|sign| if *sign == "?" { "?" } else { twin(sign) }).collect();
        for (at, one) in twins.iter().enumerate() {
            assert!(*one != "?" || signs[at] == "?", "{} has none", signs[at]);
            let same = twins.iter().skip(at + 1).position(|other| other == one);
            assert_eq!(same.map(|other| signs[at + 1 + other]), None, "as {}", signs[at]);
        }
    }

    #[test]
    fn an_ascii_screen_keeps_its_columns() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "✓ 東京 é →|", Style::new());
        Glyphs::Ascii.apply(&mut buffer);
        let line: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(line, "+ ???? ? >| ");
    }

    #[test]
    fn the_locale_chooses_the_set() {
        let utf8 = |name: &str| (name == "LANG").then(|| "en_US.UTF-8".to_owned());
        assert_eq!(Glyphs::for_locale(utf8), Glyphs::Unicode);
        let overridden = |name: &str| match name {
            "LC_ALL" => Some("C".to_owned()),
            _ => Some("en_US.UTF-8".to_owned()),
        };
        assert_eq!(Glyphs::for_locale(overridden), Glyphs::Ascii);
        assert_eq!(Glyphs::for_locale(|_| None), Glyphs::Ascii);
    }
}
