//! Auto Scaling groups: what is seen and sent, and whole runs that are held to the cloud's own log of calls.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, Event, RunOutcome, State, Status, What};
use landfall::service::observation::{AutoScalingGroup, ScalingActivity, ScheduledAction};
use landfall::service::{
    AutoScalingObservation, AutoScalingOperation, AutoScalingQuery, Observation, Operation, Query, Registry, Reply,
    Silence,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const PLAN: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.web]
kind = "autoscaling"
group = "web"
desired = 3
min = 2
target_group = "web"
timeout = "30s"
old = { group = "web-east" }
"#;

async fn groups() -> Stage {
    let stage = empty().await;
    stage.seed(PLAN);
    stage.stages(&json!({ "autoscaling.launch": 1, "elbv2.initial": 1 }));
    stage.clear_calls();
    stage
}

fn group_query(name: &str) -> Query {
    AutoScalingQuery::AutoScalingGroup { group: name.into() }.into()
}

fn group_of(observation: &Observation) -> Option<&AutoScalingGroup> {
    match observation {
        Observation::AutoScaling(AutoScalingObservation::AutoScalingGroup { group }) => group.as_deref(),
        other => panic!("a group was asked for, not {other:?}"),
    }
}

async fn group(region: &str, name: &str) -> AutoScalingGroup {
    group_of(&see(region, group_query(name)).await).expect("it is there").clone()
}

async fn activities(name: &str) -> Option<Vec<ScalingActivity>> {
    match see(WEST, AutoScalingQuery::ScalingActivities { group: name.into() }.into()).await {
        Observation::AutoScaling(AutoScalingObservation::ScalingActivities { activities }) => activities,
        other => panic!("activities were asked for, not {other:?}"),
    }
}

async fn actions(name: &str) -> Option<Vec<ScheduledAction>> {
    match see(WEST, AutoScalingQuery::ScheduledActions { group: name.into() }.into()).await {
        Observation::AutoScaling(AutoScalingObservation::ScheduledActions { actions }) => actions,
        other => panic!("actions were asked for, not {other:?}"),
    }
}

fn resize(group: &str, sizes: [Option<u64>; 3]) -> Operation {
    let [min, max, desired] = sizes;
    Operation::AutoScaling(AutoScalingOperation::SetGroupSize { group: group.into(), min, max, desired })
}

fn standing(stage: &Stage, region: &str, name: &str) -> Value {
    stage.state()["autoscaling"][region][name].clone()
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{PLAN}{more}").as_bytes(), &Registry).expect("a valid plan")
}

/// A run of the plan; `hand` looks at each state and may command.
async fn ran(intent: Intent, plan: Plan, hand: impl FnMut(&State) -> Option<Command>) -> (State, Vec<Event>) {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(intent, plan, folder.path(), hand).await
}

/// What was carried out and could change something: the region, and the sizes that were given.
fn sent(stage: &Stage) -> Vec<String> {
    let sizes = |call: &crate::support::cloud::Call| {
        let size = |name: &str| call.parameters[name].as_i64().map_or("-".to_owned(), |size| size.to_string());
        let [min, max, desired] = ["MinSize", "MaxSize", "DesiredCapacity"].map(size);
        format!("{} {} {min} {max} {desired}", call.region, call.operation)
    };
    stage.mutations().iter().filter(|call| call.executed).map(sizes).collect()
}

#[tokio::test]
async fn a_group_is_told_with_its_instances_what_it_did_and_what_it_will_do() {
    let stage = groups().await;
    let (east, west) = (group(EAST, "web-east").await, group(WEST, "web").await);
    assert_eq!((east.min, east.max, east.desired, east.capacity()), (2, 6, 3, 3));
    assert_eq!((west.min, west.max, west.desired, west.instances.len()), (0, 6, 0, 0));
    assert!(west.target_groups.iter().all(|arn| arn.contains(":targetgroup/web/")) && west.target_groups.len() == 1);
    assert!(group_of(&see(WEST, group_query("web-east")).await).is_none(), "it is of the other region");
    assert_eq!((activities("web").await, activities("none").await), (Some(Vec::new()), None));
    assert_eq!(actions("web").await, Some(Vec::new()));
    take(WEST, resize("web", [None, None, Some(2)])).await;
    let launching = activities("web").await.expect("some");
    assert!(
        launching.iter().all(|one| one.status.as_str() == "PreInService" && one.at.is_some() && !one.id.is_empty())
    );
    see_until(WEST, group_query("web"), |seen| group_of(seen).is_some_and(|group| group.capacity() == 2)).await;
    stage.knob(&json!({ "knob": "group-instances", "region": WEST, "group": "web", "which": 0, "weight": "4", "protected": true }));
    let weighed = group(WEST, "web").await;
    assert_eq!(weighed.capacity(), 5);
    assert_eq!(weighed.instances.iter().filter(|instance| instance.protected).count(), 1);
    assert_eq!(sent(&stage), ["us-west-2 UpdateAutoScalingGroup - - 2"]);
}

