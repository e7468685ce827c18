//! The simulated regions through the port, under paused time.

mod calls;
mod compute;
mod data;
mod edge;
mod every;
mod groups;
mod names;
mod readiness;
mod rehearsed;
mod world;

use super::fault::Seconds;
use super::*;
use crate::cloud::{Evidence, Observe, Perform};
use crate::plan::{Application, Component, ComponentName, Fields, Region};
use crate::service::CloudWatchQuery;
use crate::service::observation::RecordSets;
use crate::service::observation::{DbInstance, LagSample, LagSeries, RecordSet};
use crate::service::{
    Ask, CloudWatchObservation, DnsObservation, DnsOperation, DnsQuery, DnsQuestion, EcsOperation, HttpProbe,
    Invocation, LocalObservation, LocalOperation, LocalQuery, Observation, Operation, Place, Query, RdsObservation,
    RdsOperation, RdsQuery, Reply, Seen, Silence,
};
use serde_json::{Value, json};
use std::time::Duration;

const WEST: &str = "us-west-2";
const EAST: &str = "us-east-1";

fn component(name: &str, kind: &str, needs: &[&str], fields: Value) -> Component {
    let Value::Object(fields) = fields else { panic!("fields are a table") };
    Component {
        needs: needs.iter().map(|need| ComponentName::new(need)).collect(),
        ..Component::plain(name, kind, Fields(fields))
    }
}

