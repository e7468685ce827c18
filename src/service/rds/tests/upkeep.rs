//! Under test: a replica that was made gets what it could not be made with, from what had its name before.

use super::*;
use crate::plan::Intent;
use crate::service::operation::{Operation, RdsOperation};
use crate::service::scene::name_of;

/// Going back: `orders` writes, and `orders-replica` was made.
fn made(from_run: Value) -> Scene {
    let mut scene = scene();
    scene.intent = Intent::Failback;
    scene.plan.components[0].from_run = from_run.as_object().cloned();
    scene.given("replica_made", "orders-replica")
}

fn settings_said() -> Value {
    json!({ "settings": { "backup_days": 14, "backup_window": "04:00-04:30", "maintenance_window": "sun:05:00-sun:05:30" } })
}

fn sees(scene: Scene, replica: DbInstance) -> Scene {
    sees_replica(sees_source(scene, Some(source("orders", "available")), None), Some(replica))
}

/// As RDS makes one: without backups, and with windows of its own.
fn fresh() -> DbInstance {
    let mut replica = replica("available");
    replica.settings.engine_version = Some("15.4".into());
    replica.settings.backup_window = Some("09:12-09:42".into());
    replica.settings.maintenance_window = Some("thu:11:04-thu:11:34".into());
    replica
}

fn kept() -> DbInstance {
    let mut replica = DbInstance { backup_retention_days: 14, ..fresh() };
    replica.settings.backup_window = Some("04:00-04:30".into());
    replica.settings.maintenance_window = Some("sun:05:00-sun:05:30".into());
    replica
}

fn sent(scene: &Scene, action: &str) -> Value {
    let act = scene.act(action);
    let Operation::Rds(RdsOperation::SetDbUpkeep { id, upkeep }) = act.operation else { panic!("{act:?}") };
    json!({ "id": id, "upkeep": upkeep })
}

#[test]
fn what_it_lacks_is_said_once_and_what_it_has_is_not_said_again() {
    let scene = sees(made(settings_said()), fresh());
    assert_eq!(name_of(&scene.goal("upkeep")), "untouched");
    assert!(scene.refusals("upkeep").is_empty());
    let all = json!({ "backup_days": 14, "backup_window": "04:00-04:30", "maintenance_window": "sun:05:00-sun:05:30" });
    assert_eq!(sent(&scene, "upkeep"), json!({ "id": "orders-replica", "upkeep": all }));
    let windowed = DbInstance { backup_retention_days: 0, ..kept() };
    let upkeep = sent(&sees(made(settings_said()), windowed), "upkeep")["upkeep"].clone();
    assert_eq!(upkeep, json!({ "backup_days": 14 }));
    // Taken, it holds once all is told, a first backup under way or not; a lost reply is looked at.
    for asked in [made(settings_said()).taken(None), made(settings_said()).unanswered()] {
        assert_eq!(name_of(&sees(asked, DbInstance { status: "backing-up".into(), ..kept() }).goal("upkeep")), "holds");
    }
    assert_eq!(name_of(&sees(made(settings_said()).taken(None), fresh()).goal("upkeep")), "moving");
    assert_eq!(name_of(&sees(made(settings_said()).unanswered(), fresh()).goal("upkeep")), "untouched");
    let waits = DbInstance { pending: vec!["BackupRetentionPeriod".into()], ..kept() };
    assert_eq!(name_of(&sees(made(settings_said()).taken(None), waits).goal("upkeep")), "moving");
    // While a backup runs RDS refuses it, and that passes.
    let busy = sees(made(settings_said()), DbInstance { status: "backing-up".into(), ..fresh() });
    assert_eq!(busy.refusals("upkeep"), ["rds-upkeep-status"]);
}

