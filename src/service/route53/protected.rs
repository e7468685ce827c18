//! Whether somebody has protected the record that the plan changes: as long as that stands, Route 53 takes no change of it.

use super::fields::Said;
use super::name::Name;
use super::place_of;
use super::seen::{Observation, RecordProtection};
use super::wanted::{Wanted, sets_elsewhere};
use super::words;
use crate::plan::{Component, Plan, Weight};
use crate::service::ask::Ask;
use crate::service::dns_name::canonical;
use crate::service::readiness::{Ready, Rule, Tier};
use crate::service::resolve::has_reference;
use crate::service::work::{Check, Facts, Want};
use std::collections::BTreeSet;

pub(super) static PROTECTED: Rule = Rule {
    code: "route53-protected",
    wanted: "no protection of the record sets that the change touches",
    fix: "DeleteResourceRecordSetProtections of that name and type, with whoever protected them; or another way to move traffic, \
          which needs no change of this record",
    costs: "Route 53 refuses the change: clients stay with the region that failed",
    source: "Amazon Route 53 API Reference, CreateResourceRecordSetProtections",
    tier: Tier::Hourly,
    weight: Weight::Blocks,
};

/// What the record of `component` is held to, where its zone and its name are known.
pub(super) fn of(component: &Component, plan: &Plan) -> Option<Ready> {
    let said = Said::of(&component.fields).ok()?;
    if has_reference(&said.zone) || has_reference(&said.record) {
        return None;
    }
    let name = Name::of(&said);
    let wanted = Wanted::of(&said, sets_elsewhere(&name, component, plan))?;
    let at = place_of(component, &plan.application);
    let change = Change {
        protections: words::protections(&at, &name.zone),
        records: words::zone_records(&at, &name.zone),
        name,
        wanted,
    };
    let asks = [change.protections.ask.clone()];
    let also = change.clone();
    let ready = Ready::new(&PROTECTED, asks, move |facts| change.judge(facts));
    Some(ready.then(move |facts| also.further(facts)))
}

/// The change that a plan wants, and what it is judged by.
#[derive(Clone)]
struct Change {
    protections: Want<Observation>,
    records: Want<Observation>,
    name: Name,
    wanted: Wanted,
}

impl Change {
    fn judge(&self, facts: &Facts<'_>) -> Check {
        let (protections, is_whole) = match facts.see(&self.protections).told() {
            Ok(Observation::Protections { protections, is_whole }) => (protections, *is_whole),
            Ok(_) => return PROTECTED.unknown("the answer was of another kind than the question"),
            Err(why) => return PROTECTED.unknown(why),
        };
        let own = self.own(protections);
        let touched = match self.touched(facts, &own) {
            Ok(touched) => touched,
            Err(why) => return PROTECTED.unknown(why),
        };
        let found: Vec<String> =
            own.iter().filter(|one| touched.contains(one.record_type.as_str())).map(|one| told(one)).collect();
        match (found.is_empty(), is_whole) {
            (false, _) => PROTECTED.failing(found.join(", ")),
            (true, true) => PROTECTED.ok("nobody protects it"),
            (true, false) => {
                PROTECTED.unknown(format!("the zone has more than the {} protections looked at", protections.len()))
            }
        }
    }

    /// Those of the name.
    fn own<'a>(&self, protections: &'a [RecordProtection]) -> Vec<&'a RecordProtection> {
        protections.iter().filter(|one| canonical(&one.name) == self.name.record.as_str()).collect()
    }

    /// Whether what stands there of another type matters: that is protected, and its own is not.
    fn is_of_others(&self, own: &[&RecordProtection]) -> bool {
        !own.is_empty() && own.iter().all(|one| one.record_type != self.name.record_type)
    }

    /// What stands there, where that matters.
    fn further(&self, facts: &Facts<'_>) -> Vec<Ask> {
        match facts.see(&self.protections).told() {
            Ok(Observation::Protections { protections, .. }) if self.is_of_others(&self.own(protections)) => {
                vec![self.records.ask.clone()]
            }
            _ => Vec::new(),
        }
    }

    /// The types of the name that the change touches: its own, and those that it replaces.
    fn touched(&self, facts: &Facts<'_>, own: &[&RecordProtection]) -> Result<BTreeSet<String>, String> {
        let mut touched = BTreeSet::from([self.name.record_type.to_string()]);
        if !self.is_of_others(own) {
            return Ok(touched);
        }
        match facts.see(&self.records).told()? {
            Observation::ZoneRecords { records, is_whole } => {
                let at_name: Vec<_> = records
                    .iter()
                    .filter(|record| canonical(&record.name) == self.name.record.as_str())
                    .cloned()
                    .collect();
                if at_name.is_empty() && !is_whole {
                    return Err("the zone has more records than were looked at".to_owned());
                }
                let replaced = self.wanted.in_the_way(&self.name, &at_name);
                touched.extend(replaced.into_iter().map(|record| record.record_type.to_string()));
                Ok(touched)
            }
            _ => Err("the answer was of another kind than the question".to_owned()),
        }
    }
}

fn told(one: &RecordProtection) -> String {
    let why = one.comment.as_ref().map_or_else(String::new, |comment| format!(" ({comment})"));
    format!("{} {} is protected{why}", one.name, one.record_type)
}
