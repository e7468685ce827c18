//! Amazon EC2, as far as networks go: VPCs by their ids or Name tags, and what is in them. One call of a kind whatever is
//! asked, of all VPCs at once.

pub(super) mod templates;

use super::audit::Audit;
use super::caller::xml::List;
use super::caller::{At, Protocol, Read, Service};
use super::desk::{Answers, Asked, Eye, Look, all_unanswered};
use super::trouble::{Sort, Trouble};
use crate::service::observation::{
    AclEntry, InstanceSize, NatGateway, NetworkAcl, Permission, Route, RouteTable, SecurityGroup, Subnet, Vpc,
    VpcEndpoint,
};
use crate::service::{NetworkObservation as Seen, NetworkQuery, Observation, Query, Unanswered};
use crate::text::Clean;
use futures::future::{OptionFuture, join, join5};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is asked here.
pub(super) const READS: &[&str] = &[
    "DescribeVpcs",
    "DescribeSubnets",
    "DescribeSecurityGroups",
    "DescribeNetworkAcls",
    "DescribeRouteTables",
    "DescribeNatGateways",
    "DescribeVpcEndpoints",
    "DescribeImages",
    "DescribeInstanceTypeOfferings",
    "DescribeInstanceTypes",
];

/// The service, as its model has it.
pub(super) const SERVICE: Service = Service {
    id: "EC2",
    signing_name: "ec2",
    at: At::RegionsPlainInGov,
    host: "ec2",
    dual_stack_host: "ec2",
    protocol: Protocol::Ec2 { version: "2016-11-15" },
    reads: &[READS, templates::READS],
    acts: &[],
};

const PAGES: usize = 20;

/// A filter, as every one of these calls takes it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    name: &'static str,
    value: Vec<String>,
}

impl Filter {
    /// Things of these VPCs.
    fn of_vpcs(ids: impl IntoIterator<Item = String>) -> Self {
        Self { name: "vpc-id", value: ids.into_iter().collect() }
    }
}

/// One page of what there is.
pub(super) trait Listing: Read {
    /// What is listed.
    type Item;
    /// A page of what `filter` lets through.
    fn page(filter: Filter, next_token: Option<String>) -> Self;
    /// What it was answered, and what the next page is asked with.
    fn told(answer: Self::Answer) -> (Vec<Self::Item>, Option<String>);
}

macro_rules! listings {
    ($($Request:ident $name:literal $Answer:ident $field:ident $Item:ident;)*) => {$(
        #[derive(Debug, Serialize)]
        #[serde(rename_all = "PascalCase")]
        pub(super) struct $Request {
            filter: Vec<Filter>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }

        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $Answer {
            $field: List<$Item>,
            next_token: Option<String>,
        }

        impl Read for $Request {
            const SERVICE: &'static Service = &SERVICE;
            const OPERATION: &'static str = $name;
            type Answer = $Answer;
        }

        impl Listing for $Request {
            type Item = $Item;
            fn page(filter: Filter, next_token: Option<String>) -> Self {
                Self { filter: vec![filter], next_token }
            }
            fn told(answer: $Answer) -> (Vec<$Item>, Option<String>) {
                (answer.$field.into_vec(), answer.next_token)
            }
        }
    )*

        /// One of every request, with every member that is ever sent.
        #[cfg(test)]
        pub(super) fn every<T>(mut of: impl Every<T>) -> Vec<T> {
            vec![$(of.one($Request::page(Filter::of_vpcs(["vpc-1".to_owned()]), Some("next".to_owned()))),)*]
        }
    };
}

/// What is made of every request.
#[cfg(test)]
pub(super) trait Every<T> {
    /// Of one of them.
    fn one<R: Read>(&mut self, request: R) -> T;
}

