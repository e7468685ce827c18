//! Keeps looking at lag and health for as long as the session lasts, apart from the steps: the curves of the journal.

use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::{Component, ComponentName, Plan, Side};
use crate::recovery::What;
use crate::service::observation::LagSample;
use crate::service::{Ask, Asked, Facts, Health, Observation, Place, Query, Registry, Seen, Service};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Seconds between two looks at the lag of every store.
const LAG_SECONDS: f64 = 15.0;
/// Seconds between two looks at the health of every component.
const HEALTH_SECONDS: f64 = 30.0;
/// An unchanged finding is said again after this many seconds, so that its age stays true.
const REPEAT_SECONDS: f64 = 60.0;

/// What telemetry needs.
#[derive(Clone)]
pub struct Telemetry {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Looks.
    pub observer: Observer,
    /// The run's time.
    pub clock: Clock,
    /// Where findings go.
    pub seen: Witness,
}

impl Telemetry {
    /// Looks until nobody listens any more: each place on its own, so that a dark one delays no other.
    pub async fn run(self) {
        let registry = Registry;
        let mut lags: HashMap<Place, Vec<(ComponentName, Ask)>> = HashMap::new();
        let mut watches = Vec::new();
        let mut identities = std::collections::BTreeSet::new();
        for component in &self.plan.components {
            let Some(service) = registry.service(component.kind.as_str()) else { continue };
            if let Some(ask) = service.lag(component, &self.plan.application) {
                lags.entry(ask.place.clone()).or_default().push((component.name.clone(), ask));
            }
            for side in [Side::Primary, Side::Recovery] {
                let asks = service.watch(component, &self.plan.application, side);
                identities.extend(asks.iter().map(|ask| ask.place.clone()));
                if asks.is_empty() {
                    self.say_unasked(component, side, service);
                } else {
                    watches.push(Watch { component: component.clone(), side, asks });
                }
            }
        }
        let lag_loops = lags.into_values().map(|stores| self.clone().watch_lag(stores));
        let health_loops = [Side::Primary, Side::Recovery].map(|side| {
            self.clone().watch_health(watches.iter().filter(|watch| watch.side == side).cloned().collect())
        });
        let identity_looks = identities.into_iter().map(|place| self.clone().look_at_identity(place));
        futures::future::join3(
            futures::future::join_all(lag_loops),
            futures::future::join_all(health_loops),
            futures::future::join_all(identity_looks),
        )
        .await;
    }

    /// What is not asked at all is said to be so.
    fn say_unasked(&self, component: &Component, side: Side, service: &dyn Service) {
        let (now, before) = (self.clock.now(), serde_json::Value::Null);
        let facts = Facts { now, started_at: now, asked: &Asked::No, before: &before, seen: &[], good_in_a_row: 0 };
        let health = service.health(component, &self.plan.application, side, &facts);
        if health != Health::nothing_here() {
            let _ = self.seen.send(What::Health { component: component.name.clone(), side, health });
        }
    }

    async fn watch_lag(self, stores: Vec<(ComponentName, Ask)>) {
        let mut told: BTreeMap<ComponentName, (LagSample, jiff::Timestamp)> = BTreeMap::new();
        while !self.seen.is_closed() {
            let seen = self.observer.look(stores.iter().map(|(_, ask)| ask.clone()).collect(), None).await;
            let now = self.clock.now();
            for (component, ask) in &stores {
                let sample = sample_of(&seen, ask);
                let known = told.get(component).is_some_and(|(before, at)| *before == sample && !is_old(*at, now));
                if !known {
                    told.insert(component.clone(), (sample.clone(), now));
                    let _ = self.seen.send(What::Lag { component: component.clone(), sample });
                }
            }
            self.clock.sleep(LAG_SECONDS).await;
        }
    }

    async fn watch_health(self, watches: Vec<Watch>) {
        if watches.is_empty() {
            return;
        }
        let registry = Registry;
        let mut told: BTreeMap<ComponentName, (Health, jiff::Timestamp)> = BTreeMap::new();
        while !self.seen.is_closed() {
            let asks = watches.iter().flat_map(|watch| watch.asks.iter().cloned()).collect();
            let seen = self.observer.look(asks, None).await;
            let now = self.clock.now();
            for watch in &watches {
                let Some(service) = registry.service(watch.component.kind.as_str()) else { continue };
                let before = serde_json::Value::Null;
                let facts =
                    Facts { now, started_at: now, asked: &Asked::No, before: &before, seen: &seen, good_in_a_row: 0 };
                let health = service.health(&watch.component, &self.plan.application, watch.side, &facts);
                let name = &watch.component.name;
                if told.get(name).is_some_and(|(before, at)| *before == health && !is_old(*at, now)) {
                    continue;
                }
                told.insert(name.clone(), (health.clone(), now));
                let _ = self.seen.send(What::Health { component: name.clone(), side: watch.side, health });
            }
            self.clock.sleep(HEALTH_SECONDS).await;
        }
    }

    async fn look_at_identity(self, place: Place) {
        let seen = self.observer.look(vec![Ask { place, query: Query::Identity }], None).await;
        for seen in seen {
            if let Ok(Observation::Identity(identity)) = seen.answer {
                let _ = self.seen.send(What::Identity { identity });
            }
        }
    }
}

#[derive(Clone)]
struct Watch {
    component: Component,
    side: Side,
    asks: Vec<Ask>,
}

/// What was sampled, or why nothing was: silence is a finding too.
fn sample_of(seen: &[Seen], ask: &Ask) -> LagSample {
    let none = |why: &str| LagSample { seconds: None, sampled_at: None, instead: Some(why.into()) };
    match seen.iter().find(|seen| &seen.ask == ask).map(|seen| &seen.answer) {
        Some(Ok(Observation::Lag(sample))) => sample.clone(),
        Some(Ok(_)) => none("the answer was of another kind than the question"),
        Some(Err(unanswered)) => none(unanswered.message.as_str()),
        None => none("not answered"),
    }
}

fn is_old(at: jiff::Timestamp, now: jiff::Timestamp) -> bool {
    crate::recovery::objective::seconds_between(at, now) >= REPEAT_SECONDS
}
