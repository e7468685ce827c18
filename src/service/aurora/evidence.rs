//! What the way there left on the old side is kept, on the way back: the copy of its volume says by its tags which run it is of,
//! a cluster that was left is seen; and what a program is given to compare the two sides by.

use super::pair::Pair;
use super::turned::has_left;
use crate::plan::{Component, Draft, Side, Undo, When};
use crate::service::ask::{Ask, Place};
use crate::service::compare::{self, Compare};
use crate::service::observation::{ClusterSnapshot, DbCluster};
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::rds::words;
use crate::service::turned::said;
use crate::service::work::{Asked, Facts, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;

/// In `from_run`: what the copy of the old volume's snapshot is called.
pub(super) const SNAPSHOT: &str = "snapshot";

/// What a verified one tells the later steps of its component.
mod given {
    /// The address of the cluster that writes.
    pub const WRITER: &str = "compare_new_endpoint";
    /// Of the one that was left.
    pub const KEPT: &str = "compare_old_endpoint";
}

/// The steps: what is kept, and the comparison where the plan gives a program and there is something to compare with.
pub(super) fn steps(component: &Component, program: Option<&Vec<String>>) -> Vec<Draft> {
    let name = &component.name;
    let kept = if has_left(component) {
        let title = format!("see that the old cluster of {name} is kept");
        Draft::look("kept", title, Side::Recovery, 10.0, 600.0)
    } else if snapshot_of(component).is_some() {
        let title = format!("say on the snapshot of the old {name} which run it is of");
        Draft::act("tag", title, Side::Recovery, Undo::Reversible, 10.0, 600.0)
    } else {
        return Vec::new();
    };
    [kept.at(When::Evidence)].into_iter().chain(compare::step(component, program)).collect()
}

/// What the copy is called that the way there made, where it made one.
pub(super) fn snapshot_of(component: &Component) -> Option<&str> {
    said(component, SNAPSHOT)?.as_str()
}

/// The program that compares: it is given what is kept of the old side, and the one that writes.
pub(super) fn comparing(
    component: &Component,
    pair: &Pair,
    run: Vec<String>,
    own: Option<&Outputs>,
    is_time: bool,
) -> Compare {
    let given = |name: &str| own.and_then(|own| own.get(name));
    let sides = [given(given::KEPT), given(given::WRITER)];
    let compare = Compare::new(component, pair.new.clone(), run, sides, is_time);
    match snapshot_of(component) {
        Some(snapshot) => {
            compare.told("LANDFALL_OLD_SNAPSHOT", snapshot).told("LANDFALL_OLD_REGION", pair.new.region.as_str())
        }
        None => compare,
    }
}

/// The copy of the old volume's snapshot says which run it is of, and when it failed over.
pub(super) struct Tag {
    pub pair: Pair,
    /// What the copy is called.
    pub snapshot: String,
    /// The run that made it.
    pub run: Clean,
    /// When the old side took its last write, as RFC 3339 has it, where that is known.
    pub at: Option<Clean>,
}

impl Tag {
    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, Vec<ClusterSnapshot>> {
        facts.see(&words::snapshots(&self.pair.new, &self.pair.recovery))
    }

    fn found<'a>(&self, facts: &Facts<'a>) -> Option<&'a ClusterSnapshot> {
        self.look(facts).found()?.iter().find(|one| one.id.eq_ignore_ascii_case(&self.snapshot))
    }
}

/// The cluster that writes while the two sides are compared.
fn writer(pair: &Pair) -> Want<DbCluster> {
    pair.cluster(Side::Primary)
}

fn endpoint_of(cluster: Option<&DbCluster>, name: &str) -> Outputs {
    let address = cluster.and_then(|cluster| cluster.endpoint.clone());
    address.map(|address| (name.to_owned(), address)).into_iter().collect()
}

impl Work for Tag {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::snapshots(&self.pair.new, &self.pair.recovery).ask, writer(&self.pair).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (id, region) = (&self.snapshot, &self.pair.new.region);
        match self.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::unknown("the answer says nothing of snapshots"),
            Look::There(_) => {}
        }
        let Some(kept) = self.found(facts) else {
            return Verdict::bad(
                format!("there is no snapshot {id} in {region} any more"),
                "what only the old cluster had is gone, or the snapshot is called otherwise by now: find out, then skip this \
                 with what you found",
            );
        };
        match (&kept.of_run, facts.asked) {
            (Some(run), _) if *run == self.run => Verdict::holds(
                format!("{id} is {}, and says that it is of run {run}", kept.status),
                endpoint_of(facts.see(&writer(&self.pair)).found(), given::WRITER),
            ),
            (_, Asked::Taken { .. }) => Verdict::moving(format!("{id} does not say yet which run it is of")),
            // One without an answer that leaves no trace did not happen.
            (of, Asked::No | Asked::Unanswered { .. }) => {
                let says = of.as_ref().map_or_else(
                    || "does not say of which run it is".to_owned(),
                    |run| format!("says that it is of run {run}"),
                );
                Verdict::untouched(format!("{id} {says}"))
            }
        }
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let arn = self.found(facts)?.arn.clone()?;
        let operation =
            Operation::Rds(RdsOperation::TagDbInstance { arn, run: self.run.clone(), fenced_at: self.at.clone() });
        Some(Act { place: self.pair.new.clone(), operation })
    }
}

/// A copy stays as it is, whoever serves: so does what is said on it.
pub(super) struct StaysTagged;

impl Work for StaysTagged {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        Vec::new()
    }

    fn goal(&self, _facts: &Facts<'_>) -> Verdict {
        Verdict::holds("the copy is kept, and says of which run it is", Outputs::new())
    }
}

/// The cluster that was left is there still.
pub(super) struct Kept {
    pub pair: Pair,
    /// Where it is.
    pub place: Place,
    /// What it is called.
    pub cluster: Clean,
}

impl Work for Kept {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::cluster(&self.place, &self.cluster).ask, writer(&self.pair).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (id, region) = (&self.cluster, &self.place.region);
        match facts.see(&words::cluster(&self.place, &self.cluster)) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::bad(
                format!("there is no cluster {id} in {region} any more"),
                "what it took since it was left is gone, or it is called otherwise by now: find out, then skip this with what \
                 you found",
            ),
            Look::There(kept) => {
                let mut told = endpoint_of(Some(kept), given::KEPT);
                told.extend(endpoint_of(facts.see(&writer(&self.pair)).found(), given::WRITER));
                Verdict::holds(format!("{id} is {}, and costs as before", kept.status), told)
            }
        }
    }
}
