//! What is owed to a region that was dark: paid at a word, behind the run's end too, and never by itself.

use super::bench::{Answers, Bench, STOREFRONT, mutations, outcome};
use landfall::plan::{Role, StepId};
use landfall::recovery::event::{Fence, Mode, What};
use landfall::recovery::{Command, RunOutcome, State, Status, debts};

/// Dark when the run begins, and for `minutes` from then.
fn dark_for(minutes: u32) -> String {
    format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = -90\nfor = \"{}s\"\n", minutes * 60 + 90)
}

fn pay(steps: &[&str]) -> Answers {
    let steps = steps.iter().map(|step| StepId::new(step)).collect();
    Answers { mode: Mode::Hold, then: vec![Command::Pay { steps }], ..Answers::all() }
}

fn fences(state: &State) -> usize {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    steps.filter(|(step, own)| step.role() == Role::Fence && matches!(own.status, Status::Succeeded { .. })).count()
}

#[tokio::test(start_paused = true)]
async fn what_is_owed_is_paid_behind_the_end_and_the_run_stays_as_it_ended() {
    let bench = Bench::with_faults(STOREFRONT, &dark_for(60));
    let state = bench.run(Answers::all()).await;
    let before = state.ended.clone().expect("it ended");
    assert_eq!((before.outcome, before.debts.len()), (RunOutcome::Completed, 11));

    // Still dark: nothing comes of it, and nothing is worse.
    let state = bench.resume(pay(&[])).await;
    let still = state.ended.clone().expect("it ended so again");
    assert_eq!((still.outcome, still.debts.len()), (before.outcome, 11), "{still:?}");
    assert_eq!(still.rto_seconds, before.rto_seconds, "what is paid later takes nothing from the recovery");
    assert!(state.is_over());

    // One of them, once it is back.
    let state = bench.resume_later(7200, pay(&["orders-db/fence"])).await;
    let one = state.ended.clone().expect("it ended so again");
    assert_eq!((one.outcome, one.debts.len(), fences(&state)), (before.outcome, 10, 1), "{:?}", one.debts);

    let state = bench.resume(pay(&[])).await;
    let paid = state.ended.clone().expect("it ended so again");
    assert_eq!((paid.outcome, paid.debts.len()), (before.outcome, 0), "{:?}", paid.debts);
    assert_eq!((paid.rto_seconds, outcome(&state)), (before.rto_seconds, RunOutcome::Completed));
    assert!(mutations(&bench.received()).values().all(|count| *count == 1), "{:?}", mutations(&bench.received()));
    let loss = paid.objectives.iter().find(|store| store.component.as_str() == "orders-db").expect("a store");
    assert_eq!(loss.loss, landfall::recovery::event::Bound::AtMost, "confirmed: the loss has an end");

    // Nothing is owed any more: that is said, and nothing opens.
    let refused = landfall::recovery::decide::command(&state, &Command::Pay { steps: Vec::new() }, state.at);
    assert!(refused.expect_err("nothing is owed").why.contains("nothing is owed"));
}

#[tokio::test(start_paused = true)]
async fn a_region_that_comes_back_is_noticed_and_nothing_is_retried_by_itself() {
    // Back while the run waits for an answer.
    let bench = Bench::with_faults(STOREFRONT, &dark_for(4));
    let hand = Answers {
        accept_loss: false,
        stays: true,
        react: Some(|state| (state.at.duration_since(state.begun_at).as_secs() > 900).then_some(Command::Leave)),
        ..Answers::all()
    };
    let state = bench.run(hand).await;
    let owed = debts::owed(&state);
    assert!(!owed.is_empty());
    assert!(owed.iter().any(|owed| owed.answers.is_some()), "it answers again: {owed:?}");
    let told: usize = {
        let events = bench.events();
        let mut state = State::open(&events[0]).expect("a run");
        let fold = |event| {
            state.fold(event);
            debts::noticed(&state, event).len()
        };
        events[1..].iter().map(fold).sum()
    };
    assert_eq!(told, owed.iter().filter(|owed| owed.answers.is_some()).count(), "each is told of once");
    for owed in &owed {
        let own = &state.steps[owed.place];
        assert_eq!((own.attempt, own.status), (1, Status::Owed(Fence::Impossible)), "{}", owed.debt.title);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_dies_while_it_pays_is_gone_on_with() {
    let bench = Bench::with_faults(STOREFRONT, &dark_for(60));
    let ended = bench.run(Answers::all()).await.ended.expect("it ended");
    bench.resume_later(7200, pay(&[])).await;
    let events = bench.events();
    let end = events.iter().position(|event| matches!(event.what, What::RunEnded(_))).expect("its first end");
    let of_paying = |event: &&landfall::recovery::Event| {
        matches!(event.what, What::StepStarted { .. } | What::StepActing { .. } | What::StepActed { .. })
    };
    for cut in events[end + 1..].iter().filter(of_paying).map(|event| event.seq as usize + 1).step_by(5) {
        for done in [false, true] {
            let crashed = bench.crash_at(cut, done);
            // What is not seen to be done is owed, whatever was begun of it; and the run came to what it had come to.
            let (events, left) = (crashed.events(), ended.debts.len());
            let state = events[1..].iter().fold(State::open(&events[0]).expect("a run"), |mut state, event| {
                state.fold(event);
                state
            });
            let paid = |debt: &&landfall::recovery::event::Debt| {
                state.step(&debt.step).is_some_and(|(_, own)| matches!(own.status, Status::Succeeded { .. }))
            };
            let owed = state.debts.len() + debts::being_paid(&state).len();
            assert_eq!(owed + ended.debts.iter().filter(paid).count(), left, "cut at {cut}");
            let came_to = landfall::recovery::outcome::Outcome::of(&state);
            assert_eq!((came_to.outcome, came_to.recover_seconds), (Some(ended.outcome), ended.rto_seconds));
            let state = crashed.resume(Answers { mode: Mode::Auto, ..Answers::all() }).await;
            // What was under way comes to rest; what had not been begun is still owed.
            let left = state.ended.clone().expect("it ended");
            assert_eq!((left.outcome, left.rto_seconds), (ended.outcome, ended.rto_seconds), "cut at {cut}");
            let state = if left.debts.is_empty() { state } else { crashed.resume(pay(&[])).await };
            assert!(state.debts.is_empty(), "cut at {cut}: {:?}", state.debts);
            let counts = mutations(&crashed.received());
            assert!(counts.values().all(|count| *count == 1), "cut at {cut}: {counts:?}");
        }
    }
}
