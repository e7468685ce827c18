//! What can go wrong with the things a plan is made of, and the words for it. A scenario says when, a facilitator says
//! now; the simulated cloud does it, a journal keeps it. Knows no cloud and no run.

use crate::plan::{ComponentName, Intent, Plan, Region};
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
    /// A replica's lag metric, or what an alarm watches, gets no new samples.
    StaleMetric,
    /// A replica's lag climbs.
    Lag,
    /// A service's tasks stop as soon as they have started.
    TasksCrash,
    /// A group gets fewer instances than it asks for.
    ScaleShort,
    /// A service's targets fail their health checks.
    TargetsUnhealthy,
    /// An event source mapping stays in what it is changing to.
    EventsStuck,
    /// A record's change stays PENDING.
    ChangeStuck,
    /// A command ends badly.
    CommandFails,
    /// A certificate has expired.
    CertificateExpired,
    /// A role is denied what it has to do.
    RoleDenied,
    /// A network's rules let nothing in.
    PortDenied,
    /// An alarm stays in ALARM.
    AlarmRings,
    /// An HTTP check is answered 503, a TCP one is refused.
    CheckFails,
    /// A key of the recovery region is disabled.
    KeyDisabled,
    /// Some of the endpoints of an ARC cluster do not answer.
    EndpointDown,
    /// A replica that is made ends in `failed`.
    ReplicaCreateFails,
    /// Something else has the name that a replica is to get.
    NameTaken,
    /// So much differs between the two sides of a store.
    Divergence,
    /// What was made anew of the old side never joins again.
    RejoinNever,
    /// What a run owes of a component is not answered: the calls about it to the region that failed hang on.
    DebtUnanswered,
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

/// The kinds of component that no cloud is called for.
const UNCALLED: &[&str] = &["http", "tcp", "command", "terraform", "manual"];

/// All that is said of a kind of fault, in one place.
struct FaultRow {
    /// The word for it, as scenarios and journals write it.
    word: &'static str,
    /// What it does, for who chooses among faults.
    about: &'static str,
    /// What it can happen to.
    aim: Aim,
    /// That it begins: `{at}` is what it happens to, `{calls}` the calls that it hits.
    begins: &'static str,
    /// That it ends, with the same.
    ends: &'static str,
    /// Whether a facilitator can let it go wrong from the menu.
    by_hand: bool,
}

impl FaultKind {
    /// Every kind, in the order of the menu.
    pub const ALL: &[Self] = &[
        Self::RegionDark,
        Self::RegionRefused,
        Self::ControlPlaneDark,
        Self::Throttle,
        Self::Hang,
        Self::ReplyLost,
        Self::AccessDenied,
        Self::PromotionStuck,
        Self::PromotionFails,
        Self::ReplicationStopped,
        Self::StaleMetric,
        Self::Lag,
        Self::TasksCrash,
        Self::ScaleShort,
        Self::TargetsUnhealthy,
        Self::EventsStuck,
        Self::ChangeStuck,
        Self::CommandFails,
        Self::CertificateExpired,
        Self::RoleDenied,
        Self::PortDenied,
        Self::AlarmRings,
        Self::CheckFails,
        Self::KeyDisabled,
        Self::EndpointDown,
        Self::ReplicaCreateFails,
        Self::NameTaken,
        Self::Divergence,
        Self::RejoinNever,
        Self::DebtUnanswered,
    ];

