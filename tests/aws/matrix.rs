//! Each thing that can go wrong on the way, for every service at once: which of the four words it is, and in how long.

use crate::stage::*;
use jiff::Timestamp;
use landfall::service::observation::RecordSet;
use landfall::service::{
    DnsOperation, DnsQuery, EcsOperation, EcsQuery, ElbQuery, LogsQuery, Operation, Query, RdsOperation, Reply,
    Silence, StsQuery,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A question to each service.
fn questions() -> Vec<Query> {
    let (cluster, name) = ("storefront", "api");
    vec![
        instance("orders-replica"),
        lag("orders-replica"),
        service(name),
        Query::Ecs(EcsQuery::TaskDefinition { name: name.into() }),
        Query::Ecs(EcsQuery::ScalableTarget { cluster: cluster.into(), service: name.into() }),
        Query::Elb(ElbQuery::TargetHealth { target_group: "storefront-api".into() }),
        Query::Elb(ElbQuery::LoadBalancer { name: "storefront-lb".into() }),
        records(RECORD),
        Query::Dns(DnsQuery::DnsChange { id: "C1".into() }),
        Query::Logs(LogsQuery::Log { group: LOG.into(), since: Timestamp::UNIX_EPOCH }),
        Query::Sts(StsQuery::Identity),
    ]
}

/// One act of each operation, with the API's own name for it.
fn acts() -> Vec<(&'static str, Operation)> {
    let (cluster, service) = (|| "storefront".into(), || "api".into());
    let record = RecordSet {
        name: "new.example.com.".into(),
        record_type: "A".into(),
        ttl: Some(30),
        values: vec!["192.0.2.1".into()],
        ..RecordSet::default()
    };
    let (environment, secrets) = (BTreeMap::new(), BTreeMap::new());
    vec![
        ("PromoteReadReplica", promote()),
        (
            "ModifyDBInstance",
            Operation::Rds(RdsOperation::RenameDbInstance {
                id: "orders-replica".into(),
                new_id: "other".into(),
                security_groups: Vec::new(),
            }),
        ),
        (
            "RegisterTaskDefinition",
            Operation::Ecs(EcsOperation::RegisterTaskDefinition {
                from: "api".into(),
                environment,
                secrets,
                image: None,
                container: None,
            }),
        ),
        ("UpdateService", scale(2)),
        (
            "RegisterScalableTarget",
            Operation::Ecs(EcsOperation::SetScalableTarget {
                cluster: cluster(),
                service: service(),
                min: 2,
                max: None,
                suspended: None,
            }),
        ),
        (
            "ChangeResourceRecordSets",
            Operation::Dns(DnsOperation::ChangeRecords { zone: ZONE.into(), upsert: vec![record], delete: Vec::new() }),
        ),
    ]
}

/// What goes wrong, which word it is of a look, and in how many seconds at most it is said.
fn table() -> Vec<(Value, Silence, u64)> {
    vec![
        (json!({"kind": "hang"}), Silence::NoAnswer, 16),
        (json!({"kind": "drip"}), Silence::NoAnswer, 16),
        (json!({"kind": "drop"}), Silence::NoAnswer, 16),
        (json!({"kind": "cut"}), Silence::NoAnswer, 16),
        (json!({"kind": "page", "status": 502}), Silence::NoAnswer, 16),
        (json!({"kind": "page", "status": 200}), Silence::NoAnswer, 16),
        (json!({"kind": "blank"}), Silence::NoAnswer, 16),
        (json!({"kind": "throttle"}), Silence::Throttled, 16),
        (json!({"kind": "error", "code": "InternalFailure", "status": 500}), Silence::Error, 16),
        (json!({"kind": "error", "code": "ServiceUnavailable", "status": 503}), Silence::Error, 16),
        (json!({"kind": "error", "code": "ValidationError", "status": 400}), Silence::Refused, 5),
        (json!({"kind": "access-denied"}), Silence::Denied, 5),
        (json!({"kind": "page", "status": 403}), Silence::NoAnswer, 5),
        (json!({"kind": "expired-token"}), Silence::Expired, 5),
        (json!({"kind": "error", "code": "RequestExpired", "status": 400}), Silence::Expired, 5),
    ]
}

#[tokio::test]
async fn every_service_says_the_same_word_for_the_same_trouble_and_none_takes_long() {
    let stage = storefront().await;
    for (fault, wanted, seconds) in table() {
        stage.fault(&fault);
        let started = Instant::now();
        let asked = questions();
        let answers = look(WEST, asked.clone()).await;
        assert!(started.elapsed() < Duration::from_secs(seconds), "{fault}: {:?}", started.elapsed());
        for (query, answer) in asked.iter().zip(answers) {
            let silence = answer.expect_err("it goes wrong");
            assert_eq!(silence.because, wanted, "{fault}: {}: {}", query.api_name(), silence.message);
            if fault["kind"] == "page" {
                assert!(silence.message.starts_with("HTTP "), "for people: {}", silence.message);
            }
        }
        stage.mend_all();
    }
    assert!(look(WEST, questions()).await.iter().all(Result::is_ok), "and afterwards all is well");
}

fn word(reply: &Reply) -> &'static str {
    match reply {
        Reply::Taken { .. } => "taken",
        Reply::Refused { .. } => "it said no",
        Reply::NotNow { throttled: true, .. } => "it said not yet",
        Reply::NotNow { throttled: false, .. } => "it was not sent",
        Reply::Expired { .. } => "the credentials have expired",
        Reply::NoAnswer { .. } => "it did not answer",
    }
}

