//! Under test: ECS and its targets.

use super::*;
use crate::service::{EcsObservation, ElbObservation};
use crate::service::{EcsQuery, ElbQuery};

#[tokio::test(start_paused = true)]
async fn a_service_gets_new_values_and_runs_healthy_tasks() {
    let sim = sim(Vec::new());
    let register = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: "api".into(),
        container: None,
        environment: [("DB".to_owned(), "new".to_owned())].into(),
        secrets: Default::default(),
        image: Some("api:2".into()),
    });
    let arn = taken(&sim, WEST, register).await.id.expect("an ARN");
    assert!(arn.ends_with("task-definition/api:2"), "{arn}");
    for name in ["api", "api:2", arn.as_str()] {
        let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(found) }) =
            see(&sim, WEST, Query::Ecs(EcsQuery::TaskDefinition { name: name.into() })).await
        else {
            panic!("it is there")
        };
        assert_eq!((found.revision, found.containers[0].environment["DB"].as_str()), (2, "new"));
        assert_eq!(found.containers[0].image.as_str(), "api:2");
    }
    let update = Operation::Ecs(EcsOperation::UpdateService {
        cluster: "shop".into(),
        service: "api".into(),
        desired: Some(4),
        task_definition: Some(arn.clone()),
        force: false,
    });
    taken(&sim, WEST, update).await;
    wait(110).await;
    let query = Query::Ecs(EcsQuery::EcsService { cluster: "shop".into(), service: "api".into() });
    let Observation::Ecs(EcsObservation::EcsService { service: Some(service) }) = see(&sim, WEST, query).await else {
        panic!("a service")
    };
    assert_eq!((service.running, service.task_definition), (4, arn.clone()));
    let query = Query::Elb(ElbQuery::TargetHealth { target_group: "api".into() });
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }) = see(&sim, WEST, query.clone()).await
    else {
        panic!("a group")
    };
    assert_eq!((group.healthy(), group.targets.len()), (4, 4));
    sim.inject(Fault::new(FaultKind::TargetsUnhealthy).on("api").lasting(60.0)).expect("it fits");
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }) = see(&sim, WEST, query).await else {
        panic!("a group")
    };
    assert!(group.targets.iter().all(|target| target.reason.as_deref() == Some("Target.FailedHealthChecks")));

    taken(&sim, WEST, Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn: arn.clone() })).await;
    let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(gone) }) =
        see(&sim, WEST, Query::Ecs(EcsQuery::TaskDefinition { name: arn.clone() })).await
    else {
        panic!("a revision stays")
    };
    assert_eq!(gone.status.as_str(), "INACTIVE");
    let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(newest) }) =
        see(&sim, WEST, Query::Ecs(EcsQuery::TaskDefinition { name: "api".into() })).await
    else {
        panic!("an older one is active")
    };
    assert_eq!(newest.revision, 1);
}

#[tokio::test(start_paused = true)]
async fn limits_are_set_and_kept_sane() {
    let sim = sim(Vec::new());
    let set = |min, max| {
        Operation::Ecs(EcsOperation::SetScalableTarget {
            cluster: "shop".into(),
            service: "api".into(),
            min,
            max,
            suspended: None,
        })
    };
    taken(&sim, WEST, set(4, None)).await;
    let query = Query::Ecs(EcsQuery::ScalableTarget { cluster: "shop".into(), service: "api".into() });
    let Observation::Ecs(EcsObservation::ScalableTarget { target: Some(limits) }) = see(&sim, WEST, query).await else {
        panic!("limits")
    };
    assert_eq!((limits.min, limits.max), (4, 8));
    let query = Query::Ecs(EcsQuery::EcsService { cluster: "shop".into(), service: "api".into() });
    let Observation::Ecs(EcsObservation::EcsService { service: Some(moved) }) = see(&sim, WEST, query).await else {
        panic!("a service")
    };
    assert_eq!(moved.desired, 4, "it is moved into its limits");
    assert!(matches!(act(&sim, WEST, set(9, None)).await, Reply::Refused { .. }));
}

#[tokio::test(start_paused = true)]
async fn crashing_tasks_fail_the_rollout_with_the_reason_given() {
    let mut fault = Fault::new(FaultKind::TasksCrash).on("api").after("ecs.RegisterTaskDefinition");
    fault.reason = Some("exit code 78".to_owned());
    let sim = sim(vec![fault]);
    let register = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: "api".into(),
        container: None,
        environment: Default::default(),
        secrets: Default::default(),
        image: None,
    });
    let arn = taken(&sim, WEST, register).await.id.expect("an ARN");
    let update = Operation::Ecs(EcsOperation::UpdateService {
        cluster: "shop".into(),
        service: "api".into(),
        desired: Some(4),
        task_definition: Some(arn),
        force: false,
    });
    taken(&sim, WEST, update).await;
    wait(120).await;
    let query = Query::Ecs(EcsQuery::EcsService { cluster: "shop".into(), service: "api".into() });
    let Observation::Ecs(EcsObservation::EcsService { service: Some(service) }) = see(&sim, WEST, query).await else {
        panic!("a service")
    };
    let primary = &service.deployments[0];
    assert_eq!((service.running, primary.rollout.as_deref()), (0, Some("FAILED")));
    assert!(primary.failed_tasks >= 3 && primary.reason.as_ref().is_some_and(|why| why.contains("circuit breaker")));
    assert_eq!(service.stopped.as_ref().map(|task| task.reason.as_str()), Some("exit code 78"));
}
