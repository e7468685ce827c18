//! The table of the recovery region can be used: it is the replica that the plan means, and it and its indexes are `ACTIVE`.
//! Nothing is done: both regions take writes, and what was written in the other and has not come yet comes when it can.

use super::fields::Said;
use super::words::{self, Replica, Table};
use crate::plan::fields::Missing;
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Work};
use crate::text::Clean;

/// A replica is verified.
pub(super) struct Ready {
    pub table: Clean,
    pub strong: bool,
    pub old: Place,
    pub new: Place,
}

/// What would help a table in a status that it does not leave by itself; `None` for every other status, the unknown ones
/// included.
pub(super) fn trouble(status: &str) -> Option<&'static str> {
    match status {
        "INACCESSIBLE_ENCRYPTION_CREDENTIALS" => Some(
            "enable its KMS key in that region, or let DynamoDB use it again: after 20 hours the replica is taken out",
        ),
        "REPLICATION_NOT_AUTHORIZED" => {
            Some("give DynamoDB its service-linked role's permissions for replication again")
        }
        "ARCHIVING" | "ARCHIVED" => Some("restore it from its backup: it was archived as its key could not be used"),
        "DELETING" => Some("it is being deleted: name another table in the plan"),
        "CREATION_FAILED" => Some("make the replica anew"),
        _ => None,
    }
}

impl Ready {
    pub fn of(component: &Component, application: &Application) -> Result<Self, Missing> {
        let said = Said::of(&component.fields)?;
        let strong = said.is_strong();
        let place = |side| Place::of(component, application, side);
        Ok(Self { table: said.table.into(), strong, old: place(Side::Primary), new: place(Side::Recovery) })
    }

    /// The other region's replica, as this one sees it.
    fn other<'a>(&self, table: &'a Table) -> Option<&'a Replica> {
        table.replica(self.old.region.as_str())
    }

    /// That it is not what the plan means: what was found, and what would help.
    fn is_another(&self, table: &Table) -> Option<(String, &'static str)> {
        let (name, old, new) = (&self.table, &self.old.region, &self.new.region);
        if self.other(table).is_none() {
            let others: Vec<&str> = table.replicas.iter().map(|replica| replica.region.as_str()).collect();
            let with = if others.is_empty() { "nobody".to_owned() } else { others.join(", ") };
            let found = format!("{name} of {new} replicates with {with}, not with {old}");
            return Some((found, "name a global table with a replica in both regions, or make one"));
        }
        if self.strong && !table.is_strong() {
            let is = table.consistency.as_deref().unwrap_or("not told");
            let found = format!("the consistency of {name} is {is}, not STRONG");
            return Some((found, "leave `consistency` out of the plan: what is behind is then asked about"));
        }
        None
    }
}

impl Work for Ready {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![words::table(&self.new, &self.table).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (name, old, new) = (&self.table, &self.old.region, &self.new.region);
        let table = match facts.see(&words::table(&self.new, name)) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => {
                let help = "name the table as it is called, and see that it has a replica in that region";
                return Verdict::bad(format!("there is no table {name} in {new}"), help);
            }
            Look::There(table) => table,
        };
        if let Some((found, help)) = self.is_another(table) {
            return Verdict::bad(found, help);
        }
        let status = table.status.as_str();
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{name} of {new} is {status}"), help);
        }
        let behind = table.indexes.iter().find(|index| index.status.as_str() != "ACTIVE");
        match (status, behind) {
            ("ACTIVE", None) => {
                let other = self.other(table).map_or("", |replica| replica.status.as_str());
                let indexes = match table.indexes.len() {
                    0 => String::new(),
                    count => format!(" with {count} of its indexes"),
                };
                let evidence =
                    format!("{name} is ACTIVE{indexes}; {old} is {other} to it, and can be written to as well");
                Verdict::holds(evidence, outputs([("table", name)]))
            }
            ("ACTIVE", Some(index)) => Verdict::moving(format!("index {} is {}", index.name, index.status)),
            (status, _) => Verdict::moving(format!("{name} is {status}")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let wanted = format!("{} with a replica in {}", self.table, self.old.region);
        let weakens = |check: Check| Check { weight: Weight::Weakens, ..check };
        match facts.see(&words::table(&self.new, &self.table)) {
            Look::NotTold(why) => vec![Check::not_told("dynamodb-replica", why, &wanted).of_identity()],
            Look::Absent => {
                let found = format!("no table {} in {}", self.table, self.new.region);
                let fix = "name the table as it is called, and see that it has a replica in that region";
                vec![Check::that("dynamodb-replica", false, found, &wanted, fix).of_identity()]
            }
            Look::There(table) => {
                let identity = match self.is_another(table) {
                    Some((found, fix)) => Check::that("dynamodb-replica", false, found, &wanted, fix),
                    None => Check::passed("dynamodb-replica", format!("{} has one", table.name), &wanted),
                };
                let other = self.other(table).map(|replica| {
                    let (code, found) = ("dynamodb-replica-status", replica.status.as_str());
                    let fix = trouble(found).unwrap_or("see why: what was written there last may not have come");
                    weakens(Check::that(code, found == "ACTIVE", found, "the other region's replica ACTIVE", fix))
                });
                [identity.of_identity()].into_iter().chain(other).collect()
            }
        }
    }
}
