//! Asks what preflight wants to know, both regions at once and each apart: a dark one holds up nothing but itself, and the
//! form is there after ten seconds whatever does not answer.

use super::before_start::Asked;
use super::beside::Beside;
use super::cost::{self, Allowance};
use super::hearing::Witness;
use super::observer::Observer;
use super::remembered::Remembered;
use crate::cloud::Clock;
use crate::plan::{AccountName, lint};
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::{Looks, Questions};
use crate::recovery::{Opened, Preflight, What};
use crate::seal::Secrets;
use crate::service::posture::Captured;
use crate::service::readiness::Tier;
use crate::service::{Ask, Observation, Registry, Seen, StsObservation};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{oneshot, watch};

/// How many seconds an answer is waited for before its place is unknown.
const PATIENCE_SECONDS: f64 = 9.0;
/// How many seconds an answer is waited for at least that only other answers led to.
const LEAST_SECONDS: f64 = 1.0;
/// How many seconds pass between two looks while somebody has just come to start.
pub(super) const AGAIN_SECONDS: f64 = 30.0;
/// How long, in seconds, that is: what is left open longer is looked at as the account can bear.
const EAGER_SECONDS: f64 = 180.0;
/// How many seconds a call is worth then: a look of thirty calls comes round every five minutes, and none comes later.
const SECONDS_A_CALL: f64 = 10.0;

/// How many seconds pass at least until it is asked again what stands in the way, and what part of a turn's calls that may cost.
const MENDED_SECONDS: f64 = 60.0;
const MENDED_PART: usize = 4;
/// How many seconds ago others may have been answered what is taken from them.
const SHARED_SECONDS: f64 = 300.0;
/// How old, in seconds, what steps rest on may be where the start is given: it is asked again before.
const START_SECONDS: f64 = 300.0;
/// What is younger, in seconds, is not asked again then.
pub(super) const START_FRESH_SECONDS: f64 = 60.0;
/// How many seconds an answer serves every look: two intents that are looked at together ask once.
const FRESH_SECONDS: f64 = 5.0;
/// How often in a row answers may name more to ask.
const ROUNDS: usize = 3;

