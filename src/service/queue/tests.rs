//! What a queue is held to: that it is the one that is meant, and that what is left in the old one is never green.

use super::words::{Observation, Query, Queue};
use crate::plan::Side;
use crate::service::cloudwatch::{self, LagSeries};
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:sqs:eu-central-1:111122223333:orders";
const OLD_ARN: &str = "arn:aws:sqs:eu-west-1:111122223333:orders-east";

fn scene(more: Value) -> Scene {
    let mut fields = json!({ "name": "orders", "primary": "orders-east" });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    Scene::new("queue", fields)
}

fn queue(arn: &str, waiting: u64, in_flight: u64, delayed: u64) -> Queue {
    Queue { url: "https://sqs/1/orders".into(), arn: arn.into(), waiting, in_flight, delayed }
}

fn sees(scene: Scene, side: Side, found: Option<Queue>) -> Scene {
    let name = if side == Side::Recovery { "orders" } else { "orders-east" };
    scene.sees(side, Query::Queue { name: name.into() }.into(), Observation::Queue { queue: found }.into())
}

fn old(waiting: u64, in_flight: u64, delayed: u64) -> Scene {
    sees(scene(json!({})), Side::Primary, Some(queue(OLD_ARN, waiting, in_flight, delayed)))
}

#[test]
fn the_queue_that_is_meant_is_there_and_gives_its_names() {
    let ready = |found| sees(scene(json!({})), Side::Recovery, found);
    let there = ready(Some(queue(ARN, 3, 0, 0)));
    let goal = there.goal("ready");
    assert_eq!(name_of(&goal), "holds");
    assert!(words_of(&goal).contains("3 waiting"));
    assert_eq!((given_by(&goal)["arn"].as_str(), given_by(&goal)["url"].as_str()), (ARN, "https://sqs/1/orders"));
    assert!(there.refusals("ready").is_empty());
    for arn in [OLD_ARN, "arn:aws:sqs:eu-central-1:111122223333:orders-2", "arn:aws:sns:eu-central-1:1:orders", ""] {
        let other = ready(Some(queue(arn, 0, 0, 0)));
        assert_eq!((name_of(&other.goal("ready")), other.refusals("ready")), ("bad", vec!["queue-exists".to_owned()]));
    }
    assert_eq!(ready(None).refusals("ready"), ["queue-exists"]);
}

#[test]
fn what_is_left_in_the_old_one_in_whatever_state_is_owed_and_nobody_waits_for_it() {
    for (waiting, in_flight, delayed) in [(1, 0, 0), (0, 1, 0), (0, 0, 1)] {
        let left = old(waiting, in_flight, delayed);
        assert_eq!(name_of(&left.goal("stranded")), "moving");
        assert!(words_of(&left.goal("stranded")).contains("1 message is left in orders-east in eu-west-1"));
    }
    let mut empty = old(0, 0, 0);
    assert_eq!(name_of(&empty.goal("stranded")), "moving", "once is not enough");
    empty.good_in_a_row = 1;
    assert_eq!(name_of(&empty.goal("stranded")), "holds");
    for scene in [scene(json!({})), scene(json!({})).switchover()] {
        let step = scene.step("stranded");
        assert!(step.beside && !step.acts && step.asks_when_failing.is_none());
    }
    assert_eq!(scene(json!({ "old": false })).runbook().steps.len(), 1);
    let absent = sees(scene(json!({})), Side::Primary, None);
    assert_eq!(name_of(&absent.goal("stranded")), "moving", "it keeps nobody from starting, and is owed");
    assert_eq!(absent.refusals("stranded"), ["queue-old"]);
    assert!(absent.work("stranded").prechecks(&absent.facts()).iter().all(|check| !check.weight.blocks()));
}

#[test]
fn how_old_the_oldest_is_is_told_where_it_is_known() {
    let query = cloudwatch::Query::OldestMessage { queue: "orders-east".into() };
    let told = |recent: Vec<(jiff::Timestamp, f64)>| {
        let series = LagSeries { recent, ..LagSeries::default() };
        let seen = cloudwatch::Observation::Lag(series);
        words_of(&old(7, 0, 0).sees(Side::Primary, query.clone().into(), seen.into()).goal("stranded"))
    };
    assert!(told(vec![(crate::service::scene::start(), 720.0)]).contains("the oldest for 12m"));
    assert!(!told(Vec::new()).contains("oldest"));
    let silent = old(7, 0, 0).hears_nothing(Side::Primary, query.into());
    assert_eq!(name_of(&silent.goal("stranded")), "moving", "the count is told all the same");
}

#[test]
fn its_health_is_that_it_is_there() {
    let there = sees(scene(json!({})), Side::Recovery, Some(queue(ARN, 3, 0, 0))).health(Side::Recovery);
    assert_eq!((there.level, there.note.as_str()), (HealthLevel::Up, "3 waiting"));
    assert_eq!(old(0, 0, 0).health(Side::Primary).note.as_str(), "no message in it");
    assert_eq!(sees(scene(json!({})), Side::Recovery, None).health(Side::Recovery).level, HealthLevel::Down);
}

#[test]
fn what_cannot_be_meant_is_a_problem() {
    let at = |more| scene(more).problems().into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>();
    assert!(at(json!({})).is_empty());
    assert!(at(json!({ "name": "orders.fifo" })).is_empty());
    for name in [ARN, "https://sqs.eu-west-1.amazonaws.com/1/orders", "", ".fifo", "a b"] {
        assert_eq!(at(json!({ "name": name })), ["name"], "{name}");
    }
    assert_eq!(at(json!({ "primary": "a/b" })), ["primary"]);
}
