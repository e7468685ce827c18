//! Keeps looking at lag and health for as long as the session lasts, apart from the steps: the curves of the journal.

use super::cost::{self, Allowance};
use super::hearing::Witness;
use super::observer::Observer;
use crate::cloud::Clock;
use crate::plan::{Component, ComponentName, Plan, Side};
use crate::recovery::What;
use crate::service::observation::LagSample;
use crate::service::{
    Ask, Asked, Facts, Health, HealthLevel, Looked, Observation, Outputs, Place, Query, Registry, Seen, StsObservation,
    StsQuery, resolve,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// What is unchanged is told again after this many seconds: a sample has its own time, and of what is looked at it is told
/// at every look that it is so still.
const REPEAT_SECONDS: f64 = 300.0;
/// How many questions of a side that are a call each are asked in one round, while some were never asked.
const CALLS_AT_FIRST: usize = 30;
/// How many seconds pass until the next round, while some were never asked and nothing is done.
const SOON_SECONDS: f64 = 10.0;
/// How many of them at least, however much else is asked: each has its turn in the end.
const CALLS_AT_LEAST: usize = 2;

/// How often it is looked, in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// Between two looks at the lag of every store.
    pub lag_seconds: f64,
    /// Between two looks at the health of every component.
    pub health_seconds: f64,
    /// How many calls both sides' healths may cost in one round. What is asked in one call for many is asked every time; what
    /// is a call each takes turns in what is left.
    pub calls: usize,
    /// Of how many seconds ago an answer to somebody else counts as this look's; 0 asks for everything itself.
    pub shared_seconds: f64,
}

impl Rounds {
    /// While a run is driven: people decide by it.
    pub const OF_A_RUN: Self = Self { lag_seconds: 15.0, health_seconds: 30.0, calls: 50, shared_seconds: 0.0 };
    /// While nothing is done: a number is late after a minute and a half, and the account's calls are others' too. What costs
    /// more than its share of them is looked at as much more seldom.
    pub const OF_A_LOOK: Self = Self { lag_seconds: 45.0, health_seconds: 75.0, calls: 26, shared_seconds: 30.0 };
}

/// What telemetry needs.
#[derive(Clone)]
pub struct Telemetry {
    /// The plan.
    pub plan: Arc<Plan>,
    /// Looks.
    pub observer: Observer,
    /// The run's time.
    pub clock: Clock,
    /// When the run began: what its fences made is called after it.
    pub begun_at: Timestamp,
    /// What it may ask while nothing is done.
    pub allowance: Allowance,
    /// Whether something may be done: people decide by what they see then.
    pub driven: watch::Receiver<bool>,
    /// What components have given to others so far: what a reference in a field stands for.
    pub given: Given,
    /// Where findings go.
    pub seen: Witness,
}

/// What components have given to others so far.
pub type Given = watch::Receiver<BTreeMap<ComponentName, Outputs>>;

impl Telemetry {
    /// Looks until nobody listens any more: each place on its own, so that a dark one delays no other.
    pub async fn run(self) {
        let registry = Registry;
        let application = &self.plan.application;
        let mut lags: HashMap<Place, Vec<Store>> = HashMap::new();
        let mut watches = Vec::new();
        let mut identities = BTreeSet::new();
        for component in &self.plan.components {
            let Some(service) = registry.service(component.kind.as_str()) else { continue };
            let mut around = Vec::new();
            for side in [Side::Primary, Side::Recovery] {
                let watch = Watch { component: component.clone(), side };
                let Looked { asks, judge } = watch.now(&self);
                // What is asked from here needs nobody's credentials.
                let of_a_cloud = asks.iter().filter(|ask| !ask.query.is_asked_from_here());
                identities.extend(of_a_cloud.map(|ask| ask.place.clone()));
                if asks.is_empty() {
                    self.say_unasked(component, side, judge(&self.facts(self.clock.now(), &[])));
                }
                // What waits for another's output is asked once that is given.
                if !asks.is_empty() || watch.waits(&self) {
                    watches.push(watch);
                }
                around.extend(asks);
            }
            if let Some(ask) = service.lag(component, application) {
                lags.entry(ask.place.clone()).or_default().push(Store { component: component.clone(), ask, around });
            }
        }
        let board = Board::new();
        let lag_loops = lags.into_values().map(|stores| self.clone().watch_lag(stores, board.clone()));
        let watches = Arc::new(watches);
        let health_loops =
            [Side::Primary, Side::Recovery].map(|side| self.clone().watch_health(watches.clone(), side, board.clone()));
        let identity_looks = identities.into_iter().map(|place| self.clone().look_at_identity(place));
        futures::future::join3(
            futures::future::join_all(lag_loops),
            futures::future::join_all(health_loops),
            futures::future::join_all(identity_looks),
        )
        .await;
    }

