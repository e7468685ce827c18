//! A simulated hosted zone: what is listed at once, and what is answered once a change is in sync.

use crate::service::observation::RecordSet;
use crate::text::Clean;

/// The record sets of a zone over time. Times in seconds after the run's start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Zone {
    pub(super) records: Vec<RecordSet>,
    /// What is answered before any change is in sync.
    pub(super) answered_first: Vec<RecordSet>,
    pub(super) changes: Vec<Change>,
}

/// A batch that was taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) id: String,
    /// When it is in sync; never when stuck.
    pub(super) in_sync_at: Option<f64>,
    /// The zone after it.
    pub(super) records: Vec<RecordSet>,
}

impl Change {
    pub(super) fn is_in_sync(&self, now: f64) -> bool {
        self.in_sync_at.is_some_and(|at| now >= at)
    }
}

impl Zone {
    /// The record sets of one name and type, as they are listed.
    pub(super) fn list(&self, name: &str, record_type: &str) -> Vec<RecordSet> {
        self.records.iter().filter(|record| is(record, name, record_type)).cloned().collect()
    }

    /// What is answered for a name and type at `now`.
    pub(super) fn answer(&self, name: &str, record_type: &str, now: f64) -> Vec<Clean> {
        let synced = self.changes.iter().rev().find(|change| change.is_in_sync(now));
        let records = synced.map_or(&self.answered_first, |change| &change.records);
        let sets: Vec<&RecordSet> = records.iter().filter(|record| is(record, name, record_type)).collect();
        let all_zero = sets.iter().all(|set| set.weight == Some(0));
        // All weights zero: Route 53 answers all equally.
        let set = sets.into_iter().filter(|set| all_zero || set.weight != Some(0)).max_by_key(|set| set.weight);
        match set {
            Some(set) if set.alias.is_some() => set.alias.iter().map(|alias| alias.dns_name.clone()).collect(),
            Some(set) => set.values.clone(),
            None => Vec::new(),
        }
    }

    /// The records after a batch.
    pub(super) fn after(&self, upsert: &[RecordSet], delete: &[RecordSet]) -> Vec<RecordSet> {
        let same = |one: &RecordSet, other: &RecordSet| {
            is(one, &other.name, &other.record_type) && one.set_identifier == other.set_identifier
        };
        let mut records = self.records.clone();
        records.retain(|record| !delete.iter().chain(upsert).any(|gone| same(record, gone)));
        records.extend(upsert.iter().cloned());
        records
    }
}

fn is(record: &RecordSet, name: &str, record_type: &str) -> bool {
    let plain = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    plain(&record.name) == plain(name) && record.record_type.as_str() == record_type
}