/// What was answered to earlier looks of the same plan: what a rule rests on is asked again when its time has come, and not
/// at every look.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    answers: BTreeMap<Ask, Answered>,
    /// How many calls the look before cost.
    calls: usize,
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
    fn in_turn(&self, questions: &Questions, now: Timestamp, turn: &Turn) -> BTreeSet<Ask> {
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

/// Asks what is due of it, and says what all of it means.
pub async fn look(looks: &Looks, kept: &mut Kept, turn: &Turn, observer: &Observer, clock: &Clock) -> Preflight {
    look_sharing(looks, kept, turn, observer, clock, true).await
}

/// The same; unless it is `sharing`, nothing that others were answered earlier counts.
pub(super) async fn look_sharing(
    looks: &Looks,
    kept: &mut Kept,
    turn: &Turn,
    observer: &Observer,
    clock: &Clock,
    sharing: bool,
) -> Preflight {
    let began = clock.now();
    let own = looks.asks();
    let mut turn = turn.clone();
    let mut asked = BTreeSet::new();
    kept.calls = 0;
    for _ in 0..=ROUNDS {
        let questions = own.clone().and(looks.further(&kept.all(), clock.now()));
        if sharing {
            kept.share(&questions, observer);
        }
        let mut due = kept.in_turn(&questions, clock.now(), &turn);
        due.retain(|ask| asked.insert(ask.clone()));
        if due.is_empty() {
            break;
        }
        let left = PATIENCE_SECONDS - seconds_between(began, clock.now());
        let (seen, calls) = observer.look_counted(due.into_iter().collect(), Some(left.max(LEAST_SECONDS))).await;
        kept.calls += calls;
        turn.calls = if turn.calls == usize::MAX { turn.calls } else { turn.calls.saturating_sub(calls) };
        kept.take(&questions, seen);
    }
    let questions = own.and(looks.further(&kept.all(), clock.now()));
    kept.whole =
        cost::calls(&questions.0.iter().filter(|(_, tier)| tier.is_none()).map(|(ask, _)| ask.clone()).collect());
    kept.forget(clock.now());
    looks.judge(&kept.all(), clock.now())
}

/// How many calls a look may cost that comes so many seconds after the one before, at a plan of so many components: those of a
/// minute whenever somebody wants to look.
pub fn affordable(seconds: f64, components: usize) -> usize {
    cost::affordable(seconds.max(60.0), components)
}

/// After how many seconds what steps rest on is asked again, `open` seconds after the first look, when all of it costs so many
/// calls.
pub(super) fn again(open: f64, calls: usize) -> f64 {
    let bearable = SECONDS_A_CALL * u32::try_from(calls).map_or(f64::MAX, f64::from);
    if open < EAGER_SECONDS { AGAIN_SECONDS } else { bearable.clamp(AGAIN_SECONDS, Tier::Often.seconds()) }
}

/// What would be asked for the run that `opened` begins at `begun_at`.
pub fn looks(opened: &Opened, begun_at: Timestamp, secrets: &Arc<Secrets>) -> Looks {
    let findings = lint::findings(&opened.plan, &opened.runbook, &Registry);
    Looks::of(&opened.plan, &opened.runbook, begun_at, findings, secrets)
}

/// Preflight of a run that is not started yet.
#[derive(Clone)]
pub(super) struct Preflighting {
    pub opened: Arc<Opened>,
    pub begun_at: Timestamp,
    pub observer: Observer,
    pub clock: Clock,
    /// Turns true when the run is started.
    pub started: watch::Receiver<bool>,
    pub secrets: Arc<Secrets>,
    /// What was found earlier; on a real cloud only.
    pub remembered: Option<Arc<Mutex<Remembered>>>,
    /// What was captured of the application, where somebody captures it.
    pub captured: Option<Captured>,
    /// What it may ask; nothing where that costs nobody anything.
    pub allowance: Option<Allowance>,
    /// Where it is asked to look again before the start is given.
    pub again: Asked,
    /// What is looked at beside the run once it is started; nothing in a drill.
    pub beside: Option<Beside>,
    /// Whether the decision to go back is asked: then what is left is judged anew.
    pub asked_to_return: watch::Receiver<bool>,
}

impl Preflighting {
    /// Looks until the run is started, and says what is new; then beside it, at the rules of what nothing was started of.
    pub async fn look_on(mut self, seen: Witness) {
        let looks = self.looks(&self.opened);
        let mut kept = Kept::default();
        self.until_started(&looks, &mut kept, &seen).await;
        let (beside, observer, clock) = (self.beside.take(), self.observer.apart(), self.clock.clone());
        let beside_it = async {
            if let Some(beside) = beside {
                beside.watch(&looks, kept, &observer, &clock, &seen).await;
            }
        };
        futures::future::join(beside_it, self.before_the_return(&seen)).await;
    }

    /// What is asked of what `opened` is about, with all that is known of it here.
    pub(super) fn looks(&self, opened: &Opened) -> Looks {
        let looks = looks(opened, self.begun_at, &self.secrets).captured(self.captured.clone());
        let Some(remembered) = &self.remembered else { return looks };
        let exercised = remembered.lock().unwrap_or_else(PoisonError::into_inner).exercised.clone();
        looks.exercised(exercised, &self.opened.plan, &self.opened.runbook)
    }

    /// Whether a start may be given on what is known.
    fn is_young(&self, looks: &Looks, kept: &mut Kept) -> bool {
        let now = self.clock.now();
        let questions = looks.asks().and(looks.further(&kept.all(), now));
        kept.share(&questions, &self.observer);
        !kept.is_older_than(START_SECONDS, &questions, now)
    }

    async fn until_started(&mut self, looks: &Looks, kept: &mut Kept, seen: &Witness) {
        let mut told: Option<Preflight> = None;
        let began = self.clock.now();
        let (asked_again, mut started) = (self.again.clone(), self.started.clone());
        let mut asked_again = asked_again.lock().await;
        let mut turn = Turn::whole();
        let mut waiting: Option<oneshot::Sender<()>> = None;
        while !*self.started.borrow() && !seen.is_closed() {
            let mut found = look(looks, kept, &turn, &self.observer, &self.clock).await;
            if let (Some(allowance), false) = (&self.allowance, turn.calls == usize::MAX) {
                allowance.asked(kept.calls, self.clock.now());
            }
            if let Some(remembered) = &self.remembered {
                let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
                remembered.note(self.opened.intent, &mut found, self.clock.now());
            }
            if told.as_ref().is_none_or(|told| !told.is_same(&found)) {
                told = Some(found.clone());
                if *self.started.borrow() || seen.send(What::Preflight(Box::new(found.clone()))).is_err() {
                    return;
                }
                self.beside.iter().for_each(|beside| beside.told(found.all()));
            }
            // What was found stands before the word that it was looked at.
            let _ = waiting.take().map(|waiting| waiting.send(()));
            let rests = self.clock.sleep(AGAIN_SECONDS);
            tokio::pin!(rests);
            loop {
                tokio::select! {
                    _ = started.wait_for(|started| *started) => return,
                    Some(asked) = asked_again.recv() => {
                        if self.is_young(looks, kept) {
                            let _ = asked.send(());
                            continue;
                        }
                        waiting = Some(asked);
                        turn = Turn { seconds: START_FRESH_SECONDS, ..Turn::whole() };
                    }
                    () = &mut rests => {
                        let now = self.clock.now();
                        let seconds = again(seconds_between(began, now), kept.whole);
                        let calls = self.allowance.as_ref().map_or(usize::MAX, |allowance| allowance.room(now));
                        turn = Turn { seconds, calls, unsettled: looks.unsettled(&found, &kept.all(), now) };
                    }
                }
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::observation::Identity;
    use crate::service::{Place, Query, RdsObservation, RdsQuery, Silence, Unanswered};

    #[test]
    fn whoever_has_just_come_is_told_every_half_minute_and_what_is_left_open_costs_thirty_calls_in_five_minutes() {
        assert_eq!(again(0.0, 500), 30.0);
        assert_eq!(again(179.0, 500), 30.0);
        assert_eq!(again(180.0, 2), 30.0);
        assert_eq!(again(180.0, 12), 120.0);
        assert_eq!(again(180.0, 500), 300.0, "more seldom only where there is no room");
    }

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
