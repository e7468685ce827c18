//! Routing controls over HTTP: five endpoints in five regions, any of which may be away, behind, or another cluster's. They
//! are turned once, all at once, and green by the word of two.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, Status};
use landfall::service::observation::RoutingControl;
use landfall::service::{
    ArcObservation, ArcOperation, ArcQuery, CallMade, ClusterEndpoint, Observation, Operation, Query, Registry, Reply,
    Silence, Unanswered,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const PANEL: &str = "arn:aws:route53-recovery-control::123456789012:controlpanel/0f";
const REGIONS: [&str; 5] = ["us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2"];

fn arn(name: &str) -> String {
    format!("{PANEL}/routingcontrol/{name}")
}

fn endpoint(stage: &Stage, number: usize) -> ClusterEndpoint {
    let url = format!("{}/arc/{number}/v1", stage.endpoint());
    ClusterEndpoint { url: url.as_str().into(), region: REGIONS[number - 1].into() }
}

fn endpoints(stage: &Stage) -> Vec<ClusterEndpoint> {
    (1..=5).map(|number| endpoint(stage, number)).collect()
}

/// The plan, with `more` of the component.
fn text(stage: &Stage, more: &str) -> String {
    let of = |endpoint: &ClusterEndpoint| format!("{{ url = \"{}\", region = \"{}\" }}", endpoint.url, endpoint.region);
    let endpoints: Vec<String> = endpoints(stage).iter().map(of).collect();
    format!(
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\n[component.way]\n\
         kind = \"routing-control\"\nendpoints = [{}]\ncontrols = {{ \"{}\" = false, \"{}\" = true }}\n{more}\n",
        endpoints.join(", "),
        arn("east"),
        arn("west")
    )
}

const RECORD: &str = "zone = \"Z123\"\nrecord = \"shop.example.com\"\nset = \"west\"";

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(&text(&stage, RECORD));
    stage.clear_calls();
    stage
}

fn plan(stage: &Stage, more: &str) -> Plan {
    file::read("shop.toml", text(stage, more).as_bytes(), &Registry).expect("a valid plan")
}

fn at(stage: &Stage, number: usize, what: Value) {
    let mut knob = json!({ "knob": "arc-endpoint", "endpoint": number });
    what.as_object().expect("settings").iter().for_each(|(name, value)| knob[name] = value.clone());
    stage.knob(&knob);
}

/// All calls of the cluster to this endpoint come to this.
fn fault(stage: &Stage, kind: &str, number: usize) -> String {
    stage.fault(&json!({ "kind": kind, "service": "route53-recovery-cluster", "region": REGIONS[number - 1] }))
}

async fn tell(query: ArcQuery) -> Result<Option<RoutingControl>, Unanswered> {
    look(WEST, vec![query.into()]).await.remove(0).map(|seen| match seen {
        Observation::Arc(ArcObservation::RoutingControl { control }) => control,
        other => panic!("a control was asked for, not {other:?}"),
    })
}

fn asked(endpoints: Vec<ClusterEndpoint>, name: &str, enough: u64) -> ArcQuery {
    ArcQuery::RoutingControl { control: arn(name).as_str().into(), endpoints, enough }
}

fn turn(endpoints: Vec<ClusterEndpoint>, overriding: &[&str]) -> Operation {
    let states = [("east", false), ("west", true)].map(|(name, on)| (arn(name).as_str().into(), on));
    let overriding = overriding.iter().map(|rule| (*rule).into()).collect();
    ArcOperation::SetRoutingControls { endpoints, states: BTreeMap::from(states), overriding }.into()
}

fn states(stage: &Stage) -> (String, String) {
    let controls = &stage.state()["routing_controls"];
    let of = |name: &str| controls[arn(name)].as_str().expect("a state").to_owned();
    (of("east"), of("west"))
}

fn of(east: &str, west: &str) -> (String, String) {
    (east.to_owned(), west.to_owned())
}

/// What was sent that was carried out, and what was not.
fn updates(stage: &Stage) -> (usize, usize) {
    let sent = stage.calls_of("UpdateRoutingControlStates");
    let done = sent.iter().filter(|call| call.error_code.is_none() && call.executed).count();
    (done, sent.len() - done)
}

