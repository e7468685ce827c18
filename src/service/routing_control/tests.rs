//! What routing controls are held to: their own state by two endpoints of their own cluster, and never all of them off.

use super::set::Before;
use super::words::examples::endpoints;
use super::words::{Observation, PanelControl, Query, RoutingControl, ToldState, Untold};
use crate::plan::{Gate, Kinds, Level, Side, Takes, Weight, file};
use crate::service::observation as any;
use crate::service::operation::{ArcOperation, Operation};
use crate::service::registry::Registry;
use crate::service::scene::{Scene, name_of, words_of};
use crate::service::work::{Asked, Check, HealthLevel, Image};
use crate::text::Clean;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PANEL: &str = "arn:aws:route53-recovery-control::111122223333:controlpanel/0f";

fn arn(name: &str) -> Clean {
    Clean::new(&format!("{PANEL}/routingcontrol/{name}"))
}

fn urls() -> Vec<Value> {
    endpoints().into_iter().map(|endpoint| json!({ "url": endpoint.url })).collect()
}

fn scene(fields: Value) -> Scene {
    let mut all = json!({ "endpoints": urls() });
    for (name, value) in fields.as_object().expect("a table") {
        all[name] = value.clone();
    }
    Scene::new("routing-control", all)
}

fn west() -> Scene {
    scene(json!({ "arn": arn("west"), "on": true }))
}

/// The way it is done: one on and the other off, at once.
fn both() -> Scene {
    let controls = BTreeMap::from([(arn("east"), "false"), (arn("west"), "true")]);
    scene(json!({ "controls": controls }))
}

/// What the endpoints in these regions say, by their states; of all others nothing comes.
fn says(scene: Scene, name: &str, told: &[(&str, &str)]) -> Scene {
    says_of(scene, name, name, told)
}

/// The same, where they speak of `other`.
fn says_of(scene: Scene, name: &str, other: &str, told: &[(&str, &str)]) -> Scene {
    let told: Vec<ToldState> = told
        .iter()
        .map(|(by, state)| ToldState { by: (*by).into(), control: arn(other), name: None, state: (*state).into() })
        .collect();
    let silent = endpoints().into_iter().filter(|endpoint| told.iter().all(|told| told.by != endpoint.region));
    let untold =
        silent.map(|endpoint| Untold { by: endpoint.region, why: "no answer".into(), refused: false }).collect();
    sees(scene, name, Some(RoutingControl { told, untold }))
}

/// Whichever number of endpoints was asked for, that was seen.
fn sees(scene: Scene, name: &str, control: Option<RoutingControl>) -> Scene {
    [2, 5].into_iter().fold(scene, |scene, enough| {
        let query = Query::RoutingControl { control: arn(name), endpoints: endpoints(), enough };
        let seen = Observation::RoutingControl { control: control.clone() };
        scene.sees(Side::Recovery, query.into(), any::Observation::Arc(seen))
    })
}

fn panel(scene: Scene, states: &[(&str, &str)]) -> Scene {
    let of = |(name, state): &(&str, &str)| PanelControl { control: arn(name), name: None, state: (*state).into() };
    let query = Query::ControlPanel { panel: PANEL.into(), endpoints: endpoints() };
    let controls = Some(states.iter().map(of).collect());
    scene.sees(Side::Recovery, query.into(), any::Observation::Arc(Observation::ControlPanel { controls }))
}

const TWO: [&str; 2] = ["us-west-2", "eu-west-1"];

fn agree(scene: Scene, name: &str, state: &str) -> Scene {
    says(scene, name, &TWO.map(|by| (by, state)))
}

fn states(of: &[(&str, &str)]) -> Value {
    let states = of.iter().map(|(name, state)| (arn(name), Clean::from(*state))).collect();
    Before { states }.kept()
}

#[test]
fn two_endpoints_have_to_agree() {
    let (one, other) = (TWO[0], TWO[1]);
    for (told, is) in [
        (vec![(one, "On"), (other, "On")], "holds"),
        (vec![(one, "Off"), (other, "Off")], "untouched"),
        (vec![(one, "On")], "unknown"),
        (vec![], "unknown"),
        (vec![(one, "On"), (other, "Off")], "moving"),
        (vec![(one, "On"), (other, "On"), ("us-east-1", "Off")], "holds"),
        (vec![(one, "On"), (other, "On"), ("us-east-1", "Off"), ("ap-northeast-1", "Off")], "moving"),
        (vec![(one, "ON"), (other, "ON")], "moving"),
        // An endpoint is not another for being asked twice.
        (vec![(one, "On"), (one, "On")], "unknown"),
    ] {
        let verdict = says(west(), "west", &told).goal("set");
        assert_eq!(name_of(&verdict), is, "{told:?}: {}", words_of(&verdict));
    }
    assert!(words_of(&agree(west(), "west", "On").goal("set")).contains("west On, by eu-west-1, us-west-2"));
}

