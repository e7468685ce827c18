//! Simulated RDS: instances, their promotion and their renaming, as pure functions of time.

use super::dice::{Dice, later};
use super::fault::FaultKind;
use super::keys;
use super::trouble::{Troubles, Window, progress};
use crate::plan::Region;
use crate::service::observation::{DbInstance, DbSettings, DbUpkeep, Replication};
use crate::text::Clean;
use jiff::Timestamp;

/// The simulated account's number: the one that AWS's documentation uses.
pub const ACCOUNT: &str = "111122223333";
/// How long after its source's region went a replica notices, in seconds.
const NOTICES_SECONDS: f64 = 60.0;
/// How long a promotion that fails has been modifying before it does, in seconds.
const FAILS_AFTER_SECONDS: f64 = 45.0;

/// A database instance.
pub struct Database {
    /// Where it is.
    pub region: Region,
    /// What it is called before any renaming.
    pub first_id: Clean,
    /// mysql, postgres, …
    pub engine: Clean,
    /// Its port.
    pub port: u16,
    /// Days of backups it began with.
    pub backup_retention_days: u32,
    /// Its source's place among the databases, when it is a replica.
    pub source: Option<usize>,
    /// Its promotion, once it was asked for.
    pub promotion: Option<Promotion>,
    /// Its renamings, in order.
    pub renames: Vec<Rename>,
    /// Its security groups, each time with when it got them.
    pub groups: Vec<(Timestamp, Vec<Clean>)>,
    /// The runs whose tag it was given, each with when.
    pub tags: Vec<(Timestamp, Clean)>,
    /// What was said of its backups and windows, each with when.
    pub upkeep: Vec<(Timestamp, DbUpkeep)>,
    /// When it was made; absent of what stood there before the run.
    pub made: Option<Made>,
}

/// An instance that was made while the world stood.
#[derive(Clone, Copy)]
pub struct Made {
    /// When it was asked for.
    pub taken: Timestamp,
    ends: Timestamp,
}

impl Made {
    /// A copy across regions as long as that of a small database: 15 to 40 minutes.
    pub fn draw(dice: &Dice, key: &str, taken: Timestamp) -> Self {
        let of_this_time = format!("{key} made {}", taken.as_millisecond());
        Self { taken, ends: later(taken, dice.between(&of_this_time, 900.0, 2400.0)) }
    }
}

/// A promotion under way or done. Lengths in seconds from when it was taken, while nothing holds it up.
#[derive(Clone, Copy)]
pub struct Promotion {
    taken: Timestamp,
    backup_retention_days: u32,
    lingers: f64,
    reboots: f64,
    backs_up: f64,
    ends: f64,
}

impl Promotion {
    /// A promotion as long as real ones: `available` lingers, then `modifying`, `rebooting`, `backing-up`; 3 to 7 minutes.
    pub fn draw(dice: &Dice, key: &str, taken: Timestamp, backup_retention_days: u32) -> Self {
        let draw = |what: &str, low, high| dice.between(&format!("{key} promote {what}"), low, high);
        let lingers = draw("lingers", 15.0, 40.0);
        let ends = draw("ends", 180.0, 420.0);
        let work = ends - lingers;
        let reboots = lingers + work * draw("reboots", 0.4, 0.6);
        let backs_up = reboots + work * draw("backs up", 0.15, 0.25);
        let ends = if backup_retention_days == 0 { backs_up } else { ends };
        Self { taken, backup_retention_days, lingers, reboots, backs_up, ends }
    }

    /// How far it is at `at`, in seconds of its own: it stands still in the windows that hold it up.
    fn progress(&self, held_up: &[Window], at: Timestamp) -> f64 {
        progress((self.taken, self.lingers, self.ends), held_up, at)
    }
}

/// A renaming under way or done.
pub struct Rename {
    to: Clean,
    taken: Timestamp,
    begins: Timestamp,
    switches: Timestamp,
    ends: Timestamp,
}

impl Rename {
    /// A renaming as long as real ones: about ten minutes until the new name works (RDS User Guide, "Renaming a DB
    /// instance"), the old one gone long before.
    pub fn draw(dice: &Dice, key: &str, nth: usize, taken: Timestamp, to: &Clean) -> Self {
        let draw = |what: &str, low, high| dice.between(&format!("{key} rename {nth} {what}"), low, high);
        let ends = draw("ends", 480.0, 720.0);
        let begins = draw("begins", 5.0, 20.0);
        let switches = begins + (ends - begins) * draw("switches", 0.3, 0.5);
        Self {
            to: to.clone(),
            taken,
            begins: later(taken, begins),
            switches: later(taken, switches),
            ends: later(taken, ends),
        }
    }
}

impl Database {
    /// What it is called at `at`.
    pub fn id(&self, at: Timestamp) -> &Clean {
        let renamed = self.renames.iter().rev().find(|rename| rename.switches <= at);
        renamed.map_or(&self.first_id, |rename| &rename.to)
    }

