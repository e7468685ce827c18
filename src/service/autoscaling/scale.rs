//! The group of the recovery region gets its size, and is verified by instances in service and healthy targets of its own.

use super::group::{Group, in_words};
use super::launches::{RESUME, short_of};
use super::words::AutoScalingGroup;
use crate::plan::{Level, Weight};
use crate::service::arn;
use crate::service::ask::Ask;
use crate::service::load_balancer::own::{self, FIX_NAME};
use crate::service::load_balancer::words as load_balancer;
use crate::service::observation::TargetGroup;
use crate::service::operation::Act;
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Look, Verdict, Want, Work};
use crate::text::Clean;
use serde_json::Value;

/// At least `desired` units of capacity serve and are healthy.
pub(super) struct Scale {
    pub group: Group,
    pub desired: u64,
    pub min: Option<u64>,
    pub max: Option<u64>,
    /// By name or ARN.
    pub target_group: Option<String>,
}

/// What is wanted of a group, none of it less than it has.
struct Sizes {
    min: Option<u64>,
    max: Option<u64>,
    desired: Option<u64>,
}

impl Scale {
    /// The sizes to set; what the group has already is not even named: it may be changing just now.
    fn to_set(&self, group: &AutoScalingGroup) -> Sizes {
        let more = |asked: Option<u64>, now: u64| asked.filter(|asked| *asked > now);
        Sizes {
            min: more(self.min, group.min),
            max: more(self.max, group.max),
            desired: more(Some(self.desired), group.desired),
        }
    }

    fn is_asked(&self, group: &AutoScalingGroup) -> bool {
        matches!(self.to_set(group), Sizes { min: None, max: None, desired: None })
    }

    fn targets(&self, given: &str) -> Want<TargetGroup> {
        load_balancer::target_group(&self.group.place, given)
    }

    /// Whether the ARN of the plan is of this place.
    fn in_place(&self, code: &str) -> Option<Check> {
        arn::in_place(code, &[self.target_group.as_deref()?], &self.group.place, None)
    }

    /// Enough healthy targets of its own, in words; or what there is instead.
    fn healthy(&self, given: &str, group: &AutoScalingGroup, facts: &Facts<'_>) -> Result<String, Verdict> {
        let targets = match facts.see(&self.targets(given)) {
            Look::There(targets) => targets,
            Look::Absent => return Err(Verdict::bad(self.no_target_group(given), FIX_NAME)),
            Look::NotTold(why) => return Err(Verdict::unknown(why)),
        };
        if !own::is_among(given, targets, arns(group)) {
            return Err(Verdict::bad(own::registered_with(&group.name, arns(group)), FIX_GROUP));
        }
        // An instance that weighs more is one target all the same.
        let wanted = self.desired.max(group.desired).min(group.serving().count() as u64);
        own::healthy(targets, |target| group.serving().any(|instance| instance.id == target.id), wanted)
    }

    fn no_target_group(&self, given: &str) -> String {
        format!("there is no target group {given} in {}", self.group.place.region)
    }
}

const FIX_GROUP: &str = "name the target group that the group registers its instances with, or attach this one to it";

fn arns(group: &AutoScalingGroup) -> impl Iterator<Item = &str> {
    group.target_groups.iter().map(|arn| arn.as_str())
}

impl Work for Scale {
    fn asks(&self, asked: &Asked) -> Vec<Ask> {
        let mut asks: Vec<Ask> = self.group.asks().into();
        asks.extend(self.target_group.as_ref().map(|given| self.targets(given).ask));
        if *asked == Asked::No {
            asks.push(self.group.schedule().ask);
        }
        asks
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(check) = self.in_place("").filter(|check| check.level != Level::Ok) {
            let words = format!("the plan names {}, wanted {}", check.found, check.wanted);
            return Verdict::bad(words, check.fix.as_str());
        }
        let group = match self.group.usable(facts) {
            Ok(group) => group,
            Err(verdict) => return verdict,
        };
        if !self.is_asked(group) {
            return match facts.asked {
                Asked::Taken { .. } => {
                    Verdict::untouched(format!("{}, though {} were asked for", in_words(group), self.desired))
                }
                Asked::No | Asked::Unanswered { .. } => Verdict::untouched(in_words(group)),
            };
        }
        let wanted = self.desired.max(group.desired);
        if let Some(verdict) = short_of(wanted, &self.group, group, facts) {
            return verdict;
        }
        let healthy = match self.target_group.as_ref().map(|given| self.healthy(given, group, facts)) {
            None => String::new(),
            Some(Ok(words)) => format!(", {words}"),
            Some(Err(Verdict::Moving { note, .. })) if group.is_suspended("AddToLoadBalancer") => {
                return Verdict::moving(format!("its process AddToLoadBalancer is suspended; {note}"));
            }
            Some(Err(verdict)) => return verdict,
        };
        Verdict::holds(
            format!("{} of {} in service{healthy}", group.capacity(), group.desired),
            outputs([("group", &self.group.name)]),
        )
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks = vec![self.group.exists("asg-group", facts)];
        checks.extend(self.in_place("asg-place"));
        if let Look::There(group) = self.group.look(facts) {
            checks.push(self.room(group));
            checks.push(self.suspended(group));
            checks.extend(self.target_group.as_ref().map(|given| self.registers(given, group, facts)));
        }
        checks.push(self.schedule(facts));
        checks.push(self.group.tells(facts));
        checks
    }

