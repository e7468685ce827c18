//! The promotion of a read replica. `available` alone is the classic false green: the instance has its own role
//! only once its source is gone, and only an instance that this run has asked to be promoted has it by this run.

use super::class;
use super::fields::Said;
use super::identity;
use super::image::ReplicaImage;
use super::pair::Pair;
use super::status::{BACKING_UP, PASSES, help_for, may_be_changed, serves, trouble};
use crate::plan::Intent;
use crate::service::ask::Ask;
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Image, Look, Verdict, Work};

/// A read replica becomes a database of its own.
pub(super) struct Promote {
    pair: Pair,
    backup_retention_days: u32,
    port: Option<u64>,
    expects_class: bool,
    intent: Intent,
}

impl Promote {
    /// Going back it keeps backups for as many days as what had its name did, where the journal says for how many.
    pub fn new(pair: Pair, said: &Said, days_before: Option<u32>, intent: Intent) -> Self {
        let days_before = days_before.filter(|days| *days > 0);
        Self {
            pair,
            backup_retention_days: days_before.unwrap_or_else(|| said.backup_retention.try_into().unwrap_or(7)),
            port: said.port,
            expects_class: said.expect_class,
            intent,
        }
    }

    fn promoted(&self, instance: &DbInstance) -> Verdict {
        let (id, status) = (&self.pair.recovery, &instance.status);
        let Some(endpoint) = &instance.endpoint else {
            return Verdict::moving(format!("{status}, no endpoint yet"));
        };
        let port = self.port.or(instance.port.map(u64::from));
        let Some(port) = port else {
            return Verdict::moving(format!("{status}, no port yet"));
        };
        Verdict::holds(
            format!("{id} is {status} and has no source"),
            outputs([("endpoint", endpoint), ("port", &port.to_string())]),
        )
    }
}

/// What helps where there is no replica of that name.
pub(super) const MAKE_IT: &str =
    "CreateDBInstanceReadReplica of the primary's in the recovery region, beforehand; or name it as it is called there";

impl Work for Promote {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks = vec![self.pair.ask_replica()];
        // In a failover the other region may never answer, and nothing waits for it: its fence looks there.
        if self.intent != Intent::Failover && *asked == Asked::No {
            asks.extend([self.pair.ask_old(), self.pair.ask_fenced()]);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let id = &self.pair.recovery;
        let instance = match self.pair.look_replica(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                return Verdict::bad(format!("there is no instance {id} in {}", self.pair.new.region), MAKE_IT);
            }
            Look::There(instance) => instance,
        };
        let status = &instance.status;
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        if *facts.asked != Asked::No && is_another(facts, instance) {
            return Verdict::bad(
                format!("another instance is called {id} than the one that was asked to be promoted"),
                "see who made it, and what became of the replica",
            );
        }
        match &instance.replica_of {
            Some(source) if serves(status) => Verdict::untouched(format!("{status}, still a replica of {source}")),
            Some(_) => Verdict::moving(status.as_str()),
            None if *facts.asked == Asked::No => Verdict::bad(
                format!("{id} has no source, and this run has not promoted it"),
                "a database that writes already is not promoted: see which instance is meant",
            ),
            // RDS takes a first backup of what it promoted; the instance writes meanwhile.
            None if serves(status) => self.promoted(instance),
            None => Verdict::moving(format!("{status}, without a source")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let instance = match self.pair.look_replica(facts) {
            Look::There(instance) => instance,
            Look::Absent => {
                let fix = MAKE_IT;
                let found = format!("no instance {} in {}", self.pair.recovery, self.pair.new.region);
                return vec![Check::that("rds-replica-exists", false, found, "a read replica", fix)];
            }
            Look::NotTold(why) => return vec![Check::not_told("rds-replica-exists", why, "a read replica")],
        };
        let mut checks = vec![status_check(instance)];
        checks.extend(identity::of_replica(&self.pair, instance, facts));
        if self.intent != Intent::Failover {
            checks.extend(class::check(&self.pair, self.expects_class, self.intent, facts));
        }
        checks
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::Rds(RdsOperation::PromoteReadReplica {
            id: self.pair.recovery.as_str().into(),
            backup_retention_days: self.backup_retention_days,
        });
        Some(Act { place: self.pair.new.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        match self.pair.look_replica(facts) {
            Look::There(instance) => ReplicaImage {
                replica_of: instance.replica_of.clone(),
                resource_id: instance.resource_id.clone(),
                backup_retention_days: instance.backup_retention_days,
                endpoint: instance.endpoint.clone(),
            }
            .kept(),
            Look::Absent | Look::NotTold(_) => serde_json::Value::Null,
        }
    }
}

fn is_another(facts: &Facts<'_>, instance: &DbInstance) -> bool {
    let before = ReplicaImage::of_journal(facts.before).unwrap_or_default().resource_id;
    !before.is_empty() && !instance.resource_id.is_empty() && before != instance.resource_id
}

fn status_check(instance: &DbInstance) -> Check {
    let status = instance.status.as_str();
    if status == BACKING_UP {
        return Check::unanswered("rds-replica-status", PASSES, "available");
    }
    Check::that("rds-replica-status", may_be_changed(status), status, "available", help_for(status))
}
