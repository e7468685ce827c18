//! Numbers as a person reads them aloud: durations, clocks, ages. Pure.

use jiff::{Timestamp, tz::TimeZone};

/// Beyond this age, in seconds, a number from outside is called stale. RDS publishes `ReplicaLag` once a minute
/// (CloudWatch), so a sample is normal up to a minute old and late after a minute and a half.
pub const STALE_AFTER_SECONDS: f64 = 90.0;

/// `told` ended as a sentence: what comes from a cloud often ends with a full stop of its own.
pub fn sentence(told: &str) -> String {
    let told = told.trim_end();
    if told.ends_with(['.', '!', '?', '…']) { told.to_owned() } else { format!("{told}.") }
}

/// `07:42`, `1:07:42`: for the recovery clock.
pub fn clock(seconds: f64) -> String {
    let whole = whole(seconds);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// `0:05`, `1:20`, `1:07:42`: for how long a step takes.
pub fn span(seconds: f64) -> String {
    let whole = whole(seconds);
    if whole >= 3600 { clock(seconds) } else { format!("{}:{:02}", whole / 60, whole % 60) }
}

/// `2.1s`, `43s`, `12m`, `3h`: for a lag, an age, a loss.
pub fn amount(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds < 9.95 {
        format!("{seconds:.1}s")
    } else if seconds < 600.0 {
        format!("{seconds:.0}s")
    } else if seconds < 5.0 * 3600.0 {
        format!("{:.0}m", seconds / 60.0)
    } else {
        format!("{:.0}h", seconds / 3600.0)
    }
}

/// How old something is, short: `12s`, `95s`, `4m`, `3h`.
pub fn age(seconds: f64) -> String {
    if seconds < 99.5 {
        format!("{:.0}s", seconds.max(0.0))
    } else if seconds < 5.0 * 3600.0 {
        format!("{:.0}m", seconds / 60.0)
    } else {
        format!("{:.0}h", seconds / 3600.0)
    }
}

/// `30s`, `2.5s`, `15m`: an objective, as short as it can be said.
pub fn objective(seconds: f64) -> String {
    if seconds >= 60.0 && seconds % 60.0 == 0.0 {
        return format!("{:.0}m", seconds / 60.0);
    }
    format!("{seconds}s")
}

/// A loss that may be unknown: never 0 for want of data.
pub fn loss(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "?".to_owned(), amount)
}

/// `1 step`, `3 steps`.
pub fn steps(count: usize) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}

/// The wall time of an event in UTC: `02:14:07Z`.
pub fn wall(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ").to_string()
}

fn whole(seconds: f64) -> u64 {
    // A float to integer cast saturates; not-a-number becomes 0.
    seconds.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_they_are_said() {
        assert_eq!(clock(462.9), "07:42");
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(span(5.0), "0:05");
        assert_eq!(amount(2.14), "2.1s");
        assert_eq!(amount(9.97), "10s");
        assert_eq!(amount(95.0), "95s");
        assert_eq!(amount(7200.0), "120m");
        assert_eq!((age(95.2), age(115.0), age(260.0)), ("95s".to_owned(), "2m".to_owned(), "4m".to_owned()));
        assert_eq!(objective(900.0), "15m");
        assert_eq!(objective(2.5), "2.5s");
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(sentence("it is unable to consistently start."), "it is unable to consistently start.");
        assert_eq!(sentence("0 of 6 tasks run"), "0 of 6 tasks run.");
    }

    #[test]
    fn what_is_unknown_is_never_zero() {
        assert_eq!(loss(None), "?");
        assert_eq!(loss(Some(0.0)), "0.0s");
    }

    #[test]
    fn no_number_is_too_odd_to_show() {
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, f64::MAX] {
            assert!(!clock(odd).is_empty() && !amount(odd).is_empty() && !span(odd).is_empty());
        }
    }
}
