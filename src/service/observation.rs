//! What a cloud said, as data: typed, normalised to seconds, statuses kept as the open strings they are.

use super::ask::Ask;
pub use super::autoscaling::words::{
    AutoScalingGroup, GroupInstance, Observation as AutoScalingObservation, ScalingActivity, ScheduledAction,
};
pub use super::certificate::words::{Certificate, Observation as AcmObservation};
pub use super::cloudwatch::{LagSample, LagSeries, Observation as CloudWatchObservation};
pub use super::dynamodb::words::{Index, Observation as DynamoDbObservation, Replica, Table};
pub use super::ecr::{Observation as EcrObservation, RegistryImage};
pub use super::ecs::seen::{
    Address, Container, Deployment, EcsService, Observation as EcsObservation, RunningTask, ScalableTarget,
    ServiceBalancer, ServiceEvent, StoppedTask, Suspended, TaskDefinition,
};
pub use super::elasticache::words::{GlobalDatastore, Member, Observation as ElastiCacheObservation, ReplicationGroup};
pub use super::kms::words::{KmsKey, Observation as KmsObservation};
pub use super::load_balancer::seen::{Forward, LoadBalancer, Observation as ElbObservation, Target, TargetGroup};
pub use super::local::{Exit, HttpAnswer, Observation as LocalObservation, TcpAnswer};
pub use super::logs::{LOG_LINES, LogLine, Observation as LogsObservation};
pub use super::parameter::words::{Observation as ParameterObservation, StoredParameter};
pub use super::rds::clusters::{
    ClusterInstance, ClusterSnapshot, DbCluster, DbEvent, GlobalCluster, GlobalMember, GlobalMove,
};
pub use super::rds::seen::{DbInstance, Observation as RdsObservation, Replication};
pub use super::rds::settings::DbSettings;
pub use super::route53::seen::{
    Alias, AliasAddresses, DnsAnswers, DnsReply, DnsServer, HostedZone, Observation as DnsObservation, RecordSet,
    RecordSets,
};
pub use super::secret::words::{FIRST as FIRST_VERSION, Observation as SecretObservation, SecretReplica, StoredSecret};
pub use super::sts::{Identity, Observation as StsObservation};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An answer with its age, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What was asked.
    pub ask: Ask,
    /// When the answer (or the lack of one) came.
    pub at: Timestamp,
    /// The answer.
    pub answer: Result<Observation, Unanswered>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unanswered {
    /// What sort of silence.
    pub because: Silence,
    /// The cloud's error code, when it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Clean>,
    /// What came back, in words.
    pub message: Clean,
}

/// Sorts of silence. None of them says anything about the thing asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nothing came back in time, or the connection broke.
    NoAnswer,
    /// Too many requests: ask more slowly.
    Throttled,
    /// These credentials may not ask.
    Denied,
    /// These credentials have expired, or are no longer known: asked again once they are renewed.
    Expired,
    /// The cloud refused the question as it is: there is no such thing, or it is no valid question. Asking again is
    /// answered the same.
    Refused,
    /// The cloud answered with an error of its own that may pass.
    Error,
}

impl Silence {
    /// Whether it is an answer that will be the same until a person changes something.
    pub fn is_a_no(self) -> bool {
        match self {
            Self::Denied | Self::Expired | Self::Refused => true,
            Self::NoAnswer | Self::Throttled | Self::Error => false,
        }
    }
}

/// What a cloud said: in the words of the family that was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Observation {
    /// Amazon RDS.
    Rds(RdsObservation),
    /// Amazon CloudWatch.
    CloudWatch(CloudWatchObservation),
    /// Amazon ECR.
    Ecr(EcrObservation),
    /// Amazon ECS, and what scales its services.
    Ecs(EcsObservation),
    /// Elastic Load Balancing.
    Elb(ElbObservation),
    /// Amazon Route 53, and those who answer for its zones.
    Dns(DnsObservation),
    /// Amazon CloudWatch Logs.
    Logs(LogsObservation),
    /// Where Landfall runs.
    Local(LocalObservation),
    /// AWS STS.
    Sts(StsObservation),
    /// Amazon ElastiCache.
    ElastiCache(ElastiCacheObservation),
    /// AWS Systems Manager Parameter Store.
    Parameter(ParameterObservation),
    /// AWS Secrets Manager.
    Secret(SecretObservation),
    /// AWS KMS.
    Kms(KmsObservation),
    /// Amazon DynamoDB.
    DynamoDb(DynamoDbObservation),
    /// Amazon EC2 Auto Scaling.
    AutoScaling(AutoScalingObservation),
    /// AWS Certificate Manager.
    Acm(AcmObservation),
}

impl From<RdsObservation> for Observation {
    fn from(seen: RdsObservation) -> Self {
        Self::Rds(seen)
    }
}

impl From<CloudWatchObservation> for Observation {
    fn from(seen: CloudWatchObservation) -> Self {
        Self::CloudWatch(seen)
    }
}

impl From<EcrObservation> for Observation {
    fn from(seen: EcrObservation) -> Self {
        Self::Ecr(seen)
    }
}

impl From<EcsObservation> for Observation {
    fn from(seen: EcsObservation) -> Self {
        Self::Ecs(seen)
    }
}

impl From<ElbObservation> for Observation {
    fn from(seen: ElbObservation) -> Self {
        Self::Elb(seen)
    }
}

impl From<DnsObservation> for Observation {
    fn from(seen: DnsObservation) -> Self {
        Self::Dns(seen)
    }
}

impl From<LogsObservation> for Observation {
    fn from(seen: LogsObservation) -> Self {
        Self::Logs(seen)
    }
}

impl From<LocalObservation> for Observation {
    fn from(seen: LocalObservation) -> Self {
        Self::Local(seen)
    }
}

impl From<StsObservation> for Observation {
    fn from(seen: StsObservation) -> Self {
        Self::Sts(seen)
    }
}

impl From<KmsObservation> for Observation {
    fn from(seen: KmsObservation) -> Self {
        Self::Kms(seen)
    }
}

impl From<SecretObservation> for Observation {
    fn from(seen: SecretObservation) -> Self {
        Self::Secret(seen)
    }
}

impl From<ParameterObservation> for Observation {
    fn from(seen: ParameterObservation) -> Self {
        Self::Parameter(seen)
    }
}

impl From<ElastiCacheObservation> for Observation {
    fn from(seen: ElastiCacheObservation) -> Self {
        Self::ElastiCache(seen)
    }
}

impl From<DynamoDbObservation> for Observation {
    fn from(seen: DynamoDbObservation) -> Self {
        Self::DynamoDb(seen)
    }
}

impl From<AutoScalingObservation> for Observation {
    fn from(seen: AutoScalingObservation) -> Self {
        Self::AutoScaling(seen)
    }
}

impl From<AcmObservation> for Observation {
    fn from(seen: AcmObservation) -> Self {
        Self::Acm(seen)
    }
}
