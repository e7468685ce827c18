//! A key in the recovery region: how it is, and the proof that it can be used.

use crate::stage::*;
use landfall::service::observation::KmsKey;
use landfall::service::{KmsObservation, KmsOperation, KmsQuery, Observation, Operation, Query, Reply};
use serde_json::json;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.key]
kind = "kms"
key = "alias/shop"
"#;

async fn key() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage
}

fn query(id: &str) -> Query {
    KmsQuery::Key { id: id.into() }.into()
}

fn key_of(observation: Observation) -> Option<KmsKey> {
    match observation {
        Observation::Kms(KmsObservation::Key { key }) => key,
        other => panic!("a key was asked for, not {other:?}"),
    }
}

fn prove(id: &str) -> Operation {
    Operation::Kms(KmsOperation::ProveKey { id: id.into() })
}

#[tokio::test]
async fn a_key_is_told_in_its_region_by_alias_id_and_arn() {
    let stage = key().await;
    let west = key_of(see(WEST, query("alias/shop")).await).expect("it is there");
    assert_eq!((west.state.as_str(), west.role.as_deref(), west.multi_region), ("Enabled", Some("REPLICA"), true));
    assert!(west.arn.contains(":us-west-2:"), "{}", west.arn);
    let east = key_of(see(EAST, query(&west.id)).await).expect("it is there");
    assert_eq!((east.role.as_deref(), &east.id), (Some("PRIMARY"), &west.id));
    assert_eq!(key_of(see(WEST, query(&west.arn)).await).as_ref(), Some(&west));
    assert_eq!(key_of(see(WEST, query("alias/none")).await), None);
    assert_eq!(key_of(see(WEST, query("mrk-0123456789abcdef0123456789abcdef")).await), None);
    stage.knob(&json!({ "knob": "key-state", "region": WEST, "key": "alias/shop", "state": "PendingReplicaDeletion" }));
    let dying = key_of(see(WEST, query("alias/shop")).await).expect("it is there yet");
    assert_eq!(dying.state.as_str(), "PendingReplicaDeletion");
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn a_proof_makes_no_key_and_is_told_as_an_act() {
    let stage = key().await;
    let (reply, calls) = act(WEST, prove("alias/shop")).await;
    let Reply::Taken { receipt } = &reply else { panic!("{reply:?}") };
    assert_eq!((receipt.id.as_ref(), receipt.exit.as_ref()), (None, None));
    assert_eq!(attempts(&calls), [("kms.GenerateDataKey", 1, Some("DryRunOperationException"))]);
    assert!(calls[0].mutation);
    let made = stage.calls_of("GenerateDataKey");
    assert_eq!((made.len(), &made[0].parameters["DryRun"]), (1, &json!(true)));
    assert_eq!(stage.mutations().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_used_is_not_proved() {
    let stage = key().await;
    stage.knob(&json!({ "knob": "key-state", "region": WEST, "key": "alias/shop", "state": "Disabled" }));
    let (reply, _) = act(WEST, prove("alias/shop")).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), .. } if code.as_str() == "DisabledException"),
        "{reply:?}"
    );
    stage.fault(&json!({ "kind": "access-denied", "service": "kms", "operation": "GenerateDataKey" }));
    let (reply, _) = act(WEST, prove("alias/shop")).await;
    assert!(
        matches!(&reply, Reply::Refused { code: Some(code), message } if code.as_str() == "AccessDeniedException" && message.contains("kms:GenerateDataKey")),
        "{reply:?}"
    );
}

#[tokio::test]
async fn a_proof_whose_reply_is_lost_is_not_sent_again_by_itself() {
    let stage = key().await;
    stage.fault(&json!({ "kind": "reply-lost", "service": "kms", "operation": "GenerateDataKey", "times": 1 }));
    let (reply, _) = act(WEST, prove("alias/shop")).await;
    assert!(matches!(reply, Reply::NoAnswer { .. }), "{reply:?}");
    assert_eq!(stage.calls_of("GenerateDataKey").len(), 1);
    stage.fault(&json!({ "kind": "throttle", "service": "kms", "operation": "GenerateDataKey", "times": 1 }));
    let (reply, _) = act(WEST, prove("alias/shop")).await;
    assert!(matches!(reply, Reply::Taken { .. }), "what was one too many is sent a little later: {reply:?}");
    assert_eq!(stage.calls_of("GenerateDataKey").len(), 3);
}