    /// What is not asked at all is said to be so.
    fn say_unasked(&self, component: &Component, side: Side, health: Health) {
        if health != Health::nothing_here() {
            let _ = self.seen.send(What::Health { component: component.name.clone(), side, health });
        }
    }

    fn rounds(&self) -> Rounds {
        if *self.driven.borrow() { Rounds::OF_A_RUN } else { Rounds::OF_A_LOOK }
    }

    /// Asks `asks`, but for what somebody else was answered just now. That somebody has just come is a burst, and not paid for.
    async fn look(&self, asks: Vec<Ask>, rounds: Rounds, is_paid_for: bool) -> Vec<Seen> {
        let (mut seen, mut own) = (Vec::new(), BTreeSet::new());
        for ask in asks {
            match self.told(&ask, rounds) {
                Some(told) => seen.push(told),
                None => drop(own.insert(ask)),
            }
        }
        let (told, calls) = self.observer.look_counted(own.into_iter().collect(), None).await;
        seen.extend(told);
        if is_paid_for && !*self.driven.borrow() {
            self.allowance.looked(calls, self.clock.now());
        }
        seen
    }

    fn told(&self, ask: &Ask, rounds: Rounds) -> Option<Seen> {
        if rounds.shared_seconds > 0.0 { self.observer.newest(ask, rounds.shared_seconds) } else { None }
    }

    /// Lets `seconds` pass; where nothing is done yet, no more of them than until something is.
    async fn pause(&mut self, seconds: f64) {
        if *self.driven.borrow() {
            return self.clock.sleep(seconds).await;
        }
        tokio::select! {
            // Nobody who could say it is left where somebody only looks.
            Ok(_) = self.driven.wait_for(|driven| *driven) => {}
            () = self.clock.sleep(seconds) => {}
        }
    }

    async fn watch_lag(mut self, stores: Vec<Store>, board: Board) {
        let mut told: BTreeMap<ComponentName, (LagSample, Timestamp)> = BTreeMap::new();
        let registry = Registry;
        // What a sample is worth depends on how both sides are: a silent one has been given its time by then.
        board.all_looked().await;
        while !self.seen.is_closed() {
            let rounds = self.rounds();
            let seen = self.look(stores.iter().map(|store| store.ask.clone()).collect(), rounds, true).await;
            let now = self.clock.now();
            for Store { component, ask, around } in &stores {
                let Some(service) = registry.service(component.kind.as_str()) else { continue };
                let (sample, around) = (sample_of(&seen, ask), board.seen(around));
                let sample = service.weigh_lag(component, &self.plan.application, sample, &self.facts(now, &around));
                let name = &component.name;
                if told.get(name).is_some_and(|(before, at)| *before == sample && !is_old(*at, now)) {
                    continue;
                }
                told.insert(name.clone(), (sample.clone(), now));
                let _ = self.seen.send(What::Lag { component: name.clone(), sample });
            }
            self.pause(rounds.lag_seconds).await;
        }
    }

