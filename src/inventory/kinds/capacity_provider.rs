//! Capacity providers of a group of machines, by which services get room. AWS's own are none of the application's.

use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step, Stop, tags};
use crate::inventory::pick::{As, Config, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::json;

static PROVIDERS: Operation = Operation::list(Api::Ecs, "DescribeCapacityProviders", "capacityProviders").many(
    100,
    |names| json!({ "capacityProviders": names, "include": ["TAGS"] }),
    |one| text(one, "name").map(str::to_owned),
);

pub(super) static KINDS: &[Kind] = &[Kind::of("capacity-provider", provider, &[&PROVIDERS])];

/// Whether it is one that every cluster may have.
fn is_awss(name: &str) -> bool {
    matches!(name, "FARGATE" | "FARGATE_SPOT")
}

/// What is read needs these, but for AWS's own.
pub(super) fn needed<'t>(desk: &mut Desk<'_>, names: impl IntoIterator<Item = &'t str>, field: &str) {
    desk.needs("capacity-provider", names.into_iter().filter(|name| !is_awss(name)), field);
}

fn provider(desk: &mut Desk<'_>, name: &str) -> Step<Read> {
    if is_awss(name) {
        return Ok(Read::Nothing(AWS_OWN));
    }
    let one = desk.one(&PROVIDERS, name)?;
    if text(one, "status") == Some("INACTIVE") {
        return Err(Stop::Absent);
    }
    let mut config = Config::of(
        one,
        &[
            ("AutoScalingGroup", "autoScalingGroupProvider.autoScalingGroupArn", As::Text),
            ("ManagedScaling", "autoScalingGroupProvider.managedScaling", As::Whole),
            ("ManagedTerminationProtection", "autoScalingGroupProvider.managedTerminationProtection", As::Text),
            ("ManagedDraining", "autoScalingGroupProvider.managedDraining", As::Text),
        ],
    );
    config.names_the_rest(one, &[("managedInstancesProvider", &[])]);
    let group = text(one, "autoScalingGroupProvider.autoScalingGroupArn");
    desk.refer("autoscaling-group", group, "autoScalingGroupArn");
    let tags = tags(&list(one, "tags"), desk.sealer);
    let arn = text(one, "capacityProviderArn").map(str::to_owned);
    found(Found { arn, name: Some(name.to_owned()), config, tags: Some(tags) })
}
