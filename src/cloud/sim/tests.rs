//! The simulated cloud under paused time: what it does, what it remembers, what goes wrong in it.

use super::*;
use crate::plan::file;
use crate::service::observation::DbInstance;
use crate::service::{Operation, Place, Registry};
use std::time::Duration;

fn plan() -> Plan {
    file::read("storefront.toml", rehearsal::plan_text().as_bytes(), &Registry).expect("the rehearsal's plan is valid")
}

fn sim_with(faults: &str, log_path: Option<PathBuf>) -> Sim {
    let scenario = Scenario::parse(&format!("name = \"test\"\n{faults}")).expect("a scenario");
    let started_at = Timestamp::UNIX_EPOCH;
    let clock = Clock::new(started_at, 1.0);
    let options =
        SimOptions { seed: 3, scenario: Some(scenario), intent: Intent::Failover, log_path, clock, started_at };
    Sim::open(&plan(), options).expect("a simulated cloud")
}

fn place(region: &str) -> Place {
    Place { region: region.into(), account: None }
}

async fn look(sim: &Sim, region: &str, query: Query) -> Result<Observation, Unanswered> {
    let (evidence, _calls) = Evidence::channel();
    let seen = sim.observe(&[Ask { place: place(region), query }], &evidence).await;
    seen.into_iter().next().expect("an answer for every ask").answer
}

async fn database(sim: &Sim, region: &str, id: &str) -> Option<DbInstance> {
    match look(sim, region, Query::DbInstance { id: id.into() }).await {
        Ok(Observation::DbInstance { instance }) => instance,
        other => panic!("{other:?}"),
    }
}

async fn act(sim: &Sim, region: &str, operation: Operation) -> Reply {
    let (evidence, _calls) = Evidence::channel();
    sim.perform(&Act { place: place(region), operation }, &Token("t".into()), &evidence).await
}

fn promote() -> Operation {
    Operation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 }
}

#[test]
fn the_embedded_plan_and_scenarios_are_valid() {
    let plan = plan();
    assert!(plan.components.len() >= 16, "{}", plan.components.len());
    for scenario in rehearsal::scenarios() {
        assert!(!scenario.description.is_empty());
        assert_eq!(rehearsal::scenario(&scenario.name).as_ref(), Some(&scenario));
    }
}

