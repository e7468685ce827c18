//! Under test: the whole of the port is answered, by chance that keeps its bounds and knows no order of calls.

use super::*;

/// One query of every kind, and one operation of every kind; what a new variant adds must be added here too.
fn every_query() -> Vec<Query> {
    let (cluster, service) = (Clean::new("shop"), Clean::new("api"));
    vec![
        Query::DbInstance { id: "orders-replica".into() },
        Query::ReplicaLag { id: "orders-replica".into() },
        Query::EcsService { cluster: cluster.clone(), service: service.clone() },
        Query::TaskDefinition { name: "api".into() },
        Query::ServiceDefinition { cluster: cluster.clone(), service: service.clone() },
        Query::ServiceTasks { cluster: cluster.clone(), service: service.clone() },
        Query::ScalableTarget { cluster, service },
        Query::TargetHealth { target_group: "api".into() },
        Query::LoadBalancer { name: "shop".into() },
        Query::Forwards { balancer: "shop".into() },
        Query::HostedZone { zone: "Z1".into() },
        records("shop.example.com."),
        Query::DnsChange { id: "C0".into() },
        Query::DnsAnswer(question("shop.example.com.", "A")),
        Query::NameServers(question("shop.example.com.", "A")),
        Query::Resolver { at: "10.0.0.2".into(), question: question("shop.example.com.", "A") },
        Query::Log { group: "/ecs/shop/api".into(), since: Timestamp::UNIX_EPOCH },
        works(),
        Query::Tcp { host: "bank.example.com".into(), port: 443 },
        Query::Look(run(&["warm?"])),
        Query::Identity,
    ]
}

/// Whether the answer is of the kind that was asked for, and found its thing where the plan names one.
fn is_answered(query: &Query, observation: &Observation) -> bool {
    match query {
        Query::DbInstance { .. } => matches!(observation, Observation::DbInstance { instance: Some(_) }),
        Query::ReplicaLag { .. } => matches!(observation, Observation::Lag(_)),
        Query::EcsService { .. } => matches!(observation, Observation::EcsService { service: Some(_) }),
        Query::TaskDefinition { .. } | Query::ServiceDefinition { .. } => {
            matches!(observation, Observation::TaskDefinition { definition: Some(_) })
        }
        Query::ServiceTasks { .. } => matches!(observation, Observation::ServiceTasks { tasks: Some(_) }),
        Query::ScalableTarget { .. } => matches!(observation, Observation::ScalableTarget { target: Some(_) }),
        Query::TargetHealth { .. } => matches!(observation, Observation::TargetHealth { group: Some(_) }),
        Query::LoadBalancer { .. } => matches!(observation, Observation::LoadBalancer { load_balancer: Some(_) }),
        Query::Forwards { .. } => matches!(observation, Observation::Forwards { to: Some(to) } if !to.is_empty()),
        Query::HostedZone { .. } => matches!(observation, Observation::HostedZones { zones } if zones.len() == 1),
        Query::RecordSets { .. } => {
            matches!(observation, Observation::RecordSets { records, .. } if !records.is_empty())
        }
        Query::DnsChange { .. } => matches!(observation, Observation::DnsChange { status: None }),
        Query::DnsAnswer(_) | Query::NameServers(_) | Query::Resolver { .. } => {
            let has_records = |server: &DnsServer| server.replies.iter().all(|reply| !reply.records.is_empty());
            matches!(observation, Observation::DnsAnswers { servers, .. } if !servers.is_empty() && servers.iter().all(has_records))
        }
        Query::Log { .. } => matches!(observation, Observation::Log { lines: Some(_) }),
        Query::Http(_) => matches!(observation, Observation::Http(_)),
        Query::Tcp { .. } => matches!(observation, Observation::Tcp { .. }),
        Query::Look(_) => matches!(observation, Observation::Exit(_)),
        Query::Identity => matches!(observation, Observation::Identity(_)),
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
