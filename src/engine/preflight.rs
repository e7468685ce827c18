//! Asks what preflight wants to know, both regions at once and each apart: a dark one holds up nothing but itself, and the
//! form is there after ten seconds whatever does not answer.

use super::before_start::Asked;
use super::beside::Beside;
use super::cost::{self, Allowance};
use super::hearing::Witness;
use super::kept::{Kept, Turn};
use super::observer::Observer;
use super::remembered::Remembered;
use super::rounds::Rounds;
use crate::cloud::Clock;
use crate::plan::lint;
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::{Looks, Questions};
use crate::recovery::{Opened, Preflight, What};
use crate::seal::Secrets;
use crate::service::Registry;
use crate::service::posture::Captured;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many seconds an answer is waited for before its place is unknown.
const PATIENCE_SECONDS: f64 = 9.0;
/// How many seconds an answer is waited for at least that only other answers led to.
const LEAST_SECONDS: f64 = 1.0;
/// How old, in seconds, what steps rest on may be where the start is given: it is asked again before.
const START_SECONDS: f64 = 300.0;
/// What is younger, in seconds, is not asked again then.
pub(super) const START_FRESH_SECONDS: f64 = 60.0;
/// How often in a row answers may name more to ask.
const ROUNDS: usize = 3;

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

    /// What is asked of what `opened` is about, with all that is known of it here. That may be a part of the run: what rests on
    /// the plan alone is told of all of it, where nothing is alone that is not.
    pub(super) fn looks(&self, opened: &Opened) -> Looks {
        let findings = lint::findings(&self.opened.plan, &self.opened.runbook, &Registry);
        let looks = Looks::of(&opened.plan, &opened.runbook, self.begun_at, findings, &self.secrets);
        let looks = looks.captured(self.captured.clone());
        let Some(remembered) = &self.remembered else { return looks };
        let exercised = remembered.lock().unwrap_or_else(PoisonError::into_inner).exercised.clone();
        looks.exercised(exercised, &self.opened.plan, &self.opened.runbook)
    }

    async fn until_started(&self, looks: &Looks, kept: &mut Kept, seen: &Witness) {
        let mut started = self.started.clone();
        let again = self.again.clone();
        let mut again = again.lock().await;
        let mut rounds = Rounds::new(self, looks, kept, true);
        while !*self.started.borrow() && !seen.is_closed() {
            let mut found = rounds.look().await;
            if let Some(remembered) = &self.remembered {
                let mut remembered = remembered.lock().unwrap_or_else(PoisonError::into_inner);
                remembered.note(self.opened.intent, &mut found, self.clock.now());
            }
            if rounds.is_news(&found) {
                if *self.started.borrow() || seen.send(What::Preflight(Box::new(found.clone()))).is_err() {
                    return;
                }
                self.beside.iter().for_each(|beside| beside.told(found.all()));
            }
            // Whether a start may be given on what is known.
            let is_young = |kept: &mut Kept, questions: &Questions, now| {
                kept.share(questions, &self.observer);
                !kept.is_older_than(START_SECONDS, questions, now)
            };
            if rounds.rest(&found, &mut again, started.wait_for(|started| *started), is_young).await.is_some() {
                return;
            }
        }
    }
}
