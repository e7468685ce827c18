//! The services that a plan speaks of: as they stand before anything is done, whether they work, and what of them comes
//! to rest.

use super::containers::Service;
use super::elb::group_arn;
use super::keys;
use super::kind::{Program, Simulated};
use super::world::World;
use crate::plan::{Application, Component, Region, Side};
use crate::service::arn::Thing;
use crate::service::observation::{Container, ContainerLog, ScalableTarget};
use crate::service::said;
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The kind `ecs`: a service of the recovery region, and the one it takes over from.
pub(super) struct Ecs;

impl Simulated for Ecs {
    fn stand(&self, world: &mut World, component: &Component) {
        let Ok(said) = said::Ecs::of(&component.fields) else { return };
        let application = world.plan.application.clone();
        let (primary, recovery) = (application.region(Side::Primary), application.region(Side::Recovery));
        let (cluster, name) = names(&said.cluster, &said.service);
        let (desired, given) = (said.desired, said.target_group.as_ref());
        let [group, old_group] =
            [recovery, primary].map(|region| given.map(|given| group_arn(&world.plan, region, given)));
        let family = said.family.clone().unwrap_or_else(|| name.to_owned());
        let container = old_container(&said, name, primary);
        let definition = world.definitions.stand(recovery, &family, container.clone());
        let limits = |min: u64, least: u64| {
            let max = desired.max(min).saturating_mul(2);
            ScalableTarget { min: least, max, ..ScalableTarget::default() }
        };
        world.add_service(Service::standing(
            recovery,
            (cluster, name),
            (group, container.name.clone()),
            definition,
            0,
            world.started_at,
        ));
        if let Some(min) = said.min {
            world.limits.insert(keys::service(recovery, cluster, name), limits(min, 0));
        }
        if let Some(old) = &said.old {
            let (cluster, name) = names(&old.cluster, &old.service);
            let definition = world.definitions.stand(primary, name, container.clone());
            let behind = (old_group, container.name);
            world.add_service(Service::standing(
                primary,
                (cluster, name),
                behind,
                definition,
                desired,
                world.started_at,
            ));
            if let Some(min) = said.min {
                world.limits.insert(keys::service(primary, cluster, name), limits(min, min));
            }
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let Ok(said) = said::Ecs::of(&component.fields) else { return Vec::new() };
        let recovery = application.region(Side::Recovery);
        let family = said.family.as_deref().unwrap_or_else(|| Thing::Service.name(&said.service));
        let mut keys = vec![keys::service(recovery, &said.cluster, &said.service), keys::family(recovery, family)];
        keys.extend(said.target_group.map(|group| keys::targets(recovery, &group)));
        keys
    }

    fn programs(&self, _component: &Component) -> Vec<(Vec<String>, Program)> {
        Vec::new()
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let Ok(said) = said::Ecs::of(&component.fields) else { return false };
        let region = world.plan.application.region(side);
        let runs = |cluster: &str, service: &str| world.running(region, cluster, service, at) > 0;
        match side {
            Side::Primary => said.old.is_none_or(|old| runs(&old.cluster, &old.service)),
            Side::Recovery => {
                let healthy = said.target_group.map(|group| world.healthy(region, &group, at));
                runs(&said.cluster, &said.service) && healthy.is_none_or(|healthy| healthy > 0)
            }
        }
    }

    fn settled(&self, world: &World, at: Timestamp) -> Vec<(&'static str, Map<String, Value>)> {
        let services = world.services.iter().map(|(key, service)| {
            let value = json!({
                "desired": service.desired(), "task_definition": service.definition(),
                "running": service.running(&world.troubles, at), "limits": world.limits.get(key),
            });
            (key.clone(), value)
        });
        let definitions = world.definitions.active().map(|active| (active.arn.to_string(), json!(active.containers)));
        vec![("services", services.collect()), ("task_definitions", definitions.collect())]
    }
}

/// A cluster and a service, whether given by name or ARN.
fn names<'a>(cluster: &'a str, service: &'a str) -> (&'a str, &'a str) {
    (Thing::Cluster.name(cluster), Thing::Service.name(service))
}

/// A container that holds the values of a good day in the primary region.
fn old_container(said: &said::Ecs, name: &str, primary: &Region) -> Container {
    let old =
        |key: &String| (key.clone(), format!("{}.{primary}.internal", key.to_ascii_lowercase().replace('_', "-")));
    Container {
        name: said.container.as_deref().unwrap_or(name).into(),
        image: Clean::new(&format!("{name}:current")),
        environment: said.environment.keys().map(old).collect(),
        secrets: said.secrets.keys().map(old).collect(),
        ports: vec![8080],
        log: Some(ContainerLog { group: Clean::new(&format!("/ecs/{name}")), region: None, creates: false }),
        ..Container::default()
    }
}
