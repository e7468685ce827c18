//! EKS node groups over HTTP: scaled once, and green by nodes that are in service alone.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::{Nodegroup, NodegroupUpdate};
use landfall::service::{EksObservation, EksOperation, EksQuery, Observation, Query, Registry, Reply, Silence, home};
use serde_json::{Value, json};

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.web]
kind = "nodegroup"
cluster = "shop"
nodegroup = "web"
desired = 2
min = 1
timeout = "8s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn asked(nodegroup: &str) -> Query {
    EksQuery::Nodegroup { cluster: "shop".into(), nodegroup: nodegroup.into() }.into()
}

async fn nodegroup(name: &str) -> Option<Nodegroup> {
    match see(WEST, asked(name)).await {
        Observation::Eks(EksObservation::Nodegroup { nodegroup }) => nodegroup,
        other => panic!("{other:?}"),
    }
}

async fn update(id: &str) -> Option<NodegroupUpdate> {
    let query = EksQuery::NodegroupUpdate { cluster: "shop".into(), nodegroup: "web".into(), update: id.into() };
    match see(WEST, query.into()).await {
        Observation::Eks(EksObservation::NodegroupUpdate { update }) => update,
        other => panic!("{other:?}"),
    }
}

fn scale(desired: u64) -> EksOperation {
    EksOperation::ScaleNodegroup { cluster: "shop".into(), nodegroup: "web".into(), min: 0, max: 4, desired }
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "nodegroup", "region": WEST, "cluster": "shop", "nodegroup": "web" });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

fn sizes(stage: &Stage) -> [Value; 3] {
    let state = stage.state();
    ["minSize", "maxSize", "desiredSize"].map(|name| state["nodegroups"]["us-west-2/shop/web"][name].clone())
}

/// Every change that was carried out: the sizes it gave.
fn sent(stage: &Stage) -> Vec<Value> {
    let done = stage.mutations().into_iter().filter(|call| call.executed && call.error_code.is_none());
    done.inspect(|call| assert_eq!(call.operation, "UpdateNodegroupConfig"))
        .map(|call| call.parameters["scalingConfig"].clone())
        .collect()
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(more: &str, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Failover, plan(more), folder.path(), hand).await.0
}

#[tokio::test]
async fn a_node_group_is_told_with_its_nodes_and_a_change_by_its_id() {
    let stage = shop().await;
    let found = nodegroup("web").await.expect("there");
    assert!(found.arn.contains(":nodegroup/shop/web/"));
    assert_eq!((found.status.as_str(), found.min, found.max, found.desired), ("ACTIVE", 0, 4, 0));
    assert_eq!((found.in_service, found.issues.len()), (Some(0), 0));
    assert!(nodegroup("none").await.is_none() && update("none").await.is_none());
    assert!(stage.mutations().is_empty());
    let id = take(WEST, scale(1).into()).await.expect("its id");
    assert!(matches!(update(&id).await.expect("there").status.as_str(), "InProgress" | "Successful"));
    see_until(WEST, asked("web"), |seen| match seen {
        Observation::Eks(EksObservation::Nodegroup { nodegroup: Some(found) }) => found.in_service == Some(1),
        _ => false,
    })
    .await;
    turn(&stage, json!({ "issues": ["AsgInstanceLaunchFailures"], "status": "DEGRADED" }));
    let ill = nodegroup("web").await.expect("there");
    assert_eq!(ill.issues[0].as_str(), "AsgInstanceLaunchFailures: as EKS says");
    let (reply, _) = act(WEST, scale(2).into()).await;
    assert!(matches!(reply, Reply::NotNow { throttled: true, .. }), "one change at a time: {reply:?}");
    for (operation, kind, because) in [
        ("DescribeNodegroup", "access-denied", Silence::Denied),
        ("DescribeNodegroup", "drop", Silence::NoAnswer),
        ("DescribeNodegroup", "page", Silence::NoAnswer),
        ("DescribeAutoScalingGroups", "access-denied", Silence::Denied),
        ("DescribeAutoScalingGroups", "drop", Silence::NoAnswer),
    ] {
        let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
        let silent = look(WEST, vec![asked("web")]).await.remove(0).expect_err("no answer");
        stage.mend(&fault);
        assert_eq!(silent.because, because, "{kind} {operation}");
        if because == Silence::Denied && operation == "DescribeNodegroup" {
            assert!(home::clear("eks.DescribeNodegroup", &silent).contains("eks:DescribeNodegroup"));
        }
    }
}

#[tokio::test]
async fn it_is_scaled_once_whatever_becomes_of_the_reply_and_goes_back_to_its_sizes() {
    let stage = shop().await;
    turn(&stage, json!({ "sizes": [0, 1, 0] }));
    stage.fault(&json!({ "kind": "reply-lost", "operation": "UpdateNodegroupConfig", "times": 1 }));
    let more = "max = 3\n\n[component.smoke]\nkind = \"command\"\nneeds = [\"web\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let state = run(more, |state| {
        let (_, own) = state.step(&"smoke/run".into()).expect("a step");
        (own.status == Status::Failed && !std::mem::replace(&mut asked, true)).then(|| {
            assert_eq!(sent(&stage), [json!({ "minSize": 1, "maxSize": 3, "desiredSize": 2 })]);
            Command::RollBack { to: None, typed: WEST.into(), reason: "it is a test".into(), past_the_point: None }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!((sizes(&stage), sent(&stage).len()), ([json!(0), json!(1), json!(0)], 2));
}

#[tokio::test]
async fn nodes_that_do_not_come_are_never_green() {
    let stage = shop().await;
    let short = |most: Value| {
        stage.knob(&json!({ "knob": "capacity-short", "region": WEST, "group": "eks-shop-web", "most": most }));
    };
    short(json!(1));
    let mut told = false;
    let state = run("", |state| {
        let (_, own) = state.step(&"web/scale".into()).expect("a step");
        if own.status == Status::Running && !told && own.note.contains("1 of 2 nodes in service") {
            told = true;
            assert_eq!(sizes(&stage)[2], json!(2), "it is desired, and not there");
            short(Value::Null);
        }
        None
    })
    .await;
    assert!(told, "it was green at once");
    assert_eq!((outcome(&state), sent(&stage).len()), (RunOutcome::Completed, 1));
}

#[tokio::test]
async fn a_change_that_fails_stops_the_run_in_its_own_words() {
    let stage = shop().await;
    turn(&stage, json!({ "fails": "IpNotAvailable" }));
    let mut told = None;
    let state = run("", |state| {
        let (_, own) = state.step(&"web/scale".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            turn(&stage, json!({ "fails": "" }));
            Command::Retry { step: "web/scale".into() }
        })
    })
    .await;
    assert!(told.expect("it failed first").contains("IpNotAvailable"));
    assert_eq!((outcome(&state), sent(&stage).len()), (RunOutcome::Completed, 2), "asked for again by a person");
}
