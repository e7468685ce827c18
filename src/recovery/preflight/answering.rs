//! How regions answer: how soon the one that is brought up does, and whether this machine's clock is theirs.

use super::{Answers, Found, Questions};
use crate::plan::Region;
use crate::recovery::objective::seconds_between;
use crate::recovery::words;
use crate::service::observation::Replied;
use crate::service::readiness::{self, CLOCK_SKEW, QUICK, Rule};
use crate::service::{Ask, Check, Observation, Place, Query, Seen, StsObservation, StsQuery};
use jiff::Timestamp;

/// How many seconds off a clock may be; what is signed five minutes off is refused.
const SKEW_SECONDS: f64 = 60.0;
/// How many seconds an answer may take.
const SLOW_SECONDS: f64 = 2.0;

/// How the places of a plan answer.
pub(super) struct Answering {
    recovery: Region,
    /// A question a place.
    asks: Vec<Ask>,
}

impl Answering {
    pub fn of(places: impl Iterator<Item = Place>, recovery: &Region) -> Self {
        let ask = |place: Place| Ask { place, query: Query::Sts(StsQuery::Reply) };
        Self { recovery: recovery.clone(), asks: places.map(ask).collect() }
    }

    /// Its questions: a clock goes wrong slowly, a way there at any moment.
    pub fn questions(&self, asks: &mut Questions) {
        for ask in &self.asks {
            let rule = if ask.place.region == self.recovery { &QUICK } else { &CLOCK_SKEW };
            asks.add(ask.clone(), Some(rule.tier));
        }
    }

    /// What the answers mean; nothing of a plan that calls no cloud of ours.
    pub fn judge(&self, answers: &Answers<'_>, now: Timestamp) -> Option<[Found; 2]> {
        if self.asks.is_empty() {
            return None;
        }
        let all: Vec<(&Ask, &Seen)> = self.asks.iter().filter_map(|ask| Some((ask, answers.to(ask)?))).collect();
        let there = all.iter().filter(|(ask, _)| ask.place.region == self.recovery).copied();
        Some([
            found(&CLOCK_SKEW, skew(&all), &all, now),
            found(&QUICK, self.slowest(there.clone()), &there.collect::<Vec<_>>(), now),
        ])
    }

    fn slowest<'a>(&self, there: impl Iterator<Item = (&'a Ask, &'a Seen)>) -> Check {
        let mut slowest: Option<f64> = None;
        for (ask, seen) in there {
            match replied(seen) {
                Ok(replied) => slowest = Some(slowest.unwrap_or_default().max(replied.seconds)),
                Err(why) => return QUICK.unknown(format!("{}: {why}", ask.place.region)),
            }
        }
        match slowest {
            Some(seconds) => {
                let told = format!("{} answers within {:.1} s", self.recovery, (seconds * 10.0).ceil() / 10.0);
                QUICK.when(seconds < SLOW_SECONDS, told)
            }
            None => QUICK.unknown("not answered yet"),
        }
    }
}

/// How far off the clock is by the one that says so most: of what any region tells, for it is this machine's.
fn skew(all: &[(&Ask, &Seen)]) -> Check {
    let told = all.iter().filter_map(|(ask, seen)| Some((&ask.place.region, replied(seen).ok()?.ahead_seconds?)));
    match told.max_by(|(_, one), (_, other)| one.abs().total_cmp(&other.abs())) {
        Some((region, ahead)) => {
            let way = if ahead < 0.0 { "behind" } else { "ahead of" };
            let off = words::amount(ahead.abs().round());
            CLOCK_SKEW.when(ahead.abs() < SKEW_SECONDS, format!("{off} {way} {region}"))
        }
        None => CLOCK_SKEW.unknown("no region told what time it is"),
    }
}

fn replied(seen: &Seen) -> Result<Replied, String> {
    match &seen.answer {
        Ok(Observation::Sts(StsObservation::Reply(replied))) => Ok(*replied),
        Ok(_) => Err("the answer was of another kind than the question".to_owned()),
        Err(unanswered) => Err(unanswered.message.to_string()),
    }
}

fn found(rule: &'static Rule, check: Check, seen: &[(&Ask, &Seen)], now: Timestamp) -> Found {
    let told = seen.iter().filter(|(_, seen)| seen.answer.is_ok()).map(|(_, seen)| seen.at);
    // A clock is told by any of them, and known by the newest; how all of them answer by the oldest.
    let at = if rule.code == CLOCK_SKEW.code { told.max() } else { told.min() };
    let age = at.map(|at| seconds_between(at, now)).filter(|age| *age > rule.tier.holds_seconds());
    let check = match age {
        Some(age) => readiness::aged(&check, &words::age(age)),
        None => check,
    };
    Found { seen_at: at, tier: Some(rule.tier), ..Found::of(check) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Level;
    use crate::service::{Silence, Unanswered};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn answering() -> Answering {
        let place = |region: &str| Place { region: region.into(), account: None };
        Answering::of(["us-east-1", "us-west-2"].map(place).into_iter(), &"us-west-2".into())
    }

    fn levels(seen: &[Seen], now: i64) -> [Level; 2] {
        let found = answering().judge(&Answers::of(seen), at(now)).expect("of two places");
        found.map(|found| found.check.level)
    }

    /// What both regions answered at the beginning: so soon, and so far off; `None` is nothing.
    fn seen(answers: [Option<(f64, Option<f64>)>; 2]) -> Vec<Seen> {
        let answer = |given: Option<(f64, Option<f64>)>| match given {
            Some((seconds, ahead_seconds)) => {
                Ok(Observation::Sts(StsObservation::Reply(Replied { seconds, ahead_seconds })))
            }
            None => Err(Unanswered { because: Silence::NoAnswer, code: None, message: "nothing".into() }),
        };
        let asks = answering().asks.into_iter().zip(answers);
        asks.map(|(ask, given)| Seen { ask, at: at(0), answer: answer(given) }).collect()
    }

    #[test]
    fn any_region_tells_the_time_and_the_recovery_region_how_soon_it_answers() {
        use Level::{Failing, Ok, Unknown};
        let quick = |ahead| Some((0.1, Some(ahead)));
        assert_eq!(levels(&seen([quick(0.0), quick(-59.0)]), 1), [Ok, Ok]);
        assert_eq!(levels(&seen([quick(0.0), quick(-60.0)]), 1), [Failing, Ok]);
        assert_eq!(levels(&seen([quick(75.0), None]), 1), [Failing, Unknown]);
        assert_eq!(levels(&seen([None, Some((1.9, None))]), 1), [Unknown, Ok]);
        assert_eq!(levels(&seen([Some((9.0, None)), Some((2.0, Some(0.0)))]), 1), [Ok, Failing]);
        assert_eq!(levels(&[], 1), [Unknown, Unknown]);
        let none = Answering::of(std::iter::empty(), &"us-west-2".into());
        assert!(none.judge(&Answers::of(&[]), at(1)).is_none(), "it calls no region");
        // Each counts three looks long.
        assert_eq!(levels(&seen([quick(0.0), quick(0.0)]), 901), [Ok, Unknown]);
        assert_eq!(levels(&seen([quick(0.0), quick(0.0)]), 10_801), [Unknown, Unknown]);
    }
}
