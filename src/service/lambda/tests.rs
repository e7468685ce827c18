use super::words::{Concurrency, EventMapping, Function, FunctionAlias, Observation, Operation, Query};
use crate::plan::Side;
use crate::service::operation as any;
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const QUEUE: &str = "arn:aws:sqs:eu-central-1:1:orders";
const OLD_QUEUE: &str = "arn:aws:sqs:eu-west-1:1:orders";
const ARN: &str = "arn:aws:lambda:eu-central-1:1:function:worker";

fn scene(more: Value) -> Scene {
    let mut fields = json!({
        "function": "worker", "alias": "live", "version": "7", "concurrency": 50, "event_sources": [QUEUE],
        "old": { "function": "worker-east", "event_sources": [OLD_QUEUE] },
    });
    for (name, value) in more.as_object().expect("a table") {
        fields[name] = value.clone();
    }
    Scene::new("lambda", fields)
}

fn plain() -> Scene {
    scene(json!({}))
}

fn function(state: &str, update: &str) -> Function {
    let arn = format!("{ARN}:7");
    Function {
        arn: arn.as_str().into(),
        version: "7".into(),
        state: state.into(),
        update: update.into(),
        ..Function::default()
    }
}

fn sees_function(scene: Scene, qualifier: Option<&str>, function: Option<Function>) -> Scene {
    let query = Query::Function { function: "worker".into(), qualifier: qualifier.map(Into::into) };
    scene.sees(Side::Recovery, query.into(), Observation::Function { function }.into())
}

fn sees_room(scene: Scene, reserved: Option<u64>) -> Scene {
    let concurrency = Some(Concurrency { reserved });
    let query = Query::FunctionConcurrency { function: "worker".into() };
    scene.sees(Side::Recovery, query.into(), Observation::FunctionConcurrency { concurrency }.into())
}

fn sees_alias(scene: Scene, version: &str, weights: &[(&str, f64)], revision: &str) -> Scene {
    let weights = weights.iter().map(|(version, weight)| ((*version).into(), *weight)).collect();
    let alias = FunctionAlias { arn: "a".into(), version: version.into(), weights, revision: revision.into() };
    let query = Query::FunctionAlias { function: "worker".into(), alias: "live".into() };
    scene.sees(Side::Recovery, query.into(), Observation::FunctionAlias { alias: Some(alias) }.into())
}

fn mapping(source: &str, state: &str) -> EventMapping {
    EventMapping { uuid: "u-1".into(), source: Some(source.into()), state: state.into(), reason: None, last: None }
}

fn sees_mappings(scene: Scene, side: Side, function: &str, mappings: Option<Vec<EventMapping>>) -> Scene {
    let query = Query::EventMappings { function: function.into() };
    scene.sees(side, query.into(), Observation::EventMappings { mappings }.into())
}

/// The new function's mapping, mapped to its alias, in `state`; it has room.
fn mapped(state: &str) -> Scene {
    let scene = sees_mappings(sees_room(plain(), Some(50)), Side::Recovery, "worker", Some(Vec::new()));
    sees_mappings(scene, Side::Recovery, "worker:live", Some(vec![mapping(QUEUE, state)]))
}

fn fenced(state: &str) -> Scene {
    sees_mappings(plain(), Side::Primary, "worker-east", Some(vec![mapping(OLD_QUEUE, state)]))
}

fn sent(scene: &Scene, action: &str) -> Operation {
    match scene.act(action).operation {
        any::Operation::Lambda(operation) => operation,
        other => panic!("{other:?}"),
    }
}

fn actions(scene: &Scene) -> Vec<String> {
    scene.runbook().steps.iter().map(|step| step.id.action().to_owned()).collect()
}

