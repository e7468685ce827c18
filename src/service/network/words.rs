//! What can be asked of Amazon EC2 about a VPC, and what it said: states are kept as the open strings they are.

use super::launched::{InstanceSize, Launch};
use crate::service::Place;
use crate::service::family::Asked;
use crate::service::observation as any;
use crate::service::work::Want;
use crate::text::Clean;
use serde::{Deserialize, Serialize};

/// What is asked. `vpc` is a VPC's id or its Name tag, whatever else is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "query", rename_all = "snake_case")]
pub enum Query {
    /// `ec2:DescribeVpcs`.
    Vpcs {
        /// Which.
        vpc: Clean,
    },
    /// `ec2:DescribeSubnets`.
    Subnets {
        /// Of which VPC.
        vpc: Clean,
    },
    /// `ec2:DescribeSubnets`, many ids in one call.
    Subnet {
        /// SubnetId.
        id: Clean,
    },
    /// `ec2:DescribeLaunchTemplateVersions`: one.
    LaunchTemplate {
        /// LaunchTemplateId.
        id: Clean,
        /// A number, `$Latest` or `$Default`.
        version: Clean,
    },
    /// `ec2:DescribeImages`, many ids in one call.
    MachineImage {
        /// ImageId.
        id: Clean,
    },
    /// `ec2:DescribeInstanceTypes`, many types in one call.
    InstanceSize {
        /// InstanceType.
        name: Clean,
    },
    /// `ec2:DescribeInstanceTypeOfferings`, many types in one call.
    InstanceType {
        /// InstanceType.
        name: Clean,
    },
    /// `ec2:DescribeSecurityGroups`.
    SecurityGroups {
        /// Of which VPC.
        vpc: Clean,
    },
    /// `ec2:DescribeNetworkAcls`.
    NetworkAcls {
        /// Of which VPC.
        vpc: Clean,
    },
    /// `ec2:DescribeRouteTables`.
    RouteTables {
        /// Of which VPC.
        vpc: Clean,
    },
    /// `ec2:DescribeNatGateways`.
    NatGateways {
        /// Of which VPC.
        vpc: Clean,
    },
    /// `ec2:DescribeVpcEndpoints`.
    VpcEndpoints {
        /// Of which VPC.
        vpc: Clean,
    },
}

impl Asked for Query {
    type Seen = Observation;

    fn api_name(&self) -> &'static str {
        match self {
            Self::Vpcs { .. } => "ec2.DescribeVpcs",
            Self::Subnets { .. } | Self::Subnet { .. } => "ec2.DescribeSubnets",
            Self::LaunchTemplate { .. } => "ec2.DescribeLaunchTemplateVersions",
            Self::MachineImage { .. } => "ec2.DescribeImages",
            Self::InstanceType { .. } => "ec2.DescribeInstanceTypeOfferings",
            Self::InstanceSize { .. } => "ec2.DescribeInstanceTypes",
            Self::SecurityGroups { .. } => "ec2.DescribeSecurityGroups",
            Self::NetworkAcls { .. } => "ec2.DescribeNetworkAcls",
            Self::RouteTables { .. } => "ec2.DescribeRouteTables",
            Self::NatGateways { .. } => "ec2.DescribeNatGateways",
            Self::VpcEndpoints { .. } => "ec2.DescribeVpcEndpoints",
        }
    }

    /// Several VPCs are asked for in one call.
    // A network is seven sorts of questions, and hardly ever changes: it takes turns, though some of them go together.
    fn is_a_call_each(&self) -> bool {
        !matches!(
            self,
            Self::Subnet { .. } | Self::MachineImage { .. } | Self::InstanceType { .. } | Self::InstanceSize { .. }
        )
    }

    #[cfg(test)]
    fn examples() -> Vec<(Self, Observation)> {
        let vpc = || Clean::new("shop");
        vec![
            (Query::Vpcs { vpc: vpc() }, Observation::Vpcs { vpcs: None }),
            (Query::Subnets { vpc: vpc() }, Observation::Subnets { subnets: None }),
            (Query::Subnet { id: "subnet-1".into() }, Observation::Subnet { subnet: None }),
            (
                Query::LaunchTemplate { id: "lt-1".into(), version: "1".into() },
                Observation::LaunchTemplate { launch: None },
            ),
            (Query::MachineImage { id: "ami-1".into() }, Observation::MachineImage { state: None }),
            (Query::InstanceType { name: "m7g.large".into() }, Observation::InstanceType { offered: None }),
            (Query::InstanceSize { name: "m7g.large".into() }, Observation::InstanceSize { size: None }),
            (Query::SecurityGroups { vpc: vpc() }, Observation::SecurityGroups { groups: None }),
            (Query::NetworkAcls { vpc: vpc() }, Observation::NetworkAcls { acls: None }),
            (Query::RouteTables { vpc: vpc() }, Observation::RouteTables { tables: None }),
            (Query::NatGateways { vpc: vpc() }, Observation::NatGateways { gateways: None }),
            (Query::VpcEndpoints { vpc: vpc() }, Observation::VpcEndpoints { endpoints: None }),
        ]
    }
}

