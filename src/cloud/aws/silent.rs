//! Of several endpoints that would all answer the same, those that did not the last time: they are asked after the others.

use rand::seq::SliceRandom;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The endpoints that did not answer, by their addresses.
#[derive(Debug, Default)]
pub(super) struct Silent(Mutex<BTreeSet<String>>);

impl Silent {
    /// Whether the endpoint at `url` answered.
    pub(super) fn learn(&self, url: &str, answered: bool) {
        let mut silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            silent.remove(url);
        } else {
            silent.insert(url.to_owned());
        }
    }

    /// `endpoints` in random order, those that did not answer behind all others.
    pub(super) fn order<'e, T>(&self, endpoints: &'e [T], url: impl Fn(&T) -> &str) -> Vec<&'e T> {
        let mut order: Vec<&T> = endpoints.iter().collect();
        order.shuffle(&mut rand::rng());
        let silent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        order.sort_by_key(|endpoint| silent.contains(url(endpoint)));
        order
    }
}

#[cfg(test)]
mod tests {
    use super::Silent;
    use std::collections::BTreeSet;

    #[test]
    fn who_did_not_answer_is_asked_last_until_it_does_and_all_others_take_turns() {
        let silent = Silent::default();
        let endpoints = ["a", "b", "c"];
        let first =
            |silent: &Silent| -> BTreeSet<&str> { (0..200).map(|_| *silent.order(&endpoints, |url| url)[0]).collect() };
        assert_eq!(first(&silent), BTreeSet::from(endpoints));
        silent.learn("a", false);
        assert_eq!(first(&silent), BTreeSet::from(["b", "c"]));
        assert_eq!(silent.order(&endpoints, |url| url).len(), 3);
        silent.learn("a", true);
        assert_eq!(first(&silent), BTreeSet::from(endpoints));
    }
}