#[tokio::test]
async fn groups_are_described_many_in_a_call() {
    let stage = groups().await;
    let queries: Vec<Query> =
        (0..60).map(|nth| group_query(&format!("web-{nth}"))).chain([group_query("web")]).collect();
    let answers = look(WEST, queries).await;
    let found = answers.iter().filter(|answer| group_of(answer.as_ref().expect("an answer")).is_some()).count();
    assert_eq!((found, stage.calls().len()), (1, 2));
}

#[tokio::test]
async fn a_contention_is_not_yet_and_a_size_out_of_bounds_is_no() {
    let stage = groups().await;
    let (reply, _) = act(WEST, resize("web", [None, None, Some(9)])).await;
    assert!(matches!(reply, Reply::Refused { .. }), "{reply:?}");
    for (code, status) in [("ResourceContention", 500), ("ScalingActivityInProgress", 400)] {
        let fault = json!({ "kind": "error", "operation": "UpdateAutoScalingGroup", "code": code, "status": status });
        let fault = stage.fault(&fault);
        let (reply, _) = act(WEST, resize("web", [None, None, Some(1)])).await;
        assert!(matches!(reply, Reply::NotNow { throttled: true, .. }), "{code}: {reply:?}");
        stage.mend(&fault);
    }
    stage.fault(&json!({ "kind": "access-denied", "service": "autoscaling" }));
    let silence = look(WEST, vec![group_query("web")]).await.remove(0).expect_err("it is denied");
    assert_eq!(silence.because, Silence::Denied);
}

#[tokio::test]
async fn each_side_is_changed_once_and_in_a_switchover_the_old_one_first() {
    for intent in [Intent::Failover, Intent::Switchover] {
        let stage = groups().await;
        let (state, _) = ran(intent, plan(""), |_| None).await;
        assert_eq!(outcome(&state), RunOutcome::Completed);
        let mut sent = sent(&stage);
        if intent == Intent::Failover {
            sent.sort();
        }
        assert_eq!(
            sent,
            ["us-east-1 UpdateAutoScalingGroup 0 0 0", "us-west-2 UpdateAutoScalingGroup 2 - 3"],
            "{intent:?}"
        );
        let west = standing(&stage, WEST, "web");
        assert_eq!(west["instances"], json!({ "InService": 3 }));
        assert_eq!(stage.state()["elbv2"][WEST]["web"], json!({ "healthy": 3 }));
        stage.knob(&json!({ "knob": "group-alarm", "region": EAST, "group": "web-east", "wanted": 4 }));
        assert_eq!(standing(&stage, EAST, "web-east")["desired"], 0, "no alarm brings it back");
        let note = &state.step(&"web/scale".into()).expect("a step").1.note;
        assert!(note.contains("3 of 3 in service, 3 of 3 targets healthy"), "{note}");
    }
}

#[tokio::test]
async fn what_is_there_already_is_not_lowered_and_sends_nothing() {
    let stage = groups().await;
    take(WEST, resize("web", [Some(4), None, Some(5)])).await;
    stage.clear_calls();
    let (state, _) = ran(Intent::Failover, plan("fence = false"), |_| None).await;
    assert_eq!((outcome(&state), sent(&stage)), (RunOutcome::Completed, Vec::<String>::new()));
    assert_eq!(standing(&stage, WEST, "web")["desired"], 5);
}

/// Ends the run once a step failed, with what it said.
fn ends(told: &mut Option<(String, Duration)>, began: Instant) -> impl FnMut(&State) -> Option<Command> {
    move |state| {
        let steps = state.run.runbook.steps.iter().zip(&state.steps);
        let (_, failed) = steps.into_iter().find(|(_, own)| own.status == Status::Failed)?;
        if told.is_some() {
            return None;
        }
        *told = Some((failed.note.to_string(), began.elapsed()));
        Some(Command::Abort { reason: "seen enough".into() })
    }
}

