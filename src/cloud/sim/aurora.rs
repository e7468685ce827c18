//! The simulated Aurora: global databases of two clusters, their moves as pure functions of time, what their events say, and
//! the snapshot that a failover leaves.

use super::database::ACCOUNT;
use super::dice::{Dice, later, seconds};
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::trouble::{Troubles, progress};
use super::world::{Refusal, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{
    ClusterInstance, ClusterSnapshot, DbCluster, DbEvent, GlobalCluster, GlobalMember, GlobalMove,
};
use crate::service::{RdsObservation, RdsOperation, RdsQuery, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// PostgreSQL listens here.
const PORT: u16 = 5432;
/// The engine version of both clusters.
const VERSION: &str = "15.4";
/// How long a copy of a snapshot takes, in seconds.
const COPY_SECONDS: (f64, f64) = (300.0, 900.0);

/// A global database.
pub(super) struct GlobalDatabase {
    id: Clean,
    /// Its primary first, as it was before anything was done.
    clusters: [Cluster; 2],
    port: u16,
    /// Everything that was asked of it, in order.
    moves: Vec<Move>,
    /// The copies that were made of snapshots: whose, what they are called, when they were asked for and are whole.
    copies: Vec<(usize, Clean, Timestamp, Timestamp)>,
    /// Which copy was said to be of which run, and since when.
    told: Vec<(Clean, Timestamp, Clean)>,
}

/// A cluster.
struct Cluster {
    region: Region,
    id: Clean,
}

/// A move under way or done. Lengths in seconds from when it was taken, while nothing holds it up.
struct Move {
    what: What,
    /// The primary before it.
    from: usize,
    taken: Timestamp,
    lingers: f64,
    switches: f64,
    ends: f64,
    /// How long what was the primary is rebuilt once its region is well, in seconds.
    rebuilds: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// The cluster at this place becomes the primary once it has everything.
    Switch(usize),
    /// The cluster at this place becomes the primary with what it has.
    FailOver(usize),
    /// The cluster at this place leaves.
    Leave(usize),
}

impl Move {
    /// As long as real ones: a few seconds of checks, then minutes; the roles change on the way; an old primary is rebuilt
    /// for the better part of an hour, as its volume is large.
    fn draw(dice: &Dice, key: &str, nth: usize, (taken, what, from): (Timestamp, What, usize)) -> Self {
        let draw = |part: &str, low, high| dice.between(&format!("{key} move {nth} {part}"), low, high);
        let lingers = draw("lingers", 3.0, 10.0);
        let ends = match what {
            What::Switch(_) => draw("ends", 60.0, 180.0),
            What::FailOver(_) => draw("ends", 60.0, 240.0),
            What::Leave(_) => draw("ends", 45.0, 120.0),
        };
        let switches = lingers + (ends - lingers) * draw("switches", 0.5, 0.8);
        Self { what, from, taken, lingers, switches, ends, rebuilds: draw("rebuilds", 1200.0, 5400.0) }
    }

    fn progress(&self, database: &GlobalDatabase, troubles: &Troubles, at: Timestamp) -> f64 {
        let held_up = troubles.windows(FaultKind::PromotionStuck, &database.key());
        progress((self.taken, self.lingers, self.ends), &held_up, at)
    }

    fn word(&self) -> &'static str {
        match self.what {
            What::Switch(_) => "switching-over",
            What::FailOver(_) => "failing-over",
            What::Leave(_) => "promoting",
        }
    }
}

/// How a global database stands at a moment.
struct Standing {
    primary: usize,
    /// The cluster that stands alone.
    left: Option<usize>,
    /// The move under way, and how far it is, in seconds of its own.
    moving: Option<(usize, f64)>,
    /// The cluster that is being rebuilt.
    behind: Option<usize>,
}

impl GlobalDatabase {
    fn key(&self) -> String {
        keys::global_database(&self.id)
    }

    fn arn(&self, place: usize) -> Clean {
        let Cluster { region, id } = &self.clusters[place];
        Clean::new(&format!("arn:aws:rds:{region}:{ACCOUNT}:cluster:{id}"))
    }

    fn standing(&self, troubles: &Troubles, at: Timestamp) -> Standing {
        let mut standing = Standing { primary: 0, left: None, moving: None, behind: None };
        for (nth, moved) in self.moves.iter().enumerate().filter(|(_, moved)| moved.taken <= at) {
            let done = moved.progress(self, troubles, at);
            let has_switched = done >= moved.switches;
            match moved.what {
                What::Switch(place) if has_switched => (standing.primary, standing.behind) = (place, None),
                What::FailOver(place) if has_switched => {
                    let is_stuck = troubles.active(FaultKind::RejoinNever, &self.key(), at).is_some();
                    let is_behind = is_stuck || self.kept_at(moved, troubles, at).is_none_or(|(_, back)| at < back);
                    (standing.primary, standing.behind) = (place, is_behind.then_some(moved.from));
                }
                What::Leave(place) if has_switched => standing.left = Some(place),
                What::Switch(_) | What::FailOver(_) | What::Leave(_) => {}
            }
            standing.moving = (done < moved.ends).then_some((nth, done));
        }
        standing
    }

    /// When the snapshot of the old volume is there and when its cluster is back, by a failover that has ended and a region
    /// that is well at `at`.
    fn kept_at(&self, moved: &Move, troubles: &Troubles, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let is_over = moved.progress(self, troubles, at) >= moved.ends;
        let is_gone = troubles.gone_since(&self.clusters[moved.from].region, at).is_some();
        let begins = later(moved.taken, moved.ends);
        let both = || (later(begins, moved.rebuilds * 0.1), later(begins, moved.rebuilds));
        (is_over && !is_gone && matches!(moved.what, What::FailOver(_))).then(both)
    }

    fn place(&self, region: &Region, cluster: &str) -> Option<usize> {
        self.clusters.iter().position(|own| own.region == *region && own.id.eq_ignore_ascii_case(cluster))
    }

    fn place_of_arn(&self, arn: &str) -> Option<usize> {
        (0..self.clusters.len()).find(|place| self.arn(*place).eq_ignore_ascii_case(arn))
    }

    /// Whether the cluster at `place` takes writes at `at`.
    fn is_writer(&self, place: usize, troubles: &Troubles, at: Timestamp) -> bool {
        let standing = self.standing(troubles, at);
        standing.left == Some(place) || standing.primary == place
    }

    fn describe(&self, troubles: &Troubles, at: Timestamp) -> GlobalCluster {
        let standing = self.standing(troubles, at);
        let stopped = troubles.active(FaultKind::ReplicationStopped, &self.key(), at).is_some();
        let members = (0..self.clusters.len()).filter(|place| standing.left != Some(*place)).map(|place| {
            let is_behind = standing.behind == Some(place) || (stopped && standing.primary != place);
            GlobalMember {
                arn: self.arn(place),
                writer: standing.primary == place,
                synchronization: Some(if is_behind { "pending-resync".into() } else { "connected".into() }),
            }
        });
        let moving = standing.moving.and_then(|(nth, done)| {
            let moved = &self.moves[nth];
            let to = match moved.what {
                What::Switch(place) | What::FailOver(place) => place,
                What::Leave(_) => return None,
            };
            let status = if done < moved.lingers { "pending" } else { moved.word() };
            let loses = matches!(moved.what, What::FailOver(_));
            Some(GlobalMove { status: status.into(), to: self.arn(to), loses })
        });
        let status = moving.as_ref().filter(|moving| moving.status.as_str() != "pending");
        GlobalCluster {
            id: self.id.clone(),
            status: status.map_or_else(|| "available".into(), |moving| moving.status.clone()),
            engine_version: Some(VERSION.into()),
            endpoint: Some(Clean::new(&format!("{}.global-sim51m.global.rds.amazonaws.com", self.id))),
            members: members.collect(),
            moving,
        }
    }

    fn describe_cluster(&self, place: usize, troubles: &Troubles, at: Timestamp) -> DbCluster {
        let standing = self.standing(troubles, at);
        let Cluster { region, id } = &self.clusters[place];
        let own = standing.moving.filter(|(nth, done)| {
            let moved = &self.moves[*nth];
            let is_own = match moved.what {
                What::Leave(leaving) => leaving == place,
                What::Switch(_) | What::FailOver(_) => true,
            };
            is_own && *done >= moved.lingers
        });
        let status = own.map_or("available", |(nth, _)| self.moves[nth].word());
        let is_writer = self.is_writer(place, troubles, at);
        let restarts = is_writer && own.is_some_and(|(nth, done)| done >= self.moves[nth].switches);
        let instance = |nth: usize| ClusterInstance {
            id: Clean::new(&format!("{id}-{nth}")),
            writer: is_writer && nth == 1,
            status: Some(if restarts && nth == 1 { "rebooting".into() } else { "available".into() }),
            class: Some("db.r6g.large".into()),
            zone: Some(Clean::new(&format!("{region}{}", if nth == 1 { "a" } else { "b" }))),
            parameters_applied: Some("in-sync".into()),
        };
        let host = |part: &str| Clean::new(&format!("{id}.{part}-sim51m.{region}.rds.amazonaws.com"));
        DbCluster {
            id: id.clone(),
            arn: self.arn(place),
            resource_id: Clean::new(&format!("cluster-{}", id.to_ascii_uppercase())),
            status: status.into(),
            engine_version: Some(VERSION.into()),
            endpoint: Some(host("cluster")),
            reader: Some(host("cluster-ro")),
            port: Some(self.port),
            parameter_group: Some("default.aurora".into()),
            most_capacity: None,
            instances: vec![instance(1), instance(2)],
        }
    }

    /// What happened by `at` and is told in `region`.
    fn events(&self, region: &Region, troubles: &Troubles, at: Timestamp) -> Vec<DbEvent> {
        let mut events = Vec::new();
        for moved in &self.moves {
            let (target, title) = match moved.what {
                What::Switch(target) => (target, "Global switchover"),
                What::FailOver(target) => (target, "Global failover"),
                What::Leave(_) => continue,
            };
            let (old, new) = (&self.clusters[moved.from], &self.clusters[target]);
            let done = moved.progress(self, troubles, at);
            let begun = later(moved.taken, moved.lingers);
            let is_reached = troubles.gone_since(&old.region, begun).is_none();
            let told_at = if is_reached { old } else { new };
            let mut say = |at: Timestamp, source: &Clean, message: String| {
                events.push(DbEvent { at, source: source.clone(), message: Clean::new(&message) });
            };
            if done >= moved.lingers && told_at.region == *region {
                let came_to = if is_reached { "succeeded" } else { "timed out" };
                let instance = Clean::new(&format!("{}-1", told_at.id));
                let attempt =
                    format!("Attempt to block writes for DB cluster {} in Region {} {came_to}.", old.id, old.region);
                say(begun, &instance, attempt);
            }
            if done >= moved.ends && new.region == *region {
                let end = if matches!(moved.what, What::Switch(_)) { "finished" } else { "completed" };
                let words = format!("{title} to DB cluster {} in Region {} {end}.", new.id, new.region);
                say(later(moved.taken, moved.ends), &new.id, words);
            }
        }
        events
    }

    fn snapshots(&self, place: usize, troubles: &Troubles, at: Timestamp) -> Vec<ClusterSnapshot> {
        let kept = self.moves.iter().filter(|moved| moved.from == place).filter_map(|moved| {
            let (taken, _) = self.kept_at(moved, troubles, at)?;
            let stamp = taken.strftime("%Y-%m-%d-%H-%M");
            let id = Clean::new(&format!("rds:unplanned-global-failover-{}-{stamp}", self.clusters[place].id));
            let created_at = Some(taken);
            (taken <= at).then(|| ClusterSnapshot { id, status: "available".into(), created_at, ..Default::default() })
        });
        let Cluster { region, .. } = &self.clusters[place];
        let copies = self.copies.iter().filter(|(of, _, asked, _)| *of == place && *asked <= at);
        let copies = copies.map(|(_, id, asked, whole)| ClusterSnapshot {
            id: id.clone(),
            status: if *whole <= at { "available".into() } else { "copying".into() },
            created_at: Some(*asked),
            arn: Some(Clean::new(&format!("arn:aws:rds:{region}:{ACCOUNT}:cluster-snapshot:{id}"))),
            of_run: self.told.iter().rev().find(|(of, since, _)| of == id && *since <= at).map(|(.., run)| run.clone()),
        });
        kept.chain(copies).collect()
    }
}

impl World {
    fn global_database(&self, id: &str) -> Option<usize> {
        self.global_databases.iter().position(|database| database.id.eq_ignore_ascii_case(id))
    }

    /// A cluster of a region: its global database, and its place in that.
    fn db_cluster(&self, region: &Region, id: &str) -> Option<(&GlobalDatabase, usize)> {
        self.global_databases.iter().find_map(|database| Some((database, database.place(region, id)?)))
    }

    /// How many seconds of writes the last failover of a global database left behind; `None` where there was none.
    pub(super) fn left_by_a_failover(&self, global: &str, at: Timestamp) -> Option<f64> {
        let database = &self.global_databases[self.global_database(global)?];
        let is_one = |moved: &&Move| matches!(moved.what, What::FailOver(_)) && moved.taken <= at;
        let moved = database.moves.iter().rev().find(is_one)?;
        let key = database.key();
        let old = &database.clusters[moved.from];
        // What was written up to the end of its region, or up to the failover, and was on its way then.
        let until = self.troubles.gone_since(&old.region, moved.taken).unwrap_or(moved.taken);
        let usual = self.dice.between(&format!("{key} lag {}", until.as_second()), 0.1, 1.5);
        Some(self.troubles.lag(&key, usual, until).unwrap_or(usual))
    }

    /// The lag of a secondary, in seconds, as the sample of `minute` tells it; none where there is no sample.
    pub(super) fn global_cluster_lag(&self, region: &Region, id: &str, minute: Timestamp) -> Option<f64> {
        let (database, place) = self.db_cluster(region, id)?;
        let key = database.key();
        let (troubles, other) = (&self.troubles, &database.clusters[1 - place]);
        let silent = [FaultKind::StaleMetric, FaultKind::ReplicationStopped];
        let is_silent = silent.into_iter().any(|kind| troubles.active(kind, &key, minute).is_some());
        // When the primary's region dies the metric stops, whatever it said last.
        let is_alone = troubles.gone_since(&other.region, minute).is_some();
        let is_behind = database.standing(troubles, minute).behind == Some(place);
        if is_silent || is_alone || is_behind || database.is_writer(place, troubles, minute) {
            return None;
        }
        let usual = self.dice.between(&format!("{key} lag {}", minute.as_second()), 0.1, 1.5);
        Some(troubles.lag(&key, usual, minute).unwrap_or(usual))
    }
}

/// What a question about clusters is answered at `at`; `None` for one that is about none.
pub(super) fn see(world: &World, region: &Region, query: &RdsQuery, at: Timestamp) -> Option<RdsObservation> {
    let troubles = &world.troubles;
    Some(match query {
        RdsQuery::DbInstance { .. }
        | RdsQuery::AutomatedBackup { .. }
        | RdsQuery::DbSnapshot { .. }
        | RdsQuery::Parameters { .. }
        | RdsQuery::ClusterParameters { .. }
        | RdsQuery::InstanceQuota => return None,
        RdsQuery::GlobalCluster { id } => {
            let found = world.global_database(id).map(|place| world.global_databases[place].describe(troubles, at));
            RdsObservation::GlobalCluster { global: found }
        }
        RdsQuery::DbCluster { id } => {
            let found = world.db_cluster(region, id);
            let cluster = found.map(|(database, place)| database.describe_cluster(place, troubles, at));
            RdsObservation::DbCluster { cluster }
        }
        RdsQuery::DbEvents { cluster, since } => {
            let all = world.global_databases.iter().flat_map(|database| database.events(region, troubles, at));
            let mut events: Vec<DbEvent> =
                all.filter(|event| event.at >= *since && event.at <= at && event.is_about(cluster)).collect();
            events.sort_by_key(|event| event.at);
            RdsObservation::DbEvents { events }
        }
        RdsQuery::ClusterSnapshots { cluster } => {
            let found = world.db_cluster(region, cluster);
            let snapshots = found.map(|(database, place)| database.snapshots(place, troubles, at));
            RdsObservation::ClusterSnapshots { snapshots: snapshots.unwrap_or_default() }
        }
    })
}

/// What is asked for, and of which cluster of which database; `None` for what is about none.
fn meant<'a>(
    world: &World,
    region: &Region,
    operation: &'a RdsOperation,
) -> Option<(&'a Clean, Option<(usize, What)>)> {
    let moved = |global: &Clean, cluster: &Clean, what: fn(usize) -> What| {
        let found = world.global_database(global)?;
        let database = &world.global_databases[found];
        let place = database.place_of_arn(cluster).or_else(|| database.place(region, cluster))?;
        Some((found, what(place)))
    };
    match operation {
        RdsOperation::SwitchGlobalCluster { global, target } => Some((global, moved(global, target, What::Switch))),
        RdsOperation::FailOverGlobalCluster { global, target } => Some((global, moved(global, target, What::FailOver))),
        RdsOperation::LeaveGlobalCluster { global, cluster } => Some((global, moved(global, cluster, What::Leave))),
        RdsOperation::PromoteReadReplica { .. }
        | RdsOperation::RenameDbInstance { .. }
        | RdsOperation::ProtectDbInstance { .. }
        | RdsOperation::SetDbUpkeep { .. }
        | RdsOperation::TagDbInstance { .. }
        | RdsOperation::SetDbSecurityGroups { .. }
        | RdsOperation::CreateReadReplica { .. }
        | RdsOperation::RestoreDbInstance { .. }
        | RdsOperation::DeleteDbInstance { .. }
        | RdsOperation::CopyClusterSnapshot { .. } => None,
    }
}

