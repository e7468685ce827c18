//! What the pictures share: time laid out from left to right, and its ticks.

use crate::recovery::words;
use crate::text::whole_numbers;
use jiff::Timestamp;

/// The width of every picture, in its own units.
pub(super) const WIDTH: f64 = 960.0;

/// Time from left to right.
pub(super) struct TimeAxis {
    /// The time at the left edge.
    pub from: Timestamp,
    /// How many seconds fit.
    pub seconds: f64,
    /// Where the left edge is.
    pub left: f64,
    /// When the incident was declared: ticks count from there.
    pub declared_at: Timestamp,
}

/// Lengths between ticks, in seconds.
const TICKS: &[f64] =
    &[5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, 86400.0, 604_800.0];

impl TimeAxis {
    /// Where the right edge is.
    pub fn right(&self) -> f64 {
        WIDTH - 16.0
    }

    /// Where `at` is; what lies outside stands at the edge.
    pub fn x(&self, at: Timestamp) -> f64 {
        let since = at.duration_since(self.from).as_secs_f64();
        let share = if self.seconds > 0.0 { since / self.seconds } else { 0.0 };
        self.left + share.clamp(0.0, 1.0) * (self.right() - self.left)
    }

    /// Where the ticks are, with their labels: `T+05:00`.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        const MOST: f64 = 9.0;
        let every = TICKS.iter().copied().find(|every| self.seconds / every <= MOST).unwrap_or(self.seconds);
        let lead = self.declared_at.duration_since(self.from).as_secs_f64();
        let per_second = if self.seconds > 0.0 { (self.right() - self.left) / self.seconds } else { 0.0 };
        let mut ticks = Vec::new();
        let mut since = 0.0;
        while every > 0.0 && lead + since <= self.seconds {
            ticks.push((self.left + (lead + since) * per_second, format!("T+{}", words::clock(since))));
            since += every;
        }
        ticks
    }
}

/// A coordinate as it is written: to a tenth.
pub(super) fn px(value: f64) -> String {
    format!("{value:.1}")
}

/// `text` cut to `most` characters, with an ellipsis where something is missing. A number is whole or not there.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let end = text.char_indices().nth(most.saturating_sub(1)).map_or(text.len(), |(end, _)| end);
    format!("{}…", &text[..whole_numbers(text, end)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_and_a_number_never() {
        assert_eq!(cut("fence orders", 12), "fence orders");
        assert_eq!(cut("fence orders-db writers", 12), "fence order…");
        assert_eq!(cut("scale api 0 → 1200", 17), "scale api 0 → …");
        assert_eq!(cut("wait 12:03 for it", 9), "wait …");
        assert_eq!(cut("größe 東京 1234567", 14), "größe 東京 …");
        assert_eq!((cut("12345", 3), cut("abc", 1), cut("abc", 0)), ("…".into(), "…".into(), "…".into()));
    }
}
