//! The simulated Amazon RDS: what stands there, what it answers, what it refuses, and what becomes of what is taken.

use super::aurora;
use super::database::{self, Database, Made, Promotion, Rename};
use super::dice::{later, seconds};
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::restore;
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{AccountQuota, DbInstance, Parameters};
use crate::service::{Observation, RdsObservation, RdsOperation, RdsQuery, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How long other security groups take to be there, in seconds.
const GROUPS_SECONDS: f64 = 10.0;

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &RdsQuery) -> Option<String> {
    match query {
        RdsQuery::DbInstance { id } => Some(keys::database(region, id)),
        RdsQuery::GlobalCluster { id } => Some(keys::global_database(id)),
        RdsQuery::AutomatedBackup { arn: source } | RdsQuery::DbSnapshot { id: source } => {
            Some(restore::key(region, source))
        }
        RdsQuery::Parameters { .. } | RdsQuery::ClusterParameters { .. } | RdsQuery::InstanceQuota => None,
        RdsQuery::DbCluster { id: cluster }
        | RdsQuery::DbEvents { cluster, .. }
        | RdsQuery::ClusterSnapshots { cluster } => Some(keys::db_cluster(region, cluster)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &RdsQuery) -> Together<'_> {
    match query {
        RdsQuery::DbInstance { .. }
        | RdsQuery::GlobalCluster { .. }
        | RdsQuery::DbCluster { .. }
        | RdsQuery::DbEvents { .. } => Together::All(""),
        RdsQuery::ClusterSnapshots { .. }
        | RdsQuery::AutomatedBackup { .. }
        | RdsQuery::DbSnapshot { .. }
        | RdsQuery::Parameters { .. }
        | RdsQuery::ClusterParameters { .. }
        | RdsQuery::InstanceQuota => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &RdsQuery, at: Timestamp) -> Observation {
    if let Some(seen) = aurora::see(world, region, query, at) {
        return seen.into();
    }
    let instance = match query {
        RdsQuery::DbInstance { id } => {
            let place = world.database(region, id, at);
            let found = place.map(|place| database::describe(&world.databases, place, &world.troubles, at));
            found.or_else(|| world.restored(region, id, at)).or_else(|| taken_by_another(world, region, id, at))
        }
        RdsQuery::AutomatedBackup { arn } => {
            let backup = world.automated_backup(region, arn, at);
            return RdsObservation::AutomatedBackup { backup }.into();
        }
        RdsQuery::DbSnapshot { id } => {
            let snapshot = world.db_snapshot(region, id, at);
            return RdsObservation::DbSnapshot { snapshot }.into();
        }
        // Every group is there that is asked for, and nobody has set anything in it.
        RdsQuery::Parameters { .. } | RdsQuery::ClusterParameters { .. } => {
            return RdsObservation::Parameters { parameters: Some(Parameters::new()) }.into();
        }
        // Room enough, and as much in one region as in the other.
        RdsQuery::InstanceQuota => {
            return RdsObservation::InstanceQuota { quota: Some(AccountQuota { used: 12, most: 1_000 }) }.into();
        }
        RdsQuery::GlobalCluster { .. }
        | RdsQuery::DbCluster { .. }
        | RdsQuery::DbEvents { .. }
        | RdsQuery::ClusterSnapshots { .. } => None,
    };
    RdsObservation::DbInstance { instance }.into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &RdsOperation) -> Vec<String> {
    match operation {
        RdsOperation::PromoteReadReplica { id, .. }
        | RdsOperation::RenameDbInstance { id, .. }
        | RdsOperation::SetDbSecurityGroups { id, .. }
        | RdsOperation::ProtectDbInstance { id }
        | RdsOperation::SetDbUpkeep { id, .. }
        | RdsOperation::CreateReadReplica { id, .. }
        | RdsOperation::RestoreDbInstance { id, .. }
        | RdsOperation::DeleteDbInstance { id, .. } => vec![keys::database(region, id)],
        RdsOperation::TagDbInstance { .. } if operation.tags_a_cluster_snapshot() => aurora::about(region, operation),
        RdsOperation::TagDbInstance { arn, .. } => vec![keys::database(region, id_of(arn))],
        RdsOperation::SwitchGlobalCluster { .. }
        | RdsOperation::FailOverGlobalCluster { .. }
        | RdsOperation::LeaveGlobalCluster { .. }
        | RdsOperation::CopyClusterSnapshot { .. } => aurora::about(region, operation),
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
        RdsOperation::TagDbInstance { .. } if operation.tags_a_cluster_snapshot() => {
            aurora::refusal(world, region, operation, at)
        }
        RdsOperation::TagDbInstance { arn, .. } => {
            world.database(region, id_of(arn), at).is_none().then(|| no_instance(arn))
        }
        RdsOperation::SetDbSecurityGroups { id, .. }
        | RdsOperation::ProtectDbInstance { id }
        | RdsOperation::SetDbUpkeep { id, .. } => match world.database(region, id, at) {
            Some(place) => not_available(world, &world.databases[place], at),
            None => Some(no_instance(id)),
        },
        RdsOperation::CreateReadReplica { id, source, .. } => {
            let is_taken = taken_by_another(world, region, id, at).is_some();
            if is_taken || world.database(region, id, at).is_some() {
                return Some(Refusal::new("DBInstanceAlreadyExists", "DB Instance already exists"));
            }
            let Some(place) = world.database_of_arn(source, at) else { return Some(no_instance(source)) };
            let database = &world.databases[place];
            if database::describe(&world.databases, place, &world.troubles, at).backup_retention_days == 0 {
                let words = "Automated backups are not enabled for this database instance.";
                return Some(Refusal::new("InvalidDBInstanceState", words));
            }
            not_available(world, database, at)
        }
        RdsOperation::RestoreDbInstance { .. } | RdsOperation::DeleteDbInstance { .. } => {
            restore::refusal(world, region, operation, at)
        }
        RdsOperation::SwitchGlobalCluster { .. }
        | RdsOperation::FailOverGlobalCluster { .. }
        | RdsOperation::LeaveGlobalCluster { .. }
        | RdsOperation::CopyClusterSnapshot { .. } => aurora::refusal(world, region, operation, at),
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
        // Each here is protected from the beginning.
        RdsOperation::ProtectDbInstance { .. } => {}
        RdsOperation::SetDbUpkeep { id, upkeep } => {
            if let Some(place) = world.database(region, id, at) {
                world.databases[place].upkeep.push((at, upkeep.clone()));
            }
        }
        RdsOperation::TagDbInstance { .. } if operation.tags_a_cluster_snapshot() => {
            aurora::take(world, region, operation, at);
        }
        RdsOperation::TagDbInstance { arn, run, .. } => {
            if let Some(place) = world.database(region, id_of(arn), at) {
                world.databases[place].tags.push((at, run.clone()));
            }
        }
        RdsOperation::CreateReadReplica { id, source, settings, .. } => {
            if let Some(place) = world.database_of_arn(source, at) {
                let source = &world.databases[place];
                let (engine, port) = (source.engine.clone(), source.port);
                world.add_database(Database {
                    region: region.clone(),
                    first_id: id.clone(),
                    engine,
                    port,
                    backup_retention_days: 0,
                    source: Some(place),
                    promotion: None,
                    renames: Vec::new(),
                    groups: vec![(Timestamp::MIN, settings.security_groups.clone())],
                    tags: Vec::new(),
                    upkeep: Vec::new(),
                    made: Some(Made::draw(&dice, &keys::database(region, id), at)),
                });
            }
        }
        RdsOperation::SwitchGlobalCluster { .. }
        | RdsOperation::FailOverGlobalCluster { .. }
        | RdsOperation::LeaveGlobalCluster { .. }
        | RdsOperation::CopyClusterSnapshot { .. } => aurora::take(world, region, operation, at),
        RdsOperation::RestoreDbInstance { .. } | RdsOperation::DeleteDbInstance { .. } => {
            restore::take(world, region, operation, at);
        }
    }
    Receipt::default()
}

/// An instance of somebody else's, where a fault has one stand under a name of the region that failed.
fn taken_by_another(world: &World, region: &Region, id: &str, at: Timestamp) -> Option<DbInstance> {
    let is_old_side = *region == world.plan.application.primary;
    world.troubles.active(FaultKind::NameTaken, &keys::database(region, id), at).filter(|_| is_old_side)?;
    Some(DbInstance {
        id: id.into(),
        arn: Clean::new(&format!("arn:aws:rds:{region}:{}:db:{id}", database::ACCOUNT)),
        resource_id: "db-ANOTHER".into(),
        status: "available".into(),
        engine: "mysql".into(),
        backup_retention_days: 1,
        ..DbInstance::default()
    })
}

/// The name at the end of an instance's ARN.
fn id_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

fn no_instance(id: &str) -> Refusal {
    Refusal { code: "DBInstanceNotFound", message: format!("DBInstance {id} not found.") }
}

/// The kind `rds`: a source in the primary region and its replica in the recovery region.
pub(super) struct Rds;

impl Simulated for Rds {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Rds::of(&component.fields) else { return };
        let application = world.plan.application.clone();
        let port = said.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(3306);
        let database = |side: Side, id: &str, source: Option<usize>| Database {
            region: application.region(side).clone(),
            first_id: id.into(),
            engine: engine_on(port).into(),
            port,
            // Replicas are made with backups switched off; these have had them switched on.
            backup_retention_days: if source.is_some() { 1 } else { 7 },
            source,
            promotion: None,
            renames: Vec::new(),
            groups: vec![(Timestamp::MIN, vec!["sg-database".into()])],
            tags: Vec::new(),
            upkeep: Vec::new(),
            made: None,
        };
        let source = world.add_database(database(Side::Primary, &said.primary, None));
        world.add_database(database(Side::Recovery, &said.recovery, Some(source)));
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Rds::of(&component.fields) else { return Vec::new() };
        let key = |side, id: &str| keys::database(application.region(side), id);
        vec![key(Side::Primary, &said.primary), key(Side::Recovery, &said.recovery)]
    }

    fn programs(&self, component: &Component) -> Vec<(Vec<String>, Program)> {
        let Ok(said) = said::Rds::of(&component.fields) else { return Vec::new() };
        let caught_up = said.caught_up.map(|program| (program, Program::CaughtUp));
        let compare = said.compare.map(|program| (program, Program::Compare));
        caught_up.into_iter().chain(compare).collect()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Rds::of(&component.fields) else { return false };
        let id = match side {
            Side::Primary => said.primary,
            Side::Recovery => said.recovery,
        };
        let found = world.database(world.plan.application.region(side), &id, at).map(|place| &world.databases[place]);
        // It takes writes.
        found.is_some_and(|database| database.is_up(&world.troubles, at) && !database.is_replica(&world.troubles, at))
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let databases = (0..world.databases.len()).map(|place| {
            let seen = database::describe(&world.databases, place, &world.troubles, at);
            let mut value = json!({
                "status": seen.status, "replica_of": seen.replica_of, "replicas": seen.replicas,
                "backup_retention_days": seen.backup_retention_days, "endpoint": seen.endpoint,
                "backup_window": seen.settings.backup_window, "maintenance_window": seen.settings.maintenance_window,
                "security_groups": seen.settings.security_groups, "run": seen.restored_by,
            });
            if let Some((missing, two_writers)) = parted(world, place, at) {
                value["missing_seconds"] = json!(missing);
                value["two_writers_seconds"] = json!(two_writers);
            }
            (format!("{}/{}", world.databases[place].region, seen.id), value)
        });
        vec![("databases", databases.collect())]
    }
}

/// How many seconds of what was written to its source before it was one itself the promoted instance at `place` does
/// not have, and for how many seconds both were written to.
pub(super) fn parted(world: &World, place: usize, at: Timestamp) -> Option<(f64, f64)> {
    let link = world.link(place)?;
    let detached = link.replica.detached_at(&world.troubles, at)?;
    let written = link.written_until(at);
    let missing = seconds(link.applied_until(at), written.min(detached)).max(0.0);
    Some((missing, seconds(detached, written).max(0.0)))
}

/// The engine that usually listens on `port`.
fn engine_on(port: u16) -> &'static str {
    match port {
        5432 => "postgres",
        _ => "mysql",
    }
}
