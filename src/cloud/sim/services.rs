//! The services that a plan speaks of: as they stand before anything is done, whether they work, and what of them comes
//! to rest.

use super::containers::Service;
use super::elb::group_arn;
use super::keys;
use super::kind::{Program, Simulated};
use super::world::World;
use crate::plan::{Application, Component, Fields, Region, Side};
use crate::service::arn::Thing;
use crate::service::observation::{Container, ScalableTarget};
use crate::text::Clean;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// The kind `ecs`: a service of the recovery region, and the one it takes over from.
pub(super) struct Ecs;

impl Simulated for Ecs {
    fn stand(&self, world: &mut World, component: &Component) {
        let fields = &component.fields;
        let application = world.plan.application.clone();
        let (primary, recovery) = (application.region(Side::Primary), application.region(Side::Recovery));
        let (cluster, name) = service_names(fields);
        let desired = fields.count("desired").unwrap_or_default();
        let given = fields.text("target_group");
        let [group, old_group] =
            [recovery, primary].map(|region| given.as_ref().map(|given| group_arn(&world.plan, region, given)));
        let family = fields.text("family").unwrap_or_else(|| name.clone());
        let container = old_container(fields, &name, primary);
        let definition = world.definitions.stand(recovery, &family, container.clone());
        let limits = |min: u64, least: u64| {
            let max = desired.max(min).saturating_mul(2);
            ScalableTarget { min: least, max, ..ScalableTarget::default() }
        };
        world.add_service(Service::standing(
            recovery,
            (&cluster, &name),
            (group, container.name.clone()),
            definition,
            0,
            world.started_at,
        ));
        if let Some(min) = fields.count("min") {
            world.limits.insert(keys::service(recovery, &cluster, &name), limits(min, 0));
        }
        if let Some(old) = fields.table("old") {
            let (cluster, name) = service_names(&old);
            let definition = world.definitions.stand(primary, &name, container.clone());
            let behind = (old_group, container.name);
            world.add_service(Service::standing(
                primary,
                (&cluster, &name),
                behind,
                definition,
                desired,
                world.started_at,
            ));
            if let Some(min) = fields.count("min") {
                world.limits.insert(keys::service(primary, &cluster, &name), limits(min, min));
            }
        }
    }

    fn keys(&self, component: &Component, application: &Application) -> Vec<String> {
        let (fields, recovery) = (&component.fields, application.region(Side::Recovery));
        let text = |name: &str| fields.required(name);
        let family_of_service = || Thing::Service.name(&text("service")).to_owned();
        let mut keys = vec![
            keys::service(recovery, &text("cluster"), &text("service")),
            keys::family(recovery, &fields.text("family").unwrap_or_else(family_of_service)),
        ];
        keys.extend(fields.text("target_group").map(|group| keys::targets(recovery, &group)));
        keys
    }

    fn programs(&self) -> &'static [(&'static str, Program)] {
        &[]
    }

    fn works(&self, world: &World, component: &Component, side: Side, at: Timestamp) -> bool {
        let fields = &component.fields;
        let region = world.plan.application.region(side);
        let runs = |of: &Fields| world.running(region, &of.required("cluster"), &of.required("service"), at) > 0;
        match side {
            Side::Primary => fields.table("old").is_none_or(|old| runs(&old)),
            Side::Recovery => {
                let healthy = fields.text("target_group").map(|group| world.healthy(region, &group, at));
                runs(fields) && healthy.is_none_or(|healthy| healthy > 0)
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

/// The cluster and the service that `fields` name, whether by name or ARN.
fn service_names(fields: &Fields) -> (String, String) {
    let (cluster, service) = (fields.required("cluster"), fields.required("service"));
    (Thing::Cluster.name(&cluster).to_owned(), Thing::Service.name(&service).to_owned())
}

/// A container that holds the values of a good day in the primary region.
fn old_container(fields: &Fields, name: &str, primary: &Region) -> Container {
    let old =
        |key: &String| (key.clone(), format!("{}.{primary}.internal", key.to_ascii_lowercase().replace('_', "-")));
    Container {
        name: fields.text("container").unwrap_or_else(|| name.to_owned()).into(),
        image: Clean::new(&format!("{name}:current")),
        environment: fields.texts("environment").keys().map(old).collect(),
        secrets: fields.texts("secrets").keys().map(old).collect(),
    }
}