listings! {
    DescribeVpcs "DescribeVpcs" Vpcs vpc_set ToldVpc;
    DescribeSubnets "DescribeSubnets" Subnets subnet_set ToldSubnet;
    DescribeSecurityGroups "DescribeSecurityGroups" SecurityGroups security_group_info ToldGroup;
    DescribeNetworkAcls "DescribeNetworkAcls" NetworkAcls network_acl_set ToldAcl;
    DescribeRouteTables "DescribeRouteTables" RouteTables route_table_set ToldTable;
    DescribeNatGateways "DescribeNatGateways" NatGateways nat_gateway_set ToldGateway;
    DescribeVpcEndpoints "DescribeVpcEndpoints" VpcEndpoints vpc_endpoint_set ToldEndpoint;
    DescribeImages "DescribeImages" Images images_set ToldImage;
    DescribeOfferings "DescribeInstanceTypeOfferings" Offerings instance_type_offering_set ToldOffering;
    DescribeTypes "DescribeInstanceTypes" Types instance_type_set ToldType;
}

macro_rules! told {
    ($($Name:ident { $($field:ident: $T:ty,)* })*) => {$(
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $Name {
            $(#[serde(default)] $field: $T,)*
        }
    )*};
}

told! {
    ToldVpc { vpc_id: String, state: String, cidr_block_association_set: List<ToldBlock>, tag_set: List<Tag>, }
    ToldBlock { cidr_block: String, cidr_block_state: Option<BlockState>, }
    BlockState { state: String, }
    ToldSubnet {
        subnet_id: String, vpc_id: String, state: String, cidr_block: String, available_ip_address_count: u64,
        availability_zone: String,
        tag_set: List<Tag>,
    }
    ToldGroup {
        group_id: String, vpc_id: String, group_name: String, ip_permissions: List<ToldPermission>,
        ip_permissions_egress: List<ToldPermission>, tag_set: List<Tag>,
    }
    ToldPermission {
        ip_protocol: String, from_port: Option<i64>, to_port: Option<i64>, ip_ranges: List<Range>, groups: List<Pair>,
        prefix_list_ids: List<PrefixList>,
    }
    Range { cidr_ip: String, }
    Pair { group_id: String, }
    PrefixList { prefix_list_id: String, }
    ToldAcl { network_acl_id: String, vpc_id: String, association_set: List<AclAssociation>, entry_set: List<ToldEntry>, }
    AclAssociation {
        subnet_id: Option<String>,
    }
    Association { subnet_id: Option<String>, main: Option<bool>, }
    ToldEntry {
        rule_number: u64, egress: bool, rule_action: String, protocol: String, cidr_block: Option<String>,
        port_range: Option<Ports>,
    }
    Ports { from: i64, to: i64, }
    ToldTable { route_table_id: String, vpc_id: String, association_set: List<Association>, route_set: List<ToldRoute>, }
    ToldRoute {
        destination_cidr_block: Option<String>, state: String, gateway_id: Option<String>, nat_gateway_id: Option<String>,
        transit_gateway_id: Option<String>, network_interface_id: Option<String>, instance_id: Option<String>,
        vpc_peering_connection_id: Option<String>, local_gateway_id: Option<String>, carrier_gateway_id: Option<String>,
        core_network_arn: Option<String>,
    }
    ToldGateway { nat_gateway_id: String, vpc_id: String, state: String, }
    ToldEndpoint {
        vpc_endpoint_id: String, vpc_id: String, service_name: String, vpc_endpoint_type: String, state: String,
        private_dns_enabled: bool, subnet_id_set: List<String>, route_table_id_set: List<String>,
    }
    ToldImage { image_id: String, image_state: String, }
    ToldOffering { instance_type: String, }
    ToldType { instance_type: String, v_cpu_info: Option<ToldVcpus>, }
    Tag { key: String, value: String, }
}

/// VCpuInfo of an instance type.
#[derive(Debug, Deserialize)]
pub(super) struct ToldVcpus {
    #[serde(rename = "defaultVCpus")]
    default: u64,
}

/// The subnets of associations; a main table's own one has none.
fn subnets_of(ids: impl IntoIterator<Item = Option<String>>) -> Vec<Clean> {
    ids.into_iter().flatten().filter(|id| !id.is_empty()).map(Clean::from).collect()
}

/// The looks that answer `asked`.
pub(super) fn looks<'a>(eye: Eye<'a>, asked: Asked<'a, NetworkQuery>) -> Vec<Look<'a>> {
    let (mut of_vpcs, mut subnets, mut templates) = (vec![], vec![], vec![]);
    let (mut images, mut types, mut sizes) = (vec![], vec![], vec![]);
    for (query, words) in asked {
        match words {
            NetworkQuery::Subnet { .. } => subnets.push(query),
            NetworkQuery::LaunchTemplate { .. } => templates.push(query),
            NetworkQuery::MachineImage { .. } => images.push(query),
            NetworkQuery::InstanceType { .. } => types.push(query),
            NetworkQuery::InstanceSize { .. } => sizes.push(query),
            _ => of_vpcs.push((query, words)),
        }
    }
    let queries = of_vpcs.iter().map(|(query, _)| *query).collect();
    vec![
        Look::of(queries, |queries| look(eye, queries, of_vpcs)),
        Look::of(subnets, |queries| {
            by_id::<DescribeSubnets>(
                eye,
                queries,
                "subnet-id",
                |subnet| subnet.id.clone(),
                |subnet| Seen::Subnet { subnet },
            )
        }),
        Look::of(images, |queries| {
            let state = |found: Option<(Clean, Clean)>| Seen::MachineImage { state: found.map(|(_, state)| state) };
            by_id::<DescribeImages>(eye, queries, "image-id", |(id, _)| id.clone(), state)
        }),
        Look::of(types, |queries| {
            let offered = |offered| Seen::InstanceType { offered };
            by_id::<DescribeOfferings>(eye, queries, "instance-type", Clean::clone, offered)
        }),
        Look::of(sizes, |queries| {
            let size = |size| Seen::InstanceSize { size };
            by_id::<DescribeTypes>(eye, queries, "instance-type", |size| size.name.clone(), size)
        }),
        Look::of(templates, |queries| templates::look(eye, queries)),
    ]
}

/// How many values a filter has at most ("Filtering your resources", EC2 User Guide).
const VALUES: usize = 200;

/// Things by their ids, whatever VPC they are in. One that the answer leaves out is not there: that is why it is a filter, which
/// no absent id fails.
async fn by_id<L: Listing<Item: Told>>(
    eye: Eye<'_>,
    queries: Vec<&Query>,
    name: &'static str,
    id_of: fn(&<L::Item as Told>::Seen) -> Clean,
    seen: fn(Option<<L::Item as Told>::Seen>) -> Seen,
) -> Answers {
    let id = |query: &Query| match query {
        Query::Network(words) => words.vpc().clone(),
        _ => Clean::default(),
    };
    let mut answers = Vec::new();
    for queries in queries.chunks(VALUES) {
        let filter = Filter { name, value: queries.iter().map(|query| id(query).to_string()).collect() };
        match pages::<L>(eye, filter).await {
            Ok(found) => answers.extend(queries.iter().map(|query| {
                let one = found.iter().map(|(_, one)| one).find(|one| id_of(one) == id(query)).cloned();
                ((*query).clone(), Ok(seen(one).into()))
            })),
            Err(trouble) => answers.extend(all_unanswered(queries, &trouble)),
        }
    }
    answers
}

async fn look(eye: Eye<'_>, queries: Vec<&Query>, asked: Asked<'_, NetworkQuery>) -> Answers {
    let vpcs = match vpcs(eye, &asked).await {
        Ok(vpcs) => vpcs,
        Err(trouble) => return all_unanswered(&queries, &trouble),
    };
    let of = |is_one: fn(&NetworkQuery) -> bool| {
        let about = asked.iter().filter(|(_, words)| is_one(words));
        let ids: BTreeSet<String> =
            about.flat_map(|(_, words)| called(&vpcs, words.vpc())).map(|vpc| vpc.id.to_string()).collect();
        (!ids.is_empty()).then(|| Filter::of_vpcs(ids))
    };
    let subnets = list::<DescribeSubnets>(eye, of(|words| matches!(words, NetworkQuery::Subnets { .. })));
    let groups = list::<DescribeSecurityGroups>(eye, of(|words| matches!(words, NetworkQuery::SecurityGroups { .. })));
    let acls = list::<DescribeNetworkAcls>(eye, of(|words| matches!(words, NetworkQuery::NetworkAcls { .. })));
    let tables = list::<DescribeRouteTables>(eye, of(|words| matches!(words, NetworkQuery::RouteTables { .. })));
    let gateways = list::<DescribeNatGateways>(eye, of(|words| matches!(words, NetworkQuery::NatGateways { .. })));
    let endpoints = list::<DescribeVpcEndpoints>(eye, of(|words| matches!(words, NetworkQuery::VpcEndpoints { .. })));
    let ((subnets, groups, acls, tables, gateways), endpoints) =
        join(join5(subnets, groups, acls, tables, gateways), endpoints).await;
    let answer = |words: &NetworkQuery| -> Result<Observation, Unanswered> {
        let ids: Vec<Clean> = called(&vpcs, words.vpc()).map(|vpc| vpc.id.clone()).collect();
        let seen = match words {
            NetworkQuery::Vpcs { vpc } => {
                let vpcs: Vec<Vpc> = called(&vpcs, vpc).cloned().collect();
                Seen::Vpcs { vpcs: (!vpcs.is_empty()).then_some(vpcs) }
            }
            // Looked at by themselves.
            NetworkQuery::Subnet { .. } => Seen::Subnet { subnet: None },
            NetworkQuery::LaunchTemplate { .. } => Seen::LaunchTemplate { launch: None },
            NetworkQuery::MachineImage { .. } => Seen::MachineImage { state: None },
            NetworkQuery::InstanceType { .. } => Seen::InstanceType { offered: None },
            NetworkQuery::InstanceSize { .. } => Seen::InstanceSize { size: None },
            NetworkQuery::Subnets { .. } => Seen::Subnets { subnets: within(&subnets, &ids)? },
            NetworkQuery::SecurityGroups { .. } => Seen::SecurityGroups { groups: within(&groups, &ids)? },
            NetworkQuery::NetworkAcls { .. } => Seen::NetworkAcls { acls: within(&acls, &ids)? },
            NetworkQuery::RouteTables { .. } => Seen::RouteTables { tables: within(&tables, &ids)? },
            NetworkQuery::NatGateways { .. } => Seen::NatGateways { gateways: within(&gateways, &ids)? },
            NetworkQuery::VpcEndpoints { .. } => Seen::VpcEndpoints { endpoints: within(&endpoints, &ids)? },
        };
        Ok(seen.into())
    };
    asked.iter().map(|(query, words)| ((*query).clone(), answer(words))).collect()
}

fn called<'a>(vpcs: &'a [Vpc], name: &'a Clean) -> impl Iterator<Item = &'a Vpc> + 'a {
    vpcs.iter().filter(move |vpc| vpc.id == *name || vpc.name.as_ref() == Some(name))
}

