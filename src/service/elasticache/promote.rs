//! The secondary of a global datastore becomes its primary. `available` is the classic false green: for a while after the
//! call all is available still, in the old roles. Two who tell the role have to agree: the datastore of its member, and
//! the group of itself.

use super::checks;
use super::pair::{Pair, given};
use super::words::{self, Operation};
use crate::plan::{Intent, Weight};
use crate::service::ask::Ask;
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use serde_json::Value;

/// A secondary becomes the primary.
pub(super) struct Promote {
    pub pair: Pair,
    pub intent: Intent,
}

impl Work for Promote {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        vec![words::datastore(new, datastore).ask, words::group(new, recovery).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let datastore = match pair.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no datastore {} in {}", pair.datastore, pair.new.region);
                return Verdict::bad(reason, "name the datastore as it is called, with the prefix that AWS gave it");
            }
            Look::There(datastore) => datastore,
        };
        let group = match pair.look_group(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no group {} in {}", pair.recovery, pair.new.region);
                return Verdict::bad(reason, "name the group as it is called in that region");
            }
            Look::There(group) => group,
        };
        for (what, status) in [(&datastore.id, &datastore.status), (&group.id, &group.status)] {
            if let Some(help) = checks::trouble(status) {
                return Verdict::bad(format!("{what} is {status}"), help);
            }
        }
        let Some(member) = pair.member(datastore) else {
            let reason = format!("{} is no member of {}", pair.recovery, datastore.id);
            return Verdict::bad(reason, "name a group of the datastore, or see who took it out");
        };
        let at_rest = datastore.status.as_str() == "available" && group.status.as_str() == "available";
        match (member.is_primary(), group.is_writer()) {
            (false, false) if at_rest => Verdict::untouched(format!("available, {} is {}", group.id, member.role)),
            (true, true) if self.is_over(&datastore.status, &group.status) => match given(group) {
                Ok(outputs) => {
                    let evidence = format!(
                        "{} is {} and {}, {} is {}",
                        group.id, member.role, group.status, datastore.id, datastore.status
                    );
                    Verdict::holds(evidence, outputs)
                }
                Err(missing) => Verdict::moving(missing),
            },
            _ => Verdict::moving(format!(
                "{} {}, {} {} and {}",
                datastore.id, datastore.status, group.id, member.role, group.status
            )),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut all = checks::all(&self.pair, facts);
        if self.intent != Intent::Failover {
            let found = "a move without loss is none of ElastiCache's: what the new primary has not got yet is dropped";
            let fix = "keep the writers off until the lag is gone, or take it as the cache it is";
            let check = Check::that("elasticache-loss", false, found, "nothing lost in a switchover", fix);
            all.push(Check { weight: Weight::Loses, ..check });
        }
        all
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let Pair { new, datastore, recovery, .. } = &self.pair;
        let operation = Operation::FailOverDatastore {
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

impl Promote {
    /// Whether the group takes writes by these statuses. In a failover the other group may never answer, and the datastore
    /// is not waited for; where both regions are well, it is.
    fn is_over(&self, datastore: &str, group: &str) -> bool {
        group == "available" && (datastore == "available" || self.intent == Intent::Failover)
    }
}
