//! Parameters: told without decryption, put over what is there, put back from their own versions.

use crate::stage::*;
use landfall::service::observation::StoredParameter;
use landfall::service::{
    Observation, Operation, ParameterObservation, ParameterOperation, ParameterQuery, Query, Reply,
};
use serde_json::json;

const NAME: &str = "/shop/side";
const CANARY: &str = "canary-77e1";

async fn parameter(more: &str) -> Stage {
    let stage = empty().await;
    stage.seed(&format!(
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
         [component.side]\nkind = \"parameter\"\nname = \"{NAME}\"\nvalue = \"new\"\n{more}\n"
    ));
    stage
}

fn query() -> Query {
    ParameterQuery::Parameter { name: NAME.into() }.into()
}

fn parameter_of(observation: Observation) -> Option<StoredParameter> {
    match observation {
        Observation::Parameter(ParameterObservation::Parameter { parameter }) => parameter,
        other => panic!("a parameter was asked for, not {other:?}"),
    }
}

fn put(value: &str, kind: &str) -> Operation {
    let (name, kind) = (NAME.into(), Some(kind.into()));
    Operation::Parameter(ParameterOperation::PutParameter { name, value: value.to_owned(), kind, key: None })
}

fn restore(kind: &str) -> Operation {
    let (name, kind) = (NAME.into(), kind.into());
    Operation::Parameter(ParameterOperation::RestoreParameter { name, version: 1, kind, over: 2 })
}

fn value(stage: &Stage) -> serde_json::Value {
    stage.state()["parameters"][WEST][NAME].clone()
}

#[tokio::test]
async fn parameters_are_told_ten_a_call_and_what_is_not_there_is_absent() {
    let stage = parameter("").await;
    let found = parameter_of(see(WEST, query()).await).expect("it is there");
    assert_eq!((found.kind.as_str(), found.version, found.value.as_deref()), ("String", 1, Some("old")));
    stage.clear_calls();
    let others = (0..12).map(|nth| ParameterQuery::Parameter { name: format!("/none/{nth}").as_str().into() }.into());
    let seen = look(WEST, others.chain([query()]).collect()).await;
    let found: Vec<bool> = seen.into_iter().map(|seen| parameter_of(seen.expect("an answer")).is_some()).collect();
    assert_eq!(found.iter().filter(|found| **found).count(), 1);
    assert_eq!(stage.calls_of("GetParameters").len(), 2);
    assert!(stage.mutations().is_empty(), "nobody asks for decryption to look");
}

#[tokio::test]
async fn a_value_is_put_and_the_version_before_comes_back() {
    let stage = parameter("").await;
    assert_eq!(take(WEST, put("west", "String")).await.as_deref(), Some("2"));
    let found = parameter_of(see(WEST, query()).await).expect("it is there");
    assert_eq!((found.version, found.value.as_deref()), (2, Some("west")));
    assert_eq!(take(WEST, restore("String")).await.as_deref(), Some("3"));
    assert_eq!(value(&stage)["value"], "old");
    let (reply, _) = act(WEST, restore("String")).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "ParameterChanged"),
        "{reply:?}"
    );
    take(WEST, Operation::Parameter(ParameterOperation::DeleteParameter { name: NAME.into() })).await;
    assert!(parameter_of(see(WEST, query()).await).is_none());
}

#[tokio::test]
async fn what_a_secure_string_holds_is_told_to_nobody_on_either_way() {
    let stage = parameter("type = \"SecureString\"").await;
    let (reply, calls) = act(WEST, put(CANARY, "SecureString")).await;
    assert!(matches!(&reply, Reply::Taken { receipt } if receipt.id.as_deref() == Some("2")), "{reply:?}");
    let found = parameter_of(see(WEST, query()).await).expect("it is there");
    assert_eq!((found.version, &found.value), (2, &None));
    assert_eq!(value(&stage)["value"], CANARY);
    let (back, more) = act(WEST, restore("SecureString")).await;
    assert!(matches!(&back, Reply::Taken { .. }), "{back:?}");
    assert_eq!((&value(&stage)["value"], &value(&stage)["type"]), (&json!("old"), &json!("SecureString")));
    let told = format!("{reply:?}{calls:?}{found:?}{back:?}{more:?}");
    assert!(!told.contains(CANARY) && !told.contains("\"old\""), "{told}");
}

#[tokio::test]
async fn a_put_whose_reply_is_lost_is_not_sent_again_by_itself() {
    let stage = parameter("").await;
    stage.fault(&json!({ "kind": "reply-lost", "service": "ssm", "operation": "PutParameter", "times": 1 }));
    let (reply, _) = act(WEST, put("west", "String")).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert_eq!((stage.calls_of("PutParameter").len(), &value(&stage)["version"]), (1, &json!(2)));
    stage.fault(&json!({
        "kind": "error", "service": "ssm", "operation": "PutParameter", "code": "TooManyUpdates", "status": 400, "times": 1,
    }));
    let (reply, _) = act(WEST, put("north", "String")).await;
    assert!(matches!(reply, Reply::Taken { .. }), "not yet is no refusal: {reply:?}");
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_refused_and_not_repeated() {
    let stage = parameter("pattern = \"[a-z]+\"").await;
    stage.clear_calls();
    let (reply, calls) = act(WEST, put(CANARY, "String")).await;
    let told = format!("{reply:?}{calls:?}");
    assert!(told.contains("ParameterPatternMismatchException"), "{told}");
    assert!(!told.contains(CANARY), "{told}");
    let repeats = json!({
        "kind": "error", "service": "ssm", "operation": "PutParameter", "code": "ValidationException", "status": 400,
        "message": format!("Value '{CANARY}' at 'value' is wrong"),
    });
    stage.fault(&repeats);
    let (reply, calls) = act(WEST, put(CANARY, "String")).await;
    let told = format!("{reply:?}{calls:?}");
    assert!(told.contains("at 'value' is wrong") && !told.contains(CANARY), "{told}");
}
