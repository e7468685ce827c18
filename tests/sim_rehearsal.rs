//! The embedded rehearsal, driven by the engine under paused time: what its scenarios promise.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;

use bench::{Answers, Bench, mutations, outcome};
use landfall::cloud::sim::rehearsal::plan_text;
use landfall::plan::{GateKind, Intent, Runbook, file, graph};
use landfall::recovery::event::GateAnswer;
use landfall::recovery::{RunOutcome, What};
use landfall::service::Registry;

/// The components whose loss was asked about, or accepted ahead: before the fence, and again before the promotion.
fn losses_asked(bench: &Bench) -> Vec<String> {
    let events = bench.events().into_iter();
    let asked = events.filter_map(|event| match event.what {
        What::GateOpened { step, gate: GateKind::Loss, .. }
        | What::GatePassed {
            step, gate: GateKind::Loss, answer: GateAnswer::Accepted { ahead: Some(_), .. }, ..
        } => Some(step.as_str().split('/').next().expect("a component").to_owned()),
        _ => None,
    });
    let mut asked: Vec<String> = asked.collect();
    asked.dedup();
    asked
}

#[test]
fn the_good_path_is_expected_well_within_the_rto() {
    let text = landfall::cloud::sim::rehearsal::plan_text();
    let plan = file::read("storefront.toml", text.as_bytes(), &Registry).expect("it is valid");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("it has no circle");
    let seconds = graph::critical_path(&runbook).seconds;
    assert!((720.0..960.0).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn region_down_asks_about_the_loss_of_orders_and_of_nothing_else() {
    let bench = Bench::new(plan_text(), "region-down");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(losses_asked(&bench), ["orders-db"]);
    let ended = state.ended.expect("it ended");
    assert!(ended.rpo_seconds.is_some_and(|seconds| seconds > 41.0), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn clean_completes_without_anybody_accepting_a_loss() {
    let bench = Bench::new(plan_text(), "clean");
    let state = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(losses_asked(&bench), Vec::<String>::new());
    assert!(state.ended.expect("it ended").rto_seconds < 900.0);
}

#[tokio::test(start_paused = true)]
async fn switchover_completes_without_a_loss_and_owes_nothing() {
    let bench = Bench::new(plan_text(), "switchover");
    let state = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(state.ended.expect("it ended").debts, []);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
}

const CLAIMS: &str = include_str!("../src/cloud/sim/rehearsal/claims.toml");

#[tokio::test(start_paused = true)]
async fn the_claims_come_up_without_their_region_and_what_is_lost_is_asked_about() {
    let bench = Bench::new(CLAIMS, "claims-region-down");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    // What a table's other region has not got yet, only the dark region could tell.
    assert_eq!(losses_asked(&bench), ["sessions"]);
    let ended = state.ended.expect("it ended");
    assert!(ended.rto_seconds < 1200.0, "{ended:?}");
    assert!(!ended.debts.is_empty(), "the old region is still to be fenced");
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn the_claims_move_as_planned_without_a_loss_and_owe_nothing() {
    let bench = Bench::new(CLAIMS, "claims-switchover");
    let state = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(losses_asked(&bench), [""; 0]);
    assert_eq!(state.ended.expect("it ended").debts, []);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1));
}
