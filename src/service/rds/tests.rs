use crate::plan::{Gate, GateKind, Side, Undo};
use crate::service::ask::Query;
use crate::service::observation::{DbInstance, Observation, Replication};
use crate::service::operation::Operation;
use crate::service::scene::{Scene, given_by, name_of};
use crate::service::work::HealthLevel;
use serde_json::json;

fn scene() -> Scene {
    Scene::new("rds", json!({ "primary": "orders", "recovery": "orders-replica" }))
}

fn replica(status: &str) -> DbInstance {
    DbInstance {
        id: "orders-replica".into(),
        status: status.into(),
        replica_of: Some("arn:aws:rds:eu-west-1:1:db:orders".into()),
        replication: Some(Replication { status: "replicating".into(), normal: true, message: None }),
        endpoint: Some("orders-replica.example.com".into()),
        port: Some(5432),
        ..DbInstance::default()
    }
}

fn writer(status: &str) -> DbInstance {
    DbInstance { replica_of: None, replication: None, ..replica(status) }
}

fn asks_for(id: &str) -> Query {
    Query::DbInstance { id: id.into() }
}

fn seeing(scene: Scene, instance: Option<DbInstance>) -> Scene {
    scene.sees(Side::Recovery, asks_for("orders-replica"), Observation::DbInstance { instance })
}

fn old_side(scene: Scene, old: Option<&str>, fenced: Option<&str>) -> Scene {
    let instance = |status: Option<&str>| Observation::DbInstance { instance: status.map(writer) };
    scene.sees(Side::Primary, asks_for("orders"), instance(old)).sees(
        Side::Primary,
        asks_for("orders-fenced"),
        instance(fenced),
    )
}

#[test]
fn available_is_not_promoted_while_the_source_is_named() {
    for scene in [scene(), scene().taken(None), scene().unanswered()] {
        assert_eq!(name_of(&seeing(scene, Some(replica("available"))).goal("promote")), "untouched");
    }
}

#[test]
fn promoted_is_available_without_a_source_and_gives_its_endpoint() {
    let verdict = seeing(scene().taken(None), Some(writer("available"))).goal("promote");
    assert_eq!(name_of(&verdict), "holds");
    assert_eq!(given_by(&verdict)["endpoint"].as_str(), "orders-replica.example.com");
    assert_eq!(given_by(&verdict)["port"].as_str(), "5432");
}

#[test]
fn the_port_of_the_plan_wins() {
    let scene = Scene::new("rds", json!({ "primary": "orders", "recovery": "orders-replica", "port": 6432 }));
    assert_eq!(given_by(&seeing(scene, Some(writer("available"))).goal("promote"))["port"].as_str(), "6432");
}

#[test]
fn every_status_is_in_flight_but_the_known_ends() {
    let table = [
        ("modifying", "moving"),
        ("rebooting", "moving"),
        ("backing-up", "moving"),
        ("promoting-under-a-new-name", "moving"),
        ("Available", "moving"),
        ("failed", "bad"),
        ("incompatible-network", "bad"),
        ("storage-full", "bad"),
        ("inaccessible-encryption-credentials-recoverable", "bad"),
        ("deleting", "bad"),
    ];
    for (status, verdict) in table {
        assert_eq!(name_of(&seeing(scene().taken(None), Some(writer(status))).goal("promote")), verdict, "{status}");
    }
    assert_eq!(name_of(&seeing(scene(), None).goal("promote")), "bad");
}

#[test]
fn without_an_endpoint_the_promotion_is_not_done() {
    let instance = DbInstance { endpoint: None, ..writer("available") };
    assert_eq!(name_of(&seeing(scene().taken(None), Some(instance)).goal("promote")), "moving");
}

#[test]
fn a_running_backup_refuses_the_promotion() {
    assert_eq!(seeing(scene(), Some(replica("backing-up"))).refusals("promote"), ["rds-replica-status"]);
    assert_eq!(
        seeing(scene(), Some(writer("modifying"))).refusals("promote"),
        ["rds-replica-status", "rds-replica-role"]
    );
    assert_eq!(seeing(scene(), None).refusals("promote"), ["rds-replica-exists"]);
    assert_eq!(
        scene().hears_nothing(Side::Recovery, asks_for("orders-replica")).refusals("promote"),
        ["rds-replica-exists"]
    );
}

#[test]
fn broken_replication_refuses_a_switchover_but_not_a_failover() {
    let broken = Replication { status: "error".into(), normal: false, message: Some("source unreachable".into()) };
    let broken = DbInstance { replication: Some(broken), ..replica("available") };
    assert!(seeing(scene(), Some(broken.clone())).refusals("promote").is_empty());
    assert_eq!(seeing(scene().switchover(), Some(broken)).refusals("promote"), ["rds-replication"]);
    let silent = DbInstance { replication: None, ..replica("available") };
    assert_eq!(seeing(scene().switchover(), Some(silent)).refusals("promote"), ["rds-replication"]);
    assert!(seeing(scene().switchover(), Some(replica("available"))).refusals("promote").is_empty());
}

#[test]
fn the_promotion_says_its_backup_retention_and_keeps_how_it_was() {
    let scene = seeing(scene(), Some(replica("available")));
    let wanted = Operation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 };
    assert_eq!(scene.act("promote").operation, wanted);
    assert_eq!(scene.act("promote").place, scene.place(Side::Recovery));
    assert_eq!(scene.image("promote")["replica_of"], "arn:aws:rds:eu-west-1:1:db:orders");
    assert!(scene.way_back("promote").is_none());
}

