//! What an outage of the side that is to be brought up means for the start: it must not cost the side that works.

use crate::bench::between::{Between, Look, silence};
use crate::bench::{Answers, Bench, TWELVE, mutations};
use landfall::recovery::{State, What};
use landfall::service::Silence;

const RECOVERY: &str = "us-west-2";

fn codes(state: &State) -> (Vec<String>, Vec<String>) {
    let preflight = state.preflight.as_ref().expect("it looked");
    let of =
        |found: &[landfall::recovery::start::Found]| found.iter().map(|found| found.check.code.to_string()).collect();
    (of(&preflight.blocks), of(&preflight.unknown))
}

async fn never_started(bench: Bench) -> State {
    let state = bench.run(Answers::all()).await;
    assert!(state.started.is_none(), "{:?}", codes(&state));
    assert!(mutations(&bench.received()).is_empty());
    assert!(!bench.events().iter().any(|event| matches!(event.what, What::StepStarted { .. })));
    state
}

#[tokio::test(start_paused = true)]
async fn a_region_that_answers_nothing_is_not_failed_over_to() {
    let dark = Between::looks(|ask, _| match ask.place.region.as_str() {
        RECOVERY => silence(Silence::NoAnswer, "no answer within 5 s"),
        _ => Look::Through,
    });
    let state = never_started(Bench::with_faults(TWELVE, "").behind(dark)).await;
    assert!(codes(&state).0.contains(&"recovery-answers".to_owned()), "{:?}", codes(&state));
}

#[tokio::test(start_paused = true)]
async fn what_the_recovery_side_refuses_to_tell_is_not_found_out_behind_the_fence() {
    for because in [Silence::Denied, Silence::Refused] {
        let denied = Between::looks(move |ask, _| {
            let is_meant = ask.query.api_name() == "rds.DescribeDBInstances" && ask.place.region.as_str() == RECOVERY;
            if is_meant { silence(because, "no") } else { Look::Through }
        });
        let state = never_started(Bench::with_faults(TWELVE, "").behind(denied)).await;
        assert!(codes(&state).1.contains(&"rds-replica-exists".to_owned()), "{:?}", codes(&state));
    }
}

#[tokio::test(start_paused = true)]
async fn one_api_that_hangs_keeps_no_other_apis_answer() {
    let fault = format!("[[fault]]\nkind = \"hang\"\noperation = \"cloudwatch\"\nregion = \"{RECOVERY}\"\nat = -60\n");
    let bench = Bench::with_faults(TWELVE, &fault);
    let state = bench.run(Answers::all()).await;
    let preflight = state.preflight.as_ref().expect("it looked");
    for code in ["identity", "rds-replica-source", "ecs-service", "lb-exists"] {
        assert!(preflight.ok.iter().any(|found| found.check.code.as_str() == code), "{code}: {:?}", codes(&state));
    }
    assert!(!codes(&state).1.iter().any(|code| code.starts_with("ecs") || code.starts_with("rds-replica")));
}
