//! Addresses of the primary region that the recovery side's containers would still have: in a variable that nobody
//! thought of, in a sidecar, in an image's registry. Names are told, never values.

use super::container::Values;
use crate::plan::Region;
use crate::service::observation::{Container, TaskDefinition};
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
    let is_old = |value: &str| names(value, regions) || replaced.iter().any(|old| value.contains(old));
    let mut found = Vec::new();
    for container in &definition.containers {
        let is_set = is_set(container);
        if names(&container.image, regions) && !(is_set && values.image.is_some()) {
            found.push(format!("{}: its image", container.name));
        }
        let pairs = container.environment.iter().chain(&container.secrets);
        let old = pairs.filter(|(name, value)| !(is_set && values.sets(name)) && is_old(value));
        found.extend(old.map(|(name, _)| format!("{}: {name}", container.name)));
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

/// Whether `value` names the primary region as a word of its own: in an endpoint, an ARN, a zone.
fn names(value: &str, (primary, recovery): (&Region, &Region)) -> bool {
    let (value, primary) = (value.to_ascii_lowercase(), primary.as_str().to_ascii_lowercase());
    if primary.is_empty() || primary == recovery.as_str() {
        return false;
    }
    value.match_indices(&primary).any(|(at, _)| {
        let before = value[..at].chars().next_back();
        let after = value[at + primary.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(|next| next.is_ascii_digit())
    })
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

    #[test]
    fn a_region_is_a_word_of_its_own() {
        let (primary, recovery) = regions();
        let table = [
            ("orders.abc.us-east-1.rds.amazonaws.com", true),
            ("arn:aws:s3:us-east-1:1:x", true),
            ("us-east-1", true),
            ("US-EAST-1", true),
            ("us-east-1a", true),
            ("bucket-us-east-1-logs", true),
            ("us-east-12", false),
            ("plus-east-1", false),
            ("orders.abc.us-west-2.rds.amazonaws.com", false),
            ("", false),
        ];
        for (value, is) in table {
            assert_eq!(names(value, (&primary, &recovery)), is, "{value}");
        }
        assert!(!names("us-east-1", (&primary, &primary)));
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
    fn no_value_is_told() {
        let app = container("app", "app:1", &[("TOKEN", "s3cret-us-east-1")]);
        let (primary, recovery) = regions();
        let definition = TaskDefinition { containers: vec![app], ..TaskDefinition::default() };
        let told = check(&definition, None, &Values::default(), (&primary, &recovery));
        assert!(told.found.contains("app: TOKEN") && !format!("{told:?}").contains("s3cret"), "{told:?}");
    }
}
