//! The region that was gone back to fails again: who serves goes on, and one word has the other side serve.

use super::{
    leaves_late, nothing_is_deleted_and_each_is_sent_once, over, share, shop, stands, truth, undone, writes_still,
};
use crate::bench::{Answers, Bench, outcome};
use landfall::recovery::event::{Mode, What};
use landfall::recovery::{self, Command, RunOutcome, rollback, way_back};
use serde_json::Value;

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
async fn the_region_that_fails_again_between_any_two_steps_of_the_return_costs_no_evidence_and_no_second_writer() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    let events = back.events();
    let begun = events[0].at;
    let returns = |step: &landfall::plan::StepId| {
        let What::RunOpened(opened) = &events[0].what else { panic!("it opens") };
        opened.runbook.steps.iter().any(|own| own.id == *step && own.when.is_return())
    };
    let cuts = events.iter().filter(|event| matches!(&event.what, What::StepSucceeded { step, .. } if returns(step)));
    // A quarter of them in the suite.
    let (first, step) = share().unwrap_or((0, 4));
    for (cut, at) in cuts.skip(first).step_by(step).map(|event| (event.seq as usize + 1, event.at)) {
        let crashed = back.crash_at(cut, true);
        let after = at.duration_since(begun).as_secs() + 1;
        crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
        let state = crashed.resume(Answers { stays: false, ..leaves_late() }).await;
        let snapshot = crashed.snapshot();
        let databases = snapshot["databases"].as_object().expect("databases");
        assert!(databases.keys().any(|name| name.starts_with("us-east-1/orders-fenced-")), "cut at {cut}: evidence");
        for (name, lost, doubled) in truth(&crashed) {
            let is_new = name == "us-east-1/orders";
            assert!(!is_new || (lost, doubled) == (0.0, 0.0), "cut at {cut}: {name} lost {lost}, doubled {doubled}");
        }
        assert!(way_back::serves(&state).is_some_and(|told| told.contains("us-")), "cut at {cut}");
        nothing_is_deleted_and_each_is_sent_once(&crashed, since);
    }
}

/// How many seconds behind `from` something was first sent to take back what was done in us-west-2.
fn first_undo_there(bench: &Bench, from: jiff::Timestamp) -> Option<i64> {
    let events = bench.events();
    let sent = events.iter().filter(|event| event.at >= from).find(|event| match &event.what {
        What::UndoActing { act, .. } => act.place.region.as_str() == "us-west-2",
        _ => false,
    });
    sent.map(|event| event.at.duration_since(from).as_secs())
}

/// What stands in the world of `bench` when us-west-2 is the one that serves: its database under its own name, and its tasks.
fn west_serves(bench: &Bench, desired: &Value) -> bool {
    let snapshot = bench.snapshot();
    writes_still(bench) && snapshot["services"]["us-west-2/ecs/shop/api"]["desired"] == *desired
}

fn has_evidence(bench: &Bench) -> bool {
    let snapshot = bench.snapshot();
    let mut names = snapshot["databases"].as_object().expect("databases").keys();
    names.any(|name| name.starts_with("us-east-1/orders-fenced-"))
}

