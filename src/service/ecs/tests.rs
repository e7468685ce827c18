use crate::plan::{Side, Undo};
use crate::service::ask::Query;
use crate::service::observation::{
    Container, Deployment, EcsService, Observation, ScalableTarget, Target, TargetGroup, TaskDefinition,
};
use crate::service::operation::Operation;
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

const OLD: &str = "arn:aws:ecs:eu-central-1:1:task-definition/api:7";
const NEW: &str = "arn:aws:ecs:eu-central-1:1:task-definition/api:8";

fn fields(more: Value) -> Value {
    let mut fields = json!({ "cluster": "storefront", "service": "api", "desired": 6 });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    fields
}

fn scene(more: Value) -> Scene {
    Scene::new("ecs", fields(more))
}

fn service_query() -> Query {
    Query::EcsService { cluster: "storefront".into(), service: "api".into() }
}

fn limits_query() -> Query {
    Query::ScalableTarget { cluster: "storefront".into(), service: "api".into() }
}

/// A service all of whose `count` tasks run `task_definition`.
fn settled(count: u64, task_definition: &str) -> EcsService {
    EcsService {
        cluster: "storefront".into(),
        name: "api".into(),
        status: "ACTIVE".into(),
        desired: count,
        running: count,
        task_definition: task_definition.into(),
        deployments: vec![deployment("PRIMARY", task_definition, "COMPLETED", count)],
        ..EcsService::default()
    }
}

fn deployment(status: &str, task_definition: &str, rollout: &str, running: u64) -> Deployment {
    Deployment {
        status: status.into(),
        task_definition: task_definition.into(),
        rollout: Some(rollout.into()),
        running,
        ..Deployment::default()
    }
}

fn seeing(scene: Scene, service: EcsService) -> Scene {
    scene.sees(Side::Recovery, service_query(), Observation::EcsService { service: Some(service) })
}

fn limited(scene: Scene, min: u64, max: u64) -> Scene {
    let target = Some(ScalableTarget { min, max });
    scene.sees(Side::Recovery, limits_query(), Observation::ScalableTarget { target })
}

fn unlimited(scene: Scene) -> Scene {
    scene.sees(Side::Recovery, limits_query(), Observation::ScalableTarget { target: None })
}

fn with_targets(scene: Scene, states: &[&str]) -> Scene {
    let target = |state: &&str| Target { id: "10.0.0.1".into(), state: (*state).into(), reason: None };
    let group = Some(TargetGroup { arn: "arn".into(), targets: states.iter().map(target).collect() });
    let query = Query::TargetHealth { target_group: "api".into() };
    scene.sees(Side::Recovery, query, Observation::TargetHealth { group })
}

#[test]
fn a_changed_desired_count_is_not_done_by_its_completed_rollout() {
    let service = EcsService { desired: 6, running: 2, pending: 4, ..settled(2, OLD) };
    let verdict = seeing(scene(json!({})).taken(None), service).goal("scale");
    assert_eq!((name_of(&verdict), words_of(&verdict).as_str()), ("moving", "2 of 6 running, 4 pending"));
}

#[test]
fn scaled_is_running_as_many_as_desired_of_the_wanted_definition() {
    let scene = scene(json!({})).given("task_definition", NEW).taken(None);
    let verdict = seeing(scene, settled(6, NEW)).goal("scale");
    assert_eq!(name_of(&verdict), "holds");
    assert_eq!(given_by(&verdict)["task_definition"].as_str(), NEW);
    assert_eq!(given_by(&verdict)["service"].as_str(), "api");
}

#[test]
fn autoscaling_may_have_asked_for_more() {
    assert_eq!(name_of(&seeing(scene(json!({})), settled(8, OLD)).goal("scale")), "holds");
}

#[test]
fn the_old_definition_is_untouched_however_many_run() {
    let scene = scene(json!({})).given("task_definition", NEW);
    assert_eq!(name_of(&seeing(scene, settled(6, OLD)).goal("scale")), "untouched");
}