fn codes(calls: &[CallMade]) -> Vec<&str> {
    calls.iter().filter_map(|call| call.error.as_deref()).collect()
}

#[tokio::test]
async fn a_control_is_told_by_as_many_endpoints_as_are_wanted_whichever_are_away() {
    let stage = shop().await;
    let seen = tell(asked(endpoints(&stage), "west", 2)).await.expect("an answer").expect("it is there");
    assert_eq!((seen.told.len(), seen.untold.len()), (2, 0));
    assert!(seen.told.iter().all(|told| told.state.as_str() == "Off" && *told.control == *arn("west")));
    assert_eq!(stage.calls_of("GetRoutingControlState").len(), 2, "no more are asked than are wanted");
    let by: BTreeSet<String> = stage.calls().into_iter().map(|call| call.region).collect();
    assert!(by.len() == 2 && by.iter().all(|region| REGIONS.contains(&region.as_str())), "{by:?}");
    for number in [1, 2, 3] {
        at(&stage, number, json!({ "down": true }));
    }
    let seen = tell(asked(endpoints(&stage), "west", 2)).await.expect("an answer").expect("it is there");
    let told: Vec<&str> = seen.told.iter().map(|told| told.by.as_str()).collect();
    assert_eq!(told, ["ap-northeast-1", "ap-southeast-2"]);
    let all = tell(asked(endpoints(&stage), "west", 5)).await.expect("an answer").expect("it is there");
    assert_eq!((all.told.len(), all.untold.len()), (2, 3));
    assert!(all.untold.iter().all(|untold| !untold.refused && untold.why.contains("EndpointTemporarilyUnavailable")));
    assert_eq!(tell(asked(endpoints(&stage), "none", 2)).await.expect("an answer"), None);
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_given_three_seconds_and_keeps_no_other_s_answer() {
    let stage = shop().await;
    fault(&stage, "hang", 1);
    let began = Instant::now();
    let (evidence_of, query) = (place(WEST), asked(vec![endpoint(&stage, 1), endpoint(&stage, 2)], "west", 2));
    let (mut seen, calls) = look_with_evidence(&evidence_of, vec![query.into()]).await;
    assert!(began.elapsed() < Duration::from_millis(4500), "{:?}", began.elapsed());
    let Ok(Observation::Arc(ArcObservation::RoutingControl { control: Some(control) })) = seen.remove(0).answer else {
        panic!("an answer")
    };
    assert_eq!((control.told.len(), control.untold.len()), (1, 1));
    let regions: BTreeSet<&str> = calls.iter().map(|call| call.region.as_str()).collect();
    assert_eq!(regions, BTreeSet::from(["us-east-1", "us-west-2"]), "evidence is of the endpoint's own region");
}

#[tokio::test]
async fn who_refuses_is_told_at_once_and_nobody_else_is_asked_in_its_place() {
    let stage = shop().await;
    let of_cluster = json!({ "kind": "access-denied", "service": "route53-recovery-cluster" });
    let denied = stage.fault(&of_cluster);
    let silent = tell(asked(endpoints(&stage), "west", 2)).await.expect_err("it is denied");
    assert_eq!((silent.because, stage.calls().len()), (Silence::Denied, 2));
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[])).await;
    assert!(matches!(&reply, Reply::Refused { code: Some(code), .. } if code.starts_with("AccessDenied")), "{reply:?}");
    assert_eq!((calls.len(), updates(&stage)), (1, (0, 1)));
    stage.mend(&denied);
    for number in 1..=5 {
        fault(&stage, "drop", number);
    }
    let silent = tell(asked(endpoints(&stage), "west", 2)).await.expect_err("nobody answers");
    assert_eq!(silent.because, Silence::NoAnswer);
    assert_eq!(states(&stage), of("On", "Off"));
}

