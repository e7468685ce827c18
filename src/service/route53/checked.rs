//! The health checks that a record of the plan is routed by: one that is off calls its endpoint healthy, whatever that is.

use super::fields::Said;
use super::name::Name;
use super::place_of;
use super::seen::{Observation, RecordSet};
use super::words;
use crate::plan::{Component, Plan, Weight};
use crate::service::ask::Place;
use crate::service::dns_name::canonical;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Facts, Look, Want};
use crate::text::Clean;
use std::collections::BTreeSet;

pub(super) static HEALTH_CHECK: Rule = Rule {
    code: "route53-health-check",
    wanted: "every health check of its sets there, and not disabled",
    fix: "UpdateHealthCheck with Disabled false; or another HealthCheckId in the set",
    costs: "clients are sent to an endpoint that does not answer, or are not moved from it",
    source: "Amazon Route 53 Developer Guide, Values that you specify when you create or update health checks",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

pub(super) static EVALUATE: Rule = Rule {
    code: "route53-evaluate",
    wanted: "every alias among its routed sets with EvaluateTargetHealth, or with a health check",
    fix: "ChangeResourceRecordSets with EvaluateTargetHealth true in the alias: without it Route 53 takes the set for healthy for ever",
    costs: "clients are sent to a load balancer that has no healthy target, as long as its set is there",
    source: "Amazon Route 53 Developer Guide, Values specific for failover alias records: Evaluate target health",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};

/// What the sets of the record of `component` are held to, where its zone and its name are known.
pub(super) fn of(component: &Component, plan: &Plan) -> Vec<Ready> {
    let both = record_of(component, plan).map(|record| [health_checks(record.clone()), evaluated(record)]);
    both.into_iter().flatten().collect()
}

fn record_of(component: &Component, plan: &Plan) -> Option<Record> {
    let said = Said::of(&component.fields).ok()?;
    if has_reference(&said.zone) || has_reference(&said.record) {
        return None;
    }
    let at = place_of(component, &plan.application);
    Some(Record { all: words::zone_records(&at, &Name::of(&said).zone), at, name: canonical(&said.record) })
}

/// Whether each alias of them that something else may stand in for says how its target is.
fn evaluated(record: Record) -> Ready {
    Ready::new(&EVALUATE, [record.all.ask.clone()], move |facts| {
        let sets = match record.sets(facts) {
            Ok(sets) => sets,
            Err(why) => return EVALUATE.unknown(why),
        };
        let aliases: Vec<&RecordSet> =
            sets.into_iter().filter(|set| set.alias.is_some() && set.set_identifier.is_some()).collect();
        let is_blind = |set: &&&RecordSet| {
            set.health_check.is_none() && !set.alias.as_ref().is_some_and(|alias| alias.evaluate_health)
        };
        let name = |set: &&RecordSet| set.set_identifier.clone().unwrap_or_default().to_string();
        let blind: Vec<String> = aliases.iter().filter(is_blind).map(name).collect();
        match (blind.is_empty(), aliases.len()) {
            (false, _) => EVALUATE.failing(format!("{} has neither", blind.join(", "))),
            (true, 0) => EVALUATE.ok("no set of it is a routed alias"),
            (true, count) => EVALUATE.ok(format!("{count} of them")),
        }
    })
}

fn health_checks(record: Record) -> Ready {
    let also = record.clone();
    let ready = Ready::new(&HEALTH_CHECK, [record.all.ask.clone()], move |facts| {
        let checks = match record.checks(facts) {
            Ok(checks) => checks,
            Err(why) => return HEALTH_CHECK.unknown(why),
        };
        let mut wrong = Vec::new();
        for id in &checks {
            match facts.see(&words::health_check(&record.at, id)) {
                Look::There(check) if check.disabled => wrong.push(format!("{id} ({}) is disabled", check.target())),
                Look::There(_) => {}
                Look::Absent => wrong.push(format!("there is no health check {id}")),
                Look::NotTold(why) => return HEALTH_CHECK.unknown(why),
            }
        }
        match (wrong.is_empty(), checks.len()) {
            (false, _) => HEALTH_CHECK.failing(wrong.join(", ")),
            (true, 0) => HEALTH_CHECK.ok("no set of it has one"),
            (true, count) => HEALTH_CHECK.ok(format!("{count} of them")),
        }
    });
    ready.then(move |facts| {
        let checks = also.checks(facts).unwrap_or_default();
        checks.iter().map(|id| words::health_check(&also.at, id).ask).collect()
    })
}

/// A name of a zone.
#[derive(Clone)]
struct Record {
    at: Place,
    all: Want<Observation>,
    name: String,
}

impl Record {
    /// The health checks of its sets.
    fn checks(&self, facts: &Facts<'_>) -> Result<BTreeSet<Clean>, String> {
        Ok(self.sets(facts)?.into_iter().filter_map(|record| record.health_check.clone()).collect())
    }

    /// Its sets, of every type.
    fn sets<'a>(&self, facts: &Facts<'a>) -> Result<Vec<&'a RecordSet>, String> {
        let own = |record: &&RecordSet| canonical(&record.name) == self.name;
        match facts.see(&self.all).told() {
            Ok(Observation::ZoneRecords { records, is_whole }) => {
                let mut sets = records.iter().filter(own).peekable();
                if sets.peek().is_none() && !is_whole {
                    return Err("the zone has more records than were looked at".to_owned());
                }
                Ok(sets.collect())
            }
            Ok(_) => Err("the answer was of another kind than the question".to_owned()),
            Err(why) => Err(why.to_owned()),
        }
    }
}
