//! Which container of a task definition the plan means. Never the first one for want of a better: beside an application
//! stand proxies and log routers, and a wrong one would get its image and its values.

use super::fields::Said;
use crate::service::arn::Thing;
use crate::service::observation::{Container, EcsService, TaskDefinition};
use crate::text::Clean;
use std::collections::BTreeMap;

/// What the plan sets in a container.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    pub environment: BTreeMap<String, String>,
    pub secrets: BTreeMap<String, String>,
    pub image: Option<Clean>,
}

impl Values {
    pub fn of(said: &Said) -> Self {
        Self {
            environment: said.environment.clone(),
            secrets: said.secrets.clone(),
            image: said.image.as_deref().map(Into::into),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.environment.is_empty() && self.secrets.is_empty() && self.image.is_none()
    }

    /// Whether it sets `name`, in either place.
    pub fn sets(&self, name: &str) -> bool {
        self.environment.contains_key(name) || self.secrets.contains_key(name)
    }

    /// `container` with them: a name stands in one of the two places only, the plan's.
    pub fn set_in(&self, container: &Container) -> Container {
        let kept = |found: &BTreeMap<String, String>| -> BTreeMap<String, String> {
            found
                .iter()
                .filter(|(name, _)| !self.sets(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        let mut set = container.clone();
        set.environment = kept(&container.environment);
        set.environment.extend(self.environment.clone());
        set.secrets = kept(&container.secrets);
        set.secrets.extend(self.secrets.clone());
        set.image = self.image.clone().unwrap_or(set.image);
        set
    }

    /// The first of them that `container` does not hold. Values may be secret: only names are told.
    pub fn missing_in(&self, container: &Container) -> Option<String> {
        if let Some(image) = self.image.as_ref().filter(|image| **image != container.image) {
            return Some(format!("the image of {} is not {image}", container.name));
        }
        let differs = |wanted: &BTreeMap<String, String>, found: &BTreeMap<String, String>| {
            wanted.iter().find(|(name, value)| found.get(*name) != Some(*value)).map(|(name, _)| name.clone())
        };
        differs(&self.environment, &container.environment)
            .or_else(|| differs(&self.secrets, &container.secrets))
            .map(|name| format!("{} has not the wanted {name}", container.name))
    }
}

/// The container cannot be told.
#[derive(Debug, PartialEq)]
pub(super) struct Unclear {
    /// What there is.
    pub found: String,
    /// What would tell it.
    pub fix: String,
}

/// What the plan says of the container, and where to look when it says nothing.
pub(super) struct Meant<'a> {
    /// `container` of the plan.
    pub name: Option<&'a str>,
    /// `target_group` of the plan: of several, the container behind this one is meant.
    pub target_group: Option<&'a str>,
    pub values: &'a Values,
}

impl Meant<'_> {
    /// The container that is meant: the one that the plan names, else the only one, else the one behind the service's load
    /// balancer, unless it is another that has the very names which the plan sets.
    pub fn in_definition<'d>(
        &self,
        definition: &'d TaskDefinition,
        service: &EcsService,
    ) -> Result<&'d Container, Unclear> {
        let containers = &definition.containers;
        let called = |name: &str| containers.iter().find(|container| container.name.as_str() == name);
        let choices = containers.iter().map(|container| container.name.as_str()).collect::<Vec<_>>().join(", ");
        if let Some(name) = self.name {
            let fix = format!("give `container` one of {choices}");
            return called(name).ok_or_else(|| Unclear { found: format!("no container {name}"), fix });
        }
        if let [only] = containers.as_slice() {
            return Ok(only);
        }
        let unclear = |found: String| Unclear { found, fix: format!("give `container = \"…\"`, one of {choices}") };
        let behind = match self.behind(service).as_slice() {
            [] => return Err(unclear(format!("containers {choices}, and no load balancer that tells"))),
            [name] => called(name)
                .ok_or_else(|| unclear(format!("its load balancer's container {name} is not in {}", definition.arn)))?,
            [_, ..] => return Err(unclear(format!("containers {choices}, several behind load balancers"))),
        };
        let has_named = |container: &&Container| {
            let names = container.environment.keys().chain(container.secrets.keys());
            names.filter(|name| self.values.sets(name)).count()
        };
        let more = containers.iter().find(|other| has_named(other) > has_named(&behind));
        match more {
            None => Ok(behind),
            Some(other) => Err(unclear(format!(
                "{} is behind the load balancer, and {} has the names that are set",
                behind.name, other.name
            ))),
        }
    }

    /// The names of the containers behind the service's load balancers; behind the plan's target group, where it gives one
    /// that the service has.
    fn behind<'s>(&self, service: &'s EcsService) -> Vec<&'s str> {
        let is_in =
            |arn: &Option<Clean>, given: &str| arn.as_ref().is_some_and(|arn| Thing::TargetGroup.is(given, arn));
        let of_group = |given: &str| -> Vec<&'s str> {
            let own = service.balancers.iter();
            own.filter(|one| is_in(&one.target_group, given) || is_in(&one.alternate, given))
                .map(|one| one.container.as_str())
                .collect()
        };
        let mut names = self.target_group.map(of_group).unwrap_or_default();
        if names.is_empty() {
            names = service.balancers.iter().map(|one| one.container.as_str()).collect();
        }
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// `definition` with the values set in the container called `name`.
pub(super) fn with_values(definition: &TaskDefinition, name: &Clean, values: &Values) -> Vec<Container> {
    let set = |container: &Container| {
        if &container.name == name { values.set_in(container) } else { container.clone() }
    };
    definition.containers.iter().map(set).collect()
}
