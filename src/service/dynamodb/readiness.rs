//! What both replicas of a table have to have alike.

use super::fields::Said;
use super::words::{self, Table};
use crate::plan::{Application, Component, Side, Weight};
use crate::service::ask::Place;
use crate::service::readiness::{Ready, Rule, Sides, Tier};
use crate::text::Clean;
use std::collections::BTreeSet;

static PARITY: Rule = Rule {
    code: "dynamodb-parity",
    wanted: "the same indexes in both regions",
    fix: "UpdateTable with the index that is missing, in the region where it is missing: it is filled for hours",
    costs: "what asks the index fails in the recovery region",
    source: "DynamoDB Developer Guide, Global tables: how they work; ARC readiness checks",
    tier: Tier::Hourly,
    weight: Weight::Slows,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&PARITY];

/// What a table is held to.
pub(super) fn of(said: &Said, component: &Component, application: &Application) -> Vec<Ready> {
    let name = Clean::new(&said.table);
    let on = |side| {
        let place = Place::of(component, application, side);
        (words::table(&place, &name), format!("table {name} in {}", place.region))
    };
    let both = Sides { old: on(Side::Primary), new: on(Side::Recovery) };
    vec![both.held_to(&PARITY, |rule, old: &Table, new: &Table| {
        let names = |table: &Table| table.indexes.iter().map(|index| index.name.clone()).collect::<BTreeSet<Clean>>();
        let (old, new) = (names(old), names(new));
        let missing: Vec<&str> = old.difference(&new).map(Clean::as_str).collect();
        match missing.as_slice() {
            [] => rule.ok(format!("{} indexes", new.len())),
            missing => rule.failing(format!("only in the primary region: {}", missing.join(", "))),
        }
    })]
}
