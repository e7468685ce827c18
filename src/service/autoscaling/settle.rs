//! A group gets exact sizes: none of it, as the fence of the old side, or what it had before, as the way back.

use super::group::{Before, Group, in_words};
use super::launches::{RESUME, short_of};
use super::schedule;
use super::turned;
use super::words::{AutoScalingGroup, GroupInstance};
use crate::plan::Weight;
use crate::service::ask::Ask;
use crate::service::operation::Act;
use crate::service::work::{Asked, Check, Facts, Look, Outputs, Verdict, Work};
use crate::text::Clean;
use serde_json::Value;

/// A group of exactly these sizes.
pub(super) struct Settle {
    pub group: Group,
    pub min: u64,
    pub max: u64,
    pub desired: u64,
    /// The name of the check that the group is there.
    pub exists: &'static str,
    /// Whether it tells the later steps how it found the group.
    pub tells: bool,
    /// Whether a group that wants more by now is left alone: its fence left it with none, and whoever scaled it since is served.
    pub stood_still: bool,
}

impl Settle {
    /// No instance at all. Its maximum goes too, so that no policy's alarm brings any back: "scaling never goes beyond the
    /// limits" ("Set scaling limits for your Auto Scaling group", Amazon EC2 Auto Scaling User Guide).
    pub fn to_nothing(group: Group) -> Self {
        Self { group, min: 0, max: 0, desired: 0, exists: "asg-old-group", tells: false, stood_still: false }
    }

    /// As the before-image says it was; `None` when it does not say.
    pub fn back(group: Group, before: &Value) -> Option<Self> {
        let Before { min, max, desired, .. } = Before::of(before)?;
        Some(Self { group, min, max, desired, exists: "asg-group", tells: false, stood_still: false })
    }

    fn is_set(&self, group: &AutoScalingGroup) -> bool {
        (group.min, group.max, group.desired) == (self.min, self.max, self.desired)
    }
}

/// Why scaling in does not end the instance; `None` when it does.
fn stays(instance: &GroupInstance) -> Option<&'static str> {
    match instance.state.as_str() {
        // Protection keeps from being chosen, not from going on.
        "InService" if instance.protected => Some("is protected from scale-in"),
        _ if instance.is_parked() => Some("is in standby, and runs on whatever the group's size"),
        _ => None,
    }
}

const END_IT: &str = "take its protection away or end its standby (autoscaling:SetInstanceProtection, autoscaling:ExitStandby), or terminate it; then retry";

impl Work for Settle {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.group.asks().into();
        if *asked == Asked::No {
            asks.push(self.group.schedule().ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let group = match self.group.usable(facts) {
            Ok(group) => group,
            Err(verdict) => return verdict,
        };
        if !self.is_set(group) {
            return Verdict::untouched(in_words(group));
        }
        let still: Vec<&GroupInstance> = group.instances.iter().filter(|instance| instance.may_run()).collect();
        if self.desired > 0 {
            if let Some(verdict) = short_of(self.desired, &self.group, group, facts) {
                return verdict;
            }
            let more = group.capacity().saturating_sub(self.desired);
            return match more {
                0 => Verdict::holds(format!("{} of {} in service", group.capacity(), self.desired), Outputs::new()),
                more => Verdict::moving(format!("{} in service, {more} more than wanted", group.capacity())),
            };
        }
        if still.is_empty() {
            let tells = self.tells && *facts.asked != Asked::No;
            let told = if tells { turned::told(facts.before) } else { Outputs::new() };
            return Verdict::holds("nothing runs", told);
        }
        if let Some((instance, why)) = still.iter().find_map(|one| stays(one).map(|why| (one, why))) {
            return Verdict::bad(format!("{} {why}", instance.id), END_IT);
        }
        if group.is_suspended("Terminate") {
            return Verdict::bad(format!("its process Terminate is suspended; {} still there", still.len()), RESUME);
        }
        let first = still.first().map_or_else(String::new, |one| format!("; {} {}", one.id, one.state));
        Verdict::moving(format!("{} still there{first}", still.len()))
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.group.exists(self.exists, facts)];
        let Look::There(group) = self.group.look(facts) else { return checks };
        checks.push(self.group.tells(facts));
        if self.stood_still {
            let (found, wanted) = (format!("{} desired", group.desired), format!("{} or less", self.desired));
            let fix = "somebody scaled it since it was fenced: see who is served by it, and leave it to them";
            let check = Check::that("asg-standby-still", group.desired <= self.desired, found, &wanted, fix);
            checks.push(check.of_identity());
        }
        if self.desired > 0 {
            return checks;
        }
        let suspended = group.is_suspended("Terminate");
        let told = if suspended { "Terminate is" } else { "it is not" };
        checks.push(Check::that("asg-terminate", !suspended, told, "its process Terminate not suspended", RESUME));
        let staying = group.instances.iter().find_map(|one| stays(one).map(|why| format!("{} {why}", one.id)));
        let found = staying.clone().unwrap_or_else(|| "none does".to_owned());
        checks.push(Check::that("asg-stays", staying.is_none(), found, "no instance that scaling in leaves", END_IT));
        checks.push(self.returns(facts));
        checks
    }

    fn act(&self, _facts: &Facts<'_>) -> Option<Act> {
        Some(self.group.resize(Some(self.min), Some(self.max), Some(self.desired)))
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        self.group.touched(facts)
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.group.before_image(facts)
    }
}

impl Settle {
    /// Whether something by the clock would bring instances back: it may set the maximum too.
    fn returns(&self, facts: &Facts<'_>) -> Check {
        let code = "asg-schedule";
        let wanted = "no scheduled action that brings instances back";
        let check = match facts.see(&self.group.schedule()) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            Look::Absent => Check::that(code, true, "no group", wanted, ""),
            Look::There(actions) => {
                let raises = |size: Option<u64>| size.is_some_and(|size| size > 0);
                let found = actions.iter().find(|action| raises(action.max));
                let told = found.map_or_else(|| "none".to_owned(), schedule::in_words);
                let fix = "suspend the group's scheduled actions (the process ScheduledActions), or delete that one";
                Check::that(code, found.is_none(), told, wanted, fix)
            }
        };
        Check { weight: Weight::Weakens, ..check }
    }
}
