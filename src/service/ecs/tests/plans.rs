//! What a plan may say, and the steps that it asks for.

use super::*;
use crate::plan::Undo;
use crate::service::scene::name_of;

#[test]
fn the_minimum_is_raised_and_put_back_exactly() {
    let scene = |runs| seeing(scene(json!({ "min": 4 })), settled(runs, OLD));
    assert_eq!(name_of(&limited(scene(0), 2, 10).goal("min")), "untouched");
    assert_eq!(name_of(&limited(scene(0), 5, 10).goal("min")), "holds", "it is never lowered");
    assert_eq!(limited(scene(0), 2, 3).refusals("min"), ["ecs-scalable-target"]);
    assert_eq!(unlimited(scene(0)).refusals("min"), ["ecs-scalable-target"]);
    let before = limited(scene(0), 2, 10).image("min");
    let back = scene(0).before(before).way_back("min").expect("it can be taken back");
    assert_eq!(name_of(&back.goal(&limited(scene(0), 4, 10).facts())), "untouched");
    assert_eq!(name_of(&back.goal(&limited(scene(0), 2, 10).facts())), "holds");
}

#[test]
fn a_minimum_is_not_set_where_that_would_scale_the_service_down() {
    // RegisterScalableTarget brings a service back within its limits, at once.
    let scene = |runs| seeing(scene(json!({ "desired": 4, "min": 4 })), settled(runs, OLD));
    assert!(limited(scene(7), 0, 7).refusals("min").is_empty());
    assert_eq!(limited(scene(7), 0, 5).refusals("min"), ["ecs-scalable-target"]);
}

#[test]
fn what_a_minimum_starts_is_taken_back_too() {
    let raised = || limited(seeing(scene(json!({ "min": 4 })), settled(0, OLD)), 0, 10);
    let before = raised().image("min");
    let verdict =
        limited(seeing(scene(json!({ "min": 4 })).taken(None).before(before), settled(4, OLD)), 4, 10).goal("min");
    let told = crate::service::scene::given_by(&verdict)["desired_before"].clone();
    assert_eq!(told.as_str(), "0");
    let scaling = seeing(scene(json!({ "min": 4 })).given("desired_before", &told), settled(4, OLD));
    assert_eq!(scaling.image("scale")["desired"], 0, "not the four that autoscaling started");
    let all = seeing(scene(json!({ "min": 6 })).given("desired_before", &told), settled(6, OLD));
    assert_eq!(name_of(&all.goal("scale")), "untouched", "they are autoscaling's until the size is set");
    assert!(all.work("scale").act(&all.facts()).is_some());
    let exactly = json!({ "min": 6, "exact": true });
    let exactly = seeing(scene(exactly).given("desired_before", &told), settled(6, OLD));
    assert!(exactly.work("scale").act(&exactly.facts()).is_some());
    let ran_already = seeing(scene(json!({ "min": 6 })).given("desired_before", "6"), settled(6, OLD));
    assert_eq!(name_of(&ran_already.goal("scale")), "holds");
    assert_eq!(seeing(scene(json!({})), settled(4, OLD)).image("scale")["desired"], 4);
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
    assert_eq!(actions(&full), ["fence-scaling", "fence", "task-definition", "scale", "min"]);
    assert_eq!(full.step("scale").needs.len(), 1);
    assert_eq!(full.step("min").needs[0].action(), "scale", "a minimum starts tasks: of the new definition");
    assert_eq!(full.switchover().step("scale").needs.len(), 2);
    let sized = scene(json!({ "min": 4 }));
    assert_eq!(actions(&sized), ["min", "scale"]);
    assert_eq!(sized.step("scale").needs[0].action(), "min", "or it would be scaled back");
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
    assert_eq!(at(json!({ "container": "app" })), ["container"]);
    assert!(at(json!({ "container": "app", "image": "app:2", "min": 6 })).is_empty());
    assert_eq!(scene(json!({})).findings(), ["ecs-no-target-group"]);
    assert!(scene(json!({ "target_group": "api" })).findings().is_empty());
}

#[test]
fn arns_of_other_things_are_problems_and_of_another_region_findings() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    let arn = |resource: &str| format!("arn:aws:ecs:eu-central-1:1:{resource}");
    assert_eq!(at(json!({ "cluster": arn("service/storefront/api") })), ["cluster"]);
    assert_eq!(at(json!({ "service": arn("cluster/storefront") })), ["service"]);
    assert_eq!(at(json!({ "service": arn("service/elsewhere/api") })), ["service"], "the same name in another cluster");
    assert_eq!(at(json!({ "target_group": arn("service/storefront/api") })), ["target_group"]);
    assert_eq!(at(json!({ "old": { "cluster": "c", "service": "arn:aws" } })), ["old"]);
    let good = json!({
        "cluster": arn("cluster/storefront"), "service": arn("service/storefront/api"), "target_group": GROUP,
    });
    assert!(at(good.clone()).is_empty());
    assert!(scene(good).findings().is_empty());
    let east = GROUP.replace("eu-central-1", "eu-west-1");
    assert_eq!(scene(json!({ "target_group": east })).findings(), ["ecs-place"]);
    let old = json!({ "target_group": "api", "old": { "cluster": arn("cluster/old"), "service": "api" } });
    assert_eq!(scene(old).findings(), ["ecs-place"], "the old side is in the primary region");
}
