//! Keys of a secret's JSON are set in a version of its own, and the way back to the version before. A version's id is the
//! token that it is written with: whether it is current is seen exactly, and no value is read for it.

use super::pair::{Pair, WasCurrent, rotation, stands};
use super::words::{Operation, StoredSecret};
use crate::service::ask::Ask;
use crate::service::operation::{self, Act, Receipt};
use crate::service::uuid;
use crate::service::work::{Asked, Check, Facts, Outputs, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;

/// The id of the version that this attempt of a step writes: a UUID made of the three, so that the same is sent again when
/// a reply is lost, and another by the next attempt.
pub(super) fn version(run: &str, step: &str, attempt: u32) -> Clean {
    uuid::of(&format!("landfall {run} {step} {attempt}"))
}

/// Keys are set.
pub(super) struct Write {
    pub pair: Pair,
    pub set: BTreeMap<String, String>,
    /// The id of what this attempt writes.
    pub version: Clean,
}

impl Write {
    /// Whether `id` is a version that this step has written, by an earlier attempt too.
    fn is_mine(&self, id: &str, facts: &Facts<'_>) -> bool {
        let before = serde_json::from_value::<WasCurrent>(facts.before.clone()).ok();
        let receipt = facts.asked.receipt().and_then(|receipt| receipt.id.as_deref());
        id == self.version.as_str() || receipt == Some(id) || before.is_some_and(|was| was.version.as_str() == id)
    }
}

impl Work for Write {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let secret = match self.pair.proven(facts) {
            Ok(secret) => secret,
            Err(verdict) => return verdict,
        };
        let how = stands(secret, &self.pair.new.region);
        let Some(current) = secret.current() else { return Verdict::moving("no version is AWSCURRENT") };
        if *facts.asked == Asked::No {
            return Verdict::untouched(format!("{current} is AWSCURRENT, {how}"));
        }
        if self.is_mine(current, facts) {
            return Verdict::holds(format!("{current} is AWSCURRENT"), Outputs::new());
        }
        if let Some(written) = secret.versions.keys().find(|id| self.is_mine(id, facts)) {
            let reason = format!("{written} was written, and {current} became AWSCURRENT after it");
            return Verdict::bad(reason, "see who else writes to this secret, then retry");
        }
        match facts.asked {
            Asked::Taken { .. } => Verdict::moving(format!("{current} is AWSCURRENT yet")),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(format!("{current} is AWSCURRENT")),
        }
    }

    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        self.pair.want_key(facts)
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = self.pair.checks(facts);
        checks.extend(facts.see(&self.pair.want()).found().map(rotation));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let secret = facts.see(&self.pair.want()).found();
        let is_replica = |secret: &StoredSecret| secret.replica_of(&self.pair.new.region).is_some();
        if secret.is_some_and(is_replica) {
            // It would be refused: the step before this one has come to nothing.
            return None;
        }
        let operation = Operation::WriteSecret {
            name: self.pair.name.clone(),
            set: self.set.clone(),
            base: Clean::new(secret.and_then(StoredSecret::current).unwrap_or_default()),
            version: self.version.clone(),
        };
        Some(Act { place: self.pair.new.clone(), operation: operation::Operation::Secret(operation) })
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        self.pair.touched(facts)
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let current = facts.see(&self.pair.want()).found().and_then(StoredSecret::current);
        let was = current.map(|current| WasCurrent { current: current.into(), version: self.version.clone() });
        was.and_then(|was| serde_json::to_value(was).ok()).unwrap_or(Value::Null)
    }
}

/// The version before is current again.
pub(super) struct Restage {
    pub pair: Pair,
    from: Clean,
    to: Clean,
}

impl Restage {
    /// Back from what was written, by the before-image and the reply in the journal.
    pub fn new(pair: Pair, was: WasCurrent, receipt: Option<&Receipt>) -> Self {
        let written = receipt.and_then(|receipt| receipt.id.clone()).unwrap_or(was.version);
        Self { pair, from: written, to: was.current }
    }
}

impl Work for Restage {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let secret = match self.pair.proven(facts) {
            Ok(secret) => secret,
            Err(verdict) => return verdict,
        };
        let current = secret.current().unwrap_or("no version");
        match facts.asked {
            _ if current == self.to.as_str() => {
                Verdict::holds(format!("{current} is AWSCURRENT again"), Outputs::new())
            }
            _ if current != self.from.as_str() => Verdict::bad(
                format!("{current} is AWSCURRENT, which this run has not written"),
                "see who else writes to this secret, and which version is to be current",
            ),
            Asked::Taken { .. } => Verdict::moving(format!("{current} is AWSCURRENT yet")),
            Asked::No | Asked::Unanswered { .. } => Verdict::untouched(format!("{current} is AWSCURRENT")),
        }
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation =
            Operation::RestageSecret { name: self.pair.name.clone(), from: self.from.clone(), to: self.to.clone() };
        Some(Act { place: self.pair.new.clone(), operation: operation::Operation::Secret(operation) })
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        // What another wrote since is not put aside by the way back.
        let current = facts.see(&self.pair.want()).found().and_then(StoredSecret::current).unwrap_or_default();
        let fix = "see who else writes to this secret, and which version is to be current";
        vec![Check::that("secret-changed", current == self.from.as_str(), current, &self.from, fix)]
    }
}
