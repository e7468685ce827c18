//! The simulated Amazon CloudWatch: the lag of a store and the data of alarms, sampled once a minute, told a minute late,
//! and no sample at all where AWS gives none.

use super::alarm;
use super::dice::later;
use super::fault::FaultKind;
use super::keys;
use super::replication::Link;
use super::sqs;
use super::world::{Together, World};
use crate::plan::Region;
use crate::service::cloudwatch::Count;
use crate::service::observation::{LagSample, LagSeries};
use crate::service::{CloudWatchObservation, CloudWatchQuery, Observation};
use jiff::Timestamp;

/// RDS publishes once a minute.
pub(super) const PERIOD_SECONDS: i64 = 60;
/// How long after its minute has ended a sample can be read, in seconds.
const LATE_SECONDS: i64 = 60;
/// How many samples back it is looked for: as with the real one, fifteen minutes.
pub(super) const LOOKED_BACK: i64 = 15;
/// How many back the last one is looked for where none is as new as that.
const FAR_BACK: i64 = 180;

/// What a question is about.
pub fn of_query(region: &Region, query: &CloudWatchQuery) -> Option<String> {
    match query {
        CloudWatchQuery::ReplicaLag { id } => Some(keys::database(region, id)),
        CloudWatchQuery::DatastoreLag { group, .. } => Some(keys::cache_group(region, group)),
        CloudWatchQuery::TableLag { table, .. } => Some(keys::table(table)),
        CloudWatchQuery::GlobalClusterLag { cluster } => Some(keys::db_cluster(region, cluster)),
        CloudWatchQuery::OldestMessage { queue } => Some(sqs::key(region, queue)),
        CloudWatchQuery::Usage { .. } => None,
        CloudWatchQuery::Alarm { name } => Some(alarm::key(region, name)),
        CloudWatchQuery::BucketLag(pair)
        | CloudWatchQuery::BucketPending(pair)
        | CloudWatchQuery::BucketFailed(pair) => Some(keys::bucket(&pair.destination)),
    }
}

/// With what others it is asked in one call.
pub fn together(query: &CloudWatchQuery) -> Together<'_> {
    match query {
        CloudWatchQuery::ReplicaLag { .. }
        | CloudWatchQuery::DatastoreLag { .. }
        | CloudWatchQuery::TableLag { .. }
        | CloudWatchQuery::GlobalClusterLag { .. }
        | CloudWatchQuery::BucketLag(_)
        | CloudWatchQuery::BucketPending(_)
        | CloudWatchQuery::BucketFailed(_)
        | CloudWatchQuery::Usage { .. }
        | CloudWatchQuery::OldestMessage { .. } => Together::All(""),
        CloudWatchQuery::Alarm { .. } => Together::UpTo(alarm::NAMES, ""),
    }
}

/// What it is answered at `at`.
pub fn see(world: &World, region: &Region, query: &CloudWatchQuery, at: Timestamp) -> Observation {
    let series = match query {
        CloudWatchQuery::ReplicaLag { id } => {
            let link = world.database(region, id, at).and_then(|place| world.link(place));
            series(at, &|minute| link.as_ref().and_then(|link| replica_lag(link, minute)))
        }
        CloudWatchQuery::DatastoreLag { group, .. } => series(at, &|minute| world.datastore_lag(region, group, minute)),
        CloudWatchQuery::TableLag { table, to } => series(at, &|minute| world.table_lag(region, table, to, minute)),
        CloudWatchQuery::GlobalClusterLag { cluster } => {
            series(at, &|minute| world.global_cluster_lag(region, cluster, minute))
        }
        CloudWatchQuery::BucketLag(pair) => series(at, &|minute| world.bucket_lag(region, pair, minute)),
        CloudWatchQuery::BucketPending(pair) => {
            return count(at, &|minute| world.bucket_pending(region, pair, minute));
        }
        CloudWatchQuery::OldestMessage { queue } => series(at, &|minute| world.oldest_message(region, queue, minute)),
        // Nothing fails here, and what is in use is counted nowhere.
        CloudWatchQuery::BucketFailed(_) | CloudWatchQuery::Usage { .. } => return count(at, &|_| None),
        CloudWatchQuery::Alarm { name } => {
            return CloudWatchObservation::Alarm { alarm: Some(alarm::see(world, region, name, at)) }.into();
        }
    };
    CloudWatchObservation::Lag(series).into()
}

/// The number at `at` of what `sample` gives for each minute.
fn count(at: Timestamp, sample: &dyn Fn(Timestamp) -> Option<f64>) -> Observation {
    let LagSeries { recent, .. } = series(at, sample);
    let total = recent.iter().map(|(_, number)| number).sum();
    CloudWatchObservation::Count(Count { newest: recent.first().copied(), total }).into()
}

/// The sample of a replica's lag of `minute`; none where it has none.
fn replica_lag(link: &Link<'_>, minute: Timestamp) -> Option<f64> {
    let key = link.replica.key();
    let is_stale = link.troubles.active(FaultKind::StaleMetric, &key, minute).is_some();
    // When the source's region dies the metric stops, whatever it said last.
    let is_alone = link.troubles.gone_since(&link.source.region, minute).is_some();
    let is_taken = !is_stale && !is_alone && link.replica.is_replica(link.troubles, minute);
    is_taken.then(|| link.lag(later(minute, PERIOD_SECONDS as f64 / 2.0)))
}

/// The minutes whose sample can be read at `at`, newest first, from so many back to so many.
pub(super) fn minutes(at: Timestamp, from: i64, to: i64) -> impl Iterator<Item = Timestamp> {
    let newest = (at.as_second() - PERIOD_SECONDS - LATE_SECONDS).div_euclid(PERIOD_SECONDS);
    (from..to).filter_map(move |back| Timestamp::from_second((newest - back) * PERIOD_SECONDS).ok())
}

/// The samples at `at` of what `sample` gives for each minute.
fn series(at: Timestamp, sample: &dyn Fn(Timestamp) -> Option<f64>) -> LagSeries {
    let samples = |from: i64, to: i64| minutes(at, from, to).filter_map(|minute| Some((minute, sample(minute)?)));
    let recent: Vec<(Timestamp, f64)> = samples(0, LOOKED_BACK).collect();
    let last = recent.first().copied().or_else(|| samples(LOOKED_BACK, FAR_BACK).next());
    let newest = match last {
        None => nothing("no sample in the last 3h"),
        Some((minute, lag)) if lag < 0.0 => {
            LagSample { sampled_at: Some(minute), ..nothing("-1: replication may not be active") }
        }
        Some((minute, lag)) => LagSample { seconds: Some(lag), sampled_at: Some(minute), instead: None },
    };
    LagSeries { newest, recent }
}

fn nothing(instead: &str) -> LagSample {
    LagSample { seconds: None, sampled_at: None, instead: Some(instead.into()) }
}
