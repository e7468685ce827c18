//! What can be done to a cloud, as data. A step sends exactly one operation; the journal holds it before it is sent.

use super::ask::Place;
pub use super::autoscaling::words::Operation as AutoScalingOperation;
pub use super::ecs::words::Operation as EcsOperation;
pub use super::elasticache::words::Operation as ElastiCacheOperation;
pub use super::kms::words::Operation as KmsOperation;
pub use super::local::Operation as LocalOperation;
pub use super::parameter::words::Operation as ParameterOperation;
pub use super::rds::words::Operation as RdsOperation;
pub use super::route53::words::Operation as DnsOperation;
pub use super::secret::words::Operation as SecretOperation;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// An operation at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Act {
    /// Where.
    pub place: Place,
    /// What.
    #[serde(flatten)]
    pub operation: Operation,
}

/// What is done: each is one mutating API call, safe to look for afterwards. One variant a family of services; each says
/// in its own words what can be done there. The names in a journal are the inner ones, which are unique among all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Operation {
    /// Amazon RDS.
    Rds(RdsOperation),
    /// Amazon ECS, and what scales its services.
    Ecs(EcsOperation),
    /// Amazon Route 53.
    Dns(DnsOperation),
    /// Amazon ElastiCache.
    ElastiCache(ElastiCacheOperation),
    /// AWS KMS.
    Kms(KmsOperation),
    /// AWS Secrets Manager.
    Secret(SecretOperation),
    /// AWS Systems Manager Parameter Store.
    Parameter(ParameterOperation),
    /// Where Landfall runs.
    Local(LocalOperation),
    /// Amazon EC2 Auto Scaling.
    AutoScaling(AutoScalingOperation),
}

impl Operation {
    /// The API's own name for it, for evidence and screens: `rds.PromoteReadReplica`.
    pub fn api_name(&self) -> &'static str {
        match self {
            Self::Rds(operation) => operation.api_name(),
            Self::Ecs(operation) => operation.api_name(),
            Self::Dns(operation) => operation.api_name(),
            Self::ElastiCache(operation) => operation.api_name(),
            Self::Parameter(operation) => operation.api_name(),
            Self::Secret(operation) => operation.api_name(),
            Self::Kms(operation) => operation.api_name(),
            Self::Local(operation) => operation.api_name(),
            Self::AutoScaling(operation) => operation.api_name(),
        }
    }

    /// Whether it only proves something: it changes nothing, and what it is answered is dropped. It is an act all the same,
    /// sent by who may act and written down.
    pub fn is_proof(&self) -> bool {
        match self {
            Self::Kms(operation) => operation.is_proof(),
            Self::Secret(operation) => operation.is_proof(),
            Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::Ecs(_)
            | Self::Dns(_)
            | Self::ElastiCache(_)
            | Self::Parameter(_)
            | Self::Local(_) => false,
        }
    }

    /// Whether Landfall sends it again by itself once an act without an answer provably left no trace. A program is never
    /// run twice but by a person's word: what it did halfway leaves no trace that Landfall could know.
    pub fn is_sent_again(&self) -> bool {
        match self {
            Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::Ecs(_)
            | Self::Dns(_)
            | Self::ElastiCache(_)
            | Self::Kms(_)
            | Self::Secret(_)
            | Self::Parameter(_) => true,
            Self::Local(_) => false,
        }
    }

    /// How long, in seconds, the operation may have been taken and still leave no trace to observe. Within
    /// this time after an act without a reply was given up, "looks untouched" is not proof that nothing happened.
    pub fn settle_seconds(&self) -> f64 {
        match self {
            Self::Rds(operation) => operation.settle_seconds(),
            Self::Ecs(operation) => operation.settle_seconds(),
            Self::Dns(operation) => operation.settle_seconds(),
            Self::ElastiCache(operation) => operation.settle_seconds(),
            Self::Parameter(operation) => operation.settle_seconds(),
            Self::Secret(operation) => operation.settle_seconds(),
            Self::Kms(operation) => operation.settle_seconds(),
            Self::Local(operation) => operation.settle_seconds(),
            Self::AutoScaling(operation) => operation.settle_seconds(),
        }
    }

    /// How long, in seconds, it may itself take before it answers, by the plan; `None` where any call's answer is as quick.
    pub fn longest_seconds(&self) -> Option<f64> {
        match self {
            Self::Rds(_)
            | Self::AutoScaling(_)
            | Self::Ecs(_)
            | Self::Dns(_)
            | Self::ElastiCache(_)
            | Self::Kms(_)
            | Self::Secret(_)
            | Self::Parameter(_) => None,
            Self::Local(operation) => Some(operation.longest_seconds()),
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
        /// Whether the cloud answered, that these are too many requests.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        throttled: bool,
    },
    /// The credentials have expired, or are no longer known: it provably did not happen, and is sent once they work again.
    Expired {
        /// What came back.
        message: Clean,
    },
    /// No answer, or one that does not say: it may have happened.
    NoAnswer {
        /// What went wrong.
        message: Clean,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_act_is_written_as_before_there_were_families_and_read_back() {
        let promote = r#"{"place":{"region":"us-west-2"},"operation":"promote_read_replica","id":"orders-replica","backup_retention_days":7}"#;
        let run = r#"{"place":{"region":"us-west-2","account":"data"},"operation":"run","run":["warm","x"],"within_seconds":30}"#;
        let records = r#"{"place":{"region":"us-east-1"},"operation":"change_records","zone":"Z1","upsert":[]}"#;
        let limits =
            r#"{"place":{"region":"us-west-2"},"operation":"set_scalable_target","cluster":"c","service":"s","min":2}"#;
        for written in [promote, run, records, limits] {
            let act: Act = serde_json::from_str(written).expect("an act");
            assert_eq!(serde_json::to_string(&act).expect("text"), written);
        }
    }
}
