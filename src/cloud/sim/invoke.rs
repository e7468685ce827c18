//! Simulated invocations of Lambda functions: each answers as its component wants it to, unless a fault lets it fail.

use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::lambda::key;
use super::probe::body_for;
use super::world::World;
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::Exit;
use crate::service::{Receipt, said};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// An invocation that ended well: of which component, by its place in the plan, and whether it took it back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invoked {
    component: usize,
    undo: bool,
}

/// The functions that a component invokes, each with what it is handed; the one that takes it back comes last.
fn invocations(component: &Component, region: &Region) -> Vec<(String, Option<String>)> {
    let Ok(said) = said::Invoke::of(&component.fields) else { return Vec::new() };
    let undo = said.undo.map(|undo| (key(region, undo.function.as_deref().unwrap_or(&said.function)), undo.payload));
    [(key(region, &said.function), said.payload)].into_iter().chain(undo).collect()
}

/// Takes an invocation of the function `key` at `at`.
pub(super) fn take(world: &mut World, key: &str, payload: Option<&str>, at: Timestamp) -> Receipt {
    let region = world.plan.application.region(Side::Recovery);
    let mut meant = world.plan.components.iter().enumerate().filter_map(|(place, component)| {
        let all = invocations(component, region);
        // What is handed on may hold what another component gave: then the function alone tells.
        let is_it = |(of, handed): &(String, Option<String>)| {
            of == key && handed.as_deref().is_none_or(|handed| handed.contains("${") || Some(handed) == payload)
        };
        Some((place, component, all.iter().position(is_it)? > 0))
    });
    let Some((place, component, undo)) = meant.next() else {
        return Receipt { id: None, exit: Some(Exit { code: Some(0), stdout: "null".into(), ..Exit::default() }) };
    };
    if let Some(fault) = world.troubles.active(FaultKind::CommandFails, key, at) {
        let why = fault.reason.clone().unwrap_or_else(|| "simulated: it failed".to_owned());
        let stdout = json!({ "errorMessage": why }).to_string().into();
        return Receipt { id: None, exit: Some(Exit { code: Some(1), stdout, stderr: "Unhandled error".into() }) };
    }
    let wanted = said::Invoke::of(&component.fields).map(|said| said.expect).unwrap_or_default();
    let answer = if wanted.is_empty() || undo { "null".to_owned() } else { body_for(None, wanted) };
    world.invoked.push(Invoked { component: place, undo });
    Receipt { id: None, exit: Some(Exit { code: Some(0), stdout: answer.into(), ..Exit::default() }) }
}

/// The kind `invoke`: its functions are there.
pub(super) struct Invoke;

impl Simulated for Invoke {
    fn stand(&self, world: &mut World, component: &Component) {
        let region = world.plan.application.region(Side::Recovery).clone();
        for (key, _) in invocations(component, &region) {
            world.functions.entry(key).or_default();
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        invocations(component, application.region(Side::Recovery)).into_iter().map(|(key, _)| key).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// Holds nothing up by itself, once it was invoked.
    fn works(&self, world: &World, component: &Component, side: Side, _at: Timestamp) -> bool {
        let place = world.places.get(component.name.as_str()).copied();
        let last = world.invoked.iter().rev().find(|invoked| Some(invoked.component) == place);
        side == Side::Primary || last.is_some_and(|last| !last.undo)
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let mut stands = Map::new();
        for (place, component) in world.plan.components.iter().enumerate() {
            let last = world.invoked.iter().rev().find(|invoked| invoked.component == place);
            if last.is_some_and(|last| !last.undo) {
                stands.insert(component.name.to_string(), json!("invoked"));
            }
        }
        if stands.is_empty() { Vec::new() } else { vec![("invocations", stands)] }
    }
}
