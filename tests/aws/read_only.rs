//! Looking at everything there is to look at changes nothing. (That the looking set refuses what it is not made for is
//! tested beside the guard, which nothing outside can reach.)

use crate::stage::*;
use jiff::Timestamp;
use landfall::service::{CallMade, DnsQuery, EcrQuery, EcsQuery, ElbQuery, LogsQuery, Query, StsQuery};
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
            Query::Ecs(EcsQuery::TaskDefinition { name: name.into() }),
            Query::Ecs(EcsQuery::ServiceDefinition { cluster: cluster.into(), service: name.into() }),
            Query::Ecs(EcsQuery::ServiceTasks { cluster: cluster.into(), service: name.into() }),
            Query::Ecs(EcsQuery::ScalableTarget { cluster: cluster.into(), service: name.into() }),
            Query::Elb(ElbQuery::TargetHealth { target_group: "storefront-api".into() }),
            Query::Elb(ElbQuery::LoadBalancer { name: "storefront-lb".into() }),
            Query::Elb(ElbQuery::Forwards { balancer: "storefront-lb".into() }),
            Query::Dns(DnsQuery::HostedZone { zone: ZONE.into() }),
            Query::Dns(DnsQuery::HostedZone { zone: "example.com.".into() }),
            records(RECORD),
            Query::Dns(DnsQuery::DnsChange { id: "C1".into() }),
            Query::Dns(DnsQuery::DnsAnswer(question(RECORD, "A"))),
            Query::Dns(DnsQuery::NameServers(question(RECORD, "A"))),
            Query::Logs(LogsQuery::Log { group: LOG.into(), since: Timestamp::UNIX_EPOCH }),
            Query::Ecr(EcrQuery::RegistryImage {
                registry: "123456789012".into(),
                repository: "shop/api".into(),
                image: "v1".into(),
            }),
            Query::Sts(StsQuery::Identity),
        ];
        let (seen, evidence) = look_with_evidence(&place(region), queries).await;
        assert!(seen.iter().all(|seen| seen.answer.is_ok()), "{seen:#?}");
        let home = |call: &CallMade| if call.operation.starts_with("route53.") { EAST } else { region };
        assert!(evidence.iter().all(|call| !call.mutation && call.region.as_str() == home(call)));
    }
    let calls = stage.calls().len();
    assert_eq!(
        calls, 48,
        "each kind of question by a call; target health, what a service runs and its tasks, and a zone's name by two; \
         what a load balancer forwards to by three; a zone that is not known yet by each question that needs it"
    );
    assert!(stage.mutations().is_empty());
}