#[tokio::test(start_paused = true)]
async fn where_the_region_fails_again_one_word_has_the_other_serve_within_a_minute() {
    let there = over();
    there.run(Answers::all()).await;
    let serving = there.snapshot()["services"]["us-west-2/ecs/shop/api"]["desired"].clone();
    assert_eq!(serving, 3);
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    let events = back.events();
    let begun = events[0].at;
    let fenced = events.iter().find_map(|event| match &event.what {
        What::StepSucceeded { step, .. } if step.as_str() == "orders-db/fence" => Some(event.at),
        _ => None,
    });
    assert!(fenced.is_some(), "its store is fenced");
    let cuts = events.iter().filter_map(|event| match &event.what {
        What::StepSucceeded { step, .. } => Some((event.seq as usize + 1, event.at, step.clone())),
        _ => None,
    });
    // Behind one step of each sort.
    let some = [
        "orders-db/replica",
        "failback-window/confirm",
        "api/fence",
        "orders-db/caught-up",
        "orders-db/promote",
        "api-dns/clients",
        "api/standby",
        "orders-db/protect-again",
    ];
    let mut seen = [0; 4];
    let is_taken = |nth: usize, step: &str| match share() {
        Some((first, each)) => nth % each == first,
        None => some.contains(&step),
    };
    for (_, (cut, at, step)) in cuts.enumerate().filter(|(nth, (_, _, step))| is_taken(*nth, step.as_str())) {
        let how = format!("behind {step}, cut at {cut}");
        let crashed = back.crash_at(cut, true);
        let after = at.duration_since(begun).as_secs();
        crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
        let stood = stands(&crashed);
        let told = way_back::serves(&stood).expect("it is said");
        let crossed = !stood.promotions.is_empty();
        let word = Command::RollBack {
            to: None,
            typed: "us-east-1".into(),
            reason: "it failed again".into(),
            past_the_point: crossed.then(|| "it failed again".into()),
        };
        if way_back::return_begun(&stood).is_none() {
            // The other side serves, and nothing is to be done for it.
            assert!(told.starts_with("us-west-2 serves"), "{how}: {told}");
            assert!(west_serves(&crashed, &serving), "{how}");
            seen[0] += 1;
            continue;
        }
        if rollback::made_anew(&stood).is_some() {
            // Its second side has its name: until it is there, nothing else has what was written.
            let refused = recovery::decide::command(&stood, &word, at).expect_err("it is made anew");
            assert!(refused.clear.contains("failover"), "{how}: {refused:?}");
            let is_there = step.as_str() == "orders-db/protect-again";
            assert_eq!(told.contains("is being made its second side"), !is_there, "{how}: {told}");
            if is_there {
                let again = crashed.over_again(&shop());
                let state = again.run(Answers::all()).await;
                let started = state.started.as_ref().expect("it was started").at;
                assert!(started.duration_since(state.begun_at).as_secs() < 60, "{how}");
                assert_eq!(outcome(&state), RunOutcome::Completed, "{how}: {}", undone(&again, &state));
                assert!(has_evidence(&again), "{how}");
            }
            seen[1] += 1;
            continue;
        }
        let hand = || Answers { mode: Mode::Hold, stays: false, then: vec![word.clone()], ..leaves_late() };
        let state = crashed.resume(hand()).await;
        let first = first_undo_there(&crashed, at).unwrap_or_else(|| panic!("{how}: {}", undone(&crashed, &state)));
        // RDS changes no instance that comes back from its fence still, for ten minutes behind it at most: it is sent as soon as that has
        // passed.
        let fenced =
            fenced.filter(|fenced| *fenced <= at).map_or(0, |fenced| 600 - at.duration_since(fenced).as_secs());
        assert!(first < fenced.max(60), "{how}: {first} s");
        assert!(west_serves(&crashed, &serving), "{how}: {}", undone(&crashed, &state));
        assert!(has_evidence(&crashed), "{how}");
        let told = way_back::serves(&state).expect("it is said");
        assert!(told.starts_with("us-west-2 serves"), "{how}: {told}");
        assert_eq!(told.contains("what was written to us-east-1 since"), crossed, "{how}: {told}");
        nothing_is_deleted_and_each_is_sent_once(&crashed, since);
        if !crossed {
            let lost = truth(&crashed).into_iter().find(|(name, ..)| name == "us-west-2/orders-replica");
            assert_eq!(lost.map(|(_, lost, doubled)| (lost, doubled)), Some((0.0, 0.0)), "{how}");
        }
        // What stands in the silent region is not called taken back before it is: once it answers, at the same word again.
        if outcome(&state) != RunOutcome::RolledBack {
            assert_eq!(outcome(&state), RunOutcome::Failed, "{how}");
            crashed.inject_ends();
            let state = crashed.resume(hand()).await;
            assert_eq!(outcome(&state), RunOutcome::RolledBack, "{how}: {}", undone(&crashed, &state));
        }
        seen[if crossed { 3 } else { 2 }] += 1;
    }
    let is_whole = share().is_none_or(|(_, of)| of == 1);
    assert!(!is_whole || seen.iter().all(|count| *count > 1), "{seen:?}");
}
