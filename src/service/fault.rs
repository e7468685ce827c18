//! What can go wrong with the things a plan is made of, and the words for it. A scenario says when, a facilitator says
//! now; the simulated cloud does it, a journal keeps it. Knows no cloud and no run.

use crate::plan::{ComponentName, Plan, Region};
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The region is gone: calls to it hang, nothing is replicated from it, it serves nobody.
    RegionDark,
    /// The region is gone: connections to it are refused at once.
    RegionRefused,
    /// The region's APIs hang; what runs there goes on running and replicating.
    ControlPlaneDark,
    /// About half of the calls are throttled, and all are slower.
    Throttle,
    /// Calls hang; what they ask for does not happen.
    Hang,
    /// An operation is taken and its reply never comes back.
    ReplyLost,
    /// Calls are refused for want of permission.
    AccessDenied,
    /// A promotion stays in `modifying`.
    PromotionStuck,
    /// A promotion ends in `storage-full`.
    PromotionFails,
    /// A replica stops replicating.
    ReplicationStopped,
    /// A replica's lag metric gets no new samples.
    StaleMetric,
    /// A replica's lag climbs.
    Lag,
    /// A service's tasks stop as soon as they have started.
    TasksCrash,
    /// A service's targets fail their health checks.
    TargetsUnhealthy,
    /// A record's change stays PENDING.
    ChangeStuck,
    /// A command ends badly.
    CommandFails,
    /// An HTTP check is answered 503, a TCP one is refused.
    CheckFails,
}

/// What a kind of fault can happen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// A region.
    Region,
    /// Calls: all, those to a region, or those about a component.
    Calls,
    /// Components of these kinds.
    Components(&'static [&'static str]),
}

/// The kinds of component that calls can be about.
const CALLED: &[&str] = &["rds", "ecs", "load-balancer", "route53"];

impl FaultKind {
    /// What a facilitator can let go wrong, in the order of the menu.
    pub const BY_HAND: [Self; 8] = [
        Self::RegionDark,
        Self::ControlPlaneDark,
        Self::Throttle,
        Self::Hang,
        Self::PromotionStuck,
        Self::ReplicationStopped,
        Self::StaleMetric,
        Self::TasksCrash,
    ];

    /// The word for it, as scenarios and journals write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::RegionDark => "region-dark",
            Self::RegionRefused => "region-refused",
            Self::ControlPlaneDark => "control-plane-dark",
            Self::Throttle => "throttle",
            Self::Hang => "hang",
            Self::ReplyLost => "reply-lost",
            Self::AccessDenied => "access-denied",
            Self::PromotionStuck => "promotion-stuck",
            Self::PromotionFails => "promotion-fails",
            Self::ReplicationStopped => "replication-stopped",
            Self::StaleMetric => "stale-metric",
            Self::Lag => "lag",
            Self::TasksCrash => "tasks-crash",
            Self::TargetsUnhealthy => "targets-unhealthy",
            Self::ChangeStuck => "change-stuck",
            Self::CommandFails => "command-fails",
            Self::CheckFails => "check-fails",
        }
    }

    /// What it does, for who chooses among faults.
    pub fn about(self) -> &'static str {
        match self {
            Self::RegionDark => "calls hang, nothing replicates, nobody is served",
            Self::RegionRefused => "connections are refused at once",
            Self::ControlPlaneDark => "its APIs hang; what runs there goes on",
            Self::Throttle => "half of the calls are throttled, all are slow",
            Self::Hang => "calls hang, and do nothing",
            Self::ReplyLost => "it is done, and the reply never comes",
            Self::AccessDenied => "calls are not authorized",
            Self::PromotionStuck => "it stays in modifying",
            Self::PromotionFails => "it ends in storage-full",
            Self::ReplicationStopped => "the replica falls behind for good",
            Self::StaleMetric => "the lag gets no new samples",
            Self::Lag => "the replica falls behind",
            Self::TasksCrash => "they stop as soon as they have started",
            Self::TargetsUnhealthy => "they fail their health checks",
            Self::ChangeStuck => "it stays PENDING",
            Self::CommandFails => "it ends badly",
            Self::CheckFails => "it is answered 503, or refused",
        }
    }

    /// What it can happen to.
    pub fn aim(self) -> Aim {
        match self {
            Self::RegionDark | Self::RegionRefused | Self::ControlPlaneDark => Aim::Region,
            Self::Throttle | Self::Hang | Self::ReplyLost | Self::AccessDenied => Aim::Calls,
            Self::PromotionStuck | Self::PromotionFails | Self::ReplicationStopped | Self::StaleMetric | Self::Lag => {
                Aim::Components(&["rds"])
            }
            Self::TasksCrash => Aim::Components(&["ecs"]),
            Self::TargetsUnhealthy => Aim::Components(&["ecs", "load-balancer"]),
            Self::ChangeStuck => Aim::Components(&["route53"]),
            Self::CommandFails => Aim::Components(&["command"]),
            Self::CheckFails => Aim::Components(&["http", "tcp"]),
        }
    }

    /// What it can happen to in `plan`: its regions, or those of its components that it fits.
    pub fn targets(self, plan: &Plan) -> Vec<Target> {
        let application = &plan.application;
        let regions = || [&application.primary, &application.recovery].map(|region| Target::Region(region.clone()));
        let of_kinds = |kinds: &'static [&str]| {
            let fitting = plan.components.iter().filter(move |component| kinds.contains(&component.kind.as_str()));
            fitting.map(|component| Target::Component(component.name.clone()))
        };
        match self.aim() {
            Aim::Region => regions().into(),
            Aim::Calls if self == Self::Throttle => regions().into(),
            Aim::Calls => of_kinds(CALLED).collect(),
            Aim::Components(kinds) => of_kinds(kinds).collect(),
        }
    }
}

