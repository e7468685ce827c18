//! Under test: the fence, its image, and its taking back.

use super::*;
use crate::plan::{GateKind, Undo};
use crate::service::RdsObservation;
use crate::service::operation::{Operation, RdsOperation};
use crate::service::scene::{given_by, name_of, start, words_of};
use crate::service::work::{Verdict, Weight};

/// Seen in the primary region: the status under the old name and under the fenced one.
fn under(scene: Scene, old: Option<&str>, fenced: Option<&str>) -> Scene {
    let old = old.map(|status| source("orders", status));
    let fenced = fenced.map(|status| source(FENCED, status));
    sees_replica(sees_source(scene, old, fenced), Some(replica("available")))
}

#[test]
fn the_fence_holds_once_the_old_name_is_gone_and_a_restart_was_seen() {
    let table = [
        (Some("available"), None, "untouched"),
        (Some("modifying"), None, "moving"),
        (Some("renaming"), None, "moving"),
        (None, Some("renaming"), "moving"),
        (None, Some("modifying"), "moving"),
        (None, Some("of-the-future"), "moving"),
        (None, Some("rebooting"), "holds"),
        (None, Some("available"), "holds"),
        (None, Some("backing-up"), "holds"),
        (None, Some("storage-full"), "bad"),
        (None, None, "moving"),
        (Some("available"), Some("available"), "untouched"),
    ];
    for (old, fenced, verdict) in table {
        for asked in [scene().taken(None), scene().unanswered()] {
            assert_eq!(name_of(&under(asked, old, fenced).goal("fence")), verdict, "{old:?} {fenced:?}");
        }
    }
    let dark = scene().hears_nothing(Side::Primary, asks_for("orders"));
    assert_eq!(name_of(&dark.goal("fence")), "unknown");
}

#[test]
fn a_fence_of_another_run_is_not_this_ones() {
    let left = under(scene(), None, Some("available"));
    assert_eq!(name_of(&left.goal("fence")), "untouched");
    assert_eq!(left.refusals("fence"), ["rds-fence-status", "rds-fence-name"]);
    let nothing = under(scene(), None, None);
    assert_eq!(name_of(&nothing.goal("fence")), "untouched");
    assert_eq!(nothing.refusals("fence"), ["rds-fence-status"]);
}

#[test]
fn what_is_about_to_be_renamed_is_neither_fenced_nor_untouched() {
    let pending = || DbInstance { becomes: Some(FENCED.into()), ..source("orders", "available") };
    let scene =
        || sees_source(pair(scene()), Some(pending()), None).before(json!({ "id": "orders", "fenced_as": FENCED }));
    assert_eq!(name_of(&scene().taken(None).goal("fence")), "moving");
    let back = scene().way_back("fence").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&scene().facts())), "moving", "or it would be renamed once its undo is over");
}

#[test]
fn a_new_instance_under_the_old_name_is_no_fence() {
    let other = DbInstance { resource_id: "db-NEW".into(), ..source("orders", "available") };
    let image = json!({ "id": "orders", "fenced_as": FENCED, "resource_id": "db-SOURCE" });
    let scene = sees_source(pair(scene()), Some(other), Some(source(FENCED, "available"))).taken(None).before(image);
    assert_eq!(name_of(&scene.goal("fence")), "bad");
}

#[test]
fn the_verified_fence_tells_since_when_and_where_both_are() {
    let scene = under(scene().taken(None).later(240), None, Some("rebooting"));
    let given = given_by(&scene.goal("fence"));
    let at: jiff::Timestamp = given["fenced_at"].parse().expect("a time");
    assert_eq!(at, start() + jiff::SignedDuration::from_secs(240));
    assert_eq!(given["old_endpoint"].as_str(), format!("{FENCED}.example.com"));
    assert_eq!(given["new_endpoint"].as_str(), "orders-replica.example.com");
    let kind = crate::plan::Kinds::find(&crate::service::Registry, "rds").expect("it is there");
    assert!(!kind.outputs().contains(&"fenced_at"), "no plan refers to it");
}

