//! What the kinds of EC2 share: how they are asked for and what they are called.

use crate::inventory::desk::{Desk, Found, Read, Step, tags};
use crate::inventory::pick::{Config, list};
use crate::inventory::registry::found;
use serde_json::{Value, json};

/// Something of EC2 that a filter finds by its ids.
macro_rules! ec2 {
    ($vis:vis $static:ident, $name:literal, $list:literal, $filter:literal, $id:literal) => {
        $vis static $static: $crate::inventory::ask::Operation =
            $crate::inventory::ask::Operation::list($crate::inventory::ask::Api::Ec2, $name, $list)
                .paged($crate::inventory::kinds::ec2::NEXT)
                .by($filter)
                .many(
                    100,
                    |ids| $crate::inventory::kinds::ec2::filter($filter, ids),
                    |one| $crate::inventory::kinds::ec2::id(one, $id),
                );
    };
}
pub(super) use ec2;

pub(super) const NEXT: &[(&str, &str)] = &[("NextToken", "nextToken")];
ec2!(pub(super) TABLES_OF, "DescribeRouteTables", "routeTableSet", "vpc-id", "vpcId");
ec2!(pub(super) ENDPOINTS_OF, "DescribeVpcEndpoints", "vpcEndpointSet", "vpc-id", "vpcId");
ec2!(pub(super) ACLS_OF, "DescribeNetworkAcls", "networkAclSet", "vpc-id", "vpcId");

pub(super) fn filter(name: &str, ids: &[&str]) -> Value {
    json!({ "Filter": [{ "Name": name, "Value": ids }] })
}

pub(super) fn id(one: &Value, member: &str) -> Option<String> {
    one.get(member)?.as_str().map(str::to_owned)
}

/// What is named by its `Name` tag, as all of EC2 is.
pub(super) fn named(desk: &Desk<'_>, one: &Value, arn: Option<&str>, config: Config) -> Step<Read> {
    let tags = tags(&list(one, "tagSet"), desk.sealer);
    let name = tags.get("Name").and_then(Value::as_str).map(str::to_owned);
    found(Found { arn: arn.map(str::to_owned), name, config, tags: Some(tags) })
}
