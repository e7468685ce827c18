//! How a database instance is set up: what making its like again needs, as `DescribeDBInstances` says it. A fence keeps
//! it, since the way back makes a new replica under the old name and has to set it up as the old one was. Passwords
//! are not in it: they are never told.

use super::upkeep::DbUpkeep;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What tags begin with that the cloud or Landfall writes, and that say something of one instance alone.
const OWN_TAGS: [&str; 2] = ["aws:", "landfall:"];

/// Whether a tag of this key goes with what is made in an instance's place.
pub fn goes_with(key: &str) -> bool {
    !OWN_TAGS.iter().any(|own| key.starts_with(own))
}

impl DbSettings {
    /// What of it no replica can be made with.
    pub(super) fn upkeep(&self) -> DbUpkeep {
        DbUpkeep {
            backup_days: self.backup_days,
            backup_window: self.backup_window.clone(),
            maintenance_window: self.maintenance_window.clone(),
        }
    }
}

/// The settings of an instance; empty where it has none of a kind, or none was told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DbSettings {
    /// DBInstanceClass.
    pub class: Option<Clean>,
    /// EngineVersion.
    pub engine_version: Option<Clean>,
    /// DBSubnetGroupName.
    pub subnet_group: Option<Clean>,
    /// VpcSecurityGroupIds, those that are being taken away left out.
    pub security_groups: Vec<Clean>,
    /// DBParameterGroupName.
    pub parameter_group: Option<Clean>,
    /// OptionGroupName.
    pub option_group: Option<Clean>,
    /// StorageEncrypted.
    pub encrypted: Option<bool>,
    /// KmsKeyId, of the instance's region.
    pub kms_key: Option<Clean>,
    /// StorageType.
    pub storage_type: Option<Clean>,
    /// AllocatedStorage, in GiB.
    pub allocated_gib: Option<i32>,
    /// MaxAllocatedStorage, in GiB.
    pub max_allocated_gib: Option<i32>,
    /// Iops.
    pub iops: Option<i32>,
    /// StorageThroughput, in MiB/s.
    pub throughput: Option<i32>,
    /// MultiAZ.
    pub multi_az: Option<bool>,
    /// AvailabilityZone.
    pub availability_zone: Option<Clean>,
    /// PubliclyAccessible.
    pub public: Option<bool>,
    /// NetworkType.
    pub network_type: Option<Clean>,
    /// IAMDatabaseAuthenticationEnabled.
    pub iam_authentication: Option<bool>,
    /// MonitoringInterval, in seconds; 0 is off.
    pub monitoring_seconds: Option<i32>,
    /// MonitoringRoleArn.
    pub monitoring_role: Option<Clean>,
    /// PerformanceInsightsEnabled.
    pub performance_insights: Option<bool>,
    /// PerformanceInsightsKMSKeyId.
    pub performance_insights_key: Option<Clean>,
    /// PerformanceInsightsRetentionPeriod, in days.
    pub performance_insights_days: Option<i32>,
    /// EnabledCloudwatchLogsExports.
    pub log_exports: Vec<Clean>,
    /// CACertificateIdentifier.
    pub ca_certificate: Option<Clean>,
    /// DeletionProtection.
    pub deletion_protection: Option<bool>,
    /// AutoMinorVersionUpgrade.
    pub minor_upgrades: Option<bool>,
    /// CopyTagsToSnapshot.
    pub copy_tags: Option<bool>,
    /// PreferredBackupWindow, UTC.
    pub backup_window: Option<Clean>,
    /// PreferredMaintenanceWindow, UTC.
    pub maintenance_window: Option<Clean>,
    /// DbInstancePort, or that of its endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// TagList, but for what the cloud and Landfall themselves write there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Clean, Clean>,
    /// BackupRetentionPeriod, in days: said of what is to be made, and told of what is there beside its settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_days: Option<u32>,
}
