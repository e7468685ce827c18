//! Gateways of a network, NAT gateways and their addresses.

use super::ec2::{NEXT, ec2, id, named};
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::json;

ec2!(GATEWAYS, "DescribeInternetGateways", "internetGatewaySet", "internet-gateway-id", "internetGatewayId");
static EGRESS: Operation =
    Operation::list(Api::Ec2, "DescribeEgressOnlyInternetGateways", "egressOnlyInternetGatewaySet").paged(NEXT).many(
        100,
        |ids| json!({ "EgressOnlyInternetGatewayId": ids }),
        |one| id(one, "egressOnlyInternetGatewayId"),
    );
static NATS: Operation = Operation::list(Api::Ec2, "DescribeNatGateways", "natGatewaySet").paged(NEXT).many(
    100,
    |ids| json!({ "NatGatewayId": ids }),
    |one| id(one, "natGatewayId"),
);
ec2!(ADDRESSES, "DescribeAddresses", "addressesSet", "allocation-id", "allocationId");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("internet-gateway", internet_gateway, &[&GATEWAYS]),
    Kind::of("egress-only-gateway", egress_only_gateway, &[&EGRESS]),
    Kind::of("nat-gateway", nat_gateway, &[&NATS]),
    Kind::of("eip", eip, &[&ADDRESSES]),
];

fn egress_only_gateway(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    attached(desk, &EGRESS, id)
}

fn internet_gateway(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    attached(desk, &GATEWAYS, id)
}

/// A gateway that is of the network it is attached to.
fn attached(desk: &mut Desk<'_>, operation: &'static Operation, id: &str) -> Step<Read> {
    let one = desk.one(operation, id)?;
    let attached = list(one, "attachmentSet");
    let vpc = each(&attached, "vpcId").first().copied();
    let mut config = Config::default();
    config.put("VpcId", vpc);
    desk.need("vpc", vpc, "VpcId");
    named(desk, one, None, config)
}

fn nat_gateway(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&NATS, id)?;
    let mut config =
        Config::of(one, &[("SubnetId", "subnetId", As::Text), ("ConnectivityType", "connectivityType", As::Text)]);
    config.names_the_rest(one, &[("availabilityMode", &["zonal"])]);
    let addresses = list(one, "natGatewayAddressSet");
    let allocations = each(&addresses, "allocationId");
    config.put("AllocationIds", pick::set(allocations.iter().copied()));
    desk.need("subnet", text(one, "subnetId"), "SubnetId");
    desk.needs("eip", allocations, "AllocationId");
    named(desk, one, None, config)
}

fn eip(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&ADDRESSES, id)?;
    let config = Config::of(one, &[("Domain", "domain", As::Text), ("PublicIpv4Pool", "publicIpv4Pool", As::Text)]);
    named(desk, one, None, config)
}
