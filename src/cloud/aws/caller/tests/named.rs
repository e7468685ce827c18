//! Endpoints that are named call by call.

use super::*;
use crate::cloud::aws::caller::NamedEndpoint;
use aws_runtime::request_info::RequestInfoInterceptor;

fn follower() -> RequestInfoInterceptor {
    RequestInfoInterceptor::new()
}

const ROOMS: Service = Service { id: "Named Rooms", at: At::Named, ..STORE };

#[derive(Debug, Serialize)]
struct DescribeRoom {}

impl Read for DescribeRoom {
    const SERVICE: &'static Service = &ROOMS;
    const OPERATION: &'static str = "DescribeThings";
    type Answer = Things;
}

#[derive(Debug, Serialize)]
struct MoveRoom {}

impl Acting for MoveRoom {
    const SERVICE: &'static Service = &ROOMS;
    const OPERATION: &'static str = "MoveThings";
    type Answer = Things;
}

fn named(server: &Server, region: &str, within: Duration) -> NamedEndpoint {
    NamedEndpoint { url: format!("{}/arc/v1", server.endpoint), region: region.to_owned(), within }
}

#[tokio::test]
async fn an_endpoint_that_is_named_is_called_whatever_the_configuration_says_for_its_own_region_and_once() {
    let all = Server::start([]).await;
    let caller = Caller::new(&config(&all.endpoint), May::Act);
    let one = Server::start([answer(200, r#"{"count": 1}"#), answer(500, "{}")]).await;
    let other = Server::start([answer(200, r#"{"count": 2}"#)]).await;
    let limit = Duration::from_secs(5);
    let told = caller.read_at(&named(&one, "eu-west-1", limit), DescribeRoom {}, follower()).await.expect("an answer");
    assert_eq!(told.count, 1);
    let told =
        caller.act_at(&named(&other, "ap-southeast-2", limit), MoveRoom {}, follower()).await.expect("an answer");
    assert_eq!(told.count, 2);
    let failed = caller.read_at(&named(&one, "eu-west-1", limit), DescribeRoom {}, follower()).await;
    assert!(failed.is_err(), "another may be asked in its place: it is not asked again");
    let sent = [one.requests(), other.requests()].concat();
    assert_eq!(sent.len(), 3);
    for (request, region) in sent.iter().zip(["eu-west-1", "eu-west-1", "ap-southeast-2"]) {
        assert!(request.starts_with("POST /arc/v1/ HTTP/1.1\r\n"), "{request}");
        assert!(request.contains(&format!("/{region}/store/aws4_request")), "{request}");
    }
    assert_eq!(all.connections(), 0);
}

#[tokio::test]
async fn who_is_called_by_name_alone_is_looked_for_nowhere_and_waited_for_no_longer_than_is_said() {
    let all = Server::start([]).await;
    let caller = Caller::new(&config(&all.endpoint), May::Act);
    assert!(caller.read(DescribeRoom {}, follower()).await.is_err());
    let slow = Server::start([answer(200, r#"{"count": 1}"#).after(Duration::from_secs(60))]).await;
    let began = std::time::Instant::now();
    let silent =
        caller.read_at(&named(&slow, "eu-west-1", Duration::from_millis(50)), DescribeRoom {}, follower()).await;
    assert!(matches!(silent, Err(SdkError::TimeoutError(_))), "{silent:?}");
    assert!(began.elapsed() < Duration::from_secs(30));
    let refused = Caller::new(&config(&all.endpoint), May::Look(READS));
    let refused = refused.act_at(&named(&slow, "eu-west-1", Duration::from_secs(1)), MoveRoom {}, follower()).await;
    assert!(matches!(refused, Err(SdkError::ConstructionFailure(_))), "who looks does nothing there either");
    assert_eq!((all.connections(), slow.requests().len()), (0, 1));
}
