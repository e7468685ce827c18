//! The lag samples of a store, with the time each was taken and what was said where there was no number. Bounded: the
//! older half is thinned out, and what is thinned out is never the worse of two. Pure.

use crate::service::observation::LagSample;
use crate::text::Clean;
use imbl::Vector;
use jiff::Timestamp;

/// The most samples kept for a store.
const MOST: usize = 2_000;

/// How many numbers before the newest say where the lag is going.
const BEFORE: usize = 4;
/// The part of what is usual that makes a change one to speak of.
const TO_SPEAK_OF: f64 = 0.1;
/// The least change to speak of, in seconds.
const LEAST_CHANGE: f64 = 0.5;

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When it was taken; when it was asked for, where there was none.
    pub at: Timestamp,
    /// The lag in seconds, or what was said instead of a number.
    pub lag: Result<f64, Clean>,
}

/// Where the lag of a store is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Up.
    Rising,
    /// Down.
    Falling,
    /// Neither, to speak of.
    Steady,
}

impl Trend {
    /// Its arrow and word.
    pub fn words(self) -> &'static str {
        match self {
            Self::Rising => "↑ rising",
            Self::Falling => "↓ falling",
            Self::Steady => "→ steady",
        }
    }
}

/// The lag samples of a store, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    kept: Vector<Sample>,
}

impl Samples {
    /// Takes in what was seen at `seen_at`. The same sample seen again is the same sample.
    pub fn take(&mut self, seen: &LagSample, seen_at: Timestamp) {
        let lag = match seen.seconds {
            Some(seconds) => Ok(seconds),
            None => Err(seen.instead.clone().unwrap_or_else(|| Clean::new("no data"))),
        };
        let sample = Sample { at: seen.sampled_at.unwrap_or(seen_at), lag };
        if self.kept.last() == Some(&sample) {
            return;
        }
        self.kept.push_back(sample);
        if self.kept.len() > MOST {
            self.thin_out();
        }
    }

    /// The samples, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.kept.iter()
    }

    /// The numbers, oldest first; a sample without one is `None`.
    pub fn numbers(&self) -> impl DoubleEndedIterator<Item = Option<f64>> + '_ {
        self.kept.iter().map(|sample| sample.lag.as_ref().ok().copied())
    }

    /// Where the lag is going: the newest number against the mean of the few before it. `None` without two numbers.
    pub fn trend(&self) -> Option<Trend> {
        let mut numbers = self.numbers().rev();
        let newest = numbers.next()??;
        let before: Vec<f64> = numbers.flatten().take(BEFORE).collect();
        if before.is_empty() {
            return None;
        }
        let usual = before.iter().sum::<f64>() / before.len() as f64;
        let difference = newest - usual;
        Some(match difference.abs() > LEAST_CHANGE.max(usual * TO_SPEAK_OF) {
            true if difference > 0.0 => Trend::Rising,
            true => Trend::Falling,
            false => Trend::Steady,
        })
    }

    /// Keeps the worse of every two in the older half.
    fn thin_out(&mut self) {
        let newer = self.kept.split_off(MOST / 2);
        let mut thin = Vector::new();
        let mut older = std::mem::take(&mut self.kept).into_iter();
        while let Some(first) = older.next() {
            thin.push_back(match older.next() {
                Some(second) if badness(&second) > badness(&first) => second,
                Some(_) | None => first,
            });
        }
        thin.append(newer);
        self.kept = thin;
    }
}

/// No number is the worst of all.
fn badness(sample: &Sample) -> f64 {
    sample.lag.as_ref().map_or(f64::INFINITY, |seconds| *seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn number(seconds: f64, second: i64) -> LagSample {
        LagSample { seconds: Some(seconds), sampled_at: Some(at(second)), instead: None }
    }

    #[test]
    fn a_sample_seen_again_is_one_sample() {
        let mut samples = Samples::default();
        samples.take(&number(2.0, 60), at(70));
        samples.take(&number(2.0, 60), at(85));
        samples.take(&number(2.0, 120), at(130));
        assert_eq!(samples.iter().map(|sample| sample.at).collect::<Vec<_>>(), [at(60), at(120)]);
    }

    #[test]
    fn a_sample_without_a_number_keeps_what_was_said_instead() {
        let mut samples = Samples::default();
        let seen = LagSample { seconds: None, sampled_at: None, instead: Some("no answer".into()) };
        samples.take(&seen, at(15));
        let only = samples.iter().next().expect("a sample");
        assert_eq!((only.at, &only.lag), (at(15), &Err(Clean::new("no answer"))));
        assert_eq!(samples.numbers().collect::<Vec<_>>(), [None]);
    }

    #[test]
    fn the_trend_needs_two_numbers_and_a_change_to_speak_of() {
        let trend = |numbers: &[f64]| {
            let mut samples = Samples::default();
            for (second, lag) in numbers.iter().enumerate() {
                samples.take(&number(*lag, second as i64), at(second as i64));
            }
            samples.trend()
        };
        assert_eq!(trend(&[2.0]), None);
        assert_eq!(trend(&[2.0, 2.1, 2.3]), Some(Trend::Steady));
        assert_eq!(trend(&[2.0, 4.0, 9.0]), Some(Trend::Rising));
        assert_eq!(trend(&[90.0, 60.0, 20.0]), Some(Trend::Falling));
    }

    #[test]
    fn what_is_kept_is_bounded_in_order_and_never_loses_the_worst() {
        let mut samples = Samples::default();
        for second in 0..20_000 {
            let lag = if second == 777 { 500.0 } else { 1.0 + (second % 7) as f64 };
            samples.take(&number(lag, second), at(second));
        }
        let kept: Vec<&Sample> = samples.iter().collect();
        assert!(kept.len() <= MOST, "{}", kept.len());
        assert!(kept.is_sorted_by_key(|sample| sample.at));
        assert_eq!(kept.last().map(|sample| sample.at), Some(at(19_999)));
        assert!(samples.numbers().any(|lag| lag == Some(500.0)));
    }
}
