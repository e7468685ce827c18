//! What a schedule is held to: that it is the one that is meant, that it has something left to do, and no state that is not
//! known for a good one.

use super::words::{Observation, Operation, Query, Schedule, ScheduleName};
use crate::plan::Side;
use crate::service::operation as any;
use crate::service::scene::{Scene, name_of, start, words_of};
use crate::service::work::HealthLevel;
use jiff::SignedDuration;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:scheduler:eu-central-1:111122223333:schedule/shop/nightly";
const OLD_ARN: &str = "arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly-east";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "name": "nightly", "group": "shop", "old": { "name": "nightly-east" } });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("schedule", fields)
}

fn name(side: Side) -> ScheduleName {
    match side {
        Side::Recovery => ScheduleName { schedule: "nightly".into(), group: Some("shop".into()) },
        Side::Primary => ScheduleName { schedule: "nightly-east".into(), group: None },
    }
}

fn schedule(arn: &str, state: &str) -> Schedule {
    let (arn, state) = (arn.into(), state.into());
    Schedule { arn, state, expression: "rate(1 day) UTC".into(), target: "arn:queue".into(), ..Schedule::default() }
}

fn sees(scene: Scene, side: Side, found: Option<Schedule>) -> Scene {
    scene.sees(side, Query::Schedule(name(side)).into(), Observation::Schedule { schedule: found }.into())
}

fn new(state: &str) -> Scene {
    sees(scene(json!({})), Side::Recovery, Some(schedule(ARN, state)))
}

fn old(state: &str) -> Scene {
    sees(scene(json!({})), Side::Primary, Some(schedule(OLD_ARN, state)))
}

#[test]
fn the_old_schedule_is_fenced_and_the_new_one_waits_for_it_only_in_a_switchover() {
    let actions = |scene: &Scene| -> Vec<String> {
        scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect()
    };
    assert_eq!(actions(&scene(json!({}))), ["fence", "enable"]);
    assert_eq!(actions(&scene(json!({ "fence": false, "enabled": false }))), ["disable"]);
    assert!(scene(json!({})).step("fence").beside && scene(json!({})).step("enable").needs.is_empty());
    assert_eq!(scene(json!({})).switchover().step("enable").needs.len(), 1);
}

#[test]
fn it_holds_in_its_state_alone_and_an_unknown_one_is_never_taken_for_it() {
    for (state, enable, fence) in [
        ("ENABLED", "holds", "untouched"),
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
    assert_eq!(new("OF_THE_FUTURE").refusals("enable"), ["schedule-state"]);
    assert!(words_of(&new("ENABLED").goal("enable")).contains("rate(1 day) UTC, of arn:queue"));
}

#[test]
fn one_that_is_enabled_and_over_is_never_green() {
    let ends = |seconds: i64, state: &str| {
        let ends = Some(start() + SignedDuration::from_secs(seconds));
        sees(scene(json!({})), Side::Recovery, Some(Schedule { ends, ..schedule(ARN, state) }))
    };
    assert_eq!(name_of(&ends(-1, "ENABLED").goal("enable")), "bad");
    assert_eq!(ends(-1, "DISABLED").refusals("enable"), ["schedule-over"]);
    assert_eq!(name_of(&ends(60, "ENABLED").goal("enable")), "holds");
    assert_eq!(ends(-1, "ENABLED").health(Side::Recovery).level, HealthLevel::Down);
    let over = Schedule { ends: Some(start() - SignedDuration::from_secs(1)), ..schedule(OLD_ARN, "ENABLED") };
    let old = sees(scene(json!({})), Side::Primary, Some(over));
    assert!(old.refusals("fence").is_empty(), "the old one may be over");
}

#[test]
fn another_schedule_than_the_one_that_is_meant_is_never_green() {
    for arn in [
        "arn:aws:scheduler:eu-west-1:111122223333:schedule/shop/nightly",
        "arn:aws:scheduler:eu-central-1:111122223333:schedule/default/nightly",
        "arn:aws:scheduler:eu-central-1:111122223333:schedule/shop/nightly-2",
        "",
    ] {
        let other = |state| sees(scene(json!({})), Side::Recovery, Some(schedule(arn, state)));
        assert_eq!(name_of(&other("ENABLED").goal("enable")), "bad", "{arn}");
        assert_eq!(other("DISABLED").refusals("enable"), ["schedule-exists"], "{arn}");
    }
    assert_eq!(sees(scene(json!({})), Side::Recovery, None).refusals("enable"), ["schedule-exists"]);
}

#[test]
fn a_start_that_has_gone_by_is_told() {
    let starts = |seconds: i64| {
        let starts = Some(start() + SignedDuration::from_secs(seconds));
        sees(scene(json!({})), Side::Recovery, Some(Schedule { starts, ..schedule(ARN, "DISABLED") }))
    };
    assert_eq!(starts(-600).refusals("enable"), ["schedule-start"]);
    let checks = starts(-600).work("enable").prechecks(&starts(-600).facts());
    assert!(checks.iter().all(|check| check.code.as_str() != "schedule-start" || !check.weight.blocks()));
    assert!(starts(600).refusals("enable").is_empty());
}

#[test]
fn each_is_turned_in_its_own_region_and_goes_back_to_the_state_it_had() {
    let turned = |side, enabled| any::Operation::from(Operation::TurnSchedule { name: name(side), enabled });
    assert_eq!(new("DISABLED").act("enable").operation, turned(Side::Recovery, true));
    assert_eq!(old("ENABLED").act("fence").operation, turned(Side::Primary, false));
    assert_eq!(old("ENABLED").act("fence").place.region.as_str(), "eu-west-1");
    let back = |action: &str, before: Scene, after: &Scene| {
        let image = before.image(action);
        let way = before.before(image).way_back(action).expect("a way back");
        (name_of(&way.goal(&after.facts())), way.act(&after.facts()).expect("an act").operation)
    };
    assert_eq!(back("enable", new("DISABLED"), &new("ENABLED")), ("untouched", turned(Side::Recovery, false)));
    assert_eq!(back("fence", old("ENABLED"), &old("DISABLED")), ("untouched", turned(Side::Primary, true)));
    assert!(scene(json!({})).before(json!({ "state": "OF_THE_FUTURE" })).way_back("fence").is_none());
}

#[test]
fn what_cannot_be_meant_is_a_problem_and_what_runs_twice_is_told() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert_eq!(at(json!({ "name": ARN })), ["name"]);
    assert_eq!(at(json!({ "group": "a/b" })), ["group"]);
    assert_eq!(at(json!({ "old": { "name": "a b" } })), ["old"]);
    assert!(scene(json!({})).findings().is_empty());
    assert_eq!(Scene::new("schedule", json!({ "name": "nightly" })).findings(), ["schedule-twice"]);
    let level = |state| new(state).health(Side::Recovery).level;
    assert_eq!(level("ENABLED"), HealthLevel::Up);
    assert_eq!(level("DISABLED"), HealthLevel::Standby);
    assert_eq!(level("OF_THE_FUTURE"), HealthLevel::Degraded);
}
