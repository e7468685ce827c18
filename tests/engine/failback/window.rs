//! The decision to go back: on a fresh verdict, refused where a step of the return would be.

use super::{over, stands, undone};
use crate::bench::{Answers, outcome};
use landfall::plan::GateKind;
use landfall::recovery::event::What;
use landfall::recovery::{self, Command, RunOutcome, State, way_back, window};

#[tokio::test(start_paused = true)]
async fn what_would_refuse_a_step_of_the_return_refuses_the_decision_to_go_back() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let opened =
        back.events().into_iter().find(|event| matches!(event.what, What::GateOpened { gate: GateKind::Window, .. }));
    let opened = opened.expect("it is asked");
    let crashed = back.crash_at(opened.seq as usize + 1, true);
    let mut state = stands(&crashed);
    let step = "failback-window/confirm".into();
    let word = Command::Answer { step, gate: GateKind::Window, text: "us-east-1".into() };
    let answer = |state: &State| recovery::decide::command(state, &word, opened.at);
    // How it stands is asked anew by each session: what is not known yet is not good.
    let refused = answer(&state).expect_err("nobody knows how it stands");
    assert!(refused.why.contains("is still being asked"), "{refused:?}");
    let found = |level: &str, rule: bool| {
        let mut found = serde_json::json!({
            "component": "api", "code": "ecs-image", "level": level, "found": "no image shop/api:v2 in us-east-1",
            "wanted": "the image is there", "fix": "push it",
        });
        if rule {
            found["tier"] = "hourly".into();
        }
        serde_json::from_value::<landfall::recovery::start::Found>(found).expect("a finding")
    };
    let later = |seconds: i64, what: What| {
        let at = opened.at + jiff::SignedDuration::from_secs(seconds);
        landfall::recovery::Event { what, at, ..opened.clone() }
    };
    let judged = |seconds, found| {
        let found = recovery::Preflight::sorted(vec![found]);
        later(seconds, What::ReturnJudged(Box::new(found)))
    };
    let turned = |seconds: i64, found: landfall::recovery::start::Found| {
        let since = Some(opened.at + jiff::SignedDuration::from_secs(seconds));
        let found = vec![landfall::recovery::start::Found { since, ..found }];
        later(seconds, What::RulesTurned { found, rests: None })
    };
    state.fold(&judged(1, found("ok", false)));
    assert!(answer(&state).is_ok());
    assert!(window::stands(&state).expect("it is told").1.starts_with("ready, asked at "));
    for (event, says) in [
        (turned(2, found("failing", true)), "ecs-image is failing now"),
        (judged(3, found("failing", false)), "ecs-image is failing now"),
        (judged(4, found("unknown", false)), "ecs-image cannot be told now"),
    ] {
        state.fold(&event);
        let refused = answer(&state).expect_err("it is not ready");
        assert!(refused.why.contains(says) && refused.clear.contains("push it"), "{refused:?}");
        assert!(window::stands(&state).expect("it is told").1.starts_with("not ready 1, "), "{says}");
    }
    // A rule that nobody can tell refuses nothing, and is said as what it is; what was judged last has the last word.
    state.fold(&judged(5, found("unknown", true)));
    assert!(answer(&state).is_ok(), "no step asks for it");
    assert!(window::stands(&state).expect("it is told").1.contains("cannot be told now"));
    state.fold(&judged(6, found("ok", true)));
    assert!(answer(&state).is_ok(), "once it is mended");
}

#[tokio::test(start_paused = true)]
async fn nobody_goes_back_into_a_region_that_went_dark_since_and_the_side_is_warm_before_anybody_is_moved() {
    let there = over();
    there.run(Answers::all()).await;
    let back = there.failback().expect("a way back");
    back.run(Answers::all()).await;
    let events = back.events();
    let place =
        |found: &dyn Fn(&What) -> bool| events.iter().position(|event| found(&event.what)).expect("it is there");
    let asked = place(&|what| matches!(what, What::GateOpened { gate: GateKind::Window, .. }));
    let judged = place(&|what| matches!(what, What::ReturnJudged(_)));
    let crossed = place(&|what| matches!(what, What::GatePassed { gate: GateKind::Window, .. }));
    assert!(asked < judged && judged < crossed, "asked anew before it is answered: {asked} {judged} {crossed}");
    let What::ReturnJudged(found) = &events[judged].what else { panic!("it is one") };
    assert!(found.blocks.is_empty() && found.unknown.is_empty() && !found.ok.is_empty(), "{found:#?}");
    // What is done by then keeps its place in the order: a question that was answered is not alone.
    assert!(found.all().all(|found| found.check.code.as_str() != "component-alone"), "{found:#?}");
    // What rests on the replica that part one makes is asked here, and not held against the start, where it cannot be there yet.
    let started = place(&|what| matches!(what, What::Started(_)));
    let first = events[..started].iter().rev().find_map(|event| match &event.what {
        What::Preflight(found) => Some(found),
        _ => None,
    });
    let first = first.expect("it was asked before the start");
    assert!(first.unknown.is_empty(), "{:#?}", first.unknown);
    let of_version = |found: &recovery::Preflight| {
        let versions = found.all().filter(|found| found.check.code.as_str() == "rds-engine-version");
        versions.map(|found| found.check.level).collect::<Vec<_>>()
    };
    assert_eq!((of_version(first), of_version(found)), (Vec::new(), vec![landfall::plan::Level::Ok]));
    let is_of_part_one = |found: &recovery::start::Found| {
        found.step.as_ref().is_some_and(|step| ["keep", "replica", "follows"].contains(&step.action()))
    };
    assert!(!found.all().any(is_of_part_one), "what is done is not judged again");
    let of = |step: &'static str| {
        place(&|what| matches!(what, What::StepSucceeded { step: done, .. } if done.as_str() == step))
    };
    let fenced = place(&|what| matches!(what, What::StepActing { step, .. } if step.action() == "fence"));
    assert!(crossed < of("api/warm") && of("api/warm") < fenced, "warm and healthy before anything is stopped");

    // It goes dark while the question stands: refused, held, and nothing is sent.
    let crashed = back.crash_at(events[asked].seq as usize + 1, true);
    let after = events[asked].at.duration_since(events[0].at).as_secs();
    crashed.inject(&format!("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = {after}\n"));
    let since = crashed.received().len();
    let state = crashed.resume(Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Held, "{}", undone(&crashed, &state));
    let refusers = window::refusers(&state);
    assert!(!refusers.is_empty(), "{:?}", state.judged);
    let codes: Vec<&str> = refusers.iter().map(|found| found.check.code.as_str()).collect();
    assert!(codes.contains(&"recovery-answers") && codes.len() > 3, "{codes:?}");
    assert_eq!(crashed.received().len(), since, "nothing was sent");
    assert!(way_back::return_begun(&state).is_none());
    // Light again it is asked anew, and goes.
    crashed.inject_ends();
    let state = crashed.resume_later(60, Answers::all()).await;
    assert_eq!(outcome(&state), RunOutcome::Completed, "{}", undone(&crashed, &state));
}
