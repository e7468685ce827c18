//! Security groups, with their rules.

use super::ec2::ec2;
use crate::inventory::arn::NOT_READ;
use crate::inventory::desk::{Desk, Found, Read, Step, tags};
use crate::inventory::pick::{As, Config, list, text};
use crate::inventory::registry::{Kind, found};
use crate::snapshot::canonical::sorted;

ec2!(GROUPS, "DescribeSecurityGroups", "securityGroupInfo", "group-id", "groupId");
ec2!(RULES, "DescribeSecurityGroupRules", "securityGroupRuleSet", "group-id", "groupId");

pub(super) static KINDS: &[Kind] = &[Kind::of("security-group", security_group, &[&GROUPS, &RULES])];

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
                desk.leave(prefix_list, NOT_READ);
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
