//! Simulated ECS task definitions: families and their revisions.

use super::database::ACCOUNT;
use super::keys::family_of;
use crate::plan::Region;
use crate::service::observation::{Container, TaskDefinition};
use crate::text::Clean;
use std::collections::BTreeMap;

/// The families of both regions.
#[derive(Default)]
pub struct Definitions {
    families: BTreeMap<(Region, String), Vec<TaskDefinition>>,
}

impl Definitions {
    /// A family's first revision; gives its ARN. The first one said of a family stands.
    pub fn stand(&mut self, region: &Region, family: &str, container: Container) -> Clean {
        let revisions = self.families.entry((region.clone(), family.to_owned())).or_default();
        if revisions.is_empty() {
            revisions.push(revision(region, family, 1, vec![container]));
        }
        revisions[0].arn.clone()
    }

    /// What DescribeTaskDefinition finds: that revision, or the family's newest active one.
    pub fn find(&self, region: &Region, name: &str) -> Option<&TaskDefinition> {
        let revisions = self.families.get(&(region.clone(), family_of(name).to_owned()))?;
        let short = name.rsplit('/').next().unwrap_or(name);
        match short.split_once(':') {
            Some((_, number)) => {
                let number: u64 = number.parse().ok()?;
                revisions.iter().find(|definition| definition.revision == number)
            }
            None => revisions.iter().rev().find(|definition| definition.status.as_str() == "ACTIVE"),
        }
    }

    /// Whether `from` is there and has the container called so; has one only, without a name.
    pub fn has_container(&self, region: &Region, from: &str, name: Option<&Clean>) -> bool {
        self.find(region, from).is_some_and(|definition| match name {
            Some(name) => definition.containers.iter().any(|container| &container.name == name),
            None => definition.containers.len() == 1,
        })
    }

    /// RegisterTaskDefinition from `from`, with values set in the container called so; gives the new revision's ARN.
    pub fn register(
        &mut self,
        region: &Region,
        from: &str,
        name: Option<&Clean>,
        (environment, secrets): (&BTreeMap<String, String>, &BTreeMap<String, String>),
        image: Option<&Clean>,
    ) -> Option<Clean> {
        let mut containers = self.find(region, from)?.containers.clone();
        for container in containers.iter_mut().filter(|container| name.is_none_or(|name| &container.name == name)) {
            // A name stands in one of the two places only.
            container.environment.retain(|name, _| !secrets.contains_key(name));
            container.environment.extend(environment.clone());
            container.secrets.retain(|name, _| !environment.contains_key(name));
            container.secrets.extend(secrets.clone());
            container.image = image.unwrap_or(&container.image).clone();
        }
        let family = family_of(from).to_owned();
        let revisions = self.families.get_mut(&(region.clone(), family.clone()))?;
        let number = revisions.last().map_or(0, |newest| newest.revision) + 1;
        let made = revision(region, &family, number, containers);
        let arn = made.arn.clone();
        revisions.push(made);
        Some(arn)
    }

    /// DeregisterTaskDefinition.
    pub fn deregister(&mut self, region: &Region, arn: &str) {
        let Some(number) = self.find(region, arn).map(|definition| definition.revision) else { return };
        let family = (region.clone(), family_of(arn).to_owned());
        let revisions = self.families.get_mut(&family).into_iter().flatten();
        for definition in revisions.filter(|definition| definition.revision == number) {
            definition.status = "INACTIVE".into();
        }
    }

    /// Every active revision.
    pub fn active(&self) -> impl Iterator<Item = &TaskDefinition> {
        self.families.values().flatten().filter(|definition| definition.status.as_str() == "ACTIVE")
    }
}

fn revision(region: &Region, family: &str, number: u64, containers: Vec<Container>) -> TaskDefinition {
    TaskDefinition {
        arn: Clean::new(&format!("arn:aws:ecs:{region}:{ACCOUNT}:task-definition/{family}:{number}")),
        family: family.into(),
        revision: number,
        status: "ACTIVE".into(),
        containers,
        sizes_and_roles: vec![
            "256".into(),
            "512".into(),
            "".into(),
            Clean::new(&format!("arn:aws:iam::{ACCOUNT}:role/{family}-execution")),
        ],
    }
}
