//! Asks what preflight wants to know, both regions at once and each apart: a dark one holds up nothing but itself, and the
//! form is there after ten seconds whatever does not answer.

use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::lint;
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::{Looks, Questions};
use crate::recovery::{Opened, Preflight, What};
use crate::seal::Secrets;
use crate::service::readiness::Tier;
use crate::service::{Ask, Place, Registry, Seen};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::watch;

/// How many seconds an answer is waited for before its place is unknown.
const PATIENCE_SECONDS: f64 = 9.0;
/// How many seconds an answer is waited for at least that only other answers led to.
const LEAST_SECONDS: f64 = 1.0;
/// How many seconds pass between two looks while the start is waited for.
const AGAIN_SECONDS: f64 = 30.0;

/// How many seconds an answer serves every look: two intents that are looked at together ask once.
const FRESH_SECONDS: f64 = 5.0;
/// How often in a row answers may name more to ask.
const ROUNDS: usize = 3;

/// What was answered to earlier looks of the same plan: what a rule rests on is asked again when its time has come, and not
/// at every look.
#[derive(Clone, Debug, Default)]
pub struct Kept(BTreeMap<Ask, Answered>);

/// The newest answer to a question that is worth keeping.
#[derive(Clone, Debug)]
struct Answered {
    seen: Seen,
    /// When it was asked last, and whether that was answered.
    tried: (Timestamp, bool),
}

impl Kept {
    /// Of `questions`, those whose answers are as old as their tier allows; what was not answered is asked again after five
    /// minutes, however seldom it is looked at.
    fn due(&self, questions: &Questions, now: Timestamp) -> Vec<Ask> {
        let is_due = |ask: &Ask, tier: Option<Tier>| match (self.0.get(ask), tier) {
            (None, _) => true,
            (Some(Answered { tried: (at, _), .. }), None) => seconds_between(*at, now) >= FRESH_SECONDS,
            (Some(Answered { tried: (at, answered), .. }), Some(tier)) => {
                let tier = if *answered { tier } else { Tier::Often };
                seconds_between(*at, now) >= tier.seconds()
            }
        };
        let due = questions.0.iter().filter(|(ask, tier)| is_due(ask, **tier));
        due.map(|(ask, _)| ask.clone()).collect()
    }

    /// What was answered to `questions` now. That a rule's question got no answer is no news of what it is about: what was told
    /// before grows old until it is not known any more. A refusal is one, and what steps rest on is as new as the look.
    fn take(&mut self, questions: &Questions, seen: Vec<Seen>) {
        for seen in seen {
            let is_silent = matches!(&seen.answer, Err(unanswered) if !unanswered.because.is_a_no());
            let of_rule = questions.0.get(&seen.ask).is_some_and(Option::is_some);
            let tried = (seen.at, seen.answer.is_ok());
            match self.0.get_mut(&seen.ask) {
                Some(told) if told.seen.answer.is_ok() && is_silent && of_rule => told.tried = tried,
                Some(_) | None => drop(self.0.insert(seen.ask.clone(), Answered { seen, tried })),
            }
        }
    }

    fn all(&self) -> Vec<Seen> {
        self.0.values().map(|answered| answered.seen.clone()).collect()
    }
}

/// Asks what is due, and says what all of it means.
pub async fn look(looks: &Looks, kept: &mut Kept, observer: &Observer, clock: &Clock) -> Preflight {
    let began = clock.now();
    let mut places: BTreeMap<Place, Vec<Ask>> = BTreeMap::new();
    let questions = looks.asks();
    for ask in kept.due(&questions, began) {
        places.entry(ask.place.clone()).or_default().push(ask);
    }
    let answers = places.into_values().map(|asks| observer.look_within(asks, None, PATIENCE_SECONDS));
    let seen: Vec<Seen> = futures::future::join_all(answers).await.into_iter().flatten().collect();
    let mut asked: BTreeSet<Ask> = seen.iter().map(|seen| seen.ask.clone()).collect();
    kept.take(&questions, seen);
    for _ in 0..ROUNDS {
        let questions = looks.further(&kept.all(), clock.now());
        let mut further = kept.due(&questions, clock.now());
        further.retain(|ask| asked.insert(ask.clone()));
        if further.is_empty() {
            break;
        }
        let left = PATIENCE_SECONDS - seconds_between(began, clock.now());
        kept.take(&questions, observer.look_within(further, None, left.max(LEAST_SECONDS)).await);
    }
    looks.judge(&kept.all(), clock.now())
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
}

impl Preflighting {
    /// Looks until the run is started, and says what is new; then never again.
    pub async fn until_started(mut self, seen: Witness) {
        if *self.started.borrow() {
            return;
        }
        let looks = looks(&self.opened, self.begun_at, &self.secrets);
        let mut told: Option<Preflight> = None;
        let mut kept = Kept::default();
        while !*self.started.borrow() && !seen.is_closed() {
            let found = look(&looks, &mut kept, &self.observer, &self.clock).await;
            if told.as_ref().is_none_or(|told| !told.is_same(&found)) {
                told = Some(found.clone());
                if *self.started.borrow() || seen.send(What::Preflight(Box::new(found))).is_err() {
                    return;
                }
            }
            tokio::select! {
                _ = self.started.wait_for(|started| *started) => return,
                () = self.clock.sleep(AGAIN_SECONDS) => {}
            }
        }
    }
}
