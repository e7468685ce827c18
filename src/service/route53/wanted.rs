//! What a record should be, and the one batch that makes it so of what stands there.

use super::TTL;
use super::before::{Before, SetKey};
use super::fields::{Failover, Said};
use super::name::Name;
use super::records::{is_one, is_same};
use super::routing::Answer;
use crate::plan::{Component, Plan};
use crate::service::observation::RecordSet;
use crate::service::work::Image;
use crate::text::Clean;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What should stand at a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    /// A simple record.
    Simple { answer: Answer, ttl: u64 },
    /// These weights, by SetIdentifier; everything else of the sets stays.
    Weights {
        weights: BTreeMap<String, u64>,
        /// The sets of this record that other components of the plan see to.
        elsewhere: BTreeSet<String>,
    },
    /// One set with another answer; everything else of it stays.
    Set { set: String, answer: Answer, routing: Option<String> },
    /// These roles of the two failover sets; everything else of them stays.
    Roles { primary: String, secondary: String },
    /// Exactly these sets, as they were before.
    Before(Before),
}

/// One change: all of it, or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Batch {
    pub upsert: Vec<RecordSet>,
    pub delete: Vec<RecordSet>,
}

impl Wanted {
    /// What the plan says; `None` when it says nothing. `elsewhere` are the sets of the record that other components of
    /// the plan see to.
    pub fn of(said: &Said, elsewhere: BTreeSet<String>) -> Option<Self> {
        if let Some(weights) = &said.weights {
            return Some(Self::Weights { weights: weights.clone(), elsewhere });
        }
        if let Some(Failover { primary, secondary }) = said.failover.clone() {
            return Some(Self::Roles { primary, secondary });
        }
        let answer = Answer::of(said)?;
        Some(match said.set.clone() {
            Some(set) => Self::Set { set, answer, routing: said.routing.clone() },
            None => Self::Simple { answer, ttl: said.ttl.unwrap_or(TTL) },
        })
    }

    /// What the before-image holds; `None` when it holds nothing that can be put back.
    pub fn as_before(name: &Name, before: &Value) -> Option<Self> {
        let mut before = Before::of_journal(before)?;
        if before.records.is_empty() && before.created.is_empty() {
            // A journal of version 1 says in this way that no simple record stood there.
            before.created = vec![SetKey { record_type: name.record_type.clone(), set_identifier: None }];
        }
        Some(Self::Before(before))
    }

    /// Whether `set` is one that the plan says something of.
    pub fn names(&self, set: &str) -> bool {
        match self {
            Self::Weights { weights, .. } => weights.contains_key(set),
            Self::Set { set: named, .. } => named == set,
            Self::Roles { primary, secondary } => primary == set || secondary == set,
            Self::Simple { .. } | Self::Before(_) => false,
        }
    }

