//! Looking at everything there is to look at changes nothing. (That the looking set refuses what it is not made for is
//! tested beside the guard, which nothing outside can reach.)

use crate::stage::*;
use landfall::service::Query;

#[tokio::test]
async fn looking_at_everything_sends_reads_only() {
    let stage = storefront().await;
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
            records(RECORD, "A"),
            Query::DnsChange { id: "C1".into() },
            Query::DnsAnswer { zone: ZONE.into(), name: RECORD.into(), record_type: "A".into() },
            Query::Identity,
        ];
        let (seen, evidence) = look_with_evidence(&place(region), queries).await;
        assert!(seen.iter().all(|seen| seen.answer.is_ok()), "{seen:#?}");
        assert!(evidence.iter().all(|call| !call.mutation && call.region.as_str() == region));
    }
    let calls = stage.calls().len();
    assert_eq!(calls, 31, "thirteen kinds of question; target health, what a service runs and its tasks by two calls");
    assert!(stage.mutations().is_empty());
}
