//! What can be asked of Amazon RDS and done to it, and what its API calls it.

use super::clusters::{ClusterSnapshot, DbCluster, DbEvent, GlobalCluster};
use super::seen::{AccountQuota, DbInstance, Observation, Parameters};
use super::settings::DbSettings;
use super::upkeep::DbUpkeep;
use crate::service::Place;
use crate::service::cloudwatch::{self, LagSeries};
use crate::service::declared::{Declared, joined, last_of, listed};
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `rds:DescribeDBInstances`, many ids in one call.
    DbInstance {
        /// DBInstanceIdentifier.
        id: Clean,
    },
    /// `rds:DescribeGlobalClusters`: all of an account at once.
    GlobalCluster {
        /// GlobalClusterIdentifier.
        id: Clean,
    },
    /// `rds:DescribeDBClusters`, many ids in one call, and `rds:DescribeDBInstances` for their instances.
    DbCluster {
        /// DBClusterIdentifier.
        id: Clean,
    },
    /// `rds:DescribeEvents` of a cluster and its instances, and those of others that name it.
    DbEvents {
        /// DBClusterIdentifier.
        cluster: Clean,
        /// StartTime.
        since: Timestamp,
    },
    /// `rds:DescribeDBInstanceAutomatedBackups`: one, by its ARN.
    AutomatedBackup {
        /// DBInstanceAutomatedBackupsArn.
        arn: Clean,
    },
    /// `rds:DescribeDBSnapshots`: one.
    DbSnapshot {
        /// DBSnapshotIdentifier, or the ARN.
        id: Clean,
    },
    /// `rds:DescribeDBClusterSnapshots` of a cluster.
    ClusterSnapshots {
        /// DBClusterIdentifier.
        cluster: Clean,
    },
    /// `rds:DescribeDBParameters`: what was set in a group of instances.
    Parameters {
        /// DBParameterGroupName.
        group: Clean,
    },
    /// `rds:DescribeAccountAttributes`: how many instances the account may have in the region, and has.
    InstanceQuota,
    /// `rds:DescribeDBClusterParameters`: what was set in a group of clusters.
    ClusterParameters {
        /// DBClusterParameterGroupName.
        group: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::DbInstance { .. } => "rds.DescribeDBInstances",
            Self::GlobalCluster { .. } => "rds.DescribeGlobalClusters",
            Self::DbCluster { .. } => "rds.DescribeDBClusters",
            Self::DbEvents { .. } => "rds.DescribeEvents",
            Self::ClusterSnapshots { .. } => "rds.DescribeDBClusterSnapshots",
            Self::AutomatedBackup { .. } => "rds.DescribeDBInstanceAutomatedBackups",
            Self::DbSnapshot { .. } => "rds.DescribeDBSnapshots",
            Self::Parameters { .. } => "rds.DescribeDBParameters",
            Self::ClusterParameters { .. } => "rds.DescribeDBClusterParameters",
            Self::InstanceQuota => "rds.DescribeAccountAttributes",
        }
    }

    fn is_a_call_each(&self) -> bool {
        matches!(
            self,
            Self::AutomatedBackup { .. }
                | Self::DbSnapshot { .. }
                | Self::Parameters { .. }
                | Self::ClusterParameters { .. }
                | Self::InstanceQuota
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let cluster = || Clean::new("orders-west");
        vec![
            (Query::DbInstance { id: "orders-replica".into() }, Observation::DbInstance { instance: None }),
            (Query::GlobalCluster { id: "orders".into() }, Observation::GlobalCluster { global: None }),
            (Query::DbCluster { id: cluster() }, Observation::DbCluster { cluster: None }),
            (
                Query::DbEvents { cluster: cluster(), since: Timestamp::UNIX_EPOCH },
                Observation::DbEvents { events: Vec::new() },
            ),
            (Query::ClusterSnapshots { cluster: cluster() }, Observation::ClusterSnapshots { snapshots: Vec::new() }),
            (Query::AutomatedBackup { arn: EXAMPLE.into() }, Observation::AutomatedBackup { backup: None }),
            (Query::DbSnapshot { id: "archive-kept".into() }, Observation::DbSnapshot { snapshot: None }),
            (Query::Parameters { group: "orders".into() }, Observation::Parameters { parameters: None }),
            (Query::ClusterParameters { group: "orders".into() }, Observation::Parameters { parameters: None }),
            (Query::InstanceQuota, Observation::InstanceQuota { quota: None }),
        ]
    }
}

