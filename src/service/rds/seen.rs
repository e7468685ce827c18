//! What Amazon RDS said, as data: statuses are kept as the open strings they are.

use super::backups::{AutomatedBackup, DbSnapshot};
use super::clusters::{ClusterSnapshot, DbCluster, DbEvent, GlobalCluster};
use super::settings::DbSettings;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A database instance.
    DbInstance {
        /// The instance, if there is one of that id.
        instance: Option<DbInstance>,
    },
    /// An Aurora global database.
    GlobalCluster {
        /// It, if there is one of that id.
        global: Option<GlobalCluster>,
    },
    /// A cluster and its instances.
    DbCluster {
        /// It, if there is one of that id.
        cluster: Option<DbCluster>,
    },
    /// What happened, oldest first.
    DbEvents {
        /// What names the cluster, or is its own.
        events: Vec<DbEvent>,
    },
    /// A replicated automated backup.
    AutomatedBackup {
        /// It.
        backup: Option<AutomatedBackup>,
    },
    /// A snapshot of an instance.
    DbSnapshot {
        /// It.
        snapshot: Option<DbSnapshot>,
    },
    /// What was set in a parameter group, of instances or of clusters.
    Parameters {
        /// All of it; `None` when there is no such group.
        parameters: Option<Parameters>,
    },
    /// How many instances the account may have in the region, and has.
    InstanceQuota {
        /// It; `None` when the answer says nothing of instances.
        quota: Option<AccountQuota>,
    },
    /// The snapshots of a cluster.
    ClusterSnapshots {
        /// All of them.
        snapshots: Vec<ClusterSnapshot>,
    },
}

/// What `DescribeAccountAttributes` says of a quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountQuota {
    /// Used.
    pub used: i64,
    /// Max.
    pub most: i64,
}

/// What `DescribeDBInstances` says of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DbInstance {
    /// DBInstanceIdentifier.
    pub id: Clean,
    /// DBInstanceArn.
    pub arn: Clean,
    /// DBInstanceStatus, an open string.
    pub status: Clean,
    /// DbiResourceId: it stays the instance's own whatever it is called.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub resource_id: Clean,
    /// PendingModifiedValues.DBInstanceIdentifier: what it is about to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Clean>,
    /// mysql, postgres, …
    pub engine: Clean,
    /// DBClusterIdentifier: it is a member of an Aurora or Multi-AZ DB cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Clean>,
    /// ReadReplicaSourceDBInstanceIdentifier: present means it is still a replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of: Option<Clean>,
    /// ReadReplicaSourceDBClusterIdentifier: it replicates from a Multi-AZ DB cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of_cluster: Option<Clean>,
    /// ReadReplicaDBInstanceIdentifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Clean>,
    /// StatusInfos of type "read replication".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
    /// BackupRetentionPeriod, in days.
    pub backup_retention_days: u32,
    /// Endpoint address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// Endpoint port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The run that restored or fenced it, by the tag that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored_by: Option<Clean>,
    /// PendingModifiedValues, by their names: what was changed and does not count yet. What it becomes is not among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<Clean>,
    /// ParameterApplyStatus of its parameter group: `in-sync`, `pending-reboot`, `applying`, an open string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_applied: Option<Clean>,
    /// The zones of its subnet group's subnets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnet_zones: Vec<Clean>,
    /// CertificateDetails.ValidTill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_until: Option<Timestamp>,
    /// LatestRestorableTime: there is a backup of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restorable_to: Option<Timestamp>,
    /// How it is set up.
    #[serde(default)]
    pub settings: Box<DbSettings>,
}

/// What was set in a parameter group, by name: what is not in it is as the engine has it by default.
pub type Parameters = BTreeMap<Clean, Clean>;

/// What `StatusInfos` says of replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// `replicating`, `error`, `stopped`, `terminated`, …
    pub status: Clean,
    /// Whether it is as it should be.
    pub normal: bool,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Clean>,
}