    /// The standing sets that it says something of.
    pub fn named<'a>(&self, name: &Name, standing: &'a [RecordSet]) -> Vec<&'a RecordSet> {
        let is_named = |record: &&RecordSet| record.set_identifier.as_deref().is_some_and(|set| self.names(set));
        name.of_type(standing).into_iter().filter(is_named).collect()
    }

    /// Whether every set that it names stands.
    pub fn is_complete(&self, name: &Name, standing: &[RecordSet]) -> bool {
        let named = self.named(name, standing).len();
        match self {
            Self::Simple { .. } | Self::Before(_) => true,
            Self::Weights { weights, .. } => named == weights.len(),
            Self::Set { .. } => named == 1,
            Self::Roles { .. } => named == 2,
        }
    }

    /// The sets that should stand there, given what stands there.
    pub fn sets(&self, name: &Name, standing: &[RecordSet]) -> Vec<RecordSet> {
        let named = || self.named(name, standing).into_iter().cloned();
        match self {
            Self::Simple { answer, ttl } => {
                let of_type = name.of_type(standing);
                let old = of_type.iter().find(|record| record.set_identifier.is_none());
                let plain = RecordSet {
                    name: name.record.clone(),
                    record_type: name.record_type.clone(),
                    health_check: old.and_then(|record| record.health_check.clone()),
                    ..RecordSet::default()
                };
                vec![answer.put_in(plain, *ttl)]
            }
            Self::Weights { weights, .. } => {
                let weight_of = |record: &RecordSet| weights.get(record.set_identifier.as_deref()?).copied();
                named().map(|record| RecordSet { weight: weight_of(&record), ..record }).collect()
            }
            Self::Set { answer, .. } => {
                // Those of a group share their time to live; an alias among them has none of its own.
                let of_group = name.of_type(standing).into_iter().find_map(|record| record.ttl);
                let ttl = |record: &RecordSet| record.ttl.or(of_group).unwrap_or(TTL);
                named().map(|record| answer.put_in(record.clone(), ttl(&record))).collect()
            }
            Self::Roles { primary, .. } => {
                let role = |record: &RecordSet| {
                    if record.set_identifier.as_deref() == Some(primary) { "PRIMARY" } else { "SECONDARY" }
                };
                named().map(|record| RecordSet { failover: Some(role(&record).into()), ..record }).collect()
            }
            Self::Before(before) => before.records.clone(),
        }
    }

    /// The standing records that cannot stay beside what is wanted, and that it replaces: a CNAME stands beside no
    /// address, and what was made is taken away on the way back.
    pub fn in_the_way<'a>(&self, name: &Name, standing: &'a [RecordSet]) -> Vec<&'a RecordSet> {
        let replaced: &[&str] = match (self, name.record_type.as_str()) {
            (Self::Simple { .. }, "CNAME") => &["A", "AAAA"],
            (Self::Simple { .. }, "A") => &["CNAME"],
            (Self::Simple { .. } | Self::Weights { .. } | Self::Set { .. } | Self::Roles { .. }, _) => &[],
            (Self::Before(before), _) => {
                let made = |record: &&RecordSet| before.created.iter().any(|key| key.is_of(record));
                return standing.iter().filter(made).collect();
            }
        };
        let is_replaced =
            |record: &&RecordSet| record.set_identifier.is_none() && replaced.contains(&record.record_type.as_str());
        standing.iter().filter(is_replaced).collect()
    }

    /// Whether everything wanted stands there, and nothing that is in its way.
    pub fn is_met(&self, name: &Name, standing: &[RecordSet]) -> bool {
        self.is_complete(name, standing)
            && self.in_the_way(name, standing).is_empty()
            && self.sets(name, standing).iter().all(|wanted| standing.iter().any(|found| is_same(wanted, found)))
    }

    /// The batch that makes it so. A deletion names its set exactly as it stands; a set whose role changes is deleted and
    /// made anew, since two may not have one role even within a batch.
    pub fn batch(&self, name: &Name, standing: &[RecordSet]) -> Batch {
        let upsert = self.sets(name, standing);
        let changes_role = |record: &&RecordSet| {
            upsert.iter().any(|wanted| is_one(wanted, record) && wanted.failover != record.failover)
        };
        let in_the_way = self.in_the_way(name, standing);
        let delete = in_the_way.into_iter().chain(standing.iter().filter(changes_role)).cloned().collect();
        Batch { upsert, delete }
    }

    /// What undo will need of what stands there now.
    pub fn before(&self, name: &Name, zone: Option<Clean>, standing: &[RecordSet]) -> Before {
        let Batch { upsert, delete } = self.batch(name, standing);
        let touches = |record: &RecordSet| upsert.iter().chain(&delete).any(|touched| is_one(touched, record));
        let stands = |wanted: &&RecordSet| standing.iter().any(|record| is_one(wanted, record));
        let types: BTreeSet<&str> = upsert.iter().chain(&delete).map(|record| record.record_type.as_str()).collect();
        let (records, rest): (Vec<RecordSet>, Vec<RecordSet>) = standing.iter().cloned().partition(touches);
        let beside = rest.into_iter().filter(|record| types.contains(record.record_type.as_str())).collect();
        let created = upsert.iter().filter(|wanted| !stands(wanted)).map(SetKey::of).collect();
        Before { zone, records, created, beside }
    }
}

/// What the other components of the plan say of the record `name` that `component` is about too.
pub(super) fn others_of(name: Name, component: &Component, plan: &Plan) -> impl Iterator<Item = Said> {
    let others = plan.components.iter().filter(|other| other.kind == component.kind && other.name != component.name);
    others.filter_map(|other| Said::of(&other.fields).ok()).filter(move |said| Name::of(said) == name)
}

/// The sets of the same record that other components of the plan see to.
pub(super) fn sets_elsewhere(name: &Name, component: &Component, plan: &Plan) -> BTreeSet<String> {
    others_of(name.clone(), component, plan).flat_map(sets_of).collect()
}

/// The sets that a component sees to.
fn sets_of(said: Said) -> impl Iterator<Item = String> {
    let roles = said.failover.into_iter().flat_map(|roles| [roles.primary, roles.secondary]);
    said.set.into_iter().chain(roles).chain(said.weights.into_iter().flat_map(BTreeMap::into_keys))
}