#[test]
fn a_short_name_and_an_arn_are_the_same_definition() {
    let scene = scene(json!({})).given("task_definition", NEW);
    assert_eq!(name_of(&seeing(scene, settled(6, "api:8")).goal("scale")), "holds");
}

#[test]
fn a_rollout_is_over_only_when_it_says_so() {
    let table = [("COMPLETED", "holds"), ("IN_PROGRESS", "moving"), ("REVIEWING", "moving"), ("FAILED", "bad")];
    for (rollout, verdict) in table {
        let service = EcsService { deployments: vec![deployment("PRIMARY", OLD, rollout, 6)], ..settled(6, OLD) };
        assert_eq!(name_of(&seeing(scene(json!({})).taken(None), service).goal("scale")), verdict, "{rollout}");
    }
    let classic = Deployment { rollout: None, ..deployment("PRIMARY", OLD, "", 6) };
    let service = EcsService { deployments: vec![classic], ..settled(6, OLD) };
    assert_eq!(name_of(&seeing(scene(json!({})).taken(None), service).goal("scale")), "holds");
}

#[test]
fn tasks_of_an_old_deployment_must_be_gone() {
    let deployments = vec![deployment("PRIMARY", NEW, "COMPLETED", 5), deployment("ACTIVE", OLD, "COMPLETED", 1)];
    let scene = scene(json!({})).given("task_definition", NEW);
    assert_eq!(name_of(&seeing(scene, EcsService { deployments, ..settled(6, NEW) }).goal("scale")), "moving");
}

#[test]
fn running_is_not_healthy() {
    let scene = || seeing(scene(json!({ "target_group": "api" })).taken(None), settled(6, OLD));
    assert_eq!(name_of(&scene().goal("scale")), "unknown");
    let five = ["healthy", "healthy", "healthy", "healthy", "healthy", "initial"];
    assert_eq!(name_of(&with_targets(scene(), &five).goal("scale")), "moving");
    assert_eq!(name_of(&with_targets(scene(), &["healthy"; 6]).goal("scale")), "holds");
    let mut and_draining = vec!["healthy"; 6];
    and_draining.push("draining");
    assert_eq!(name_of(&with_targets(scene(), &and_draining).goal("scale")), "holds");
}

#[test]
fn crashing_tasks_fail_the_step_at_the_threshold_of_the_circuit_breaker() {
    let crashing = |failed_tasks| EcsService {
        running: 0,
        pending: 6,
        deployments: vec![Deployment { failed_tasks, ..deployment("PRIMARY", OLD, "IN_PROGRESS", 0) }],
        events: vec!["(service api) is unable to consistently start tasks".into()],
        stopped_reason: Some("Essential container in task exited".into()),
        ..settled(6, OLD)
    };
    let goal = |failed| seeing(scene(json!({})).taken(None), crashing(failed)).goal("scale");
    assert_eq!(name_of(&goal(2)), "moving");
    assert_eq!(name_of(&goal(3)), "bad");
    assert!(words_of(&goal(3)).contains("Essential container in task exited; (service api) is unable"));
    let before = scene(json!({})).taken(None).before(json!({ "task_definition": OLD, "failed_tasks": 3 }));
    assert_eq!(name_of(&seeing(before, crashing(5)).goal("scale")), "moving");
}

#[test]
fn a_rollout_that_ecs_took_back_fails_with_its_reason() {
    let ours = Deployment {
        reason: Some("ECS deployment circuit breaker: tasks failed to start.".into()),
        ..deployment("INACTIVE", NEW, "FAILED", 0)
    };
    let deployments = vec![deployment("PRIMARY", OLD, "COMPLETED", 6), ours];
    let scene = scene(json!({})).given("task_definition", NEW).taken(None);
    let verdict = seeing(scene, EcsService { deployments, ..settled(6, OLD) }).goal("scale");
    assert_eq!(name_of(&verdict), "bad");
    assert!(words_of(&verdict).contains("circuit breaker"));
}

