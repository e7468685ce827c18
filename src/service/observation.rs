//! What a cloud said, as data: typed, normalised to seconds, statuses kept as the open strings they are.

use super::ask::Ask;
pub use super::db_settings::DbSettings;
use crate::plan::Region;
use crate::seal::Token as SealedToken;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// What a cloud said. `None` inside means: it answered that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A database instance.
    DbInstance {
        /// The instance, if there is one of that id.
        instance: Option<DbInstance>,
    },
    /// The samples of a lag metric.
    Lag(LagSeries),
    /// An ECS service.
    EcsService {
        /// The service, if there is one.
        service: Option<EcsService>,
    },
    /// An ECS task definition.
    TaskDefinition {
        /// The definition, if there is one.
        definition: Option<TaskDefinition>,
    },
    /// The running tasks of a service.
    ServiceTasks {
        /// They; `None` when there is no such service.
        tasks: Option<Vec<RunningTask>>,
    },
    /// The scaling limits of a service.
    ScalableTarget {
        /// The limits, if any are registered.
        target: Option<ScalableTarget>,
    },
    /// The health of a target group's targets.
    TargetHealth {
        /// The group, if there is one of that name.
        group: Option<TargetGroup>,
    },
    /// A load balancer.
    LoadBalancer {
        /// The load balancer, if there is one of that name.
        load_balancer: Option<LoadBalancer>,
    },
    /// Where a load balancer sends its traffic.
    Forwards {
        /// Each target group that one of its listeners or rules forwards to; `None` when there is no such load balancer.
        to: Option<Vec<Forward>>,
    },
    /// The hosted zones that a plan's word can mean.
    HostedZones {
        /// One, when all is well.
        zones: Vec<HostedZone>,
    },
    /// Record sets of one name.
    RecordSets {
        /// All of them, of every type: several of one type when they are routed.
        records: Vec<RecordSet>,
        /// What the names that aliases point at resolve to, when that was asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<AliasAddresses>,
    },
    /// Where a DNS change stands.
    DnsChange {
        /// `PENDING` or `INSYNC`; `None` when the id is not known.
        status: Option<Clean>,
    },
    /// What is answered for a name now.
    DnsAnswers {
        /// Each server that was asked. None: see `not_asked`.
        servers: Vec<DnsServer>,
        /// Why nobody was asked: these credentials may not, or there is nobody to ask.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_asked: Option<Clean>,
    },
    /// The newest lines of a log group.
    Log {
        /// They, oldest first; `None` when there is no such group.
        lines: Option<Vec<LogLine>>,
    },
    /// An HTTP answer.
    Http(HttpAnswer),
    /// A TCP connection that was accepted, or not.
    Tcp {
        /// Whether it was accepted.
        accepted: bool,
        /// How long that took, in milliseconds.
        millis: u64,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<Clean>,
    },
    /// How a command ended.
    Exit(Exit),
    /// Whose credentials these are.
    Identity(Identity),
}

/// What `DescribeDBInstances` says of an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DbInstance {
    /// DBInstanceIdentifier.
    pub id: Clean,
    /// DBInstanceArn.
    pub arn: Clean,
    /// DBInstanceStatus, an open string.
    pub status: Clean,
    /// DbiResourceId: it stays the instance's own whatever it is called.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub resource_id: Clean,
    /// PendingModifiedValues.DBInstanceIdentifier: what it is about to be called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<Clean>,
    /// mysql, postgres, …
    pub engine: Clean,
    /// DBClusterIdentifier: it is a member of an Aurora or Multi-AZ DB cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Clean>,
    /// ReadReplicaSourceDBInstanceIdentifier: present means it is still a replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of: Option<Clean>,
    /// ReadReplicaSourceDBClusterIdentifier: it replicates from a Multi-AZ DB cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica_of_cluster: Option<Clean>,
    /// ReadReplicaDBInstanceIdentifiers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replicas: Vec<Clean>,
    /// StatusInfos of type "read replication".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
    /// BackupRetentionPeriod, in days.
    pub backup_retention_days: u32,
    /// Endpoint address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Clean>,
    /// Endpoint port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How it is set up.
    #[serde(default)]
    pub settings: Box<DbSettings>,
}

/// What `StatusInfos` says of replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replication {
    /// `replicating`, `error`, `stopped`, `terminated`, …
    pub status: Clean,
    /// Whether it is as it should be.
    pub normal: bool,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Clean>,
}

/// The samples of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSeries {
    /// The newest, as it is kept in a journal.
    pub newest: LagSample,
    /// The samples of the last quarter of an hour, newest first: when each one's minute began, by the cloud's clock, and its
    /// seconds as they were told, −1 included.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<(Timestamp, f64)>,
}