    async fn watch_health(mut self, watches: Arc<Vec<Watch>>, of: Side, board: Board) {
        let mut told: BTreeMap<ComponentName, (Health, Timestamp)> = BTreeMap::new();
        let mut first = true;
        let mut turn = 0;
        while watches.iter().any(|watch| watch.side == of) && !self.seen.is_closed() {
            let rounds = self.rounds();
            let round = Round::of(&watches, of, &self, rounds, &mut turn);
            let seen = self.look(round.asks, rounds, round.is_paid_for).await;
            let now = self.clock.now();
            board.put(&seen);
            if std::mem::take(&mut first) {
                board.looked();
            }
            let mut unchanged = None;
            for (name, side, looked) in &round.looked {
                let health = (looked.judge)(&self.facts(now, &seen));
                let same = |(before, at): &(Health, Timestamp)| {
                    *before == health || (both_up(before, &health) && !is_old(*at, now))
                };
                if told.get(name).is_some_and(same) {
                    unchanged = Some(*side);
                    continue;
                }
                told.insert(name.clone(), (health.clone(), now));
                let _ = self.seen.send(What::Health { component: name.clone(), side: *side, health });
            }
            if let Some(side) = unchanged {
                let _ = self.seen.send(What::HealthUnchanged { side, except: round.passed_over });
            }
            // What nobody was told of yet has its turn soon: preflight asks for the same things meanwhile.
            let is_whole = *self.driven.borrow() || turn >= round.turns;
            // The side that is left is what decides whether it is left: the other waits until both have paid.
            let waits = of == Side::Recovery && !*self.driven.borrow();
            let rests = if waits { self.allowance.rests(self.clock.now()) } else { 0.0 };
            self.pause(if is_whole { rounds.health_seconds.max(rests) } else { SOON_SECONDS }).await;
        }
        if first {
            board.looked();
        }
    }

    fn facts<'a>(&self, now: Timestamp, seen: &'a [Seen]) -> Facts<'a> {
        let (asked, before) = (&Asked::No, &serde_json::Value::Null);
        Facts { now, started_at: self.begun_at, asked, sent: None, before, seen, good_in_a_row: 0, good_since: None }
    }

    async fn look_at_identity(self, place: Place) {
        let seen = self.observer.look(vec![Ask { place, query: Query::Sts(StsQuery::Identity) }], None).await;
        for seen in seen {
            if let Ok(Observation::Sts(StsObservation::Identity(identity))) = seen.answer {
                let _ = self.seen.send(What::Identity { identity });
            }
        }
    }
}

/// A component to be looked at on one side.
#[derive(Clone)]
struct Watch {
    component: Component,
    side: Side,
}

impl Watch {
    /// What tells how it is, every reference that has a value by now in its place.
    fn now(&self, telemetry: &Telemetry) -> Looked<Health> {
        let resolved = resolve(&self.component, &telemetry.given.borrow());
        let component = resolved.as_ref().unwrap_or(&self.component);
        let service = Registry.service(component.kind.as_str());
        let application = &telemetry.plan.application;
        let looked = service.and_then(|kind| kind.health_in(component, application, self.side, telemetry.begun_at));
        looked.unwrap_or_else(|| Looked::new([], |_| Health::nothing_here()))
    }

    /// Whether what others have not given yet is what keeps it from being asked.
    fn waits(&self, telemetry: &Telemetry) -> bool {
        resolve(&self.component, &telemetry.given.borrow()).is_err()
    }
}

/// What is looked at in one round: everything, but of what is a call each no more than is kind to the account.
struct Round {
    looked: Vec<(ComponentName, Side, Looked<Health>)>,
    asks: Vec<Ask>,
    passed_over: Vec<ComponentName>,
    /// How many take turns.
    turns: usize,
    /// Whether each of them had its first.
    is_paid_for: bool,
}

impl Round {
    /// The next round of one side; `turn` is whose turn it is among those of it that are a call each.
    fn of(watches: &[Watch], side: Side, telemetry: &Telemetry, rounds: Rounds, turn: &mut usize) -> Self {
        let now: Vec<(&Watch, Looked<Health>)> = watches.iter().map(|watch| (watch, watch.now(telemetry))).collect();
        let left = rounds.calls.saturating_sub(cost::for_many(now.iter().flat_map(|(_, looked)| &looked.asks))) / 2;
        let now: Vec<_> = now.into_iter().filter(|(watch, _)| watch.side == side).collect();
        // What was told just now is told once more for nothing.
        let is_free = |ask: &&Ask| telemetry.told(ask, rounds).is_some();
        let costs: Vec<usize> = now
            .iter()
            .filter(|(_, looked)| cost::each(&looked.asks) > 0)
            .map(|(_, looked)| cost::each(looked.asks.iter().filter(|ask| !is_free(ask))))
            .collect();
        let all = costs.len();
        let room = if *turn < all { CALLS_AT_FIRST } else { left.max(CALLS_AT_LEAST) };
        let taken = taken(&costs, *turn, room);
        let mut place = 0;
        let mut round = Self {
            looked: Vec::new(),
            asks: Vec::new(),
            passed_over: Vec::new(),
            turns: all,
            is_paid_for: *turn > 0 && *turn >= all,
        };
        for (watch, looked) in now {
            let name = watch.component.name.clone();
            if cost::each(&looked.asks) > 0 {
                let waits = (place + all - *turn % all.max(1)) % all.max(1);
                let is_free = costs[place] == 0;
                place += 1;
                if waits >= taken && !is_free {
                    round.passed_over.push(name);
                    continue;
                }
            }
            round.asks.extend(looked.asks.iter().cloned());
            round.looked.push((name, watch.side, looked));
        }
        *turn += taken;
        round
    }
}