#[test]
fn each_event_source_is_a_step_of_its_own_and_what_is_not_asked_for_is_none() {
    assert_eq!(actions(&plain()), ["fence", "ready", "alias", "concurrency", "events"]);
    let several = scene(json!({
        "event_sources": [QUEUE, "arn:aws:sqs:eu-central-1:1:b"],
        "old": { "function": "w", "event_sources": [OLD_QUEUE, "arn:aws:sqs:eu-west-1:1:b"] },
    }));
    let all = actions(&several);
    for action in ["fence-2", "events-2"] {
        assert!(all.iter().any(|found| found == action), "{action}: {all:?}");
    }
    assert_eq!(actions(&Scene::new("lambda", json!({ "function": "worker" }))), ["ready"]);
    let unfenced = scene(json!({ "fence": false }));
    assert!(!actions(&unfenced).contains(&"fence".to_owned()));
    assert!(plain().step("fence").beside && !plain().switchover().step("fence").beside);
}

#[test]
fn a_function_that_cannot_run_is_never_ready() {
    let table = [
        ("Active", "Successful", "holds"),
        ("Active", "", "holds"),
        ("Inactive", "Successful", "holds"),
        ("Pending", "Successful", "moving"),
        ("Active", "InProgress", "moving"),
        ("Active", "Failed", "bad"),
        ("Failed", "Successful", "bad"),
        ("Deleting", "Successful", "bad"),
        ("OF_THE_FUTURE", "Successful", "moving"),
        ("active", "Successful", "moving"),
        ("", "Successful", "moving"),
    ];
    for (state, update, verdict) in table {
        let scene = sees_function(plain(), Some("7"), Some(function(state, update)));
        assert_eq!(name_of(&scene.goal("ready")), verdict, "{state} {update}");
        assert_eq!(scene.refusals("ready").is_empty(), verdict == "holds", "{state} {update}");
    }
    let ready = sees_function(plain(), Some("7"), Some(function("Active", "Successful"))).goal("ready");
    assert_eq!(given_by(&ready)["arn"].as_str(), ARN, "its own, without the version");
    let absent = sees_function(plain(), Some("7"), None);
    assert_eq!((name_of(&absent.goal("ready")), absent.refusals("ready")), ("bad", vec!["lambda-exists".to_owned()]));
}

#[test]
fn events_come_once_the_mapping_is_enabled_and_the_function_may_run() {
    let table = [
        ("Enabled", "holds"),
        ("Enabling", "moving"),
        ("Creating", "moving"),
        ("Updating", "moving"),
        ("Disabling", "moving"),
        ("OF_THE_FUTURE", "moving"),
        ("enabled", "moving"),
        ("", "moving"),
        ("Disabled", "untouched"),
        ("Deleting", "bad"),
    ];
    for (state, verdict) in table {
        assert_eq!(name_of(&mapped(state).goal("events")), verdict, "{state}");
    }
    let room = |reserved| name_of(&sees_room(mapped("Enabled"), reserved).goal("events"));
    assert_eq!((room(Some(0)), room(Some(1)), room(None)), ("moving", "holds", "holds"), "with 0 nothing runs");
    let query = Query::FunctionConcurrency { function: "worker".into() };
    assert_eq!(name_of(&mapped("Enabled").hears_nothing(Side::Recovery, query.into()).goal("events")), "unknown");
    assert_eq!(name_of(&mapped("Disabled").taken(None).goal("events")), "moving", "it was taken");
    assert_eq!(name_of(&mapped("Disabled").unanswered().goal("events")), "untouched");
}

