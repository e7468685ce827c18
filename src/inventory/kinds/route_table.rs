//! Route tables.

use super::ec2::{ENDPOINTS_OF, ec2, named};
use crate::inventory::arn::NOT_READ;
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::Value;

ec2!(TABLES, "DescribeRouteTables", "routeTableSet", "route-table-id", "routeTableId");

pub(super) static KINDS: &[Kind] = &[Kind::of("route-table", route_table, &[&TABLES, &ENDPOINTS_OF])];

fn route_table(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&TABLES, id)?;
    let vpc = text(one, "vpcId").unwrap_or_default();
    let endpoints = desk.all(&ENDPOINTS_OF, vpc);
    desk.need("vpc", Some(vpc), "VpcId");
    let mut config = Config::of(one, &[("VpcId", "vpcId", As::Text)]);
    let mut routes = Vec::new();
    for route in list(one, "routeSet") {
        let propagated = text(route, "origin") == Some("EnableVgwRoutePropagation");
        let gateway = text(route, "gatewayId");
        // The route within the VPC is there by itself, and that of an endpoint is the endpoint's.
        if gateway == Some("local") || propagated || gateway.is_some_and(|gateway| gateway.starts_with("vpce-")) {
            continue;
        }
        match gateway {
            Some(igw) if igw.starts_with("igw-") => desk.need("internet-gateway", Some(igw), "route"),
            Some(other) => desk.leave(other, NOT_READ),
            None => {}
        }
        desk.need("nat-gateway", text(route, "natGatewayId"), "route");
        desk.need("egress-only-gateway", text(route, "egressOnlyInternetGatewayId"), "route");
        let others = ["vpcPeeringConnectionId", "transitGatewayId", "networkInterfaceId"];
        for other in others.iter().filter_map(|member| text(route, member)) {
            desk.leave(other, NOT_READ);
        }
        routes.push(route);
    }
    config.put(
        "Routes",
        pick::all(
            &routes,
            &[
                ("DestinationCidrBlock", "destinationCidrBlock", As::Text),
                ("DestinationIpv6CidrBlock", "destinationIpv6CidrBlock", As::Text),
                ("DestinationPrefixListId", "destinationPrefixListId", As::Text),
                ("GatewayId", "gatewayId", As::Text),
                ("NatGatewayId", "natGatewayId", As::Text),
                ("VpcPeeringConnectionId", "vpcPeeringConnectionId", As::Text),
                ("TransitGatewayId", "transitGatewayId", As::Text),
                ("NetworkInterfaceId", "networkInterfaceId", As::Text),
                ("EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId", As::Text),
            ],
        ),
    );
    let associations = list(one, "associationSet");
    config.put("Main", associations.iter().any(|of| text(of, "main") == Some("true")));
    // Of subnets that are not the application's it is not told: a table may be shared.
    let subnets = each(&associations, "subnetId");
    desk.beyond("subnet", subnets.iter().copied(), "association");
    let unread = desk.part(endpoints, |desk, endpoints| {
        for endpoint in endpoints {
            if list(endpoint, "routeTableIdSet").iter().any(|table| table.as_str() == Some(id)) {
                desk.child("vpc-endpoint", text(endpoint, "vpcEndpointId").unwrap_or_default(), "endpoint");
            }
        }
        Value::Null
    })?;
    config.put("Endpoints", unread);
    named(desk, one, None, config)
}
