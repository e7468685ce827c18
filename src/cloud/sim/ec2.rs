//! The simulated Amazon EC2, as far as networks go: every VPC that a plan means is there, with all that it needs.

use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{
    AclEntry, InstanceSize, Launch, NetworkAcl, Permission, Route, RouteTable, SecurityGroup, Subnet, Vpc,
};
use crate::service::{NetworkObservation as Seen, NetworkQuery, Observation, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How many addresses a subnet has free beside those that are asked for.
const SPARE: u64 = 90;
/// How many vCPUs every instance type has.
const VCPUS: u64 = 2;

fn key(region: &Region, vpc: &str) -> String {
    format!("{region}/network/{vpc}")
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &NetworkQuery) -> Option<String> {
    Some(key(region, query.vpc()))
}

/// With what others it is asked in one call.
pub(super) fn together(query: &NetworkQuery) -> Together<'_> {
    match query {
        NetworkQuery::Vpcs { .. } => Together::All("vpcs"),
        NetworkQuery::Subnets { .. } => Together::All("subnets"),
        NetworkQuery::Subnet { .. } => Together::All("subnets by id"),
        NetworkQuery::LaunchTemplate { .. } => Together::Alone,
        NetworkQuery::MachineImage { .. } => Together::All("images"),
        NetworkQuery::InstanceType { .. } => Together::All("types"),
        NetworkQuery::InstanceSize { .. } => Together::All("sizes"),
        NetworkQuery::SecurityGroups { .. } => Together::All("groups"),
        NetworkQuery::NetworkAcls { .. } => Together::All("acls"),
        NetworkQuery::RouteTables { .. } => Together::All("tables"),
        NetworkQuery::NatGateways { .. } => Together::All("gateways"),
        NetworkQuery::VpcEndpoints { .. } => Together::All("endpoints"),
    }
}

/// The addresses of a region's networks: those of the regions have none in common.
fn block(world: &World, region: &Region) -> Clean {
    if *region == world.plan.application.primary { "10.64.0.0/16".into() } else { "10.0.0.0/16".into() }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &NetworkQuery, at: Timestamp) -> Observation {
    let vpc = query.vpc();
    let is_shut = world.troubles.active(FaultKind::PortDenied, &key(region, vpc), at).is_some();
    let seen = match query {
        NetworkQuery::Vpcs { .. } => {
            let name = (!vpc.starts_with("vpc-")).then(|| vpc.clone());
            let id = name.as_ref().map_or_else(|| vpc.clone(), |name| id("vpc", name));
            Seen::Vpcs {
                vpcs: Some(vec![Vpc { id, name, state: "available".into(), blocks: vec![block(world, region)] }]),
            }
        }
        NetworkQuery::Subnets { .. } => Seen::Subnets { subnets: Some(subnets(world, region, vpc)) },
        NetworkQuery::Subnet { id } => Seen::Subnet { subnet: Some(by_itself(region, id)) },
        // Every template, image and type is there that is asked for.
        NetworkQuery::LaunchTemplate { .. } => Seen::LaunchTemplate {
            launch: Some(Launch {
                image: Some("ami-simulated".into()),
                instance_type: Some("m7g.large".into()),
                spot: false,
            }),
        },
        NetworkQuery::MachineImage { .. } => Seen::MachineImage { state: Some("available".into()) },
        NetworkQuery::InstanceType { name } => Seen::InstanceType { offered: Some(name.clone()) },
        NetworkQuery::InstanceSize { name } => {
            Seen::InstanceSize { size: Some(InstanceSize { name: name.clone(), vcpus: VCPUS }) }
        }
        NetworkQuery::SecurityGroups { .. } => Seen::SecurityGroups { groups: Some(groups(world, vpc, is_shut)) },
        NetworkQuery::NetworkAcls { .. } => Seen::NetworkAcls { acls: Some(vec![acl(world, region, vpc)]) },
        NetworkQuery::RouteTables { .. } => Seen::RouteTables { tables: Some(vec![table()]) },
        NetworkQuery::NatGateways { .. } => Seen::NatGateways { gateways: Some(Vec::new()) },
        NetworkQuery::VpcEndpoints { .. } => Seen::VpcEndpoints { endpoints: Some(Vec::new()) },
    };
    seen.into()
}