fn plan() -> Plan {
    let db = |name: &str| json!({ "primary": name, "recovery": format!("{name}-replica") });
    let components = vec![
        component("orders-db", "rds", &[], db("orders")),
        component(
            "api",
            "ecs",
            &["orders-db"],
            json!({
                "cluster": "shop", "service": "api", "desired": 4, "min": 2, "target_group": "api", "log": "/ecs/shop/api",
                "environment": { "DB": "${orders-db.endpoint}" }, "old": { "cluster": "shop", "service": "api-old" },
            }),
        ),
        component("lb", "load-balancer", &["api"], json!({ "name": "shop", "target_group": "api", "healthy": 2 })),
        component(
            "warm",
            "command",
            &["orders-db"],
            json!({ "run": ["warm", "${orders-db.endpoint}"], "verify": ["warm?"], "undo": ["cool"] }),
        ),
        component(
            "dns",
            "route53",
            &["lb"],
            json!({ "zone": "Z1", "record": "shop.example.com", "alias": { "dns_name": "${lb.dns_name}", "zone_id": "${lb.zone_id}" } }),
        ),
        component(
            "weights",
            "route53",
            &["lb"],
            json!({ "zone": "Z1", "record": "w.example.com", "weights": { "east": 0, "west": 100 } }),
        ),
        component(
            "works",
            "http",
            &["dns"],
            json!({ "url": "https://shop.example.com/health", "expect": { "status": 200, "json": { "/status": "ok" } } }),
        ),
        component("bank", "tcp", &["orders-db"], json!({ "host": "bank.example.com", "port": 443 })),
        component(
            "ledger",
            "aurora",
            &[],
            json!({ "global": "orders", "primary": "orders-east", "recovery": "orders-west" }),
        ),
        component(
            "carts",
            "elasticache",
            &[],
            json!({ "global": "ldgnf-carts", "primary": "carts", "recovery": "carts-west" }),
        ),
        component("key", "kms", &[], json!({ "key": "alias/shop", "prove": true })),
        component("media", "s3", &[], json!({ "primary": "media-east", "recovery": "media-west" })),
        component(
            "sides",
            "switch",
            &[],
            json!({ "bucket": "switch-west", "object": "east-is-off", "present": false, "health_check": "C1" }),
        ),
        component(
            "way",
            "routing-control",
            &[],
            json!({
                "arn": "arn:aws:route53-recovery-control::111122223333:controlpanel/0f/routingcontrol/west", "on": true,
                "endpoints": [{ "url": "https://aaaa1111.route53-recovery-cluster.us-west-2.amazonaws.com/v1" }],
            }),
        ),
        component(
            "pre-warm",
            "runbook",
            &[],
            json!({ "document": "shop-warm", "parameters": { "Side": "west" }, "undo": { "document": "shop-cool" } }),
        ),
        component(
            "tell",
            "invoke",
            &[],
            json!({ "function": "teller", "payload": "{}", "expect": { "/told": "yes" }, "undo": { "payload": "{\"back\":1}" } }),
        ),
        component("carts-table", "dynamodb", &[], json!({ "table": "carts" })),
        component(
            "web",
            "autoscaling",
            &[],
            json!({ "group": "web", "desired": 4, "min": 2, "target_group": "web", "old": { "group": "web-old" } }),
        ),
        component(
            "task-role",
            "iam",
            &[],
            json!({ "role": "task", "may": ["s3:GetObject"], "trusts": ["ecs-tasks.amazonaws.com"] }),
        ),
        component(
            "base",
            "network",
            &[],
            json!({ "vpc": "shop", "subnets": ["a", "b"], "open": [{ "from": "web", "to": "db", "port": 5432 }], "reach": ["s3"] }),
        ),
        component("tls", "certificate", &[], json!({ "domain": "shop.example.com" })),
        component(
            "worker",
            "lambda",
            &[],
            json!({
                "function": "worker", "alias": "live", "version": "2", "concurrency": 50,
                "event_sources": [
                    "arn:aws:sqs:us-west-2:111122223333:orders",
                    "14e0db71-5d35-4eb5-b481-8945cf9d10c2",
                ],
                "old": { "function": "worker", "event_sources": ["arn:aws:sqs:us-east-1:111122223333:orders"] },
            }),
        ),
        component("nightly", "rule", &[], json!({ "rule": "nightly", "old": { "rule": "nightly", "bus": "shop" } })),
        component(
            "hourly",
            "schedule",
            &[],
            json!({ "name": "nightly", "old": { "name": "nightly", "group": "shop" } }),
        ),
        component("nodes", "nodegroup", &[], json!({ "cluster": "shop", "nodegroup": "web", "desired": 3, "max": 6 })),
        component(
            "archive",
            "rds-restore",
            &[],
            json!({ "source": "arn:aws:rds:us-west-2:111122223333:auto-backup:ab-1", "instance": "archive" }),
        ),
        component("older", "rds-restore", &[], json!({ "source": "archive-kept", "instance": "older" })),
        component("orders", "queue", &[], json!({ "name": "orders" })),
        component(
            "way",
            "accelerator",
            &[],
            json!({
                "endpoint_group": "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l/endpoint-group/west",
                "old": { "endpoint_group": "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l/endpoint-group/east" },
            }),
        ),
        component("healthy", "alarm", &[], json!({ "names": ["shop-5xx"] })),
        component(
            "db-secret",
            "secret",
            &[],
            json!({ "name": "shop/db", "set": { "host": "db.example.com" }, "prove": true }),
        ),
        component("side", "parameter", &[], json!({ "name": "/shop/side", "value": "west", "type": "String" })),
        component("call", "manual", &[], json!({ "ask": "call" })),
    ];
    let application = Application {
        name: "shop".into(),
        primary: EAST.into(),
        recovery: WEST.into(),
        rto_seconds: None,
        rpo_seconds: None,
        owner: None,
        description: None,
        healthy_for_seconds: None,
        follows_for_seconds: None,
        from_run: None,
    };
    Plan {
        application,
        accounts: Default::default(),
        components,
        waivers: Vec::new(),
        drills: Default::default(),
        capture: Default::default(),
        sealed: Default::default(),
    }
}

fn clock() -> Clock {
    Clock::new("2026-03-01T03:00:20Z".parse().expect("a time"), 1.0)
}

fn options(faults: Vec<Fault>, intent: Intent) -> SimOptions {
    let mut scenario = Scenario::parse("name = \"test\"").expect("a scenario");
    scenario.faults = faults;
    let clock = clock();
    SimOptions { seed: 5, scenario: Some(scenario), intent, log_path: None, started_at: clock.now(), clock }
}

