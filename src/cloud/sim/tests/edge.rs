//! Under test: DNS, checks from outside, programs.

use super::*;
use crate::service::observation::{RecordSets, TcpAnswer};
use crate::service::{DnsObservation, LocalObservation};
use crate::service::{DnsQuery, LocalQuery};

#[tokio::test(start_paused = true)]
async fn a_dns_change_is_pending_before_it_is_in_sync_and_answered() {
    let sim = sim(Vec::new());
    let before = shop_record(&sim).await;
    let query = Query::Dns(DnsQuery::DnsAnswer(question("shop.example.com", "A")));
    let old_answer = see(&sim, WEST, query.clone()).await;
    let id = taken(&sim, WEST, to_recovery(&before, "shop.us-west-2.example.")).await.id.expect("a change id");
    let status = || see(&sim, WEST, Query::Dns(DnsQuery::DnsChange { id: id.clone() }));
    assert_eq!(status().await, Observation::Dns(DnsObservation::DnsChange { status: Some("PENDING".into()) }));
    assert_ne!(shop_record(&sim).await, before, "the zone has it at once");
    assert_eq!(see(&sim, WEST, query.clone()).await, old_answer, "its servers do not");
    wait(55).await;
    assert_eq!(status().await, Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) }));
    assert_ne!(see(&sim, WEST, query).await, old_answer);
    let unknown = see(&sim, WEST, Query::Dns(DnsQuery::DnsChange { id: "C0".into() })).await;
    assert_eq!(unknown, Observation::Dns(DnsObservation::DnsChange { status: None }));
}

#[tokio::test(start_paused = true)]
async fn a_stuck_change_stays_pending() {
    let sim = sim(vec![Fault::new(FaultKind::ChangeStuck).on("dns").lasting(600.0)]);
    let before = shop_record(&sim).await;
    let id = taken(&sim, WEST, to_recovery(&before, "shop.us-west-2.example.")).await.id.expect("a change id");
    wait(500).await;
    assert_eq!(
        see(&sim, WEST, Query::Dns(DnsQuery::DnsChange { id: id.clone() })).await,
        Observation::Dns(DnsObservation::DnsChange { status: Some("PENDING".into()) })
    );
    wait(200).await;
    assert_eq!(
        see(&sim, WEST, Query::Dns(DnsQuery::DnsChange { id })).await,
        Observation::Dns(DnsObservation::DnsChange { status: Some("INSYNC".into()) })
    );
}

#[tokio::test(start_paused = true)]
async fn a_change_of_one_name_moves_no_other() {
    let sim = sim(Vec::new());
    let query = records("w.example.com");
    let Observation::Dns(DnsObservation::RecordSets(RecordSets { records, .. })) = see(&sim, WEST, query).await else {
        panic!("records")
    };
    let moved = records.into_iter().map(|set| RecordSet { weight: Some(1), ..set }).collect();
    taken(&sim, WEST, promote()).await;
    taken(&sim, WEST, scale(4)).await;
    taken(
        &sim,
        WEST,
        Operation::Dns(DnsOperation::ChangeRecords { zone: "Z1".into(), upsert: moved, delete: Vec::new() }),
    )
    .await;
    wait(430).await;
    sim.inject(Fault::new(FaultKind::RegionDark).in_region("primary")).expect("it fits");
    assert_eq!(http_status(&sim).await, None, "the shop's own name still leads to the dark region");
}

#[tokio::test(start_paused = true)]
async fn weighted_sets_begin_the_other_way_round_and_a_bad_batch_changes_nothing() {
    let sim = sim(Vec::new());
    let query = records("w.example.com");
    let Observation::Dns(DnsObservation::RecordSets(RecordSets { records, .. })) = see(&sim, WEST, query.clone()).await
    else {
        panic!("records")
    };
    let weights: Vec<_> = records.iter().map(|set| (set.set_identifier.as_deref(), set.weight)).collect();
    assert_eq!(weights, [(Some("east"), Some(100)), (Some("west"), Some(0))]);
    let simple = RecordSet { set_identifier: None, weight: None, ..records[0].clone() };
    let batch =
        |zone: &str, upsert, delete| Operation::Dns(DnsOperation::ChangeRecords { zone: zone.into(), upsert, delete });
    for bad in [
        batch("Z1", vec![simple.clone()], Vec::new()),
        batch("Z1", Vec::new(), vec![simple]),
        batch("Z9", records.clone(), Vec::new()),
    ] {
        assert!(matches!(act(&sim, WEST, bad).await, Reply::Refused { code: Some(_), .. }));
    }
    assert_eq!(
        see(&sim, WEST, query).await,
        Observation::Dns(DnsObservation::RecordSets(RecordSets { records, targets: Vec::new() }))
    );
}