#[test]
fn the_promotion_asks_for_its_loss_only_where_an_objective_is_given() {
    let kinds = |scene: &Scene| scene.step("promote").gates.iter().map(Gate::kind).collect::<Vec<_>>();
    let mut scene = scene();
    assert_eq!(kinds(&scene), [GateKind::PointOfNoReturn]);
    assert!(scene.findings().contains(&"rds-loss-ungated".to_owned()));
    scene.plan.application.rpo_seconds = Some(60.0);
    assert_eq!(kinds(&scene), [GateKind::PointOfNoReturn, GateKind::Loss]);
    scene.plan.components[0].rpo_seconds = Some(5.0);
    assert_eq!(scene.step("promote").gates[1], Gate::Loss { rpo_seconds: 5.0 });
    assert!(scene.findings().is_empty());
}

#[test]
fn a_failover_never_waits_for_the_fence_and_a_switchover_does() {
    let failover = scene();
    assert!(failover.step("fence").beside);
    assert!(failover.step("promote").needs.is_empty());
    let switchover = scene().switchover();
    assert!(!switchover.step("fence").beside);
    assert_eq!(switchover.step("promote").needs, [switchover.step("fence").id]);
    assert_eq!(switchover.step("fence").undo, Undo::Reversible);
}

#[test]
fn without_a_fence_there_is_no_such_step() {
    let scene = Scene::new("rds", json!({ "primary": "orders", "recovery": "orders-replica", "fence": false }));
    assert_eq!(scene.runbook().steps.len(), 1);
    assert!(scene.findings().contains(&"rds-unfenced".to_owned()));
}

#[test]
fn the_fence_holds_once_the_old_name_is_gone_and_the_new_one_available() {
    let table = [
        (Some("available"), None, "untouched"),
        (Some("renaming"), None, "moving"),
        (None, Some("rebooting"), "moving"),
        (None, Some("available"), "holds"),
        (None, Some("storage-full"), "bad"),
        (None, None, "moving"),
        (Some("available"), Some("available"), "untouched"),
    ];
    for (old, fenced, verdict) in table {
        let scene = old_side(scene().taken(None), old, fenced);
        assert_eq!(name_of(&scene.goal("fence")), verdict, "{old:?} {fenced:?}");
    }
    let dark = scene().hears_nothing(Side::Primary, asks_for("orders"));
    assert_eq!(name_of(&dark.goal("fence")), "unknown");
}

#[test]
fn the_fence_is_refused_when_its_name_is_taken_or_there_is_nothing_to_fence() {
    assert!(old_side(scene(), Some("available"), None).refusals("fence").is_empty());
    assert_eq!(old_side(scene(), Some("available"), Some("stopped")).refusals("fence"), ["rds-fence-name"]);
    assert_eq!(old_side(scene(), Some("stopped"), None).refusals("fence"), ["rds-fence-status"]);
    let nothing = old_side(scene(), None, None);
    assert_eq!(nothing.refusals("fence"), ["rds-fence-status"]);
    assert_eq!(name_of(&nothing.goal("fence")), "untouched");
}

#[test]
fn the_way_back_from_the_fence_is_the_old_name() {
    let scene = old_side(scene().before(json!({ "id": "orders" })), None, Some("available"));
    let back = scene.way_back("fence").expect("a fence can be taken back");
    let act = back.act(&scene.facts()).expect("it is sent");
    assert_eq!(act.operation, Operation::RenameDbInstance { id: "orders-fenced".into(), new_id: "orders".into() });
    assert_eq!(name_of(&back.goal(&scene.facts())), "untouched");
    let restored = old_side(scene, Some("available"), None);
    assert_eq!(name_of(&back.goal(&restored.facts())), "holds");
}

#[test]
fn reach_connects_to_what_the_promotion_gave() {
    let scene = Scene::new("rds", json!({ "primary": "orders", "recovery": "orders-replica", "reach": true }));
    assert_eq!(name_of(&scene.goal("reach")), "unknown");
    let query = Query::Tcp { host: "db.example.com".into(), port: 5432 };
    let accepted = |accepted| Observation::Tcp { accepted, millis: 3, error: None };
    let scene = scene.given("endpoint", "db.example.com").given("port", "5432");
    let refused = scene.sees(Side::Recovery, query.clone(), accepted(false));
    assert_eq!(name_of(&refused.goal("reach")), "moving");
    assert_eq!(name_of(&refused.sees(Side::Recovery, query, accepted(true)).goal("reach")), "holds");
}

#[test]
fn health_tells_the_role_and_not_only_the_status() {
    let health =
        |scene: &Scene, side| scene.kind().health(scene.component(), &scene.plan.application, side, &scene.facts());
    let standing_by = seeing(scene(), Some(replica("available")));
    assert_eq!(health(&standing_by, Side::Recovery).level, HealthLevel::Standby);
    assert_eq!(health(&seeing(scene(), Some(writer("available"))), Side::Recovery).level, HealthLevel::Up);
    assert_eq!(health(&seeing(scene(), Some(writer("failed"))), Side::Recovery).level, HealthLevel::Down);
    let fenced = old_side(scene(), None, Some("available"));
    assert_eq!(health(&fenced, Side::Primary).note.as_str(), "fenced, available");
    assert_eq!(health(&scene(), Side::Primary).level, HealthLevel::Unknown);
}

#[test]
fn numbers_that_rds_would_refuse_are_problems() {
    let fields = json!({ "primary": "a", "recovery": "b", "backup_retention": 36, "port": 70000 });
    let fields: Vec<_> = Scene::new("rds", fields).problems().into_iter().filter_map(|problem| problem.field).collect();
    assert_eq!(fields, ["backup_retention", "port"]);
}
