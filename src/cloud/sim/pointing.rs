//! Whether record sets lead where the plan wants them to, by what they point at alone: a time to live or a health
//! check changed moves nobody. Knows no time.

use super::probe::fits;
use crate::service::dns_name::{canonical, target_of_alias};
use crate::service::observation::RecordSet;
use crate::service::said;
use crate::text::Clean;

/// Whether `records` point at what `said` wants, and elsewhere than `before`.
///
/// Both are asked: a `${…}` fits any target, the old one included.
pub fn has_moved(said: &said::Route53, before: &[RecordSet], records: &[RecordSet]) -> bool {
    targets(records) != targets(before) && is_as_wanted(said, records)
}

/// The sets by what they point at, and how they are routed there: without times to live and health checks.
fn targets(records: &[RecordSet]) -> Vec<RecordSet> {
    let of_one = |record: &RecordSet| {
        let mut values: Vec<String> = record.values.iter().map(|value| canonical(value)).collect();
        values.extend(record.alias.as_ref().map(|alias| target_of_alias(&alias.dns_name)));
        values.sort();
        let values = values.into_iter().map(Into::into).collect();
        RecordSet { values, ttl: None, alias: None, health_check: None, ..record.clone() }
    };
    records.iter().map(of_one).collect()
}

fn is_as_wanted(said: &said::Route53, records: &[RecordSet]) -> bool {
    if let Some(weights) = &said.weights {
        return weights.iter().all(|(set, weight)| {
            let found = records.iter().find(|record| record.set_identifier.as_deref() == Some(set.as_str()));
            found.is_some_and(|record| record.weight == Some(*weight))
        });
    }
    if let Some(roles) = &said.failover {
        let primary = records.iter().find(|record| record.failover.as_deref() == Some("PRIMARY"));
        return primary.is_some_and(|record| record.set_identifier.as_deref() == Some(roles.primary.as_str()));
    }
    // The kind leaves routed sets alone where it wants a simple record.
    let named = said.set.as_deref();
    let is_meant = |record: &&RecordSet| record.set_identifier.as_deref() == named;
    let Some(simple) = records.iter().find(is_meant) else { return false };
    if let Some(wanted) = &said.alias {
        let wanted = canonical(&wanted.dns_name);
        return simple.alias.as_ref().is_some_and(|alias| fits(&wanted, &target_of_alias(&alias.dns_name)));
    }
    let wanted = said.values.as_deref().unwrap_or_default();
    let is_wanted = |value: &Clean| wanted.iter().any(|wanted| fits(&canonical(wanted), &canonical(value)));
    simple.values.len() == wanted.len() && simple.values.iter().all(is_wanted)
}
