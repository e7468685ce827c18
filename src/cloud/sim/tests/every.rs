//! Under test: the whole of the port is answered, by chance that keeps its bounds and knows no order of calls.

use super::*;
use crate::service::CloudWatchQuery;
use crate::service::observation::{DnsAnswers, RecordSets, TcpAnswer};
use crate::service::{
    CloudWatchObservation, DnsObservation, EcrObservation, EcsObservation, ElbObservation, LocalObservation,
    LogsObservation, RdsObservation, StsObservation,
};
use crate::service::{DnsQuery, EcrQuery, EcsQuery, ElbQuery, LocalQuery, LogsQuery, RdsQuery, StsQuery};

/// One query of every kind, and one operation of every kind; what a new variant adds must be added here too.
fn every_query() -> Vec<Query> {
    let (cluster, service) = (Clean::new("shop"), Clean::new("api"));
    vec![
        Query::Rds(RdsQuery::DbInstance { id: "orders-replica".into() }),
        Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: "orders-replica".into() }),
        Query::Ecr(EcrQuery::RegistryImage {
            registry: "123456789012".into(),
            repository: "shop/api".into(),
            image: "v1".into(),
        }),
        Query::Ecs(EcsQuery::EcsService { cluster: cluster.clone(), service: service.clone() }),
        Query::Ecs(EcsQuery::TaskDefinition { name: "api".into() }),
        Query::Ecs(EcsQuery::ServiceDefinition { cluster: cluster.clone(), service: service.clone() }),
        Query::Ecs(EcsQuery::ServiceTasks { cluster: cluster.clone(), service: service.clone() }),
        Query::Ecs(EcsQuery::ScalableTarget { cluster, service }),
        Query::Elb(ElbQuery::TargetHealth { target_group: "api".into() }),
        Query::Elb(ElbQuery::LoadBalancer { name: "shop".into() }),
        Query::Elb(ElbQuery::Forwards { balancer: "shop".into() }),
        Query::Dns(DnsQuery::HostedZone { zone: "Z1".into() }),
        records("shop.example.com."),
        Query::Dns(DnsQuery::DnsChange { id: "C0".into() }),
        Query::Dns(DnsQuery::DnsAnswer(question("shop.example.com.", "A"))),
        Query::Dns(DnsQuery::NameServers(question("shop.example.com.", "A"))),
        Query::Dns(DnsQuery::Resolver { at: "10.0.0.2".into(), question: question("shop.example.com.", "A") }),
        Query::Logs(LogsQuery::Log { group: "/ecs/shop/api".into(), since: Timestamp::UNIX_EPOCH }),
        works(),
        Query::Local(LocalQuery::Tcp { host: "bank.example.com".into(), port: 443 }),
        Query::Local(LocalQuery::Look(run(&["warm?"]))),
        Query::Sts(StsQuery::Identity),
    ]
}

/// Whether the answer is of the kind that was asked for, and found its thing where the plan names one.
fn is_answered(query: &Query, observation: &Observation) -> bool {
    match query {
        Query::Rds(RdsQuery::DbInstance { .. }) => {
            matches!(observation, Observation::Rds(RdsObservation::DbInstance { instance: Some(_) }))
        }
        Query::CloudWatch(CloudWatchQuery::ReplicaLag { .. }) => {
            matches!(observation, Observation::CloudWatch(CloudWatchObservation::Lag(_)))
        }
        Query::Ecr(EcrQuery::RegistryImage { .. }) => {
            matches!(observation, Observation::Ecr(EcrObservation::RegistryImage { image: Some(_) }))
        }
        Query::Ecs(EcsQuery::EcsService { .. }) => {
            matches!(observation, Observation::Ecs(EcsObservation::EcsService { service: Some(_) }))
        }
        Query::Ecs(EcsQuery::TaskDefinition { .. }) | Query::Ecs(EcsQuery::ServiceDefinition { .. }) => {
            matches!(observation, Observation::Ecs(EcsObservation::TaskDefinition { definition: Some(_) }))
        }
        Query::Ecs(EcsQuery::ServiceTasks { .. }) => {
            matches!(observation, Observation::Ecs(EcsObservation::ServiceTasks { tasks: Some(_) }))
        }
        Query::Ecs(EcsQuery::ScalableTarget { .. }) => {
            matches!(observation, Observation::Ecs(EcsObservation::ScalableTarget { target: Some(_) }))
        }
        Query::Elb(ElbQuery::TargetHealth { .. }) => {
            matches!(observation, Observation::Elb(ElbObservation::TargetHealth { group: Some(_) }))
        }
        Query::Elb(ElbQuery::LoadBalancer { .. }) => {
            matches!(observation, Observation::Elb(ElbObservation::LoadBalancer { load_balancer: Some(_) }))
        }
        Query::Elb(ElbQuery::Forwards { .. }) => {
            matches!(observation, Observation::Elb(ElbObservation::Forwards { to: Some(to) }) if !to.is_empty())
        }
        Query::Dns(DnsQuery::HostedZone { .. }) => {
            matches!(observation, Observation::Dns(DnsObservation::HostedZones { zones }) if zones.len() == 1)
        }
        Query::Dns(DnsQuery::RecordSets { .. }) => {
            matches!(observation, Observation::Dns(DnsObservation::RecordSets(RecordSets { records, .. })) if !records.is_empty())
        }
        Query::Dns(DnsQuery::DnsChange { .. }) => {
            matches!(observation, Observation::Dns(DnsObservation::DnsChange { status: None }))
        }
        Query::Dns(DnsQuery::DnsAnswer(_))
        | Query::Dns(DnsQuery::NameServers(_))
        | Query::Dns(DnsQuery::Resolver { .. }) => {
            let has_records = |server: &DnsServer| server.replies.iter().all(|reply| !reply.records.is_empty());
            matches!(observation, Observation::Dns(DnsObservation::DnsAnswers(DnsAnswers { servers, .. })) if !servers.is_empty() && servers.iter().all(has_records))
        }
        Query::Logs(LogsQuery::Log { .. }) => {
            matches!(observation, Observation::Logs(LogsObservation::Log { lines: Some(_) }))
        }
        Query::Local(LocalQuery::Http(_)) => matches!(observation, Observation::Local(LocalObservation::Http(_))),
        Query::Local(LocalQuery::Tcp { .. }) => {
            matches!(observation, Observation::Local(LocalObservation::Tcp(TcpAnswer { .. })))
        }
        Query::Local(LocalQuery::Look(_)) => matches!(observation, Observation::Local(LocalObservation::Exit(_))),
        Query::Sts(StsQuery::Identity) => matches!(observation, Observation::Sts(StsObservation::Identity(_))),
    }
}

