//! What was answered to the looks at a plan before its run is started: how old it may grow, and what of it is asked in one turn.

use super::cost;
use super::observer::Observer;
use crate::plan::AccountName;
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::Questions;
use crate::service::readiness::Tier;
use crate::service::{Ask, Observation, Seen, StsObservation};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many seconds pass at least until it is asked again what stands in the way, and what part of a turn's calls that may cost.
const MENDED_SECONDS: f64 = 60.0;
const MENDED_PART: usize = 4;
/// How many seconds ago others may have been answered what is taken from them.
const SHARED_SECONDS: f64 = 300.0;
/// How many seconds an answer serves every look: two intents that are looked at together ask once.
const FRESH_SECONDS: f64 = 5.0;

/// What was answered to earlier looks of the same plan: what a rule rests on is asked again when its time has come, and not
/// at every look.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    answers: BTreeMap<Ask, Answered>,
    /// How many calls the look before cost.
    pub(super) calls: usize,
    /// How many all that steps rest on would cost.
    pub(super) whole: usize,
}

/// The newest answer to a question that is worth keeping.
#[derive(Clone, Debug)]
struct Answered {
    seen: Seen,
    /// When it was asked last, and whether that was answered.
    tried: (Timestamp, bool),
    /// How often it is asked.
    tier: Option<Tier>,
    /// Whether it is asked anew whatever its time: it was refused to credentials that are others now.
    anew: bool,
}

impl Kept {
    /// How many calls the look before cost.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Of `questions`, those whose answers are as old as their tier allows; what was not answered is asked again after five
    /// minutes, however seldom it is looked at. All of it so many `times` as seldom.
    pub(super) fn due(&self, questions: &Questions, now: Timestamp, times: f64) -> Vec<Ask> {
        let is_due = |ask: &Ask, tier| self.lateness(ask, tier, now, times, FRESH_SECONDS) >= 1.0;
        let due = questions.0.iter().filter(|(ask, tier)| is_due(ask, **tier));
        due.map(|(ask, _)| ask.clone()).collect()
    }

    /// What is asked of `questions` in this turn, for no more calls than it has: first what was never told, then what stands
    /// in the way, of which somebody waits to see that it is mended, then what was asked the longest ago for its pace.
    pub(super) fn in_turn(&self, questions: &Questions, now: Timestamp, turn: &Turn) -> BTreeSet<Ask> {
        let late = |ask: &Ask, tier| {
            let again = if turn.unsettled.contains(ask) { turn.seconds.min(MENDED_SECONDS) } else { turn.seconds };
            self.lateness(ask, tier, now, 1.0, again.max(FRESH_SECONDS))
        };
        let all = questions.0.iter().map(|(ask, tier)| (late(ask, *tier), ask)).filter(|(late, _)| *late >= 1.0);
        let (never, mut due): (Vec<_>, Vec<_>) = all.partition(|(late, _)| late.is_infinite());
        due.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let (unsettled, due): (Vec<_>, Vec<_>) = due.into_iter().partition(|(_, ask)| turn.unsettled.contains(ask));
        let asks = |of: Vec<(f64, &Ask)>| of.into_iter().map(|(_, ask)| ask.clone()).collect::<Vec<_>>();
        let mut taken = BTreeSet::new();
        cost::within(&mut taken, asks(never), turn.calls);
        // However much stands in the way, all else has its turn too.
        let part = if turn.calls == usize::MAX { turn.calls } else { turn.calls.div_ceil(MENDED_PART) };
        cost::within(&mut taken, asks(unsettled), part);
        cost::within(&mut taken, asks(due), turn.calls);
        taken
    }

    /// How many times its pace ago `ask` was asked; what is to be asked at once is infinitely late. What is asked at every look
    /// goes by `again` seconds.
    fn lateness(&self, ask: &Ask, tier: Option<Tier>, now: Timestamp, times: f64, again: f64) -> f64 {
        let Some(Answered { tried: (at, answered), anew: false, .. }) = self.answers.get(ask) else {
            return f64::INFINITY;
        };
        let pace = match tier {
            None => again,
            Some(tier) if *answered => times * pace(ask, tier),
            Some(_) => times * Tier::Often.seconds(),
        };
        seconds_between(*at, now) / pace
    }

