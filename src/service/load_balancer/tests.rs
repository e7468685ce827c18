use crate::plan::{Level, Side};
use crate::service::ask::{ElbQuery, Query};
use crate::service::observation::{ElbObservation, Forward, LoadBalancer, Observation, Target, TargetGroup};
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::json;

const EDGE: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/edge/0123456789abcdef";
const OTHER: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:loadbalancer/app/other/fedcba9876543210";
const GROUP: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/0123456789abcdef";

fn scene() -> Scene {
    Scene::new("load-balancer", json!({ "name": "edge", "target_group": "web", "healthy": 2 }))
}

fn balancer(scene: Scene, state: &str) -> Scene {
    let found = LoadBalancer {
        arn: EDGE.into(),
        dns_name: "edge.elb.amazonaws.com".into(),
        zone_id: "Z1".into(),
        state: state.into(),
    };
    let query = Query::Elb(ElbQuery::LoadBalancer { name: "edge".into() });
    scene.sees(Side::Recovery, query, Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(found) }))
}

/// A group behind these balancers whose targets are in these states.
fn group(scene: Scene, balancers: &[&str], states: &[&str]) -> Scene {
    let target = |state: &&str| Target { id: "10.0.0.1".into(), state: (*state).into(), ..Target::default() };
    let group = TargetGroup {
        arn: GROUP.into(),
        balancers: balancers.iter().map(|arn| (*arn).into()).collect(),
        targets: states.iter().map(target).collect(),
    };
    let query = Query::Elb(ElbQuery::TargetHealth { target_group: "web".into() });
    scene.sees(Side::Recovery, query, Observation::Elb(ElbObservation::TargetHealth { group: Some(group) }))
}

fn forwards(scene: Scene, weights: &[Option<u64>]) -> Scene {
    let to = weights.iter().map(|weight| Forward { group: GROUP.into(), weight: *weight }).collect();
    scene.sees(
        Side::Recovery,
        Query::Elb(ElbQuery::Forwards { balancer: "edge".into() }),
        Observation::Elb(ElbObservation::Forwards { to: Some(to) }),
    )
}

/// All of it as it should be.
fn good() -> Scene {
    forwards(group(balancer(scene(), "active"), &[EDGE], &["healthy", "healthy"]), &[None])
}

#[test]
fn enough_healthy_targets_behind_an_active_balancer_hold() {
    let verdict = good().goal("healthy");
    assert_eq!((name_of(&verdict), given_by(&verdict)["zone_id"].as_str()), ("holds", "Z1"));
    assert!(good().refusals("healthy").is_empty());
    let fewer = group(good(), &[EDGE], &["healthy", "unhealthy"]).goal("healthy");
    assert_eq!(name_of(&fewer), "moving");
    assert!(words_of(&fewer).contains("1 of 2 targets healthy, 2 wanted; 10.0.0.1 unhealthy"), "{}", words_of(&fewer));
}

#[test]
fn each_thing_that_is_wrong_is_told_by_its_code_and_is_never_green() {
    let absent_balancer = || {
        let query = Query::Elb(ElbQuery::LoadBalancer { name: "edge".into() });
        good().sees(Side::Recovery, query, Observation::Elb(ElbObservation::LoadBalancer { load_balancer: None }))
    };
    let absent_group = || {
        let query = Query::Elb(ElbQuery::TargetHealth { target_group: "web".into() });
        good().sees(Side::Recovery, query, Observation::Elb(ElbObservation::TargetHealth { group: None }))
    };
    let all = ["healthy"; 9];
    let table: [(Scene, &[&str], &str); 9] = [
        (absent_balancer(), &["lb-exists", "lb-group"], "bad"),
        (absent_group(), &["lb-group"], "bad"),
        (group(good(), &[], &all), &["lb-group"], "bad"),
        (group(good(), &[OTHER], &all), &["lb-group"], "bad"),
        (balancer(good(), "failed"), &["lb-state"], "bad"),
        (balancer(good(), "provisioning"), &["lb-state"], "moving"),
        (balancer(good(), "of-the-future"), &["lb-state"], "moving"),
        (forwards(good(), &[Some(0)]), &["lb-listener"], "moving"),
        (forwards(good(), &[]), &["lb-listener"], "moving"),
    ];
    for (scene, codes, verdict) in table {
        assert_eq!(scene.refusals("healthy"), codes);
        assert_eq!(name_of(&scene.goal("healthy")), verdict, "{codes:?}");
        let checks = scene.work("healthy").prechecks(&scene.facts());
        let of_identity = checks.iter().filter(|check| check.identity).map(|check| check.code.as_str());
        assert!(of_identity.eq(["lb-group"]), "the group is the one that is meant, or the plan is changed");
    }
    assert_eq!(name_of(&balancer(good(), "active_impaired").goal("healthy")), "holds", "it only cannot grow");
    assert_eq!(name_of(&forwards(good(), &[Some(0), Some(1)]).goal("healthy")), "holds");
}

#[test]
fn a_silence_is_unknown_and_not_a_fault() {
    let queries = [
        Query::Elb(ElbQuery::LoadBalancer { name: "edge".into() }),
        Query::Elb(ElbQuery::TargetHealth { target_group: "web".into() }),
        Query::Elb(ElbQuery::Forwards { balancer: "edge".into() }),
    ];
    for query in queries {
        let scene = good().hears_nothing(Side::Recovery, query);
        assert_eq!(name_of(&scene.goal("healthy")), "unknown");
        let checks = scene.work("healthy").prechecks(&scene.facts());
        assert!(checks.iter().all(|check| check.level != Level::Failing), "{checks:?}");
        assert!(checks.iter().any(|check| check.level == Level::Unknown));
    }
}

#[test]
fn its_health_counts_nobody_elses_targets() {
    let health = |scene: Scene| {
        let health = scene.health(Side::Recovery);
        (health.level, health.note.to_string())
    };
    assert_eq!(health(good()).0, HealthLevel::Up);
    assert_eq!(health(group(good(), &[EDGE], &[])).0, HealthLevel::Standby);
    assert_eq!(health(group(good(), &[EDGE], &["healthy"])).0, HealthLevel::Degraded);
    let strayed = health(group(good(), &[OTHER], &["healthy"; 9]));
    assert_eq!(strayed, (HealthLevel::Down, "web is behind other, not behind edge".to_owned()));
    let asked = good().watched(Side::Recovery).len();
    assert_eq!(asked, 2, "what its listeners forward to is the step's to ask");
}

#[test]
fn arns_of_other_things_are_problems_and_of_another_region_findings() {
    let with = |name: &str, target_group: &str| {
        Scene::new("load-balancer", json!({ "name": name, "target_group": target_group }))
    };
    let at = |scene: &Scene| scene.problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(&with(EDGE, GROUP)).is_empty() && with(EDGE, GROUP).findings().is_empty());
    assert_eq!(at(&with(GROUP, EDGE)), ["name", "target_group"]);
    let west = |arn: &str| arn.replace("eu-central-1", "eu-west-1");
    assert_eq!(with("edge", &west(GROUP)).findings(), ["lb-place"]);
    let scene = with(&west(EDGE), "web");
    assert_eq!((scene.refusals("healthy")[0].as_str(), name_of(&scene.goal("healthy"))), ("lb-place", "bad"));
}
