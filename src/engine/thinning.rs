//! Which of the calls that are made only to look on are written down: the first of each sort, every change of what came of
//! it, and now and then that it is still so. A step's own calls are its evidence, and all are written. Pure.

use crate::plan::Region;
use crate::recovery::objective::seconds_between;
use crate::service::CallMade;
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::HashMap;

/// After how many seconds a call that comes to the same is written down again.
const AGAIN_SECONDS: f64 = 600.0;
/// How many unanswered calls of a region are written down in a row, whatever they asked: one is no silence.
const IN_A_ROW: u32 = 3;

/// What was written down last.
#[derive(Debug, Default)]
pub(super) struct Thinning {
    told: HashMap<(Clean, Region), (Option<Clean>, Timestamp)>,
    unanswered: HashMap<Region, u32>,
}

impl Thinning {
    /// Whether `call` says something that was not said lately.
    pub fn is_news(&mut self, call: &CallMade, now: Timestamp) -> bool {
        let key = (call.operation.clone(), call.region.clone());
        let told = self.told.get(&key);
        let same = told.is_some_and(|(error, at)| *error == call.error && seconds_between(*at, now) < AGAIN_SECONDS);
        let unanswered = self.unanswered.entry(call.region.clone()).or_default();
        let region_turns = if call.is_unanswered() {
            *unanswered = unanswered.saturating_add(1);
            *unanswered <= IN_A_ROW
        } else {
            call.request_id.is_some() && std::mem::take(unanswered) > 0
        };
        let news = call.mutation || call.attempt > 1 || region_turns || !same;
        if news {
            self.told.insert(key, (call.error.clone(), now));
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, error: Option<&str>, answered: bool) -> CallMade {
        CallMade {
            operation: operation.into(),
            region: "us-east-1".into(),
            attempt: 1,
            latency_ms: 80,
            request_id: answered.then(|| "r-1".into()),
            error: error.map(Into::into),
            mutation: false,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn what_comes_to_the_same_is_said_again_only_now_and_then() {
        let mut thinning = Thinning::default();
        let ok = call("rds.DescribeDBInstances", None, true);
        let said = (0..1200).step_by(30).filter(|second| thinning.is_news(&ok, at(*second))).count();
        assert_eq!(said, 2, "in twenty minutes");
        assert!(thinning.is_news(&call("ecs.DescribeServices", None, true), at(1200)), "another call");
        assert!(thinning.is_news(&call("rds.DescribeDBInstances", Some("Throttling"), true), at(1201)));
        assert!(thinning.is_news(&ok, at(1202)), "it answers again");
    }

    #[test]
    fn a_region_that_falls_silent_and_one_that_answers_again_are_said_at_once() {
        let mut thinning = Thinning::default();
        let lost = call("rds.DescribeDBInstances", Some("timeout"), false);
        let said: Vec<bool> = (0..6).map(|second| thinning.is_news(&lost, at(second))).collect();
        assert_eq!(said, [true, true, true, false, false, false], "three in a row, as who reads them counts");
        assert!(thinning.is_news(&call("ecs.DescribeServices", Some("AccessDenied"), true), at(7)));
        assert!(thinning.is_news(&lost, at(8)), "and silent again");
    }

    #[test]
    fn what_changes_something_is_always_said() {
        let mut thinning = Thinning::default();
        let sent = CallMade { mutation: true, ..call("rds.PromoteReadReplica", None, true) };
        assert!((0..5).all(|second| thinning.is_news(&sent, at(second))));
    }
}