/// The VPCs that are asked about: those that are given by ids in one call, those by their names in another.
async fn vpcs(eye: Eye<'_>, asked: &Asked<'_, NetworkQuery>) -> Result<Vec<Vpc>, Trouble> {
    let given: BTreeSet<&str> = asked.iter().map(|(_, words)| words.vpc().as_str()).collect();
    let (ids, names): (Vec<&str>, Vec<&str>) = given.into_iter().partition(|given| given.starts_with("vpc-"));
    let filter = |name, given: Vec<&str>| {
        let value: Vec<String> = given.into_iter().map(str::to_owned).collect();
        (!value.is_empty()).then_some(Filter { name, value })
    };
    let by = |filter| async move { list::<DescribeVpcs>(eye, filter).await.transpose().map(Option::unwrap_or_default) };
    let (by_id, by_name) = join(by(filter("vpc-id", ids)), by(filter("tag:Name", names))).await;
    Ok([by_id?, by_name?].concat().into_iter().map(|(_, vpc)| vpc).collect())
}

/// All that `filter` lets through, each with its VPC; `None` when nothing is asked for.
async fn list<L: Listing<Item: Told>>(eye: Eye<'_>, filter: Option<Filter>) -> Option<Result<Listed<L>, Trouble>> {
    OptionFuture::from(filter.map(|filter| pages::<L>(eye, filter))).await
}

