//! Subnets, with the table, the list and the endpoints that each has.

use super::ec2::{ACLS_OF, ENDPOINTS_OF, TABLES_OF, ec2, named};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{As, Config, list, text};
use crate::inventory::registry::Kind;
use serde_json::Value;

ec2!(SUBNETS, "DescribeSubnets", "subnetSet", "subnet-id", "subnetId");

pub(super) static KINDS: &[Kind] = &[Kind::of("subnet", subnet, &[&SUBNETS, &TABLES_OF, &ENDPOINTS_OF, &ACLS_OF])];

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
