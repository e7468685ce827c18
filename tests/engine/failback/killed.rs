//! A failback that is killed behind any of its events goes on, and the world is the first one again.

use super::{nothing_is_deleted_and_each_is_sent_once, over, share, truth, undone};
use crate::bench::{Answers, Bench, outcome};
use landfall::cloud::sim::rehearsal;
use landfall::recovery::event::{Fence, Mode, What};
use landfall::recovery::{self, Command, RunOutcome, State, Status, way_back};
use serde_json::Value;

/// Behind which events of a run it may be killed.
fn cuts(bench: &Bench) -> Vec<usize> {
    let events = bench.events().into_iter();
    let those = events.filter(|event| {
        matches!(
            event.what,
            What::StepStarted { .. } | What::StepActing { .. } | What::StepActed { .. } | What::StepSucceeded { .. }
        )
    });
    those.map(|event| event.seq as usize + 1).collect()
}

#[tokio::test(start_paused = true)]
async fn killed_anywhere_it_goes_on_and_loses_nothing() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let since = back.received().len();
    back.run(Answers::all()).await;
    // Each of them holds; here a part, for the time it takes.
    let (first, step) = share().unwrap_or((3, 13));
    // What is sent before the return, and was not answered, in any case.
    let events = back.events();
    let is_sent_before = |cut: &usize| matches!(&events[cut - 1].what, What::StepActing { step, .. } if ["keep", "tag"].contains(&step.action()));
    let all = cuts(&back);
    let part =
        all.iter().skip(first).step_by(step).chain(all.iter().filter(|cut| share().is_none() && is_sent_before(cut)));
    for cut in part.copied() {
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

/// An old side that never comes back as a secondary keeps the side that serves.
async fn no_secondary_no_return(there: &Bench) {
    let back = there.failback().unwrap_or_else(|none| panic!("{none}"));
    back.inject("[[fault]]\nkind = \"rejoin-never\"\ncomponent = \"ledger\"\n");
    let soon = Answers {
        react: Some(|state| {
            let waited = state.at.duration_since(state.begun_at).as_secs() > 1_200;
            waited.then_some(landfall::recovery::Command::Leave)
        }),
        ..Answers::all()
    };
    let state = back.run(soon).await;
    assert_ne!(outcome(&state), RunOutcome::Completed, "{}", undone(&back, &state));
    let (_, own) = state.step(&"ledger/rejoined".into()).expect("its step");
    assert!(!matches!(own.status, Status::Succeeded { .. }), "{:?}", own.status);
    assert_eq!(way_back::downtime(&state, state.at), None, "nothing of the return was begun");
    let serves = way_back::serves(&state).expect("a failback says it");
    assert!(serves.starts_with(&format!("{} serves", there.plan().application.recovery)), "{serves}");
    let scored = recovery::score::score(&back.events()).and_then(|score| score.way_back).expect("its score");
    assert!(!scored.is_protected && scored.promoted == 0 && scored.lost_seconds.is_none(), "{scored:?}");
}

/// An embedded rehearsal, its region dark for an hour and then back: all that it owes is paid.
async fn gone_over(of: &str) -> (Bench, Value) {
    let plan =
        rehearsal::all().into_iter().find(|known| known.file == format!("{of}.toml")).expect("an embedded plan").plan;
    let there = Bench::with_faults(
        plan,
        "[[fault]]\nkind = \"region-dark\"\nregion = \"primary\"\nat = -90\nfor = \"3690s\"\n",
    );
    let first = there.snapshot();
    let state = there.run(Answers::all()).await;
    assert!(state.is_over(), "{of}: {:?}\n{}", outcome(&state), undone(&there, &state));
    let pay = Answers { mode: Mode::Hold, then: vec![Command::Pay { steps: Vec::new() }], ..Answers::all() };
    let state = there.resume_later(7200, pay).await;
    // That the writes of a primary that was dark were blocked nobody can see any more: no word pays that, and it is not said.
    let owed: Vec<&str> = state.debts.iter().map(|debt| debt.step.as_str()).collect();
    assert!(owed.iter().all(|step| *step == "ledger/fenced"), "{of}: {owed:?}");
    if let Some(debt) = state.debts.first() {
        let is_told =
            debt.why.contains("timed out") && debt.why.contains("see whether") && debt.fence == Fence::Attempted;
        assert!(is_told, "{of}: {debt:?}");
        let listed =
            std::process::Command::new(env!("CARGO_BIN_EXE_landfall")).arg("debts").arg(there.journal()).output();
        let told = String::from_utf8_lossy(&listed.expect("it runs").stdout).into_owned();
        assert!(
            told.contains("nothing can be sent for it: look at it yourself") && told.contains("attempted"),
            "{told}"
        );
        assert!(!told.contains("Once the region answers again") && told.contains("does not wait for it"), "{told}");
    }
    (there, first)
}

#[tokio::test(start_paused = true)]
async fn the_storefront_comes_back_from_a_dark_region_and_goes_over_again() {
    comes_back_and_goes_over_again("storefront").await;
}

#[tokio::test(start_paused = true)]
async fn the_claims_come_back_from_a_dark_region_and_go_over_again() {
    comes_back_and_goes_over_again("claims").await;
}

async fn comes_back_and_goes_over_again(of: &str) {
    let (there, first) = gone_over(of).await;
    if of == "claims" {
        no_secondary_no_return(&there).await;
    }
    let gone = there.snapshot();
    let back = there.failback().unwrap_or_else(|none| panic!("{of}: {none}"));
    let since = back.received().len();
    let state = back.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed, "{of}: {}", undone(&back, &state));
    nothing_is_deleted_and_each_is_sent_once(&back, since);
    is_the_first_world(&first, &back.snapshot(), of);
    nothing_lost(&back, of);
    killed_it_goes_on(&back, since, &first, of).await;

    // Gone over again by the way back of the way back: the first plan, and the world as it was gone over.
    let forth = back.failback().unwrap_or_else(|none| panic!("{of}: {none}"));
    for component in &there.plan().components {
        let again = forth.plan().component(&component.name).expect("it is there");
        if component.kind.as_str() == "rds-restore" {
            // Its name is taken by what is kept.
            continue;
        }
        assert_eq!(again.kind, component.kind, "{of}: {}", component.name);
        // What was captured or made anew since is told by the run and not by the plan.
        if !["ecs", "route53"].contains(&component.kind.as_str()) {
            for (name, value) in &component.fields.0 {
                assert_eq!(again.fields.0.get(name), Some(value), "{of}: {}", component.name);
            }
        }
    }
    let since = forth.received().len();
    let state = forth.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed, "{of}: {}", undone(&forth, &state));
    nothing_is_deleted_and_each_is_sent_once(&forth, since);
    for what in
        ["scaling_groups", "limits", "zones", "rules", "schedules", "node_groups", "objects", "mappings", "functions"]
    {
        assert_eq!(forth.snapshot()[what], gone[what], "{of}: {what}");
    }
}