#[test]
fn the_fence_is_refused_when_its_name_is_taken_or_there_is_nothing_to_fence() {
    assert!(under(scene(), Some("available"), None).refusals("fence").is_empty());
    assert!(under(scene(), Some("storage-optimization"), None).refusals("fence").is_empty());
    assert_eq!(under(scene(), Some("available"), Some("stopped")).refusals("fence"), ["rds-fence-name"]);
    assert_eq!(under(scene(), Some("backing-up"), None).refusals("fence"), ["rds-fence-status"]);
    assert_eq!(under(scene(), None, None).refusals("fence"), ["rds-fence-status"]);
}

#[test]
fn a_primary_that_is_down_does_not_stand_in_the_way_of_a_failover() {
    let weight = |scene: Scene| {
        let checks = scene.work("fence").prechecks(&scene.facts());
        checks.into_iter().find(|check| check.code.as_str() == "rds-fence-status").expect("it is asked").weight
    };
    for status in ["storage-full", "stopped", "failed", "incompatible-parameters"] {
        assert_eq!(weight(under(scene(), Some(status), None)), Weight::Weakens, "{status}");
        assert_eq!(weight(under(scene().switchover(), Some(status), None)), Weight::Blocks, "{status}");
    }
    assert_eq!(weight(under(scene(), Some("modifying"), None)), Weight::Blocks);
}

#[test]
fn a_switchover_is_refused_before_its_fence_when_replication_is_not_whole() {
    let seen = |scene: Scene, instance| sees_replica(pair(scene), Some(instance));
    assert!(
        seen(scene(), broken("error", "no")).refusals("fence").is_empty(),
        "that may be why a failover is declared"
    );
    assert_eq!(seen(scene().switchover(), broken("error", "no")).refusals("fence"), ["rds-replication"]);
    assert_eq!(seen(scene().switchover(), broken("stopped", "no")).refusals("fence"), ["rds-replication"]);
    let silent = DbInstance { replication: None, ..replica("available") };
    assert_eq!(seen(scene().switchover(), silent).refusals("fence"), ["rds-replication"]);
    assert!(seen(scene().switchover(), replica("available")).refusals("fence").is_empty());
}

#[test]
fn the_fence_keeps_everything_that_a_way_back_needs() {
    let scene = pair(scene());
    let image = scene.image("fence");
    assert_eq!((image["id"].as_str(), image["fenced_as"].as_str()), (Some("orders"), Some(FENCED)));
    assert_eq!((image["resource_id"].as_str(), image["port"].as_u64()), (Some("db-SOURCE"), Some(5432)));
    assert_eq!(image["settings"]["class"], "db.r6g.large");
    assert_eq!(image["settings"]["security_groups"], json!(["sg-a"]));
    let names: Vec<&String> = image["settings"].as_object().expect("a table").keys().collect();
    for name in [
        "subnet_group",
        "parameter_group",
        "option_group",
        "kms_key",
        "storage_type",
        "allocated_gib",
        "iops",
        "throughput",
        "max_allocated_gib",
        "multi_az",
        "monitoring_seconds",
        "monitoring_role",
        "iam_authentication",
        "performance_insights",
        "log_exports",
        "deletion_protection",
        "backup_window",
        "maintenance_window",
        "engine_version",
        "ca_certificate",
    ] {
        assert!(names.iter().any(|kept| *kept == name), "{name} is kept");
    }
}

#[test]
fn isolation_goes_with_the_rename_in_a_failover_and_is_part_of_the_fence() {
    let isolated = || scene_with(json!({ "isolate": ["sg-none", "sg-ops"] }));
    let Operation::Rds(RdsOperation::RenameDbInstance { new_id, security_groups, .. }) =
        pair(isolated()).act("fence").operation
    else {
        panic!("a rename")
    };
    assert_eq!((new_id.as_str(), security_groups.len()), (FENCED, 2));
    let goal = |groups: &[&str]| {
        let fenced = DbInstance { settings: settings("c", groups), ..source(FENCED, "rebooting") };
        name_of(&sees_source(isolated().taken(None), None, Some(fenced)).goal("fence"))
    };
    assert_eq!(goal(&["sg-a"]), "moving");
    assert_eq!(goal(&["sg-ops", "sg-none"]), "holds");
    assert_eq!(goal(&["sg-ops", "sg-none", "sg-a"]), "moving");
    let Operation::Rds(RdsOperation::RenameDbInstance { security_groups, .. }) =
        pair(isolated().switchover()).act("fence").operation
    else {
        panic!("a rename")
    };
    assert!(security_groups.is_empty(), "nobody has shown that replication survives it");
}

