//! Networks: VPCs by id or Name, and what is in them, in one call of a kind; over HTTP, as EC2 speaks.

use crate::stage::*;
use landfall::service::observation::{NatGateway, RouteTable, SecurityGroup, Subnet, VpcEndpoint};
use landfall::service::{NetworkObservation as Seen, NetworkQuery, Observation, Query, Silence, home};
use serde_json::{Value, json};
use std::process::Output;

const SEED: &str = r#"
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.network]
kind = "network"
vpc = "shop"
subnets = ["app-a", "app-b"]
free_addresses = 20
open = [{ from = "web", to = "db", port = 5432 }]
reach = ["internet", "ecr"]
"#;

async fn shop() -> Stage {
    let stage = empty().await;
    stage.seed(SEED);
    stage.clear_calls();
    stage
}

fn every(vpc: &str) -> Vec<Query> {
    let vpc = || vpc.into();
    let all = [
        NetworkQuery::Vpcs { vpc: vpc() },
        NetworkQuery::Subnets { vpc: vpc() },
        NetworkQuery::SecurityGroups { vpc: vpc() },
        NetworkQuery::NetworkAcls { vpc: vpc() },
        NetworkQuery::RouteTables { vpc: vpc() },
        NetworkQuery::NatGateways { vpc: vpc() },
        NetworkQuery::VpcEndpoints { vpc: vpc() },
    ];
    all.into_iter().map(Query::from).collect()
}

struct All {
    id: String,
    subnets: Vec<Subnet>,
    groups: Vec<SecurityGroup>,
    denied: usize,
    tables: Vec<RouteTable>,
    gateways: Vec<NatGateway>,
    endpoints: Vec<VpcEndpoint>,
}

async fn all(vpc: &str) -> All {
    let mut found = All {
        id: String::new(),
        subnets: vec![],
        groups: vec![],
        denied: 0,
        tables: vec![],
        gateways: vec![],
        endpoints: vec![],
    };
    for seen in look(WEST, every(vpc)).await {
        let Observation::Network(seen) = seen.expect("an answer") else { panic!("networks were asked for") };
        match seen {
            Seen::Vpcs { vpcs } => found.id = vpcs.expect("it is there").remove(0).id.to_string(),
            Seen::Subnets { subnets } => found.subnets = subnets.expect("it is there"),
            Seen::SecurityGroups { groups } => found.groups = groups.expect("it is there"),
            Seen::NetworkAcls { acls } => {
                let acls = acls.expect("it is there");
                assert_eq!(acls[0].subnets.len(), 2);
                found.denied = acls[0].entries.iter().filter(|entry| !entry.allows && entry.number == 50).count();
            }
            Seen::RouteTables { tables } => found.tables = tables.expect("it is there"),
            Seen::NatGateways { gateways } => found.gateways = gateways.expect("it is there"),
            Seen::VpcEndpoints { endpoints } => found.endpoints = endpoints.expect("it is there"),
            Seen::Subnet { .. }
            | Seen::LaunchTemplate { .. }
            | Seen::MachineImage { .. }
            | Seen::InstanceType { .. }
            | Seen::InstanceSize { .. } => panic!("of no VPC, and not asked for"),
        }
    }
    found
}

/// Turns the knob of the network in the west.
fn turn(stage: &Stage, settings: Value) {
    let mut knob = json!({ "knob": "network", "region": WEST, "vpc": "shop" });
    for (name, value) in settings.as_object().expect("settings") {
        knob[name] = value.clone();
    }
    stage.knob(&knob);
}

#[tokio::test]
async fn a_network_is_told_with_all_that_is_in_it_by_its_name_and_by_its_id() {
    let stage = shop().await;
    let by_name = all("shop").await;
    assert!(by_name.id.starts_with("vpc-"));
    for found in [all(&by_name.id).await, by_name] {
        let names: Vec<&str> = found.subnets.iter().filter_map(|subnet| subnet.name.as_deref()).collect();
        assert_eq!(names, ["app-a", "app-b"]);
        assert!(found.subnets.iter().all(|subnet| subnet.free > 200 && subnet.cidr.starts_with("10.7.")));
        let group = |name: &str| found.groups.iter().find(|group| group.name.as_str() == name).expect("a group");
        let rule = &group("db").ingress[0];
        assert_eq!((rule.protocol.as_str(), rule.ports), ("tcp", Some((5432, 5432))));
        assert_eq!(rule.groups, [group("web").id.clone()]);
        assert_eq!(group("web").egress[0].cidrs[0].as_str(), "0.0.0.0/0");
        let table = found.tables.iter().find(|table| table.is_main).expect("a main table");
        let out = table.routes.iter().find(|route| route.to.as_deref() == Some("0.0.0.0/0")).expect("a way out");
        assert!(out.by.starts_with("igw-") && out.state.as_str() == "active");
        assert!(found.gateways.is_empty() && found.endpoints.is_empty() && found.denied == 0);
    }
    for none in ["nothing", "vpc-0123456789abcdef0"] {
        for seen in look(WEST, every(none)).await {
            let seen = serde_json::to_value(seen.expect("an answer")).expect("JSON");
            assert!(seen.as_object().expect("a table").values().any(Value::is_null), "{seen}");
        }
    }
    assert!(stage.calls().iter().all(|call| call.service == "ec2" && call.region == WEST && call.read_only));
}

