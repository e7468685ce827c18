//! Numbers as a person reads them aloud: durations, clocks, ages. Pure.

use crate::plan::clock::told;
use crate::text::counted;
use jiff::{Timestamp, tz::TimeZone};

pub use crate::plan::clock::clock;

/// Beyond this age, in seconds, a number from outside is called stale. RDS publishes `ReplicaLag` once a minute
/// (CloudWatch), so a sample is normal up to a minute old and late after a minute and a half.
pub const STALE_AFTER_SECONDS: f64 = 90.0;

/// `told` ended as a sentence: what comes from a cloud often ends with a full stop of its own.
pub fn sentence(told: &str) -> String {
    let told = told.trim_end();
    if told.ends_with(['.', '!', '?', '…']) { told.to_owned() } else { format!("{told}.") }
}

/// `2.1s`, `43s`, from a minute on `1:35`, `1:07:42`: a lag, a loss that is at most so much. Never less than it is.
pub fn amount(seconds: f64) -> String {
    // What arithmetic adds behind the comma is not a second more.
    const NOISE: f64 = 1e-6;
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    let tenths = (seconds * 10.0 - NOISE).ceil() / 10.0 + 0.0;
    if tenths < 10.0 { format!("{tenths:.1}s") } else { at_least((seconds - NOISE).ceil()) }
}

/// The same for a number that is at least so much: never more than it is.
pub fn at_least(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    let tenths = (seconds * 10.0).floor() / 10.0;
    match seconds {
        ..10.0 => format!("{tenths:.1}s"),
        ..60.0 => format!("{:.0}s", seconds.floor()),
        _ => clock(seconds),
    }
}

/// How old something is, in whole seconds: `4s`, `43s`, `1:35`.
pub fn age(seconds: f64) -> String {
    if seconds < 60.0 { format!("{}s", whole(seconds)) } else { clock(seconds) }
}

/// `2.5s`, `30s`, `15:00`: an objective, or a length that was set, exactly.
pub fn objective(seconds: f64) -> String {
    told(seconds)
}

/// Something measured and what it is held against, in the same unit: `41s` and `30s`, `0:41` and `3:30`.
pub fn against(measured: f64, wanted: f64) -> [String; 2] {
    if measured < 60.0 && wanted < 60.0 {
        return [amount(measured), objective(wanted)];
    }
    // As a bound is rounded anywhere, but never across what it is held against.
    let above = (measured - 1e-6).ceil();
    let measured = if measured <= wanted && above > wanted { measured } else { above };
    [clock(measured), clock(wanted)]
}

/// A loss, and the objective it is held against where there is one, in the same unit. What is at least so much is rounded
/// down, what is at most so much up.
pub fn sides(seconds: Option<f64>, is_at_least: bool, wanted: Option<f64>) -> (String, Option<String>) {
    match (seconds, wanted) {
        (None, wanted) => ("?".to_owned(), wanted.map(objective)),
        (Some(seconds), Some(wanted)) if !is_at_least => {
            let [seconds, wanted] = against(seconds, wanted);
            (seconds, Some(wanted))
        }
        (Some(seconds), Some(wanted)) if seconds.max(wanted) >= 60.0 => (clock(seconds), Some(clock(wanted))),
        (Some(seconds), wanted) if is_at_least => (at_least(seconds), wanted.map(objective)),
        (Some(seconds), wanted) => (amount(seconds), wanted.map(objective)),
    }
}

/// A loss that may be unknown: never 0 for want of data.
pub fn loss(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "?".to_owned(), amount)
}

/// `1 step`, `3 steps`.
pub fn steps(count: usize) -> String {
    counted(count, "step")
}

/// The wall time of an event in UTC: `02:14:07Z`.
pub fn wall(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ").to_string()
}

/// An age that may be of days: `9s`, `4:12`, `47:59:59`, `12 days`.
pub fn long_age(seconds: f64) -> String {
    const DAY: f64 = 86_400.0;
    if seconds < 2.0 * DAY { age(seconds) } else { format!("{} days", whole(seconds / DAY)) }
}

/// A moment that may be of another day, in UTC: `2026-11-21 02:14Z`.
pub fn day(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%MZ").to_string()
}

fn whole(seconds: f64) -> u64 {
    // A float to integer cast saturates; not-a-number becomes 0.
    seconds.max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_of_days_is_told_in_days() {
        let told = [9.0, 252.0, 172_799.0, 172_800.0, 1_080_000.0].map(long_age);
        assert_eq!(told, ["9s", "4:12", "47:59:59", "2 days", "12 days"]);
    }

    #[test]
    fn durations_read_as_they_are_said() {
        assert_eq!((clock(5.0), clock(462.9), clock(3723.0)), ("0:05".into(), "7:42".into(), "1:02:03".into()));
        assert_eq!((amount(2.14), amount(9.97), amount(42.1)), ("2.2s".into(), "10s".into(), "43s".into()));
        assert_eq!((amount(59.2), amount(95.0), amount(7200.0)), ("1:00".into(), "1:35".into(), "2:00:00".into()));
        assert_eq!((age(4.9), age(95.2), age(260.0)), ("4s".to_owned(), "1:35".to_owned(), "4:20".to_owned()));
        assert_eq!((objective(900.0), objective(2.5), objective(30.0)), ("15:00".into(), "2.5s".into(), "30s".into()));
    }

    #[test]
    fn a_bound_is_rounded_to_its_own_side() {
        assert_eq!((amount(43.0 + 1e-9), amount(43.2), at_least(43.9)), ("43s".into(), "44s".into(), "43s".into()));
        assert_eq!((amount(274.3), at_least(274.3), at_least(0.06)), ("4:35".into(), "4:34".into(), "0.0s".into()));
    }

    #[test]
    fn both_sides_have_the_same_unit_and_over_shows() {
        assert_eq!(against(41.0, 30.0), ["41s", "30s"]);
        assert_eq!(against(41.0, 210.0), ["0:41", "3:30"]);
        assert_eq!(against(90.2, 90.0), ["1:31", "1:30"]);
        assert_eq!(against(89.2, 90.0), ["1:30", "1:30"]);
        assert_eq!(against(90.0 - 1e-9, 90.0), ["1:30", "1:30"]);
        assert_eq!(against(41.2, 210.0), ["0:42", "3:30"]);
    }

    #[test]
    fn a_floor_and_a_ceiling_are_said_in_the_unit_of_their_objective() {
        let told = |seconds, floor, wanted| {
            let (seconds, wanted) = sides(seconds, floor, wanted);
            format!("{seconds} of {}", wanted.unwrap_or_else(|| "nothing".to_owned()))
        };
        assert_eq!(told(Some(30.9), true, Some(90.0)), "0:30 of 1:30");
        assert_eq!(told(Some(30.2), false, Some(90.0)), "0:31 of 1:30");
        assert_eq!(told(Some(95.9), true, Some(30.0)), "1:35 of 0:30");
        assert_eq!(told(Some(30.9), true, None), "30s of nothing");
        assert_eq!(told(None, false, Some(90.0)), "? of 1:30");
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
            assert!(!clock(odd).is_empty() && !amount(odd).is_empty());
        }
    }
}
