//! What the caller sends and makes of what comes back, with a small server in the place of AWS.

mod contract;
mod endpoints;
mod named;
mod query;
mod server;
mod shapes;

use super::{Acting, At, Caller, Protocol, Read, Reads, Service};
use crate::cloud::aws::audit::Audit;
use crate::cloud::aws::clients::Clients;
use crate::cloud::aws::desk::{Eye, Hand};
use crate::cloud::aws::guard::May;
use crate::cloud::aws::observer::READS;
use crate::cloud::aws::trouble::{Sort, Trouble};
use crate::cloud::{Evidence, Token};
use crate::plan::Region;
use crate::service::CallMade;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use serde::{Deserialize, Serialize};
use server::{Server, answer};
use std::time::Duration;

const STORE: Service = Service {
    id: "Store Room",
    signing_name: "store",
    at: At::Regions,
    host: "store",
    dual_stack_host: "store",
    protocol: Protocol::Json { target: "StoreRoom_2020", version: "1.0" },
    reads: &[&["DescribeThings"]],
    acts: &[&["MoveThings"]],
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DescribeThings {
    thing_name: String,
}

#[derive(Debug, Deserialize)]
struct Things {
    count: u64,
}

impl Read for DescribeThings {
    const SERVICE: &'static Service = &STORE;
    const OPERATION: &'static str = "DescribeThings";
    type Answer = Things;
}

/// What no room lists.
#[derive(Debug, Serialize)]
struct DeleteThings {}

impl Read for DeleteThings {
    const SERVICE: &'static Service = &STORE;
    const OPERATION: &'static str = "DeleteThings";
    type Answer = Things;
}

/// What is done.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MoveThings {
    thing_name: String,
}

impl Acting for MoveThings {
    const SERVICE: &'static Service = &STORE;
    const OPERATION: &'static str = "MoveThings";
    type Answer = Things;
}

/// What no room lists to be done.
#[derive(Debug, Serialize)]
struct BurnThings {}

impl Acting for BurnThings {
    const SERVICE: &'static Service = &STORE;
    const OPERATION: &'static str = "BurnThings";
    type Answer = Things;
}

/// What is listed to be read only.
#[derive(Debug, Serialize)]
struct ActOnARead {}

impl Acting for ActOnARead {
    const SERVICE: &'static Service = &STORE;
    const OPERATION: &'static str = "DescribeThings";
    type Answer = Things;
}

fn config(endpoint: &str) -> SdkConfig {
    let limits = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(300));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new("us-west-2"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new("AKID", "b", None, None, "test")))
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .timeout_config(limits.build())
        .build()
}

fn things() -> DescribeThings {
    DescribeThings { thing_name: "a \"b\"".to_owned() }
}

/// Asks by `clients`; what came of it, and what evidence there is.
async fn read<R: Read>(clients: &Clients, request: R) -> (Result<R::Answer, Trouble>, Vec<CallMade>) {
    let (evidence, mut calls) = Evidence::channel();
    let region = Region::new("us-west-2");
    let eye = Eye { clients, region: &region, evidence: &evidence };
    let audit = Audit::look(eye, "store");
    let result = audit.settle(clients.caller.read(request, audit.clone())).await;
    drop((audit, evidence));
    let mut made = Vec::new();
    while let Some(call) = calls.recv().await {
        made.push(call);
    }
    (result, made)
}

/// Does it by `clients`, as the first try; what came of it, and what evidence there is.
async fn act<A: Acting>(clients: &Clients, request: A) -> (Result<A::Answer, Trouble>, Vec<CallMade>) {
    let (evidence, mut calls) = Evidence::channel();
    let (region, token) = (Region::new("us-west-2"), Token("run/step/1".to_owned()));
    let eye = Eye { clients, region: &region, evidence: &evidence };
    let audit = Audit::act(Hand { eye, token: &token, tried: 1 }, "store");
    let result = audit.settle(clients.caller.act(request, audit.clone())).await;
    drop((audit, evidence));
    let mut made = Vec::new();
    while let Some(call) = calls.recv().await {
        made.push(call);
    }
    (result, made)
}

fn mover() -> MoveThings {
    MoveThings { thing_name: "a".to_owned() }
}

fn clients(endpoint: &str) -> Clients {
    Clients::new(&config(endpoint), May::Look(READS), Default::default())
}

