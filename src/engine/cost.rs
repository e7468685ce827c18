//! What questions cost, in calls of the account whose they are: it is others' too.

use crate::recovery::objective::seconds_between;
use crate::service::{Ask, Batch};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How many questions that no longer fit are tried before there is no more room.
const MISFITS: usize = 40;
/// How many components have so many calls a minute; of more there are as many more.
const COMPONENTS: usize = 100;
/// How many calls a minute they have, before a start and where somebody only looks: thirty with what is not foreseen, a page
/// more, a call that is sent again.
const A_MINUTE: f64 = 26.0;
/// How many seconds' worth of calls is kept by who does not use it.
const KEPT_SECONDS: f64 = 60.0;

/// How many calls answer `asks`.
pub(super) fn calls(asks: &BTreeSet<Ask>) -> usize {
    each(asks) + for_many(asks.iter())
}

/// How many calls it takes for those of `asks` that are a call each.
pub(super) fn each<'a>(asks: impl IntoIterator<Item = &'a Ask>) -> usize {
    let own = asks.into_iter().filter(|ask| ask.query.is_a_call_each() && !ask.query.is_asked_from_here());
    own.map(|ask| ask.query.calls()).sum()
}

/// How many calls answer what is asked for many at once.
pub(super) fn for_many<'a>(asks: impl Iterator<Item = &'a Ask>) -> usize {
    let mut batches: BTreeMap<_, BTreeSet<&Ask>> = BTreeMap::new();
    for ask in asks.filter(|ask| !ask.query.is_a_call_each() && !ask.query.is_asked_from_here()) {
        let Batch { of, most } = ask.query.batch();
        batches.entry((&ask.place, ask.query.api_name(), of, most)).or_default().insert(ask);
    }
    batches.iter().map(|((.., most), asks)| asks.len().div_ceil(*most)).sum()
}

/// Adds to `taken` what of `due`, the first before the others, costs no more than `most` calls together with it.
pub(super) fn within(taken: &mut BTreeSet<Ask>, due: impl IntoIterator<Item = Ask>, most: usize) {
    if most == usize::MAX {
        return taken.extend(due);
    }
    let mut misfits = 0;
    for ask in due {
        if !taken.insert(ask.clone()) || calls(taken) <= most {
            continue;
        }
        taken.remove(&ask);
        misfits += 1;
        if misfits > MISFITS {
            return;
        }
    }
}

/// How many calls a plan of so many components has in so many seconds.
pub(super) fn affordable(seconds: f64, components: usize) -> usize {
    (a_second(components) * seconds) as usize
}

fn a_second(components: usize) -> f64 {
    let many = as_f64(components.max(COMPONENTS)) / as_f64(COMPONENTS);
    A_MINUTE * many / 60.0
}

/// What may be asked in a minute while nothing is done: of it the curves have one part, and what a start rests on the other,
/// with what the curves leave. Copies are the same.
#[derive(Clone)]
pub(super) struct Allowance {
    curves_a_second: f64,
    rest_a_second: f64,
    left: Arc<Mutex<Left>>,
}

/// How many calls are left.
#[derive(Default)]
struct Left {
    at: Option<Timestamp>,
    curves: f64,
    rest: f64,
}

impl Allowance {
    /// For a plan of so many components; `curves` is the share of the curves, between 0 and 1.
    pub fn of(components: usize, curves: f64) -> Self {
        let a_second = a_second(components);
        // Who has just come is told soon what was mended.
        let left = Left { rest: a_second * KEPT_SECONDS, ..Left::default() };
        let (curves_a_second, rest_a_second) = (a_second * curves, a_second * (1.0 - curves));
        Self { curves_a_second, rest_a_second, left: Arc::new(Mutex::new(left)) }
    }

    /// The curves cost so many calls.
    pub fn looked(&self, calls: usize, now: Timestamp) {
        self.by(now, |left| left.curves -= as_f64(calls));
    }

