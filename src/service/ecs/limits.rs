//! The limits that autoscaling keeps a service within: raised before it is scaled, or it would be scaled back; taken out
//! of the way before the old service is fenced, or it would be brought back.
//!
//! RegisterScalableTarget also moves a service into its limits, at once ("adjusts the capacity … to place it within these
//! bounds", Application Auto Scaling API Reference): so a minimum is not touched while more runs than the maximum allows,
//! and the size before it is kept for the way back.

use super::DESIRED_BEFORE;
use super::before::LimitsBefore;
use super::target::Target;
use super::turned;
use crate::service::ask::{Ask, Place};
use crate::service::observation::{ScalableTarget, Suspended};
use crate::service::operation::{Act, EcsOperation, Operation};
use crate::service::work::{Asked, Check, Facts, Image, Look, Outputs, Verdict, Work};
use serde_json::Value;

/// Sets the limits of a scalable target.
pub(super) struct SetLimits {
    place: Place,
    target: Target,
    wanted: Wanted,
    /// Whether it tells the later steps how it found them.
    tells: bool,
}

/// How the limits are to be.
enum Wanted {
    /// A minimum, or more.
    AtLeast(u64),
    /// Nothing is scaled any more, by policy or by schedule, and nothing is the least. Its maximum stays: it could only be
    /// a reason to scale something in.
    Fenced,
    /// As they were.
    Back { min: u64, max: Option<u64>, suspended: Option<Suspended> },
}

impl SetLimits {
    /// Raises the minimum to `min`, unless it is that high already.
    pub fn at_least(place: Place, target: Target, min: u64) -> Self {
        Self { place, target, wanted: Wanted::AtLeast(min), tells: false }
    }

    /// Lets nothing bring the service's tasks back.
    pub fn fenced(place: Place, target: Target) -> Self {
        Self { place, target, wanted: Wanted::Fenced, tells: false }
    }

    /// The same, telling the later steps how it found them where that `tells`.
    pub fn telling(self, tells: bool) -> Self {
        Self { tells, ..self }
    }

    /// Sets the limits that the before-image holds; `None` when it holds none.
    pub fn back(place: Place, target: Target, before: &Value) -> Option<Self> {
        let LimitsBefore { min, max, suspended, .. } = LimitsBefore::of_journal(before)?;
        Some(Self { place, target, wanted: Wanted::Back { min: min?, max, suspended }, tells: false })
    }

    fn look<'a>(&self, facts: &Facts<'a>) -> Look<'a, ScalableTarget> {
        facts.see(&self.target.limits(&self.place))
    }

    fn is_met(&self, limits: &ScalableTarget) -> bool {
        match self.wanted {
            Wanted::AtLeast(min) => limits.min >= min,
            Wanted::Fenced => limits.min == 0 && limits.suspended == Suspended::ALL,
            Wanted::Back { min, max, suspended } => {
                limits.min == min
                    && max.is_none_or(|max| limits.max == max)
                    && suspended.is_none_or(|suspended| limits.suspended == suspended)
            }
        }
    }
}

impl Work for SetLimits {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![self.target.service(&self.place).ask, self.target.limits(&self.place).ask]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(verdict) = self.target.out_of_place(facts, &self.place, None) {
            return verdict;
        }
        match self.target.look(facts, &self.place) {
            Look::NotTold(why) => return Verdict::unknown(why),
            Look::Absent => return self.target.missing(),
            Look::There(_) => {}
        }
        match (self.look(facts), &self.wanted) {
            (Look::NotTold(why), _) => Verdict::unknown(why),
            (Look::Absent, Wanted::Fenced) => Verdict::holds("nothing scales it", Outputs::new()),
            (Look::Absent, Wanted::AtLeast(_) | Wanted::Back { .. }) => {
                Verdict::untouched("autoscaling has no limits for it")
            }
            (Look::There(limits), _) if self.is_met(limits) => {
                let told = match self.wanted {
                    Wanted::AtLeast(_) => desired_before(facts),
                    Wanted::Fenced if self.tells => turned::told(turned::LIMITS_BEFORE, facts.before),
                    // That is of the other side's service: how many tasks this one had says nothing of that one.
                    Wanted::Fenced | Wanted::Back { .. } => Outputs::new(),
                };
                Verdict::holds(in_words(limits), told)
            }
            (Look::There(limits), _) => Verdict::untouched(in_words(limits)),
        }
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        match self.wanted {
            Wanted::AtLeast(min) => {
                let mut checks = vec![self.target.exists("ecs-service", facts, &self.place)];
                checks.extend(self.target.in_place("ecs-place", facts, &self.place, None));
                checks.push(self.room_check(facts, min));
                checks
            }
            Wanted::Fenced => {
                let mut checks = vec![self.target.exists("ecs-old-service", facts, &self.place)];
                checks.extend(self.target.in_place("ecs-place", facts, &self.place, None));
                checks
            }
            Wanted::Back { .. } => Vec::new(),
        }
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        let (min, max, suspended) = match self.wanted {
            Wanted::AtLeast(min) => (min, None, None),
            Wanted::Fenced => (0, None, Some(Suspended::ALL)),
            Wanted::Back { min, max, suspended } => (min, max, suspended),
        };
        let (cluster, service) = (self.target.cluster.clone(), self.target.service.clone());
        let operation = Operation::Ecs(EcsOperation::SetScalableTarget { cluster, service, min, max, suspended });
        Some(Act { place: self.place.clone(), operation })
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        let desired = self.target.look(facts, &self.place).found().map(|service| service.desired);
        match self.look(facts) {
            Look::There(ScalableTarget { min, max, suspended }) => {
                LimitsBefore { min: Some(*min), max: Some(*max), suspended: Some(*suspended), desired }.kept()
            }
            Look::Absent | Look::NotTold(_) => Value::Null,
        }
    }
}

impl SetLimits {
    /// Whether the maximum leaves room for the new minimum, and for what runs now.
    fn room_check(&self, facts: &Facts<'_>, min: u64) -> Check {
        let code = "ecs-scalable-target";
        let runs = match self.target.look(facts, &self.place) {
            Look::There(service) => service.desired,
            Look::Absent => 0,
            Look::NotTold(why) => {
                return Check::not_told(code, why, "a scalable target whose maximum is not below what runs");
            }
        };
        let wanted = format!("a scalable target with a maximum of {} or more", min.max(runs));
        match self.look(facts) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => {
                Check::that(code, false, "no scalable target", &wanted, "leave `min` out: nothing scales it")
            }
            Look::There(limits) => {
                let found = format!("{} to {}, {runs} desired", limits.min, limits.max);
                let fix = "raise MaxCapacity of its scalable target: setting its minimum would scale it down to that";
                Check::that(code, limits.max >= min.max(runs), found, &wanted, fix)
            }
        }
    }
}

/// How many tasks the service was meant to have before its limits were set, for the step that scales it.
fn desired_before(facts: &Facts<'_>) -> Outputs {
    let desired = LimitsBefore::of_journal(facts.before).and_then(|before| before.desired);
    desired.map(|desired| (DESIRED_BEFORE.to_owned(), desired.to_string().into())).into_iter().collect()
}

fn in_words(limits: &ScalableTarget) -> String {
    let ScalableTarget { min, max, suspended } = limits;
    let words = match *suspended {
        Suspended::ALL => ", scaling suspended",
        suspended if suspended.is_nothing() => "",
        _ => ", scaling suspended in part",
    };
    format!("{min} to {max} tasks{words}")
}
