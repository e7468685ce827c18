//! Lambda over HTTP: what is told of a function, one change at a time of what comes to it, and runs that are green by what
//! comes to it alone.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::{EventMapping, Function, FunctionAlias};
use landfall::service::{
    LambdaObservation, LambdaOperation, LambdaQuery, Observation, Operation, Query, Registry, Reply, Silence, home,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const QUEUE: &str = "arn:aws:sqs:us-west-2:123456789012:orders";
const OLD_QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:orders";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.worker]
kind = "lambda"
function = "worker"
alias = "live"
version = "3"
concurrency = 50
event_sources = ["arn:aws:sqs:us-west-2:123456789012:orders"]
old = { function = "worker-east", event_sources = ["arn:aws:sqs:us-east-1:123456789012:orders"] }
timeout = "6s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn asked_function(qualifier: Option<&str>) -> Query {
    LambdaQuery::Function { function: "worker".into(), qualifier: qualifier.map(Into::into) }.into()
}

fn asked_mappings(function: &str) -> Query {
    LambdaQuery::EventMappings { function: function.into() }.into()
}

async fn told(region: &str, query: Query) -> LambdaObservation {
    match see(region, query).await {
        Observation::Lambda(told) => told,
        other => panic!("Lambda was asked, and told {other:?}"),
    }
}

async fn function(qualifier: Option<&str>) -> Option<Function> {
    match told(WEST, asked_function(qualifier)).await {
        LambdaObservation::Function { function } => function,
        other => panic!("{other:?}"),
    }
}

async fn alias() -> FunctionAlias {
    match told(WEST, LambdaQuery::FunctionAlias { function: "worker".into(), alias: "live".into() }.into()).await {
        LambdaObservation::FunctionAlias { alias: Some(alias) } => alias,
        other => panic!("{other:?}"),
    }
}

async fn mappings(region: &str, function: &str) -> Option<Vec<EventMapping>> {
    match told(region, asked_mappings(function)).await {
        LambdaObservation::EventMappings { mappings } => mappings,
        other => panic!("{other:?}"),
    }
}

async fn room() -> Option<u64> {
    match told(WEST, LambdaQuery::FunctionConcurrency { function: "worker".into() }.into()).await {
        LambdaObservation::FunctionConcurrency { concurrency: Some(room) } => room.reserved,
        other => panic!("{other:?}"),
    }
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "function", "region": WEST, "function": "worker" });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

fn turn_events(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "mapping", "region": WEST, "function": "worker:live", "source": QUEUE });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

#[tokio::test]
async fn a_function_is_told_with_its_states_alias_concurrency_and_events() {
    let stage = shop().await;
    let found = function(None).await.expect("it is there");
    assert_eq!(
        (found.state.as_str(), found.update.as_str(), found.version.as_str()),
        ("Active", "Successful", "$LATEST")
    );
    assert!(found.code.is_some() && found.arn.ends_with(":function:worker"));
    assert_eq!(function(Some("3")).await.expect("there").version.as_str(), "3");
    assert!(function(Some("9")).await.is_none());
    turn(&stage, json!({ "State": "Failed", "StateReasonCode": "InvalidSubnet", "StateReason": "gone" }));
    let failed = function(None).await.expect("there");
    assert_eq!((failed.state.as_str(), failed.reason.as_deref()), ("Failed", Some("InvalidSubnet, gone")));
    turn(&stage, json!({ "alias": { "live": ["1", { "2": 0.25 }] } }));
    assert_eq!((alias().await.version.as_str(), alias().await.weights), ("1", BTreeMap::from([("2".into(), 0.25)])));
    assert_eq!(room().await, Some(0));
    turn(&stage, json!({ "reserved": -1 }));
    assert_eq!(room().await, None);
    assert_eq!(mappings(WEST, "worker").await, Some(Vec::new()));
    let found = mappings(WEST, "worker:live").await.expect("there");
    assert_eq!((found[0].source.as_deref(), found[0].state.as_str()), (Some(QUEUE), "Disabled"));
    assert_eq!(mappings(EAST, "worker-east").await.expect("there")[0].source.as_deref(), Some(OLD_QUEUE));
    turn(&stage, json!({ "gone": true }));
    assert!(function(None).await.is_none());
    assert_eq!(mappings(WEST, "worker").await, None);
    assert!(stage.calls().iter().all(|call| call.service == "lambda" && call.read_only));
}

#[tokio::test]
async fn mappings_come_page_after_page() {
    let stage = shop().await;
    for nth in 0..5 {
        let source = format!("{QUEUE}-{nth}");
        stage.knob(&json!({ "knob": "mapping", "region": WEST, "function": "worker", "source": source }));
    }
    stage.knob(&json!({ "knob": "mapping-page", "size": 2 }));
    stage.clear_calls();
    assert_eq!(mappings(WEST, "worker").await.expect("there").len(), 5);
    assert_eq!(stage.calls_of("ListEventSourceMappings").len(), 3);
}

