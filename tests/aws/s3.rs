//! Replicated buckets: what each region says of its own, what waits and what failed, and runs that go over to the copy.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, Status, loss};
use landfall::service::cloudwatch::BucketPair;
use landfall::service::{
    CloudWatchObservation, CloudWatchQuery, Observation, Query, Registry, S3Observation, S3Query, Silence,
};
use serde_json::json;
use std::path::Path;
use std::process::Output;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rpo = "15m"

[component.media]
kind = "s3"
primary = "media-east"
recovery = "media-west"
timeout = "30s"
"#;

async fn media() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn plan() -> Plan {
    file::read("shop.toml", SEED.as_bytes(), &Registry).expect("a valid plan")
}

fn pair() -> BucketPair {
    BucketPair { source: "media-east".into(), destination: "media-west".into(), rule: None }
}

fn by_binary(stage: &Stage, folder: &Path, plan: &str, intent: &str) -> Output {
    let (file, journal) = (folder.join("landfall.toml"), folder.join("run.jsonl"));
    std::fs::write(&file, plan).expect("it writes");
    let (file, journal) = (file.display().to_string(), journal.display().to_string());
    let run = ["run", &file, "--auto", "--json", "--cloud", "aws", "--intent", intent, "--journal", &journal];
    let yes = ["--poll", "300ms", "--confirm", WEST, "--approve", "all", "--accept-loss", "tried"];
    stage.landfall(folder).args(run).args(yes).output().expect("the binary runs")
}

