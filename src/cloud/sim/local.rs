//! What is simulated of where Landfall runs: addresses that answer, and programs. What they answer is told in
//! [`super::probe`].

use super::kind::{Program, Simulated};
use super::world::{Together, World};
use super::{keys, plugin, terraform};
use crate::plan::{Application, Component, Side};
use crate::service::{LocalObservation, LocalOperation, LocalQuery, Observation, Receipt, said};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What a question is about: no single thing.
pub(super) fn of_query(query: &LocalQuery) -> Option<String> {
    match query {
        LocalQuery::Http(_) | LocalQuery::Tcp { .. } | LocalQuery::Look(_) => None,
        LocalQuery::Plugin(question) => Some(keys::component(&question.about.component)),
        LocalQuery::Terraform(question) => Some(terraform::about(&question.module.component)),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &LocalQuery) -> Together<'_> {
    match query {
        LocalQuery::Http(_)
        | LocalQuery::Tcp { .. }
        | LocalQuery::Look(_)
        | LocalQuery::Plugin(_)
        | LocalQuery::Terraform(_) => Together::Alone,
    }
}

/// What it is answered at `at`, `millis` after it was asked.
pub(super) fn see(world: &World, query: &LocalQuery, millis: u64, at: Timestamp) -> Observation {
    match query {
        LocalQuery::Http(probe) => LocalObservation::Http(world.http(probe, millis, at)),
        LocalQuery::Tcp { host, port } => LocalObservation::Tcp(world.tcp(host, *port, millis, at)),
        LocalQuery::Look(invocation) => LocalObservation::Exit(world.looked(invocation, at)),
        LocalQuery::Plugin(question) => LocalObservation::Plugin(Box::new(plugin::see(world, question, at))),
        LocalQuery::Terraform(question) => LocalObservation::Terraform(Box::new(terraform::see(world, question))),
    }
    .into()
}

/// Takes an operation at `at`. None is refused: what a program says is its exit code.
pub(super) fn take(world: &mut World, operation: &LocalOperation, at: Timestamp) -> Receipt {
    match operation {
        LocalOperation::Run(invocation) => {
            let (exit, ran) = world.run(invocation, at);
            world.ran.extend(ran);
            Receipt { id: None, exit: Some(exit) }
        }
        LocalOperation::Plugin(deed) => plugin::take(world, deed, at),
        LocalOperation::Terraform(deed) => terraform::take(world, deed, at),
    }
}

macro_rules! nothing_stands {
    () => {
        fn stand(&self, _world: &mut World, _component: &Component) {}

        fn keys(&self, _component: &Component, _application: &Application) -> Vec<String> {
            Vec::new()
        }

        /// Checks, commands and people hold nothing up by themselves.
        fn works(&self, _world: &World, _component: &Component, _side: Side, _at: Timestamp) -> bool {
            true
        }
    };
}

/// The kinds `http` and `tcp`.
pub(super) struct Check;

impl Simulated for Check {
    nothing_stands!();

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}

/// The kind `command`.
pub(super) struct Command;

impl Simulated for Command {
    nothing_stands!();

    fn programs(&self, component: &Component) -> Vec<(Vec<String>, Program)> {
        let Ok(said) = said::Command::of(&component.fields) else { return Vec::new() };
        let given = [(Some(said.run), Program::Run), (said.verify, Program::Verify), (said.undo, Program::Undo)];
        given.into_iter().filter_map(|(program, part)| program.map(|program| (program, part))).collect()
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let commands = world.plan.components.iter().enumerate().filter_map(|(place, component)| {
            let last = world.ran.iter().rev().find(|ran| ran.component == place && ran.well);
            last.filter(|ran| !ran.undo).map(|_| (component.name.to_string(), json!("run")))
        });
        vec![("commands", commands.collect())]
    }
}

/// The kind `manual`.
pub(super) struct Manual;

impl Simulated for Manual {
    nothing_stands!();

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
