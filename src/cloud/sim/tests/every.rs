//! Under test: the whole of the port is answered, by chance that keeps its bounds and knows no order of calls.

use super::*;
use crate::service::families;
use crate::service::{StsObservation, StsQuery};

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

/// Questions whose answer in this plan's world says no more than that there is nothing.
const NOTHING_YET: [&str; 7] =
    ["automation_execution", "dns_change", "db_events", "cluster_snapshots", "bucket_failed", "usage", "protections"];
/// Operations on what only another operation leaves.
const ON_NOTHING_YET: [&str; 2] = ["copy_cluster_snapshot", "delete_db_instance"];

#[tokio::test(start_paused = true)]
async fn every_question_is_answered_in_kind_and_finds_its_thing() {
    let sim = sim(Vec::new());
    for (query, nothing) in families::questions() {
        let observation = see(&sim, WEST, query.clone()).await;
        let word = families::word(&query, "query");
        assert_eq!(families::word(&observation, "saw"), families::word(&nothing, "saw"), "{query:?}");
        assert_eq!(observation == nothing, NOTHING_YET.contains(&word.as_str()), "{query:?}: {observation:?}");
    }
    let identity = see(&sim, WEST, Query::Sts(StsQuery::Identity)).await;
    assert!(matches!(identity, Observation::Sts(StsObservation::Identity(_))), "{identity:?}");
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_taken_and_said_to_be_a_mutation() {
    for operation in families::operations() {
        let (mut taken, mut refused) = (0, Vec::new());
        // Some things are of the one region, some of the other.
        for region in [WEST, EAST] {
            let sim = sim(Vec::new());
            let (evidence, mut calls) = Evidence::channel();
            let act = Act { place: place(region), operation: operation.clone() };
            let reply = sim.actor().perform(&act, &Token("run/step/1".to_owned()), &evidence).await;
            let call = calls.try_recv().expect("evidence of the call");
            assert_eq!((call.operation.as_str(), call.mutation), (operation.api_name(), true));
            match reply {
                Reply::Taken { .. } => {
                    assert_eq!(call.error, None);
                    assert_eq!(sim.received().len(), 1, "once");
                    taken += 1;
                }
                other => refused.push(other),
            }
        }
        let word = families::word(&operation, "operation");
        assert_eq!(taken > 0, !ON_NOTHING_YET.contains(&word.as_str()), "{operation:?}: {refused:?}");
    }
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