#[test]
fn isolation_waits_until_the_renamed_instance_can_be_changed_and_gives_its_groups_back() {
    let scene = || scene_with(json!({ "isolate": ["sg-none"] })).switchover();
    let fenced = |status: &str, group: &str| DbInstance { settings: settings("c", &[group]), ..source(FENCED, status) };
    let seen = |status: &str, group: &str| sees_source(scene(), None, Some(fenced(status, group)));
    let busy = seen("rebooting", "sg-a");
    assert_eq!(name_of(&busy.goal("isolate")), "moving");
    assert!(busy.work("isolate").act(&busy.facts()).is_none() && busy.refusals("isolate").is_empty());
    let ready = seen("available", "sg-a");
    let wanted = |group: &str| {
        Operation::Rds(RdsOperation::SetDbSecurityGroups { id: FENCED.into(), security_groups: vec![group.into()] })
    };
    assert_eq!(ready.act("isolate").operation, wanted("sg-none"));
    assert_eq!(name_of(&seen("modifying", "sg-none").goal("isolate")), "holds");
    let isolated = seen("available", "sg-none").before(ready.image("isolate"));
    let back = isolated.way_back("isolate").expect("it can be taken back");
    assert_eq!(back.act(&isolated.facts()).expect("it is sent").operation, wanted("sg-a"));
}

/// A fence that was done, seen as it is now.
fn fenced(scene: Scene, recovery: Option<DbInstance>) -> Scene {
    let image = pair(super::scene()).image("fence");
    sees_replica(under(scene.before(image), None, Some("available")), recovery)
}

fn back(scene: &Scene) -> (Vec<String>, Operation, Verdict) {
    let back = scene.way_back("fence").expect("a fence can be taken back");
    let refused = back.prechecks(&scene.facts()).into_iter().filter(|check| check.level != crate::plan::Level::Ok);
    let act = back.act(&scene.facts()).expect("it is sent");
    (refused.map(|check| check.code.to_string()).collect(), act.operation, back.goal(&scene.facts()))
}

#[test]
fn the_way_back_is_the_old_name_and_the_old_groups() {
    let (refused, act, goal) = back(&fenced(scene(), Some(replica("available"))));
    let wanted = |groups: &[&str]| {
        Operation::Rds(RdsOperation::RenameDbInstance {
            id: FENCED.into(),
            new_id: "orders".into(),
            security_groups: groups.iter().map(|group| (*group).into()).collect(),
        })
    };
    assert_eq!((refused.len(), act, name_of(&goal)), (0, wanted(&[]), "untouched"));
    let isolated = DbInstance { settings: settings("c", &["sg-none"]), ..source(FENCED, "available") };
    let isolated = sees_source(fenced(scene(), Some(replica("available"))), None, Some(isolated));
    assert_eq!(back(&isolated).1, wanted(&["sg-a"]));
    let goal =
        |old: DbInstance| name_of(&back(&sees_source(fenced(scene(), Some(replica("available"))), Some(old), None)).2);
    assert_eq!(goal(source("orders", "available")), "holds");
    assert_eq!(goal(source("orders", "rebooting")), "moving");
    assert_eq!(goal(DbInstance { settings: settings("c", &["sg-none"]), ..source("orders", "available") }), "moving");
    assert_eq!(goal(DbInstance { resource_id: "db-NEW".into(), ..source("orders", "available") }), "bad");
}

