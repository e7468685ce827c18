//! The simulated Elastic Load Balancing: what stands there, and what it answers. Nothing is done to it.

use super::database::ACCOUNT;
use super::fault::FaultKind;
use super::keys;
use super::kind::{Program, Simulated};
use super::world::{Together, World};
use crate::plan::{Application, Component, Plan, Region, Side};
use crate::service::arn::{Thing, elsewhere, is_arn};
use crate::service::observation::{Forward, LoadBalancer as Balancer, Target, TargetGroup};
use crate::service::{ElbObservation, ElbQuery, Observation, said};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// The most targets of its own that a target group has; a journal may ask for any number.
const TARGETS: u64 = 10_000;

/// A target group.
#[derive(Default)]
pub struct Group {
    /// Its ARN.
    pub arn: Clean,
    /// The ARNs of the load balancers that route to it.
    pub balancers: Vec<Clean>,
    /// How many targets it has beside the tasks and instances that register.
    pub own: u64,
    /// The services whose tasks register, and the groups whose instances do, by key.
    pub services: Vec<String>,
}

/// What a question is about.
pub(super) fn of_query(region: &Region, query: &ElbQuery) -> Option<String> {
    Some(match query {
        ElbQuery::TargetHealth { target_group } => keys::targets(region, target_group),
        ElbQuery::LoadBalancer { name } | ElbQuery::Forwards { balancer: name } => keys::balancer(region, name),
    })
}

/// With what others it is asked in one call.
pub(super) fn together(query: &ElbQuery) -> Together<'_> {
    match query {
        ElbQuery::LoadBalancer { .. } => Together::All(""),
        ElbQuery::TargetHealth { .. } | ElbQuery::Forwards { .. } => Together::Alone,
    }
}

/// What it is answered at `at`.
pub(super) fn see(world: &World, region: &Region, query: &ElbQuery, at: Timestamp) -> Observation {
    let find = |name: &str| {
        let found = world.balancers.get(&keys::balancer(region, name));
        found.filter(|balancer| Thing::LoadBalancer.is(name, &balancer.arn))
    };
    match query {
        ElbQuery::TargetHealth { target_group } => {
            ElbObservation::TargetHealth { group: world.target_group(region, target_group, at) }
        }
        ElbQuery::LoadBalancer { name } => ElbObservation::LoadBalancer { load_balancer: find(name).cloned() },
        ElbQuery::Forwards { balancer } => {
            ElbObservation::Forwards { to: find(balancer).map(|balancer| world.forwards(&balancer.arn)) }
        }
    }
    .into()
}

/// The kind `load-balancer`: one of each region, and the target group behind it.
pub(super) struct LoadBalancer;

impl Simulated for LoadBalancer {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::LoadBalancer::of(&component.fields) else { return };
        let (name, group) = (said.name, said.target_group);
        for side in [Side::Primary, Side::Recovery] {
            let region = world.plan.application.region(side).clone();
            let balancer = balancer(&region, &name);
            let arn = group_arn(&world.plan, &region, &group);
            let behind = world.groups.entry(keys::targets(&region, &group)).or_default();
            behind.arn = arn;
            behind.balancers.push(balancer.arn.clone());
            behind.own = said.healthy.min(TARGETS);
            world.balancers.insert(keys::balancer(&region, &name), balancer);
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let recovery = application.region(Side::Recovery);
        let Ok(said) = said::LoadBalancer::of(&component.fields) else { return Vec::new() };
        vec![keys::balancer(recovery, &said.name), keys::targets(recovery, &said.target_group)]
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let region = world.plan.application.region(side);
        let said = said::LoadBalancer::of(&component.fields);
        side == Side::Primary || said.is_ok_and(|said| world.healthy(region, &said.target_group, at) > 0)
    }

    /// Nothing is done to it.
    fn settled(&self, _world: &World, _at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        Vec::new()
    }
}

impl World {
    /// How many targets of a group are healthy at `at`.
    pub(super) fn healthy(&self, region: &Region, group: &str, at: Timestamp) -> u64 {
        self.target_group(region, group, at).map_or(0, |group| group.healthy())
    }

    fn target_group(&self, region: &Region, name: &str, at: Timestamp) -> Option<TargetGroup> {
        let key = keys::targets(region, name);
        let group = self.groups.get(&key).filter(|group| Thing::TargetGroup.is(name, &group.arn))?;
        let unhealthy = self.troubles.active(FaultKind::TargetsUnhealthy, &key, at).is_some();
        // A group that no service of the plan registers with has as many healthy targets as the plan waits for.
        let own = if group.services.is_empty() { group.own } else { 0 };
        let mut targets: Vec<Target> = (0..own).map(|nth| own_target(nth, unhealthy)).collect();
        let services = group.services.iter().filter_map(|key| self.services.get(key));
        targets.extend(services.flat_map(|service| service.targets(&self.troubles, unhealthy, at)));
        let groups = group.services.iter().filter_map(|key| self.scaling_groups.get(key));
        targets.extend(groups.flat_map(|group| group.targets(&self.troubles, unhealthy, at)));
        Some(TargetGroup { arn: group.arn.clone(), balancers: group.balancers.clone(), targets })
    }

    /// Every group behind the load balancer with this ARN.
    fn forwards(&self, balancer: &Clean) -> Vec<Forward> {
        let behind = self.groups.values().filter(|group| group.balancers.contains(balancer));
        behind.map(|group| Forward { group: group.arn.clone(), weight: None }).collect()
    }
}

fn own_target(nth: u64, unhealthy: bool) -> Target {
    let (state, reason) =
        if unhealthy { ("unhealthy", Some("Target.FailedHealthChecks".into())) } else { ("healthy", None) };
    Target { id: Clean::new(&format!("i-{nth:017x}")), port: None, state: state.into(), reason }
}

/// The ARN of a target group in `region`: the plan's own, where one of its components gives one of that region.
pub(super) fn group_arn(plan: &Plan, region: &Region, given: &str) -> Clean {
    let name = Thing::TargetGroup.name(given);
    let told = plan.components.iter().filter_map(|component| match component.kind.as_str() {
        "ecs" => said::Ecs::of(&component.fields).ok()?.target_group,
        "autoscaling" => said::AutoScaling::of(&component.fields).ok()?.target_group,
        "load-balancer" => said::LoadBalancer::of(&component.fields).ok().map(|said| said.target_group),
        _ => None,
    });
    let mut arns = told.filter(|told| is_arn(told) && elsewhere(told, region).is_none());
    let made = || format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:targetgroup/{name}/51m");
    Clean::new(&arns.find(|told| Thing::TargetGroup.name(told) == name).unwrap_or_else(made))
}

/// The load balancer that a plan calls `given`, in `region`.
pub(super) fn balancer(region: &Region, given: &str) -> Balancer {
    let name = Thing::LoadBalancer.name(given);
    let made = format!("arn:aws:elasticloadbalancing:{region}:{ACCOUNT}:loadbalancer/app/{name}/51m");
    let is_of_this_region = is_arn(given) && elsewhere(given, region).is_none();
    Balancer {
        arn: if is_of_this_region { given.into() } else { Clean::new(&made) },
        dns_name: Clean::new(&format!("{name}-1251m.{region}.elb.amazonaws.com")),
        zone_id: Clean::new(&format!("Z51M{}", region.as_str().replace('-', "").to_ascii_uppercase())),
        state: "active".into(),
    }
}
