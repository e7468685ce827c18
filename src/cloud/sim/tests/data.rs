//! Under test: RDS and its lag.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_promotion_lingers_and_passes_its_stages_and_only_then_has_no_source() {
    let sim = sim(Vec::new());
    let before = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert!(before.replica_of.is_some_and(|source| source.ends_with(":db:orders")));
    assert!(before.replication.is_some_and(|replication| replication.normal));
    taken(&sim, WEST, promote()).await;
    let lingering = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert_eq!(lingering.status.as_str(), "available", "the false green");
    assert!(lingering.replica_of.is_some());
    let mut stages = vec![lingering.status.to_string()];
    let mut last = lingering;
    for _ in 0..90 {
        wait(5).await;
        last = database(&sim, WEST, "orders-replica").await.expect("it stays");
        if stages.last().is_none_or(|stage| stage != last.status.as_str()) {
            stages.push(last.status.to_string());
        }
    }
    assert_eq!(stages, ["available", "modifying", "rebooting", "backing-up", "available"]);
    assert_eq!((last.replica_of, last.backup_retention_days), (None, 7));
    let source = database(&sim, EAST, "orders").await.expect("the old primary");
    assert_eq!(source.replicas, [], "the source knows no replica any more");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_replica_or_is_busy_is_not_promoted() {
    let sim = sim(Vec::new());
    let code = |reply: Reply| match reply {
        Reply::Refused { code, .. } => code.map(|code| code.to_string()).unwrap_or_default(),
        other => panic!("it is refused: {other:?}"),
    };
    let of = |id: &str| Operation::PromoteReadReplica { id: id.into(), backup_retention_days: 1 };
    assert_eq!(code(act(&sim, EAST, of("orders")).await), "InvalidDBInstanceState");
    assert_eq!(code(act(&sim, WEST, of("nobody")).await), "DBInstanceNotFound");
    taken(&sim, WEST, promote()).await;
    assert_eq!(code(act(&sim, WEST, promote()).await), "InvalidDBInstanceState");
    assert_eq!(sim.received().iter().filter(|line| matches!(line, Line::Received { done: true, .. })).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_is_stuck_stays_modifying_until_it_is_let_go() {
    let sim = sim(vec![Fault::new(FaultKind::PromotionStuck).on("orders-db").lasting(3600.0)]);
    taken(&sim, WEST, promote()).await;
    wait(3000).await;
    assert_eq!(database(&sim, WEST, "orders-replica").await.expect("it stays").status.as_str(), "modifying");
    wait(1100).await;
    let promoted = database(&sim, WEST, "orders-replica").await.expect("it stays");
    assert_eq!((promoted.status.as_str(), promoted.replica_of), ("available", None));
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_already_is_held_up_by_what_goes_wrong_now() {
    let sim = sim(Vec::new());
    taken(&sim, WEST, promote()).await;
    wait(60).await;
    sim.inject(Fault::new(FaultKind::PromotionStuck).on("orders-db")).expect("it fits");
    wait(3600).await;
    assert_eq!(database(&sim, WEST, "orders-replica").await.expect("it stays").status.as_str(), "modifying");
}

#[tokio::test(start_paused = true)]
async fn a_promotion_that_fails_ends_in_a_terminal_status() {
    let sim = sim(vec![Fault::new(FaultKind::PromotionFails).on("orders-db")]);
    taken(&sim, WEST, promote()).await;
    wait(60).await;
    assert_eq!(database(&sim, WEST, "orders-replica").await.expect("it stays").status.as_str(), "modifying");
    wait(600).await;
    let failed = database(&sim, WEST, "orders-replica").await.expect("it stays");
    assert_eq!(failed.status.as_str(), "storage-full");
    assert!(failed.replica_of.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_renamed_instance_is_gone_under_its_old_name_and_its_replica_follows() {
    let sim = sim(Vec::new());
    let rename = Operation::RenameDbInstance { id: "orders".into(), new_id: "orders-fenced".into() };
    taken(&sim, EAST, rename).await;
    wait(200).await;
    assert_eq!(database(&sim, EAST, "orders").await, None);
    let fenced = database(&sim, EAST, "orders-fenced").await.expect("it has its new name");
    assert_eq!(fenced.status.as_str(), "available");
    assert!(fenced.endpoint.is_some_and(|endpoint| endpoint.starts_with("orders-fenced.")));
    let replica = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert!(replica.replica_of.is_some_and(|source| source.ends_with(":db:orders-fenced")));
    let back = Operation::RenameDbInstance { id: "orders-fenced".into(), new_id: "orders".into() };
    taken(&sim, EAST, back).await;
    wait(200).await;
    assert!(database(&sim, EAST, "orders").await.is_some());
    assert_eq!(database(&sim, EAST, "orders-fenced").await, None);
}

#[tokio::test(start_paused = true)]
async fn lag_is_sampled_once_a_minute_and_its_sample_ages() {
    let sim = sim(Vec::new());
    let first = lag(&sim).await;
    assert!(first.seconds.is_some_and(|seconds| (0.3..=3.0).contains(&seconds)), "{first:?}");
    assert_eq!(first.sampled_at, Some("2026-03-01T03:00:00Z".parse().expect("a time")));
    wait(30).await;
    assert_eq!(lag(&sim).await, first, "the same sample, older");
    wait(30).await;
    assert_ne!(lag(&sim).await.sampled_at, first.sampled_at);
}

#[tokio::test(start_paused = true)]
async fn the_metric_stops_with_the_region_and_in_the_end_there_is_none() {
    let sim = sim(vec![Fault::new(FaultKind::RegionDark).in_region("primary").at(-90.0)]);
    let last = lag(&sim).await;
    assert_eq!(last.sampled_at, Some("2026-03-01T02:58:00Z".parse().expect("a time")), "the last before the dark");
    wait(300).await;
    assert_eq!(lag(&sim).await, last);
    wait(900).await;
    let none = lag(&sim).await;
    assert_eq!((none.seconds, none.sampled_at), (None, None));
    let replica = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert!(replica.replication.is_some_and(|replication| !replication.normal));
}

#[tokio::test(start_paused = true)]
async fn lag_faults_climb_stop_and_go_stale() {
    let mut climbing = Fault::new(FaultKind::Lag).on("orders-db");
    climbing.seconds = Some(Seconds(41.0));
    climbing.over = Some(Seconds(120.0));
    let climbing = sim(vec![climbing]);
    wait(45).await;
    let early = lag(&climbing).await.seconds.expect("a number");
    wait(120).await;
    assert!((5.0..35.0).contains(&early), "{early}");
    assert_eq!(lag(&climbing).await.seconds, Some(41.0));

    let stopped = sim(vec![Fault::new(FaultKind::ReplicationStopped).on("orders-db")]);
    wait(45).await;
    let sample = lag(&stopped).await;
    assert!(sample.seconds.is_none() && sample.sampled_at.is_some() && sample.instead.is_some());

    let stale = sim(vec![Fault::new(FaultKind::StaleMetric).on("orders-db").at(30.0)]);
    let before = lag(&stale).await;
    wait(400).await;
    assert_eq!(lag(&stale).await, before);
}
