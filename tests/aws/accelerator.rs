//! Global Accelerator over HTTP: asked in one region from wherever it is called, dials turned once and given back.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::{Accelerator, EndpointGroup};
use landfall::service::{
    GlobalAcceleratorObservation, GlobalAcceleratorQuery, Observation, Query, Registry, Silence, home,
};
use serde_json::{Value, json};

const DUBLIN: &str = "eu-west-1";
const NEW: &str = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/new";
const OLD: &str = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/old";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "eu-west-1"

[component.way]
kind = "accelerator"
endpoint_group = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/new"
old = { endpoint_group = "arn:aws:globalaccelerator::123456789012:accelerator/a/listener/l/endpoint-group/old" }
timeout = "6s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

async fn told(query: GlobalAcceleratorQuery) -> GlobalAcceleratorObservation {
    match see(DUBLIN, query.into()).await {
        Observation::GlobalAccelerator(told) => told,
        other => panic!("{other:?}"),
    }
}

async fn group(arn: &str) -> Option<EndpointGroup> {
    match told(GlobalAcceleratorQuery::EndpointGroup { arn: arn.into() }).await {
        GlobalAcceleratorObservation::EndpointGroup { group } => group,
        other => panic!("{other:?}"),
    }
}

async fn accelerator(arn: &str) -> Option<Accelerator> {
    match told(GlobalAcceleratorQuery::Accelerator { arn: arn.into() }).await {
        GlobalAcceleratorObservation::Accelerator { accelerator } => accelerator,
        other => panic!("{other:?}"),
    }
}

