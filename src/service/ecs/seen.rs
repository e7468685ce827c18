//! What Amazon ECS and what scales its services said, as data: statuses are kept as the open strings they are.

use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "a service is most of what is asked for, and few are held at once")]
pub enum Observation {
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
    /// Whether its tasks run on AWS Fargate, by its launchType or a provider of its capacityProviderStrategy.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_fargate: bool,
    /// The subnets of networkConfiguration; none where its tasks have no network of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<Clean>,
    /// Whether the deploymentCircuitBreaker is on; `None` where that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<bool>,
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

impl TaskDefinition {
    /// The ARNs of its task role and of its execution role, those that it has.
    pub fn roles(&self) -> impl Iterator<Item = &Clean> {
        self.sizes_and_roles.iter().filter(|text| crate::service::arn::is_arn(text))
    }
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
    /// The containerPort of each of its portMappings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<u16>,
    /// Its own cpu units, memory and memoryReservation in MiB; 0 where it has none of its own.
    #[serde(default, skip_serializing_if = "no_sizes")]
    pub sizes: [u32; 3],
    /// The awslogs configuration; `None` where it logs elsewhere, or nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<ContainerLog>,
}

fn no_sizes(sizes: &[u32; 3]) -> bool {
    *sizes == [0; 3]
}

/// Where a container logs to, by the log driver `awslogs`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContainerLog {
    /// awslogs-group.
    pub group: Clean,
    /// awslogs-region; its own region when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Clean>,
    /// awslogs-create-group: the group is made where there is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub creates: bool,
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
