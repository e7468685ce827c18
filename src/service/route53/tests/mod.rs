//! Under test: records of every routing, what is asked of whom, and what it means.

mod already;
mod answers;
mod captured;
mod change;
mod plan;
mod protected;
mod sets;
mod types;
mod zone;

use super::fields::Said;
use crate::plan::Side;
use crate::service::ask::{DnsQuery, Query, ZoneRef};
use crate::service::observation::{
    Alias, AliasAddresses, DnsObservation, DnsReply, DnsServer, HostedZone, Observation, RecordSet,
};
use crate::service::observation::{DnsAnswers, RecordSets};
use crate::service::operation::{DnsOperation, Operation};
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::{Asked, Check, Verdict, Weight};
use serde_json::{Value, json};

const NAME: &str = "shop.example.com.";

/// A component about shop.example.com in the zone Z1, which is example.com.
fn scene(what: Value) -> Scene {
    let mut fields = json!({ "zone": "Z1", "record": "Shop.example.com", "type": "CNAME" });
    for (name, value) in what.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("route53", fields)
}

fn to_new() -> Scene {
    scene(json!({ "values": ["new.example.com"] }))
}

fn of_a(what: Value) -> Scene {
    let mut scene = scene(what);
    scene.plan.components[0].fields.0.insert("type".to_owned(), "A".into());
    scene
}

fn record(record_type: &str, value: &str, ttl: u64) -> RecordSet {
    RecordSet {
        name: NAME.into(),
        record_type: record_type.into(),
        ttl: Some(ttl),
        values: vec![value.into()],
        ..RecordSet::default()
    }
}

fn simple(value: &str, ttl: u64) -> RecordSet {
    record("CNAME", value, ttl)
}

fn a(value: &str) -> RecordSet {
    record("A", value, 60)
}

fn alias(record_type: &str, dns_name: &str) -> RecordSet {
    let alias = Alias { dns_name: dns_name.into(), zone_id: "Z2".into(), evaluate_health: false };
    RecordSet { ttl: None, values: Vec::new(), alias: Some(alias), ..record(record_type, "", 0) }
}

fn set(id: &str, record: RecordSet) -> RecordSet {
    RecordSet { set_identifier: Some(id.into()), ..record }
}

fn weighted(id: &str, weight: u64, value: &str) -> RecordSet {
    RecordSet { weight: Some(weight), ..set(id, a(value)) }
}

fn role(id: &str, role: &str, value: &str) -> RecordSet {
    RecordSet { failover: Some(role.into()), ..set(id, a(value)) }
}

fn latency(id: &str, region: &str, value: &str) -> RecordSet {
    RecordSet { region: Some(region.into()), ..set(id, a(value)) }
}

fn multivalue(id: &str, value: &str) -> RecordSet {
    RecordSet { multivalue: true, ..set(id, a(value)) }
}

/// The zone as `scene` means it.
fn zone_of(scene: &Scene) -> ZoneRef {
    super::name::Name::of(&Said::of(&scene.component().fields).expect("it is whole")).zone
}

fn public_zone() -> HostedZone {
    HostedZone {
        id: "Z1".into(),
        name: "example.com.".into(),
        private: false,
        name_servers: vec!["ns-1.awsdns.com".into(), "ns-2.awsdns.net".into()],
        accelerated: None,
        vpcs: Vec::new(),
    }
}

fn zones(scene: Scene, zones: &[HostedZone]) -> Scene {
    let query = Query::Dns(DnsQuery::HostedZone { zone: zone_of(&scene) });
    scene.sees(Side::Recovery, query, Observation::Dns(DnsObservation::HostedZones { zones: zones.to_vec() }))
}

/// The zone is there, and these stand at the name.
fn standing(scene: Scene, records: &[RecordSet]) -> Scene {
    resolving(scene, records, &[])
}