#[test]
fn what_came_last_and_failed_is_never_taken_for_green() {
    let failed = "PROBLEM: Function call failed";
    let with = |scene: Scene, state: &str, last: &str| {
        let found = EventMapping { last: Some(last.into()), ..mapping(QUEUE, state) };
        sees_mappings(scene, Side::Recovery, "worker:live", Some(vec![found]))
    };
    let verdict = |scene: Scene| name_of(&scene.goal("events"));
    assert_eq!(
        verdict(with(mapped("Enabled"), "Enabled", failed)),
        "unknown",
        "enabled before: when it failed is not told"
    );
    let after = |was: &str, now: &str| {
        let before = with(mapped("Disabled"), "Disabled", was).image("events");
        verdict(with(mapped("Enabled").before(before).taken(None), "Enabled", now))
    };
    assert_eq!(after(failed, failed), "unknown", "it may be of before the act");
    assert_eq!(after("OK", failed), "moving", "it is of what came since");
    assert_eq!(after("PROBLEM: another", failed), "moving");
    assert_eq!((after(failed, "OK"), after(failed, "No records processed")), ("holds", "holds"));
    // A mapping of the old side goes back to how it was, and no further.
    let old = |state: &str, last: &str| {
        let found = EventMapping { last: Some(last.into()), ..mapping(OLD_QUEUE, state) };
        sees_mappings(plain(), Side::Primary, "worker-east", Some(vec![found]))
    };
    let room = |scene: Scene| {
        let query = Query::FunctionConcurrency { function: "worker-east".into() };
        let none = Observation::FunctionConcurrency { concurrency: Some(Concurrency { reserved: None }) };
        scene.sees(Side::Primary, query.into(), none.into())
    };
    let back = |was: &str, now: &str| {
        let image = old("Enabled", was).image("fence");
        let scene = room(old("Enabled", now)).before(image).taken(None);
        name_of(&scene.way_back("fence").expect("a way back").goal(&scene.facts()))
    };
    assert_eq!((back(failed, failed), back("OK", failed)), ("holds", "moving"));
}

#[test]
fn the_one_mapping_that_is_meant_is_changed_and_no_other() {
    let of =
        |mappings: Vec<EventMapping>| sees_mappings(mapped("Disabled"), Side::Recovery, "worker:live", Some(mappings));
    let other = || EventMapping { uuid: "u-2".into(), ..mapping("arn:aws:sqs:eu-central-1:1:other", "Disabled") };
    let both = of(vec![other(), mapping(QUEUE, "Disabled")]);
    assert_eq!(sent(&both, "events"), Operation::SetEventMapping { uuid: "u-1".into(), enabled: true });
    assert_eq!(of(vec![other()]).refusals("events"), ["lambda-source"]);
    assert_eq!(name_of(&of(vec![other()]).goal("events")), "bad");
    let twice = of(vec![mapping(QUEUE, "Enabled"), EventMapping { uuid: "u-2".into(), ..mapping(QUEUE, "Disabled") }]);
    assert_eq!((name_of(&twice.goal("events")), twice.refusals("events")), ("bad", vec!["lambda-source".to_owned()]));
    assert!(twice.work("events").act(&twice.facts()).is_none());
    let uuid = "14e0db71-5d35-4eb5-b481-8945cf9d10c2";
    let by_uuid = scene(json!({ "event_sources": [uuid] }));
    let found = EventMapping { uuid: uuid.into(), source: None, ..mapping(QUEUE, "Disabled") };
    let by_uuid = sees_mappings(by_uuid, Side::Recovery, "worker:live", Some(Vec::new()));
    let by_uuid = sees_mappings(by_uuid, Side::Recovery, "worker", Some(vec![found]));
    assert_eq!(sent(&by_uuid, "events"), Operation::SetEventMapping { uuid: uuid.into(), enabled: true });
    assert!(mapped("Enabling").work("events").act(&mapped("Enabling").facts()).is_none(), "it is on its way");
}

#[test]
fn without_a_concurrency_of_the_plans_one_of_nought_is_told_before_the_start() {
    let without = |reserved| {
        let mut scene = sees_room(mapped("Disabled"), reserved);
        scene.plan.components[0].fields.0.remove("concurrency");
        scene.refusals("events")
    };
    assert_eq!(without(Some(0)), ["lambda-concurrency"]);
    assert!(without(None).is_empty() && without(Some(5)).is_empty());
    assert!(sees_room(mapped("Disabled"), Some(0)).refusals("events").is_empty(), "an earlier step reserves some");
}

