//! What a global datastore's move is held to: by both roles, and never by a status alone.

use super::words::{self, GlobalDatastore, Member, Observation, Operation, Query, ReplicationGroup};
use crate::plan::{Intent, Level, Side, Undo};
use crate::service::cloudwatch::{self, LagSample, LagSeries};
use crate::service::observation::Observation as Any;
use crate::service::operation;
use crate::service::scene::{Scene, name_of, words_of};
use jiff::SignedDuration;
use serde_json::{Value, json};

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "global": "ldgnf-carts", "primary": "carts", "recovery": "carts-west" });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("elasticache", fields)
}

fn member(group: &str, region: &str, role: &str) -> Member {
    Member { group: group.into(), region: region.into(), role: role.into(), status: "associated".into() }
}

fn datastore(status: &str, roles: [&str; 2]) -> GlobalDatastore {
    let members = vec![member("carts", "eu-west-1", roles[0]), member("carts-west", "eu-central-1", roles[1])];
    GlobalDatastore { id: "ldgnf-carts".into(), status: status.into(), members }
}

fn group(status: &str, role: Option<&str>) -> ReplicationGroup {
    ReplicationGroup {
        id: "carts-west".into(),
        status: status.into(),
        datastore: role.map(|_| "ldgnf-carts".into()),
        role: role.map(Into::into),
        endpoint: Some("master.carts-west.example.com".into()),
        port: Some(6379),
        reader: None,
        nodes: 2,
        ..ReplicationGroup::default()
    }
}

fn sees(scene: Scene, datastore: Option<GlobalDatastore>, group: Option<ReplicationGroup>) -> Scene {
    let at_group = Query::ReplicationGroup { id: "carts-west".into() };
    let at_datastore = Query::GlobalDatastore { id: "ldgnf-carts".into() };
    scene.sees(Side::Recovery, at_datastore.into(), Observation::GlobalDatastore { datastore }.into()).sees(
        Side::Recovery,
        at_group.into(),
        Observation::ReplicationGroup { group }.into(),
    )
}

const BEFORE: [&str; 2] = ["PRIMARY", "SECONDARY"];
const AFTER: [&str; 2] = ["SECONDARY", "PRIMARY"];

#[test]
fn available_in_the_old_roles_is_no_move() {
    let right_after = sees(
        scene(json!({})).taken(None),
        Some(datastore("available", BEFORE)),
        Some(group("available", Some("SECONDARY"))),
    );
    assert_eq!(name_of(&right_after.goal("move")), "untouched");
}

#[test]
fn both_who_tell_the_role_have_to_agree() {
    for (roles, own) in [(AFTER, "SECONDARY"), (BEFORE, "PRIMARY")] {
        let half = sees(
            scene(json!({})).taken(None),
            Some(datastore("available", roles)),
            Some(group("available", Some(own))),
        );
        assert_eq!(name_of(&half.goal("move")), "moving", "{roles:?} and {own}");
    }
    let whole = sees(
        scene(json!({})).taken(None),
        Some(datastore("available", AFTER)),
        Some(group("available", Some("primary"))),
    );
    assert_eq!(name_of(&whole.goal("move")), "holds");
}

#[test]
fn a_failover_waits_for_its_own_group_and_a_switchover_for_both() {
    let seen = |scene: Scene, datastore_is, group_is| {
        let scene = sees(scene, Some(datastore(datastore_is, AFTER)), Some(group(group_is, Some("PRIMARY"))));
        name_of(&scene.goal("move")).to_owned()
    };
    assert_eq!(seen(scene(json!({})).taken(None), "modifying", "modifying"), "moving");
    assert_eq!(seen(scene(json!({})).taken(None), "modifying", "available"), "holds");
    assert_eq!(seen(scene(json!({})).switchover().taken(None), "modifying", "available"), "moving");
    assert_eq!(seen(scene(json!({})).switchover().taken(None), "available", "available"), "holds");
}

#[test]
fn what_is_not_the_datastore_of_the_plan_is_never_passed_by_a_word() {
    let other = |members: Vec<Member>| {
        let found = GlobalDatastore { members, ..datastore("available", BEFORE) };
        let scene = sees(scene(json!({})), Some(found), Some(group("available", Some("SECONDARY"))));
        let wrong = scene
            .work("move")
            .prechecks(&scene.facts())
            .into_iter()
            .filter(|check| check.level != Level::Ok && check.identity);
        wrong.map(|check| check.code.to_string()).collect::<Vec<_>>()
    };
    let right = [member("carts", "eu-west-1", "PRIMARY"), member("carts-west", "eu-central-1", "SECONDARY")];
    assert_eq!(other(right.to_vec()), Vec::<String>::new());
    let elsewhere = member("carts-west", "eu-north-1", "SECONDARY");
    assert_eq!(other(vec![right[0].clone(), elsewhere]), ["elasticache-member"]);
    let another = member("sessions", "eu-west-1", "PRIMARY");
    assert_eq!(other(vec![another, right[1].clone()]), ["elasticache-primary"]);
}

#[test]
fn nothing_is_sent_to_what_is_not_available() {
    for (datastore_is, group_is, code) in [
        ("modifying", "available", "elasticache-status"),
        ("primary-only", "available", "elasticache-status"),
        ("available", "snapshotting", "elasticache-group"),
    ] {
        let scene =
            sees(scene(json!({})), Some(datastore(datastore_is, BEFORE)), Some(group(group_is, Some("SECONDARY"))));
        let wrong: Vec<String> = scene
            .work("move")
            .prechecks(&scene.facts())
            .into_iter()
            .filter(|check| check.level != Level::Ok && check.weight.blocks())
            .map(|check| check.code.to_string())
            .collect();
        assert_eq!(wrong, [code]);
    }
}

