//! Whether the recovery region has the very images that run: one that was pushed before replication was turned on is not
//! there, and neither is one whose tag stands for another. Asked of the registries, by what was captured.

use super::{AGE, Captured, listed, of_kind, rule, too_old, untold};
use crate::service::ask::{Ask, Place};
use crate::service::ecr::reference::Reference;
use crate::service::ecr::{self, RegistryImage};
use crate::service::readiness::{Ready, Rule};
use crate::service::work::{Check, Facts, Look};
use crate::snapshot::{Resource, Snapshot};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// That what runs can be pulled there.
pub static IMAGES: Rule = Rule {
    costs: "what is rolled out or built anew there cannot pull it, or runs another: tasks do not start",
    source: "Amazon ECR User Guide, Private image replication: only what is pushed after it was configured is replicated",
    ..rule(
        "image-digest-in-recovery",
        "every image that runs in the registry of the recovery region too, by its digest",
        "replicate the repository (PutReplicationConfiguration) and push the image again, or copy it by its digest; where it is not \
         told, allow ecr:DescribeImages there",
    )
};

/// How much of a digest is shown: `sha256:` and twelve digits, as Docker's own lists have it.
const SHOWN: usize = "sha256:".len() + 12;
const DIGEST: &str = "sha256:";

/// An image that runs, and where it is asked for.
struct Running {
    /// As the definition names it.
    here: Reference,
    /// What runs it.
    by: BTreeSet<String>,
    /// Whether what is pushed to its repository goes there, where that was captured.
    is_replicated: Option<bool>,
}

/// The digests that tasks of this definition run in this container, as their services tell them.
fn digests<'a>(snapshot: &'a Snapshot, definition: &Resource, container: Option<&str>) -> BTreeSet<&'a str> {
    let services = of_kind(snapshot, "ecs-service");
    let of = |one: &&Resource| one.config.get("TaskDefinition").and_then(Value::as_str) == Some(&definition.id);
    let told = services.filter(of).filter_map(|one| one.config.get("Images")?.get(container?)?.as_array());
    told.flatten().filter_map(Value::as_str).collect()
}

fn is_replicated(snapshot: &Snapshot, repository: &str, to: &str) -> Option<bool> {
    let repository = of_kind(snapshot, "repository").find(|one| one.id == repository)?;
    match repository.config.get("Replication") {
        None => Some(false),
        Some(Value::Array(all)) => Some(all.iter().any(|one| one["Region"] == to && one.get("Registry").is_none())),
        Some(_) => None,
    }
}

/// The rule over what was captured; `None` where no task runs anything.
pub(super) fn of(captured: &Captured) -> Option<Ready> {
    let snapshot = captured.newest.as_ref().ok()?;
    let mut unread: Vec<String> =
        snapshot.gaps.iter().filter(|gap| gap.of.starts_with("task-definition/")).map(|gap| gap.of.clone()).collect();
    let mut images: BTreeMap<Reference, BTreeSet<String>> = BTreeMap::new();
    for one in of_kind(snapshot, "task-definition") {
        let Some(containers) = super::at(one, "Containers").and_then(Value::as_array) else {
            unread.push(super::name(one));
            continue;
        };
        for container in containers {
            let image = container.get("image").and_then(Value::as_str).and_then(Reference::parse);
            let Some(image) = image.filter(|it| it.region.as_str() == snapshot.region) else { continue };
            let digests = digests(snapshot, one, container.get("name").and_then(Value::as_str));
            if digests.is_empty() || image.image.starts_with(DIGEST) {
                images.entry(image).or_default().insert(super::name(one));
                continue;
            }
            // What its tasks run is told, whatever its tag stands for by now.
            let by = format!("{}, tag {}", super::name(one), image.image);
            for digest in digests {
                let image = Reference { image: digest.into(), ..image.clone() };
                images.entry(image).or_default().insert(by.clone());
            }
        }
    }
    if of_kind(snapshot, "task-definition").next().is_none() && unread.is_empty() {
        return None;
    }
    let [home, recovery] = captured.registries.clone();
    let (every_seconds, at) = (captured.every_seconds, captured.at());
    let running = images.into_iter().map(|(here, by)| {
        let is_replicated = is_replicated(snapshot, &here.repository, recovery.region.as_str());
        Running { here, by, is_replicated }
    });
    let running: Vec<Running> = running.collect();
    let asks: Vec<Ask> = running.iter().flat_map(|one| one.asks(&home, &recovery)).collect();
    Some(Ready::new(&IMAGES, asks, move |facts| match too_old(at, every_seconds, facts.now) {
        Some(why) => untold(&IMAGES, why, AGE.fix),
        None => judge(&running, &unread, facts, (&home, &recovery)),
    }))
}

