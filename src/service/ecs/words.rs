//! What can be done to Amazon ECS and to what scales its services, and what their APIs call it.

use crate::service::observation::Suspended;
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
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
}

impl Operation {
    /// As [`crate::service::Operation::api_name`].
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::RegisterTaskDefinition { .. } => "ecs.RegisterTaskDefinition",
            Self::DeregisterTaskDefinition { .. } => "ecs.DeregisterTaskDefinition",
            Self::UpdateService { .. } => "ecs.UpdateService",
            Self::SetScalableTarget { .. } => "autoscaling.RegisterScalableTarget",
        }
    }

    /// As [`crate::service::Operation::settle_seconds`].
    pub fn settle_seconds(&self) -> f64 {
        match self {
            // They show at once; what was given up may still be on its way, or in a queue of the service.
            Self::RegisterTaskDefinition { .. }
            | Self::DeregisterTaskDefinition { .. }
            | Self::UpdateService { .. }
            | Self::SetScalableTarget { .. } => 15.0,
        }
    }
}
