//! What a service's tasks need to start beside what its steps look at: roles, log groups, zones, and the same software as in the
//! primary region. All of it stands in the service and in the task definition that it runs.

use super::container::{Meant, Values};
use super::drift;
use super::fields::{Old, Said};
use super::quota;
use super::target::Target;
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::arn::Arn;
use crate::service::ask::{Ask, Place};
use crate::service::blocked::Unnamed;
use crate::service::observation::{Container, ContainerLog, EcsService, TaskDefinition};
use crate::service::readiness::{self, Ready, Rule, Tier};
use crate::service::work::{Check, Facts, Look};
use crate::service::{iam, logs, network};
use crate::text::Clean;
use std::collections::BTreeSet;

static ROLES: Rule = Rule {
    code: "ecs-roles",
    wanted: "the task role and the execution role of what it runs",
    fix: "make the role, or name one that is there in the task definition: roles are the same in every region",
    costs: "no task starts: ECS is unable to assume the role",
    source: "ECS Developer Guide, Amazon ECS task execution IAM role",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};
static LOGS: Rule = Rule {
    code: "ecs-logs",
    wanted: "the log groups of its containers, in the recovery region",
    fix: "CreateLogGroup there, with the retention of the primary region's; or awslogs-create-group",
    costs: "no task starts: ResourceInitializationError, the log group does not exist",
    source: "ECS Developer Guide, Send Amazon ECS logs to CloudWatch",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};
static DRIFT: Rule = Rule {
    code: "ecs-drift",
    wanted: "the same containers, sizes, ports, images and names of values in both regions",
    fix: "deploy the recovery region as the primary one is deployed, each time",
    costs: "an older application, or one without what it is configured by, is brought up",
    source: "Landfall; Region switch plan evaluation has none",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};
static ZONES: Rule = Rule {
    code: "ecs-az",
    wanted: "subnets in two zones or more",
    fix: "UpdateService with a subnet of another zone in its networkConfiguration",
    costs: "after the recovery one zone's failure takes the service down",
    source: "ECS Developer Guide, Best practices for high availability; Firefly",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};
static BREAKER: Rule = Rule {
    code: "ecs-breaker",
    wanted: "the deployment circuit breaker on",
    fix: "UpdateService with deploymentCircuitBreaker enabled",
    costs: "a deployment whose tasks crash goes on until its time is up, and nothing says that it has failed",
    source: "ECS Developer Guide, How the Amazon ECS deployment circuit breaker detects failures",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&ROLES, &LOGS, &quota::FARGATE, &DRIFT, &ZONES, &BREAKER];

/// What a component is held to; nothing while a name is not known.
pub(super) fn of(said: &Said, component: &Component, plan: &Plan) -> Vec<Ready> {
    if Unnamed::of(&said.named()).is_some() {
        return Vec::new();
    }
    let place = Place::of(component, &plan.application, Side::Recovery);
    let here = Standing { place, target: Target::of(&said.cluster, &said.service) };
    let mut all = vec![roles(here.clone()), log_groups(here.clone()), zones(here.clone()), breaker(&here)];
    all.extend(quota::of(component, plan));
    let named = |old: &&Old| Unnamed::of(&[("cluster", &old.cluster), ("service", &old.service)]).is_none();
    all.extend(said.old.as_ref().filter(named).map(|old| {
        let place = Place::of(component, &plan.application, Side::Primary);
        in_step(Standing { place, target: Target::of(&old.cluster, &old.service) }, here, said)
    }));
    all
}

/// A service that stands in a region.
#[derive(Clone)]
struct Standing {
    place: Place,
    target: Target,
}

impl Standing {
    fn ask_definition(&self) -> Ask {
        self.target.definition(&self.place).ask
    }

    /// What it runs, or why that is not known. That it is not there is a step's check to refuse.
    fn runs<'a>(&self, facts: &Facts<'a>) -> Result<&'a TaskDefinition, String> {
        match facts.see(&self.target.definition(&self.place)) {
            Look::There(definition) => Ok(definition),
            Look::Absent => Err(format!("no task definition of {}", self.target.service)),
            Look::NotTold(why) => Err(why.to_owned()),
        }
    }

    fn service<'a>(&self, facts: &Facts<'a>) -> Result<&'a EcsService, String> {
        match self.target.look(facts, &self.place) {
            Look::There(service) => Ok(service),
            Look::Absent => Err(format!("no service {}", self.target.service)),
            Look::NotTold(why) => Err(why.to_owned()),
        }
    }
}

/// What is wrong, and what is not known.
#[derive(Default)]
struct Told {
    wrong: Vec<String>,
    untold: Vec<String>,
    fine: Vec<String>,
}

impl Told {
    /// What it comes to: what is wrong goes before what is not known.
    fn of(self, rule: &Rule, none: &str) -> Check {
        match (self.wrong.as_slice(), self.untold.as_slice(), self.fine.as_slice()) {
            ([], [], []) => rule.ok(none),
            ([], [], fine) => rule.ok(fine.join(", ")),
            ([], untold, _) => rule.unknown(untold.join(", ")),
            (wrong, _, _) => rule.failing(wrong.join(", ")),
        }
    }
}

