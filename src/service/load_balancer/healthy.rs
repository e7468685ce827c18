//! That enough healthy targets stand behind this very load balancer: that it is there and active, that the group is its
//! own, and that some of its traffic goes there.

use super::{Said, words};
use crate::plan::{Application, Component, Level, Side};
use crate::service::arn::{self, Thing};
use crate::service::ask::{Ask, Place};
use crate::service::observation::{LoadBalancer as Seen, TargetGroup};
use crate::service::say::outputs;
use crate::service::work::{Asked, Check, Facts, Health, HealthLevel, Look, Looked, Verdict, Work};

/// Verifies that the load balancer serves and enough of its targets are healthy.
pub(super) struct Healthy {
    place: Place,
    name: String,
    target_group: String,
    wanted: u64,
}

impl Healthy {
    pub fn of(said: Said, component: &Component, application: &Application) -> Self {
        Self {
            place: Place::of(component, application, Side::Recovery),
            name: said.name,
            target_group: said.target_group,
            wanted: said.healthy.max(1),
        }
    }

    /// How it is. What its listeners forward to is looked at by the step alone: that is one call a listener.
    pub fn looked(self) -> Looked<Health> {
        Looked::new(self.both(), move |facts| self.health(facts))
    }

    fn both(&self) -> [Ask; 2] {
        [words::balancer(&self.place, &self.name).ask, words::target_group(&self.place, &self.target_group).ask]
    }

    fn balancer<'a>(&self, facts: &Facts<'a>) -> Look<'a, Seen> {
        facts.see(&words::balancer(&self.place, &self.name))
    }

    fn group<'a>(&self, facts: &Facts<'a>) -> Look<'a, TargetGroup> {
        facts.see(&words::target_group(&self.place, &self.target_group))
    }

    /// Where the group is instead, when it is not behind the load balancer: its targets are then somebody else's.
    fn strayed(&self, balancer: &Seen, group: &TargetGroup) -> Option<String> {
        if group.balancers.contains(&balancer.arn) {
            return None;
        }
        let others: Vec<&str> = group.balancers.iter().map(|arn| Thing::LoadBalancer.name(arn)).collect();
        Some(match others.as_slice() {
            [] => format!("{} is behind no load balancer", self.target_group),
            others => format!("{} is behind {}, not behind {}", self.target_group, others.join(", "), self.name),
        })
    }

    fn health(&self, facts: &Facts<'_>) -> Health {
        let group = match self.group(facts) {
            Look::There(group) => group,
            Look::Absent => return Health::new(HealthLevel::Down, format!("no target group {}", self.target_group)),
            Look::NotTold(why) => return Health::not_told(why),
        };
        match self.balancer(facts) {
            Look::There(balancer) => {
                if let Some(strayed) = self.strayed(balancer, group) {
                    return Health::new(HealthLevel::Down, strayed);
                }
            }
            Look::Absent => return Health::new(HealthLevel::Down, format!("no load balancer {}", self.name)),
            Look::NotTold(why) => return Health::not_told(why),
        }
        let level = match group.healthy() {
            0 if group.targets.is_empty() => HealthLevel::Standby,
            0 => HealthLevel::Down,
            healthy if healthy < self.wanted => HealthLevel::Degraded,
            _ => HealthLevel::Up,
        };
        Health::new(level, in_words(group, self.wanted))
    }

    /// Whether any of the load balancer's traffic goes to the group, or why that is not told. A group without weight may be
    /// healthy, and serves nobody.
    fn gets_traffic<'a>(&self, facts: &Facts<'a>, group: &TargetGroup) -> Result<bool, &'a str> {
        match facts.see(&words::forwards(&self.place, &self.name)) {
            Look::There(to) => Ok(to.iter().any(|one| one.group == group.arn && one.weight != Some(0))),
            Look::Absent => Ok(false),
            Look::NotTold(why) => Err(why),
        }
    }

    /// Whether the ARNs of the plan are of this place.
    fn in_place(&self, facts: &Facts<'_>) -> Option<Check> {
        let found = self.balancer(facts).found().map(|balancer| balancer.arn.as_str()).filter(|arn| !arn.is_empty());
        arn::in_place("lb-place", &[&self.name, &self.target_group], &self.place, found)
    }

    fn exists(&self, facts: &Facts<'_>) -> Check {
        let code = "lb-exists";
        let wanted = format!("a load balancer {}", self.name);
        match self.balancer(facts) {
            Look::NotTold(why) => Check::not_told(code, why, &wanted),
            Look::Absent => Check::that(code, false, "there is none", &wanted, BUILD),
            Look::There(_) => Check::that(code, true, "it exists", &wanted, ""),
        }
    }

    fn state(&self, balancer: &Seen) -> Check {
        let state = balancer.state.as_str();
        let fix = match state {
            "failed" => "see why it could not be set up; build another",
            _ => "wait until it is active; if it stays so, see why in its description",
        };
        Check::that("lb-state", serves(balancer), state, "active", fix)
    }

    fn listener(&self, facts: &Facts<'_>, group: &TargetGroup) -> Check {
        let code = "lb-listener";
        let wanted = format!("a listener of {} forwards to {}", self.name, self.target_group);
        match self.gets_traffic(facts, group) {
            Ok(gets) => Check::that(code, gets, if gets { "one does" } else { IDLE }, &wanted, WEIGHT),
            Err(why) => Check::not_told(code, why, &wanted),
        }
    }

    fn is_behind(&self, facts: &Facts<'_>) -> Check {
        let code = "lb-group";
        let wanted = format!("{} is behind {}", self.target_group, self.name);
        let check = match (self.group(facts), self.balancer(facts)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Check::not_told(code, why, &wanted),
            (Look::Absent, _) => {
                let found = format!("there is no target group {}", self.target_group);
                Check::that(code, false, found, &wanted, NAME_GROUP)
            }
            (Look::There(_), Look::Absent) => {
                Check::that(code, false, format!("there is no {}", self.name), &wanted, BUILD)
            }
            (Look::There(group), Look::There(balancer)) => match self.strayed(balancer, group) {
                None => Check::that(code, true, "it is", &wanted, ""),
                Some(strayed) => Check::that(code, false, strayed, &wanted, ATTACH),
            },
        };
        check.of_identity()
    }
}

