//! What an endpoint group's dial is held to: whose group it is, that it is deployed, and that it has somebody to serve.

use super::words::{Accelerator, Endpoint, EndpointGroup, Observation, Operation, Query};
use crate::plan::Side;
use crate::service::operation as any;
use crate::service::scene::{Scene, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

const ACCELERATOR: &str = "arn:aws:globalaccelerator::1:accelerator/a";
const NEW: &str = "arn:aws:globalaccelerator::1:accelerator/a/listener/l/endpoint-group/new";
const OLD: &str = "arn:aws:globalaccelerator::1:accelerator/a/listener/l/endpoint-group/old";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "endpoint_group": NEW, "old": { "endpoint_group": OLD } });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("accelerator", fields)
}

fn group(arn: &str, region: &str, dial: f64, health: &[(&str, u64)]) -> EndpointGroup {
    let endpoint =
        |(health, weight): &(&str, u64)| Endpoint { id: "e".into(), weight: *weight, health: (*health).into() };
    EndpointGroup { arn: arn.into(), region: region.into(), dial, endpoints: health.iter().map(endpoint).collect() }
}

fn sees(scene: Scene, asked: &str, found: Option<EndpointGroup>) -> Scene {
    let query = Query::EndpointGroup { arn: asked.into() };
    scene.sees(Side::Recovery, query.into(), Observation::EndpointGroup { group: found }.into())
}

fn deployed(scene: Scene, status: &str, enabled: bool) -> Scene {
    let accelerator = Some(Accelerator { arn: ACCELERATOR.into(), status: status.into(), enabled });
    let query = Query::Accelerator { arn: ACCELERATOR.into() };
    scene.sees(Side::Recovery, query.into(), Observation::Accelerator { accelerator }.into())
}

fn new(dial: f64) -> Scene {
    let scene = sees(scene(json!({})), NEW, Some(group(NEW, "eu-central-1", dial, &[("HEALTHY", 128)])));
    deployed(scene, "DEPLOYED", true)
}

fn old(dial: f64) -> Scene {
    let scene = sees(scene(json!({})), OLD, Some(group(OLD, "eu-west-1", dial, &[("UNHEALTHY", 128)])));
    deployed(scene, "DEPLOYED", true)
}