/// As `standing`, and the targets of aliases have these addresses.
fn resolving(scene: Scene, records: &[RecordSet], targets: &[(&str, &[&str])]) -> Scene {
    let mut scene = scene;
    if !scene.seen.iter().any(|seen| matches!(seen.ask.query, Query::Dns(DnsQuery::HostedZone { .. }))) {
        scene = zones(scene, &[public_zone()]);
    }
    let targets: Vec<AliasAddresses> = targets
        .iter()
        .map(|(dns_name, addresses)| AliasAddresses {
            dns_name: (*dns_name).into(),
            addresses: (!addresses.is_empty()).then(|| addresses.iter().map(|address| (*address).into()).collect()),
        })
        .collect();
    for resolve in [false, true] {
        let query = Query::Dns(DnsQuery::RecordSets { zone: zone_of(&scene), name: NAME.into(), resolve });
        let observation = Observation::Dns(DnsObservation::RecordSets(RecordSets {
            records: records.to_vec(),
            targets: targets.clone(),
        }));
        scene = scene.sees(Side::Recovery, query, observation);
    }
    scene
}

fn change(scene: Scene, status: &str) -> Scene {
    let query = Query::Dns(DnsQuery::DnsChange { id: "C1".into() });
    scene.sees(Side::Recovery, query, Observation::Dns(DnsObservation::DnsChange { status: Some(status.into()) }))
}

fn reply(code: &str, records: &[&str], times: u32) -> DnsReply {
    DnsReply { code: code.into(), records: records.iter().map(|record| (*record).into()).collect(), times }
}

fn server(name: &str, replies: &[DnsReply]) -> DnsServer {
    DnsServer { name: name.into(), replies: replies.to_vec(), error: None }
}

/// Every question of answers that the step `clients` asks, answered: the API and the name servers.
fn answered(scene: Scene, api: Observation, servers: Observation) -> Scene {
    let asks = scene.work("clients").asks(&Asked::No);
    asks.into_iter().fold(scene, |scene, ask| match &ask.query {
        Query::Dns(DnsQuery::DnsAnswer(_)) => scene.sees(Side::Recovery, ask.query, api.clone()),
        Query::Dns(DnsQuery::NameServers(_)) | Query::Dns(DnsQuery::Resolver { .. }) => {
            scene.sees(Side::Recovery, ask.query, servers.clone())
        }
        _ => scene,
    })
}

fn told(servers: &[DnsServer]) -> Observation {
    Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers: servers.to_vec(), not_asked: None }))
}

fn not_asked(why: &str) -> Observation {
    Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers: Vec::new(), not_asked: Some(why.into()) }))
}

/// Both TestDNSAnswer and two name servers give these answers, each so often.
fn answering(scene: Scene, answers: &[(&[&str], u32)]) -> Scene {
    let replies: Vec<DnsReply> = answers.iter().map(|(records, times)| reply("NOERROR", records, *times)).collect();
    let api = told(&[server("TestDNSAnswer", &replies)]);
    let servers = told(&[server("ns-1.awsdns.com", &replies), server("ns-2.awsdns.net", &replies)]);
    answered(scene, api, servers)
}

/// The clients' step once the old time to live is over.
fn later_goal(scene: Scene) -> Verdict {
    scene.later(4000).goal("clients")
}

fn check(scene: &Scene, action: &str, code: &str) -> Check {
    let checks = scene.work(action).prechecks(&scene.facts());
    let found = checks.iter().find(|check| check.code.as_str() == code);
    found.unwrap_or_else(|| panic!("no {code} among {checks:?}")).clone()
}

/// What a change would send.
fn batch(scene: &Scene) -> (Vec<RecordSet>, Vec<RecordSet>) {
    let act = scene.work("change").act(&scene.facts()).expect("it is sent");
    parts(act.operation)
}

/// What its way back would send, once `standing` stands.
fn batch_back(scene: Scene, standing: &[RecordSet]) -> (Vec<RecordSet>, Vec<RecordSet>) {
    let before = scene.image("change");
    let scene = super::tests::standing(scene.before(before), standing);
    let back = scene.way_back("change").expect("it can be taken back");
    parts(back.act(&scene.facts()).expect("it is sent").operation)
}

fn parts(operation: Operation) -> (Vec<RecordSet>, Vec<RecordSet>) {
    match operation {
        Operation::Dns(DnsOperation::ChangeRecords { zone, upsert, delete }) => {
            assert_eq!(zone.as_str(), "Z1", "a change names the zone's id");
            (upsert, delete)
        }
        other => panic!("{other:?}"),
    }
}
