//! What a database can be restored from: a replicated automated backup, and a snapshot; and how far each reaches.

use super::seen::Observation;
use super::words::Query;
use crate::service::Place;
use crate::service::observation::{self as any, LagSample};
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What `DescribeDBInstanceAutomatedBackups` says of a backup.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AutomatedBackup {
    /// DBInstanceAutomatedBackupsArn.
    pub arn: Clean,
    /// Status: `active`, `retained`, `creating`, `replicating`, …, an open string.
    pub status: Clean,
    /// Engine.
    pub engine: Clean,
    /// RestoreWindow.EarliestTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earliest: Option<Timestamp>,
    /// RestoreWindow.LatestTime: what was written after it is not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Timestamp>,
}

/// What `DescribeDBSnapshots` says of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DbSnapshot {
    /// DBSnapshotIdentifier.
    pub id: Clean,
    /// DBSnapshotArn.
    pub arn: Clean,
    /// Status, an open string.
    pub status: Clean,
    /// Engine.
    pub engine: Clean,
    /// SnapshotDatabaseTime, else OriginalSnapshotCreateTime, else SnapshotCreateTime: what it holds was so then, however
    /// late it was copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
}

/// How much of what was written there is, as a sample of a lag: all up to `at`, and nothing after it.
pub(super) fn reaches(at: Option<Timestamp>, nothing: &str) -> LagSample {
    match at {
        Some(at) => LagSample { seconds: Some(0.0), sampled_at: Some(at), instead: None },
        None => LagSample { seconds: None, sampled_at: None, instead: Some(nothing.into()) },
    }
}

impl Observation {
    /// How far what was seen reaches, where that is something to restore from.
    pub fn reaches(&self) -> Option<LagSample> {
        match self {
            Self::AutomatedBackup { backup } => {
                let latest = backup.as_ref().and_then(|backup| backup.latest);
                Some(reaches(latest, "there is no backup that tells how far it reaches"))
            }
            Self::DbSnapshot { snapshot } => {
                let taken = snapshot.as_ref().and_then(|snapshot| snapshot.taken_at);
                Some(reaches(taken, "there is no snapshot that tells of when it is"))
            }
            Self::DbInstance { .. }
            | Self::GlobalCluster { .. }
            | Self::DbCluster { .. }
            | Self::DbEvents { .. }
            | Self::ClusterSnapshots { .. }
            | Self::Parameters { .. }
            | Self::InstanceQuota { .. } => None,
        }
    }
}

/// A backup.
pub(in crate::service) fn backup(at: &Place, arn: &Clean) -> Want<AutomatedBackup> {
    Want::new(at.ask(Query::AutomatedBackup { arn: arn.clone() }), |seen| match seen {
        any::Observation::Rds(Observation::AutomatedBackup { backup }) => Some(backup.as_ref()),
        _ => None,
    })
}

/// A snapshot.
pub(in crate::service) fn snapshot(at: &Place, id: &Clean) -> Want<DbSnapshot> {
    Want::new(at.ask(Query::DbSnapshot { id: id.clone() }), |seen| match seen {
        any::Observation::Rds(Observation::DbSnapshot { snapshot }) => Some(snapshot.as_ref()),
        _ => None,
    })
}