#[test]
fn the_old_side_is_fenced_by_its_mapping_being_disabled() {
    for (state, verdict) in [
        ("Disabled", "holds"),
        ("Disabling", "moving"),
        ("Enabled", "untouched"),
        ("Enabling", "moving"),
        ("?", "moving"),
    ] {
        assert_eq!(name_of(&fenced(state).goal("fence")), verdict, "{state}");
    }
    assert_eq!(sent(&fenced("Enabled"), "fence"), Operation::SetEventMapping { uuid: "u-1".into(), enabled: false });
    assert_eq!(fenced("Enabled").act("fence").place.region.as_str(), "eu-west-1");
    let absent = sees_mappings(plain(), Side::Primary, "worker-east", None);
    assert_eq!(name_of(&absent.goal("fence")), "bad", "nobody knows what else gets its events");
}

#[test]
fn a_mapping_goes_back_to_how_it_was() {
    let before = |action: &str, scene: Scene| {
        let image = scene.image(action);
        scene.before(image)
    };
    let back = before("events", mapped("Disabled")).way_back("events").expect("a way back");
    let scene = mapped("Enabled");
    let act = back.act(&scene.facts()).expect("an act");
    assert_eq!(act.operation, Operation::SetEventMapping { uuid: "u-1".into(), enabled: false }.into());
    assert_eq!(name_of(&back.goal(&mapped("Disabled").facts())), "holds");
    let back = before("fence", fenced("Enabled")).way_back("fence").expect("a way back");
    let act = back.act(&fenced("Disabled").facts()).expect("an act");
    assert_eq!(act.operation, Operation::SetEventMapping { uuid: "u-1".into(), enabled: true }.into());
}

#[test]
fn an_alias_is_of_its_version_alone_and_pointed_by_the_revision_that_was_seen() {
    let aliased = |version: &str, weights: &[(&str, f64)]| sees_alias(plain(), version, weights, "r1");
    assert_eq!(name_of(&aliased("7", &[]).goal("alias")), "holds");
    assert_eq!(name_of(&aliased("6", &[]).goal("alias")), "untouched");
    let shared = aliased("7", &[("6", 0.5)]);
    assert_eq!(words_of(&shared.goal("alias")), "of version 7, and in part of 6");
    assert_eq!(name_of(&shared.goal("alias")), "untouched", "others get a share of its calls");
    let Operation::PointAlias { version, weights, revision, .. } = sent(&shared, "alias") else { panic!("another") };
    assert_eq!((version.as_str(), weights.len(), revision.as_str()), ("7", 0, "r1"));
    let active = |function| sees_function(aliased("6", &[]), Some("7"), function).refusals("alias");
    assert!(active(Some(function("Active", "Successful"))).is_empty());
    assert_eq!(active(Some(function("Failed", "Successful"))), ["lambda-version"]);
    assert_eq!(active(None), ["lambda-version"]);
    let query = Query::FunctionAlias { function: "worker".into(), alias: "live".into() };
    let absent = plain().sees(Side::Recovery, query.into(), Observation::FunctionAlias { alias: None }.into());
    assert_eq!(name_of(&absent.goal("alias")), "bad");
}

#[test]
fn an_alias_that_another_pointed_since_is_left_alone() {
    let before = json!({ "version": "6", "weights": { "5": 0.25 } });
    let taken = |version: &str, revision: &str| {
        sees_alias(plain(), version, if version == "6" { &[("5", 0.25)] } else { &[] }, revision)
            .before(before.clone())
            .taken(Some("r2"))
    };
    assert_eq!(name_of(&taken("6", "r1").goal("alias")), "moving", "what was before is told yet");
    assert_eq!(name_of(&taken("7", "r2").goal("alias")), "holds");
    assert_eq!(name_of(&taken("8", "r3").goal("alias")), "bad");
    let back = taken("7", "r2").way_back("alias").expect("a way back");
    let ours = sees_alias(plain(), "7", &[], "r2");
    let act = back.act(&ours.facts()).expect("an act");
    let any::Operation::Lambda(Operation::PointAlias { version, weights, .. }) = act.operation else {
        panic!("another")
    };
    assert_eq!((version.as_str(), weights), ("6", BTreeMap::from([("5".into(), 0.25)])));
    let theirs = sees_alias(plain(), "8", &[], "r3");
    assert_eq!(name_of(&back.goal(&theirs.facts())), "bad");
    assert!(back.act(&theirs.facts()).is_none());
}

