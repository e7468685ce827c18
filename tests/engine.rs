//! The engine on the simulated cloud under paused time, with a real journal on a real disk: what each fault ends as,
//! and what a crash at any event leaves behind.

#[path = "support/bench.rs"]
#[allow(dead_code, reason = "shared with other tests, each of which uses a part")]
mod bench;
#[path = "engine/beside.rs"]
mod beside;
#[path = "engine/credentials.rs"]
mod credentials;
#[path = "engine/debts.rs"]
mod debts;
#[path = "engine/failback.rs"]
mod failback;
#[path = "engine/matrix.rs"]
mod matrix;
#[path = "engine/names.rs"]
mod names;
#[path = "engine/overload.rs"]
mod overload;
#[path = "engine/planned.rs"]
mod planned;
#[path = "engine/start.rs"]
mod start;
#[path = "engine/words.rs"]
mod words;

use bench::{Answers, Bench, STOREFRONT, TWELVE, mutations, outcome};
use landfall::cloud::sim::log::Line;
use landfall::plan::StepId;
use landfall::recovery::event::Fence;
use landfall::recovery::{Command, Mode, RunOutcome, State, Status, What};
use std::collections::{BTreeMap, BTreeSet};

fn status(state: &State, step: &str) -> Status {
    state.step(&StepId::new(step)).expect("a step of the runbook").1.status
}

/// Going back to the very start.
fn back() -> Command {
    Command::RollBack { to: None, typed: "us-west-2".into(), reason: "test".into(), past_the_point: None }
}

fn note(state: &State, step: &str) -> String {
    let (_, own) = state.step(&StepId::new(step)).expect("a step of the runbook");
    format!("{} | {}", own.note, own.help)
}

#[tokio::test(start_paused = true)]
async fn a_failover_completes_and_sends_each_mutation_once() {
    let bench = Bench::new(STOREFRONT, "region-down");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1), "{:?}", bench.received());
    let ended = state.ended.expect("it ended");
    assert!(ended.rto_seconds < 900.0, "within its rto: {}", ended.rto_seconds);
    assert_eq!(ended.debts.len(), 11, "every fence of the dark region is owed");
    assert!(ended.debts.iter().all(|debt| debt.fence == Fence::Impossible));
}

#[tokio::test(start_paused = true)]
async fn a_loss_above_the_objective_waits_for_a_person() {
    let bench = Bench::new(STOREFRONT, "region-down");
    let state = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Held);
    assert_eq!(status(&state, "orders-db/promote"), Status::Waiting);
    assert!(
        !bench
            .received()
            .iter()
            .any(|line| matches!(line, Line::Received { token, .. } if token.contains("orders-db/promote")))
    );
    assert_eq!(status(&state, "catalog-db/promote"), Status::Succeeded { already_done: false }, "others went on");
}

