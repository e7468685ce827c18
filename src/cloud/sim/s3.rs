//! The simulated Amazon S3: buckets of one region, one that is replicated to another, and objects that switch sides.

use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::records::{self, Moved};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::cloudwatch::BucketPair;
use crate::service::observation::{Bucket, HealthCheck, Object, RecordSet, ReplicationRule, Versioning};
use crate::service::{Observation, Receipt, S3Observation, S3Operation, S3Query, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How long after an object came or went Route 53's health checkers have noticed, in seconds: three checks of ten.
const NOTICED_SECONDS: f64 = 30.0;

/// Buckets by name, and the objects that switch sides.
#[derive(Default)]
pub(super) struct Buckets {
    regions: BTreeMap<String, Region>,
    /// By the object's key: whether it is there, and since when it has been so.
    objects: BTreeMap<(String, String), (bool, Option<Timestamp>)>,
}

impl Buckets {
    fn bucket(&self, name: &str) -> Option<&Region> {
        self.regions.get(name)
    }

    fn is_there(&self, bucket: &str, key: &str) -> bool {
        self.objects.get(&(bucket.to_owned(), key.to_owned())).is_some_and(|(is_there, _)| *is_there)
    }

    /// Whether the health checkers have noticed that the object is, or is not, there.
    fn is_noticed(&self, bucket: &str, key: &str, present: bool, at: Timestamp) -> bool {
        let object = self.objects.get(&(bucket.to_owned(), key.to_owned()));
        object.is_some_and(|(is_there, since)| {
            let noticed = since.is_none_or(|since| at.duration_since(since).as_secs_f64() >= NOTICED_SECONDS);
            (*is_there == present) == noticed
        })
    }
}

impl World {
    /// The lag between two buckets, in seconds, as the sample of `minute` tells it; none where there is no sample.
    pub(super) fn bucket_lag(&self, region: &Region, pair: &BucketPair, minute: Timestamp) -> Option<f64> {
        let key = self.is_copied(region, pair, minute)?;
        let stopped = [FaultKind::StaleMetric, FaultKind::ReplicationStopped];
        if stopped.into_iter().any(|kind| self.troubles.active(kind, &key, minute).is_some()) {
            return None;
        }
        let usual = self.dice.between(&format!("{key} lag {}", minute.as_second()), 0.5, 15.0);
        Some(self.troubles.lag(&key, usual, minute).unwrap_or(usual))
    }

    /// How much waits to be replicated, as the sample of `minute` tells it.
    pub(super) fn bucket_pending(&self, region: &Region, pair: &BucketPair, minute: Timestamp) -> Option<f64> {
        let key = self.is_copied(region, pair, minute)?;
        let stopped = self.troubles.active(FaultKind::ReplicationStopped, &key, minute).is_some();
        Some(if stopped { 12.0 } else { 0.0 })
    }

    /// The key of the bucket that is replicated to, where its region tells of it.
    fn is_copied(&self, region: &Region, pair: &BucketPair, minute: Timestamp) -> Option<String> {
        let [source, destination] = [&pair.source, &pair.destination].map(|name| self.buckets.bucket(name));
        let both = [source?, destination?];
        let is_gone = both.into_iter().any(|region| self.troubles.gone_since(region, minute).is_some());
        (both[1] == region && !is_gone).then(|| keys::bucket(&pair.destination))
    }

    /// The health check of an object that switches sides, as it should be.
    pub(super) fn health_check(&self, id: &str) -> Option<HealthCheck> {
        let all = self.of_kind("switch").filter_map(|component| said::Switch::of(&component.fields).ok());
        let said = all.into_iter().find(|said| said.health_check.as_deref() == Some(id))?;
        let region = self.buckets.bucket(&said.bucket)?;
        let host = Clean::new(&format!("{}.s3.{region}.amazonaws.com", said.bucket));
        let path = Clean::new(&format!("/{}", said.object));
        Some(HealthCheck { host, path, inverted: true, disabled: false })
    }

    /// The sets of a record that health checks of objects move: with their roles turned once the object is as the plan
    /// wants it.
    pub(super) fn switched(&self, key: &str, records: &[RecordSet], at: Timestamp) -> Option<Vec<RecordSet>> {
        let all = self.of_kind("switch").filter_map(|component| said::Switch::of(&component.fields).ok());
        let said = all.into_iter().find(|said| moved(said).is_some_and(|moved| moved.key() == key))?;
        self.buckets.is_noticed(&said.bucket, &said.object, said.present, at).then(|| records::turned(records))
    }
}

/// The record that a switch moves; none where the plan does not say it.
fn moved(said: &said::Switch) -> Option<Moved> {
    Some(Moved { answered: said.answered()?, health_check: said.health_check.clone() })
}

/// What a question is about.
pub(super) fn of_query(_region: &Region, query: &S3Query) -> Option<String> {
    match query {
        S3Query::Bucket { bucket }
        | S3Query::BucketVersioning { bucket }
        | S3Query::BucketReplication { bucket }
        | S3Query::Object { bucket, .. } => Some(keys::bucket(bucket)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &S3Query) -> Together<'_> {
    match query {
        S3Query::Bucket { .. }
        | S3Query::BucketVersioning { .. }
        | S3Query::BucketReplication { .. }
        | S3Query::Object { .. } => Together::Alone,
    }
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &S3Query, _at: Timestamp) -> Observation {
    let buckets = &world.buckets;
    match query {
        S3Query::Bucket { bucket } => {
            let bucket = buckets.bucket(bucket).map(|region| Bucket { region: Clean::new(region.as_str()) });
            S3Observation::Bucket { bucket }
        }
        S3Query::BucketVersioning { bucket } => {
            let is_here = buckets.bucket(bucket) == Some(region);
            let versioning = is_here.then(|| Versioning { status: Some("Enabled".into()) });
            S3Observation::BucketVersioning { versioning }
        }
        S3Query::BucketReplication { bucket } => S3Observation::BucketReplication {
            rules: (buckets.bucket(bucket) == Some(region)).then(|| rules(world, bucket)),
        },
        S3Query::Object { bucket, key } => {
            let is_there = buckets.bucket(bucket) == Some(region) && buckets.is_there(bucket, key);
            S3Observation::Object { object: is_there.then(Object::default) }
        }
    }
    .into()
}

/// What is replicated from a bucket of the plan is replicated back too.
fn rules(world: &World, bucket: &str) -> Vec<ReplicationRule> {
    let pairs = world.of_kind("s3").filter_map(|component| said::S3::of(&component.fields).ok());
    let other = pairs.filter_map(|said| match bucket {
        _ if said.primary == bucket => Some((said.recovery, said.rule)),
        _ if said.recovery == bucket => Some((said.primary, None)),
        _ => None,
    });
    let rule = |(to, id): (String, Option<String>)| ReplicationRule {
        id: Clean::new(id.as_deref().unwrap_or("all")),
        enabled: true,
        to: Clean::new(&format!("arn:aws:s3:::{to}")),
        filtered: false,
        metrics: true,
        key: None,
    };
    other.map(rule).collect()
}

/// What an operation is about.
pub(super) fn about(_region: &Region, operation: &S3Operation) -> Vec<String> {
    match operation {
        S3Operation::PutMarker { bucket, .. } | S3Operation::DeleteMarker { bucket, .. } => vec![keys::bucket(bucket)],
    }
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, _region: &Region, operation: &S3Operation, _at: Timestamp) -> Option<Refusal> {
    let (S3Operation::PutMarker { bucket, .. } | S3Operation::DeleteMarker { bucket, .. }) = operation;
    match world.buckets.bucket(bucket) {
        None => Some(Refusal::new("NoSuchBucket", "The specified bucket does not exist")),
        Some(_) => None,
    }
}

/// Takes it at `at`.
pub(super) fn take(world: &mut World, _region: &Region, operation: &S3Operation, at: Timestamp) -> Receipt {
    let (S3Operation::PutMarker { bucket, key } | S3Operation::DeleteMarker { bucket, key }) = operation;
    let is_put = matches!(operation, S3Operation::PutMarker { .. });
    let object = world.buckets.objects.entry((bucket.to_string(), key.to_string())).or_default();
    if object.0 != is_put {
        *object = (is_put, Some(at));
    }
    Receipt::default()
}

/// The kind `s3`: a bucket that is replicated to another.
pub(super) struct S3;

impl Simulated for S3 {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::S3::of(&component.fields) else { return };
        let [old, new] = [Side::Primary, Side::Recovery].map(|side| world.plan.application.region(side).clone());
        world.buckets.regions.extend([(said.primary, old), (said.recovery, new)]);
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        let Ok(said) = said::S3::of(&component.fields) else { return Vec::new() };
        [said.primary, said.recovery].iter().map(|name| keys::bucket(name)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, _side: Side, _at: Timestamp) -> bool {
        said::S3::of(&component.fields).is_ok_and(|said| world.buckets.bucket(&said.recovery).is_some())
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        // Nothing is ever done to these.
        Vec::new()
    }
}

/// The kind `switch`: an object that is the other way round than the plan wants it.
pub(super) struct Switch;

impl Simulated for Switch {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Switch::of(&component.fields) else { return };
        let region = world.plan.application.region(Side::Recovery).clone();
        world.buckets.regions.insert(said.bucket.clone(), region);
        if let Some(moved) = moved(&said) {
            moved.stand(world);
        }
        world.buckets.objects.insert((said.bucket, said.object), (!said.present, None));
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        let Ok(said) = said::Switch::of(&component.fields) else { return Vec::new() };
        [keys::bucket(&said.bucket)].into_iter().chain(moved(&said).map(|moved| moved.key())).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Switch::of(&component.fields) else { return false };
        let is_moved = world.buckets.is_noticed(&said.bucket, &said.object, said.present, at);
        side == Side::Primary || is_moved
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let objects = world.buckets.objects.iter();
        let all: Map<String, Value> =
            objects.map(|((bucket, key), (is_there, _))| (format!("{bucket}/{key}"), json!(is_there))).collect();
        // A journal's picture of a world without any has no word of them.
        if all.is_empty() { Vec::new() } else { vec![("objects", all)] }
    }
}