#[test]
fn the_call_names_the_group_that_becomes_the_primary_and_the_way_back_the_other() {
    let scene =
        sees(scene(json!({})), Some(datastore("available", BEFORE)), Some(group("available", Some("SECONDARY"))));
    let there = scene.act("move");
    let wanted = |region: &str, group: &str| {
        operation::Operation::ElastiCache(Operation::FailOverDatastore {
            datastore: "ldgnf-carts".into(),
            region: region.into(),
            group: group.into(),
        })
    };
    assert_eq!((there.place.region.as_str(), there.operation), ("eu-central-1", wanted("eu-central-1", "carts-west")));
    let back = scene.way_back("move").expect("it can be taken back");
    let back = back.act(&scene.facts()).expect("it acts");
    assert_eq!((back.place.region.as_str(), back.operation), ("eu-west-1", wanted("eu-west-1", "carts")));
}

#[test]
fn the_way_back_loses_no_more_than_was_promised_unless_that_was_said() {
    let refused = |rpo: Option<f64>, past: bool, lag: Option<(f64, i64)>| {
        let mut scene = scene(json!({}));
        (scene.plan.application.rpo_seconds, scene.past_the_point) = (rpo, past);
        let query = words::lag(&scene.place(Side::Primary), &"ldgnf-carts".into(), &"carts".into()).ask.query;
        let sampled_at = lag.map(|(_, age)| scene.now - SignedDuration::from_secs(age));
        let newest = LagSample { seconds: lag.map(|(lag, _)| lag), sampled_at, instead: None };
        let series = LagSeries { newest, ..LagSeries::default() };
        let scene = scene.sees(Side::Primary, query, cloudwatch::Observation::Lag(series).into());
        let back = scene.way_back("move").expect("it can be taken back");
        assert_eq!(back.further(&scene.facts()).len(), usize::from(rpo.is_some() && !past));
        let checks = back.prechecks(&scene.facts());
        checks.into_iter().find(|check| check.code.as_str() == "elasticache-back-loss").map(|check| check.level)
    };
    let rpo = Some(300.0);
    assert_eq!(refused(rpo, false, Some((1.0, 90))), Some(Level::Ok));
    assert_eq!(
        refused(rpo, false, Some((1.0, 300))),
        Some(Level::Failing),
        "a small number that is old is no small loss"
    );
    assert_eq!(refused(rpo, false, Some((400.0, 60))), Some(Level::Failing));
    assert_eq!(refused(rpo, false, None), Some(Level::Unknown), "no number is not a small one");
    assert_eq!((refused(rpo, true, None), refused(None, false, None)), (None, None));
}

#[test]
fn what_leaves_stands_alone_by_this_run_only() {
    let leaving = || scene(json!({ "detach": true }));
    let alone = || Some(group("available", None));
    assert_eq!(leaving().step("detach").undo, Undo::PointOfNoReturn);
    assert_eq!(name_of(&sees(leaving(), None, alone()).goal("detach")), "bad");
    assert_eq!(name_of(&sees(leaving().taken(None), None, alone()).goal("detach")), "holds");
    let still = Some(group("available", Some("SECONDARY")));
    assert_eq!(name_of(&sees(leaving().taken(None), None, still).goal("detach")), "untouched");
    let other =
        Some(ReplicationGroup { datastore: Some("ldgnf-other".into()), ..group("available", Some("SECONDARY")) });
    let told = sees(leaving().taken(None), None, other).goal("detach");
    assert_eq!(words_of(&told), "carts-west is a member of ldgnf-other");
    assert_eq!(leaving().findings().len(), 1);
}

#[test]
fn a_lag_is_asked_of_whatever_series_there_is() {
    let scene = scene(json!({}));
    let ask = scene.kind().lag(scene.component(), &scene.plan.application).expect("a store");
    assert_eq!(ask, words::lag(&scene.place(Side::Recovery), &"ldgnf-carts".into(), &"carts-west".into()).ask);
    assert_eq!(scene.intent, Intent::Failover);
    let _: Any = Observation::ReplicationGroup { group: None }.into();
}

#[test]
fn a_stuck_datastore_keeps_no_group_from_leaving_it() {
    let seen = |more: Value| {
        let secondary = Some(group("available", Some("SECONDARY")));
        sees(scene(more), Some(datastore("modifying", BEFORE)), secondary)
    };
    let blocks = |scene: &Scene, action: &str| {
        let checks = scene.work(action).prechecks(&scene.facts());
        checks.iter().any(|check| check.level != Level::Ok && check.weight.blocks())
    };
    assert!(blocks(&seen(json!({})), "move"));
    assert!(!blocks(&seen(json!({ "detach": true })), "detach"));
}

#[test]
fn going_back_a_secondary_is_one_once_it_is_associated_and_a_writer_is_none() {
    let seen = |membership: &str, status: &str, role: &str| {
        let mut found = datastore("available", ["PRIMARY", role]);
        found.members[1].status = membership.into();
        let mut scene = scene(json!({}));
        scene.intent = Intent::Failback;
        name_of(&sees(scene, Some(found), Some(group(status, Some(role)))).goal("joined")).to_owned()
    };
    assert_eq!(seen("associated", "available", "SECONDARY"), "holds");
    for membership in ["associating", "disassociating", "disassociated", ""] {
        assert_eq!(seen(membership, "available", "SECONDARY"), "moving", "{membership}");
    }
    assert_eq!(seen("associated", "modifying", "SECONDARY"), "moving");
    assert_eq!(seen("associated", "available", "PRIMARY"), "bad");
}
