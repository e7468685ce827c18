//! The newest answer to each question, whoever asked it: who can do with one that is not of this moment asks nobody again.

use crate::recovery::objective::seconds_between;
use crate::service::{Ask, Seen};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How many seconds an answer is kept: nobody takes an older one.
const KEPT_SECONDS: f64 = 600.0;
/// How many seconds pass at least between two lookings for what is too old.
const TIDY_SECONDS: f64 = 60.0;

/// What was answered lately. Copies are the same.
#[derive(Clone, Default)]
pub(super) struct Newest(Arc<Mutex<Answers>>);

#[derive(Default)]
struct Answers {
    seen: HashMap<Ask, Seen>,
    tidied: Option<Timestamp>,
}

impl Newest {
    /// Takes in what was answered, and what was not, by `now`.
    pub fn put(&self, seen: &[Seen], now: Timestamp) {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.seen.extend(seen.iter().map(|seen| (seen.ask.clone(), seen.clone())));
        // A question that has a time in it is another one each time: nobody asks for the ones before.
        if answers.tidied.is_none_or(|at| seconds_between(at, now) >= TIDY_SECONDS) {
            answers.tidied = Some(now);
            answers.seen.retain(|_, seen| seconds_between(seen.at, now) <= KEPT_SECONDS);
        }
    }

    /// What was answered to `ask`, where that is no more than so many seconds ago.
    pub fn to(&self, ask: &Ask, seconds: f64, now: Timestamp) -> Option<Seen> {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        answers.seen.get(ask).filter(|seen| seconds_between(seen.at, now) <= seconds).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::{Place, Query, RdsObservation, RdsQuery};

    #[test]
    fn an_answer_is_had_again_while_it_is_young_and_is_let_go_of_in_the_end() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let of = |id: &str, second: i64| Seen {
            ask: Ask {
                place: Place { region: "us-west-2".into(), account: None },
                query: Query::Rds(RdsQuery::DbInstance { id: id.into() }),
            },
            at: at(second),
            answer: Ok(RdsObservation::DbInstance { instance: None }.into()),
        };
        let newest = Newest::default();
        let one = of("orders", 0);
        newest.put(std::slice::from_ref(&one), at(0));
        assert_eq!(newest.to(&one.ask, 30.0, at(30)), Some(one.clone()));
        assert_eq!(newest.to(&one.ask, 30.0, at(31)), None);
        assert_eq!(newest.to(&of("users", 0).ask, 30.0, at(0)), None);
        newest.put(&[of("orders", 40)], at(40));
        assert_eq!(newest.to(&one.ask, 30.0, at(41)), Some(of("orders", 40)));
        newest.put(&[of("users", 700)], at(700));
        assert_eq!(newest.0.lock().expect("nobody panicked").seen.len(), 1);
    }
}