impl Query {
    /// The VPC that it is about, by its id or its Name tag; of what is of none, that thing.
    pub fn vpc(&self) -> &Clean {
        match self {
            Self::Subnet { id }
            | Self::LaunchTemplate { id, .. }
            | Self::MachineImage { id }
            | Self::InstanceType { name: id }
            | Self::InstanceSize { name: id } => id,
            Self::Vpcs { vpc }
            | Self::Subnets { vpc }
            | Self::SecurityGroups { vpc }
            | Self::NetworkAcls { vpc }
            | Self::RouteTables { vpc }
            | Self::NatGateways { vpc }
            | Self::VpcEndpoints { vpc } => vpc,
        }
    }
}

/// What was seen. `None` inside means: there is no such VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "saw", rename_all = "snake_case")]
pub enum Observation {
    /// The VPCs that are called so: several may have one Name.
    Vpcs {
        /// All of them.
        vpcs: Option<Vec<Vpc>>,
    },
    /// The VPC's subnets.
    Subnets {
        /// All of them.
        subnets: Option<Vec<Subnet>>,
    },
    /// A subnet by itself.
    Subnet {
        /// It, if there is one.
        subnet: Option<Subnet>,
    },
    /// What instances of a launch template are launched from.
    LaunchTemplate {
        /// It, if there is such a version.
        launch: Option<Launch>,
    },
    /// A machine image.
    MachineImage {
        /// Its State: `available`, `pending`, …, an open string; `None` when there is none that the account may use.
        state: Option<Clean>,
    },
    /// An instance type.
    InstanceType {
        /// Its name, where the region offers it.
        offered: Option<Clean>,
    },
    /// How large an instance type is.
    InstanceSize {
        /// It, where the region knows the type.
        size: Option<InstanceSize>,
    },
    /// The VPC's security groups.
    SecurityGroups {
        /// All of them.
        groups: Option<Vec<SecurityGroup>>,
    },
    /// The VPC's network ACLs.
    NetworkAcls {
        /// All of them.
        acls: Option<Vec<NetworkAcl>>,
    },
    /// The VPC's route tables.
    RouteTables {
        /// All of them.
        tables: Option<Vec<RouteTable>>,
    },
    /// The VPC's NAT gateways.
    NatGateways {
        /// All of them.
        gateways: Option<Vec<NatGateway>>,
    },
    /// The VPC's endpoints of services.
    VpcEndpoints {
        /// All of them.
        endpoints: Option<Vec<VpcEndpoint>>,
    },
}

/// A VPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// VpcId.
    pub id: Clean,
    /// The tag Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Clean>,
    /// `pending`, `available`, an open string.
    pub state: Clean,
    /// CidrBlock of CidrBlockAssociationSet, of those that are not on their way out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Clean>,
}

/// A subnet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    /// SubnetId.
    pub id: Clean,
    /// The tag Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Clean>,
    /// `pending`, `available`, `unavailable`, …, an open string.
    pub state: Clean,
    /// CidrBlock.
    pub cidr: Clean,
    /// AvailableIpAddressCount.
    pub free: u64,
    /// AvailabilityZone.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub zone: Clean,
}

/// A security group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// GroupId.
    pub id: Clean,
    /// GroupName, of which a VPC has one each.
    pub name: Clean,
    /// The tag Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Clean>,
    /// IpPermissions.
    pub ingress: Vec<Permission>,
    /// IpPermissionsEgress.
    pub egress: Vec<Permission>,
}

