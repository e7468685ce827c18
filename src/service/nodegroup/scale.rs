//! The sizes of a node group. A size that is desired is not one that is there: nodes are counted where they are, and what
//! keeps them from coming is told in EKS's own words.

use super::words::{self, Nodegroup, NodegroupUpdate, Operation};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The sizes as they were.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// minSize.
    pub min: u64,
    /// maxSize.
    pub max: u64,
    /// desiredSize.
    pub desired: u64,
}

/// What its sizes are to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    /// None of them less than these, nor than they are.
    AtLeast { min: Option<u64>, max: Option<u64>, desired: u64 },
    /// These.
    Back(Was),
}

/// Gives a node group its sizes.
pub(super) struct Scale {
    pub place: Place,
    /// clusterName.
    pub cluster: Clean,
    /// nodegroupName.
    pub nodegroup: Clean,
    pub wanted: Wanted,
}

const RENAME: &str = "name the cluster and its node group as that region has them; Landfall makes none";
const MEND: &str = "mend what EKS names (its console and `aws eks describe-nodegroup` tell the same), then retry";

impl Scale {
    fn want(&self) -> Want<Nodegroup> {
        words::nodegroup(&self.place, &self.cluster, &self.nodegroup)
    }

    fn update(&self, asked: &Asked) -> Option<Want<NodegroupUpdate>> {
        let id = asked.receipt()?.id.as_ref()?;
        Some(words::update(&self.place, &self.cluster, &self.nodegroup, id))
    }

    /// Whether an ARN is that of the node group that is meant: `nodegroup/CLUSTER/NAME/ID`.
    fn is_it(&self, arn: &str) -> bool {
        Arn::parse(arn).is_some_and(|arn| {
            let parts: Vec<&str> = arn.resource.split('/').collect();
            arn.service == "eks"
                && arn.region == self.place.region.as_str()
                && parts.first() == Some(&"nodegroup")
                && parts.get(1) == Some(&self.cluster.as_str())
                && parts.get(2) == Some(&self.nodegroup.as_str())
        })
    }

    fn absent(&self) -> String {
        format!("there is no node group {} of {} in {}", self.nodegroup, self.cluster, self.place.region)
    }

    /// The sizes that it is to have, for what it has.
    fn sizes(&self, now: &Nodegroup) -> Was {
        match &self.wanted {
            Wanted::Back(was) => was.clone(),
            Wanted::AtLeast { min, max, desired } => Was {
                min: now.min.max(min.unwrap_or(0)),
                max: now.max.max(max.unwrap_or(0)),
                desired: now.desired.max(*desired),
            },
        }
    }

    fn has_its_sizes(&self, now: &Nodegroup) -> bool {
        let wanted = self.sizes(now);
        (now.min, now.max, now.desired) == (wanted.min, wanted.max, wanted.desired)
    }

    /// What of the change stands against it; nothing while that is under way, or done.
    fn against(&self, facts: &Facts<'_>) -> Option<Verdict> {
        let update = match facts.see(&self.update(facts.asked)?) {
            Look::There(update) => update,
            // The node group itself tells too.
            Look::Absent | Look::NotTold(_) => return None,
        };
        matches!(update.status.as_str(), "Failed" | "Cancelled").then(|| {
            let errors: Vec<&str> = update.errors.iter().map(Clean::as_str).collect();
            Verdict::bad(format!("the change is {}: {}", update.status, errors.join("; ")), MEND)
        })
    }

    /// What it is with its sizes.
    fn standing(&self, now: &Nodegroup) -> Verdict {
        let sizes = format!("{} of {} to {}", now.desired, now.min, now.max);
        if now.status.as_str() != "ACTIVE" {
            return Verdict::moving(format!("{}, sizes {sizes}", now.status));
        }
        match now.in_service {
            None => Verdict::unknown("its Auto Scaling groups are not told: nobody counts its nodes"),
            Some(there) if there < now.desired => {
                Verdict::moving(format!("{there} of {} nodes in service", now.desired))
            }
            Some(there) => {
                let words =
                    format!("{there} of {} nodes in service; that pods run on them is not told by this", now.desired);
                Verdict::holds(words, Outputs::new())
            }
        }
    }
}

impl Work for Scale {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        [self.want().ask].into_iter().chain(self.update(asked).map(|want| want.ask)).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let now = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad(self.absent(), RENAME),
            Look::There(now) if !self.is_it(&now.arn) => {
                return Verdict::bad(format!("what was found is {}", now.arn), RENAME);
            }
            Look::There(now) => now,
        };
        if matches!(now.status.as_str(), "DEGRADED" | "CREATE_FAILED" | "DELETE_FAILED" | "DELETING")
            || !now.issues.is_empty()
        {
            let issues: Vec<&str> = now.issues.iter().map(Clean::as_str).collect();
            return Verdict::bad(format!("it is {}: {}", now.status, issues.join("; ")), MEND);
        }
        if let Some(against) = self.against(facts) {
            return against;
        }
        match facts.asked {
            _ if self.has_its_sizes(now) => self.standing(now),
            Asked::No | Asked::Unanswered { .. } => {
                Verdict::untouched(format!("{} desired of {} to {}", now.desired, now.min, now.max))
            }
            Asked::Taken { .. } => Verdict::moving(format!("{}, {} desired yet", now.status, now.desired)),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("nodegroup-exists", format!("a node group {} of {}", self.nodegroup, self.cluster));
        let now = match facts.see(&self.want()) {
            Look::NotTold(why) => return vec![Check::not_told(code, why, &wanted).of_identity()],
            Look::Absent => return vec![Check::that(code, false, self.absent(), &wanted, RENAME).of_identity()],
            Look::There(now) => now,
        };
        let exists = Check::that(code, self.is_it(&now.arn), now.arn.as_str(), &wanted, RENAME);
        let fix = "wait until what changes it is done; EKS takes one change at a time";
        let is_active = now.status.as_str() == "ACTIVE";
        let active = Check::that("nodegroup-status", is_active, now.status.as_str(), "ACTIVE", fix);
        let sizes = self.sizes(now);
        let fits = (sizes.min..=sizes.max).contains(&sizes.desired);
        let found = format!("{} desired of {} to {}", sizes.desired, sizes.min, sizes.max);
        let fix = "give `max`: its maxSize is less than what is asked for";
        vec![exists.of_identity(), active, Check::that("nodegroup-max", fits, found, "sizes that fit each other", fix)]
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        Some(vec![facts.see(&self.want()).found()?.arn.clone()])
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let nothing = Nodegroup::default();
        let now = facts.see(&self.want()).found().unwrap_or(&nothing);
        let Was { min, max, desired } = self.sizes(now);
        let (cluster, nodegroup) = (self.cluster.clone(), self.nodegroup.clone());
        let operation = Operation::ScaleNodegroup { cluster, nodegroup, min, max, desired };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Eks(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match facts.see(&self.want()) {
            Look::There(now) => Was { min: now.min, max: now.max, desired: now.desired }.kept(),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}
