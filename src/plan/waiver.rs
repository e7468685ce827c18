//! `[[waive]]`: readiness findings that are known, with a reason and a last day.

use super::diagnostic::{PlanError, nearest};
use super::kind::{Field, Kinds, Takes};
use super::model::{Component, Waiver};
use super::names::ComponentName;
use super::value::{self, kind_of};
use crate::text::Clean;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// The fields of `[[waive]]`.
pub const WAIVER: &[Field] = &[
    Field::required("code", Takes::Text, "the code of the readiness rule; `landfall kinds NAME` lists them"),
    Field::optional("component", Takes::Text, "of this component only"),
    Field::required(
        "until",
        Takes::Text,
        "the last day on which it counts, as 2027-01-31; from then on it fails again",
    ),
    Field::required("why", Takes::Text, "why it is lived with: shown wherever the finding is"),
];

/// The waivers of a plan; what is wrong with one is told at its place.
pub(super) fn read(
    root: &DeTable<'_>,
    components: &[Component],
    kinds: &dyn Kinds,
    errors: &mut Vec<PlanError>,
) -> Vec<Waiver> {
    let Some(all) = root.get("waive") else { return Vec::new() };
    let DeValue::Array(entries) = all.get_ref() else {
        let message = format!("`waive` takes a list of tables, not {}", kind_of(all.get_ref()));
        errors.push(PlanError::new(all.span(), message, "not a list", "write [[waive]]"));
        return Vec::new();
    };
    let mut waivers = Vec::new();
    for entry in entries.iter() {
        let DeValue::Table(table) = entry.get_ref() else {
            let message = format!("`waive` takes tables, not {}", kind_of(entry.get_ref()));
            errors.push(PlanError::new(entry.span(), message, "not a table", "write [[waive]]"));
            continue;
        };
        let told = errors.len();
        let fields = value::read_table("a waiver", table, entry.span(), WAIVER, &[], errors);
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let place = |field: &str| table.get(field).map_or_else(|| entry.span(), toml::Spanned::span);
        if errors.len() > told {
            continue;
        }
        let (code, why, until) = (text("code"), text("why"), text("until"));
        let rules = kinds.rules();
        if !rules.contains(&code.as_str()) {
            let message = format!("there is no readiness rule `{code}` to waive");
            errors.push(PlanError::new(place("code"), message, "no such rule", nearest(&code, &rules)));
        }
        if why.is_empty() {
            errors.push(PlanError::new(place("why"), "a waiver says why", "nothing", "whoever reads it later asks"));
        }
        let component = Some(text("component")).filter(|name| !name.is_empty());
        if let Some(name) = &component
            && !components.iter().any(|component| component.name.as_str() == name)
        {
            let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
            let message = format!("the plan has no component `{name}`");
            errors.push(PlanError::new(place("component"), message, "no such component", nearest(name, &names)));
        }
        let Ok(until) = until.parse() else {
            let message = format!("`{until}` is not a day");
            errors.push(PlanError::new(place("until"), message, "not a day", "write it as 2027-01-31"));
            continue;
        };
        let component = component.map(|name| ComponentName::new(&name));
        waivers.push(Waiver { code: Clean::new(&code), component, until, why: Clean::new(&why) });
    }
    waivers
}