/// What a group lets in or out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Permission {
    /// IpProtocol: `tcp`, `-1` for all, a number.
    pub protocol: Clean,
    /// FromPort and ToPort; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<(i64, i64)>,
    /// IpRanges.
    pub cidrs: Vec<Clean>,
    /// UserIdGroupPairs, by the groups' ids.
    pub groups: Vec<Clean>,
    /// PrefixListIds: whose addresses are told elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix_lists: Vec<Clean>,
}

/// A network ACL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// NetworkAclId.
    pub id: Clean,
    /// The subnets of its Associations.
    pub subnets: Vec<Clean>,
    /// Entries.
    pub entries: Vec<AclEntry>,
}

/// An entry of a network ACL; that of the smallest number decides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AclEntry {
    /// RuleNumber.
    pub number: u64,
    /// Egress.
    pub is_egress: bool,
    /// Whether RuleAction is `allow`.
    pub allows: bool,
    /// Protocol, as a number; `-1` for all.
    pub protocol: Clean,
    /// CidrBlock; none for a block of IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cidr: Option<Clean>,
    /// PortRange; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<(i64, i64)>,
}

/// A route table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    /// RouteTableId.
    pub id: Clean,
    /// Whether it is the VPC's main one: of every subnet without one of its own.
    pub is_main: bool,
    /// The subnets whose own one it is.
    pub subnets: Vec<Clean>,
    /// Routes.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// DestinationCidrBlock; none for IPv6 and prefix lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Clean>,
    /// Where it leads: `nat-…`, `igw-…`, `tgw-…`, `eni-…`, `pcx-…`, `local`.
    pub by: Clean,
    /// `active`, `blackhole`, an open string.
    pub state: Clean,
}

/// A NAT gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NatGateway {
    /// NatGatewayId.
    pub id: Clean,
    /// `pending`, `available`, `failed`, `deleting`, `deleted`, an open string.
    pub state: Clean,
}

/// An endpoint of a service in a VPC.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    /// VpcEndpointId.
    pub id: Clean,
    /// ServiceName: `com.amazonaws.us-west-2.s3`.
    pub service: Clean,
    /// VpcEndpointType: `Interface`, `Gateway`, an open string.
    pub sort: Clean,
    /// `Available`, `Pending`, …, an open string, in any case of letters.
    pub state: Clean,
    /// PrivateDnsEnabled: whether the service's own name leads there.
    pub has_private_dns: bool,
    /// SubnetIds, of one that is an interface.
    pub subnets: Vec<Clean>,
    /// RouteTableIds, of one that is a gateway.
    pub route_tables: Vec<Clean>,
}

macro_rules! wants {
    ($($(#[$doc:meta])* $name:ident $Variant:ident $field:ident $T:ty;)*) => {$(
        $(#[$doc])*
        pub(super) fn $name(at: &Place, vpc: &Clean) -> Want<Vec<$T>> {
            Want::new(at.ask(Query::$Variant { vpc: vpc.clone() }), |seen| match seen {
                any::Observation::Network(Observation::$Variant { $field }) => Some($field.as_ref()),
                _ => None,
            })
        }
    )*};
}

wants! {
    /// The VPCs that are called so.
    vpcs Vpcs vpcs Vpc;
    /// Its subnets.
    subnets Subnets subnets Subnet;
    /// Its security groups.
    groups SecurityGroups groups SecurityGroup;
    /// Its network ACLs.
    acls NetworkAcls acls NetworkAcl;
    /// Its route tables.
    tables RouteTables tables RouteTable;
    /// Its NAT gateways.
    gateways NatGateways gateways NatGateway;
    /// Its endpoints.
    endpoints VpcEndpoints endpoints VpcEndpoint;
}

/// A subnet, whatever VPC it is in.
pub(in crate::service) fn subnet(at: &Place, id: &Clean) -> Want<Subnet> {
    Want::new(at.ask(Query::Subnet { id: id.clone() }), |seen| match seen {
        any::Observation::Network(Observation::Subnet { subnet }) => Some(subnet.as_ref()),
        _ => None,
    })
}