/// No database lost anything, or had two writers, on the way back.
fn nothing_lost(bench: &Bench, of: &str) {
    for (name, lost, doubled) in truth(bench) {
        let is_back = ["replica", "-fenced-", "archive"].iter().all(|part| !name.contains(part));
        assert!(!is_back || (lost, doubled) == (0.0, 0.0), "{of}: {name} lost {lost} s, doubled {doubled} s");
    }
}

/// Whether a function that was invoked ran only its log tells: it is invoked again by a person's word, and by nothing else.
fn asks_again(state: &State) -> Option<Command> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut unknown = steps.filter(|(step, own)| step.id.action() == "call" && own.status == Status::Unknown);
    unknown.next().map(|(step, _)| Command::Retry { step: step.id.clone() })
}

/// Killed behind any of its events a failback goes on and loses nothing.
async fn killed_it_goes_on(back: &Bench, since: usize, first: &Value, of: &str) {
    let cuts = cuts(back);
    let one = cuts.len() * 2 / 3;
    let (nth, each) = share().unwrap_or((one - 1, one));
    for cut in cuts.iter().skip(nth).step_by(each) {
        for done in [false, true] {
            if share().is_none() && !done {
                continue;
            }
            let crashed = back.crash_at(*cut, done);
            let state = crashed.resume(Answers { react: Some(asks_again), ..Answers::all() }).await;
            let how = format!("{of} cut at {cut}, done {done}");
            assert_eq!(outcome(&state), RunOutcome::Completed, "{how}: {}", undone(&crashed, &state));
            nothing_is_deleted_and_each_is_sent_once(&crashed, since);
            nothing_lost(&crashed, &how);
            is_the_first_world(first, &crashed.snapshot(), &how);
        }
    }
}

/// What may be another once a rehearsal is gone back: what is kept, what counts, and where an address stands that was of no
/// store before.
fn may_differ(way: &str) -> bool {
    let new =
        ["/commands", "/modules", "/task_definitions/", "/parameters/", "/executions", "/invocations", "/restored"];
    new.iter().any(|begin| way.starts_with(begin))
        || ["-fenced-", "/missing_seconds", "/two_writers_seconds", "/backup_retention_days"]
            .iter()
            .any(|part| way.contains(part))
        || (way.starts_with("/services/") && way.ends_with("/task_definition"))
        || (way.starts_with("/secrets/") && way.contains("/versions"))
        || way.starts_with("/databases/eu-central-1/claims-archive")
        || way.starts_with("/global_databases/") && way.contains("/copies")
}

fn differences(way: &str, first: &Value, last: &Value, differ: &mut Vec<String>) {
    match (first, last) {
        (Value::Object(old), Value::Object(new)) => {
            let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let of = |tree: &serde_json::Map<String, Value>| tree.get(name).cloned().unwrap_or_default();
                differences(&format!("{way}/{name}"), &of(old), &of(new), differ);
            }
        }
        (old, new) if old == new || may_differ(way) => {}
        (old, new) => differ.push(format!("{way}: {new}, was {old}")),
    }
}

fn is_the_first_world(first: &Value, last: &Value, of: &str) {
    let mut differ = Vec::new();
    differences("", first, last, &mut differ);
    assert!(differ.is_empty(), "{of}: {differ:#?}");
}
