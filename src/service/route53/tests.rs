use crate::plan::{Plane, Side};
use crate::service::ask::Query;
use crate::service::observation::{Alias, Observation, RecordSet};
use crate::service::operation::Operation;
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::work::Asked;
use serde_json::{Value, json};

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

fn simple(value: &str, ttl: u64) -> RecordSet {
    RecordSet {
        name: "shop.example.com.".into(),
        record_type: "CNAME".into(),
        ttl: Some(ttl),
        values: vec![value.into()],
        ..RecordSet::default()
    }
}

fn weighted(set: &str, weight: u64) -> RecordSet {
    RecordSet { set_identifier: Some(set.into()), weight: Some(weight), ..simple(set, 60) }
}

fn standing(scene: Scene, records: &[RecordSet]) -> Scene {
    let query = Query::RecordSets { zone: "Z1".into(), name: "shop.example.com.".into(), record_type: "CNAME".into() };
    scene.sees(Side::Recovery, query, Observation::RecordSets { records: records.to_vec() })
}

fn change(scene: Scene, status: &str) -> Scene {
    let query = Query::DnsChange { id: "C1".into() };
    scene.sees(Side::Recovery, query, Observation::DnsChange { status: Some(status.into()) })
}

fn answering(scene: Scene, code: &str, records: &[&str]) -> Scene {
    let query = Query::DnsAnswer { zone: "Z1".into(), name: "shop.example.com.".into(), record_type: "CNAME".into() };
    let records = records.iter().map(|record| (*record).into()).collect();
    scene.sees(Side::Recovery, query, Observation::DnsAnswer { code: code.into(), records })
}

#[test]
fn a_record_that_stands_as_wanted_is_already_done() {
    let verdict = standing(to_new(), &[simple("new.example.com", 60)]).goal("change");
    assert_eq!(name_of(&verdict), "holds");
    assert_eq!(given_by(&verdict)["record"].as_str(), "shop.example.com.");
}

#[test]
fn another_value_or_another_ttl_is_not_what_is_wanted() {
    assert_eq!(name_of(&standing(to_new(), &[simple("old.example.com", 60)]).goal("change")), "untouched");
    assert_eq!(name_of(&standing(to_new(), &[simple("new.example.com", 300)]).goal("change")), "untouched");
    assert_eq!(name_of(&standing(to_new(), &[]).goal("change")), "untouched");
}

#[test]
fn the_change_holds_when_the_very_change_is_in_sync() {
    let scene = || standing(to_new().taken(Some("C1")), &[simple("new.example.com", 60)]);
    assert_eq!(name_of(&scene().goal("change")), "unknown");
    assert_eq!(name_of(&change(scene(), "PENDING").goal("change")), "moving");
    assert_eq!(name_of(&change(scene(), "SETTLED").goal("change")), "moving");
    assert_eq!(name_of(&change(scene(), "INSYNC").goal("change")), "holds");
    let overwritten = standing(scene(), &[simple("old.example.com", 60)]);
    assert_eq!(name_of(&change(overwritten, "INSYNC").goal("change")), "untouched");
}

#[test]
fn a_lost_reply_is_told_by_what_route_53_answers_or_by_time() {
    let scene = || standing(to_new().unanswered(), &[simple("new.example.com", 60)]);
    assert_eq!(name_of(&scene().goal("change")), "moving");
    assert_eq!(name_of(&answering(scene(), "NOERROR", &["old.example.com."]).goal("change")), "moving");
    assert_eq!(name_of(&answering(scene(), "NOERROR", &["new.example.com."]).goal("change")), "holds");
    assert_eq!(name_of(&scene().later(59).goal("change")), "moving");
    assert_eq!(name_of(&scene().later(60).goal("change")), "holds");
    let nothing = standing(to_new().unanswered(), &[simple("old.example.com", 60)]);
    assert_eq!(name_of(&nothing.later(60).goal("change")), "untouched");
}

