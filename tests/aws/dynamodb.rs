//! Global tables: what each region says of its replica, how far it is behind, and runs that go over to it.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{RunOutcome, Status, loss};
use landfall::service::observation::Table;
use landfall::service::{
    CloudWatchObservation, CloudWatchQuery, DynamoDbObservation, DynamoDbQuery, Observation, Query, Registry, Silence,
};
use serde_json::json;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rpo = "5m"

[component.carts]
kind = "dynamodb"
table = "carts"
timeout = "20s"
"#;

async fn carts() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn query() -> Query {
    DynamoDbQuery::Table { name: "carts".into() }.into()
}

fn table_of(observation: &Observation) -> Option<&Table> {
    match observation {
        Observation::DynamoDb(DynamoDbObservation::Table { table }) => table.as_ref(),
        other => panic!("a table was asked for, not {other:?}"),
    }
}

fn plan(text: &str) -> Plan {
    file::read("shop.toml", text.as_bytes(), &Registry).expect("a valid plan")
}

#[tokio::test]
async fn a_table_is_told_with_its_indexes_and_the_other_regions_replica() {
    let stage = carts().await;
    for (here, there) in [(EAST, WEST), (WEST, EAST)] {
        let seen = see(here, query()).await;
        let table = table_of(&seen).expect("it is there");
        assert_eq!((table.status.as_str(), table.indexes.len()), ("ACTIVE", 1));
        assert_eq!(table.replica(there).map(|replica| replica.status.as_str()), Some("ACTIVE"));
        assert!(!table.is_strong() && table.replica(here).is_none());
    }
    assert!(table_of(&see("eu-west-1", query()).await).is_none(), "it has no replica there");
    stage.knob(&json!({"knob": "replica-status", "region": EAST, "table": "carts", "status": "REGION_DISABLED"}));
    let seen = see(WEST, query()).await;
    assert_eq!(
        table_of(&seen).and_then(|table| table.replica(EAST)).map(|it| it.status.as_str()),
        Some("REGION_DISABLED")
    );
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn a_lag_in_milliseconds_is_told_in_seconds_where_it_is_written() {
    let stage = carts().await;
    stage.knob(&json!({"knob": "table-lag", "region": EAST, "table": "carts", "to": WEST, "value": 42_500}));
    let lag = |to: &str| -> Query { CloudWatchQuery::TableLag { table: "carts".into(), to: to.into() }.into() };
    let seen = see(EAST, lag(WEST)).await;
    let Observation::CloudWatch(CloudWatchObservation::Lag(series)) = seen else { panic!("{seen:?}") };
    assert_eq!(series.newest.seconds, Some(42.5));
    let seen = see(WEST, lag(WEST)).await;
    let Observation::CloudWatch(CloudWatchObservation::Lag(series)) = seen else { panic!("{seen:?}") };
    assert!(series.newest.seconds.is_none(), "the region that receives does not tell it");
}

#[tokio::test]
async fn who_may_not_look_is_told_and_nothing_is_taken_for_there() {
    let stage = carts().await;
    stage.fault(&json!({"kind": "access-denied", "service": "dynamodb"}));
    let silence = look(WEST, vec![query()]).await.remove(0).expect_err("it is denied");
    assert_eq!(silence.because, Silence::Denied);
    assert!(silence.message.contains("DescribeTable"), "{silence:?}");
}

#[tokio::test]
async fn a_switchover_goes_over_to_the_copy_and_says_what_may_be_missing() {
    let stage = carts().await;
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Switchover, plan(SEED), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let lost = loss::of(&state, &"carts".into(), state.at).expect("a store");
    let told = lost.told();
    assert!(lost.is_met() == Some(true) && told.contains("at most, within its rpo of 5:00"), "{told}");
    let note = &lost.exposure.note;
    assert!(note.contains("before its copy was gone over to"), "{note}");
    assert!(stage.mutations().is_empty(), "nothing is done to a table");
    let ended = state.ended.as_ref().expect("it ended");
    assert_eq!(ended.objectives.len(), 1);
}

#[tokio::test]
async fn a_failover_without_the_old_region_asks_and_calls_the_loss_what_it_is_unknown_or_open() {
    let stage = carts().await;
    stage.fault(&json!({"kind": "drop", "region": EAST}));
    let folder = tempfile::tempdir().expect("a folder");
    let mut questions = Vec::new();
    let (state, _) = run_for(Intent::Failover, plan(SEED), folder.path(), |state| {
        questions.extend(state.open_gates.values().map(|gate| gate.question.to_string()));
        None
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let lost = loss::of(&state, &"carts".into(), state.at).expect("a store");
    assert_eq!((lost.exposure.seconds, lost.is_met()), (None, None), "nobody told it: {questions:?}");
    assert!(lost.accepted.is_some(), "a person took it on: {lost:?}");
    assert_eq!(stage.calls_of("DescribeTable").iter().filter(|call| call.region == WEST && !call.executed).count(), 0);
}

#[tokio::test]
async fn a_table_that_cannot_be_used_stops_the_run_at_once() {
    let stage = carts().await;
    let broken = "INACCESSIBLE_ENCRYPTION_CREDENTIALS";
    stage.knob(&json!({"knob": "replica-status", "region": WEST, "table": "carts", "status": broken}));
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = None;
    let (state, _) = run_for(Intent::Switchover, plan(SEED), folder.path(), |state| {
        let (_, own) = state.step(&"carts/ready".into()).expect("a step");
        let failed = own.status == Status::Failed && told.is_none();
        failed.then(|| {
            told = Some((own.note.to_string(), own.help.to_string(), own.started_at.zip(own.finished_at)));
            stage.knob(&json!({"knob": "replica-status", "region": WEST, "table": "carts"}));
            landfall::recovery::Command::Retry { step: "carts/ready".into() }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let (note, help, times) = told.expect("it failed first");
    assert!(note.contains(broken) && help.contains("KMS key"), "{note}; {help}");
    let (began, ended) = times.expect("it began and ended");
    assert!(ended.duration_since(began).as_secs_f64() < 5.0, "it waited for what cannot come");
}
