//! A replica stands alone, so that it can be written to; and its way back, which loses what was written.

use super::pair::{Pair, WasReplica, rotation, stands};
use super::words::Operation;
use crate::service::ask::Ask;
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;

/// What is told of the version that a replica had.
pub(super) const REPLICATED: &str = "replicated";

/// A replica stands alone.
pub(super) struct Detach {
    pub pair: Pair,
    /// Whether it tells the later steps which version it was a replica of.
    pub tells: bool,
}

impl Work for Detach {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.want().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let secret = match self.pair.proven(facts) {
            Ok(secret) => secret,
            Err(verdict) => return verdict,
        };
        let how = stands(secret, &self.pair.new.region);
        match (secret.replica_of(&self.pair.new.region), facts.asked) {
            (None, _) => {
                let was = serde_json::from_value::<WasReplica>(facts.before.clone()).ok().filter(|_| self.tells);
                let told = was.and_then(|was| was.current).map(|current| (REPLICATED.to_owned(), current));
                Verdict::holds(how, told.into_iter().collect())
            }
            (Some(_), Asked::Taken { .. }) => Verdict::moving(format!("still {how}")),
            (Some(_), Asked::No | Asked::Unanswered { .. }) => Verdict::untouched(how),
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

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::DetachSecret { name: self.pair.name.clone() };
        Some(Act { place: self.pair.new.clone(), operation: operation::Operation::Secret(operation) })
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        // The replica is called as the primary is, but for its region.
        let here = self.pair.touched(facts)?.pop()?;
        let (new, old) = (format!(":{}:", self.pair.new.region), format!(":{}:", self.pair.old.region));
        Some(vec![Clean::new(&here.replacen(&new, &old, 1)), here])
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let Some(secret) = facts.see(&self.pair.want()).found() else { return Value::Null };
        let was = WasReplica { key: secret.key.clone(), current: secret.current().map(Into::into) };
        serde_json::to_value(was).unwrap_or(Value::Null)
    }
}

/// It is a replica of the primary side again.
pub(super) struct Rejoin {
    pub pair: Pair,
    pub was: WasReplica,
}

impl Work for Rejoin {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.pair.want().ask, self.pair.want_old().ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let Pair { name, old, new } = &self.pair;
        let (secret, primary) = match (facts.see(&self.pair.want()), facts.see(&self.pair.want_old())) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => return Verdict::unknown(why),
            (_, Look::Absent) => {
                let reason = format!("there is no secret {name} in {}", old.region);
                return Verdict::bad(reason, "it is the only one left: replicate it the other way");
            }
            (secret, Look::There(primary)) => (secret.found(), primary),
        };
        let told = primary.replicas.iter().find(|replica| replica.region.as_str() == new.region.as_str());
        let status = told.map_or("no replica", |replica| replica.status.as_str());
        let is_replica = secret.is_some_and(|secret| secret.replica_of(&new.region) == Some(old.region.as_str()));
        match (status, is_replica, facts.asked) {
            ("InSync", true, _) => Verdict::holds(format!("a replica of {}, InSync", old.region), Outputs::new()),
            ("Failed", _, Asked::Taken { .. }) => {
                let why = told.and_then(|replica| replica.message.as_deref()).unwrap_or("Secrets Manager says no more");
                Verdict::bad(format!("replication failed: {why}"), "clear what it names, then retry")
            }
            (_, _, Asked::Taken { .. }) | ("InProgress" | "InSync", _, _) => Verdict::moving(status),
            (_, _, Asked::No | Asked::Unanswered { .. }) => Verdict::untouched(status),
        }
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::ReplicateSecret {
            name: self.pair.name.clone(),
            region: self.pair.new.region.clone(),
            key: self.was.key.clone(),
        };
        Some(Act { place: self.pair.old.clone(), operation: operation::Operation::Secret(operation) })
    }
}
