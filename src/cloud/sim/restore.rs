//! Simulated restores of RDS: the backups that a database is restored from, what was restored, and what went again.

use super::database::ACCOUNT;
use super::dice::{later, seconds};
use super::keys;
use super::kind::{Program, Simulated};
use super::world::{Refusal, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{AutomatedBackup, DbInstance, DbSettings, DbSnapshot};
use crate::service::{RdsOperation, RestoreFrom, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How far a backup in another region is behind, in seconds: transaction logs are uploaded every five minutes.
const BEHIND: f64 = 300.0;
/// How far back a backup reaches, in seconds.
const REACHES: f64 = 7.0 * 86_400.0;
/// How long it takes until an instance is gone, in seconds.
const GOES: f64 = 120.0;
/// How long it takes until an instance that was asked for is told as more than `creating`, as a share of the whole.
const CREATED: f64 = 0.85;

/// All there is of it.
#[derive(Default)]
pub(super) struct Restores {
    /// The sources, by region and name, with how long a restore of each takes, in seconds.
    sources: BTreeMap<String, f64>,
    /// What was restored, by the key of the instance.
    made: BTreeMap<String, Made>,
    /// The last snapshots, by region and name: when each was taken.
    last: BTreeMap<String, Timestamp>,
}

/// An instance that was restored.
struct Made {
    id: Clean,
    at: Timestamp,
    takes: f64,
    run: Clean,
    settings: DbSettings,
    /// When it was deleted.
    deleted: Option<Timestamp>,
}

/// What a database is restored from.
pub(super) fn key(region: &Region, source: &str) -> String {
    format!("{region}/restore/{source}")
}

impl World {
    /// A backup, as it is told at `at`: once its source's region is gone it reaches no further.
    pub(super) fn automated_backup(&self, region: &Region, arn: &Clean, at: Timestamp) -> Option<AutomatedBackup> {
        self.restores.sources.get(&key(region, arn))?;
        let until = self.troubles.gone_since(&self.plan.application.primary, at).unwrap_or(at);
        Some(AutomatedBackup {
            arn: arn.clone(),
            status: "replicating".into(),
            engine: "postgres".into(),
            earliest: Some(later(at, -REACHES)),
            latest: Some(later(until, -BEHIND)),
        })
    }

    /// A snapshot: one that the plan names, of the night before, or the last of what was deleted.
    pub(super) fn db_snapshot(&self, region: &Region, id: &Clean, at: Timestamp) -> Option<DbSnapshot> {
        let key = key(region, id);
        let last = self.restores.last.get(&key).copied();
        let named = self.restores.sources.contains_key(&key).then(|| later(self.started_at, -6.0 * 3600.0));
        let taken_at = last.or(named)?;
        Some(DbSnapshot {
            id: id.clone(),
            arn: Clean::new(&format!("arn:aws:rds:{region}:{ACCOUNT}:snapshot:{id}")),
            status: if taken_at <= at { "available".into() } else { "creating".into() },
            engine: "postgres".into(),
            taken_at: Some(taken_at),
        })
    }

    /// An instance that was restored, if there is one of that id at `at`.
    pub(super) fn restored(&self, region: &Region, id: &str, at: Timestamp) -> Option<DbInstance> {
        let made = self.restores.made.get(&keys::database(region, &id.to_ascii_lowercase()))?;
        if made.deleted.is_some_and(|deleted| seconds(deleted, at) >= GOES) {
            return None;
        }
        let share = seconds(made.at, at) / made.takes;
        let status = match made.deleted {
            Some(_) => "deleting",
            None if share < CREATED => "creating",
            None if share < 1.0 => "backing-up",
            None => "available",
        };
        let is_up = share >= CREATED;
        Some(DbInstance {
            id: made.id.clone(),
            arn: Clean::new(&format!("arn:aws:rds:{region}:{ACCOUNT}:db:{}", made.id)),
            resource_id: Clean::new(&format!("db-RESTORED-{}", made.id.to_ascii_uppercase())),
            status: status.into(),
            engine: "postgres".into(),
            backup_retention_days: 7,
            endpoint: is_up.then(|| Clean::new(&format!("{}.restored.{region}.rds.amazonaws.com", made.id))),
            port: is_up.then_some(5432),
            restored_by: Some(made.run.clone()),
            settings: Box::new(made.settings.clone()),
            ..DbInstance::default()
        })
    }
}

/// Why it would be refused at `at`; `None` when it would be taken, or is no operation of these.
pub(super) fn refusal(world: &World, region: &Region, operation: &RdsOperation, at: Timestamp) -> Option<Refusal> {
    match operation {
        RdsOperation::RestoreDbInstance { from, id, .. } => {
            let (source, code) = match from {
                RestoreFrom::Backup { backup, .. } => (backup, "DBInstanceAutomatedBackupNotFound"),
                RestoreFrom::Snapshot { snapshot } => (snapshot, "DBSnapshotNotFound"),
            };
            if !world.restores.sources.contains_key(&key(region, source)) {
                return Some(Refusal::new(code, &format!("{source} not found.")));
            }
            let is_taken = world.restored(region, id, at).is_some() || world.database(region, id, at).is_some();
            is_taken.then(|| Refusal::new("DBInstanceAlreadyExists", "DB Instance already exists"))
        }
        RdsOperation::DeleteDbInstance { id, .. } => match world.restored(region, id, at) {
            None => Some(Refusal::new("DBInstanceNotFound", &format!("DBInstance {id} not found."))),
            Some(found) if found.status.as_str() != "available" => {
                Some(Refusal::new("InvalidDBInstanceState", &format!("Instance {id} is {}.", found.status)))
            }
            Some(_) => None,
        },
        _ => None,
    }
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &RdsOperation, at: Timestamp) {
    match operation {
        RdsOperation::RestoreDbInstance {
            from,
            id,
            class,
            subnet_group,
            security_groups,
            parameter_group,
            multi_az,
            run,
        } => {
            let (RestoreFrom::Backup { backup: source, .. } | RestoreFrom::Snapshot { snapshot: source }) = from;
            let usual = world.restores.sources.get(&key(region, source)).copied().unwrap_or(1800.0);
            let takes = world.dice.between(&format!("restore of {id}"), 0.75 * usual, 1.1 * usual);
            let default = |given: &Option<Clean>, usual: &str| given.clone().or_else(|| Some(usual.into()));
            let groups = if security_groups.is_empty() { vec!["sg-default".into()] } else { security_groups.clone() };
            let settings = DbSettings {
                class: default(class, "db.r6g.large"),
                subnet_group: default(subnet_group, "default"),
                security_groups: groups,
                parameter_group: default(parameter_group, "default.postgres15"),
                multi_az: Some(*multi_az),
                ..DbSettings::default()
            };
            let made = Made { id: id.clone(), at, takes, run: run.clone(), settings, deleted: None };
            world.restores.made.insert(keys::database(region, id), made);
        }
        RdsOperation::DeleteDbInstance { id, last } => {
            if let Some(made) = world.restores.made.get_mut(&keys::database(region, id)) {
                made.deleted = Some(at);
                world.restores.last.insert(key(region, last), later(at, GOES / 2.0));
            }
        }
        _ => {}
    }
}

/// The kind `rds-restore`.
pub(super) struct RdsRestore;

impl Simulated for RdsRestore {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::RdsRestore::of(&component.fields) else { return };
        let key = key(world.plan.application.region(Side::Recovery), &said.source);
        world.restores.sources.insert(key, said.expected);
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::RdsRestore::of(&component.fields) else { return Vec::new() };
        let region = application.region(Side::Recovery);
        vec![keys::database(region, &said.instance.to_ascii_lowercase()), key(region, &said.source)]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::RdsRestore::of(&component.fields) else { return false };
        let region = world.plan.application.region(side);
        let found = || world.restored(region, &said.instance, at);
        side == Side::Primary || found().is_some_and(|found| found.status.as_str() == "available")
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let told = |(key, made): (&String, &Made)| {
            let region = Region::new(key.split('/').next().unwrap_or_default());
            let found = world.restored(&region, &made.id, at)?;
            Some((key.clone(), json!({ "status": found.status, "run": found.restored_by })))
        };
        let all: Map<String, Value> = world.restores.made.iter().filter_map(told).collect();
        if all.is_empty() { Vec::new() } else { vec![("restored", all)] }
    }
}
