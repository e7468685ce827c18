//! Networks: VPCs, subnets and what leads out of them, security groups, endpoints.

use super::ask::{Api, Operation};
use super::desk::{Desk, Found, Read, Step, tags};
use super::pick::{self, As, Config, each, list, text};
use super::registry::{Kind, found};
use crate::snapshot::canonical::sorted;
use serde_json::{Value, json};

const NEXT: &[(&str, &str)] = &[("NextToken", "nextToken")];

fn filter(name: &str, ids: &[&str]) -> Value {
    json!({ "Filter": [{ "Name": name, "Value": ids }] })
}

fn id(one: &Value, member: &str) -> Option<String> {
    one.get(member)?.as_str().map(str::to_owned)
}

/// Something of EC2 that a filter finds by its ids.
macro_rules! ec2 {
    ($static:ident, $name:literal, $list:literal, $filter:literal, $id:literal) => {
        static $static: Operation = Operation::list(Api::Ec2, $name, $list).paged(NEXT).by($filter).many(
            100,
            |ids| filter($filter, ids),
            |one| id(one, $id),
        );
    };
}

ec2!(VPCS, "DescribeVpcs", "vpcSet", "vpc-id", "vpcId");
ec2!(SUBNETS, "DescribeSubnets", "subnetSet", "subnet-id", "subnetId");
ec2!(GATEWAYS, "DescribeInternetGateways", "internetGatewaySet", "internet-gateway-id", "internetGatewayId");
ec2!(TABLES, "DescribeRouteTables", "routeTableSet", "route-table-id", "routeTableId");
ec2!(TABLES_OF, "DescribeRouteTables", "routeTableSet", "vpc-id", "vpcId");
ec2!(ADDRESSES, "DescribeAddresses", "addressesSet", "allocation-id", "allocationId");
ec2!(GROUPS, "DescribeSecurityGroups", "securityGroupInfo", "group-id", "groupId");
ec2!(RULES, "DescribeSecurityGroupRules", "securityGroupRuleSet", "group-id", "groupId");
ec2!(ENDPOINTS_OF, "DescribeVpcEndpoints", "vpcEndpointSet", "vpc-id", "vpcId");
ec2!(ENDPOINTS, "DescribeVpcEndpoints", "vpcEndpointSet", "vpc-endpoint-id", "vpcEndpointId");
ec2!(ACLS_OF, "DescribeNetworkAcls", "networkAclSet", "vpc-id", "vpcId");
ec2!(ACLS, "DescribeNetworkAcls", "networkAclSet", "network-acl-id", "networkAclId");
static GATEWAYS_OF: Operation = Operation::list(Api::Ec2, "DescribeInternetGateways", "internetGatewaySet")
    .paged(NEXT)
    .by("attachment.vpc-id")
    .many(
        100,
        |ids| filter("attachment.vpc-id", ids),
        |one| list(one, "attachmentSet").first().and_then(|of| id(of, "vpcId")),
    );
static NATS: Operation = Operation::list(Api::Ec2, "DescribeNatGateways", "natGatewaySet").paged(NEXT).many(
    100,
    |ids| json!({ "NatGatewayId": ids }),
    |one| id(one, "natGatewayId"),
);
static OPTIONS: Operation = Operation::list(Api::Ec2, "DescribeDhcpOptions", "dhcpOptionsSet").paged(NEXT).many(
    100,
    |ids| json!({ "DhcpOptionsId": ids }),
    |one| id(one, "dhcpOptionsId"),
);
static EGRESS: Operation =
    Operation::list(Api::Ec2, "DescribeEgressOnlyInternetGateways", "egressOnlyInternetGatewaySet").paged(NEXT).many(
        100,
        |ids| json!({ "EgressOnlyInternetGatewayId": ids }),
        |one| id(one, "egressOnlyInternetGatewayId"),
    );
