//! Under test: what shows that a replica has caught up, and what does not.

use super::*;
use crate::plan::Level;
use crate::service::CloudWatchQuery;
use crate::service::LocalQuery;
use crate::service::ask::Invocation;
use crate::service::observation::{Exit, LagSample, LagSeries};
use crate::service::scene::{name_of, start, words_of};
use crate::service::{CloudWatchObservation, LocalObservation};
use jiff::{SignedDuration, Timestamp};

/// The fence was verified so many seconds into the run.
const FENCE: i64 = 100;

fn second(seconds: i64) -> Timestamp {
    start() + SignedDuration::from_secs(seconds)
}

fn switchover(more: Value) -> Scene {
    scene_with(more).switchover().given("fenced_at", &second(FENCE).to_string())
}

/// Samples, newest first: when their minute began, in seconds into the run, and what they say.
fn sampled(scene: Scene, samples: &[(i64, f64)]) -> Scene {
    let recent: Vec<(Timestamp, f64)> = samples.iter().map(|(at, lag)| (second(*at), *lag)).collect();
    let newest = recent.first().map_or_else(LagSample::default, |(at, lag)| LagSample {
        seconds: Some(*lag),
        sampled_at: Some(*at),
        instead: None,
    });
    let query = Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: "orders-replica".into() });
    scene.sees(Side::Recovery, query, Observation::CloudWatch(CloudWatchObservation::Lag(LagSeries { newest, recent })))
}

fn goal(engine: &str, samples: &[(i64, f64)]) -> &'static str {
    let seen = sees_replica(switchover(json!({})), Some(DbInstance { engine: engine.into(), ..replica("available") }));
    name_of(&sampled(seen, samples).goal("caught-up"))
}

#[test]
fn on_mysql_both_of_the_newest_samples_after_the_fence_must_be_zero() {
    for engine in ["mysql", "mariadb"] {
        assert_eq!(goal(engine, &[(240, 0.0), (180, 0.0)]), "holds");
        assert_eq!(goal(engine, &[(180, 0.0), (120, 0.0), (60, 9.0)]), "holds", "what was before says nothing");
        assert_eq!(goal(engine, &[(180, 0.0)]), "moving");
        assert_eq!(goal(engine, &[(120, 0.0), (60, 0.0)]), "moving", "the older minute began before the fence");
        assert_eq!(goal(engine, &[(99, 0.0), (39, 0.0)]), "moving", "a zero of before the fence is no proof");
        assert_eq!(goal(engine, &[(240, 0.0), (180, 1.0)]), "moving");
        assert_eq!(goal(engine, &[(240, 1.0), (180, 0.0)]), "moving");
        assert_eq!(goal(engine, &[(240, -1.0), (180, 0.0), (120, 0.0)]), "moving", "-1 is not ahead");
        assert_eq!(goal(engine, &[(240, f64::NAN), (180, 0.0)]), "moving");
        assert_eq!(goal(engine, &[]), "moving");
    }
    assert_eq!(goal("mysql", &[(FENCE + 60, 0.0), (FENCE, 0.0)]), "holds", "a minute that began with the fence counts");
}

#[test]
fn on_postgresql_the_lag_is_an_age_and_must_reach_back_no_further_than_the_fence() {
    // Nobody writes: the age grows with the clock, until RDS writes something itself.
    assert_eq!(goal("postgres", &[(240, 141.0), (180, 81.0)]), "moving");
    assert_eq!(goal("postgres", &[(240, 140.0), (180, 80.0)]), "holds", "the last write was applied at the fence");
    assert_eq!(goal("postgres", &[(420, 12.0), (360, 300.0)]), "moving", "one of them is not two");
    assert_eq!(goal("postgres", &[(480, 72.0), (420, 12.0)]), "holds");
    assert_eq!(goal("postgres", &[(180, 0.0), (120, 0.0)]), "holds");
    assert_eq!(goal("postgres", &[(240, 0.4), (100, 0.4)]), "moving", "0.4 s before the fence there may be more");
    assert_eq!(goal("postgres", &[(240, -1.0), (180, 0.0)]), "moving");
    assert_eq!(goal("postgres", &[(240, f64::INFINITY), (180, 0.0)]), "moving");
    assert_eq!(goal("postgres", &[(240, f64::NAN), (180, f64::NAN)]), "moving");
}

#[test]
fn other_engines_are_held_to_the_age_of_what_they_have() {
    for engine in ["oracle-ee", "sqlserver-ee", "db2-se", "of-the-future"] {
        assert_eq!(goal(engine, &[(240, 0.0), (180, 0.0)]), "holds", "{engine}");
        assert_eq!(goal(engine, &[(240, 200.0), (180, 140.0)]), "moving", "{engine}");
    }
}

