//! Bars and sparklines of one row.

/// `▕████░░░▏`: how much of the whole is there, in `width` columns with its ends.
pub fn bar(part: f64, width: usize) -> String {
    let inner = width.saturating_sub(2);
    if inner == 0 {
        return String::new();
    }
    let part = if part.is_finite() { part.clamp(0.0, 1.0) } else { 0.0 };
    // What has begun shows, and only what is done is full.
    let mut full = (part * inner as f64).floor() as usize;
    if part > 0.0 && full == 0 {
        full = 1;
    }
    format!("▕{}{}▏", "█".repeat(full), "░".repeat(inner - full))
}

/// The newest `width` values as a curve, the tallest at full height. No value is `?`, never a low bar.
pub fn sparkline(values: impl DoubleEndedIterator<Item = Option<f64>>, width: usize) -> String {
    const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut newest: Vec<Option<f64>> = values.rev().take(width).collect();
    newest.reverse();
    let top = newest.iter().flatten().copied().fold(0.0, f64::max);
    let step = |value: f64| if top > 0.0 { STEPS[((value / top * 7.0).round() as usize).min(7)] } else { STEPS[0] };
    newest.into_iter().map(|value| value.map_or('?', |value| step(value.max(0.0)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn a_bar_is_as_wide_as_asked_and_full_only_at_the_end() {
        for width in [3, 8, 12] {
            for part in [-1.0, 0.0, 0.001, 0.5, 0.999, 1.0, 7.0, f64::NAN] {
                assert_eq!(bar(part, width).width(), width);
            }
        }
        assert!(bar(0.999, 10).contains('░'));
        assert!(bar(0.001, 10).contains('█'));
        assert_eq!(bar(0.5, 1), "");
    }

    #[test]
    fn a_sample_without_a_number_is_a_question_mark() {
        assert_eq!(sparkline([Some(1.0), None, Some(8.0)].into_iter(), 10), "▂?█");
        assert_eq!(sparkline([Some(0.0), Some(0.0)].into_iter(), 10), "▁▁");
        assert_eq!(sparkline([Some(1.0), Some(2.0), Some(2.0)].into_iter(), 2), "██");
    }
}
