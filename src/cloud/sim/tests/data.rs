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
    let of = |id: &str| Operation::Rds(RdsOperation::PromoteReadReplica { id: id.into(), backup_retention_days: 1 });
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
    let rename = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Vec::new(),
    });
    taken(&sim, EAST, rename).await;
    let becoming = database(&sim, EAST, "orders").await.expect("it is renamed only now");
    assert_eq!((becoming.status.as_str(), becoming.becomes.as_deref()), ("available", Some("orders-fenced")));
    wait(400).await;
    assert_eq!(database(&sim, EAST, "orders").await, None);
    let fenced = database(&sim, EAST, "orders-fenced").await.expect("it has its new name");
    assert_eq!((fenced.status.as_str(), fenced.becomes), ("rebooting", None), "the old name goes long before it is up");
    wait(400).await;
    let fenced = database(&sim, EAST, "orders-fenced").await.expect("it has its new name");
    assert_eq!((fenced.status.as_str(), fenced.resource_id.as_str()), ("available", "db-ORDERS"));
    assert!(fenced.endpoint.is_some_and(|endpoint| endpoint.starts_with("orders-fenced.")));
    let replica = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert!(replica.replica_of.is_some_and(|source| source.ends_with(":db:orders-fenced")));
    let back = Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders-fenced".into(),
        new_id: "orders".into(),
        security_groups: Vec::new(),
    });
    taken(&sim, EAST, back).await;
    wait(800).await;
    assert!(database(&sim, EAST, "orders").await.is_some());
    assert_eq!(database(&sim, EAST, "orders-fenced").await, None);
}

#[tokio::test(start_paused = true)]
async fn lag_is_sampled_once_a_minute_and_its_sample_ages() {
    let sim = sim(Vec::new());
    let first = lag(&sim).await;
    assert!(first.seconds.is_some_and(|seconds| [0.0, 1.0, 2.0].contains(&seconds)), "whole seconds: {first:?}");
    assert_eq!(first.sampled_at, Some("2026-03-01T02:58:00Z".parse().expect("a time")), "it is told a minute late");
    let recent = lags(&sim).await.recent;
    assert_eq!(recent.len(), 15);
    assert!(recent.windows(2).all(|two| two[0].0.duration_since(two[1].0).as_secs() == 60), "newest first: {recent:?}");
    wait(30).await;
    assert_eq!(lag(&sim).await, first, "the same sample, older");
    wait(30).await;
    assert_ne!(lag(&sim).await.sampled_at, first.sampled_at);
}

#[tokio::test(start_paused = true)]
async fn the_metric_stops_with_the_region_and_its_last_sample_only_ages() {
    let sim = sim(vec![Fault::new(FaultKind::RegionDark).in_region("primary").at(-90.0)]);
    let last = lag(&sim).await;
    assert_eq!(last.sampled_at, Some("2026-03-01T02:58:00Z".parse().expect("a time")), "the last before the dark");
    wait(300).await;
    assert_eq!(lag(&sim).await, last);
    wait(900).await;
    let series = lags(&sim).await;
    assert_eq!((series.newest, series.recent.len()), (last, 0), "what was known once is not forgotten");
    wait(3 * 3600).await;
    assert_eq!(lag(&sim).await.sampled_at, None);
    let replica = database(&sim, WEST, "orders-replica").await.expect("a replica");
    assert!(replica.replication.is_some_and(|replication| !replication.normal));
}

#[tokio::test(start_paused = true)]
async fn lag_faults_climb_stop_and_go_stale() {
    let mut climbing = Fault::new(FaultKind::Lag).on("orders-db");
    climbing.seconds = Some(Seconds(41.0));
    climbing.over = Some(Seconds(120.0));
    let climbing = sim(vec![climbing]);
    wait(165).await;
    let early = lag(&climbing).await.seconds.expect("a number");
    wait(120).await;
    assert!((5.0..35.0).contains(&early), "{early}");
    assert_eq!(lag(&climbing).await.seconds, Some(41.0));

    let stopped = sim(vec![Fault::new(FaultKind::ReplicationStopped).on("orders-db")]);
    wait(165).await;
    let sample = lag(&stopped).await;
    assert!(sample.seconds.is_none() && sample.sampled_at.is_some() && sample.instead.is_some());

    let stale = sim(vec![Fault::new(FaultKind::StaleMetric).on("orders-db").at(30.0)]);
    wait(130).await;
    let before = lag(&stale).await;
    wait(400).await;
    assert_eq!(lag(&stale).await, before);
}

