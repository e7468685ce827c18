//! Aurora global databases: the two moves and the way out, by the binary and by the adapter. What was sent is what the cloud
//! says it received.

use crate::stage::*;
use landfall::service::observation::{DbCluster, GlobalCluster};
use landfall::service::{
    CloudWatchObservation, CloudWatchQuery, Observation, Operation, Query, RdsObservation, RdsOperation, RdsQuery,
    Reply,
};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

const GLOBAL: &str = "shop-orders";

fn plan(more: &str) -> String {
    format!(
        r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rpo = "10m"

[component.orders]
kind = "aurora"
global = "shop-orders"
primary = "orders-east"
recovery = "orders-west"
{more}
"#
    )
}

async fn orders(more: &str) -> Stage {
    let stage = empty().await;
    stage.seed(&plan(more));
    stage.clear_calls();
    stage
}

/// Runs the plan by the binary.
fn run(stage: &Stage, folder: &Path, more: &str, intent: &str, extra: &[&str]) -> Output {
    let (file, journal) = (folder.join("landfall.toml"), folder.join("run.jsonl"));
    std::fs::write(&file, plan(more)).expect("it writes");
    let (file, journal) = (file.display().to_string(), journal.display().to_string());
    let mut arguments = vec!["run", &file, "--auto", "--json", "--cloud", "aws", "--intent", intent];
    arguments.extend(["--journal", &journal, "--poll", "300ms", "--confirm", WEST, "--approve", "all"]);
    arguments.extend(["--accept-loss", "tried"]);
    arguments.extend(extra);
    stage.landfall(folder).args(arguments).output().expect("the binary runs")
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// What the run came to, and what its steps did: `event step`.
fn told(output: &Output) -> (i32, Vec<String>, Value) {
    let events = events(output);
    let named = |line: &Value| {
        let event = line["event"].as_str()?;
        let rests = ["step_succeeded", "step_failed", "step_owed", "step_unknown"].contains(&event);
        rests.then(|| format!("{event} {}", line["step"].as_str().unwrap_or_default()))
    };
    let steps = events.iter().filter_map(named).collect();
    let ended = events.iter().rev().find(|line| line["event"] == "run_ended").cloned().unwrap_or_default();
    (output.status.code().unwrap_or(-1), steps, ended)
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

/// What was carried out and could change something, as `operation region`, in order.
fn done(stage: &Stage) -> Vec<String> {
    let done = stage.mutations().into_iter().filter(|call| call.executed);
    done.map(|call| format!("{} {}", call.operation, call.region)).collect()
}

fn writers(stage: &Stage) -> Value {
    let members = stage.state()["global_clusters"][GLOBAL]["members"].clone();
    json!({ "east": members["us-east-1/orders-east"]["writer"], "west": members["us-west-2/orders-west"]["writer"] })
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn global_query() -> Query {
    RdsQuery::GlobalCluster { id: GLOBAL.into() }.into()
}

fn cluster_query(id: &str) -> Query {
    RdsQuery::DbCluster { id: id.into() }.into()
}

fn global_of(observation: &Observation) -> Option<&GlobalCluster> {
    match observation {
        Observation::Rds(RdsObservation::GlobalCluster { global }) => global.as_ref(),
        other => panic!("a global database was asked for, not {other:?}"),
    }
}

fn cluster_of(observation: &Observation) -> Option<&DbCluster> {
    match observation {
        Observation::Rds(RdsObservation::DbCluster { cluster }) => cluster.as_ref(),
        other => panic!("a cluster was asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn a_global_database_and_its_clusters_are_told_with_roles_and_instances_in_few_calls() {
    let stage = orders("").await;
    let queries = vec![global_query(), cluster_query("ORDERS-west"), cluster_query("orders-east")];
    let seen: Vec<Observation> =
        look(WEST, queries).await.into_iter().map(|answer| answer.expect("an answer")).collect();
    let global = global_of(&seen[0]).expect("it is there");
    assert_eq!((global.status.as_str(), global.members.len(), &global.moving), ("available", 2, &None));
    let told = |member: usize| (global.members[member].writer, global.members[member].synchronization.as_deref());
    assert_eq!((told(0), told(1)), ((true, Some("connected")), (false, Some("connected"))));
    let west = cluster_of(&seen[1]).expect("it is there, however it is written");
    assert!(west.writer().is_none() && west.instances.iter().all(|instance| instance.is_available()));
    assert!(west.endpoint.is_some() && west.engine_version == global.engine_version && west.port.is_some());
    assert_eq!(west.arn, global.members[1].arn);
    assert!(cluster_of(&seen[2]).is_none(), "it is of the other region");
    assert!(stage.calls().len() <= 3 && stage.mutations().is_empty(), "{:?}", stage.calls());
}

#[tokio::test]
async fn a_failover_sends_each_act_once_and_sees_to_what_it_leaves() {
    let stage = orders("").await;
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    let (code, steps, ended) = told(&ran);
    assert_eq!(code, 0, "{}", said(&ran));
    assert_eq!(done(&stage), ["FailoverGlobalCluster us-west-2", "CopyDBClusterSnapshot us-east-1"]);
    for step in ["orders/fail-over", "orders/fenced", "orders/keep-snapshot", "orders/rejoined"] {
        assert!(steps.contains(&format!("step_succeeded {step}")), "{step}: {steps:?}");
    }
    assert_eq!((&ended["debts"], writers(&stage)), (&json!([]), json!({ "east": false, "west": true })));
    let sent = &stage.calls_of("FailoverGlobalCluster")[0].parameters;
    assert_eq!(sent["AllowDataLoss"], json!(true));
    assert!(sent["TargetDbClusterIdentifier"].as_str().is_some_and(|arn| arn.ends_with(":cluster:orders-west")));
    let promoted =
        events(&ran).into_iter().find(|line| line["step"] == "orders/fail-over" && line["event"] == "step_succeeded");
    let outputs = promoted.expect("it is there")["outputs"].clone();
    assert_eq!(outputs["endpoint"], stage.state()["clusters"][WEST]["orders-west"]["endpoint"]);
    assert!(outputs["global_endpoint"].as_str().is_some_and(|host| host.contains(".global-")), "{outputs}");
}

#[tokio::test]
async fn a_failover_waits_for_nothing_of_a_dark_region_and_owes_what_is_there() {
    let stage = orders("").await;
    stage.fault(&json!({ "kind": "hang", "region": EAST }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    let (code, steps, ended) = told(&ran);
    assert_eq!(code, 0, "{}", said(&ran));
    assert_eq!(done(&stage), ["FailoverGlobalCluster us-west-2"]);
    let debts = ended["debts"].as_array().cloned().unwrap_or_default();
    assert_eq!(debts.len(), 3, "{ended}");
    assert!(steps.contains(&"step_succeeded orders/fail-over".to_owned()), "{steps:?}");
    let fence = debts.iter().find(|debt| debt["step"] == "orders/fenced").expect("it is owed");
    assert!(fence["why"].as_str().is_some_and(|why| why.contains("timed out")), "the new side says so: {fence}");
}

#[tokio::test]
async fn what_takes_longer_than_the_run_is_a_debt_and_no_failure() {
    let stage = orders("").await;
    stage.knob(&json!({ "knob": "rejoin-stuck", "region": EAST, "cluster": "orders-east" }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "timeout = \"6s\"", "failover", &[]);
    let (code, steps, ended) = told(&ran);
    assert_eq!(code, 0, "{}", said(&ran));
    for step in ["orders/keep-snapshot", "orders/rejoined"] {
        assert!(steps.contains(&format!("step_owed {step}")), "{step}: {steps:?}");
    }
    let debts = ended["debts"].as_array().cloned().unwrap_or_default();
    assert!(debts.iter().all(|debt| debt["fence"] == "later"), "{ended}");
    assert_eq!(done(&stage), ["FailoverGlobalCluster us-west-2"]);
}

#[tokio::test]
async fn an_old_writer_that_was_not_stopped_is_asked_about() {
    let stage = orders("").await;
    stage.knob(&json!({ "knob": "fence-times-out", "cluster": GLOBAL }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &["--accept-writers", "its clients are gone"]);
    let (code, _, ended) = told(&ran);
    assert_eq!(code, 0, "{}", said(&ran));
    let debts = ended["debts"].as_array().cloned().unwrap_or_default();
    let fence = debts.iter().find(|debt| debt["step"] == "orders/fenced").expect("it is owed");
    assert_eq!(fence["fence"], "refused");
    assert!(fence["why"].as_str().is_some_and(|why| why.contains("timed out")), "{fence}");
}

#[tokio::test]
async fn a_switchover_loses_nothing_and_is_sent_once_where_the_writer_is() {
    let stage = orders("").await;
    stage.knob(&json!({ "knob": "aurora-lag", "region": WEST, "cluster": "orders-west", "value": 90_000 }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "switchover", &[]);
    let (code, _, ended) = told(&ran);
    assert_eq!(code, 0, "{}", said(&ran));
    assert_eq!(done(&stage), ["SwitchoverGlobalCluster us-east-1"]);
    assert_eq!(writers(&stage), json!({ "east": false, "west": true }));
    assert_eq!(ended["rpo_seconds"], json!(0.0), "whatever the lag was: {ended}");
}

#[tokio::test]
async fn a_switchover_is_taken_back_by_the_side_that_writes() {
    let more = "[component.warm]\nkind = \"command\"\nneeds = [\"orders\"]\nrun = [\"false\"]\nundo = [\"true\"]";
    let stage = orders(more).await;
    let folder = folder();
    let ran = run(&stage, folder.path(), more, "switchover", &["--on-failure", "rollback"]);
    assert_eq!(told(&ran).0, 5, "{}", said(&ran));
    assert_eq!(done(&stage), ["SwitchoverGlobalCluster us-east-1", "SwitchoverGlobalCluster us-west-2"]);
    assert_eq!(writers(&stage), json!({ "east": true, "west": false }));
}

#[tokio::test]
async fn neither_a_status_nor_a_role_is_taken_for_the_end_of_a_move() {
    for way in ["stuck", "stuck-after-roles"] {
        let stage = orders("").await;
        stage.knob(&json!({ "knob": "global-move", "cluster": GLOBAL, "way": way }));
        let folder = folder();
        let ran = run(&stage, folder.path(), "timeout = \"5s\"", "failover", &[]);
        let (code, steps, _) = told(&ran);
        assert_ne!(code, 0, "{way}");
        assert!(!steps.contains(&"step_succeeded orders/fail-over".to_owned()), "{way}: {steps:?}");
        assert_eq!(done(&stage), ["FailoverGlobalCluster us-west-2"], "{way}");
    }
}

#[tokio::test]
async fn a_reply_that_is_lost_is_looked_for_and_never_sent_again() {
    let stage = orders("").await;
    stage.fault(&json!({ "kind": "reply-lost", "operation": "FailoverGlobalCluster", "times": 1 }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    assert_eq!(told(&ran).0, 0, "{}", said(&ran));
    assert_eq!(stage.calls_of("FailoverGlobalCluster").len(), 1);
}

#[tokio::test]
async fn a_move_that_came_to_nothing_stops_at_once_with_its_words() {
    let stage = orders("").await;
    stage.knob(&json!({ "knob": "global-move", "cluster": GLOBAL, "way": "back" }));
    let folder = folder();
    let began = Instant::now();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    let (code, steps, _) = told(&ran);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert_ne!(code, 0);
    assert!(steps.contains(&"step_failed orders/fail-over".to_owned()), "{steps:?}");
    let words = said(&ran);
    assert!(words.contains("is cancelled") || words.contains("failed."), "{words}");
    assert_eq!(stage.calls_of("FailoverGlobalCluster").len(), 1);
}

#[tokio::test]
async fn what_is_not_allowed_is_said_by_its_name_and_changes_nothing() {
    let stage = orders("").await;
    stage.fault(&json!({ "kind": "access-denied", "operation": "FailoverGlobalCluster" }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    assert_ne!(told(&ran).0, 0);
    assert!(said(&ran).contains("rds.FailoverGlobalCluster was refused by RDS in us-west-2"), "{}", said(&ran));
    assert_eq!((done(&stage), writers(&stage)), (Vec::new(), json!({ "east": true, "west": false })));
}

#[tokio::test]
async fn what_leaves_stands_alone_and_writes() {
    let stage = orders("").await;
    let folder = folder();
    let ran = run(&stage, folder.path(), "detach = true", "failover", &[]);
    assert_eq!(told(&ran).0, 0, "{}", said(&ran));
    assert_eq!(done(&stage), ["RemoveFromGlobalCluster us-west-2"]);
    let west = stage.state()["clusters"][WEST]["orders-west"].clone();
    assert_eq!((&west["global"], &west["writer"]), (&Value::Null, &json!("orders-west-1")));
    let east = RdsOperation::LeaveGlobalCluster { global: GLOBAL.into(), cluster: "orders-east".into() };
    let (reply, _) = act(WEST, Operation::Rds(east)).await;
    assert!(matches!(reply, Reply::Refused { .. }), "a name is known in its own region only: {reply:?}");
}

#[tokio::test]
async fn a_headless_secondary_is_refused_before_anything_is_sent() {
    let stage = orders("").await;
    stage.knob(&json!({ "knob": "cluster", "region": WEST, "cluster": "orders-west", "headless": true }));
    let folder = folder();
    let ran = run(&stage, folder.path(), "", "failover", &[]);
    assert_ne!(told(&ran).0, 0);
    assert!(said(&ran).contains("aurora-headless"), "{}", said(&ran));
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn a_lag_is_told_in_seconds_by_whichever_metric_there_is() {
    let stage = orders("").await;
    let seconds = |seen: &Observation| match seen {
        Observation::CloudWatch(CloudWatchObservation::Lag(series)) => series.newest.seconds,
        other => panic!("a lag was asked for, not {other:?}"),
    };
    let query = || -> Query { CloudWatchQuery::GlobalClusterLag { cluster: "orders-west".into() }.into() };
    stage.knob(&json!({ "knob": "aurora-lag", "region": WEST, "cluster": "orders-west", "value": 4200 }));
    assert_eq!(seconds(&see(WEST, query()).await), Some(4.2));
    stage.knob(&json!({ "knob": "aurora-lag-older" }));
    assert_eq!(seconds(&see(WEST, query()).await), Some(4.2), "older Aurora MySQL has the other metric only");
    stage.knob(&json!({ "knob": "aurora-lag", "region": WEST, "cluster": "orders-west", "none_at_all": true }));
    assert_eq!(seconds(&see(WEST, query()).await), None);
}
