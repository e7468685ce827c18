//! What Amazon RDS says of Aurora's clusters and global databases, as data: statuses are kept as the open strings they are.

use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `DescribeGlobalClusters` says of a global database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GlobalCluster {
    /// GlobalClusterIdentifier.
    pub id: Clean,
    /// Status, an open string.
    pub status: Clean,
    /// EngineVersion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<Clean>,
    /// Endpoint: the writer's, wherever that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// GlobalClusterMembers.
    pub members: Vec<GlobalMember>,
    /// FailoverState: empty unless a switchover or a failover is asked for or under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<GlobalMove>,
}

/// A cluster as a member of a global database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GlobalMember {
    /// DBClusterArn.
    pub arn: Clean,
    /// IsWriter: whether it is the primary.
    pub writer: bool,
    /// SynchronizationStatus: `connected`, `pending-resync`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synchronization: Option<Clean>,
}

/// A switchover or a failover that was asked for or is under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GlobalMove {
    /// `pending`, `switching-over`, `failing-over`, `cancelling`, an open string.
    pub status: Clean,
    /// ToDbClusterArn.
    pub to: Clean,
    /// IsDataLossAllowed: it is a failover.
    pub loses: bool,
}

/// What `DescribeDBClusters` says of a cluster, and `DescribeDBInstances` of its instances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DbCluster {
    /// DBClusterIdentifier.
    pub id: Clean,
    /// DBClusterArn.
    pub arn: Clean,
    /// DbClusterResourceId: it stays the cluster's own whatever that is called.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub resource_id: Clean,
    /// Status, an open string.
    pub status: Clean,
    /// EngineVersion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<Clean>,
    /// Endpoint: the writer instance's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// ReaderEndpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Clean>,
    /// Port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// DBClusterParameterGroup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameter_group: Option<Clean>,
    /// ServerlessV2ScalingConfiguration.MaxCapacity, in capacity units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_capacity: Option<f64>,
    /// DBClusterMembers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<ClusterInstance>,
}

/// An instance of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterInstance {
    /// DBInstanceIdentifier.
    pub id: Clean,
    /// IsClusterWriter.
    pub writer: bool,
    /// DBInstanceStatus, an open string; none where the instance itself was not described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Clean>,
    /// DBInstanceClass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Clean>,
    /// AvailabilityZone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Clean>,
    /// DBClusterParameterGroupStatus: `in-sync`, `pending-reboot`, an open string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_applied: Option<Clean>,
}

impl DbCluster {
    /// The instance that writes.
    pub fn writer(&self) -> Option<&ClusterInstance> {
        self.instances.iter().find(|instance| instance.writer)
    }
}

impl ClusterInstance {
    /// Whether it is `available`.
    pub fn is_available(&self) -> bool {
        self.status.as_deref() == Some("available")
    }
}

/// What `DescribeEvents` says happened. It gives no number by which one event is told from another: the words do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbEvent {
    /// Date.
    pub at: Timestamp,
    /// SourceIdentifier.
    pub source: Clean,
    /// Message.
    pub message: Clean,
}

/// What `DescribeDBClusterSnapshots` says of a cluster's snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterSnapshot {
    /// DBClusterSnapshotIdentifier.
    pub id: Clean,
    /// Status, an open string.
    pub status: Clean,
    /// SnapshotCreateTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// DBClusterSnapshotArn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<Clean>,
    /// The run that it is of, by the tag that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_run: Option<Clean>,
}

impl DbEvent {
    /// Whether its words name `cluster`, as a word of its own.
    pub fn names(&self, cluster: &str) -> bool {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        self.message.split(|letter| !is_part(letter)).any(|word| word.eq_ignore_ascii_case(cluster))
    }

    /// Whether it is `cluster`'s own, or names it.
    pub fn is_about(&self, cluster: &str) -> bool {
        self.source.eq_ignore_ascii_case(cluster) || self.names(cluster)
    }
}
