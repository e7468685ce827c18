//! What can be done to the simulated Amazon RDS: what is refused, and what becomes of what is taken.

use super::database::{Database, Promotion, Rename};
use super::dice::later;
use super::keys;
use super::world::{Refusal, World};
use crate::plan::Region;
use crate::service::{RdsOperation, Receipt};
use jiff::Timestamp;

/// How long other security groups take to be there, in seconds.
const GROUPS_SECONDS: f64 = 10.0;

/// What it is about.
pub(super) fn about(region: &Region, operation: &RdsOperation) -> Vec<String> {
    match operation {
        RdsOperation::PromoteReadReplica { id, .. }
        | RdsOperation::RenameDbInstance { id, .. }
        | RdsOperation::SetDbSecurityGroups { id, .. } => vec![keys::database(region, id)],
    }
}

/// Why it would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &RdsOperation, at: Timestamp) -> Option<Refusal> {
    match operation {
        RdsOperation::PromoteReadReplica { id, .. } => {
            let Some(place) = world.database(region, id, at) else { return Some(no_instance(id)) };
            let database = &world.databases[place];
            if database.source.is_none() || database.promotion.is_some() {
                return Some(Refusal::new("InvalidDBInstanceState", "DB Instance is not a read replica."));
            }
            not_available(world, database, at)
        }
        RdsOperation::RenameDbInstance { id, new_id, .. } => {
            let Some(place) = world.database(region, id, at) else { return Some(no_instance(id)) };
            if world.database(region, new_id, at).is_some() {
                return Some(Refusal::new("DBInstanceAlreadyExists", "DB Instance already exists"));
            }
            not_available(world, &world.databases[place], at)
        }
        RdsOperation::SetDbSecurityGroups { id, .. } => match world.database(region, id, at) {
            Some(place) => not_available(world, &world.databases[place], at),
            None => Some(no_instance(id)),
        },
    }
}

fn not_available(world: &World, database: &Database, at: Timestamp) -> Option<Refusal> {
    let status = database.status(&world.troubles, at);
    let words = || format!("DB instance {} is not in the available state: {status}", database.id(at));
    (status != "available").then(|| Refusal::new("InvalidDBInstanceState", &words()))
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &RdsOperation, at: Timestamp) -> Receipt {
    let dice = world.dice;
    match operation {
        RdsOperation::PromoteReadReplica { id, backup_retention_days } => {
            if let Some(place) = world.database(region, id, at) {
                let database = &mut world.databases[place];
                database.promotion = Some(Promotion::draw(&dice, &database.key(), at, *backup_retention_days));
            }
        }
        RdsOperation::SetDbSecurityGroups { id, security_groups } => {
            if let Some(place) = world.database(region, id, at) {
                world.databases[place].groups.push((later(at, GROUPS_SECONDS), security_groups.clone()));
            }
        }
        RdsOperation::RenameDbInstance { id, new_id, security_groups } => {
            if let Some(place) = world.database(region, id, at) {
                let database = &mut world.databases[place];
                if !security_groups.is_empty() {
                    database.groups.push((later(at, GROUPS_SECONDS), security_groups.clone()));
                }
                let nth = database.renames.len();
                database.renames.push(Rename::draw(&dice, &database.key(), nth, at, new_id));
                world.database_names.entry(keys::database(region, new_id)).or_default().push(place);
            }
        }
    }
    Receipt::default()
}

fn no_instance(id: &str) -> Refusal {
    Refusal { code: "DBInstanceNotFound", message: format!("DBInstance {id} not found.") }
}
