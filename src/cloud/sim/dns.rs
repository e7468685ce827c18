//! Simulated Route 53: record sets, changes and answers. A change stands in the zone at once; its servers answer it
//! only when it is in sync.

use super::dice::{Dice, later};
use super::fault::FaultKind;
use super::keys;
use super::trouble::Troubles;
use crate::service::observation::RecordSet;
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Every zone there is.
#[derive(Default)]
pub struct Zones {
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
    /// Puts sets at a name before the world begins.
    pub fn stand(&mut self, zone: &str, records: Vec<RecordSet>) {
        for record in records {
            self.names.entry(key_of(zone, &record)).or_default().first.push(record);
        }
    }

    fn has_zone(&self, zone: &str) -> bool {
        let prefix = format!("dns/{}/", bare(zone));
        self.names.keys().any(|key| key.starts_with(&prefix))
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
        if !self.has_zone(zone) {
            return Some(("NoSuchHostedZone", format!("No hosted zone found with ID: {}", bare(zone))));
        }
        let missing = delete.iter().find(|record| !self.records(&key_of(zone, record)).contains(record));
        if let Some(record) = missing {
            let words = format!("Tried to delete resource record set {} but it was not found", record.name);
            return Some(("InvalidChangeBatch", words));
        }
        let clashes = |record: &&RecordSet| {
            let standing = self.records(&key_of(zone, record));
            let left = standing.iter().filter(|other| !delete.contains(other));
            left.into_iter().any(|other| other.set_identifier.is_some() != record.set_identifier.is_some())
        };
        let record = upsert.iter().find(clashes)?;
        let words = format!("RRSet {} with a routing policy cannot stand beside a simple one", record.name);
        Some(("InvalidChangeBatch", words))
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

    /// Every name with its sets as they stand now.
    pub fn standing(&self) -> impl Iterator<Item = (&String, &[RecordSet])> {
        self.names.iter().map(|(key, name)| (key, name.newest()))
    }
}

impl Name {
    fn newest(&self) -> &[RecordSet] {
        self.versions.last().map_or(&self.first, |version| &version.records)
    }
}

/// The lines that answer a query from these sets: an alias answers addresses, weighted sets by turns.
pub fn answer(records: &[RecordSet], dice: &Dice, at: Timestamp) -> Vec<Clean> {
    let weight = |record: &RecordSet| record.weight.unwrap_or(1);
    // With every weight 0, Route 53 answers all of them equally.
    let all_zero = records.iter().all(|record| weight(record) == 0);
    let shares: Vec<u64> = records.iter().map(|record| if all_zero { 1 } else { weight(record) }).collect();
    let total: u64 = shares.iter().sum();
    if total == 0 {
        return Vec::new();
    }
    let mut drawn = dice.bits(&format!("answer {}", at.as_millisecond())) % total;
    let chosen = records.iter().zip(shares).find(|(_, share)| {
        let is_chosen = drawn < *share;
        drawn = drawn.saturating_sub(*share);
        is_chosen
    });
    let Some((record, _)) = chosen else { return Vec::new() };
    match &record.alias {
        Some(alias) => vec![address(dice, &alias.dns_name)],
        None => record.values.clone(),
    }
}

/// The address of a load balancer: of TEST-NET-3, which belongs to nobody.
pub fn address(dice: &Dice, dns_name: &str) -> Clean {
    let host = dice.bits(&format!("address {}", keys::canonical(dns_name))) % 254 + 1;
    Clean::new(&format!("203.0.113.{host}"))
}

fn key_of(zone: &str, record: &RecordSet) -> String {
    keys::record(bare(zone), &record.name, &record.record_type)
}

/// A zone's id without the path that some answers put before it.
pub fn bare(zone: &str) -> &str {
    zone.strip_prefix("/hostedzone/").unwrap_or(zone)
}
