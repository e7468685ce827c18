//! Under test: zones, and batches that Route 53 would refuse.

use super::*;
use crate::service::DnsObservation;
use crate::service::DnsQuery;
use crate::service::ZoneRef;
use crate::service::observation::RecordSets;

fn record(record_type: &str, value: &str) -> RecordSet {
    RecordSet {
        name: "new.example.com.".into(),
        record_type: record_type.into(),
        ttl: Some(60),
        values: vec![value.into()],
        ..RecordSet::default()
    }
}

fn role(set: &str, role: &str) -> RecordSet {
    RecordSet { set_identifier: Some(set.into()), failover: Some(role.into()), ..record("A", "192.0.2.1") }
}

fn batch(upsert: Vec<RecordSet>, delete: Vec<RecordSet>) -> Operation {
    Operation::Dns(DnsOperation::ChangeRecords { zone: "Z1".into(), upsert, delete })
}

#[tokio::test(start_paused = true)]
async fn a_zone_is_found_by_its_id_and_its_own_name_only() {
    let sim = sim(Vec::new());
    let of = |zone: &str| Query::Dns(DnsQuery::HostedZone { zone: ZoneRef::from(zone) });
    let Observation::Dns(DnsObservation::HostedZones { zones }) = see(&sim, WEST, of("Z1")).await else {
        panic!("zones")
    };
    assert_eq!((zones[0].name.as_str(), zones[0].name_servers.len()), ("example.com.", 4));
    assert_eq!(see(&sim, WEST, of("Z9")).await, Observation::Dns(DnsObservation::HostedZones { zones: Vec::new() }));
}

#[tokio::test(start_paused = true)]
async fn a_cname_stands_beside_nothing_and_replaces_in_one_batch() {
    let sim = sim(Vec::new());
    taken(&sim, WEST, batch(vec![record("A", "192.0.2.1")], Vec::new())).await;
    let cname = || record("CNAME", "elsewhere.example.net");
    assert!(matches!(act(&sim, WEST, batch(vec![cname()], Vec::new())).await, Reply::Refused { .. }));
    taken(&sim, WEST, batch(vec![cname()], vec![record("A", "192.0.2.1")])).await;
    let Observation::Dns(DnsObservation::RecordSets(RecordSets { records, .. })) =
        see(&sim, WEST, records("new.example.com")).await
    else {
        panic!("records")
    };
    assert_eq!(records, [cname()]);
}

#[tokio::test(start_paused = true)]
async fn two_sets_never_have_one_role_not_even_within_a_batch() {
    let sim = sim(Vec::new());
    let (old, new) =
        ([role("us", "PRIMARY"), role("eu", "SECONDARY")], [role("us", "SECONDARY"), role("eu", "PRIMARY")]);
    taken(&sim, WEST, batch(old.to_vec(), Vec::new())).await;
    assert!(matches!(act(&sim, WEST, batch(new.to_vec(), Vec::new())).await, Reply::Refused { .. }));
    taken(&sim, WEST, batch(new.to_vec(), old.to_vec())).await;
}
