//! When drills may run: `Tue-Thu 10:00-16:00 Europe/Berlin`. Which zone that is, and what time it is there, whoever asks knows.

use crate::text::Clean;
use jiff::ToSpan;
use jiff::civil::{DateTime, Time, Weekday};
use serde::{Deserialize, Serialize};

/// The days and hours of a week in which drills may run, by the clocks of a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// On which days it begins, Monday first.
    pub days: [bool; 7],
    /// When.
    pub from: Time,
    /// When it ends: on the next day, where that is earlier.
    pub to: Time,
    /// The time zone, as the IANA calls it.
    pub zone: Clean,
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

impl Window {
    /// Reads it as a plan writes it; without days it is of every day, without a zone of UTC.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace().peekable();
        let is_days = words.peek().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
        let days = if is_days { days(words.next().unwrap_or_default())? } else { [true; 7] };
        let hours = words.next().ok_or("it says no hours")?;
        let zone = words.next().unwrap_or("UTC");
        if let Some(more) = words.next() {
            return Err(format!("`{more}` is one word too many"));
        }
        let (from, to) = hours.split_once('-').ok_or_else(|| format!("`{hours}` is no span of hours"))?;
        let (from, to) = (time(from)?, time(to)?);
        if from == to {
            return Err("it ends when it begins".to_owned());
        }
        if !zone.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c)) {
            return Err(format!("`{zone}` is no time zone"));
        }
        Ok(Self { days, from, to, zone: Clean::new(zone) })
    }

    /// How many minutes long it is.
    pub fn minutes(&self) -> i64 {
        let of = |time: Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
        (of(self.to) - of(self.from)).rem_euclid(24 * 60)
    }

    fn begins_on(&self, day: Weekday) -> bool {
        self.days[usize::from(day.to_monday_zero_offset().unsigned_abs())]
    }

    /// Whether it is open at that time of its place.
    pub fn holds(&self, at: DateTime) -> bool {
        let (day, time) = (at.weekday(), at.time());
        if self.from < self.to {
            return self.begins_on(day) && self.from <= time && time < self.to;
        }
        // What begins in the evening goes on into the next day.
        (self.begins_on(day) && time >= self.from) || (self.begins_on(day.previous()) && time < self.to)
    }

    /// When it opens next, after that time of its place.
    pub fn next(&self, at: DateTime) -> Option<DateTime> {
        (0..=7).find_map(|ahead: i32| {
            let day = at.date().checked_add(ahead.days()).ok()?;
            let opens = day.to_datetime(self.from);
            (self.begins_on(day.weekday()) && opens > at).then_some(opens)
        })
    }

    /// The days by their short names, those that follow one another together: `Tue-Thu`; none where it is every day.
    pub fn days_as(&self, between: &str, beside: &str, names: [&str; 7]) -> Option<String> {
        if self.days == [true; 7] {
            return None;
        }
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for day in (0..7).filter(|day| self.days[*day]) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == day => *last = day,
                _ => runs.push((day, day)),
            }
        }
        let word = |(first, last): (usize, usize)| match first == last {
            true => names[first].to_owned(),
            false => format!("{}{between}{}", names[first], names[last]),
        };
        Some(runs.into_iter().map(word).collect::<Vec<_>>().join(beside))
    }

    /// The first of its days, Monday being 0.
    pub fn first_day(&self) -> usize {
        self.days.iter().position(|is_one| *is_one).unwrap_or(0)
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(days) = self.days_as("-", ",", DAYS) {
            write!(to, "{days} ")?;
        }
        let time = |time: Time| format!("{:02}:{:02}", time.hour(), time.minute());
        write!(to, "{}-{} {}", time(self.from), time(self.to), self.zone)
    }
}

/// `Tue-Thu`, `Mon,Wed`, `Fri-Mon`.
fn days(text: &str) -> Result<[bool; 7], String> {
    let day = |name: &str| {
        let found = DAYS.iter().position(|known| known.eq_ignore_ascii_case(name));
        found.ok_or_else(|| format!("`{name}` is no day: {}", DAYS.join(", ")))
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (day(first)?, day(last)?);
        loop {
            days[at] = true;
            if at == last {
                break;
            }
            at = (at + 1) % 7;
        }
    }
    Ok(days)
}

fn time(text: &str) -> Result<Time, String> {
    let wrong = || format!("`{text}` is no time of day, such as 10:00");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let is_number = |text: &str| (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
    if !is_number(hour) || minute.len() != 2 || !is_number(minute) {
        return Err(wrong());
    }
    let (hour, minute) = (hour.parse().map_err(|_| wrong())?, minute.parse().map_err(|_| wrong())?);
    Time::new(hour, minute, 0, 0).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str) -> Window {
        Window::parse(text).expect("a window")
    }

    fn at(text: &str) -> DateTime {
        text.parse().expect("a time")
    }

    #[test]
    fn it_is_read_as_it_is_told() {
        for text in ["Tue-Thu 10:00-16:00 Europe/Berlin", "Mon,Wed 09:30-11:00 UTC", "22:00-02:00 Etc/GMT+3"] {
            assert_eq!(window(text).to_string(), text);
        }
        assert_eq!(window("fri-mon 8:00-9:00").to_string(), "Mon,Fri-Sun 08:00-09:00 UTC");
        assert_eq!((window("22:00-02:00").minutes(), window("10:00-16:30").minutes()), (240, 390));
    }

    #[test]
    fn what_is_none_says_why() {
        for wrong in [
            "",
            "Tue",
            "10:00",
            "10-16",
            "Tue 10:00-10:00",
            "Tue 25:00-26:00",
            "Die-Do 10:00-16:00",
            "10:00-16:00 UTC now",
            "10:00-16:0",
            "10:60-11:00",
            "Tue--Thu 10:00-16:00",
            "10:00-16:00 Europe/Ber!in",
            "Tue-Thu 10:00-24:00",
        ] {
            assert!(Window::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_is_open_from_its_first_minute_to_its_last() {
        let day = window("Tue-Thu 10:00-16:00");
        // 2026-12-01 is a Tuesday.
        for (time, is_open) in [
            ("2026-12-01T09:59:59", false),
            ("2026-12-01T10:00:00", true),
            ("2026-12-03T15:59:59", true),
            ("2026-12-03T16:00:00", false),
            ("2026-12-04T12:00:00", false),
        ] {
            assert_eq!(day.holds(at(time)), is_open, "{time}");
        }
        let night = window("Fri 22:00-02:00");
        for (time, is_open) in [
            ("2026-12-04T21:59:00", false),
            ("2026-12-04T22:00:00", true),
            ("2026-12-05T01:59:59", true),
            ("2026-12-05T02:00:00", false),
            ("2026-12-05T22:30:00", false),
            ("2026-12-04T01:00:00", false),
        ] {
            assert_eq!(night.holds(at(time)), is_open, "{time}");
        }
    }

    #[test]
    fn when_it_opens_next_is_after_now() {
        let day = window("Tue-Thu 10:00-16:00");
        for (now, next) in [
            ("2026-12-01T09:00:00", "2026-12-01T10:00:00"),
            ("2026-12-01T10:00:00", "2026-12-02T10:00:00"),
            ("2026-12-03T17:00:00", "2026-12-08T10:00:00"),
        ] {
            assert_eq!(day.next(at(now)), Some(at(next)), "{now}");
        }
        assert_eq!(window("Tue 10:00-16:00").next(at("2026-12-01T10:00:00")), Some(at("2026-12-08T10:00:00")));
    }
}