fn judge(running: &[Running], unread: &[String], facts: &Facts<'_>, (home, recovery): (&Place, &Place)) -> Check {
    let (mut missing, mut untold) = (Vec::new(), unread.to_vec());
    for one in running {
        match one.stands(facts, home, recovery) {
            Ok(None) => {}
            Ok(Some(found)) => missing.push(found),
            Err(why) => untold.push(why),
        }
    }
    match (missing.is_empty(), untold.is_empty(), running.len()) {
        (false, ..) => IMAGES.failing(listed(&missing)),
        (true, false, _) => IMAGES.unknown(listed(&untold)),
        (true, true, 0) => IMAGES.ok(format!("none of a registry of {}", home.region)),
        (true, true, count) => IMAGES.ok(format!("{count} looked at")),
    }
}

impl Running {
    fn is_by_digest(&self) -> bool {
        self.here.image.starts_with(DIGEST)
    }

    /// A tag says nothing of what it stands for: both registries are asked.
    fn asks(&self, home: &Place, recovery: &Place) -> Vec<Ask> {
        let there = ecr::image(recovery, &self.here).ask;
        if self.is_by_digest() { vec![there] } else { vec![there, ecr::image(home, &self.here).ask] }
    }

    /// What is wrong with it; why that is not known.
    fn stands(&self, facts: &Facts<'_>, home: &Place, recovery: &Place) -> Result<Option<String>, String> {
        let named = format!("{}:{}", self.here.repository, shown(&self.here.image));
        let of = self.by.iter().cloned().collect::<Vec<_>>().join(", ");
        let told = |place: &Place| match facts.see(&ecr::image(place, &self.here)) {
            Look::There(image) => Ok(Some(image)),
            Look::Absent => Ok(None),
            Look::NotTold(why) => Err(format!("{named} in {}: {why}", place.region)),
        };
        let Some(there) = told(recovery)? else {
            let why = match self.is_replicated {
                Some(true) => ": its repository is replicated there, and it was pushed before that, or is on its way",
                Some(false) => ": nothing replicates its repository there",
                None => "",
            };
            return Ok(Some(format!("{named} (of {of}) is not in {}{why}", recovery.region)));
        };
        if is_archived(there) {
            return Ok(Some(format!("{named} (of {of}) is archived in {}", recovery.region)));
        }
        if self.is_by_digest() {
            return Ok(None);
        }
        let Some(here) = told(home)? else {
            return Err(format!("{named} is not in {} any more: what it stood for is not known", home.region));
        };
        let is_other = here.digest != there.digest;
        Ok(is_other.then(|| {
            format!(
                "{named} (of {of}) is {} in {}, {} in {}",
                shown(&there.digest),
                recovery.region,
                shown(&here.digest),
                home.region
            )
        }))
    }
}

fn is_archived(image: &RegistryImage) -> bool {
    image.status.as_str() == "ARCHIVED"
}

fn shown(image: &str) -> &str {
    if image.starts_with(DIGEST) { image.get(..SHOWN).unwrap_or(image) } else { image }
}