#[test]
fn a_replica_that_does_not_replicate_has_not_caught_up() {
    let zeros = [(240, 0.0), (180, 0.0)];
    for broken in [
        broken("error", "duplicate key"),
        broken("stopped", "by hand"),
        DbInstance { replication: None, ..replica("available") },
    ] {
        let seen = sampled(sees_replica(switchover(json!({})), Some(broken)), &zeros).goal("caught-up");
        assert_eq!(name_of(&seen), "moving", "{seen:?}");
    }
    let seen = sampled(sees_replica(switchover(json!({})), Some(broken("error", "duplicate key"))), &zeros);
    assert!(words_of(&seen.goal("caught-up")).contains("error: duplicate key"));
    assert_eq!(name_of(&sees_replica(switchover(json!({})), None).goal("caught-up")), "bad");
}

#[test]
fn without_a_word_of_the_fence_the_steps_own_beginning_counts() {
    let at = |samples: &[(i64, f64)]| {
        let seen = sees_replica(scene_with(json!({ "fence": false })).switchover(), Some(replica("available")));
        name_of(&sampled(seen, samples).goal("caught-up"))
    };
    assert_eq!(at(&[(60, 0.0), (0, 0.0)]), "holds");
    assert_eq!(at(&[(0, 0.0), (-60, 0.0)]), "moving");
}

fn program() -> Value {
    json!({ "caught_up": ["has-all", "orders"] })
}

fn said(scene: Scene, code: Option<i32>, stdout: &str) -> Scene {
    let scene = scene.given("old_endpoint", "old.example.com").given("new_endpoint", "new.example.com");
    let env = [
        ("LANDFALL_FENCED_AT", second(FENCE).to_string()),
        ("LANDFALL_OLD_ENDPOINT", "old.example.com".to_owned()),
        ("LANDFALL_NEW_ENDPOINT", "new.example.com".to_owned()),
    ];
    let look = Invocation {
        run: vec!["has-all".to_owned(), "orders".to_owned()],
        env: env.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        cwd: None,
        within_seconds: 60,
        in_confidence: false,
    };
    let exit = Exit { code, stdout: stdout.into(), stderr: "".into() };
    sees_replica(scene, Some(replica("available"))).sees(
        Side::Recovery,
        Query::Local(LocalQuery::Look(look)),
        Observation::Local(LocalObservation::Exit(exit)),
    )
}

#[test]
fn the_plans_program_says_it_by_its_end_and_is_told_what_it_needs() {
    let table = [
        (Some(0), "", "holds"),
        (Some(0), "all 4211 transactions applied {\"caught_up\": true}", "holds"),
        (Some(0), "{\"caught_up\": true, \"behind\": \"0\"}", "holds"),
        (Some(0), "{\"caught_up\": false, \"behind\": \"3 transactions\"}", "moving"),
        (Some(1), "", "moving"),
        (Some(1), "{\"caught_up\": true}", "moving"),
        (None, "", "moving"),
    ];
    for (code, stdout, verdict) in table {
        assert_eq!(name_of(&said(switchover(program()), code, stdout).goal("caught-up")), verdict, "{code:?} {stdout}");
    }
    let behind = said(switchover(program()), Some(0), "x {\"caught_up\": false, \"behind\": \"3 transactions\"}");
    assert!(words_of(&behind.goal("caught-up")).contains("3 transactions behind"));
}

#[test]
fn where_the_program_says_nothing_the_samples_may_and_its_no_is_a_no() {
    let zeros = [(240, 0.0), (180, 0.0)];
    let seen = |code, stdout| name_of(&sampled(said(switchover(program()), code, stdout), &zeros).goal("caught-up"));
    assert_eq!(seen(Some(127), ""), "holds");
    assert_eq!(seen(None, ""), "holds");
    assert_eq!(seen(Some(1), "{\"caught_up\": false}"), "moving");
}

#[test]
fn the_program_is_not_run_before_there_is_a_fence_to_ask_about() {
    let asks = |scene: &Scene| {
        scene
            .work("caught-up")
            .asks(&scene.asked)
            .iter()
            .any(|ask| matches!(ask.query, Query::Local(LocalQuery::Look(_))))
    };
    assert!(!asks(&scene_with(program()).switchover()));
    assert!(asks(&switchover(program())));
    assert!(asks(&scene_with(json!({ "caught_up": ["x"], "fence": false })).switchover()));
}

#[test]
fn before_anything_is_done_it_is_told_whether_anything_will_tell() {
    let level = |scene: Scene| {
        let checks = scene.work("caught-up").prechecks(&scene.facts());
        let [check] = &checks[..] else { panic!("one check: {checks:?}") };
        assert_eq!(check.code.as_str(), "rds-caught-up");
        check.level
    };
    let before = || sees_replica(scene().switchover(), Some(replica("available")));
    assert_eq!(level(sampled(before(), &[(0, 30.0)])), Level::Ok);
    assert_eq!(level(sampled(before(), &[])), Level::Failing);
    assert_eq!(level(sampled(before(), &[(0, -1.0)])), Level::Failing);
    let query = Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: "orders-replica".into() });
    assert_eq!(level(before().hears_nothing(Side::Recovery, query)), Level::Unknown);
    assert_eq!(level(sees_replica(scene_with(program()).switchover(), Some(replica("available")))), Level::Ok);
    assert_eq!(name_of(&before().goal("caught-up")), "moving", "what cannot be so yet is not reported as failing");
}
