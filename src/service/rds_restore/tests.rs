//! What a restore is held to: that it is this run's own, made from what is meant, and set as the plan says.

use crate::plan::{Gate, Role, Side, Undo};
use crate::service::observation::{AutomatedBackup, DbInstance, DbSettings, DbSnapshot};
use crate::service::operation as any;
use crate::service::rds::words::{Operation, RestoreFrom};
use crate::service::scene::{Scene, given_by, name_of, start, words_of};
use crate::service::work::HealthLevel;
use crate::service::{RdsObservation as Observation, RdsQuery as Query};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const BACKUP: &str = "arn:aws:rds:eu-central-1:111122223333:auto-backup:ab-1";

fn scene(more: Value) -> Scene {
    let mut fields = json!({
        "source": BACKUP, "instance": "Archive", "security_groups": ["sg-1"], "parameter_group": "archive",
    });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("rds-restore", fields)
}

fn ago(seconds: i64) -> Timestamp {
    start() - SignedDuration::from_secs(seconds)
}

fn backup(status: &str) -> AutomatedBackup {
    AutomatedBackup {
        arn: BACKUP.into(),
        status: status.into(),
        engine: "postgres".into(),
        earliest: Some(ago(86_400)),
        latest: Some(ago(300)),
    }
}

fn sees_backup(scene: Scene, found: Option<AutomatedBackup>) -> Scene {
    let query = Query::AutomatedBackup { arn: BACKUP.into() };
    scene.sees(Side::Recovery, query.into(), Observation::AutomatedBackup { backup: found }.into())
}

fn sees(scene: Scene, found: Option<DbInstance>) -> Scene {
    let query = Query::DbInstance { id: "archive".into() };
    scene.sees(Side::Recovery, query.into(), Observation::DbInstance { instance: found }.into())
}

/// The backup, and nothing under the name.
fn cold() -> Scene {
    sees(sees_backup(scene(json!({})), Some(backup("replicating"))), None)
}

fn restored(status: &str) -> DbInstance {
    DbInstance {
        id: "archive".into(),
        status: status.into(),
        engine: "postgres".into(),
        endpoint: Some("archive.db".into()),
        port: Some(5432),
        restored_by: Some("run".into()),
        settings: Box::new(DbSettings {
            security_groups: vec!["sg-1".into()],
            parameter_group: Some("archive".into()),
            ..DbSettings::default()
        }),
        ..DbInstance::default()
    }
}

#[test]
fn a_restore_is_where_a_store_begins_to_count_and_it_asks_about_what_is_not_in_it() {
    let mut scene = scene(json!({ "expected": 600.0 }));
    scene.plan.application.rpo_seconds = Some(60.0);
    let step = scene.step("restore");
    assert_eq!((step.role(), step.undo, step.expected_seconds), (Role::Promotion, Undo::Reversible, 600.0));
    assert!(matches!(step.gates[..], [Gate::Loss { rpo_seconds: 60.0 }]));
    let lag = scene.kind().lag(scene.component(), &scene.plan.application).expect("a store");
    assert_eq!(lag.place, scene.place(Side::Recovery));
    let seen = Observation::AutomatedBackup { backup: Some(backup("active")) }.reaches().expect("it is");
    assert_eq!((seen.seconds, seen.sampled_at), (Some(0.0), Some(ago(300))));
    let none = Observation::AutomatedBackup { backup: None }.reaches().expect("a word");
    assert!(none.seconds.is_none() && none.instead.is_some(), "unknown is not nought");
    let weighed = |to: String| {
        let scene = self::scene(json!({ "to": to }));
        let sample = seen.clone();
        scene.kind().weigh_lag(scene.component(), &scene.plan.application, sample, &scene.facts()).sampled_at
    };
    assert_eq!(weighed(ago(3600).to_string()), Some(ago(3600)), "what is asked for reaches no further");
    assert_eq!(weighed("latest".to_owned()), Some(ago(300)));
    let snapshot = DbSnapshot { taken_at: Some(ago(7200)), ..DbSnapshot::default() };
    let seen = Observation::DbSnapshot { snapshot: Some(snapshot) }.reaches().expect("it is");
    assert_eq!(seen.sampled_at, Some(ago(7200)));
}

#[test]
fn it_holds_once_it_is_available_set_as_asked_and_this_runs_own() {
    let goal = |found: DbInstance| sees(cold(), Some(found)).goal("restore");
    for (status, verdict) in [
        ("available", "holds"),
        ("creating", "moving"),
        ("backing-up", "moving"),
        ("OF_THE_FUTURE", "moving"),
        ("Available", "moving"),
        ("", "moving"),
        ("failed", "bad"),
        ("incompatible-restore", "bad"),
        ("deleting", "bad"),
    ] {
        assert_eq!(name_of(&goal(restored(status))), verdict, "{status}");
    }
    let given = given_by(&goal(restored("available")));
    assert_eq!((given["endpoint"].as_str(), given["port"].as_str()), ("archive.db", "5432"));
    for other in [None, Some("another-run".into())] {
        let found = DbInstance { restored_by: other, ..restored("available") };
        assert_eq!(name_of(&goal(found)), "bad", "whoever made it, it was not this run");
    }
    let with = |change: fn(&mut DbSettings)| {
        let mut found = restored("available");
        change(&mut found.settings);
        goal(found)
    };
    assert_eq!(name_of(&with(|settings| settings.security_groups.clear())), "bad");
    assert!(words_of(&with(|settings| settings.parameter_group = Some("default".into()))).contains("default"));
    assert_eq!(name_of(&goal(DbInstance { engine: "mysql".into(), ..restored("available") })), "bad");
    assert_eq!(name_of(&goal(DbInstance { replica_of: Some("x".into()), ..restored("available") })), "bad");
    assert_eq!(name_of(&goal(DbInstance { endpoint: None, ..restored("available") })), "moving");
    assert_eq!(name_of(&cold().goal("restore")), "untouched");
    assert_eq!(name_of(&cold().unanswered().goal("restore")), "untouched");
    assert_eq!(name_of(&cold().taken(None).goal("restore")), "moving");
}