fn sent(scene: &Scene, action: &str) -> Operation {
    match scene.act(action).operation {
        any::Operation::GlobalAccelerator(operation) => operation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn there_is_somewhere_to_go_before_the_old_side_is_left() {
    let steps = scene(json!({})).runbook().steps;
    let actions: Vec<&str> = steps.iter().map(|step| step.id.action()).collect();
    assert_eq!(actions, ["dial", "drain"]);
    assert_eq!(steps[1].needs, [steps[0].id.clone()]);
    assert!(steps.iter().all(|step| !step.beside && step.region.as_str() == "eu-central-1"), "no region's own API");
    let alone = Scene::new("accelerator", json!({ "endpoint_group": NEW }));
    assert_eq!(alone.runbook().steps.len(), 1);
}

#[test]
fn a_dial_holds_once_it_is_deployed_and_has_somebody_healthy_to_serve() {
    for (status, enabled, verdict) in [
        ("DEPLOYED", true, "holds"),
        ("IN_PROGRESS", true, "moving"),
        ("OF_THE_FUTURE", true, "moving"),
        ("deployed", true, "moving"),
        ("", true, "moving"),
        ("DEPLOYED", false, "bad"),
    ] {
        assert_eq!(name_of(&deployed(new(100.0), status, enabled).goal("dial")), verdict, "{status} {enabled}");
    }
    let with = |health: &[(&str, u64)]| {
        name_of(&sees(new(100.0), NEW, Some(group(NEW, "eu-central-1", 100.0, health))).goal("dial"))
    };
    assert_eq!(with(&[("UNHEALTHY", 128), ("INITIAL", 128)]), "moving");
    assert_eq!(with(&[("HEALTHY", 0)]), "moving", "it gets nothing");
    assert_eq!(with(&[]), "moving");
    assert_eq!(with(&[("HEALTHY", 1), ("UNHEALTHY", 128)]), "holds");
    assert_eq!(name_of(&old(0.0).goal("drain")), "holds", "whoever is left there gets nothing");
    assert_eq!(name_of(&old(0.1).goal("drain")), "untouched");
    let untold = new(100.0).hears_nothing(Side::Recovery, Query::Accelerator { arn: ACCELERATOR.into() }.into());
    assert_eq!(name_of(&untold.goal("dial")), "unknown");
}

#[test]
fn a_dial_is_raised_and_never_lowered_on_the_side_that_recovers() {
    let part = |dial: f64| {
        let mut scene = new(dial);
        scene.plan.components[0].fields.0.insert("dial".to_owned(), json!(50));
        scene
    };
    assert_eq!(name_of(&part(80.0).goal("dial")), "holds", "it has more already");
    assert_eq!(name_of(&part(49.0).goal("dial")), "untouched");
    assert_eq!(sent(&part(0.0), "dial"), Operation::SetDial { group: NEW.into(), dial: 50.0 });
    assert_eq!(sent(&old(100.0), "drain"), Operation::SetDial { group: OLD.into(), dial: 0.0 });
    assert_eq!(name_of(&new(0.0).taken(None).goal("dial")), "moving");
    assert_eq!(name_of(&new(0.0).unanswered().goal("dial")), "untouched");
}

#[test]
fn the_group_of_another_region_is_never_green_and_never_turned() {
    let elsewhere = |dial: f64| sees(new(0.0), NEW, Some(group(NEW, "eu-west-1", dial, &[("HEALTHY", 128)])));
    assert_eq!(name_of(&elsewhere(100.0).goal("dial")), "bad");
    assert!(words_of(&elsewhere(100.0).goal("dial")).contains("eu-west-1"));
    assert_eq!(elsewhere(0.0).refusals("dial"), ["accelerator-group"]);
    let other = sees(new(0.0), NEW, Some(group(OLD, "eu-central-1", 100.0, &[("HEALTHY", 128)])));
    assert_eq!(name_of(&other.goal("dial")), "bad");
    assert_eq!(sees(new(0.0), NEW, None).refusals("dial"), ["accelerator-group"]);
    assert_eq!(deployed(new(0.0), "DEPLOYED", false).refusals("dial"), ["accelerator-enabled"]);
    let ill = sees(new(0.0), NEW, Some(group(NEW, "eu-central-1", 0.0, &[("INITIAL", 128)])));
    assert_eq!(ill.refusals("dial"), ["accelerator-healthy"], "told, and passed by the steps before it");
}

#[test]
fn each_goes_back_to_the_dial_it_had() {
    let back = |action: &str, before: Scene, after: &Scene| {
        let image = before.image(action);
        let way = before.before(image).way_back(action).expect("a way back");
        (name_of(&way.goal(&after.facts())), way.act(&after.facts()).expect("an act").operation)
    };
    let to = |group: &str, dial| any::Operation::from(Operation::SetDial { group: group.into(), dial });
    assert_eq!(back("dial", new(12.5), &new(100.0)), ("untouched", to(NEW, 12.5)));
    assert_eq!(back("drain", old(100.0), &old(0.0)), ("untouched", to(OLD, 100.0)));
    assert_eq!(back("dial", new(12.5), &new(12.5)).0, "holds");
}

#[test]
fn its_health_is_whom_it_serves() {
    let level = |scene: Scene, side| scene.health(side).level;
    assert_eq!(level(new(100.0), Side::Recovery), HealthLevel::Up);
    assert_eq!(level(new(0.0), Side::Recovery), HealthLevel::Standby);
    assert_eq!(level(old(100.0), Side::Primary), HealthLevel::Down);
    let part = group(NEW, "eu-central-1", 10.0, &[("HEALTHY", 1), ("UNHEALTHY", 1)]);
    assert_eq!(level(sees(new(0.0), NEW, Some(part)), Side::Recovery), HealthLevel::Degraded);
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    for group in ["web", ACCELERATOR, "arn:aws:globalaccelerator::1:accelerator/a/listener/l/endpoint-group/"] {
        assert_eq!(at(json!({ "endpoint_group": group })), ["endpoint_group"], "{group}");
    }
    assert_eq!(at(json!({ "old": { "endpoint_group": NEW } })), ["old"]);
    let other = "arn:aws:globalaccelerator::1:accelerator/a/listener/m/endpoint-group/old";
    assert_eq!(at(json!({ "old": { "endpoint_group": other } })), ["old"]);
}
