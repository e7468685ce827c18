//! The vCPUs of Fargate that the services of a plan take together.

use super::fields::Said;
use super::target::Target;
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::Place;
use crate::service::blocked::Unnamed;
use crate::service::cloudwatch::UsageOf;
use crate::service::observation::{EcsService, TaskDefinition};
use crate::service::quota::Held;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::work::{Facts, Look};

pub(super) static FARGATE: Rule = Rule {
    code: "quota-fargate",
    wanted: "room for the plan's tasks beside what runs, and as much as in the primary region",
    fix: "RequestServiceQuotaIncrease of Fargate On-Demand vCPU resource count in that region: it takes hours, or days",
    costs: "tasks stay PENDING: the limit on the number of vCPUs is reached",
    source: "Service Quotas, AWS Fargate: L-3032A538; Region switch plan evaluation",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};
const HELD: Held = Held { rule: &FARGATE, code: ("fargate", "L-3032A538"), usage: UsageOf::Fargate, unit: "vCPU" };

/// What a plan calls a service.
const KIND: &str = "ecs";
/// How many cpu units a vCPU has.
const UNITS: f64 = 1024.0;

/// A service of the plan, and how large it is to be.
struct Wanted {
    at: Place,
    target: Target,
    desired: u64,
}

/// The quota of the account and region that `component` is brought up in: told of the first service there.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let application = &plan.application;
    let (old, new) =
        (Place::of(component, application, Side::Primary), Place::of(component, application, Side::Recovery));
    let mut wanted = Vec::new();
    let mut first = None;
    for one in plan.components.iter().filter(|one| one.kind.as_str() == KIND) {
        let at = Place::of(one, application, Side::Recovery);
        let Ok(said) = Said::of(&one.fields) else { continue };
        if at != new || Unnamed::of(&said.named()).is_some() {
            continue;
        }
        first.get_or_insert(&one.name);
        wanted.push(Wanted { target: Target::of(&said.cluster, &said.service), desired: said.desired, at });
    }
    if first != Some(&component.name) {
        return None;
    }
    let own = wanted.iter().flat_map(|one| [one.target.service(&one.at).ask, one.target.definition(&one.at).ask]);
    let asks: Vec<_> = HELD.asks(&old, &new).into_iter().chain(own).collect();
    Some(Ready::new(&FARGATE, asks, move |facts| {
        let (mut added, mut running) = (0.0, 0.0);
        for one in &wanted {
            match vcpus(one, facts) {
                Ok((more, runs)) => {
                    added += more;
                    running += runs;
                }
                Err(why) => return FARGATE.unknown(why),
            }
        }
        HELD.judge(facts, (&old, &new), added, running)
    }))
}

/// How many more it takes, and how many it has.
fn vcpus(one: &Wanted, facts: &Facts<'_>) -> Result<(f64, f64), String> {
    let name = &one.target.service;
    let service: &EcsService = match one.target.look(facts, &one.at) {
        Look::There(service) => service,
        // That it is not there is a step's check to refuse.
        Look::Absent => return Ok((0.0, 0.0)),
        Look::NotTold(why) => return Err(why.to_owned()),
    };
    if !service.on_fargate {
        return Ok((0.0, 0.0));
    }
    let definition: &TaskDefinition = match facts.see(&one.target.definition(&one.at)) {
        Look::There(definition) => definition,
        Look::Absent => return Err(format!("no task definition of {name}")),
        Look::NotTold(why) => return Err(why.to_owned()),
    };
    let each = definition.sizes_and_roles.first().and_then(|cpu| size(cpu));
    let each = each.ok_or_else(|| format!("{name} does not say how many vCPUs a task of it takes"))?;
    let more = one.desired.max(service.desired).saturating_sub(service.running);
    Ok((more as f64 * each, service.running as f64 * each))
}

/// `256`, or `.25 vCPU`.
fn size(cpu: &str) -> Option<f64> {
    let lower = cpu.trim().to_ascii_lowercase();
    match lower.strip_suffix("vcpu") {
        Some(number) => number.trim().parse().ok(),
        None => lower.parse::<f64>().ok().map(|units| units / UNITS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_sized_in_units_or_in_vcpus() {
        assert_eq!((size("256"), size("1 vCPU"), size(".5 vcpu"), size("")), (Some(0.25), Some(1.0), Some(0.5), None));
    }
}
