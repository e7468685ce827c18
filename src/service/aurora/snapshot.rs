//! The snapshot that Aurora takes of the old primary's volume before it rebuilds that: it alone has what was written there
//! and not replicated, and it goes with the old cluster's retention. A copy stays until somebody deletes it.

use super::pair::Pair;
use crate::service::ask::Ask;
use crate::service::observation::ClusterSnapshot;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::rds::words;
use crate::service::say::outputs;
use crate::service::work::{Asked, Facts, Look, Verdict, Work};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Value, json};

/// What Aurora calls it: this, the cluster, and when (Amazon Aurora User Guide, "Performing managed failovers").
const NAMED: &str = "rds:unplanned-global-failover-";

/// In the before-image: what the copy is called.
const COPY: &str = "copy";

/// Copies it.
pub(super) struct Keep {
    pub pair: Pair,
    /// What the copy is called.
    pub copy: String,
    /// Not before this was the one taken that is meant.
    pub since: Timestamp,
}

impl Keep {
    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, Vec<ClusterSnapshot>> {
        facts.see(&words::snapshots(&self.pair.old, &self.pair.primary))
    }

    /// The newest that this run's failover left.
    fn source<'a>(&self, snapshots: &'a [ClusterSnapshot]) -> Option<&'a ClusterSnapshot> {
        let named = format!("{NAMED}{}-", self.pair.primary).to_ascii_lowercase();
        let is_it = |snapshot: &&ClusterSnapshot| {
            snapshot.id.to_ascii_lowercase().starts_with(&named)
                && snapshot.created_at.is_none_or(|created| created >= self.since)
        };
        snapshots.iter().filter(is_it).max_by_key(|snapshot| snapshot.created_at)
    }
}

impl Work for Keep {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::snapshots(&self.pair.old, &self.pair.primary).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let snapshots = match self.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::unknown("the answer says nothing of snapshots"),
            Look::There(snapshots) => snapshots,
        };
        let copied = snapshots.iter().find(|snapshot| snapshot.id.eq_ignore_ascii_case(&self.copy));
        match (copied, self.source(snapshots)) {
            (Some(copy), _) => match copy.status.as_str() {
                "available" => Verdict::holds(format!("{} is available", copy.id), outputs([])),
                "failed" => Verdict::bad(
                    format!("{} is failed", copy.id),
                    "delete it, and copy the snapshot by hand before its cluster's retention takes it",
                ),
                status => Verdict::moving(format!("{} is {status}", copy.id)),
            },
            (None, Some(source)) if source.status.as_str() == "available" => {
                Verdict::untouched(format!("{} is there, and not copied", source.id))
            }
            (None, Some(source)) => Verdict::moving(format!("{} is {}", source.id, source.status)),
            (None, None) => Verdict::moving(format!("no snapshot of the old volume of {} yet", self.pair.primary)),
        }
    }

    /// Nothing before Aurora has taken its own.
    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let source = self.source(self.look(facts).found()?)?;
        if source.status.as_str() != "available" {
            return None;
        }
        let operation = RdsOperation::CopyClusterSnapshot { from: source.id.clone(), to: Clean::new(&self.copy) };
        Some(Act { place: self.pair.old.clone(), operation: Operation::Rds(operation) })
    }

    /// Nothing of it was there before: what the copy is called is told, for the way back.
    fn before_image(&self, _facts: &Facts<'_>) -> Value {
        json!({ COPY: self.copy })
    }
}

/// What the journal says that a copy was called, by its before-image.
pub(super) fn copy_of(before: &Value) -> Option<&str> {
    before.get(COPY)?.as_str()
}

/// A copy is kept whoever serves: it may hold what nothing else has.
pub(super) struct Kept;

impl Work for Kept {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }

    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::holds("the copy is kept", outputs([]))
    }
}
