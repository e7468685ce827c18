//! What the adapter sees, service by service, and in how few calls.

use crate::stage::*;
use landfall::service::observation::*;
use landfall::service::{
    CloudWatchObservation, EcsObservation, EcsQuery, ElbObservation, ElbQuery, Observation, Query, RdsObservation,
};
use serde_json::json;
use std::fmt::Write;

fn db(observation: Observation) -> Option<DbInstance> {
    match observation {
        Observation::Rds(RdsObservation::DbInstance { instance }) => instance,
        other => panic!("an instance was asked for, not {other:?}"),
    }
}

fn sample(observation: Observation) -> LagSample {
    match observation {
        Observation::CloudWatch(CloudWatchObservation::Lag(series)) => series.newest,
        other => panic!("a lag was asked for, not {other:?}"),
    }
}

fn ecs(observation: &Observation) -> &EcsService {
    match observation {
        Observation::Ecs(EcsObservation::EcsService { service: Some(service) }) => service,
        other => panic!("a service was asked for, not {other:?}"),
    }
}

#[tokio::test]
async fn a_replica_and_its_source_are_seen_each_in_its_region() {
    let _stage = storefront().await;
    let replica = db(see(WEST, instance("orders-replica")).await).expect("a replica");
    let source = db(see(EAST, instance("orders")).await).expect("a source");
    assert_eq!(replica.replica_of.as_deref(), Some(source.arn.as_str()));
    assert_eq!(source.replicas.as_slice(), std::slice::from_ref(&replica.arn));
    assert_eq!((replica.status.as_str(), source.status.as_str()), ("available", "available"));
    assert!(replica.replication.expect("a replica's StatusInfos").normal);
    assert_eq!((source.replica_of, source.backup_retention_days), (None, 7));
    assert!(replica.endpoint.expect("an endpoint").contains("us-west-2"));
    assert_eq!(replica.port, source.port);
}

#[tokio::test]
async fn an_instance_that_is_not_there_is_absent_and_the_others_are_seen() {
    let _stage = storefront().await;
    let asked = vec![instance("orders-replica"), instance("no-such"), instance("orders")];
    let seen: Vec<_> = look(WEST, asked).await.into_iter().map(|answer| db(answer.expect("an answer"))).collect();
    assert!(seen[0].is_some());
    assert_eq!((&seen[1], &seen[2]), (&None, &None), "orders is in the other region");
}

#[tokio::test]
async fn an_instance_asked_for_twice_or_in_capitals_is_there() {
    let _stage = storefront().await;
    let asked = vec![instance("orders-replica"), instance("Orders-Replica"), instance("orders-replica")];
    for answer in look(WEST, asked).await {
        assert!(db(answer.expect("an answer")).is_some());
    }
}

#[tokio::test]
async fn twenty_replicas_and_their_lags_are_two_calls() {
    let stage = empty().await;
    let mut plan = "[application]\nname = \"many\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n".to_owned();
    for number in 0..20 {
        write!(plan, "[component.db-{number}]\nkind = \"rds\"\nprimary = \"db-{number}\"\nrecovery = \"r-{number}\"\n")
            .expect("a string takes more");
    }
    stage.seed(&plan);
    stage.clear_calls();
    let queries = (0..20).flat_map(|number| [instance(&format!("r-{number}")), lag(&format!("r-{number}"))]).collect();
    let answers = look(WEST, queries).await;
    for pair in answers.chunks(2) {
        assert!(db(pair[0].clone().expect("an answer")).is_some());
        assert!(sample(pair[1].clone().expect("an answer")).seconds.is_some());
    }
    let mut operations: Vec<String> = stage.calls().into_iter().map(|call| call.operation).collect();
    operations.sort();
    assert_eq!(operations, ["DescribeDBInstances", "GetMetricData"]);
}