#[test]
fn concurrency_is_never_lowered_and_goes_back_to_none() {
    for (reserved, verdict) in [
        (None, "untouched"),
        (Some(0), "untouched"),
        (Some(49), "untouched"),
        (Some(50), "holds"),
        (Some(900), "holds"),
    ] {
        assert_eq!(name_of(&sees_room(plain(), reserved).goal("concurrency")), verdict, "{reserved:?}");
    }
    let sends = |scene: Scene| sent(&scene, "concurrency");
    let reserve = |executions| Operation::ReserveConcurrency { function: "worker".into(), executions };
    assert_eq!(sends(sees_room(plain(), None)), reserve(50));
    let back = |was: Option<u64>, now: Option<u64>| {
        let scene = sees_room(plain(), was);
        let image = scene.image("concurrency");
        let way = scene.before(image).way_back("concurrency").expect("a way back");
        let scene = sees_room(plain(), now);
        (name_of(&way.goal(&scene.facts())), way.act(&scene.facts()).map(|act| act.operation))
    };
    let release = Operation::ReleaseConcurrency { function: "worker".into() };
    assert_eq!(back(None, Some(50)), ("untouched", Some(release.into())));
    assert_eq!(back(Some(0), Some(50)), ("untouched", Some(reserve(0).into())));
    assert_eq!(back(Some(0), Some(0)).0, "holds");
    assert_eq!(back(Some(0), Some(80)), ("bad", None), "another raised it since");
}

#[test]
fn its_health_is_what_comes_to_it() {
    let health = |state: &str, last: Option<&str>, function: Function| {
        let found = EventMapping { last: last.map(Into::into), ..mapping(QUEUE, state) };
        let scene = sees_function(mapped("Enabled"), None, Some(function));
        sees_mappings(scene, Side::Recovery, "worker:live", Some(vec![found])).health(Side::Recovery).level
    };
    let active = || function("Active", "Successful");
    assert_eq!(health("Enabled", Some("OK"), active()), HealthLevel::Up);
    assert_eq!(health("Enabled", Some("PROBLEM: Function call failed"), active()), HealthLevel::Degraded);
    assert_eq!(health("Disabled", Some("PROBLEM: Function call failed"), active()), HealthLevel::Standby);
    assert_eq!(health("Enabling", None, active()), HealthLevel::Degraded);
    assert_eq!(health("Enabled", None, function("Failed", "Successful")), HealthLevel::Down);
    let absent = sees_function(mapped("Enabled"), None, None);
    assert_eq!(absent.health(Side::Recovery).level, HealthLevel::Down);
    let gone = sees_mappings(
        sees_function(mapped("Enabled"), None, Some(active())),
        Side::Recovery,
        "worker:live",
        Some(Vec::new()),
    );
    assert_eq!(gone.health(Side::Recovery).level, HealthLevel::Degraded);
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let at = |more: Value| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert_eq!(at(json!({ "event_sources": ["orders"] })), ["event_sources"]);
    let nine: Vec<String> = (0..9).map(|number| format!("{QUEUE}{number}")).collect();
    assert_eq!(at(json!({ "event_sources": nine })), ["event_sources"]);
    assert_eq!(at(json!({ "event_sources": [QUEUE, QUEUE] })), ["event_sources"], "named twice");
    assert_eq!(at(json!({ "old": { "function": "a", "event_sources": ["orders"] } })), ["old"]);
    assert_eq!(at(json!({ "concurrency": 0 })), ["concurrency"]);
    let version = Scene::new("lambda", json!({ "function": "a", "version": "7" }));
    assert_eq!(version.problems().len(), 1);
    assert!(plain().findings().is_empty());
    assert_eq!(scene(json!({ "event_sources": [OLD_QUEUE] })).findings(), ["lambda-place"]);
    assert_eq!(name_of(&scene(json!({ "version": "${a.b}" })).goal("alias")), "untouched");
}
