//! Automation over HTTP: an execution is started once, its own end is what is told, and what it is handed is repeated by nobody.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::{
    AutomationObservation, AutomationOperation, AutomationQuery, Observation, Operation, Query, Registry, Reply,
    Silence,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.warm]
kind = "runbook"
document = "shop-warm"
parameters = { Side = "west" }
undo = { document = "shop-cool" }
timeout = "30s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "automation", "region": WEST, "document": "shop-warm" });
    settings.as_object().expect("settings").iter().for_each(|(name, value)| knob[name] = value.clone());
    stage.knob(&knob);
}

fn document(name: &str) -> Query {
    AutomationQuery::AutomationDocument { document: name.into(), version: None }.into()
}

fn execution(id: &str) -> Query {
    AutomationQuery::AutomationExecution { id: id.into() }.into()
}

fn start(token: &str, side: &str) -> Operation {
    let parameters = [("Side".to_owned(), vec![side.to_owned()])].into();
    let token = format!("0f0f0f0f-0f0f-8f0f-8f0f-0f0f0f0f0f{token}").as_str().into();
    AutomationOperation::StartAutomation { document: "shop-warm".into(), version: None, parameters, token }.into()
}

/// What was executed, with how that is.
fn executed(stage: &Stage) -> Vec<(String, String)> {
    let all = stage.state()["automations"][WEST].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    all.iter().map(|it| (text(&it[0]), text(&it[2]))).collect()
}

fn tokens(stage: &Stage) -> (usize, usize) {
    let sent = stage.calls_of("StartAutomationExecution");
    let tokens: BTreeSet<String> = sent.iter().map(|call| call.parameters["ClientToken"].to_string()).collect();
    (sent.len(), tokens.len())
}

fn once(document: &str, status: &str) -> Vec<(String, String)> {
    vec![(document.to_owned(), status.to_owned())]
}

#[tokio::test]
async fn documents_and_executions_are_told_and_silence_is_told_as_what_it_is() {
    let stage = shop().await;
    turn(&stage, json!({ "parameters": { "Wait": "1m" }, "versions": 3 }));
    let Observation::Automation(AutomationObservation::AutomationDocument { document: Some(found) }) =
        see(WEST, document("shop-warm")).await
    else {
        panic!("a document")
    };
    assert_eq!((found.sort.as_str(), found.status.as_str(), found.version.as_str()), ("Automation", "Active", "1"));
    assert_eq!(found.parameters, [("Side".into(), false), ("Wait".into(), true)].into());
    let id = take(WEST, start("01", "west")).await.expect("its id");
    let seen = see_until(WEST, execution(&id), |seen| format!("{seen:?}").contains("\"Success\"")).await;
    assert!(format!("{seen:?}").contains("shop-warm"), "{seen:?}");
    let none = [document("none"), execution("0f0f0f0f-0f0f-8f0f-8f0f-0f0f0f0f0f99")];
    for absent in look(WEST, none.into()).await {
        let told = format!("{:?}", absent.expect("an answer"));
        assert!(told.contains("None"), "{told}");
    }
    assert_eq!(stage.mutations().len(), 1);
    for (kind, because) in
        [("access-denied", Silence::Denied), ("throttle", Silence::Throttled), ("drop", Silence::NoAnswer)]
    {
        let fault = stage.fault(&json!({ "kind": kind, "service": "ssm" }));
        for silent in look(WEST, vec![document("shop-warm"), execution(&id)]).await {
            assert_eq!(silent.expect_err("no answer").because, because, "{kind}");
        }
        stage.mend(&fault);
    }
}

#[tokio::test]
async fn by_one_token_it_is_started_once_and_what_it_is_handed_is_repeated_by_nobody() {
    let stage = shop().await;
    let one = take(WEST, start("01", "west")).await;
    assert_eq!(take(WEST, start("01", "west")).await, one);
    assert_eq!(executed(&stage).len(), 1);
    let (reply, _) = act(WEST, start("01", "canary-77e1")).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "IdempotentParameterMismatch")
    );
    let says = "Value 'canary-77e1' at 'parameters' is wrong";
    let wrong =
        json!({ "kind": "error", "service": "ssm", "code": "ValidationException", "status": 400, "message": says });
    stage.fault(&wrong);
    let (reply, calls) = act(WEST, start("02", "canary-77e1")).await;
    let told = format!("{reply:?}{calls:?}");
    assert!(told.contains("at 'parameters' is wrong") && !told.contains("canary"), "{told}");
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(plan: Plan, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(Intent::Failover, plan, folder.path(), hand).await.0
}

#[tokio::test]
async fn a_run_executes_it_once_and_looks_to_its_end() {
    let stage = shop().await;
    let state = run(plan(""), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!((executed(&stage), tokens(&stage)), (once("shop-warm", "Success"), (1, 1)));
    assert_eq!(stage.calls_of("StartAutomationExecution")[0].parameters["Parameters"], json!({ "Side": ["west"] }));
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_by_the_same_token_and_starts_none_twice() {
    let stage = shop().await;
    stage.fault(&json!({ "kind": "reply-lost", "operation": "StartAutomationExecution", "times": 1 }));
    let state = run(plan(""), |_| None).await;
    assert_eq!(outcome(&state), RunOutcome::Completed);
    assert_eq!((executed(&stage), tokens(&stage)), (once("shop-warm", "Success"), (2, 1)));
}

#[tokio::test]
async fn one_that_failed_stops_with_its_own_words_and_is_started_anew_by_a_persons_word() {
    let stage = shop().await;
    turn(&stage, json!({ "ends": "Failed", "failure": "Step fails when it is Poll action status" }));
    let mut told = None;
    let state = run(plan(""), |state| {
        let (_, own) = state.step(&"warm/run".into()).expect("a step");
        (own.status == Status::Failed && told.is_none()).then(|| {
            told = Some(own.note.to_string());
            turn(&stage, json!({}));
            // The reply to the second one is lost: it is looked for, and never the first one taken for it.
            stage.fault(&json!({ "kind": "reply-lost", "operation": "StartAutomationExecution", "times": 1 }));
            Command::Retry { step: "warm/run".into() }
        })
    })
    .await;
    assert!(told.as_deref().is_some_and(|told| told.contains("Poll action status")), "{told:?}");
    assert_eq!(outcome(&state), RunOutcome::Completed);
    let ends: Vec<String> = executed(&stage).into_iter().map(|(_, status)| status).collect();
    assert_eq!((ends, tokens(&stage)), (vec!["Failed".to_owned(), "Success".to_owned()], (3, 2)));
}

#[tokio::test]
async fn going_back_executes_the_other_document() {
    let stage = shop().await;
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"warm\"]\nrun = [\"false\"]\n";
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
    assert_eq!(executed(&stage), [once("shop-warm", "Success"), once("shop-cool", "Success")].concat());
}

#[tokio::test]
async fn what_does_not_take_what_it_is_given_is_refused_before_anything_is_sent() {
    let stage = shop().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.toml");
    for (change, told) in
        [(("Side", "Sied"), "it has no parameter Sied"), (("shop-warm", "shop-wram"), "it is not there")]
    {
        std::fs::write(&file, SEED.replace(change.0, change.1)).expect("it writes");
        let mut run = stage.landfall(folder.path());
        run.args(["run", &file.display().to_string(), "--auto", "--intent", "failover", "--confirm", WEST]);
        let journal = folder.path().join(change.1).display().to_string();
        let output = run.args(["--journal", &journal]).output().expect("it runs");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(output.status.code() == Some(3) && said.contains(told), "{said}");
    }
    assert!(stage.mutations().is_empty());
}
