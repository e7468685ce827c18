//! Under test: the embedded rehearsal is what it is said to be: long enough to be believed, with one surprise.

use super::*;
use crate::plan::{Gate, Runbook, graph};
use crate::service::CloudWatchObservation;
use crate::service::RdsQuery;
use crate::service::Registry;

fn storefront() -> Plan {
    crate::plan::file::read("storefront.toml", rehearsal::plan_text().as_bytes(), &Registry).expect("it is valid")
}

fn runbook(intent: Intent) -> Runbook {
    Runbook::compile(&storefront(), intent, &Registry).expect("it has no cycle")
}

#[test]
fn the_storefront_is_up_in_a_quarter_of_an_hour_and_within_its_objective() {
    let critical = graph::critical_path(&runbook(Intent::Failover));
    assert!((720.0..=960.0).contains(&critical.seconds), "{} s: {:?}", critical.seconds, critical.steps);
    let rto = storefront().application.rto_seconds.expect("it has an rto");
    assert!(critical.seconds + 90.0 < rto, "the incident was declared before the start");
}

#[test]
fn every_kind_is_rehearsed_in_one_application_or_another() {
    let plans = rehearsal::all().map(|rehearsal| rehearsal.read(&Registry).expect("it is valid"));
    for kind in crate::plan::Kinds::names(&Registry) {
        let is_there = |plan: &Plan| plan.components.iter().any(|component| component.kind.as_str() == kind);
        assert!(plans.iter().any(is_there), "{kind}");
    }
}

/// The promotions whose loss gate would open `after` seconds into the scenario: lag and the sample's age over the rpo.
async fn asking(scenario: &str, after: u64) -> Vec<String> {
    let scenario = rehearsal::find(scenario).expect("an embedded scenario").1;
    let plan = storefront();
    let clock = clock();
    let options = SimOptions {
        seed: scenario.seed.expect("drills repeat"),
        intent: scenario.intent,
        scenario: Some(scenario.clone()),
        log_path: None,
        started_at: clock.now(),
        clock: clock.clone(),
    };
    let sim = Sim::open(&plan, options).expect("a world");
    wait(after).await;
    let mut asking = Vec::new();
    for step in runbook(scenario.intent).steps {
        let Some(rpo) = step.gates.iter().find_map(|gate| match gate {
            Gate::Loss { rpo_seconds } => Some(*rpo_seconds),
            Gate::Approval { .. }
            | Gate::Planned { .. }
            | Gate::PointOfNoReturn
            | Gate::Manual { .. }
            | Gate::Divergence { .. }
            | Gate::Window { .. } => None,
        }) else {
            continue;
        };
        let component = plan.component(&step.component).expect("of the plan");
        let kind = Registry.service(&component.kind).expect("a kind");
        let ask = kind.lag(component, &plan.application).expect("a store");
        let Observation::CloudWatch(CloudWatchObservation::Lag(series)) =
            see(&sim, ask.place.region.as_str(), ask.query).await
        else {
            panic!("a lag")
        };
        let sample = series.newest;
        let age = sample.sampled_at.map(|at| clock.now().duration_since(at).as_secs_f64());
        let exposure = sample.seconds.zip(age).map(|(lag, age)| lag + age);
        if exposure.is_none_or(|exposure| exposure > rpo) {
            asking.push(step.component.to_string());
        }
    }
    // Before its fence, and again before its promotion.
    asking.dedup();
    asking
}

#[tokio::test(start_paused = true)]
async fn when_the_region_goes_down_only_the_orders_ask() {
    assert_eq!(asking("region-down", 0).await, ["orders-db"]);
    assert_eq!(asking("region-down", 60).await, ["orders-db"], "also for who reads before deciding");
}

#[tokio::test(start_paused = true)]
async fn where_replication_goes_on_nothing_asks() {
    for after in [0, 61, 122, 300] {
        assert_eq!(asking("clean", after).await, [""; 0], "clean, {after} s in");
        assert_eq!(asking("switchover", after).await, [""; 0], "switchover, {after} s in");
    }
}

#[tokio::test(start_paused = true)]
async fn a_dark_control_plane_hangs_while_replication_goes_on() {
    let sim = sim(vec![Fault::new(FaultKind::ControlPlaneDark).in_region("primary")]);
    let old = seen(&sim, EAST, Query::Rds(RdsQuery::DbInstance { id: "orders".into() }));
    assert!(tokio::time::timeout(Duration::from_secs(600), old).await.is_err());
    let sample = lag(&sim).await;
    assert!(sample.seconds.is_some_and(|seconds| seconds < 5.0), "{sample:?}");
    let age = sim.0.clock.now().duration_since(sample.sampled_at.expect("a sample")).as_secs();
    assert!((120..180).contains(&age), "a new sample still comes each minute: {age} s");
    let replica = database(&sim, WEST, "orders-replica").await.expect("it stays");
    assert!(replica.replication.is_some_and(|replication| replication.normal));
}
