//! The simulated Amazon ElastiCache: global datastores of two members, their moves as pure functions of time.

use super::dice::Dice;
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::trouble::{Troubles, progress};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{GlobalDatastore, Member, ReplicationGroup};
use crate::service::said;
use crate::service::{ElastiCacheObservation, ElastiCacheOperation, ElastiCacheQuery, Observation, Receipt};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Redis and Valkey listen here.
const PORT: u16 = 6379;

/// A global datastore.
pub(super) struct Datastore {
    id: Clean,
    /// Its primary first, as it was before anything was done.
    groups: [Group; 2],
    /// Everything that was asked of it, in order.
    moves: Vec<Move>,
}

/// A replication group.
struct Group {
    region: Region,
    id: Clean,
}

/// A move under way or done. Lengths in seconds from when it was taken, while nothing holds it up.
struct Move {
    what: What,
    taken: Timestamp,
    lingers: f64,
    switches: f64,
    ends: f64,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// The group at this place becomes the primary.
    Primary(usize),
    /// The group at this place leaves.
    Leaves(usize),
}

impl Move {
    /// As long as real ones: `available` lingers, then `modifying`; the roles change on the way; within a minute.
    fn draw(dice: &Dice, key: &str, nth: usize, taken: Timestamp, what: What) -> Self {
        let draw = |part: &str, low, high| dice.between(&format!("{key} move {nth} {part}"), low, high);
        let lingers = draw("lingers", 2.0, 6.0);
        let ends = draw("ends", 20.0, 60.0);
        Self { what, taken, lingers, switches: lingers + (ends - lingers) * draw("switches", 0.4, 0.7), ends }
    }
}

/// How a datastore stands at a moment.
struct Standing {
    primary: usize,
    /// The group that stands alone.
    left: Option<usize>,
    is_moving: bool,
}

impl Datastore {
    fn key(&self) -> String {
        keys::datastore(&self.id)
    }

    fn standing(&self, troubles: &Troubles, at: Timestamp) -> Standing {
        let mut standing = Standing { primary: 0, left: None, is_moving: false };
        let held_up = troubles.windows(FaultKind::PromotionStuck, &self.key());
        for moved in self.moves.iter().filter(|moved| moved.taken <= at) {
            let done = progress((moved.taken, moved.lingers, moved.ends), &held_up, at);
            if done >= moved.switches {
                match moved.what {
                    What::Primary(place) => standing.primary = place,
                    What::Leaves(place) => standing.left = Some(place),
                }
            }
            standing.is_moving = done >= moved.lingers && done < moved.ends;
        }
        standing
    }

    /// Whether the group at `place` is a secondary at `at`.
    fn is_secondary(&self, place: usize, troubles: &Troubles, at: Timestamp) -> bool {
        let standing = self.standing(troubles, at);
        standing.left.is_none() && standing.primary != place
    }

    fn place(&self, region: &Region, group: &str) -> Option<usize> {
        self.groups.iter().position(|own| own.region == *region && own.id.eq_ignore_ascii_case(group))
    }

    fn describe(&self, troubles: &Troubles, at: Timestamp) -> GlobalDatastore {
        let standing = self.standing(troubles, at);
        let members = self.groups.iter().enumerate().filter(|(place, _)| standing.left != Some(*place));
        let members = members.map(|(place, group)| Member {
            group: group.id.clone(),
            region: Clean::new(group.region.as_str()),
            role: if place == standing.primary { "PRIMARY".into() } else { "SECONDARY".into() },
            status: "associated".into(),
        });
        let status = match (standing.is_moving, standing.left) {
            (true, _) => "modifying",
            (false, Some(_)) => "primary-only",
            (false, None) => "available",
        };
        GlobalDatastore { id: self.id.clone(), status: status.into(), members: members.collect() }
    }

    fn describe_group(&self, place: usize, troubles: &Troubles, at: Timestamp) -> ReplicationGroup {
        let standing = self.standing(troubles, at);
        let Group { region, id } = &self.groups[place];
        let stands_alone = standing.left == Some(place);
        let role = if place == standing.primary { "PRIMARY" } else { "SECONDARY" };
        let host = |part: &str| Clean::new(&format!("{part}.{id}.sim51m.{region}.cache.amazonaws.com"));
        ReplicationGroup {
            id: id.clone(),
            status: if standing.is_moving { "modifying".into() } else { "available".into() },
            datastore: (!stands_alone).then(|| self.id.clone()),
            role: (!stands_alone).then(|| role.into()),
            endpoint: Some(host("master")),
            port: Some(PORT),
            reader: Some(host("replica")),
            multi_az: Some("enabled".into()),
            fails_over: Some("enabled".into()),
            nodes: 2,
        }
    }
}

impl World {
    fn datastore(&self, id: &str) -> Option<usize> {
        self.datastores.iter().position(|datastore| datastore.id.eq_ignore_ascii_case(id))
    }

    /// A group of a region: its datastore, and its place in that.
    fn cache_group(&self, region: &Region, id: &str) -> Option<(&Datastore, usize)> {
        self.datastores.iter().find_map(|datastore| Some((datastore, datastore.place(region, id)?)))
    }

