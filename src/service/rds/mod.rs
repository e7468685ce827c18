//! `rds`: a read replica in the recovery region becomes the database. Crossing is final: a promoted replica
//! cannot be made a replica again. Knows nothing of how RDS is called.

mod fence;
mod promote;
#[cfg(test)]
mod tests;

use super::ask::{Ask, Place, Query};
use super::blocked::Blocked;
use super::observation::DbInstance;
use super::operation::Receipt;
use super::registry::{Context, Service};
use super::say::Rule;
use super::tcp::Connect;
use super::work::{Facts, Health, HealthLevel, Look, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Gate, GateKind, Intent, Kind, Problem, Role, Side, Step, Takes, Undo,
};

/// The kind.
pub struct Rds;

static FIELDS: &[Field] = &[
    Field::required("primary", Takes::Text, "DBInstanceIdentifier of the source in the primary region"),
    Field::required("recovery", Takes::Text, "DBInstanceIdentifier of its read replica in the recovery region"),
    Field::optional("backup_retention", Takes::Within(0, 35), "days of backups once promoted, 0 to 35; 7 by default"),
    Field::optional(
        "fence",
        Takes::Truth,
        "rename the old instance to NAME-fenced, so that its name stops resolving and its connections end; true by default",
    ),
    Field::optional("port", Takes::Within(1, 65_535), "the port given to others; the instance's own by default"),
    Field::optional(
        "reach",
        Takes::Truth,
        "also connect to the promoted instance from where Landfall runs; false by default, since a database's endpoint is private and a `tcp` component near it tells more",
    ),
];

static LOSS_UNGATED: Rule = Rule {
    code: "rds-loss-ungated",
    wanted: "an rpo, so that a promotion that would lose more asks first",
    fix: "give `rpo` in [application] or in the component",
    source: "AWS Well-Architected REL13-BP01: define recovery objectives for downtime and data loss",
};
static NO_BACKUPS: Rule = Rule {
    code: "rds-backup-retention",
    wanted: "backup_retention of 1 day or more",
    fix: "leave `backup_retention` out (7 days), or give 1 to 35",
    source: "Amazon RDS User Guide: Promoting a read replica to be a standalone DB instance",
};
static UNFENCED: Rule = Rule {
    code: "rds-unfenced",
    wanted: "the old primary unable to write once the replica is promoted",
    fix: "leave `fence` out, or fence the old primary with a `command` or `manual` component",
    source: "Amazon Aurora User Guide, global database failover: stop writes to the old primary first",
};

impl Kind for Rds {
    fn name(&self) -> &'static str {
        "rds"
    }
    fn about(&self) -> &'static str {
        "fences the old primary, promotes its cross-region read replica, and verifies that it is a writer of its own"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["endpoint", "port"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let fields = &component.fields;
        let mut problems = Vec::new();
        if fields.count("backup_retention").is_some_and(|days| days > 35) {
            problems.push(Problem::at("backup_retention", "RDS keeps backups for 35 days at most", "0 to 35 days"));
        }
        if fields.count("port").is_some_and(|port| u16::try_from(port).map_or(true, |port| port == 0)) {
            problems.push(Problem::at("port", "that is not a port", "a whole number from 1 to 65535"));
        }
        problems
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        let mut findings = Vec::new();
        if rpo(component, application).is_none() {
            findings.push(LOSS_UNGATED.broken_by(component, "neither the component nor the application has an rpo"));
        }
        if component.fields.count("backup_retention") == Some(0) {
            findings.push(NO_BACKUPS.broken_by(component, "the promoted instance would keep no backups"));
        }
        if !component.fields.truth("fence", true) {
            findings.push(UNFENCED.broken_by(component, "fence = false"));
        }
        findings
    }
    fn steps(&self, component: &Component, application: &Application, intent: Intent) -> Vec<Draft> {
        let name = &component.name;
        let mut drafts = Vec::new();
        let mut before_promotion = Vec::new();
        if component.fields.truth("fence", true) {
            let fence =
                Draft::act("fence", format!("fence the old {name}"), Side::Primary, Undo::Reversible, 180.0, 900.0);
            let fence = fence.part(Role::Fence);
            // In a failover the old region may never answer: nothing waits for it (DESIGN invariant 8).
            let beside = intent == Intent::Failover;
            if !beside {
                before_promotion.push("fence");
            }
            let fence = if beside { fence.asking(GateKind::Writers) } else { fence };
            drafts.push(Draft { beside, ..fence });
        }
        let mut gates = vec![Gate::PointOfNoReturn];
        gates.extend(rpo(component, application).map(|rpo_seconds| Gate::Loss { rpo_seconds }));
        let title = format!("promote {name}");
        drafts.push(
            Draft::act("promote", title, Side::Recovery, Undo::PointOfNoReturn, 300.0, 1800.0)
                .part(Role::Promotion)
                .after(before_promotion)
                .gated(gates),
        );
        if component.fields.truth("reach", false) {
            let title = format!("connect to {name}");
            drafts.push(Draft::look("reach", title, Side::Recovery, 5.0, 120.0).after(vec!["promote"]));
        }
        drafts
    }
}

