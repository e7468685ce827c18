//! What is left out or skipped of a failback: nothing behind its decision comes before that, and no word leaves the decision out.
//! And a way back that was killed while its region was silent is gone on with at the first word.

use super::{over, shop, stands, undone};
use crate::bench::{Answers, Bench, outcome};
use landfall::plan::part::{Asked, NoPart};
use landfall::plan::{GateKind, Intent, Runbook, When};
use landfall::recovery::event::{Mode, What};
use landfall::recovery::{self, Command, RunOutcome, Status};
use landfall::service::Registry;

const COLD: &str = "it starts beside a database that takes writes alone";

#[tokio::test(start_paused = true)]
async fn what_is_not_warmed_up_is_shown_as_skipped_and_nobody_is_stopped_before_it_is_decided() {
    let there = Bench::with_faults(
        &shop().replace("service = \"api\"\nd", &format!("service = \"api\"\ncold = \"{COLD}\"\nd")),
        "",
    );
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let state = back.run(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::CompletedWithExceptions, "{}", undone(&back, &state));
    let (step, own) = state.step(&"api/warm".into()).expect("it stays in the runbook");
    assert_eq!(own.status, Status::Skipped);
    assert!(step.left_out.as_ref().is_some_and(|why| why.contains(COLD)), "{:?}", step.left_out);
    let events = back.events();
    let at = |found: &dyn Fn(&What) -> bool| events.iter().position(|event| found(&event.what)).expect("it is there");
    let decided = at(&|what| matches!(what, What::GatePassed { gate: GateKind::Window, .. }));
    for step in state.run.runbook.steps.iter().filter(|step| step.when > When::Window && step.left_out.is_none()) {
        let begun = at(&|what| matches!(what, What::StepStarted { step: begun, .. } if *begun == step.id));
        assert!(decided < begun, "{} comes before the decision", step.id);
    }
    // Back there it has its size, and there was a failback of it: there is one of that too.
    assert_eq!(back.snapshot()["services"]["us-east-1/ecs/shop/api"]["desired"], 3);
    assert!(back.failback().is_ok());
}

#[tokio::test(start_paused = true)]
async fn no_word_leaves_a_decision_out() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let opened = back
        .events()
        .into_iter()
        .find(|event| matches!(event.what, What::GateOpened { gate: GateKind::Divergence, .. }));
    let opened = opened.expect("it is asked");
    let state = stands(&back.crash_at(opened.seq as usize + 1, true));
    for step in ["failback-divergence/confirm", "failback-window/confirm"] {
        let skip = Command::Skip { step: step.into(), reason: "we know".into() };
        let refused = recovery::decide::command(&state, &skip, opened.at).expect_err("it is a decision");
        assert!(refused.why.contains("is a decision"), "{refused:?}");
    }
    // Whatever is skipped between, what is behind the decision waits for it.
    let skip = Command::Skip { step: "api/warm".into(), reason: "it cannot be well yet".into() };
    let skipped = recovery::decide::command(&state, &skip, opened.at).expect("it may be");
    assert!(skipped.actions.is_empty(), "nothing is begun by that: {:?}", skipped.actions);
    let returns = state.run.runbook.steps.iter().filter(|step| step.when.is_return());
    let is_of_it = |id: &landfall::plan::StepId| state.step(id).is_some_and(|(step, _)| step.when.is_return());
    for first in returns.filter(|step| !step.needs.iter().any(is_of_it)) {
        assert!(first.needs.contains(&"failback-window/confirm".into()), "{} {:?}", first.id, first.needs);
    }

    // Nor does a part: of a plan without a store nothing else holds them together.
    let stateless = shop().replace("environment = { DATABASE_HOST = \"${orders-db.endpoint}\" }\n", "");
    let (before, after) = stateless.split_once("[component.orders-db]").expect("it has one");
    let (_, after) = after.split_once("[component.api]").expect("behind it");
    let there = Bench::with_faults(&format!("{before}[component.api]{after}"), "");
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    let runbook = || Runbook::compile(back.plan(), Intent::Failback, &Registry).expect("no circle");
    let from = |name: &str| runbook().part(&Asked { from: vec![name.into()], ..Asked::default() }, back.plan());
    assert!(matches!(from("api"), Err(NoPart::Undecided { .. })), "{:?}", from("api").map(|_| ()));
    assert!(from("failback-divergence").is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_way_back_left_unknown_is_taken_back_by_the_first_word() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let events = back.events();
    let fenced = events
        .iter()
        .find(|event| matches!(&event.what, What::StepSucceeded { step, .. } if step.as_str() == "api/fence"));
    let fenced = fenced.expect("it is stopped");
    let dark = back.crash_at(fenced.seq as usize + 1, true);
    let after = fenced.at.duration_since(events[0].at).as_secs();
    dark.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
    let word = Command::RollBack { to: None, typed: "us-east-1".into(), reason: "again".into(), past_the_point: None };
    let hand = || Answers { mode: Mode::Hold, then: vec![word.clone()], ..Answers::all() };
    let state = dark.resume(hand()).await;
    assert_eq!(outcome(&state), RunOutcome::Failed, "{}", undone(&dark, &state));
    let unknown = dark.events().into_iter().find(|event| matches!(event.what, What::UndoUnknown { .. }));
    let killed = dark.crash_at(unknown.expect("nobody could tell").seq as usize + 1, true);
    killed.inject_ends();
    // It is under way, and gone on with as `landfall rollback` goes on.
    let state = killed.resume(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack, "{}", undone(&killed, &state));
}
