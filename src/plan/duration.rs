//! Durations as plans write them: `90s`, `15m`, `1h`, `1h30m`, `500ms`.

/// Why a text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write a number and a unit (ms, s, m, h), such as 90s, 15m or 1h30m")]
pub struct NotADuration(String);

/// The units, longest name first where one starts another, and their seconds.
const UNITS: &[(&str, f64)] = &[("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];

/// Reads a duration, in seconds.
///
/// # Errors
/// [`NotADuration`] for anything but whole or decimal numbers with units, largest unit first.
pub fn parse(text: &str) -> Result<f64, NotADuration> {
    let wrong = || NotADuration(text.chars().take(40).collect());
    let mut rest = text.trim();
    let mut seconds = 0.0;
    let mut smallest = f64::INFINITY;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let (name, unit) =
            UNITS.iter().find(|(name, _)| rest[digits..].starts_with(name)).copied().ok_or_else(wrong)?;
        if unit >= smallest {
            return Err(wrong());
        }
        smallest = unit;
        seconds += number * unit;
        rest = &rest[digits + name.len()..];
    }
    if seconds.is_finite() { Ok(seconds) } else { Err(wrong()) }
}

/// Writes seconds as a duration, to the second when a minute or more.
pub fn show(seconds: f64) -> String {
    if seconds < 0.0 || !seconds.is_finite() {
        return "?".to_owned();
    }
    if seconds < 1.0 && seconds > 0.0 {
        return format!("{:.0}ms", seconds * 1000.0);
    }
    if seconds < 60.0 {
        let text = format!("{seconds:.1}");
        return format!("{}s", text.strip_suffix(".0").unwrap_or(&text));
    }
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let parts = [(hours, "h"), (minutes, "m"), (seconds, "s")];
    parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_plans_write_is_read() {
        for (text, seconds) in
            [("90s", 90.0), ("15m", 900.0), ("1h", 3600.0), ("1h30m", 5400.0), ("500ms", 0.5), ("1.5s", 1.5)]
        {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_could_be_meant_otherwise_is_refused() {
        for text in ["", "90", "15 minutes", "-5s", "5m5m", "5s1h", "s", "1d", "١٥m", "1.2.3s"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn whole_seconds_come_back(seconds in 1u32..1_000_000) {
            prop_assert_eq!(parse(&show(f64::from(seconds))), Ok(f64::from(seconds)));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text);
        }
    }
}