type Listed<L> = Vec<(Clean, <<L as Listing>::Item as Told>::Seen)>;

async fn pages<L: Listing<Item: Told>>(eye: Eye<'_>, filter: Filter) -> Result<Listed<L>, Trouble> {
    let (mut all, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let audit = Audit::look(eye, "ec2");
        let answer = audit.settle(eye.clients.caller.read(L::page(filter.clone(), next), audit.clone())).await?;
        let (items, token) = L::told(answer);
        all.extend(items.into_iter().map(Told::seen));
        next = token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(all);
        }
    }
    let message = format!("more than {PAGES} pages of {}", L::OPERATION);
    Err(Trouble { sort: Sort::Failing, code: None, message: Clean::new(&message) })
}

/// Those of the VPCs with these ids; `None` when there is no such VPC.
fn within<T: Clone>(
    listed: &Option<Result<Vec<(Clean, T)>, Trouble>>,
    ids: &[Clean],
) -> Result<Option<Vec<T>>, Unanswered> {
    match listed {
        _ if ids.is_empty() => Ok(None),
        Some(Ok(all)) => {
            Ok(Some(all.iter().filter(|(vpc, _)| ids.contains(vpc)).map(|(_, seen)| seen.clone()).collect()))
        }
        Some(Err(trouble)) => Err(trouble.unanswered()),
        None => Ok(None),
    }
}