    /// Whether it is there at `at`.
    pub fn is_there(&self, at: Timestamp) -> bool {
        self.made.is_none_or(|made| made.taken <= at)
    }

    /// What faults know it by: its first name.
    pub fn key(&self) -> String {
        keys::database(&self.region, &self.first_id)
    }

    /// Its ARN at `at`.
    pub fn arn(&self, at: Timestamp) -> Clean {
        Clean::new(&format!("arn:aws:rds:{}:{ACCOUNT}:db:{}", self.region, self.id(at)))
    }

    /// Its endpoint's address at `at`.
    pub fn endpoint(&self, at: Timestamp) -> Clean {
        Clean::new(&format!("{}.cq7sim.{}.rds.amazonaws.com", self.id(at), self.region))
    }

    /// What it is about to be called at `at`.
    fn becomes(&self, at: Timestamp) -> Option<&Clean> {
        let last = self.renames.last()?;
        (last.taken <= at && at < last.switches).then_some(&last.to)
    }

    /// The security groups it has at `at`.
    pub fn security_groups(&self, at: Timestamp) -> &[Clean] {
        let since = self.groups.iter().rev().find(|(since, _)| *since <= at);
        since.map_or(&[], |(_, groups)| groups.as_slice())
    }

    /// Its backups and windows at `at`. RDS gives each that is made windows of its own.
    fn upkeep(&self, at: Timestamp) -> DbUpkeep {
        let own = |before: &str, made: &str| Some(if self.made.is_some() { made } else { before }.into());
        let mut all = DbUpkeep {
            backup_days: None,
            backup_window: own("03:00-03:30", "09:12-09:42"),
            maintenance_window: own("sun:05:00-sun:05:30", "thu:11:04-thu:11:34"),
        };
        for (_, said) in self.upkeep.iter().filter(|(since, _)| *since <= at) {
            all.backup_days = said.backup_days.or(all.backup_days);
            all.backup_window = said.backup_window.clone().or(all.backup_window);
            all.maintenance_window = said.maintenance_window.clone().or(all.maintenance_window);
        }
        all
    }

    /// Whether it is a PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.engine.as_str() == "postgres"
    }

    /// Whether a renaming restarts it at `at`.
    pub fn is_restarting(&self, at: Timestamp) -> bool {
        self.renames.last().is_some_and(|rename| rename.switches <= at && at < rename.ends)
    }

    /// Since when it has not been there, at `at`, under the name by which it is written to; `None` when it is.
    pub fn away_since(&self, at: Timestamp) -> Option<Timestamp> {
        let mut away = None;
        for rename in self.renames.iter().filter(|rename| rename.switches <= at) {
            if rename.to != self.first_id {
                away = away.or(Some(rename.switches));
            } else if rename.ends <= at {
                away = None;
            }
        }
        away
    }

    /// Since when it has been up under another name, at `at`.
    pub fn up_since(&self, at: Timestamp) -> Option<Timestamp> {
        self.away_since(at)?;
        self.renames.iter().rev().map(|rename| rename.ends).find(|ends| *ends <= at)
    }

    /// When its promotion cut it off from its source, if that was by `at`.
    pub fn detached_at(&self, troubles: &Troubles, at: Timestamp) -> Option<Timestamp> {
        let promotion = self.promotion.as_ref().filter(|_| self.source.is_some())?;
        if self.is_replica(troubles, at) {
            return None;
        }
        let (mut attached, mut detached) = (promotion.taken.as_millisecond(), at.as_millisecond());
        while detached - attached > 1 {
            let middle = attached + (detached - attached) / 2;
            let is_replica = Timestamp::from_millisecond(middle).is_ok_and(|middle| self.is_replica(troubles, middle));
            if is_replica { attached = middle } else { detached = middle }
        }
        Timestamp::from_millisecond(detached).ok()
    }

    /// DBInstanceStatus at `at`.
    pub fn status(&self, troubles: &Troubles, at: Timestamp) -> &'static str {
        if let Some(made) = self.made {
            let fails = troubles.active(FaultKind::ReplicaCreateFails, &self.key(), at).is_some();
            if fails && at >= later(made.taken, FAILS_AFTER_SECONDS) {
                return "failed";
            }
            if at < made.ends {
                return "creating";
            }
        }
        if let Some(rename) = self.renames.last().filter(|rename| at < rename.ends && rename.begins <= at) {
            return if at < rename.switches { "renaming" } else { "rebooting" };
        }
        let Some(promotion) = &self.promotion else { return "available" };
        let progress = promotion.progress(&self.held_up(troubles), at);
        let has_failed = self.failing(troubles).iter().any(|window| window.contains(at));
        match progress {
            progress if progress < promotion.lingers => "available",
            progress if progress >= promotion.ends => "available",
            _ if has_failed => "storage-full",
            progress if progress < promotion.reboots => "modifying",
            progress if progress < promotion.backs_up => "rebooting",
            _ => "backing-up",
        }
    }

    /// Whether it takes connections at `at`: while its first backup is made, too.
    pub fn is_up(&self, troubles: &Troubles, at: Timestamp) -> bool {
        matches!(self.status(troubles, at), "available" | "backing-up")
    }

    /// Whether it still replicates from its source at `at`, by its role: until a promotion reboots it.
    pub fn is_replica(&self, troubles: &Troubles, at: Timestamp) -> bool {
        self.source.is_some()
            && self
                .promotion
                .as_ref()
                .is_none_or(|promotion| promotion.progress(&self.held_up(troubles), at) < promotion.reboots)
    }

    fn held_up(&self, troubles: &Troubles) -> Vec<Window> {
        let mut windows = troubles.windows(FaultKind::PromotionStuck, &self.key());
        windows.extend(self.failing(troubles));
        windows.sort_by_key(|window| window.from);
        windows
    }

    /// When a promotion has failed: not before it has been modifying for a while.
    fn failing(&self, troubles: &Troubles) -> Vec<Window> {
        let Some(promotion) = &self.promotion else { return Vec::new() };
        let earliest = later(promotion.taken, promotion.lingers + FAILS_AFTER_SECONDS);
        let windows = troubles.windows(FaultKind::PromotionFails, &self.key()).into_iter();
        windows.map(|window| Window { from: window.from.max(earliest), ..window }).collect()
    }
}

