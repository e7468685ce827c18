//! Certificates of a region: found by their names, of every key type, described before they are believed.

use crate::stage::*;
use landfall::service::observation::Certificate;
use landfall::service::{AcmObservation, AcmQuery, Observation, Query, Silence, home};
use serde_json::{Value, json};

const NAME: &str = "shop.example.com";
const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.tls]
kind = "certificate"
domain = "shop.example.com"
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn asked(domain: &str) -> Query {
    AcmQuery::Certificates { domain: domain.into() }.into()
}

fn certificates(observation: Observation) -> Vec<Certificate> {
    match observation {
        Observation::Acm(AcmObservation::Certificates { certificates }) => certificates,
        other => panic!("certificates were asked for, not {other:?}"),
    }
}

async fn seen(domain: &str) -> Vec<Certificate> {
    certificates(see(WEST, asked(domain)).await)
}

/// Turns the knob of the certificate in the west.
fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "certificate", "region": WEST, "domain": NAME });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

#[tokio::test]
async fn a_certificate_is_told_with_its_names_dates_and_use() {
    let stage = shop().await;
    let found = seen(NAME).await;
    let [certificate] = &found[..] else { panic!("{found:?}") };
    assert!(certificate.arn.starts_with("arn:aws:acm:us-west-2:"));
    assert_eq!((certificate.status.as_str(), certificate.used_by), ("ISSUED", 1));
    assert_eq!(certificate.names.iter().map(|name| name.as_str()).collect::<Vec<_>>(), [NAME]);
    let now = jiff::Timestamp::now();
    assert!(certificate.not_before.expect("told") <= now && certificate.not_after.expect("told") > now);
    assert!(seen("other.example.com").await.is_empty());
    assert!(stage.calls().iter().all(|call| call.service == "acm" && call.region == WEST && call.read_only));
}

#[tokio::test]
async fn every_key_type_is_found_and_every_status_is_told() {
    let stage = shop().await;
    for key in ["RSA_1024", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"] {
        turn(&stage, json!({ "KeyAlgorithm": key }));
        assert_eq!(seen(NAME).await.len(), 1, "{key}");
    }
    turn(&stage, json!({ "Status": "FAILED", "FailureReason": "CAA_ERROR" }));
    let failed = seen(NAME).await.remove(0);
    assert_eq!((failed.status.as_str(), failed.reason.as_deref()), ("FAILED", Some("CAA_ERROR")));
    turn(&stage, json!({ "Status": "EXPIRED", "valid_for": -60 }));
    assert!(seen(NAME).await.remove(0).not_after.expect("told") < jiff::Timestamp::now());
    turn(&stage, json!({ "Status": "PENDING_VALIDATION", "valid_for": 86400 }));
    assert_eq!(seen(NAME).await.remove(0).status.as_str(), "PENDING_VALIDATION");
}

#[tokio::test]
async fn a_wildcard_and_a_name_behind_the_hundredth_are_found_and_others_are_not() {
    let stage = shop().await;
    let names: Vec<String> = (0..120).map(|nth| format!("n{nth}.example.org")).collect();
    turn(&stage, json!({ "names": names }));
    stage.knob(&json!({ "knob": "certificate", "region": WEST, "domain": "*.example.net" }));
    assert_eq!(seen("n119.example.org").await.len(), 1);
    assert_eq!(seen("n120.example.org").await.len(), 0, "it may have been among those that are not listed");
    assert_eq!(seen("a.example.net").await.len(), 1);
    assert_eq!(seen("a.b.example.net").await.len(), 0);
    assert_eq!(seen("example.net").await.len(), 0);
}

#[tokio::test]
async fn the_list_is_asked_for_once_page_after_page_whoever_asks() {
    let stage = shop().await;
    for domain in ["a.example.com", "b.example.com"] {
        stage.knob(&json!({ "knob": "certificate", "region": WEST, "domain": domain }));
    }
    stage.knob(&json!({ "knob": "certificate-page", "size": 2 }));
    let queries = ["b.example.com", NAME, "none.example.com"].map(asked).to_vec();
    let answers = look(WEST, queries).await;
    let counts: Vec<usize> = answers.into_iter().map(|seen| certificates(seen.expect("an answer")).len()).collect();
    assert_eq!(counts, [1, 1, 0]);
    assert_eq!((stage.calls_of("ListCertificates").len(), stage.calls_of("DescribeCertificate").len()), (2, 2));
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn what_is_not_described_is_not_believed() {
    let stage = shop().await;
    let silence = async |fault: Value| {
        let fault = stage.fault(&fault);
        let silence = look(WEST, vec![asked(NAME)]).await.remove(0).expect_err("it is not told");
        stage.mend(&fault);
        silence
    };
    for operation in ["ListCertificates", "DescribeCertificate"] {
        let denied = silence(json!({ "kind": "access-denied", "operation": operation })).await;
        assert_eq!(denied.because, Silence::Denied);
        for kind in ["drop", "cut", "page", "blank"] {
            let silent = silence(json!({ "kind": kind, "operation": operation })).await;
            assert_eq!(silent.because, Silence::NoAnswer, "{kind} {operation}");
        }
        assert_eq!(silence(json!({ "kind": "throttle", "operation": operation })).await.because, Silence::Throttled);
    }
    let denied = silence(json!({ "kind": "access-denied", "service": "acm" })).await;
    assert!(home::clear("acm.ListCertificates", &denied).contains("acm:ListCertificates"), "{denied:?}");
}