#[test]
fn a_service_that_is_not_active_cannot_be_scaled_and_an_unknown_status_is_in_flight() {
    for (status, verdict) in [("DRAINING", "bad"), ("INACTIVE", "bad"), ("WAKING", "moving")] {
        let service = EcsService { status: status.into(), ..settled(6, OLD) };
        assert_eq!(name_of(&seeing(scene(json!({})), service).goal("scale")), verdict, "{status}");
    }
}

#[test]
fn a_maximum_below_the_desired_count_refuses_the_scaling() {
    let scene = || seeing(scene(json!({})), settled(0, OLD));
    assert!(unlimited(scene()).refusals("scale").is_empty());
    assert!(limited(scene(), 0, 6).refusals("scale").is_empty());
    assert_eq!(limited(scene(), 0, 5).refusals("scale"), ["ecs-scalable-max"]);
    assert_eq!(scene().refusals("scale"), ["ecs-scalable-max"]);
}

#[test]
fn a_retry_starts_a_failed_deployment_over() {
    let forced = |service| match unlimited(seeing(scene(json!({})), service)).act("scale").operation {
        Operation::UpdateService { force, .. } => force,
        other => panic!("{other:?}"),
    };
    let of = |deployment| EcsService { running: 0, deployments: vec![deployment], ..settled(6, OLD) };
    assert!(!forced(of(deployment("PRIMARY", OLD, "IN_PROGRESS", 0))));
    assert!(forced(of(deployment("PRIMARY", OLD, "FAILED", 0))));
    assert!(forced(of(Deployment { failed_tasks: 9, ..deployment("PRIMARY", OLD, "IN_PROGRESS", 0) })));
}

