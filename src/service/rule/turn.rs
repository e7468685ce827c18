//! A rule sends events to its targets, or no longer. One that is enabled and has no target sends them nowhere.

use super::words::{self, DISABLED, ENABLED, ENABLED_WITH_ALL, EventRule, Operation, RuleName};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::operation::{self, Act};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Want, Work};
use crate::text::Clean;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A rule as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Was {
    /// State.
    pub state: Clean,
}

/// What a rule is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Enabled, whichever way.
    On,
    /// Enabled for all of CloudTrail's management events.
    OnForAll,
    /// Disabled.
    Off,
}

impl To {
    /// What it was in that state; `None` for a state that is not known.
    pub fn of(state: &str) -> Option<Self> {
        match state {
            ENABLED => Some(Self::On),
            ENABLED_WITH_ALL => Some(Self::OnForAll),
            DISABLED => Some(Self::Off),
            _ => None,
        }
    }

    fn is_met_by(self, state: &str) -> bool {
        match self {
            Self::On => state == ENABLED || state == ENABLED_WITH_ALL,
            Self::OnForAll => state == ENABLED_WITH_ALL,
            Self::Off => state == DISABLED,
        }
    }
}

/// Turns a rule on or off.
pub(super) struct Turn {
    pub place: Place,
    pub name: RuleName,
    pub to: To,
    /// Whether it has to have a target: what goes back only becomes what it was.
    pub needs_targets: bool,
}

impl Turn {
    fn want(&self) -> Want<EventRule> {
        words::rule(&self.place, &self.name)
    }

    fn targets(&self) -> Want<Vec<Clean>> {
        words::targets(&self.place, &self.name)
    }

    /// Whether an ARN is that of the rule that is meant.
    fn is_it(&self, arn: &str) -> bool {
        let Some(arn) = Arn::parse(arn).filter(|arn| arn.service == "events") else { return false };
        let bus = self.name.bus.as_ref().map(|bus| bus.rsplit('/').next().unwrap_or(bus));
        let of_bus = match bus {
            None | Some("default") => format!("rule/{}", self.name.rule),
            Some(bus) => format!("rule/{bus}/{}", self.name.rule),
        };
        arn.region == self.place.region.as_str() && arn.resource == of_bus
    }

    fn absent(&self) -> String {
        format!("there is no rule {} in {}", self.name.words(), self.place.region)
    }

    fn has_targets(&self, facts: &Facts<'_>) -> Check {
        let (code, wanted) = ("rule-targets", "a target that its events are sent to");
        match facts.see(&self.targets()) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, false, self.absent(), wanted, RENAME),
            Look::There(targets) => {
                let found = format!("{} of them", targets.len());
                Check::that(code, !targets.is_empty(), found, wanted, GIVE_TARGETS)
            }
        }
    }

    /// It is so: that it does what it is for needs a target.
    fn there(&self, rule: &EventRule, facts: &Facts<'_>) -> Verdict {
        let when = rule.schedule.as_ref().map_or_else(String::new, |schedule| format!(", {schedule}"));
        if self.to == To::Off {
            return Verdict::holds(format!("{} is {}{when}", self.name.words(), rule.state), Outputs::new());
        }
        if !self.needs_targets {
            return Verdict::holds(format!("{} is {}{when}", self.name.words(), rule.state), Outputs::new());
        }
        match facts.see(&self.targets()) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::bad(self.absent(), RENAME),
            Look::There(targets) if targets.is_empty() => {
                Verdict::bad(format!("{} has no target: its events go nowhere", self.name.words()), GIVE_TARGETS)
            }
            Look::There(targets) => {
                let count = targets.len();
                let words = format!("{} is {}{when}, {count} targets", self.name.words(), rule.state);
                Verdict::holds(format!("{words}; it may take a minute to match"), Outputs::new())
            }
        }
    }
}

const RENAME: &str = "name the rule, and its bus, as that region has them; Landfall makes none";
const GIVE_TARGETS: &str = "give it its targets in that region: Landfall makes none";
const OF_A_SERVICE: &str =
    "a service made this rule for itself, and turns it on and off by itself: leave it out of the plan";

impl Work for Turn {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let targets = self.needs_targets.then(|| self.targets().ask);
        [self.want().ask].into_iter().chain(targets).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let rule = match facts.see(&self.want()) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return Verdict::bad(self.absent(), RENAME),
            Look::There(rule) if !self.is_it(&rule.arn) => {
                return Verdict::bad(format!("what was found is {}", rule.arn), RENAME);
            }
            Look::There(rule) => rule,
        };
        let state = rule.state.as_str();
        match (To::of(state), facts.asked) {
            (Some(_), _) if self.to.is_met_by(state) => self.there(rule, facts),
            (Some(_), Asked::No | Asked::Unanswered { .. }) => Verdict::untouched(state),
            (Some(_), Asked::Taken { .. }) => Verdict::moving(format!("{state} yet")),
            (None, _) => Verdict::moving(format!("in the state `{state}`")),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let (code, wanted) = ("rule-exists", format!("a rule {} in {}", self.name.words(), self.place.region));
        let exists = match facts.see(&self.want()) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.absent(), &wanted, RENAME),
            Look::There(rule) => Check::that(code, self.is_it(&rule.arn), rule.arn.as_str(), &wanted, RENAME),
        };
        let mut checks = vec![exists.of_identity()];
        if let Look::There(rule) = facts.see(&self.want()) {
            let (code, wanted) = ("rule-managed", "a rule of one's own");
            checks.push(match &rule.managed_by {
                None => Check::that(code, true, "no service's", wanted, ""),
                Some(service) => Check::that(code, false, format!("it is managed by {service}"), wanted, OF_A_SERVICE),
            });
            let is_known = To::of(&rule.state).is_some();
            checks.push(Check::that(
                "rule-state",
                is_known,
                rule.state.as_str(),
                "a state that it can be given back",
                "see what that state is, and turn the rule by hand",
            ));
        }
        checks.extend(self.needs_targets.then(|| self.has_targets(facts)));
        checks
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        Some(facts.see(&self.want()).found()?.role.clone().into_iter().collect())
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let name = self.name.clone();
        let operation = match self.to {
            To::On => Operation::EnableRule(name),
            To::OnForAll => Operation::EnableRuleForAll(name),
            To::Off => Operation::DisableRule(name),
        };
        Some(Act { place: self.place.clone(), operation: operation::Operation::Events(operation) })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match facts.see(&self.want()) {
            Look::There(rule) => Was { state: rule.state.clone() }.kept(),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}
