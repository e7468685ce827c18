//! What can be asked of Amazon EventBridge Scheduler and done to it, what its API calls it, and what it said: states are kept
//! as the open strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A schedule, by its name and the group that it is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ScheduleName {
    /// Name.
    pub schedule: Clean,
    /// GroupName; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Clean>,
}

impl ScheduleName {
    /// As people read it: `nightly`, `nightly of shop`.
    pub fn words(&self) -> String {
        match &self.group {
            None => self.schedule.to_string(),
            Some(group) => format!("{} of {group}", self.schedule),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `scheduler:GetSchedule`.
    Schedule(ScheduleName),
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Schedule(_) => "scheduler.GetSchedule",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let name = ScheduleName { schedule: "nightly".into(), group: None };
        vec![(Query::Schedule(name), Observation::Schedule { schedule: None })]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A schedule.
    Schedule {
        /// It.
        schedule: Option<Schedule>,
    },
}

/// What `GetSchedule` says of a schedule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// Arn.
    pub arn: Clean,
    /// State: `ENABLED` or `DISABLED`, an open string.
    pub state: Clean,
    /// ScheduleExpression, and of what time zone: `cron(0 3 * * ? *) Europe/Berlin`.
    pub expression: Clean,
    /// StartDate: before it nothing is invoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Timestamp>,
    /// EndDate: after it nothing is invoked any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// The ARN of what it invokes.
    pub target: Clean,
    /// The ARN of the role that it does that with.
    #[serde(default)]
    pub role: Clean,
}

/// It invokes its target.
pub(super) const ENABLED: &str = "ENABLED";
/// It does not.
pub(super) const DISABLED: &str = "DISABLED";

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `scheduler:UpdateSchedule` of the schedule as it is (`scheduler:GetSchedule`), but for its state: what is left out of
    /// the one goes back to its default.
    TurnSchedule {
        /// Which.
        #[serde(flatten)]
        name: ScheduleName,
        /// Whether it is `ENABLED` from then on, or `DISABLED`.
        enabled: bool,
    },
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::TurnSchedule { .. } => "scheduler.UpdateSchedule",
        }
    }

    fn settle_seconds(&self) -> f64 {
        // It shows at once; what was given up may still be on its way.
        15.0
    }

    fn is_proof(&self) -> bool {
        false
    }

    fn declared(&self) -> Vec<Declared> {
        let Self::TurnSchedule { name, enabled } = self;
        let group = name.group.as_deref().unwrap_or("default");
        let state = if *enabled { "ENABLED" } else { "DISABLED" };
        vec![Declared::set("aws_scheduler_schedule", &format!("{group}/{}", name.schedule), "state", state)]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let name = ScheduleName { schedule: "nightly".into(), group: Some("shop".into()) };
        vec![Operation::TurnSchedule { name, enabled: true }]
    }
}

/// A schedule.
pub(super) fn schedule(at: &Place, name: &ScheduleName) -> Want<Schedule> {
    Want::new(at.ask(Query::Schedule(name.clone())), |seen| match seen {
        any::Observation::Scheduler(Observation::Schedule { schedule }) => Some(schedule.as_ref()),
        _ => None,
    })
}
