//! What can be asked of Amazon RDS and done to it, and what its API calls it.

use super::seen::{DbInstance, Observation};
use crate::service::Place;
use crate::service::cloudwatch::{self, LagSeries};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `rds:DescribeDBInstances`, many ids in one call.
    DbInstance {
        /// DBInstanceIdentifier.
        id: Clean,
    },
}

impl Query {
    /// As [`crate::service::Query::api_name`].
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::DbInstance { .. } => "rds.DescribeDBInstances",
        }
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `rds:PromoteReadReplica`.
    PromoteReadReplica {
        /// The replica's DBInstanceIdentifier.
        id: Clean,
        /// BackupRetentionPeriod, in days; always said, the API's default is 1.
        backup_retention_days: u32,
    },
    /// `rds:ModifyDBInstance` with a new identifier, applied at once: the fence. The old name stops resolving and
    /// the instance reboots, which ends every connection.
    RenameDbInstance {
        /// What it is called now.
        id: Clean,
        /// What it will be called.
        new_id: Clean,
        /// The security groups that it gets in the same call; those it has when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        security_groups: Vec<Clean>,
    },
    /// `rds:ModifyDBInstance` with other security groups, applied at once.
    SetDbSecurityGroups {
        /// DBInstanceIdentifier.
        id: Clean,
        /// All that it has from then on.
        security_groups: Vec<Clean>,
    },
}

impl Operation {
    /// As [`crate::service::Operation::api_name`].
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::PromoteReadReplica { .. } => "rds.PromoteReadReplica",
            Self::RenameDbInstance { .. } | Self::SetDbSecurityGroups { .. } => "rds.ModifyDBInstance",
        }
    }

    /// As [`crate::service::Operation::settle_seconds`].
    pub fn settle_seconds(&self) -> f64 {
        match self {
            // A promoted replica may linger in `available` with its source still named (AWS guides sleep 60 s for it).
            Self::PromoteReadReplica { .. } | Self::RenameDbInstance { .. } => 60.0,
            // They show at once; what was given up may still be on its way, or in a queue of the service.
            Self::SetDbSecurityGroups { .. } => 15.0,
        }
    }
}

/// A database instance.
pub(super) fn instance(at: &Place, id: &str) -> Want<DbInstance> {
    Want::new(at.ask(Query::DbInstance { id: id.into() }), |seen| match seen {
        any::Observation::Rds(Observation::DbInstance { instance }) => Some(instance.as_ref()),
        _ => None,
    })
}

/// A replica's lag.
pub(super) fn lag(at: &Place, id: &str) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::ReplicaLag { id: id.into() })
}

/// Every question, and the answer that there is no such thing: what the tests of all families ask.
#[cfg(test)]
pub fn examples() -> Vec<(Query, Observation)> {
    vec![(Query::DbInstance { id: "orders-replica".into() }, Observation::DbInstance { instance: None })]
}

/// One of every operation.
#[cfg(test)]
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 },
        Operation::RenameDbInstance {
            id: "orders".into(),
            new_id: "orders-fenced".into(),
            security_groups: Vec::new(),
        },
        Operation::SetDbSecurityGroups { id: "orders-replica".into(), security_groups: vec!["sg-1".into()] },
    ]
}