#[test]
fn the_task_definition_is_sent_only_where_it_changes_something() {
    let sent = |service| match seeing(scene(json!({})).given("task_definition", NEW), service).act("scale").operation {
        Operation::UpdateService { desired, task_definition, .. } => {
            (desired, task_definition.map(|arn| arn.to_string()))
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(settled(2, OLD)), (6, Some(NEW.to_owned())));
    assert_eq!(sent(settled(2, NEW)), (6, None));
}

#[test]
fn the_way_back_from_scaling_is_the_size_and_definition_before() {
    let before = seeing(scene(json!({})), settled(2, OLD)).image("scale");
    let scene = seeing(scene(json!({})).before(before), settled(6, NEW));
    let back = scene.way_back("scale").expect("it can be taken back");
    let act = back.act(&scene.facts()).expect("it is sent");
    let wanted = Operation::UpdateService {
        cluster: "storefront".into(),
        service: "api".into(),
        desired: 2,
        task_definition: Some(OLD.into()),
        force: false,
    };
    assert_eq!(act.operation, wanted);
    let goal = |service| name_of(&back.goal(&seeing(self::scene(json!({})), service).facts()));
    assert_eq!(goal(settled(6, NEW)), "untouched");
    assert_eq!(goal(EcsService { running: 6, ..settled(2, OLD) }), "moving");
    assert_eq!(goal(settled(2, OLD)), "holds");
    assert!(self::scene(json!({})).way_back("scale").is_none());
}

fn definition(arn: &str, host: &str) -> TaskDefinition {
    let container = Container {
        name: "api".into(),
        image: "api:1".into(),
        environment: [("DATABASE_HOST".to_owned(), host.to_owned())].into(),
        ..Container::default()
    };
    TaskDefinition {
        arn: arn.into(),
        family: "api".into(),
        revision: 7,
        status: "ACTIVE".into(),
        containers: vec![container],
    }
}

fn with_values() -> Scene {
    seeing(scene(json!({ "environment": { "DATABASE_HOST": "new.example.com" } })), settled(0, OLD))
}

fn newest(scene: Scene, name: &str, definition: Option<TaskDefinition>) -> Scene {
    scene.sees(Side::Recovery, Query::TaskDefinition { name: name.into() }, Observation::TaskDefinition { definition })
}

#[test]
fn new_values_are_registered_on_top_of_what_runs() {
    let scene = newest(with_values(), "api", Some(definition(OLD, "old.example.com")));
    assert_eq!(name_of(&scene.goal("task-definition")), "untouched");
    assert!(scene.refusals("task-definition").is_empty());
    match scene.act("task-definition").operation {
        Operation::RegisterTaskDefinition { from, environment, .. } => {
            assert_eq!(from.as_str(), OLD);
            assert_eq!(environment["DATABASE_HOST"], "new.example.com");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_that_stand_already_are_not_registered_again() {
    let verdict = newest(with_values(), "api", Some(definition(NEW, "new.example.com"))).goal("task-definition");
    assert_eq!(given_by(&verdict)["task_definition"].as_str(), NEW);
}

#[test]
fn what_was_registered_is_verified_itself() {
    let scene = || newest(with_values().taken(Some(NEW)), "api", Some(definition(OLD, "old.example.com")));
    assert_eq!(name_of(&scene().goal("task-definition")), "unknown");
    assert_eq!(name_of(&newest(scene(), NEW, None).goal("task-definition")), "moving");
    let wrong = newest(scene(), NEW, Some(definition(NEW, "other.example.com")));
    assert_eq!(name_of(&wrong.goal("task-definition")), "bad");
    assert!(!words_of(&wrong.goal("task-definition")).contains("example.com"), "values may be secret");
    let right = newest(scene(), NEW, Some(definition(NEW, "new.example.com")));
    assert_eq!(name_of(&right.goal("task-definition")), "holds");
}

#[test]
fn a_retry_after_a_wrong_registration_can_see_the_family_again() {
    let scene = newest(with_values().taken(Some(NEW)), "api", Some(definition(OLD, "old.example.com")));
    assert_eq!(scene.work("task-definition").asks(&scene.asked).len(), 3);
    assert!(scene.refusals("task-definition").is_empty());
}

#[test]
fn another_family_than_the_service_runs_is_refused() {
    let scene = newest(with_values(), "api", Some(definition(OLD, "old.example.com")));
    let other = "arn:aws:ecs:eu-central-1:1:task-definition/storefront-api:3";
    assert_eq!(seeing(scene, settled(0, other)).refusals("task-definition"), ["ecs-family"]);
}

#[test]
fn the_registered_revision_is_taken_out_of_use_and_no_other() {
    let scene = with_values().taken(Some(NEW)).before(json!({ "newest": OLD }));
    let back = scene.way_back("task-definition").expect("it can be taken back");
    let act = back.act(&scene.facts()).expect("it is sent");
    assert_eq!(act.operation, Operation::DeregisterTaskDefinition { arn: NEW.into() });
    let goal = |status: &str| {
        let definition = TaskDefinition { status: status.into(), ..definition(NEW, "new.example.com") };
        name_of(&back.goal(&newest(with_values(), NEW, Some(definition)).facts()))
    };
    assert_eq!([goal("ACTIVE"), goal("INACTIVE"), goal("LEAVING")], ["untouched", "holds", "moving"]);
    let was_there = with_values().given("task_definition", OLD).unanswered().before(json!({ "newest": OLD }));
    assert!(was_there.way_back("task-definition").is_none());
}

#[test]
fn the_minimum_is_raised_and_put_back_exactly() {
    let scene = || scene(json!({ "min": 4 }));
    assert_eq!(name_of(&limited(scene(), 2, 10).goal("min")), "untouched");
    assert_eq!(name_of(&limited(scene(), 5, 10).goal("min")), "holds");
    assert_eq!(limited(scene(), 2, 3).refusals("min"), ["ecs-scalable-target"]);
    assert_eq!(unlimited(scene()).refusals("min"), ["ecs-scalable-target"]);
    let before = limited(scene(), 2, 10).image("min");
    let back = scene().before(before).way_back("min").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&limited(scene(), 4, 10).facts())), "untouched");
    assert_eq!(name_of(&back.goal(&limited(scene(), 2, 10).facts())), "holds");
}

fn fenced_scene() -> Scene {
    scene(json!({ "old": { "cluster": "storefront", "service": "api" } }))
}

fn old_side(scene: Scene, service: EcsService) -> Scene {
    scene.sees(Side::Primary, service_query(), Observation::EcsService { service: Some(service) })
}

#[test]
fn the_fence_holds_when_nothing_of_the_old_service_runs() {
    assert!(fenced_scene().step("fence").beside);
    assert!(!fenced_scene().switchover().step("fence").beside);
    assert_eq!(name_of(&old_side(fenced_scene(), settled(3, OLD)).goal("fence")), "untouched");
    let stopping = EcsService { running: 2, ..settled(0, OLD) };
    assert_eq!(name_of(&old_side(fenced_scene(), stopping).goal("fence")), "moving");
    let deleted = EcsService { status: "INACTIVE".into(), ..settled(0, OLD) };
    assert_eq!(name_of(&old_side(fenced_scene(), deleted).goal("fence")), "holds");
    let before = old_side(fenced_scene(), settled(3, OLD)).image("fence");
    let scene = fenced_scene().before(before);
    let back = scene.way_back("fence").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&old_side(fenced_scene(), settled(3, OLD)).facts())), "holds");
}

