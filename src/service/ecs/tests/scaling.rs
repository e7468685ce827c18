//! Scaling: what is running and meant to, never fewer than before, replaced when asked, and whose deployment it is.

use super::*;
use crate::service::operation::{EcsOperation, Operation};
use crate::service::scene::{given_by, name_of, words_of};
use crate::service::work::{Asked, HealthLevel};

const OURS: &str = "ecs-svc/1111";
const THEIRS: &str = "ecs-svc/2222";

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
    assert_eq!(name_of(&with_targets(scene(), &five, 6).goal("scale")), "moving");
    assert_eq!(name_of(&with_targets(scene(), &["healthy"; 6], 6).goal("scale")), "holds");
    let mut and_draining = vec!["healthy"; 6];
    and_draining.push("draining");
    assert_eq!(name_of(&with_targets(scene(), &and_draining, 7).goal("scale")), "holds");
}

#[test]
fn a_service_that_is_not_active_cannot_be_scaled_and_an_unknown_status_is_in_flight() {
    for (status, verdict) in [("DRAINING", "bad"), ("INACTIVE", "bad"), ("WAKING", "moving")] {
        let service = EcsService { status: status.into(), ..settled(6, OLD) };
        assert_eq!(name_of(&seeing(scene(json!({})), service).goal("scale")), verdict, "{status}");
    }
}

fn ready(scene: Scene, service: EcsService) -> Scene {
    running(seeing(scene, service), definition(OLD, "db.example"))
}

#[test]
fn a_maximum_below_the_desired_count_refuses_the_scaling() {
    let scene = || ready(scene(json!({})), settled(0, OLD));
    assert!(unlimited(scene()).refusals("scale").is_empty());
    assert!(limited(scene(), 0, 6).refusals("scale").is_empty());
    assert_eq!(limited(scene(), 0, 5).refusals("scale"), ["ecs-scalable-max"]);
    assert_eq!(scene().refusals("scale"), ["ecs-scalable-max"]);
    let more = ready(self::scene(json!({ "desired": 3 })), settled(7, OLD));
    assert!(limited(more, 0, 5).refusals("scale").is_empty(), "what runs already is not asked for");
}

/// What `UpdateService` would be sent: size, definition, a new deployment; `None` when nothing is.
fn sent(more: Value, service: EcsService) -> Option<(Option<u64>, Option<String>, bool)> {
    let scene = seeing(scene(more), service);
    sent_in(&scene)
}

