//! Load balancers.

use super::elb::{ELB_TAGS, LISTENERS, MARKER, NO_SUCH, attributes, by_name, elb_tags};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Found, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::{Kind, found};
use serde_json::{Value, json};

static BALANCERS: Operation = Operation::list(Api::Elb, "DescribeLoadBalancers", "LoadBalancers")
    .paged(MARKER)
    .many(20, |arns| json!({ "LoadBalancerArns": arns }), |one| text(one, "LoadBalancerArn").map(str::to_owned))
    .absent(NO_SUCH);
static BALANCER_NAMED: Operation =
    Operation::list(Api::Elb, "DescribeLoadBalancers", "LoadBalancers").by("names").absent(NO_SUCH);
static BALANCER_ATTRIBUTES: Operation =
    Operation::list(Api::Elb, "DescribeLoadBalancerAttributes", "Attributes").absent(NO_SUCH);

pub(super) static KINDS: &[Kind] =
    &[Kind::of("load-balancer", balancer, &[&BALANCERS, &BALANCER_ATTRIBUTES, &LISTENERS, &ELB_TAGS])];

fn balancer(desk: &mut Desk<'_>, arn: &str) -> Step<Read> {
    if !arn.starts_with("arn:") {
        return by_name(desk, &BALANCER_NAMED, "load-balancer", json!({ "Names": [arn] }), "LoadBalancerArn");
    }
    let asked = || json!({ "LoadBalancerArn": arn });
    let (one, set, listeners, tagged) = (
        desk.one(&BALANCERS, arn),
        desk.list(&BALANCER_ATTRIBUTES, asked()),
        desk.list(&LISTENERS, asked()),
        desk.one(&ELB_TAGS, arn),
    );
    let one = one?;
    let mut config = Config::of(
        one,
        &[
            ("Type", "", As::Text),
            ("IpAddressType", "", As::Text),
            ("VpcId", "", As::Text),
            ("SecurityGroups", "", As::Set),
        ],
    );
    // Where it is not said, it is open to the internet.
    config.put("Scheme", text(one, "Scheme").unwrap_or("internet-facing"));
    let zones = list(one, "AvailabilityZones");
    let subnets = each(&zones, "SubnetId");
    config.put("Subnets", pick::set(subnets.iter().copied()));
    desk.needs("subnet", subnets, "AvailabilityZones");
    desk.needs("security-group", pick::texts(one, "SecurityGroups"), "SecurityGroups");
    for address in zones.iter().flat_map(|zone| list(zone, "LoadBalancerAddresses")) {
        desk.need("eip", text(address, "AllocationId"), "LoadBalancerAddresses");
    }
    let set = desk.part(set, |desk, items| {
        let set = attributes(&items);
        for bucket in ["access_logs.s3.bucket", "connection_logs.s3.bucket"] {
            desk.need("bucket", set.get(bucket).and_then(Value::as_str), bucket);
        }
        set
    })?;
    config.put("Attributes", set);
    let unread = desk.part(listeners, |desk, listeners| {
        for listener in each(&listeners, "ListenerArn") {
            desk.child("listener", listener, "listener");
        }
        Value::Null
    })?;
    config.put("Listeners", unread);
    let tags = elb_tags(desk, tagged, &mut config)?;
    let name = text(one, "DNSName");
    desk.known_by(name);
    desk.known_by(name.map(str::to_lowercase).as_deref());
    let name = text(one, "LoadBalancerName").map(str::to_owned);
    found(Found { arn: Some(arn.to_owned()), name, config, tags })
}
