//! The simulated AWS IAM: every role that a plan means is there, trusts who has to take it on, and may what it has to.

use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::arn::{Arn, is_arn};
use crate::service::observation::{Decision, Role, RolePolicy, Statement, Trust};
use crate::service::{IamObservation, IamQuery, Observation, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A role, of no region.
fn key(name: &str) -> String {
    format!("iam/{name}")
}

/// What a question is about.
pub(super) fn of_query(_region: &Region, query: &IamQuery) -> Option<String> {
    match query {
        IamQuery::Role { name } | IamQuery::Policies { name } | IamQuery::Simulation { name, .. } => Some(key(name)),
        IamQuery::Rights { of, .. } => Some(key(of.name())),
    }
}

/// With what others it is asked in one call.
pub(super) fn together(query: &IamQuery) -> Together<'_> {
    match query {
        IamQuery::Role { name } => Together::All(name),
        IamQuery::Policies { .. } | IamQuery::Simulation { .. } | IamQuery::Rights { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, _region: &Region, query: &IamQuery, at: Timestamp) -> Observation {
    match query {
        IamQuery::Role { name } => IamObservation::Role { role: Some(role(world, name)) }.into(),
        IamQuery::Policies { name } => IamObservation::Policies { policies: Some(policies(world, name)) }.into(),
        IamQuery::Simulation { name, actions, resources } => {
            let is_denied = world.troubles.active(FaultKind::RoleDenied, &key(name), at).is_some();
            decided(actions, resources, is_denied)
        }
        // Whoever drives may do everything.
        IamQuery::Rights { actions, resources, .. } => decided(actions, resources, false),
    }
}

fn decided(actions: &[Clean], resources: &[Clean], is_denied: bool) -> Observation {
    let any = [Clean::new("*")];
    let resources = if resources.is_empty() { &any[..] } else { resources };
    let pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    let decided = pairs.map(|(action, resource)| Decision {
        action: action.clone(),
        resource: resource.clone(),
        decision: if is_denied { "explicitDeny".into() } else { "allowed".into() },
        ..Decision::default()
    });
    IamObservation::Simulation { decisions: Some(decided.collect()) }.into()
}

/// The components that mean the role called `name`.
fn meant<'a>(world: &'a World, name: &'a str) -> impl Iterator<Item = said::Iam> + 'a {
    let saids = world.of_kind("iam").filter_map(|component| said::Iam::of(&component.fields).ok());
    saids.filter(move |said| name_of(&said.role) == name)
}

fn name_of(given: &str) -> &str {
    Arn::parse(given).map_or(given, |arn| arn.resource.rsplit('/').next().unwrap_or(given))
}

fn role(world: &World, name: &str) -> Role {
    let given = meant(world, name).map(|said| said.role).find(|given| is_arn(given));
    let made = || format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let trust = Trust {
        allows: true,
        services: meant(world, name).flat_map(|said| said.trusts).map(Into::into).collect(),
        actions: vec!["sts:AssumeRole".into()],
        ..Trust::default()
    };
    Role { arn: Clean::new(&given.unwrap_or_else(made)), trusts: Some(vec![trust]) }
}

/// What the plan wants of the role, where it is said to do it.
fn policies(world: &World, name: &str) -> Vec<RolePolicy> {
    let clean = |texts: Vec<String>| texts.into_iter().map(Clean::from).collect::<Vec<_>>();
    let statement = |said: said::Iam| Statement {
        allows: true,
        actions: clean(said.may),
        resources: if said.on.is_empty() { vec!["*".into()] } else { clean(said.on) },
        ..Statement::default()
    };
    let statements = meant(world, name).filter(|said| !said.may.is_empty()).map(statement).collect();
    vec![RolePolicy { name: Clean::new(name), statements: Some(statements) }]
}

/// The kind `iam`.
pub(super) struct Iam;

impl Simulated for Iam {
    /// Every role is there that is asked for.
    fn stand(&self, _world: &mut World, _component: &Component) {}

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        said::Iam::of(&component.fields).map(|said| key(name_of(&said.role))).into_iter().collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, _side: Side, at: Timestamp) -> bool {
        let keys = self.keys(component, &world.plan.application);
        !keys.iter().any(|key| world.troubles.active(FaultKind::RoleDenied, key, at).is_some())
    }

    /// Nothing is done to it.
    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
