use super::words::*;
use crate::plan::{Level, Side};
use crate::service::observation as any;
use crate::service::scene::{Scene, given_by, name_of, words_of};
use crate::service::work::HealthLevel;
use serde_json::{Value, json};

fn fields() -> Value {
    json!({
        "vpc": "shop",
        "subnets": ["a", "subnet-b"],
        "free_addresses": 20,
        "security_groups": ["web"],
        "open": [{ "from": "web", "to": "db", "port": 5432 }],
        "reach": ["internet"],
    })
}

/// What there is, all of it as wanted.
#[derive(Clone)]
struct World {
    vpcs: Option<Vec<Vpc>>,
    subnets: Vec<Subnet>,
    groups: Vec<SecurityGroup>,
    acls: Vec<NetworkAcl>,
    tables: Vec<RouteTable>,
    gateways: Vec<NatGateway>,
}

fn world() -> World {
    let subnet = |id: &str, name: &str, cidr: &str| Subnet {
        id: id.into(),
        name: Some(name.into()),
        state: "available".into(),
        cidr: cidr.into(),
        free: 200,
        zone: "eu-central-1a".into(),
    };
    let rule = |group: Option<&str>, cidr: Option<&str>| Permission {
        protocol: "-1".into(),
        groups: group.into_iter().map(Into::into).collect(),
        cidrs: cidr.into_iter().map(Into::into).collect(),
        ..Permission::default()
    };
    let group = |id: &str, name: &str, ingress| SecurityGroup {
        id: id.into(),
        name: name.into(),
        tag: None,
        ingress,
        egress: vec![rule(None, Some("0.0.0.0/0"))],
    };
    let entry = |is_egress| AclEntry {
        number: 100,
        is_egress,
        allows: true,
        protocol: "-1".into(),
        cidr: Some("0.0.0.0/0".into()),
        ports: None,
    };
    let route = Route { to: Some("0.0.0.0/0".into()), by: "nat-1".into(), state: "active".into() };
    World {
        vpcs: Some(vec![Vpc {
            id: "vpc-1".into(),
            name: Some("shop".into()),
            state: "available".into(),
            blocks: vec!["10.0.0.0/16".into()],
        }]),
        subnets: vec![subnet("subnet-a", "a", "10.0.1.0/24"), subnet("subnet-b", "b", "10.0.2.0/24")],
        groups: vec![group("sg-web", "web", vec![]), group("sg-db", "db", vec![rule(Some("sg-web"), None)])],
        acls: vec![NetworkAcl {
            id: "acl-1".into(),
            subnets: vec!["subnet-a".into(), "subnet-b".into()],
            entries: vec![entry(false), entry(true)],
        }],
        tables: vec![RouteTable { id: "rtb-1".into(), is_main: true, subnets: vec![], routes: vec![route] }],
        gateways: vec![NatGateway { id: "nat-1".into(), state: "available".into() }],
    }
}

fn answers(world: World) -> Vec<(Query, Observation)> {
    let vpc = || "shop".into();
    let there = world.vpcs.is_some();
    vec![
        (Query::Vpcs { vpc: vpc() }, Observation::Vpcs { vpcs: world.vpcs }),
        (Query::Subnets { vpc: vpc() }, Observation::Subnets { subnets: there.then_some(world.subnets) }),
        (Query::SecurityGroups { vpc: vpc() }, Observation::SecurityGroups { groups: there.then_some(world.groups) }),
        (Query::NetworkAcls { vpc: vpc() }, Observation::NetworkAcls { acls: there.then_some(world.acls) }),
        (Query::RouteTables { vpc: vpc() }, Observation::RouteTables { tables: there.then_some(world.tables) }),
        (Query::NatGateways { vpc: vpc() }, Observation::NatGateways { gateways: there.then_some(world.gateways) }),
        (Query::VpcEndpoints { vpc: vpc() }, Observation::VpcEndpoints { endpoints: there.then_some(vec![]) }),
    ]
}

fn sees(fields: Value, world: World) -> Scene {
    answers(world).into_iter().fold(Scene::new("network", fields), |scene, (query, seen)| {
        let seen: any::Observation = seen.into();
        scene.sees(Side::Recovery, query.into(), seen)
    })
}

#[test]
fn a_network_that_is_there_and_open_holds_and_gives_its_ids() {
    let scene = sees(fields(), world());
    let verdict = scene.goal("ready");
    assert_eq!(name_of(&verdict), "holds", "{}", words_of(&verdict));
    assert_eq!(given_by(&verdict)["vpc"].as_str(), "vpc-1");
    assert_eq!(given_by(&verdict)["subnets"].as_str(), "subnet-a,subnet-b");
    assert!(scene.refusals("ready").is_empty());
    assert_eq!(scene.health(Side::Recovery).level, HealthLevel::Up);
}

