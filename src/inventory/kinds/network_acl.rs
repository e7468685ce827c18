//! Network ACLs that somebody made.

use super::ec2::{ec2, named};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;

ec2!(ACLS, "DescribeNetworkAcls", "networkAclSet", "network-acl-id", "networkAclId");

pub(super) static KINDS: &[Kind] = &[Kind::of("network-acl", network_acl, &[&ACLS])];

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