#[tokio::test]
async fn a_request_is_signed_and_said_in_the_service_s_own_words() {
    let server = Server::start([answer(200, r#"{"count": 2, "more": [1]}"#)]).await;
    let (result, calls) = read(&clients(&server.endpoint), things()).await;
    assert_eq!(result.expect("an answer").count, 2);
    let sent = server.requests();
    assert!(sent[0].starts_with("POST / HTTP/1.1\r\n"), "{}", sent[0]);
    let has = |part: &str| assert!(sent[0].contains(part), "no {part} in {}", sent[0]);
    has("content-type: application/x-amz-json-1.0\r\n");
    has("x-amz-target: StoreRoom_2020.DescribeThings\r\n");
    has("content-length: 23\r\n");
    has("/us-west-2/store/aws4_request, SignedHeaders=");
    has("Credential=AKID/");
    has("amz-sdk-invocation-id: ");
    has("amz-sdk-request: attempt=1; max=3\r\n");
    has("api/store/");
    has("\r\n\r\n{\"thingName\":\"a \\\"b\\\"\"}");
    let call = &calls[0];
    assert_eq!((calls.len(), call.operation.as_str(), call.attempt), (1, "store.DescribeThings", 1));
    assert_eq!((call.request_id.as_deref(), call.mutation, call.error.as_deref()), (Some("id-1"), false, None));
}

#[tokio::test]
async fn what_its_room_does_not_list_is_refused_before_a_connection_is_made() {
    for may in [May::Look(READS), May::Act] {
        let server = Server::start([]).await;
        let clients = Clients::new(&config(&server.endpoint), may, Default::default());
        let (result, calls) = read(&clients, DeleteThings {}).await;
        let trouble = result.expect_err("it is refused");
        assert_eq!(trouble.sort, Sort::Unsendable);
        assert!(trouble.message.contains("DeleteThings is not a read"), "{}", trouble.message);
        assert!(calls.is_empty() && server.requests().is_empty());
        assert_eq!(server.connections(), 0);
    }
}

#[tokio::test]
async fn an_error_is_told_by_its_code_however_it_is_written() {
    let table = [
        (answer(400, r#"{"__type": "com.amazonaws.store#GoneException", "message": "no such"}"#), "no such"),
        (answer(400, r#"{"__type": "GoneException", "Message": "no such"}"#), "no such"),
        (answer(400, r#"{"code": "GoneException:http://x/", "__type": "Other", "message": "no such"}"#), "no such"),
        (answer(400, "{}").header("x-amzn-errortype", "GoneException:http://x/"), "GoneException"),
    ];
    for (reply, message) in table {
        let server = Server::start([reply]).await;
        let (result, calls) = read(&clients(&server.endpoint), things()).await;
        let trouble = result.expect_err("an error");
        assert_eq!((trouble.sort, trouble.is(&["GoneException"])), (Sort::Refused, true), "{trouble:?}");
        assert!(trouble.words().contains(message), "{trouble:?}");
        assert_eq!((calls.len(), calls[0].error.as_deref()), (1, Some("GoneException")), "it is not asked again");
    }
}

#[tokio::test]
async fn a_denial_and_expired_credentials_are_told_apart() {
    for (code, sort) in [("AccessDeniedException", Sort::Denied), ("ExpiredTokenException", Sort::Expired)] {
        let server = Server::start([answer(400, &format!("{{\"__type\": \"{code}\"}}"))]).await;
        let (result, _) = read(&clients(&server.endpoint), things()).await;
        assert_eq!(result.expect_err("an error").sort, sort);
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_every_try_is_evidence() {
    let throttled = answer(400, r#"{"__type": "ThrottlingException", "message": "slow down"}"#);
    let server = Server::start([throttled, answer(503, ""), answer(200, r#"{"count": 1}"#)]).await;
    let (result, calls) = read(&clients(&server.endpoint), things()).await;
    assert_eq!(result.expect("an answer").count, 1);
    let told: Vec<_> = calls.iter().map(|call| (call.attempt, call.error.as_deref())).collect();
    assert_eq!(told, [(1, Some("ThrottlingException")), (2, Some("HTTP 503")), (3, None)]);
}

#[tokio::test]
async fn tries_come_to_an_end() {
    let server = Server::start([answer(500, ""), answer(500, ""), answer(500, ""), answer(500, "")]).await;
    let (result, calls) = read(&clients(&server.endpoint), things()).await;
    assert_eq!((result.expect_err("an error").sort, calls.len()), (Sort::Failing, 3));
}

#[tokio::test]
async fn who_never_answers_is_waited_for_no_longer_than_every_client_waits() {
    let server = Server::start([answer(200, "").after(Duration::from_secs(60))]).await;
    let mut config = config(&server.endpoint).into_builder();
    config.set_retry_config(Some(RetryConfig::disabled()));
    let clients = Clients::new(&config.build(), May::Look(READS), Default::default());
    let (result, calls) = read(&clients, things()).await;
    assert_eq!((result.expect_err("a silence").sort, calls.len()), (Sort::NoAnswer, 1));
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_answer() {
    for status in [200, 403, 502] {
        let page = answer(status, "<html>").without_id();
        let server = Server::start([page.clone(), page.clone(), page]).await;
        let (result, _) = read(&clients(&server.endpoint), things()).await;
        let trouble = result.expect_err("no answer");
        assert_eq!((trouble.sort, trouble.code.is_none()), (Sort::NoAnswer, true), "{status}: {trouble:?}");
        assert!(trouble.message.contains("not the service's"), "{trouble:?}");
    }
}

#[tokio::test]
async fn an_answer_with_nothing_in_it_is_no_answer() {
    let server = Server::start([answer(200, "").without_id()]).await;
    let (result, calls) = read(&clients(&server.endpoint), things()).await;
    assert_eq!((result.expect_err("no answer").sort, calls.len()), (Sort::NoAnswer, 1));
}

#[tokio::test]
async fn nobody_is_connected_to_twice_for_two_calls() {
    let server = Server::start([answer(200, r#"{"count": 1}"#), answer(200, r#"{"count": 2}"#)]).await;
    let clients = clients(&server.endpoint);
    for count in [1, 2] {
        assert_eq!(read(&clients, things()).await.0.expect("an answer").count, count);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn without_credentials_nothing_is_sent() {
    let server = Server::start([]).await;
    let mut config = config(&server.endpoint).into_builder();
    config.set_credentials_provider(None);
    let caller = Caller::new(&config.build(), May::Act);
    let result = caller.read(things(), aws_runtime::request_info::RequestInfoInterceptor::new()).await;
    assert!(!matches!(result, Err(SdkError::ServiceError(_)) | Ok(_)), "{result:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn an_act_is_sent_once_and_told_as_a_mutation() {
    let server = Server::start([answer(200, r#"{"count": 1}"#)]).await;
    let clients = Clients::new(&config(&server.endpoint), May::Act, Default::default());
    let (result, calls) = act(&clients, mover()).await;
    assert_eq!(result.expect("an answer").count, 1);
    assert!(server.requests()[0].contains("x-amz-target: StoreRoom_2020.MoveThings\r\n"));
    let call = &calls[0];
    assert_eq!((calls.len(), call.operation.as_str(), call.mutation), (1, "store.MoveThings", true));
}

#[tokio::test]
async fn an_act_is_never_sent_again_by_the_sdk_whatever_the_configuration_says() {
    let throttled = answer(400, r#"{"__type": "ThrottlingException"}"#);
    for (reply, sort) in [
        (throttled, Sort::Throttled),
        (answer(503, ""), Sort::Failing),
        (answer(500, "").without_id(), Sort::NoAnswer),
        (answer(200, "").after(Duration::from_secs(2)), Sort::NoAnswer),
    ] {
        let server = Server::start([reply, answer(200, r#"{"count": 1}"#)]).await;
        let clients = Clients::new(&config(&server.endpoint), May::Act, Default::default());
        let (result, calls) = act(&clients, mover()).await;
        assert_eq!(result.expect_err("it is not tried again").sort, sort);
        assert_eq!((calls.len(), server.requests().len()), (1, 1), "{sort:?}");
    }
}

#[tokio::test]
async fn who_looks_does_nothing_and_who_acts_nothing_that_no_room_lists() {
    async fn is_refused<A: Acting>(may: May, request: A, words: &str) {
        let server = Server::start([]).await;
        let clients = Clients::new(&config(&server.endpoint), may, Default::default());
        let (result, calls) = act(&clients, request).await;
        let trouble = result.expect_err("it is refused");
        assert_eq!(trouble.sort, Sort::Unsendable);
        assert!(trouble.message.contains(words), "{}", trouble.message);
        assert!(calls.is_empty());
        assert_eq!(server.connections(), 0);
    }
    let everything: Reads = &[&["MoveThings", "DescribeThings", "BurnThings"]];
    for may in [May::Look(READS), May::Look(everything)] {
        is_refused(may, mover(), "MoveThings is not a read").await;
        is_refused(may, ActOnARead {}, "DescribeThings is not a read").await;
    }
    is_refused(May::Act, BurnThings {}, "BurnThings is nothing that its room lists").await;
    is_refused(May::Act, ActOnARead {}, "DescribeThings is nothing that its room lists").await;
}
