//! Makes a world from any valid plan: everything that its components name, in both regions, as on the day before.

use super::containers::{Family, Revision, Rollout, Service, definition_arn};
use super::database::{Database, Source};
use super::dice::Dice;
use super::dns::Zone;
use super::fault::Fault;
use super::world::World;
use crate::plan::{Component, Plan, Side};
use crate::service::observation::{Alias, RecordSet, ScalableTarget};
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};

/// A world as `plan` describes it.
pub(super) fn world(plan: &Plan, seed: u64, faults: Vec<Fault>) -> World {
    let mut world = World {
        plan: plan.clone(),
        dice: Dice(seed),
        faults,
        databases: Vec::new(),
        services: Vec::new(),
        families: BTreeMap::new(),
        balancers: BTreeMap::new(),
        zones: BTreeMap::new(),
        ran: BTreeSet::new(),
        taken: 0,
    };
    for component in &plan.components {
        match component.kind.as_str() {
            "rds" => add_databases(&mut world, component),
            "ecs" => add_services(&mut world, component),
            "load-balancer" => add_balancers(&mut world, component),
            "route53" => add_records(&mut world, component),
            _ => {}
        }
    }
    world
}

fn add_databases(world: &mut World, component: &Component) {
    let (primary, recovery) = (component.fields.required("primary"), component.fields.required("recovery"));
    let region = |side| world.plan.application.region(side).to_string();
    let source = Database {
        id: primary.clone(),
        region: region(Side::Primary),
        component: component.name.to_string(),
        source: None,
        retention_days: 7,
        port: component.fields.count("port").and_then(|port| u16::try_from(port).ok()).unwrap_or(5432),
        promotion: None,
        rename: None,
    };
    let replica = Database {
        id: recovery,
        region: region(Side::Recovery),
        source: Some(Source { region: source.region.clone(), id: primary }),
        retention_days: 0,
        ..source.clone()
    };
    world.databases.extend([source, replica]);
}

fn add_services(world: &mut World, component: &Component) {
    let fields = &component.fields;
    let desired = fields.count("desired").unwrap_or(1);
    let recovery = (fields.required("cluster"), fields.required("service"));
    let old = fields.table("old");
    let primary = match &old {
        Some(old) => (old.required("cluster"), old.required("service")),
        None => recovery.clone(),
    };
    let has_limits = fields.count("min").is_some();
    for (side, (cluster, name), running) in [(Side::Primary, primary, desired), (Side::Recovery, recovery, 0)] {
        let region = world.plan.application.region(side).to_string();
        let family = fields.text("family").unwrap_or_else(|| name.clone());
        let definition = definition_arn(&region, &family, 1);
        world.families.entry((region.clone(), family)).or_insert_with(|| first_family(component));
        world.services.push(Service {
            region,
            cluster,
            name,
            component: component.name.to_string(),
            limits: has_limits.then_some(ScalableTarget { min: running.min(1), max: desired * 2 }),
            group: fields.text("target_group"),
            rollout: Rollout {
                at: f64::NEG_INFINITY,
                nth: 0,
                ran: running,
                old_definition: definition.clone(),
                definition,
                desired: running,
                fresh: false,
                crashes: false,
            },
        });
    }
}

/// The values of the day before: every key that the plan sets, with what stood there.
fn first_family(component: &Component) -> Family {
    let old = |keys: BTreeMap<String, String>, what: &str| {
        keys.into_keys().map(|key| (key.clone(), format!("{what}-{}", key.to_lowercase()))).collect()
    };
    let revision = Revision {
        active: true,
        image: "registry.example.com/app:1".to_owned(),
        environment: old(component.fields.texts("environment"), "primary"),
        secrets: old(component.fields.texts("secrets"), "arn:aws:secretsmanager:primary"),
    };
    Family { revisions: vec![revision] }
}

fn add_balancers(world: &mut World, component: &Component) {
    let (name, group) = (component.fields.required("name"), component.fields.required("target_group"));
    for side in [Side::Primary, Side::Recovery] {
        let region = world.plan.application.region(side).to_string();
        world.balancers.insert((region, name.clone()), group.clone());
    }
}

fn add_records(world: &mut World, component: &Component) {
    let fields = &component.fields;
    let mut name = fields.required("record").to_ascii_lowercase();
    if !name.ends_with('.') {
        name.push('.');
    }
    let record_type = fields.text("type").unwrap_or_else(|| "A".to_owned());
    let ttl = fields.count("ttl").or_else(|| fields.seconds("ttl").map(|ttl| ttl as u64)).unwrap_or(60);
    let plain = RecordSet { name: Clean::new(&name), record_type: Clean::new(&record_type), ..RecordSet::default() };
    let old_value = if record_type == "CNAME" { "primary.example.com" } else { "192.0.2.10" };
    let records: Vec<RecordSet> = if let Some(weights) = fields.table("weights") {
        let weighted = weights.0.iter().enumerate().map(|(place, (set, wanted))| RecordSet {
            ttl: Some(ttl),
            values: vec![Clean::new(&format!("192.0.2.{}", 10 + place))],
            set_identifier: Some(Clean::new(set)),
            // The other way round from what the plan wants.
            weight: Some(if wanted.as_u64() == Some(0) { 100 } else { 0 }),
            ..plain.clone()
        });
        weighted.collect()
    } else if fields.table("alias").is_some() {
        let dns_name = Clean::new(&format!("primary.{}.elb.amazonaws.com", world.plan.application.primary));
        let alias = Alias { dns_name, zone_id: Clean::new("Z35SXDOTRQ7X7K"), evaluate_health: true };
        vec![RecordSet { alias: Some(alias), ..plain }]
    } else {
        vec![RecordSet { ttl: Some(ttl), values: vec![Clean::new(old_value)], ..plain }]
    };
    let zone: &mut Zone = world.zones.entry(fields.required("zone")).or_default();
    zone.records.extend(records.iter().cloned());
    zone.answered_first.extend(records);
}
