//! What can be asked of Amazon CloudWatch, one row a metric, and what it said of it, as data: seconds, whatever the unit of
//! the metric is. Alarms are told with how new what they watch is.

use super::ask::Place;
use super::observation as any;
use super::work::Want;
use crate::plan::Region;
use crate::service::family::Asked;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How old the newest number of a lag may be, in seconds: one a minute, told one to two minutes later.
pub(crate) const TOLD_WITHIN: f64 = 180.0;

/// What is asked: the lag of a store, or how an alarm is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// A read replica's, of Amazon RDS.
    ReplicaLag {
        /// The replica's DBInstanceIdentifier.
        id: Clean,
    },
    /// A secondary's of an ElastiCache global datastore, the worst of its nodes.
    DatastoreLag {
        /// GlobalReplicationGroupId.
        datastore: Clean,
        /// The secondary's ReplicationGroupId.
        group: Clean,
    },
    /// What a replica of a DynamoDB global table has not got yet of what is written in the region that is asked.
    TableLag {
        /// TableName.
        table: Clean,
        /// ReceivingRegion.
        to: Region,
    },
    /// A secondary cluster's of an Aurora global database.
    GlobalClusterLag {
        /// The secondary's DBClusterIdentifier.
        cluster: Clean,
    },
    /// How far a bucket is behind the one that is replicated to it.
    BucketLag(BucketPair),
    /// How many changes wait to be replicated.
    BucketPending(BucketPair),
    /// How many changes failed to be replicated.
    BucketFailed(BucketPair),
    /// How long the oldest message of a queue has been in it.
    OldestMessage {
        /// QueueName.
        queue: Clean,
    },
    /// How many of a service's vCPUs the account uses in the region.
    Usage {
        /// Which.
        of: UsageOf,
    },
    /// `cloudwatch:DescribeAlarms` of every sort of alarm: unasked it tells those of a metric only. Then
    /// `cloudwatch:GetMetricData`, of how new the data is that each of them watches.
    Alarm {
        /// AlarmName.
        name: Clean,
    },
}

/// Whose vCPUs are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageOf {
    /// AWS Fargate's, on demand.
    Fargate,
    /// Amazon EC2's standard instances, on demand.
    Instances,
}

/// Two buckets, the one that is replicated to the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BucketPair {
    /// SourceBucket.
    pub source: Clean,
    /// DestinationBucket.
    pub destination: Clean,
    /// RuleId; every rule between the two when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Clean>,
}

impl Asked for Query {
    type Seen = Observation;

    // All of a region in one call.
    fn api_name(&self) -> &'static str {
        match self {
            Self::ReplicaLag { .. }
            | Self::DatastoreLag { .. }
            | Self::TableLag { .. }
            | Self::GlobalClusterLag { .. }
            | Self::BucketLag(_)
            | Self::BucketPending(_)
            | Self::BucketFailed(_)
            | Self::OldestMessage { .. }
            | Self::Usage { .. } => "cloudwatch.GetMetricData",
            Self::Alarm { .. } => "cloudwatch.DescribeAlarms",
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let pair = || BucketPair { source: "media-east".into(), destination: "media-west".into(), rule: None };
        vec![
            (Query::ReplicaLag { id: "orders-replica".into() }, Observation::Lag(LagSeries::default())),
            (
                Query::DatastoreLag { datastore: "ldgnf-carts".into(), group: "carts-west".into() },
                Observation::Lag(LagSeries::default()),
            ),
            (Query::TableLag { table: "carts".into(), to: "us-west-2".into() }, Observation::Lag(LagSeries::default())),
            (Query::GlobalClusterLag { cluster: "orders-west".into() }, Observation::Lag(LagSeries::default())),
            (Query::BucketLag(pair()), Observation::Lag(LagSeries::default())),
            (Query::BucketPending(pair()), Observation::Count(Count::default())),
            (Query::BucketFailed(pair()), Observation::Count(Count::default())),
            (Query::OldestMessage { queue: "orders".into() }, Observation::Lag(LagSeries::default())),
            (Query::Usage { of: UsageOf::Fargate }, Observation::Count(Count::default())),
            (Query::Alarm { name: "shop-errors".into() }, Observation::Alarm { alarm: None }),
        ]
    }
}

/// A number of CloudWatch, as data.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Its namespace.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Another metric of the same series and unit, asked for where this one has no sample.
    pub instead: Option<&'static str>,
    /// Which of its series are meant; the worst of them counts.
    pub series: Series,
    /// How much of a second one of its units is.
    pub unit_seconds: f64,
    /// How often it is published, in seconds.
    pub period_seconds: i32,
    /// What of a period counts, as CloudWatch calls it: the worst, and not an average, or an exposure is flattered.
    pub statistic: &'static str,
}