/// A backup, as examples have it.
#[cfg(test)]
const EXAMPLE: &str = "arn:aws:rds:us-west-2:111122223333:auto-backup:ab-1";

/// What an instance is restored from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestoreFrom {
    /// `rds:RestoreDBInstanceToPointInTime` of an automated backup.
    Backup {
        /// SourceDBInstanceAutomatedBackupsArn.
        backup: Clean,
        /// RestoreTime; UseLatestRestorableTime when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Timestamp>,
    },
    /// `rds:RestoreDBInstanceFromDBSnapshot`.
    Snapshot {
        /// DBSnapshotIdentifier.
        snapshot: Clean,
    },
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
    /// `rds:CreateDBInstanceReadReplica` across regions: a replica is made in the region that is called, set up as is said.
    CreateReadReplica {
        /// The DBInstanceIdentifier that it gets.
        id: Clean,
        /// SourceDBInstanceIdentifier: the writer's ARN.
        source: Clean,
        /// How it is set up.
        settings: Box<DbSettings>,
    },
    /// An instance is restored, with the run's name on it.
    RestoreDbInstance {
        /// From what.
        from: RestoreFrom,
        /// The DBInstanceIdentifier that it gets.
        id: Clean,
        /// DBInstanceClass; that of the source when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<Clean>,
        /// DBSubnetGroupName.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subnet_group: Option<Clean>,
        /// VpcSecurityGroupIds; the default one when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        security_groups: Vec<Clean>,
        /// DBParameterGroupName; the default one when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parameter_group: Option<Clean>,
        /// MultiAZ.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        multi_az: bool,
        /// The run: the value of its tag `landfall:run`.
        run: Clean,
    },
    /// `rds:DeleteDBInstance`, with a last snapshot.
    DeleteDbInstance {
        /// DBInstanceIdentifier.
        id: Clean,
        /// FinalDBSnapshotIdentifier.
        last: Clean,
    },
    /// `rds:ModifyDBInstance` with other security groups, applied at once.
    SetDbSecurityGroups {
        /// DBInstanceIdentifier.
        id: Clean,
        /// All that it has from then on.
        security_groups: Vec<Clean>,
    },
    /// `rds:ModifyDBInstance` with DeletionProtection, applied at once.
    ProtectDbInstance {
        /// DBInstanceIdentifier.
        id: Clean,
    },
    /// `rds:ModifyDBInstance` with its backups and its windows, applied at once.
    SetDbUpkeep {
        /// DBInstanceIdentifier.
        id: Clean,
        /// What of them is said.
        upkeep: DbUpkeep,
    },
    /// `rds:AddTagsToResource`: which run fenced an instance, and when; or which run a copy of a cluster's snapshot is of.
    TagDbInstance {
        /// ResourceName: its ARN.
        arn: Clean,
        /// The run: the value of its tag `landfall:run`.
        run: Clean,
        /// When it was fenced: the value of its tag `landfall:fenced-at`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fenced_at: Option<Clean>,
    },
    /// `rds:SwitchoverGlobalCluster`: another member becomes the primary once it has everything.
    SwitchGlobalCluster {
        /// GlobalClusterIdentifier.
        global: Clean,
        /// TargetDbClusterIdentifier: the ARN of the member that becomes the primary.
        target: Clean,
    },
    /// `rds:FailoverGlobalCluster` with AllowDataLoss: another member becomes the primary with what it has.
    FailOverGlobalCluster {
        /// GlobalClusterIdentifier.
        global: Clean,
        /// TargetDbClusterIdentifier, as an ARN.
        target: Clean,
    },
    /// `rds:RemoveFromGlobalCluster`: a secondary stands alone and takes writes.
    LeaveGlobalCluster {
        /// GlobalClusterIdentifier.
        global: Clean,
        /// DbClusterIdentifier: its ARN.
        cluster: Clean,
    },
    /// `rds:CopyDBClusterSnapshot`: a copy that no retention deletes.
    CopyClusterSnapshot {
        /// SourceDBClusterSnapshotIdentifier.
        from: Clean,
        /// TargetDBClusterSnapshotIdentifier.
        to: Clean,
    },
}

