//! The change of the record, from what is captured to what is wanted, verified by INSYNC of the very change. The
//! same work takes it back.

use super::TTL_BEFORE;
use super::records::{Name, Wanted, answer_of, longest_ttl};
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::{Observation, RecordSet};
use crate::service::operation::{Act, Operation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use jiff::Timestamp;
use serde_json::Value;

/// Route 53 is generally in sync within this time, in seconds.
const INSYNC_SECONDS: i64 = 60;

/// What is wanted stands at the name, and Route 53 is in sync about it.
pub(super) struct Change {
    pub place: Place,
    pub name: Name,
    pub wanted: Wanted,
}

impl Change {
    fn answer_query(&self) -> Query {
        let Name { zone, record, record_type } = self.name.clone();
        Query::DnsAnswer { zone, name: record, record_type }
    }

    /// The record stands as wanted and was so before anything was asked, or Route 53 is in sync about it.
    fn holds(&self, facts: &Facts<'_>, records: &[RecordSet], how: &str) -> Verdict {
        let before: Option<Vec<RecordSet>> =
            facts.before.get("records").and_then(|before| serde_json::from_value(before.clone()).ok());
        let ttl_before = longest_ttl(before.as_deref().unwrap_or(records));
        Verdict::holds(
            format!("{how}: {}", answer_of(records)),
            outputs([("record", &self.name.record), (TTL_BEFORE, &ttl_before.to_string())]),
        )
    }

    /// The change's id is lost: what Route 53 answers tells, where it can be compared; else its usual time.
    fn without_receipt(&self, facts: &Facts<'_>, records: &[RecordSet], at: Timestamp) -> Verdict {
        if is_answered(facts, &self.place, &self.answer_query(), &self.wanted) == Some(true) {
            return self.holds(facts, records, "answered");
        }
        let passed = facts.now.duration_since(at).as_secs();
        if passed >= INSYNC_SECONDS {
            return self.holds(facts, records, "stands for a minute");
        }
        Verdict::moving(format!("changed, {} s until it must be in sync", INSYNC_SECONDS - passed))
    }
}

impl Work for Change {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let Name { zone, record, record_type } = self.name.clone();
        let records = self.place.ask(Query::RecordSets { zone, name: record, record_type });
        let change = asked.receipt().and_then(|receipt| receipt.id.clone());
        match (asked, change) {
            (Asked::No, _) => vec![records],
            (Asked::Unanswered { .. } | Asked::Taken { .. }, Some(id)) => {
                vec![records, self.place.ask(Query::DnsChange { id })]
            }
            (Asked::Unanswered { .. } | Asked::Taken { .. }, None) => {
                vec![records, self.place.ask(self.answer_query())]
            }
        }
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let records = match self.name.look(facts, &self.place) {
            Look::There(records) => records,
            Look::Absent => return Verdict::unknown("no answer"),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let is_met = self.wanted.is_met(&self.name, records);
        let answers = format!("answers {}", answer_of(records));
        match facts.asked {
            Asked::No if is_met => self.holds(facts, records, "stands already"),
            Asked::No => Verdict::untouched(answers),
            Asked::Unanswered { at } if is_met => self.without_receipt(facts, records, *at),
            Asked::Unanswered { .. } => Verdict::untouched(answers),
            // Changed back by somebody else, or not shown yet: a retry sends it again.
            Asked::Taken { .. } if !is_met => Verdict::untouched(answers),
            Asked::Taken { at, receipt } => match &receipt.id {
                None => self.without_receipt(facts, records, *at),
                Some(id) => match facts.dns_change(&self.place, id) {
                    Look::There(status) if status.as_str() == "INSYNC" => self.holds(facts, records, "INSYNC"),
                    Look::There(status) => Verdict::moving(status.as_str()),
                    Look::Absent => Verdict::moving(format!("change {id} not seen yet")),
                    Look::NotTold(why) => Verdict::unknown(why),
                },
            },
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("route53-record", self.routing_in_words());
        let records = match self.name.look(facts, &self.place) {
            Look::There(records) => records,
            Look::Absent => return vec![Check::not_told(code, "no answer", wanted)],
            Look::NotTold(why) => return vec![Check::not_told(code, why, wanted)],
        };
        let found = answer_of(records);
        match &self.wanted {
            Wanted::Values { .. } | Wanted::Alias(_) => {
                let is_simple = records.iter().all(|record| record.set_identifier.is_none());
                let fix = "Route 53 keeps no simple record beside routed ones: give `weights` instead";
                vec![Check::that(code, is_simple, found, wanted, fix)]
            }
            Wanted::Weights(weights) => {
                let standing = self.wanted.concerns(records);
                let has_all = standing.len() == weights.len() && standing.iter().all(|set| set.weight.is_some());
                let fix = "name the sets by their SetIdentifier, or create those that are missing beforehand";
                let any_weight = self.wanted.upsert(&self.name, records);
                let others = records.iter().filter(|record| !standing.contains(record));
                let answers = any_weight.iter().chain(others).any(|set| set.weight.is_some_and(|weight| weight > 0));
                vec![
                    Check::that(code, has_all, &found, wanted, fix),
                    Check::that(
                        "route53-weights",
                        answers,
                        found,
                        "a weight above 0",
                        "with every weight 0 Route 53 answers all equally: give the recovery side one above 0",
                    ),
                ]
            }
            Wanted::Before(_) | Wanted::Nothing => Vec::new(),
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let Look::There(records) = self.name.look(facts, &self.place) else { return None };
        // A deletion must name the set exactly as it stands.
        let delete = match &self.wanted {
            Wanted::Nothing => self.wanted.concerns(records).into_iter().cloned().collect(),
            Wanted::Values { .. } | Wanted::Alias(_) | Wanted::Weights(_) | Wanted::Before(_) => Vec::new(),
        };
        let upsert = self.wanted.upsert(&self.name, records);
        let operation = Operation::ChangeRecords { zone: self.name.zone.clone(), upsert, delete };
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.name.look(facts, &self.place) {
            Look::There(records) => serde_json::json!({ "records": self.wanted.concerns(records) }),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}

impl Change {
    fn routing_in_words(&self) -> &'static str {
        match self.wanted {
            Wanted::Values { .. } | Wanted::Alias(_) => "a simple record, or none",
            Wanted::Weights(_) => "every weighted set of the plan",
            Wanted::Before(_) | Wanted::Nothing => "the record as it stands",
        }
    }
}

/// Whether Route 53 answers what is wanted; `None` when it does not say, or its answer cannot be compared: an
/// alias answers with addresses, weighted sets by turns.
fn is_answered(facts: &Facts<'_>, place: &Place, query: &Query, wanted: &Wanted) -> Option<bool> {
    let Ok(Observation::DnsAnswer { code, records }) = facts.answer(place, query) else { return None };
    let Wanted::Values { values, .. } = wanted else { return None };
    let is_wanted = values.iter().all(|value| records.iter().any(|record| is_same_value(record, value)));
    Some(code.as_str() == "NOERROR" && records.len() == values.len() && is_wanted)
}

/// Route 53 may add a final dot or quotes to what was given.
pub(super) fn is_same_value(one: &str, other: &str) -> bool {
    let bare = |value: &str| value.trim_matches('"').trim_end_matches('.').to_ascii_lowercase();
    bare(one) == bare(other)
}
