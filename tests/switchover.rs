//! What a pair of databases goes through in the simulated cloud, under paused time: how long a switchover makes clients
//! wait against what it says beforehand, and what is ever lost. The world knows what was written and what the promoted
//! database has of it; a run only knows what RDS and CloudWatch tell.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;

use bench::{Answers, Bench, outcome};
use landfall::plan::StepId;
use landfall::recovery::event::Bound;
use landfall::recovery::{RunOutcome, State, Status, What};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const MYSQL: u16 = 3306;
const POSTGRESQL: u16 = 5432;

/// A database that a service of the old region writes to.
fn plan(port: u16, more: &str) -> String {
    format!(
        r#"[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"
rto = "1h"
rpo = "1h"
[component.orders-db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
port = {port}
{more}
[component.api]
kind = "ecs"
cluster = "shop"
service = "api"
desired = 2
environment = {{ DATABASE_HOST = "${{orders-db.endpoint}}" }}
old = {{ cluster = "shop", service = "api" }}
"#
    )
}

const PROGRAM: &str = "caught_up = [\"has-all\", \"orders\"]";

fn step<'a>(state: &'a State, action: &str) -> &'a landfall::recovery::state::StepState {
    state.step(&StepId::new(&format!("orders-db/{action}"))).expect("a step of the runbook").1
}

/// How many seconds the database could not be written to, and how many were told beforehand.
fn downtime(state: &State) -> (f64, f64) {
    let began = step(state, "fence").started_at.expect("it was fenced");
    let ended = step(state, "promote").finished_at.expect("it was promoted");
    let told = ["fence", "caught-up", "promote"].map(|action| {
        let (planned, _) = state.step(&StepId::new(&format!("orders-db/{action}"))).expect("a step of the runbook");
        planned.expected_seconds
    });
    (ended.duration_since(began).as_secs_f64(), told.iter().sum())
}

/// What the world knows of the promoted database.
fn parted(bench: &Bench, what: &str) -> Option<f64> {
    bench.snapshot()["databases"]["us-west-2/orders-replica"][what].as_f64()
}

/// The guide's ten minutes of a rename, samples a minute late.
#[tokio::test(start_paused = true)]
async fn what_a_switchover_waits_is_told_within_a_third() {
    for (engine, port) in [("MySQL", MYSQL), ("PostgreSQL", POSTGRESQL)] {
        for (by, more) in [("samples", ""), ("program", PROGRAM)] {
            let mut waits = Vec::new();
            let mut told = 0.0;
            for seed in 1..=6 {
                let scenario = format!("intent = \"switchover\"\nseed = {seed}");
                let bench = Bench::with_scenario(&plan(port, more), &scenario);
                let state = bench.run(Answers::all()).await;
                assert_eq!(outcome(&state), RunOutcome::Completed, "{engine} by {by}, seed {seed}");
                assert_eq!(parted(&bench, "missing_seconds"), Some(0.0), "{engine} by {by}, seed {seed}");
                let (waited, expected) = downtime(&state);
                waits.push(waited);
                told = expected;
            }
            let mean = waits.iter().sum::<f64>() / waits.len() as f64;
            let (least, most) =
                (waits.iter().copied().fold(f64::INFINITY, f64::min), waits.iter().copied().fold(0.0, f64::max));
            println!("{engine} by {by}: {mean:.0} s ({least:.0} to {most:.0}), told {told:.0} s");
            assert!((told - mean).abs() <= mean / 3.0, "{engine} by {by}: {waits:?}, told {told} s");
        }
    }
}

/// What may go wrong with a replica while a switchover is under way.
fn fault() -> impl Strategy<Value = String> {
    let lag = (0u32..900, 0u32..600)
        .prop_map(|(seconds, over)| format!("kind = \"lag\"\nseconds = {seconds}\nover = {over}"));
    let stopped = Just("kind = \"replication-stopped\"".to_owned());
    let stale = Just("kind = \"stale-metric\"".to_owned());
    (prop_oneof![lag, stopped, stale], -600i32..1200, 1u32..1500).prop_map(|(fault, at, lasts)| {
        format!("[[fault]]\ncomponent = \"orders-db\"\nat = {at}\nfor = {lasts}\n{fault}\n")
    })
}

fn run(bench: &Bench, answers: Answers) -> State {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().expect("a runtime");
    runtime.block_on(bench.run(answers))
}

#[test]
fn a_switchover_under_write_load_never_loses_a_write_whatever_its_replica_does() {
    let faults = proptest::collection::vec(fault(), 0..3);
    let how = (any::<bool>(), any::<bool>(), 0u64..1000, faults);
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let ran = runner.run(&how, |(is_postgresql, by_program, seed, faults)| {
        let port = if is_postgresql { POSTGRESQL } else { MYSQL };
        let plan = plan(port, if by_program { PROGRAM } else { "" });
        let scenario = format!("intent = \"switchover\"\nseed = {seed}\n{}", faults.concat());
        let bench = Bench::with_scenario(&plan, &scenario);
        // Whoever accepts a loss at the start has not accepted this one.
        let state = run(&bench, Answers::all());
        let (missing, two_writers) = (parted(&bench, "missing_seconds"), parted(&bench, "two_writers_seconds"));
        prop_assert!(missing.is_none_or(|seconds| seconds == 0.0), "{scenario}: {missing:?} s lost");
        prop_assert!(two_writers.is_none_or(|seconds| seconds == 0.0), "{scenario}: {two_writers:?} s of two writers");
        let is_promoted = matches!(step(&state, "promote").status, Status::Succeeded { .. });
        prop_assert_eq!(missing.is_some(), is_promoted);
        Ok(())
    });
    if let Err(failed) = ran {
        panic!("{failed}");
    }
}

