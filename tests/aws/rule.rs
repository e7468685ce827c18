//! EventBridge rules over HTTP: what is told of one, and runs that turn each once and give it back as it was.

use crate::run::{outcome, run_for};
use crate::stage::*;
use landfall::plan::{Intent, Plan, file};
use landfall::recovery::{Command, RunOutcome, State, Status};
use landfall::service::observation::EventRule;
use landfall::service::{
    ENABLED_WITH_ALL, EventsObservation, EventsOperation, EventsQuery, Observation, Query, Registry, RuleName, Silence,
    home,
};
use serde_json::{Value, json};

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.nightly]
kind = "rule"
rule = "nightly"
old = { rule = "nightly-east", bus = "shop" }
timeout = "6s"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn new() -> RuleName {
    RuleName { rule: "nightly".into(), bus: None }
}

fn old() -> RuleName {
    RuleName { rule: "nightly-east".into(), bus: Some("shop".into()) }
}

async fn told(region: &str, query: EventsQuery) -> EventsObservation {
    match see(region, query.into()).await {
        Observation::Events(told) => told,
        other => panic!("EventBridge was asked, and told {other:?}"),
    }
}

async fn rule(region: &str, name: RuleName) -> Option<EventRule> {
    match told(region, EventsQuery::EventRule(name)).await {
        EventsObservation::EventRule { rule } => rule,
        other => panic!("{other:?}"),
    }
}

async fn targets(name: RuleName) -> Option<usize> {
    match told(WEST, EventsQuery::RuleTargets(name)).await {
        EventsObservation::RuleTargets { targets } => targets.map(|targets| targets.len()),
        other => panic!("{other:?}"),
    }
}

fn turn(stage: &Stage, (region, name): (&str, RuleName), settings: Value) {
    let mut knob = json!({ "knob": "rule", "region": region, "rule": name.rule, "bus": name.bus });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

/// The states of the new rule and of the old one, as the cloud says.
fn states(stage: &Stage) -> (Value, Value) {
    let state = stage.state();
    let of = |region: &str, rule: &str| state["rules"][region][rule]["State"].clone();
    (of(WEST, "default/nightly"), of(EAST, "shop/nightly-east"))
}

fn sent(stage: &Stage) -> Vec<(String, String)> {
    let mut sent: Vec<(String, String)> = stage
        .mutations()
        .into_iter()
        .filter(|call| call.executed && call.error_code.is_none())
        .map(|call| (call.region, call.operation))
        .collect();
    sent.sort();
    sent
}

fn each_once() -> Vec<(String, String)> {
    [(EAST, "DisableRule"), (WEST, "EnableRule")].map(|(region, done)| (region.to_owned(), done.to_owned())).into()
}

fn plan(more: &str) -> Plan {
    file::read("shop.toml", format!("{SEED}{more}").as_bytes(), &Registry).expect("a valid plan")
}

async fn run(intent: Intent, more: &str, hand: impl FnMut(&State) -> Option<Command>) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    run_for(intent, plan(more), folder.path(), hand).await.0
}

#[tokio::test]
async fn a_rule_is_told_with_its_state_and_all_of_its_targets() {
    let stage = shop().await;
    let found = rule(WEST, new()).await.expect("there");
    assert_eq!((found.state.as_str(), found.schedule.as_deref()), ("DISABLED", Some("rate(1 day)")));
    assert!(found.arn.ends_with("us-west-2:123456789012:rule/nightly"), "{}", found.arn);
    let found = rule(EAST, old()).await.expect("there");
    assert_eq!((found.state.as_str(), found.schedule, found.managed_by), ("ENABLED", None, None));
    assert_eq!((targets(new()).await, targets(old()).await), (Some(1), None));
    assert!(rule(WEST, old()).await.is_none(), "neither the rule nor its bus is there");
    let many: Vec<String> = (0..60).map(|nth| format!("arn:aws:sqs:us-west-2:1:q{nth}")).collect();
    turn(&stage, (WEST, new()), json!({ "targets": many, "managed_by": "ecs.amazonaws.com" }));
    assert_eq!(targets(new()).await, Some(60));
    assert_eq!(rule(WEST, new()).await.expect("there").managed_by.as_deref(), Some("ecs.amazonaws.com"));
    assert!(stage.mutations().is_empty());
    for (operation, query) in
        [("DescribeRule", EventsQuery::EventRule(new())), ("ListTargetsByRule", EventsQuery::RuleTargets(new()))]
    {
        let query: Query = query.into();
        for (kind, because) in [
            ("access-denied", Silence::Denied),
            ("throttle", Silence::Throttled),
            ("drop", Silence::NoAnswer),
            ("page", Silence::NoAnswer),
            ("cut", Silence::NoAnswer),
        ] {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let silent = look(WEST, vec![query.clone()]).await.remove(0).expect_err("no answer");
            stage.mend(&fault);
            assert_eq!(silent.because, because, "{kind} {operation}");
            if because == Silence::Denied {
                assert!(home::clear(query.api_name(), &silent).contains(&format!("events:{operation}")));
            }
        }
    }
}