#[tokio::test]
async fn who_says_nothing_or_no_is_told_so_and_by_the_name_of_the_call() {
    let stage = shop().await;
    let calls = [
        ("GetFunctionConfiguration", asked_function(None)),
        ("GetFunctionConcurrency", LambdaQuery::FunctionConcurrency { function: "worker".into() }.into()),
        ("GetAlias", LambdaQuery::FunctionAlias { function: "worker".into(), alias: "live".into() }.into()),
        ("ListEventSourceMappings", asked_mappings("worker")),
    ];
    for (operation, query) in calls {
        let kinds = [
            ("access-denied", Silence::Denied),
            ("throttle", Silence::Throttled),
            ("drop", Silence::NoAnswer),
            ("page", Silence::NoAnswer),
            ("cut", Silence::NoAnswer),
        ];
        for (kind, because) in kinds {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let silent = look(WEST, vec![query.clone()]).await.remove(0).expect_err("no answer");
            stage.mend(&fault);
            assert_eq!(silent.because, because, "{kind} {operation}");
            if because == Silence::Denied {
                let clear = home::clear(query.api_name(), &silent);
                assert!(clear.contains(&format!("lambda:{operation}")), "{clear}");
            }
        }
    }
}

fn point(revision: &str) -> Operation {
    let (function, alias, version) = ("worker".into(), "live".into(), "3".into());
    LambdaOperation::PointAlias { function, alias, version, weights: BTreeMap::new(), revision: revision.into() }.into()
}

