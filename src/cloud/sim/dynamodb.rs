//! The simulated Amazon DynamoDB: global tables with a replica in each of the two regions, which is there from the start on
//! and is never changed. What is written in one is in the other within a second or so.

use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Index, Replica, Table};
use crate::service::said;
use crate::service::{DynamoDbObservation, DynamoDbQuery, Observation};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A global table.
pub(super) struct GlobalTable {
    name: Clean,
    regions: [Region; 2],
    strong: bool,
}

impl GlobalTable {
    fn describe(&self, region: &Region) -> Table {
        let replica = |other: &Region| Replica { region: Clean::new(other.as_str()), status: "ACTIVE".into() };
        Table {
            name: self.name.clone(),
            status: "ACTIVE".into(),
            indexes: vec![Index { name: "by-owner".into(), status: "ACTIVE".into(), capacity: (0, 0) }],
            replicas: self.regions.iter().filter(|other| *other != region).map(replica).collect(),
            keys: vec!["id HASH".into()],
            billing: "PAY_PER_REQUEST".into(),
            capacity: (0, 0),
            consistency: Some(if self.strong { "STRONG".into() } else { "EVENTUAL".into() }),
        }
    }
}

impl World {
    fn table(&self, region: &Region, name: &str) -> Option<&GlobalTable> {
        self.tables.iter().find(|table| table.name.as_str() == name && table.regions.contains(region))
    }

    /// The lag from the table of `region` to that of another, in seconds, as the sample of `minute` tells it; none where
    /// there is no sample.
    pub(super) fn table_lag(&self, region: &Region, name: &str, to: &Region, minute: Timestamp) -> Option<f64> {
        let table = self.table(region, name).filter(|table| table.regions.contains(to) && !table.strong)?;
        let key = keys::table(name);
        let troubles = &self.troubles;
        let stopped = [FaultKind::StaleMetric, FaultKind::ReplicationStopped];
        let is_silent = stopped.into_iter().any(|kind| troubles.active(kind, &key, minute).is_some());
        if is_silent || table.regions.iter().any(|region| troubles.gone_since(region, minute).is_some()) {
            return None;
        }
        let usual = self.dice.between(&format!("{key} lag {}", minute.as_second()), 0.3, 1.2);
        Some(troubles.lag(&key, usual, minute).unwrap_or(usual))
    }
}

/// What a question is about.
pub(super) fn of_query(_region: &Region, query: &DynamoDbQuery) -> Option<String> {
    match query {
        DynamoDbQuery::Table { name } | DynamoDbQuery::ContinuousBackups { name } => Some(keys::table(name)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &DynamoDbQuery) -> Together<'_> {
    match query {
        DynamoDbQuery::Table { .. } | DynamoDbQuery::ContinuousBackups { .. } => Together::Alone,
    }
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &DynamoDbQuery, _at: Timestamp) -> Observation {
    match query {
        DynamoDbQuery::Table { name } => {
            let table = world.table(region, name).map(|table| table.describe(region));
            DynamoDbObservation::Table { table }.into()
        }
        DynamoDbQuery::ContinuousBackups { name } => {
            let recovery = world.table(region, name).map(|_| "ENABLED".into());
            DynamoDbObservation::ContinuousBackups { recovery }.into()
        }
    }
}

/// The kind `dynamodb`: a global table.
pub(super) struct DynamoDb;

impl Simulated for DynamoDb {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::DynamoDb::of(&component.fields) else { return };
        let regions = [Side::Primary, Side::Recovery].map(|side| world.plan.application.region(side).clone());
        world.tables.push(GlobalTable { strong: said.is_strong(), name: said.table.into(), regions });
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        said::DynamoDb::of(&component.fields).map(|said| keys::table(&said.table)).into_iter().collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, _at: Timestamp) -> bool {
        let Ok(said) = said::DynamoDb::of(&component.fields) else { return false };
        world.table(world.plan.application.region(side), &said.table).is_some()
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        // Nothing is ever done to a table.
        Vec::new()
    }
}