/// The id of what is called so.
fn id(sort: &str, name: &str) -> Clean {
    let is_id = name.strip_prefix(sort).is_some_and(|rest| rest.starts_with('-'));
    Clean::new(&if is_id { name.to_owned() } else { format!("{sort}-{name}") })
}

/// What the plan's components mean of the network called `vpc`.
fn meant(world: &World, vpc: &str) -> Vec<said::Network> {
    let saids = world.of_kind("network").filter_map(|component| said::Network::of(&component.fields).ok());
    saids.filter(|said| said.vpc == vpc).collect()
}

/// A subnet of the zone that its id ends with.
fn by_itself(region: &Region, id: &Clean) -> Subnet {
    let zone = id.chars().last().filter(|letter| ('a'..='f').contains(letter)).unwrap_or('a');
    Subnet {
        id: id.clone(),
        name: None,
        state: "available".into(),
        cidr: "10.0.0.0/24".into(),
        free: SPARE,
        zone: Clean::new(&format!("{region}{zone}")),
    }
}

fn subnets(world: &World, region: &Region, vpc: &str) -> Vec<Subnet> {
    let meant = meant(world, vpc);
    let needed = meant.iter().filter_map(|said| said.free_addresses).max().unwrap_or_default();
    let names: BTreeSet<&String> = meant.iter().flat_map(|said| &said.subnets).collect();
    let subnet = |(nth, name): (usize, &String)| Subnet {
        id: id("subnet", name),
        name: Some(Clean::new(name)),
        state: "available".into(),
        cidr: Clean::new(&format!("10.0.{}.0/24", nth % 256)),
        free: needed + SPARE,
        zone: Clean::new(&format!("{region}{}", ["a", "b"][nth % 2])),
    };
    names.into_iter().enumerate().map(subnet).collect()
}

/// The groups that are named, all open to each other within the VPC unless they are shut.
fn groups(world: &World, vpc: &str, is_shut: bool) -> Vec<SecurityGroup> {
    let meant = meant(world, vpc);
    let ends = meant.iter().flat_map(|said| &said.open).flat_map(|open| [&open.from, &open.to]);
    let named = meant.iter().flat_map(|said| &said.security_groups).chain(ends);
    let names: BTreeSet<&String> = named.filter(|name| !name.contains('/')).collect();
    let all = || Permission { protocol: "-1".into(), cidrs: vec!["0.0.0.0/0".into()], ..Permission::default() };
    let group = |name: &String| SecurityGroup {
        id: id("sg", name),
        name: Clean::new(name),
        tag: None,
        ingress: if is_shut { Vec::new() } else { vec![all()] },
        egress: vec![all()],
    };
    names.into_iter().map(group).collect()
}

fn acl(world: &World, region: &Region, vpc: &str) -> NetworkAcl {
    let entry = |is_egress| AclEntry {
        number: 100,
        is_egress,
        allows: true,
        protocol: "-1".into(),
        cidr: Some("0.0.0.0/0".into()),
        ports: None,
    };
    let subnets = subnets(world, region, vpc).into_iter().map(|subnet| subnet.id).collect();
    NetworkAcl { id: "acl-1".into(), subnets, entries: vec![entry(false), entry(true)] }
}

/// One table for all, with a way out.
fn table() -> RouteTable {
    let route = |to: &str, by: &str| Route { to: Some(to.into()), by: by.into(), state: "active".into() };
    let routes = vec![route("10.0.0.0/16", "local"), route("0.0.0.0/0", "igw-1")];
    RouteTable { id: "rtb-1".into(), is_main: true, subnets: Vec::new(), routes }
}

/// The kind `network`.
pub(super) struct Network;

impl Simulated for Network {
    /// Every network is there that is asked for.
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Network::of(&component.fields) else { return Vec::new() };
        vec![key(application.region(Side::Recovery), &said.vpc)]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Network::of(&component.fields) else { return true };
        let keys = self.keys(component, &world.plan.application);
        let is_shut = |key: &String| world.troubles.active(FaultKind::PortDenied, key, at).is_some();
        // What asks for no way to be open has none that is shut.
        side == Side::Primary || said.open.is_empty() || !keys.iter().any(is_shut)
    }

    /// Nothing is done to it.
    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
