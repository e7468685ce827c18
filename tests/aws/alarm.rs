//! Alarms as CloudWatch describes them: of every sort, page after page, each with how new its data is.

use crate::run::{outcome, run_for};
use crate::stage::*;
use jiff::Timestamp;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::state::StepState;
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::{Alarm, Watched};
use landfall::service::{CloudWatchObservation, CloudWatchQuery, Observation, Query, Registry, Silence, home};
use serde_json::{Value, json};

const STEP: &str = "healthy/quiet";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.healthy]
kind = "alarm"
names = ["shop-5xx", "shop-latency"]
within = "4s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.knob(&json!({ "knob": "lag-timing", "period": 0.5 }));
    stage.clear_calls();
    stage
}

fn asked(name: &str) -> Query {
    CloudWatchQuery::Alarm { name: name.into() }.into()
}

fn alarm(observation: Observation) -> Option<Alarm> {
    match observation {
        Observation::CloudWatch(CloudWatchObservation::Alarm { alarm }) => alarm,
        other => panic!("an alarm was asked for, not {other:?}"),
    }
}

async fn seen(name: &str) -> Option<Alarm> {
    alarm(see(WEST, asked(name)).await)
}

fn turn(stage: &Stage, name: &str, settings: Value) {
    let mut knob = json!({ "knob": "alarm", "region": WEST, "alarm": name });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

/// When the newest data of `alarm` is of, and for how long it has to be bad.
fn data(alarm: &Alarm) -> (Option<Timestamp>, u32, u32) {
    match &alarm.watches {
        Watched::Metric(data) => (data.newest, data.stretch_seconds, data.rings_after_seconds),
        other => panic!("{other:?} watches no metric"),
    }
}

#[tokio::test]
async fn an_alarm_is_told_with_its_state_and_how_new_its_data_is() {
    let stage = shop().await;
    let found = seen("shop-5xx").await.expect("it is there");
    assert_eq!((found.state.as_str(), found.evaluation.as_deref()), ("OK", None));
    assert!(found.arn.starts_with("arn:aws:cloudwatch:us-west-2:"));
    let (newest, stretch, rings) = data(&found);
    assert!(Timestamp::now().duration_since(newest.expect("data")).as_secs() < 61);
    assert_eq!((stretch, rings), (60, 60));
    assert_eq!(seen("no-such").await, None);
    assert!(stage.calls().iter().all(|call| call.service == "cloudwatch" && call.region == WEST && call.read_only));
    turn(&stage, "shop-5xx", json!({ "state": "ALARM", "reason": "7 errors", "EvaluationState": "PARTIAL_DATA" }));
    let rang = seen("shop-5xx").await.expect("it is there");
    assert_eq!((rang.state.as_str(), rang.reason.as_deref()), ("ALARM", Some("7 errors")));
    assert_eq!(rang.evaluation.as_deref(), Some("PARTIAL_DATA"));
}

#[tokio::test]
async fn every_sort_of_alarm_is_found() {
    let stage = shop().await;
    for sort in ["CompositeAlarm", "LogAlarm"] {
        turn(&stage, sort, json!({ "type": sort, "state": "ALARM" }));
    }
    let composite = seen("CompositeAlarm").await.expect("it is there");
    assert_eq!((composite.state.as_str(), composite.watches), ("ALARM", Watched::Others));
    assert_eq!(seen("LogAlarm").await.expect("it is there").watches, Watched::Unseen);
}

#[tokio::test]
async fn the_data_of_an_expression_is_that_of_its_metrics_and_never_what_it_makes_of_none() {
    let stage = shop().await;
    let metric = |name: &str| json!({ "Namespace": "Shop", "MetricName": name, "Dimensions": [] });
    let stat = |id: &str, name: &str| json!({ "Id": id, "ReturnData": false, "MetricStat": { "Metric": metric(name), "Period": 300, "Stat": "Sum" } });
    let rate = json!({ "Id": "rate", "Expression": "FILL(errors, 0) / requests", "ReturnData": true });
    let metrics = json!([stat("errors", "Errors"), stat("requests", "Requests"), rate]);
    let rule = json!({ "Metrics": metrics, "EvaluationPeriods": 5, "DatapointsToAlarm": 3 });
    turn(&stage, "rate", rule);
    assert_eq!(data(&seen("rate").await.expect("there")), (None, 60, 900));
    let at = Timestamp::now();
    let datum = json!({ "MetricName": "Requests", "Timestamp": at.as_second(), "Value": 3.0 });
    stage.metric(&json!({ "region": WEST, "Namespace": "Shop", "MetricData": [datum] }));
    assert!(data(&seen("rate").await.expect("there")).0.is_some(), "requests came, and no error");
    let alone =
        json!([{ "Id": "all", "Expression": "SELECT SUM(Errors) FROM Shop", "Period": 60, "ReturnData": true }]);
    turn(&stage, "query", json!({ "Metrics": alone }));
    assert_eq!(seen("query").await.expect("there").watches, Watched::Unseen);
    turn(&stage, "fast", json!({ "Period": 10, "EvaluationPeriods": 3 }));
    assert_eq!(data(&seen("fast").await.expect("there")).1, 10);
    assert_eq!(data(&seen("fast").await.expect("there")).2, 30);
}

#[tokio::test]
async fn without_traffic_an_alarm_is_ok_with_no_new_data() {
    let stage = shop().await;
    turn(&stage, "shop-5xx", json!({ "traffic": false }));
    let stopped = Timestamp::now();
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    let found = seen("shop-5xx").await.expect("there");
    assert_eq!(found.state.as_str(), "OK");
    assert!(data(&found).0.is_none_or(|newest| newest <= stopped));
    assert!(data(&seen("shop-latency").await.expect("there")).0.expect("data") > stopped);
}

#[tokio::test]
async fn alarms_are_described_a_hundred_at_a_time_page_after_page_and_their_data_is_one_call() {
    let stage = shop().await;
    let names: Vec<String> = (0..130).map(|nth| format!("n{nth}")).collect();
    for name in &names {
        turn(&stage, name, json!({}));
    }
    stage.knob(&json!({ "knob": "alarm-page", "size": 60 }));
    stage.clear_calls();
    let answers = look(WEST, names.iter().map(|name| asked(name)).collect()).await;
    assert!(
        answers.into_iter().all(|told| alarm(told.expect("an answer")).is_some_and(|found| data(&found).0.is_some()))
    );
    assert_eq!((stage.calls_of("DescribeAlarms").len(), stage.calls_of("GetMetricData").len()), (3, 2));
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn the_state_of_an_alarm_is_not_believed_without_its_data() {
    let stage = shop().await;
    turn(&stage, "all", json!({ "type": "CompositeAlarm" }));
    for operation in ["DescribeAlarms", "GetMetricData"] {
        for (kind, because) in [
            ("access-denied", Silence::Denied),
            ("throttle", Silence::Throttled),
            ("drop", Silence::NoAnswer),
            ("cut", Silence::NoAnswer),
            ("page", Silence::NoAnswer),
        ] {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let answers = look(WEST, vec![asked("shop-5xx"), asked("all")]).await;
            stage.mend(&fault);
            assert_eq!(answers[0].as_ref().expect_err("no answer").because, because, "{kind} {operation}");
            assert_eq!(answers[1].is_ok(), operation == "GetMetricData", "one without data: {kind}");
        }
    }
    stage.fault(&json!({ "kind": "access-denied", "operation": "DescribeAlarms" }));
    let denied = look(WEST, vec![asked("shop-5xx")]).await.remove(0).expect_err("denied");
    assert!(home::clear("cloudwatch.DescribeAlarms", &denied).contains("cloudwatch:DescribeAlarms"), "{denied:?}");
}

fn plan() -> Plan {
    file::read("shop.toml", SEED.as_bytes(), &Registry).expect("a valid plan")
}

/// Runs the plan; `hand` is told how its step is, and since when, and may command.
async fn run(mut hand: impl FnMut(&StepState, f64) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Failover, plan(), folder.path(), |state| {
        let (_, own) = state.step(&STEP.into()).expect("a step");
        let since = own.started_at.map_or(0.0, |at| Timestamp::now().duration_since(at).as_secs_f64());
        hand(own, since)
    })
    .await;
    state
}

fn retry() -> Option<Command> {
    Some(Command::Retry { step: STEP.into() })
}

#[tokio::test]
async fn a_run_is_green_by_new_data_twice_in_a_row() {
    let stage = shop().await;
    let state = run(|_, _| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let (_, own) = state.step(&STEP.into()).expect("a step");
    assert!(own.note.contains("2 in a row"), "{}", own.note);
    assert!(stage.calls_of("DescribeAlarms").len() >= 3, "before the start, and twice in a row");
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn alarms_that_are_ok_because_nothing_comes_are_never_green() {
    let stage = shop().await;
    turn(&stage, "shop-latency", json!({ "traffic": false }));
    let (mut told, mut turned) = (Vec::new(), None);
    let state = run(|own, since| {
        if own.status == Status::Running && since > 6.0 && turned.is_none() {
            told.push(own.note.to_string());
            turn(&stage, "shop-latency", json!({ "traffic": true }));
            turned = Some(Timestamp::now());
        }
        None
    })
    .await;
    assert!(told[0].contains("shop-latency is OK") && told[0].contains("came"), "{told:?}");
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let (_, own) = state.step(&STEP.into()).expect("a step");
    assert!(own.finished_at > turned, "only once something came");
}

#[tokio::test]
async fn an_alarm_that_rings_to_the_end_fails_its_step_with_its_own_words() {
    let stage = shop().await;
    turn(&stage, "shop-5xx", json!({ "state": "ALARM", "reason": "7 errors" }));
    let mut told = None;
    let state = run(|own, since| {
        if own.status != Status::Failed || told.is_some() {
            return None;
        }
        told = Some((own.note.to_string(), since));
        turn(&stage, "shop-5xx", json!({ "state": "OK" }));
        retry()
    })
    .await;
    let (note, after) = told.expect("it failed first");
    assert!(note.contains("shop-5xx is ALARM (7 errors)") && after < 8.0, "{note} after {after} s");
    assert_eq!(outcome(&state), RunOutcome::Completed);
}

#[tokio::test]
async fn an_alarm_that_is_not_there_stops_the_run_at_once() {
    let stage = shop().await;
    turn(&stage, "shop-latency", json!({ "gone": true }));
    let mut told = None;
    let state = run(|own, since| {
        if own.status != Status::Failed || told.is_some() {
            return None;
        }
        told = Some((own.note.to_string(), since));
        turn(&stage, "shop-latency", json!({}));
        retry()
    })
    .await;
    let (note, after) = told.expect("it failed first");
    assert!(note.contains("us-west-2 has no alarm shop-latency") && after < 3.0, "{note} after {after} s");
    assert_eq!(outcome(&state), RunOutcome::Completed);
}
