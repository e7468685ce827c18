//! Which regions answer no call, and since when: for the header, beside numbers that would look current. Pure.

use crate::plan::Region;
use crate::recovery::{Event, What};
use imbl::{OrdMap, OrdSet};
use jiff::Timestamp;

/// How many calls in a row must go without an answer before it is said: one lost call is no lost region.
const CALLS_IN_A_ROW: u32 = 3;

/// The regions whose newest calls got no answer.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    regions: OrdMap<Region, Silence>,
    /// The regions whose newest call got an answer.
    answering: OrdSet<Region>,
    /// The regions that were silent at some time.
    once: OrdSet<Region>,
}

#[derive(Clone, Copy, Debug)]
struct Silence {
    since: Timestamp,
    calls: u32,
}

impl Silences {
    /// Takes in an event. Any answer, even one that refuses, ends a region's silence.
    pub fn take(&mut self, event: &Event) {
        let What::Call { call, .. } = &event.what else { return };
        if call.request_id.is_some() {
            self.regions.remove(&call.region);
            self.answering.insert(call.region.clone());
        }
        // What asked no region, such as a command run here, says nothing of one.
        if !call.is_unanswered() {
            return;
        }
        let silence = self.regions.entry(call.region.clone()).or_insert(Silence { since: event.at, calls: 0 });
        silence.calls = silence.calls.saturating_add(1);
        if silence.calls >= CALLS_IN_A_ROW {
            self.once.insert(call.region.clone());
        }
        self.answering.remove(&call.region);
    }

    /// Since when `region` is silent, if it is.
    pub fn since(&self, region: &Region) -> Option<Timestamp> {
        self.iter().find(|(silent, _)| *silent == region).map(|(_, since)| since)
    }

    /// Whether the newest call to `region` got an answer, be it one that refuses.
    pub fn is_answering(&self, region: &Region) -> bool {
        self.answering.contains(region)
    }

    /// Whether `region` was silent and answers again.
    pub fn answers_again(&self, region: &Region) -> bool {
        self.once.contains(region) && self.is_answering(region)
    }

    /// The silent regions, each with the time of the first call that got no answer.
    pub fn iter(&self) -> impl Iterator<Item = (&Region, Timestamp)> {
        let silent = self.regions.iter().filter(|(_, silence)| silence.calls >= CALLS_IN_A_ROW);
        silent.map(|(region, silence)| (region, silence.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::CallMade;

    fn call(second: i64, operation: &str, error: Option<&str>, request_id: Option<&str>) -> Event {
        let call = CallMade {
            operation: operation.into(),
            region: "us-east-1".into(),
            attempt: 1,
            latency_ms: 5000,
            request_id: request_id.map(Into::into),
            error: error.map(Into::into),
            mutation: false,
        };
        let at = Timestamp::from_second(second).expect("a time");
        Event { seq: 0, at, offset_ms: 0, epoch: 1, by: "landfall".into(), what: What::Call { step: None, call } }
    }

    fn silent_since(calls: &[Event]) -> Option<i64> {
        let mut silences = Silences::default();
        calls.iter().for_each(|call| silences.take(call));
        silences.iter().next().map(|(_, since)| since.as_second())
    }

    fn lost(second: i64) -> Event {
        call(second, "rds.DescribeDBInstances", Some("no answer"), None)
    }

    #[test]
    fn a_region_is_silent_after_some_calls_without_an_answer_and_since_the_first() {
        assert_eq!(silent_since(&[lost(10), lost(20)]), None);
        assert_eq!(silent_since(&[lost(10), lost(20), lost(30)]), Some(10));
    }

    #[test]
    fn an_answer_that_refuses_is_an_answer() {
        let throttled = call(40, "rds.DescribeDBInstances", Some("Throttling"), Some("7d1c"));
        assert_eq!(silent_since(&[lost(10), lost(20), lost(30), throttled]), None);
    }

    #[test]
    fn a_command_that_fails_here_says_nothing_of_a_region() {
        let command = || call(40, "command.run", Some("exit 1"), None);
        assert_eq!(silent_since(&[command(), command(), command()]), None);
        assert_eq!(silent_since(&[lost(10), lost(20), lost(30), command()]), Some(10));
    }
}