#[test]
fn what_cannot_be_restored_is_told_before_anything_is_done() {
    assert!(cold().refusals("restore").is_empty());
    assert_eq!(sees(cold(), Some(restored("available"))).refusals("restore"), ["restore-free"]);
    assert_eq!(sees_backup(cold(), None).refusals("restore"), ["restore-source"]);
    for status in ["creating", "OF_THE_FUTURE", ""] {
        assert_eq!(sees_backup(cold(), Some(backup(status))).refusals("restore"), ["restore-status"], "{status}");
    }
    let bare = AutomatedBackup { latest: None, ..backup("active") };
    assert_eq!(sees_backup(cold(), Some(bare)).refusals("restore"), ["restore-window"]);
    let elsewhere = "arn:aws:rds:eu-west-1:111122223333:auto-backup:ab-1";
    let found = AutomatedBackup { arn: elsewhere.into(), ..backup("active") };
    assert_eq!(sees_backup(cold(), Some(found)).refusals("restore"), ["restore-source"]);
    let to = |seconds: i64| {
        let scene = sees(scene(json!({ "to": ago(seconds).to_string() })), None);
        sees_backup(scene, Some(backup("active"))).refusals("restore")
    };
    assert!(to(3600).is_empty());
    assert_eq!(to(299), ["restore-window"]);
    assert_eq!(to(90_000), ["restore-window"]);
}

#[test]
fn it_is_made_from_what_is_meant_and_carries_the_runs_name() {
    let sent = |scene: &Scene| match scene.act("restore").operation {
        any::Operation::Rds(Operation::RestoreDbInstance { from, id, run, .. }) => {
            (from, id.to_string(), run.to_string())
        }
        other => panic!("{other:?}"),
    };
    let latest = RestoreFrom::Backup { backup: BACKUP.into(), to: None };
    assert_eq!(sent(&cold()), (latest, "archive".to_owned(), "run".to_owned()));
    let to = scene(json!({ "to": ago(3600).to_string() }));
    assert_eq!(sent(&to).0, RestoreFrom::Backup { backup: BACKUP.into(), to: Some(ago(3600)) });
    let snapshot = scene(json!({ "source": "archive-kept" }));
    assert_eq!(sent(&snapshot).0, RestoreFrom::Snapshot { snapshot: "archive-kept".into() });
}

#[test]
fn going_back_deletes_what_this_run_made_and_keeps_what_it_held_last() {
    let image = cold().image("restore");
    let back = cold().before(image).way_back("restore").expect("a way back");
    let own = sees(cold(), Some(restored("available")));
    let act = back.act(&own.facts()).expect("an act").operation;
    let any::Operation::Rds(Operation::DeleteDbInstance { id, last }) = act else { panic!("{act:?}") };
    assert_eq!(id.as_str(), "archive");
    assert!(last.starts_with("landfall-archive-2"), "{last}");
    let theirs = sees(cold(), Some(DbInstance { restored_by: None, ..restored("available") }));
    assert!(back.act(&theirs.facts()).is_none(), "what this run did not make is never deleted");
    assert_eq!(name_of(&back.goal(&theirs.facts())), "bad");
    for (status, verdict) in [
        ("available", "untouched"),
        ("creating", "moving"),
        ("backing-up", "moving"),
        ("deleting", "moving"),
        ("OF_THE_FUTURE", "moving"),
        ("incompatible-restore", "bad"),
    ] {
        let seen = sees(cold(), Some(restored(status)));
        assert_eq!(name_of(&back.goal(&seen.facts())), verdict, "{status}");
        assert_eq!(back.act(&seen.facts()).is_some(), status == "available", "{status}");
    }
    let gone = |status: Option<&str>| {
        let found =
            status.map(|status| DbSnapshot { id: last.clone(), status: status.into(), ..DbSnapshot::default() });
        let query = Query::DbSnapshot { id: last.clone() };
        let scene = cold().taken(None);
        let scene = scene.sees(Side::Recovery, query.into(), Observation::DbSnapshot { snapshot: found }.into());
        name_of(&back.goal(&scene.facts()))
    };
    assert_eq!((gone(Some("available")), gone(Some("creating")), gone(None)), ("holds", "moving", "bad"));
}

#[test]
fn its_health_is_that_of_what_was_made() {
    let level = |scene: Scene| scene.health(Side::Recovery).level;
    assert_eq!(level(cold()), HealthLevel::Standby);
    assert_eq!(level(sees(cold(), Some(restored("available")))), HealthLevel::Up);
    assert_eq!(level(sees(cold(), Some(restored("creating")))), HealthLevel::Degraded);
    assert_eq!(level(sees(cold(), Some(restored("failed")))), HealthLevel::Down);
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert_eq!(at(json!({ "instance": "a--b" })), ["instance"]);
    assert_eq!(at(json!({ "source": "arn:aws:rds:eu-central-1:1:db:orders" })), ["source"]);
    assert_eq!(at(json!({ "to": "yesterday" })), ["to"]);
    assert_eq!(at(json!({ "source": "kept", "to": "2026-11-27T10:00:00Z" })), ["to"]);
    assert!(scene(json!({})).findings().is_empty());
    assert_eq!(scene(json!({ "security_groups": [] })).findings(), ["restore-groups"]);
}