impl Operation {
    /// Whether it says of a copy of a cluster's snapshot which run that is of.
    pub fn tags_a_cluster_snapshot(&self) -> bool {
        matches!(self, Self::TagDbInstance { arn, .. } if arn.contains(":cluster-snapshot:"))
    }
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::PromoteReadReplica { .. } => "rds.PromoteReadReplica",
            Self::CreateReadReplica { .. } => "rds.CreateDBInstanceReadReplica",
            Self::RenameDbInstance { .. }
            | Self::SetDbSecurityGroups { .. }
            | Self::ProtectDbInstance { .. }
            | Self::SetDbUpkeep { .. } => "rds.ModifyDBInstance",
            Self::TagDbInstance { .. } => "rds.AddTagsToResource",
            Self::SwitchGlobalCluster { .. } => "rds.SwitchoverGlobalCluster",
            Self::FailOverGlobalCluster { .. } => "rds.FailoverGlobalCluster",
            Self::LeaveGlobalCluster { .. } => "rds.RemoveFromGlobalCluster",
            Self::CopyClusterSnapshot { .. } => "rds.CopyDBClusterSnapshot",
            Self::RestoreDbInstance { from: RestoreFrom::Backup { .. }, .. } => "rds.RestoreDBInstanceToPointInTime",
            Self::RestoreDbInstance { from: RestoreFrom::Snapshot { .. }, .. } => "rds.RestoreDBInstanceFromDBSnapshot",
            Self::DeleteDbInstance { .. } => "rds.DeleteDBInstance",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // A promoted replica may linger in `available` with its source still named (AWS guides sleep 60 s for it).
            Self::PromoteReadReplica { .. } | Self::RenameDbInstance { .. } => 60.0,
            // They show at once; what was given up may still be on its way, or in a queue of the service.
            Self::SetDbSecurityGroups { .. }
            | Self::ProtectDbInstance { .. }
            | Self::SetDbUpkeep { .. }
            | Self::TagDbInstance { .. } => 15.0,
            // Right after it was taken all may be `available` still, in the old roles; a copy shows as soon as it is made.
            Self::SwitchGlobalCluster { .. }
            | Self::FailOverGlobalCluster { .. }
            | Self::LeaveGlobalCluster { .. }
            | Self::CopyClusterSnapshot { .. }
            | Self::CreateReadReplica { .. }
            | Self::RestoreDbInstance { .. }
            | Self::DeleteDbInstance { .. } => 60.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let class = "aws_db_instance";
        let instance = |id: &str, argument, now: String| Declared::is(class, id, argument, now);
        let set = |id: &str, argument, value: Value| Declared::set(class, id, argument, value);
        let groups =
            |id: &str, groups: &[Clean]| instance(id, "vpc_security_group_ids", joined(groups)).valued(listed(groups));
        match self {
            Self::PromoteReadReplica { id, backup_retention_days } => vec![
                instance(id, "replicate_source_db", "none: it was promoted".to_owned()).valued(Value::Null),
                set(id, "backup_retention_period", (*backup_retention_days).into()),
            ],
            Self::RenameDbInstance { id, new_id, security_groups } => {
                let groups = (!security_groups.is_empty()).then(|| groups(id, security_groups));
                [set(id, "identifier", (**new_id).into())].into_iter().chain(groups).collect()
            }
            Self::CreateReadReplica { id, source, .. } => {
                vec![Declared::new("aws_db_instance", id, format!("a replica of {source}"))]
            }
            Self::RestoreDbInstance { from, id, .. } => {
                let from = match from {
                    RestoreFrom::Backup { backup, .. } => backup,
                    RestoreFrom::Snapshot { snapshot } => snapshot,
                };
                vec![Declared::new("aws_db_instance", id, format!("restored from {from}"))]
            }
            Self::DeleteDbInstance { id, .. } => vec![Declared::gone("aws_db_instance", id)],
            Self::SetDbSecurityGroups { id, security_groups } => {
                vec![groups(id, security_groups)]
            }
            Self::ProtectDbInstance { id } => vec![set(id, "deletion_protection", true.into())],
            Self::SetDbUpkeep { id, upkeep } => {
                let days = upkeep.backup_days.map(|days| set(id, "backup_retention_period", days.into()));
                let window = |argument, window: &Option<Clean>| {
                    window.as_ref().map(|window| set(id, argument, (**window).into()))
                };
                let windows = [
                    window("backup_window", &upkeep.backup_window),
                    window("maintenance_window", &upkeep.maintenance_window),
                ];
                days.into_iter().chain(windows.into_iter().flatten()).collect()
            }
            Self::TagDbInstance { arn, run, .. } if self.tags_a_cluster_snapshot() => {
                let tags = format!("landfall:run = {run}");
                vec![Declared::is("aws_db_cluster_snapshot", last_of(arn), "tags", tags)]
            }
            Self::TagDbInstance { arn, run, .. } => {
                vec![instance(last_of(arn), "tags", format!("landfall:run = {run}"))]
            }
            Self::SwitchGlobalCluster { global, target } | Self::FailOverGlobalCluster { global, target } => {
                let now = format!("its writer is {}", last_of(target));
                vec![Declared::is("aws_rds_global_cluster", global, "its members", now)]
            }
            Self::LeaveGlobalCluster { global, cluster } => {
                let now = format!("none: it left {global}");
                vec![
                    Declared::is("aws_rds_cluster", last_of(cluster), "global_cluster_identifier", now)
                        .valued(Value::Null),
                ]
            }
            Self::CopyClusterSnapshot { from, to } => {
                vec![Declared::new("aws_db_cluster_snapshot", to, format!("a copy of {from}"))]
            }
        }
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![
            Operation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 },
            Operation::RenameDbInstance {
                id: "orders".into(),
                new_id: "orders-fenced".into(),
                security_groups: Vec::new(),
            },
            Operation::SetDbSecurityGroups { id: "orders-replica".into(), security_groups: vec!["sg-1".into()] },
            Operation::ProtectDbInstance { id: "orders-replica".into() },
            Operation::SetDbUpkeep {
                id: "orders-replica".into(),
                upkeep: DbUpkeep {
                    backup_days: Some(7),
                    backup_window: Some("03:00-03:30".into()),
                    maintenance_window: Some("sun:05:00-sun:05:30".into()),
                },
            },
            Operation::TagDbInstance {
                arn: "arn:aws:rds:us-west-2:111122223333:db:orders-replica".into(),
                run: "run".into(),
                fenced_at: Some("2026-11-26T10:02:54Z".into()),
            },
            Operation::SwitchGlobalCluster { global: "orders".into(), target: "orders-west".into() },
            Operation::FailOverGlobalCluster { global: "orders".into(), target: "orders-west".into() },
            Operation::LeaveGlobalCluster { global: "orders".into(), cluster: "orders-west".into() },
            Operation::CopyClusterSnapshot { from: "rds:orders-1".into(), to: "orders-kept".into() },
            Operation::RestoreDbInstance {
                from: RestoreFrom::Backup { backup: EXAMPLE.into(), to: None },
                id: "archive".into(),
                class: None,
                subnet_group: None,
                security_groups: vec!["sg-1".into()],
                parameter_group: None,
                multi_az: false,
                run: "run".into(),
            },
            Operation::CreateReadReplica {
                id: "orders-again".into(),
                source: "arn:aws:rds:us-east-1:111122223333:db:orders".into(),
                settings: Box::default(),
            },
            Operation::DeleteDbInstance { id: "archive".into(), last: "archive-last".into() },
        ]
    }
}