#[test]
fn each_thing_that_is_wrong_is_told_by_its_code_and_is_never_green() {
    type Change = fn(&mut World);
    let table: [(Change, &[&str], &str); 18] = [
        (|world| world.vpcs = None, &["network-vpc"], "bad"),
        (|world| world.vpcs = world.vpcs.clone().map(|all| [all.clone(), all].concat()), &["network-vpc"], "bad"),
        (
            |world| world.vpcs.iter_mut().flatten().for_each(|vpc| vpc.state = "pending".into()),
            &["network-vpc"],
            "moving",
        ),
        (|world| world.subnets.truncate(1), &["network-subnet"], "bad"),
        (|world| world.subnets[0].state = "pending".into(), &["network-subnet"], "moving"),
        (|world| world.subnets[0].state = "ofTheFuture".into(), &["network-subnet"], "moving"),
        (|world| world.subnets[0].state = "failed".into(), &["network-subnet"], "bad"),
        (|world| world.subnets[1].free = 19, &["network-addresses"], "bad"),
        (|world| world.groups.remove(0).id = "".into(), &["network-group", "network-group"], "bad"),
        (|world| world.groups[1].ingress.clear(), &["network-open"], "bad"),
        (|world| world.groups[0].egress.clear(), &["network-open"], "bad"),
        (|world| world.acls[0].entries.clear(), &["network-open"], "bad"),
        (|world| world.acls.clear(), &["network-open"], "unknown"),
        (|world| world.tables[0].routes.clear(), &["network-reach"], "bad"),
        (|world| world.tables[0].routes[0].state = "blackhole".into(), &["network-reach"], "bad"),
        (|world| world.gateways[0].state = "pending".into(), &["network-reach"], "moving"),
        (|world| world.gateways[0].state = "failed".into(), &["network-reach"], "bad"),
        (|world| world.tables.clear(), &["network-reach"], "unknown"),
    ];
    for (number, (change, codes, verdict)) in table.into_iter().enumerate() {
        let mut world = world();
        change(&mut world);
        let scene = sees(fields(), world);
        assert_eq!(scene.refusals("ready"), codes, "{number}");
        assert_eq!(name_of(&scene.goal("ready")), verdict, "{number}: {}", words_of(&scene.goal("ready")));
        assert_ne!(scene.health(Side::Recovery).level, HealthLevel::Up, "{number}");
    }
}

#[test]
fn what_is_not_told_is_unknown_and_keeps_no_other_answer() {
    for (query, _) in answers(world()) {
        let scene = sees(fields(), world()).hears_nothing(Side::Recovery, query.clone().into());
        let is_needed = !matches!(query, Query::VpcEndpoints { .. });
        let verdict = scene.goal("ready");
        assert_eq!(name_of(&verdict), "unknown", "{query:?}: {} {is_needed}", words_of(&verdict));
        let checks = scene.work("ready").prechecks(&scene.facts());
        assert!(checks.iter().all(|check| check.level != Level::Failing), "{query:?}: {checks:?}");
        if !matches!(query, Query::Vpcs { .. }) {
            assert!(checks.iter().any(|check| check.level == Level::Ok), "{query:?}: {checks:?}");
        }
    }
}

#[test]
fn no_more_is_asked_than_the_plan_has_a_use_for() {
    let asked = |fields: Value| {
        let scene = Scene::new("network", fields);
        let asks = scene.work("ready").asks(&scene.asked);
        asks.iter().map(|ask| ask.query.api_name().trim_start_matches("ec2.Describe")).collect::<Vec<_>>()
    };
    assert_eq!(asked(json!({ "vpc": "shop" })), ["Vpcs"]);
    assert_eq!(asked(json!({ "vpc": "shop", "subnets": ["a"] })), ["Vpcs", "Subnets"]);
    assert_eq!(asked(json!({ "vpc": "shop", "security_groups": ["web"] })), ["Vpcs", "SecurityGroups"]);
    assert_eq!(asked(fields()).len(), 7);
}

#[test]
fn a_group_that_several_are_called_is_none_and_its_own_name_goes_before_a_tag() {
    let mut tagged = world();
    let mut other = tagged.groups[0].clone();
    (other.id, other.name, other.tag) = ("sg-x".into(), "x".into(), Some("web".into()));
    tagged.groups.push(other.clone());
    assert_eq!(name_of(&sees(fields(), tagged.clone()).goal("ready")), "holds");
    tagged.groups[0].name = "y".into();
    tagged.groups[0].tag = Some("web".into());
    assert_eq!(sees(fields(), tagged).refusals("ready"), ["network-group", "network-group"]);
}

#[test]
fn what_a_plan_cannot_mean_is_told_at_its_field() {
    let problems = |fields: Value| {
        let problems = Scene::new("network", fields).problems();
        problems.into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
    };
    assert!(problems(fields()).is_empty());
    assert!(
        problems(json!({ "vpc": "${base.vpc}", "subnets": ["${base.subnet}"], "reach": ["${base.x}"] })).is_empty()
    );
    assert_eq!(problems(json!({ "vpc": "arn:aws:ec2:us-west-2:1:vpc/vpc-1" })), ["vpc"]);
    assert_eq!(problems(json!({ "vpc": "shop", "free_addresses": 2, "reach": ["s3"] })), ["free_addresses", "reach"]);
    let open = |from: &str, to: &str| json!({ "vpc": "shop", "subnets": ["a"], "open": [{ "from": from, "to": to, "port": 1 }] });
    assert_eq!(problems(open("10.0.0.0/99", "db")), ["open"]);
    assert_eq!(problems(open("10.0.0.0/8", "10.0.0.0/8")), ["open"]);
    assert!(problems(open("10.0.0.0/8", "db")).is_empty());
    assert_eq!(problems(json!({ "vpc": "shop", "subnets": ["a"], "reach": ["S3"] })), ["reach"]);
}
