//! What a replicated bucket is held to: of its region, keeping versions, and in a switchover with nothing on its way.

use super::words::{Bucket, Observation, Query, Versioning};
use crate::plan::{Gate, Intent, Level, Role, Side};
use crate::service::cloudwatch::{self, BucketPair, Count, LagSample};
use crate::service::scene::{Scene, name_of, words_of};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn scene() -> Scene {
    Scene::new("s3", json!({ "primary": "media-east", "recovery": "media-west" }))
}

fn pair() -> BucketPair {
    BucketPair { source: "media-east".into(), destination: "media-west".into(), rule: None }
}

fn sees(scene: Scene, region: &str, versioning: Option<&str>) -> Scene {
    let name = || "media-west".into();
    let bucket = Some(Bucket { region: region.into() });
    let versioning = Some(Versioning { status: versioning.map(Into::into) });
    scene.sees(Side::Recovery, Query::Bucket { bucket: name() }.into(), Observation::Bucket { bucket }.into()).sees(
        Side::Recovery,
        Query::BucketVersioning { bucket: name() }.into(),
        Observation::BucketVersioning { versioning }.into(),
    )
}

fn counts(scene: Scene, side: Side, query: cloudwatch::Query, newest: Option<(Timestamp, f64)>) -> Scene {
    let total = newest.map_or(0.0, |(_, value)| value);
    scene.sees(side, query.into(), cloudwatch::Observation::Count(Count { newest, total }).into())
}

#[test]
fn a_bucket_of_another_region_or_without_versions_is_none_that_is_replicated_to() {
    let goal = |region: &str, versioning| name_of(&sees(scene(), region, versioning).goal("ready")).to_owned();
    assert_eq!(goal("eu-central-1", Some("Enabled")), "holds");
    assert_eq!(goal("eu-west-1", Some("Enabled")), "bad");
    assert_eq!(goal("eu-central-1", Some("Suspended")), "bad");
    assert_eq!(goal("eu-central-1", None), "bad");
    let elsewhere = sees(scene(), "eu-west-1", Some("Enabled"));
    let checks = elsewhere.work("ready").prechecks(&elsewhere.facts());
    let wrong: Vec<_> = checks.iter().filter(|check| check.level != Level::Ok).collect();
    assert!(wrong.len() == 1 && wrong[0].identity && wrong[0].code.as_str() == "s3-bucket", "{wrong:?}");
}

#[test]
fn a_switchover_waits_for_a_count_that_is_newer_than_the_step() {
    let seen = |at: i64, pending: f64, now: i64| {
        let mut scene = sees(scene().switchover(), "eu-central-1", Some("Enabled"));
        let began = scene.facts().started_at;
        scene.now = began + SignedDuration::from_secs(now);
        let newest = Some((began + SignedDuration::from_secs(at), pending));
        counts(scene, Side::Recovery, cloudwatch::Query::BucketPending(pair()), newest).goal("ready")
    };
    assert_eq!(name_of(&seen(-30, 0.0, 1)), "moving", "an old zero says nothing of what was written since");
    assert_eq!(name_of(&seen(60, 0.0, 120)), "holds");
    assert_eq!(name_of(&seen(60, 7.0, 120)), "moving");
    assert_eq!(name_of(&seen(60, 7.0, 800)), "moving", "what is known to wait is never gone on without");
    assert_eq!(name_of(&seen(-30, 0.0, 800)), "holds", "where no more is counted, the last one");
    let uncounted = |now: i64| {
        let scene = sees(scene().switchover(), "eu-central-1", Some("Enabled"));
        let mut scene = counts(scene, Side::Recovery, cloudwatch::Query::BucketPending(pair()), None);
        scene.now = scene.facts().started_at + SignedDuration::from_secs(now);
        scene
    };
    assert_eq!(name_of(&uncounted(1).goal("ready")), "moving");
    let told = uncounted(800).goal("ready");
    assert!(name_of(&told) == "holds" && words_of(&told).contains("is not counted"), "{told:?}");
    let weak = uncounted(1);
    let checks = weak.work("ready").prechecks(&weak.facts());
    let said = checks.iter().find(|check| check.code.as_str() == "s3-counted").expect("it is said before");
    assert!(said.level != Level::Ok && !said.weight.blocks(), "{said:?}");
}

#[test]
fn a_switchover_goes_on_by_no_silence_however_long_it_lasts() {
    let mut silent = sees(scene().switchover(), "eu-central-1", Some("Enabled"));
    silent.now += SignedDuration::from_secs(800);
    assert_eq!(name_of(&silent.goal("ready")), "unknown", "nobody said that nothing waits");
}

#[test]
fn what_failed_takes_the_worth_of_a_small_lag_away() {
    let it = scene();
    let sample = LagSample { seconds: Some(2.0), sampled_at: Some(it.now), instead: None };
    let weighed = |scene: &Scene| {
        scene.kind().weigh_lag(scene.component(), &scene.plan.application, sample.clone(), &scene.facts())
    };
    assert_eq!(weighed(&it).seconds, Some(2.0));
    let failed = Some((it.now, 3.0));
    let it = counts(it, Side::Primary, cloudwatch::Query::BucketFailed(pair()), failed);
    let told = weighed(&it);
    assert!(told.seconds.is_none() && told.instead.expect("words").contains("3 changes failed"));
}

#[test]
fn it_is_a_copy_that_asks_with_an_objective_and_its_lag_is_told_where_it_is() {
    for intent in [Intent::Failover, Intent::Switchover] {
        let mut scene = scene();
        (scene.intent, scene.plan.application.rpo_seconds) = (intent, Some(60.0));
        let step = scene.step("ready");
        assert_eq!((step.role(), step.acts), (Role::Copy, false));
        assert_eq!(step.gates, [Gate::Loss { rpo_seconds: 60.0 }]);
        let ask = scene.kind().lag(scene.component(), &scene.plan.application).expect("a store");
        assert_eq!(ask.place, scene.place(Side::Recovery));
    }
    for (primary, recovery) in [("a", "media-west"), ("arn:aws:s3:::media", "media-west"), ("media", "media")] {
        let scene = Scene::new("s3", json!({ "primary": primary, "recovery": recovery }));
        assert_eq!(scene.problems().len(), 1, "{primary} {recovery}");
    }
}