/// When the certificate authority `rds-ca-rsa2048-g1` ends, in 2061.
const AUTHORITY_ENDS: i64 = 2_892_000_000;

/// What DescribeDBInstances says of the database at `place` among `all`.
pub fn describe(all: &[Database], place: usize, troubles: &Troubles, at: Timestamp) -> DbInstance {
    let database = &all[place];
    let source = database.source.filter(|_| database.is_replica(troubles, at));
    let replicas =
        all.iter().filter(|other| other.source == Some(place) && other.is_there(at) && other.is_replica(troubles, at));
    let upkeep = database.upkeep(at);
    let retention = match &database.promotion {
        Some(promotion) if source.is_none() => promotion.backup_retention_days,
        Some(_) | None => upkeep.backup_days.unwrap_or(database.backup_retention_days),
    };
    DbInstance {
        id: database.id(at).clone(),
        arn: database.arn(at),
        resource_id: Clean::new(&match database.made {
            None => format!("db-{}", database.first_id.to_ascii_uppercase()),
            // What is made under a name that was free is another.
            Some(made) => format!("db-{}-{}", database.first_id.to_ascii_uppercase(), made.taken.as_millisecond()),
        }),
        status: database.status(troubles, at).into(),
        becomes: database.becomes(at).cloned(),
        engine: database.engine.clone(),
        cluster: None,
        replica_of_cluster: None,
        replica_of: source.map(|source| all[source].arn(at)),
        // Replicas of other regions are named by their ARN.
        replicas: replicas.map(|replica| replica.arn(at)).collect(),
        replication: source.map(|source| replication(database, &all[source], troubles, at)),
        backup_retention_days: retention,
        endpoint: Some(database.endpoint(at)),
        port: Some(database.port),
        restored_by: database.tags.iter().rev().find(|(since, _)| *since <= at).map(|(_, run)| run.clone()),
        pending: Vec::new(),
        parameters_applied: Some("in-sync".into()),
        subnet_zones: ["a", "b"].map(|zone| Clean::new(&format!("{}{zone}", database.region))).to_vec(),
        certificate_until: Timestamp::from_second(AUTHORITY_ENDS).ok(),
        restorable_to: (retention > 0).then_some(at),
        settings: Box::new(DbSettings {
            subnet_group: Some("database".into()),
            parameter_group: Some(Clean::new(&format!("default.{}", database.engine))),
            class: Some("db.r6g.large".into()),
            engine_version: Some("16.8".into()),
            allocated_gib: Some(200),
            iops: Some(3000),
            throughput: Some(125),
            multi_az: Some(true),
            deletion_protection: Some(true),
            security_groups: database.security_groups(at).to_vec(),
            backup_window: upkeep.backup_window,
            maintenance_window: upkeep.maintenance_window,
            ..DbSettings::default()
        }),
    }
}

fn replication(replica: &Database, source: &Database, troubles: &Troubles, at: Timestamp) -> Replication {
    let broken = |status: &str, message: &str| Replication {
        status: status.into(),
        normal: false,
        message: Some(message.into()),
    };
    if let Some(fault) = troubles.active(FaultKind::ReplicationStopped, &replica.key(), at) {
        return broken("error", fault.reason.as_deref().unwrap_or("replication stopped on an error in the SQL thread"));
    }
    let notices = troubles.gone_since(&source.region, at).map(|gone| later(gone, NOTICES_SECONDS));
    if notices.is_some_and(|notices| notices <= at) {
        return broken("error", "the replica cannot connect to its source");
    }
    Replication { status: "replicating".into(), normal: true, message: None }
}