static ATTRIBUTE: Operation = Operation::one(Api::Ec2, "DescribeVpcAttribute");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("vpc", vpc, &[&VPCS, &GATEWAYS_OF, &ATTRIBUTE, &OPTIONS]),
    Kind::of("subnet", subnet, &[&SUBNETS, &TABLES_OF, &ENDPOINTS_OF, &ACLS_OF]),
    Kind::of("internet-gateway", internet_gateway, &[&GATEWAYS]),
    Kind::of("egress-only-gateway", egress_only_gateway, &[&EGRESS]),
    Kind::of("route-table", route_table, &[&TABLES, &ENDPOINTS_OF]),
    Kind::of("nat-gateway", nat_gateway, &[&NATS]),
    Kind::of("eip", eip, &[&ADDRESSES]),
    Kind::of("security-group", security_group, &[&GROUPS, &RULES]),
    Kind::of("vpc-endpoint", endpoint, &[&ENDPOINTS]),
    Kind::of("network-acl", network_acl, &[&ACLS]),
    Kind::of("dhcp-options", dhcp_options, &[&OPTIONS]),
];

/// What is named by its `Name` tag, as all of EC2 is.
fn named(desk: &Desk<'_>, one: &Value, arn: Option<&str>, config: Config) -> Step<Read> {
    let tags = tags(&list(one, "tagSet"), desk.sealer);
    let name = tags.get("Name").and_then(Value::as_str).map(str::to_owned);
    found(Found { arn: arn.map(str::to_owned), name, config, tags: Some(tags) })
}

fn vpc(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&VPCS, id);
    let gateways = desk.all(&GATEWAYS_OF, id);
    let mut attribute = |name: &str| desk.call(&ATTRIBUTE, json!({ "VpcId": id, "Attribute": name }));
    let (names, support) = (attribute("enableDnsHostnames"), attribute("enableDnsSupport"));
    let one = one?;
    let truth = |path: &'static str| move |_: &mut Desk<'_>, value: &Value| pick::taken(value, path, As::Truth);
    let mut config = Config::of(
        one,
        &[
            ("CidrBlock", "cidrBlock", As::Text),
            ("InstanceTenancy", "instanceTenancy", As::Text),
            ("IsDefault", "isDefault", As::Truth),
        ],
    );
    let others = list(one, "cidrBlockAssociationSet");
    let others: Vec<&str> =
        each(&others, "cidrBlock").into_iter().filter(|block| Some(*block) != text(one, "cidrBlock")).collect();
    config.put("OtherCidrBlocks", pick::set(others));
    let six = list(one, "ipv6CidrBlockAssociationSet");
    config.put("Ipv6CidrBlocks", pick::set(each(&six, "ipv6CidrBlock")));
    config.put("EnableDnsHostnames", desk.part(names, truth("enableDnsHostnames.value"))?);
    config.put("EnableDnsSupport", desk.part(support, truth("enableDnsSupport.value"))?);
    let options = text(one, "dhcpOptionsId").filter(|options| *options != "default");
    if let Some(options) = options {
        let told = desk.one(&OPTIONS, options);
        let named = desk.part(told, |desk, told| {
            // Those that the region gives to every network of itself are nobody's.
            let is_own = !is_the_regions(told, &desk.here.region);
            desk.need("dhcp-options", Some(options).filter(|_| is_own), "DhcpOptionsId");
            if is_own { options.into() } else { Value::Null }
        })?;
        config.put("DhcpOptions", named);
    }
    let gateways = desk.part(gateways, |desk, gateways| {
        for gateway in each(&gateways, "internetGatewayId") {
            desk.child("internet-gateway", gateway, "internet gateway");
        }
        Value::Null
    })?;
    config.put("InternetGateways", gateways);
    named(desk, one, None, config)
}

