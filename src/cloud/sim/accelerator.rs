//! The simulated AWS Global Accelerator: endpoint groups with their dials, deployed some time after they are turned.

use super::kind::{Program, Simulated};
use super::trouble::progress;
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Accelerator as Seen, Endpoint, EndpointGroup};
use crate::service::{
    GlobalAcceleratorObservation, GlobalAcceleratorOperation, GlobalAcceleratorQuery, Observation, Receipt, said,
};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// How long it takes until a change is deployed, in seconds.
const DEPLOYS: (f64, f64) = (10.0, 40.0);
/// What an endpoint weighs unless somebody says otherwise.
const WEIGHT: u64 = 128;

/// An endpoint group: what of it changes.
#[derive(Clone, Debug)]
pub(super) struct Group {
    region: Region,
    dial: f64,
    /// When it was turned last, and how long that takes to be deployed, in seconds.
    changed: Option<(Timestamp, f64)>,
}

fn key(group: &str) -> String {
    format!("accelerator/{}", group.rsplit(':').next().unwrap_or(group))
}

/// The accelerator that a group is of.
fn accelerator_of(group: &str) -> &str {
    group.split_once("/listener/").map_or(group, |(accelerator, _)| accelerator)
}

impl World {
    fn is_deployed(&self, accelerator: &str, at: Timestamp) -> bool {
        let own = self.endpoint_groups.iter().filter(|(arn, _)| accelerator_of(arn) == accelerator);
        own.into_iter().all(|(_, group)| {
            group.changed.is_none_or(|(since, takes)| progress((since, 0.0, takes), &[], at) >= takes)
        })
    }
}

/// What a question is about.
pub(super) fn of_query(_region: &Region, query: &GlobalAcceleratorQuery) -> Option<String> {
    let (GlobalAcceleratorQuery::EndpointGroup { arn } | GlobalAcceleratorQuery::Accelerator { arn }) = query;
    Some(key(arn))
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &GlobalAcceleratorQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, _region: &Region, query: &GlobalAcceleratorQuery, at: Timestamp) -> Observation {
    match query {
        GlobalAcceleratorQuery::EndpointGroup { arn } => {
            let group = world.endpoint_groups.get(arn.as_str()).map(|group| EndpointGroup {
                arn: arn.clone(),
                region: group.region.clone(),
                dial: group.dial,
                endpoints: vec![Endpoint {
                    id: Clean::new(&format!("balancer-of-{}", group.region)),
                    weight: WEIGHT,
                    health: match world.troubles.gone_since(&group.region, at) {
                        Some(_) => "UNHEALTHY".into(),
                        None => "HEALTHY".into(),
                    },
                }],
            });
            GlobalAcceleratorObservation::EndpointGroup { group }
        }
        GlobalAcceleratorQuery::Accelerator { arn } => {
            let is_there = world.endpoint_groups.keys().any(|group| accelerator_of(group) == arn.as_str());
            let status = if world.is_deployed(arn, at) { "DEPLOYED" } else { "IN_PROGRESS" };
            let accelerator = is_there.then(|| Seen { arn: arn.clone(), status: status.into(), enabled: true });
            GlobalAcceleratorObservation::Accelerator { accelerator }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(_region: &Region, operation: &GlobalAcceleratorOperation) -> Vec<String> {
    let GlobalAcceleratorOperation::SetDial { group, .. } = operation;
    vec![key(group)]
}

/// Why it would be refused; `None` when it would be taken.
pub(super) fn refusal(
    world: &World,
    _region: &Region,
    operation: &GlobalAcceleratorOperation,
    _at: Timestamp,
) -> Option<Refusal> {
    let GlobalAcceleratorOperation::SetDial { group, .. } = operation;
    let is_there = world.endpoint_groups.contains_key(group.as_str());
    (!is_there).then(|| Refusal::new("EndpointGroupNotFoundException", "The endpoint group does not exist."))
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(
    world: &mut World,
    _region: &Region,
    operation: &GlobalAcceleratorOperation,
    at: Timestamp,
) -> Receipt {
    let GlobalAcceleratorOperation::SetDial { group: arn, dial } = operation;
    let takes = world.dice.between(&format!("{arn} to {dial}"), DEPLOYS.0, DEPLOYS.1);
    if let Some(group) = world.endpoint_groups.get_mut(arn.as_str()) {
        (group.dial, group.changed) = (*dial, Some((at, takes)));
    }
    Receipt::default()
}

/// The kind `accelerator`.
pub(super) struct Accelerator;

impl Accelerator {
    fn groups(component: &Component) -> Vec<(Side, String)> {
        let Ok(said) = said::Accelerator::of(&component.fields) else { return Vec::new() };
        let old = said.old.map(|old| (Side::Primary, old.endpoint_group));
        [(Side::Recovery, said.endpoint_group)].into_iter().chain(old).collect()
    }
}

impl Simulated for Accelerator {
    fn stand(&self, world: &mut World, component: &Component) {
        for (side, arn) in Self::groups(component) {
            let region = world.plan.application.region(side).clone();
            let dial = if side == Side::Primary { 100.0 } else { 0.0 };
            world.endpoint_groups.insert(arn, Group { region, dial, changed: None });
        }
    }

    fn keys(&self, component: &Component, _application: &Application) -> Vec<String> {
        Self::groups(component).iter().map(|(_, arn)| key(arn)).collect()
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// As far as traffic is sent to that side.
    fn works(&self, world: &World, component: &Component, side: Side, _at: Timestamp) -> bool {
        let own = Self::groups(component).into_iter().find(|(of, _)| *of == side);
        own.is_none_or(|(_, arn)| world.endpoint_groups.get(&arn).is_some_and(|group| group.dial > 0.0))
    }

    fn settled(&self, world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let all: Map<String, Value> =
            world.endpoint_groups.iter().map(|(arn, group)| (arn.clone(), json!(group.dial))).collect();
        if all.is_empty() { Vec::new() } else { vec![("dials", all)] }
    }
}
