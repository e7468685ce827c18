//! Under test: the world as a whole: repeated, reopened, compared.

use super::*;
use crate::service::CloudWatchQuery;
use crate::service::{EcsQuery, ElbQuery, RdsQuery};

/// A run of calls, and everything that was answered.
async fn course(sim: &Sim) -> Vec<String> {
    let mut course = Vec::new();
    course.push(format!("{:?}", act(sim, WEST, promote()).await));
    course.push(format!("{:?}", act(sim, WEST, scale(3)).await));
    for _ in 0..20 {
        wait(17).await;
        for query in [
            Query::Rds(RdsQuery::DbInstance { id: "orders-replica".into() }),
            Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: "orders-replica".into() }),
            Query::Elb(ElbQuery::TargetHealth { target_group: "api".into() }),
        ] {
            course.push(format!("{:?}", seen(sim, WEST, query).await));
        }
    }
    course
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_and_calls_are_answered_the_same_and_another_seed_otherwise() {
    let open = |seed| {
        Sim::open(&plan(), SimOptions { seed, ..options(vec![Fault::new(FaultKind::Throttle)], Intent::Switchover) })
    };
    let first = course(&open(5).expect("a world")).await;
    assert_eq!(course(&open(5).expect("a world")).await, first);
    assert_ne!(course(&open(6).expect("a world")).await, first);
}