#[test]
fn the_health_check_of_a_record_is_kept() {
    let old = RecordSet { health_check: Some("hc-1".into()), ..simple("old.example.com", 300) };
    match standing(to_new(), &[old]).act("change").operation {
        Operation::ChangeRecords { upsert, delete, .. } => {
            assert_eq!(upsert, [RecordSet { health_check: Some("hc-1".into()), ..simple("new.example.com", 60) }]);
            assert!(delete.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_alias_is_the_same_with_or_without_its_dot_and_the_console_prefix() {
    let scene = scene(json!({ "alias": { "dns_name": "LB-1.example.com", "zone_id": "Z2" } }));
    let alias = |dns_name: &str| Alias { dns_name: dns_name.into(), zone_id: "Z2".into(), evaluate_health: false };
    let record = |dns_name| RecordSet { ttl: None, values: vec![], alias: Some(alias(dns_name)), ..simple("", 0) };
    let scene = standing(scene, &[record("dualstack.lb-1.example.com.")]);
    assert_eq!(name_of(&scene.goal("change")), "holds");
    assert_eq!(name_of(&standing(scene, &[record("lb-2.example.com.")]).goal("change")), "untouched");
}

#[test]
fn weights_change_and_values_stay() {
    let scene = scene(json!({ "weights": { "east": 0, "west": 100 } }));
    let scene = standing(scene, &[weighted("east", 100), weighted("west", 0)]);
    assert!(scene.refusals("change").is_empty());
    match scene.act("change").operation {
        Operation::ChangeRecords { upsert, .. } => assert_eq!(upsert, [weighted("east", 0), weighted("west", 100)]),
        other => panic!("{other:?}"),
    }
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    assert_eq!(name_of(&standing(scene, &[weighted("west", 100), weighted("east", 0)]).goal("change")), "holds");
}

#[test]
fn weights_of_sets_that_do_not_exist_are_refused() {
    let scene = scene(json!({ "weights": { "east": 0, "west": 100 } }));
    let lacking = standing(scene, &[weighted("east", 100)]);
    assert_eq!(name_of(&lacking.goal("change")), "untouched");
    assert_eq!(lacking.refusals("change"), ["route53-record", "route53-weights"]);
}

#[test]
fn a_simple_record_beside_weighted_ones_is_refused() {
    assert_eq!(standing(to_new(), &[weighted("east", 100)]).refusals("change"), ["route53-record"]);
    assert!(standing(to_new(), &[]).refusals("change").is_empty());
}

#[test]
fn the_way_back_is_the_captured_record() {
    let old = simple("old.example.com", 300);
    let before = standing(to_new(), std::slice::from_ref(&old)).image("change");
    let scene = standing(to_new().before(before), &[simple("new.example.com", 60)]);
    let back = scene.way_back("change").expect("it can be taken back");
    match back.act(&scene.facts()).expect("it is sent").operation {
        Operation::ChangeRecords { upsert, delete, .. } => {
            assert_eq!(upsert, std::slice::from_ref(&old));
            assert!(delete.is_empty());
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(name_of(&back.goal(&scene.facts())), "untouched");
    let restored = change(standing(scene.taken(Some("C1")), &[old]), "INSYNC");
    assert_eq!(name_of(&back.goal(&restored.facts())), "holds");
}

#[test]
fn a_record_that_was_not_there_is_deleted_on_the_way_back() {
    let before = standing(to_new(), &[]).image("change");
    let new = simple("new.example.com", 60);
    let scene = standing(to_new().before(before), std::slice::from_ref(&new));
    let back = scene.way_back("change").expect("it can be taken back");
    match back.act(&scene.facts()).expect("it is sent").operation {
        Operation::ChangeRecords { upsert, delete, .. } => {
            assert!(upsert.is_empty());
            assert_eq!(delete, [new]);
        }
        other => panic!("{other:?}"),
    }
    let gone = change(standing(scene.taken(Some("C1")), &[]), "INSYNC");
    assert_eq!(name_of(&back.goal(&gone.facts())), "holds");
}

#[test]
fn clients_are_waited_for_as_long_as_the_old_answer_lives() {
    let before = json!({ "records": [simple("old.example.com", 300)] });
    let changed =
        change(standing(to_new().before(before).taken(Some("C1")), &[simple("new.example.com", 60)]), "INSYNC");
    assert_eq!(given_by(&changed.goal("change"))["ttl_before"].as_str(), "300");

    let scene = || to_new().given("ttl_before", "300");
    let answers = |scene, record| answering(scene, "NOERROR", &[record]);
    assert_eq!(name_of(&answers(scene().later(299), "new.example.com.").goal("clients")), "moving");
    assert_eq!(name_of(&answers(scene().later(300), "new.example.com.").goal("clients")), "holds");
    let still_old = answers(scene().later(300), "old.example.com.").goal("clients");
    assert_eq!(words_of(&still_old), "Route 53 still answers old.example.com.");
    assert_eq!(name_of(&answering(scene().later(300), "NXDOMAIN", &[]).goal("clients")), "moving");
    assert_eq!(name_of(&scene().later(300).goal("clients")), "unknown");
}

#[test]
fn an_alias_must_answer_something() {
    let scene = || scene(json!({ "alias": { "dns_name": "lb", "zone_id": "Z2" } })).later(60);
    assert_eq!(name_of(&answering(scene(), "NOERROR", &[]).goal("clients")), "moving");
    assert_eq!(name_of(&answering(scene(), "NOERROR", &["192.0.2.1"]).goal("clients")), "holds");
}

#[test]
fn the_change_is_looked_for_by_its_id_once_there_is_one() {
    let asks = |asked: Asked| to_new().work("change").asks(&asked).len();
    assert_eq!(asks(Asked::No), 1);
    assert_eq!(asks(Asked::Unanswered { at: start() }), 2);
    let asks = to_new().work("change").asks(&to_new().taken(Some("C1")).asked);
    assert_eq!(asks[1].query, Query::DnsChange { id: "C1".into() });
}

#[test]
fn plans_that_route_53_would_misread_are_problems() {
    let at = |what| scene(what).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert_eq!(at(json!({})), ["record"]);
    assert_eq!(at(json!({ "values": ["a"], "alias": {} })), ["alias"]);
    assert_eq!(at(json!({ "values": [] })), ["values"]);
    assert_eq!(at(json!({ "weights": { "east": 0, "west": 0 } })), ["weights"]);
    assert_eq!(at(json!({ "weights": {} })), ["weights"]);
    assert_eq!(at(json!({ "weights": { "east": 256 } })), ["weights"]);
    assert_eq!(at(json!({ "alias": {}, "ttl": 60 })), ["ttl"]);
    assert!(at(json!({ "values": ["a"], "ttl": 60 })).is_empty());
}

#[test]
fn the_control_plane_in_the_failing_region_is_a_finding() {
    let mut scene = scene(json!({ "values": ["a"], "ttl": 300 }));
    assert_eq!(scene.step("change").plane, Plane::Control);
    assert_eq!(scene.findings(), ["route53-ttl"]);
    scene.plan.application.primary = "us-east-1".into();
    assert_eq!(scene.findings(), ["route53-ttl", "route53-control-plane"]);
}
