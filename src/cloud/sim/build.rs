//! The world that a plan speaks of, as it stands before anything is done: the primary region serves, the recovery
//! region stands by. Any valid plan will do.

use super::containers::Service;
use super::database::Database;
use super::definitions::Definitions;
use super::dice::Dice;
use super::dns::Zones;
use super::keys;
use super::probe::Programs;
use super::records;
use super::trouble::Troubles;
use super::world::World;
use crate::plan::{Component, Fields, Plan, Region, Side};
use crate::service::observation::{Container, LoadBalancer, ScalableTarget};
use crate::text::Clean;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};

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
        engine: "mysql".into(),
        port,
        // Replicas are made with backups switched off.
        backup_retention_days: if source.is_some() { 0 } else { 7 },
        source,
        promotion: None,
        renames: Vec::new(),
    };
    let source = world.add_database(database(Side::Primary, "primary", None));
    world.add_database(database(Side::Recovery, "recovery", Some(source)));
}

fn add_services(world: &mut World, component: &Component) {
    let fields = &component.fields;
    let application = world.plan.application.clone();
    let (primary, recovery) = (application.region(Side::Primary), application.region(Side::Recovery));
    let (cluster, name) = (fields.required("cluster"), fields.required("service"));
    let desired = fields.count("desired").unwrap_or_default();
    let group: Option<Clean> = fields.text("target_group").map(Into::into);
    let family = fields.text("family").unwrap_or_else(|| name.clone());
    let container = old_container(fields, &name, primary);
    let definition = world.definitions.stand(recovery, &family, container.clone());
    world.add_service(Service::standing(recovery, (&cluster, &name), group.clone(), definition, 0, world.started_at));
    if let Some(min) = fields.count("min") {
        let max = desired.max(min).saturating_mul(2);
        world.limits.insert(keys::service(recovery, &cluster, &name), ScalableTarget { min: 0, max });
    }
    if let Some(old) = fields.table("old") {
        let (cluster, name) = (old.required("cluster"), old.required("service"));
        let definition = world.definitions.stand(primary, &name, container);
        world.add_service(Service::standing(primary, (&cluster, &name), group, definition, desired, world.started_at));
    }
}

/// A container that holds the values of a good day in the primary region.
fn old_container(fields: &Fields, name: &str, primary: &Region) -> Container {
    let old =
        |key: &String| (key.clone(), format!("{}.{primary}.internal", key.to_ascii_lowercase().replace('_', "-")));
    Container {
        name: name.into(),
        image: Clean::new(&format!("{name}:current")),
        environment: fields.texts("environment").keys().map(old).collect(),
        secrets: fields.texts("secrets").keys().map(old).collect(),
    }
}

fn add_balancers(world: &mut World, component: &Component) {
    let (name, group) = (component.fields.required("name"), component.fields.required("target_group"));
    for side in [Side::Primary, Side::Recovery] {
        let region = world.plan.application.region(side).clone();
        world.groups.entry(keys::targets(&region, &group)).or_default();
        world.balancers.insert(keys::balancer(&region, &name), balancer(&region, &name));
    }
}

pub(super) fn balancer(region: &Region, name: &str) -> LoadBalancer {
    let account = super::database::ACCOUNT;
    LoadBalancer {
        arn: Clean::new(&format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/51m")),
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
            group.own = component.fields.count("healthy").unwrap_or(1);
        }
    }
}
