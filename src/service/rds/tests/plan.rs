//! Under test: what a plan may say, before any cloud is asked.

use super::*;

fn problems(more: Value) -> Vec<(Option<&'static str>, String)> {
    scene_with(more).problems().into_iter().map(|problem| (problem.field, problem.message)).collect()
}

fn fields(more: Value) -> Vec<&'static str> {
    problems(more).into_iter().filter_map(|(field, _)| field).collect()
}

#[test]
fn numbers_that_rds_would_refuse_are_problems() {
    assert_eq!(fields(json!({ "backup_retention": 36, "port": 70000 })), ["backup_retention", "port"]);
    assert!(fields(json!({ "backup_retention": 35, "port": 5432 })).is_empty());
}

#[test]
fn identifiers_that_rds_would_refuse_are_problems_and_references_are_not() {
    assert_eq!(fields(json!({ "primary": "a".repeat(64), "recovery": "orders--replica" })), ["primary", "recovery"]);
    assert!(problems(json!({ "primary": "a".repeat(64) }))[0].1.contains("64"));
    assert_eq!(fields(json!({ "recovery": "arn:aws:rds:eu-central-1:111122223333:db:orders" })), ["recovery"]);
    assert!(
        fields(json!({ "primary": "a".repeat(63), "recovery": "b".repeat(60) })).is_empty(),
        "a fence still has a name"
    );
    assert!(fields(json!({ "recovery": "${stack.stdout}" })).is_empty());
}

#[test]
fn what_says_nothing_or_cannot_be_meant_is_a_problem() {
    assert_eq!(fields(json!({ "isolate": ["default"] })), ["isolate"]);
    assert_eq!(fields(json!({ "isolate": [] })), ["isolate"]);
    assert_eq!(fields(json!({ "caught_up": [] })), ["caught_up"]);
    assert_eq!(fields(json!({ "caught_up": [""] })), ["caught_up"]);
    assert_eq!(fields(json!({ "fence": false, "isolate": ["sg-1"], "fence_wait": 5.0 })), ["fence_wait", "isolate"]);
}

#[test]
fn what_is_made_on_the_way_back_has_its_hours_whatever_a_step_of_the_plan_may_take() {
    let limit = |minutes: f64, action: &str| {
        let mut scene = scene().failback();
        scene.plan.components[0].timeout_seconds = Some(minutes * 60.0);
        scene.step(action).timeout_seconds
    };
    assert_eq!([limit(20.0, "replica"), limit(20.0, "promote")], [21_600.0, 1_200.0]);
    assert_eq!(limit(600.0, "replica"), 36_000.0, "more is more");
}
