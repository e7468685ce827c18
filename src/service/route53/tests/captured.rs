//! Under test: what a record is given back on the way back has to be there still.

use super::*;
use crate::plan::Level;
use crate::service::ask::ElbQuery;
use crate::service::observation::{ElbObservation, LoadBalancer};

const FRONT: &str = "front-east-1234.eu-central-1.elb.amazonaws.com";

/// The way back of an alias that led to `front-east` before, whose name is `now` the DNS name of.
fn back(now: Option<&str>) -> Scene {
    let fields = json!({ "alias": { "dns_name": format!("dualstack.{FRONT}."), "zone_id": "Z2" } });
    let scene = of_a(fields).failback().with_run(json!({ "before": {} }));
    let found = now.map(|dns_name| LoadBalancer { dns_name: dns_name.into(), ..LoadBalancer::default() });
    let seen = Observation::Elb(ElbObservation::LoadBalancer { load_balancer: found });
    let scene = standing(scene, &[alias("A", "front-west-77.eu-west-1.elb.amazonaws.com")]);
    scene.sees(Side::Recovery, Query::Elb(ElbQuery::LoadBalancer { name: "front-east".into() }), seen)
}

fn captured(scene: &Scene) -> Vec<(Level, Weight, String)> {
    let checks = scene.work("change").prechecks(&scene.facts()).into_iter();
    let own = checks.filter(|check| check.code.as_str() == "route53-captured");
    own.map(|check| (check.level, check.weight, check.found.to_string())).collect()
}

#[test]
fn a_load_balancer_that_was_made_anew_refuses_the_record_that_led_to_it_and_one_that_nobody_tells_of_is_told() {
    let asks = back(None).work("change").further(&back(None).facts());
    assert_eq!(asks.len(), 1, "{asks:?}");
    assert!(matches!(captured(&back(Some(FRONT)))[..], [(Level::Ok, ..)]));
    let gone = captured(&back(None));
    let words = format!("eu-central-1 tells of no load balancer front-east, of {FRONT}.");
    assert_eq!(gone, [(Level::Failing, Weight::Advises, words)]);
    let other = captured(&back(Some("front-east-5678.eu-central-1.elb.amazonaws.com")));
    assert!(matches!(&other[..], [(Level::Failing, Weight::Blocks, found)] if found.contains("5678")), "{other:?}");
}

#[test]
fn what_is_not_told_refuses_nothing_and_what_is_no_way_back_asks_nothing() {
    let query = Query::Elb(ElbQuery::LoadBalancer { name: "front-east".into() });
    let silent = captured(&back(None).hears_nothing(Side::Recovery, query));
    assert!(matches!(silent[..], [(Level::Unknown, Weight::Advises, _)]), "{silent:?}");
    let mut over = back(None);
    over.plan.components[0].from_run = None;
    assert!(captured(&over).is_empty() && over.work("change").further(&over.facts()).is_empty());
    // Addresses tell nothing of what is behind them.
    let fields = json!({ "values": ["192.0.2.7"] });
    let plain = standing(of_a(fields).failback().with_run(json!({ "before": {} })), &[a("192.0.2.9")]);
    assert!(captured(&plain).is_empty() && plain.work("change").further(&plain.facts()).is_empty());
}
