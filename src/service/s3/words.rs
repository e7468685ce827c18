//! What can be asked of Amazon S3 and done to it, what its API calls it, and what it said.

use crate::service::Place;
use crate::service::cloudwatch::{self, BucketPair, Count, LagSeries};
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `s3:HeadBucket`: whether it is there, and of which region.
    Bucket {
        /// Its name.
        bucket: Clean,
    },
    /// `s3:GetBucketVersioning`.
    BucketVersioning {
        /// The bucket's name.
        bucket: Clean,
    },
    /// `s3:GetBucketReplication`.
    BucketReplication {
        /// The bucket's name.
        bucket: Clean,
    },
    /// `s3:HeadObject`.
    Object {
        /// The bucket's name.
        bucket: Clean,
        /// Key.
        key: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Bucket { .. } => "s3.HeadBucket",
            Self::BucketVersioning { .. } => "s3.GetBucketVersioning",
            Self::BucketReplication { .. } => "s3.GetBucketReplication",
            Self::Object { .. } => "s3.HeadObject",
        }
    }

    // Each is about one bucket.
    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let bucket = Clean::new("media-west");
        vec![
            (Query::Bucket { bucket: bucket.clone() }, Observation::Bucket { bucket: None }),
            (Query::BucketVersioning { bucket: bucket.clone() }, Observation::BucketVersioning { versioning: None }),
            (Query::BucketReplication { bucket }, Observation::BucketReplication { rules: None }),
            (
                Query::Object { bucket: "switch-west".into(), key: "east-is-off".into() },
                Observation::Object { object: None },
            ),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A bucket.
    Bucket {
        /// It, if there is one of that name, of whichever region.
        bucket: Option<Bucket>,
    },
    /// A bucket's versioning.
    BucketVersioning {
        /// It, if there is such a bucket in the region.
        versioning: Option<Versioning>,
    },
    /// A bucket's replication rules.
    BucketReplication {
        /// All of them; `None` when there is no such bucket.
        rules: Option<Vec<ReplicationRule>>,
    },
    /// An object.
    Object {
        /// It, if there is one: a delete marker is none.
        object: Option<Object>,
    },
}

/// What `HeadBucket` says of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// BucketRegion.
    pub region: Clean,
}

/// What `GetBucketVersioning` says of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Versioning {
    /// Status: `Enabled` or `Suspended`; none where it never was enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Clean>,
}

/// What `GetBucketReplication` says of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicationRule {
    /// ID.
    pub id: Clean,
    /// Whether Status is `Enabled`.
    pub enabled: bool,
    /// Destination.Bucket, an ARN.
    pub to: Clean,
    /// Whether a Prefix or a Filter leaves anything out.
    pub filtered: bool,
    /// Whether Metrics are `Enabled`.
    pub metrics: bool,
    /// EncryptionConfiguration.ReplicaKmsKeyID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Clean>,
}

/// What `HeadObject` says of an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// VersionId.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Clean>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `s3:PutObject` of nothing, only where there is no such object: If-None-Match `*`.
    PutMarker {
        /// The bucket's name.
        bucket: Clean,
        /// Key.
        key: Clean,
    },
    /// `s3:DeleteObject`: of a versioned bucket a delete marker is put before it.
    DeleteMarker {
        /// The bucket's name.
        bucket: Clean,
        /// Key.
        key: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::PutMarker { .. } => "s3.PutObject",
            Self::DeleteMarker { .. } => "s3.DeleteObject",
        }
    }

    fn is_proof(&self) -> bool {
        match self {
            Self::PutMarker { .. } | Self::DeleteMarker { .. } => false,
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // S3 is strongly consistent; what was given up may still be on its way.
            Self::PutMarker { .. } | Self::DeleteMarker { .. } => 15.0,
        }
    }

    fn declared(&self) -> Vec<Declared> {
        // A switch's object is of the data plane: no code declares it.
        match self {
            Self::PutMarker { .. } | Self::DeleteMarker { .. } => Vec::new(),
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let (bucket, key) = (Clean::new("switch-west"), Clean::new("east-is-off"));
        vec![Operation::PutMarker { bucket: bucket.clone(), key: key.clone() }, Operation::DeleteMarker { bucket, key }]
    }
}

/// A bucket.
pub fn bucket(at: &Place, bucket: &Clean) -> Want<Bucket> {
    Want::new(at.ask(Query::Bucket { bucket: bucket.clone() }), |seen| match seen {
        any::Observation::S3(Observation::Bucket { bucket }) => Some(bucket.as_ref()),
        _ => None,
    })
}

/// A bucket's versioning.
pub(super) fn versioning(at: &Place, bucket: &Clean) -> Want<Versioning> {
    Want::new(at.ask(Query::BucketVersioning { bucket: bucket.clone() }), |seen| match seen {
        any::Observation::S3(Observation::BucketVersioning { versioning }) => Some(versioning.as_ref()),
        _ => None,
    })
}

/// A bucket's replication rules.
pub(super) fn replication(at: &Place, bucket: &Clean) -> Want<Vec<ReplicationRule>> {
    Want::new(at.ask(Query::BucketReplication { bucket: bucket.clone() }), |seen| match seen {
        any::Observation::S3(Observation::BucketReplication { rules }) => Some(rules.as_ref()),
        _ => None,
    })
}

/// An object.
pub fn object(at: &Place, bucket: &Clean, key: &Clean) -> Want<Object> {
    Want::new(at.ask(Query::Object { bucket: bucket.clone(), key: key.clone() }), |seen| match seen {
        any::Observation::S3(Observation::Object { object }) => Some(object.as_ref()),
        _ => None,
    })
}

/// How far what is replicated is behind, as the destination's region tells it.
pub(super) fn lag(at: &Place, pair: &BucketPair) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::BucketLag(pair.clone()))
}

/// How many changes wait to be replicated, as the destination's region tells it.
pub(super) fn pending(at: &Place, pair: &BucketPair) -> Want<Count> {
    cloudwatch::count(at, cloudwatch::Query::BucketPending(pair.clone()))
}

/// How many changes failed to be replicated of late, as the source's region tells it.
pub(super) fn failed(at: &Place, pair: &BucketPair) -> Want<Count> {
    cloudwatch::count(at, cloudwatch::Query::BucketFailed(pair.clone()))
}
