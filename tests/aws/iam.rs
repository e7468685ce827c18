//! Roles: told with who may take them on, and what the policy simulator says of them; asked at IAM's home.

use crate::stage::*;
use landfall::service::observation::Decision;
use landfall::service::{IamObservation, IamQuery, Observation, Query, Silence, home};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:iam::123456789012:role/app/task";
const GET: &str = "s3:GetObject";
const RECEIVE: &str = "sqs:ReceiveMessage";
const QUEUE: &str = "arn:aws:sqs:us-west-2:123456789012:orders";
const BUCKET: &str = "arn:aws:s3:::shop-west/*";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-west-1"
recovery = "us-west-2"

[component.task-role]
kind = "iam"
role = "arn:aws:iam::123456789012:role/app/task"
may = ["s3:GetObject", "sqs:ReceiveMessage"]
on = ["arn:aws:s3:::shop-west/*", "arn:aws:sqs:us-west-2:123456789012:orders"]
trusts = ["ecs-tasks.amazonaws.com"]
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn role(name: &str) -> Query {
    IamQuery::Role { name: name.into() }.into()
}

fn simulation(name: &str, actions: &[&str], resources: &[&str]) -> Query {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect();
    IamQuery::Simulation { name: name.into(), actions: texts(actions), resources: texts(resources) }.into()
}

async fn decisions(query: Query) -> Vec<Decision> {
    match see(WEST, query).await {
        Observation::Iam(IamObservation::Simulation { decisions }) => decisions.expect("there is a role"),
        other => panic!("a simulation was asked for, not {other:?}"),
    }
}

async fn decision(action: &str, resource: &str) -> String {
    let mut found = decisions(simulation("task", &[action], &[resource])).await;
    found.remove(0).decision.to_string()
}

#[tokio::test]
async fn a_role_is_told_with_its_arn_and_who_may_take_it_on() {
    let stage = shop().await;
    let Observation::Iam(IamObservation::Role { role: Some(found) }) = see(WEST, role("task")).await else {
        panic!("there is a role")
    };
    assert_eq!(found.arn.as_str(), ARN);
    let trusts = found.trusts.expect("its trust policy can be read");
    assert!(trusts[0].allows && trusts[0].services[0].as_str() == "ecs-tasks.amazonaws.com", "{trusts:?}");
    let condition = json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:us-west-1:123456789012:*" } });
    let statement = json!({
        "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" },
        "Action": ["sts:AssumeRole"], "Condition": condition,
    });
    stage.knob(&json!({ "knob": "role-trusts", "role": ARN, "statements": [statement] }));
    let Observation::Iam(IamObservation::Role { role: Some(found) }) = see(WEST, role("task")).await else {
        panic!("there is a role")
    };
    assert_eq!(found.trusts.expect("told")[0].conditions[0].key.as_str(), "aws:SourceArn");
    let absent = see(WEST, role("nobody")).await;
    assert!(matches!(absent, Observation::Iam(IamObservation::Role { role: None })), "{absent:?}");
    // Whatever the region of the plan, it is IAM's home that is asked.
    assert!(stage.calls().iter().all(|call| call.service == "iam" && call.region == EAST && call.read_only));
}

#[tokio::test]
async fn what_it_may_do_is_told_of_every_action_at_every_resource() {
    let stage = shop().await;
    let all = decisions(simulation("task", &[GET, RECEIVE, "s3:PutObject"], &[BUCKET, QUEUE])).await;
    let told: Vec<(&str, &str, &str)> =
        all.iter().map(|told| (told.action.as_str(), told.resource.as_str(), told.decision.as_str())).collect();
    assert_eq!(told.len(), 6);
    assert!(told.contains(&(GET, BUCKET, "allowed")) && told.contains(&("s3:PutObject", QUEUE, "implicitDeny")));
    let deny = |by: &str, actions: Value| {
        stage.knob(&json!({ "knob": "role-denies", "role": ARN, "actions": actions, "by": by }));
    };
    deny("policy", json!(["s3:Get*"]));
    assert_eq!(decision(GET, BUCKET).await, "explicitDeny");
    assert_eq!(decision(RECEIVE, QUEUE).await, "allowed");
    deny("policy", json!([]));
    deny("organization", json!(["sqs:*"]));
    let denied = decisions(simulation("task", &[RECEIVE], &[QUEUE])).await.remove(0);
    assert_eq!((denied.decision.as_str(), denied.organization), ("explicitDeny", Some(false)));
    let none = see(WEST, simulation("nobody", &[GET], &[])).await;
    assert!(matches!(none, Observation::Iam(IamObservation::Simulation { decisions: None })), "{none:?}");
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn a_role_is_asked_for_once_whoever_asks_and_its_decisions_page_after_page() {
    let stage = shop().await;
    stage.knob(&json!({ "knob": "simulation-page", "size": 2 }));
    let asked =
        vec![role("task"), simulation("task", &[GET, RECEIVE], &[BUCKET, QUEUE]), simulation("task", &[GET], &[])];
    let answers = look(WEST, asked).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let calls = |operation: &str| stage.calls_of(operation).len();
    assert_eq!((calls("GetRole"), calls("SimulatePrincipalPolicy")), (1, 3));
}

#[tokio::test]
async fn what_is_not_told_is_told_as_such_and_by_its_permission() {
    let stage = shop().await;
    let silence = async |fault: Value| {
        let fault = stage.fault(&fault);
        let silence = look(WEST, vec![simulation("task", &[GET], &[])]).await.remove(0).expect_err("it is not told");
        stage.mend(&fault);
        silence
    };
    for operation in ["GetRole", "SimulatePrincipalPolicy"] {
        let denied = silence(json!({ "kind": "access-denied", "operation": operation })).await;
        assert_eq!(denied.because, Silence::Denied);
        for kind in ["drop", "cut", "page", "blank"] {
            let silent = silence(json!({ "kind": kind, "operation": operation })).await;
            assert_eq!(silent.because, Silence::NoAnswer, "{kind} {operation}");
        }
        assert_eq!(silence(json!({ "kind": "throttle", "operation": operation })).await.because, Silence::Throttled);
        let expired = silence(json!({ "kind": "expired-token", "operation": operation })).await;
        assert_eq!(expired.because, Silence::Expired, "{operation}");
    }
    let denied = silence(json!({ "kind": "access-denied", "service": "iam" })).await;
    assert!(home::clear("iam.GetRole", &denied).contains("iam:GetRole"), "{denied:?}");
}
