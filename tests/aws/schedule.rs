//! Schedules of EventBridge Scheduler over HTTP: turned once, and all else of one written back as it was.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::Schedule;
use landfall::service::{
    Observation, Query, Registry, Reply, ScheduleName, SchedulerObservation, SchedulerOperation, SchedulerQuery,
    Silence, home,
};
use serde_json::{Value, json};

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.nightly]
kind = "schedule"
name = "nightly"
group = "shop"
old = { name = "nightly-east" }
timeout = "6s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn new() -> ScheduleName {
    ScheduleName { schedule: "nightly".into(), group: Some("shop".into()) }
}

fn asked(name: ScheduleName) -> Query {
    SchedulerQuery::Schedule(name).into()
}

async fn schedule(region: &str, name: ScheduleName) -> Option<Schedule> {
    match see(region, asked(name)).await {
        Observation::Scheduler(SchedulerObservation::Schedule { schedule }) => schedule,
        other => panic!("{other:?}"),
    }
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "schedule", "region": WEST, "schedule": "nightly", "group": "shop" });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

/// All that the cloud has of the new schedule, and of the old one, but for when it was changed last.
fn whole(stage: &Stage) -> [Value; 2] {
    let state = stage.state();
    let mut all =
        [state["schedules"][WEST]["shop/nightly"].clone(), state["schedules"][EAST]["default/nightly-east"].clone()];
    for one in &mut all {
        one.as_object_mut().expect("a schedule").remove("LastModificationDate");
    }
    all
}

fn sent(stage: &Stage) -> Vec<(String, String)> {
    let done = stage.mutations().into_iter().filter(|call| call.executed);
    let mut sent: Vec<(String, String)> = done
        .map(|call| (call.region, format!("{} {}", call.operation, call.parameters["State"].as_str().unwrap_or("?"))))
        .collect();
    sent.sort();
    sent
}

fn each_once() -> Vec<(String, String)> {
    [(EAST, "UpdateSchedule DISABLED"), (WEST, "UpdateSchedule ENABLED")]
        .map(|(region, done)| (region.to_owned(), done.to_owned()))
        .into()
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(more: &str, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Switchover, plan(more), folder.path(), hand).await.0
}

#[tokio::test]
async fn a_schedule_is_told_by_its_path_and_group() {
    let stage = shop().await;
    let found = schedule(WEST, new()).await.expect("there");
    assert_eq!(found.arn.as_str(), "arn:aws:scheduler:us-west-2:123456789012:schedule/shop/nightly");
    assert_eq!((found.state.as_str(), found.expression.as_str()), ("DISABLED", "cron(0 3 * * ? *) Europe/Berlin"));
    assert_eq!(found.target.as_str(), "arn:aws:sqs:us-west-2:123456789012:nightly");
    assert!(found.ends.is_some() && found.starts.is_none());
    let old = ScheduleName { schedule: "nightly-east".into(), group: None };
    assert_eq!(schedule(EAST, old.clone()).await.expect("there").state.as_str(), "ENABLED");
    assert!(schedule(WEST, old).await.is_none());
    let nowhere = ScheduleName { group: Some("none".into()), ..new() };
    assert!(schedule(WEST, nowhere).await.is_none());
    assert!(stage.calls().iter().all(|call| call.service == "scheduler" && call.read_only));
    for (kind, because) in [
        ("access-denied", Silence::Denied),
        ("throttle", Silence::Throttled),
        ("drop", Silence::NoAnswer),
        ("page", Silence::NoAnswer),
        ("cut", Silence::NoAnswer),
    ] {
        let fault = stage.fault(&json!({ "kind": kind, "operation": "GetSchedule" }));
        let silent = look(WEST, vec![asked(new())]).await.remove(0).expect_err("no answer");
        stage.mend(&fault);
        assert_eq!(silent.because, because, "{kind}");
        if because == Silence::Denied {
            assert!(home::clear("scheduler.GetSchedule", &silent).contains("scheduler:GetSchedule"));
        }
    }
}

#[tokio::test]
async fn nothing_of_a_schedule_is_lost_whatever_becomes_of_the_reply_and_it_goes_back_to_what_it_was() {
    let stage = shop().await;
    let before = whole(&stage);
    stage.fault(&json!({ "kind": "reply-lost", "operation": "UpdateSchedule", "times": 2 }));
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"nightly\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let state = run(fails, |state| {
        let (_, own) = state.step(&"smoke/run".into()).expect("a step");
        (own.status == Status::Failed && !std::mem::replace(&mut asked, true)).then(|| {
            let mut turned = before.clone();
            (turned[0]["State"], turned[1]["State"]) = (json!("ENABLED"), json!("DISABLED"));
            assert_eq!(whole(&stage), turned, "but for its state all of it is as it was");
            assert_eq!(sent(&stage), each_once());
            Command::RollBack { to: None, typed: WEST.into(), reason: "it is a test".into(), past_the_point: None }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!((whole(&stage), sent(&stage).len()), (before, 4));
}

#[tokio::test]
async fn what_cannot_be_read_first_is_not_written_and_one_that_is_in_use_is_asked_again() {
    let stage = shop().await;
    let turn = || SchedulerOperation::TurnSchedule { name: new(), enabled: true }.into();
    for (kind, operation) in [("drop", "GetSchedule"), ("page", "GetSchedule"), ("throttle", "UpdateSchedule")] {
        let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
        let (reply, _) = act(WEST, turn()).await;
        stage.mend(&fault);
        assert!(matches!(reply, Reply::NotNow { .. }), "{kind} {operation}: {reply:?}");
    }
    assert_eq!(whole(&stage)[0]["State"], json!("DISABLED"));
    assert!(sent(&stage).is_empty());
    assert!(take(WEST, turn()).await.expect("its ARN").ends_with("schedule/shop/nightly"));
}

#[tokio::test]
async fn one_that_is_over_is_told_before_the_start_and_never_green() {
    let stage = shop().await;
    turn(&stage, json!({ "ends_in": -60, "state": "ENABLED" }));
    let mut told = None;
    let state = run("", |state| {
        let (_, own) = state.step(&"nightly/enable".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            turn(&stage, json!({ "ends_in": 3600 }));
            Command::Retry { step: "nightly/enable".into() }
        })
    })
    .await;
    assert!(told.expect("it was green at once").contains("over"));
    assert_eq!(outcome(&state), RunOutcome::Completed);
}
