//! What an Auto Scaling group is held to: instances that serve and targets of its own, never a desired capacity.

use super::group::Before;
use super::words::{AutoScalingGroup, GroupInstance, Observation, Operation, Query, ScalingActivity, ScheduledAction};
use crate::plan::{Level, Side, Undo};
use crate::service::load_balancer::{seen, words as elb};
use crate::service::operation;
use crate::service::scene::{Scene, name_of, words_of};
use crate::service::work::{HealthLevel, Verdict};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/web/0123456789abcdef";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "group": "web", "desired": 3 });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("autoscaling", fields)
}

fn instance(nth: usize, state: &str) -> GroupInstance {
    GroupInstance {
        id: format!("i-{nth}").as_str().into(),
        state: state.into(),
        health: "Healthy".into(),
        weight: 1,
        protected: false,
    }
}

fn group(sizes: [u64; 3], states: &[&str]) -> AutoScalingGroup {
    AutoScalingGroup {
        arn: "".into(),
        name: "web".into(),
        min: sizes[0],
        max: sizes[1],
        desired: sizes[2],
        instances: states.iter().enumerate().map(|(nth, state)| instance(nth, state)).collect(),
        target_groups: vec![ARN.into()],
        ..AutoScalingGroup::default()
    }
}

fn on(scene: Scene, side: Side, name: &str, group: Option<AutoScalingGroup>) -> Scene {
    let query = Query::AutoScalingGroup { group: name.into() };
    scene.sees(side, query.into(), Observation::AutoScalingGroup { group: group.map(Box::new) }.into())
}

fn sees(scene: Scene, group: AutoScalingGroup) -> Scene {
    on(scene, Side::Recovery, "web", Some(group))
}

fn did(scene: Scene, activities: &[(&str, &str, &str)]) -> Scene {
    let activity = |(id, status, message): &(&str, &str, &str)| ScalingActivity {
        id: (*id).into(),
        status: (*status).into(),
        what: "Launching a new EC2 instance".into(),
        message: (!message.is_empty()).then(|| (*message).into()),
        ..ScalingActivity::default()
    };
    let query = Query::ScalingActivities { group: "web".into() };
    let activities = Some(activities.iter().map(activity).collect());
    scene.sees(Side::Recovery, query.into(), Observation::ScalingActivities { activities }.into())
}

fn scheduled(scene: Scene, side: Side, name: &str, actions: Vec<ScheduledAction>) -> Scene {
    let query = Query::ScheduledActions { group: name.into() };
    scene.sees(side, query.into(), Observation::ScheduledActions { actions: Some(actions) }.into())
}

fn targets(scene: Scene, arn: &str, states: &[(&str, &str)]) -> Scene {
    let target = |(id, state): &(&str, &str)| seen::Target {
        id: (*id).into(),
        port: Some(80),
        state: (*state).into(),
        reason: None,
    };
    let group = seen::TargetGroup { arn: arn.into(), balancers: vec![], targets: states.iter().map(target).collect() };
    let query = elb::Query::TargetHealth { target_group: "web".into() };
    scene.sees(Side::Recovery, query.into(), seen::Observation::TargetHealth { group: Some(group) }.into())
}

fn resize(min: Option<u64>, max: Option<u64>, desired: Option<u64>) -> operation::Operation {
    operation::Operation::AutoScaling(Operation::SetGroupSize { group: "web".into(), min, max, desired })
}

const ALL: [&str; 3] = ["InService"; 3];

#[test]
fn a_desired_capacity_is_no_instance_in_service() {
    for states in [vec![], vec!["Pending"; 3], vec!["InService", "InService", "Warmed:Running"], vec!["Standby"; 3]] {
        let verdict = sees(scene(json!({})).taken(None), group([0, 6, 3], &states)).goal("scale");
        assert_eq!(name_of(&verdict), "moving", "{states:?}");
    }
    let mut sick = group([0, 6, 3], &ALL);
    sick.instances[2].health = "Unhealthy".into();
    assert_eq!(name_of(&sees(scene(json!({})), sick).goal("scale")), "moving");
    assert_eq!(name_of(&sees(scene(json!({})), group([0, 6, 3], &ALL)).goal("scale")), "holds");
    let future = sees(scene(json!({})), group([0, 6, 3], &["InService", "InService", "OfTheFuture"]));
    assert_eq!(name_of(&future.goal("scale")), "moving");
}