/// The newest sample of a replication lag metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LagSample {
    /// The lag, in seconds whatever the API's unit. `None`: no sample, or a value (−1) that means replication may not be active.
    pub seconds: Option<f64>,
    /// When the sample was taken, by the cloud's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled_at: Option<Timestamp>,
    /// What was said instead of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<Clean>,
}

/// What `DescribeServices` says of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EcsService {
    /// The cluster's name.
    pub cluster: Clean,
    /// serviceName.
    pub name: Clean,
    /// serviceArn: its region and account are the service's own.
    pub arn: Clean,
    /// `ACTIVE`, `DRAINING`, `INACTIVE`, an open string.
    pub status: Clean,
    /// deploymentController: `ECS`, `CODE_DEPLOY`, `EXTERNAL`; empty is `ECS`.
    pub controller: Clean,
    /// schedulingStrategy: `REPLICA` or `DAEMON`; empty is `REPLICA`.
    pub scheduling: Clean,
    /// The deployment's strategy: `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; empty is `ROLLING`.
    pub strategy: Clean,
    /// desiredCount.
    pub desired: u64,
    /// runningCount.
    pub running: u64,
    /// pendingCount.
    pub pending: u64,
    /// The task definition's ARN.
    pub task_definition: Clean,
    /// What its tasks are registered with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balancers: Vec<ServiceBalancer>,
    /// The deployments, PRIMARY first.
    pub deployments: Vec<Deployment>,
    /// The newest events, newest first, a handful.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<ServiceEvent>,
    /// The task that stopped last and was not scaled in, from `ListTasks` and `DescribeTasks`, when some fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedTask>,
}

/// What a service registers its tasks with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceBalancer {
    /// TargetGroupArn; absent for a Classic load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_group: Option<Clean>,
    /// The other target group of a service whose deployments change sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate: Option<Clean>,
    /// The container behind it.
    pub container: Clean,
    /// That container's port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// An event of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// createdAt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// message.
    pub message: Clean,
}

/// A task that stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoppedTask {
    /// stoppedAt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The deployment that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<Clean>,
    /// Why, in the task's words and its containers'.
    pub reason: Clean,
}

/// A task that runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunningTask {
    /// taskArn.
    pub arn: Clean,
    /// Where a load balancer finds it.
    pub reached_at: Vec<Address>,
}

/// An address of a task, as a target group registers it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Address {
    /// The task's own IP address, or the instance that it shares with others.
    pub id: Clean,
    /// The port there, where only that tells one task of an instance from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// A deployment of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id, `ecs-svc/…`: by it a deployment of ours is told from somebody else's.
    pub id: Clean,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE`.
    pub status: Clean,
    /// The task definition's ARN.
    pub task_definition: Clean,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`; absent behind a Classic load balancer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollout: Option<Clean>,
    /// rolloutStateReason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
    /// failedTasks.
    pub failed_tasks: u64,
    /// runningCount.
    pub running: u64,
}

/// What `DescribeTaskDefinition` says, as far as Landfall changes or compares it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskDefinition {
    /// taskDefinitionArn.
    pub arn: Clean,
    /// family.
    pub family: Clean,
    /// revision.
    pub revision: u64,
    /// `ACTIVE` or `INACTIVE`.
    pub status: Clean,
    /// The containers, in order. Which of them the plan means is told by its name or by the service's load balancer.
    pub containers: Vec<Container>,
    /// cpu and memory of the task, and its roles: what else makes two revisions differ.
    pub sizes_and_roles: Vec<Clean>,
}

/// A container of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: Clean,
    /// Its image.
    pub image: Clean,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// Its secrets: name to ARN. Never the value.
    pub secrets: BTreeMap<String, String>,
}

/// The limits application-autoscaling keeps a service within.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScalableTarget {
    /// MinCapacity.
    pub min: u64,
    /// MaxCapacity.
    pub max: u64,
    /// SuspendedState.
    #[serde(default, skip_serializing_if = "Suspended::is_nothing")]
    pub suspended: Suspended,
}

/// Which activities of application-autoscaling are suspended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspended {
    /// DynamicScalingInSuspended.
    pub dynamic_in: bool,
    /// DynamicScalingOutSuspended.
    pub dynamic_out: bool,
    /// ScheduledScalingSuspended.
    pub scheduled: bool,
}

impl Suspended {
    /// Everything is.
    pub const ALL: Self = Self { dynamic_in: true, dynamic_out: true, scheduled: true };