#[tokio::test]
async fn a_lag_is_the_newest_sample_with_its_time() {
    let stage = storefront().await;
    stage.knob(&json!({"knob": "lag-timing", "late": 120}));
    stage.knob(&json!({"knob": "lag", "region": WEST, "instance": "orders-replica", "value": 42.0}));
    let fresh = sample(see(WEST, lag("orders-replica")).await);
    assert_eq!(fresh.seconds, Some(42.0));
    let age = jiff::Timestamp::now().as_second() - fresh.sampled_at.expect("a time").as_second();
    assert!((120..=190).contains(&age), "the newest that can be read, not {age} s old");
    stage.knob(&json!({"knob": "lag", "region": WEST, "instance": "orders-replica", "silent_for": 300}));
    let old = sample(see(WEST, lag("orders-replica")).await);
    let age = jiff::Timestamp::now().as_second() - old.sampled_at.expect("a time").as_second();
    assert!(old.seconds.is_some() && (240..=420).contains(&age), "the last sample before the silence, not {age} s");
    stage.knob(&json!({"knob": "lag", "region": WEST, "instance": "orders-replica", "silent_for": 5400}));
    let Observation::CloudWatch(CloudWatchObservation::Lag(series)) = see(WEST, lag("orders-replica")).await else {
        panic!("a lag")
    };
    let (lag, at) = (series.newest.seconds, series.newest.sampled_at.expect("a time"));
    let age = jiff::Timestamp::now().as_second() - at.as_second();
    assert!(
        lag.is_some() && (5340..=5520).contains(&age),
        "what was known once is kept with its age: {lag:?}, {age} s"
    );
    assert!(series.recent.is_empty(), "and tells nothing of now");
}

#[tokio::test]
async fn minus_one_and_no_sample_are_no_lag_at_all() {
    let stage = storefront().await;
    stage.knob(&json!({"knob": "lag", "region": WEST, "instance": "orders-replica", "value": -1}));
    let inactive = sample(see(WEST, lag("orders-replica")).await);
    assert_eq!((inactive.seconds, inactive.instead.as_deref()), (None, Some("-1: replication may not be active")));
    assert!(inactive.sampled_at.is_some());
    stage.knob(&json!({"knob": "lag", "region": WEST, "instance": "orders-replica", "none_at_all": true}));
    let none = sample(see(WEST, lag("orders-replica")).await);
    assert_eq!((none.seconds, none.sampled_at), (None, None));
    assert_eq!(none.instead.as_deref(), Some("no sample in the last 3h"));
}

#[tokio::test]
async fn a_service_is_seen_as_it_runs() {
    let _stage = storefront().await;
    let seen = see(EAST, service("api")).await;
    let api = ecs(&seen);
    assert_eq!((api.status.as_str(), api.desired, api.running, api.pending), ("ACTIVE", 2, 2, 0));
    assert_eq!(api.deployments[0].status.as_str(), "PRIMARY");
    assert_eq!(api.deployments[0].rollout.as_deref(), Some("COMPLETED"));
    assert!(api.task_definition.starts_with("arn:aws:ecs:us-east-1:"));
    assert_eq!(api.stopped, None);
    assert_eq!(ecs(&see(WEST, service("api")).await).desired, 0);
}

#[tokio::test]
async fn a_service_or_a_cluster_that_is_not_there_is_absent() {
    let _stage = storefront().await;
    let nowhere = Query::Ecs(EcsQuery::EcsService { cluster: "no-such".into(), service: "api".into() });
    for answer in look(WEST, vec![service("no-such"), nowhere]).await {
        assert_eq!(answer, Ok(Observation::Ecs(EcsObservation::EcsService { service: None })));
    }
}

#[tokio::test]
async fn services_are_described_ten_at_a_time() {
    let stage = storefront().await;
    let answers =
        look(WEST, (0..12).map(|number| service(&format!("s-{number}"))).chain([service("api")]).collect()).await;
    assert!(ecs(answers[12].as_ref().expect("an answer")).name.as_str() == "api");
    let sizes: Vec<usize> =
        stage.calls().iter().map(|call| call.parameters["services"].as_array().expect("names").len()).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 13);
    assert_eq!((sizes.len(), sizes.iter().max()), (2, Some(&10)));
}

