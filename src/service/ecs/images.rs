//! Whether what is brought up can pull its images. One that is not in the recovery region's registry would only be found
//! out by tasks that cannot start (`CannotPullContainerError`), minutes into the recovery.

use crate::plan::{Level, Region, Weight};
use crate::service::ask::{Ask, Place};
use crate::service::ecr::reference::Reference;
use crate::service::ecr::{self, RegistryImage};
use crate::service::observation::{Container, TaskDefinition};
use crate::service::work::{Check, Facts, Look};
use crate::text::Clean;
use std::collections::BTreeMap;

/// How much of a digest is shown: `sha256:` and twelve digits, as Docker's own lists have it.
const DIGEST_SHOWN: usize = "sha256:".len() + 12;

/// The images that tasks of a definition pull from private registries of ECR.
pub(super) struct Images<'a> {
    place: &'a Place,
    /// Each once, with the containers that run it.
    pulled: BTreeMap<Reference, Vec<&'a Clean>>,
}

impl<'a> Images<'a> {
    /// Those of `definition`, with `set` in one container in the place of its own: its name and the image.
    pub fn of(place: &'a Place, definition: &'a TaskDefinition, set: Option<(&Clean, &Clean)>) -> Self {
        let mut pulled: BTreeMap<Reference, Vec<&Clean>> = BTreeMap::new();
        for Container { name, image, .. } in &definition.containers {
            let image = set.filter(|(container, _)| *container == name).map_or(image, |(_, image)| image);
            if let Some(reference) = Reference::parse(image) {
                pulled.entry(reference).or_default().push(name);
            }
        }
        Self { place, pulled }
    }

    /// Those of the region's own registries; what another region has is not asked: it may be the one that fails.
    fn here(&self) -> impl Iterator<Item = (&Reference, &Vec<&'a Clean>)> {
        self.pulled.iter().filter(|(reference, _)| reference.region == self.place.region)
    }

    /// What is to be asked of the registries.
    pub fn asks(&self) -> Vec<Ask> {
        self.here().map(|(reference, _)| ecr::image(self.place, reference).ask).collect()
    }

    /// What the answers mean. Nothing is said of images elsewhere: on Docker Hub, in a public registry.
    pub fn checks(&self, facts: &Facts<'_>, primary: &Region) -> Vec<Check> {
        self.are_there(facts).into_iter().chain(self.are_of_the_region(primary)).collect()
    }

    fn are_there(&self, facts: &Facts<'_>) -> Option<Check> {
        let code = "ecs-image";
        let wanted = format!("images that can be pulled in {}", self.place.region);
        let (mut there, mut not_there, mut untold) = (Vec::new(), Vec::new(), Vec::new());
        for (reference, containers) in self.here() {
            let named = format!("{}:{}", reference.repository, shown(&reference.image));
            match facts.see(&ecr::image(self.place, reference)) {
                Look::NotTold(why) => untold.push(format!("{named}: {why}")),
                Look::Absent => not_there.push(format!("no {named} (of {})", all(containers))),
                Look::There(image) if image.status.as_str() == "ARCHIVED" => {
                    not_there.push(format!("{named} is archived (of {})", all(containers)));
                }
                Look::There(image) => there.push(format!("{}: {}", all(containers), described(image))),
            }
        }
        if !not_there.is_empty() {
            let fix = format!(
                "replicate it to {}, restore it, or have the task definition name one that is there; where a \
                 pull-through cache would make it, pull it once",
                self.place.region
            );
            return Some(Check::that(code, false, not_there.join(", "), &wanted, fix));
        }
        if !untold.is_empty() {
            // What pulls has rights of its own: that we may not look says nothing against it.
            return Some(Check { weight: Weight::Weakens, ..Check::not_told(code, &untold.join(", "), &wanted) });
        }
        (!there.is_empty()).then(|| Check::that(code, true, there.join(", "), &wanted, ""))
    }

    /// Whether any is pulled from another region: a task could then start only as long as that one stands.
    fn are_of_the_region(&self, primary: &Region) -> Option<Check> {
        let elsewhere = self.pulled.iter().filter(|(reference, _)| reference.region != self.place.region);
        let found: Vec<String> = elsewhere
            .map(|(Reference { region, .. }, containers)| {
                let left = if region == primary { ", the region that is left" } else { "" };
                format!("{}: from {region}{left}", all(containers))
            })
            .collect();
        let wanted = format!("images of registries in {}", self.place.region);
        let fix = format!("replicate them to {} and name that registry in the task definition", self.place.region);
        (!found.is_empty()).then(|| Check {
            level: Level::Failing,
            weight: Weight::Weakens,
            ..Check::that("ecs-image-region", false, found.join(", "), &wanted, fix)
        })
    }
}

fn all(containers: &[&Clean]) -> String {
    containers.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" and ")
}

/// `sha256:0123456789ab, pushed 2026-11-20`.
fn described(image: &RegistryImage) -> String {
    let digest = shown(&image.digest);
    match image.pushed_at {
        Some(at) => format!("{digest}, pushed {}", at.strftime("%Y-%m-%d")),
        None => digest.to_owned(),
    }
}

/// A tag whole, a digest in short.
fn shown(image: &str) -> &str {
    match image.starts_with("sha256:") {
        true => image.get(..DIGEST_SHOWN).unwrap_or(image),
        false => image,
    }
}