#[tokio::test(start_paused = true)]
async fn a_promotion_passes_its_stages_and_keeps_its_source_until_the_end() {
    let sim = sim_with("", None);
    assert!(matches!(act(&sim, "us-west-2", promote()).await, Reply::Taken { .. }));
    let mut statuses = Vec::new();
    loop {
        let replica = database(&sim, "us-west-2", "orders-replica").await.expect("it is there");
        let source = database(&sim, "us-east-1", "orders").await.expect("it is there");
        let status = replica.status.to_string();
        assert_eq!(replica.replica_of.is_some(), !source.replicas.is_empty(), "both sides say the same");
        if statuses.last() != Some(&status) {
            statuses.push(status);
        }
        if replica.replica_of.is_none() {
            assert_eq!(replica.status.as_str(), "available");
            assert_eq!(replica.backup_retention_days, 7);
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(statuses, ["available", "modifying", "rebooting", "backing-up", "available"]);
}

#[tokio::test(start_paused = true)]
async fn promoting_twice_is_refused_as_rds_does() {
    let sim = sim_with("", None);
    act(&sim, "us-west-2", promote()).await;
    let Reply::Refused { code, .. } = act(&sim, "us-west-2", promote()).await else { panic!("taken twice") };
    assert_eq!(code.as_deref(), Some("InvalidDBInstanceState"));
}

#[tokio::test(start_paused = true)]
async fn a_dark_region_hangs_and_the_other_answers() {
    let sim = sim_with("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\n", None);
    let asked = look(&sim, "us-east-1", Query::DbInstance { id: "orders".into() });
    assert!(tokio::time::timeout(Duration::from_secs(3600), asked).await.is_err());
    assert!(database(&sim, "us-west-2", "orders-replica").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn when_the_primary_goes_dark_the_lag_samples_stop_and_age() {
    let sim = sim_with("[[fault]]\nkind = \"region-dark\"\nregion = \"us-east-1\"\nat = 100\n", None);
    let newest = async |sim: &Sim| match look(sim, "us-west-2", Query::ReplicaLag { id: "orders-replica".into() }).await
    {
        Ok(Observation::Lag(sample)) => sample,
        other => panic!("{other:?}"),
    };
    tokio::time::sleep(Duration::from_secs(90)).await;
    let before = newest(&sim).await;
    assert!(before.seconds.is_some_and(|lag| (0.3..=3.0).contains(&lag)), "{before:?}");
    tokio::time::sleep(Duration::from_secs(400)).await;
    let after = newest(&sim).await;
    assert!(after.sampled_at.is_some_and(|at| at.as_second() <= 100), "{after:?}");
    tokio::time::sleep(Duration::from_secs(1000)).await;
    assert_eq!(newest(&sim).await.seconds, None, "after 15 minutes there is no sample at all");
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_was_done_once_all_the_same() {
    let fault = "[[fault]]\nkind = \"reply-lost\"\noperation = \"rds.PromoteReadReplica\"\ntimes = 1\n";
    let sim = sim_with(fault, None);
    assert!(matches!(act(&sim, "us-west-2", promote()).await, Reply::NoAnswer { .. }));
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(database(&sim, "us-west-2", "orders-replica").await.and_then(|replica| replica.replica_of), None);
    assert_eq!(sim.received().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_world_opened_again_is_where_it_was_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("world");
    let first = sim_with("", Some(path.clone()));
    act(&first, "us-west-2", promote()).await;
    let update = Operation::UpdateService {
        cluster: "storefront".into(),
        service: "web".into(),
        desired: 4,
        task_definition: None,
        force: false,
    };
    act(&first, "us-west-2", update).await;
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"world\":\"rec"))
        .expect("a torn last line");
    let second = sim_with("", Some(path.clone()));
    assert_eq!(first.snapshot(), second.snapshot());
    assert_eq!(first.received(), second.received());
    assert_eq!(log::read(&path).expect("it reads").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn tasks_that_crash_fail_the_deployment_with_a_reason() {
    let sim = sim_with("[[fault]]\nkind = \"tasks-crash\"\ncomponent = \"payments\"\n", None);
    let update = Operation::UpdateService {
        cluster: "storefront".into(),
        service: "payments".into(),
        desired: 2,
        task_definition: None,
        force: true,
    };
    act(&sim, "us-west-2", update).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let query = Query::EcsService { cluster: "storefront".into(), service: "payments".into() };
    let Ok(Observation::EcsService { service: Some(service) }) = look(&sim, "us-west-2", query).await else {
        panic!("no service")
    };
    assert_eq!(service.running, 0);
    assert_eq!(service.deployments[0].rollout.as_deref(), Some("FAILED"));
    assert!(service.deployments[0].reason.is_some() && service.stopped_reason.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_record_is_answered_only_once_its_change_is_in_sync() {
    let sim = sim_with("", None);
    let wanted = crate::service::observation::RecordSet {
        name: "api.example.com.".into(),
        record_type: "CNAME".into(),
        ttl: Some(60),
        values: vec!["new.example.com".into()],
        ..Default::default()
    };
    let change = Operation::ChangeRecords { zone: "Z0STOREFRONT".into(), upsert: vec![wanted], delete: Vec::new() };
    let Reply::Taken { receipt } = act(&sim, "us-west-2", change).await else { panic!("refused") };
    let id = receipt.id.expect("a change has an id");
    let answer = async |sim: &Sim| {
        let query = Query::DnsAnswer {
            zone: "Z0STOREFRONT".into(),
            name: "api.example.com.".into(),
            record_type: "CNAME".into(),
        };
        match look(sim, "us-west-2", query).await {
            Ok(Observation::DnsAnswer { records, .. }) => records[0].to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answer(&sim).await, "primary.example.com");
    loop {
        let Ok(Observation::DnsChange { status }) = look(&sim, "us-west-2", Query::DnsChange { id: id.clone() }).await
        else {
            panic!("no status")
        };
        match status.as_deref() {
            Some("PENDING") => tokio::time::sleep(Duration::from_secs(1)).await,
            other => break assert_eq!(other, Some("INSYNC")),
        }
    }
    assert_eq!(answer(&sim).await, "new.example.com");
}

#[tokio::test(start_paused = true)]
async fn a_check_is_red_until_what_it_needs_works() {
    let sim = sim_with("", None);
    let probe = crate::service::HttpProbe {
        url: "https://shop.example.com/health".into(),
        method: "GET".into(),
        headers: BTreeMap::new(),
        body: None,
    };
    let Ok(Observation::Http(answer)) = look(&sim, "us-west-2", Query::Http(probe)).await else { panic!("no answer") };
    assert_eq!(answer.status, Some(503));
}

#[tokio::test(start_paused = true)]
async fn two_worlds_of_one_seed_answer_alike() {
    let run = async || {
        let sim = sim_with("", None);
        act(&sim, "us-west-2", promote()).await;
        let mut seen = Vec::new();
        for _ in 0..40 {
            tokio::time::sleep(Duration::from_secs(10)).await;
            seen.push(database(&sim, "us-west-2", "orders-replica").await);
            seen.push(database(&sim, "us-east-1", "catalog").await);
        }
        seen
    };
    assert_eq!(run().await, run().await);
}

#[tokio::test(start_paused = true)]
async fn throttled_reads_say_so_and_denied_ones_too() {
    let sim = sim_with("[[fault]]\nkind = \"access-denied\"\noperation = \"rds.DescribeDBInstances\"\n", None);
    let answer = look(&sim, "us-west-2", Query::DbInstance { id: "orders-replica".into() }).await;
    assert_eq!(answer.expect_err("denied").because, Silence::Denied);
    let sim = sim_with("[[fault]]\nkind = \"throttle\"\n", None);
    let mut throttled = 0;
    for _ in 0..30 {
        let answer = look(&sim, "us-west-2", Query::DbInstance { id: "orders-replica".into() }).await;
        throttled += u32::from(answer.is_err_and(|silence| silence.because == Silence::Throttled));
    }
    assert!((3..=20).contains(&throttled), "about nine of 30 are throttled three times over: {throttled} of 30");
}
