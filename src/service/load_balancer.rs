//! `load-balancer`: enough healthy targets stand behind this very load balancer of the recovery region. Changes nothing.

use super::arn::{self, Thing};
use super::ask::{Ask, Place, Query};
use super::blocked::{Blocked, Unnamed};
use super::observation::{LoadBalancer as Seen, TargetGroup};
use super::registry::{Context, Service};
use super::say::{Rule, outputs};
use super::work::{Asked, Check, Facts, Health, HealthLevel, Look, Verdict, Work};
use crate::plan::{
    Application, Component, Draft, Field, Finding, Intent, Kind, Level, Problem, Side, Step, Takes, Weight,
};

/// The kind.
pub struct LoadBalancer;

static FIELDS: &[Field] = &[
    Field::required("name", Takes::Text, "the load balancer in the recovery region, by name or ARN"),
    Field::required("target_group", Takes::Text, "its target group in the recovery region, by name or ARN"),
    Field::optional("healthy", Takes::Within(0, 10_000), "how many healthy targets are enough; 1 by default"),
];

static ELSEWHERE: Rule = Rule {
    code: "lb-place",
    wanted: "ARNs of the recovery region",
    fix: "give the ARN of the thing in that region, or its name",
    source: "Elastic Load Balancing finds nothing of another region",
};

impl Kind for LoadBalancer {
    fn name(&self) -> &'static str {
        "load-balancer"
    }
    fn about(&self) -> &'static str {
        "verifies that a load balancer is active and has enough healthy targets in its target group"
    }
    fn fields(&self) -> &'static [Field] {
        FIELDS
    }
    fn outputs(&self) -> &'static [&'static str] {
        &["dns_name", "zone_id"]
    }
    fn problems(&self, component: &Component) -> Vec<Problem> {
        let fields = &component.fields;
        let mut problems = Vec::new();
        if fields.count("healthy") == Some(0) {
            problems.push(Problem::at("healthy", "no healthy target at all is asked for", "1 or more; 1 by default"));
        }
        for (field, thing) in [("name", Thing::LoadBalancer), ("target_group", Thing::TargetGroup)] {
            let mistake = thing.mistake(&fields.required(field));
            problems.extend(mistake.map(|message| Problem::at(field, message, "give its name, or its whole ARN")));
        }
        problems
    }
    fn findings(&self, component: &Component, application: &Application) -> Vec<Finding> {
        let region = application.region(Side::Recovery);
        let strange = ["name", "target_group"].into_iter().find_map(|field| {
            let given = component.fields.required(field);
            arn::elsewhere(&given, region)
                .map(|elsewhere| format!("{field} is in {elsewhere}, and looked for in {region}"))
        });
        let finding = |found: String| Finding { weight: Weight::Blocks, ..ELSEWHERE.broken_by(component, found) };
        strange.map(finding).into_iter().collect()
    }
    fn steps(&self, component: &Component, _application: &Application, _intent: Intent) -> Vec<Draft> {
        let title = format!("wait for healthy targets of {}", component.name);
        vec![Draft::look("healthy", title, Side::Recovery, 60.0, 600.0)]
    }
}

impl Service for LoadBalancer {
    fn work(&self, step: &Step, context: &Context<'_>) -> Box<dyn Work> {
        if let Some(unnamed) = Unnamed::of(&context.component.fields, &["name", "target_group"]) {
            return Box::new(unnamed);
        }
        match step.id.action() {
            "healthy" => Box::new(Healthy::of(context.component, &context.plan.application)),
            _ => Box::new(Blocked::unknown_step(step)),
        }
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

    fn balancer<'a>(&self, facts: &Facts<'a>) -> Look<'a, Seen> {
        facts.load_balancer(&self.place, &self.name)
    }

    fn group<'a>(&self, facts: &Facts<'a>) -> Look<'a, TargetGroup> {
        facts.target_group(&self.place, &self.target_group)
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

const BUILD: &str = "a failover creates none: build it beforehand, and name it in the plan as it is called";
const NAME_GROUP: &str = "name the target group as it is called in the recovery region";
const ATTACH: &str =
    "let a listener or a rule of the load balancer forward to the target group, or name the one that it has";

impl Work for Healthy {
    fn asks(&self, _asked: &Asked) -> Vec<Ask> {
        vec![
            self.place.ask(Query::LoadBalancer { name: self.name.as_str().into() }),
            self.place.ask(Query::TargetHealth { target_group: self.target_group.as_str().into() }),
        ]
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
        Verdict::holds(words, outputs([("dns_name", &balancer.dns_name), ("zone_id", &balancer.zone_id)]))
    }

    fn prechecks(&self, facts: &Facts<'_>) -> Vec<Check> {
        let mut checks: Vec<Check> = self.in_place(facts).into_iter().collect();
        checks.push(self.exists(facts));
        if let Look::There(balancer) = self.balancer(facts) {
            checks.push(self.state(balancer));
        }
        checks.push(self.is_behind(facts));
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
