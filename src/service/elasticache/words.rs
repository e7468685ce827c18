//! What can be asked of Amazon ElastiCache and done to it, what its API calls it, and what it said: roles and statuses are
//! kept as the open strings they are.

use crate::plan::Region;
use crate::service::Place;
use crate::service::cloudwatch::{self, LagSeries};
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `elasticache:DescribeGlobalReplicationGroups` with its members: it takes no list of ids, so that all of a region
    /// are told at once.
    GlobalDatastore {
        /// GlobalReplicationGroupId.
        id: Clean,
    },
    /// `elasticache:DescribeReplicationGroups`, likewise.
    ReplicationGroup {
        /// ReplicationGroupId.
        id: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::GlobalDatastore { .. } => "elasticache.DescribeGlobalReplicationGroups",
            Self::ReplicationGroup { .. } => "elasticache.DescribeReplicationGroups",
        }
    }

    fn is_a_call_each(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![
            (Query::GlobalDatastore { id: "ldgnf-carts".into() }, Observation::GlobalDatastore { datastore: None }),
            (Query::ReplicationGroup { id: "carts-west".into() }, Observation::ReplicationGroup { group: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A global datastore.
    GlobalDatastore {
        /// It, if the region has one of that id.
        datastore: Option<GlobalDatastore>,
    },
    /// A replication group.
    ReplicationGroup {
        /// It, if there is one of that id.
        group: Option<ReplicationGroup>,
    },
}

/// What `DescribeGlobalReplicationGroups` says of a global datastore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GlobalDatastore {
    /// GlobalReplicationGroupId.
    pub id: Clean,
    /// `available`, `modifying`, `primary-only`, …, an open string.
    pub status: Clean,
    /// Its groups, one a region.
    pub members: Vec<Member>,
}

/// A replication group as a member of a global datastore.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// ReplicationGroupId.
    pub group: Clean,
    /// ReplicationGroupRegion.
    pub region: Clean,
    /// `PRIMARY` or `SECONDARY`.
    pub role: Clean,
    /// `associated`, `associating`, …
    pub status: Clean,
}

impl Member {
    /// Whether it is the one that is written to.
    pub fn is_primary(&self) -> bool {
        is_primary(&self.role)
    }
}

/// What `DescribeReplicationGroups` says of a replication group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplicationGroup {
    /// ReplicationGroupId.
    pub id: Clean,
    /// `available`, `modifying`, …, an open string.
    pub status: Clean,
    /// The global datastore that it is a member of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datastore: Option<Clean>,
    /// Its role in that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Clean>,
    /// Where it is written to: the configuration endpoint in cluster mode, else the primary one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// That endpoint's port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Where it is read from; none in cluster mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Clean>,
    /// MultiAZ: `enabled` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multi_az: Option<Clean>,
    /// AutomaticFailover: `enabled`, `enabling`, `disabling` or `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_over: Option<Clean>,
    /// How many nodes its smallest shard has, the primary among them.
    pub nodes: u64,
}

impl ReplicationGroup {
    /// Whether it takes writes: it stands alone, or is the one member that does.
    pub fn is_writer(&self) -> bool {
        self.datastore.is_none() || self.role.as_deref().is_some_and(is_primary)
    }
}

/// The API's model and its guide write it differently.
fn is_primary(role: &str) -> bool {
    role.eq_ignore_ascii_case("primary")
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `elasticache:FailoverGlobalReplicationGroup`: another member becomes the primary.
    FailOverDatastore {
        /// GlobalReplicationGroupId.
        datastore: Clean,
        /// PrimaryRegion: of the member that becomes the primary, whatever the model says of it.
        region: Region,
        /// PrimaryReplicationGroupId: likewise.
        group: Clean,
    },
    /// `elasticache:DisassociateGlobalReplicationGroup`: a secondary leaves, stands alone and takes writes.
    LeaveDatastore {
        /// GlobalReplicationGroupId.
        datastore: Clean,
        /// ReplicationGroupRegion.
        region: Region,
        /// ReplicationGroupId.
        group: Clean,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::FailOverDatastore { .. } => "elasticache.FailoverGlobalReplicationGroup",
            Self::LeaveDatastore { .. } => "elasticache.DisassociateGlobalReplicationGroup",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // Right after it was taken all is `available` still, in the old roles.
            Self::FailOverDatastore { .. } | Self::LeaveDatastore { .. } => 30.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        match self {
            Self::FailOverDatastore { datastore, region, group } => {
                let class = "aws_elasticache_global_replication_group";
                let now = format!("{group} in {region}");
                vec![Declared::is(class, datastore, "primary_replication_group_id", now)]
            }
            Self::LeaveDatastore { datastore, group, .. } => {
                let now = format!("none: it left {datastore}");
                vec![
                    Declared::is("aws_elasticache_replication_group", group, "global_replication_group_id", now)
                        .valued(Value::Null),
                ]
            }
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let (datastore, region, group) =
            (Clean::new("ldgnf-carts"), Region::new("us-west-2"), Clean::new("carts-west"));
        vec![
            Operation::FailOverDatastore { datastore: datastore.clone(), region: region.clone(), group: group.clone() },
            Operation::LeaveDatastore { datastore, region, group },
        ]
    }
}

/// A global datastore, as the region of `at` sees it.
pub(super) fn datastore(at: &Place, id: &Clean) -> Want<GlobalDatastore> {
    Want::new(at.ask(Query::GlobalDatastore { id: id.clone() }), |seen| match seen {
        any::Observation::ElastiCache(Observation::GlobalDatastore { datastore }) => Some(datastore.as_ref()),
        _ => None,
    })
}

/// A replication group.
pub(super) fn group(at: &Place, id: &Clean) -> Want<ReplicationGroup> {
    Want::new(at.ask(Query::ReplicationGroup { id: id.clone() }), |seen| match seen {
        any::Observation::ElastiCache(Observation::ReplicationGroup { group }) => Some(group.as_ref()),
        _ => None,
    })
}

/// The lag of a secondary.
pub(super) fn lag(at: &Place, datastore: &Clean, group: &Clean) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::DatastoreLag { datastore: datastore.clone(), group: group.clone() })
}