#[tokio::test]
async fn what_is_put_back_for_all_of_cloudtrail_loses_nothing_of_the_rule() {
    let stage = shop().await;
    let of = |stage: &Stage| stage.state()["rules"][WEST]["default/nightly"].clone();
    turn(&stage, (WEST, new()), json!({ "description": "every night", "role": "arn:aws:iam::123456789012:role/r" }));
    let mut before = of(&stage);
    take(WEST, EventsOperation::EnableRuleForAll(new()).into()).await.expect("its ARN");
    before["State"] = json!(ENABLED_WITH_ALL);
    assert_eq!(of(&stage), before);
    assert_eq!((targets(new()).await, stage.mutations().len()), (Some(1), 1));
    let fault = stage.fault(&json!({ "kind": "drop", "operation": "DescribeRule" }));
    let (reply, _) = act(WEST, EventsOperation::EnableRuleForAll(new()).into()).await;
    stage.mend(&fault);
    assert!(matches!(reply, landfall::service::Reply::NotNow { .. }), "nothing was put: {reply:?}");
    assert_eq!(stage.mutations().len(), 1);
}

#[tokio::test]
async fn a_switchover_turns_each_once_whatever_becomes_of_the_reply_and_goes_back_to_what_was() {
    let stage = shop().await;
    turn(&stage, (EAST, old()), json!({ "state": ENABLED_WITH_ALL }));
    for operation in ["DisableRule", "EnableRule"] {
        stage.fault(&json!({ "kind": "reply-lost", "operation": operation, "times": 1 }));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let fails = "\n[component.smoke]\nkind = \"command\"\nneeds = [\"nightly\"]\nrun = [\"false\"]\n";
    let mut asked = false;
    let (state, _) = run_for(Intent::Switchover, plan(fails), folder.path(), |state| {
        let (_, own) = state.step(&"smoke/run".into()).expect("a step");
        (own.status == Status::Failed && !std::mem::replace(&mut asked, true)).then(|| {
            assert_eq!(states(&stage), (json!("ENABLED"), json!("DISABLED")));
            assert_eq!(sent(&stage), each_once());
            Command::RollBack { to: None, typed: WEST.into(), reason: "it is a test".into(), past_the_point: None }
        })
    })
    .await;
    assert_eq!(outcome(&state), RunOutcome::RolledBack);
    assert_eq!(states(&stage), (json!("DISABLED"), json!(ENABLED_WITH_ALL)));
    assert_eq!(sent(&stage).len(), 4, "and each back once");
}

#[tokio::test]
async fn what_cannot_be_turned_or_would_do_nothing_is_told_before_the_start_and_refused() {
    let stage = shop().await;
    let mut told = Vec::new();
    turn(&stage, (WEST, new()), json!({ "targets": [], "managed_by": "ecs.amazonaws.com" }));
    let state = run(Intent::Switchover, "", |state| {
        let (_, own) = state.step(&"nightly/enable".into()).expect("a step");
        (own.status == Status::Failed && told.is_empty()).then(|| {
            let preflight = state.preflight.as_ref().expect("it was looked");
            told = preflight.blocks.iter().map(|found| found.check.code.to_string()).collect();
            assert!(own.note.contains("ManagedRuleException"), "{}", own.note);
            assert_eq!(states(&stage).0, json!("DISABLED"));
            turn(&stage, (WEST, new()), json!({ "gone": true }));
            turn(&stage, (WEST, new()), json!({ "state": "DISABLED" }));
            Command::Retry { step: "nightly/enable".into() }
        })
    })
    .await;
    assert_eq!(told, ["rule-managed", "rule-targets"]);
    assert_eq!((outcome(&state), sent(&stage)), (RunOutcome::Completed, each_once()));
}