/// The name at the end of an ARN.
fn last_of(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}

/// Whose snapshot `id` of a region is, at `at`.
fn snapshot_of(world: &World, region: &Region, id: &str, at: Timestamp) -> Option<(usize, usize)> {
    world.global_databases.iter().enumerate().find_map(|(found, database)| {
        let place = database.clusters.iter().position(|cluster| cluster.region == *region)?;
        let snapshots = database.snapshots(place, &world.troubles, at);
        snapshots.iter().any(|snapshot| snapshot.id.as_str() == id).then_some((found, place))
    })
}

/// Why an operation on clusters would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &RdsOperation, at: Timestamp) -> Option<Refusal> {
    if let RdsOperation::CopyClusterSnapshot { from, to } = operation {
        if snapshot_of(world, region, from, at).is_none() {
            return Some(Refusal::new(
                "DBClusterSnapshotNotFoundFault",
                &format!("DBClusterSnapshot {from} not found."),
            ));
        }
        let words = format!("Cannot create the snapshot because {to} already exists.");
        let is_taken = snapshot_of(world, region, to, at).is_some();
        return is_taken.then(|| Refusal::new("DBClusterSnapshotAlreadyExistsFault", &words));
    }
    if let RdsOperation::TagDbInstance { arn, .. } = operation {
        let words = format!("DBClusterSnapshot {arn} not found.");
        let is_there = snapshot_of(world, region, last_of(arn), at).is_some();
        return (!is_there).then(|| Refusal::new("DBClusterSnapshotNotFoundFault", &words));
    }
    let (global, meant) = meant(world, region, operation)?;
    if world.global_database(global).is_none() {
        return Some(Refusal::new("GlobalClusterNotFoundFault", &format!("Global cluster {global} not found.")));
    }
    let Some((found, what)) = meant else {
        let words = format!("The cluster is no member of {global}.");
        return Some(Refusal::new("DBClusterNotFoundFault", &words));
    };
    let standing = world.global_databases[found].standing(&world.troubles, at);
    if standing.moving.is_some() || standing.left.is_some() {
        let words = format!("Global cluster {global} is not available.");
        return Some(Refusal::new("InvalidGlobalClusterStateFault", &words));
    }
    let (What::Switch(place) | What::FailOver(place) | What::Leave(place)) = what;
    let is_behind = standing.behind == Some(place) && matches!(what, What::Switch(_));
    let words = "The cluster is the primary already, or is not in step.";
    (standing.primary == place || is_behind).then(|| Refusal::new("InvalidDBClusterStateFault", words))
}