/// Which series of a metric are meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// The one of these dimensions.
    Of(Vec<(&'static str, Clean)>),
    /// Those that CloudWatch lists with all of these dimensions.
    ListedWith(Vec<(&'static str, Clean)>),
    /// Those that CloudWatch lists with one of these dimensions: which of them it publishes is not told beforehand.
    Listed(Vec<(&'static str, Named)>),
}

/// What a dimension is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// This.
    This(Clean),
    /// A node of this replication group: `GROUP-001`, `GROUP-0001-001` in cluster mode.
    NodeOf(Clean),
}

impl Named {
    /// Whether it is `name`.
    pub fn is(&self, name: &str) -> bool {
        match self {
            Self::This(this) => this.as_str() == name,
            Self::NodeOf(group) => {
                let Some(node) = name.strip_prefix(group.as_str()).and_then(|rest| rest.strip_prefix('-')) else {
                    return false;
                };
                let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
                match node.split_once('-') {
                    None => digits(node, 3),
                    Some((shard, node)) => digits(shard, 4) && digits(node, 3),
                }
            }
        }
    }
}

impl Query {
    /// Where the number is; `None` where none is asked for.
    pub fn metric(&self) -> Option<Metric> {
        Some(match self {
            Self::Alarm { .. } => return None,
            // Published once a minute, in the replica's region; -1 where replication may not be active (Amazon RDS User Guide,
            // "Monitoring read replication").
            Self::ReplicaLag { id } => Metric {
                namespace: "AWS/RDS",
                name: "ReplicaLag",
                instead: None,
                series: Series::Of(vec![("DBInstanceIdentifier", id.clone())]),
                unit_seconds: 1.0,
                period_seconds: 60,
                statistic: "Maximum",
            },
            // In the secondary's region. The guide names no dimension, and public code names three.
            Self::DatastoreLag { datastore, group } => Metric {
                namespace: "AWS/ElastiCache",
                name: "GlobalDatastoreReplicationLag",
                instead: None,
                series: Series::Listed(vec![
                    ("CacheClusterId", Named::NodeOf(group.clone())),
                    ("ReplicationGroupId", Named::This(group.clone())),
                    ("GlobalReplicationGroupId", Named::This(datastore.clone())),
                ]),
                unit_seconds: 1.0,
                period_seconds: 60,
                statistic: "Maximum",
            },
            // Once a minute in the destination's region, whether anything is replicated or not; what failed in the source's,
            // where anything did (Amazon S3 User Guide, "Using S3 Replication metrics").
            Self::BucketLag(pair) => pair.metric("ReplicationLatency", "Maximum", 60),
            Self::BucketPending(pair) => pair.metric("OperationsPendingReplication", "Maximum", 60),
            Self::BucketFailed(pair) => pair.metric("OperationsFailedReplication", "Sum", 300),
            // Once a minute, in seconds, of queues that are in use (Amazon SQS Developer Guide, "Available CloudWatch metrics").
            Self::OldestMessage { queue } => Metric {
                namespace: "AWS/SQS",
                name: "ApproximateAgeOfOldestMessage",
                instead: None,
                series: Series::Of(vec![("QueueName", queue.clone())]),
                unit_seconds: 1.0,
                period_seconds: 60,
                statistic: "Maximum",
            },
            // Once a minute, of what is in use (CloudWatch User Guide, "AWS usage metrics"; ECS Developer Guide, "Amazon ECS usage
            // metrics").
            Self::Usage { of } => Metric {
                namespace: "AWS/Usage",
                name: "ResourceCount",
                instead: None,
                series: Series::Of(vec![
                    ("Service", of.service().into()),
                    ("Type", "Resource".into()),
                    ("Resource", "vCPU".into()),
                    ("Class", "Standard/OnDemand".into()),
                ]),
                unit_seconds: 1.0,
                period_seconds: 300,
                statistic: "Maximum",
            },
            // In milliseconds, where it is written; no sample where nothing is (Amazon DynamoDB Developer Guide,
            // "DynamoDB metrics and dimensions").
            Self::TableLag { table, to } => Metric {
                namespace: "AWS/DynamoDB",
                name: "ReplicationLatency",
                instead: None,
                series: Series::Of(vec![("TableName", table.clone()), ("ReceivingRegion", Clean::new(to.as_str()))]),
                unit_seconds: 0.001,
                period_seconds: 60,
                statistic: "Maximum",
            },
            // In the secondary's region, in milliseconds; older Aurora MySQL has the second only (Amazon Aurora User Guide,
            // "Amazon CloudWatch metrics for Amazon Aurora").
            Self::GlobalClusterLag { cluster } => Metric {
                namespace: "AWS/RDS",
                name: "AuroraGlobalDBRPOLag",
                instead: Some("AuroraGlobalDBReplicationLag"),
                series: Series::Of(vec![("DBClusterIdentifier", cluster.clone())]),
                unit_seconds: 0.001,
                period_seconds: 60,
                statistic: "Maximum",
            },
        })
    }
}

impl UsageOf {
    /// As the dimension Service has it.
    fn service(self) -> &'static str {
        match self {
            Self::Fargate => "Fargate",
            Self::Instances => "EC2",
        }
    }
}

impl BucketPair {
    fn metric(&self, name: &'static str, statistic: &'static str, period_seconds: i32) -> Metric {
        let buckets = [("SourceBucket", self.source.clone()), ("DestinationBucket", self.destination.clone())];
        let rule = self.rule.clone().map(|rule| ("RuleId", rule));
        let dimensions = buckets.into_iter().chain(rule).collect();
        let series = if self.rule.is_some() { Series::Of(dimensions) } else { Series::ListedWith(dimensions) };
        Metric { namespace: "AWS/S3", name, instead: None, series, unit_seconds: 1.0, period_seconds, statistic }
    }
}

impl Query {
    /// Whether it asks for a number of things, and not for a lag.
    pub fn counts(&self) -> bool {
        match self {
            Self::BucketPending(_) | Self::BucketFailed(_) | Self::Usage { .. } => true,
            Self::ReplicaLag { .. }
            | Self::DatastoreLag { .. }
            | Self::GlobalClusterLag { .. }
            | Self::TableLag { .. }
            | Self::BucketLag(_)
            | Self::OldestMessage { .. }
            | Self::Alarm { .. } => false,
        }
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The samples of a lag metric.
    Lag(LagSeries),
    /// A number of things.
    Count(Count),
    /// An alarm.
    Alarm {
        /// As it was described.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alarm: Option<Alarm>,
    },
}

/// What `DescribeAlarms` says of an alarm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    /// AlarmName.
    pub name: Clean,
    /// AlarmArn.
    pub arn: Clean,
    /// StateValue: `OK`, `ALARM`, `INSUFFICIENT_DATA`, an open string.
    pub state: Clean,
    /// StateReason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
    /// EvaluationState, where its evaluation is not whole: `PARTIAL_DATA`, `EVALUATION_ERROR`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Clean>,
    /// What it watches.
    pub watches: Watched,
}

/// What an alarm watches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watched {
    /// Other alarms, by its rule: a composite alarm.
    #[default]
    Others,
    /// Metrics.
    Metric(Data),
    /// Something whose data is not told of here: a query of logs, or an expression without a metric of its own.
    Unseen,
}

/// The data of the metrics that an alarm watches.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// When the newest stretch with data in it began, by the cloud's clock; `None`: no data in the last quarter of an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<Timestamp>,
    /// How long such a stretch is, in seconds.
    pub stretch_seconds: u32,
    /// For how long, in seconds, data has to be bad before the alarm rings: Period by DatapointsToAlarm.
    pub rings_after_seconds: u32,
}

/// The samples of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSeries {
    /// The newest, as it is kept in a journal.
    pub newest: LagSample,
    /// The samples of the last quarter of an hour, newest first: when each one's minute began, by the cloud's clock, and its
    /// seconds as they were told, −1 included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<(Timestamp, f64)>,
}

