use super::*;
use crate::service::DnsQuery;
use crate::service::scene::start;

#[test]
fn another_value_or_another_ttl_is_not_what_is_wanted() {
    for records in [vec![simple("old.example.com", 60)], vec![simple("new.example.com", 300)], Vec::new()] {
        assert_eq!(name_of(&standing(to_new(), &records).goal("change")), "untouched");
    }
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
fn a_lost_reply_is_told_by_what_is_answered_or_by_time() {
    let scene = || standing(to_new().unanswered(), &[simple("new.example.com", 60)]);
    assert_eq!(name_of(&scene().goal("change")), "moving");
    assert_eq!(name_of(&answering(scene(), &[(&["old.example.com."], 1)]).goal("change")), "moving");
    assert_eq!(name_of(&answering(scene(), &[(&["new.example.com."], 1)]).goal("change")), "holds");
    assert_eq!(name_of(&scene().later(59).goal("change")), "moving");
    assert_eq!(name_of(&scene().later(60).goal("change")), "holds");
    let nothing = standing(to_new().unanswered(), &[simple("old.example.com", 60)]);
    assert_eq!(name_of(&nothing.later(60).goal("change")), "untouched");
}

#[test]
fn the_health_check_of_a_record_is_kept() {
    let old = RecordSet { health_check: Some("hc-1".into()), ..simple("old.example.com", 300) };
    let (upsert, delete) = batch(&standing(to_new(), &[old]));
    assert_eq!(upsert, [RecordSet { health_check: Some("hc-1".into()), ..simple("new.example.com", 60) }]);
    assert!(delete.is_empty());
}

#[test]
fn the_way_back_is_the_captured_record_exactly() {
    let old = simple("old.example.com", 300);
    let scene = standing(to_new(), std::slice::from_ref(&old));
    let (upsert, delete) = batch_back(scene, &[simple("new.example.com", 60)]);
    assert_eq!((upsert, delete), (vec![old.clone()], Vec::new()));

    let before = standing(to_new(), std::slice::from_ref(&old)).image("change");
    let scene = standing(to_new().before(before), &[simple("new.example.com", 60)]);
    let back = scene.way_back("change").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&scene.facts())), "untouched");
    assert!(back.asks(&Asked::No).len() == 1, "going back asks what stands there, and nobody else");
    let restored = change(standing(scene.taken(Some("C1")), &[old]), "INSYNC");
    assert_eq!(name_of(&back.goal(&restored.facts())), "holds");
}

#[test]
fn a_record_that_was_not_there_is_deleted_on_the_way_back() {
    let new = simple("new.example.com", 60);
    let (upsert, delete) = batch_back(standing(to_new(), &[]), std::slice::from_ref(&new));
    assert_eq!((upsert, delete), (Vec::new(), vec![new]));
}

#[test]
fn a_journal_of_version_1_is_taken_back_as_it_says() {
    let old = simple("old.example.com", 300);
    for (before, wanted) in [
        (json!({ "records": [old] }), (vec![old.clone()], Vec::new())),
        (json!({ "records": [] }), (Vec::new(), vec![simple("new.example.com", 60)])),
    ] {
        let scene = standing(to_new().before(before), &[simple("new.example.com", 60)]);
        let back = scene.way_back("change").expect("it can be taken back");
        assert_eq!(parts(back.act(&scene.facts()).expect("it is sent").operation), wanted);
    }
}

#[test]
fn the_before_image_holds_the_whole_of_what_was_there() {
    let records = [weighted("us", 100, "192.0.2.1"), weighted("eu", 0, "192.0.2.2"), weighted("ap", 0, "192.0.2.3")];
    let scene = standing(of_a(json!({ "weights": { "us": 0, "eu": 100 } })), &records);
    let image = scene.image("change");
    assert_eq!(image["zone"], "Z1");
    assert_eq!(image["records"].as_array().map(Vec::len), Some(2), "those that are changed");
    assert_eq!(image["beside"][0]["set_identifier"], "ap", "those beside them are seen, and are not put back");
}

#[test]
fn clients_are_waited_for_as_long_as_the_old_answer_lives() {
    let before = json!({ "records": [simple("old.example.com", 300)] });
    let changed =
        change(standing(to_new().before(before).taken(Some("C1")), &[simple("new.example.com", 60)]), "INSYNC");
    assert_eq!(given_by(&changed.goal("change"))["ttl_before"].as_str(), "300");

    let scene = || standing(to_new().given("ttl_before", "300"), &[simple("new.example.com", 60)]);
    let answers = |value| answering(scene(), &[(&[value], 1)]);
    assert_eq!(name_of(&answers("new.example.com.").later(299).goal("clients")), "moving");
    assert_eq!(name_of(&answers("new.example.com.").later(300).goal("clients")), "holds");
    let still_old = answers("old.example.com.").later(300).goal("clients");
    assert_eq!(words_of(&still_old), "TestDNSAnswer still answers old.example.com.");
    assert_eq!(name_of(&scene().later(300).goal("clients")), "unknown");
    let none = told(&[server("TestDNSAnswer", &[reply("NXDOMAIN", &[], 1)])]);
    let gone = answered(scene(), none, not_asked("closed")).later(300).goal("clients");
    assert_eq!(words_of(&gone), "TestDNSAnswer answers NXDOMAIN");
}

#[test]
fn a_record_that_somebody_changed_again_is_not_verified_by_old_answers() {
    let scene = answering(to_new(), &[(&["new.example.com."], 1)]);
    let scene = standing(scene, &[simple("elsewhere.example.com", 60)]);
    let goal = later_goal(scene);
    assert_eq!(words_of(&goal), "the record is not as wanted: elsewhere.example.com");
}

#[test]
fn the_change_is_looked_for_by_its_id_once_there_is_one() {
    let asks = |asked: Asked| to_new().work("change").asks(&asked);
    assert_eq!(asks(Asked::No).len(), 4, "the zone, the record, TestDNSAnswer, the name servers");
    assert_eq!(asks(Asked::Unanswered { at: start() }).len(), 3);
    let asks = asks(to_new().taken(Some("C1")).asked);
    assert_eq!(asks[1].query, Query::Dns(DnsQuery::DnsChange { id: "C1".into() }));
}

#[test]
fn what_waits_for_an_output_is_neither_asked_nor_refused() {
    let scene = Scene::new("route53", json!({ "zone": "${net.zone}", "record": NAME, "values": ["192.0.2.1"] }));
    for action in ["change", "clients"] {
        assert!(scene.work(action).asks(&Asked::No).is_empty(), "{action}");
        assert!(scene.refusals(action).is_empty(), "{action}");
        assert_eq!(name_of(&scene.goal(action)), "unknown", "{action}");
    }
    let alias = json!({ "alias": { "dns_name": "${lb.dns_name}", "zone_id": "${lb.zone_id}" } });
    let scene = standing(of_a(alias), &[alias_to_old()]);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    assert!(scene.refusals("change").is_empty());
}

fn alias_to_old() -> RecordSet {
    alias("A", "old-1.us-east-1.elb.amazonaws.com.")
}
