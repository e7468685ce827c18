//! The wait until clients have moved: the old answer's time to live is over, and Route 53 answers the new one.

use super::change::is_same_value;
use super::records::{Name, Wanted};
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::Observation;
use crate::service::work::{Asked, Facts, Outputs, Verdict, Work};
use crate::text::Clean;

/// Verifies that nobody keeps the old answer.
pub(super) struct Clients {
    pub place: Place,
    pub name: Name,
    pub wanted: Wanted,
    /// The time to live of the old answer, in seconds.
    pub ttl_before: u64,
}

impl Clients {
    fn query(&self) -> Query {
        let Name { zone, record, record_type } = self.name.clone();
        Query::DnsAnswer { zone, name: record, record_type }
    }

    /// Whether the answer is the wanted one. An alias answers with addresses and weighted sets by turns: any
    /// answer will do for them.
    fn is_wanted(&self, records: &[Clean]) -> bool {
        match &self.wanted {
            Wanted::Values { values, .. } => {
                records.len() == values.len()
                    && values.iter().all(|value| records.iter().any(|record| is_same_value(record, value)))
            }
            Wanted::Alias(_) | Wanted::Weights(_) | Wanted::Before(_) | Wanted::Nothing => !records.is_empty(),
        }
    }
}

impl Work for Clients {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.place.ask(self.query())]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (code, records) = match facts.answer(&self.place, &self.query()) {
            Ok(Observation::DnsAnswer { code, records }) => (code, records),
            Ok(_) => return Verdict::unknown("the answer was of another kind than the question"),
            Err(why) => return Verdict::unknown(why),
        };
        let answer = records.iter().map(Clean::as_str).collect::<Vec<_>>().join(" ");
        if code.as_str() != "NOERROR" {
            return Verdict::moving(format!("Route 53 answers {code}"));
        }
        if !self.is_wanted(records) {
            return Verdict::moving(format!("Route 53 still answers {answer}"));
        }
        let passed = facts.now.duration_since(facts.started_at).as_secs();
        let left = i64::try_from(self.ttl_before).unwrap_or(i64::MAX).saturating_sub(passed);
        if left > 0 {
            return Verdict::moving(format!("answers {answer}; old answers run out in {left} s"));
        }
        Verdict::holds(format!("answers {answer}, the old ttl of {} s is over", self.ttl_before), Outputs::new())
    }
}