    /// How many seconds the curves wait until they have paid for what they cost.
    pub fn rests(&self, now: Timestamp) -> f64 {
        self.by(now, |left| (-left.curves / self.curves_a_second).max(0.0))
    }

    /// All else cost so many calls.
    pub fn asked(&self, calls: usize, now: Timestamp) {
        self.by(now, |left| left.rest -= as_f64(calls));
    }

    /// How many calls all else may cost now.
    pub fn room(&self, now: Timestamp) -> usize {
        self.by(now, |left| left.rest.max(0.0) as usize)
    }

    fn by<T>(&self, now: Timestamp, then: impl FnOnce(&mut Left) -> T) -> T {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = left.at.map_or(0.0, |at| seconds_between(at, now).max(0.0));
        left.at = Some(now);
        left.curves += passed * self.curves_a_second;
        let over = (left.curves - KEPT_SECONDS * self.curves_a_second).max(0.0);
        left.curves -= over;
        let most = KEPT_SECONDS * (self.curves_a_second + self.rest_a_second);
        left.rest = (left.rest + passed * self.rest_a_second + over).min(most);
        then(&mut left)
    }
}

fn as_f64(calls: usize) -> f64 {
    u32::try_from(calls).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{EcsQuery, Place, Query, RdsQuery};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn the_curves_pay_for_what_they_cost_and_leave_what_they_do_not_use() {
        let allowance = Allowance::of(3, 0.5);
        allowance.looked(13, at(0));
        assert_eq!(allowance.rests(at(0)), 60.0, "13 of 26 calls a minute");
        assert_eq!(allowance.room(at(0)), 26, "who has just come has a minute's");
        allowance.asked(26, at(0));
        assert_eq!(allowance.room(at(60)), 13);
        assert_eq!(allowance.rests(at(60)), 0.0);
        allowance.asked(13, at(60));
        // From then on they save up for a minute, and what is over goes to all else.
        assert_eq!(allowance.room(at(120)), 13);
        assert_eq!(allowance.room(at(180)), 26);
        assert_eq!(allowance.room(at(900)), 26, "nobody saves up for more than a minute");
        let large = Allowance::of(300, 0.5);
        large.looked(39, at(0));
        assert_eq!(large.rests(at(0)), 60.0, "three times as many components");
    }

    #[test]
    fn no_more_is_taken_than_there_is_room_for_and_what_goes_into_one_call_goes_along() {
        let place = Place { region: "us-west-2".into(), account: None };
        let of = |query: RdsQuery| Ask { place: place.clone(), query: Query::Rds(query) };
        let groups = || (0..20).map(|nth| of(RdsQuery::Parameters { group: format!("g{nth}").as_str().into() }));
        let instances = || (0..20).map(|nth| of(RdsQuery::DbInstance { id: format!("i{nth}").as_str().into() }));
        let mut taken = BTreeSet::new();
        within(&mut taken, groups().chain(instances()), 5);
        assert_eq!(calls(&taken), 5);
        within(&mut taken, instances(), 6);
        assert_eq!((calls(&taken), taken.len()), (6, 25), "one call for all");
        within(&mut taken, groups(), usize::MAX);
        assert_eq!(taken.len(), 40);
    }

    #[test]
    fn services_go_by_ten_of_a_cluster() {
        let place = Place { region: "us-west-2".into(), account: None };
        let of = |cluster: &str, count: usize| -> Vec<Ask> {
            let ask = |at: usize| {
                let query = EcsQuery::EcsService { cluster: cluster.into(), service: format!("s{at}").as_str().into() };
                Ask { place: place.clone(), query: query.into() }
            };
            (0..count).map(ask).collect()
        };
        assert_eq!(for_many(of("shop", 10).iter()), 1);
        assert_eq!(for_many(of("shop", 11).iter()), 2);
        assert_eq!(for_many([of("shop", 1), of("back", 1), of("shop", 1)].concat().iter()), 2);
    }
}
