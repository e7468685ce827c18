//! Asks what preflight wants to know, both regions at once and each apart: a dark one holds up nothing but itself, and the
//! form is there after ten seconds whatever does not answer.

use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::lint;
use crate::recovery::objective::seconds_between;
use crate::recovery::preflight::Looks;
use crate::recovery::{Opened, Preflight, What};
use crate::seal::Secrets;
use crate::service::{Ask, Place, Registry, Seen};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

/// How many seconds an answer is waited for before its place is unknown.
const PATIENCE_SECONDS: f64 = 9.0;
/// How many seconds an answer is waited for at least that only other answers led to.
const LEAST_SECONDS: f64 = 1.0;
/// How many seconds pass between two looks while the start is waited for.
const AGAIN_SECONDS: f64 = 30.0;

/// Asks everything once and says what it means.
pub async fn look(looks: &Looks, observer: &Observer, clock: &Clock) -> Preflight {
    let mut places: BTreeMap<Place, Vec<Ask>> = BTreeMap::new();
    for ask in looks.asks() {
        places.entry(ask.place.clone()).or_default().push(ask);
    }
    let answers = places.into_values().map(|asks| at_one_place(asks, observer));
    let began = clock.now();
    let mut seen: Vec<Seen> = futures::future::join_all(answers).await.into_iter().flatten().collect();
    let further = looks.further(&seen, clock.now());
    if !further.is_empty() {
        let left = PATIENCE_SECONDS - seconds_between(began, clock.now());
        seen.extend(observer.look_within(further, None, left.max(LEAST_SECONDS)).await);
    }
    looks.judge(&seen, clock.now())
}

/// What one API does not say in time keeps no other's answer.
async fn at_one_place(asks: Vec<Ask>, observer: &Observer) -> Vec<Seen> {
    observer.look_within(asks, None, PATIENCE_SECONDS).await
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
        while !*self.started.borrow() && !seen.is_closed() {
            let found = look(&looks, &self.observer, &self.clock).await;
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
