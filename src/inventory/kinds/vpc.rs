//! Networks, and the DHCP options that somebody gave them.

use super::ec2::{NEXT, ec2, filter, id, named};
use crate::inventory::arn::AWS_OWN;
use crate::inventory::ask::{Api, Operation};
use crate::inventory::desk::{Desk, Read, Step};
use crate::inventory::pick::{self, As, Config, each, list, text};
use crate::inventory::registry::Kind;
use serde_json::{Map, Value, json};

ec2!(VPCS, "DescribeVpcs", "vpcSet", "vpc-id", "vpcId");
static GATEWAYS_OF: Operation = Operation::list(Api::Ec2, "DescribeInternetGateways", "internetGatewaySet")
    .paged(NEXT)
    .by("attachment.vpc-id")
    .many(
        100,
        |ids| filter("attachment.vpc-id", ids),
        |one| list(one, "attachmentSet").first().and_then(|of| id(of, "vpcId")),
    );
static OPTIONS: Operation = Operation::list(Api::Ec2, "DescribeDhcpOptions", "dhcpOptionsSet").paged(NEXT).many(
    100,
    |ids| json!({ "DhcpOptionsId": ids }),
    |one| id(one, "dhcpOptionsId"),
);
static ATTRIBUTE: Operation = Operation::one(Api::Ec2, "DescribeVpcAttribute");

pub(super) static KINDS: &[Kind] = &[
    Kind::of("vpc", vpc, &[&VPCS, &GATEWAYS_OF, &ATTRIBUTE, &OPTIONS]),
    Kind::of("dhcp-options", dhcp_options, &[&OPTIONS]),
];

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
    let all = list(one, "cidrBlockAssociationSet");
    let is_other = |of: &&Value| {
        let is_going = text(of, "cidrBlockState.state").is_some_and(|state| state.starts_with("disassociat"));
        !is_going && text(of, "cidrBlock") != text(one, "cidrBlock")
    };
    let others: Vec<&Value> = all.into_iter().filter(is_other).collect();
    config.put("OtherCidrBlocks", pick::set(each(&others, "cidrBlock")));
    // By what each is imported.
    let by =
        others.iter().filter_map(|of| Some((text(of, "cidrBlock")?.to_owned(), text(of, "associationId")?.into())));
    config.put("CidrAssociations", by.collect::<Map<String, Value>>());
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

fn dhcp_options(desk: &mut Desk<'_>, id: &str) -> Step<Read> {
    let one = desk.one(&OPTIONS, id)?;
    if is_the_regions(one, &desk.here.region) {
        return Ok(Read::Nothing(AWS_OWN));
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
