//! Simulated Route 53: zones, record sets and changes. A change stands in the zone at once; its servers answer it only
//! when it is in sync. What they answer is `answering`'s.

use super::dice::{Dice, later};
use super::fault::FaultKind;
use super::keys;
use super::trouble::Troubles;
use crate::service::ZoneRef;
use crate::service::observation::{HostedZone, RecordSet};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Every zone there is.
#[derive(Default)]
pub struct Zones {
    /// By id.
    zones: BTreeMap<String, HostedZone>,
    names: BTreeMap<String, Name>,
    changes: BTreeMap<String, Change>,
}

/// The record sets of one name and type, and what they were before.
#[derive(Default)]
struct Name {
    first: Vec<RecordSet>,
    versions: Vec<Version>,
}

struct Version {
    records: Vec<RecordSet>,
    change: String,
}

struct Change {
    taken: Timestamp,
    takes: f64,
    keys: Vec<String>,
}

impl Change {
    fn insync(&self, troubles: &Troubles) -> Option<Timestamp> {
        let mut insync = later(self.taken, self.takes);
        for window in self.keys.iter().flat_map(|key| troubles.windows(FaultKind::ChangeStuck, key)) {
            if window.from <= insync && window.to.is_none_or(|to| to > self.taken) {
                insync = insync.max(later(window.to?, self.takes));
            }
        }
        Some(insync)
    }
}

impl Zones {
    /// Puts sets at a name before the world begins, in the zone that `of` means.
    pub fn stand(&mut self, of: &ZoneRef, records: Vec<RecordSet>) {
        let id = keys::zone(of);
        let private = of.private == Some(true);
        let name = if of.is_name() { of.zone.clone() } else { last_labels(&records) };
        let name_servers = if private { Vec::new() } else { (1..=4).map(name_server).collect() };
        let vpcs = if private { vec!["vpc-51m".into()] } else { Vec::new() };
        let accelerated = (!private).then(|| "ENABLED".into());
        let zone = HostedZone { id: Clean::new(&id), name, private, name_servers, accelerated, vpcs };
        self.zones.entry(id.clone()).or_insert(zone);
        for record in records {
            let name = self.names.entry(key_of(&id, &record)).or_default();
            name.first.push(record);
            name.first.sort_by(|one, other| one.set_identifier.cmp(&other.set_identifier));
        }
    }

    /// The zones that `of` can mean.
    pub fn zones(&self, of: &ZoneRef) -> Vec<HostedZone> {
        self.zones.get(&keys::zone(of)).cloned().into_iter().collect()
    }

    /// Every record set at a name, of whatever type.
    pub fn at_name(&self, zone: &ZoneRef, name: &str) -> Vec<RecordSet> {
        self.at_prefix(&(keys::name(&keys::zone(zone), name) + "/"))
    }

    /// Every record set of a zone.
    pub fn all(&self, zone: &ZoneRef) -> Vec<RecordSet> {
        self.at_prefix(&format!("dns/{}/", keys::zone(zone)))
    }

    fn at_prefix(&self, prefix: &str) -> Vec<RecordSet> {
        let at = self.names.range(prefix.to_owned()..).take_while(|(key, _)| key.starts_with(prefix));
        at.flat_map(|(_, name)| name.newest().iter().cloned()).collect()
    }

    /// The record sets of a name and type, as the zone has them.
    pub fn records(&self, key: &str) -> &[RecordSet] {
        self.names.get(key).map_or(&[], Name::newest)
    }

    /// The record sets that Route 53's servers answer from at `at`.
    pub fn answered(&self, key: &str, troubles: &Troubles, at: Timestamp) -> &[RecordSet] {
        let Some(name) = self.names.get(key) else { return &[] };
        let is_insync = |version: &&Version| {
            let change = self.changes.get(&version.change);
            change.and_then(|change| change.insync(troubles)).is_some_and(|insync| insync <= at)
        };
        name.versions.iter().rev().find(is_insync).map_or(&name.first, |version| &version.records)
    }

    /// What stood at a name before the world began.
    pub fn first(&self, key: &str) -> &[RecordSet] {
        self.names.get(key).map_or(&[], |name| &name.first)
    }

