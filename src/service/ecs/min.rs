//! The service's MinCapacity, raised before it is scaled: autoscaling would take the tasks away again.

use super::Target;
use crate::service::ask::{Ask, Place, Query};
use crate::service::observation::ScalableTarget;
use crate::service::operation::{Act, Operation};
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use serde_json::Value;

/// Sets the limits of a scalable target.
pub(super) struct SetMin {
    place: Place,
    target: Target,
    min: u64,
    /// MaxCapacity to set; left as it is when absent.
    max: Option<u64>,
    /// Whether a higher minimum will do.
    or_more: bool,
}

impl SetMin {
    /// Raises the minimum to `min`, unless it is that high already.
    pub fn at_least(place: Place, target: Target, min: u64) -> Self {
        Self { place, target, min, max: None, or_more: true }
    }

    /// Sets the limits that the before-image holds; `None` when it holds none.
    pub fn back(place: Place, target: Target, before: &Value) -> Option<Self> {
        let min = before.get("min")?.as_u64()?;
        let max = before.get("max").and_then(Value::as_u64);
        Some(Self { place, target, min, max, or_more: false })
    }

    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, ScalableTarget> {
        facts.scalable_target(&self.place, &self.target.cluster, &self.target.service)
    }

    fn is_met(&self, limits: &ScalableTarget) -> bool {
        let max_is_met = self.max.is_none_or(|max| limits.max == max);
        max_is_met && if self.or_more { limits.min >= self.min } else { limits.min == self.min }
    }
}

impl Work for SetMin {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let Target { cluster, service } = &self.target;
        vec![
            self.place
                .ask(Query::ScalableTarget { cluster: cluster.as_str().into(), service: service.as_str().into() }),
        ]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        match self.look(facts) {
            Look::NotTold(why) => Verdict::unknown(why),
            Look::Absent => Verdict::untouched("autoscaling has no limits for it"),
            Look::There(limits) => {
                let words = format!("{} to {} tasks", limits.min, limits.max);
                if self.is_met(limits) { Verdict::holds(words, Outputs::new()) } else { Verdict::untouched(words) }
            }
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let code = "ecs-scalable-target";
        let wanted = format!("a scalable target with a maximum of {} or more", self.min);
        let check = match self.look(facts) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => {
                Check::that(code, false, "no scalable target", &wanted, "leave `min` out: nothing scales it")
            }
            Look::There(limits) => {
                let found = format!("{} to {}", limits.min, limits.max);
                let max = self.max.unwrap_or(limits.max);
                Check::that(code, max >= self.min, found, &wanted, "raise MaxCapacity of its scalable target")
            }
        };
        vec![check]
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let operation = Operation::SetScalableTarget {
            cluster: self.target.cluster.as_str().into(),
            service: self.target.service.as_str().into(),
            min: self.min,
            max: self.max,
        };
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        match self.look(facts) {
            Look::There(limits) => serde_json::json!({ "min": limits.min, "max": limits.max }),
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}
