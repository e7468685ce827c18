//! The simulated Parameter Store: parameters of both regions with their versions. Values are kept as they are sent: sealed.

use super::kind::{Program, Simulated};
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::StoredParameter;
use crate::service::said;
use crate::service::{Observation, ParameterObservation, ParameterOperation, ParameterQuery, Receipt};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How many parameters are asked for in one call.
const NAMES: usize = 10;
/// The type whose value is not told.
const SECURE: &str = "SecureString";

/// A version of a parameter; the first is 1.
#[derive(Clone, Debug)]
pub(super) struct Version {
    kind: Clean,
    value: String,
}

/// What a parameter is called.
fn key(region: &Region, name: &str) -> String {
    format!("{region}/ssm/{name}")
}

fn name_of(operation: &ParameterOperation) -> &Clean {
    match operation {
        ParameterOperation::PutParameter { name, .. }
        | ParameterOperation::RestoreParameter { name, .. }
        | ParameterOperation::DeleteParameter { name } => name,
    }
}

impl World {
    fn parameter(&self, region: &Region, name: &Clean) -> Option<StoredParameter> {
        let versions = self.parameters.get(&key(region, name))?;
        let Version { kind, value } = versions.last()?.clone();
        let value = (kind.as_str() != SECURE).then_some(value);
        Some(StoredParameter { name: name.clone(), kind, version: versions.len() as u64, value })
    }
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &ParameterQuery) -> Option<String> {
    match query {
        ParameterQuery::Parameter { name } => Some(key(region, name)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &ParameterQuery) -> Together<'_> {
    match query {
        ParameterQuery::Parameter { .. } => Together::UpTo(NAMES, ""),
    }
}

/// What it is answered.
pub(super) fn see(world: &World, region: &Region, query: &ParameterQuery, _at: Timestamp) -> Observation {
    match query {
        ParameterQuery::Parameter { name } => {
            ParameterObservation::Parameter { parameter: world.parameter(region, name) }.into()
        }
    }
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &ParameterOperation) -> Vec<String> {
    vec![key(region, name_of(operation))]
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    region: &Region,
    operation: &ParameterOperation,
    _at: Timestamp,
) -> Option<Refusal> {
    let there = world.parameter(region, name_of(operation));
    match (operation, there) {
        (ParameterOperation::PutParameter { .. }, _) | (ParameterOperation::DeleteParameter { .. }, Some(_)) => None,
        (ParameterOperation::RestoreParameter { over, .. }, Some(found)) => (found.version != *over)
            .then(|| Refusal::new("ParameterChanged", &format!("version {} is the newest", found.version))),
        (ParameterOperation::RestoreParameter { name, .. } | ParameterOperation::DeleteParameter { name }, None) => {
            Some(Refusal::new("ParameterNotFound", &format!("Parameter {name} not found.")))
        }
    }
}

/// Takes it; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &ParameterOperation, _at: Timestamp) -> Receipt {
    let key = key(region, name_of(operation));
    let versions = world.parameters.entry(key.clone()).or_default();
    match operation {
        ParameterOperation::PutParameter { value, kind, .. } => {
            let kind = kind.clone().or_else(|| versions.last().map(|last| last.kind.clone()));
            versions.push(Version { kind: kind.unwrap_or_else(|| "String".into()), value: value.clone() });
        }
        ParameterOperation::RestoreParameter { version, .. } => {
            let before = usize::try_from(version.saturating_sub(1)).ok().and_then(|place| versions.get(place).cloned());
            versions.extend(before);
        }
        ParameterOperation::DeleteParameter { .. } => {
            world.parameters.remove(&key);
            return Receipt::default();
        }
    }
    Receipt { id: Some(Clean::new(&versions.len().to_string())), exit: None }
}

/// The kind `parameter`: there is one in both regions, with another value than the plan wants.
pub(super) struct Parameter;

impl Simulated for Parameter {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Parameter::of(&component.fields) else { return };
        let kind = Clean::new(said.r#type.as_deref().unwrap_or("String"));
        for key in self.keys(component, &world.plan.application) {
            world.parameters.insert(key, vec![Version { kind: kind.clone(), value: "old".to_owned() }]);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Parameter::of(&component.fields) else { return Vec::new() };
        [Side::Primary, Side::Recovery].map(|side| key(application.region(side), &said.name)).into()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, _at: Timestamp) -> bool {
        let Ok(said) = said::Parameter::of(&component.fields) else { return false };
        world.parameter(world.plan.application.region(side), &said.name.into()).is_some()
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all = world.parameters.iter().filter_map(|(key, versions)| {
            let newest = versions.last()?;
            Some((key.clone(), json!({ "kind": newest.kind, "value": newest.value })))
        });
        let all: Map<String, Value> = all.collect();
        if all.is_empty() { Vec::new() } else { vec![("parameters", all)] }
    }
}