    /// The lag of a secondary, in seconds, as the sample of `minute` tells it; none where there is no sample.
    pub(super) fn datastore_lag(&self, region: &Region, id: &str, minute: Timestamp) -> Option<f64> {
        let (datastore, place) = self.cache_group(region, id)?;
        let key = datastore.key();
        let (troubles, other) = (&self.troubles, &datastore.groups[1 - place]);
        let stopped = [FaultKind::StaleMetric, FaultKind::ReplicationStopped];
        let is_silent = stopped.into_iter().any(|kind| troubles.active(kind, &key, minute).is_some());
        // When the primary's region dies the metric stops, whatever it said last.
        let is_alone = troubles.gone_since(&other.region, minute).is_some();
        if is_silent || is_alone || !datastore.is_secondary(place, troubles, minute) {
            return None;
        }
        let usual = self.dice.between(&format!("{key} lag {}", minute.as_second()), 0.1, 1.0);
        Some(troubles.lag(&key, usual, minute).unwrap_or(usual))
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &ElastiCacheQuery) -> Option<String> {
    match query {
        ElastiCacheQuery::GlobalDatastore { id } => Some(keys::datastore(id)),
        ElastiCacheQuery::ReplicationGroup { id } => Some(keys::cache_group(region, id)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &ElastiCacheQuery) -> Together<'_> {
    match query {
        ElastiCacheQuery::GlobalDatastore { .. } | ElastiCacheQuery::ReplicationGroup { .. } => Together::All(""),
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &ElastiCacheQuery, at: Timestamp) -> Observation {
    match query {
        ElastiCacheQuery::GlobalDatastore { id } => {
            let found = world.datastore(id).map(|place| world.datastores[place].describe(&world.troubles, at));
            // Seen from where it has a member.
            let has_one = |datastore: &GlobalDatastore| {
                datastore.members.iter().any(|member| member.region.as_str() == region.as_str())
            };
            ElastiCacheObservation::GlobalDatastore { datastore: found.filter(has_one) }
        }
        ElastiCacheQuery::ReplicationGroup { id } => {
            let group = world.cache_group(region, id);
            let group = group.map(|(datastore, place)| datastore.describe_group(place, &world.troubles, at));
            ElastiCacheObservation::ReplicationGroup { group }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(_region: &Region, operation: &ElastiCacheOperation) -> Vec<String> {
    match operation {
        ElastiCacheOperation::FailOverDatastore { datastore, .. }
        | ElastiCacheOperation::LeaveDatastore { datastore, .. } => vec![keys::datastore(datastore)],
    }
}

/// Why it would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    _region: &Region,
    operation: &ElastiCacheOperation,
    at: Timestamp,
) -> Option<Refusal> {
    let (ElastiCacheOperation::FailOverDatastore { datastore, region, group }
    | ElastiCacheOperation::LeaveDatastore { datastore, region, group }) = operation;
    let Some(found) = world.datastore(datastore).map(|place| &world.datastores[place]) else {
        let words = format!("Global replication group {datastore} not found.");
        return Some(Refusal::new("GlobalReplicationGroupNotFoundFault", &words));
    };
    let Some(place) = found.place(region, group) else {
        let words = format!("{group} of {region} is no member of {datastore}.");
        return Some(Refusal::new("InvalidParameterValue", &words));
    };
    let is_asked_already = found.moves.last().is_some_and(|last| {
        let held_up = world.troubles.windows(FaultKind::PromotionStuck, &found.key());
        progress((last.taken, last.lingers, last.ends), &held_up, at) < last.ends
    });
    let standing = found.standing(&world.troubles, at);
    if is_asked_already || standing.left.is_some() {
        let words = "The global replication group is not available or in primary-only state.";
        return Some(Refusal::new("InvalidGlobalReplicationGroupState", words));
    }
    let words = format!("{group} is the primary already.");
    (standing.primary == place).then(|| Refusal::new("InvalidParameterValue", &words))
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, _region: &Region, operation: &ElastiCacheOperation, at: Timestamp) -> Receipt {
    let (ElastiCacheOperation::FailOverDatastore { datastore, region, group }
    | ElastiCacheOperation::LeaveDatastore { datastore, region, group }) = operation;
    let dice = world.dice;
    if let Some(found) = world.datastore(datastore)
        && let Some(place) = world.datastores[found].place(region, group)
    {
        let found = &mut world.datastores[found];
        let what = match operation {
            ElastiCacheOperation::FailOverDatastore { .. } => What::Primary(place),
            ElastiCacheOperation::LeaveDatastore { .. } => What::Leaves(place),
        };
        let (key, nth) = (found.key(), found.moves.len());
        found.moves.push(Move::draw(&dice, &key, nth, at, what));
    }
    Receipt::default()
}

/// The kind `elasticache`: a datastore with its primary in the primary region.
pub(super) struct ElastiCache;

impl Simulated for ElastiCache {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::ElastiCache::of(&component.fields) else { return };
        let group =
            |side: Side, id: String| Group { region: world.plan.application.region(side).clone(), id: id.into() };
        let groups = [group(Side::Primary, said.primary), group(Side::Recovery, said.recovery)];
        world.datastores.push(Datastore { id: said.global.into(), groups, moves: Vec::new() });
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::ElastiCache::of(&component.fields) else { return Vec::new() };
        let group = |side, id: &str| keys::cache_group(application.region(side), id);
        let groups = [group(Side::Primary, &said.primary), group(Side::Recovery, &said.recovery)];
        [keys::datastore(&said.global)].into_iter().chain(groups).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::ElastiCache::of(&component.fields) else { return false };
        let id = match side {
            Side::Primary => said.primary,
            Side::Recovery => said.recovery,
        };
        let found = world.cache_group(world.plan.application.region(side), &id);
        // It takes writes.
        found.is_some_and(|(datastore, place)| datastore.describe_group(place, &world.troubles, at).is_writer())
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all = world.datastores.iter().map(|datastore| {
            let seen = datastore.describe(&world.troubles, at);
            (datastore.id.to_string(), json!({ "status": seen.status, "members": seen.members }))
        });
        let all: Map<String, Value> = all.collect();
        // A journal's picture of a world without any has no word of them.
        if all.is_empty() { Vec::new() } else { vec![("datastores", all)] }
    }
}
