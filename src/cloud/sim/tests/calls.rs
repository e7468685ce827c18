//! Under test: calls: late, lost, refused, batched.

use super::*;
use crate::service::{ElbObservation, RdsObservation, StsObservation};
use crate::service::{ElbQuery, RdsQuery, StsQuery};

#[tokio::test(start_paused = true)]
async fn a_dark_region_never_answers_and_the_other_does() {
    let sim = sim(vec![Fault::new(FaultKind::RegionDark).in_region("primary")]);
    let (evidence, mut calls) = Evidence::channel();
    let asks = [Ask { place: place(EAST), query: Query::Rds(RdsQuery::DbInstance { id: "orders".into() }) }];
    let looked =
        tokio::time::timeout(Duration::from_secs(3600), async { sim.observer().observe(&asks, &evidence).await });
    assert!(looked.await.is_err(), "only the caller's deadline ends it");
    let call = calls.try_recv().expect("the call is evidence all the same");
    assert_eq!((call.error.as_deref(), call.region.as_str()), (Some("no answer"), EAST));
    assert!(database(&sim, WEST, "orders-replica").await.is_some());
    let fence = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Vec::new(),
    });
    assert!(tokio::time::timeout(Duration::from_secs(60), act(&sim, EAST, fence)).await.is_err());
    assert_eq!(sim.received(), [], "it never came there");
}

#[tokio::test(start_paused = true)]
async fn a_refusing_region_answers_at_once_that_it_does_not() {
    let sim = sim(vec![Fault::new(FaultKind::RegionRefused).in_region(EAST)]);
    let looked = seen(&sim, EAST, Query::Rds(RdsQuery::DbInstance { id: "orders".into() })).await;
    assert_eq!(looked.answer.expect_err("silence").because, Silence::NoAnswer);
    let fence = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Vec::new(),
    });
    assert!(matches!(act(&sim, EAST, fence).await, Reply::NotNow { .. }));
    assert_eq!(sim.received(), []);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_hides_an_operation_that_was_taken_once() {
    let lost = Fault::new(FaultKind::ReplyLost).of_calls("rds.PromoteReadReplica").on("orders-db");
    let sim = sim(vec![lost]);
    assert!(matches!(act(&sim, WEST, promote()).await, Reply::NoAnswer { .. }));
    assert_eq!(sim.received().len(), 1);
    wait(430).await;
    assert_eq!(database(&sim, WEST, "orders-replica").await.expect("it stays").replica_of, None);
}

#[tokio::test(start_paused = true)]
async fn throttled_calls_say_so_and_an_act_gets_through_all_the_same() {
    let sim = sim(vec![Fault::new(FaultKind::Throttle)]);
    let mut throttled = 0;
    for _ in 0..40 {
        match seen(&sim, WEST, Query::Sts(StsQuery::Identity)).await.answer {
            Ok(_) => {}
            Err(silence) => {
                assert_eq!(silence.because, Silence::Throttled);
                throttled += 1;
            }
        }
    }
    assert!((1..15).contains(&throttled), "asked three times each, {throttled} of 40");
    let mut refused = 0;
    for desired in 1..10 {
        while !matches!(act(&sim, WEST, scale(desired)).await, Reply::Taken { .. }) {
            refused += 1;
        }
    }
    assert!(refused > 0);
    assert_eq!(sim.received().len(), 9, "what is throttled never comes there");
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_so_many_calls_ends_with_them_also_in_a_world_reopened() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl.world");
    let lost = || Fault { times: Some(2), ..Fault::new(FaultKind::ReplyLost).of_calls("ecs") };
    let open = || {
        let options = SimOptions { log_path: Some(path.clone()), ..options(vec![lost()], Intent::Switchover) };
        Sim::open(&plan(), options).expect("a world")
    };
    let first = open();
    assert!(matches!(act(&first, WEST, scale(1)).await, Reply::NoAnswer { .. }));
    let again = open();
    assert!(matches!(act(&again, WEST, scale(2)).await, Reply::NoAnswer { .. }));
    taken(&again, WEST, scale(3)).await;
    assert_eq!(again.received().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_hanging_operation_does_not_happen_and_others_go_on() {
    let sim = sim(vec![Fault::new(FaultKind::Hang).of_calls("ecs.UpdateService").lasting(60.0)]);
    assert!(tokio::time::timeout(Duration::from_secs(30), act(&sim, WEST, scale(2))).await.is_err());
    assert_eq!(sim.received(), []);
    taken(&sim, WEST, promote()).await;
    wait(60).await;
    taken(&sim, WEST, scale(2)).await;
}

#[tokio::test(start_paused = true)]
async fn denied_calls_are_told_from_silent_ones() {
    let sim = sim(vec![Fault::new(FaultKind::AccessDenied).of_calls("rds").in_region("recovery")]);
    let looked = seen(&sim, WEST, Query::Rds(RdsQuery::DbInstance { id: "orders-replica".into() })).await;
    assert_eq!(looked.answer.expect_err("denied").because, Silence::Denied);
    let Reply::Refused { code, .. } = act(&sim, WEST, promote()).await else { panic!("it is refused") };
    assert_eq!(code.as_deref(), Some("AccessDenied"));
    assert!(database(&sim, EAST, "orders").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn credentials_expire_eight_hours_after_the_beginning() {
    let sim = sim(Vec::new());
    wait(60).await;
    let Observation::Sts(StsObservation::Identity(identity)) = see(&sim, EAST, Query::Sts(StsQuery::Identity)).await
    else {
        panic!("an identity")
    };
    assert_eq!(identity.expires, Some("2026-03-01T11:00:20Z".parse().expect("a time")));
    assert_eq!(identity.region.as_str(), EAST);
}

#[tokio::test(start_paused = true)]
async fn questions_of_one_service_go_in_one_call_and_come_back_in_order() {
    let sim = sim(Vec::new());
    let (evidence, mut calls) = Evidence::channel();
    let query = |id: &str| Query::Rds(RdsQuery::DbInstance { id: id.into() });
    let queries = [
        query("orders"),
        Query::Elb(ElbQuery::LoadBalancer { name: "shop".into() }),
        query("nobody"),
        query("orders-fenced"),
    ];
    let asks: Vec<Ask> = queries.map(|query| Ask { place: place(EAST), query }).into();
    let seen = sim.observer().observe(&asks, &evidence).await;
    assert_eq!(seen.iter().map(|seen| &seen.ask).collect::<Vec<_>>(), asks.iter().collect::<Vec<_>>());
    assert_eq!(seen[2].answer, Ok(Observation::Rds(RdsObservation::DbInstance { instance: None })));
    assert!(matches!(&seen[1].answer, Ok(Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(_) }))));
    drop(evidence);
    let mut made = Vec::new();
    while let Some(call) = calls.recv().await {
        assert!((30..=300).contains(&call.latency_ms) && !call.mutation, "{call:?}");
        made.push(call.operation.to_string());
    }
    made.sort();
    assert_eq!(made, ["elbv2.DescribeLoadBalancers", "rds.DescribeDBInstances"]);
}
