//! SQS queues over HTTP: what is in each, read and never received, and what is left in the old one owed.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, file};
use landfall::recovery::RunOutcome;
use landfall::service::observation::Queue;
use landfall::service::{Observation, Query, Registry, Silence, SqsObservation, SqsQuery, home};
use serde_json::json;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.orders]
kind = "queue"
name = "orders"
primary = "orders-east.fifo"
timeout = "2s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn asked(name: &str) -> Query {
    SqsQuery::Queue { name: name.into() }.into()
}

async fn queue(region: &str, name: &str) -> Option<Queue> {
    match see(region, asked(name)).await {
        Observation::Sqs(SqsObservation::Queue { queue }) => queue,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_queue_is_told_with_what_is_in_it_and_nothing_is_received() {
    let stage = shop().await;
    let found = queue(WEST, "orders").await.expect("there");
    assert_eq!(found.arn.as_str(), "arn:aws:sqs:us-west-2:123456789012:orders");
    assert_eq!(found.messages(), 0);
    stage.knob(&json!({
        "knob": "queue", "region": EAST, "queue": "orders-east.fifo", "waiting": 7, "in_flight": 2, "delayed": 1,
    }));
    let old = queue(EAST, "orders-east.fifo").await.expect("there");
    assert_eq!((old.waiting, old.in_flight, old.delayed), (7, 2, 1));
    assert!(queue(EAST, "orders").await.is_none());
    let calls = stage.calls();
    assert!(calls.iter().all(|call| call.service == "sqs" && call.read_only), "{calls:?}");
    for operation in ["GetQueueUrl", "GetQueueAttributes"] {
        for (kind, because) in [
            ("access-denied", Silence::Denied),
            ("throttle", Silence::Throttled),
            ("drop", Silence::NoAnswer),
            ("page", Silence::NoAnswer),
            ("cut", Silence::NoAnswer),
        ] {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let silent = look(WEST, vec![asked("orders")]).await.remove(0).expect_err("no answer");
            stage.mend(&fault);
            assert_eq!(silent.because, because, "{kind} {operation}");
            if because == Silence::Denied {
                assert!(home::clear("sqs.GetQueueAttributes", &silent).contains("sqs:GetQueueAttributes"));
            }
        }
    }
}

#[tokio::test]
async fn what_is_left_in_the_old_one_is_owed_whatever_the_intent_and_an_empty_one_is_not() {
    let stage = shop().await;
    let plan = || file::read("shop.toml", SEED.as_bytes(), &Registry).expect("a valid plan");
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Switchover, plan(), folder.path(), |_| None).await;
    assert_eq!((outcome(&state), state.debts.len()), (RunOutcome::Completed, 0));
    stage.knob(&json!({ "knob": "queue", "region": EAST, "queue": "orders-east.fifo", "in_flight": 3 }));
    stage.metric(&json!({
        "region": EAST, "Namespace": "AWS/SQS",
        "MetricData": [{
            "MetricName": "ApproximateAgeOfOldestMessage", "Value": 720, "Unit": "Seconds",
            "Dimensions": [{ "Name": "QueueName", "Value": "orders-east.fifo" }],
        }],
    }));
    for intent in [Intent::Switchover, Intent::Failover] {
        let folder = tempfile::tempdir().expect("a folder");
        let (state, _) = run_for(intent, plan(), folder.path(), |_| None).await;
        assert_eq!(outcome(&state), RunOutcome::Completed, "{intent:?}: nobody waits for it");
        let owed: Vec<&str> = state.debts.iter().map(|debt| debt.step.as_str()).collect();
        assert_eq!(owed, ["orders/stranded"], "{intent:?}");
        let why = state.step(&"orders/stranded".into()).expect("a step").1.note.to_string();
        assert!(why.contains("3 messages are left in orders-east.fifo") && why.contains("the oldest for 12m"), "{why}");
    }
    assert!(stage.mutations().is_empty(), "{:?}", stage.mutations());
}
