//! A bad day: what is sent again, what never is, and what the reply says of whether it happened.

use crate::stage::*;
use landfall::cloud::{Evidence, Observe};
use landfall::service::StsQuery;
use landfall::service::{Ask, Reply, Silence};
use serde_json::json;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_throttled_read_recovers_and_every_attempt_is_evidence() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "throttle", "service": "rds", "times": 2}));
    let (seen, calls) = look_with_evidence(&place(WEST), vec![instance("orders-replica")]).await;
    assert!(seen[0].answer.is_ok());
    let wanted = [
        ("rds.DescribeDBInstances", 1, Some("Throttling")),
        ("rds.DescribeDBInstances", 2, Some("Throttling")),
        ("rds.DescribeDBInstances", 3, None),
    ];
    assert_eq!(attempts(&calls), wanted);
    assert!(calls.iter().all(|call| !call.mutation && call.request_id.is_some()));
}

#[tokio::test]
async fn a_silence_says_what_sort_it_is() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "throttle", "service": "rds"}));
    stage.fault(&json!({"kind": "access-denied", "service": "ecs"}));
    stage.fault(&json!({"kind": "access-denied", "service": "route53"}));
    stage.fault(&json!({"kind": "error", "service": "cloudwatch", "code": "InvalidParameterValue", "status": 400}));
    stage.fault(&json!({"kind": "drop", "service": "sts"}));
    let identity = landfall::service::Query::Sts(StsQuery::Identity);
    let asked = vec![instance("a"), service("api"), records(RECORD), lag("a"), identity];
    let because: Vec<Silence> =
        look(WEST, asked).await.into_iter().map(|answer| answer.expect_err("a silence").because).collect();
    let wanted = [Silence::Throttled, Silence::Denied, Silence::Denied, Silence::Refused, Silence::NoAnswer];
    assert_eq!(because, wanted);
}

#[tokio::test]
async fn a_service_that_hangs_costs_seconds_and_no_other_service_its_answer() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "hang", "service": "rds", "region": WEST}));
    let started = Instant::now();
    let west = place(WEST);
    let looking = look_with_evidence(&west, vec![instance("orders-replica"), service("api")]);
    // An act beside it: the two are waited for together.
    let (looked, (reply, calls)) = futures::join!(looking, act(WEST, promote()));
    assert!(started.elapsed() < Duration::from_secs(18), "{:?}", started.elapsed());

    let (seen, evidence) = looked;
    assert_eq!(seen[0].answer.as_ref().expect_err("it hangs").because, Silence::NoAnswer);
    assert!(seen[1].answer.is_ok());
    let between = seen[0].at.as_second() - seen[1].at.as_second();
    assert!(between >= 5, "the answer that came is as old as it is, not as fresh as the silence ({between} s)");
    assert!(evidence.iter().filter(|call| call.operation.as_str() == "rds.DescribeDBInstances").count() >= 2);

    assert!(matches!(reply, Reply::NoAnswer { .. }), "it may have happened: {reply:?}");
    assert_eq!(calls.len(), 1);
    assert_eq!(stage.calls_of("PromoteReadReplica").len(), 1, "and it is not sent again");
}

#[tokio::test]
async fn a_look_that_nobody_waits_for_any_more_is_evidence_too() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "hang", "region": EAST}));
    let observer = crate::stage::observer(&plan()).await;
    let (evidence, mut calls) = Evidence::channel();
    let asks = [Ask { place: place(EAST), query: instance("orders") }];
    let looked = tokio::time::timeout(Duration::from_secs(1), observer.observe(&asks, &evidence)).await;
    assert!(looked.is_err());
    let call = calls.recv().await.expect("the call was made all the same");
    assert_eq!(call.error.as_deref(), Some("no answer before the deadline"));
}

#[tokio::test]
async fn a_lost_reply_says_that_it_may_have_happened_and_it_is_sent_once() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "reply-lost", "operation": "PromoteReadReplica"}));
    let (reply, calls) = act(WEST, promote()).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert_eq!(calls.len(), 1);
    let sent = stage.calls_of("PromoteReadReplica");
    assert_eq!((sent.len(), sent[0].executed), (1, true));
}

#[tokio::test]
async fn a_connection_broken_after_sending_says_that_it_may_have_happened() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "drop", "operation": "PromoteReadReplica"}));
    let (reply, _) = act(WEST, promote()).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "we cannot know that it did not: {reply:?}");
    assert_eq!(stage.calls_of("PromoteReadReplica").len(), 1);
}

#[tokio::test]
async fn an_error_of_the_server_says_that_it_may_have_happened() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "error", "operation": "UpdateService", "code": "ServerException", "status": 500}));
    let (reply, _) = act(WEST, scale(2)).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert_eq!(stage.calls_of("UpdateService").len(), 1);
}

#[tokio::test]
async fn a_throttled_act_is_sent_again_and_done_once() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "throttle", "operation": "UpdateService", "times": 2}));
    let (reply, calls) = act(WEST, scale(2)).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(
        calls.iter().map(|call| (call.attempt, call.error.is_some())).collect::<Vec<_>>(),
        [(1, true), (2, true), (3, false)]
    );
    let executed: Vec<bool> = stage.calls_of("UpdateService").iter().map(|call| call.executed).collect();
    assert_eq!(executed, [false, false, true]);
}

#[tokio::test]
async fn an_act_throttled_to_the_end_provably_did_not_happen() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "throttle", "operation": "PromoteReadReplica"}));
    let (reply, calls) = act(WEST, promote()).await;
    assert_eq!(reply, Reply::NotNow { message: "Throttling: Rate exceeded".into(), throttled: true });
    assert_eq!(calls.len(), 3);
    assert!(stage.calls_of("PromoteReadReplica").iter().all(|call| !call.executed));
}

#[tokio::test]
async fn an_act_that_is_denied_is_refused_at_once() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "access-denied", "operation": "UpdateService"}));
    let (reply, calls) = act(WEST, scale(2)).await;
    let Reply::Refused { code, .. } = reply else { panic!("{reply:?}") };
    assert_eq!((code.as_deref(), calls.len()), (Some("AccessDeniedException"), 1));
}

#[tokio::test]
async fn an_act_that_finds_nobody_listening_was_provably_not_sent() {
    let _stage = storefront().await;
    let (reply, calls) = act_at(place_in(WEST, "nobody-listens"), scale(2)).await;
    let Reply::NotNow { message, throttled: false } = reply else { panic!("{reply:?}") };
    assert!(message.contains("Connection refused") && !message.contains("DispatchFailure("), "for people: {message}");
    assert_eq!(calls.iter().map(|call| call.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(calls.iter().all(|call| call.error.as_deref().is_some_and(|error| error.contains("onnect"))), "{calls:?}");
}
