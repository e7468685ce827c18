//! Addresses of the primary region that the recovery side's containers would still have: in a variable that nobody
//! thought of, in a sidecar, in an image's registry. Names are told, never values.

use super::container::Values;
use crate::plan::Region;
use crate::service::observation::{Container, TaskDefinition};
use crate::service::old_address::names_old;
use crate::service::work::Check;
use crate::text::Clean;

/// How long a value must be for another like it to be taken for the same address.
const TELLING: usize = 8;

/// The variables and images of `definition` that name the primary region, or hold what the plan replaces elsewhere, once
/// `values` are set in the container called `set_in`: `app: REDIS_HOST`.
fn left(
    definition: &TaskDefinition,
    set_in: Option<&Clean>,
    values: &Values,
    regions: (&Region, &Region),
) -> Vec<String> {
    let is_set = |container: &Container| set_in == Some(&container.name);
    let replaced = definition.containers.iter().filter(|container| is_set(container));
    let replaced: Vec<&str> = replaced.flat_map(|container| replaced_in(container, values)).collect();
    let is_old = |value: &str| names_old(value, regions) || replaced.iter().any(|old| value.contains(old));
    let mut found = planned(values, regions);
    for container in &definition.containers {
        let is_set = is_set(container);
        if names_old(&container.image, regions) && !(is_set && values.image.is_some()) {
            found.push(format!("{}: its image", container.name));
        }
        let pairs = container.environment.iter().chain(&container.secrets);
        let old = pairs.filter(|(name, value)| !(is_set && values.sets(name)) && is_old(value));
        found.extend(old.map(|(name, _)| format!("{}: {name}", container.name)));
    }
    found
}

/// What the plan itself would set to an address of the primary region.
fn planned(values: &Values, regions: (&Region, &Region)) -> Vec<String> {
    let pairs = values.environment.iter().chain(&values.secrets).filter(|(_, value)| names_old(value, regions));
    let mut found: Vec<String> = pairs.map(|(name, _)| format!("the plan's {name}")).collect();
    if values.image.as_ref().is_some_and(|image| names_old(image, regions)) {
        found.push("the plan's image".to_owned());
    }
    found
}

/// The addresses in `container` that the plan gives up for others.
fn replaced_in<'a>(container: &'a Container, values: &'a Values) -> impl Iterator<Item = &'a str> {
    let is_address =
        |value: &&str| value.len() >= TELLING && value.contains('.') && !value.contains(char::is_whitespace);
    values
        .environment
        .iter()
        .filter_map(|(name, new)| container.environment.get(name).filter(|old| *old != new))
        .map(String::as_str)
        .filter(is_address)
}

/// Whether any is left.
pub(super) fn check(
    definition: &TaskDefinition,
    set_in: Option<&Clean>,
    values: &Values,
    regions: (&Region, &Region),
) -> Check {
    let left = left(definition, set_in, values, regions);
    let wanted = format!("nothing in its containers names {}", regions.0);
    let found = if left.is_empty() { "nothing does".to_owned() } else { left.join(", ") };
    let fix = "set them in `environment`, `secrets` or `image`, or in the service's own task definition";
    Check::that("ecs-old-address", left.is_empty(), found, &wanted, fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> (Region, Region) {
        (Region::new("us-east-1"), Region::new("us-west-2"))
    }

    fn container(name: &str, image: &str, environment: &[(&str, &str)]) -> Container {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Container { name: name.into(), image: image.into(), environment, ..Container::default() }
    }

    fn found(containers: Vec<Container>, set_in: &str, values: &[(&str, &str)]) -> Vec<String> {
        let (primary, recovery) = regions();
        let environment = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let values = Values { environment, ..Values::default() };
        let definition = TaskDefinition { containers, ..TaskDefinition::default() };
        left(&definition, Some(&set_in.into()), &values, (&primary, &recovery))
    }

    #[test]
    fn what_the_plan_sets_is_not_left_and_what_it_forgot_is() {
        let old = "orders.abc.us-east-1.rds.amazonaws.com";
        let app = container("app", "app:1", &[("DB", old), ("REDIS", "cache.us-east-1.amazonaws.com"), ("MODE", "x")]);
        let proxy = container("envoy", "1.dkr.ecr.us-east-1.amazonaws.com/envoy:1", &[("DB", old)]);
        let left = found(vec![app, proxy], "app", &[("DB", "${orders-db.endpoint}")]);
        assert_eq!(left, ["app: REDIS", "envoy: its image", "envoy: DB"]);
    }

    #[test]
    fn an_address_that_the_plan_replaces_is_old_wherever_else_it_stands() {
        let app = container("app", "app:1", &[("DB", "db.internal"), ("URL", "postgres://db.internal:5432/x")]);
        let worker = container("worker", "app:1", &[("PGHOST", "db.internal"), ("MODE", "db")]);
        let left = found(vec![app, worker], "app", &[("DB", "new.internal")]);
        assert_eq!(left, ["app: URL", "worker: PGHOST"]);
    }

    #[test]
    fn what_the_plan_itself_sets_to_an_old_address_is_found() {
        let (primary, recovery) = regions();
        let secrets = [("KEY".to_owned(), "arn:aws:secretsmanager:us-east-1:1:secret:k".to_owned())].into();
        let environment = [("CACHE".to_owned(), "c.us-east-1.cache.amazonaws.com".to_owned())].into();
        let image = Some("1.dkr.ecr.us-east-1.amazonaws.com/app:2".into());
        let values = Values { environment, secrets, image };
        let left = left(&TaskDefinition::default(), None, &values, (&primary, &recovery));
        assert_eq!(left, ["the plan's CACHE", "the plan's KEY", "the plan's image"]);
    }

    #[test]
    fn no_value_is_told() {
        let app = container("app", "app:1", &[("TOKEN", "s3cret-us-east-1")]);
        let (primary, recovery) = regions();
        let definition = TaskDefinition { containers: vec![app], ..TaskDefinition::default() };
        let told = check(&definition, None, &Values::default(), (&primary, &recovery));
        assert!(told.found.contains("app: TOKEN") && !format!("{told:?}").contains("s3cret"), "{told:?}");
    }
}
