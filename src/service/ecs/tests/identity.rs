//! Whose service, whose targets: what is green is the very thing that the plan means.

use super::*;
use crate::service::scene::{name_of, words_of};
use crate::service::{EcsObservation, ElbObservation};
use crate::service::{EcsQuery, ElbQuery};

const SHARED: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/shared/2222222222222222";

fn counting(service: EcsService) -> Scene {
    seeing(scene(json!({ "target_group": "api" })), service)
}

fn ready(scene: Scene) -> Scene {
    unlimited(running(scene, definition(OLD, "db.example")))
}

#[test]
fn healthy_targets_of_another_service_are_not_its_own() {
    let nine = ["healthy"; 9];
    let verdict = with_targets(counting(settled(6, OLD)), &nine, 0).goal("scale");
    assert_eq!(name_of(&verdict), "moving");
    assert!(words_of(&verdict).contains("0 of 0 targets healthy, 9 more are not its own"), "{}", words_of(&verdict));
    // A group that two services share: each counts its own.
    let verdict = with_targets(counting(settled(6, OLD)), &nine, 6).goal("scale");
    assert_eq!((name_of(&verdict), words_of(&verdict).contains("3 more")), ("holds", true));
}

#[test]
fn a_group_that_the_service_is_not_registered_with_is_refused_and_never_green() {
    let all = ["healthy"; 6];
    for balancers in [Vec::new(), vec![behind(SHARED, "api")]] {
        let service = EcsService { balancers, ..settled(6, OLD) };
        let scene = with_targets(ready(counting(service)), &all, 6);
        assert_eq!(name_of(&scene.goal("scale")), "bad");
        assert_eq!(scene.refusals("scale"), ["ecs-target-group"]);
        let checks = scene.work("scale").prechecks(&scene.facts());
        assert!(checks.iter().any(|check| check.code.as_str() == "ecs-target-group" && check.identity));
    }
}

#[test]
fn the_same_group_made_anew_is_another_one() {
    let given = |arn: &str| {
        let scene = seeing(scene(json!({ "target_group": arn })), settled(6, OLD));
        let group = TargetGroup { arn: arn.into(), ..TargetGroup::default() };
        let query = Query::Elb(ElbQuery::TargetHealth { target_group: arn.into() });
        let seen =
            scene.sees(Side::Recovery, query, Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }));
        let tasks = Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: "api".into() });
        ready(seen.sees(
            Side::Recovery,
            tasks,
            Observation::Ecs(EcsObservation::ServiceTasks { tasks: Some(Vec::new()) }),
        ))
    };
    assert!(given(GROUP).refusals("scale").is_empty());
    let anew = GROUP.replace("0123456789abcdef", "fedcba9876543210");
    assert_eq!(given(&anew).refusals("scale"), ["ecs-target-group"]);
}

#[test]
fn tasks_of_one_instance_are_told_by_their_ports() {
    let target = |port| Target { id: "i-1".into(), port: Some(port), state: "healthy".into(), ..Target::default() };
    let group =
        TargetGroup { arn: GROUP.into(), targets: vec![target(32_768), target(32_769)], ..TargetGroup::default() };
    let task = RunningTask { arn: "t".into(), reached_at: vec![Address { id: "i-1".into(), port: Some(32_768) }] };
    let query = Query::Elb(ElbQuery::TargetHealth { target_group: "api".into() });
    let tasks = Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: "api".into() });
    let scene = seeing(scene(json!({ "desired": 1, "target_group": "api" })), settled(1, OLD))
        .sees(Side::Recovery, query, Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }))
        .sees(Side::Recovery, tasks, Observation::Ecs(EcsObservation::ServiceTasks { tasks: Some(vec![task]) }));
    let verdict = scene.goal("scale");
    assert_eq!(name_of(&verdict), "holds");
    assert!(words_of(&verdict).contains("1 of 1 targets healthy, 1 more are not its own"), "{}", words_of(&verdict));
}

#[test]
fn that_its_tasks_cannot_be_listed_is_unknown_and_not_green() {
    let tasks = Query::Ecs(EcsQuery::ServiceTasks { cluster: "storefront".into(), service: "api".into() });
    let scene = with_targets(ready(counting(settled(6, OLD))), &["healthy"; 6], 6).hears_nothing(Side::Recovery, tasks);
    assert_eq!(name_of(&scene.goal("scale")), "unknown");
    assert_eq!(scene.refusals("scale"), ["ecs-tasks"]);
}

