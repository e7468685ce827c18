//! Readiness beside a run: the rules of what nothing was started of yet are looked at on, half as often as before the start and
//! for so few calls a minute. Steps come first: at the first word of throttling nothing more is asked, and a region that fails
//! and is silent is left alone.

use super::cost;
use super::hearing::Witness;
use super::kept::Kept;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::{ComponentName, Intent, Level, Region};
use crate::recovery::meanwhile::Known;
use crate::recovery::preflight::Looks;
use crate::recovery::start::Found;
use crate::recovery::{State, What};
use crate::service::{Ask, Seen, Silence};
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many times as seldom as before the start.
const TIMES: f64 = 2.0;
/// How many seconds lie between two rounds, and what one may cost: fifteen calls a minute are the budget.
const ROUND_SECONDS: f64 = 60.0;
const CALLS: usize = 14;
/// How many seconds an answer is waited for.
const PATIENCE_SECONDS: f64 = 9.0;

/// What is looked at beside a run. Copies tell nothing twice.
#[derive(Clone)]
pub(super) struct Beside {
    untouched: watch::Receiver<BTreeSet<ComponentName>>,
    /// How each rule was told last.
    stands: Arc<Mutex<BTreeMap<Known, Level>>>,
    /// The region that fails.
    failing: Option<Region>,
}

impl Beside {
    /// Beside the run of `state`; `untouched` are the components that nothing was started of yet.
    pub fn of(state: &State, untouched: watch::Receiver<BTreeSet<ComponentName>>) -> Self {
        let failing = (state.run.intent == Intent::Failover).then(|| state.run.plan.application.primary.clone());
        Self { untouched, stands: Arc::new(Mutex::new(state.rules_told())), failing }
    }

    /// Takes in what was told before the start.
    pub fn told<'a>(&self, found: impl Iterator<Item = &'a Found>) {
        let rules = found.filter(|found| found.tier.is_some()).map(|found| (found.known(), found.check.level));
        self.stands.lock().unwrap_or_else(PoisonError::into_inner).extend(rules);
    }

    /// Looks until nobody listens any more, and says what stands otherwise than it was told last.
    pub async fn watch(mut self, looks: &Looks, mut kept: Kept, observer: &Observer, clock: &Clock, seen: &Witness) {
        let mut rests: Option<Clean> = None;
        let mut is_dark = false;
        while !seen.is_closed() {
            let Ok(of) = self.untouched.wait_for(|of| !of.is_empty()).await.map(|of| of.clone()) else { return };
            let mut why = None;
            if rests.is_none() {
                let known = looks.rules_ask(&of).and(looks.rules_ask_further(&of, &kept.all(), clock.now()));
                kept.share(&known, observer);
                let asks = self.asks(looks, &kept, &of, is_dark, clock);
                let answers = observer.look_within(asks, None, PATIENCE_SECONDS).await;
                is_dark |= self.is_silent_where_it_fails(&answers);
                why = throttled(&answers);
                let questions = looks.rules_ask(&of).and(looks.rules_ask_further(&of, &kept.all(), clock.now()));
                kept.take(&questions, answers);
                rests.clone_from(&why);
            }
            kept.forget(clock.now());
            let found = self.turned(looks, &of, &kept.all(), clock);
            if (why.is_some() || !found.is_empty()) && seen.send(What::RulesTurned { found, rests: why }).is_err() {
                return;
            }
            clock.sleep(ROUND_SECONDS).await;
        }
    }

    /// What is due, as much of it as a round may cost: what was asked longest ago first.
    fn asks(&self, looks: &Looks, kept: &Kept, of: &BTreeSet<ComponentName>, is_dark: bool, clock: &Clock) -> Vec<Ask> {
        let now = clock.now();
        let questions = looks.rules_ask(of).and(looks.rules_ask_further(of, &kept.all(), now));
        let mut due = kept.due(&questions, now, TIMES);
        due.retain(|ask| !(is_dark && self.failing.as_ref() == Some(&ask.place.region)));
        due.sort_by_key(|ask| kept.asked_at(ask));
        let mut taken = BTreeSet::new();
        cost::within(&mut taken, due, CALLS);
        taken.into_iter().collect()
    }

    fn is_silent_where_it_fails(&self, answers: &[Seen]) -> bool {
        answers.iter().any(|seen| {
            self.failing.as_ref() == Some(&seen.ask.place.region)
                && matches!(&seen.answer, Err(unanswered) if unanswered.because == Silence::NoAnswer)
        })
    }

    /// The rules that stand otherwise than they were told last. What a step was started of meanwhile is told of by its steps.
    fn turned(&self, looks: &Looks, of: &BTreeSet<ComponentName>, answers: &[Seen], clock: &Clock) -> Vec<Found> {
        let now = clock.now();
        let still: BTreeSet<ComponentName> = of.intersection(&self.untouched.borrow()).cloned().collect();
        let mut stands = self.stands.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = looks.judge_rules(&still, answers, now);
        found.retain(|found| stands.insert(found.known(), found.check.level) != Some(found.check.level));
        found.iter_mut().for_each(|found| found.since = Some(now));
        found
    }
}

/// Why nothing more is asked, if that is so: an account that is asked too much is the steps'.
fn throttled(answers: &[Seen]) -> Option<Clean> {
    let is_throttled = |seen: &&Seen| matches!(&seen.answer, Err(no) if no.because == Silence::Throttled);
    let first = answers.iter().find(is_throttled)?;
    Some(Clean::new(&format!("{} in {} was throttled", first.ask.query.api_name(), first.ask.place.region)))
}
