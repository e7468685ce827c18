//! Whether a network stands in several zones.

use super::fields::Said;
use super::words::{self, Subnet};
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{self, Ready, Rule, Tier};
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

/// All of them.
pub(super) static RULES: &[&Rule] = &[&ZONES];

/// What a network is held to: nothing where the plan names no subnet of it.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    let named = said.subnets.iter().chain([&said.vpc]);
    if said.subnets.is_empty() || named.into_iter().any(|name| has_reference(name)) {
        return Vec::new();
    }
    let place = Place::of(component, application, Side::Recovery);
    let one = (words::subnets(&place, &Clean::new(&said.vpc)), format!("VPC {}", said.vpc));
    let wanted: Vec<Clean> = said.subnets.iter().map(|name| Clean::new(name)).collect();
    vec![readiness::of_it(&one, &ZONES, move |rule, all: &Vec<Subnet>| zones(rule, all, &wanted))]
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