#[test]
fn steps_are_only_those_the_plan_asks_for_and_scaling_waits_for_all_of_them() {
    let actions =
        |scene: &Scene| scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect::<Vec<_>>();
    assert_eq!(actions(&scene(json!({}))), ["scale"]);
    assert_eq!(actions(&scene(json!({ "environment": {} }))), ["scale"]);
    let full = scene(json!({
        "old": { "cluster": "storefront", "service": "api" }, "min": 4, "image": "api:2",
    }));
    assert_eq!(actions(&full), ["fence", "task-definition", "min", "scale"]);
    assert_eq!(full.step("scale").needs.len(), 2);
    assert_eq!(full.switchover().step("scale").needs.len(), 3);
    let unfenced = scene(json!({ "old": { "cluster": "storefront", "service": "api" }, "fence": false }));
    assert_eq!(actions(&unfenced), ["scale"]);
    assert_eq!(unfenced.step("scale").undo, Undo::Reversible);
}

#[test]
fn contradictions_in_the_plan_are_problems() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert_eq!(at(json!({ "desired": 0 })), ["desired"]);
    assert_eq!(at(json!({ "min": 7 })), ["min"]);
    assert_eq!(at(json!({ "environment": { "A": "1" }, "secrets": { "A": "arn" } })), ["secrets"]);
    assert!(at(json!({ "min": 6 })).is_empty());
    assert_eq!(scene(json!({})).findings(), ["ecs-no-target-group"]);
    assert!(scene(json!({ "target_group": "api" })).findings().is_empty());
}

#[test]
fn health_counts_what_runs() {
    let health = |service| {
        let scene = seeing(scene(json!({})), service);
        scene.kind().health(scene.component(), &scene.plan.application, Side::Recovery, &scene.facts()).level
    };
    assert_eq!(health(settled(0, OLD)), HealthLevel::Standby);
    assert_eq!(health(settled(6, OLD)), HealthLevel::Up);
    assert_eq!(health(EcsService { running: 2, ..settled(6, OLD) }), HealthLevel::Degraded);
    assert_eq!(health(EcsService { running: 0, ..settled(6, OLD) }), HealthLevel::Down);
}