/// What a fault happens to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A region.
    Region(Region),
    /// A component.
    Component(ComponentName),
    /// Everything that it can happen to.
    Everything,
}

impl Target {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Region(region) => region.as_str(),
            Self::Component(component) => component.as_str(),
            Self::Everything => "everything",
        }
    }
}

/// A kind of fault and what it happens to: by these two one is told from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AimedFault {
    /// What goes wrong.
    pub fault: FaultKind,
    /// With what.
    pub target: Target,
    /// With which calls only: a service such as `rds`, or an operation such as `rds.DescribeDBInstances`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Clean>,
}

impl AimedFault {
    /// `fault` of all that `target` is.
    pub fn new(fault: FaultKind, target: Target) -> Self {
        Self { fault, target, operation: None }
    }

    /// That it begins, in words.
    pub fn begins(&self) -> String {
        let (at, calls) = (self.target.name(), self.calls());
        match self.fault {
            FaultKind::RegionDark => format!("region {at} goes dark"),
            FaultKind::RegionRefused => format!("region {at} refuses connections"),
            FaultKind::ControlPlaneDark => format!("the APIs of {at} hang"),
            FaultKind::Throttle => format!("{calls} are throttled"),
            FaultKind::Hang => format!("{calls} hang"),
            FaultKind::ReplyLost => format!("replies to {calls} are lost"),
            FaultKind::AccessDenied => format!("{calls} are denied"),
            FaultKind::PromotionStuck => format!("the promotion of {at} sticks"),
            FaultKind::PromotionFails => format!("the promotion of {at} fails"),
            FaultKind::ReplicationStopped => format!("replication to {at} stops"),
            FaultKind::StaleMetric => format!("the lag of {at} gets no new samples"),
            FaultKind::Lag => format!("the lag of {at} climbs"),
            FaultKind::TasksCrash => format!("the tasks of {at} crash"),
            FaultKind::TargetsUnhealthy => format!("the targets of {at} are unhealthy"),
            FaultKind::ChangeStuck => format!("changes of {at} stay PENDING"),
            FaultKind::CommandFails => format!("the command {at} fails"),
            FaultKind::CheckFails => format!("the check {at} fails"),
        }
    }

    /// That it ends, in words.
    pub fn ends(&self) -> String {
        let (at, calls) = (self.target.name(), self.calls());
        match self.fault {
            FaultKind::RegionDark => format!("region {at} is light again"),
            FaultKind::RegionRefused => format!("region {at} takes connections again"),
            FaultKind::ControlPlaneDark => format!("the APIs of {at} answer again"),
            FaultKind::Throttle => format!("{calls} are throttled no more"),
            FaultKind::Hang => format!("{calls} are answered again"),
            FaultKind::ReplyLost => format!("replies to {calls} come back again"),
            FaultKind::AccessDenied => format!("{calls} are allowed again"),
            FaultKind::PromotionStuck => format!("the promotion of {at} can go on"),
            FaultKind::PromotionFails => format!("the promotion of {at} can succeed"),
            FaultKind::ReplicationStopped => format!("replication to {at} goes on"),
            FaultKind::StaleMetric => format!("the lag of {at} is sampled again"),
            FaultKind::Lag => format!("the lag of {at} is as usual again"),
            FaultKind::TasksCrash => format!("the tasks of {at} stay up again"),
            FaultKind::TargetsUnhealthy => format!("the targets of {at} can be healthy again"),
            FaultKind::ChangeStuck => format!("changes of {at} go through again"),
            FaultKind::CommandFails => format!("the command {at} works again"),
            FaultKind::CheckFails => format!("the check {at} can pass again"),
        }
    }

    /// Which calls it hits.
    fn calls(&self) -> String {
        let calls = self.operation.as_ref().map_or("calls".to_owned(), |operation| format!("{operation} calls"));
        match &self.target {
            Target::Region(region) => format!("{calls} to {region}"),
            Target::Component(component) => format!("{calls} about {component}"),
            Target::Everything => calls,
        }
    }
}