/// Takes an operation on clusters at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &RdsOperation, at: Timestamp) {
    let dice = world.dice;
    if let RdsOperation::CopyClusterSnapshot { from, to } = operation {
        if let Some((found, place)) = snapshot_of(world, region, from, at) {
            let takes = dice.between(&format!("copy of {from}"), COPY_SECONDS.0, COPY_SECONDS.1);
            world.global_databases[found].copies.push((place, to.clone(), at, later(at, takes)));
        }
        return;
    }
    if let RdsOperation::TagDbInstance { arn, run, .. } = operation {
        if let Some((found, _)) = snapshot_of(world, region, last_of(arn), at) {
            world.global_databases[found].told.push((last_of(arn).into(), at, run.clone()));
        }
        return;
    }
    let Some((_, Some((found, what)))) = meant(world, region, operation) else { return };
    let database = &world.global_databases[found];
    let from = database.standing(&world.troubles, at).primary;
    let moved = Move::draw(&dice, &database.key(), database.moves.len(), (at, what, from));
    world.global_databases[found].moves.push(moved);
}

/// What an operation on clusters is about.
pub(super) fn about(region: &Region, operation: &RdsOperation) -> Vec<String> {
    match operation {
        RdsOperation::SwitchGlobalCluster { global, .. }
        | RdsOperation::FailOverGlobalCluster { global, .. }
        | RdsOperation::LeaveGlobalCluster { global, .. } => vec![keys::global_database(global)],
        RdsOperation::CopyClusterSnapshot { to, .. } => vec![keys::db_cluster(region, to)],
        RdsOperation::TagDbInstance { arn, .. } => vec![keys::db_cluster(region, last_of(arn))],
        RdsOperation::PromoteReadReplica { .. }
        | RdsOperation::RenameDbInstance { .. }
        | RdsOperation::ProtectDbInstance { .. }
        | RdsOperation::SetDbUpkeep { .. }
        | RdsOperation::SetDbSecurityGroups { .. }
        | RdsOperation::CreateReadReplica { .. }
        | RdsOperation::RestoreDbInstance { .. }
        | RdsOperation::DeleteDbInstance { .. } => Vec::new(),
    }
}

