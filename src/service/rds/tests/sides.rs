//! Under test: how both sides are told, and what a lag is worth.

use super::*;
use crate::service::observation::LagSample;
use crate::service::scene::start;
use crate::service::work::HealthLevel;

#[test]
fn health_tells_the_role_and_not_only_the_status() {
    let of = |instance| sees_replica(scene(), Some(instance)).health_in(Side::Recovery);
    assert_eq!(of(replica("available")).level, HealthLevel::Standby);
    assert_eq!(of(promoted("available")).level, HealthLevel::Up);
    assert_eq!(of(promoted("backing-up")).level, HealthLevel::Up);
    assert_eq!(of(promoted("modifying")).level, HealthLevel::Degraded);
    assert_eq!(of(promoted("failed")).level, HealthLevel::Down);
    assert_eq!(of(broken("error", "no")).note.as_str(), "available, replication error: no");
    let fenced = sees_source(scene(), None, Some(source(FENCED, "rebooting")));
    assert_eq!(fenced.health_in(Side::Primary).note.as_str(), "fenced, rebooting");
    assert_eq!(sees_source(scene(), None, None).health_in(Side::Primary).level, HealthLevel::Down);
    assert_eq!(scene().health_in(Side::Primary).level, HealthLevel::Unknown);
}

#[test]
fn on_the_way_back_what_was_fenced_is_what_is_there_until_its_replica_is_made() {
    let told = |of: Option<DbInstance>, kept: Option<DbInstance>| {
        let from_run = json!({ "fenced": "orders-fenced-1" });
        let scene = scene().failback().with_run(from_run);
        let seen = |instance| Observation::Rds(RdsObservation::DbInstance { instance });
        let scene = scene.sees(Side::Recovery, asks_for("orders-replica"), seen(of));
        scene.sees(Side::Recovery, asks_for("orders-fenced-1"), seen(kept)).health(Side::Recovery)
    };
    let kept = || Some(source("orders-fenced-1", "stopped"));
    let health = told(None, kept());
    let words = "orders-fenced-1 is kept, stopped; orders-replica is to be made";
    assert_eq!((health.level, health.note.as_str()), (HealthLevel::Standby, words));
    assert_eq!(told(None, None).level, HealthLevel::Down);
    assert_eq!(told(Some(replica("available")), kept()).note.as_str(), "available, replica");
}

#[test]
fn what_this_run_fenced_is_looked_at_too() {
    let scene = scene();
    let looked = scene.kind().health_in(scene.component(), &scene.plan.application, Side::Primary, start());
    let at = scene.place(Side::Primary);
    assert_eq!(looked.map(|looked| looked.asks), Some(vec![at.ask(asks_for("orders")), at.ask(asks_for(FENCED))]));
    assert_eq!(scene.watched(Side::Primary), [at.ask(asks_for("orders"))]);
}

fn worth(scene: &Scene) -> LagSample {
    let fresh = LagSample { seconds: Some(0.4), sampled_at: Some(start()), instead: None };
    scene.kind().weigh_lag(scene.component(), &scene.plan.application, fresh, &scene.facts())
}

#[test]
fn a_small_lag_of_broken_replication_is_worth_nothing_while_the_source_is_well() {
    assert_eq!(worth(&pair(scene())).seconds, Some(0.4));
    let weighed = worth(&sees_replica(pair(scene()), Some(broken("error", "duplicate key"))).later(5));
    assert_eq!(weighed.seconds, None);
    assert!(weighed.sampled_at.is_some_and(|at| at > start()), "it is newer than the number it takes the worth of");
    assert_eq!(weighed.instead.as_deref(), Some("replication is error: duplicate key"));
}

#[test]
fn the_last_lag_keeps_its_worth_where_the_source_is_silent_fenced_or_down() {
    let broken = || sees_replica(scene(), Some(broken("error", "cannot connect")));
    assert_eq!(worth(&broken()).seconds, Some(0.4), "not seen");
    assert_eq!(worth(&broken().hears_nothing(Side::Primary, asks_for("orders"))).seconds, Some(0.4), "silent");
    let fenced = sees_source(broken(), None, Some(source(FENCED, "rebooting")));
    assert_eq!(worth(&fenced).seconds, Some(0.4), "fenced");
    let down = sees_source(broken(), Some(source("orders", "storage-full")), None);
    assert_eq!(worth(&down).seconds, Some(0.4), "down");
    let promoted = sees_replica(pair(scene()), Some(promoted("available")));
    assert_eq!(worth(&promoted).seconds, Some(0.4), "promoted");
}