fn roles(here: Standing) -> Ready {
    let (first, also) = (here.ask_definition(), here.clone());
    let name_of = |role: &Clean| {
        Clean::new(Arn::parse(role).map_or("", |arn| arn.resource).rsplit('/').next().unwrap_or_default())
    };
    Ready::new(&ROLES, [first], move |facts| {
        let definition = match here.runs(facts) {
            Ok(definition) => definition,
            Err(why) => return ROLES.unknown(why),
        };
        let mut told = Told::default();
        for role in definition.roles() {
            match facts.see(&iam::words::role(&here.place, &name_of(role))) {
                Look::There(found) if found.arn == *role => told.fine.push(name_of(role).to_string()),
                Look::There(found) => told.wrong.push(format!("{role} is none, there is {}", found.arn)),
                Look::Absent => told.wrong.push(format!("no {role}")),
                Look::NotTold(why) => told.untold.push(format!("{role}: {why}")),
            }
        }
        told.of(&ROLES, "what it runs has no role")
    })
    .then(move |facts| {
        let definition = also.runs(facts).ok();
        let roles = definition.into_iter().flat_map(TaskDefinition::roles);
        roles.map(|role| iam::words::role(&also.place, &name_of(role)).ask).collect()
    })
}

/// The containers that log to a group of CloudWatch Logs that has to be there.
fn logging(definition: &TaskDefinition) -> impl Iterator<Item = (&Container, &ContainerLog)> {
    definition.containers.iter().filter_map(|container| Some((container, container.log.as_ref()?)))
}

fn log_groups(here: Standing) -> Ready {
    let (first, also) = (here.ask_definition(), here.clone());
    Ready::new(&LOGS, [first], move |facts| {
        let definition = match here.runs(facts) {
            Ok(definition) => definition,
            Err(why) => return LOGS.unknown(why),
        };
        let (mut told, region) = (Told::default(), &here.place.region);
        for (Container { name, .. }, log) in logging(definition) {
            let elsewhere = log.region.as_ref().filter(|other| other.as_str() != region.as_str());
            match (elsewhere, facts.see(&logs::group(&here.place, &log.group))) {
                (Some(other), _) => told.wrong.push(format!("{name} logs to {other}")),
                (None, _) if log.creates => told.fine.push(format!("{} is made where there is none", log.group)),
                (None, Look::There(group)) => told.fine.push(group.to_string()),
                (None, Look::Absent) => told.wrong.push(format!("no {} (of {name})", log.group)),
                (None, Look::NotTold(why)) => told.untold.push(format!("{}: {why}", log.group)),
            }
        }
        told.of(&LOGS, "none of its containers logs to CloudWatch Logs")
    })
    .then(move |facts| {
        let definition = also.runs(facts).ok();
        let logs = definition.into_iter().flat_map(|definition| logging(definition).map(|(_, log)| log));
        let needed = logs.filter(|log| {
            !log.creates && log.region.as_ref().is_none_or(|region| region.as_str() == also.place.region.as_str())
        });
        needed.map(|log| logs::group(&also.place, &log.group).ask).collect()
    })
}

fn zones(here: Standing) -> Ready {
    let (first, also) = (here.target.service(&here.place).ask, here.clone());
    Ready::new(&ZONES, [first], move |facts| {
        let service = match here.service(facts) {
            Ok(service) => service,
            Err(why) => return ZONES.unknown(why),
        };
        if service.subnets.is_empty() {
            return ZONES.unknown("its tasks have no subnets of their own: they run where the cluster's instances are");
        }
        let (mut zones, mut told) = (BTreeSet::new(), Told::default());
        for id in &service.subnets {
            match facts.see(&network::words::subnet(&here.place, id)) {
                Look::There(subnet) if !subnet.zone.is_empty() => drop(zones.insert(subnet.zone.to_string())),
                Look::There(_) => told.untold.push(format!("the zone of {id} is not told")),
                Look::Absent => told.wrong.push(format!("no subnet {id}")),
                Look::NotTold(why) => told.untold.push(why.to_owned()),
            }
        }
        let found = zones.iter().cloned().collect::<Vec<_>>().join(" and ");
        match zones.len() {
            0 | 1 if told.untold.is_empty() => told.wrong.push(format!("all in {found}")),
            0 | 1 => {}
            _ => {
                told.untold.clear();
                told.fine.push(found);
            }
        }
        told.of(&ZONES, "")
    })
    .then(move |facts| {
        let subnets = also.service(facts).map(|service| service.subnets.as_slice()).unwrap_or_default();
        subnets.iter().map(|id| network::words::subnet(&also.place, id).ask).collect()
    })
}

fn breaker(here: &Standing) -> Ready {
    let one = (here.target.service(&here.place), format!("service {}", here.target.service));
    readiness::of_one(&one, &BREAKER, |rule, service| match service.breaker {
        Some(on) => rule.when(on, if on { "on" } else { "off" }),
        None => rule.unknown("not told whether it is on"),
    })
}

fn in_step(old: Standing, new: Standing, said: &Said) -> Ready {
    let asks = [old.ask_definition(), new.ask_definition(), new.target.service(&new.place).ask];
    let (values, container, group) = (Values::of(said), said.container.clone(), said.target_group.clone());
    Ready::new(&DRIFT, asks, move |facts| {
        let both = (old.runs(facts), new.runs(facts), new.service(facts));
        let (was, is, service) = match both {
            (Ok(was), Ok(is), Ok(service)) => (was, is, service),
            (Err(why), _, _) | (_, Err(why), _) | (_, _, Err(why)) => return DRIFT.unknown(why),
        };
        let meant = Meant { name: container.as_deref(), target_group: group.as_deref(), values: &values };
        let set_in = meant.in_definition(is, service).ok().map(|container| &container.name);
        let differences = drift::between(was, is, set_in, &values);
        if differences.is_empty() {
            return DRIFT.ok(format!("as {} in {}", super::deployment::revision_of(&was.arn), old.place.region));
        }
        DRIFT.failing(differences.join(", "))
    })
}