const IDLE: &str = "none of its traffic goes there";
const WEIGHT: &str = "give it a weight above 0 in a listener or a rule, before this step";
const BUILD: &str = "a failover creates none: build it beforehand, and name it in the plan as it is called";
const NAME_GROUP: &str = "make it in the recovery region beforehand, or name the target group as it is called there";
const ATTACH: &str =
    "let a listener or a rule of the load balancer forward to the target group, or name the one that it has";

impl Work for Healthy {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        let forwards = words::forwards(&self.place, &self.name).ask;
        self.both().into_iter().chain([forwards]).collect()
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        if let Some(check) = self.in_place(facts).filter(|check| check.level != Level::Ok) {
            return Verdict::bad(
                format!("the plan names {}, wanted {}", check.found, check.wanted),
                check.fix.as_str(),
            );
        }
        let balancer = match self.balancer(facts) {
            Look::There(balancer) => balancer,
            Look::Absent => return Verdict::bad(format!("there is no load balancer {}", self.name), BUILD),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let group = match self.group(facts) {
            Look::There(group) => group,
            Look::Absent => return Verdict::bad(format!("there is no target group {}", self.target_group), NAME_GROUP),
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        if let Some(strayed) = self.strayed(balancer, group) {
            return Verdict::bad(strayed, ATTACH);
        }
        if balancer.state.as_str() == "failed" {
            return Verdict::bad(format!("{} is failed", self.name), "see why it could not be set up; build another");
        }
        if !serves(balancer) {
            return Verdict::moving(format!("{} is {}", self.name, balancer.state));
        }
        let words = in_words(group, self.wanted);
        if group.healthy() < self.wanted {
            return Verdict::moving(words);
        }
        match self.gets_traffic(facts, group) {
            Ok(true) => {}
            // Another step may be about to give it its weight.
            Ok(false) => return Verdict::moving(format!("{words}; {IDLE}")),
            Err(why) => return Verdict::unknown(format!("what {} forwards to: {why}", self.name)),
        }
        Verdict::holds(words, outputs([("dns_name", &balancer.dns_name), ("zone_id", &balancer.zone_id)]))
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks: Vec<Check> = self.in_place(facts).into_iter().collect();
        checks.push(self.exists(facts));
        if let Look::There(balancer) = self.balancer(facts) {
            checks.push(self.state(balancer));
        }
        let behind = self.is_behind(facts);
        // Of a group behind another one there is nothing more to say.
        let listener = self.group(facts).found().filter(|_| behind.level == Level::Ok);
        checks.push(behind);
        checks.extend(listener.map(|group| self.listener(facts, group)));
        checks
    }
}

/// `active_impaired` routes traffic too; it only cannot grow.
fn serves(balancer: &Seen) -> bool {
    matches!(balancer.state.as_str(), "active" | "active_impaired")
}

/// How many targets are healthy, and what the first other one says.
fn in_words(group: &TargetGroup, wanted: u64) -> String {
    let healthy = group.healthy();
    let count = format!("{healthy} of {} targets healthy", group.targets.len());
    if healthy >= wanted {
        return count;
    }
    let other = group.targets.iter().find(|target| target.state.as_str() != "healthy");
    match other.map(|target| (target, &target.reason)) {
        Some((target, Some(reason))) => format!("{count}, {wanted} wanted; {} {} ({reason})", target.id, target.state),
        Some((target, None)) => format!("{count}, {wanted} wanted; {} {}", target.id, target.state),
        None => format!("{count}, {wanted} wanted"),
    }
}
