//! The engine on this adapter: a step that failed and is asked for again, and credentials that expire in mid-run.

use crate::stage::*;
use landfall::cloud::Clock;
use landfall::engine::{Clouds, Options, Pace, Run, Seat, Session, journal};
use landfall::plan::{GateKind, Intent, Plan, Runbook, file};
use landfall::recovery::event::{CloudName, JOURNAL_VERSION};
use landfall::recovery::start::{Ahead, Despite, Found};
use landfall::recovery::{Command, Event, Mode, Opened, RunOutcome, Start, State, Status, What};
use landfall::service::{Registry, Reply};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const TRIAL: &str = r#"
[application]
name = "trial"
primary = "us-east-1"
recovery = "us-west-2"

[account.dr]
profile = "named"

[component.db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
account = "dr"
timeout = "40s"

[component.warm]
kind = "command"
needs = ["db"]
run = ["sh", "-c", "test -e FOLDER/warm || { touch FOLDER/warm; sleep 60; }"]
undo = ["true"]
timeout = "2s"

[component.api]
kind = "ecs"
needs = ["db"]
cluster = "storefront"
service = "api"
desired = 2
environment = { DATABASE_HOST = "${db.endpoint}" }
account = "dr"
timeout = "40s"
"#;

fn plan(folder: &Path, change: impl Fn(String) -> String) -> Plan {
    let text = change(TRIAL.replace("FOLDER", &folder.display().to_string()));
    file::read("trial.toml", text.as_bytes(), &Registry).expect("a valid plan")
}

/// Runs a failover of `plan`, answering every gate; `hand` looks at each state and may command.
async fn run(plan: Plan, folder: &Path, hand: impl FnMut(&State) -> Option<Command>) -> (State, Vec<Event>) {
    run_for(Intent::Failover, plan, folder, hand).await
}

/// Runs `plan` for `intent`, answering every gate; `hand` looks at each state and may command.
pub async fn run_for(
    intent: Intent,
    plan: Plan,
    folder: &Path,
    mut hand: impl FnMut(&State) -> Option<Command>,
) -> (State, Vec<Event>) {
    let clouds = Clouds { observe: Arc::new(observer(&plan).await), perform: Arc::new(actor(&plan).await) };
    let clock = Clock::wall();
    let opened = Opened {
        version: JOURNAL_VERSION,
        run: "trial".into(),
        intent,
        cloud: CloudName::Aws,
        declared_at: clock.now(),
        runbook: Runbook::compile(&plan, intent, &Registry).expect("no circles"),
        plan,
        drill: None,
        program: "test".into(),
        endpoint: None,
    };
    let path = folder.join("run.jsonl");
    let run = Run::begin(&path, opened, &Seat::of("ana"), &clock).expect("a journal");
    let options = Options { by: "ana".into(), mode: Some(Mode::Auto), pace: Pace { shortest: 0.3, longest: 0.3 } };
    let mut session = Session::start(run, clouds, clock, options);
    let mut state: Option<State> = None;
    let mut started = false;
    let following = async {
        while let Some(batch) = session.feed.recv().await {
            for event in batch.iter() {
                match &mut state {
                    None => state = State::open(event),
                    Some(state) => state.fold(event),
                }
            }
            let now = state.as_ref().expect("a run");
            if now.ended.is_some() {
                return;
            }
            if now.needs_start() {
                if now.preflight.is_some() && !std::mem::replace(&mut started, true) {
                    let answer = session.commander.send(Command::Start(start(now)));
                    tokio::spawn(async move { answer.await.expect("the session lives").expect("it starts") });
                }
                continue;
            }
            if let Some(command) = hand(now) {
                drop(session.commander.send(command));
                continue;
            }
            for (place, gate) in now.open_gates.keys() {
                let recovery = now.run.plan.application.recovery.as_str();
                let text = if *gate == GateKind::PointOfNoReturn { recovery } else { "yes" };
                let step = now.plan_step(*place).id.clone();
                drop(session.commander.send(Command::Answer { step, gate: *gate, text: text.into() }));
            }
        }
    };
    if tokio::time::timeout(Duration::from_secs(150), following).await.is_err() {
        let events = journal::read(&path).expect("it verifies").events;
        let said = events.iter().filter(|event| !matches!(event.what, What::Call { .. }));
        let last: Vec<_> = said.rev().take(12).map(|event| format!("{event:?}")).collect();
        panic!("it does not end: {}", last.join("\n"));
    }
    session.close("the test is over").await.expect("a whole journal");
    (state.expect("a run"), journal::read(&path).expect("it verifies").events)
}

/// The start, whatever stands against it: these runs are about what comes after.
fn start(state: &State) -> Start {
    let preflight = state.preflight.as_ref().expect("it was looked");
    let accepted = Ahead { component: None, at_most_seconds: None, reason: "the region is gone".into() };
    Start {
        typed: state.run.plan.application.recovery.as_str().into(),
        despite: preflight.blocks.iter().map(despite).collect(),
        accepted: vec![accepted],
        crosses: true,
    }
}

fn despite(found: &Found) -> Despite {
    Despite { code: found.check.code.clone(), why: "it is what this run is about".into() }
}

pub fn stopped(state: &State) -> Option<Command> {
    let steps = state.run.runbook.steps.iter().zip(&state.steps);
    let stopped = steps.into_iter().find(|(_, own)| matches!(own.status, Status::Failed | Status::Unknown));
    stopped.map(|(step, _)| Command::Retry { step: step.id.clone() })
}

pub fn outcome(state: &State) -> RunOutcome {
    state.ended.as_ref().expect("it ended").outcome
}

fn count(events: &[Event], wanted: impl Fn(&What) -> bool) -> usize {
    events.iter().filter(|event| wanted(&event.what)).count()
}

fn quick(text: String) -> String {
    text.replace("test -e FOLDER/warm ||", "true ||").replace("sleep 60", "true")
}

#[tokio::test]
async fn a_step_that_failed_is_asked_for_again_once_it_is_mended() {
    let stage = storefront_by_environment().await;
    let knob = |status: &str| {
        stage.knob(&json!({"knob": "instance-status", "region": WEST, "instance": "orders-replica", "status": status}));
    };
    knob("storage-full");
    let folder = tempfile::tempdir().expect("a folder");
    let (state, events) = run(plan(folder.path(), quick), folder.path(), |state| {
        let retry = stopped(state)?;
        knob("available");
        Some(retry)
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(count(&events, |what| matches!(what, What::StepFailed { .. })) >= 1);
    // Its status was passed by the start: RDS itself refuses the first one.
    let promotions = stage.calls_of("PromoteReadReplica");
    assert_eq!(promotions.iter().filter(|call| call.status == Some(200)).count(), 1, "{promotions:?}");
}

#[tokio::test]
async fn a_promotion_that_was_stuck_is_waited_for_again() {
    let stage = storefront_by_environment().await;
    let knob = |on: bool| {
        stage.knob(&json!({"knob": "promotion-stuck", "region": WEST, "instance": "orders-replica", "on": on}));
    };
    knob(true);
    let folder = tempfile::tempdir().expect("a folder");
    let short = |text: String| quick(text).replacen("timeout = \"40s\"", "timeout = \"5s\"", 1);
    let mut told = String::new();
    let (state, _) = run(plan(folder.path(), short), folder.path(), |state| {
        let retry = stopped(state)?;
        told = state.step(&"db/promote".into()).expect("a step").1.note.to_string();
        knob(false);
        Some(retry)
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(told.starts_with("modifying: not verified within 5s"), "{told}");
    assert_eq!(stage.calls_of("PromoteReadReplica").len(), 1, "it is not sent again");
}

#[tokio::test]
async fn a_program_whose_end_was_not_seen_runs_again_by_a_persons_word() {
    let _stage = storefront_by_environment().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut asked = 0;
    let (state, events) = run(plan(folder.path(), |text| text), folder.path(), |state| {
        let retry = stopped(state)?;
        asked += 1;
        assert_eq!(state.step(&"warm/run".into()).expect("a step").1.status, Status::Unknown);
        Some(retry)
    })
    .await;
    assert_eq!((outcome(&state), asked), (RunOutcome::Completed, 1));
    let sent = |what: &What| matches!(what, What::StepActing { step, .. } if step.as_str() == "warm/run");
    assert_eq!(count(&events, sent), 2);
}

#[tokio::test]
async fn an_act_without_an_answer_and_a_refusal_after_it_are_not_called_unchanged() {
    let stage = storefront_by_environment().await;
    stage.stages(&json!({"rds.promote.available": 8}));
    stage.fault(&json!({"kind": "reply-lost", "operation": "PromoteReadReplica", "times": 1}));
    let folder = tempfile::tempdir().expect("a folder");
    let (state, events) = run(plan(folder.path(), quick), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!(count(&events, |what| matches!(what, What::StepActed { reply: Reply::NoAnswer { .. }, .. })), 1);
    assert_eq!(count(&events, |what| matches!(what, What::StepFailed { .. } | What::StepUnknown { .. })), 0);
    assert_eq!(stage.calls_of("PromoteReadReplica").len(), 1);
}

#[tokio::test]
async fn credentials_that_expire_in_mid_run_are_waited_for_and_read_again() {
    let stage = storefront_by_environment().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut fault = None;
    let mut renewed = None;
    let mut told = String::new();
    let mut since = None;
    let (state, events) = run(plan(folder.path(), quick), folder.path(), |state| {
        let promoting = state.step(&"db/promote".into()).is_some_and(|(_, own)| own.acted());
        if promoting && fault.is_none() {
            fault = Some(stage.fault(&json!({"kind": "expired-token", "access_key": "named"})));
        }
        if let Some(why) = state.expired.values().next() {
            told = why.to_string();
            let since = *since.get_or_insert(state.at);
            if state.at.duration_since(since).as_secs_f64() > 3.0 && renewed.is_none() {
                renewed = Some(with_config(|config| config.replace("= named\n", "= fresh\n")));
            }
        }
        None
    })
    .await;
    drop(renewed.expect("it waited for them"));
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(told.contains("aws configure --profile named"), "{told}");
    assert_eq!(count(&events, |what| matches!(what, What::CredentialsExpired { .. })), 1);
    assert_eq!(count(&events, |what| matches!(what, What::CredentialsRenewed { .. })), 1);
    let trouble =
        |what: &What| matches!(what, What::StepFailed { .. } | What::StepUnknown { .. } | What::StepOwed { .. });
    assert_eq!(count(&events, trouble), 0);
    let last = stage.mutations().pop().expect("something was done");
    assert_eq!(last.access_key, "fresh", "the acting side takes the new ones too");
    let mut done: Vec<String> =
        stage.mutations().iter().filter(|call| call.executed).map(|call| call.operation.clone()).collect();
    done.sort();
    let all = done.len();
    done.dedup();
    assert_eq!(done.len(), all, "each once: {done:?}");
}