fn subnet(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&SUBNETS, id)?;
    let vpc = text(one, "vpcId").unwrap_or_default();
    let (tables, endpoints, acls) = (desk.all(&TABLES_OF, vpc), desk.all(&ENDPOINTS_OF, vpc), desk.all(&ACLS_OF, vpc));
    let mut config = Config::of(
        one,
        &[
            ("VpcId", "vpcId", As::Text),
            ("CidrBlock", "cidrBlock", As::Text),
            ("AvailabilityZone", "availabilityZone", As::Text),
            ("AvailabilityZoneId", "availabilityZoneId", As::Text),
            ("MapPublicIpOnLaunch", "mapPublicIpOnLaunch", As::Truth),
        ],
    );
    let six = list(one, "ipv6CidrBlockAssociationSet");
    let is_there = |of: &&&Value| text(of, "ipv6CidrBlockState.state") != Some("disassociated");
    config.put(
        "Ipv6CidrBlock",
        six.iter().filter(is_there).find_map(|of| text(of, "ipv6CidrBlock")).map(Value::from).unwrap_or_default(),
    );
    // What is otherwise than it is where nobody says anything.
    let said = Config::of(
        one,
        &[
            ("AssignIpv6AddressOnCreation", "assignIpv6AddressOnCreation", As::Truth),
            ("EnableDns64", "enableDns64", As::Truth),
            ("Ipv6Native", "ipv6Native", As::Truth),
            ("HostnameType", "privateDnsNameOptionsOnLaunch.hostnameType", As::Text),
            ("ResourceNameA", "privateDnsNameOptionsOnLaunch.enableResourceNameDnsARecord", As::Truth),
            ("ResourceNameAaaa", "privateDnsNameOptionsOnLaunch.enableResourceNameDnsAAAARecord", As::Truth),
        ],
    );
    if let Value::Object(members) = said.value() {
        for (name, value) in members.into_iter().filter(|(_, value)| *value != false && *value != "ip-name") {
            config.put(&name, value);
        }
    }
    desk.need("vpc", Some(vpc), "VpcId");
    let table = desk.part(tables, |desk, tables| {
        let is_of = |table: &&&Value, member: &str, wanted: &str| {
            list(table, "associationSet").iter().any(|of| text(of, member) == Some(wanted))
        };
        let own = tables.iter().find(|table| is_of(table, "subnetId", id));
        let main = tables.iter().find(|table| is_of(table, "main", "true"));
        let table = own.or(main).and_then(|table| text(table, "routeTableId"));
        desk.need("route-table", table, "route table");
        table.map_or(Value::Null, Value::from)
    })?;
    config.put("RouteTable", table);
    let unread = desk.part(endpoints, |desk, endpoints| {
        for endpoint in endpoints {
            if list(endpoint, "subnetIdSet").iter().any(|subnet| subnet.as_str() == Some(id)) {
                desk.child("vpc-endpoint", text(endpoint, "vpcEndpointId").unwrap_or_default(), "endpoint");
            }
        }
        Value::Null
    })?;
    config.put("Endpoints", unread);
    let acl = desk.part(acls, |desk, acls| {
        let is_own = |acl: &&&Value| list(acl, "associationSet").iter().any(|of| text(of, "subnetId") == Some(id));
        let own = acls.iter().find(is_own).filter(|acl| text(acl, "default") != Some("true"));
        let own = own.and_then(|acl| text(acl, "networkAclId"));
        desk.need("network-acl", own, "network ACL");
        own.map_or(Value::Null, Value::from)
    })?;
    config.put("NetworkAcl", acl);
    named(desk, one, text(one, "subnetArn"), config)
}

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
            Some(other) => desk.leave(other, super::arn::NOT_READ),
            None => {}
        }
        desk.need("nat-gateway", text(route, "natGatewayId"), "route");
        desk.need("egress-only-gateway", text(route, "egressOnlyInternetGatewayId"), "route");
        let others = ["vpcPeeringConnectionId", "transitGatewayId", "networkInterfaceId"];
        for other in others.iter().filter_map(|member| text(route, member)) {
            desk.leave(other, super::arn::NOT_READ);
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

fn security_group(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let (one, rules) = (desk.one(&GROUPS, id), desk.all(&RULES, id));
    let one = one?;
    let config = Config::of(
        one,
        &[
            ("GroupName", "groupName", As::Text),
            ("Description", "groupDescription", As::Text),
            ("VpcId", "vpcId", As::Text),
        ],
    );
    desk.need("vpc", text(one, "vpcId"), "VpcId");
    let rules = desk.part(rules, |desk, rules| {
        for rule in &rules {
            desk.need("security-group", text(rule, "referencedGroupInfo.groupId"), "rule");
            if let Some(prefix_list) = text(rule, "prefixListId") {
                desk.leave(prefix_list, super::arn::NOT_READ);
            }
        }
        let told = rules.iter().map(|rule| {
            let mut config = Config::of(
                rule,
                &[
                    ("SecurityGroupRuleId", "securityGroupRuleId", As::Text),
                    ("IsEgress", "isEgress", As::Truth),
                    ("IpProtocol", "ipProtocol", As::Text),
                    ("FromPort", "fromPort", As::Number),
                    ("ToPort", "toPort", As::Number),
                    ("CidrIpv4", "cidrIpv4", As::Text),
                    ("CidrIpv6", "cidrIpv6", As::Text),
                    ("PrefixListId", "prefixListId", As::Text),
                    ("ReferencedGroupId", "referencedGroupInfo.groupId", As::Text),
                    ("Description", "description", As::Text),
                ],
            );
            config.put("Tags", tags(&list(rule, "tagSet"), desk.sealer));
            config.value()
        });
        sorted(told.collect()).into()
    })?;
    let mut config = config;
    config.put("Rules", rules);
    let name = text(one, "groupName").map(str::to_owned);
    let tags = tags(&list(one, "tagSet"), desk.sealer);
    found(Found { arn: text(one, "securityGroupArn").map(str::to_owned), name, config, tags: Some(tags) })
}

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

fn network_acl(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&ACLS, id)?;
    let mut config = Config::of(one, &[("VpcId", "vpcId", As::Text)]);
    desk.need("vpc", text(one, "vpcId"), "VpcId");
    config.put(
        "Entries",
        pick::all(
            &list(one, "entrySet"),
            &[
                ("RuleNumber", "ruleNumber", As::Number),
                ("Protocol", "protocol", As::Text),
                ("RuleAction", "ruleAction", As::Text),
                ("Egress", "egress", As::Truth),
                ("CidrBlock", "cidrBlock", As::Text),
                ("Ipv6CidrBlock", "ipv6CidrBlock", As::Text),
                ("FromPort", "portRange.from", As::Number),
                ("ToPort", "portRange.to", As::Number),
            ],
        ),
    );
    let subnets = list(one, "associationSet");
    desk.beyond("subnet", each(&subnets, "subnetId"), "association");
    named(desk, one, None, config)
}

fn dhcp_options(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&OPTIONS, id)?;
    if is_the_regions(one, &desk.here.region) {
        return Ok(Read::Nothing(super::arn::AWS_OWN));
    }
    let config = options(one);
    named(desk, one, None, config)
}

fn options(one: &Value) -> Config {
    let mut config = Config::default();
    for option in list(one, "dhcpConfigurationSet") {
        let values = list(option, "valueSet");
        config.put(text(option, "key").unwrap_or_default(), pick::set(each(&values, "value")));
    }
    config
}

/// Whether they say what a region's own say, and nobody named or tagged them.
fn is_the_regions(one: &Value, region: &str) -> bool {
    let domain = if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") };
    let own = json!({ "domain-name": [domain], "domain-name-servers": ["AmazonProvidedDNS"] });
    list(one, "tagSet").is_empty() && options(one).value() == own
}
