//! What the adapter sends, and that it does what it says.

use crate::stage::*;
use landfall::service::observation::{EcsObservation, ElbObservation, Observation, RdsObservation, RecordSet};
use landfall::service::{DnsOperation, EcsOperation, EcsQuery, ElbQuery, Operation, Query, RdsOperation, Reply};
use serde_json::Value;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_promotion_is_sent_once_and_promotes() {
    let stage = storefront().await;
    let (reply, calls) = act(WEST, promote()).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(attempts(&calls), [("rds.PromoteReadReplica", 1, None)]);
    assert!(calls[0].mutation && calls[0].request_id.is_some() && calls[0].region.as_str() == WEST);
    let promoted = |seen: &Observation| match seen {
        Observation::Rds(RdsObservation::DbInstance { instance: Some(found) }) => {
            found.replica_of.is_none() && found.status.as_str() == "available"
        }
        _ => false,
    };
    let seen = see_until(WEST, instance("orders-replica"), promoted).await;
    let Observation::Rds(RdsObservation::DbInstance { instance: Some(found) }) = seen else {
        unreachable!("it was waited for")
    };
    assert_eq!(found.backup_retention_days, 7);
    assert_eq!(stage.state()["rds"][EAST]["orders"]["replicas"], Value::Array(Vec::new()));
    assert_eq!(stage.mutations().len(), 1);
}

#[tokio::test]
async fn a_rename_takes_the_old_name_away() {
    let _stage = storefront().await;
    take(
        EAST,
        Operation::Rds(RdsOperation::RenameDbInstance {
            id: "orders".into(),
            new_id: "orders-fenced".into(),
            security_groups: Vec::new(),
        }),
    )
    .await;
    let there = |seen: &Observation| matches!(seen, Observation::Rds(RdsObservation::DbInstance { instance: Some(_) }));
    see_until(EAST, instance("orders-fenced"), there).await;
    assert_eq!(see(EAST, instance("orders")).await, Observation::Rds(RdsObservation::DbInstance { instance: None }));
}

#[tokio::test]
async fn a_new_revision_keeps_everything_but_what_the_plan_sets() {
    let stage = storefront().await;
    let values = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let operation = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: "api".into(),
        container: Some("app".into()),
        environment: values(&[("DATABASE_HOST", "new.example"), ("TOKEN", "plain")]),
        secrets: values(&[("MODE", "arn:aws:secretsmanager:us-west-2:123456789012:secret:mode")]),
        image: Some("registry.example/app:new".into()),
    });
    let arn = take(WEST, operation).await.expect("the new revision's ARN");
    assert!(arn.ends_with("task-definition/api:2"), "{arn}");
    let seen = see(WEST, Query::Ecs(EcsQuery::TaskDefinition { name: arn.as_str().into() })).await;
    let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(new) }) = seen else { panic!("{seen:?}") };
    let container = &new.containers[0];
    assert_eq!(container.image.as_str(), "registry.example/app:new");
    assert_eq!(container.environment, values(&[("DATABASE_HOST", "new.example"), ("TOKEN", "plain")]));
    assert_eq!(container.secrets.keys().collect::<Vec<_>>(), ["MODE"], "a name stands in one of the two");
    let sent = &stage.calls_of("RegisterTaskDefinition")[0].parameters;
    assert_eq!((&sent["networkMode"], &sent["cpu"], &sent["memory"]), (&"awsvpc".into(), &"256".into(), &"512".into()));
    assert_eq!(sent["requiresCompatibilities"], serde_json::json!(["FARGATE"]));
    assert_eq!(sent["executionRoleArn"], "arn:aws:iam::123456789012:role/api-execution");
    assert_eq!(sent["containerDefinitions"][0]["portMappings"][0]["containerPort"], 8080);

    take(WEST, Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn: arn.as_str().into() })).await;
    let seen = see(WEST, Query::Ecs(EcsQuery::TaskDefinition { name: arn.as_str().into() })).await;
    let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(gone) }) = seen else { panic!("{seen:?}") };
    assert_eq!(gone.status.as_str(), "INACTIVE");
}

#[tokio::test]
async fn a_definition_to_start_from_that_is_not_there_registers_nothing() {
    let stage = storefront().await;
    let (environment, secrets) = (BTreeMap::new(), BTreeMap::new());
    let (from, container) = ("no-such".into(), Some("app".into()));
    let operation =
        Operation::Ecs(EcsOperation::RegisterTaskDefinition { from, container, environment, secrets, image: None });
    let (reply, calls) = act(WEST, operation).await;
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    assert!(calls.iter().all(|call| !call.mutation) && stage.mutations().is_empty());
}

#[tokio::test]
async fn a_service_is_scaled_and_its_targets_come_to_be_healthy() {
    let _stage = storefront().await;
    take(WEST, scale(2)).await;
    let running = |seen: &Observation| match seen {
        Observation::Ecs(EcsObservation::EcsService { service: Some(api) }) => (api.desired, api.running) == (2, 2),
        _ => false,
    };
    see_until(WEST, service("api"), running).await;
    let group = Query::Elb(ElbQuery::TargetHealth { target_group: "storefront-api".into() });
    let healthy = |seen: &Observation| match seen {
        Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }) => group.healthy() == 2,
        _ => false,
    };
    see_until(WEST, group, healthy).await;
}

#[tokio::test]
async fn scaling_limits_are_set_and_those_not_named_stay() {
    let stage = storefront().await;
    let (cluster, service) = ("storefront".into(), "api".into());
    take(
        WEST,
        Operation::Ecs(EcsOperation::SetScalableTarget { cluster, service, min: 2, max: None, suspended: None }),
    )
    .await;
    let limits = &stage.state()["scalable_targets"][WEST]["service/storefront/api"];
    assert_eq!((&limits["min"], &limits["max"]), (&2.into(), &4.into()));
}

#[tokio::test]
async fn what_the_cloud_refuses_did_not_happen() {
    let stage = storefront().await;
    let missing = Operation::Rds(RdsOperation::PromoteReadReplica { id: "no-such".into(), backup_retention_days: 7 });
    let (reply, calls) = act(WEST, missing).await;
    let Reply::Refused { code, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(code.as_deref(), Some("DBInstanceNotFound"));
    assert_eq!(attempts(&calls), [("rds.PromoteReadReplica", 1, Some("DBInstanceNotFound"))]);
    let nothing_there = Operation::Dns(DnsOperation::ChangeRecords {
        zone: ZONE.into(),
        upsert: Vec::new(),
        delete: vec![RecordSet {
            name: "none.example.com.".into(),
            record_type: "A".into(),
            ttl: Some(30),
            values: vec!["192.0.2.9".into()],
            ..RecordSet::default()
        }],
    });
    let (reply, _) = act(WEST, nothing_there).await;
    let Reply::Refused { code, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(code.as_deref(), Some("InvalidChangeBatch"));
    assert_eq!(stage.mutations().len(), 2, "each sent once");
}
