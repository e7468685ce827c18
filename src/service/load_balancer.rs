//! `load-balancer`: enough healthy targets stand behind a load balancer of the recovery region. Changes nothing.

use super::ask::{Ask, Place, Query};
use super::observation::{LoadBalancer as Seen, TargetGroup};
use super::registry::{Context, Service};
use super::say::outputs;
use super::work::{Asked, Facts, Health, HealthLevel, Look, Verdict, Work};
use crate::plan::{Application, Component, Draft, Field, Intent, Kind, Problem, Side, Step, Takes};

/// The kind.
pub struct LoadBalancer;

static FIELDS: &[Field] = &[
    Field::required("name", Takes::Text, "the load balancer's name in the recovery region"),
    Field::required("target_group", Takes::Text, "the target group's name in the recovery region"),
    Field::optional("healthy", Takes::Within(0, 10_000), "how many healthy targets are enough; 1 by default"),
];

impl Kind for LoadBalancer {
    fn name(&self) -> &'static str {
        "load-balancer"
    }
    fn about(&self) -> &'static str {
        "verifies that a load balancer is active and has enough healthy targets"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["dns_name", "zone_id"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        if component.fields.count("healthy") != Some(0) {
            return Vec::new();
        }
        vec![Problem::at("healthy", "no healthy target at all is asked for", "1 or more; 1 by default")]
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("wait for healthy targets of {}", component.name);
        vec![Draft::look("healthy", title, Side::Recovery, 60.0, 600.0)]
    }
}

impl Service for LoadBalancer {
    fn work(&self, _step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        Box::new(Healthy::of(context.component, &context.plan.application))
    }
    fn watch(&self, component: &Component, application: &Application, side: Side) -> Vec<Ask> {
        match side {
            Side::Primary => Vec::new(),
            Side::Recovery => Healthy::of(component, application).asks(&Asked::No),
        }
    }
    fn health(&self, component: &Component, application: &Application, side: Side, facts: &Facts<'_>) -> Health {
        match side {
            Side::Primary => Health::nothing_here(),
            Side::Recovery => Healthy::of(component, application).health(facts),
        }
    }
}

/// Verifies that the load balancer serves and enough of its targets are healthy.
struct Healthy {
    place: Place,
    name: String,
    target_group: String,
    wanted: u64,
}

impl Healthy {
    fn of(component: &Component, application: &Application) -> Self {
        Self {
            place: Place::of(component, application, Side::Recovery),
            name: component.fields.required("name"),
            target_group: component.fields.required("target_group"),
            wanted: component.fields.count("healthy").unwrap_or(1).max(1),
        }
    }

    fn health(&self, facts: &Facts<'_>) -> Health {
        let group = match facts.target_group(&self.place, &self.target_group) {
            Look::There(group) => group,
            Look::Absent => return Health::new(HealthLevel::Down, format!("no target group {}", self.target_group)),
            Look::NotTold(why) => return Health::not_told(why),
        };
        let level = match group.healthy() {
            0 if group.targets.is_empty() => HealthLevel::Standby,
            0 => HealthLevel::Down,
            healthy if healthy < self.wanted => HealthLevel::Degraded,
            _ => HealthLevel::Up,
        };
        Health::new(level, in_words(group, self.wanted))
    }
}

impl Work for Healthy {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![
            self.place.ask(Query::LoadBalancer { name: self.name.as_str().into() }),
            self.place.ask(Query::TargetHealth { target_group: self.target_group.as_str().into() }),
        ]
    }

    fn goal(&self, facts: &Facts<'_>) -> Verdict {
        let balancer = match facts.load_balancer(&self.place, &self.name) {
            Look::There(balancer) => balancer,
            Look::Absent => {
                let help = "a failover creates none: build it beforehand, and name it in the plan as it is called";
                return Verdict::bad(format!("there is no load balancer {}", self.name), help);
            }
            Look::NotTold(why) => return Verdict::unknown(why),
        };
        let group = match facts.target_group(&self.place, &self.target_group) {
            Look::There(group) => group,
            Look::Absent => {
                let help = "name the target group as it is called in the recovery region";
                return Verdict::bad(format!("there is no target group {}", self.target_group), help);
            }
            Look::NotTold(why) => return Verdict::unknown(why),
        };
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
        Verdict::holds(words, outputs([("dns_name", &balancer.dns_name), ("zone_id", &balancer.zone_id)]))
    }
}

/// `active_impaired` routes traffic too; it only cannot grow.
fn serves(balancer: &Seen) -> bool {
    matches!(balancer.state.as_str(), "active" | "active_impaired")
}

/// How many targets are healthy, and what the first other one says.
pub(super) fn in_words(group: &TargetGroup, wanted: u64) -> String {
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