#[tokio::test(start_paused = true)]
async fn a_reply_lost_after_a_promotion_is_looked_for_and_not_sent_again() {
    let fault = "[[fault]]\nkind = \"reply-lost\"\noperation = \"rds.PromoteReadReplica\"\ntimes = 3\n";
    let bench = Bench::with_faults(STOREFRONT, fault);
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(mutations(&bench.received()).values().all(|count| *count == 1), "{:?}", mutations(&bench.received()));
    let unanswered = bench
        .events()
        .iter()
        .filter(|event| matches!(event.what, What::StepActed { reply: landfall::service::Reply::NoAnswer { .. }, .. }))
        .count();
    assert_eq!(unanswered, 3);
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_a_run_and_fails_nothing() {
    let quick = Bench::with_faults(STOREFRONT, "");
    let quick_end = quick.run(Answers::all()).await.ended.expect("it ended");
    let slow = Bench::with_faults(STOREFRONT, "[[fault]]\nkind = \"throttle\"\nfor = 3600\n");
    let slow_end = slow.run(Answers::all()).await.ended.expect("it ended");
    let failed = slow
        .events()
        .into_iter()
        .find(|event| matches!(event.what, What::StepFailed { .. } | What::StepUnknown { .. }));
    assert_eq!((quick_end.outcome, slow_end.outcome), (RunOutcome::Completed, RunOutcome::Completed), "{failed:?}");
    assert!(slow_end.rto_seconds > quick_end.rto_seconds);
    assert!(mutations(&slow.received()).values().all(|count| *count == 1));
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_never_ends_times_out_and_says_what_would_help() {
    let fault = "[[fault]]\nkind = \"promotion-stuck\"\ncomponent = \"catalog-db\"\n";
    let bench = Bench::with_faults(STOREFRONT, fault);
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Failed);
    assert_eq!(status(&state, "catalog-db/promote"), Status::Failed);
    let note = note(&state, "catalog-db/promote");
    assert!(
        note.contains("not verified within 30:00") && note.contains("modifying") && note.contains("retry"),
        "{note}"
    );
    assert_eq!(status(&state, "api/scale"), Status::Succeeded { already_done: false }, "what does not need it went on");
    assert_eq!(status(&state, "catalog/scale"), Status::Waiting, "what needs it did not");
}

#[tokio::test(start_paused = true)]
async fn tasks_that_crash_fail_their_step_with_the_reason_ecs_gave() {
    let bench = Bench::new(STOREFRONT, "failing-step");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Failed);
    let note = note(&state, "payments/scale");
    assert!(note.contains("circuit breaker") && note.contains("Essential container"), "{note}");
}

#[tokio::test(start_paused = true)]
async fn a_record_change_stuck_in_pending_is_not_taken_for_done() {
    let bench = Bench::with_faults(STOREFRONT, "[[fault]]\nkind = \"change-stuck\"\n");
    let state = bench.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Failed);
    let note = note(&state, "api-dns/change");
    assert!(note.contains("not verified within") && note.contains("PENDING"), "{note}");
    assert_eq!(status(&state, "api-dns/clients"), Status::Waiting);
}

