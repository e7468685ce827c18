//! Whether a network stands in several zones, and could be joined with that of the primary region.

use super::cidr::Cidr;
use super::fields::Said;
use super::words::{self, Subnet, Vpc};
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{self, Ready, Rule, Sides, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Check;
use crate::text::Clean;
use std::collections::BTreeSet;

static ZONES: Rule = Rule {
    code: "network-az",
    wanted: "its subnets in two zones or more",
    fix: "CreateSubnet in another zone, and let what runs there have it",
    costs: "after the recovery one zone's failure takes the application down",
    source: "AWS Well-Architected REL10-BP01; ARC readiness checks",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

static OVERLAP: Rule = Rule {
    code: "network-overlap",
    wanted: "addresses that no VPC of the same name in the primary region has too",
    fix: "AssociateVpcCidrBlock of another block, and subnets in it; or a waiver where the two are never to be joined",
    costs: "the regions cannot be joined by peering or a transit gateway: what has to reach both at once, as a failback does, cannot",
    source: "Amazon VPC Peering Guide, VPC peering limitations; Transit gateways, Overlapping CIDR blocks",
    tier: Tier::Daily,
    weight: Weight::Advises,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&ZONES, &OVERLAP];

/// What a network is held to; its zones where the plan names subnets of it.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    if has_reference(&said.vpc) {
        return Vec::new();
    }
    let place = Place::of(component, application, Side::Recovery);
    let one = (words::subnets(&place, &Clean::new(&said.vpc)), format!("VPC {}", said.vpc));
    let mut all = vec![overlap(said, component, application)];
    if !said.subnets.is_empty() && !said.subnets.iter().any(|name| has_reference(name)) {
        let wanted: Vec<Clean> = said.subnets.iter().map(|name| Clean::new(name)).collect();
        all.push(readiness::of_it(&one, &ZONES, move |rule, all: &Vec<Subnet>| zones(rule, all, &wanted)));
    }
    all
}

fn overlap(said: &Said, component: &Component, application: &Application) -> Ready {
    let name = Clean::new(&said.vpc);
    let at = |side| {
        let place = Place::of(component, application, side);
        (words::vpcs(&place, &name), format!("VPC {name} in {}", place.region))
    };
    let both = Sides { old: at(Side::Primary), new: at(Side::Recovery) };
    let of_old = both.old.1.clone();
    both.held_by(&OVERLAP, move |rule, old: &Vec<Vpc>, new: &Vec<Vpc>| {
        let blocks = |all: &[Vpc]| all.iter().flat_map(|vpc| vpc.blocks.clone()).collect::<Vec<Clean>>();
        let (old, new) = (blocks(old), blocks(new));
        if old.is_empty() {
            return rule.unknown(format!("there is no {of_old} to compare it with"));
        }
        let meet = |one: &Clean, other: &Clean| Some(Cidr::parse(one)?.meets(Cidr::parse(other)?));
        let pairs = || new.iter().flat_map(|new| old.iter().map(move |old| (new, old)));
        match pairs().find(|(new, old)| meet(new, old) == Some(true)) {
            Some((new, old)) => rule.failing(format!("{new}, in the primary region {old}")),
            None if new.is_empty() || pairs().any(|(new, old)| meet(new, old).is_none()) => {
                rule.unknown("not told which addresses it has")
            }
            None => rule.ok(new.iter().map(Clean::as_str).collect::<Vec<_>>().join(", ")),
        }
    })
}

fn zones(rule: &Rule, all: &[Subnet], wanted: &[Clean]) -> Check {
    let is_wanted =
        |subnet: &&Subnet| wanted.iter().any(|name| subnet.id == *name || subnet.name.as_ref() == Some(name));
    let mut zones: BTreeSet<&str> = BTreeSet::new();
    for subnet in all.iter().filter(is_wanted) {
        if subnet.zone.is_empty() {
            return rule.unknown(format!("the zone of {} is not told", subnet.id));
        }
        zones.insert(&subnet.zone);
    }
    let found = zones.iter().copied().collect::<Vec<_>>().join(" and ");
    match zones.len() {
        // That they are not there is the step's check to refuse.
        0 => rule.unknown("none of its subnets is there"),
        1 => rule.failing(format!("all in {found}")),
        _ => rule.ok(found),
    }
}