fn sent_in(scene: &Scene) -> Option<(Option<u64>, Option<String>, bool)> {
    match scene.work("scale").act(&scene.facts())?.operation {
        Operation::Ecs(EcsOperation::UpdateService { desired, task_definition, force, .. }) => {
            Some((desired, task_definition.map(|arn| arn.to_string()), force))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_service_is_never_scaled_down_unless_the_plan_is_exact() {
    let three = || json!({ "desired": 3 });
    let exactly_three = || json!({ "desired": 3, "exact": true });
    assert_eq!(sent(three(), settled(0, OLD)), Some((Some(3), None, false)));
    assert_eq!(sent(three(), settled(7, OLD)), None, "nothing to send");
    assert_eq!(sent(exactly_three(), settled(7, OLD)), Some((Some(3), None, false)));
    let new = |more| seeing(scene(more).given("task_definition", NEW), settled(7, OLD));
    assert_eq!(sent_in(&new(three())), Some((None, Some(NEW.to_owned()), false)), "its size is not even named");
    assert_eq!(sent_in(&new(exactly_three())), Some((Some(3), Some(NEW.to_owned()), false)));
    assert_eq!(name_of(&seeing(scene(exactly_three()), settled(7, OLD)).goal("scale")), "untouched");
    assert_eq!(name_of(&seeing(scene(exactly_three()), settled(3, OLD)).goal("scale")), "holds");
}

#[test]
fn as_many_healthy_targets_are_wanted_as_the_service_is_meant_to_have() {
    let scene = |more| seeing(scene(more), settled(7, OLD));
    let four = ["healthy", "healthy", "healthy", "healthy", "unhealthy", "unhealthy", "unhealthy"];
    let verdict = with_targets(scene(json!({ "desired": 3, "target_group": "api" })), &four, 7).goal("scale");
    assert_eq!(name_of(&verdict), "moving");
    assert!(words_of(&verdict).contains("4 of 7 targets healthy, 7 wanted"), "{}", words_of(&verdict));
}

#[test]
fn the_task_definition_is_sent_only_where_it_changes_something() {
    let sent = |service| sent_in(&seeing(scene(json!({})).given("task_definition", NEW), service));
    assert_eq!(sent(settled(2, OLD)), Some((Some(6), Some(NEW.to_owned()), false)));
    assert_eq!(sent(settled(2, NEW)), Some((Some(6), None, false)));
}

#[test]
fn a_retry_starts_a_failed_deployment_over() {
    let forced = |service| sent(json!({}), service).is_some_and(|(desired, _, force)| force && desired.is_none());
    let of = |deployment| EcsService { running: 0, deployments: vec![deployment], ..settled(6, OLD) };
    assert!(!forced(of(deployment("PRIMARY", OLD, "IN_PROGRESS", 0))));
    assert!(forced(of(deployment("PRIMARY", OLD, "FAILED", 0))));
    assert!(forced(of(Deployment { failed_tasks: 9, ..deployment("PRIMARY", OLD, "IN_PROGRESS", 0) })));
    let failed = seeing(scene(json!({})), of(deployment("PRIMARY", OLD, "FAILED", 0)));
    assert_eq!(name_of(&failed.goal("scale")), "moving", "what is cured by acting blocks nothing before it");
}

fn deployed_as(id: &str, rollout: &str) -> EcsService {
    EcsService { deployments: vec![called(id, deployment("PRIMARY", OLD, rollout, 6))], ..settled(6, OLD) }
}

#[test]
fn a_restart_is_one_new_deployment_and_is_known_by_its_id() {
    let restart = || scene(json!({ "restart": true }));
    let before = seeing(restart(), deployed_as(THEIRS, "COMPLETED"));
    assert_eq!(name_of(&before.goal("scale")), "untouched", "that all runs already is no restart");
    assert_eq!(sent_in(&before), Some((None, None, true)));
    let image = before.image("scale");
    let then = |asked: fn(Scene) -> Scene, service| asked(seeing(restart().before(image.clone()), service));
    let taken: fn(Scene) -> Scene = |scene| scene.taken(Some(OURS));
    assert_eq!(name_of(&then(taken, deployed_as(THEIRS, "COMPLETED")).goal("scale")), "untouched");
    assert_eq!(name_of(&then(taken, deployed_as(OURS, "IN_PROGRESS")).goal("scale")), "moving");
    assert_eq!(name_of(&then(taken, deployed_as(OURS, "COMPLETED")).goal("scale")), "holds");
    // The reply was lost, or the session ended: a deployment that is not the one of before shows that it was taken.
    let lost: fn(Scene) -> Scene = Scene::unanswered;
    assert_eq!(name_of(&then(lost, deployed_as(THEIRS, "COMPLETED")).goal("scale")), "untouched");
    let resumed = then(lost, deployed_as(OURS, "COMPLETED"));
    assert_eq!(name_of(&resumed.goal("scale")), "holds");
    assert_eq!(sent_in(&resumed), None, "and it is not done twice");
}

#[test]
fn a_restart_with_a_new_definition_is_one_deployment_not_two() {
    let scene = scene(json!({ "restart": true })).given("task_definition", NEW);
    assert_eq!(sent_in(&seeing(scene, settled(6, OLD))), Some((None, Some(NEW.to_owned()), false)));
}

#[test]
fn a_restart_that_failed_is_not_done_by_what_ecs_went_back_to() {
    let ours = Deployment { running: 0, ..called(OURS, deployment("INACTIVE", OLD, "FAILED", 0)) };
    let back = called(THEIRS, deployment("PRIMARY", OLD, "COMPLETED", 6));
    let service = EcsService { deployments: vec![back, ours], ..settled(6, OLD) };
    let before = json!({ "deployment": "ecs-svc/0", "task_definition": OLD });
    let scene = scene(json!({ "restart": true })).before(before).taken(Some(OURS));
    assert_eq!(name_of(&seeing(scene, service).goal("scale")), "bad");
}

#[test]
fn somebody_elses_deployment_is_not_taken_for_ours() {
    let wanting = || scene(json!({})).given("task_definition", NEW).taken(Some(OURS));
    let with = |id: &str, definition: &str| EcsService {
        deployments: vec![called(id, deployment("PRIMARY", definition, "COMPLETED", 6))],
        ..settled(6, definition)
    };
    assert_eq!(name_of(&seeing(wanting(), with(OURS, NEW)).goal("scale")), "holds");
    assert_eq!(name_of(&seeing(wanting(), with(THEIRS, NEW)).goal("scale")), "holds", "it runs what was asked for");
    let another = seeing(wanting(), with(THEIRS, "api:9")).goal("scale");
    assert_eq!(name_of(&another), "bad");
    assert!(words_of(&another).contains("another deployment, ecs-svc/2222 of api:9"), "{}", words_of(&another));
    // Without an id from ECS the definition alone tells, and a change before ours shows is no proof of anything.
    let lost = scene(json!({})).given("task_definition", NEW).unanswered();
    assert_eq!(name_of(&seeing(lost, with(THEIRS, "api:9")).goal("scale")), "untouched");
}

#[test]
fn a_rollback_between_two_looks_is_noticed_by_what_is_left_of_it() {
    let wanting = || scene(json!({})).given("task_definition", NEW).taken(Some(OURS));
    let back = called(THEIRS, deployment("PRIMARY", OLD, "COMPLETED", 6));
    let gone = EcsService { deployments: vec![back.clone()], ..settled(6, OLD) };
    let told = EcsService {
        events: vec![
            said("(service api) rolling back to deployment ecs-svc/2222."),
            said("(service api) (deployment ecs-svc/1111) deployment failed: tasks failed to start."),
        ],
        ..gone.clone()
    };
    let ours = Deployment {
        reason: Some("ECS deployment circuit breaker: tasks failed to start.".into()),
        ..called(OURS, deployment("INACTIVE", NEW, "FAILED", 0))
    };
    let seen = EcsService { deployments: vec![back, ours], ..gone.clone() };
    for service in [gone, told, seen] {
        let verdict = seeing(wanting(), service).goal("scale");
        assert_eq!(name_of(&verdict), "bad");
        assert!(words_of(&verdict).contains("api:7"), "{}", words_of(&verdict));
    }
}

#[test]
fn the_way_back_from_scaling_is_the_size_and_definition_before() {
    let before = seeing(scene(json!({})), settled(2, OLD)).image("scale");
    let scene = seeing(scene(json!({})).before(before), settled(6, NEW));
    let back = scene.way_back("scale").expect("it can be taken back");
    let act = back.act(&scene.facts()).expect("it is sent");
    let wanted = Operation::Ecs(EcsOperation::UpdateService {
        cluster: "storefront".into(),
        service: "api".into(),
        desired: Some(2),
        task_definition: Some(OLD.into()),
        force: false,
    });
    assert_eq!(act.operation, wanted);
    let goal = |service| name_of(&back.goal(&seeing(self::scene(json!({})), service).facts()));
    assert_eq!(goal(settled(6, NEW)), "untouched");
    assert_eq!(goal(EcsService { running: 6, ..settled(2, OLD) }), "moving");
    assert_eq!(goal(settled(2, OLD)), "holds");
    assert!(self::scene(json!({})).way_back("scale").is_none());
}

#[test]
fn nothing_is_already_done_while_new_values_are_still_to_be_registered() {
    let with_values = || seeing(scene(json!({ "environment": { "A": "1" } })), settled(6, OLD));
    assert_eq!(name_of(&with_values().goal("scale")), "untouched");
    // That step may have been skipped with a reason: then what runs is scaled as it is.
    assert_eq!(sent_in(&with_values()), Some((Some(6), None, false)));
    assert_eq!(name_of(&with_values().taken(None).goal("scale")), "holds");
    let resumed = with_values().given("task_definition", OLD);
    assert_eq!((name_of(&resumed.goal("scale")), &resumed.asked), ("holds", &Asked::No));
}

#[test]
fn health_counts_what_runs() {
    let health = |service| seeing(scene(json!({})), service).health(Side::Recovery).level;
    assert_eq!(health(settled(0, OLD)), HealthLevel::Standby);
    assert_eq!(health(settled(6, OLD)), HealthLevel::Up);
    assert_eq!(health(EcsService { running: 2, ..settled(6, OLD) }), HealthLevel::Degraded);
    assert_eq!(health(EcsService { running: 0, ..settled(6, OLD) }), HealthLevel::Down);
}