    /// Takes what others were answered to `questions` since.
    pub(super) fn share(&mut self, questions: &Questions, observer: &Observer) {
        let newer = |ask: &Ask| {
            let newest = observer.newest(ask, SHARED_SECONDS)?;
            self.asked_at(ask).is_none_or(|at| at < newest.at).then_some(newest)
        };
        let newer: Vec<Seen> = questions.0.keys().filter_map(newer).collect();
        self.take(questions, newer);
    }

    /// Whether what steps rest on was asked longer than so many seconds ago.
    pub(super) fn is_older_than(&self, seconds: f64, questions: &Questions, now: Timestamp) -> bool {
        let of_steps = questions.0.iter().filter(|(_, tier)| tier.is_none());
        let mut asked = of_steps.filter_map(|(ask, _)| self.asked_at(ask));
        asked.any(|at| seconds_between(at, now) > seconds)
    }

    /// What was answered to `questions` now. That a rule's question got no answer is no news of what it is about: what was told
    /// before grows old until it is not known any more. A refusal is one, and what steps rest on is as new as the look.
    pub(super) fn take(&mut self, questions: &Questions, seen: Vec<Seen>) {
        self.learn(&seen);
        for seen in seen {
            let is_silent = matches!(&seen.answer, Err(unanswered) if !unanswered.because.is_a_no());
            let tier = questions.0.get(&seen.ask).copied().flatten();
            let tried = (seen.at, seen.answer.is_ok());
            match self.answers.get_mut(&seen.ask) {
                Some(told) if told.seen.answer.is_ok() && is_silent && tier.is_some() => told.tried = tried,
                Some(_) | None => {
                    drop(self.answers.insert(seen.ask.clone(), Answered { seen, tried, tier, anew: false }))
                }
            }
        }
    }

    /// Credentials that are others now than at the look before may be told what the ones before were refused: that is asked
    /// anew at once.
    fn learn(&mut self, seen: &[Seen]) {
        let whose = |seen: &Seen| match &seen.answer {
            Ok(Observation::Sts(StsObservation::Identity(identity))) => {
                Some((identity.arn.clone(), identity.account.clone(), identity.expires))
            }
            Ok(_) | Err(_) => None,
        };
        let told = seen.iter().filter_map(|seen| Some((seen, whose(seen)?)));
        let is_other = |(seen, now): (&Seen, _)| {
            let before = self.answers.get(&seen.ask)?;
            (whose(&before.seen) != Some(now)).then(|| seen.ask.place.account.clone())
        };
        let others: BTreeSet<Option<AccountName>> = told.filter_map(is_other).collect();
        for (ask, answered) in &mut self.answers {
            let is_refused = matches!(&answered.seen.answer, Err(unanswered) if unanswered.because.is_a_no());
            answered.anew |= is_refused && others.contains(&ask.place.account);
        }
    }

    /// Forgets what nobody asks any more: a question that has a time in it is another one at each look. What is too old to
    /// count is kept as long again, to be told by.
    pub(super) fn forget(&mut self, now: Timestamp) {
        let keeps = |tier: Option<Tier>| 2.0 * tier.unwrap_or(Tier::Often).holds_seconds();
        self.answers.retain(|_, answered| seconds_between(answered.tried.0, now) <= keeps(answered.tier));
    }

    /// When `ask` was asked last; `None` when it never was.
    pub(super) fn asked_at(&self, ask: &Ask) -> Option<Timestamp> {
        self.answers.get(ask).map(|answered| answered.tried.0)
    }

    /// The newest answer to everything that was asked.
    pub fn all(&self) -> Vec<Seen> {
        self.answers.values().map(|answered| answered.seen.clone()).collect()
    }
}

/// Seconds between two looks at `ask`: up to a quarter less than its tier's, another for each call, so that what was asked in one
/// minute when a watch began is not all asked again in one minute an hour later. What goes into one call stays in one.
fn pace(ask: &Ask, tier: Tier) -> f64 {
    if tier == Tier::Often {
        return tier.seconds();
    }
    let mut hasher = DefaultHasher::new();
    (&ask.place, ask.query.api_name()).hash(&mut hasher);
    if ask.query.is_a_call_each() {
        ask.query.hash(&mut hasher);
    }
    let share = (hasher.finish() % 1_000) as f64 / 1_000.0;
    tier.seconds() * (1.0 - share / 4.0)
}

