//! What the adapter sees and sends of services, their tasks and targets, and their scaling: each of them by what it is.

use crate::stage::*;
use crate::support::estate::{Estate, Wanted};
use aws_sdk_ecs::types::DeploymentControllerType;
use landfall::service::observation::*;
use landfall::service::{
    EcsObservation, EcsOperation, EcsQuery, ElbObservation, ElbQuery, Observation, Operation, Query, Reply, Silence,
};
use serde_json::json;
use std::collections::BTreeMap;

fn estate(stage: &Stage) -> Estate {
    Estate::of(stage.endpoint(), WEST)
}

async fn seen(cluster: &str, name: &str) -> EcsService {
    let query = Query::Ecs(EcsQuery::EcsService { cluster: cluster.into(), service: name.into() });
    match see(WEST, query).await {
        Observation::Ecs(EcsObservation::EcsService { service: Some(service) }) => service,
        other => panic!("a service was asked for, not {other:?}"),
    }
}

async fn group(given: &str) -> TargetGroup {
    match see(WEST, Query::Elb(ElbQuery::TargetHealth { target_group: given.into() })).await {
        Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }) => group,
        other => panic!("a target group was asked for, not {other:?}"),
    }
}

async fn tasks(region: &str, name: &str) -> Option<Vec<RunningTask>> {
    match see(region, Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: name.into() })).await {
        Observation::Ecs(EcsObservation::ServiceTasks { tasks }) => tasks,
        other => panic!("tasks were asked for, not {other:?}"),
    }
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn register(from: &str, container: Option<&str>) -> Operation {
    Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: from.into(),
        container: container.map(Into::into),
        environment: values(&[("DATABASE_HOST", "new")]),
        secrets: BTreeMap::new(),
        image: Some("app:2".into()),
    })
}

#[tokio::test]
async fn values_and_image_go_to_the_named_container_and_to_no_other() {
    let stage = storefront().await;
    let containers = vec![("envoy", "proxy"), ("router", "logs"), ("app", "old")];
    estate(&stage).service(Wanted { cluster: "storefront", containers, ..Wanted::named("crowded") }).await;
    let arn = take(WEST, register("crowded", Some("app"))).await.expect("the new revision's ARN");
    let Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(new) }) =
        see(WEST, Query::Ecs(EcsQuery::TaskDefinition { name: arn.as_str().into() })).await
    else {
        panic!("it was registered")
    };
    let of = |container: &Container| {
        let value = container.environment["DATABASE_HOST"].clone();
        (container.name.to_string(), container.image.to_string(), value)
    };
    let found: Vec<(String, String, String)> = new.containers.iter().map(of).collect();
    let wanted = [("envoy", "envoy:1", "proxy"), ("router", "router:1", "logs"), ("app", "app:2", "new")];
    let wanted = wanted.map(|(name, image, value)| (name.to_owned(), image.to_owned(), value.to_owned()));
    assert_eq!(found, wanted);

    stage.clear_calls();
    for strange in [None, Some("no-such")] {
        let (reply, _) = act(WEST, register("crowded", strange)).await;
        assert!(matches!(reply, Reply::Refused { .. }), "{strange:?}: {reply:?}");
    }
    assert!(stage.mutations().is_empty(), "of several containers none is taken for the one that is meant");
}

#[tokio::test]
async fn what_a_service_is_meant_to_run_is_seen_and_not_its_familys_newest() {
    let stage = storefront().await;
    take(WEST, register("api", Some("app"))).await;
    stage.clear_calls();
    let query = |service: &str| {
        Query::Ecs(EcsQuery::ServiceDefinition { cluster: "storefront".into(), service: service.into() })
    };
    let answers = look(WEST, vec![query("api"), query("no-such")]).await;
    let Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(runs) })) = &answers[0] else {
        panic!("{answers:?}")
    };
    assert_eq!(runs.revision, 1);
    assert_eq!(runs.sizes_and_roles[..2], ["256".into(), "512".into()]);
    assert_eq!(answers[1], Ok(Observation::Ecs(EcsObservation::TaskDefinition { definition: None })));
    assert_eq!(stage.calls().len(), 2, "services in one call, and one for the definition");
}

#[tokio::test]
async fn a_services_running_tasks_are_seen_at_the_addresses_of_its_targets() {
    let stage = storefront().await;
    estate(&stage).service(Wanted { cluster: "storefront", desired: 1, ..Wanted::named("alone") }).await;
    let running = tasks(EAST, "api").await.expect("it is there");
    let at: Vec<&str> = running.iter().flat_map(|task| &task.reached_at).map(|at| at.id.as_str()).collect();
    let query = Query::Elb(ElbQuery::TargetHealth { target_group: "storefront-api".into() });
    let Observation::Elb(ElbObservation::TargetHealth { group: Some(east) }) = see(EAST, query).await else {
        panic!("a group")
    };
    let mut targets: Vec<&str> = east.targets.iter().map(|target| target.id.as_str()).collect();
    let mut at = at.clone();
    targets.sort_unstable();
    at.sort_unstable();
    assert_eq!((at.len(), &at), (2, &targets));
    assert!(east.targets.iter().all(|target| target.port == Some(8080)));
    assert_eq!(tasks(WEST, "api").await, Some(Vec::new()), "scaled to nothing");
    assert_eq!(tasks(WEST, "alone").await.map(|tasks| tasks.len()), Some(1), "each its own");
    assert_eq!(tasks(WEST, "no-such").await, None);
}

