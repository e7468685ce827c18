//! Looking at everything there is to look at changes nothing. (That the looking set refuses what it is not made for is
//! tested beside the guard, which nothing outside can reach.)

use crate::stage::*;
use jiff::Timestamp;
use landfall::service::{CallMade, Query};
use serde_json::json;

#[tokio::test]
async fn looking_at_everything_sends_reads_only() {
    let stage = storefront().await;
    for region in [EAST, WEST] {
        stage.log(&json!({"region": region, "group": LOG, "stream": "s", "lines": []}));
    }
    let (cluster, name) = ("storefront", "api");
    for region in [EAST, WEST] {
        let queries = vec![
            instance("orders"),
            lag("orders-replica"),
            service(name),
            Query::TaskDefinition { name: name.into() },
            Query::ServiceDefinition { cluster: cluster.into(), service: name.into() },
            Query::ServiceTasks { cluster: cluster.into(), service: name.into() },
            Query::ScalableTarget { cluster: cluster.into(), service: name.into() },
            Query::TargetHealth { target_group: "storefront-api".into() },
            Query::LoadBalancer { name: "storefront-lb".into() },
            Query::Forwards { balancer: "storefront-lb".into() },
            Query::HostedZone { zone: ZONE.into() },
            Query::HostedZone { zone: "example.com.".into() },
            records(RECORD),
            Query::DnsChange { id: "C1".into() },
            Query::DnsAnswer(question(RECORD, "A")),
            Query::NameServers(question(RECORD, "A")),
            Query::Log { group: LOG.into(), since: Timestamp::UNIX_EPOCH },
            Query::Identity,
        ];
        let (seen, evidence) = look_with_evidence(&place(region), queries).await;
        assert!(seen.iter().all(|seen| seen.answer.is_ok()), "{seen:#?}");
        let home = |call: &CallMade| if call.operation.starts_with("route53.") { EAST } else { region };
        assert!(evidence.iter().all(|call| !call.mutation && call.region.as_str() == home(call)));
    }
    let calls = stage.calls().len();
    assert_eq!(
        calls, 46,
        "each kind of question by a call; target health, what a service runs and its tasks, and a zone's name by two; \
         what a load balancer forwards to by three; a zone that is not known yet by each question that needs it"
    );
    assert!(stage.mutations().is_empty());
}
