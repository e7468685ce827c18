//! Target groups. What is registered in them is how they fare, and not read.

use super::elb::{ELB_TAGS, MARKER, NO_SUCH, attributes, by_name, elb_tags};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step};
use crate::inventory::pick::{self, As, Config, text};
use crate::inventory::registry::{Kind, found};
use serde_json::json;

static GROUPS: Operation = Operation::list(Api::Elb, "DescribeTargetGroups", "TargetGroups")
    .paged(MARKER)
    .many(20, |arns| json!({ "TargetGroupArns": arns }), |one| text(one, "TargetGroupArn").map(str::to_owned))
    .absent(NO_SUCH);
static GROUP_NAMED: Operation =
    Operation::list(Api::Elb, "DescribeTargetGroups", "TargetGroups").by("names").absent(NO_SUCH);
static GROUP_ATTRIBUTES: Operation =
    Operation::list(Api::Elb, "DescribeTargetGroupAttributes", "Attributes").absent(NO_SUCH);

pub(super) static KINDS: &[Kind] = &[Kind::of("target-group", target_group, &[&GROUPS, &GROUP_ATTRIBUTES, &ELB_TAGS])];

fn target_group(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    if !arn.starts_with("arn:") {
        return by_name(desk, &GROUP_NAMED, "target-group", json!({ "Names": [arn] }), "TargetGroupArn");
    }
    let (one, set, tagged) = (
        desk.one(&GROUPS, arn),
        desk.list(&GROUP_ATTRIBUTES, json!({ "TargetGroupArn": arn })),
        desk.one(&ELB_TAGS, arn),
    );
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("Protocol", "", As::Text),
            ("ProtocolVersion", "", As::Text),
            ("Port", "", As::Number),
            ("VpcId", "", As::Text),
            ("TargetType", "", As::Text),
            ("IpAddressType", "", As::Text),
            ("HealthCheckEnabled", "", As::Truth),
            ("HealthCheckProtocol", "", As::Text),
            ("HealthCheckPort", "", As::Text),
            ("HealthCheckPath", "", As::Text),
            ("HealthCheckIntervalSeconds", "", As::Number),
            ("HealthCheckTimeoutSeconds", "", As::Number),
            ("HealthyThresholdCount", "", As::Number),
            ("UnhealthyThresholdCount", "", As::Number),
            ("Matcher", "Matcher.HttpCode", As::Text),
        ],
    );
    desk.need("vpc", text(one, "VpcId"), "VpcId");
    for balancer in pick::texts(one, "LoadBalancerArns") {
        desk.child("load-balancer", balancer, "LoadBalancerArns");
    }
    let set = desk.part(set, |_, items| attributes(&items))?;
    config.put("Attributes", set);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = text(one, "TargetGroupName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}