/// A world that is healthy but for `faults`.
fn sim(faults: Vec<Fault>) -> Sim {
    Sim::open(&plan(), options(faults, Intent::Switchover)).expect("a world")
}

fn place(region: &str) -> Place {
    Place { region: Region::new(region), account: None }
}

async fn seen(sim: &Sim, region: &str, query: Query) -> Seen {
    let (evidence, _calls) = Evidence::channel();
    let asks = [Ask { place: place(region), query }];
    sim.observer().observe(&asks, &evidence).await.pop().expect("one answer for one ask")
}

async fn see(sim: &Sim, region: &str, query: Query) -> Observation {
    seen(sim, region, query).await.answer.expect("an answer")
}

async fn act(sim: &Sim, region: &str, operation: Operation) -> Reply {
    let (evidence, _calls) = Evidence::channel();
    let act = Act { place: place(region), operation };
    sim.actor().perform(&act, &Token("run/step/1".to_owned()), &evidence).await
}

async fn taken(sim: &Sim, region: &str, operation: Operation) -> Receipt {
    match act(sim, region, operation).await {
        Reply::Taken { receipt } => receipt,
        other => panic!("it is taken: {other:?}"),
    }
}

async fn database(sim: &Sim, region: &str, id: &str) -> Option<DbInstance> {
    match see(sim, region, Query::Rds(RdsQuery::DbInstance { id: id.into() })).await {
        Observation::Rds(RdsObservation::DbInstance { instance }) => instance,
        other => panic!("a database: {other:?}"),
    }
}

async fn lag(sim: &Sim) -> LagSample {
    lags(sim).await.newest
}

async fn lags(sim: &Sim) -> LagSeries {
    match see(sim, WEST, Query::CloudWatch(CloudWatchQuery::ReplicaLag { id: "orders-replica".into() })).await {
        Observation::CloudWatch(CloudWatchObservation::Lag(series)) => series,
        other => panic!("a lag: {other:?}"),
    }
}

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn promote() -> Operation {
    Operation::Rds(RdsOperation::PromoteReadReplica { id: "orders-replica".into(), backup_retention_days: 7 })
}

fn scale(desired: u64) -> Operation {
    Operation::Ecs(EcsOperation::UpdateService {
        cluster: "shop".into(),
        service: "api".into(),
        desired: Some(desired),
        task_definition: None,
        force: false,
    })
}

fn run(words: &[&str]) -> Invocation {
    Invocation { run: words.iter().map(|word| (*word).to_owned()).collect(), within_seconds: 60, ..Default::default() }
}

fn works() -> Query {
    Query::Local(LocalQuery::Http(HttpProbe {
        url: "https://shop.example.com/health".into(),
        method: "GET".into(),
        headers: Default::default(),
        body: None,
        redirects: 0,
        expects: Vec::new(),
    }))
}

async fn http_status(sim: &Sim) -> Option<u16> {
    match see(sim, WEST, works()).await {
        Observation::Local(LocalObservation::Http(answer)) => answer.status,
        other => panic!("an answer: {other:?}"),
    }
}

fn to_recovery(record: &RecordSet, dns_name: &str) -> Operation {
    let mut wanted = record.clone();
    wanted.alias.as_mut().expect("an alias").dns_name = dns_name.into();
    Operation::Dns(DnsOperation::ChangeRecords { zone: "Z1".into(), upsert: vec![wanted], delete: Vec::new() })
}

async fn shop_record(sim: &Sim) -> RecordSet {
    match see(sim, WEST, records("shop.example.com.")).await {
        Observation::Dns(DnsObservation::RecordSets(RecordSets { mut records, .. })) => {
            records.pop().expect("one record")
        }
        other => panic!("records: {other:?}"),
    }
}

fn records(name: &str) -> Query {
    Query::Dns(DnsQuery::RecordSets { zone: "Z1".into(), name: name.into(), resolve: false })
}

fn question(name: &str, record_type: &str) -> DnsQuestion {
    let (name, record_type) = (name.into(), record_type.into());
    DnsQuestion { zone: "Z1".into(), name, record_type, near: None, times: 1 }
}