#[tokio::test]
async fn every_act_says_whether_it_may_have_happened_and_none_is_sent_twice() {
    let stage = storefront().await;
    let silent = "it did not answer";
    for (fault, wanted) in [
        (json!({"kind": "hang"}), silent),
        (json!({"kind": "drip"}), silent),
        (json!({"kind": "drop"}), silent),
        (json!({"kind": "reply-lost"}), silent),
        (json!({"kind": "cut"}), silent),
        (json!({"kind": "page", "status": 504}), silent),
        (json!({"kind": "page", "status": 200}), silent),
        (json!({"kind": "blank"}), silent),
        (json!({"kind": "error", "code": "InternalFailure", "status": 500}), silent),
        (json!({"kind": "throttle"}), "it said not yet"),
        (json!({"kind": "error", "code": "ValidationError", "status": 400}), "it said no"),
        (json!({"kind": "error", "code": "LimitExceededException", "status": 400}), "it said no"),
        (json!({"kind": "access-denied"}), "it said no"),
        (json!({"kind": "expired-token"}), "the credentials have expired"),
        (json!({"kind": "error", "code": "InvalidClientTokenId", "status": 403}), "the credentials have expired"),
    ] {
        stage.reset();
        stage.seed(STOREFRONT);
        for (api, _) in acts() {
            let mut fault = fault.clone();
            fault["operation"] = api.into();
            stage.fault(&fault);
        }
        stage.clear_calls();
        let started = Instant::now();
        let sending = acts().into_iter().map(|(api, operation)| async move { (api, act(WEST, operation).await.0) });
        for (api, reply) in futures::future::join_all(sending).await {
            assert_eq!(word(&reply), wanted, "{fault}: {api}: {reply:?}");
            let sent = stage.calls_of(api);
            let most = if wanted == "it said not yet" { 3 } else { 1 };
            assert!(sent.len() <= most, "{fault}: {api} was sent {} times", sent.len());
            assert!(
                wanted == silent || sent.iter().all(|call| !call.executed),
                "{fault}: {api}: {wanted}, and it happened"
            );
        }
        assert!(started.elapsed() < Duration::from_secs(22), "{fault}: {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn a_service_that_hangs_in_one_region_costs_the_other_nothing() {
    let stage = storefront().await;
    stage.fault(&json!({"kind": "hang", "region": EAST}));
    let started = Instant::now();
    let (east, west) = (place(EAST), place(WEST));
    let dark = look_with_evidence(&east, vec![instance("orders")]);
    let bright = async {
        let (seen, _) = look_with_evidence(&west, vec![instance("orders-replica")]).await;
        (seen[0].answer.is_ok(), started.elapsed())
    };
    let ((dark, _), (answered, after)) = futures::join!(dark, bright);
    assert_eq!(dark[0].answer.as_ref().expect_err("it hangs").because, Silence::NoAnswer);
    assert!(answered && after < Duration::from_secs(4), "{after:?}");
}
