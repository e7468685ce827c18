//! The record sets that a plan speaks of, as they stand before anything is done: they lead to the primary side.

use super::answering;
use super::elb::balancer;
use super::keys;
use super::world::World;
use crate::plan::{Component, Side};
use crate::service::dns_name::canonical;
use crate::service::observation::{Alias, RecordSet};
use crate::service::{Answered, ZoneRef, said};
use crate::text::Clean;
use std::collections::BTreeMap;

/// The weight of the set that answers before the failover.
const FULL_WEIGHT: u64 = 100;
/// The time to live of a record unless the plan says otherwise, in seconds.
const TTL_SECONDS: u64 = 60;
/// The set that stands beside the one that a plan names.
const BESIDE: &str = "standing-by";

/// Puts the record of `component` into its zone.
pub(super) fn add(world: &mut World, component: &Component) {
    let Ok(said) = said::Route53::of(&component.fields) else { return };
    let records = Stage::of(world, &said).records(&said);
    world.zones.stand(&keys::zone_of(&said), records);
}

/// A record that a health check moves.
pub(super) struct Moved {
    /// What is answered once the recovery side serves.
    pub answered: Answered,
    /// The health check of the primary side's set.
    pub health_check: Option<String>,
}

impl Moved {
    /// Its key.
    pub fn key(&self) -> String {
        let Answered { record, record_type, .. } = &self.answered;
        keys::record(&keys::zone(&self.zone()), record, record_type)
    }

    /// Puts it into its zone: the set of the recovery side stands by.
    pub fn stand(&self, world: &mut World) {
        let records = self.records(world);
        world.zones.stand(&self.zone(), records);
    }

    fn zone(&self) -> ZoneRef {
        let zone = self.answered.zone.strip_prefix("/hostedzone/").unwrap_or(&self.answered.zone);
        let zone = if zone.contains('.') { canonical(zone) } else { zone.to_owned() };
        ZoneRef { zone: zone.into(), private: self.answered.private }
    }

    fn records(&self, world: &World) -> Vec<RecordSet> {
        let answered = &self.answered;
        let name = Clean::new(&canonical(&answered.record));
        let set = |id: &str, role: &str, health_check: Option<&str>| RecordSet {
            name: name.clone(),
            record_type: answered.record_type.as_str().into(),
            set_identifier: Some(id.into()),
            failover: Some(role.into()),
            ttl: Some(TTL_SECONDS),
            values: vec![answering::address(&world.dice, id)],
            health_check: health_check.map(Into::into),
            ..RecordSet::default()
        };
        let check = self.health_check.as_deref().or(Some("switch"));
        vec![set(BESIDE, "PRIMARY", check), set(&answered.set, "SECONDARY", None)]
    }
}

/// Failover sets with their roles turned: what is answered while the primary's health check fails.
pub(super) fn turned(records: &[RecordSet]) -> Vec<RecordSet> {
    let other = |role: &str| if role == "PRIMARY" { "SECONDARY" } else { "PRIMARY" };
    let turn = |record: &RecordSet| RecordSet {
        failover: record.failover.as_deref().map(|role| other(role).into()),
        ..record.clone()
    };
    records.iter().map(turn).collect()
}

/// What the sets of one record have in common.
struct Stage<'a> {
    world: &'a World,
    plain: RecordSet,
}

impl<'a> Stage<'a> {
    fn of(world: &'a World, said: &said::Route53) -> Self {
        let name = Clean::new(&canonical(&said.record));
        let plain = RecordSet { name, record_type: said.r#type.as_str().into(), ..RecordSet::default() };
        Self { world, plain }
    }

    fn records(&self, said: &said::Route53) -> Vec<RecordSet> {
        if let Some(weights) = &said.weights {
            return self.weighted(weights);
        }
        if let Some(roles) = &said.failover {
            // The other way round than the plan wants them.
            let role = |set: &str, role: &str| RecordSet { failover: Some(role.into()), ..self.set(set) };
            return vec![role(&roles.secondary, "PRIMARY"), role(&roles.primary, "SECONDARY")];
        }
        let Some(set) = &said.set else { return vec![self.old(said, self.plain.clone())] };
        let named = self.old(said, RecordSet { set_identifier: Some(set.as_str().into()), ..self.plain.clone() });
        let sets = [(named, Side::Primary, "PRIMARY"), (self.set(BESIDE), Side::Recovery, "SECONDARY")];
        let routed = sets.map(|(record, side, role)| match said.routing.as_deref() {
            Some("failover") => RecordSet { failover: Some(role.into()), ..record },
            Some("multivalue") => RecordSet { multivalue: true, ..record },
            Some("weighted") => {
                RecordSet { weight: Some(if side == Side::Primary { FULL_WEIGHT } else { 0 }), ..record }
            }
            Some(_) | None => {
                let region = self.world.plan.application.region(side).as_str().into();
                RecordSet { region: Some(region), ..record }
            }
        });
        routed.into()
    }

    /// `record` with the old answer: it differs from what the plan wants in its target only.
    fn old(&self, said: &said::Route53, record: RecordSet) -> RecordSet {
        if let Some(alias) = &said.alias {
            let old = balancer(self.world.plan.application.region(Side::Primary), "serving");
            let evaluate_health = alias.evaluate_health;
            let dns_name = Clean::new(&canonical(&old.dns_name));
            return RecordSet { alias: Some(Alias { dns_name, zone_id: old.zone_id, evaluate_health }), ..record };
        }
        let ttl = said.ttl.unwrap_or(TTL_SECONDS);
        RecordSet { ttl: Some(ttl), values: vec![self.old_value("serving")], ..record }
    }

    fn set(&self, name: &str) -> RecordSet {
        let values = vec![self.old_value(name)];
        RecordSet { ttl: Some(TTL_SECONDS), values, set_identifier: Some(name.into()), ..self.plain.clone() }
    }

    /// Sets whose weights are the other way round than the plan wants them.
    fn weighted(&self, weights: &BTreeMap<String, u64>) -> Vec<RecordSet> {
        let set = |name: &str, weight: u64| RecordSet { weight: Some(weight), ..self.set(name) };
        weights.iter().map(|(name, wanted)| set(name, if *wanted > 0 { 0 } else { FULL_WEIGHT })).collect()
    }

    fn old_value(&self, what: &str) -> Clean {
        let World { dice, plan, .. } = self.world;
        match self.plain.record_type.as_str() {
            "A" => answering::address(dice, what),
            "AAAA" => Clean::new(&format!("2001:db8::{:x}", dice.bits(what) & 0xffff)),
            _ => Clean::new(&format!("{what}.{}.example.net.", plan.application.region(Side::Primary))),
        }
    }
}