#[test]
fn only_the_very_replica_is_given_it_and_no_engine_is_asked_for_what_it_never_has() {
    let stranger = DbInstance { replica_of: Some("arn:aws:rds:eu-west-1:111122223333:db:billing".into()), ..kept() };
    for another in [stranger, DbInstance { replica_of: None, ..kept() }] {
        assert_eq!(name_of(&sees(made(settings_said()), another).goal("upkeep")), "bad");
    }
    for (engine, version, days) in [
        ("mysql", "8.0.35", true),
        ("mariadb", "10.11.6", true),
        ("postgres", "14.1", true),
        ("postgres", "13.14", false),
        ("postgres", "14.0", false),
        ("sqlserver-ee", "15.00", false),
        ("oracle-ee", "19.0.0.0", false),
        ("postgres", "", false),
    ] {
        let mut one = DbInstance { engine: engine.into(), ..fresh() };
        one.settings.engine_version = Some(version.into());
        let upkeep = sent(&sees(made(settings_said()), one), "upkeep")["upkeep"].clone();
        assert_eq!(!upkeep["backup_days"].is_null(), days, "{engine} {version}: {upkeep}");
    }
    // Where nothing says what it had, nothing is sent.
    let unsaid = sees(made(json!({ "settings": { "class": "db.r6g.large" } })), fresh());
    assert_eq!(name_of(&unsaid.goal("upkeep")), "holds");
}

#[test]
fn the_other_side_gets_the_windows_of_what_was_fenced_there_and_the_days_that_the_journal_has() {
    let told = |instance| Observation::Rds(RdsObservation::DbInstance { instance });
    let again = |days: Value| {
        let mut fenced = source(FENCED, "available");
        fenced.settings.backup_window = Some("04:00-04:30".into());
        fenced.settings.maintenance_window = Some("sun:05:00-sun:05:30".into());
        let writer = promoted("available");
        let replica = DbInstance {
            id: "orders".into(),
            arn: SOURCE.into(),
            replica_of: Some(writer.arn.clone()),
            backup_retention_days: 0,
            ..fresh()
        };
        let scene = made(json!({ "replica_backup_days": days }));
        let scene = scene.sees(Side::Recovery, asks_for("orders-replica"), told(Some(writer)));
        scene.sees(Side::Primary, asks_for("orders"), told(Some(replica))).sees(
            Side::Primary,
            asks_for(FENCED),
            told(Some(fenced)),
        )
    };
    let windows = json!({ "backup_window": "04:00-04:30", "maintenance_window": "sun:05:00-sun:05:30" });
    for (days, wanted) in [(json!(3), json!(3)), (json!(0), Value::Null), (Value::Null, Value::Null)] {
        let mut all = windows.clone();
        if !wanted.is_null() {
            all["backup_days"] = wanted;
        }
        assert_eq!(sent(&again(days), "upkeep-again"), json!({ "id": "orders", "upkeep": all }));
    }
}

#[test]
fn what_it_had_is_given_back_but_backups_are_never_switched_off() {
    let before = sees(made(settings_said()), DbInstance { backup_retention_days: 1, ..fresh() }).image("upkeep");
    let back = |before: Value, seen: DbInstance| {
        let scene = sees(made(settings_said()).before(before), seen);
        let work = scene.way_back("upkeep").expect("there is a way back");
        (name_of(&work.goal(&scene.facts())), work.act(&scene.facts()))
    };
    let (is, act) = back(before.clone(), kept());
    let Some(Operation::Rds(RdsOperation::SetDbUpkeep { upkeep, .. })) = act.map(|act| act.operation) else {
        panic!("it is sent")
    };
    assert_eq!((is, upkeep.backup_days), ("untouched", Some(1)));
    assert_eq!(upkeep.maintenance_window.as_deref(), Some("thu:11:04-thu:11:34"));
    // Promoted since, it is the same; another of its name is not.
    assert_eq!(back(before.clone(), DbInstance { replica_of: None, ..kept() }).0, "untouched");
    assert_eq!(back(before, DbInstance { resource_id: "db-ANOTHER".into(), ..kept() }).0, "bad");
    let before = sees(made(settings_said()), fresh()).image("upkeep");
    let (is, act) = back(before, kept());
    assert!(is == "holds" && act.is_none(), "what it has kept since would be deleted");
}