fn region_of(seen: &Observation) -> Option<&str> {
    match seen {
        Observation::S3(S3Observation::Bucket { bucket }) => bucket.as_ref().map(|bucket| bucket.region.as_str()),
        other => panic!("a bucket was asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn a_bucket_is_told_with_its_region_wherever_it_is_asked_for() {
    let stage = media().await;
    let query = |name: &str| -> Query { S3Query::Bucket { bucket: name.into() }.into() };
    assert_eq!(region_of(&see(WEST, query("media-west")).await), Some(WEST));
    assert_eq!(region_of(&see(WEST, query("media-east")).await), Some(EAST), "its refusal says where it is");
    assert_eq!(region_of(&see(WEST, query("media-none")).await), None);
    let versioning = || -> Query { S3Query::BucketVersioning { bucket: "media-west".into() }.into() };
    stage.knob(&json!({"knob": "versioning", "bucket": "media-west", "status": "Suspended"}));
    let seen = see(WEST, versioning()).await;
    let Observation::S3(S3Observation::BucketVersioning { versioning: Some(told) }) = seen else { panic!("{seen:?}") };
    assert_eq!(told.status.as_deref(), Some("Suspended"));
    stage.fault(&json!({"kind": "access-denied", "service": "s3"}));
    let silence = look(WEST, vec![query("media-west")]).await.remove(0).expect_err("it is denied");
    assert_eq!(silence.because, Silence::Denied);
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn what_is_behind_waits_and_failed_is_told_where_it_is_counted() {
    let stage = media().await;
    let knob = |metric: &str, value: f64| {
        stage.knob(&json!({"knob": "bucket-metric", "bucket": "media-east", "metric": metric, "value": value}));
    };
    knob("ReplicationLatency", 42.0);
    knob("OperationsPendingReplication", 7.0);
    knob("OperationsFailedReplication", 3.0);
    let seen =
        look(WEST, vec![CloudWatchQuery::BucketLag(pair()).into(), CloudWatchQuery::BucketPending(pair()).into()])
            .await;
    let Ok(Observation::CloudWatch(CloudWatchObservation::Lag(lag))) = &seen[0] else { panic!("{seen:?}") };
    assert_eq!(lag.newest.seconds, Some(42.0));
    let Ok(Observation::CloudWatch(CloudWatchObservation::Count(pending))) = &seen[1] else { panic!("{seen:?}") };
    assert_eq!(pending.newest.map(|(_, number)| number), Some(7.0));
    let seen = see(EAST, CloudWatchQuery::BucketFailed(pair()).into()).await;
    let Observation::CloudWatch(CloudWatchObservation::Count(failed)) = seen else { panic!("{seen:?}") };
    assert!(failed.total >= 3.0, "{failed:?}");
}

#[tokio::test]
async fn a_failover_asks_nothing_of_what_waits_and_tells_what_may_be_missing() {
    let stage = media().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Failover, plan(), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let lost = loss::of(&state, &"media".into(), state.at).expect("a store");
    assert!(lost.exposure.at_least && lost.exposure.seconds.is_some(), "{lost:?}");
    assert!(stage.mutations().is_empty(), "nothing is done to a bucket");
}

#[tokio::test]
async fn a_switchover_waits_for_what_waits_to_be_replicated() {
    let stage = media().await;
    stage.knob(&json!({"knob": "lag-timing", "period": 1}));
    let pending = |value: f64| {
        let metric = "OperationsPendingReplication";
        stage.knob(&json!({"knob": "bucket-metric", "bucket": "media-east", "metric": metric, "value": value}));
    };
    pending(7.0);
    let folder = tempfile::tempdir().expect("a folder");
    let mut waited = false;
    let (state, _) = run_for(Intent::Switchover, plan(), folder.path(), |state| {
        let (_, own) = state.step(&"media/ready".into()).expect("a step");
        if own.note.contains("7 changes wait") && !std::mem::replace(&mut waited, true) {
            pending(0.0);
        }
        None
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(waited, "it holds only once nothing waits any more");
}

#[tokio::test]
async fn a_bucket_that_keeps_no_versions_stops_the_run_at_once() {
    let stage = media().await;
    stage.knob(&json!({"knob": "versioning", "bucket": "media-west", "status": "Suspended"}));
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = None;
    let (state, _) = run_for(Intent::Failover, plan(), folder.path(), |state| {
        let (_, own) = state.step(&"media/ready".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            stage.knob(&json!({"knob": "versioning", "bucket": "media-west"}));
            Command::Retry { step: "media/ready".into() }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(told.expect("it failed first").contains("versioning of media-west is Suspended"));
}

#[tokio::test]
async fn a_bucket_of_the_other_region_is_passed_by_no_word() {
    let stage = media().await;
    let folder = tempfile::tempdir().expect("a folder");
    let swapped =
        SEED.replace("media-east", "media").replace("media-west", "media-east").replace("\"media\"", "\"media-west\"");
    let ran = by_binary(&stage, folder.path(), &swapped, "failover");
    assert_ne!(ran.status.code(), Some(0));
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("step_failed") && said.contains("media-east is a bucket of us-east-1"), "{said}");
    assert!(!said.contains("step_succeeded"), "{said}");
}

#[tokio::test]
async fn what_failed_to_be_replicated_is_told_however_small_the_lag() {
    let stage = media().await;
    for (metric, value) in [("ReplicationLatency", 2.0), ("OperationsFailedReplication", 3.0)] {
        stage.knob(&json!({"knob": "bucket-metric", "bucket": "media-east", "metric": metric, "value": value}));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Failover, plan(), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let lost = loss::of(&state, &"media".into(), state.at).expect("a store");
    assert!(lost.exposure.seconds.is_none(), "{lost:?}");
    assert!(lost.exposure.note.contains("changes failed to be replicated"), "{lost:?}");
}

#[tokio::test]
async fn a_head_that_is_denied_or_is_nobodys_says_so_and_is_no_absence() {
    let stage = media().await;
    let bucket = || vec![S3Query::Bucket { bucket: "media-west".into() }.into()];
    let object = || vec![S3Query::Object { bucket: "media-west".into(), key: "a".into() }.into()];
    let fault = stage.fault(&json!({"kind": "access-denied", "service": "s3"}));
    for (asked, action) in [(bucket(), "s3:ListBucket"), (object(), "s3:GetObject")] {
        let told = look(WEST, asked).await.remove(0).expect_err("it is denied");
        assert!(told.because == Silence::Denied && told.message.contains(action), "{told:?}");
    }
    stage.mend(&fault);
    stage.fault(&json!({"kind": "page", "status": 404, "service": "s3"}));
    for asked in [bucket(), object()] {
        let told = look(WEST, asked).await.remove(0).expect_err("a proxy knows nothing of S3");
        assert_eq!(told.because, Silence::NoAnswer, "{told:?}");
    }
}
