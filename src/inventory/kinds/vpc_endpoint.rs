//! Endpoints of services within a network.

use super::ec2::{ec2, named};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;

ec2!(ENDPOINTS, "DescribeVpcEndpoints", "vpcEndpointSet", "vpc-endpoint-id", "vpcEndpointId");

pub(super) static KINDS: &[Kind] = &[Kind::of("vpc-endpoint", endpoint, &[&ENDPOINTS])];

fn endpoint(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&ENDPOINTS, id)?;
    let mut config = Config::of(
        one,
        &[
            ("VpcId", "vpcId", As::Text),
            ("ServiceName", "serviceName", As::Text),
            ("VpcEndpointType", "vpcEndpointType", As::Text),
            ("PrivateDnsEnabled", "privateDnsEnabled", As::Truth),
            ("RouteTableIds", "routeTableIdSet", As::Set),
            ("SubnetIds", "subnetIdSet", As::Set),
        ],
    );
    let groups = list(one, "groupSet");
    let groups = each(&groups, "groupId");
    config.put("SecurityGroupIds", pick::set(groups.iter().copied()));
    if let Some(policy) = text(one, "policyDocument") {
        let policy = desk.document(policy, "policy");
        config.put("Policy", policy);
    }
    desk.need("vpc", text(one, "vpcId"), "VpcId");
    desk.needs("security-group", groups, "SecurityGroupIds");
    // It may serve others' subnets too: none is followed from here.
    desk.beside("subnet", pick::texts(one, "subnetIdSet"), "SubnetIds");
    desk.beside("route-table", pick::texts(one, "routeTableIdSet"), "RouteTableIds");
    named(desk, one, None, config)
}
