//! What a service runs in one region, held against what its like runs in the other. Names are told, never values: what is behind
//! them is another in each region.

use super::container::Values;
use crate::service::ecr::reference::Reference;
use crate::service::observation::{Container, TaskDefinition};
use crate::text::Clean;
use std::collections::BTreeSet;

/// How many differences are told of one container's values at most.
const TOLD: usize = 4;

/// What differs between what runs in the primary region and what runs in the recovery region, once the plan's `values` are
/// set in the container called `set_in`.
pub(super) fn between(
    old: &TaskDefinition,
    new: &TaskDefinition,
    set_in: Option<&Clean>,
    values: &Values,
) -> Vec<String> {
    let mut found = Vec::new();
    let [old_sizes, new_sizes] = [old, new].map(|one| one.sizes_and_roles.iter().take(2).collect::<Vec<_>>());
    for ((what, old), new) in ["cpu", "memory"].iter().zip(old_sizes).zip(new_sizes) {
        if old != new {
            found.push(format!("{what} {} of {}", or_none(new), or_none(old)));
        }
    }
    for old in &old.containers {
        match new.containers.iter().find(|new| new.name == old.name) {
            Some(new) => found.extend(of_container(old, new, (set_in == Some(&new.name)).then_some(values))),
            None => found.push(format!("no container {}", old.name)),
        }
    }
    let more = new.containers.iter().filter(|new| !old.containers.iter().any(|old| old.name == new.name));
    found.extend(more.map(|new| format!("a container {} more", new.name)));
    found
}

fn of_container(old: &Container, new: &Container, set: Option<&Values>) -> Vec<String> {
    let name = &old.name;
    let mut found = Vec::new();
    let sets_image = set.is_some_and(|values| values.image.is_some());
    let (is, was) = (image(&new.image), image(&old.image));
    if is != was && !sets_image {
        found.push(format!("{name}: image {is} of {was}"));
    }
    let ports = |container: &Container| container.ports.iter().copied().collect::<BTreeSet<u16>>();
    if ports(old) != ports(new) {
        found.push(format!("{name}: other ports"));
    }
    for ((what, old), new) in ["cpu", "memory", "memoryReservation"].iter().zip(old.sizes).zip(new.sizes) {
        if old != new {
            found.push(format!("{name}: {what} {new} of {old}"));
        }
    }
    let is_set = |value: &&str| set.is_some_and(|values| values.sets(value));
    let names = |container: &'_ Container| -> BTreeSet<String> {
        let all = container.environment.keys().chain(container.secrets.keys()).map(String::as_str);
        all.filter(|value| !is_set(value)).map(str::to_owned).collect()
    };
    let (old, new) = (names(old), names(new));
    found.extend(listed(name, "without", old.difference(&new)));
    found.extend(listed(name, "only here", new.difference(&old)));
    found
}

fn listed<'a>(container: &Clean, word: &str, names: impl Iterator<Item = &'a String>) -> Option<String> {
    let names: Vec<&str> = names.map(String::as_str).collect();
    let more = names.len().saturating_sub(TOLD);
    let shown = names.iter().take(TOLD).copied().collect::<Vec<_>>().join(" ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("{container}: {word} {shown}{more}"))
}

/// An image without the registry that it is pulled from: each region has its own.
fn image(name: &str) -> String {
    match Reference::parse(name) {
        Some(Reference { repository, image, .. }) => format!("{repository}:{image}"),
        None => name.to_owned(),
    }
}

fn or_none(size: &str) -> &str {
    if size.is_empty() { "none" } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(image: &str, names: &[&str]) -> Container {
        let environment = names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect();
        Container { name: "app".into(), image: image.into(), environment, ports: vec![8080], ..Container::default() }
    }

    fn definition(cpu: &str, containers: &[Container]) -> TaskDefinition {
        let sizes_and_roles = vec![cpu.into(), "512".into()];
        TaskDefinition { containers: containers.to_vec(), sizes_and_roles, ..TaskDefinition::default() }
    }

    #[test]
    fn registries_and_what_the_plan_sets_are_no_difference() {
        let (app, set) =
            (Clean::new("app"), Values { environment: [("DB".to_owned(), String::new())].into(), ..Values::default() });
        let east =
            definition("256", &[container("123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v2", &["DB", "MODE"])]);
        let west = definition("256", &[container("123456789012.dkr.ecr.us-west-2.amazonaws.com/api:v2", &["MODE"])]);
        assert_eq!(between(&east, &west, Some(&app), &set), Vec::<String>::new());
        assert_eq!(between(&east, &west, None, &set), ["app: without DB"]);
    }

    #[test]
    fn what_differs_is_told_by_name() {
        let east = definition(
            "512",
            &[container("api:v2", &["MODE", "FLAG"]), Container { name: "router".into(), ..Container::default() }],
        );
        let west = definition(
            "256",
            &[Container { ports: vec![80], sizes: [0, 64, 0], ..container("api:v1", &["MODE", "OLD"]) }],
        );
        assert_eq!(
            between(&east, &west, None, &Values::default()),
            [
                "cpu 256 of 512",
                "app: image api:v1 of api:v2",
                "app: other ports",
                "app: memory 64 of 0",
                "app: without FLAG",
                "app: only here OLD",
                "no container router",
            ]
        );
    }
}