    fn row(self) -> &'static FaultRow {
        match self {
            Self::RegionDark => &FaultRow {
                word: "region-dark",
                about: "calls hang, nothing replicates, nobody is served",
                aim: Aim::Region,
                begins: "region {at} goes dark",
                ends: "region {at} is light again",
                by_hand: true,
            },
            Self::RegionRefused => &FaultRow {
                word: "region-refused",
                about: "connections are refused at once",
                aim: Aim::Region,
                begins: "region {at} refuses connections",
                ends: "region {at} takes connections again",
                by_hand: false,
            },
            Self::ControlPlaneDark => &FaultRow {
                word: "control-plane-dark",
                about: "its APIs hang; what runs there goes on",
                aim: Aim::Region,
                begins: "the APIs of {at} hang",
                ends: "the APIs of {at} answer again",
                by_hand: true,
            },
            Self::Throttle => &FaultRow {
                word: "throttle",
                about: "half of the calls are throttled, all are slow",
                aim: Aim::Calls,
                begins: "{calls} are throttled",
                ends: "{calls} are throttled no more",
                by_hand: true,
            },
            Self::Hang => &FaultRow {
                word: "hang",
                about: "calls hang, and do nothing",
                aim: Aim::Calls,
                begins: "{calls} hang",
                ends: "{calls} are answered again",
                by_hand: true,
            },
            Self::ReplyLost => &FaultRow {
                word: "reply-lost",
                about: "it is done, and the reply never comes",
                aim: Aim::Calls,
                begins: "replies to {calls} are lost",
                ends: "replies to {calls} come back again",
                by_hand: false,
            },
            Self::AccessDenied => &FaultRow {
                word: "access-denied",
                about: "calls are not authorized",
                aim: Aim::Calls,
                begins: "{calls} are denied",
                ends: "{calls} are allowed again",
                by_hand: false,
            },
            Self::PromotionStuck => &FaultRow {
                word: "promotion-stuck",
                about: "it stays in modifying",
                aim: Aim::Components(&["rds", "aurora", "elasticache"]),
                begins: "the promotion of {at} sticks",
                ends: "the promotion of {at} can go on",
                by_hand: true,
            },
            Self::PromotionFails => &FaultRow {
                word: "promotion-fails",
                about: "it ends in storage-full",
                aim: Aim::Components(&["rds"]),
                begins: "the promotion of {at} fails",
                ends: "the promotion of {at} can succeed",
                by_hand: false,
            },
            Self::ReplicationStopped => &FaultRow {
                word: "replication-stopped",
                about: "the replica falls behind for good",
                aim: Aim::Components(&["rds", "aurora", "elasticache", "dynamodb", "s3"]),
                begins: "replication to {at} stops",
                ends: "replication to {at} goes on",
                by_hand: true,
            },
            Self::StaleMetric => &FaultRow {
                word: "stale-metric",
                about: "the lag, or an alarm, gets no new samples",
                aim: Aim::Components(&["rds", "aurora", "elasticache", "dynamodb", "s3", "alarm"]),
                begins: "the lag of {at} gets no new samples",
                ends: "the lag of {at} is sampled again",
                by_hand: true,
            },
            Self::Lag => &FaultRow {
                word: "lag",
                about: "the replica falls behind",
                aim: Aim::Components(&["rds", "aurora", "elasticache", "dynamodb", "s3"]),
                begins: "the lag of {at} climbs",
                ends: "the lag of {at} is as usual again",
                by_hand: false,
            },
            Self::TasksCrash => &FaultRow {
                word: "tasks-crash",
                about: "they stop as soon as they have started",
                aim: Aim::Components(&["ecs"]),
                begins: "the tasks of {at} crash",
                ends: "the tasks of {at} stay up again",
                by_hand: true,
            },
            Self::ScaleShort => &FaultRow {
                word: "scale-short",
                about: "fewer instances come than are asked for",
                aim: Aim::Components(&["autoscaling", "nodegroup"]),
                begins: "there is no capacity for all of {at}",
                ends: "there is capacity for {at} again",
                by_hand: false,
            },
            Self::TargetsUnhealthy => &FaultRow {
                word: "targets-unhealthy",
                about: "they fail their health checks",
                aim: Aim::Components(&["ecs", "autoscaling", "load-balancer"]),
                begins: "the targets of {at} are unhealthy",
                ends: "the targets of {at} can be healthy again",
                by_hand: false,
            },
            Self::EventsStuck => &FaultRow {
                word: "events-stuck",
                about: "its events are neither on nor off",
                aim: Aim::Components(&["lambda"]),
                begins: "the events of {at} stick",
                ends: "the events of {at} can go on",
                by_hand: false,
            },
            Self::ChangeStuck => &FaultRow {
                word: "change-stuck",
                about: "it stays PENDING",
                aim: Aim::Components(&["route53"]),
                begins: "changes of {at} stay PENDING",
                ends: "changes of {at} go through again",
                by_hand: false,
            },
            Self::CommandFails => &FaultRow {
                word: "command-fails",
                about: "it ends badly",
                aim: Aim::Components(&["command", "runbook", "invoke", "terraform"]),
                begins: "what {at} runs fails",
                ends: "what {at} runs works again",
                by_hand: false,
            },
            Self::CertificateExpired => &FaultRow {
                word: "certificate-expired",
                about: "nobody who asks for its name is served",
                aim: Aim::Components(&["certificate"]),
                begins: "the certificate {at} has expired",
                ends: "the certificate {at} is renewed",
                by_hand: false,
            },
            Self::RoleDenied => &FaultRow {
                word: "role-denied",
                about: "IAM denies the role what it has to do",
                aim: Aim::Components(&["iam"]),
                begins: "a policy denies the role {at} what it has to do",
                ends: "the role {at} may do again what it has to",
                by_hand: false,
            },
            Self::PortDenied => &FaultRow {
                word: "port-denied",
                about: "nobody connects to what is within it, by the rules of its groups",
                aim: Aim::Components(&["network"]),
                begins: "the rules of the network {at} let nothing in",
                ends: "the rules of the network {at} let in again what they did",
                by_hand: false,
            },
            Self::AlarmRings => &FaultRow {
                word: "alarm-rings",
                about: "it stays in ALARM",
                aim: Aim::Components(&["alarm"]),
                begins: "the alarms of {at} ring",
                ends: "the alarms of {at} are quiet again",
                by_hand: false,
            },
            Self::CheckFails => &FaultRow {
                word: "check-fails",
                about: "it is answered 503, or refused",
                aim: Aim::Components(&["http", "tcp"]),
                begins: "the check {at} fails",
                ends: "the check {at} can pass again",
                by_hand: false,
            },
            Self::KeyDisabled => &FaultRow {
                word: "key-disabled",
                about: "the recovery region's key is disabled",
                aim: Aim::Components(&["kms"]),
                begins: "the key {at} is disabled",
                ends: "the key {at} is enabled again",
                by_hand: false,
            },
            Self::EndpointDown => &FaultRow {
                word: "endpoint-down",
                about: "some endpoints of its cluster are away",
                aim: Aim::Components(&["routing-control"]),
                begins: "endpoints of {at} do not answer",
                ends: "the endpoints of {at} answer again",
                by_hand: false,
            },
            Self::ReplicaCreateFails => &FaultRow {
                word: "replica-create-fails",
                about: "a replica that is made ends in failed",
                aim: Aim::Components(&["rds"]),
                begins: "a replica of {at} cannot be made",
                ends: "a replica of {at} can be made",
                by_hand: false,
            },
            Self::NameTaken => &FaultRow {
                word: "name-taken",
                about: "something else has the name of its replica",
                aim: Aim::Components(&["rds"]),
                begins: "the name of {at} is taken",
                ends: "the name of {at} is free again",
                by_hand: false,
            },
            Self::Divergence => &FaultRow {
                word: "divergence",
                about: "so much differs between its two sides",
                aim: Aim::Components(&["rds", "aurora"]),
                begins: "the two sides of {at} differ",
                ends: "the two sides of {at} differ no more",
                by_hand: false,
            },
            Self::RejoinNever => &FaultRow {
                word: "rejoin-never",
                about: "its old side never comes back as a secondary",
                aim: Aim::Components(&["aurora"]),
                begins: "the old side of {at} does not come back",
                ends: "the old side of {at} can come back",
                by_hand: false,
            },
            Self::DebtUnanswered => &FaultRow {
                word: "debt-unanswered",
                about: "what is owed of it in the old region is not answered",
                aim: Aim::Components(&["rds", "aurora", "ecs", "autoscaling", "lambda"]),
                begins: "what is owed of {at} is not answered",
                ends: "what is owed of {at} is answered",
                by_hand: false,
            },
        }
    }

    /// What a facilitator can let go wrong in any drill, in the order of the menu.
    pub fn by_hand() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.row().by_hand)
    }

    /// What a facilitator can let go wrong in a drill of `intent`, in the order of the menu: on the way back what only that
    /// meets, too.
    pub fn of_a_drill(intent: Intent) -> impl Iterator<Item = Self> {
        let is_back = intent == Intent::Failback;
        Self::ALL.iter().copied().filter(move |kind| kind.row().by_hand || (is_back && kind.is_of_the_way_back()))
    }

    /// Whether only a way back meets it; it can be let go wrong without a number.
    fn is_of_the_way_back(self) -> bool {
        matches!(self, Self::ReplicaCreateFails | Self::NameTaken | Self::RejoinNever | Self::DebtUnanswered)
    }

    /// The word for it, as scenarios and journals write it.
    pub fn word(self) -> &'static str {
        self.row().word
    }

    /// What it does, for who chooses among faults.
    pub fn about(self) -> &'static str {
        self.row().about
    }

    /// What it can happen to.
    pub fn aim(self) -> Aim {
        self.row().aim
    }

    /// What it can happen to in `plan`: its regions, or those of its components that it fits.
    pub fn targets(self, plan: &Plan) -> Vec<Target> {
        let application = &plan.application;
        let regions = || [&application.primary, &application.recovery].map(|region| Target::Region(region.clone()));
        let of_kinds = |fits: &dyn Fn(&str) -> bool| -> Vec<Target> {
            let fitting = plan.components.iter().filter(|component| fits(component.kind.as_str()));
            fitting.map(|component| Target::Component(component.name.clone())).collect()
        };
        match self.aim() {
            Aim::Region => regions().into(),
            Aim::Calls if self == Self::Throttle => regions().into(),
            Aim::Calls => of_kinds(&|kind| !UNCALLED.contains(&kind)),
            Aim::Components(kinds) => of_kinds(&|kind| kinds.contains(&kind)),
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
        self.say(self.fault.row().begins)
    }

    /// That it ends, in words.
    pub fn ends(&self) -> String {
        self.say(self.fault.row().ends)
    }

    fn say(&self, words: &str) -> String {
        words.replace("{calls}", &self.calls()).replace("{at}", self.target.name())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_in_the_list_under_the_word_that_a_journal_writes() {
        let refused = serde_json::from_str::<FaultKind>("\"?\"").expect_err("no fault has this word").to_string();
        let names: Vec<&str> = refused.split('`').skip(3).step_by(2).collect();
        assert_eq!(FaultKind::ALL.iter().map(|kind| kind.word()).collect::<Vec<_>>(), names);
    }

    #[test]
    fn what_is_said_of_a_fault_names_what_it_happens_to() {
        for kind in FaultKind::ALL.iter().copied() {
            let target = match kind.aim() {
                Aim::Region => Target::Region("us-west-2".into()),
                Aim::Calls | Aim::Components(_) => Target::Component("us-west-2".into()),
            };
            let fault = AimedFault::new(kind, target);
            for said in [fault.begins(), fault.ends()] {
                assert!(said.contains("us-west-2") && !said.contains('{'), "{said}");
            }
        }
    }
}