#[tokio::test]
async fn a_service_of_another_cluster_is_another_service_by_the_same_name() {
    let stage = storefront().await;
    let estate = estate(&stage);
    estate.service(Wanted { cluster: "elsewhere", desired: 3, ..Wanted::named("api") }).await;
    assert_eq!((seen("storefront", "api").await.desired, seen("elsewhere", "api").await.desired), (0, 3));
    assert!(seen("elsewhere", "api").await.arn.ends_with("service/elsewhere/api"));
    assert_eq!(tasks(WEST, "api").await, Some(Vec::new()), "the other's tasks are not its own");
}

#[tokio::test]
async fn who_deploys_a_service_and_how_it_is_scheduled_are_seen() {
    let stage = storefront().await;
    let estate = estate(&stage);
    let of = |name, controller| Wanted { cluster: "storefront", desired: 1, controller, ..Wanted::named(name) };
    estate.service(of("blue", DeploymentControllerType::CodeDeploy)).await;
    estate.service(of("sets", DeploymentControllerType::External)).await;
    estate.service(Wanted { cluster: "storefront", daemon: true, ..Wanted::named("agent") }).await;
    let mut found = Vec::new();
    for name in ["api", "blue", "sets", "agent"] {
        let EcsService { controller, scheduling, strategy, .. } = seen("storefront", name).await;
        found.push([controller, scheduling, strategy].map(|word| word.to_string()));
    }
    let wanted = [
        ["ECS", "REPLICA", "ROLLING"],
        ["CODE_DEPLOY", "REPLICA", "ROLLING"],
        ["EXTERNAL", "REPLICA", "ROLLING"],
        ["ECS", "DAEMON", "ROLLING"],
    ];
    assert_eq!(found, wanted);
    let balancers = seen("storefront", "api").await.balancers;
    assert!(balancers[0].target_group.as_ref().is_some_and(|arn| arn.contains(":targetgroup/storefront-api/")));
    assert_eq!((balancers[0].container.as_str(), balancers[0].port), ("app", Some(8080)));
}

fn update(desired: Option<u64>, force: bool) -> Operation {
    let (cluster, service) = ("storefront".into(), "api".into());
    Operation::Ecs(EcsOperation::UpdateService { cluster, service, desired, task_definition: None, force })
}

#[tokio::test]
async fn the_receipt_of_an_update_names_its_deployment_and_what_is_not_asked_stays() {
    let stage = storefront().await;
    let before = seen("storefront", "api").await.deployments[0].id.clone();
    assert_eq!(take(WEST, update(Some(2), false)).await.as_deref(), Some(before.as_str()), "a size is no deployment");
    let forced = take(WEST, update(None, true)).await.expect("the deployment's id");
    assert_ne!(forced, before.as_str());
    let after = seen("storefront", "api").await;
    assert_eq!((after.desired, after.deployments[0].id.as_str()), (2, forced.as_str()));
    assert!(stage.calls_of("UpdateService")[1].parameters.get("desiredCount").is_none());
}