/// What is told of a thing, made into what is seen of it, with the VPC that it is in.
pub(super) trait Told {
    /// What is seen.
    type Seen: Clone;
    /// It.
    fn seen(self) -> (Clean, Self::Seen);
}

fn clean(list: List<String>) -> Vec<Clean> {
    list.into_vec().into_iter().map(Clean::from).collect()
}

fn name_of(tags: List<Tag>) -> Option<Clean> {
    tags.into_vec().into_iter().find(|tag| tag.key == "Name").map(|tag| tag.value.into())
}

impl Told for ToldVpc {
    type Seen = Vpc;
    fn seen(self) -> (Clean, Vpc) {
        let id = Clean::new(&self.vpc_id);
        let blocks = self.cidr_block_association_set.into_vec().into_iter();
        let goes = |state: &BlockState| !matches!(state.state.as_str(), "associated" | "associating");
        let stays = |block: &ToldBlock| !block.cidr_block_state.as_ref().is_some_and(goes);
        let blocks = blocks.filter(stays).map(|block| block.cidr_block.into()).collect();
        (id.clone(), Vpc { id, name: name_of(self.tag_set), state: self.state.into(), blocks })
    }
}

impl Told for ToldSubnet {
    type Seen = Subnet;
    fn seen(self) -> (Clean, Subnet) {
        let subnet = Subnet {
            id: self.subnet_id.into(),
            name: name_of(self.tag_set),
            state: self.state.into(),
            cidr: self.cidr_block.into(),
            free: self.available_ip_address_count,
            zone: self.availability_zone.into(),
        };
        (self.vpc_id.into(), subnet)
    }
}

impl Told for ToldGroup {
    type Seen = SecurityGroup;
    fn seen(self) -> (Clean, SecurityGroup) {
        let rules = |told: List<ToldPermission>| told.into_vec().into_iter().map(permission).collect();
        let group = SecurityGroup {
            id: self.group_id.into(),
            name: self.group_name.into(),
            tag: name_of(self.tag_set),
            ingress: rules(self.ip_permissions),
            egress: rules(self.ip_permissions_egress),
        };
        (self.vpc_id.into(), group)
    }
}