#[tokio::test(start_paused = true)]
async fn the_shop_answers_only_once_everything_behind_it_works() {
    let sim = sim(vec![Fault::new(FaultKind::RegionDark).in_region("primary")]);
    assert_eq!(http_status(&sim).await, None, "the name still leads to the dark region");
    let before = shop_record(&sim).await;
    taken(&sim, WEST, to_recovery(&before, "shop.us-west-2.example.")).await;
    wait(60).await;
    assert_eq!(http_status(&sim).await, Some(503), "nothing runs there");
    taken(&sim, WEST, promote()).await;
    taken(&sim, WEST, scale(4)).await;
    wait(60).await;
    assert_eq!(http_status(&sim).await, Some(503), "the database is not a writer yet");
    wait(400).await;
    let Observation::Local(LocalObservation::Http(answer)) = see(&sim, WEST, works()).await else {
        panic!("an answer")
    };
    assert_eq!((answer.status, answer.body.as_str()), (Some(200), r#"{"status":"ok"}"#));
    sim.inject(Fault::new(FaultKind::CheckFails).on("works")).expect("it fits");
    assert_eq!(http_status(&sim).await, Some(503));
}

#[tokio::test(start_paused = true)]
async fn connections_are_accepted_by_what_is_up() {
    let sim = sim(Vec::new());
    let accepted =
        async |host: &str, port| match see(&sim, WEST, Query::Local(LocalQuery::Tcp { host: host.into(), port })).await
        {
            Observation::Local(LocalObservation::Tcp(TcpAnswer { accepted, .. })) => accepted,
            other => panic!("a connection: {other:?}"),
        };
    let endpoint = database(&sim, WEST, "orders-replica").await.and_then(|found| found.endpoint).expect("an endpoint");
    assert!(accepted(&endpoint, 3306).await);
    assert!(!accepted("nobody.example.com", 1).await);
    assert!(!accepted("bank.example.com", 443).await, "its database is still a replica");
    taken(&sim, WEST, promote()).await;
    wait(430).await;
    assert!(accepted("bank.example.com", 443).await);
}

#[tokio::test(start_paused = true)]
async fn a_program_is_said_to_have_run_and_its_verification_follows() {
    let sim = sim(Vec::new());
    let verified = async || match see(&sim, WEST, Query::Local(LocalQuery::Look(run(&["warm?"])))).await {
        Observation::Local(LocalObservation::Exit(exit)) => exit.code,
        other => panic!("an exit: {other:?}"),
    };
    assert_eq!(verified().await, Some(1));
    let exit = taken(&sim, WEST, Operation::Local(LocalOperation::Run(run(&["warm", "db.example.com"]))))
        .await
        .exit
        .expect("an exit");
    assert_eq!((exit.code, exit.stdout.as_str()), (Some(0), "simulated: warm db.example.com"));
    assert_eq!(verified().await, Some(0));
    taken(&sim, WEST, Operation::Local(LocalOperation::Run(run(&["cool"])))).await;
    assert_eq!(verified().await, Some(1), "it was taken back");
    sim.inject(Fault::new(FaultKind::CommandFails).on("warm")).expect("it fits");
    let exit = taken(&sim, WEST, Operation::Local(LocalOperation::Run(run(&["warm", "db.example.com"]))))
        .await
        .exit
        .expect("an exit");
    assert_eq!(exit.code, Some(1));
    assert_eq!(verified().await, Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_changed_but_not_to_what_the_plan_wants_leads_nowhere_new() {
    let mut plan = plan();
    let wanted = json!({ "zone": "Z1", "record": "shop.example.com", "values": ["shop.us-west-2.example.com"], "type": "CNAME" });
    let Value::Object(wanted) = wanted else { panic!("a table") };
    let dns = plan.components.iter_mut().find(|component| component.name.as_str() == "dns").expect("of the plan");
    dns.fields = Fields(wanted);
    let dark = Fault::new(FaultKind::RegionDark).in_region("primary");
    let sim = Sim::open(&plan, options(vec![dark], Intent::Failover)).expect("a world");
    taken(&sim, WEST, promote()).await;
    taken(&sim, WEST, scale(4)).await;
    wait(430).await;
    let query = records("shop.example.com");
    let Observation::Dns(DnsObservation::RecordSets(RecordSets { mut records, .. })) = see(&sim, WEST, query).await
    else {
        panic!("records")
    };
    let before = records.pop().expect("one record");
    let change = |set: RecordSet| {
        Operation::Dns(DnsOperation::ChangeRecords { zone: "Z1".into(), upsert: vec![set], delete: Vec::new() })
    };
    let with = |value: &str| RecordSet { values: vec![value.into()], ..before.clone() };
    for (set, status) in [
        (RecordSet { ttl: Some(5), ..before.clone() }, None),
        (with("elsewhere.example.com"), None),
        (with("Shop.us-west-2.example.com."), Some(200)),
        (before.clone(), None),
    ] {
        taken(&sim, WEST, change(set.clone())).await;
        wait(60).await;
        assert_eq!(http_status(&sim).await, status, "{set:?}");
    }
}
