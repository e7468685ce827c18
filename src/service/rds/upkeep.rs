//! What a replica that was made in the place of another cannot be made with: automated backups for as many days, and the windows
//! of both backups and maintenance (RDS API Reference, CreateDBInstanceReadReplica, has no word for them). Set while nobody is served by it, nobody notices
//! it, and its first backup is taken long before it is promoted.

use super::replica::MakeReplica;
use super::seen::DbInstance;
use super::status::{BACKING_UP, PASSES, help_for, may_be_changed, serves, trouble};
use super::words;
use crate::service::ask::Ask;
use crate::service::operation::{Act, Operation, RdsOperation};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// Its backups and its windows: what is said of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DbUpkeep {
    /// BackupRetentionPeriod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_days: Option<u32>,
    /// PreferredBackupWindow, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_window: Option<Clean>,
    /// PreferredMaintenanceWindow, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<Clean>,
}

impl DbUpkeep {
    /// That of `instance`.
    fn of(instance: &DbInstance) -> Self {
        Self {
            backup_days: Some(instance.backup_retention_days),
            backup_window: instance.settings.backup_window.clone(),
            maintenance_window: instance.settings.maintenance_window.clone(),
        }
    }

    /// What of it `has` has otherwise; nothing where it has all.
    fn beyond(&self, has: &Self) -> Self {
        let other = |wanted: &Option<Clean>, has: &Option<Clean>| wanted.clone().filter(|_| wanted != has);
        Self {
            backup_days: self.backup_days.filter(|_| self.backup_days != has.backup_days),
            backup_window: other(&self.backup_window, &has.backup_window),
            maintenance_window: other(&self.maintenance_window, &has.maintenance_window),
        }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn told(&self) -> String {
        let days = self.backup_days.map(|days| match days {
            0 => "no backups".to_owned(),
            1 => "backups of a day".to_owned(),
            days => format!("backups of {days} days"),
        });
        let window = |of: &str, window: &Option<Clean>| window.as_ref().map(|window| format!("{of} {window}"));
        let windows = [window("taken", &self.backup_window), window("maintenance", &self.maintenance_window)];
        days.into_iter().chain(windows.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    }
}

/// How it was before: another instance of the same name is not given that back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Before {
    resource_id: Clean,
    #[serde(flatten)]
    upkeep: DbUpkeep,
}

/// The replica gets what the one in whose place it is had.
pub(super) struct Upkeep {
    /// What was made.
    pub made: MakeReplica,
    /// What is said of it; its windows are those of what it was made like, where nothing is.
    pub said: DbUpkeep,
    /// Which instance it has to be, where that is known.
    pub resource_id: Clean,
}

impl Upkeep {
    /// As it was before, by what was kept of that; `None` where it had no backups. That would delete those it has by now, and
    /// nothing is deleted.
    pub fn back(made: MakeReplica, before: &serde_json::Value) -> Option<Self> {
        let before = Before::of_journal(before)?;
        let has_backups = before.upkeep.backup_days.is_some_and(|days| days > 0);
        has_backups.then_some(Self { made, said: before.upkeep, resource_id: before.resource_id })
    }

    /// What it is to have; `None` while what it was made like is not told.
    fn wanted(&self, instance: &DbInstance, facts: &Facts<'_>) -> Result<DbUpkeep, Clean> {
        let mut wanted = self.said.clone();
        if self.made.settings.is_none() && wanted.maintenance_window.is_none() {
            match self.made.look_like(facts) {
                Look::There(like) => {
                    wanted.backup_window.clone_from(&like.settings.backup_window);
                    wanted.maintenance_window.clone_from(&like.settings.maintenance_window);
                }
                Look::Absent => {}
                Look::NotTold(why) => return Err(Clean::new(why)),
            }
        }
        if instance.replica_of.is_some() && !keeps_backups_of_its_own(instance) {
            wanted.backup_days = None;
        }
        Ok(wanted)
    }