#[tokio::test]
async fn an_update_goes_from_endpoint_to_endpoint_until_one_takes_it() {
    let stage = shop().await;
    for number in [1, 2, 3, 4] {
        at(&stage, number, json!({ "down": true }));
    }
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[])).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert!(calls.last().expect("a call").region.as_str() == "ap-southeast-2", "{calls:?}");
    assert!(calls.iter().zip(1..).all(|(call, nth)| call.mutation && call.attempt == nth), "{calls:?}");
    assert_eq!((updates(&stage).0, states(&stage)), (1, of("Off", "On")));
    // All away is not yet, and provably nothing was done.
    at(&stage, 5, json!({ "down": true }));
    let (reply, _) = act(WEST, turn(endpoints(&stage), &[])).await;
    assert!(matches!(reply, Reply::NotNow { throttled: true, .. }), "{reply:?}");
    assert_eq!(updates(&stage).0, 1);
}

#[tokio::test]
async fn where_one_does_not_answer_another_is_sent_the_same_and_what_that_refuses_is_no_proof() {
    let stage = shop().await;
    let lost = json!({ "kind": "reply-lost", "operation": "UpdateRoutingControlStates", "times": 1 });
    stage.fault(&lost);
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[])).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!((calls.len(), states(&stage)), (2, of("Off", "On")));
    let sent = stage.calls_of("UpdateRoutingControlStates");
    assert_eq!(sent[0].parameters, sent[1].parameters, "sent twice it is the same");
    // The one that took it is silent, and all others refuse: it is not said that nothing was done.
    stage.fault(&lost);
    stage.fault(&json!({ "kind": "access-denied", "operation": "UpdateRoutingControlStates" }));
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[])).await;
    assert!(matches!(&reply, Reply::NoAnswer { message } if message.contains("AccessDenied")), "{reply:?} {calls:?}");
}

#[tokio::test]
async fn a_conflict_is_tried_once_elsewhere_and_a_safety_rule_is_overridden_by_its_name_alone() {
    let stage = shop().await;
    let rule = format!("{PANEL}/safetyrule/both");
    let controls = json!([arn("east"), arn("west")]);
    stage.knob(&json!({ "knob": "arc-rule", "rule": rule, "controls": controls, "least": 2 }));
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[])).await;
    let Reply::Refused { code, message } = reply else { panic!("{reply:?}") };
    assert_eq!(code.as_deref(), Some("ConflictException"));
    assert!(message.contains(&rule) && message.contains("`override`"), "{message}");
    assert_eq!((codes(&calls), states(&stage)), (vec!["ConflictException"; 2], of("On", "Off")));
    let (reply, _) = act(WEST, turn(endpoints(&stage), &[&rule])).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(states(&stage), of("Off", "On"));
    // One that passes is passed over.
    let code = "ConflictException";
    stage.fault(
        &json!({ "kind": "error", "operation": "UpdateRoutingControlStates", "code": code, "status": 400, "times": 1 }),
    );
    let (reply, calls) = act(WEST, turn(endpoints(&stage), &[&rule])).await;
    assert!(matches!(reply, Reply::Taken { .. }), "{reply:?}");
    assert_eq!(calls.len(), 2);
}

#[tokio::test]
async fn a_panel_is_told_page_after_page_by_any_endpoint() {
    let stage = shop().await;
    stage.knob(&json!({ "knob": "arc-page", "size": 1 }));
    at(&stage, 1, json!({ "down": true }));
    let query = |panel: &str| Query::from(ArcQuery::ControlPanel { panel: panel.into(), endpoints: endpoints(&stage) });
    let seen = look(WEST, vec![query(PANEL), query(&format!("{PANEL}a"))]).await;
    let controls = |seen: &Result<Observation, Unanswered>| match seen {
        Ok(Observation::Arc(ArcObservation::ControlPanel { controls })) => controls.as_ref().map(Vec::len),
        other => panic!("{other:?}"),
    };
    assert_eq!(seen.iter().map(controls).collect::<Vec<_>>(), [Some(2), None]);
}