/// The samples of minutes that began after `since`, oldest first.
async fn since(sim: &Sim, since: jiff::Timestamp) -> Vec<f64> {
    let recent = lags(sim).await.recent;
    recent.iter().rev().filter(|(at, _)| *at >= since).map(|(_, lag)| *lag).collect()
}

fn fence() -> Operation {
    Operation::Rds(RdsOperation::RenameDbInstance {
        id: "orders".into(),
        new_id: "orders-fenced".into(),
        security_groups: Vec::new(),
    })
}

#[tokio::test(start_paused = true)]
async fn a_fenced_mysql_gives_no_lag_until_it_is_up_again_and_then_none_is_left() {
    let sim = sim(Vec::new());
    taken(&sim, EAST, fence()).await;
    while database(&sim, EAST, "orders").await.is_some() {
        wait(5).await;
    }
    let fenced = sim.0.clock.now();
    wait(840).await;
    let samples = since(&sim, fenced).await;
    let restarting = samples.iter().take_while(|lag| **lag == -1.0).count();
    assert!((4..=8).contains(&restarting), "there is no source to connect to while it restarts: {samples:?}");
    assert!(samples[restarting..].iter().all(|lag| *lag == 0.0) && samples.len() > restarting + 2, "{samples:?}");
}

#[tokio::test(start_paused = true)]
async fn a_fenced_postgresql_gives_an_age_that_grows_until_rds_writes_something_itself() {
    let mut plan = plan();
    plan.components[0].fields.0.insert("port".to_owned(), json!(5432));
    let sim = Sim::open(&plan, options(Vec::new(), Intent::Switchover)).expect("a world");
    assert_eq!(database(&sim, EAST, "orders").await.expect("it is there").engine.as_str(), "postgres");
    taken(&sim, EAST, fence()).await;
    while database(&sim, EAST, "orders").await.is_some() {
        wait(5).await;
    }
    let fenced = sim.0.clock.now();
    wait(420).await;
    let samples = since(&sim, fenced).await;
    assert!(
        samples.len() >= 4 && samples.windows(2).all(|two| (two[1] - two[0] - 60.0).abs() < 0.2),
        "it grows with the clock: {samples:?}"
    );
    wait(800).await;
    let samples = since(&sim, fenced).await;
    assert!(samples.iter().skip(5).any(|lag| *lag < 60.0), "and drops by itself in the end: {samples:?}");
}

#[tokio::test(start_paused = true)]
async fn what_a_promotion_does_not_have_is_known_to_the_world() {
    let of = |sim: &Sim, what: &str| sim.snapshot()["databases"]["us-west-2/orders-replica"][what].as_f64();
    let missing = |sim: &Sim| of(sim, "missing_seconds");
    let fenced = sim(Vec::new());
    assert_eq!(missing(&fenced), None, "nothing is promoted");
    taken(&fenced, EAST, fence()).await;
    wait(720).await;
    taken(&fenced, WEST, promote()).await;
    assert_eq!((missing(&fenced), of(&fenced, "two_writers_seconds")), (Some(0.0), Some(0.0)));
    let unfenced = sim(Vec::new());
    taken(&unfenced, WEST, promote()).await;
    assert!(missing(&unfenced).is_some_and(|seconds| (0.3..3.0).contains(&seconds)), "what was on its way");
    assert!(of(&unfenced, "two_writers_seconds").is_some_and(|seconds| seconds > 3600.0), "they part for good");
    let mut behind = Fault::new(FaultKind::Lag).on("orders-db");
    behind.seconds = Some(Seconds(3600.0));
    let behind = sim(vec![behind]);
    taken(&behind, EAST, fence()).await;
    wait(720).await;
    taken(&behind, WEST, promote()).await;
    assert!(missing(&behind).is_some_and(|seconds| (2000.0..3600.0).contains(&seconds)), "{:?}", missing(&behind));
}