    fn lacking(&self, instance: &DbInstance, facts: &Facts<'_>) -> Option<DbUpkeep> {
        Some(self.wanted(instance, facts).ok()?.beyond(&DbUpkeep::of(instance)))
    }

    fn stranger(&self, instance: &DbInstance, facts: &Facts<'_>) -> Option<(String, String)> {
        // What is given back is given to the very one, whatever has become of it.
        let is_it = match self.resource_id.as_str() {
            "" => self.made.is_of_the_source(instance, facts),
            id => id == instance.resource_id.as_str(),
        };
        (!is_it).then(|| self.made.another(instance))
    }
}

/// Whether RDS keeps automated backups of a replica of that engine (RDS User Guide, "Differences between read replicas of
/// different DB engines"): of MySQL and MariaDB, and of PostgreSQL since 14.1. Of others its promotion begins them.
fn keeps_backups_of_its_own(instance: &DbInstance) -> bool {
    let version = instance.settings.engine_version.as_deref().unwrap_or_default();
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    match instance.engine.as_str() {
        "mysql" | "mariadb" => true,
        "postgres" => (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (14, 1),
        _ => false,
    }
}

impl Work for Upkeep {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        self.made.asks(asked)
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let (id, region) = (&self.made.id, &self.made.place.region);
        let instance = match self.made.look(facts) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::untouched(format!("there is no {id} in {region}")),
            Look::There(instance) => instance,
        };
        let status = &instance.status;
        if let Some(help) = trouble(status) {
            return Verdict::bad(format!("{id} is {status}"), help);
        }
        if let Some((found, help)) = self.stranger(instance, facts) {
            return Verdict::bad(found, help);
        }
        let wanted = match self.wanted(instance, facts) {
            Ok(wanted) => wanted,
            Err(why) => return Verdict::unknown(why.as_str()),
        };
        let lacking = wanted.beyond(&DbUpkeep::of(instance));
        let waits = instance.pending.iter().any(|name| name.as_str() == "BackupRetentionPeriod");
        match facts.asked {
            _ if lacking.is_nothing() && !waits && serves(status) => {
                let told = if wanted.is_nothing() { "nothing says what it had".to_owned() } else { wanted.told() };
                Verdict::holds(format!("{id} is {status}: {told}"), Outputs::new())
            }
            _ if lacking.is_nothing() => Verdict::moving(format!("{id} is {status}")),
            Asked::Taken { .. } => Verdict::moving(format!("{id} is {status}, without {} yet", lacking.told())),
            // One without an answer that leaves no trace did not happen.
            Asked::No | Asked::Unanswered { .. } => {
                Verdict::untouched(format!("{id} is {status}, without {}", lacking.told()))
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("rds-upkeep-status", "available");
        vec![match self.made.look(facts) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, false, format!("no instance {}", self.made.id), wanted, "make it first"),
            Look::There(replica) if replica.status.as_str() == BACKING_UP => Check::unanswered(code, PASSES, wanted),
            Look::There(replica) => {
                let status = replica.status.as_str();
                Check::that(code, may_be_changed(status), status, wanted, help_for(status))
            }
        }]
    }

    /// What it has as it should is not said again.
    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let upkeep = self.lacking(self.made.look(facts).found()?, facts)?;
        let operation = Operation::Rds(RdsOperation::SetDbUpkeep { id: self.made.id.as_str().into(), upkeep });
        Some(Act { place: self.made.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> serde_json::Value {
        let Some(instance) = self.made.look(facts).found() else { return serde_json::Value::Null };
        Before { resource_id: instance.resource_id.clone(), upkeep: DbUpkeep::of(instance) }.kept()
    }
}

impl MakeReplica {
    fn look_like<'a>(&self, facts: &Facts<'a>) -> Look<'a, DbInstance> {
        facts.see(&words::instance(&self.place, &self.like))
    }
}