#[tokio::test]
async fn an_alias_is_pointed_by_the_revision_that_was_seen_and_loses_its_weights() {
    let stage = shop().await;
    turn(&stage, json!({ "alias": { "live": ["1", { "2": 0.25 }] } }));
    let (reply, _) = act(WEST, point("another")).await;
    let Reply::Refused { code, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(code.as_deref(), Some("PreconditionFailedException"));
    assert_eq!(alias().await.version.as_str(), "1");
    let revision = alias().await.revision;
    let told = take(WEST, point(&revision)).await.expect("a revision");
    let pointed = alias().await;
    assert_eq!((pointed.version.as_str(), pointed.weights.len(), pointed.revision.as_str()), ("3", 0, told.as_str()));
}

#[tokio::test]
async fn a_mapping_that_is_changing_is_asked_again_later_and_nothing_of_it_changed() {
    let stage = shop().await;
    let uuid = mappings(WEST, "worker:live").await.expect("there")[0].uuid.clone();
    turn_events(&stage, json!({ "state": "Updating" }));
    let (reply, _) = act(WEST, LambdaOperation::SetEventMapping { uuid, enabled: true }.into()).await;
    assert!(matches!(reply, Reply::NotNow { throttled: true, .. }), "{reply:?}");
    assert_eq!(mappings(WEST, "worker:live").await.expect("there")[0].state.as_str(), "Updating");
}

#[tokio::test]
async fn concurrency_is_reserved_and_released() {
    let _stage = shop().await;
    take(WEST, LambdaOperation::ReserveConcurrency { function: "worker".into(), executions: 7 }.into()).await;
    assert_eq!(room().await, Some(7));
    take(WEST, LambdaOperation::ReleaseConcurrency { function: "worker".into() }.into()).await;
    assert_eq!(room().await, None);
}

fn plan() -> Plan {
    file::read("shop.toml", SEED.as_bytes(), &Registry).expect("a valid plan")
}

async fn run(intent: Intent, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(intent, plan(), folder.path(), hand).await.0
}

/// How the cloud says that the function is: its concurrency, what its alias is of, its events.
fn stands(stage: &Stage, region: &str, function: &str, source: &str) -> (Value, Value, Value) {
    let state = stage.state();
    let found = &state["lambda"][region][function];
    (found["reserved"].clone(), found["aliases"]["live"][0].clone(), found["mappings"][source].clone())
}

fn new(stage: &Stage) -> (Value, Value, Value) {
    stands(stage, WEST, "worker", QUEUE)
}

fn sent(stage: &Stage) -> Vec<(String, String)> {
    let mut sent: Vec<(String, String)> =
        stage.mutations().into_iter().filter(|call| call.executed).map(|call| (call.region, call.operation)).collect();
    sent.sort();
    sent
}

fn each_once() -> Vec<(String, String)> {
    let all = [
        (EAST, "UpdateEventSourceMapping"),
        (WEST, "PutFunctionConcurrency"),
        (WEST, "UpdateAlias"),
        (WEST, "UpdateEventSourceMapping"),
    ];
    all.map(|(region, operation)| (region.to_owned(), operation.to_owned())).into()
}

#[tokio::test]
async fn a_switchover_moves_the_events_and_each_change_is_sent_once() {
    let stage = shop().await;
    let state = run(Intent::Switchover, |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(new(&stage), (json!(50), json!("3"), json!("Enabled")));
    assert_eq!(stands(&stage, EAST, "worker-east", OLD_QUEUE).2, json!("Disabled"));
    assert_eq!(sent(&stage), each_once());
}

#[tokio::test]
async fn a_failover_goes_on_without_the_region_that_is_gone_and_owes_its_fence() {
    let stage = shop().await;
    stage.fault(&json!({ "kind": "drop", "region": EAST }));
    let state = run(Intent::Failover, |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let owed: Vec<&str> = state.debts.iter().map(|debt| debt.step.as_str()).collect();
    assert_eq!(owed, ["worker/fence"]);
    assert_eq!(new(&stage), (json!(50), json!("3"), json!("Enabled")));
    assert!(sent(&stage).iter().all(|(region, _)| region == WEST));
}

#[tokio::test]
async fn a_lost_reply_is_seen_to_and_nothing_is_sent_twice() {
    for operation in ["UpdateEventSourceMapping", "UpdateAlias", "PutFunctionConcurrency"] {
        let stage = shop().await;
        stage.fault(&json!({ "kind": "reply-lost", "operation": operation, "times": 1 }));
        let state = run(Intent::Switchover, |_| None).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "{operation}");
        assert_eq!(sent(&stage), each_once(), "{operation}");
    }
}

#[tokio::test]
async fn events_that_are_on_for_a_function_that_may_not_run_are_never_green() {
    let stage = shop().await;
    let mut told = None;
    let state = run(Intent::Switchover, |state| {
        let (_, own) = state.step(&"worker/events".into()).expect("a step");
        match own.status {
            Status::Running if told.is_none() && new(&stage).2 == json!("Enabling") => {
                turn(&stage, json!({ "reserved": 0 }))
            }
            Status::Running if told.is_none() && own.note.contains("reserved concurrency is 0") => {
                told = Some(own.note.to_string());
                turn(&stage, json!({ "reserved": 50 }));
            }
            _ => {}
        }
        None
    })
    .await;
    assert!(told.is_some(), "it was green at once");
    assert_eq!(outcome(&state), RunOutcome::Completed);
}

#[tokio::test]
async fn a_function_that_failed_stops_the_run_at_once_and_with_its_reason() {
    let stage = shop().await;
    turn(&stage, json!({ "State": "Failed", "StateReasonCode": "InvalidSubnet" }));
    let mut told = None;
    let state = run(Intent::Switchover, |state| {
        let (_, own) = state.step(&"worker/ready".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some((own.note.to_string(), own.started_at.zip(own.finished_at)));
            turn(&stage, json!({ "State": "Active" }));
            Command::Retry { step: "worker/ready".into() }
        })
    })
    .await;
    let (note, times) = told.expect("it failed first");
    assert!(note.contains("InvalidSubnet"), "{note}");
    let (began, ended) = times.expect("it began and ended");
    assert!(ended.duration_since(began).as_secs_f64() < 3.0, "it waited for what cannot come");
    assert_eq!(outcome(&state), RunOutcome::Completed);
}

#[tokio::test]
async fn going_back_gives_everything_back() {
    let stage = shop().await;
    turn(&stage, json!({ "alias": { "live": ["1", { "2": 0.25 }] } }));
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"worker\"]\nrun = [\"false\"]\n";
    let (folder, mut asked) = (tempfile::tempdir().expect("a folder"), false);
    let plan = file::read("shop.toml", format!("{SEED}{fails}").as_bytes(), &Registry).expect("a valid plan");
    let (state, _) = run_for(Intent::Switchover, plan, folder.path(), |state| {
        let failed = state.step(&"smoke/run".into()).is_some_and(|(_, own)| own.status == Status::Failed);
        (failed && !std::mem::replace(&mut asked, true)).then(|| Command::RollBack {
            to: None,
            typed: WEST.into(),
            reason: "it does not work".into(),
            past_the_point: None,
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    let (reserved, version, events) = new(&stage);
    assert_eq!((reserved, version, events), (json!(0), json!("1"), json!("Disabled")));
    assert_eq!(alias().await.weights, BTreeMap::from([("2".into(), 0.25)]));
    assert_eq!(stands(&stage, EAST, "worker-east", OLD_QUEUE).2, json!("Enabled"));
    assert_eq!(sent(&stage).len(), 8, "{:?}", sent(&stage));
}

#[tokio::test]
async fn who_may_not_change_it_is_told_by_name() {
    let stage = shop().await;
    let fault = stage.fault(&json!({ "kind": "access-denied", "operation": "UpdateAlias" }));
    let mut told = None;
    let state = run(Intent::Switchover, |state| {
        let (_, own) = state.step(&"worker/alias".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            stage.mend(&fault);
            Command::Retry { step: "worker/alias".into() }
        })
    })
    .await;
    let note = told.expect("it failed first");
    assert!(note.contains("lambda.UpdateAlias") && note.contains("Lambda in us-west-2"), "{note}");
    assert_eq!(outcome(&state), RunOutcome::Completed);
}