#[test]
fn instances_in_standby_serve_nothing_and_what_ends_that_is_said() {
    let parked = || group([0, 6, 3], &["Standby"; 3]);
    let late = |scene: Scene| sees(did(scene.later(121), &[]), parked()).goal("scale");
    for scene in [scene(json!({})), scene(json!({})).taken(None)] {
        let verdict = late(scene);
        assert_eq!(
            words_of(&verdict),
            "3 in standby, and none comes in their place; 0 of 3 in service; i-0 Standby Healthy"
        );
        assert!(matches!(&verdict, Verdict::Bad { help, .. } if help.contains("ExitStandby")), "{verdict:?}");
    }
    let replaced = group([0, 6, 3], &["Standby", "InService", "InService", "Pending"]);
    let replaced = sees(scene(json!({})).taken(None).later(121), replaced).goal("scale");
    assert_eq!(name_of(&replaced), "moving", "one comes in its place");
    let health = sees(scene(json!({})), parked()).health(Side::Recovery);
    assert_eq!((health.level, health.note.as_str()), (HealthLevel::Down, "0/3 in service, 3 in standby"));
}

#[test]
fn units_of_a_group_that_weighs_its_instances_count() {
    let mut weighed = group([0, 6, 4], &["InService", "InService"]);
    weighed.instances.iter_mut().for_each(|instance| instance.weight = 2);
    let scene = scene(json!({ "desired": 4, "target_group": "web" }));
    let scene = targets(sees(scene, weighed), ARN, &[("i-0", "healthy"), ("i-1", "healthy")]);
    assert_eq!(words_of(&scene.goal("scale")), "4 of 4 in service, 2 of 2 targets healthy");
}

#[test]
fn nothing_that_it_has_is_lowered_and_what_it_has_is_not_named() {
    let asked = |more: Value, sizes| sees(scene(more), group(sizes, &[])).act("scale").operation;
    assert_eq!(asked(json!({}), [0, 6, 0]), resize(None, None, Some(3)));
    let all = json!({ "min": 2, "max": 8 });
    assert_eq!(asked(all.clone(), [0, 6, 5]), resize(Some(2), Some(8), None), "it has more: that stays");
    assert_eq!(asked(all, [4, 9, 2]), resize(None, None, Some(3)));
    let more = sees(scene(json!({ "min": 2 })), group([4, 9, 5], &["InService"; 5]));
    assert_eq!(name_of(&more.goal("scale")), "holds");
    let short = sees(scene(json!({})), group([0, 9, 5], &ALL));
    assert_eq!(name_of(&short.goal("scale")), "moving", "as many as it is meant to have, not as few as are asked");
}

#[test]
fn a_launch_that_failed_since_the_act_stops_at_once_with_its_reason() {
    let before = json!({ "min": 0, "max": 6, "desired": 0, "newest": "old" });
    let sent = || sees(scene(json!({})).taken(None).before(before.clone()), group([0, 6, 3], &["InService"]));
    let why = "We currently do not have sufficient m5.large capacity";
    let failed = did(sent(), &[("new", "Failed", why), ("old", "Failed", "an earlier one")]);
    let verdict = failed.goal("scale");
    assert_eq!(name_of(&verdict), "bad");
    assert!(words_of(&verdict).starts_with(why), "{}", words_of(&verdict));
    for earlier in [
        did(sent(), &[("old", "Failed", why)]),
        did(sent(), &[("new", "InProgress", ""), ("before", "Failed", why), ("old", "Failed", why)]),
        did(sent(), &[]),
    ] {
        assert_eq!(name_of(&earlier.goal("scale")), "moving");
    }
    let coming = sees(sent(), group([0, 6, 3], &["InService", "Pending", "Pending"]));
    let coming = did(coming, &[("new", "Failed", why)]);
    assert_eq!(name_of(&coming.goal("scale")), "moving", "another one makes up for it");
    let silent = sent().hears_nothing(Side::Recovery, Query::ScalingActivities { group: "web".into() }.into());
    assert_eq!(name_of(&silent.goal("scale")), "moving", "what one API does not say keeps no other's answer");
    let unsent = did(sees(scene(json!({})), group([0, 6, 3], &[])), &[("new", "Failed", why)]);
    assert_eq!(name_of(&unsent.goal("scale")), "moving", "a retry waits for what is tried again");
}

