//! Networks. Rules of security groups stand alone: groups that name each other would be a circle otherwise.

use super::{Layer, Rule, rule};
use crate::terraform::address::slug;
use crate::terraform::hcl::{Body, Expr};
use crate::terraform::source::{Made, Source};

pub(super) const RULES: &[Rule] = &[
    rule("vpc", "aws_vpc", Layer::Network, "id", vpc),
    rule("dhcp-options", "aws_vpc_dhcp_options", Layer::Network, "id", dhcp_options),
    rule("internet-gateway", "aws_internet_gateway", Layer::Network, "id", internet_gateway),
    rule("egress-only-gateway", "aws_egress_only_internet_gateway", Layer::Network, "id", egress_only_gateway),
    rule("subnet", "aws_subnet", Layer::Network, "id", subnet),
    rule("eip", "aws_eip", Layer::Network, "id", eip),
    rule("nat-gateway", "aws_nat_gateway", Layer::Network, "id", nat_gateway),
    rule("route-table", "aws_route_table", Layer::Network, "id", route_table),
    rule("vpc-endpoint", "aws_vpc_endpoint", Layer::Network, "id", endpoint),
    rule("network-acl", "aws_network_acl", Layer::Network, "id", network_acl),
    rule("security-group", "aws_security_group", Layer::Network, "id", security_group),
];

fn vpc(from: &Source<'_>, made: &mut Made) {
    from.skip(&["IsDefault", "InternetGateways"]);
    let body = Body::default()
        .maybe("cidr_block", from.plain("CidrBlock"))
        .maybe("instance_tenancy", from.plain("InstanceTenancy"))
        .maybe("enable_dns_hostnames", from.plain("EnableDnsHostnames"))
        .maybe("enable_dns_support", from.plain("EnableDnsSupport"));
    let body = match from.take("Ipv6CidrBlocks") {
        Some(_) => body.with("assign_generated_ipv6_cidr_block", true),
        None => body,
    };
    made.put("aws_vpc", from.name, body.maybe("tags", from.tags()), from.id());
    if let Some(options) = from.field("DhcpOptions", "dhcp-options") {
        let body = Body::default()
            .with("vpc_id", Expr::said(&format!("aws_vpc.{}.id", from.name)))
            .with("dhcp_options_id", options);
        made.put("aws_vpc_dhcp_options_association", from.name, body, from.id());
    }
    let by = from.take("CidrAssociations").and_then(|by| by.as_object());
    for block in from.take("OtherCidrBlocks").and_then(|blocks| blocks.as_array()).into_iter().flatten() {
        let block = block.as_str().unwrap_or_default();
        match by.and_then(|by| by.get(block)).and_then(|id| id.as_str()) {
            Some(id) => {
                let body = Body::default()
                    .with("vpc_id", Expr::said(&format!("aws_vpc.{}.id", from.name)))
                    .with("cidr_block", block);
                let label = format!("{}_{}", from.name, slug(block));
                made.put("aws_vpc_ipv4_cidr_block_association", &label, body, id);
            }
            // A snapshot of before that was read.
            None => from.note(
                "restore-cidr",
                &format!("it has a second range, {block}: what that is imported by is not captured"),
                "capture it anew, or add an aws_vpc_ipv4_cidr_block_association for it",
            ),
        }
    }
}

fn dhcp_options(from: &Source<'_>, made: &mut Made) {
    let mut body = Body::default();
    for key in from.keys().filter(|key| *key != "Tags") {
        let name = key.replace('-', "_");
        let values = from.plain(key);
        match (name.as_str(), values) {
            ("domain_name" | "netbios_node_type", Some(Expr::List(values))) => {
                body.put(&name, values.into_iter().next().unwrap_or(Expr::Null));
            }
            (_, Some(values)) => body.put(&name, values),
            (_, None) => {}
        }
    }
    made.put("aws_vpc_dhcp_options", from.name, body.maybe("tags", from.tags()), from.id());
}