/// What one look may ask.
#[derive(Clone, Debug)]
pub struct Turn {
    /// After how many seconds it is asked again what steps rest on.
    pub seconds: f64,
    /// How many calls it may cost.
    pub calls: usize,
    /// What stands in the way by the look before: it is asked sooner.
    pub unsettled: BTreeSet<Ask>,
}

impl Turn {
    /// Everything, whatever it costs.
    pub fn whole() -> Self {
        Self { seconds: FRESH_SECONDS, calls: usize::MAX, unsettled: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::observation::Identity;
    use crate::service::{Place, Query, RdsObservation, RdsQuery, Silence, Unanswered};

    #[test]
    fn a_turn_asks_what_was_never_told_then_what_stands_in_the_way_then_what_is_oldest_and_no_more_than_it_may() {
        let of = |group: &str| {
            let query = Query::Rds(RdsQuery::Parameters { group: group.into() });
            Ask { query, ..ask() }
        };
        let names = ["a", "b", "c", "d", "e", "f"];
        let questions = Questions(names.iter().map(|name| (of(name), None)).collect());
        let mut kept = Kept::default();
        let empty = Ok(RdsObservation::DbInstance { instance: None }.into());
        // The first of them longest ago; of the last nothing was ever told.
        let told = names[..5].iter().zip(0..).map(|(name, at_second)| Seen {
            ask: of(name),
            at: at(at_second),
            answer: empty.clone(),
        });
        kept.take(&questions, told.collect());
        let turn = |calls, seconds| Turn { seconds, calls, unsettled: [of("d"), of("e")].into() };
        let asked = |calls, seconds, second| {
            let taken = kept.in_turn(&questions, at(second), &turn(calls, seconds));
            names.iter().copied().filter(|name| taken.contains(&of(name))).collect::<Vec<_>>().concat()
        };
        assert_eq!(asked(usize::MAX, 300.0, 400), "abcdef");
        assert_eq!(asked(1, 300.0, 400), "f");
        assert_eq!(asked(4, 300.0, 400), "abcf");
        assert_eq!(asked(8, 300.0, 70), "df", "a part of it for what stands in the way, every minute");
        assert_eq!(asked(0, 300.0, 400), "");
        assert!(kept.is_older_than(300.0, &questions, at(301)) && !kept.is_older_than(300.0, &questions, at(300)));
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn ask() -> Ask {
        let place = Place { region: "us-west-2".into(), account: None };
        Ask { place, query: Query::Rds(RdsQuery::DbInstance { id: "orders".into() }) }
    }

    fn asked(tier: Option<Tier>) -> Questions {
        Questions([(ask(), tier)].into())
    }

    fn told(second: i64) -> Seen {
        let answer = Ok(RdsObservation::DbInstance { instance: None }.into());
        Seen { ask: ask(), at: at(second), answer }
    }

    fn silent(second: i64, because: Silence) -> Seen {
        let answer = Err(Unanswered { because, code: None, message: "nothing".into() });
        Seen { ask: ask(), at: at(second), answer }
    }

    fn is_due(kept: &Kept, tier: Option<Tier>, second: i64) -> bool {
        !kept.due(&asked(tier), at(second), 1.0).is_empty()
    }

    #[test]
    fn a_rule_is_asked_at_its_own_pace_and_a_step_at_every_look() {
        let mut kept = Kept::default();
        assert!(is_due(&kept, Some(Tier::Daily), 0), "what was never asked");
        kept.take(&asked(Some(Tier::Hourly)), vec![told(0)]);
        assert!(!is_due(&kept, Some(Tier::Hourly), 2_699) && is_due(&kept, Some(Tier::Hourly), 3_600));
        assert!(is_due(&kept, None, 30), "a step's");
    }

    #[test]
    fn what_is_asked_at_once_is_not_all_asked_again_at_once_and_one_call_stays_one() {
        let place = Place { region: "us-west-2".into(), account: None };
        let of = |query: RdsQuery| pace(&Ask { place: place.clone(), query: Query::Rds(query) }, Tier::Hourly);
        let group = |nth: usize| of(RdsQuery::Parameters { group: format!("group-{nth}").as_str().into() });
        let paces: Vec<f64> = (0..100).map(group).collect();
        assert!(paces.iter().all(|pace| (2_700.0..=3_600.0).contains(pace)));
        let in_a_minute = |from: f64| paces.iter().filter(|pace| (from..from + 60.0).contains(pace)).count();
        assert!((45..60).all(|minute| in_a_minute(f64::from(minute) * 60.0) < 20), "{paces:?}");
        // Many instances go into one call.
        assert_eq!(of(RdsQuery::DbInstance { id: "a".into() }), of(RdsQuery::DbInstance { id: "b".into() }));
        let often = Ask { place: place.clone(), query: Query::Rds(RdsQuery::DbInstance { id: "a".into() }) };
        assert_eq!(pace(&often, Tier::Often), 300.0);
    }

    #[test]
    fn a_silence_lets_what_was_told_grow_old_and_is_asked_again_after_five_minutes() {
        let hourly = Some(Tier::Hourly);
        let mut kept = Kept::default();
        kept.take(&asked(hourly), vec![told(0)]);
        for because in [Silence::NoAnswer, Silence::Throttled, Silence::Error] {
            kept.take(&asked(hourly), vec![silent(3_600, because)]);
            assert_eq!(kept.all(), [told(0)], "{because:?}");
        }
        assert!(!is_due(&kept, hourly, 3_899) && is_due(&kept, hourly, 3_900));
        // A no is news, and whatever becomes of what steps rest on.
        kept.take(&asked(hourly), vec![silent(3_900, Silence::Denied)]);
        assert_eq!(kept.all(), [silent(3_900, Silence::Denied)]);
        kept.take(&asked(None), vec![told(4_000)]);
        kept.take(&asked(None), vec![silent(4_030, Silence::NoAnswer)]);
        assert_eq!(kept.all(), [silent(4_030, Silence::NoAnswer)]);
    }

    fn identity(second: i64, expires: Option<i64>) -> Seen {
        let query = Query::Sts(crate::service::StsQuery::Identity);
        let answer = match expires {
            None => Err(Unanswered { because: Silence::Expired, code: None, message: "the token has expired".into() }),
            Some(expires) => Ok(StsObservation::Identity(Identity {
                region: "us-west-2".into(),
                account: "111122223333".into(),
                arn: "arn:aws:sts::111122223333:assumed-role/ops/ana".into(),
                expires: Some(at(expires)),
            })
            .into()),
        };
        Seen { ask: Ask { query, ..ask() }, at: at(second), answer }
    }

    #[test]
    fn what_was_refused_is_asked_anew_at_once_when_the_credentials_are_others() {
        let hourly = Some(Tier::Hourly);
        for (before, now, anew) in [
            (None, Some(9_000), true),
            (Some(5_000), Some(9_000), true),
            (Some(5_000), Some(5_000), false),
            (Some(5_000), None, false),
        ] {
            let mut kept = Kept::default();
            kept.take(&asked(hourly), vec![identity(0, before), silent(0, Silence::Denied)]);
            assert!(!is_due(&kept, hourly, 30), "refused just now");
            kept.take(&asked(hourly), vec![identity(30, now)]);
            assert_eq!(is_due(&kept, hourly, 31), anew, "{before:?} then {now:?}");
            kept.take(&asked(hourly), vec![silent(31, Silence::Denied)]);
            assert!(!is_due(&kept, hourly, 32), "asked anew once");
        }
        // What was answered, and what got no answer, keep their pace.
        for told in [told(0), silent(0, Silence::NoAnswer)] {
            let mut kept = Kept::default();
            kept.take(&asked(hourly), vec![identity(0, None), told]);
            kept.take(&asked(hourly), vec![identity(30, Some(9_000))]);
            assert!(!is_due(&kept, hourly, 31));
        }
    }

    #[test]
    fn what_nobody_asks_any_more_is_forgotten() {
        let mut kept = Kept::default();
        kept.take(&asked(None), vec![told(0)]);
        kept.forget(at(1_800));
        assert_eq!(kept.all().len(), 1);
        kept.forget(at(1_801));
        assert!(kept.all().is_empty());
    }
}