#[tokio::test(start_paused = true)]
async fn a_world_reopened_from_its_log_is_the_same_world() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.world.jsonl");
    let with_log = |clock: Clock, seed| SimOptions {
        seed,
        log_path: Some(path.clone()),
        clock,
        ..options(Vec::new(), Intent::Failover)
    };
    let clock = clock();
    let first = Sim::open(&plan(), with_log(clock.clone(), 5)).expect("a world");
    taken(&first, WEST, promote()).await;
    act(&first, WEST, promote()).await;
    taken(&first, WEST, scale(3)).await;
    first.inject(Fault::new(FaultKind::TasksCrash).on("api").at(500.0)).expect("it fits");
    wait(45).await;
    let again = Sim::open(&plan(), with_log(clock.clone(), 99)).expect("the same world");
    assert_eq!(again.received(), first.received());
    assert_eq!(again.snapshot(), first.snapshot());
    for _ in 0..12 {
        wait(60).await;
        for query in [
            Query::Rds(RdsQuery::DbInstance { id: "orders-replica".into() }),
            Query::Ecs(EcsQuery::EcsService { cluster: "shop".into(), service: "api".into() }),
        ] {
            let one = seen(&first, WEST, query.clone());
            let (one, other) = tokio::join!(one, seen(&again, WEST, query));
            assert_eq!(one, other);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_torn_last_line_is_dropped_and_any_other_damage_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.world.jsonl");
    let with_log = || SimOptions { log_path: Some(path.clone()), ..options(Vec::new(), Intent::Failover) };
    let first = Sim::open(&plan(), with_log()).expect("a world");
    taken(&first, WEST, promote()).await;
    let whole = std::fs::read(&path).expect("a log");
    std::fs::write(&path, [whole.as_slice(), b"{\"entry\":\"mutation\",\"at"].concat()).expect("it is written");
    let again = Sim::open(&plan(), with_log()).expect("the world");
    assert_eq!(again.received().len(), 1);
    taken(&again, WEST, scale(1)).await;
    let mended = std::fs::read(&path).expect("a log");
    assert!(mended.starts_with(&whole) && mended[whole.len()..].starts_with(b"{\"line\":\"received\""), "it is cut");
    assert_eq!(log::read(&path).expect("it reads").len(), 3);
    std::fs::write(&path, [whole.as_slice(), b"nonsense\n"].concat()).expect("it is written");
    let error = Sim::open(&plan(), with_log()).err().expect("it is refused").to_string();
    assert!(error.contains("line 3"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_log_of_another_application_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.world.jsonl");
    let with_log = || SimOptions { log_path: Some(path.clone()), ..options(Vec::new(), Intent::Failover) };
    let first = Sim::open(&plan(), with_log()).expect("a world");
    taken(&first, WEST, promote()).await;
    let mut other = plan();
    other.application.name = "bank".into();
    let error = Sim::open(&other, with_log()).err().expect("it is refused").to_string();
    assert_eq!(error, "the simulated world's log is of shop, not of bank");
}

#[tokio::test(start_paused = true)]
async fn what_is_done_and_taken_back_leaves_the_world_as_it_was() {
    let sim = sim(Vec::new());
    let before = sim.snapshot();
    let record = shop_record(&sim).await;
    taken(&sim, WEST, scale(4)).await;
    taken(&sim, WEST, to_recovery(&record, "shop.us-west-2.example.")).await;
    taken(&sim, WEST, Operation::Local(LocalOperation::Run(run(&["warm", "x"])))).await;
    assert_ne!(sim.snapshot(), before);
    taken(&sim, WEST, scale(0)).await;
    taken(
        &sim,
        WEST,
        Operation::Dns(DnsOperation::ChangeRecords { zone: "Z1".into(), upsert: vec![record], delete: Vec::new() }),
    )
    .await;
    taken(&sim, WEST, Operation::Local(LocalOperation::Run(run(&["cool"])))).await;
    assert_eq!(sim.snapshot(), before);
    taken(&sim, WEST, promote()).await;
    assert_ne!(sim.snapshot(), before, "a promotion is not taken back");
}

#[tokio::test(start_paused = true)]
async fn without_a_scenario_a_failover_finds_the_primary_region_dark_and_a_switchover_finds_it_healthy() {
    let open = |intent| {
        let options = SimOptions { scenario: None, ..options(Vec::new(), intent) };
        Sim::open(&plan(), options).expect("a world")
    };
    let look = async |sim: Sim| {
        let query = Query::Rds(RdsQuery::DbInstance { id: "orders".into() });
        tokio::time::timeout(Duration::from_secs(20), seen(&sim, EAST, query)).await.is_ok()
    };
    assert!(!look(open(Intent::Failover)).await);
    assert!(look(open(Intent::Switchover)).await);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_means_nothing_in_the_plan_is_refused_with_the_nearest_name() {
    let refused =
        |fault: Fault| Sim::open(&plan(), options(vec![fault], Intent::Failover)).err().expect("refused").to_string();
    let message = refused(Fault::new(FaultKind::Lag).on("order-db"));
    assert!(message.contains("lag wants `seconds`"), "{message}");
    let message = refused(Fault::new(FaultKind::StaleMetric).on("order-db"));
    assert!(message.contains("did you mean `orders-db`?"), "{message}");
    let message = refused(Fault::new(FaultKind::TasksCrash).on("orders-db"));
    assert!(message.contains("orders-db is of kind rds; this happens to ecs"), "{message}");
    let message = refused(Fault::new(FaultKind::RegionDark).in_region("us-east-2"));
    assert!(message.contains("did you mean `us-east-1`?"), "{message}");
    let healthy = sim(Vec::new());
    assert!(healthy.inject(Fault::new(FaultKind::CheckFails).on("nobody")).is_err());
}

#[tokio::test(start_paused = true)]
async fn a_world_that_is_only_looked_at_leaves_no_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl.world");
    let options = SimOptions { log_path: Some(path.clone()), ..options(Vec::new(), Intent::Switchover) };
    let sim = Sim::open(&plan(), options).expect("a world");
    assert!(database(&sim, EAST, "orders").await.is_some());
    sim.snapshot();
    assert!(!path.exists());
    taken(&sim, WEST, promote()).await;
    let lines = log::read(&path).expect("a log");
    assert!(matches!(lines[..], [Line::World(_), Line::Received { done: true, .. }]), "{lines:?}");
}

#[test]
fn the_embedded_plan_is_valid_and_every_scenario_fits_it() {
    let kinds = &crate::service::Registry;
    assert_eq!(rehearsal::default_scenario().name.as_str(), "region-down");
    for rehearsal in rehearsal::all() {
        let plan = rehearsal.read(kinds).expect("it is valid");
        assert!((10..=30).contains(&plan.components.len()));
        assert_eq!(rehearsal.file, format!("{}.toml", plan.application.name));
        for scenario in rehearsal.scenarios() {
            let (of, found) = rehearsal::find(&scenario.name).expect("it is found by its name");
            assert_eq!((of.file, &found), (rehearsal.file, &scenario), "no two have a name in common");
            for fault in &scenario.faults {
                assert!(target::hits(&plan, fault).is_ok(), "{}: {fault:?}", scenario.name);
            }
        }
    }
    assert!(rehearsal::find("nothing").is_none());
}
