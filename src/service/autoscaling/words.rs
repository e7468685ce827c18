//! What can be asked of Amazon EC2 Auto Scaling and done to it, what its API calls it, and what it said: lifecycle states
//! and statuses are kept as the open strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Batch, Done};
use crate::service::network::launched::Launch;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `autoscaling:DescribeAutoScalingGroups`, up to fifty in one call.
    AutoScalingGroup {
        /// AutoScalingGroupName.
        group: Clean,
    },
    /// `autoscaling:DescribeScalingActivities`: the newest of a group.
    ScalingActivities {
        /// AutoScalingGroupName.
        group: Clean,
    },
    /// `autoscaling:DescribeScheduledActions` of a group.
    ScheduledActions {
        /// AutoScalingGroupName.
        group: Clean,
    },
    /// `autoscaling:DescribeLaunchConfigurations`.
    LaunchConfiguration {
        /// LaunchConfigurationName.
        name: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::AutoScalingGroup { .. } => "ec2autoscaling.DescribeAutoScalingGroups",
            Self::ScalingActivities { .. } => "ec2autoscaling.DescribeScalingActivities",
            Self::ScheduledActions { .. } => "ec2autoscaling.DescribeScheduledActions",
            Self::LaunchConfiguration { .. } => "ec2autoscaling.DescribeLaunchConfigurations",
        }
    }

    fn is_a_call_each(&self) -> bool {
        match self {
            Self::AutoScalingGroup { .. } => false,
            Self::ScalingActivities { .. } | Self::ScheduledActions { .. } | Self::LaunchConfiguration { .. } => true,
        }
    }

    // Fifty names (API reference).
    fn batch(&self) -> Batch<'_> {
        Batch { of: None, most: 50 }
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        vec![
            (Query::AutoScalingGroup { group: "web".into() }, Observation::AutoScalingGroup { group: None }),
            (Query::ScalingActivities { group: "web".into() }, Observation::ScalingActivities { activities: None }),
            (Query::ScheduledActions { group: "web".into() }, Observation::ScheduledActions { actions: None }),
            (Query::LaunchConfiguration { name: "web".into() }, Observation::LaunchConfiguration { launch: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A group.
    AutoScalingGroup {
        /// It, if there is one of that name.
        group: Option<Box<AutoScalingGroup>>,
    },
    /// What a group did last.
    ScalingActivities {
        /// The newest, newest first; `None` when there is no such group.
        activities: Option<Vec<ScalingActivity>>,
    },
    /// What a group is to do by the clock.
    ScheduledActions {
        /// They; `None` when there is no such group.
        actions: Option<Vec<ScheduledAction>>,
    },
    /// A launch configuration.
    LaunchConfiguration {
        /// It, if there is one of that name.
        launch: Option<Launch>,
    },
}

/// What `DescribeAutoScalingGroups` says of a group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AutoScalingGroup {
    /// AutoScalingGroupName.
    pub name: Clean,
    /// AutoScalingGroupARN.
    #[serde(default)]
    pub arn: Clean,
    /// Status: `Delete in progress` while it is deleted, else nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Clean>,
    /// MinSize, in units of capacity.
    pub min: u64,
    /// MaxSize, in units of capacity.
    pub max: u64,
    /// DesiredCapacity, in units of capacity.
    pub desired: u64,
    /// What its instances are launched by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub launched_by: Option<LaunchedBy>,
    /// The instance types of its MixedInstancesPolicy's overrides: each may be taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<Clean>,
    /// Its MixedInstancesPolicy, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mix: Option<Mix>,
    /// AvailabilityZones: those of its subnets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Clean>,
    /// Its instances, those of a warm pool not among them.
    pub instances: Vec<GroupInstance>,
    /// The ARNs of the target groups that its instances register with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<Clean>,
    /// SuspendedProcesses: `Launch`, `Terminate`, `HealthCheck`, …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspended: Vec<Clean>,
}

/// What a group's MixedInstancesPolicy says of what is launched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mix {
    /// WeightedCapacity of its overrides, by their types: how many units of capacity an instance counts for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<Clean, u64>,
    /// OnDemandBaseCapacity, in units of capacity.
    pub base: u64,
    /// OnDemandPercentageAboveBaseCapacity: the rest is spare capacity.
    pub percent: u64,
    /// Whether types are chosen by InstanceRequirements, and named nowhere.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_requirements: bool,
}

/// What a group's instances are launched by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LaunchedBy {
    /// LaunchTemplate, or that of the MixedInstancesPolicy.
    Template {
        /// LaunchTemplateId.
        id: Clean,
        /// Version: a number, `$Latest` or `$Default`.
        version: Clean,
    },
    /// LaunchConfigurationName.
    Configuration {
        /// It.
        name: Clean,
    },
}

impl LaunchedBy {
    /// `lt-0ab1 of version 3`.
    pub fn words(&self) -> String {
        match self {
            Self::Template { id, version } => format!("{id} of version {version}"),
            Self::Configuration { name } => format!("launch configuration {name}"),
        }
    }
}

