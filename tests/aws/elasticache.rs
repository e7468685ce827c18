//! Global datastores: the move between regions, by both roles and never by a status alone, the way out, and the lag.

use crate::stage::*;
use landfall::service::observation::{GlobalDatastore, ReplicationGroup};
use landfall::service::{
    CloudWatchObservation, CloudWatchQuery, ElastiCacheObservation, ElastiCacheOperation, ElastiCacheQuery,
    Observation, Operation, Query, Reply,
};
use serde_json::json;

const DATASTORE: &str = "ldgnf-shop-cache";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.cache]
kind = "elasticache"
global = "ldgnf-shop-cache"
primary = "shop-cache"
recovery = "shop-cache-west"
"#;

async fn carts() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage
}

fn datastore_query() -> Query {
    ElastiCacheQuery::GlobalDatastore { id: DATASTORE.into() }.into()
}

fn group_query(id: &str) -> Query {
    ElastiCacheQuery::ReplicationGroup { id: id.into() }.into()
}

fn datastore_of(observation: &Observation) -> Option<&GlobalDatastore> {
    match observation {
        Observation::ElastiCache(ElastiCacheObservation::GlobalDatastore { datastore }) => datastore.as_ref(),
        other => panic!("a datastore was asked for, not {other:?}"),
    }
}

fn group_of(observation: &Observation) -> Option<&ReplicationGroup> {
    match observation {
        Observation::ElastiCache(ElastiCacheObservation::ReplicationGroup { group }) => group.as_ref(),
        other => panic!("a group was asked for, not {other:?}"),
    }
}

fn is_primary(observation: &Observation, group: &str) -> bool {
    datastore_of(observation)
        .is_some_and(|found| found.members.iter().any(|member| member.group.as_str() == group && member.is_primary()))
}

fn fail_over(region: &str, group: &str) -> Operation {
    let (datastore, region, group) = (DATASTORE.into(), region.into(), group.into());
    Operation::ElastiCache(ElastiCacheOperation::FailOverDatastore { datastore, region, group })
}

#[tokio::test]
async fn a_datastore_and_its_groups_are_told_with_their_roles_and_endpoints() {
    let stage = carts().await;
    let seen = see(WEST, datastore_query()).await;
    let datastore = datastore_of(&seen).expect("it is there");
    assert_eq!((datastore.status.as_str(), datastore.members.len()), ("available", 2));
    assert!(is_primary(&seen, "shop-cache") && !is_primary(&seen, "shop-cache-west"));
    let seen = see(WEST, group_query("SHOP-cache-west")).await;
    let group = group_of(&seen).expect("it is there, however it is written");
    assert_eq!(group.status.as_str(), "available");
    assert!(!group.is_writer() && group.nodes >= 1);
    assert!(group.endpoint.is_some() && group.port.is_some());
    assert!(group_of(&see(WEST, group_query("shop-cache")).await).is_none(), "it is of the other region");
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn whoever_asks_for_things_of_a_region_asks_together_and_page_after_page() {
    let stage = carts().await;
    stage.knob(&json!({ "knob": "cache-page", "size": 1 }));
    let queries = vec![datastore_query(), group_query("shop-cache-west"), group_query("none")];
    let answers: Vec<Observation> =
        look(WEST, queries).await.into_iter().map(|answer| answer.expect("an answer")).collect();
    assert!(datastore_of(&answers[0]).is_some() && group_of(&answers[1]).is_some() && group_of(&answers[2]).is_none());
    assert!(stage.calls().len() <= 4, "{:?}", stage.calls());
}

#[tokio::test]
async fn a_move_is_taken_once_and_the_roles_follow() {
    let stage = carts().await;
    stage.stages(&json!({ "elasticache.failover.available": 1, "elasticache.failover.modifying": 1 }));
    let (reply, _) = act(WEST, fail_over(WEST, "shop-cache-west")).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    see_until(WEST, datastore_query(), |seen| is_primary(seen, "shop-cache-west")).await;
    let seen = see_until(WEST, group_query("shop-cache-west"), |seen| {
        group_of(seen).is_some_and(|group| group.is_writer() && group.status.as_str() == "available")
    })
    .await;
    assert!(group_of(&seen).is_some());
    assert_eq!(stage.mutations().len(), 1);
    see_until(WEST, datastore_query(), |seen| datastore_of(seen).is_some_and(|it| it.status.as_str() == "available"))
        .await;
    let (reply, _) = act(WEST, fail_over(WEST, "shop-cache-west")).await;
    assert!(matches!(reply, Reply::Refused { .. }), "it is the primary already: {reply:?}");
}

#[tokio::test]
async fn what_leaves_a_datastore_stands_alone() {
    let stage = carts().await;
    let leave = ElastiCacheOperation::LeaveDatastore {
        datastore: DATASTORE.into(),
        region: WEST.into(),
        group: "shop-cache-west".into(),
    };
    let (reply, _) = act(WEST, Operation::ElastiCache(leave)).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    see_until(WEST, group_query("shop-cache-west"), |seen| {
        group_of(seen).is_some_and(|group| group.datastore.is_none() && group.is_writer())
    })
    .await;
    assert_eq!(stage.mutations().len(), 1);
}

#[tokio::test]
async fn a_lag_is_the_worst_of_whatever_series_there_is() {
    let stage = carts().await;
    let query = || -> Query {
        CloudWatchQuery::DatastoreLag { datastore: DATASTORE.into(), group: "shop-cache-west".into() }.into()
    };
    for dimension in ["CacheClusterId", "ReplicationGroupId"] {
        stage.knob(&json!({ "knob": "cache-lag-dimension", "dimension": dimension }));
        stage.knob(&json!({ "knob": "cache-lag", "region": WEST, "group": "shop-cache-west", "value": 42 }));
        let seen = see(WEST, query()).await;
        let Observation::CloudWatch(CloudWatchObservation::Lag(series)) = seen else { panic!("{seen:?}") };
        assert_eq!(series.newest.seconds, Some(42.0), "{dimension}");
    }
    let nobody = CloudWatchQuery::DatastoreLag { datastore: "ldgnf-none".into(), group: "none".into() };
    let seen = see(WEST, nobody.into()).await;
    let Observation::CloudWatch(CloudWatchObservation::Lag(series)) = seen else { panic!("{seen:?}") };
    assert!(series.newest.seconds.is_none() && series.newest.instead.is_some(), "no series is no sample");
}
