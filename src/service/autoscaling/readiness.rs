//! What a group has to be beside large enough.

use super::group::Group;
use super::launched;
use super::quota;
use super::words::AutoScalingGroup;
use crate::plan::{Component, Plan, Weight};
use crate::service::readiness::{self, Ready, Rule, Tier};

static ZONES: Rule = Rule {
    code: "asg-az",
    wanted: "two zones or more",
    fix: "UpdateAutoScalingGroup with a subnet of another zone in its VPCZoneIdentifier",
    costs: "one zone's failure, or its lack of capacity, leaves no instance",
    source: "Amazon EC2 Auto Scaling User Guide, Distribute instances across Availability Zones; Security Hub AutoScaling.2",
    tier: Tier::Hourly,
    weight: Weight::Weakens,
};

/// All of them.
pub(super) static RULES: &[&Rule] = &[&launched::TEMPLATE, &launched::TYPE, &ZONES, &quota::INSTANCES];

/// What the group of the recovery region, which `component` of `plan` is, is held to.
pub(super) fn of(group: &Group, component: &Component, plan: &Plan) -> Vec<Ready> {
    let one = (group.want(), format!("group {}", group.name));
    let zones = readiness::of_one(&one, &ZONES, |rule, group: &AutoScalingGroup| {
        let found = group.zones.iter().map(|zone| zone.as_str()).collect::<Vec<_>>().join(" and ");
        match group.zones.len() {
            0 => rule.unknown("not told in which zones it is"),
            count => rule.when(count > 1, found),
        }
    });
    launched::of(group).into_iter().chain([zones]).chain(quota::of(component, plan)).collect()
}
