//! What is simulated of Terraform: nothing is run. A root module has so much to add until it is applied, and nothing to do from
//! then on.

use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::probe::Ran;
use super::world::World;
use crate::plan::{Application, Component, Side};
use crate::service::observation::Exit;
use crate::service::terraform::words::{Answer, Deed, Planned, Question, Verb};
use crate::service::{Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What a question about a root module is about.
pub(super) fn about(component: &Clean) -> String {
    keys::component(component)
}

/// Whether what is planned for the component at `place` was applied.
fn is_applied(world: &World, place: usize) -> bool {
    world.ran.iter().rev().find(|ran| ran.component == place).is_some_and(|ran| ran.well)
}

/// So much is added: what it gives, and what that stands on.
fn to_add(world: &World, place: usize) -> Planned {
    let component = &world.plan.components[place];
    let given = said::Terraform::of(&component.fields).map_or(0, |said| said.outputs.len());
    let (add, outputs) = (given as u64 + 2, given as u64);
    let digest = Clean::new(&format!("simulated-{:016x}", world.dice.bits(&format!("terraform {}", component.name))));
    Planned { add, outputs, digest, ..Planned::default() }
}

/// What `question` is answered.
pub(super) fn see(world: &World, question: &Question) -> Answer {
    let Some(place) = world.places.get(question.module.component.as_str()).copied() else {
        return Answer { planned: Some(Planned::default()), ..Answer::default() };
    };
    let (to_add, is_applied) = (to_add(world, place), is_applied(world, place));
    let running = question.applied.as_ref().map(|_| false);
    match question.verb {
        Verb::There => Answer::default(),
        Verb::Saved => Answer { saved: (!is_applied).then_some(to_add.digest), ..Answer::default() },
        Verb::Plan | Verb::Settled if !is_applied => Answer { planned: Some(to_add), running, ..Answer::default() },
        Verb::Plan | Verb::Settled => {
            let given = |name: &String| (name.clone(), Clean::new(&format!("simulated-{name}")));
            let outputs = question.outputs.iter().map(given).collect();
            let secret = question.in_confidence.clone();
            Answer { planned: Some(Planned::default()), running, outputs, secret, ..Answer::default() }
        }
    }
}

/// Applies what was planned at `at`.
pub(super) fn take(world: &mut World, deed: &Deed, at: Timestamp) -> Receipt {
    let name = deed.module.component.as_str();
    let fault = world.troubles.active(FaultKind::CommandFails, &keys::component(name), at);
    let failed = fault.map(|fault| fault.reason.clone().unwrap_or_else(|| "Error: simulated: it failed".to_owned()));
    if let Some(component) = world.places.get(name).copied() {
        world.ran.push(Ran { component, undo: false, well: failed.is_none() });
    }
    let (code, stderr) = failed.map_or((0, Clean::default()), |why| (1, Clean::new(&why)));
    Receipt { id: None, exit: Some(Exit { code: Some(code), stdout: Clean::default(), stderr }) }
}

/// The kind `terraform`.
pub(super) struct Terraform;

impl Simulated for Terraform {
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, _component: &Component, _application: &Application) -> Vec<String> {
        Vec::new()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// What needs it in the recovery region works once it is applied.
    fn works(&self, world: &World, component: &Component, side: Side, _at: Timestamp) -> bool {
        let place = world.places.get(component.name.as_str()).copied();
        side == Side::Primary || place.is_some_and(|place| is_applied(world, place))
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let components = world.plan.components.iter().enumerate();
        let modules = components.filter(|(_, component)| component.kind.as_str() == "terraform");
        let applied = modules.filter(|(place, _)| is_applied(world, *place));
        let stands: Map<String, Value> = applied.map(|(_, one)| (one.name.to_string(), json!("applied"))).collect();
        if stands.is_empty() { Vec::new() } else { vec![("modules", stands)] }
    }
}
