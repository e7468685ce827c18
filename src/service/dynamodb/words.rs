//! What can be asked of Amazon DynamoDB, what its API calls it, and what it said: statuses are kept as the open strings they
//! are.

use crate::service::Place;
use crate::service::cloudwatch::{self, LagSeries};
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `dynamodb:DescribeTable`.
    Table {
        /// TableName.
        name: Clean,
    },
    /// `dynamodb:DescribeContinuousBackups`.
    ContinuousBackups {
        /// TableName.
        name: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Table { .. } => "dynamodb.DescribeTable",
            Self::ContinuousBackups { .. } => "dynamodb.DescribeContinuousBackups",
        }
    }

    // Each takes one name.
    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![
            (Query::Table { name: "carts".into() }, Observation::Table { table: None }),
            (Query::ContinuousBackups { name: "carts".into() }, Observation::ContinuousBackups { recovery: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A table.
    Table {
        /// It, if there is one of that name.
        table: Option<Table>,
    },
    /// How a table is backed up.
    ContinuousBackups {
        /// PointInTimeRecoveryStatus: `ENABLED` or `DISABLED`; `None` when there is no such table.
        recovery: Option<Clean>,
    },
}

/// What `DescribeTable` says of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// TableName.
    pub name: Clean,
    /// TableStatus: `ACTIVE`, `UPDATING`, …, an open string.
    pub status: Clean,
    /// Its global secondary indexes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indexes: Vec<Index>,
    /// The replicas it has, itself among them or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Replica>,
    /// KeySchema: attributes, each with `HASH` or `RANGE`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Clean>,
    /// BillingMode: `PROVISIONED` or `PAY_PER_REQUEST`.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub billing: Clean,
    /// ReadCapacityUnits and WriteCapacityUnits; 0 where it is paid for by request.
    #[serde(default)]
    pub capacity: (u64, u64),
    /// MultiRegionConsistency: `EVENTUAL` or `STRONG`; none of a table that has no replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Clean>,
}

impl Table {
    /// Its replica in `region`, as it sees it.
    pub fn replica(&self, region: &str) -> Option<&Replica> {
        self.replicas.iter().find(|replica| replica.region.as_str() == region)
    }

    /// Whether a write is in every region before it is answered.
    pub fn is_strong(&self) -> bool {
        self.consistency.as_deref() == Some("STRONG")
    }
}

/// A global secondary index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// IndexName.
    pub name: Clean,
    /// IndexStatus, an open string.
    pub status: Clean,
    /// ReadCapacityUnits and WriteCapacityUnits; 0 where it is paid for by request.
    #[serde(default)]
    pub capacity: (u64, u64),
}

/// A replica as another one sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    /// RegionName.
    pub region: Clean,
    /// ReplicaStatus, an open string.
    pub status: Clean,
}

/// A table.
pub(super) fn table(at: &Place, name: &Clean) -> Want<Table> {
    Want::new(at.ask(Query::Table { name: name.clone() }), |seen| match seen {
        any::Observation::DynamoDb(Observation::Table { table }) => Some(table.as_ref()),
        _ => None,
    })
}

/// How a table is backed up.
pub(super) fn backups(at: &Place, name: &Clean) -> Want<Clean> {
    Want::new(at.ask(Query::ContinuousBackups { name: name.clone() }), |seen| match seen {
        any::Observation::DynamoDb(Observation::ContinuousBackups { recovery }) => Some(recovery.as_ref()),
        _ => None,
    })
}

/// The lag of what is written to the table of `at` and read in `to`.
pub(super) fn lag(at: &Place, name: &Clean, to: &crate::plan::Region) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::TableLag { table: name.clone(), to: to.clone() })
}