fn egress_only_gateway(from: &Source<'_>, made: &mut Made) {
    let body = Body::default().maybe("vpc_id", from.field("VpcId", "vpc")).maybe("tags", from.tags());
    made.put("aws_egress_only_internet_gateway", from.name, body, from.id());
}

fn internet_gateway(from: &Source<'_>, made: &mut Made) {
    let body = Body::default().maybe("vpc_id", from.field("VpcId", "vpc")).maybe("tags", from.tags());
    made.put("aws_internet_gateway", from.name, body, from.id());
}

fn subnet(from: &Source<'_>, made: &mut Made) {
    from.skip(&["AvailabilityZoneId", "NetworkAcl", "Endpoints"]);
    let body = Body::default()
        .maybe("vpc_id", from.field("VpcId", "vpc"))
        .maybe("cidr_block", from.plain("CidrBlock"))
        .maybe("availability_zone", from.plain("AvailabilityZone"))
        .maybe("map_public_ip_on_launch", from.plain("MapPublicIpOnLaunch"))
        .maybe("ipv6_cidr_block", from.plain("Ipv6CidrBlock"))
        .maybe("assign_ipv6_address_on_creation", from.plain("AssignIpv6AddressOnCreation"))
        .maybe("enable_dns64", from.plain("EnableDns64"))
        .maybe("ipv6_native", from.plain("Ipv6Native"))
        .maybe("enable_resource_name_dns_a_record_on_launch", from.plain("ResourceNameA"))
        .maybe("enable_resource_name_dns_aaaa_record_on_launch", from.plain("ResourceNameAaaa"))
        .maybe("tags", from.tags());
    // Every subnet has one: where it was not told, nothing is known of it.
    let body = match from.plain("HostnameType") {
        Some(kind) => body.with("private_dns_hostname_type_on_launch", kind),
        None => body,
    };
    made.put("aws_subnet", from.name, body, from.id());
    if let Some(table) = from.str("RouteTable").filter(|table| !is_main(from, table)) {
        let body = Body::default()
            .with("subnet_id", Expr::said(&format!("aws_subnet.{}.id", from.name)))
            .with("route_table_id", from.of("route-table", table));
        made.put("aws_route_table_association", from.name, body, format!("{}/{table}", from.id()));
    }
}

/// Whether a table is that of every subnet which has none of its own.
fn is_main(from: &Source<'_>, table: &str) -> bool {
    let table = from.writing.snapshot.resources.iter().find(|one| one.kind == "route-table" && one.id == table);
    table.is_none_or(|table| table.config.get("Main").is_some_and(|main| *main == true))
}

fn eip(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .maybe("domain", from.plain("Domain"))
        .either("public_ipv4_pool", from.plain("PublicIpv4Pool").filter(|pool| *pool != Expr::text("amazon")))
        .maybe("tags", from.tags());
    made.put("aws_eip", from.name, body, from.id());
}

fn nat_gateway(from: &Source<'_>, made: &mut Made) {
    let addresses = from.take("AllocationIds").and_then(|ids| ids.as_array()).cloned().unwrap_or_default();
    let mut addresses = addresses.iter().filter_map(|id| id.as_str()).map(|id| from.of("eip", id));
    let mut body = Body::default()
        .maybe("subnet_id", from.field("SubnetId", "subnet"))
        .maybe("connectivity_type", from.plain("ConnectivityType"))
        .maybe("allocation_id", addresses.next());
    let others: Vec<Expr> = addresses.collect();
    if !others.is_empty() {
        body.put("secondary_allocation_ids", others);
    }
    let mut body = body.maybe("tags", from.tags());
    // One is made before its VPC can be left: without the gateway it fails.
    let gateways: Vec<Expr> =
        gateways_of(from).into_iter().map(|name| Expr::said(&format!("aws_internet_gateway.{name}"))).collect();
    if !gateways.is_empty() {
        body.put("depends_on", gateways);
    }
    made.put("aws_nat_gateway", from.name, body, from.id());
}

