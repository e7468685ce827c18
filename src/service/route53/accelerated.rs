//! Whether a zone's records can be changed while the region that has Route 53's control plane fails.

use super::fields::Said;
use super::name::Name;
use super::place_of;
use super::seen::HostedZone;
use super::words::{self, ZoneRef};
use crate::plan::{Component, Global, Plan, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Check, Look};

pub(super) static ACCELERATED: Rule = Rule {
    code: "route53-accelerated",
    wanted: "accelerated recovery of the zone, where the region that fails has Route 53's control plane",
    fix: "UpdateHostedZoneFeatures with EnableAcceleratedRecovery: changes then go on within an hour of that region's failure; or \
          a routing control, or a health check, which need no change of a record",
    costs: "the record cannot be changed as long as that region fails",
    source: "Amazon Route 53 Developer Guide, Accelerated recovery for managing public DNS records",
    tier: Tier::Hourly,
    weight: Weight::Advises,
};

/// What a plan calls a record.
const KIND: &str = "route53";

/// What the zone of `component` is held to: told of the first record of each zone.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let zone_of = |component: &Component| -> Option<(Place, ZoneRef)> {
        let said = Said::of(&component.fields).ok().filter(|_| component.kind.as_str() == KIND)?;
        (!has_reference(&said.zone)).then(|| (place_of(component, &plan.application), Name::of(&said).zone))
    };
    let (at, zone) = zone_of(component)?;
    let first = plan.components.iter().find(|one| zone_of(one).is_some_and(|(_, other)| other == zone))?;
    if first.name != component.name {
        return None;
    }
    let primary = plan.application.primary.clone();
    let home = Global::Route53.home(&primary);
    let want = words::zones(&at, &zone);
    let ask = want.ask.clone();
    Some(Ready::new(&ACCELERATED, [ask], move |facts| match facts.see(&want) {
        Look::NotTold(why) => ACCELERATED.unknown(why),
        Look::There(zones) if zones.len() == 1 && home != primary => {
            ACCELERATED.ok(format!("{}; the control plane is in {home}", told(&zones[0])))
        }
        Look::There(zones) => match zones.as_slice() {
            [one] => judge(one),
            _ => ACCELERATED.unknown(format!("there are {} zones of that name", zones.len())),
        },
        Look::Absent => ACCELERATED.unknown("there is no such zone"),
    }))
}

fn told(zone: &HostedZone) -> String {
    match (&zone.accelerated, zone.private) {
        (_, true) => "a private zone, which has none".to_owned(),
        (Some(status), false) => status.to_string(),
        (None, false) => "never enabled".to_owned(),
    }
}

fn judge(zone: &HostedZone) -> Check {
    match (&zone.accelerated, zone.private) {
        // There is nothing that could be enabled: what else helps, the plan has or has not.
        (_, true) => ACCELERATED.failing(told(zone)),
        (status, false) => {
            ACCELERATED.when(status.as_ref().is_some_and(|status| status.as_str() == "ENABLED"), told(zone))
        }
    }
}