#[test]
fn only_healthy_targets_of_its_own_count() {
    let with = |states: &[(&str, &str)]| {
        targets(sees(scene(json!({ "target_group": "web" })), group([0, 6, 3], &ALL)), ARN, states)
    };
    let own = [("i-0", "healthy"), ("i-1", "healthy"), ("i-2", "healthy")];
    assert_eq!(name_of(&with(&own).goal("scale")), "holds");
    let others = with(&[("i-0", "healthy"), ("i-7", "healthy"), ("i-8", "healthy")]).goal("scale");
    assert_eq!(name_of(&others), "moving");
    assert!(words_of(&others).contains("1 of 1 targets healthy, 2 more are not its own"), "{}", words_of(&others));
    let initial = with(&[("i-0", "healthy"), ("i-1", "healthy"), ("i-2", "initial")]).goal("scale");
    assert_eq!(name_of(&initial), "moving");
    let another = targets(with(&own), &ARN.replace("0123", "4567"), &own);
    assert_eq!(name_of(&another.goal("scale")), "bad", "the same name made anew is another group");
}

/// The codes of the prechecks that are not ok, those that block and those that do not.
fn codes(scene: &Scene, action: &str) -> (Vec<String>, Vec<String>) {
    let checks = scene.work(action).prechecks(&scene.facts());
    let wrong = checks.into_iter().filter(|check| check.level != Level::Ok);
    let (block, other): (Vec<_>, Vec<_>) = wrong.partition(|check| check.weight.blocks());
    let names = |checks: Vec<crate::service::Check>| checks.iter().map(|check| check.code.to_string()).collect();
    (names(block), names(other))
}

#[test]
fn what_would_keep_it_from_growing_is_known_before() {
    let good = |group: AutoScalingGroup| {
        let scene = sees(scene(json!({ "target_group": "web" })), group);
        did(scheduled(targets(scene, ARN, &[]), Side::Recovery, "web", vec![]), &[])
    };
    let none: (Vec<String>, Vec<String>) = Default::default();
    assert_eq!(codes(&good(group([0, 6, 0], &[])), "scale"), none);
    assert_eq!(codes(&good(group([0, 2, 0], &[])), "scale").0, ["asg-max"]);
    for (process, blocks) in
        [("Launch", true), ("AddToLoadBalancer", true), ("HealthCheck", false), ("AZRebalance", false)]
    {
        let suspended = AutoScalingGroup { suspended: vec![process.into()], ..group([0, 6, 0], &[]) };
        let found = codes(&good(suspended), "scale");
        assert_eq!(found.0.contains(&"asg-suspended".to_owned()), blocks, "{process}");
        assert_eq!(found.1.contains(&"asg-suspended".to_owned()), process == "HealthCheck");
    }
    let strange = AutoScalingGroup { target_groups: vec![], ..group([0, 6, 0], &[]) };
    assert_eq!(codes(&good(strange), "scale").0, ["asg-target-group"]);
    let action = ScheduledAction { name: "night".into(), desired: Some(0), ..ScheduledAction::default() };
    let night = scheduled(good(group([0, 6, 0], &[])), Side::Recovery, "web", vec![action]);
    assert_eq!(codes(&night, "scale").1, ["asg-schedule"]);
    assert_eq!(codes(&on(good(group([0, 6, 0], &[])), Side::Recovery, "web", None), "scale").0, ["asg-group"]);
}

fn old(more: Value, group: AutoScalingGroup) -> Scene {
    let mut fields = json!({ "old": { "group": "web" } });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    scheduled(on(scene(fields), Side::Primary, "web", Some(group)), Side::Primary, "web", vec![])
}

