//! What is kept of an instance before it is changed: of a replica, what tells it from another of its name; and what a fence
//! keeps of the instance it takes the name from: what taking it back needs, and what a replica made in its
//! place later has to be like.

use crate::service::observation::{DbInstance, DbSettings};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// How the instance was before it was fenced. What is missing was not told, or was written by an earlier Landfall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FenceImage {
    /// DBInstanceIdentifier.
    pub id: Clean,
    /// What the fence calls it.
    pub fenced_as: Clean,
    /// DBInstanceArn.
    pub arn: Clean,
    /// DbiResourceId.
    pub resource_id: Clean,
    /// Engine.
    pub engine: Clean,
    /// The endpoint's address.
    pub endpoint: Option<Clean>,
    /// The endpoint's port.
    pub port: Option<u16>,
    /// BackupRetentionPeriod, in days.
    pub backup_retention_days: u32,
    /// Everything else that it was set up with.
    pub settings: Box<DbSettings>,
}

impl FenceImage {
    /// That of `instance`, which becomes `fenced_as`.
    pub fn of(instance: &DbInstance, fenced_as: &str) -> Self {
        Self {
            id: instance.id.clone(),
            fenced_as: fenced_as.into(),
            arn: instance.arn.clone(),
            resource_id: instance.resource_id.clone(),
            engine: instance.engine.clone(),
            endpoint: instance.endpoint.clone(),
            port: instance.port,
            backup_retention_days: instance.backup_retention_days,
            settings: instance.settings.clone(),
        }
    }

    /// As a journal keeps it.
    pub fn to_value(&self) -> serde_json::Value {
        // Plain data with text keys: it can always be written.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// Reads what a journal keeps; `None` when nothing was kept.
    pub fn read(before: &serde_json::Value) -> Option<Self> {
        let image: Self = serde_json::from_value(before.clone()).ok()?;
        (!image.id.is_empty()).then_some(image)
    }

    /// Whether `instance` is another one that has the same name by now.
    pub fn is_another(&self, instance: &DbInstance) -> bool {
        !self.resource_id.is_empty() && !instance.resource_id.is_empty() && self.resource_id != instance.resource_id
    }
}

/// How a replica was before it was promoted. What is missing was not told, or was written by an earlier Landfall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ReplicaImage {
    /// ReadReplicaSourceDBInstanceIdentifier.
    pub replica_of: Option<Clean>,
    /// DbiResourceId.
    pub resource_id: Clean,
    /// BackupRetentionPeriod, in days.
    pub backup_retention_days: u32,
    /// The endpoint's address.
    pub endpoint: Option<Clean>,
}
