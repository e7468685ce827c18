//! The world that a plan speaks of, as it stands before anything is done: the primary region serves, the recovery
//! region stands by. Any valid plan will do.

use super::definitions::Definitions;
use super::dice::Dice;
use super::dns::Zones;
use super::kind;
use super::probe::Programs;
use super::trouble::Troubles;
use super::world::World;
use crate::plan::Plan;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
        restores: Default::default(),
        global_databases: Vec::new(),
        datastores: Vec::new(),
        keys: BTreeSet::new(),
        buckets: Default::default(),
        routing_controls: BTreeMap::new(),
        documents: BTreeMap::new(),
        executions: Vec::new(),
        invoked: Vec::new(),
        tables: Vec::new(),
        secrets: BTreeMap::new(),
        parameters: BTreeMap::new(),
        services: BTreeMap::new(),
        scaling_groups: BTreeMap::new(),
        functions: BTreeMap::new(),
        rules: BTreeMap::new(),
        queues: BTreeSet::new(),
        schedules: BTreeMap::new(),
        nodegroups: BTreeMap::new(),
        endpoint_groups: BTreeMap::new(),
        definitions: Definitions::default(),
        limits: BTreeMap::new(),
        groups: BTreeMap::new(),
        balancers: BTreeMap::new(),
        zones: Zones::default(),
        plugged: BTreeMap::new(),
        ran: Vec::new(),
    };
    for component in &plan.components {
        if let Some(kind) = kind::of(component.kind.as_str()) {
            kind.stand(&mut world, component);
        }
    }
    world
}

fn places(plan: &Plan) -> HashMap<String, usize> {
    plan.components.iter().enumerate().map(|(place, component)| (component.name.to_string(), place)).collect()
}