/// The place of the first event that `is`.
fn place(bench: &Bench, is: impl Fn(&What) -> bool) -> Option<usize> {
    bench.events().iter().position(|event| is(&event.what))
}

fn told(state: &State) -> (Option<f64>, Bound) {
    let ended = state.ended.as_ref().expect("it ended");
    let orders = ended.objectives.iter().find(|told| told.component.as_str() == "orders-db").expect("a store");
    (orders.loss_seconds, orders.loss)
}

#[test]
fn a_failover_whose_primary_answers_is_never_written_to_on_both_sides() {
    for seed in 1..=4 {
        let bench = Bench::with_scenario(&plan(MYSQL, ""), &format!("declared = 60\nseed = {seed}"));
        let state = run(&bench, Answers::all());
        let fence = StepId::new("orders-db/fence");
        let fenced = place(&bench, |what| matches!(what, What::StepSucceeded { step, .. } if *step == fence));
        let promote = StepId::new("orders-db/promote");
        let promoted = place(&bench, |what| matches!(what, What::StepActing { step, .. } if *step == promote));
        // A rename may take longer than the promotion is to wait: then a person decides, and the fence is owed.
        let is_owed = matches!(step(&state, "fence").status, Status::Owed(_));
        assert!(
            is_owed || fenced.is_some_and(|fenced| promoted.is_some_and(|promoted| fenced < promoted)),
            "seed {seed}"
        );
        let both = parted(&bench, "two_writers_seconds").expect("it was promoted");
        assert!(
            if is_owed { both <= 720.0 } else { both == 0.0 },
            "seed {seed}: {both} s of two writers, owed: {is_owed}"
        );
        let missing = parted(&bench, "missing_seconds").expect("it was promoted");
        let (lost, bound) = told(&state);
        assert!(lost.is_none_or(|lost| lost >= missing), "seed {seed}: {lost:?} s told, {missing} s missing");
        assert_eq!(bound == Bound::AtLeast, is_owed, "seed {seed}: open-ended while the fence is owed");
    }
}

#[test]
fn two_writers_part_for_no_longer_than_a_fence_that_was_not_waited_for_takes() {
    let bench = Bench::with_scenario(&plan(MYSQL, "fence_wait = \"30s\""), "declared = 60\nseed = 3");
    let state = run(&bench, Answers::all());
    assert!(matches!(step(&state, "fence").status, Status::Owed(_)), "{:?}", step(&state, "fence"));
    assert!(
        place(&bench, |what| matches!(what, What::GateOpened { gate: landfall::plan::GateKind::Writers, .. }))
            .is_some()
    );
    let both = parted(&bench, "two_writers_seconds").expect("it was promoted");
    assert!(both <= 720.0, "{both} s of two writers");
    assert_eq!(told(&state).1, Bound::AtLeast);
}

#[test]
fn a_failover_whose_primary_is_silent_does_not_wait_for_it_and_owes_its_fence() {
    for (kind, is_written_to) in [("region-dark", false), ("control-plane-dark", true)] {
        let scenario =
            format!("declared = 60\nseed = 5\n[[fault]]\nkind = \"{kind}\"\nregion = \"us-east-1\"\nat = -90\n");
        let bench = Bench::with_scenario(&plan(MYSQL, ""), &scenario);
        let state = run(&bench, Answers::all());
        assert!(matches!(step(&state, "fence").status, Status::Owed(_)), "{kind}");
        let fence = step(&state, "fence");
        let waited = fence.finished_at.zip(fence.started_at).map(|(to, from)| to.duration_since(from).as_secs_f64());
        assert!(waited.is_some_and(|waited| waited <= 60.0), "{kind}: {waited:?} s");
        let both = parted(&bench, "two_writers_seconds").expect("it was promoted");
        assert_eq!(both > 3600.0, is_written_to, "{kind}: {both} s");
        let missing = parted(&bench, "missing_seconds").expect("it was promoted");
        let (lost, bound) = told(&state);
        assert_eq!(bound, Bound::AtLeast, "{kind}: nobody knows what the old side still takes");
        assert!(lost.is_none_or(|lost| lost >= missing), "{kind}: {lost:?} s told, {missing} s missing");
    }
}

/// The world keeps to what replicas can do: a number that grows takes nothing back.
#[test]
fn a_lag_that_is_told_after_everything_was_applied_loses_nothing() {
    for seconds in [500, 800] {
        let fault = format!("kind = \"lag\"\nseconds = {seconds}\nover = 100\nat = 253\nfor = 235");
        let scenario = format!("intent = \"switchover\"\nseed = 20\n[[fault]]\ncomponent = \"orders-db\"\n{fault}\n");
        let bench = Bench::with_scenario(&plan(MYSQL, PROGRAM), &scenario);
        let state = run(&bench, Answers::all());
        assert_eq!(outcome(&state), RunOutcome::Completed);
        assert_eq!(parted(&bench, "missing_seconds"), Some(0.0), "{seconds} s");
    }
}
