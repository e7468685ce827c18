//! Invocations over HTTP: each is made once, what it answers tells, and nobody but a person makes another.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::Exit;
use landfall::service::{LambdaOperation, Operation, Registry, Reply};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.tell]
kind = "invoke"
function = "teller"
payload = '{"side": "west"}'
expect = { "/told" = "yes" }
undo = { payload = '{"side": "east"}' }
timeout = "20s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "function", "region": WEST, "function": "teller" });
    settings.as_object().expect("settings").iter().for_each(|(name, value)| knob[name] = value.clone());
    stage.knob(&knob);
}

fn invoke(within_seconds: u64) -> Operation {
    let payload = Some("{\"side\": \"west\"}".to_owned());
    let (function, qualifier) = ("teller".into(), None);
    LambdaOperation::InvokeFunction { function, qualifier, payload, within_seconds, in_confidence: false }.into()
}

/// What it was handed, each time that it ran.
fn handed(stage: &Stage) -> Vec<Value> {
    let state = stage.state();
    let all = state["lambda"][WEST]["teller"]["invoked"].as_array().cloned().unwrap_or_default();
    all.iter().map(|text| serde_json::from_str(text.as_str().expect("a text")).expect("JSON")).collect()
}

fn exit(reply: Reply) -> Exit {
    match reply {
        Reply::Taken { receipt } => receipt.exit.expect("how it ended"),
        other => panic!("it was to be answered: {other:?}"),
    }
}

#[tokio::test]
async fn what_a_function_answers_is_told_and_so_is_that_it_failed_or_never_ran() {
    let stage = shop().await;
    let good = exit(act(WEST, invoke(20)).await.0);
    assert_eq!((good.code, good.stdout.as_str()), (Some(0), "{\"told\": \"yes\"}"));
    turn(&stage, json!({ "answer": { "errorMessage": "no database" }, "error": "Unhandled" }));
    let failed = exit(act(WEST, invoke(20)).await.0);
    assert_eq!((failed.code, failed.stderr.as_str()), (Some(1), "Unhandled error"));
    assert!(failed.stdout.contains("no database"));
    let ran = handed(&stage).len();
    turn(&stage, json!({ "reserved": 0 }));
    let (reply, _) = act(WEST, invoke(20)).await;
    assert!(matches!(reply, Reply::NotNow { throttled: true, .. }), "{reply:?}");
    stage.fault(&json!({ "kind": "access-denied", "operation": "Invoke" }));
    let (reply, _) = act(WEST, invoke(20)).await;
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    assert_eq!(handed(&stage).len(), ran);
}

#[tokio::test]
async fn it_is_waited_for_as_long_as_it_may_take_and_not_sent_twice() {
    let stage = shop().await;
    stage.fault(&json!({ "kind": "delay", "seconds": 3, "operation": "Invoke" }));
    let began = Instant::now();
    let (reply, calls) = act(WEST, invoke(1)).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert!((1.0..2.9).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
    assert_eq!(calls.len(), 1);
    // The first is on its way yet, and is counted when it is answered.
    while stage.calls_of("Invoke").is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stage.mend_all();
    stage.fault(&json!({ "kind": "reply-lost", "operation": "Invoke" }));
    let before = stage.calls_of("Invoke").len();
    let (reply, calls) = act(WEST, invoke(20)).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert_eq!((calls.len(), stage.calls_of("Invoke").len() - before), (1, 1));
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(plan: Plan, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Failover, plan, folder.path(), hand).await.0
}

/// Asks for the step again once it has come to `status`, after `mend`; what was said of it then.
fn again<'a>(
    status: Status,
    mut mend: impl FnMut() + 'a,
    told: &'a mut Option<String>,
) -> impl FnMut(&State) -> Option<Command> + 'a {
    move |state| {
        let (_, own) = state.step(&"tell/call".into()).expect("a step");
        (own.status == status && told.is_none()).then(|| {
            *told = Some(own.note.to_string());
            mend();
            Command::Retry { step: "tell/call".into() }
        })
    }
}

#[tokio::test]
async fn a_run_invokes_it_once_and_going_back_hands_it_the_other() {
    let stage = shop().await;
    let state = run(plan(""), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(handed(&stage), [json!({ "side": "west" })]);
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"tell\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let state = run(plan(fails), |state| {
        let failed = state.step(&"smoke/run".into()).is_some_and(|(_, own)| own.status == Status::Failed);
        (failed && !std::mem::replace(&mut asked, true)).then(|| Command::RollBack {
            to: None,
            typed: WEST.into(),
            reason: "it does not work".into(),
            past_the_point: None,
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!(handed(&stage)[1..], [json!({ "side": "west" }), json!({ "side": "east" })]);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_it_is_invoked_again_by_a_persons_word_alone() {
    let stage = shop().await;
    stage.fault(&json!({ "kind": "reply-lost", "operation": "Invoke", "times": 1 }));
    let (mut told, mut ran) = (None, 0);
    let state = run(plan(""), again(Status::Unknown, || ran = handed(&stage).len(), &mut told)).await;
    assert_eq!((outcome(&state), ran, handed(&stage).len()), (RunOutcome::Completed, 1, 2));
    assert!(told.as_deref().is_some_and(|told| told.contains("its log")), "{told:?}");
}

#[tokio::test]
async fn an_answer_that_is_not_the_one_wanted_is_no_success_nor_is_an_errors() {
    let stage = shop().await;
    for (wrong, words) in [
        (json!({ "answer": { "told": "no" } }), "/told is no, wanted yes"),
        (json!({ "answer": { "told": "yes", "errorMessage": "late" }, "error": "Unhandled" }), "Unhandled"),
    ] {
        turn(&stage, wrong);
        let mut told = None;
        let mend = || turn(&stage, json!({ "answer": { "told": "yes" } }));
        let state = run(plan(""), again(Status::Failed, mend, &mut told)).await;
        assert_eq!(outcome(&state), RunOutcome::Completed);
        assert!(told.as_deref().is_some_and(|told| told.contains(words)), "{told:?}");
    }
    assert_eq!(handed(&stage).len(), 4, "each time that a person asked for it");
}

#[tokio::test]
async fn a_function_that_may_not_run_is_refused_before_it_is_invoked() {
    let stage = shop().await;
    turn(&stage, json!({ "reserved": 0 }));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, SEED).expect("it writes");
    let mut run = stage.landfall(folder.path());
    run.args(["run", &file.display().to_string(), "--auto", "--intent", "failover", "--confirm", WEST]);
    let journal = folder.path().join("run.jsonl").display().to_string();
    let output = run.args(["--journal", &journal]).output().expect("it runs");
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.code() == Some(3) && said.contains("lambda-concurrency"), "{said}");
    assert!(stage.mutations().is_empty());
}
