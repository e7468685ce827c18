//! What a node group is held to: nodes that are there and not only desired, and no status that is not known for a good one.

use super::words::{Nodegroup, NodegroupUpdate, Observation, Operation, Query};
use crate::plan::Side;
use crate::service::operation as any;
use crate::service::scene::{Scene, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:eks:eu-central-1:111122223333:nodegroup/shop/web/0ab1";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "cluster": "shop", "nodegroup": "web", "desired": 3, "min": 2, "max": 6 });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("nodegroup", fields)
}

fn group((min, max, desired): (u64, u64, u64), in_service: u64) -> Nodegroup {
    let (arn, status) = (ARN.into(), "ACTIVE".into());
    Nodegroup { arn, status, min, max, desired, in_service: Some(in_service), ..Nodegroup::default() }
}

fn sees(scene: Scene, found: Option<Nodegroup>) -> Scene {
    let query = Query::Nodegroup { cluster: "shop".into(), nodegroup: "web".into() };
    scene.sees(Side::Recovery, query.into(), Observation::Nodegroup { nodegroup: found }.into())
}

fn has(sizes: (u64, u64, u64), in_service: u64) -> Scene {
    sees(scene(json!({})), Some(group(sizes, in_service)))
}

fn sent(scene: &Scene) -> (u64, u64, u64) {
    match scene.act("scale").operation {
        any::Operation::Eks(Operation::ScaleNodegroup { min, max, desired, .. }) => (min, max, desired),
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_holds_once_its_nodes_are_in_service_and_not_once_they_are_desired() {
    let goal = |scene: &Scene| name_of(&scene.goal("scale"));
    assert_eq!(goal(&has((0, 6, 0), 0)), "untouched");
    assert_eq!(goal(&has((2, 6, 3), 2)), "moving");
    assert_eq!(goal(&has((2, 6, 3), 3)), "holds");
    assert_eq!(goal(&has((2, 6, 5), 4)), "moving", "it has more, and keeps them");
    assert_eq!(goal(&sees(scene(json!({})), Some(Nodegroup { in_service: None, ..group((2, 6, 3), 0) }))), "unknown");
    for (status, verdict) in [
        ("ACTIVE", "holds"),
        ("UPDATING", "moving"),
        ("CREATING", "moving"),
        ("OF_THE_FUTURE", "moving"),
        ("active", "moving"),
        ("", "moving"),
        ("DEGRADED", "bad"),
        ("DELETING", "bad"),
        ("CREATE_FAILED", "bad"),
    ] {
        let seen = sees(scene(json!({})), Some(Nodegroup { status: status.into(), ..group((2, 6, 3), 3) }));
        assert_eq!(goal(&seen), verdict, "{status}");
        assert_eq!(seen.refusals("scale").is_empty(), status == "ACTIVE", "{status}");
    }
    let issue = "AsgInstanceLaunchFailures: no capacity";
    let ill = sees(scene(json!({})), Some(Nodegroup { issues: vec![issue.into()], ..group((2, 6, 3), 3) }));
    assert_eq!(goal(&ill), "bad");
    assert!(words_of(&ill.goal("scale")).contains(issue));
}

#[test]
fn what_became_of_the_change_is_told_in_its_own_words() {
    let with = |status: &str| {
        let query = Query::NodegroupUpdate { cluster: "shop".into(), nodegroup: "web".into(), update: "u1".into() };
        let update = NodegroupUpdate { status: status.into(), errors: vec!["IpNotAvailable: none left".into()] };
        let seen = Observation::NodegroupUpdate { update: Some(update) };
        has((0, 6, 0), 0).taken(Some("u1")).sees(Side::Recovery, query.into(), seen.into()).goal("scale")
    };
    for (status, verdict) in [("InProgress", "moving"), ("Failed", "bad"), ("Cancelled", "bad"), ("?", "moving")] {
        assert_eq!(name_of(&with(status)), verdict, "{status}");
    }
    assert!(words_of(&with("Failed")).contains("IpNotAvailable"));
    assert_eq!(name_of(&has((0, 6, 0), 0).unanswered().goal("scale")), "untouched");
}

#[test]
fn none_of_its_sizes_is_ever_lowered_and_each_goes_back() {
    assert_eq!(sent(&has((0, 4, 0), 0)), (2, 6, 3));
    assert_eq!(sent(&has((0, 10, 5), 5)), (2, 10, 5));
    let before = has((0, 4, 0), 0);
    let image = before.image("scale");
    let back = before.before(image).way_back("scale").expect("a way back");
    let after = has((2, 6, 3), 3);
    assert_eq!(name_of(&back.goal(&after.facts())), "untouched");
    let act = back.act(&after.facts()).expect("an act").operation;
    let was = Operation::ScaleNodegroup { cluster: "shop".into(), nodegroup: "web".into(), min: 0, max: 4, desired: 0 };
    assert_eq!(act, was.into());
    assert_eq!(name_of(&back.goal(&has((0, 4, 0), 3).facts())), "holds", "what is too much goes by itself");
}

#[test]
fn another_node_group_than_the_one_that_is_meant_is_never_green() {
    for arn in [
        "arn:aws:eks:eu-west-1:111122223333:nodegroup/shop/web/0ab1",
        "arn:aws:eks:eu-central-1:111122223333:nodegroup/other/web/0ab1",
        "arn:aws:eks:eu-central-1:111122223333:nodegroup/shop/web-2/0ab1",
        "",
    ] {
        let other = sees(scene(json!({})), Some(Nodegroup { arn: arn.into(), ..group((2, 6, 3), 3) }));
        assert_eq!(name_of(&other.goal("scale")), "bad", "{arn}");
        assert_eq!(other.refusals("scale"), ["nodegroup-exists"], "{arn}");
    }
    assert_eq!(sees(scene(json!({})), None).refusals("scale"), ["nodegroup-exists"]);
}

#[test]
fn sizes_that_do_not_fit_are_told_before_anything_is_done() {
    let mut small = has((0, 2, 0), 0);
    small.plan.components[0].fields.0.remove("max");
    assert_eq!(small.refusals("scale"), ["nodegroup-max"]);
    assert!(has((0, 2, 0), 0).refusals("scale").is_empty());
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert_eq!(at(json!({ "min": 4 })), ["min"]);
    assert_eq!(at(json!({ "max": 2 })), ["max"]);
    assert_eq!(at(json!({ "cluster": "arn:aws:eks:eu-central-1:1:cluster/shop" })), ["cluster"]);
    assert!(scene(json!({})).findings().is_empty());
    let bare = Scene::new("nodegroup", json!({ "cluster": "a", "nodegroup": "b", "desired": 1 }));
    assert_eq!(bare.findings(), ["nodegroup-no-min"]);
}

#[test]
fn its_health_is_its_nodes() {
    let level = |scene: Scene| scene.health(Side::Recovery).level;
    assert_eq!(level(has((2, 6, 3), 3)), HealthLevel::Up);
    assert_eq!(level(has((2, 6, 3), 1)), HealthLevel::Degraded);
    assert_eq!(level(has((2, 6, 3), 0)), HealthLevel::Down);
    assert_eq!(level(has((0, 6, 0), 0)), HealthLevel::Standby);
    assert_eq!(level(sees(scene(json!({})), None)), HealthLevel::Down);
}
