//! The simulated Amazon EKS: managed node groups, each over an Auto Scaling group of its own, whose instances are its nodes.

use super::autoscaling;
use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::trouble::progress;
use super::world::{Refusal, Together, World};
use crate::plan::{Application, Component, Region, Side};
use crate::service::observation::{Nodegroup as Seen, NodegroupUpdate};
use crate::service::{EksObservation, EksOperation, EksQuery, Observation, Receipt, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// How long it takes until new sizes are taken over, in seconds.
const UPDATES: (f64, f64) = (5.0, 20.0);
const NO_CAPACITY: &str =
    "AsgInstanceLaunchFailures: Could not launch On-Demand Instances. InsufficientInstanceCapacity";

/// A node group: when its sizes were changed last, and how long that takes, in seconds.
pub(super) type Changed = Option<(Timestamp, f64)>;

fn key(region: &Region, cluster: &str, nodegroup: &str) -> String {
    format!("{region}/nodegroup/{cluster}/{nodegroup}")
}

/// What its Auto Scaling group is called.
fn group_of(cluster: &str, nodegroup: &str) -> String {
    format!("eks-{cluster}-{nodegroup}")
}

fn meant(query: &EksQuery) -> (&Clean, &Clean) {
    let (EksQuery::Nodegroup { cluster, nodegroup } | EksQuery::NodegroupUpdate { cluster, nodegroup, .. }) = query;
    (cluster, nodegroup)
}

fn is_done(changed: &Changed, at: Timestamp) -> bool {
    changed.is_none_or(|(since, takes)| progress((since, 0.0, takes), &[], at) >= takes)
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &EksQuery) -> Option<String> {
    let (cluster, nodegroup) = meant(query);
    Some(key(region, cluster, nodegroup))
}

/// With what others it is asked in one call: with none.
pub(super) fn together(_query: &EksQuery) -> Together<'_> {
    Together::Alone
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &EksQuery, at: Timestamp) -> Observation {
    let (cluster, nodegroup) = meant(query);
    let changed = world.nodegroups.get(&key(region, cluster, nodegroup));
    match query {
        EksQuery::Nodegroup { .. } => {
            let name = group_of(cluster, nodegroup);
            let nodes = autoscaling::described(world, region, &name, at);
            let short = world.troubles.active(FaultKind::ScaleShort, &keys::scaling_group(region, &name), at);
            let nodegroup = changed.zip(nodes).map(|(changed, nodes)| Seen {
                arn: Clean::new(&format!("arn:aws:eks:{region}:{ACCOUNT}:nodegroup/{cluster}/{nodegroup}/0ab1")),
                status: if is_done(changed, at) { "ACTIVE".into() } else { "UPDATING".into() },
                min: nodes.min,
                max: nodes.max,
                desired: nodes.desired,
                in_service: Some(nodes.capacity()),
                issues: match short {
                    Some(_) if nodes.capacity() < nodes.desired && is_done(changed, at) => vec![NO_CAPACITY.into()],
                    Some(_) | None => Vec::new(),
                },
                capacity_type: Some("ON_DEMAND".into()),
                types: vec!["m7g.large".into()],
                template: None,
            });
            EksObservation::Nodegroup { nodegroup }
        }
        EksQuery::NodegroupUpdate { .. } => {
            let update = changed.map(|changed| NodegroupUpdate {
                status: if is_done(changed, at) { "Successful".into() } else { "InProgress".into() },
                errors: Vec::new(),
            });
            EksObservation::NodegroupUpdate { update }
        }
    }
    .into()
}

/// What an operation is about.
pub(super) fn about(region: &Region, operation: &EksOperation) -> Vec<String> {
    let EksOperation::ScaleNodegroup { cluster, nodegroup, .. } = operation;
    vec![key(region, cluster, nodegroup)]
}

/// Why it would be refused at `at`; `None` when it would be taken.
pub(super) fn refusal(world: &World, region: &Region, operation: &EksOperation, at: Timestamp) -> Option<Refusal> {
    let EksOperation::ScaleNodegroup { cluster, nodegroup, min, max, desired } = operation;
    let Some(changed) = world.nodegroups.get(&key(region, cluster, nodegroup)) else {
        let words = format!("No node group found for name: {nodegroup}.");
        return Some(Refusal::new("ResourceNotFoundException", &words));
    };
    if !is_done(changed, at) {
        return Some(Refusal::new("ResourceInUseException", "Nodegroup cannot be updated as it is currently updating"));
    }
    let fits = (min..=max).contains(&desired);
    (!fits).then(|| Refusal::new("InvalidParameterException", "desired capacity must be between minimum and maximum"))
}

/// Takes it at `at`; what would be refused changes nothing.
pub(super) fn take(world: &mut World, region: &Region, operation: &EksOperation, at: Timestamp) -> Receipt {
    let EksOperation::ScaleNodegroup { cluster, nodegroup, min, max, desired } = operation;
    let key = key(region, cluster, nodegroup);
    let takes = world.dice.between(&format!("{key} to {desired}"), UPDATES.0, UPDATES.1);
    if let Some(changed) = world.nodegroups.get_mut(&key) {
        *changed = Some((at, takes));
        autoscaling::resize(world, region, &group_of(cluster, nodegroup), at, (*min, *max, *desired));
    }
    Receipt { id: Some(Clean::new(&format!("update-{desired}"))), exit: None }
}

/// The kind `nodegroup`: one of the recovery region without a node.
pub(super) struct Nodegroup;

impl Simulated for Nodegroup {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Nodegroup::of(&component.fields) else { return };
        let region = world.plan.application.region(Side::Recovery).clone();
        let most = said.desired.saturating_mul(2);
        autoscaling::stand(world, &region, &group_of(&said.cluster, &said.nodegroup), [0, most, 0]);
        world.nodegroups.insert(key(&region, &said.cluster, &said.nodegroup), None);
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Nodegroup::of(&component.fields) else { return Vec::new() };
        let region = application.region(Side::Recovery);
        let group = keys::scaling_group(region, &group_of(&said.cluster, &said.nodegroup));
        vec![key(region, &said.cluster, &said.nodegroup), group]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    /// As far as there are nodes for what runs on them.
    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Nodegroup::of(&component.fields) else { return false };
        let region = world.plan.application.region(side);
        let nodes = autoscaling::described(world, region, &group_of(&said.cluster, &said.nodegroup), at);
        side == Side::Primary || nodes.is_some_and(|nodes| nodes.capacity() > 0)
    }

    /// Its nodes are told with those of all Auto Scaling groups.
    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}
