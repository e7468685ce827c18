//! The way back in the simulated world of the run before, killed anywhere: nothing lost, never two writers, nothing deleted, and
//! the first world again but for what is kept.

use super::bench::{Answers, Bench, STOREFRONT, mutations, outcome};
use landfall::cloud::sim::log::Line;
use landfall::recovery::event::What;
use landfall::recovery::{RunOutcome, State};
use serde_json::Value;

const SHOP: &str = include_str!("../plans/failback.toml");

/// With the waits that a plan has which says nothing of them.
fn shop() -> String {
    SHOP.replace("healthy_for = \"1s\"\nfollows_for = \"1s\"\n", "")
}

fn over() -> Bench {
    Bench::with_faults(&shop(), "")
}

/// Lost and doubled seconds of every database that ever was promoted, by the world itself.
fn truth(bench: &Bench) -> Vec<(String, f64, f64)> {
    let snapshot = bench.snapshot();
    let databases = snapshot["databases"].as_object().expect("databases").clone();
    let told = databases.iter().filter_map(|(name, database)| {
        let missing = database["missing_seconds"].as_f64()?;
        Some((name.clone(), missing, database["two_writers_seconds"].as_f64().unwrap_or_default()))
    });
    told.collect()
}

fn nothing_is_deleted_and_each_is_sent_once(bench: &Bench, since: usize) {
    let received: Vec<Line> = bench.received().split_off(since);
    let counts = mutations(&received);
    assert!(counts.values().all(|count| *count == 1), "{counts:#?}");
    assert!(counts.keys().all(|act| !act.to_lowercase().contains("delete")), "{counts:#?}");
}

fn services(snapshot: &Value) -> Value {
    let services = snapshot["services"].as_object().expect("services");
    services
        .iter()
        .map(|(name, service)| (name.clone(), service["desired"].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[tokio::test(start_paused = true)]
async fn it_goes_back_without_a_loss_and_the_first_world_stands_again() {
    let there = over();
    let first = there.snapshot();
    assert_eq!(outcome(&there.run(Answers::all()).await), RunOutcome::Completed);
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    let state = back.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    nothing_is_deleted_and_each_is_sent_once(&back, since);
    let after = truth(&back);
    let new = after.iter().find(|(name, ..)| name == "us-east-1/orders").expect("it was promoted");
    assert_eq!((new.1, new.2), (0.0, 0.0), "nothing lost, nothing doubled");

    let snapshot = back.snapshot();
    let writer = &snapshot["databases"]["us-east-1/orders"];
    let replica = &snapshot["databases"]["us-west-2/orders-replica"];
    assert!(writer["replica_of"].is_null(), "{writer}");
    assert!(replica["replica_of"].to_string().contains("us-east-1"), "{replica}");
    assert_eq!(services(&snapshot), services(&first), "sizes as at first");
    assert_eq!(snapshot["limits"], first["limits"]);
    assert_eq!(snapshot["zones"], first["zones"]);
    let kept: Vec<&String> =
        snapshot["databases"].as_object().expect("databases").keys().filter(|name| name.contains("-fenced-")).collect();
    assert_eq!(kept.len(), 2, "what is kept: {kept:?}");

    // And over again by the way back of the way back.
    let forth = back.failback().expect("a way back");
    let state = forth.run(Answers::all()).await;
    let found = state.preflight.as_ref().map(|found| (found.blocks.clone(), found.unknown.clone()));
    assert_eq!(outcome(&state), RunOutcome::Completed, "{found:#?}");
    let primary = |state: &State| state.run.plan.application.primary.clone();
    assert_eq!(primary(&state).as_str(), "us-east-1");
    let first = back.received().len();
    nothing_is_deleted_and_each_is_sent_once(&forth, first);
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_goes_on_and_loses_nothing() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    let cuts: Vec<usize> = back
        .events()
        .iter()
        .filter(|event| {
            matches!(
                event.what,
                What::StepStarted { .. }
                    | What::StepActing { .. }
                    | What::StepActed { .. }
                    | What::StepSucceeded { .. }
            )
        })
        .map(|event| event.seq as usize + 1)
        .collect();
    // Each of them holds; here a part, for the time it takes.
    for cut in cuts.into_iter().skip(3).step_by(13) {
        for done in [false, true] {
            let crashed = back.crash_at(cut, done);
            let state = crashed.resume(Answers::all()).await;
            assert_eq!(outcome(&state), RunOutcome::Completed, "cut at {cut}, done {done}");
            nothing_is_deleted_and_each_is_sent_once(&crashed, since);
            let all = truth(&crashed);
            let (_, lost, doubled) = all.iter().find(|(name, ..)| name == "us-east-1/orders").expect("it was promoted");
            assert_eq!((*lost, *doubled), (0.0, 0.0), "cut at {cut}, done {done}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_goes_wrong_on_the_way_back_keeps_the_side_that_serves() {
    let there = over();
    there.run(Answers::all()).await;
    // The region fails again before anything of the return was done.
    let back = there.failback().expect("a way back");
    back.inject("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = \"5m\"\n");
    let hand = Answers {
        react: Some(|state| {
            let waited = state.at.duration_since(state.begun_at).as_secs() > 36_000;
            waited.then_some(landfall::recovery::Command::Leave)
        }),
        ..Answers::all()
    };
    let state = back.run(hand).await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let snapshot = back.snapshot();
    assert!(snapshot["databases"]["us-west-2/orders-replica"]["replica_of"].is_null(), "it still writes");
    let fenced =
        snapshot["databases"].as_object().expect("databases").keys().any(|name| name.contains("replica-fenced"));
    assert!(!fenced, "and was not fenced");
}

#[tokio::test(start_paused = true)]
async fn what_has_no_way_back_is_refused_by_its_name_and_why() {
    let bench = Bench::with_faults(STOREFRONT, "");
    bench.run(Answers::all()).await;
    let refused = bench.failback().err().expect("kinds of it have none yet");
    let told = refused.to_string();
    assert!(told.contains("web (ecs): the plan does not name its service of the old region"), "{told}");
    // Nor does one that owes something.
    let bench = Bench::new(&shop(), "region-down");
    bench.run(Answers::all()).await;
    let refused = bench.failback().err().expect("it owes its fences");
    assert!(refused.to_string().contains("still owes"), "{refused}");
}