#[tokio::test]
async fn a_service_whose_tasks_crash_says_why() {
    let stage = storefront().await;
    stage.knob(&json!({"knob": "tasks-crash", "region": WEST, "cluster": "storefront", "service": "api"}));
    take(WEST, scale(2)).await;
    let told = |seen: &Observation| ecs(seen).stopped.is_some();
    let seen = see_until(WEST, service("api"), told).await;
    let reason = ecs(&seen).stopped.clone().expect("it was waited for").reason;
    assert!(reason.contains("Essential container in task exited"), "{reason}");
    assert!(reason.contains("app: exit 1"), "the container's own end: {reason}");
}

#[tokio::test]
async fn a_task_definition_is_seen_with_the_values_of_its_containers() {
    let _stage = storefront().await;
    let named = |name: &str| Query::Ecs(EcsQuery::TaskDefinition { name: name.into() });
    let seen = look(WEST, vec![named("api"), named("no-such"), named("api:1")]).await;
    let Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(api) })) = &seen[0] else {
        panic!("{:?}", seen[0])
    };
    assert_eq!((api.family.as_str(), api.revision, api.status.as_str()), ("api", 1, "ACTIVE"));
    assert_eq!(api.containers[0].environment["MODE"], "old");
    assert!(api.containers[0].secrets["TOKEN"].starts_with("arn:aws:secretsmanager:us-west-2:"));
    assert_eq!(seen[1], Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: None })));
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn scaling_limits_of_many_services_are_one_call() {
    let stage = storefront().await;
    let limits =
        |name: &str| Query::Ecs(EcsQuery::ScalableTarget { cluster: "storefront".into(), service: name.into() });
    let seen = look(EAST, vec![limits("api"), limits("no-such")]).await;
    assert_eq!(
        seen[0],
        Ok(Observation::Ecs(EcsObservation::ScalableTarget {
            target: Some(ScalableTarget { min: 1, max: 4, ..ScalableTarget::default() })
        }))
    );
    assert_eq!(seen[1], Ok(Observation::Ecs(EcsObservation::ScalableTarget { target: None })));
    assert_eq!(stage.calls().len(), 1);
}

#[tokio::test]
async fn targets_are_seen_with_their_state_and_its_reason() {
    let stage = storefront().await;
    let group = || Query::Elb(ElbQuery::TargetHealth { target_group: "storefront-api".into() });
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(east) }) = see(EAST, group()).await else {
        panic!("a target group")
    };
    assert_eq!((east.targets.len(), east.healthy()), (2, 2));
    stage.knob(&json!({"knob": "target-health", "region": EAST, "target_group": "storefront-api"}));
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(sick) }) = see(EAST, group()).await else {
        panic!("a target group")
    };
    assert_eq!((sick.targets[0].state.as_str(), sick.healthy()), ("unhealthy", 0));
    assert_eq!(sick.targets[0].reason.as_deref(), Some("Target.FailedHealthChecks"));
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(west) }) = see(WEST, group()).await else {
        panic!("a target group")
    };
    assert!(west.targets.is_empty());
}

#[tokio::test]
async fn one_missing_group_or_balancer_hides_no_other() {
    let _stage = storefront().await;
    let group = |name: &str| Query::Elb(ElbQuery::TargetHealth { target_group: name.into() });
    let balancer = |name: &str| Query::Elb(ElbQuery::LoadBalancer { name: name.into() });
    let asked = vec![group("no-such"), group("storefront-api"), balancer("no-such"), balancer("storefront-lb")];
    let seen = look(WEST, asked).await;
    assert_eq!(seen[0], Ok(Observation::Elb(ElbObservation::TargetHealth { group: None })));
    assert!(matches!(&seen[1], Ok(Observation::Elb(ElbObservation::TargetHealth { group: Some(_) }))), "{:?}", seen[1]);
    assert_eq!(seen[2], Ok(Observation::Elb(ElbObservation::LoadBalancer { load_balancer: None })));
    let Ok(Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(found) })) = &seen[3] else {
        panic!("{:?}", seen[3])
    };
    assert!(found.dns_name.contains("us-west-2") && found.arn.contains("storefront-lb"), "{found:?}");
    assert_eq!(found.state.as_str(), "active");
    assert!(!found.zone_id.is_empty());
}
