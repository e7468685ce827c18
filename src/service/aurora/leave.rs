//! The secondary of a global database leaves it, stands alone and takes writes. It cannot come back as it is.

use super::checks::{self, How};
use super::image::MoveImage;
use super::pair::Pair;
use crate::plan::Side;
use crate::service::ask::Ask;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::rds::status::trouble;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use serde_json::Value;

/// A secondary leaves.
pub(super) struct Leave {
    pub pair: Pair,
}

impl Work for Leave {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.global().ask, self.pair.cluster(Side::Recovery).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let pair = &self.pair;
        let cluster = match facts.see(&pair.cluster(Side::Recovery)) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let reason = format!("there is no cluster {} in {}", pair.recovery, pair.new.region);
                return Verdict::bad(reason, "name the cluster as it is called in that region");
            }
            Look::There(cluster) => cluster,
        };
        let (id, status) = (&cluster.id, &cluster.status);
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        let member = match facts.see(&pair.global()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            // A global database that nobody is left in may be gone.
            Look::Absent => None,
            Look::There(global) => pair.member(Side::Recovery, global),
        };
        let writes = cluster.writer().is_some_and(|writer| writer.is_available());
        match member {
            Some(member) if member.writer => Verdict::bad(
                format!("{id} is the primary of {}", pair.global),
                "it writes already: name the secondary, or leave out `detach`",
            ),
            Some(_) if status.as_str() == "available" => {
                Verdict::untouched(format!("available, a member of {}", pair.global))
            }
            Some(_) => Verdict::moving(format!("{status}, a member of {}", pair.global)),
            None if *facts.asked == Asked::No => Verdict::bad(
                format!("{id} stands alone, and this run has not taken it out of {}", pair.global),
                "what is a member of nothing replicates from nothing: see which cluster is meant",
            ),
            None if MoveImage::read(facts.before).is_some_and(|before| before.is_another(cluster)) => Verdict::bad(
                format!("another cluster is called {id} than the one that was asked for"),
                "see who made it, and what became of the secondary",
            ),
            None if status.as_str() == "available" && writes => match pair.given(cluster, None) {
                Ok(outputs) => Verdict::holds(format!("{id} is available, stands alone and writes"), outputs),
                Err(missing) => Verdict::moving(missing),
            },
            None => Verdict::moving(format!("{status}, stands alone")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        checks::all(&self.pair, How::Leave, facts)
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let (global, cluster) = (self.pair.global.clone(), self.pair.target(facts));
        let operation = Operation::Rds(RdsOperation::LeaveGlobalCluster { global, cluster });
        Some(Act { place: self.pair.new.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        MoveImage::of(&self.pair, facts)
    }
}