async fn register(sim: &Sim) -> Clean {
    let register = Operation::Ecs(EcsOperation::RegisterTaskDefinition {
        from: "api".into(),
        container: None,
        environment: [("DB".to_owned(), "new".to_owned())].into(),
        secrets: Default::default(),
        image: None,
    });
    taken(sim, WEST, register).await.id.expect("an ARN")
}

#[tokio::test(start_paused = true)]
async fn every_query_is_answered_in_kind() {
    let sim = sim(Vec::new());
    for query in every_query() {
        let observation = see(&sim, WEST, query.clone()).await;
        assert!(is_answered(&query, &observation), "{query:?}: {observation:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_taken_and_said_to_be_a_mutation() {
    let sim = sim(Vec::new());
    let arn = register(&sim).await;
    let record = shop_record(&sim).await;
    let operations = [
        promote(),
        Operation::Rds(RdsOperation::RenameDbInstance {
            id: "orders".into(),
            new_id: "orders-fenced".into(),
            security_groups: Vec::new(),
        }),
        Operation::Rds(RdsOperation::SetDbSecurityGroups {
            id: "orders-replica".into(),
            security_groups: vec!["sg-1".into()],
        }),
        scale(2),
        Operation::Ecs(EcsOperation::SetScalableTarget {
            cluster: "shop".into(),
            service: "api".into(),
            min: 1,
            max: None,
            suspended: None,
        }),
        to_recovery(&record, "shop.us-west-2.example."),
        Operation::Local(LocalOperation::Run(run(&["warm", "db"]))),
        Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn }),
    ];
    let (evidence, mut calls) = Evidence::channel();
    for operation in &operations {
        let region =
            if matches!(operation, Operation::Rds(RdsOperation::RenameDbInstance { .. })) { EAST } else { WEST };
        let act = Act { place: place(region), operation: operation.clone() };
        let reply = sim.actor().perform(&act, &Token("run/step/1".to_owned()), &evidence).await;
        assert!(matches!(reply, Reply::Taken { .. }), "{operation:?}: {reply:?}");
        let call = calls.try_recv().expect("evidence of the call");
        assert_eq!((call.operation.as_str(), call.mutation, call.error), (operation.api_name(), true, None));
    }
    assert_eq!(sim.received().len(), operations.len() + 1, "each once, and the registration before");
}

#[tokio::test(start_paused = true)]
async fn a_registered_and_deregistered_revision_leaves_the_world_as_it_was() {
    let sim = sim(Vec::new());
    let before = sim.snapshot();
    let arn = register(&sim).await;
    assert_ne!(sim.snapshot(), before);
    taken(&sim, WEST, Operation::Ecs(EcsOperation::DeregisterTaskDefinition { arn })).await;
    assert_eq!(sim.snapshot(), before);
}

#[tokio::test(start_paused = true)]
async fn how_long_something_takes_does_not_depend_on_what_was_done_before_it() {
    let (one, other) = (sim(Vec::new()), sim(Vec::new()));
    taken(&one, WEST, promote()).await;
    // The other world is busy with other things first; its promotion begins later, and takes as long.
    taken(&other, WEST, scale(4)).await;
    register(&other).await;
    taken(&other, WEST, Operation::Local(LocalOperation::Run(run(&["warm", "db"])))).await;
    let began = tokio::time::Instant::now();
    taken(&other, WEST, promote()).await;
    let later = promoted_after(&other, began).await;
    let again = sim(Vec::new());
    let began = tokio::time::Instant::now();
    taken(&again, WEST, promote()).await;
    let first = promoted_after(&again, began).await;
    assert!(first.abs_diff(later) <= 2, "{first} s and {later} s");
}

/// How many whole seconds after `began` the replica is a writer of its own.
async fn promoted_after(sim: &Sim, began: tokio::time::Instant) -> u64 {
    loop {
        let found = database(sim, WEST, "orders-replica").await.expect("it stays");
        if found.status.as_str() == "available" && found.replica_of.is_none() {
            return began.elapsed().as_secs();
        }
        assert!(began.elapsed().as_secs() < 600, "it is promoted within ten minutes");
        wait(1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn promotions_take_three_to_seven_minutes_whatever_the_seed() {
    let mut all = Vec::new();
    for seed in 0..24 {
        let options = SimOptions { seed, ..options(Vec::new(), Intent::Switchover) };
        let sim = Sim::open(&plan(), options).expect("a world");
        let began = tokio::time::Instant::now();
        taken(&sim, WEST, promote()).await;
        all.push(promoted_after(&sim, began).await);
    }
    assert!(all.iter().all(|seconds| (180..=422).contains(seconds)), "{all:?}");
    let (low, high) = (all.iter().min(), all.iter().max());
    assert!(low.zip(high).is_some_and(|(low, high)| high - low > 60), "they differ: {all:?}");
}
