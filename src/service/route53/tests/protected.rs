//! Whether the change touches what somebody protects.

use super::*;
use crate::plan::Level;
use crate::service::observation::RecordProtection;

fn judged(of_type: &str, protected: &[&str], is_whole: bool, standing: &[&str]) -> (Level, String) {
    let mut fields = json!({ "zone": "Example.com", "record": "*.example.com", "type": of_type });
    fields["values"] = json!([if of_type == "A" { "192.0.2.2" } else { "west.example.net" }]);
    let scene = Scene::new("route53", fields);
    let zone = zone_of(&scene);
    assert_eq!(zone.zone.as_str(), "example.com.", "in one spelling");
    let one = |of_type: &&str| RecordProtection {
        name: "\\052.Example.com.".into(),
        record_type: (*of_type).into(),
        comment: (**of_type == *"CNAME").then(|| "ask DNS".into()),
    };
    let other = RecordProtection { name: "b.example.com.".into(), record_type: "A".into(), comment: None };
    let protections = protected.iter().map(one).chain([other]).collect();
    let stands = |of_type: &&str| RecordSet { name: "\\052.example.com.".into(), ..record(of_type, "x", 60) };
    let told = DnsObservation::Protections { protections, is_whole };
    let records = DnsObservation::ZoneRecords { records: standing.iter().map(stands).collect(), is_whole: true };
    let scene = scene.sees(Side::Recovery, DnsQuery::Protections { zone: zone.clone() }.into(), told.into()).sees(
        Side::Recovery,
        DnsQuery::ZoneRecords { zone }.into(),
        records.into(),
    );
    let ready = super::super::protected::of(scene.component(), &scene.plan).expect("it is held to it");
    let check = (ready.looked.judge)(&scene.facts());
    (check.level, check.found.to_string())
}

#[test]
fn what_is_protected_of_the_types_that_the_change_touches_refuses_it() {
    let failing = |found: &str| (Level::Failing, found.to_owned());
    assert_eq!(judged("A", &[], true, &["A"]), (Level::Ok, "nobody protects it".to_owned()));
    assert_eq!(
        judged("A", &["A"], true, &[]),
        failing("\\052.Example.com. A is protected"),
        "it need not stand there yet"
    );
    assert_eq!(judged("A", &["AAAA", "MX"], true, &["A", "AAAA"]).0, Level::Ok, "another type of the name");
    // An address replaces a CNAME that stands there.
    assert_eq!(judged("A", &["CNAME"], true, &["A"]).0, Level::Ok);
    assert_eq!(judged("A", &["CNAME"], true, &["CNAME"]), failing("\\052.Example.com. CNAME is protected (ask DNS)"));
    assert_eq!(judged("CNAME", &["AAAA"], true, &["A", "AAAA"]).0, Level::Failing);
    // What was not looked at may protect it.
    assert_eq!(judged("A", &[], false, &["A"]).0, Level::Unknown);
    assert_eq!(judged("A", &["A"], false, &["A"]).0, Level::Failing);
}

/// A zone that a plan names without its final dot is asked for as every step asks for it.
#[test]
fn every_rule_asks_for_the_zone_in_one_spelling() {
    let fields = json!({ "zone": "Example.com", "record": "shop.example.com", "values": ["192.0.2.2"] });
    let scene = Scene::new("route53", fields);
    let zones: Vec<String> = super::super::readiness::of(scene.component(), &scene.plan)
        .iter()
        .flat_map(|ready| &ready.looked.asks)
        .filter_map(|ask| match &ask.query {
            Query::Dns(
                DnsQuery::ZoneRecords { zone } | DnsQuery::HostedZone { zone } | DnsQuery::Protections { zone },
            ) => Some(zone.zone.to_string()),
            _ => None,
        })
        .collect();
    assert!(zones.len() >= 5 && zones.iter().all(|zone| zone == "example.com."), "{zones:?}");
}