/// The internet gateways of the VPC that its subnet is in.
fn gateways_of(from: &Source<'_>) -> Vec<String> {
    let resources = &from.writing.snapshot.resources;
    let subnet = resources.iter().find(|one| one.kind == "subnet" && Some(one.id.as_str()) == from.str("SubnetId"));
    let vpc = subnet.and_then(|subnet| subnet.config.get("VpcId"));
    let of = resources.iter().filter(|one| one.kind == "internet-gateway" && one.config.get("VpcId") == vpc);
    of.filter_map(|gateway| from.writing.names.get(&gateway.reference()).cloned()).collect()
}

fn route_table(from: &Source<'_>, made: &mut Made) {
    from.skip(&["Endpoints"]);
    let mut routes = Vec::new();
    for route in from.parts("Routes") {
        let outside = ["VpcPeeringConnectionId", "TransitGatewayId", "NetworkInterfaceId"];
        for key in outside.iter().filter_map(|key| route.str(key)) {
            from.note(
                "route-outside",
                &format!("a route leads to {key}, which is not captured: it stands as it is"),
                "see that it is there before this is applied anywhere else",
            );
        }
        let body = Body::default()
            .maybe("cidr_block", route.plain("DestinationCidrBlock"))
            .maybe("ipv6_cidr_block", route.plain("DestinationIpv6CidrBlock"))
            .maybe("destination_prefix_list_id", route.plain("DestinationPrefixListId"))
            .maybe("gateway_id", route.field("GatewayId", "internet-gateway"))
            .maybe("nat_gateway_id", route.field("NatGatewayId", "nat-gateway"))
            .maybe("vpc_peering_connection_id", route.plain("VpcPeeringConnectionId"))
            .maybe("transit_gateway_id", route.plain("TransitGatewayId"))
            .maybe("network_interface_id", route.plain("NetworkInterfaceId"))
            .maybe("egress_only_gateway_id", route.field("EgressOnlyInternetGatewayId", "egress-only-gateway"));
        routes.push(body);
    }
    let body =
        Body::default().maybe("vpc_id", from.field("VpcId", "vpc")).maybe("tags", from.tags()).blocks("route", routes);
    made.put("aws_route_table", from.name, body, from.id());
    if from.truth("Main") {
        let body = Body::default()
            .maybe("vpc_id", from.field("VpcId", "vpc"))
            .with("route_table_id", Expr::said(&format!("aws_route_table.{}.id", from.name)));
        // Terraform imports none of this class: it is the one that is there already.
        made.blocks.push(("aws_main_route_table_association".to_owned(), from.name.to_owned(), body, None));
    }
}

fn endpoint(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .maybe("vpc_id", from.field("VpcId", "vpc"))
        .maybe("service_name", from.plain("ServiceName"))
        .maybe("vpc_endpoint_type", from.plain("VpcEndpointType"))
        .maybe("private_dns_enabled", from.plain("PrivateDnsEnabled"))
        .maybe("route_table_ids", from.fields("RouteTableIds", "route-table"))
        .maybe("subnet_ids", from.fields("SubnetIds", "subnet"))
        .maybe("security_group_ids", from.fields("SecurityGroupIds", "security-group"))
        .maybe("policy", from.document("Policy"))
        .maybe("tags", from.tags());
    made.put("aws_vpc_endpoint", from.name, body, from.id());
}

