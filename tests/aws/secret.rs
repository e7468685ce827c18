//! Secrets: told without their values, read as a proof, detached, written to once whatever becomes of the reply, put back.

use crate::stage::*;
use landfall::service::observation::StoredSecret;
use landfall::service::{Observation, Operation, Query, Reply, SecretObservation, SecretOperation, SecretQuery};
use serde_json::{Value, json};

const NAME: &str = "shop/db";
const VERSION: &str = "11111111-2222-8333-8444-555555555555";
/// What only the cloud may hold.
const CANARY: &str = "canary-7f3a9c";

async fn secret(holds: &str) -> Stage {
    let stage = empty().await;
    stage.seed(&format!(
        "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
         [component.db]\nkind = \"secret\"\nname = \"{NAME}\"\nholds = {holds}\n"
    ));
    stage
}

async fn shop() -> Stage {
    secret(&format!("{{ host = \"old.example.com\", port = 5432, password = \"{CANARY}\" }}")).await
}

fn query() -> Query {
    SecretQuery::Secret { name: NAME.into() }.into()
}

fn secret_of(observation: &Observation) -> Option<&StoredSecret> {
    match observation {
        Observation::Secret(SecretObservation::Secret { secret }) => secret.as_ref(),
        other => panic!("a secret was asked for, not {other:?}"),
    }
}

async fn current(region: &str) -> String {
    let seen = see(region, query()).await;
    secret_of(&seen).and_then(StoredSecret::current).expect("it has a current version").to_owned()
}

fn operation(operation: SecretOperation) -> Operation {
    Operation::Secret(operation)
}

fn detach() -> Operation {
    operation(SecretOperation::DetachSecret { name: NAME.into() })
}

fn write(base: &str) -> Operation {
    let set = [("host", "new.example.com"), ("port", "6432"), ("token", "t0ken-of-the-plan")];
    operation(SecretOperation::WriteSecret {
        name: NAME.into(),
        set: set.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        base: base.into(),
        version: VERSION.into(),
    })
}

async fn stands_alone() {
    see_until(WEST, query(), |seen| secret_of(seen).is_some_and(|secret| secret.primary.is_none())).await;
}

async fn alone() -> Stage {
    let stage = shop().await;
    take(WEST, detach()).await;
    stands_alone().await;
    stage.clear_calls();
    stage
}

fn held(stage: &Stage) -> Value {
    let state = stage.state();
    let text = state["secrets"][WEST][NAME]["value"].as_str().expect("a value");
    serde_json::from_str(text).expect("JSON")
}

#[tokio::test]
async fn a_secret_is_told_in_its_region_and_its_value_is_not_asked_for() {
    let stage = shop().await;
    let (east, west) = (see(EAST, query()).await, see(WEST, query()).await);
    let (east, west) = (secret_of(&east).expect("it is there"), secret_of(&west).expect("it is there"));
    assert_eq!((west.primary.as_deref(), west.replicas.len()), (Some(EAST), 0));
    assert_eq!(east.replicas[0].status.as_str(), "InSync");
    assert_eq!(east.current(), west.current());
    assert_eq!(west.arn.as_str(), east.arn.replace(EAST, WEST));
    stage.knob(&json!({ "knob": "secret-deleted", "region": EAST, "secret": NAME }));
    assert!(secret_of(&see(EAST, query()).await).expect("it is there yet").deleted.is_some());
    let none = see(WEST, SecretQuery::Secret { name: "shop/none".into() }.into()).await;
    assert!(secret_of(&none).is_none());
    assert!(stage.mutations().is_empty(), "{:?}", stage.mutations());
    assert!(!format!("{east:?}{west:?}").contains(CANARY));
}

#[tokio::test]
async fn a_proof_gives_the_version_and_drops_the_value() {
    let stage = shop().await;
    let prove = operation(SecretOperation::ProveSecret { name: NAME.into() });
    let (reply, calls) = act(WEST, prove.clone()).await;
    let Reply::Taken { receipt } = &reply else { panic!("{reply:?}") };
    assert_eq!(receipt.id.as_deref(), Some(current(WEST).await.as_str()));
    assert!(!format!("{reply:?}{calls:?}").contains(CANARY));
    assert_eq!(attempts(&calls), [("secretsmanager.GetSecretValue", 1, None)]);
    assert!(calls[0].mutation, "it is an act");
    stage.fault(&json!({ "kind": "access-denied", "service": "secretsmanager", "operation": "GetSecretValue" }));
    let (reply, _) = act(WEST, prove).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), message } if code.as_str() == "AccessDeniedException" && message.contains("secretsmanager:GetSecretValue")),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_replica_refuses_to_be_written_to_and_stands_alone_once_it_is_detached() {
    let stage = shop().await;
    let first = current(WEST).await;
    let (reply, _) = act(WEST, write(&first)).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "InvalidParameterException"),
        "{reply:?}"
    );
    stage.clear_calls();
    take(WEST, detach()).await;
    stands_alone().await;
    assert_eq!(stage.calls_of("StopReplicationToReplica").len(), 1);
    assert_eq!(current(WEST).await, first, "what it held it holds");
}