impl Service for Rds {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        let component = context.component;
        let application = &context.plan.application;
        match step.id.action() {
            "fence" => Box::new(fence::Rename::fence(component, application)),
            "promote" => Box::new(promote::Promote::new(component, application, context.intent)),
            "reach" => reach(context),
            _ => Box::new(Blocked::unknown_step(step)),
        }
    }
    fn compensation(
        &self,
        step: &Step,
        context: &Context<'_>,
        _before: &serde_json::Value,
        _receipt: Option<&Receipt>,
    ) -> Option<Box<dyn Work>> {
        match step.id.action() {
            "fence" => Some(Box::new(fence::Rename::back(context.component, &context.plan.application))),
            _ => None,
        }
    }
    fn lag(&self, component: &Component, application: &Application) -> Option<Ask> {
        let id = component.fields.required("recovery").into();
        Some(Place::of(component, application, Side::Recovery).ask(Query::ReplicaLag { id }))
    }
    fn watch(&self, component: &Component, application: &Application, side: Side) -> Vec<Ask> {
        let place = Place::of(component, application, side);
        let id = component.fields.required(field_of(side));
        let fenced = (side == Side::Primary).then(|| fence::fenced(&id));
        [Some(id), fenced].into_iter().flatten().map(|id| place.ask(Query::DbInstance { id: id.into() })).collect()
    }
    fn health(&self, component: &Component, application: &Application, side: Side, facts: &Facts<'_>) -> Health {
        let place = Place::of(component, application, side);
        let id = component.fields.required(field_of(side));
        match facts.db_instance(&place, &id) {
            Look::NotTold(why) => Health::not_told(why),
            Look::There(instance) => health_of(instance),
            Look::Absent if side == Side::Primary => match facts.db_instance(&place, &fence::fenced(&id)) {
                Look::There(instance) => Health::new(HealthLevel::Standby, format!("fenced, {}", instance.status)),
                Look::Absent => Health::new(HealthLevel::Down, format!("no instance {id}")),
                Look::NotTold(why) => Health::not_told(why),
            },
            Look::Absent => Health::new(HealthLevel::Down, format!("no instance {id}")),
        }
    }
}

/// The field that names the instance on `side`.
fn field_of(side: Side) -> &'static str {
    match side {
        Side::Primary => "primary",
        Side::Recovery => "recovery",
    }
}

/// The component's recovery point objective, else the application's, in seconds.
fn rpo(component: &Component, application: &Application) -> Option<f64> {
    component.rpo_seconds.or(application.rpo_seconds)
}

fn health_of(instance: &DbInstance) -> Health {
    let status = &instance.status;
    if trouble(status).is_some() {
        return Health::new(HealthLevel::Down, status.as_str());
    }
    let broken = instance.replication.as_ref().filter(|replication| !replication.normal);
    match (&instance.replica_of, broken) {
        (Some(_), Some(replication)) => {
            Health::new(HealthLevel::Degraded, format!("{status}, replication {}", replication.status))
        }
        (Some(_), None) => Health::new(HealthLevel::Standby, format!("{status}, replica")),
        (None, _) if status.as_str() == "available" => Health::new(HealthLevel::Up, "available, writer"),
        (None, _) => Health::new(HealthLevel::Degraded, format!("{status}, writer")),
    }
}

/// What would help an instance in a status that it does not leave by itself; `None` for every other status,
/// the unknown ones included.
fn trouble(status: &str) -> Option<&'static str> {
    match status {
        "failed" => {
            Some("the instance cannot be recovered as it is: restore it to a point in time, or use another replica")
        }
        "incompatible-restore" => Some("RDS cannot restore it: restore a snapshot to a new instance"),
        "incompatible-parameters" => {
            Some("its parameter group does not fit: reset the offending parameters and reboot it")
        }
        "incompatible-network" => Some("its subnet group or VPC does not fit: mend the network, then retry"),
        "incompatible-option-group" => Some("its option group does not fit: give it one that does, then retry"),
        "storage-full" => Some("its storage is full: give it more with ModifyDBInstance, then retry"),
        "inaccessible-encryption-credentials" | "inaccessible-encryption-credentials-recoverable" => {
            Some("its KMS key cannot be used: enable the key in this region, start the instance, then retry")
        }
        "deleting" => Some("it is being deleted: use another replica, or restore a snapshot"),
        _ => None,
    }
}

/// Connects to what the promotion gave.
fn reach(context: &Context<'_>) -> Box<dyn Work> {
    let component = context.component;
    let given = |name: &str| context.outputs.get(&component.name).and_then(|outputs| outputs.get(name));
    let port = given("port").and_then(|port| port.parse().ok());
    let (Some(host), Some(port)) = (given("endpoint").cloned(), port) else {
        return Box::new(Blocked::because("the promotion has given no endpoint to connect to"));
    };
    Box::new(Connect { place: Place::of(component, &context.plan.application, Side::Recovery), host, port })
}
