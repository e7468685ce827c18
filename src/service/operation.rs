//! What can be done to a cloud, as data. A step sends exactly one operation; the journal holds it before it is sent.

use super::ask::{Invocation, Place};
use super::observation::{RecordSet, Suspended};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An operation at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub operation: Operation,
}

/// What is done. Each is one mutating API call, safe to look for afterwards.
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
    },
    /// `ecs:RegisterTaskDefinition`: `from` with these values set in one of its containers.
    RegisterTaskDefinition {
        /// Family, revision or ARN to start from.
        from: Clean,
        /// The container that gets them. Without it the definition must have one container only.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        container: Option<Clean>,
        /// Environment values to set.
        environment: BTreeMap<String, String>,
        /// Secrets to set: name to ARN.
        secrets: BTreeMap<String, String>,
        /// The image to set.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        image: Option<Clean>,
    },
    /// `ecs:DeregisterTaskDefinition`.
    DeregisterTaskDefinition {
        /// The revision's ARN.
        arn: Clean,
    },
    /// `ecs:UpdateService`.
    UpdateService {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
        /// desiredCount; left as it is when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desired: Option<u64>,
        /// The task definition to run; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task_definition: Option<Clean>,
        /// forceNewDeployment: what runs is replaced although nothing else changes. It starts a failed deployment over.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        force: bool,
    },
    /// `application-autoscaling:RegisterScalableTarget` with new limits.
    SetScalableTarget {
        /// The cluster's name.
        cluster: Clean,
        /// The service's name.
        service: Clean,
        /// MinCapacity.
        min: u64,
        /// MaxCapacity; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u64>,
        /// SuspendedState; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        suspended: Option<Suspended>,
    },
    /// `route53:ChangeResourceRecordSets`: all of these UPSERTed and deleted in one batch, all or nothing.
    ChangeRecords {
        /// The hosted zone's id.
        zone: Clean,
        /// What will stand there.
        upsert: Vec<RecordSet>,
        /// What will be deleted.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        delete: Vec<RecordSet>,
    },
    /// Runs a program where Landfall runs; never through a shell.
    Run(Invocation),
}

impl Operation {
    /// The API's own name for it, for evidence and screens: `rds.PromoteReadReplica`.
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::PromoteReadReplica { .. } => "rds.PromoteReadReplica",
            Self::RenameDbInstance { .. } => "rds.ModifyDBInstance",
            Self::RegisterTaskDefinition { .. } => "ecs.RegisterTaskDefinition",
            Self::DeregisterTaskDefinition { .. } => "ecs.DeregisterTaskDefinition",
            Self::UpdateService { .. } => "ecs.UpdateService",
            Self::SetScalableTarget { .. } => "autoscaling.RegisterScalableTarget",
            Self::ChangeRecords { .. } => "route53.ChangeResourceRecordSets",
            Self::Run(_) => "command.run",
        }
    }

    /// How long, in seconds, the operation may have been taken and still leave no trace to observe. Within
    /// this time after an act without a reply, "looks untouched" is not proof that nothing happened.
    pub fn settle_seconds(&self) -> f64 {
        match self {
            // A promoted replica may linger in `available` with its source still named (AWS guides sleep 60 s for it).
            Self::PromoteReadReplica { .. } | Self::RenameDbInstance { .. } => 60.0,
            Self::RegisterTaskDefinition { .. }
            | Self::DeregisterTaskDefinition { .. }
            | Self::UpdateService { .. }
            | Self::SetScalableTarget { .. }
            | Self::ChangeRecords { .. } => 5.0,
            Self::Run(_) => 0.0,
        }
    }
}

/// What the cloud replied to an operation that it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of what was made or changed: a change id, a task definition's ARN, a deployment's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Clean>,
    /// How a command ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<super::observation::Exit>,
}

/// How an act went, as far as its sender can know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Taken.
    Taken {
        /// What came back.
        receipt: Receipt,
    },
    /// Refused by the cloud: it provably did not happen.
    Refused {
        /// The error code, when there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<Clean>,
        /// The error in words.
        message: Clean,
    },
    /// Refused for its rate, or never sent: it provably did not happen, and may be sent again a little later.
    NotNow {
        /// What came back.
        message: Clean,
    },
    /// No answer, or one that does not say: it may have happened.
    NoAnswer {
        /// What went wrong.
        message: Clean,
    },
}
