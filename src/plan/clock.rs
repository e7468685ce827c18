//! Durations as screens tell them: `2.5s`, `43s`, and from a minute on `15:00`, `1:07:42`; and how they are read back,
//! beside what plans write.

use super::duration;

/// Why a text is neither what plans write nor what screens tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: write it as a plan does, such as 90s or 12m3s, or as a screen does, such as 1:30 or \
T+1:07:42"
)]
pub struct NotATime(String);

/// `0:05`, `7:42`, `1:07:42`: what a clock shows, in whole seconds that have passed.
pub fn clock(seconds: f64) -> String {
    // A float to integer cast saturates; not-a-number becomes 0.
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `2.5s`, `30s`, `15:00`: a length that was set, exactly below a minute.
pub fn told(seconds: f64) -> String {
    if seconds < 60.0 { format!("{seconds}s") } else { clock(seconds) }
}

/// Reads a duration in seconds: `12m3s` as plans write it, or `12:03`, `1:07:42` and `T+12:03` as screens tell it.
///
/// # Errors
/// [`NotATime`] for what is neither.
pub fn read(text: &str) -> Result<f64, NotATime> {
    let text = text.trim();
    let bare = text.strip_prefix("T+").or_else(|| text.strip_prefix("t+")).unwrap_or(text);
    let read = if bare.contains(':') { parts(bare) } else { duration::parse(bare).ok() };
    read.ok_or_else(|| NotATime(text.chars().take(40).collect()))
}

/// Minutes and seconds, or hours before them; what follows a colon has two digits and is below sixty. Minutes that
/// stand first may be any number: `75:00`.
fn parts(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let mut seconds = number(parts.next()?)?;
    let rest: Vec<&str> = parts.collect();
    if !(1..=2).contains(&rest.len()) {
        return None;
    }
    for part in rest {
        let next = number(part).filter(|next| part.len() == 2 && *next < 60.0)?;
        seconds = seconds * 60.0 + next;
    }
    Some(seconds)
}

/// Digits and nothing else.
fn number(text: &str) -> Option<f64> {
    const LONGEST: usize = 9;
    let is_number = (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_screens_tell_and_plans_write_is_read() {
        for (text, seconds) in [
            ("12m3s", 723.0),
            ("12:03", 723.0),
            ("1:07:42", 4062.0),
            ("T+12:03", 723.0),
            (" T+1:07:42 ", 4062.0),
            ("T+4m", 240.0),
            ("75:00", 4500.0),
            ("0:09", 9.0),
            ("2.1s", 2.1),
            ("43s", 43.0),
        ] {
            assert_eq!(read(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_could_be_meant_otherwise_is_refused() {
        for text in [
            "",
            "T+",
            "90",
            "12:3",
            "12:60",
            "1:75:00",
            ":30",
            "12:",
            "1:2:3:4",
            "-1:00",
            "12:03s",
            "1:07.5",
            "T-1:00",
            "12h:03",
            "١:00",
            "99999999999999999999:00",
            "+1:00",
            "T+T+1:00",
            "end",
        ] {
            let error = read(text).expect_err(text).to_string();
            assert!(error.contains("90s") && error.contains("1:30"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whole_seconds_come_back(seconds in 1u32..1_000_000) {
            let seconds = f64::from(seconds);
            prop_assert_eq!(read(&told(seconds)), Ok(seconds));
            prop_assert_eq!(read(&format!("T+{}", clock(seconds))), Ok(seconds));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = read(&text);
        }
    }
}