#[tokio::test]
async fn keys_are_set_in_the_json_and_all_others_stay() {
    let stage = alone().await;
    let first = current(WEST).await;
    let (reply, calls) = act(WEST, write(&first)).await;
    let Reply::Taken { receipt } = &reply else { panic!("{reply:?}") };
    assert_eq!(receipt.id.as_deref(), Some(VERSION), "the token is the version");
    assert_eq!(current(WEST).await, VERSION);
    let wanted = json!({
        "host": "new.example.com", "port": 6432, "password": CANARY, "token": "t0ken-of-the-plan",
    });
    assert_eq!(held(&stage), wanted);
    assert_ne!(current(EAST).await, VERSION, "the other region has what it had");
    let told = format!("{reply:?}{calls:?}");
    assert!(!told.contains(CANARY) && !told.contains("t0ken"), "{told}");
    let sent: Vec<&str> = calls.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(sent, ["secretsmanager.GetSecretValue", "secretsmanager.PutSecretValue"]);
}

#[tokio::test]
async fn what_is_sent_again_after_a_lost_reply_is_the_same_version() {
    let stage = alone().await;
    let first = current(WEST).await;
    stage.fault(
        &json!({ "kind": "reply-lost", "service": "secretsmanager", "operation": "PutSecretValue", "times": 1 }),
    );
    let (reply, _) = act(WEST, write(&first)).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    let (reply, _) = act(WEST, write(&first)).await;
    assert!(matches!(&reply, Reply::Taken { receipt } if receipt.id.as_deref() == Some(VERSION)), "{reply:?}");
    assert_eq!(stage.calls_of("PutSecretValue").len(), 1, "it was there, and was not written again");
    let state = stage.state();
    assert_eq!(state["secrets"][WEST][NAME]["versions"].as_object().map(serde_json::Map::len), Some(2));
}

#[tokio::test]
async fn what_another_wrote_meanwhile_is_not_overwritten() {
    let stage = alone().await;
    let (reply, _) = act(WEST, write("99999999-2222-8333-8444-555555555555")).await;
    assert!(matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "SecretChanged"), "{reply:?}");
    assert!(stage.calls_of("PutSecretValue").is_empty());
}

#[tokio::test]
async fn what_is_no_json_is_not_written_and_what_has_the_values_already_neither() {
    let stage = secret(&format!("\"{CANARY}: plain\"")).await;
    let (reply, _) = act(WEST, detach()).await;
    assert!(matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "SecretNotJson"), "{reply:?}");
    assert!(!format!("{reply:?}").contains(CANARY));
    assert!(stage.calls_of("StopReplicationToReplica").is_empty(), "it is a replica still");
    stage.call("secretsmanager", WEST, "stop_replication_to_replica", &json!({ "SecretId": NAME }));
    stands_alone().await;
    let first = current(WEST).await;
    let (reply, _) = act(WEST, write(&first)).await;
    assert!(matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "SecretNotJson"), "{reply:?}");
    assert!(!format!("{reply:?}").contains(CANARY));
    drop(stage);
    let stage = secret("{ host = \"new.example.com\", port = 6432, token = \"t0ken-of-the-plan\" }").await;
    take(WEST, detach()).await;
    stands_alone().await;
    let first = current(WEST).await;
    assert_eq!(take(WEST, write(&first)).await.as_deref(), Some(first.as_str()));
    assert!(stage.calls_of("PutSecretValue").is_empty());
}

#[tokio::test]
async fn the_version_before_is_current_again_and_a_replica_one_again() {
    let stage = alone().await;
    let first = current(WEST).await;
    take(WEST, write(&first)).await;
    let back = SecretOperation::RestageSecret { name: NAME.into(), from: VERSION.into(), to: first.as_str().into() };
    take(WEST, operation(back)).await;
    assert_eq!(current(WEST).await, first);
    assert_eq!(held(&stage)["host"], "old.example.com");
    let again = SecretOperation::ReplicateSecret { name: NAME.into(), region: WEST.into(), key: None };
    take(EAST, operation(again)).await;
    see_until(EAST, query(), |seen| {
        secret_of(seen).is_some_and(|secret| secret.replicas.iter().any(|replica| replica.status.as_str() == "InSync"))
    })
    .await;
    assert_eq!(secret_of(&see(WEST, query()).await).expect("it is there").primary.as_deref(), Some(EAST));
}

#[tokio::test]
async fn a_value_that_the_cloud_repeats_in_its_error_is_told_to_nobody() {
    let stage = alone().await;
    let first = current(WEST).await;
    let fault = json!({
        "kind": "error", "service": "secretsmanager", "operation": "PutSecretValue",
        "code": "InvalidRequestException", "status": 400, "message": "t0ken-of-the-plan is not allowed",
    });
    stage.fault(&fault);
    let (reply, calls) = act(WEST, write(&first)).await;
    let told = format!("{reply:?}{calls:?}");
    assert!(matches!(reply, Reply::Refused { .. }) && told.contains("is not allowed"), "{told}");
    assert!(!told.contains("t0ken"), "{told}");
}
