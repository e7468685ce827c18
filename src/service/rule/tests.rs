//! What a rule is held to: that it is the one that is meant, that its events go somewhere, and no state that is not known for
//! a good one.

use super::words::{EventRule, Observation, Operation, Query, RuleName};
use crate::plan::Side;
use crate::service::operation as any;
use crate::service::scene::{Scene, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:events:eu-central-1:111122223333:rule/shop/nightly";
const OLD_ARN: &str = "arn:aws:events:eu-west-1:111122223333:rule/nightly-east";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "rule": "nightly", "bus": "shop", "old": { "rule": "nightly-east" } });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("rule", fields)
}

fn name(side: Side) -> RuleName {
    match side {
        Side::Recovery => RuleName { rule: "nightly".into(), bus: Some("shop".into()) },
        Side::Primary => RuleName { rule: "nightly-east".into(), bus: None },
    }
}

fn rule(arn: &str, state: &str) -> EventRule {
    EventRule { arn: arn.into(), state: state.into(), ..EventRule::default() }
}

fn sees(scene: Scene, side: Side, found: Option<EventRule>) -> Scene {
    scene.sees(side, Query::EventRule(name(side)).into(), Observation::EventRule { rule: found }.into())
}

fn sees_targets(scene: Scene, targets: &[&str]) -> Scene {
    let targets = Some(targets.iter().map(|target| (*target).into()).collect());
    scene.sees(
        Side::Recovery,
        Query::RuleTargets(name(Side::Recovery)).into(),
        Observation::RuleTargets { targets }.into(),
    )
}

/// The new rule in `state`, with a target.
fn new(state: &str) -> Scene {
    sees_targets(sees(scene(json!({})), Side::Recovery, Some(rule(ARN, state))), &["arn:aws:sqs:eu-central-1:1:q"])
}

fn old(state: &str) -> Scene {
    sees(scene(json!({})), Side::Primary, Some(rule(OLD_ARN, state)))
}