#[tokio::test]
async fn states_addresses_and_ways_are_told_as_they_are() {
    let stage = shop().await;
    turn(&stage, json!({ "free": { "app-a": 3 }, "shut": "db", "mute": "web", "port_denied": 5432, "nat": "pending" }));
    turn(&stage, json!({ "endpoints": { "s3": "available", "ecr.api": "pending" } }));
    let found = all("shop").await;
    // The gateway and the endpoints take some of the three.
    assert!(found.subnets.iter().map(|subnet| subnet.free).min().is_some_and(|free| free <= 3));
    let group = |name: &str| found.groups.iter().find(|group| group.name.as_str() == name).expect("a group");
    assert!(group("db").ingress.is_empty() && group("web").egress.is_empty());
    assert_eq!((found.denied, found.gateways[0].state.as_str()), (1, "pending"));
    let out = found.tables[0].routes.iter().find(|route| route.to.as_deref() == Some("0.0.0.0/0")).expect("a way out");
    assert_eq!(out.by, found.gateways[0].id);
    let endpoint = |ends: &str| found.endpoints.iter().find(|one| one.service.ends_with(ends)).expect("an endpoint");
    let (s3, ecr) = (endpoint(".s3"), endpoint(".ecr.api"));
    assert_eq!((s3.sort.as_str(), s3.route_tables.len()), ("Gateway", 1));
    assert!(ecr.sort.as_str() == "Interface" && ecr.has_private_dns && ecr.subnets.len() == 2);
    assert!(ecr.state.eq_ignore_ascii_case("pending"));
}

#[tokio::test]
async fn many_networks_are_asked_for_in_one_call_of_a_kind() {
    let stage = shop().await;
    stage.seed(&SEED.replace("\"shop\"", "\"other\"").replace("10.7", "10.8"));
    stage.clear_calls();
    let id = all("shop").await.id;
    stage.clear_calls();
    let asked = [every("shop"), every("other"), every(&id), every("none")].concat();
    let answers = look(WEST, asked).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    // By ids, and by names.
    assert_eq!((stage.calls_of("DescribeVpcs").len(), stage.calls().len()), (2, 8));
    assert!(stage.mutations().is_empty());
}

#[tokio::test]
async fn what_is_not_told_is_told_as_such_keeps_no_other_and_names_its_permission() {
    let stage = shop().await;
    for operation in ["DescribeSubnets", "DescribeNatGateways", "DescribeVpcs"] {
        for (kind, silence) in [
            ("access-denied", Silence::Denied),
            ("throttle", Silence::Throttled),
            ("expired-token", Silence::Expired),
            ("drop", Silence::NoAnswer),
            ("cut", Silence::NoAnswer),
            ("page", Silence::NoAnswer),
            ("blank", Silence::NoAnswer),
        ] {
            let fault = stage.fault(&json!({ "kind": kind, "operation": operation }));
            let answers = look(WEST, every("shop")).await;
            stage.mend(&fault);
            let untold: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
            assert!(untold.iter().all(|untold| untold.because == silence), "{kind} {operation}: {untold:?}");
            assert_eq!(untold.len(), if operation == "DescribeVpcs" { 7 } else { 1 }, "{kind} {operation}");
            if silence == Silence::Denied {
                let api = format!("ec2.{operation}");
                assert!(home::clear(&api, untold[0]).contains(&api.replace('.', ":")), "{untold:?}");
            }
        }
    }
}

/// The binary, by a plan of the network alone.
fn check(stage: &Stage, folder: &std::path::Path) -> String {
    let plan = folder.join("shop.toml");
    std::fs::write(&plan, SEED).expect("it writes");
    let plan = plan.display().to_string();
    let told: Output = stage.landfall(folder).args(["check", &plan, "--live"]).output().expect("it runs");
    [told.stdout, told.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

#[tokio::test]
async fn a_check_of_the_plan_names_what_is_wrong_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let codes = ["network-vpc", "network-subnet", "network-addresses", "network-open", "network-reach"];
    for (settings, wanted) in [
        (json!({}), None),
        (json!({ "state": "pending" }), Some("network-vpc")),
        (json!({ "free": { "app-b": 19 } }), Some("network-addresses")),
        (json!({ "shut": "db" }), Some("network-open")),
        (json!({ "mute": "web" }), Some("network-open")),
        (json!({ "port_denied": 5432 }), Some("network-open")),
        (json!({ "route": "blackhole" }), Some("network-reach")),
        (json!({ "route": "none" }), Some("network-reach")),
        (json!({ "nat": "failed" }), Some("network-reach")),
    ] {
        let stage = shop().await;
        turn(&stage, settings.clone());
        let told = check(&stage, folder.path());
        let failing: Vec<&str> = codes
            .into_iter()
            .filter(|code| told.lines().any(|line| line.contains(code) && !line.contains("ok")))
            .collect();
        assert_eq!(failing.first().copied(), wanted, "{settings}: {told}");
        assert!(stage.mutations().is_empty());
    }
}