#[test]
fn it_is_not_taken_back_while_the_other_side_writes_or_may() {
    for recovery in [
        promoted("available"),
        promoted("backing-up"),
        promoted("modifying"),
        replica("modifying"),
        replica("rebooting"),
    ] {
        let (refused, ..) = back(&fenced(scene(), Some(recovery.clone())));
        assert_eq!(refused, ["rds-unfence-writer"], "{} {:?}", recovery.status, recovery.replica_of);
    }
    let untold = fenced(scene(), None).hears_nothing(Side::Recovery, asks_for("orders-replica"));
    assert_eq!(back(&untold).0, ["rds-unfence-writer"], "what is not told refuses too");
    assert!(back(&fenced(scene(), None)).0.is_empty(), "what is gone does not write");
    assert!(back(&fenced(scene(), Some(replica("storage-full")))).0.is_empty());
    let mut past = fenced(scene(), Some(promoted("available")));
    past.past_the_point = true;
    assert!(back(&past).0.is_empty(), "past the point is a decision of its own");
    let mut own = fenced(scene(), None).hears_nothing(Side::Recovery, asks_for("orders-replica"));
    own.may_be_promoted = false;
    assert_eq!(back(&own).0, ["rds-unfence-writer"], "what is not told is waited for");
    let own = own.later(20);
    assert!(back(&own).0.is_empty(), "a silent region keeps nothing back that this run has not promoted there");
    let mut other = fenced(scene(), Some(promoted("available"))).later(20);
    other.may_be_promoted = false;
    assert_eq!(back(&other).0, ["rds-unfence-writer"], "who promoted it makes no difference once it is told");
}

#[test]
fn a_fence_of_an_earlier_landfall_is_taken_back_from_the_name_it_gave() {
    let scene = scene().before(json!({ "id": "orders" }));
    let told = |instance| Observation::Rds(RdsObservation::DbInstance { instance });
    let scene = sees_replica(scene, Some(replica("available")))
        .sees(Side::Primary, asks_for("orders"), told(None))
        .sees(Side::Primary, asks_for("orders-fenced"), told(Some(source("orders-fenced", "available"))));
    let Operation::Rds(RdsOperation::RenameDbInstance { id, .. }) = back(&scene).1 else { panic!("a rename") };
    assert_eq!(id.as_str(), "orders-fenced");
}

#[test]
fn a_failovers_promotion_waits_for_its_fence_beside_the_path_and_a_switchover_sees_that_nothing_is_missing() {
    let failover = scene();
    let fence = failover.step("fence");
    assert!(fence.beside && fence.asks_when_failing == Some(GateKind::Writers));
    assert_eq!(fence.timeout_seconds, 300.0);
    assert_eq!(failover.step("promote").needs, [fence.id]);
    let switchover = scene().switchover();
    let fence = switchover.step("fence");
    assert!(!fence.beside && fence.asks_when_failing.is_none());
    assert_eq!(fence.gates.iter().map(crate::plan::Gate::kind).collect::<Vec<_>>(), [GateKind::PointOfNoReturn]);
    assert_eq!(fence.undo, Undo::Reversible);
    let caught_up = switchover.step("caught-up");
    assert_eq!((caught_up.needs, caught_up.asks_when_failing), (vec![fence.id], Some(GateKind::CaughtUp)));
    assert_eq!(switchover.step("promote").needs, [caught_up.id]);
}

#[test]
fn the_waits_are_the_plans_whatever_the_steps_are_given() {
    let mut scene = scene_with(json!({ "fence_wait": 90.0, "caught_up_wait": 60.0 }));
    scene.plan.components[0].timeout_seconds = Some(8.0);
    assert_eq!((scene.step("fence").timeout_seconds, scene.step("promote").timeout_seconds), (90.0, 8.0));
    let scene = scene.switchover();
    assert_eq!((scene.step("fence").timeout_seconds, scene.step("caught-up").timeout_seconds), (8.0, 60.0));
}

#[test]
fn without_a_fence_there_is_no_such_step_and_a_switchover_still_sees_that_it_has_caught_up() {
    let actions =
        |scene: &Scene| scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect::<Vec<_>>();
    let scene = scene_with(json!({ "fence": false }));
    assert_eq!(actions(&scene), ["promote"]);
    assert!(scene.findings().contains(&"rds-unfenced".to_owned()));
    let scene = scene.switchover();
    assert_eq!(actions(&scene), ["caught-up", "promote"]);
    assert_eq!(scene.step("caught-up").gates.len(), 1);
}

#[test]
fn words_of_a_fence_say_what_is_waited_for() {
    assert!(
        words_of(&under(scene().taken(None), None, Some("renaming")).goal("fence")).contains("restart not seen yet")
    );
    assert!(words_of(&under(scene().taken(None), None, Some("rebooting")).goal("fence")).contains("orders is gone"));
}
