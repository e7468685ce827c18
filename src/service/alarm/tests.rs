use crate::plan::{Intent, Side};
use crate::service::CloudWatchObservation as Observation;
use crate::service::CloudWatchQuery as Query;
use crate::service::observation::{Alarm, AlarmData, Watched};
use crate::service::scene::{Scene, name_of, start, words_of};
use crate::service::work::{Asked, HealthLevel};
use jiff::SignedDuration;
use serde_json::{Value, json};

const NAME: &str = "shop-5xx";

/// An alarm whose newest minute of data began `newest` seconds after the step did.
fn alarm(state: &str, newest: Option<i64>) -> Alarm {
    rings_after(60, state, newest)
}

fn rings_after(seconds: u32, state: &str, newest: Option<i64>) -> Alarm {
    let newest = newest.map(|seconds| start() + SignedDuration::from_secs(seconds));
    Alarm {
        name: NAME.into(),
        arn: "arn:aws:cloudwatch:eu-central-1:1:alarm:shop-5xx".into(),
        state: state.into(),
        reason: (state == "ALARM").then(|| "7 errors".into()),
        evaluation: None,
        watches: Watched::Metric(AlarmData { newest, stretch_seconds: 60, rings_after_seconds: seconds }),
    }
}

fn scene(fields: Value) -> Scene {
    let mut all = json!({ "names": [NAME], "times": 1 });
    for (name, value) in fields.as_object().expect("a table") {
        all[name] = value.clone();
    }
    Scene::new("alarm", all)
}

fn query(name: &str) -> crate::service::Query {
    Query::Alarm { name: name.into() }.into()
}

fn sees(scene: Scene, alarm: Option<Alarm>) -> Scene {
    scene.sees(Side::Recovery, query(NAME), Observation::Alarm { alarm }.into())
}

fn plain(alarm: Alarm) -> Scene {
    sees(scene(json!({})), Some(alarm))
}

#[test]
fn ok_counts_only_by_data_of_after_the_start_for_as_long_as_the_alarm_takes_to_ring() {
    let table = [
        (60, None, "moving"),
        (60, Some(-3600), "moving"),
        (60, Some(-1), "moving"),
        (60, Some(0), "holds"),
        (60, Some(60), "holds"),
        (10, Some(0), "holds"),
        (300, Some(0), "moving"),
        (300, Some(239), "moving"),
        (300, Some(240), "holds"),
        (900, Some(240), "moving"),
    ];
    for (rings, newest, verdict) in table {
        let goal = plain(rings_after(rings, "OK", newest)).later(400).goal("quiet");
        assert_eq!(name_of(&goal), verdict, "{rings} {newest:?}: {}", words_of(&goal));
    }
}

#[test]
fn no_state_but_the_wanted_one_is_green_and_what_it_comes_to_when_the_time_is_up_is_said() {
    let table = [
        ("ALARM", Some(60), "moving", "bad"),
        ("INSUFFICIENT_DATA", Some(60), "moving", "unknown"),
        ("INSUFFICIENT_DATA", None, "moving", "unknown"),
        ("OF_THE_FUTURE", Some(60), "moving", "unknown"),
        ("ok", Some(60), "moving", "unknown"),
        ("", Some(60), "moving", "unknown"),
        ("OK", None, "moving", "unknown"),
        ("OK", Some(-60), "moving", "unknown"),
    ];
    for (state, newest, early, late) in table {
        let goal = |seconds| plain(alarm(state, newest)).later(seconds).goal("quiet");
        assert_eq!(name_of(&goal(899)), early, "{state} {newest:?}");
        assert_eq!(name_of(&goal(900)), late, "{state} {newest:?}");
    }
    let rang = plain(alarm("ALARM", Some(60))).later(900).goal("quiet");
    assert_eq!(words_of(&rang), "shop-5xx is ALARM (7 errors) after 15m");
    let silent = plain(alarm("OK", None)).later(900).goal("quiet");
    assert_eq!(words_of(&silent), "shop-5xx is OK, and nothing came that it could judge");
}

#[test]
fn an_evaluation_that_is_not_whole_shows_nothing() {
    for evaluation in ["PARTIAL_DATA", "EVALUATION_ERROR", "EVALUATION_FAILURE", "?"] {
        let scene = plain(Alarm { evaluation: Some(evaluation.into()), ..alarm("OK", Some(60)) });
        assert_eq!(name_of(&scene.goal("quiet")), "moving", "{evaluation}");
    }
}

#[test]
fn a_composite_one_goes_by_its_state_and_alone_it_weakens_what_is_shown() {
    let composite = |state: &str| Alarm { watches: Watched::Others, ..alarm(state, None) };
    assert_eq!(name_of(&plain(composite("OK")).goal("quiet")), "holds");
    assert_eq!(name_of(&plain(composite("ALARM")).later(900).goal("quiet")), "bad");
    assert_eq!(plain(composite("OK")).refusals("quiet"), ["alarm-composite"]);
    let other = Observation::Alarm { alarm: Some(alarm("OK", Some(60))) };
    let both = sees(scene(json!({ "names": [NAME, "shop-latency"] })), Some(composite("OK")));
    let both = both.sees(Side::Recovery, query("shop-latency"), other.into());
    assert!(both.refusals("quiet").is_empty());
    assert_eq!(name_of(&both.goal("quiet")), "holds");
}

