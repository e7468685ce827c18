//! What can be done to the simulated Amazon Route 53: what is refused, and what becomes of what is taken.

use super::keys;
use super::world::{Refusal, World};
use crate::service::{DnsOperation, Receipt};
use jiff::Timestamp;

/// What it is about.
pub(super) fn about(operation: &DnsOperation) -> Vec<String> {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            upsert.iter().chain(delete).map(|set| keys::record(zone, &set.name, &set.record_type)).collect()
        }
    }
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(world: &World, operation: &DnsOperation) -> Option<Refusal> {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            let (code, message) = world.zones.refusal(zone, upsert, delete)?;
            Some(Refusal { code, message })
        }
    }
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, operation: &DnsOperation, at: Timestamp) -> Receipt {
    match operation {
        DnsOperation::ChangeRecords { zone, upsert, delete } => {
            let dice = world.dice;
            Receipt { id: Some(world.zones.change(&dice, zone, upsert, delete, at)), exit: None }
        }
    }
}
