//! The secondary of a global datastore leaves it, stands alone and takes writes. It cannot come back as it is.

use super::checks;
use super::pair::{Pair, given};
use super::words::{self, Operation};
use crate::plan::Weight;
use crate::service::ask::Ask;
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use serde_json::Value;

/// A secondary leaves.
pub(super) struct Leave {
    pub pair: Pair,
}

impl Work for Leave {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        let mut asks = vec![words::group(new, recovery).ask];
        // Once it has left, its region may see no datastore any more.
        if *asked == Asked::No {
            asks.push(words::datastore(new, datastore).ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let group = match pair.look_group(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no group {} in {}", pair.recovery, pair.new.region);
                return Verdict::bad(reason, "name the group as it is called in that region");
            }
            Look::There(group) => group,
        };
        let (id, status) = (&group.id, &group.status);
        if let Some(help) = checks::trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        match &group.datastore {
            Some(other) if !other.eq_ignore_ascii_case(&pair.datastore) => {
                Verdict::bad(format!("{id} is a member of {other}"), "name that datastore in `global`")
            }
            Some(datastore) if status.as_str() == "available" => {
                Verdict::untouched(format!("available, a member of {datastore}"))
            }
            Some(_) => Verdict::moving(status.as_str()),
            None if *facts.asked == Asked::No => Verdict::bad(
                format!("{id} stands alone, and this run has not taken it out of {}", pair.datastore),
                "what is a member of nothing replicates from nothing: see which group is meant",
            ),
            None if status.as_str() == "available" => match given(group) {
                Ok(outputs) => Verdict::holds(format!("{id} is available and stands alone"), outputs),
                Err(missing) => Verdict::moving(missing),
            },
            None => Verdict::moving(format!("{status}, stands alone")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        // A datastore that is stuck is what a group leaves it for: ElastiCache may refuse it, and says so.
        let weighed = |check: Check| match check.code.as_str() {
            checks::STATUS => Check { weight: Weight::Weakens, ..check },
            _ => check,
        };
        checks::all(&self.pair, facts).into_iter().map(weighed).collect()
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        let operation = Operation::LeaveDatastore {
            datastore: datastore.clone(),
            region: new.region.clone(),
            group: recovery.clone(),
        };
        Some(Act { place: new.clone(), operation: operation::Operation::ElastiCache(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.pair.before_image(facts)
    }
}