#[test]
fn all_of_them_have_to_be_and_the_worst_is_told() {
    let two = |first: Alarm, second: Option<Alarm>| {
        let scene = sees(scene(json!({ "names": [NAME, "second"] })), Some(first));
        let second = second.map(|alarm| Alarm { name: "second".into(), ..alarm });
        scene.sees(Side::Recovery, query("second"), Observation::Alarm { alarm: second }.into())
    };
    let good = || alarm("OK", Some(60));
    assert_eq!(name_of(&two(good(), Some(good())).goal("quiet")), "holds");
    assert_eq!(name_of(&two(good(), Some(alarm("OK", None))).goal("quiet")), "moving");
    assert_eq!(name_of(&two(good(), None).goal("quiet")), "bad");
    assert_eq!(
        name_of(&two(alarm("INSUFFICIENT_DATA", None), Some(alarm("ALARM", None))).later(900).goal("quiet")),
        "bad"
    );
    let silent = two(good(), Some(good())).hears_nothing(Side::Recovery, query("second"));
    assert_eq!(name_of(&silent.goal("quiet")), "unknown");
    let absent = two(good(), None).hears_nothing(Side::Recovery, query(NAME));
    assert_eq!(words_of(&absent.goal("quiet")), "eu-central-1 has no alarm second", "known to be wrong");
}

#[test]
fn several_good_looks_in_a_row_are_wanted() {
    let mut scene = plain(alarm("OK", Some(60)));
    scene.plan.components[0].fields.0.remove("times");
    for (in_a_row, verdict) in [(0, "moving"), (1, "holds")] {
        scene.good_in_a_row = in_a_row;
        assert_eq!(name_of(&scene.goal("quiet")), verdict, "{in_a_row}");
    }
}

#[test]
fn that_they_ring_may_be_what_is_wanted_and_counts_at_once() {
    let goal = |alarm: Alarm, later| sees(scene(json!({ "state": "ALARM" })), Some(alarm)).later(later).goal("quiet");
    assert_eq!(name_of(&goal(alarm("ALARM", None), 0)), "holds");
    assert_eq!(name_of(&goal(alarm("OK", Some(60)), 0)), "moving");
    assert_eq!(name_of(&goal(alarm("OK", Some(60)), 900)), "bad");
    assert_eq!(name_of(&goal(alarm("INSUFFICIENT_DATA", None), 900)), "unknown");
    assert!(sees(scene(json!({ "state": "ALARM" })), Some(rings_after(3600, "OK", None))).refusals("quiet").is_empty());
}

#[test]
fn what_can_never_be_shown_is_said_before_the_start() {
    let unseen = plain(Alarm { watches: Watched::Unseen, ..alarm("OK", None) });
    assert_eq!((unseen.refusals("quiet"), name_of(&unseen.goal("quiet"))), (vec!["alarm-data".to_owned()], "bad"));
    assert_eq!(plain(rings_after(900, "OK", None)).refusals("quiet"), ["alarm-data"], "not within 15 m");
    assert!(plain(rings_after(720, "OK", None)).refusals("quiet").is_empty());
    assert_eq!(sees(scene(json!({})), None).refusals("quiet"), ["alarm-exists"]);
    assert!(plain(alarm("ALARM", None)).refusals("quiet").is_empty(), "it rings before a failover: that is why");
    let silent = plain(alarm("OK", None)).hears_nothing(Side::Recovery, query(NAME));
    assert_eq!(silent.refusals("quiet"), ["alarm-exists"]);
    let elsewhere = Alarm { arn: "arn:aws:cloudwatch:eu-west-1:1:alarm:shop-5xx".into(), ..alarm("OK", None) };
    assert_eq!(plain(elsewhere).refusals("quiet"), ["alarm-place"]);
}

#[test]
fn its_health_is_that_of_its_side_and_without_data_it_stands_by() {
    let health = |alarm: Alarm| plain(alarm).health(Side::Recovery);
    assert_eq!(health(alarm("OK", Some(-800))).level, HealthLevel::Up);
    assert_eq!(health(alarm("OK", Some(-1000))).level, HealthLevel::Standby);
    assert_eq!(health(alarm("OK", None)).level, HealthLevel::Standby);
    assert_eq!(health(alarm("ALARM", Some(0))).level, HealthLevel::Down);
    assert_eq!(health(alarm("INSUFFICIENT_DATA", None)).level, HealthLevel::Unknown);
    assert_eq!(sees(scene(json!({})), None).health(Side::Recovery).level, HealthLevel::Down);
    assert!(plain(alarm("OK", None)).watched(Side::Primary).is_empty());
}

#[test]
fn in_a_failover_nothing_waits_for_alarms_of_the_region_that_fails() {
    let mut scene = scene(json!({ "state": "ALARM" }));
    scene.plan.components[0].region = Some(Side::Primary);
    let is_beside = |scene: &Scene| scene.step("quiet").beside;
    assert!(is_beside(&scene));
    scene.intent = Intent::Switchover;
    assert!(!is_beside(&scene));
    assert_eq!(scene.work("quiet").asks(&Asked::No)[0].place.region.as_str(), "eu-west-1");
    scene.plan.components[0].region = None;
    assert_eq!(scene.work("quiet").asks(&Asked::No)[0].place.region.as_str(), "eu-central-1");
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let of = |names: Value| Scene::new("alarm", json!({ "names": names })).problems().len();
    assert_eq!(of(json!([])), 1);
    assert_eq!(of(json!(["a", " "])), 1);
    assert_eq!(of(json!(["arn:aws:cloudwatch:us-east-1:1:alarm:a"])), 1);
    assert_eq!(of(json!((0..101).map(|number| format!("a{number}")).collect::<Vec<_>>())), 1);
    assert_eq!(of(json!(["a", "${b.c}"])), 0);
    assert_eq!(of(json!(["shop-5xx", "shop-latency", "shop-5xx"])), 1, "named twice");
    assert_eq!(scene(json!({ "times": 0 })).problems().len(), 1);
    let later = Scene::new("alarm", json!({ "names": ["${b.c}"] }));
    assert_eq!(name_of(&later.goal("quiet")), "untouched");
}