#[tokio::test]
async fn no_room_for_instances_stops_at_once_with_the_clouds_own_words() {
    let stage = groups().await;
    stage.knob(&json!({ "knob": "capacity-short", "region": WEST, "group": "web", "most": 1 }));
    let (mut told, began) = (None, Instant::now());
    let (state, events) = ran(Intent::Failover, plan("fence = false"), ends(&mut told, began)).await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let (told, after) = told.expect("it failed");
    assert!(told.contains("do not have sufficient m5.large capacity"), "{told}");
    assert!(after < Duration::from_secs(20), "{after:?} of the 30 s that it has");
    assert!(!events.iter().any(|event| matches!(event.what, What::StepSucceeded { .. })));
    assert_eq!(sent(&stage).len(), 1, "and it is not sent again");
    assert_eq!(standing(&stage, WEST, "web")["desired"], 3, "a desired capacity is taken whatever comes of it");
}

#[tokio::test]
async fn instances_of_a_warm_pool_or_of_no_health_are_not_in_service() {
    for instances in [json!({ "state": "Warmed:Running" }), json!({ "health": "Unhealthy" })] {
        let stage = groups().await;
        take(WEST, resize("web", [Some(2), None, Some(3)])).await;
        see_until(WEST, group_query("web"), |seen| group_of(seen).is_some_and(|group| group.capacity() == 3)).await;
        let mut knob = json!({ "knob": "group-instances", "region": WEST, "group": "web", "which": 1 });
        knob.as_object_mut().expect("a table").extend(instances.as_object().expect("a table").clone());
        stage.knob(&knob);
        let mut told = None;
        let short = PLAN.replace("30s", "4s");
        let plan =
            file::read("shop.toml", format!("{short}fence = false").as_bytes(), &Registry).expect("a valid plan");
        let (state, _) = ran(Intent::Failover, plan, ends(&mut told, Instant::now())).await;
        assert_ne!(outcome(&state), RunOutcome::Completed, "{instances}");
        let (told, _) = told.expect("it failed");
        assert!(told.contains("2 of 3 in service"), "{told}");
    }
}

#[tokio::test]
async fn a_lost_reply_is_looked_for_and_not_sent_again() {
    let stage = groups().await;
    stage.fault(&json!({ "kind": "reply-lost", "operation": "UpdateAutoScalingGroup", "region": WEST, "times": 1 }));
    let (state, events) = ran(Intent::Failover, plan("fence = false"), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let lost = |event: &&Event| matches!(&event.what, What::StepActed { reply: Reply::NoAnswer { .. }, .. });
    assert_eq!(events.iter().filter(lost).count(), 1);
    assert_eq!(stage.calls_of("UpdateAutoScalingGroup").len(), 1);
}

#[tokio::test]
async fn going_back_gives_both_sides_their_sizes_back() {
    let stage = groups().await;
    let before = (standing(&stage, EAST, "web-east"), standing(&stage, WEST, "web"));
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"web\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let (state, _) = ran(Intent::Failover, plan(fails), |state| {
        let failed = state.step(&"smoke/run".into()).is_some_and(|(_, own)| own.status == Status::Failed);
        let fenced =
            state.step(&"web/fence".into()).is_some_and(|(_, own)| matches!(own.status, Status::Succeeded { .. }));
        (failed && fenced && !std::mem::replace(&mut asked, true)).then(|| Command::RollBack {
            to: None,
            typed: WEST.into(),
            reason: "it does not work".into(),
            past_the_point: None,
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!((standing(&stage, EAST, "web-east"), standing(&stage, WEST, "web")), before);
    assert_eq!(sent(&stage).len(), 4, "{:?}", sent(&stage));
}

#[tokio::test]
async fn an_act_that_is_denied_says_which() {
    let stage = groups().await;
    stage.fault(&json!({ "kind": "access-denied", "operation": "UpdateAutoScalingGroup" }));
    let mut told = None;
    let (state, _) = ran(Intent::Failover, plan("fence = false"), ends(&mut told, Instant::now())).await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let (told, _) = told.expect("it failed");
    assert!(told.contains("UpdateAutoScalingGroup"), "{told}");
    assert!(sent(&stage).is_empty());
}
