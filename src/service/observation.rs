//! What a cloud said, as data: typed, normalised to seconds, statuses kept as the open strings they are.

pub use super::accelerator::words::{Accelerator, Endpoint, EndpointGroup};
use super::ask::Ask;
pub use super::automation::words::{Document, Execution};
pub use super::autoscaling::words::{
    AutoScalingGroup, GroupInstance, LaunchedBy, Mix, ScalingActivity, ScheduledAction,
};
pub use super::certificate::words::Certificate;
pub use super::cloudwatch::{Alarm, Data as AlarmData, LagSample, LagSeries, Watched};
pub use super::dynamodb::words::{Index, Replica, Table};
pub use super::ecr::RegistryImage;
pub use super::ecs::seen::{
    Address, Container, ContainerLog, Deployment, EcsService, RunningTask, ScalableTarget, ServiceBalancer,
    ServiceEvent, StoppedTask, Suspended, TaskDefinition,
};
pub use super::elasticache::words::{GlobalDatastore, Member, ReplicationGroup};
pub use super::family::*;
pub use super::iam::words::{Condition, Decision, Principal, Role, RolePolicy, Statement, Trust};
pub use super::kms::words::{KeyAccess, KeyGrant, KmsKey};
pub use super::lambda::words::{Concurrency, EventMapping, Function, FunctionAlias, Settings};
pub use super::load_balancer::seen::{Forward, Kept, LoadBalancer, Target, TargetGroup};
pub use super::local::{Exit, HttpAnswer, TcpAnswer};
pub use super::logs::{LOG_LINES, LogLine};
pub use super::network::launched::{InstanceSize, Launch};
pub use super::network::words::{
    AclEntry, NatGateway, NetworkAcl, Permission, Route, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint,
};
pub use super::nodegroup::words::{NodeTemplate, Nodegroup, NodegroupUpdate};
pub use super::parameter::words::StoredParameter;
pub use super::queue::words::Queue;
pub use super::quota::words::Quota;
pub use super::rds::backups::{AutomatedBackup, DbSnapshot};
pub use super::rds::clusters::{
    ClusterInstance, ClusterSnapshot, DbCluster, DbEvent, GlobalCluster, GlobalMember, GlobalMove,
};
pub use super::rds::seen::{AccountQuota, DbInstance, Parameters, Replication};
pub use super::rds::settings::{DbSettings, goes_with};
pub use super::rds::upkeep::DbUpkeep;
pub use super::route53::seen::{
    Alias, AliasAddresses, DnsAnswers, DnsReply, DnsServer, HealthCheck, HostedZone, RecordProtection, RecordSet,
    RecordSets,
};
pub use super::routing_control::words::{PanelControl, RoutingControl, ToldState, Untold};
pub use super::rule::words::EventRule;
pub use super::s3::words::{Bucket, Object, ReplicationRule, Versioning};
pub use super::schedule::words::Schedule;
pub use super::secret::words::{FIRST as FIRST_VERSION, SecretReplica, StoredSecret};
pub use super::sts::{ANOTHER_ACCOUNT, Identity, Replied};
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

impl Observation {
    /// The newest sample of how much a store is behind, where it was asked for that: a lag, or how far what it is restored
    /// from reaches.
    pub fn behind(&self) -> Option<LagSample> {
        match self {
            Self::CloudWatch(CloudWatchObservation::Lag(series)) => Some(series.newest.clone()),
            Self::Rds(seen) => seen.reaches(),
            Self::Local(LocalObservation::Plugin(told)) => told.lag.clone(),
            _ => None,
        }
    }
}

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