#[tokio::test(start_paused = true)]
async fn without_any_lag_sample_the_loss_is_unknown_and_asked_about() {
    let bench = Bench::with_faults(STOREFRONT, "[[fault]]\nkind = \"replication-stopped\"\n");
    let state = bench.run(Answers { accept_loss: false, ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Held);
    let asked = bench.events().iter().filter(|event| matches!(&event.what, What::GateOpened { exposure: Some(exposure), .. } if exposure.seconds.is_none())).count();
    assert_eq!(asked, 3, "each store's loss gate opened, none with a number");
}

#[tokio::test(start_paused = true)]
async fn the_failing_region_dark_costs_no_time_beside_refusing_at_once() {
    let dark = "[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = -20\n";
    let end = async |fault: &str| {
        let bench = Bench::with_faults(STOREFRONT, fault);
        let ended = bench.run(Answers::all()).await.ended.expect("it ended");
        assert_eq!(ended.outcome, RunOutcome::Completed);
        assert_eq!(ended.debts.len(), 11);
        ended.rto_seconds
    };
    let (hanging, refusing) = (end(dark).await, end(&dark.replace("dark", "refused")).await);
    assert!(hanging <= refusing * 1.05, "{hanging} s dark, {refusing} s refused");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_past_the_point_leaves_the_world_as_it_was_but_for_what_cannot_be_undone() {
    let bench = Bench::new(STOREFRONT, "failing-step");
    let before = bench.snapshot();
    bench.run(Answers::all()).await;
    let past = Command::RollBack {
        to: None,
        typed: "us-west-2".into(),
        reason: "test".into(),
        past_the_point: Some("a false alarm".into()),
    };
    let state = bench.resume(Answers { then: vec![past], ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    let after = bench.snapshot();
    for part in ["services", "task_definitions", "zones", "commands"] {
        assert_eq!(before[part], after[part], "{part} are as they were");
    }
    let ended = state.ended.as_ref().expect("it ended");
    let stops = ended.debts.iter().filter(|debt| debt.title.contains("the old")).collect::<Vec<_>>();
    assert!(stops.is_empty(), "the old side serves again: nobody is told to stop it: {stops:?}");
    let stays = stays(&state);
    assert_eq!(stays.len(), 3, "{stays:?}");
    let replica = &after["databases"]["us-west-2/orders-replica"]["replica_of"];
    assert!(replica.is_null(), "a promoted replica stays promoted, and it was said: {stays:?}");
}

/// What the run's end says stays.
fn stays(state: &State) -> Vec<String> {
    let ended = state.ended.as_ref().expect("it ended");
    ended.stays.iter().map(|stay| format!("{}: {}", stay.step, stay.why)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_rollback_never_takes_down_the_only_side_that_can_serve() {
    let bench = Bench::new(STOREFRONT, "failing-step");
    bench.run(Answers::all()).await;
    let before = bench.snapshot();
    let state = bench.resume(Answers { then: vec![back()], ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    let ended = state.ended.as_ref().expect("it ended");
    assert!(
        ended.debts.iter().any(|debt| debt.step.as_str() == "orders-db/fence"),
        "the old writer is still to be stopped"
    );
    let after = bench.snapshot();
    // Every service of the storefront stands on a database that was promoted.
    assert_eq!(before["services"], after["services"], "what serves goes on serving");
    let stays = stays(&state);
    for step in ["orders-db/promote", "api/scale", "catalog/scale"] {
        assert!(stays.iter().any(|stay| stay.starts_with(&format!("{step}: "))), "{step} in {stays:?}");
    }
    assert!(stays.iter().any(|stay| stay.contains("stands on orders-db")), "with its reason: {stays:?}");
}

#[tokio::test(start_paused = true)]
async fn a_switchover_fences_the_old_writers_before_it_promotes() {
    let bench = Bench::new(STOREFRONT, "switchover");
    let state = bench.run(Answers::all()).await;
    assert_eq!(
        outcome(&state),
        RunOutcome::Completed,
        "{:?}",
        bench.events().iter().rev().find(|event| matches!(event.what, What::StepFailed { .. }))
    );
    assert!(state.debts.is_empty());
    let order = |step: &str| state.step(&StepId::new(step)).and_then(|(_, own)| own.order).expect("it was started");
    assert!(order("orders-db/fence") < order("orders-db/promote"));
}

#[tokio::test(start_paused = true)]
async fn under_hold_nothing_new_starts_and_what_runs_finishes() {
    let bench = Bench::new(STOREFRONT, "clean");
    let hold_after_start = |state: &State| {
        let started = status(state, "catalog-db/promote") == Status::Running;
        (started && state.mode == Mode::Auto).then_some(Command::SetMode(Mode::Hold))
    };
    let state = bench.run(Answers { react: Some(hold_after_start), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Held);
    assert_eq!(status(&state, "catalog-db/promote"), Status::Succeeded { already_done: false });
    assert_eq!(status(&state, "catalog/task-definition"), Status::Waiting);
    let held = bench
        .events()
        .iter()
        .position(|event| matches!(event.what, What::ModeChanged { mode: Mode::Hold }))
        .expect("held");
    assert!(!bench.events()[held..].iter().any(|event| matches!(event.what, What::StepStarted { .. })));
}

#[tokio::test(start_paused = true)]
async fn step_by_step_each_step_waits_for_the_commander() {
    let bench = Bench::new(TWELVE, "clean");
    let go_when_idle = |state: &State| {
        let idle =
            state.driven && state.busy().next().is_none() && state.open_gates.is_empty() && state.ended.is_none();
        let next = state.ready().next().map(|place| state.plan_step(place).id.clone());
        // By its name: the word may be given twice before the state shows it.
        next.filter(|_| idle).map(|step| Command::Go { step: Some(step) })
    };
    let state = bench.run(Answers { mode: Mode::Step, react: Some(go_when_idle), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let mut running = BTreeSet::new();
    for event in bench.events() {
        match &event.what {
            What::StepStarted { step, .. } => drop(running.insert(step.clone())),
            What::StepSucceeded { step, .. } | What::StepOwed { step, .. } | What::StepFailed { step, .. } => {
                running.remove(step);
            }
            _ => {}
        }
        assert!(running.len() <= 1, "one at a time: {running:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_skipped_step_ends_the_run_with_exceptions_and_what_needs_its_values_fails_clearly() {
    let bench =
        Bench::with_faults(TWELVE, "[[fault]]\nkind = \"http-fails\"\n".replace("http-fails", "check-fails").as_str());
    let skip_what_failed = |state: &State| {
        let failed = state.run.runbook.steps.iter().zip(&state.steps).find(|(_, own)| own.status == Status::Failed);
        failed.map(|(step, _)| Command::Skip { step: step.id.clone(), reason: "the probe is wrong".into() })
    };
    let state = bench.run(Answers { react: Some(skip_what_failed), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::CompletedWithExceptions);
    assert_eq!(status(&state, "shop-answers/probe"), Status::Skipped);
}

#[tokio::test(start_paused = true)]
async fn what_is_skipped_before_its_turn_lets_nothing_overtake_what_it_waits_for() {
    let bench = Bench::with_faults(include_str!("plans/failback.toml"), "");
    let skip = |state: &State| {
        let waits = state.started.is_some() && status(state, "api/scale") == Status::Waiting;
        waits.then(|| Command::Skip { step: "api/scale".into(), reason: "it is scaled already".into() })
    };
    let state = bench.run(Answers { react: Some(skip), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::CompletedWithExceptions);
    let events = bench.events();
    let place =
        |found: &dyn Fn(&What) -> bool| events.iter().position(|event| found(&event.what)).expect("it is there");
    let promoted =
        place(&|what| matches!(what, What::StepSucceeded { step, .. } if step.as_str() == "orders-db/promote"));
    let skipped = place(&|what| matches!(what, What::StepSkipped { .. }));
    let moved = place(&|what| matches!(what, What::StepActing { step, .. } if step.as_str().starts_with("api-dns/")));
    assert!(skipped < promoted && promoted < moved, "clients are moved to what can be written to: {promoted} {moved}");
}

/// What was done in the region that is brought up: a fence beside the path may end as a debt instead.
fn path_only(sent: &BTreeMap<String, u32>) -> Vec<&String> {
    sent.keys().filter(|act| act.contains("us-west-2")).collect()
}

/// Asks again for what is not known: for a program whose end nobody saw only a person can.
fn retry_what_is_unknown(state: &State) -> Option<Command> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let unknown = steps.into_iter().find(|(_, own)| own.status == Status::Unknown);
    unknown.map(|(step, _)| Command::Retry { step: step.id.clone() })
}

/// A crash right behind every event, with the act of an unanswered intent done and not done: after resume the run
/// completes, and no act was done twice.
#[tokio::test(start_paused = true)]
async fn a_crash_behind_any_event_is_resumed_without_sending_anything_twice() {
    let whole = Bench::with_faults(TWELVE, "");
    let state = whole.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let once: BTreeMap<String, u32> = mutations(&whole.received());
    let events = whole.events();
    let mut walked = 0;
    for cut in 1..events.len() {
        let unanswered = bench::unanswered_at(&events[..cut]);
        for done in if unanswered.is_empty() { vec![true] } else { vec![true, false] } {
            let crashed = whole.crash_at(cut, done);
            let state = crashed.resume(Answers { react: Some(retry_what_is_unknown), ..Answers::all() }).await;
            let place =
                format!("cut behind event {} ({:?}), unanswered acts done: {done}", cut - 1, events[cut - 1].what);
            assert_eq!(outcome(&state), RunOutcome::Completed, "{place}");
            let sent = mutations(&crashed.received());
            assert!(sent.values().all(|count| *count == 1), "{place}: {sent:?}");
            assert_eq!(path_only(&sent), path_only(&once), "{place}");
            landfall::engine::journal::read(&crashed.journal()).expect("the journal verifies");
            walked += 1;
        }
    }
    assert!(walked > 80, "{walked} crashes walked");
}
