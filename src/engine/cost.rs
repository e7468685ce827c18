//! What questions cost, in calls of the account whose they are: it is others' too.

use crate::service::{Ask, Batch};
use std::collections::{BTreeMap, BTreeSet};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{EcsQuery, Place};

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