/// A database instance.
pub(in crate::service) fn instance(at: &Place, id: &str) -> Want<DbInstance> {
    Want::new(at.ask(Query::DbInstance { id: id.into() }), |seen| match seen {
        any::Observation::Rds(Observation::DbInstance { instance }) => Some(instance.as_ref()),
        _ => None,
    })
}

/// How many instances the account of `at` may have in its region, and has.
pub(in crate::service) fn instance_quota(at: &Place) -> Want<AccountQuota> {
    Want::new(at.ask(Query::InstanceQuota), |seen| match seen {
        any::Observation::Rds(Observation::InstanceQuota { quota }) => Some(quota.as_ref()),
        _ => None,
    })
}

/// What was set in a parameter group of instances.
pub(super) fn parameters(at: &Place, group: &Clean) -> Want<Parameters> {
    Want::new(at.ask(Query::Parameters { group: group.clone() }), set_in_group)
}

/// What was set in a parameter group of clusters.
pub(in crate::service) fn cluster_parameters(at: &Place, group: &Clean) -> Want<Parameters> {
    Want::new(at.ask(Query::ClusterParameters { group: group.clone() }), set_in_group)
}

fn set_in_group(seen: &any::Observation) -> Option<Option<&Parameters>> {
    match seen {
        any::Observation::Rds(Observation::Parameters { parameters }) => Some(parameters.as_ref()),
        _ => None,
    }
}

