//! What a run restored goes again, with a last snapshot of it; what it did not make, never.

use crate::service::ask::{Ask, Place};
use crate::service::observation::{DbInstance, DbSnapshot};
use crate::service::operation::{self, Act};
use crate::service::rds::backups::snapshot;
use crate::service::rds::status::may_be_changed;
use crate::service::rds::words::{Operation, instance};
use crate::service::work::{Asked, Facts, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;

/// Deletes what the run restored.
pub(super) struct Remove {
    pub place: Place,
    pub id: Clean,
    pub run: Clean,
    /// What its last snapshot is called.
    pub last: Clean,
}

const BY_HAND: &str = "delete it without one, once you have seen that nothing in it is worth keeping";
const ASK: &str = "see whose it is: Landfall deletes nothing that this run did not make";

impl Remove {
    fn want(&self) -> Want<DbInstance> {
        instance(&self.place, &self.id)
    }

    fn last(&self) -> Want<DbSnapshot> {
        snapshot(&self.place, &self.last)
    }

    fn gone(&self, facts: &Facts<'_>) -> Verdict {
        match (facts.see(&self.last()), facts.asked) {
            (Look::NotTold(why), _) => Verdict::unknown(why),
            (Look::There(last), _) if last.status.as_str() == "available" => {
                Verdict::holds(format!("{} is gone; what it held last is in {}", self.id, last.id), Outputs::new())
            }
            (Look::There(last), _) => Verdict::moving(format!("its last snapshot is {}", last.status)),
            (Look::Absent, Asked::No) => {
                Verdict::holds(format!("{} is not there any more; nothing was deleted", self.id), Outputs::new())
            }
            (Look::Absent, Asked::Unanswered { .. } | Asked::Taken { .. }) => Verdict::bad(
                format!("{} is gone, and there is no snapshot {}", self.id, self.last),
                "look for what is kept of it: its automated backups are retained where RDS was told so",
            ),
        }
    }
}

impl Work for Remove {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.want().ask, self.last().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let found = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return self.gone(facts),
            Look::There(found) => found,
        };
        if found.restored_by.as_ref() != Some(&self.run) {
            return Verdict::bad(format!("{} is not what this run restored", found.id), ASK);
        }
        match (found.status.as_str(), facts.asked) {
            (status @ ("failed" | "incompatible-restore" | "incompatible-network"), _) => {
                Verdict::bad(format!("{} is {status}: RDS makes no last snapshot of it", found.id), BY_HAND)
            }
            (status, Asked::No | Asked::Unanswered { .. }) if may_be_changed(status) => Verdict::untouched(status),
            // While it is made, or deleted, RDS deletes it not.
            (status, _) => Verdict::moving(status),
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let Look::There(found) = facts.see(&self.want()) else { return None };
        let is_own = found.restored_by.as_ref() == Some(&self.run) && may_be_changed(&found.status);
        let operation = Operation::DeleteDbInstance { id: self.id.clone(), last: self.last.clone() };
        is_own.then(|| Act { place: self.place.clone(), operation: operation::Operation::Rds(operation) })
    }
}