fn sent(scene: &Scene, action: &str) -> Operation {
    match scene.act(action).operation {
        any::Operation::Events(operation) => operation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_old_rule_is_fenced_and_the_new_one_waits_for_it_only_in_a_switchover() {
    let actions = |scene: &Scene| -> Vec<String> {
        scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect()
    };
    assert_eq!(actions(&scene(json!({}))), ["fence", "enable"]);
    assert_eq!(actions(&scene(json!({ "fence": false }))), ["enable"]);
    assert_eq!(actions(&scene(json!({ "enabled": false }))), ["fence", "disable"]);
    assert!(scene(json!({})).step("fence").beside);
    assert!(scene(json!({})).step("enable").needs.is_empty());
    assert_eq!(scene(json!({})).switchover().step("enable").needs.len(), 1);
}

#[test]
fn it_holds_in_its_state_alone_and_an_unknown_one_is_never_taken_for_it() {
    for (state, enable, fence) in [
        ("ENABLED", "holds", "untouched"),
        ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "holds", "untouched"),
        ("DISABLED", "untouched", "holds"),
        ("OF_THE_FUTURE", "moving", "moving"),
        ("enabled", "moving", "moving"),
        ("", "moving", "moving"),
    ] {
        assert_eq!(name_of(&new(state).goal("enable")), enable, "{state}");
        assert_eq!(name_of(&old(state).goal("fence")), fence, "{state}");
    }
    assert_eq!(name_of(&new("DISABLED").taken(None).goal("enable")), "moving");
    assert_eq!(name_of(&new("DISABLED").unanswered().goal("enable")), "untouched");
    assert_eq!(new("OF_THE_FUTURE").refusals("enable"), ["rule-state"]);
}

#[test]
fn one_that_is_enabled_and_sends_its_events_nowhere_is_never_green() {
    let bare = sees_targets(new("ENABLED"), &[]);
    assert_eq!(name_of(&bare.goal("enable")), "bad");
    assert!(words_of(&bare.goal("enable")).contains("no target"));
    assert_eq!(sees_targets(new("DISABLED"), &[]).refusals("enable"), ["rule-targets"]);
    let untold = new("ENABLED").hears_nothing(Side::Recovery, Query::RuleTargets(name(Side::Recovery)).into());
    assert_eq!(name_of(&untold.goal("enable")), "unknown");
}

#[test]
fn another_rule_than_the_one_that_is_meant_is_never_green() {
    for arn in [
        "arn:aws:events:eu-west-1:111122223333:rule/shop/nightly",
        "arn:aws:events:eu-central-1:111122223333:rule/nightly",
        "arn:aws:events:eu-central-1:111122223333:rule/shop/nightly-2",
        "arn:aws:events:eu-central-1:111122223333:event-bus/shop",
        "",
    ] {
        let other = |state| sees(new(state), Side::Recovery, Some(rule(arn, state)));
        assert_eq!(name_of(&other("ENABLED").goal("enable")), "bad", "{arn}");
        assert_eq!(other("DISABLED").refusals("enable"), ["rule-exists"], "{arn}");
    }
    let by_arn = scene(json!({ "bus": "arn:aws:events:eu-central-1:1:event-bus/shop" }));
    let query = RuleName { bus: Some("arn:aws:events:eu-central-1:1:event-bus/shop".into()), ..name(Side::Recovery) };
    let seen = by_arn.sees(
        Side::Recovery,
        Query::EventRule(query).into(),
        Observation::EventRule { rule: Some(rule(ARN, "DISABLED")) }.into(),
    );
    assert_eq!(name_of(&seen.goal("enable")), "untouched");
}

#[test]
fn a_rule_of_a_service_is_left_alone() {
    let managed = EventRule { managed_by: Some("ecs.amazonaws.com".into()), ..rule(ARN, "DISABLED") };
    assert_eq!(sees(new("DISABLED"), Side::Recovery, Some(managed)).refusals("enable"), ["rule-managed"]);
    let absent = sees(new("DISABLED"), Side::Recovery, None);
    assert_eq!((name_of(&absent.goal("enable")), absent.refusals("enable")), ("bad", vec!["rule-exists".to_owned()]));
}

#[test]
fn each_is_turned_in_its_own_region_and_goes_back_to_the_very_state_it_had() {
    assert_eq!(sent(&new("DISABLED"), "enable"), Operation::EnableRule(name(Side::Recovery)));
    assert_eq!(sent(&old("ENABLED"), "fence"), Operation::DisableRule(name(Side::Primary)));
    assert_eq!(old("ENABLED").act("fence").place.region.as_str(), "eu-west-1");
    let back = |action: &str, before: Scene, after: &Scene| {
        let image = before.image(action);
        let way = before.before(image).way_back(action).expect("a way back");
        (name_of(&way.goal(&after.facts())), way.act(&after.facts()).expect("an act").operation)
    };
    let undone = Operation::DisableRule(name(Side::Recovery));
    assert_eq!(back("enable", new("DISABLED"), &new("ENABLED")), ("untouched", undone.into()));
    let given_back = Operation::EnableRule(name(Side::Primary));
    assert_eq!(back("fence", old("ENABLED"), &old("DISABLED")), ("untouched", given_back.into()));
    let all = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS";
    let given_back = Operation::EnableRuleForAll(name(Side::Primary));
    assert_eq!(back("fence", old(all), &old("ENABLED")), ("untouched", given_back.into()), "less than it was");
    assert!(scene(json!({})).before(json!({ "state": "OF_THE_FUTURE" })).way_back("fence").is_none());
}

#[test]
fn its_health_is_its_state() {
    let level = |state| new(state).health(Side::Recovery).level;
    assert_eq!(level("ENABLED"), HealthLevel::Up);
    assert_eq!(level("DISABLED"), HealthLevel::Standby);
    assert_eq!(level("OF_THE_FUTURE"), HealthLevel::Degraded);
    assert_eq!(sees(new("ENABLED"), Side::Recovery, None).health(Side::Recovery).level, HealthLevel::Down);
    assert_eq!(old("ENABLED").health(Side::Primary).level, HealthLevel::Up);
}

#[test]
fn what_cannot_be_meant_is_a_problem_and_what_runs_twice_is_told() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert_eq!(at(json!({ "rule": ARN })), ["rule"]);
    assert_eq!(at(json!({ "old": { "rule": "a b" } })), ["old"]);
    assert!(scene(json!({})).findings().is_empty());
    assert_eq!(scene(json!({ "bus": "arn:aws:events:eu-west-1:1:event-bus/shop" })).findings(), ["rule-place"]);
    assert_eq!(Scene::new("rule", json!({ "rule": "nightly" })).findings(), ["rule-twice"]);
    assert_eq!(name_of(&scene(json!({ "rule": "${a.b}" })).goal("enable")), "untouched");
}
