//! The world that a plan speaks of, as it stands before anything is done: the primary region serves, the recovery
//! region stands by. Any valid plan will do.

use super::containers::Service;
use super::database::{ACCOUNT, Database};
use super::definitions::Definitions;
use super::dice::Dice;
use super::dns::Zones;
use super::keys;
use super::probe::Programs;
use super::records;
use super::trouble::Troubles;
use super::world::World;
use crate::plan::{Component, Fields, Plan, Region, Side};
use crate::service::arn::{Thing, elsewhere, is_arn};
use crate::service::observation::{Container, LoadBalancer, ScalableTarget};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// The most targets of its own that a target group has; a journal may ask for any number.
const TARGETS: u64 = 10_000;

/// Builds the world of `plan` as it is at `started_at`.
pub fn world(plan: &Plan, dice: Dice, started_at: Timestamp) -> World {
    let mut world = World {
        plan: plan.clone(),
        places: places(plan),
        programs: Programs::of(plan),
        dice,
        started_at,
        troubles: Troubles::default(),
        databases: Vec::new(),
        database_names: BTreeMap::new(),
        services: BTreeMap::new(),
        definitions: Definitions::default(),
        limits: BTreeMap::new(),
        groups: BTreeMap::new(),
        balancers: BTreeMap::new(),
        zones: Zones::default(),
        ran: Vec::new(),
    };
    for component in &plan.components {
        match component.kind.as_str() {
            "rds" => add_databases(&mut world, component),
            "ecs" => add_services(&mut world, component),
            "load-balancer" => add_balancers(&mut world, component),
            "route53" => records::add(&mut world, component),
            _ => {}
        }
    }
    add_own_targets(&mut world);
    world
}

fn places(plan: &Plan) -> HashMap<String, usize> {
    plan.components.iter().enumerate().map(|(place, component)| (component.name.to_string(), place)).collect()
}

fn add_databases(world: &mut World, component: &Component) {
    let fields = &component.fields;
    let application = world.plan.application.clone();
    let port = fields.count("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(3306);
    let database = |side: Side, field: &str, source: Option<usize>| Database {
        region: application.region(side).clone(),
        first_id: fields.required(field).into(),
        engine: engine_on(port).into(),
        port,
        // Replicas are made with backups switched off.
        backup_retention_days: if source.is_some() { 0 } else { 7 },
        source,
        promotion: None,
        renames: Vec::new(),
        groups: vec![(Timestamp::MIN, vec!["sg-database".into()])],
    };
    let source = world.add_database(database(Side::Primary, "primary", None));
    world.add_database(database(Side::Recovery, "recovery", Some(source)));
}

/// The engine that usually listens on `port`.
fn engine_on(port: u16) -> &'static str {
    match port {
        5432 => "postgres",
        _ => "mysql",
    }
}

fn add_services(world: &mut World, component: &Component) {
    let fields = &component.fields;
    let application = world.plan.application.clone();
    let (primary, recovery) = (application.region(Side::Primary), application.region(Side::Recovery));
    let (cluster, name) = service_names(fields);
    let desired = fields.count("desired").unwrap_or_default();
    let given = fields.text("target_group");
    let [group, old_group] =
        [recovery, primary].map(|region| given.as_ref().map(|given| group_arn(&world.plan, region, given)));
    let family = fields.text("family").unwrap_or_else(|| name.clone());
    let container = old_container(fields, &name, primary);
    let definition = world.definitions.stand(recovery, &family, container.clone());
    let limits = |min: u64, least: u64| {
        let max = desired.max(min).saturating_mul(2);
        ScalableTarget { min: least, max, ..ScalableTarget::default() }
    };
    world.add_service(Service::standing(
        recovery,
        (&cluster, &name),
        (group, container.name.clone()),
        definition,
        0,
        world.started_at,
    ));
    if let Some(min) = fields.count("min") {
        world.limits.insert(keys::service(recovery, &cluster, &name), limits(min, 0));
    }
    if let Some(old) = fields.table("old") {
        let (cluster, name) = service_names(&old);
        let definition = world.definitions.stand(primary, &name, container.clone());
        let behind = (old_group, container.name);
        world.add_service(Service::standing(primary, (&cluster, &name), behind, definition, desired, world.started_at));
        if let Some(min) = fields.count("min") {
            world.limits.insert(keys::service(primary, &cluster, &name), limits(min, min));
        }
    }
}

/// The cluster and the service that `fields` name, whether by name or ARN.
fn service_names(fields: &Fields) -> (String, String) {
    let (cluster, service) = (fields.required("cluster"), fields.required("service"));
    (Thing::Cluster.name(&cluster).to_owned(), Thing::Service.name(&service).to_owned())
}

/// The ARN of a target group in `region`: the plan's own, where one of its components gives one of that region.
fn group_arn(plan: &Plan, region: &Region, given: &str) -> Clean {
    let name = Thing::TargetGroup.name(given);
    let told = plan.components.iter().filter_map(|component| component.fields.text("target_group"));
    let mut arns = told.filter(|told| is_arn(told) && elsewhere(told, region).is_none());
    let made = || format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/{name}/51m");
    Clean::new(&arns.find(|told| Thing::TargetGroup.name(told) == name).unwrap_or_else(made))
}

/// A container that holds the values of a good day in the primary region.
fn old_container(fields: &Fields, name: &str, primary: &Region) -> Container {
    let old =
        |key: &String| (key.clone(), format!("{}.{primary}.internal", key.to_ascii_lowercase().replace('_', "-")));
    Container {
        name: fields.text("container").unwrap_or_else(|| name.to_owned()).into(),
        image: Clean::new(&format!("{name}:current")),
        environment: fields.texts("environment").keys().map(old).collect(),
        secrets: fields.texts("secrets").keys().map(old).collect(),
    }
}

fn add_balancers(world: &mut World, component: &Component) {
    let (name, group) = (component.fields.required("name"), component.fields.required("target_group"));
    for side in [Side::Primary, Side::Recovery] {
        let region = world.plan.application.region(side).clone();
        let balancer = balancer(&region, &name);
        let arn = group_arn(&world.plan, &region, &group);
        let behind = world.groups.entry(keys::targets(&region, &group)).or_default();
        behind.arn = arn;
        behind.balancers.push(balancer.arn.clone());
        world.balancers.insert(keys::balancer(&region, &name), balancer);
    }
}

pub(super) fn balancer(region: &Region, given: &str) -> LoadBalancer {
    let name = Thing::LoadBalancer.name(given);
    let made = format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/{name}/51m");
    let is_of_this_region = is_arn(given) && elsewhere(given, region).is_none();
    LoadBalancer {
        arn: if is_of_this_region { given.into() } else { Clean::new(&made) },
        dns_name: Clean::new(&format!("{name}-1251m.{region}.elb.amazonaws.com")),
        zone_id: Clean::new(&format!("Z51M{}", region.as_str().replace('-', "").to_ascii_uppercase())),
        state: "active".into(),
    }
}

/// A target group that no service of the plan registers with has as many healthy targets as the plan waits for.
fn add_own_targets(world: &mut World) {
    let recovery = world.plan.application.region(Side::Recovery).clone();
    for component in world.plan.components.iter().filter(|component| component.kind.as_str() == "load-balancer") {
        let key = keys::targets(&recovery, &component.fields.required("target_group"));
        let group = world.groups.entry(key).or_default();
        if group.services.is_empty() {
            group.own = component.fields.count("healthy").unwrap_or(1).min(TARGETS);
        }
    }
}
