//! What a record should be, compared with what Route 53 says it is.

use super::TTL;
use crate::plan::Component;
use crate::service::ask::Place;
use crate::service::observation::{Alias, RecordSet};
use crate::service::work::{Facts, Look};
use crate::text::Clean;
use serde_json::Value;
use std::collections::BTreeMap;

/// A record's place in DNS.
#[derive(Clone)]
pub(super) struct Name {
    /// The hosted zone's id.
    pub zone: Clean,
    /// The name, with its final dot and in lower case, as Route 53 gives it.
    pub record: Clean,
    /// A, CNAME, …
    pub record_type: Clean,
}

impl Name {
    pub fn of(component: &Component) -> Self {
        let fields = &component.fields;
        Self {
            zone: fields.required("zone").into(),
            record: canonical(&fields.required("record")).into(),
            record_type: fields.text("type").unwrap_or_else(|| "A".to_owned()).into(),
        }
    }

    /// The record sets of this name.
    pub fn look<'a>(&self, facts: &Facts<'a>, place: &Place) -> Look<'a, Vec<RecordSet>> {
        facts.record_sets(place, &self.zone, &self.record, &self.record_type)
    }
}

/// A name in one spelling: lower case, with its final dot; Route 53 writes a wildcard as `\052`.
fn canonical(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase().replace("\\052", "*");
    if name.is_empty() || name.ends_with('.') { name } else { name + "." }
}

/// What should stand at a name.
pub(super) enum Wanted {
    /// A simple record with these values.
    Values { values: Vec<Clean>, ttl: u64 },
    /// An alias.
    Alias(Alias),
    /// These weights, by SetIdentifier; everything else of the sets stays.
    Weights(BTreeMap<String, u64>),
    /// Exactly these sets, as they were before.
    Before(Vec<RecordSet>),
    /// No simple record, as before.
    Nothing,
}

impl Wanted {
    /// What the plan says; `None` when it says nothing.
    pub fn of(component: &Component) -> Option<Self> {
        let fields = &component.fields;
        if let Some(weights) = fields.table("weights") {
            let number = |(set, weight): (&String, &Value)| Some((set.clone(), weight.as_u64()?));
            return Some(Self::Weights(weights.0.iter().filter_map(number).collect()));
        }
        if let Some(alias) = fields.table("alias") {
            return Some(Self::Alias(Alias {
                dns_name: canonical(&alias.required("dns_name")).into(),
                zone_id: alias.required("zone_id").into(),
                evaluate_health: alias.truth("evaluate_health", false),
            }));
        }
        let values: Vec<Clean> = fields.list("values").into_iter().map(Into::into).collect();
        let ttl = fields.count("ttl").unwrap_or(TTL);
        (!values.is_empty()).then_some(Self::Values { values, ttl })
    }

    /// What the before-image holds; `None` when it holds nothing that can be put back.
    pub fn as_before(before: &Value) -> Option<Self> {
        let records: Vec<RecordSet> = serde_json::from_value(before.get("records")?.clone()).ok()?;
        Some(if records.is_empty() { Self::Nothing } else { Self::Before(records) })
    }

    /// Those of `records` that a change would touch.
    pub fn concerns<'a>(&self, records: &'a [RecordSet]) -> Vec<&'a RecordSet> {
        let set_of = |record: &'a RecordSet| record.set_identifier.as_ref().map(Clean::as_str);
        let is_concerned = |record: &&'a RecordSet| match self {
            Self::Values { .. } | Self::Alias(_) | Self::Nothing => set_of(record).is_none(),
            Self::Weights(weights) => set_of(record).is_some_and(|set| weights.contains_key(set)),
            Self::Before(before) => before.iter().any(|old| old.set_identifier == record.set_identifier),
        };
        records.iter().filter(is_concerned).collect()
    }

    /// The sets to put there, given what stands there.
    pub fn upsert(&self, name: &Name, records: &[RecordSet]) -> Vec<RecordSet> {
        let standing = self.concerns(records);
        let simple = || RecordSet {
            name: name.record.clone(),
            record_type: name.record_type.clone(),
            health_check: standing.first().and_then(|record| record.health_check.clone()),
            ..RecordSet::default()
        };
        match self {
            Self::Values { values, ttl } => vec![RecordSet { ttl: Some(*ttl), values: values.clone(), ..simple() }],
            Self::Alias(alias) => vec![RecordSet { alias: Some(alias.clone()), ..simple() }],
            Self::Weights(weights) => {
                let weight_of = |record: &RecordSet| {
                    record.set_identifier.as_ref().and_then(|set| weights.get(set.as_str())).copied()
                };
                standing.into_iter().map(|record| RecordSet { weight: weight_of(record), ..record.clone() }).collect()
            }
            Self::Before(before) => before.clone(),
            Self::Nothing => Vec::new(),
        }
    }

    /// Whether everything wanted stands there.
    pub fn is_met(&self, name: &Name, records: &[RecordSet]) -> bool {
        let standing = self.concerns(records);
        let is_complete = match self {
            Self::Values { .. } | Self::Alias(_) | Self::Before(_) => true,
            Self::Weights(weights) => standing.len() == weights.len(),
            Self::Nothing => standing.is_empty(),
        };
        is_complete
            && self.upsert(name, records).iter().all(|wanted| standing.iter().any(|found| is_same(wanted, found)))
    }
}

/// Whether two sets say the same; the order of values says nothing.
fn is_same(one: &RecordSet, other: &RecordSet) -> bool {
    let sorted = |record: &RecordSet| {
        let mut values = record.values.clone();
        values.sort();
        values
    };
    let alias = |record: &RecordSet| {
        record.alias.as_ref().map(|alias| {
            // The AWS console writes this prefix before a load balancer's own name.
            let target = canonical(&alias.dns_name);
            let target = target.strip_prefix("dualstack.").unwrap_or(&target).to_owned();
            (target, alias.zone_id.clone(), alias.evaluate_health)
        })
    };
    canonical(&one.name) == canonical(&other.name)
        && one.record_type == other.record_type
        && one.set_identifier == other.set_identifier
        && one.weight == other.weight
        && one.ttl == other.ttl
        && sorted(one) == sorted(other)
        && alias(one) == alias(other)
        && one.health_check == other.health_check
}

/// How long clients may keep the answer of these sets, in seconds. An alias has its target's, which is 60 for
/// load balancers.
pub(super) fn longest_ttl(records: &[RecordSet]) -> u64 {
    records.iter().map(|record| record.ttl.unwrap_or(TTL)).max().unwrap_or_default()
}

/// What these sets answer, in a few words.
pub(super) fn answer_of(records: &[RecordSet]) -> String {
    let of_one = |record: &RecordSet| {
        let answer = match &record.alias {
            Some(alias) => alias.dns_name.to_string(),
            None => record.values.iter().map(Clean::as_str).collect::<Vec<_>>().join(" "),
        };
        match (&record.set_identifier, record.weight) {
            (Some(set), Some(weight)) => format!("{set}={weight}"),
            (Some(set), None) => format!("{set}: {answer}"),
            (None, _) => answer,
        }
    };
    if records.is_empty() { "nothing".to_owned() } else { records.iter().map(of_one).collect::<Vec<_>>().join(", ") }
}
