//! The vCPUs that the groups and the node groups of a plan take together, of the instances that are counted as standard.

use super::Said;
use super::group::Group;
use super::launched::Launched;
use super::words::{AutoScalingGroup, Mix};
use crate::plan::{Component, Plan, Side, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::cloudwatch::UsageOf;
use crate::service::network::launched::{self, Launch, size};
use crate::service::nodegroup;
use crate::service::nodegroup::words::Nodegroup;
use crate::service::quota::Held;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::turned::is_away;
use crate::service::work::{Facts, Look, Want};
use crate::text::Clean;
use std::collections::BTreeSet;

pub(in crate::service) static INSTANCES: Rule = Rule {
    code: "quota-ec2",
    wanted: "room for the plan's instances beside what runs, and as much as in the primary region",
    fix: "RequestServiceQuotaIncrease of Running On-Demand Standard instances in that region: it takes hours, or days",
    costs: "no instance is launched: VcpuLimitExceeded",
    source: "Service Quotas, Amazon EC2: L-1216C47A; Region switch plan evaluation",
    tier: Tier::Daily,
    weight: Weight::Blocks,
};
const HELD: Held = Held { rule: &INSTANCES, code: ("ec2", "L-1216C47A"), usage: UsageOf::Instances, unit: "vCPU" };

/// What a plan calls a group, and a node group.
const GROUP: &str = "autoscaling";
const NODES: &str = "nodegroup";

/// What of the plan is launched, and how much of it there is to be.
#[derive(Clone)]
struct Wanted {
    place: Place,
    of: Of,
    desired: u64,
}

#[derive(Clone)]
enum Of {
    Group(Group),
    /// A node group: what EKS says of it, and its name.
    Nodes(Want<Nodegroup>, String),
}

/// What of it is launched now.
struct Launches {
    /// The types that may be taken, one for all of it.
    types: BTreeSet<Clean>,
    /// How many instances on demand each of them makes of what there is, and of what there is to be.
    now: Box<dyn Fn(&Clean) -> u64>,
    then: Box<dyn Fn(&Clean) -> u64>,
}

/// The quota of the account and region that `component` is brought up in: told of the first group there, of either kind.
pub(in crate::service) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let application = &plan.application;
    let (old, new) =
        (Place::of(component, application, Side::Primary), Place::of(component, application, Side::Recovery));
    let in_place = |one: &&Component| Place::of(one, application, Side::Recovery) == new;
    let all = plan.components.iter().filter(|one| !is_away(one)).filter(in_place);
    let (names, wanted): (Vec<_>, Vec<Wanted>) =
        all.filter_map(|one| Some((&one.name, Wanted::of(one, new.clone())?))).unzip();
    if names.first() != Some(&&component.name) {
        return None;
    }
    let asks: Vec<Ask> = HELD.asks(&old, &new).into_iter().chain(wanted.iter().map(Wanted::ask)).collect();
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
    /// What `component` has launched in `place`, where it is known by then.
    fn of(component: &Component, place: Place) -> Option<Self> {
        match component.kind.as_str() {
            GROUP => {
                let said = Said::of(&component.fields).ok().filter(|said| !has_reference(&said.group))?;
                Some(Self { of: Of::Group(Group::new(place.clone(), &said.group)), desired: said.desired, place })
            }
            NODES => {
                let said = nodegroup::fields::Said::of(&component.fields).ok()?;
                if has_reference(&said.cluster) || has_reference(&said.nodegroup) {
                    return None;
                }
                let name = format!("{}/{}", said.cluster, said.nodegroup);
                let want = nodegroup::words::nodegroup(&place, &said.cluster.into(), &said.nodegroup.into());
                Some(Self { of: Of::Nodes(want, name), desired: said.desired, place })
            }
            _ => None,
        }
    }

    fn ask(&self) -> Ask {
        match &self.of {
            Of::Group(group) => group.want().ask,
            Of::Nodes(want, _) => want.ask.clone(),
        }
    }

    /// What its instances are launched by, and how large its types are.
    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        let first = match &self.of {
            Of::Group(group) => Launched(group.clone()).launch_further(facts),
            Of::Nodes(want, _) => match facts.see(want) {
                Look::There(nodes) => self.template(nodes).map(|template| template.ask),
                Look::Absent | Look::NotTold(_) => None,
            },
        };
        let types = self.launches(facts).ok().flatten().map(|launches| launches.types).unwrap_or_default();
        let sizes = types.iter().filter(|name| is_standard(name)).map(|name| size(&self.place, name).ask);
        first.into_iter().chain(sizes).collect()
    }

    /// What says of which type its nodes are, where the node group does not.
    fn template(&self, nodes: &Nodegroup) -> Option<Want<Launch>> {
        let template = nodes.template.as_ref().filter(|_| nodes.types.is_empty())?;
        Some(launched::template(&self.place, &template.id, &template.version))
    }

    /// What it launches on demand; `None` where that is nothing.
    fn launches(&self, facts: &Facts<'_>) -> Result<Option<Launches>, String> {
        match &self.of {
            Of::Group(group) => self.of_group(facts, group),
            Of::Nodes(want, name) => match facts.see(want) {
                Look::There(nodes) => self.of_nodes(facts, nodes, name),
                Look::Absent => Ok(None),
                Look::NotTold(why) => Err(why.to_owned()),
            },
        }
    }

    fn of_group(&self, facts: &Facts<'_>, group: &Group) -> Result<Option<Launches>, String> {
        let found: &AutoScalingGroup = match group.look(facts) {
            Look::There(found) => found,
            // That it is not there is a step's check to refuse.
            Look::Absent => return Ok(None),
            Look::NotTold(why) => return Err(why.to_owned()),
        };
        let all = self.desired.max(found.desired);
        if all == 0 {
            return Ok(None);
        }
        if found.mix.as_ref().is_some_and(|mix| mix.by_requirements) {
            return Err(format!("{} chooses its instance types by what they have", group.name));
        }
        let launched = Launched(group.clone());
        let types = launched.types(facts)?;
        if launched.is_spot(facts)? {
            return Ok(None);
        }
        let count = |units: u64| -> Box<dyn Fn(&Clean) -> u64> {
            let mix = found.mix.clone();
            Box::new(move |name| {
                let weight = mix.as_ref().and_then(|mix| mix.weights.get(name)).copied().unwrap_or(1).max(1);
                on_demand(mix.as_ref(), units).div_ceil(weight)
            })
        };
        Ok(Some(Launches { types, now: count(found.capacity()), then: count(all) }))
    }

    fn of_nodes(&self, facts: &Facts<'_>, nodes: &Nodegroup, name: &str) -> Result<Option<Launches>, String> {
        match nodes.capacity_type.as_deref() {
            // Spare capacity, and what was reserved as a block, have quotas of their own.
            Some("SPOT" | "CAPACITY_BLOCK") => return Ok(None),
            Some("ON_DEMAND") | None => {}
            Some(other) => return Err(format!("{name} has capacity of {other}, which Landfall does not know")),
        }
        let types: BTreeSet<Clean> = match self.template(nodes) {
            None => nodes.types.iter().cloned().collect(),
            Some(template) => match facts.see(&template) {
                Look::There(launch) => launch.instance_type.iter().cloned().collect(),
                Look::Absent => return Err(format!("the launch template of {name} is not there")),
                Look::NotTold(why) => return Err(why.to_owned()),
            },
        };
        if types.is_empty() {
            return Err(format!("{name} does not say of which type its nodes are"));
        }
        let (now, then) = (nodes.in_service.unwrap_or(0), self.desired.max(nodes.desired));
        Ok(Some(Launches { types, now: Box::new(move |_| now), then: Box::new(move |_| then) }))
    }

    /// How many more vCPUs it takes at most, and how many it has at most.
    fn vcpus(&self, facts: &Facts<'_>) -> Result<(f64, f64), String> {
        let Some(Launches { types, now, then }) = self.launches(facts)? else { return Ok((0.0, 0.0)) };
        // Each of them may be taken for all of it: what is worst counts.
        let mut most: Option<(f64, f64)> = None;
        for name in types.iter().filter(|name| is_standard(name)) {
            let each = match facts.see(&size(&self.place, name)) {
                Look::There(size) => size.vcpus as f64,
                // That it is not offered is another rule's to find.
                Look::Absent => continue,
                Look::NotTold(why) => return Err(why.to_owned()),
            };
            let (now, then) = (now(name) as f64 * each, then(name) as f64 * each);
            let most = most.get_or_insert((0.0, 0.0));
            *most = (most.0.max(then - now), most.1.max(now));
        }
        match most {
            Some((more, runs)) => Ok((more.max(0.0), runs)),
            None if types.iter().any(|name| is_standard(name)) => {
                Err(format!("{} offers none of the instance types of {}", self.place.region, self.name()))
            }
            // Other families have quotas of their own.
            None => Ok((0.0, 0.0)),
        }
    }

    fn name(&self) -> &str {
        match &self.of {
            Of::Group(group) => &group.name,
            Of::Nodes(_, name) => name,
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