/// How many of those that cost so many calls each have their turn when there is room for so many calls: from whose turn it is
/// on, and one whatever it costs, each at most once.
fn taken(costs: &[usize], turn: usize, room: usize) -> usize {
    let mut spent = 0;
    for at in 0..costs.len() {
        spent += costs[(turn + at) % costs.len()];
        if spent > room {
            return at.max(1);
        }
    }
    costs.len()
}

/// A component that holds data, the question for its lag, and those for its health on both sides.
struct Store {
    component: Component,
    ask: Ask,
    around: Vec<Ask>,
}

/// The newest answer to every question of the health loops, for those who need both sides at once.
#[derive(Clone)]
struct Board {
    seen: Arc<Mutex<HashMap<Ask, Seen>>>,
    /// How many of the two loops have looked once.
    looked: Arc<watch::Sender<usize>>,
}

impl Board {
    fn new() -> Self {
        Self { seen: Arc::default(), looked: Arc::new(watch::Sender::new(0)) }
    }

    fn put(&self, seen: &[Seen]) {
        let mut held = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend(seen.iter().map(|seen| (seen.ask.clone(), seen.clone())));
    }

    fn seen(&self, asks: &[Ask]) -> Vec<Seen> {
        let held = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        asks.iter().filter_map(|ask| held.get(ask)).cloned().collect()
    }

    fn looked(&self) {
        self.looked.send_modify(|loops| *loops += 1);
    }

    async fn all_looked(&self) {
        // The sender is ours: it is not gone while we wait.
        let _ = self.looked.subscribe().wait_for(|loops| *loops >= 2).await;
    }
}

/// What was sampled, or why nothing was: silence is a finding too.
fn sample_of(seen: &[Seen], ask: &Ask) -> LagSample {
    let none = |why: &str| LagSample { seconds: None, sampled_at: None, instead: Some(why.into()) };
    match seen.iter().find(|seen| &seen.ask == ask).map(|seen| &seen.answer) {
        Some(Ok(seen)) => seen.behind().unwrap_or_else(|| none("the answer was of another kind than the question")),
        Some(Err(unanswered)) => none(unanswered.message.as_str()),
        None => none("not answered"),
    }
}

/// What is up and stays up tells its figures of the moment only now and then.
fn both_up(before: &Health, now: &Health) -> bool {
    before.level == HealthLevel::Up && now.level == HealthLevel::Up
}

fn is_old(at: Timestamp, now: Timestamp) -> bool {
    crate::recovery::objective::seconds_between(at, now) >= REPEAT_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Each has its turn in as many rounds as there are at most, and no round costs more than there is room for but by
        /// a single one.
        #[test]
        fn each_has_its_turn_and_no_round_is_dear(costs in prop::collection::vec(0usize..8, 1..60), room in 2usize..40) {
            let mut seen = vec![false; costs.len()];
            let mut turn = 0;
            for _ in 0..costs.len() {
                let taken = taken(&costs, turn, room);
                let spent: usize = (0..taken).map(|at| costs[(turn + at) % costs.len()]).sum();
                prop_assert!(taken == 1 || spent <= room);
                prop_assert!(taken >= 1 && taken <= costs.len());
                (0..taken).for_each(|at| seen[(turn + at) % costs.len()] = true);
                turn += taken;
            }
            prop_assert!(seen.iter().all(|seen| *seen));
        }
    }
}