#[tokio::test]
async fn groups_and_balancers_are_found_by_arn_and_a_group_knows_its_balancer() {
    let stage = storefront().await;
    let estate = estate(&stage);
    let (lone, ruled) = (estate.group("lone").await, estate.group("ruled").await);
    let other = estate.balancer("other").await;
    let main = estate.group("main").await;
    let listener = estate.listen(&other, 80, &main).await;
    estate.rule(&listener, &ruled).await;
    let own = group("storefront-api").await;
    assert_eq!(group(&own.arn).await, own);
    assert!(own.balancers[0].contains(":loadbalancer/app/storefront-lb/"), "{own:?}");
    assert_eq!(group(&lone).await.balancers, []);
    assert_eq!(group(&ruled).await.balancers, [other.as_str().into()], "by a rule of another balancer's listener");

    stage.clear_calls();
    let names = ["lone", &ruled, "no-such", &other, "arn:aws:elasticloadbalancing:us-west-2:1:targetgroup/x/y"];
    let queries = names.map(|name| Query::Elb(ElbQuery::TargetHealth { target_group: name.into() }));
    let balancers = ["storefront-lb", &other].map(|name| Query::Elb(ElbQuery::LoadBalancer { name: name.into() }));
    let answers = look(WEST, queries.into_iter().chain(balancers).collect()).await;
    let there = |answer: &_| matches!(answer, Ok(Observation::Elb(ElbObservation::TargetHealth { group: Some(_) })));
    assert!(there(&answers[0]) && there(&answers[1]), "{answers:?}");
    assert_eq!(answers[2], Ok(Observation::Elb(ElbObservation::TargetHealth { group: None })));
    assert!(!there(&answers[3]) && !there(&answers[4]), "the ARN of another thing is no group's");
    for answer in &answers[5..] {
        assert!(
            matches!(answer, Ok(Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(_) }))),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn where_a_balancer_sends_its_traffic_is_seen_with_its_weights() {
    let stage = storefront().await;
    let estate = estate(&stage);
    let (live, idle, ruled) = (estate.group("live").await, estate.group("idle").await, estate.group("ruled").await);
    let balancer = estate.balancer("other").await;
    let listener = estate.listen_weighted(&balancer, 80, &[(&live, 100), (&idle, 0)]).await;
    estate.rule(&listener, &ruled).await;
    for given in ["other", &balancer] {
        let seen = see(WEST, Query::Elb(ElbQuery::Forwards { balancer: given.into() })).await;
        let Observation::Elb(ElbObservation::Forwards { to: Some(to) }) = seen else { panic!("{seen:?}") };
        let weights = |arn: &str| -> Vec<Option<u64>> {
            to.iter().filter(|one| one.group.as_str() == arn).map(|one| one.weight).collect()
        };
        assert!(weights(&live).contains(&Some(100)) && weights(&idle).iter().all(|weight| *weight == Some(0)));
        assert!(!weights(&ruled).is_empty() && weights(&ruled).iter().all(|weight| *weight != Some(0)));
    }
    let nobody = see(WEST, Query::Elb(ElbQuery::Forwards { balancer: "no-such".into() })).await;
    assert_eq!(nobody, Observation::Elb(ElbObservation::Forwards { to: None }));
}

#[tokio::test]
async fn scaling_that_is_suspended_brings_nothing_back_and_is_put_back_as_it_was() {
    let stage = storefront().await;
    let limits = |min, max, suspended| {
        let (cluster, service) = ("storefront".into(), "api".into());
        Operation::Ecs(EcsOperation::SetScalableTarget { cluster, service, min, max, suspended })
    };
    let query = || Query::Ecs(EcsQuery::ScalableTarget { cluster: "storefront".into(), service: "api".into() });
    let found = |suspended, min| {
        Observation::Ecs(EcsObservation::ScalableTarget { target: Some(ScalableTarget { min, max: 4, suspended }) })
    };
    let alarm = || {
        stage.knob(
            &json!({"knob": "scaling-alarm", "region": EAST, "cluster": "storefront", "service": "api", "wanted": 4}),
        );
    };
    let desired = || stage.state()["ecs"][EAST]["storefront/api"]["desired"].as_u64();
    assert_eq!(see(EAST, query()).await, found(Suspended::default(), 1));
    take(EAST, limits(0, None, Some(Suspended::ALL))).await;
    assert_eq!(see(EAST, query()).await, found(Suspended::ALL, 0));
    take(
        EAST,
        Operation::Ecs(EcsOperation::UpdateService {
            cluster: "storefront".into(),
            service: "api".into(),
            desired: Some(0),
            task_definition: None,
            force: false,
        }),
    )
    .await;
    alarm();
    assert_eq!(desired(), Some(0), "what is fenced stays so");
    take(EAST, limits(1, Some(4), Some(Suspended::default()))).await;
    assert_eq!(see(EAST, query()).await, found(Suspended::default(), 1));
    alarm();
    assert_eq!(desired(), Some(4));
}

#[tokio::test]
async fn that_no_task_can_be_placed_is_among_the_events_with_its_time() {
    let stage = storefront().await;
    stage.knob(&json!({"knob": "unplaceable", "region": WEST, "cluster": "storefront", "service": "api"}));
    take(WEST, update(Some(2), false)).await;
    let service = seen("storefront", "api").await;
    let told = service.events.iter().find(|event| event.message.contains("unable to place a task"));
    let told = told.unwrap_or_else(|| panic!("{:?}", service.events));
    assert!(told.message.contains("vCPUs"));
    let age = jiff::Timestamp::now().duration_since(told.at.expect("a time")).as_secs();
    assert!((-5..60).contains(&age), "{age} s old");
}

#[tokio::test]
async fn that_tasks_may_not_be_listed_is_a_silence_and_not_no_task() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "access-denied", "operation": "ListTasks"}));
    let query = Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: "api".into() });
    let answer = look(EAST, vec![query]).await.remove(0);
    assert_eq!(answer.expect_err("a silence").because, Silence::Denied);
}