#[test]
fn a_control_that_is_another_is_never_taken_for_it() {
    let on = TWO.map(|by| (by, "On"));
    for seen in [says_of(west(), "west", "other", &on), sees(west(), "west", None)] {
        let seen = panel(seen, &[("west", "On")]);
        assert_eq!(name_of(&seen.goal("set")), "bad");
        let checks = seen.work("set").prechecks(&seen.facts());
        assert!(checks.iter().any(|check| check.identity && check.level == Level::Failing), "{checks:?}");
    }
}

#[test]
fn all_are_turned_in_one_act_and_turned_back_in_one() {
    let seen = agree(agree(both(), "east", "On"), "west", "Off");
    assert_eq!(name_of(&seen.goal("set")), "untouched");
    let sent = |operation: Operation| match operation {
        Operation::Arc(ArcOperation::SetRoutingControls { states, overriding, endpoints }) => {
            assert_eq!(endpoints.len(), 5);
            let of = |name: &str| states[&arn(name)];
            (of("east"), of("west"), overriding.len())
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(sent(seen.act("set").operation), (false, true, 0));
    let image = seen.image("set");
    assert_eq!(image, states(&[("east", "On"), ("west", "Off")]));
    let after = agree(agree(both().taken(None).before(image), "east", "Off"), "west", "On");
    assert_eq!(name_of(&after.goal("set")), "holds");
    let back = after.way_back("set").expect("it can be taken back");
    assert_eq!(sent(back.act(&after.facts()).expect("it acts").operation), (true, false, 0));
    let back_again =
        agree(agree(both().before(states(&[("east", "On"), ("west", "Off")])), "east", "On"), "west", "Off");
    assert_eq!(name_of(&back_again.way_back("set").expect("one").goal(&back_again.facts())), "holds");
}

#[test]
fn without_an_answer_it_is_looked_at_and_half_of_it_is_nobody_s_success() {
    let before = || states(&[("east", "On"), ("west", "Off")]);
    let lost = |east: &str, west: &str| {
        name_of(&agree(agree(both().before(before()).unanswered(), "east", east), "west", west).goal("set"))
    };
    assert_eq!(lost("Off", "On"), "holds");
    assert_eq!(lost("On", "Off"), "untouched");
    assert_eq!(lost("On", "On"), "moving");
    let back = |east: &str, west: &str| {
        let seen = agree(agree(both().before(before()).unanswered(), "east", east), "west", west);
        name_of(&seen.way_back("set").expect("it can be taken back").goal(&seen.facts()))
    };
    assert_eq!(back("On", "Off"), "holds");
    assert_eq!(back("Off", "On"), "untouched");
    assert_eq!(back("Off", "Off"), "moving");
}

#[test]
fn what_was_so_before_or_was_not_told_has_no_way_back() {
    for before in [states(&[("west", "On")]), states(&[]), states(&[("west", "ON")]), Value::Null] {
        assert!(west().taken(None).before(before.clone()).way_back("set").is_none(), "{before}");
    }
    // What cannot be told is not changed either.
    let moving = says(west(), "west", &[(TWO[0], "On"), (TWO[1], "Off")]);
    assert!(moving.work("set").act(&moving.facts()).is_none());
}

fn found(scene: &Scene, code: &str) -> Option<Check> {
    scene.work("set").prechecks(&scene.facts()).into_iter().find(|check| check.code.as_str() == code)
}

#[test]
fn one_endpoint_is_too_few_two_are_few_and_one_of_another_cluster_is_wrong() {
    let five: Vec<(String, &str)> = endpoints().iter().map(|it| (it.region.to_string(), "Off")).collect();
    let answering = |count: usize| {
        let told: Vec<(&str, &str)> = five.iter().take(count).map(|(by, state)| (by.as_str(), *state)).collect();
        let check = found(&says(west(), "west", &told), "arc-endpoints").expect("a check");
        (check.level, check.weight)
    };
    assert_eq!(answering(5).0, Level::Ok);
    assert_eq!(answering(3).0, Level::Ok);
    assert_eq!(answering(2), (Level::Failing, Weight::Slows));
    assert_eq!(answering(1), (Level::Failing, Weight::Blocks));
    let told = TWO.map(|by| ToldState { by: by.into(), control: arn("west"), name: None, state: "Off".into() });
    let stranger = Untold { by: "us-east-1".into(), why: "ResourceNotFoundException".into(), refused: true };
    let seen = sees(west(), "west", Some(RoutingControl { told: told.into(), untold: vec![stranger] }));
    let check = found(&seen, "arc-endpoints").expect("a check");
    assert!(check.level == Level::Failing && check.weight.blocks() && check.fix.contains("us-east-1"), "{check:?}");
}

#[test]
fn all_five_are_asked_while_it_may_be_sent_and_two_once_it_was_taken() {
    let enough = |asked: Asked| -> Vec<u64> {
        let asks = both().work("set").asks(&asked).into_iter();
        asks.filter_map(|ask| match ask.query {
            any::Query::Arc(Query::RoutingControl { enough, .. }) => Some(enough),
            _ => None,
        })
        .collect()
    };
    assert_eq!(enough(Asked::No), [5, 2]);
    assert_eq!(enough(both().unanswered().asked), [5, 2]);
    assert_eq!(enough(both().taken(None).asked), [2, 2]);
}

/// What is sent again is checked again: all that its checks are made by is asked for then too.
#[test]
fn what_may_be_sent_again_can_be_checked_again() {
    for scene in [both(), both().before(states(&[("east", "On"), ("west", "Off")])).unanswered()] {
        let asks = scene.work("set").asks(&scene.asked);
        let seen = panel(agree(agree(scene, "east", "On"), "west", "Off"), &[("east", "On"), ("west", "Off")]);
        let known: Vec<_> = seen.seen.iter().filter(|seen| asks.contains(&seen.ask)).cloned().collect();
        let seen = Scene { seen: known, ..seen };
        let checks = seen.work("set").prechecks(&seen.facts());
        let unknown: Vec<&Check> = checks.iter().filter(|check| check.level == Level::Unknown).collect();
        assert!(unknown.is_empty() && checks.len() == 4, "{unknown:?}");
    }
}

#[test]
fn never_are_all_off() {
    let off = || agree(scene(json!({ "arn": arn("east"), "on": false })), "east", "On");
    let level = |seen: Scene| found(&seen, "arc-off-off").map(|check| check.level);
    assert_eq!(level(panel(off(), &[("east", "On"), ("west", "On")])), Some(Level::Ok));
    assert_eq!(level(panel(off(), &[("east", "On"), ("west", "Off")])), Some(Level::Failing));
    assert_eq!(level(off()), Some(Level::Unknown));
    let both = panel(agree(agree(both(), "east", "On"), "west", "Off"), &[("east", "On"), ("west", "Off")]);
    assert_eq!(level(both), Some(Level::Ok), "the other goes on with it");
    assert_eq!(level(agree(west(), "west", "Off")), None, "nothing is turned off");
    assert_eq!(off().findings(), ["arc-off-off"]);
}

#[test]
fn going_back_may_not_turn_all_off_either() {
    let scene = agree(west().before(states(&[("west", "Off")])), "west", "On");
    let scene = panel(scene, &[("east", "Off"), ("west", "On")]);
    let back = scene.way_back("set").expect("it can be taken back");
    let refused = |check: &Check| check.code.as_str() == "arc-off-off" && check.level == Level::Failing;
    assert!(back.prechecks(&scene.facts()).iter().any(refused));
}

#[test]
fn endpoints_in_the_failing_region_are_not_counted_on() {
    let some = |count: usize| {
        let urls: Vec<Value> = urls().into_iter().skip(2).take(count).collect();
        let scene = Scene::new("routing-control", json!({ "endpoints": urls, "arn": arn("west"), "on": true }));
        scene.findings()
    };
    // The first of these is in the primary region of the scene.
    assert_eq!(some(3), ["arc-endpoints", "arc-not-in-failing"]);
    assert!(west().findings().is_empty());
}

#[test]
fn breaking_the_glass_is_asked_by_the_name_of_the_rule_and_once_a_step() {
    let rule = format!("{PANEL}/safetyrule/r1");
    let mut scene = scene(json!({ "arn": arn("west"), "on": true, "override": [&rule] }));
    scene.plan.components[0].approve = Some("Support knows.".into());
    let gates = scene.step("set").gates;
    assert!(
        matches!(&gates[..], [Gate::Approval { why }] if why.contains(&rule) && why.contains("Support knows.")),
        "{gates:?}"
    );
    let Operation::Arc(ArcOperation::SetRoutingControls { overriding, .. }) = scene.act("set").operation else {
        panic!("it is turned")
    };
    assert_eq!(overriding, [Clean::new(&rule)]);
    assert!(west().step("set").gates.is_empty());
}

#[test]
fn how_it_is_comes_of_its_panel() {
    let level = |scene: Scene, of: &[(&str, &str)]| panel(scene, of).health(Side::Recovery).level;
    assert_eq!(level(both(), &[("east", "On"), ("west", "Off")]), HealthLevel::Standby);
    assert_eq!(level(both(), &[("east", "On"), ("west", "On")]), HealthLevel::Degraded);
    assert_eq!(level(both(), &[("east", "Off"), ("west", "On")]), HealthLevel::Up);
    assert_eq!(level(both(), &[("east", "Off")]), HealthLevel::Down);
    assert_eq!(both().watched(Side::Recovery).len(), 1, "one call for a panel");
    assert!(both().watched(Side::Primary).is_empty());
}

#[test]
fn what_cannot_be_meant_is_told_as_it_is_read() {
    let one = || json!({ "endpoints": urls(), "arn": arn("west"), "on": true });
    let with = |more: Value| {
        let mut fields = one();
        for (name, value) in more.as_object().expect("a table") {
            if value.is_null() {
                fields.as_object_mut().expect("a table").remove(name);
            } else {
                fields[name] = value.clone();
            }
        }
        let problems = Scene::new("routing-control", fields).problems();
        problems.into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
    };
    let six = urls().into_iter().chain(urls()).take(6).collect::<Vec<_>>();
    let named = |url: &str| json!({ "endpoints": [{ "url": url }] });
    let controls = |on: &str| json!({ "arn": null, "on": null, "controls": { arn("west").to_string(): on } });
    for (more, wrong) in [
        (json!({}), vec![]),
        (json!({ "on": null }), vec!["arn"]),
        (json!({ "arn": null }), vec!["on"]),
        (json!({ "arn": null, "on": null }), vec!["endpoints"]),
        (json!({ "controls": { arn("east").to_string(): "false" } }), vec!["controls"]),
        (controls("true"), vec![]),
        (controls("On"), vec!["controls"]),
        (json!({ "arn": "west" }), vec!["arn"]),
        (json!({ "arn": PANEL }), vec!["arn"]),
        (json!({ "endpoints": [] }), vec!["endpoints"]),
        (json!({ "endpoints": six }), vec!["endpoints", "endpoints"]),
        (named("https://example.com/v1"), vec!["endpoints"]),
        (named("aaaa.route53-recovery-cluster.us-west-2.amazonaws.com"), vec!["endpoints"]),
        (named("http://aaaa.route53-recovery-cluster.us-west-2.amazonaws.com/v1"), vec!["endpoints"]),
        (json!({ "endpoints": [{ "url": "http://127.0.0.1:4566/arc/1/v1", "region": "us-east-1" }] }), vec![]),
        (json!({ "override": [PANEL] }), vec!["override"]),
        (json!({ "zone": "Z1" }), vec!["record"]),
    ] {
        assert_eq!(with(more.clone()), wrong, "{more}");
    }
}

#[test]
fn an_endpoint_is_given_by_its_address_alone_too_and_nothing_of_it_is_taken_for_a_secret() {
    let kind = Registry.find("routing-control").expect("a kind");
    let endpoints = kind.fields().iter().find(|field| field.name == "endpoints").expect("a field");
    assert!(matches!(endpoints.takes, Takes::Tables(_)));
    let url = |hex: &str, region: &str| format!("\"https://{hex}.route53-recovery-cluster.{region}.amazonaws.com/v1\"");
    let (one, other) = (url("0a1b2c3d", "us-east-1"), url("a8f8ae17", "us-west-2"));
    let text = format!(
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n[component.way]\n\
         kind = \"routing-control\"\nendpoints = [{one}, {{ url = {other} }}]\n\
         controls = {{ \"{}\" = true, \"{}\" = false }}\n",
        arn("west"),
        arn("east")
    );
    let plan = file::read("shop.toml", text.as_bytes(), &Registry).expect("a plan");
    assert!(plan.sealed.is_empty(), "{:?}", plan.sealed);
    let said = super::fields::Said::of(&plan.components[0].fields).expect("whole");
    let regions: Vec<String> = said.cluster().expect("regions").iter().map(|it| it.region.to_string()).collect();
    assert_eq!(regions, ["us-east-1", "us-west-2"]);
    assert_eq!(said.wanted(), Some(BTreeMap::from([(arn("east"), false), (arn("west"), true)])));
    let wrong = text.replace(&one, "7");
    let told = file::read("shop.toml", wrong.as_bytes(), &Registry).expect_err("no table and no text");
    assert!(format!("{told:?}").contains("takes a table"), "{told:?}");
}