    fn act(&self, facts: &Facts<'_>) -> Option<Act> {
        let Look::There(group) = self.group.look(facts) else {
            return Some(self.group.resize(self.min, self.max, Some(self.desired)));
        };
        let Sizes { min, max, desired } = self.to_set(group);
        let is_something = min.is_some() || max.is_some() || desired.is_some();
        is_something.then(|| self.group.resize(min, max, desired))
    }

    fn touched(&self, facts: &Facts<'_>) -> Option<Vec<Clean>> {
        self.group.touched(facts)
    }

    fn before_image(&self, facts: &Facts<'_>) -> Value {
        self.group.before_image(facts)
    }
}

impl Scale {
    fn room(&self, group: &AutoScalingGroup) -> Check {
        let most = group.max.max(self.max.unwrap_or(0));
        let wanted = format!("a MaxSize of {} or more", self.desired);
        let fix = "give `max`, or raise the group's MaxSize: Auto Scaling refuses a desired capacity above it";
        Check::that("asg-max", most >= self.desired, format!("a MaxSize of {most}"), &wanted, fix)
    }

    /// What would keep it from growing, or from being seen to.
    fn suspended(&self, group: &AutoScalingGroup) -> Check {
        let hinders: &[&str] = match self.target_group {
            Some(_) => &["Launch", "AddToLoadBalancer"],
            None => &["Launch"],
        };
        let found: Vec<&str> =
            hinders.iter().chain(&["HealthCheck"]).copied().filter(|process| group.is_suspended(process)).collect();
        let told = if found.is_empty() { "none of them is".to_owned() } else { format!("{} is", found.join(" and ")) };
        let wanted = "none of its processes Launch, AddToLoadBalancer and HealthCheck suspended";
        let check = Check::that("asg-suspended", found.is_empty(), told, wanted, RESUME);
        // Without its health checks it grows all the same.
        let weight = if found == ["HealthCheck"] { Weight::Weakens } else { Weight::Blocks };
        Check { weight, ..check }
    }

    /// Whether the target group is there and its own.
    fn registers(&self, given: &str, group: &AutoScalingGroup, facts: &Facts<'_>) -> Check {
        let code = "asg-target-group";
        let wanted = format!("{} is registered with {given}", self.group.name);
        let check = match facts.see(&self.targets(given)) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, self.no_target_group(given), &wanted, FIX_NAME),
            Look::There(targets) => {
                let is_its_own = own::is_among(given, targets, arns(group));
                let found =
                    if is_its_own { "it is".to_owned() } else { own::registered_with(&group.name, arns(group)) };
                Check::that(code, is_its_own, found, &wanted, FIX_GROUP)
            }
        };
        check.of_identity()
    }

    /// Whether something by the clock would take the instances away again.
    fn schedule(&self, facts: &Facts<'_>) -> Check {
        let code = "asg-schedule";
        let wanted = format!("no scheduled action that leaves it less than {}", self.desired);
        let check = match facts.see(&self.group.schedule()) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            // That there is no group is another check's to say.
            Look::Absent => Check::that(code, true, "no group", &wanted, ""),
            Look::There(actions) => {
                let lowers = |size: Option<u64>| size.is_some_and(|size| size < self.desired);
                let found = actions.iter().find(|action| lowers(action.desired) || lowers(action.max));
                let told = found.map_or_else(|| "none".to_owned(), super::schedule::in_words);
                let fix = "suspend the group's scheduled actions (the process ScheduledActions), or delete that one";
                Check::that(code, found.is_none(), told, &wanted, fix)
            }
        };
        Check { weight: Weight::Weakens, ..check }
    }
}