    /// GetChange.
    pub fn status(&self, id: &str, troubles: &Troubles, at: Timestamp) -> Option<&'static str> {
        let change = self.changes.get(id.strip_prefix("/change/").unwrap_or(id))?;
        let is_insync = change.insync(troubles).is_some_and(|insync| insync <= at);
        Some(if is_insync { "INSYNC" } else { "PENDING" })
    }

    /// Why a batch is refused: code and words.
    pub fn refusal(&self, zone: &str, upsert: &[RecordSet], delete: &[RecordSet]) -> Option<(&'static str, String)> {
        if !self.zones.contains_key(bare(zone)) {
            return Some(("NoSuchHostedZone", format!("No hosted zone found with ID: {}", bare(zone))));
        }
        let missing = delete.iter().find(|record| !self.records(&key_of(zone, record)).contains(record));
        if let Some(record) = missing {
            let words = format!("Tried to delete resource record set {} but it was not found", record.name);
            return Some(("InvalidChangeBatch", words));
        }
        let stays = |other: &&RecordSet| !delete.contains(other);
        for record in upsert {
            let left = self.at_name(&ZoneRef::from(bare(zone)), &record.name);
            let left: Vec<&RecordSet> = left.iter().filter(stays).collect();
            let is_one = |other: &&&RecordSet| other.set_identifier == record.set_identifier;
            let of_type = || left.iter().filter(|other| other.record_type == record.record_type);
            let name = &record.name;
            if of_type().any(|other| other.set_identifier.is_some() != record.set_identifier.is_some()) {
                let words = format!("RRSet {name} with a routing policy cannot stand beside a simple one");
                return Some(("InvalidChangeBatch", words));
            }
            let is_cname = |record: &RecordSet| record.record_type.as_str() == "CNAME";
            if left.iter().any(|other| other.record_type != record.record_type && (is_cname(other) || is_cname(record)))
            {
                let words = format!("RRSet of type {} with DNS name {name} conflicts with others", record.record_type);
                return Some(("InvalidChangeBatch", words));
            }
            let has_role = |other: &&&RecordSet| record.failover.is_some() && other.failover == record.failover;
            if of_type().filter(|other| !is_one(other)).any(|other| has_role(&other)) {
                return Some(("InvalidChangeBatch", format!("RRSet {name} has two sets of one failover role")));
            }
        }
        None
    }

    /// ChangeResourceRecordSets; gives the change's id.
    pub fn change(
        &mut self,
        dice: &Dice,
        zone: &str,
        upsert: &[RecordSet],
        delete: &[RecordSet],
        taken: Timestamp,
    ) -> Clean {
        let mut keys: Vec<String> = delete.iter().chain(upsert).map(|record| key_of(zone, record)).collect();
        keys.sort();
        keys.dedup();
        let nth: usize = keys.iter().map(|key| self.names.get(key).map_or(0, |name| name.versions.len())).sum();
        let purpose = format!("{} change {nth}", keys.join(" "));
        let id = format!("C{:019X}", dice.bits(&purpose));
        for key in &keys {
            let name = self.names.entry(key.clone()).or_default();
            let mut records = name.newest().to_vec();
            records.retain(|record| !delete.contains(record));
            for wanted in upsert.iter().filter(|record| key_of(zone, record) == *key) {
                records.retain(|record| record.set_identifier != wanted.set_identifier);
                records.push(wanted.clone());
            }
            records.sort_by(|one, other| one.set_identifier.cmp(&other.set_identifier));
            name.versions.push(Version { records, change: id.clone() });
        }
        let takes = dice.between(&purpose, 20.0, 50.0);
        self.changes.insert(id.clone(), Change { taken, takes, keys });
        Clean::new(&id)
    }

    /// Every name that has sets, as they stand now.
    pub fn standing(&self) -> impl Iterator<Item = (&String, &[RecordSet])> {
        self.names.iter().map(|(key, name)| (key, name.newest())).filter(|(_, records)| !records.is_empty())
    }
}

impl Name {
    fn newest(&self) -> &[RecordSet] {
        self.versions.last().map_or(&self.first, |version| &version.records)
    }
}

fn name_server(nth: u32) -> Clean {
    Clean::new(&format!("ns-{nth}.simulated.example"))
}

/// The name of a zone that is known by its id only: the last two labels of what stands in it.
fn last_labels(records: &[RecordSet]) -> Clean {
    let name = records.first().map(|record| record.name.trim_end_matches('.').to_owned()).unwrap_or_default();
    let labels: Vec<&str> = name.rsplit('.').take(2).collect();
    Clean::new(&format!("{}.", labels.into_iter().rev().collect::<Vec<_>>().join(".")))
}

fn key_of(zone: &str, record: &RecordSet) -> String {
    keys::record(bare(zone), &record.name, &record.record_type)
}

/// A zone's id without the path that some answers put before it.
pub fn bare(zone: &str) -> &str {
    zone.strip_prefix("/hostedzone/").unwrap_or(zone)
}
