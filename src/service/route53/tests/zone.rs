use super::*;
use crate::plan::Level;
use crate::service::DnsQuery;

fn by_name(private: Option<bool>) -> Scene {
    let mut what = json!({ "zone": "Example.COM.", "values": ["new.example.com"] });
    if let Some(private) = private {
        what["private"] = private.into();
    }
    scene(what)
}

fn named(id: &str, private: bool) -> HostedZone {
    let name_servers = if private { Vec::new() } else { public_zone().name_servers };
    HostedZone { id: id.into(), private, name_servers, ..public_zone() }
}

fn zone_check(scene: Scene, found: &[HostedZone]) -> Check {
    let scene = standing(zones(scene, found), &[simple("old.example.com", 60)]);
    let check = check(&scene, "change", "route53-zone");
    assert!(check.identity, "the zone is what the record is");
    check
}

#[test]
fn a_zone_is_meant_by_its_id_its_path_or_its_name_however_it_is_written() {
    for (written, meant) in
        [("Z1", "Z1"), ("/hostedzone/Z1", "Z1"), ("Example.COM", "example.com."), ("example.com.", "example.com.")]
    {
        let scene = scene(json!({ "zone": written, "values": ["new.example.com"] }));
        assert_eq!(zone_of(&scene).zone.as_str(), meant, "{written}");
        assert_eq!(zone_of(&scene).is_name(), meant.contains('.'));
    }
}

#[test]
fn one_zone_that_holds_the_record_is_wanted() {
    let ok = |check: Check| check.level == Level::Ok;
    assert!(ok(zone_check(by_name(None), &[named("Z1", false)])));
    assert!(ok(zone_check(by_name(None), &[named("Z1", true)])), "the only one, private or not");
    assert!(ok(zone_check(by_name(Some(true)), &[named("Z1", true)])));
    let missing = zone_check(by_name(None), &[]);
    assert_eq!((missing.level, missing.found.as_str()), (Level::Failing, "no hosted zone example.com."));
    assert_eq!(zone_check(by_name(Some(true)), &[]).found.as_str(), "no private hosted zone example.com.");
    let twins = zone_check(by_name(None), &[named("Z1", false), named("Z9", true)]);
    assert_eq!(twins.found.as_str(), "2 zones are called example.com.: Z1 (public), Z9 (private)");
    assert_eq!(twins.level, Level::Failing);
    let other = zone_check(by_name(Some(false)), &[named("Z1", true)]);
    assert_eq!(other.level, Level::Failing, "`private` says otherwise");
}

#[test]
fn a_record_outside_the_zone_is_refused_before_anything_is_sent() {
    let elsewhere = HostedZone { name: "notexample.com.".into(), ..public_zone() };
    let scene = standing(zones(to_new(), &[elsewhere]), &[]);
    assert_eq!(scene.refusals("change"), ["route53-zone"]);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
}

#[test]
fn a_record_as_wanted_in_a_zone_that_is_not_meant_is_not_already_done() {
    let plan = scene(json!({ "values": ["new.example.com"], "private": true }));
    let scene = standing(zones(plan, &[named("Z1", false)]), &[simple("new.example.com", 60)]);
    let scene = answering(scene, &[(&["new.example.com."], 1)]);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    assert_eq!(scene.refusals("change"), ["route53-zone"]);
}

#[test]
fn a_zone_that_is_not_there_is_refused_by_code_though_its_records_are_not_told() {
    let scene = zones(to_new(), &[]);
    let query = Query::Dns(DnsQuery::RecordSets { zone: zone_of(&scene), name: NAME.into(), resolve: true });
    let scene = scene.hears_nothing(Side::Recovery, query);
    assert_eq!(name_of(&scene.goal("change")), "untouched");
    assert_eq!(scene.refusals("change"), ["route53-zone"], "said once");
    assert!(scene.work("change").act(&scene.facts()).is_none());
}

#[test]
fn who_may_not_ask_for_a_zone_by_its_id_goes_by_its_records() {
    let query = Query::Dns(DnsQuery::HostedZone { zone: "Z1".into() });
    let level = |records: &[RecordSet]| {
        let scene = standing(to_new(), records).hears_nothing(Side::Recovery, query.clone());
        check(&scene, "change", "route53-zone").level
    };
    assert_eq!(level(&[simple("old.example.com", 60)]), Level::Ok, "the zone has the record");
    assert_eq!(level(&[]), Level::Unknown, "nothing shows that the record lies in it");
    let scene = standing(to_new(), &[simple("old.example.com", 60)]).hears_nothing(Side::Recovery, query.clone());
    assert_eq!(batch(&scene).0, [simple("new.example.com", 60)], "its id is in the plan");
}

#[test]
fn a_cname_at_the_zones_own_name_is_refused() {
    let own = HostedZone { name: NAME.into(), ..public_zone() };
    assert_eq!(standing(zones(to_new(), std::slice::from_ref(&own)), &[]).refusals("change"), ["route53-apex"]);
    let alias = of_a(json!({ "alias": { "dns_name": "lb.example", "zone_id": "Z2" } }));
    assert!(standing(zones(alias, &[own]), &[]).refusals("change").is_empty());
}

#[test]
fn undo_goes_to_the_zone_that_was_changed() {
    let scene = standing(zones(by_name(None), &[named("Z1", false)]), &[simple("old.example.com", 60)]);
    let before = scene.image("change");
    assert_eq!(before["zone"], "Z1");
    let back = scene.before(before).way_back("change").expect("it can be taken back");
    let asks = back.asks(&Asked::No);
    let zone = ZoneRef::from("Z1");
    assert_eq!(asks[0].query, Query::Dns(DnsQuery::RecordSets { zone, name: NAME.into(), resolve: false }));
}
