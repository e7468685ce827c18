//! The vCPUs that the groups of a plan take together, of the instances that are counted as standard.

use super::Said;
use super::group::Group;
use super::launched::Launched;
use super::words::{AutoScalingGroup, Mix};
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::cloudwatch::UsageOf;
use crate::service::network::launched::size;
use crate::service::quota::Held;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::turned::is_away;
use crate::service::work::{Facts, Look};

pub(super) static INSTANCES: Rule = Rule {
    code: "quota-ec2",
    wanted: "room for the plan's instances beside what runs, and as much as in the primary region",
    fix: "RequestServiceQuotaIncrease of Running On-Demand Standard instances in that region: it takes hours, or days",
    costs: "no instance is launched: VcpuLimitExceeded",
    source: "Service Quotas, Amazon EC2: L-1216C47A; Region switch plan evaluation",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};
const HELD: Held = Held { rule: &INSTANCES, code: ("ec2", "L-1216C47A"), usage: UsageOf::Instances, unit: "vCPU" };

/// What a plan calls a group.
const KIND: &str = "autoscaling";

/// A group of the plan, and how much of it there is to be.
#[derive(Clone)]
struct Wanted {
    group: Group,
    desired: u64,
}

/// The quota of the account and region that `component` is brought up in: told of the first group there.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let application = &plan.application;
    let (old, new) =
        (Place::of(component, application, Side::Primary), Place::of(component, application, Side::Recovery));
    let mut wanted = Vec::new();
    let mut first = None;
    for one in plan.components.iter().filter(|one| one.kind.as_str() == KIND && !is_away(one)) {
        let place = Place::of(one, application, Side::Recovery);
        let Ok(said) = Said::of(&one.fields) else { continue };
        if place != new || has_reference(&said.group) {
            continue;
        }
        first.get_or_insert(&one.name);
        wanted.push(Wanted { group: Group::new(place, &said.group), desired: said.desired });
    }
    if first != Some(&component.name) {
        return None;
    }
    let asks: Vec<Ask> =
        HELD.asks(&old, &new).into_iter().chain(wanted.iter().map(|one| one.group.want().ask)).collect();
    let also = wanted.clone();
    let ready = Ready::new(&INSTANCES, asks, move |facts| {
        let (mut added, mut running) = (0.0, 0.0);
        for one in &wanted {
            match one.vcpus(facts) {
                Ok((more, runs)) => {
                    added += more;
                    running += runs;
                }
                Err(why) => return INSTANCES.unknown(why),
            }
        }
        HELD.judge(facts, (&old, &new), added, running)
    });
    Some(ready.then(move |facts| also.iter().flat_map(|one| one.further(facts)).collect()))
}

impl Wanted {
    fn launched(&self) -> Launched {
        Launched(self.group.clone())
    }

    /// What its instances are launched by, and how large its types are.
    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let launched = self.launched();
        let types = launched.types(facts).unwrap_or_default();
        let sizes = types.iter().filter(|name| is_standard(name)).map(|name| size(&self.group.place, name).ask);
        launched.launch_further(facts).into_iter().chain(sizes).collect()
    }

    /// How many more vCPUs it takes at most, and how many it has at most.
    fn vcpus(&self, facts: &Facts<'_>) -> Result<(f64, f64), String> {
        let group: &AutoScalingGroup = match self.group.look(facts) {
            Look::There(group) => group,
            // That it is not there is a step's check to refuse.
            Look::Absent => return Ok((0.0, 0.0)),
            Look::NotTold(why) => return Err(why.to_owned()),
        };
        let all = self.desired.max(group.desired);
        if all == 0 {
            return Ok((0.0, 0.0));
        }
        if group.mix.as_ref().is_some_and(|mix| mix.by_requirements) {
            return Err(format!("{} chooses its instance types by what they have", self.group.name));
        }
        let types = self.launched().types(facts)?;
        // Each of them may be taken for all of it: what is worst counts.
        let mut most: Option<(f64, f64)> = None;
        for name in types.iter().filter(|name| is_standard(name)) {
            let each = match facts.see(&size(&self.group.place, name)) {
                Look::There(size) => size.vcpus as f64,
                // That it is not offered is another rule's to find.
                Look::Absent => continue,
                Look::NotTold(why) => return Err(why.to_owned()),
            };
            let weight = group.mix.as_ref().and_then(|mix| mix.weights.get(name)).copied().unwrap_or(1).max(1);
            let vcpus = |units: u64| units.div_ceil(weight) as f64 * each;
            let (now, then) =
                (vcpus(on_demand(group.mix.as_ref(), group.capacity())), vcpus(on_demand(group.mix.as_ref(), all)));
            let most = most.get_or_insert((0.0, 0.0));
            *most = (most.0.max(then - now), most.1.max(now));
        }
        match most {
            Some((more, runs)) => Ok((more.max(0.0), runs)),
            None if types.iter().any(|name| is_standard(name)) => {
                Err(format!("{} offers none of the instance types of {}", self.group.place.region, self.group.name))
            }
            // Other families have quotas of their own.
            None => Ok((0.0, 0.0)),
        }
    }
}

/// How many units of `capacity` are launched on demand.
fn on_demand(mix: Option<&Mix>, capacity: u64) -> u64 {
    let Some(mix) = mix else { return capacity };
    let above = capacity.saturating_sub(mix.base);
    capacity.min(mix.base) + (above * mix.percent.min(100)).div_ceil(100)
}

/// Whether a type is counted among the standard ones: of the families A, C, D, H, I, M, R, T and Z, and none of those that have
/// quotas of their own and begin with the same letter (EC2 User Guide, "On-Demand Instance quotas").
fn is_standard(name: &str) -> bool {
    let family: String = name.chars().take_while(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    let is_other = matches!(family.as_str(), "dl" | "hpc" | "inf" | "mac" | "trn");
    !is_other && family.starts_with(['a', 'c', 'd', 'h', 'i', 'm', 'r', 't', 'z'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_as_standard_is_told_by_the_family() {
        for name in [
            "t4g.small",
            "m7g.large",
            "c6i.xlarge",
            "im4gn.large",
            "is4gen.large",
            "z1d.large",
            "a1.large",
            "d3en.xlarge",
        ] {
            assert!(is_standard(name), "{name}");
        }
        for name in [
            "g5.xlarge",
            "p4d.24xlarge",
            "x2gd.large",
            "inf2.xlarge",
            "trn1.2xlarge",
            "dl1.24xlarge",
            "hpc7g.4xlarge",
            "mac2.metal",
            "f1.2xlarge",
            "u-6tb1.metal",
            "vt1.3xlarge",
        ] {
            assert!(!is_standard(name), "{name}");
        }
    }

    #[test]
    fn spare_capacity_is_not_counted() {
        let mix = |base, percent| Mix { base, percent, ..Mix::default() };
        assert_eq!(on_demand(None, 10), 10);
        assert_eq!(on_demand(Some(&mix(0, 100)), 10), 10);
        assert_eq!(on_demand(Some(&mix(2, 50)), 9), 6, "two, and half of seven");
        assert_eq!(on_demand(Some(&mix(4, 0)), 10), 4);
        assert_eq!(on_demand(Some(&mix(4, 0)), 3), 3);
    }
}
