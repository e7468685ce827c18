//! The promotion of a read replica. `available` alone is the classic false green: the instance has its own role
//! only once its source is gone.

use super::trouble;
use crate::plan::{Application, Component, Intent, Side};
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::DbInstance;
use crate::service::operation::{Act, Operation};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};

/// A read replica becomes a database of its own.
pub(super) struct Promote {
    place: Place,
    id: String,
    backup_retention_days: u32,
    port: Option<u64>,
    intent: Intent,
}

impl Promote {
    pub fn new(component: &Component, application: &Application, intent: Intent) -> Self {
        let fields = &component.fields;
        Self {
            place: Place::of(component, application, Side::Recovery),
            id: fields.required("recovery"),
            backup_retention_days: fields
                .count("backup_retention")
                .and_then(|days| u32::try_from(days).ok())
                .unwrap_or(7),
            port: fields.count("port"),
            intent,
        }
    }

    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.db_instance(&self.place, &self.id)
    }

    fn promoted(&self, instance: &DbInstance) -> Verdict {
        let Some(endpoint) = &instance.endpoint else {
            return Verdict::moving("available, no endpoint yet");
        };
        let port = self.port.or(instance.port.map(u64::from));
        let Some(port) = port else {
            return Verdict::moving("available, no port yet");
        };
        Verdict::holds(
            format!("{} is available and has no source", self.id),
            outputs([("endpoint", endpoint), ("port", &port.to_string())]),
        )
    }
}

impl Work for Promote {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.place.ask(Query::DbInstance { id: self.id.as_str().into() })]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let instance = match self.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                return Verdict::bad(
                    format!("there is no instance {}", self.id),
                    "name the replica as it is called in the recovery region, or restore a snapshot",
                );
            }
            Look::There(instance) => instance,
        };
        let status = &instance.status;
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{} is {status}", self.id), help);
        }
        if status.as_str() != "available" {
            return Verdict::moving(status.as_str());
        }
        match &instance.replica_of {
            Some(source) => Verdict::untouched(format!("available, still a replica of {source}")),
            None => self.promoted(instance),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let instance = match self.look(facts) {
            Look::There(instance) => instance,
            Look::Absent => {
                let fix = "name the replica as it is called in the recovery region, or restore a snapshot";
                let found = format!("no instance {}", self.id);
                return vec![Check::that("rds-replica-exists", false, found, "a read replica", fix)];
            }
            Look::NotTold(why) => return vec![Check::not_told("rds-replica-exists", why, "a read replica")],
        };
        let mut checks = vec![status_check(instance), role_check(instance)];
        match self.intent {
            Intent::Switchover => checks.push(replication_check(instance)),
            // Its source is dark: that replication is broken is why it is promoted.
            Intent::Failover => {}
        }
        checks
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::PromoteReadReplica {
            id: self.id.as_str().into(),
            backup_retention_days: self.backup_retention_days,
        };
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        match self.look(facts) {
            Look::There(instance) => serde_json::json!({
                "replica_of": instance.replica_of,
                "backup_retention_days": instance.backup_retention_days,
                "endpoint": instance.endpoint,
            }),
            Look::Absent | Look::NotTold(_) => serde_json::Value::Null,
        }
    }
}

fn status_check(instance: &DbInstance) -> Check {
    let status = instance.status.as_str();
    let fix = match status {
        "backing-up" => "RDS refuses to promote while a backup runs: wait until it has ended, then retry",
        other => trouble(other).unwrap_or("wait until it is available, then retry"),
    };
    Check::that("rds-replica-status", status == "available", status, "available", fix)
}

fn role_check(instance: &DbInstance) -> Check {
    let found = match &instance.replica_of {
        Some(source) => format!("a replica of {source}"),
        None => "no source: not a replica".to_owned(),
    };
    Check::that(
        "rds-replica-role",
        instance.replica_of.is_some(),
        found,
        "a read replica",
        "name the replica of the primary in `recovery`",
    )
    .of_identity()
}

/// In a switchover nothing may be lost, so replication must be whole.
fn replication_check(instance: &DbInstance) -> Check {
    let code = "rds-replication";
    let Some(replication) = &instance.replication else {
        return Check::not_told(code, "RDS says nothing of its replication", "replicating");
    };
    let found = match &replication.message {
        Some(message) => format!("{}: {message}", replication.status),
        None => replication.status.to_string(),
    };
    let fix = "mend replication first; or declare a failover, which may lose what was not replicated";
    Check::that(code, replication.normal && replication.status.as_str() == "replicating", found, "replicating", fix)
}