    /// Whether nothing is.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The targets of a target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetGroup {
    /// TargetGroupArn.
    pub arn: Clean,
    /// LoadBalancerArns: the load balancers that route to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balancers: Vec<Clean>,
    /// Each target and its state.
    pub targets: Vec<Target>,
}

impl TargetGroup {
    /// How many are healthy.
    pub fn healthy(&self) -> u64 {
        self.targets.iter().filter(|target| target.state.as_str() == "healthy").count() as u64
    }
}

/// A target of a target group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Target id: address or instance.
    pub id: Clean,
    /// Its port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// `initial`, `healthy`, `unhealthy`, `draining`, …, an open string.
    pub state: Clean,
    /// `Target.FailedHealthChecks`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Clean>,
}

/// What `DescribeLoadBalancers` says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadBalancer {
    /// LoadBalancerArn.
    pub arn: Clean,
    /// DNSName.
    pub dns_name: Clean,
    /// CanonicalHostedZoneId.
    pub zone_id: Clean,
    /// `active`, `provisioning`, …
    pub state: Clean,
}

/// A forward of a listener or of one of its rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forward {
    /// TargetGroupArn.
    pub group: Clean,
    /// Its weight among the groups of the same action: none of the traffic at 0, all of it without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
}

/// A hosted zone of Route 53.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostedZone {
    /// Its id, without the path that some answers put before it.
    pub id: Clean,
    /// Its name, with the final dot.
    pub name: Clean,
    /// Whether it answers inside its VPCs only.
    pub private: bool,
    /// The names of its name servers; none for a private one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name_servers: Vec<Clean>,
    /// The VPCs that a private one answers in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vpcs: Vec<Clean>,
}

/// A server of names that was asked, and what it answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsServer {
    /// What it is called: a name server's name, `TestDNSAnswer`.
    pub name: Clean,
    /// Its answers, equal ones once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<DnsReply>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
}

/// An answer of DNS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DnsReply {
    /// The response code, `NOERROR` when all is well.
    pub code: Clean,
    /// The record data; one line each, in alphabetical order.
    pub records: Vec<Clean>,
    /// How often it was given.
    pub times: u32,
}

/// What the target of an alias resolves to, seen from where Landfall runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AliasAddresses {
    /// The target's DNS name.
    pub dns_name: Clean,
    /// Its addresses, of both families; `None` when they could not be asked for.
    pub addresses: Option<Vec<Clean>>,
}

/// A resource record set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordSet {
    /// The name, with its final dot.
    pub name: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
    /// Time to live, in seconds; none for an alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<u64>,
    /// The values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Clean>,
    /// The alias target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<Alias>,
    /// SetIdentifier, for every record but a simple one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_identifier: Option<Clean>,
    /// Weight, of a weighted set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u64>,
    /// `PRIMARY` or `SECONDARY`, of a failover set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failover: Option<Clean>,
    /// The region of a latency set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Clean>,
    /// Whether it is a multivalue answer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multivalue: bool,
    /// What else routes it, in a word, where Landfall changes no such set: geolocation, geoproximity, an IP range, a
    /// traffic policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_routing: Option<Clean>,
    /// HealthCheckId, kept across a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health_check: Option<Clean>,
}

/// A line of a log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LogLine {
    /// When its program said it; `None` where that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The log stream: one task's, one container's.
    pub stream: Clean,
    /// What it says.
    pub text: Clean,
}

/// How many lines of a log are asked for at once, the newest.
pub const LOG_LINES: usize = 200;

/// An alias target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// DNSName.
    pub dns_name: Clean,
    /// HostedZoneId of the target.
    pub zone_id: Clean,
    /// EvaluateTargetHealth.
    pub evaluate_health: bool,
}

/// What is kept of an HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status code; `None` when there was no answer.
    pub status: Option<u16>,
    /// The first 64 KiB of the body, in memory only: never journaled whole.
    #[serde(skip)]
    pub body: String,
    /// The values of the plan that stand in the body, by what stands for them; in memory only.
    #[serde(skip)]
    pub holds: Vec<SealedToken>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// How many redirects were followed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub redirects: u32,
    /// The host whose answer this is, when it is not the one that was asked first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Clean>,
    /// The host that the answer sends on to, when it is a redirect that was not followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Clean>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Clean>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// How a command ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code; `None` when it was stopped by a signal or the deadline.
    pub code: Option<i32>,
    /// The last 4 KiB of standard output.
    pub stdout: Clean,
    /// The last 4 KiB of standard error.
    pub stderr: Clean,
}

/// Whose credentials are in use.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The caller's ARN.
    pub arn: Clean,
    /// The account's number.
    pub account: Clean,
    /// The region asked.
    pub region: Region,
    /// When the credentials stop working; `None` when they do not, or it is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}