/// A replica's lag.
pub(super) fn lag(at: &Place, id: &str) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::ReplicaLag { id: id.into() })
}

/// A global database, as the region of `at` tells it.
pub(in crate::service) fn global(at: &Place, id: &Clean) -> Want<GlobalCluster> {
    Want::new(at.ask(Query::GlobalCluster { id: id.clone() }), |seen| match seen {
        any::Observation::Rds(Observation::GlobalCluster { global }) => Some(global.as_ref()),
        _ => None,
    })
}

/// A cluster and its instances.
pub(in crate::service) fn cluster(at: &Place, id: &Clean) -> Want<DbCluster> {
    Want::new(at.ask(Query::DbCluster { id: id.clone() }), |seen| match seen {
        any::Observation::Rds(Observation::DbCluster { cluster }) => Some(cluster.as_ref()),
        _ => None,
    })
}

/// What happened to a cluster since then.
pub(in crate::service) fn events(at: &Place, cluster: &Clean, since: Timestamp) -> Want<Vec<DbEvent>> {
    Want::new(at.ask(Query::DbEvents { cluster: cluster.clone(), since }), |seen| match seen {
        any::Observation::Rds(Observation::DbEvents { events }) => Some(Some(events)),
        _ => None,
    })
}

/// The snapshots of a cluster.
pub(in crate::service) fn snapshots(at: &Place, cluster: &Clean) -> Want<Vec<ClusterSnapshot>> {
    Want::new(at.ask(Query::ClusterSnapshots { cluster: cluster.clone() }), |seen| match seen {
        any::Observation::Rds(Observation::ClusterSnapshots { snapshots }) => Some(Some(snapshots)),
        _ => None,
    })
}

/// The lag of a secondary cluster.
pub(in crate::service) fn global_lag(at: &Place, cluster: &Clean) -> Want<LagSeries> {
    cloudwatch::lag(at, cloudwatch::Query::GlobalClusterLag { cluster: cluster.clone() })
}
