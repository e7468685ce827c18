//! Records that the plan forgot: names of its zones that lead into the primary region, and that nothing moves.

use super::accelerated;
use super::checked;
use super::covered;
use super::fields::Said;
use super::name::Name;
use super::place_of;
use super::protected;
use super::seen::{Observation, RecordSet};
use super::words;
use crate::plan::{Component, Plan, Weight};
use crate::service::dns_name::canonical;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::Check;
use crate::text::Clean;
use std::collections::BTreeSet;

static FORGOTTEN: Rule = Rule {
    code: "route53-forgotten",
    wanted: "no other name of the zone that leads into the primary region",
    fix: "add the record to the plan, or waive this where the name is another application's",
    costs: "who uses that name stays with the region that failed",
    source: "Landfall",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};

/// What a plan calls a record.
const KIND: &str = "route53";

/// All of them.
pub(super) static RULES: &[&Rule] = &[
    &checked::HEALTH_CHECK,
    &covered::COVERED,
    &checked::EVALUATE,
    &FORGOTTEN,
    &protected::PROTECTED,
    &accelerated::ACCELERATED,
];

/// What the record of `component` and its zone are held to.
pub(super) fn of(component: &Component, plan: &Plan) -> Vec<Ready> {
    checked::of(component, plan)
        .into_iter()
        .chain(covered::of(component, plan))
        .chain(of_zone(component, plan))
        .chain(protected::of(component, plan))
        .chain(accelerated::of(component, plan))
        .collect()
}

/// What the zone of `component` is held to: told of the first record of each zone.
fn of_zone(component: &Component, plan: &Plan) -> Vec<Ready> {
    let of_record = |component: &Component| {
        let said = Said::of(&component.fields).ok().filter(|_| component.kind.as_str() == KIND)?;
        let is_known = !has_reference(&said.zone) && !has_reference(&said.record);
        is_known.then(|| (Name::of(&said).zone, canonical(&said.record)))
    };
    let Some((zone, _)) = of_record(component) else { return Vec::new() };
    let records: Vec<_> = plan.components.iter().filter_map(|one| Some((&one.name, of_record(one)?))).collect();
    let in_zone = || records.iter().filter(|(_, (other, _))| *other == zone);
    if in_zone().next().is_none_or(|(name, _)| **name != component.name) {
        return Vec::new();
    }
    let named: BTreeSet<String> = in_zone().map(|(_, (_, record))| record.clone()).collect();
    let (primary, recovery) = (plan.application.primary.to_string(), plan.application.recovery.to_string());
    let want = words::zone_records(&place_of(component, &plan.application), &zone);
    let ask = want.ask.clone();
    vec![Ready::new(&FORGOTTEN, [ask], move |facts| match facts.see(&want).told() {
        Ok(Observation::ZoneRecords { records, is_whole }) => judge(records, *is_whole, &named, (&primary, &recovery)),
        Ok(_) => FORGOTTEN.unknown("the answer was of another kind than the question"),
        Err(why) => FORGOTTEN.unknown(why),
    })]
}

fn judge(records: &[RecordSet], is_whole: bool, named: &BTreeSet<String>, (old, new): (&str, &str)) -> Check {
    let forgotten = |record: &&RecordSet| {
        let leads = targets(record).any(|target| leads_into(target, old));
        // A name that is routed has a set for the other region already: who fails over by it is the routing.
        let is_routed = records.iter().any(|other| {
            other.name == record.name
                && other.record_type == record.record_type
                && targets(other).any(|target| leads_into(target, new))
        });
        leads && !is_routed && !named.contains(&canonical(&record.name))
    };
    let mut found: Vec<String> = Vec::new();
    for record in records.iter().filter(forgotten) {
        let to = targets(record).next().unwrap_or_default();
        let told = format!("{} {} leads to {to}", record.name, record.record_type);
        if !found.contains(&told) {
            found.push(told);
        }
    }
    match (found.as_slice(), is_whole) {
        ([], true) => FORGOTTEN.ok(format!("{} record sets looked at", records.len())),
        ([], false) => FORGOTTEN.unknown(format!("the zone has more than the {} record sets looked at", records.len())),
        ([one], _) => FORGOTTEN.failing(one),
        ([one, others @ ..], _) => FORGOTTEN.failing(format!("{one}; and {} more", others.len())),
    }
}

/// What a record leads to.
fn targets(record: &RecordSet) -> impl Iterator<Item = &str> {
    record.values.iter().map(Clean::as_str).chain(record.alias.iter().map(|alias| alias.dns_name.as_str()))
}

/// Whether a name of AWS is of this region: it has the region's name between its dots, or after a dash.
fn leads_into(target: &str, region: &str) -> bool {
    let target = target.to_ascii_lowercase();
    let is_edge = |side: Option<char>| side.is_none_or(|side| !side.is_ascii_alphanumeric());
    target.contains("amazonaws.com")
        && target.match_indices(region).any(|(at, found)| {
            // us-east-1 is no part of us-east-10, nor of a name that goes on.
            is_edge(target[..at].chars().next_back()) && target[at + found.len()..].starts_with('.')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_aws_is_of_the_region_that_stands_in_it() {
        let east = |target| leads_into(target, "us-east-1");
        assert!(east("front-1.us-east-1.elb.amazonaws.com"));
        assert!(east("dualstack.front-1.US-EAST-1.elb.amazonaws.com."));
        assert!(east("shop.s3-website-us-east-1.amazonaws.com"));
        assert!(east("orders.abc.us-east-1.rds.amazonaws.com"));
        assert!(!east("front-1.us-east-10.elb.amazonaws.com"));
        assert!(!east("front-1.us-west-2.elb.amazonaws.com"));
        assert!(!east("us-east-1.example.com"));
        assert!(!east("10.0.0.1"));
    }
}
