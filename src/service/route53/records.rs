//! Record sets: when two say the same, and the words for what they answer.

use super::TTL;
use super::routing::Routing;
use crate::service::dns_name::{canonical, target_of_alias};
use crate::service::observation::RecordSet;
use crate::text::Clean;
use core::net::IpAddr;

/// Whether two sets say the same; the order of values says nothing.
pub(super) fn is_same(one: &RecordSet, other: &RecordSet) -> bool {
    let sorted = |record: &RecordSet| {
        let mut values: Vec<String> = record.values.iter().map(|value| plain(&record.record_type, value)).collect();
        values.sort();
        values
    };
    let alias = |record: &RecordSet| {
        let alias = record.alias.as_ref()?;
        Some((target_of_alias(&alias.dns_name), alias.zone_id.clone(), alias.evaluate_health))
    };
    is_one(one, other)
        && canonical(&one.name) == canonical(&other.name)
        && one.weight == other.weight
        && one.failover == other.failover
        && one.region == other.region
        && one.multivalue == other.multivalue
        && one.other_routing == other.other_routing
        && one.ttl == other.ttl
        && sorted(one) == sorted(other)
        && alias(one) == alias(other)
        && one.health_check == other.health_check
}

/// A value in one spelling: an address as it is usually written, a name with its final dot. A text is as it is.
pub(super) fn plain(record_type: &str, value: &str) -> String {
    match record_type {
        "A" | "AAAA" => value.parse::<IpAddr>().map_or_else(|_| value.to_owned(), |address| address.to_string()),
        "CNAME" | "NS" | "MX" | "SRV" => canonical(value),
        _ => value.trim_matches('"').to_owned(),
    }
}

/// Whether two sets of one name are the same set, whatever they say.
pub(super) fn is_one(one: &RecordSet, other: &RecordSet) -> bool {
    one.record_type == other.record_type && one.set_identifier == other.set_identifier
}

/// How long clients may keep the answer of these sets, in seconds. An alias has its target's, which is 60 for
/// load balancers.
pub(super) fn longest_ttl<'a>(records: impl IntoIterator<Item = &'a RecordSet>) -> u64 {
    records.into_iter().map(|record| record.ttl.unwrap_or(TTL)).max().unwrap_or_default()
}

/// What these sets answer, in a few words.
pub(super) fn answer_of<'a>(records: impl IntoIterator<Item = &'a RecordSet>) -> String {
    let words: Vec<String> = records.into_iter().map(of_one).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

fn of_one(record: &RecordSet) -> String {
    let answer = data_of(record);
    let Some(set) = &record.set_identifier else { return answer };
    match Routing::of(record) {
        Routing::Weighted => format!("{set}={}", record.weight.unwrap_or_default()),
        Routing::Failover => format!("{set} ({}): {answer}", record.failover.as_deref().unwrap_or_default()),
        Routing::Latency => format!("{set} ({}): {answer}", record.region.as_deref().unwrap_or_default()),
        Routing::Multivalue | Routing::Simple => format!("{set}: {answer}"),
        Routing::Other(how) => format!("{set} ({how}): {answer}"),
    }
}

/// What one set answers: its values, or the name it is an alias of.
pub(super) fn data_of(record: &RecordSet) -> String {
    match &record.alias {
        Some(alias) => alias.dns_name.to_string(),
        None => record.values.iter().map(Clean::as_str).collect::<Vec<_>>().join(" "),
    }
}