fn permission(told: ToldPermission) -> Permission {
    Permission {
        protocol: told.ip_protocol.into(),
        ports: told.from_port.zip(told.to_port),
        cidrs: told.ip_ranges.into_vec().into_iter().map(|range| range.cidr_ip.into()).collect(),
        groups: told.groups.into_vec().into_iter().map(|pair| pair.group_id.into()).collect(),
        prefix_lists: told.prefix_list_ids.into_vec().into_iter().map(|list| list.prefix_list_id.into()).collect(),
    }
}

impl Told for ToldAcl {
    type Seen = NetworkAcl;
    fn seen(self) -> (Clean, NetworkAcl) {
        let entries = self.entry_set.into_vec().into_iter().map(|told| AclEntry {
            number: told.rule_number,
            is_egress: told.egress,
            allows: told.rule_action == "allow",
            protocol: told.protocol.into(),
            cidr: told.cidr_block.map(Clean::from),
            ports: told.port_range.map(|ports| (ports.from, ports.to)),
        });
        let entries = entries.collect();
        let subnets = subnets_of(self.association_set.into_vec().into_iter().map(|one| one.subnet_id));
        (self.vpc_id.into(), NetworkAcl { id: self.network_acl_id.into(), subnets, entries })
    }
}

impl Told for ToldTable {
    type Seen = RouteTable;
    fn seen(self) -> (Clean, RouteTable) {
        let associations = self.association_set;
        let is_main = associations.iter().any(|one| one.main == Some(true));
        let table = RouteTable {
            id: self.route_table_id.into(),
            is_main,
            subnets: subnets_of(associations.into_vec().into_iter().map(|one| one.subnet_id)),
            routes: self.route_set.into_vec().into_iter().map(route).collect(),
        };
        (self.vpc_id.into(), table)
    }
}

fn route(told: ToldRoute) -> Route {
    let by = [
        told.nat_gateway_id,
        told.transit_gateway_id,
        told.gateway_id,
        told.vpc_peering_connection_id,
        told.network_interface_id,
        told.instance_id,
        told.local_gateway_id,
        told.carrier_gateway_id,
        told.core_network_arn,
    ];
    let by = by.into_iter().flatten().find(|by| !by.is_empty()).unwrap_or_default();
    Route { to: told.destination_cidr_block.map(Clean::from), by: by.into(), state: told.state.into() }
}

impl Told for ToldGateway {
    type Seen = NatGateway;
    fn seen(self) -> (Clean, NatGateway) {
        (self.vpc_id.into(), NatGateway { id: self.nat_gateway_id.into(), state: self.state.into() })
    }
}

impl Told for ToldEndpoint {
    type Seen = VpcEndpoint;
    fn seen(self) -> (Clean, VpcEndpoint) {
        let endpoint = VpcEndpoint {
            id: self.vpc_endpoint_id.into(),
            service: self.service_name.into(),
            sort: self.vpc_endpoint_type.into(),
            state: self.state.into(),
            has_private_dns: self.private_dns_enabled,
            subnets: clean(self.subnet_id_set),
            route_tables: clean(self.route_table_id_set),
        };
        (self.vpc_id.into(), endpoint)
    }
}

impl Told for ToldImage {
    type Seen = (Clean, Clean);
    fn seen(self) -> (Clean, (Clean, Clean)) {
        (Clean::default(), (self.image_id.into(), self.image_state.into()))
    }
}

impl Told for ToldOffering {
    type Seen = Clean;
    fn seen(self) -> (Clean, Clean) {
        (Clean::default(), self.instance_type.into())
    }
}

impl Told for ToldType {
    type Seen = InstanceSize;
    fn seen(self) -> (Clean, InstanceSize) {
        let vcpus = self.v_cpu_info.map_or(0, |told| told.default);
        (Clean::default(), InstanceSize { name: self.instance_type.into(), vcpus })
    }
}
