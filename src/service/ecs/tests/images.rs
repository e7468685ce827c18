//! Under test: whether images can be pulled in the recovery region is known before tasks are started.

use super::*;
use crate::plan::{Level, Weight};
use crate::service::observation::RegistryImage;
use crate::service::{Asked, Check, EcrObservation, EcrQuery};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn in_ecr(region: &str, rest: &str) -> String {
    format!("123456789012.dkr.ecr.{region}.amazonaws.com/{rest}")
}

/// A service that runs containers of these images.
fn of_images(scene: Scene, images: &[(&str, &str)]) -> Scene {
    let of = |(name, image): &(&str, &str)| Container { image: (*image).into(), ..container(name, &[]) };
    let definition = of_containers(OLD, images.iter().map(of).collect());
    unlimited(running(seeing(scene, settled(0, OLD)), definition))
}

fn image_query(repository: &str, image: &str) -> Query {
    let registry = "123456789012".into();
    Query::Ecr(EcrQuery::RegistryImage { registry, repository: repository.into(), image: image.into() })
}

fn registry(scene: Scene, query: Query, image: Option<RegistryImage>) -> Scene {
    scene.sees(Side::Recovery, query, Observation::Ecr(EcrObservation::RegistryImage { image }))
}

fn pushed(status: &str) -> Option<RegistryImage> {
    let pushed_at = "2026-11-20T10:00:00Z".parse().ok();
    Some(RegistryImage { digest: DIGEST.into(), pushed_at, status: status.into() })
}

/// What else is asked before the scaling.
fn further(scene: &Scene) -> Vec<Query> {
    scene.work("scale").further(&scene.facts()).into_iter().map(|ask| ask.query).collect()
}

fn checks(scene: &Scene) -> Vec<Check> {
    let checks = scene.work("scale").prechecks(&scene.facts());
    checks.into_iter().filter(|check| check.code.starts_with("ecs-image")).collect()
}

#[test]
fn each_image_of_the_region_s_own_registry_is_asked_for_once() {
    let here = in_ecr("eu-central-1", "shop/api:v1");
    let by_digest = in_ecr("eu-central-1", &format!("shop/proxy:v9@{DIGEST}"));
    let scene = of_images(
        scene(json!({})),
        &[("api", &here), ("worker", &here), ("proxy", &by_digest), ("log", "public.ecr.aws/x/y:1"), ("web", "nginx")],
    );
    assert_eq!(further(&scene), [image_query("shop/api", "v1"), image_query("shop/proxy", DIGEST)]);
    let watched = scene.watched(Side::Recovery);
    assert!(watched.iter().all(|ask| !matches!(ask.query, Query::Ecr(_))), "health asks no registry");
    let asks = scene.work("scale").asks(&Asked::No);
    assert!(asks.iter().all(|ask| !matches!(ask.query, Query::Ecr(_))), "only prechecks do");
    assert!(further(&scene.taken(None)).is_empty(), "and none is asked once it is sent");
}

#[test]
fn images_elsewhere_are_nobody_s_business() {
    let scene = of_images(scene(json!({})), &[("web", "nginx:1"), ("log", "public.ecr.aws/x/y:1")]);
    assert!(further(&scene).is_empty() && checks(&scene).is_empty());
}

#[test]
fn an_image_that_is_there_is_told_by_its_digest_and_its_day() {
    let scene = of_images(scene(json!({})), &[("api", &in_ecr("eu-central-1", "shop/api:v1"))]);
    let scene = registry(scene, image_query("shop/api", "v1"), pushed("ACTIVE"));
    let [check] = &checks(&scene)[..] else { panic!("one check") };
    assert_eq!((check.code.as_str(), check.level), ("ecs-image", Level::Ok));
    assert_eq!(check.found.as_str(), "api: sha256:0123456789ab, pushed 2026-11-20");
    assert!(scene.refusals("scale").is_empty());
}

#[test]
fn an_image_that_is_absent_or_archived_blocks_and_says_what_helps() {
    for (image, told) in [(None, "no shop/api:v1 (of api and worker)"), (pushed("ARCHIVED"), "archived")] {
        let name = in_ecr("eu-central-1", "shop/api:v1");
        let scene = of_images(scene(json!({})), &[("api", &name), ("worker", &name)]);
        let scene = registry(scene, image_query("shop/api", "v1"), image);
        let [check] = &checks(&scene)[..] else { panic!("one check") };
        assert_eq!((check.level, check.weight), (Level::Failing, Weight::Blocks));
        assert!(check.found.contains(told), "{check:?}");
        assert!(check.fix.contains("replicate it to eu-central-1"), "{check:?}");
    }
}

#[test]
fn what_is_not_told_warns_and_blocks_nothing() {
    let scene = of_images(scene(json!({})), &[("api", &in_ecr("eu-central-1", "shop/api:v1"))]);
    let scene = scene.hears_nothing(Side::Recovery, image_query("shop/api", "v1"));
    let [check] = &checks(&scene)[..] else { panic!("one check") };
    assert_eq!((check.level, check.weight), (Level::Unknown, Weight::Weakens));
    assert!(check.found.contains("shop/api:v1: no answer"), "{check:?}");
}

#[test]
fn an_image_that_is_absent_outweighs_one_that_is_not_told() {
    let (api, proxy) = (in_ecr("eu-central-1", "api:v1"), in_ecr("eu-central-1", "proxy:v1"));
    let scene = of_images(scene(json!({})), &[("api", &api), ("proxy", &proxy)]);
    let scene = scene.hears_nothing(Side::Recovery, image_query("api", "v1"));
    let scene = registry(scene, image_query("proxy", "v1"), None);
    let [check] = &checks(&scene)[..] else { panic!("one check") };
    assert_eq!((check.level, check.weight), (Level::Failing, Weight::Blocks));
    assert_eq!(check.found.as_str(), "no proxy:v1 (of proxy)");
}

#[test]
fn an_image_of_another_region_is_warned_of_and_never_asked_for() {
    let (old, other) = (in_ecr("eu-west-1", "api:v1"), in_ecr("us-east-1", "proxy:v1"));
    let scene = of_images(scene(json!({})), &[("api", &old), ("proxy", &other)]);
    assert!(further(&scene).is_empty());
    let [check] = &checks(&scene)[..] else { panic!("one check") };
    assert_eq!(check.code.as_str(), "ecs-image-region");
    assert_eq!((check.level, check.weight), (Level::Failing, Weight::Weakens));
    assert_eq!(check.found.as_str(), "api: from eu-west-1, the region that is left, proxy: from us-east-1");
    // That the old region is named in what is brought up is refused anyway.
    assert_eq!(scene.refusals("scale"), ["ecs-old-address", "ecs-image-region"]);
}

#[test]
fn the_image_that_the_plan_sets_is_the_one_that_is_asked_for() {
    let planned = in_ecr("eu-central-1", "shop/api:v2");
    let (before, proxy) = (in_ecr("eu-central-1", "shop/api:v1"), in_ecr("eu-central-1", "proxy:v1"));
    let plan = || scene(json!({ "image": planned, "container": "api" }));
    let not_yet = of_images(plan(), &[("api", &before), ("proxy", &proxy)]);
    assert_eq!(further(&not_yet), [image_query("proxy", "v1"), image_query("shop/api", "v2")]);
    let registered = Container { image: planned.as_str().into(), ..container("api", &[]) };
    let registered = defined(plan().given("task_definition", NEW), NEW, Some(of_containers(NEW, vec![registered])));
    assert_eq!(further(&seeing(registered, settled(0, OLD))), [image_query("shop/api", "v2")]);
}