fn turn(stage: &Stage, group: &str, settings: Value) {
    let mut knob = json!({ "knob": "accelerator", "group": group });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

fn dials(stage: &Stage) -> (Value, Value) {
    let state = stage.state();
    (state["accelerators"][NEW]["dial"].clone(), state["accelerators"][OLD]["dial"].clone())
}

/// Every change there was: of which group, and to what.
fn sent(stage: &Stage) -> Vec<(String, f64)> {
    let all = stage.mutations().into_iter().inspect(|call| {
        assert_eq!((call.operation.as_str(), call.region.as_str()), ("UpdateEndpointGroup", WEST));
        let given = call.parameters.as_object().expect("parameters").len();
        assert_eq!(given, 2, "the group and its dial, and nothing that would take the place of endpoints");
    });
    let changed = |parameters: Value| {
        let group = parameters["EndpointGroupArn"].as_str().expect("a group").rsplit('/').next().map(str::to_owned);
        (group.expect("its id"), parameters["TrafficDialPercentage"].as_f64().expect("a dial"))
    };
    all.filter(|call| call.executed).map(|call| changed(call.parameters)).collect()
}

fn moved() -> Vec<(String, f64)> {
    vec![("new".to_owned(), 100.0), ("old".to_owned(), 0.0)]
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(more: &str, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Failover, plan(more), folder.path(), hand).await.0
}

#[tokio::test]
async fn a_group_and_its_accelerator_are_told_by_the_one_region_that_has_them() {
    let stage = shop().await;
    let found = group(NEW).await.expect("there");
    assert_eq!((found.region.as_str(), found.dial, found.healthy()), (DUBLIN, 0.0, (2, 2)));
    assert_eq!(group(OLD).await.expect("there").dial, 100.0);
    turn(&stage, NEW, json!({ "dial": 12.5, "health": ["HEALTHY", "UNHEALTHY", "INITIAL"] }));
    let found = group(NEW).await.expect("there");
    assert_eq!((found.dial, found.healthy()), (12.5, (1, 3)));
    let whole = accelerator("arn:aws:globalaccelerator::123456789012:accelerator/a").await.expect("there");
    assert_eq!((whole.status.as_str(), whole.enabled), ("DEPLOYED", true));
    turn(&stage, NEW, json!({ "gone": true }));
    assert!(group(NEW).await.is_none() && accelerator("arn:none").await.is_none());
    assert!(stage.calls().iter().all(|call| call.region == WEST && call.read_only));
    let query: Query = GlobalAcceleratorQuery::EndpointGroup { arn: OLD.into() }.into();
    for (kind, because) in [
        ("access-denied", Silence::Denied),
        ("throttle", Silence::Throttled),
        ("drop", Silence::NoAnswer),
        ("page", Silence::NoAnswer),
    ] {
        let fault = stage.fault(&json!({ "kind": kind, "operation": "DescribeEndpointGroup" }));
        let silent = look(DUBLIN, vec![query.clone()]).await.remove(0).expect_err("no answer");
        stage.mend(&fault);
        assert_eq!(silent.because, because, "{kind}");
        if because == Silence::Denied {
            let clear = home::clear(query.api_name(), &silent);
            assert!(clear.contains("globalaccelerator:DescribeEndpointGroup"), "{clear}");
        }
    }
}

#[tokio::test]
async fn traffic_goes_over_once_whatever_becomes_of_the_replies_and_comes_back_to_the_dials_there_were() {
    let stage = shop().await;
    turn(&stage, NEW, json!({ "dial": 12.5 }));
    stage.fault(&json!({ "kind": "reply-lost", "operation": "UpdateEndpointGroup", "times": 2 }));
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"way\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let state = run(fails, |state| {
        let (_, own) = state.step(&"smoke/run".into()).expect("a step");
        (own.status == Status::Failed && !std::mem::replace(&mut asked, true)).then(|| {
            assert_eq!((dials(&stage), sent(&stage)), ((json!(100.0), json!(0.0)), moved()));
            Command::RollBack { to: None, typed: DUBLIN.into(), reason: "it is a test".into(), past_the_point: None }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!(dials(&stage), (json!(12.5), json!(100.0)));
    assert_eq!(sent(&stage)[2..], [("old".to_owned(), 100.0), ("new".to_owned(), 12.5)], "the old side first");
}

#[tokio::test]
async fn a_dial_without_anybody_healthy_behind_it_is_never_green_and_the_old_side_keeps_its_traffic() {
    let stage = shop().await;
    turn(&stage, NEW, json!({ "health": ["UNHEALTHY", "INITIAL"] }));
    let mut told = None;
    let state = run("", |state| {
        let (_, own) = state.step(&"way/dial".into()).expect("a step");
        if own.status == Status::Running && told.is_none() && own.note.contains("0 of 2 endpoints healthy") {
            told = Some(dials(&stage));
            turn(&stage, NEW, json!({ "health": ["UNHEALTHY", "HEALTHY"] }));
        }
        None
    })
    .await;
    assert_eq!(told, Some((json!(100.0), json!(100.0))), "it was green at once, or the old side was left");
    assert_eq!((outcome(&state), sent(&stage)), (RunOutcome::Completed, moved()));
}

#[tokio::test]
async fn an_accelerator_that_is_disabled_is_told_before_the_start_and_never_green() {
    let stage = shop().await;
    turn(&stage, NEW, json!({ "enabled": false }));
    let mut told = Vec::new();
    let state = run("", |state| {
        let (_, own) = state.step(&"way/dial".into()).expect("a step");
        (own.status == Status::Failed && told.is_empty()).then(|| {
            let preflight = state.preflight.as_ref().expect("it was looked");
            told = preflight.blocks.iter().map(|found| found.check.code.to_string()).collect();
            assert_eq!(dials(&stage).1, json!(100.0), "the old side keeps its traffic");
            turn(&stage, NEW, json!({ "enabled": true }));
            Command::Retry { step: "way/dial".into() }
        })
    })
    .await;
    assert!(told.contains(&"accelerator-enabled".to_owned()), "{told:?}");
    assert_eq!((outcome(&state), sent(&stage)), (RunOutcome::Completed, moved()));
}
