//! What can be asked of Amazon EventBridge and done to it, what its API calls it, and what it said: states are kept as the
//! open strings they are.

use crate::service::Place;
use crate::service::declared::Declared;
use crate::service::family::{Asked, Done};
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// A rule, by its name and the event bus that it is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleName {
    /// Name.
    pub rule: Clean,
    /// EventBusName, by its name or ARN; the default one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bus: Option<Clean>,
}

impl RuleName {
    /// As people read it: `nightly`, `nightly of shop-events`.
    pub fn words(&self) -> String {
        match &self.bus {
            None => self.rule.to_string(),
            Some(bus) => format!("{} of {bus}", self.rule),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `events:DescribeRule`.
    EventRule(RuleName),
    /// `events:ListTargetsByRule`, page after page.
    RuleTargets(RuleName),
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::EventRule(_) => "events.DescribeRule",
            Self::RuleTargets(_) => "events.ListTargetsByRule",
        }
    }

    fn is_a_call_each(&self) -> bool {
        true
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let name = || RuleName { rule: "nightly".into(), bus: None };
        vec![
            (Query::EventRule(name()), Observation::EventRule { rule: None }),
            (Query::RuleTargets(name()), Observation::RuleTargets { targets: None }),
        ]
    }
}

/// What was seen. `None` inside means: the answer was that there is no such thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// A rule.
    EventRule {
        /// It.
        rule: Option<EventRule>,
    },
    /// What a rule sends events to.
    RuleTargets {
        /// The ARNs of its targets; `None` when there is no such rule.
        targets: Option<Vec<Clean>>,
    },
}

/// What `DescribeRule` says of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventRule {
    /// Arn.
    pub arn: Clean,
    /// State: `ENABLED`, `DISABLED`, `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`, …, an open string.
    pub state: Clean,
    /// ScheduleExpression, of one that goes by the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Clean>,
    /// ManagedBy: the AWS service whose rule it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<Clean>,
    /// RoleArn: the role that it sends its events with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Clean>,
}

/// It sends events to its targets.
pub(super) const ENABLED: &str = "ENABLED";
/// It does, those of CloudTrail that only tell that something was read among them.
pub const ENABLED_WITH_ALL: &str = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
/// It sends none.
pub(super) const DISABLED: &str = "DISABLED";

/// What is done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// `events:EnableRule`.
    EnableRule(RuleName),
    /// `events:DisableRule`.
    DisableRule(RuleName),
    /// `events:PutRule` of the rule as it is, but enabled for all of CloudTrail's management events: EnableRule makes none so.
    EnableRuleForAll(RuleName),
}

impl Done for Operation {
    fn api_name(&self) -> &'static str {
        match self {
            Self::EnableRule(_) => "events.EnableRule",
            Self::DisableRule(_) => "events.DisableRule",
            Self::EnableRuleForAll(_) => "events.PutRule",
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
        let (name, state) = match self {
            Self::EnableRule(name) => (name, "ENABLED"),
            Self::DisableRule(name) => (name, "DISABLED"),
            Self::EnableRuleForAll(name) => (name, ENABLED_WITH_ALL),
        };
        let id = name.bus.as_ref().map_or_else(|| name.rule.to_string(), |bus| format!("{bus}/{}", name.rule));
        vec![Declared::set("aws_cloudwatch_event_rule", &id, "state", state)]
    }

    #[cfg(test)]
    fn examples() -> Vec<Self> {
        let name = || RuleName { rule: "nightly".into(), bus: Some("shop".into()) };
        vec![Operation::EnableRule(name()), Operation::DisableRule(name()), Operation::EnableRuleForAll(name())]
    }
}

/// A rule.
pub(super) fn rule(at: &Place, name: &RuleName) -> Want<EventRule> {
    Want::new(at.ask(Query::EventRule(name.clone())), |seen| match seen {
        any::Observation::Events(Observation::EventRule { rule }) => Some(rule.as_ref()),
        _ => None,
    })
}

/// What it sends events to.
pub(super) fn targets(at: &Place, name: &RuleName) -> Want<Vec<Clean>> {
    Want::new(at.ask(Query::RuleTargets(name.clone())), |seen| match seen {
        any::Observation::Events(Observation::RuleTargets { targets }) => Some(targets.as_ref()),
        _ => None,
    })
}