/// The kind `aurora`: a global database with its primary in the primary region.
pub(super) struct Aurora;

impl Simulated for Aurora {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Aurora::of(&component.fields) else { return };
        let cluster =
            |side: Side, id: String| Cluster { region: world.plan.application.region(side).clone(), id: id.into() };
        let clusters = [cluster(Side::Primary, said.primary), cluster(Side::Recovery, said.recovery)];
        let port = said.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(PORT);
        let (moves, copies, told) = (Vec::new(), Vec::new(), Vec::new());
        world.global_databases.push(GlobalDatabase { id: said.global.into(), clusters, port, moves, copies, told });
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Aurora::of(&component.fields) else { return Vec::new() };
        let cluster = |side, id: &str| keys::db_cluster(application.region(side), id);
        let clusters = [cluster(Side::Primary, &said.primary), cluster(Side::Recovery, &said.recovery)];
        [keys::global_database(&said.global)].into_iter().chain(clusters).collect()
    }

    fn programs(&self, component: &Component) -> Vec<(Vec<String>, Program)> {
        let Ok(said) = said::Aurora::of(&component.fields) else { return Vec::new() };
        said.compare.map(|program| (program, Program::Compare)).into_iter().collect()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Aurora::of(&component.fields) else { return false };
        let id = match side {
            Side::Primary => said.primary,
            Side::Recovery => said.recovery,
        };
        let found = world.db_cluster(world.plan.application.region(side), &id);
        // It takes writes, and its writer is up.
        found.is_some_and(|(database, place)| {
            let cluster = database.describe_cluster(place, &world.troubles, at);
            cluster.writer().is_some_and(ClusterInstance::is_available)
        })
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all = world.global_databases.iter().map(|database| {
            let seen = database.describe(&world.troubles, at);
            let mut value = json!({ "status": seen.status, "members": seen.members });
            let copies = database.copies.iter().filter(|(_, _, asked, _)| seconds(*asked, at) >= 0.0);
            let copies: Vec<&Clean> = copies.map(|(_, id, ..)| id).collect();
            if !copies.is_empty() {
                value["copies"] = json!(copies);
            }
            (database.id.to_string(), value)
        });
        let all: Map<String, Value> = all.collect();
        // A journal's picture of a world without any has no word of them.
        if all.is_empty() { Vec::new() } else { vec![("global_databases", all)] }
    }
}