#[test]
fn deployments_that_are_not_ecss_own_are_refused_by_code_and_not_waited_for() {
    let table = [
        ("CODE_DEPLOY", "REPLICA", "ROLLING", "ecs-controller"),
        ("EXTERNAL", "REPLICA", "ROLLING", "ecs-controller"),
        ("SOMETHING_NEW", "REPLICA", "ROLLING", "ecs-controller"),
        ("ECS", "DAEMON", "ROLLING", "ecs-scheduling"),
        ("", "DAEMON", "", "ecs-scheduling"),
        ("ECS", "REPLICA", "BLUE_GREEN", "ecs-controller"),
    ];
    for (controller, scheduling, strategy, code) in table {
        let service = EcsService {
            controller: controller.into(),
            scheduling: scheduling.into(),
            strategy: strategy.into(),
            ..settled(6, OLD)
        };
        let scene = with_targets(ready(counting(service)), &["healthy"; 6], 6);
        assert_eq!((scene.refusals("scale"), name_of(&scene.goal("scale"))), (vec![code.to_owned()], "bad"));
        let sent = scene.taken(None);
        assert_eq!(name_of(&sent.goal("scale")), "bad", "{controller} {scheduling} {strategy} with a word past it");
    }
    let blue_green = EcsService { strategy: "BLUE_GREEN".into(), ..settled(6, OLD) };
    assert_eq!(name_of(&seeing(scene(json!({})), blue_green).goal("scale")), "holds", "no target is counted");
}

#[test]
fn an_arn_says_of_which_region_account_and_cluster_the_service_is() {
    let cluster = |region: &str, account: &str| format!("arn:aws:ecs:{region}:{account}:cluster/storefront");
    let given = |cluster: String| ready(seeing(scene(json!({ "cluster": cluster })), settled(6, OLD)));
    let right = given(cluster("eu-central-1", "1"));
    assert_eq!((right.refusals("scale"), name_of(&right.goal("scale"))), (Vec::new(), "holds"));
    for wrong in [cluster("eu-west-1", "1"), cluster("eu-central-1", "2")] {
        let scene = given(wrong);
        assert_eq!((scene.refusals("scale"), name_of(&scene.goal("scale"))), (vec!["ecs-place".to_owned()], "bad"));
        let checks = scene.work("scale").prechecks(&scene.facts());
        assert!(checks.iter().any(|check| check.code.as_str() == "ecs-place" && check.identity));
    }
}

#[test]
fn a_service_that_is_not_there_is_found_before_anything_is_done() {
    let absent = scene(json!({ "environment": { "A": "1" }, "min": 2 })).sees(
        Side::Recovery,
        service_query(),
        Observation::Ecs(EcsObservation::EcsService { service: None }),
    );
    for action in ["task-definition", "min", "scale"] {
        assert!(absent.refusals(action).contains(&"ecs-service".to_owned()), "{action}");
    }
    let checks = absent.work("scale").prechecks(&absent.facts());
    assert!(checks[0].found.contains("no service api in cluster storefront"), "{:?}", checks[0]);
}

#[test]
fn one_silence_among_good_answers_is_unknown_and_never_a_refusal() {
    let good = || {
        let values = json!({ "environment": { "DATABASE_HOST": "new" }, "min": 1, "target_group": "api" });
        let runs = definition(OLD, "old");
        let scene = running(seeing(scene(values), settled(6, OLD)), runs.clone());
        with_targets(limited(defined(scene, "api", Some(runs)), 0, 9), &["healthy"; 6], 6)
    };
    for action in ["task-definition", "min", "scale"] {
        assert!(good().refusals(action).is_empty(), "{action}: {:?}", good().refusals(action));
        for ask in good().work(action).asks(&good().asked) {
            let scene = good().hears_nothing(Side::Recovery, ask.query.clone());
            let checks = scene.work(action).prechecks(&scene.facts());
            let failing = checks.iter().filter(|check| check.level == crate::plan::Level::Failing);
            assert_eq!(failing.count(), 0, "{action} without {:?}: {checks:?}", ask.query);
            assert!(["unknown", "untouched", "moving"].contains(&name_of(&scene.goal(action))), "{action}");
        }
    }
}

#[test]
fn a_name_that_another_component_gives_is_not_wrong_before_it_is_known() {
    let waiting = scene(json!({ "service": "${stack.stdout}", "target_group": "${stack.stdout}", "min": 1 }));
    for action in ["min", "scale"] {
        let work = waiting.work(action);
        assert!(work.asks(&waiting.asked).is_empty() && work.prechecks(&waiting.facts()).is_empty());
        assert_eq!(name_of(&waiting.goal(action)), "untouched");
        assert!(work.act(&waiting.facts()).is_none());
    }
}