#[tokio::test]
async fn a_run_turns_both_at_once_and_waits_until_the_other_set_is_answered() {
    let stage = shop().await;
    stage.stages(&json!({ "route53.health": 1 }));
    at(&stage, 1, json!({ "down": true }));
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Failover, plan(&stage, RECORD), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!((updates(&stage).0, states(&stage)), (1, of("Off", "On")));
    let (_, set) = state.step(&"way/set".into()).expect("a step");
    assert!(set.note.contains("east Off, west On, by "), "{}", set.note);
    let (_, serves) = state.step(&"way/serves".into()).expect("a step");
    assert!(serves.note.contains("west"), "{}", serves.note);
    // Done already, by the word of the cluster: nothing is sent again.
    stage.clear_calls();
    let folder = tempfile::tempdir().expect("a folder");
    let (state, _) = run_for(Intent::Switchover, plan(&stage, RECORD), folder.path(), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn endpoints_that_are_behind_are_never_green() {
    let stage = shop().await;
    // They tell what was, whatever is done: two of them are wanted that tell what is.
    for number in [1, 2, 3, 4] {
        at(&stage, number, json!({ "behind": true }));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = None;
    let (state, _) = run_for(Intent::Failover, plan(&stage, ""), folder.path(), |state| {
        let (_, own) = state.step(&"way/set".into()).expect("a step");
        let is_turned = own.acted() && states(&stage) == of("Off", "On");
        if is_turned && told.is_none() && own.status == Status::Running && !own.note.is_empty() {
            told = Some(own.note.to_string());
            (1..=4).for_each(|number| at(&stage, number, json!({})));
        }
        None
    })
    .await;
    assert!(told.is_some(), "it was green by the word of one");
    assert_eq!((outcome(&state), updates(&stage)), (RunOutcome::Completed, (1, 0)));
}

#[tokio::test]
async fn going_back_turns_both_again() {
    let stage = shop().await;
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"way\"]\nrun = [\"false\"]\n";
    let folder = tempfile::tempdir().expect("a folder");
    let mut asked = false;
    let (state, _) = run_for(Intent::Failover, plan(&stage, fails), folder.path(), |state| {
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
    assert_eq!((updates(&stage), states(&stage)), ((2, 0), of("On", "Off")));
}

#[tokio::test]
async fn a_safety_rule_stops_it_with_its_own_words_and_nothing_was_changed() {
    let stage = shop().await;
    let rule = format!("{PANEL}/safetyrule/both");
    stage.knob(&json!({ "knob": "arc-rule", "rule": rule, "controls": [arn("east"), arn("west")], "least": 2 }));
    let folder = tempfile::tempdir().expect("a folder");
    let mut told = None;
    let (state, _) = run_for(Intent::Failover, plan(&stage, ""), folder.path(), |state| {
        let (_, own) = state.step(&"way/set".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            Command::Abort { reason: "seen enough".into() }
        })
    })
    .await;
    assert_ne!(outcome(&state), RunOutcome::Completed);
    let told = told.expect("it failed");
    assert!(told.contains("ARC's cluster") && told.contains(&rule), "{told}");
    assert_eq!((updates(&stage).0, states(&stage)), (0, of("On", "Off")));
}

/// What a start is refused for, as the program says it; nothing was sent.
fn refused(stage: &Stage, text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.toml");
    std::fs::write(&file, text).expect("it writes");
    let mut run = stage.landfall(folder.path());
    run.args(["run", &file.display().to_string(), "--auto", "--intent", "failover", "--confirm", WEST]);
    let output =
        run.args(["--journal", &folder.path().join("run.jsonl").display().to_string()]).output().expect("it runs");
    let told = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(stage.mutations().is_empty(), "{:?}", stage.mutations());
    told
}

#[tokio::test]
async fn what_is_another_control_or_would_turn_all_off_is_refused_before_anything_is_sent() {
    let stage = shop().await;
    for number in 1..=5 {
        at(&stage, number, json!({ "strange": arn("other") }));
    }
    let told = refused(&stage, &text(&stage, ""));
    assert!(told.contains("arc-control") && told.contains("routingcontrol/other"), "{told}");
    for number in 1..=5 {
        at(&stage, number, json!({ "down": number > 1 }));
    }
    let told = refused(&stage, &text(&stage, ""));
    assert!(told.contains("arc-endpoints") && told.contains("1 of 5 answer"), "{told}");
    for number in 1..=5 {
        at(&stage, number, json!({}));
    }
    let off = text(&stage, "").replace(&format!(", \"{}\" = true", arn("west")), "");
    let told = refused(&stage, &off);
    assert!(told.contains("arc-off-off") && told.contains("all 2 would be off"), "{told}");
}