#[test]
fn the_old_group_is_fenced_by_all_three_sizes_and_only_when_nothing_runs() {
    let fenced = |states: &[&str]| old(json!({}), group([0, 0, 0], states)).taken(None);
    assert_eq!(old(json!({}), group([2, 6, 3], &ALL)).act("fence").operation, resize(Some(0), Some(0), Some(0)));
    assert_eq!(name_of(&fenced(&[]).goal("fence")), "holds");
    for states in [["Terminating"], ["Terminating:Wait"], ["InService"], ["OfTheFuture"]] {
        assert_eq!(name_of(&fenced(&states).goal("fence")), "moving", "{states:?}");
    }
    assert_eq!(name_of(&fenced(&["Standby"]).goal("fence")), "bad");
    assert_eq!(name_of(&fenced(&["Terminated", "Warmed:Stopped"]).goal("fence")), "holds");
    let rest = old(json!({}), group([0, 6, 0], &[])).goal("fence");
    assert_eq!(name_of(&rest), "untouched", "an alarm of a policy would bring it back");
    let mut protected = group([2, 6, 3], &ALL);
    protected.instances[1].protected = true;
    assert_eq!(codes(&old(json!({}), protected), "fence").0, ["asg-stays"]);
    let suspended = AutoScalingGroup { suspended: vec!["Terminate".into()], ..group([2, 6, 3], &ALL) };
    assert_eq!(codes(&old(json!({}), suspended), "fence").0, ["asg-terminate"]);
    let unfenced = scene(json!({ "old": { "group": "web" }, "fence": false }));
    assert_eq!(unfenced.runbook().steps.len(), 1);
}

#[test]
fn a_failover_does_not_wait_for_the_fence_and_a_switchover_does() {
    let scene = || scene(json!({ "old": { "group": "web" } }));
    let (fence, scale) = (scene().step("fence"), scene().step("scale"));
    assert!(fence.beside && scale.needs.is_empty());
    assert_eq!((fence.undo, scale.undo), (Undo::Reversible, Undo::Reversible));
    let (fence, scale) = (scene().switchover().step("fence"), scene().switchover().step("scale"));
    assert!(!fence.beside && scale.needs[0].action() == "fence");
}

#[test]
fn what_is_kept_is_what_brings_it_back() {
    let scene = did(sees(scene(json!({ "min": 2 })), group([0, 6, 1], &["InService"])), &[("a", "Successful", "")]);
    let before = scene.image("scale");
    assert_eq!(Before::of(&before), Some(Before { min: 0, max: 6, desired: 1, newest: Some("a".into()) }));
    assert_eq!(Before::of(&json!({ "min": 0 })), None);
    let scene = scene.taken(None).before(before);
    let back = scene.way_back("scale").expect("it can be taken back");
    assert_eq!(back.act(&scene.facts()).expect("it acts").operation, resize(Some(0), Some(6), Some(1)));
    assert_eq!(name_of(&back.goal(&scene.facts())), "holds");
    let scene = sees(scene, group([0, 6, 1], &ALL));
    assert_eq!(name_of(&back.goal(&scene.facts())), "moving", "more than before");
    let scene = sees(scene, group([2, 6, 3], &ALL));
    assert_eq!(name_of(&back.goal(&scene.facts())), "untouched");
    let missing = scene.before(Value::Null);
    assert!(missing.way_back("scale").is_none());
}

#[test]
fn contradictions_in_the_plan_are_problems() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({ "min": 3, "max": 3, "target_group": ARN })).is_empty());
    assert_eq!(at(json!({ "desired": 0 })), ["desired"]);
    assert_eq!(at(json!({ "min": 4 })), ["min"]);
    assert_eq!(at(json!({ "max": 2 })), ["max"]);
    assert_eq!(at(json!({ "group": ARN })), ["group"]);
    assert_eq!(at(json!({ "old": { "group": ARN } })), ["old"]);
    assert_eq!(at(json!({ "target_group": "arn:aws:ecs:eu-central-1:1:cluster/web" })), ["target_group"]);
    assert_eq!(scene(json!({})).findings(), ["asg-no-target-group", "asg-no-min"]);
    let elsewhere = ARN.replace("eu-central-1", "eu-west-1");
    assert_eq!(scene(json!({ "min": 1, "target_group": elsewhere })).findings(), ["asg-place"]);
}

#[test]
fn a_group_that_somebody_scaled_since_its_fence_is_made_no_standby() {
    for (desired, refused) in [(0, false), (1, false), (3, true)] {
        let mut scene = scene(json!({ "old": { "group": "web-old" } }));
        scene.intent = crate::plan::Intent::Failback;
        let standby = json!({ "standby": { "min": 0, "max": 4, "desired": 1 } });
        scene.plan.components[0].from_run = standby.as_object().cloned();
        let seen = AutoScalingGroup { name: "web-old".into(), ..group([0, 6, desired], &ALL[..desired as usize]) };
        let codes = on(scene, Side::Primary, "web-old", Some(seen)).refusals("standby");
        assert_eq!(codes.iter().any(|code| code == "asg-standby-still"), refused, "{desired}: {codes:?}");
    }
}
