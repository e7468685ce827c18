//! What is planned is asked about and done once: again only as a new plan that is asked about anew, whoever dies in between.

use crate::bench::{self, Answers, Bench, mutations, outcome};
use landfall::plan::GateKind;
use landfall::recovery::event::GateAnswer;
use landfall::recovery::{Command, RunOutcome, State, Status, What};
use std::collections::BTreeMap;

const PLAN: &str = r#"
[application]
name = "small"
primary = "us-east-1"
recovery = "us-west-2"

[component.stack]
kind = "terraform"
dir = "stack"
outputs = ["subnets"]

[component.warm]
kind = "command"
run = ["warm", "${stack.subnets}"]
verify = ["warm?"]
undo = ["cool"]
"#;

/// Answers what is asked again, and tries again what failed or is not known.
fn again(state: &State) -> Option<Command> {
    let asked = state.open_gates.keys().find(|(_, gate)| *gate == GateKind::Approval);
    if let Some((place, gate)) = asked {
        let step = state.plan_step(*place).id.clone();
        return Some(Command::Answer { step, gate: *gate, text: "yes".into() });
    }
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let mut stopped = steps.filter(|(_, own)| matches!(own.status, Status::Failed | Status::Unknown));
    stopped.next().map(|(step, _)| Command::Retry { step: step.id.clone() })
}

/// How often each event of a step of the root module came.
fn counted(bench: &Bench) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for event in bench.events() {
        let name = match &event.what {
            What::StepSucceeded { step, .. } => format!("done {step}"),
            What::StepFailed { step, .. } => format!("failed {step}"),
            What::StepActing { step, .. } => format!("acting {step}"),
            What::GateOpened { step, gate: GateKind::Approval, question, .. } => {
                assert!(question.contains("3 to add, 0 to change, 0 to destroy, 1 output"), "{question}");
                format!("asked {step}")
            }
            What::GatePassed { step, answer: GateAnswer::Within, .. } => format!("needless {step}"),
            _ => continue,
        };
        *counts.entry(name).or_insert(0) += 1;
    }
    counts.retain(|name, _| name.contains("stack/"));
    counts
}

fn table(rows: &[(&str, u32)]) -> BTreeMap<String, u32> {
    rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test(start_paused = true)]
async fn what_failed_is_planned_again_and_asked_about_again() {
    let bench =
        Bench::with_faults(PLAN, "[[fault]]\nkind = \"command-fails\"\ncomponent = \"stack\"\nfor = \"200s\"\n");
    let state = bench.run(Answers { react: Some(again), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let counts = counted(&bench);
    let times = counts["failed stack/apply"];
    assert!(times >= 1, "{counts:?}");
    assert_eq!((counts["done stack/plan"], counts["acting stack/apply"]), (times + 1, times + 1), "{counts:?}");
    assert_eq!(counts["asked stack/apply"], times + 1, "each plan is asked about: {counts:?}");
    // The point of no return was crossed with the start, and once.
    assert_eq!(counts["done stack/apply"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_crash_behind_any_event_is_resumed_and_nothing_is_applied_twice() {
    let whole = Bench::with_faults(PLAN, "");
    let state = whole.run(Answers { react: Some(again), ..Answers::all() }).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let once = [("asked stack/apply", 1), ("acting stack/apply", 1), ("done stack/apply", 1), ("done stack/plan", 1)];
    assert_eq!(counted(&whole), table(&once));
    let events = whole.events();
    for cut in 1..events.len() {
        let unanswered = bench::unanswered_at(&events[..cut]);
        for done in if unanswered.is_empty() { vec![true] } else { vec![true, false] } {
            let crashed = whole.crash_at(cut, done);
            let state = crashed.resume(Answers { react: Some(again), ..Answers::all() }).await;
            let place = format!("cut behind {:?}, unanswered acts done: {done}", events[cut - 1].what);
            assert_eq!(outcome(&state), RunOutcome::Completed, "{place}");
            let sent = mutations(&crashed.received());
            assert!(sent.values().all(|count| *count == 1), "{place}: {sent:?}");
        }
    }
}
