//! Under test: whether these are the instances that the plan means.

use super::*;
use crate::plan::{Intent, Level};
use crate::service::work::{Check, Weight};

fn checks(scene: &Scene, action: &str) -> Vec<Check> {
    scene.work(action).prechecks(&scene.facts())
}

/// The identity checks that fail, by code; none of the others does.
fn wrong(scene: &Scene, action: &str) -> Vec<String> {
    let failing: Vec<Check> = checks(scene, action).into_iter().filter(|check| check.level == Level::Failing).collect();
    assert!(failing.iter().all(|check| check.identity), "of identity: {failing:?}");
    failing.iter().map(|check| check.code.to_string()).collect()
}

fn replica_of(source: &str) -> DbInstance {
    DbInstance { replica_of: Some(source.into()), ..replica("available") }
}

#[test]
fn only_the_replica_of_the_plans_source_is_promoted() {
    let table = [
        (SOURCE, true),
        ("arn:aws:rds:eu-west-1:111122223333:db:ORDERS", true),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders-fenced-202701150800", true),
        ("arn:aws-cn:rds:eu-west-1:111122223333:db:orders", true),
        ("arn:aws:rds:eu-west-1:111122223333:db:billing", false),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders2", false),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders-fenced-202701150759", false),
        ("arn:aws:rds:eu-west-1:111122223333:db:orders-fenced", false),
        ("arn:aws:rds:eu-west-2:111122223333:db:orders", false),
        ("arn:aws:rds:eu-central-1:111122223333:db:orders", false),
        ("arn:aws:rds:eu-west-1:999988887777:db:orders", false),
        ("arn:aws:rds:eu-west-1:111122223333:cluster:orders", false),
        ("orders", false),
    ];
    for (source, is_it) in table {
        for scene in [scene(), scene().switchover()] {
            let scene = sees_replica(pair(scene), Some(replica_of(source)));
            let expected: &[&str] = if is_it { &[] } else { &["rds-replica-source"] };
            assert_eq!(wrong(&scene, "promote"), expected, "{source}");
        }
    }
}

#[test]
fn the_source_that_it_really_has_is_named() {
    let scene = sees_replica(scene(), Some(replica_of("arn:aws:rds:eu-west-1:111122223333:db:billing")));
    let check = checks(&scene, "promote").into_iter().find(|check| check.level == Level::Failing).expect("it fails");
    assert!(check.found.contains("billing") && check.wanted.contains("orders in eu-west-1"), "{check:?}");
}

#[test]
fn what_is_no_replica_of_an_instance_is_refused() {
    let aurora =
        || DbInstance { engine: "aurora-postgresql".into(), cluster: Some("oc".into()), ..promoted("available") };
    let of_a_cluster = || DbInstance { replica_of_cluster: Some("oc".into()), ..promoted("available") };
    let member = || DbInstance { cluster: Some("oc".into()), ..replica("available") };
    let table = [
        ("a standalone instance", promoted("available"), &["rds-replica-role"][..]),
        ("a member of Aurora", aurora(), &["rds-replica-role", "rds-engine"]),
        ("Aurora by its engine alone", DbInstance { cluster: None, ..aurora() }, &["rds-replica-role", "rds-engine"]),
        ("a replica of a Multi-AZ cluster", of_a_cluster(), &["rds-replica-role", "rds-replica-source"]),
        ("a member of a Multi-AZ cluster", member(), &["rds-engine"]),
    ];
    for (what, instance, expected) in table {
        assert_eq!(wrong(&sees_replica(scene(), Some(instance)), "promote"), expected, "{what}");
    }
}

#[test]
fn a_switchover_compares_the_engines() {
    let other = DbInstance { engine: "mysql".into(), ..source("orders", "available") };
    let scene = sees_source(pair(scene().switchover()), Some(other), None);
    assert_eq!(wrong(&scene, "promote"), ["rds-engine"]);
}

#[test]
fn a_writer_is_fenced_only_for_its_own_replica() {
    assert!(pair(scene()).refusals("fence").is_empty());
    let stale = sees_replica(pair(scene()), Some(promoted("available")));
    assert_eq!(wrong(&stale, "fence"), ["rds-fence-source"], "what was promoted once replicates from nothing");
    let other = sees_replica(pair(scene()), Some(replica_of("arn:aws:rds:eu-west-1:111122223333:db:billing")));
    assert_eq!(wrong(&other, "fence"), ["rds-fence-source"]);
    assert_eq!(wrong(&sees_replica(pair(scene()), None), "fence"), ["rds-fence-source"]);
    let untold = pair(scene()).hears_nothing(Side::Recovery, asks_for("orders-replica"));
    assert_eq!(untold.refusals("fence"), ["rds-fence-source"], "what is not told refuses too");
}

#[test]
fn what_this_run_has_promoted_is_fenced_for_afterwards() {
    let paid = sees_replica(pair(scene()), Some(promoted("available"))).given("endpoint", "orders-replica.example.com");
    assert!(paid.refusals("fence").is_empty());
}

#[test]
fn what_is_no_writer_is_not_fenced() {
    let old = |old: DbInstance| sees_source(pair(scene()), Some(old), None);
    let chained = DbInstance {
        replica_of: Some("arn:aws:rds:us-east-1:111122223333:db:root".into()),
        ..source("orders", "available")
    };
    assert_eq!(wrong(&old(chained), "fence"), ["rds-fence-role"], "a replica in a chain, or regions swapped");
    let member = DbInstance { cluster: Some("oc".into()), ..source("orders", "available") };
    assert_eq!(wrong(&old(member), "fence"), ["rds-fence-role"]);
}

#[test]
fn a_smaller_replica_is_told_and_blocks_where_the_plan_expects_its_like() {
    let small = || DbInstance { settings: settings("db.t4g.small", &[]), ..replica("available") };
    let class = |scene: Scene, action: &str| {
        checks(&sees_replica(pair(scene), Some(small())), action)
            .into_iter()
            .find(|check| check.code.as_str() == "rds-class")
    };
    for (scene, action) in [(scene(), "fence"), (scene().switchover(), "promote")] {
        let check = class(scene, action).expect("it is told");
        assert_eq!((check.level, check.weight), (Level::Failing, Weight::Slows));
        assert!(check.found.contains("db.t4g.small") && check.found.contains("db.r6g.large"), "{check:?}");
    }
    let expects = || scene_with(json!({ "expect_class": true }));
    assert_eq!(class(expects(), "fence").expect("it is told").weight, Weight::Blocks);
    assert_eq!(class(expects().switchover(), "promote").expect("it is told").weight, Weight::Blocks);
    // In the dark nobody can know, and a failover does not wait for it.
    let dark = |intent| {
        let mut scene = sees_replica(expects(), Some(small()));
        scene.intent = intent;
        let action = if intent == Intent::Failover { "fence" } else { "promote" };
        let check = checks(&scene, action).into_iter().find(|check| check.code.as_str() == "rds-class").expect("told");
        (check.level, check.weight)
    };
    assert_eq!(dark(Intent::Failover), (Level::Unknown, Weight::Slows));
    assert_eq!(dark(Intent::Switchover), (Level::Unknown, Weight::Blocks));
}
