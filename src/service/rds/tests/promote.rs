//! Under test: the promotion, and what is not one.

use super::*;
use crate::plan::{Gate, GateKind};
use crate::service::LocalObservation;
use crate::service::LocalQuery;
use crate::service::observation::TcpAnswer;
use crate::service::operation::{Operation, RdsOperation};
use crate::service::scene::{given_by, name_of, words_of};

#[test]
fn available_is_not_promoted_while_the_source_is_named() {
    for scene in [scene(), scene().taken(None), scene().unanswered()] {
        assert_eq!(name_of(&sees_replica(scene, Some(replica("available"))).goal("promote")), "untouched");
    }
}

#[test]
fn promoted_is_without_a_source_and_gives_its_endpoint() {
    for status in ["available", "backing-up", "storage-optimization", "configuring-enhanced-monitoring"] {
        let verdict = sees_replica(scene().taken(None), Some(promoted(status))).goal("promote");
        assert_eq!(name_of(&verdict), "holds", "{status}: it writes while its backup is made");
        assert_eq!(given_by(&verdict)["endpoint"].as_str(), "orders-replica.example.com");
        assert_eq!(given_by(&verdict)["port"].as_str(), "5432");
    }
}

#[test]
fn what_this_run_has_not_promoted_is_never_already_done() {
    let verdict = sees_replica(scene(), Some(promoted("available"))).goal("promote");
    assert_eq!(name_of(&verdict), "bad", "{verdict:?}");
    assert!(words_of(&verdict).contains("orders-replica"), "{verdict:?}");
    for asked in [scene().taken(None), scene().unanswered()] {
        assert_eq!(name_of(&sees_replica(asked, Some(promoted("available"))).goal("promote")), "holds");
    }
}

#[test]
fn another_instance_of_the_same_name_is_not_the_one_that_was_promoted() {
    let asked = scene().taken(None).before(json!({ "resource_id": "db-OTHER" }));
    assert_eq!(name_of(&sees_replica(asked, Some(promoted("available"))).goal("promote")), "bad");
    let asked = scene().taken(None).before(json!({ "resource_id": "db-REPLICA" }));
    assert_eq!(name_of(&sees_replica(asked, Some(promoted("available"))).goal("promote")), "holds");
}

#[test]
fn the_port_of_the_plan_wins() {
    let scene = scene_with(json!({ "port": 6432 })).taken(None);
    let verdict = sees_replica(scene, Some(promoted("available"))).goal("promote");
    assert_eq!(given_by(&verdict)["port"].as_str(), "6432");
}

#[test]
fn every_status_is_in_flight_but_the_known_ones() {
    let table = [
        ("modifying", "moving"),
        ("rebooting", "moving"),
        ("promoting-under-a-new-name", "moving"),
        ("Available", "moving"),
        ("failed", "bad"),
        ("incompatible-network", "bad"),
        ("storage-full", "bad"),
        ("inaccessible-encryption-credentials-recoverable", "bad"),
        ("deleting", "bad"),
    ];
    for (status, verdict) in table {
        let seen = sees_replica(scene().taken(None), Some(promoted(status)));
        assert_eq!(name_of(&seen.goal("promote")), verdict, "{status}");
    }
    assert_eq!(name_of(&sees_replica(scene(), None).goal("promote")), "bad");
}

#[test]
fn without_an_endpoint_the_promotion_is_not_done() {
    let instance = DbInstance { endpoint: None, ..promoted("available") };
    assert_eq!(name_of(&sees_replica(scene().taken(None), Some(instance)).goal("promote")), "moving");
}

#[test]
fn only_what_must_refuses_the_promotion() {
    for status in ["available", "storage-optimization", "configuring-log-exports"] {
        assert!(sees_replica(scene(), Some(replica(status))).refusals("promote").is_empty(), "{status}");
    }
    for status in ["backing-up", "modifying", "stopped", "storage-full", "no-such-status"] {
        let refusals = sees_replica(scene(), Some(replica(status))).refusals("promote");
        assert_eq!(refusals, ["rds-replica-status"], "{status}");
    }
    assert_eq!(sees_replica(scene(), None).refusals("promote"), ["rds-replica-exists"]);
    let silent = scene().hears_nothing(Side::Recovery, asks_for("orders-replica"));
    assert_eq!(silent.refusals("promote"), ["rds-replica-exists"]);
}

#[test]
fn the_promotion_says_its_backup_retention_and_keeps_how_it_was() {
    let scene = pair(scene());
    let wanted =
        Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 });
    assert_eq!(scene.act("promote").operation, wanted);
    assert_eq!(scene.act("promote").place, scene.place(Side::Recovery));
    assert_eq!(scene.image("promote")["replica_of"], SOURCE);
    assert_eq!(scene.image("promote")["resource_id"], "db-REPLICA");
    assert!(scene.way_back("promote").is_none());
}

#[test]
fn a_failover_asks_for_its_loss_only_where_an_objective_is_given_and_a_switchover_never() {
    let kinds = |scene: &Scene, step: &str| scene.step(step).gates.iter().map(Gate::kind).collect::<Vec<_>>();
    let mut scene = scene();
    assert_eq!(kinds(&scene, "fence"), [GateKind::PointOfNoReturn], "what is decided is decided before the fence");
    assert_eq!(kinds(&scene, "promote"), []);
    assert!(scene.findings().contains(&"rds-loss-ungated".to_owned()));
    scene.plan.application.rpo_seconds = Some(60.0);
    assert_eq!(kinds(&scene, "fence"), [GateKind::PointOfNoReturn, GateKind::Loss]);
    assert_eq!(kinds(&scene, "promote"), [GateKind::Loss], "it may have become more");
    scene.plan.components[0].rpo_seconds = Some(5.0);
    assert_eq!(scene.step("fence").gates[1], Gate::Loss { rpo_seconds: 5.0 });
    assert!(scene.findings().is_empty());
    let unfenced = scene_with(json!({ "fence": false }));
    assert_eq!(kinds(&unfenced, "promote"), [GateKind::PointOfNoReturn]);
    let switchover = scene.switchover();
    assert_eq!(kinds(&switchover, "promote"), [], "nothing is asked between the fence and the promotion");
    assert_eq!(kinds(&switchover, "fence"), [GateKind::PointOfNoReturn]);
}

#[test]
fn reach_connects_to_what_the_promotion_gave() {
    let scene = scene_with(json!({ "reach": true }));
    assert_eq!(name_of(&scene.goal("reach")), "unknown");
    let query = Query::Local(LocalQuery::Tcp { host: "db.example.com".into(), port: 5432 });
    let accepted = |accepted| Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted, millis: 3, error: None }));
    let scene = scene.given("endpoint", "db.example.com").given("port", "5432");
    let refused = scene.sees(Side::Recovery, query.clone(), accepted(false));
    assert_eq!(name_of(&refused.goal("reach")), "moving");
    assert_eq!(name_of(&refused.sees(Side::Recovery, query, accepted(true)).goal("reach")), "holds");
}
