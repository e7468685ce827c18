//! The new values: in the container that is meant and in no other, on top of what runs.

use super::*;
use crate::service::operation::{EcsOperation, Operation};
use crate::service::scene::{given_by, name_of, words_of};

fn with_values() -> Scene {
    seeing(scene(json!({ "environment": { "DATABASE_HOST": "new.example.com" } })), settled(0, OLD))
}

/// What runs, and the newest of its family.
fn having(scene: Scene, runs: TaskDefinition, newest: TaskDefinition) -> Scene {
    defined(running(scene, runs), "api", Some(newest))
}

#[test]
fn new_values_are_registered_on_top_of_what_runs() {
    let runs = || definition(OLD, "old.example.com");
    let scene = having(with_values(), runs(), runs());
    assert_eq!(name_of(&scene.goal("task-definition")), "untouched");
    assert!(scene.refusals("task-definition").is_empty());
    match scene.act("task-definition").operation {
        Operation::Ecs(EcsOperation::RegisterTaskDefinition { from, container, environment, .. }) => {
            assert_eq!((from.as_str(), container.as_deref()), (OLD, Some("api")));
            assert_eq!(environment["DATABASE_HOST"], "new.example.com");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_that_what_runs_holds_are_not_registered_again() {
    let scene = having(with_values(), definition(OLD, "new.example.com"), definition(NEW, "x"));
    assert_eq!(given_by(&scene.goal("task-definition"))["task_definition"].as_str(), OLD);
}

#[test]
fn the_newest_revision_will_do_only_where_it_is_what_would_be_registered() {
    let runs = || definition(OLD, "old.example.com");
    let same = having(with_values(), runs(), definition(NEW, "new.example.com"));
    assert_eq!(given_by(&same.goal("task-definition"))["task_definition"].as_str(), NEW);
    let others: [fn(&mut TaskDefinition); 4] = [
        |newest| newest.containers[0].image = "api:broken".into(),
        |newest| newest.containers.push(container("debug", &[])),
        |newest| newest.sizes_and_roles = vec!["4096".into()],
        |newest| newest.status = "INACTIVE".into(),
    ];
    for change in others {
        let mut newest = definition(NEW, "new.example.com");
        change(&mut newest);
        let scene = having(with_values(), runs(), newest.clone());
        assert_eq!(name_of(&scene.goal("task-definition")), "untouched", "{newest:?} never ran");
    }
}

#[test]
fn what_was_registered_is_verified_itself() {
    let scene = || running(with_values().taken(Some(NEW)), definition(OLD, "old.example.com"));
    let then = |found| defined(scene(), NEW, found).goal("task-definition");
    assert_eq!(name_of(&scene().goal("task-definition")), "unknown");
    assert_eq!(name_of(&then(None)), "moving");
    let wrong = then(Some(definition(NEW, "other.example.com")));
    assert_eq!(name_of(&wrong), "bad");
    assert!(!words_of(&wrong).contains("example.com"), "values may be secret");
    assert_eq!(name_of(&then(Some(definition(NEW, "new.example.com")))), "holds");
}

#[test]
fn a_retry_after_a_wrong_registration_can_see_the_family_again() {
    let scene = defined(with_values().taken(Some(NEW)), "api", Some(definition(OLD, "old.example.com")));
    assert_eq!(scene.work("task-definition").asks(&scene.asked).len(), 4);
}

#[test]
fn another_family_than_the_service_runs_is_refused() {
    let other = TaskDefinition { family: "storefront-api".into(), ..definition(OLD, "old.example.com") };
    let scene = having(with_values(), other.clone(), other);
    assert_eq!(scene.refusals("task-definition"), ["ecs-family"]);
}

#[test]
fn the_registered_revision_is_taken_out_of_use_and_no_other() {
    let scene = with_values().taken(Some(NEW)).before(json!({ "newest": OLD }));
    let back = scene.way_back("task-definition").expect("it can be taken back");
    let act = back.act(&scene.facts()).expect("it is sent");
    assert_eq!(act.operation, Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn: NEW.into() }));
    let goal = |status: &str| {
        let definition = TaskDefinition { status: status.into(), ..definition(NEW, "new.example.com") };
        name_of(&back.goal(&defined(with_values(), NEW, Some(definition)).facts()))
    };
    assert_eq!([goal("ACTIVE"), goal("INACTIVE"), goal("LEAVING")], ["untouched", "holds", "moving"]);
    let was_there = with_values().given("task_definition", OLD).unanswered().before(json!({ "newest": OLD }));
    assert!(was_there.way_back("task-definition").is_none());
}

/// Two sidecars before the application.
fn crowded() -> TaskDefinition {
    let app = container("app", &[("DATABASE_HOST", "old.example.com")]);
    of_containers(OLD, vec![container("envoy", &[("LEVEL", "info")]), container("router", &[]), app])
}

fn served_by(balancers: Vec<ServiceBalancer>) -> EcsService {
    EcsService { balancers, ..settled(0, OLD) }
}

const ADMIN: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/admin/1111111111111111";

/// The container that the values would go to, or the codes that refuse.
fn chosen(more: Value, definition: TaskDefinition, service: EcsService) -> Result<String, Vec<String>> {
    let mut all = json!({ "environment": { "DATABASE_HOST": "new.example.com" } });
    for (name, value) in more.as_object().expect("a table") {
        all[name] = value.clone();
    }
    let scene = having(seeing(scene(all), service), definition.clone(), definition);
    let refusals = scene.refusals("task-definition");
    if !refusals.is_empty() {
        return Err(refusals);
    }
    match scene.act("task-definition").operation {
        Operation::Ecs(EcsOperation::RegisterTaskDefinition { container, .. }) => {
            Ok(container.expect("it is named").to_string())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_container_is_the_plans_or_the_only_one_or_the_one_behind_the_load_balancer() {
    let app = || Ok("app".to_owned());
    let refused = || Err(vec!["ecs-container".to_owned()]);
    let alone = || of_containers(OLD, vec![container("web", &[])]);
    assert_eq!(chosen(json!({}), alone(), served_by(Vec::new())), Ok("web".to_owned()));
    assert_eq!(chosen(json!({}), crowded(), served_by(vec![behind(GROUP, "app")])), app());
    assert_eq!(chosen(json!({}), crowded(), served_by(Vec::new())), refused());
    assert_eq!(chosen(json!({ "container": "app" }), crowded(), served_by(Vec::new())), app());
    assert_eq!(chosen(json!({ "container": "ap" }), crowded(), served_by(vec![behind(GROUP, "app")])), refused());
    assert_eq!(chosen(json!({ "container": "ap" }), alone(), served_by(Vec::new())), refused(), "even of one");
    assert_eq!(chosen(json!({}), crowded(), served_by(vec![behind(GROUP, "gone")])), refused());
}

#[test]
fn behind_several_ports_the_plans_target_group_tells_and_nothing_else() {
    let two = || served_by(vec![behind(ADMIN, "envoy"), behind(GROUP, "app")]);
    assert_eq!(chosen(json!({}), crowded(), two()), Err(vec!["ecs-container".to_owned()]));
    assert_eq!(chosen(json!({ "target_group": "api" }), crowded(), two()), Ok("app".to_owned()));
    assert_eq!(chosen(json!({ "target_group": GROUP }), crowded(), two()), Ok("app".to_owned()));
    let same = || served_by(vec![behind(ADMIN, "app"), behind(GROUP, "app")]);
    assert_eq!(chosen(json!({}), crowded(), same()), Ok("app".to_owned()));
}

#[test]
fn a_proxy_behind_the_load_balancer_does_not_get_what_the_application_holds() {
    let behind_envoy = || served_by(vec![behind(GROUP, "envoy")]);
    assert_eq!(chosen(json!({}), crowded(), behind_envoy()), Err(vec!["ecs-container".to_owned()]));
    assert_eq!(chosen(json!({ "container": "envoy" }), crowded(), behind_envoy()), Ok("envoy".to_owned()));
}

#[test]
fn values_in_another_container_are_not_the_wanted_ones() {
    let mut wrong = crowded();
    wrong.containers[0] = container("envoy", &[("DATABASE_HOST", "new.example.com")]);
    let service = served_by(vec![behind(GROUP, "app")]);
    let scene = seeing(scene(json!({ "environment": { "DATABASE_HOST": "new.example.com" } })), service);
    assert_eq!(name_of(&having(scene, wrong.clone(), wrong).goal("task-definition")), "untouched");
}

#[test]
fn an_address_of_the_primary_region_that_the_plan_forgot_is_told_by_its_variable() {
    let mut runs = crowded();
    runs.containers[1] = container("router", &[("UPSTREAM", "logs.eu-west-1.internal")]);
    let scene = |definition: TaskDefinition| {
        let values = json!({ "environment": { "DATABASE_HOST": "${orders-db.endpoint}" } });
        let service = served_by(vec![behind(GROUP, "app")]);
        having(seeing(self::scene(values), service), definition.clone(), definition)
    };
    let checks = scene(runs).work("task-definition").prechecks(&scene(crowded()).facts());
    assert!(checks.iter().all(|check| check.level == crate::plan::Level::Ok), "{checks:?}");
    let mut forgotten = crowded();
    forgotten.containers[1] = container("router", &[("UPSTREAM", "logs.eu-west-1.internal")]);
    let scene = scene(forgotten);
    let checks = scene.work("task-definition").prechecks(&scene.facts());
    let found = checks.iter().find(|check| check.code.as_str() == "ecs-old-address").expect("it is looked for");
    assert_eq!((found.found.as_str(), found.level), ("router: UPSTREAM", crate::plan::Level::Failing));
    assert!(found.weight.blocks() && !found.identity);
}