/// How many things a metric counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Count {
    /// The newest sample: when its period began, by the cloud's clock, and its number. None where there is no sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<(Timestamp, f64)>,
    /// The samples of the last quarter of an hour together.
    pub total: f64,
}

/// The newest sample of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSample {
    /// The lag, in seconds whatever the API's unit. `None`: no sample, or a value (−1) that means replication may not be active.
    pub seconds: Option<f64>,
    /// When the sample was taken, by the cloud's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<Timestamp>,
    /// What was said instead of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Clean>,
}

/// The samples of what `query` asks for.
pub(super) fn lag(at: &Place, query: Query) -> Want<LagSeries> {
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::CloudWatch(Observation::Lag(series)) => Some(Some(series)),
        _ => None,
    })
}

/// How the alarm `name` is.
pub(super) fn alarm(at: &Place, name: &Clean) -> Want<Alarm> {
    Want::new(at.ask(Query::Alarm { name: name.clone() }), |seen| match seen {
        any::Observation::CloudWatch(Observation::Alarm { alarm }) => Some(alarm.as_ref()),
        _ => None,
    })
}

/// The number of what `query` counts.
pub(super) fn count(at: &Place, query: Query) -> Want<Count> {
    Want::new(at.ask(query), |seen| match seen {
        any::Observation::CloudWatch(Observation::Count(count)) => Some(Some(count)),
        _ => None,
    })
}