impl AutoScalingGroup {
    /// The instances that serve.
    pub fn serving(&self) -> impl Iterator<Item = &GroupInstance> {
        self.instances.iter().filter(|instance| instance.serves())
    }

    /// How many units of its capacity serve.
    pub fn capacity(&self) -> u64 {
        self.serving().map(|instance| instance.weight).sum()
    }

    /// How many of its instances are in standby: they run, and serve nothing.
    pub fn parked(&self) -> usize {
        self.instances.iter().filter(|instance| instance.is_parked()).count()
    }

    /// Whether `process` is suspended.
    pub fn is_suspended(&self, process: &str) -> bool {
        self.suspended.iter().any(|suspended| suspended.as_str() == process)
    }
}

/// An instance of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupInstance {
    /// InstanceId.
    pub id: Clean,
    /// LifecycleState: `Pending`, `InService`, `Terminating:Wait`, `Standby`, `Warmed:Stopped`, …, an open string.
    pub state: Clean,
    /// HealthStatus: `Healthy` or `Unhealthy`.
    pub health: Clean,
    /// WeightedCapacity: how many units of capacity it counts for; 1 without.
    pub weight: u64,
    /// ProtectedFromScaleIn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

impl GroupInstance {
    /// In standby, or on its way there.
    pub fn is_parked(&self) -> bool {
        matches!(self.state.as_str(), "Standby" | "EnteringStandby")
    }

    /// In service, and healthy by the group's own health checks.
    pub fn serves(&self) -> bool {
        self.state.as_str() == "InService" && self.health.eq_ignore_ascii_case("healthy")
    }

    /// Whether it may still run something: all but those that are gone, and those of a warm pool, which serve nobody.
    pub fn may_run(&self) -> bool {
        let state = self.state.as_str();
        !(state == "Terminated" || state == "Detached" || state.starts_with("Warmed:"))
    }
}

/// What `DescribeScalingActivities` says of an activity.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScalingActivity {
    /// ActivityId.
    pub id: Clean,
    /// StartTime.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// StatusCode: `InProgress`, `Successful`, `Failed`, `Cancelled`, …, an open string.
    pub status: Clean,
    /// Description: `Launching a new EC2 instance: i-…`.
    pub what: Clean,
    /// StatusMessage: why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Clean>,
}

/// What `DescribeScheduledActions` says of an action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScheduledAction {
    /// ScheduledActionName.
    pub name: Clean,
    /// StartTime: when it is next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// MinSize that it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u64>,
    /// MaxSize that it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// DesiredCapacity that it sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub desired: Option<u64>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `autoscaling:UpdateAutoScalingGroup` with new sizes, and nothing else of the group.
    SetGroupSize {
        /// AutoScalingGroupName.
        group: Clean,
        /// MinSize; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u64>,
        /// MaxSize; unchanged when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u64>,
        /// DesiredCapacity; unchanged when absent, but for what the limits make of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        desired: Option<u64>,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::SetGroupSize { .. } => "ec2autoscaling.UpdateAutoScalingGroup",
        }
    }

    fn settle_seconds(&self) -> f64 {
        match self {
            // It shows at once; what was given up may still be on its way.
            Self::SetGroupSize { .. } => 15.0,
        }
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::SetGroupSize { group, min, max, desired } = self;
        let sizes = [("min_size", min), ("max_size", max), ("desired_capacity", desired)];
        let is = |(argument, size): (&'static str, &Option<u64>)| {
            Some(Declared::set("aws_autoscaling_group", group, argument, (*size)?))
        };
        sizes.into_iter().filter_map(is).collect()
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        vec![Operation::SetGroupSize { group: "web".into(), min: Some(1), max: None, desired: Some(3) }]
    }
}

/// A group.
pub(super) fn group(at: &Place, group: &Clean) -> Want<AutoScalingGroup> {
    Want::new(at.ask(Query::AutoScalingGroup { group: group.clone() }), |seen| match seen {
        any::Observation::AutoScaling(Observation::AutoScalingGroup { group }) => Some(group.as_deref()),
        _ => None,
    })
}

/// What a group did last.
pub(super) fn activities(at: &Place, group: &Clean) -> Want<Vec<ScalingActivity>> {
    Want::new(at.ask(Query::ScalingActivities { group: group.clone() }), |seen| match seen {
        any::Observation::AutoScaling(Observation::ScalingActivities { activities }) => Some(activities.as_ref()),
        _ => None,
    })
}

/// What a group is to do by the clock.
pub(super) fn schedule(at: &Place, group: &Clean) -> Want<Vec<ScheduledAction>> {
    Want::new(at.ask(Query::ScheduledActions { group: group.clone() }), |seen| match seen {
        any::Observation::AutoScaling(Observation::ScheduledActions { actions }) => Some(actions.as_ref()),
        _ => None,
    })
}

/// A launch configuration.
pub(super) fn configuration(at: &Place, name: &Clean) -> Want<Launch> {
    Want::new(at.ask(Query::LaunchConfiguration { name: name.clone() }), |seen| match seen {
        any::Observation::AutoScaling(Observation::LaunchConfiguration { launch }) => Some(launch.as_ref()),
        _ => None,
    })
}