fn network_acl(from: &Source<'_>, made: &mut Made) {
    let (mut ingress, mut egress) = (Vec::new(), Vec::new());
    // The last of each side is AWS's own, and stands in no file.
    for entry in from
        .parts("Entries")
        .into_iter()
        .filter(|entry| entry.take("RuleNumber").and_then(|n| n.as_i64()) != Some(32_767))
    {
        let body = Body::default()
            .maybe("rule_no", entry.plain("RuleNumber"))
            .maybe("action", entry.plain("RuleAction"))
            .maybe("protocol", entry.plain("Protocol"))
            .with("from_port", entry.plain("FromPort").unwrap_or_else(|| 0.into()))
            .with("to_port", entry.plain("ToPort").unwrap_or_else(|| 0.into()))
            .maybe("cidr_block", entry.plain("CidrBlock"))
            .maybe("ipv6_cidr_block", entry.plain("Ipv6CidrBlock"));
        if entry.truth("Egress") { egress.push(body) } else { ingress.push(body) }
    }
    let subnets = from.writing.snapshot.resources.iter().filter(|one| one.kind == "subnet");
    let own = subnets.filter(|subnet| subnet.config.get("NetworkAcl").and_then(|acl| acl.as_str()) == Some(from.id()));
    let own: Vec<Expr> = own.map(|subnet| from.of("subnet", &subnet.id)).collect();
    let mut body = Body::default().maybe("vpc_id", from.field("VpcId", "vpc"));
    if !own.is_empty() {
        body.put("subnet_ids", own);
    }
    let body = body.maybe("tags", from.tags()).blocks("ingress", ingress).blocks("egress", egress);
    made.put("aws_network_acl", from.name, body, from.id());
}

fn security_group(from: &Source<'_>, made: &mut Made) {
    let body = Body::default()
        .maybe("name", from.plain("GroupName"))
        .maybe("description", from.plain("Description"))
        .maybe("vpc_id", from.field("VpcId", "vpc"))
        .maybe("tags", from.tags());
    made.put("aws_security_group", from.name, body, from.id());
    for rule in from.parts("Rules") {
        let way = if rule.truth("IsEgress") { "egress" } else { "ingress" };
        let protocol = rule.str("IpProtocol").unwrap_or("-1");
        let body = Body::default()
            .with("security_group_id", Expr::said(&format!("aws_security_group.{}.id", from.name)))
            .with("ip_protocol", protocol)
            .either("from_port", rule.plain("FromPort").filter(|_| protocol != "-1"))
            .either("to_port", rule.plain("ToPort").filter(|_| protocol != "-1"))
            .maybe("cidr_ipv4", rule.plain("CidrIpv4"))
            .maybe("cidr_ipv6", rule.plain("CidrIpv6"))
            .maybe("prefix_list_id", rule.plain("PrefixListId"))
            .maybe("referenced_security_group_id", group(&rule, from))
            .maybe("description", rule.plain("Description"))
            .maybe("tags", rule.tags());
        let class = format!("aws_vpc_security_group_{way}_rule");
        made.put(&class, &label(from, &rule), body, rule.str("SecurityGroupRuleId").unwrap_or_default());
    }
}

/// The group that a rule names: itself, by what it is called here.
fn group(rule: &Source<'_>, from: &Source<'_>) -> Option<Expr> {
    let id = rule.str("ReferencedGroupId")?;
    let own = || Expr::said(&format!("aws_security_group.{}.id", from.name));
    Some(if id == from.id() { own() } else { rule.of("security-group", id) })
}

/// What a rule is called: by what it lets through.
fn label(from: &Source<'_>, rule: &Source<'_>) -> String {
    let protocol = rule.str("IpProtocol").unwrap_or("-1");
    let what = match (protocol, rule.take("FromPort")) {
        ("-1", _) => "all".to_owned(),
        (protocol, Some(port)) => format!("{protocol}_{port}"),
        (protocol, None) => protocol.to_owned(),
    };
    let group = rule.str("ReferencedGroupId").map(|id| {
        let group = crate::snapshot::Reference::new("security-group", id);
        from.writing.names.get(&group).cloned().unwrap_or_else(|| id.to_owned())
    });
    let ranges = ["CidrIpv4", "CidrIpv6", "PrefixListId"];
    let whom = group.or_else(|| ranges.iter().find_map(|key| rule.str(key)).map(str::to_owned));
    let whom = match whom.as_deref() {
        None | Some("0.0.0.0/0") => "any".to_owned(),
        Some("::/0") => "any_ipv6".to_owned(),
        Some(other) => other.to_owned(),
    };
    slug(&format!("{}_{what}_{whom}", from.name))
}
