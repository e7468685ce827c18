//! What a switch is held to: the object in a bucket of the recovery region, watched by an inverted check.

use super::flip::Before;
use crate::plan::{Level, Side};
use crate::service::DnsQuery;
use crate::service::observation::{Bucket, DnsObservation, HealthCheck, Object, S3Observation};
use crate::service::operation::{Operation, S3Operation};
use crate::service::s3::words::Query;
use crate::service::scene::{Scene, name_of};
use serde_json::{Value, json};

fn scene(present: bool) -> Scene {
    Scene::new("switch", json!({ "bucket": "switch-west", "object": "east-is-off", "present": present }))
}

fn sees(scene: Scene, region: &str, is_there: bool) -> Scene {
    let bucket = Some(Bucket { region: region.into() });
    let object = is_there.then(|| Object { version: Some("v1".into()) });
    let (name, key) = ("switch-west".into(), "east-is-off".into());
    scene
        .sees(
            Side::Recovery,
            Query::Bucket { bucket: "switch-west".into() }.into(),
            S3Observation::Bucket { bucket }.into(),
        )
        .sees(Side::Recovery, Query::Object { bucket: name, key }.into(), S3Observation::Object { object }.into())
}

fn put() -> Operation {
    Operation::S3(S3Operation::PutMarker { bucket: "switch-west".into(), key: "east-is-off".into() })
}

fn delete() -> Operation {
    Operation::S3(S3Operation::DeleteMarker { bucket: "switch-west".into(), key: "east-is-off".into() })
}

#[test]
fn the_object_is_put_or_deleted_and_the_way_back_is_the_other() {
    for (present, there, back) in [(true, put(), delete()), (false, delete(), put())] {
        let before = sees(scene(present), "eu-central-1", !present);
        assert_eq!(name_of(&before.goal("flip")), "untouched");
        assert_eq!(before.act("flip").operation, there);
        let image = before.work("flip").before_image(&before.facts());
        let read: Before = serde_json::from_value(image.clone()).expect("it is read as it was written");
        assert_eq!(read.present, !present);
        let way_back = sees(scene(present), "eu-central-1", present).taken(None).before(image);
        let work = way_back.way_back("flip").expect("it can be taken back");
        assert_eq!(work.act(&way_back.facts()).expect("it acts").operation, back);
        assert_eq!(name_of(&sees(scene(present), "eu-central-1", present).goal("flip")), "holds");
    }
}

#[test]
fn what_was_as_wanted_before_has_no_way_back() {
    let was = serde_json::to_value(Before { present: true, version: None }).expect("it is written");
    assert!(sees(scene(true), "eu-central-1", true).taken(None).before(was).way_back("flip").is_none());
    assert!(scene(true).taken(None).before(Value::Null).way_back("flip").is_none());
}

#[test]
fn that_an_object_is_not_there_proves_nothing_of_a_bucket_elsewhere() {
    let elsewhere = sees(scene(false), "eu-west-1", false);
    assert_eq!(name_of(&elsewhere.goal("flip")), "untouched");
    let checks = elsewhere.work("flip").prechecks(&elsewhere.facts());
    assert!(checks.iter().any(|check| check.identity && check.level == Level::Failing), "{checks:?}");
}

#[test]
fn a_check_that_would_not_move_anybody_refuses_a_switchover_and_a_failover_does_not_ask() {
    let id = "11111111-2222-3333-4444-555555555555";
    let scene = || {
        let fields = json!({ "bucket": "switch-west", "object": "east-is-off", "present": true, "health_check": id });
        sees(Scene::new("switch", fields), "eu-central-1", false)
    };
    let good = HealthCheck {
        host: "switch-west.s3.eu-central-1.amazonaws.com".into(),
        path: "/east-is-off".into(),
        inverted: true,
        disabled: false,
    };
    let blocks = |check: Option<HealthCheck>| {
        let seen = scene().switchover().sees(
            Side::Recovery,
            DnsQuery::HealthCheck { id: id.into() }.into(),
            DnsObservation::HealthCheck { check }.into(),
        );
        let checks = seen.work("flip").prechecks(&seen.facts());
        checks.iter().any(|check| check.level == Level::Failing && check.weight.blocks())
    };
    assert!(!blocks(Some(good.clone())));
    let path_style = HealthCheck {
        host: "s3.eu-central-1.amazonaws.com".into(),
        path: "/switch-west/east-is-off".into(),
        ..good.clone()
    };
    assert!(!blocks(Some(path_style)));
    assert!(blocks(None));
    assert!(blocks(Some(HealthCheck { inverted: false, ..good.clone() })));
    assert!(blocks(Some(HealthCheck { disabled: true, ..good.clone() })));
    assert!(blocks(Some(HealthCheck { path: "/other".into(), ..good })));
    let asks = scene().work("flip").asks(&crate::service::Asked::No);
    assert!(!asks.iter().any(|ask| ask.query == DnsQuery::HealthCheck { id: id.into() }.into()));
}

#[test]
fn what_must_be_answered_is_said_together() {
    let with = |more: Value| {
        let mut fields = json!({ "bucket": "switch-west", "object": "east-is-off", "present": true });
        for (name, value) in more.as_object().expect("a table") {
            fields[name] = value.clone();
        }
        Scene::new("switch", fields).problems().len()
    };
    assert_eq!(with(json!({ "zone": "Z1", "record": "a.example.com", "set": "west" })), 0);
    assert_eq!(with(json!({ "zone": "Z1", "record": "a.example.com" })), 1);
    assert_eq!(with(json!({ "bucket": "https://x", "object": "/a" })), 2);
}

#[test]
fn what_route_53_tells_is_waited_for_only_where_it_does_not_fail() {
    let beside = |primary: &str, switchover: bool| {
        let fields = json!({
            "bucket": "switch-west", "object": "east-is-off", "present": true, "zone": "Z1",
            "record": "a.example.com", "set": "west",
        });
        let mut scene = Scene::new("switch", fields);
        scene.plan.application.primary = primary.into();
        let scene = if switchover { scene.switchover() } else { scene };
        (scene.step("flip").beside, scene.step("serves").beside)
    };
    assert_eq!(beside("us-east-1", false), (false, true));
    assert_eq!(beside("us-east-1", true), (false, false));
    assert_eq!(beside("eu-west-1", false), (false, false));
}
