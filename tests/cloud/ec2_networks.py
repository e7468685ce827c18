"""What EC2 tells of networks and moto does not: IPv6 ranges of subnets, network ACLs and endpoints by their ids, and the DHCP
options that a region has from the beginning.

Follows the EC2 API Reference (DescribeSubnets, DescribeNetworkAcls, DescribeVpcEndpoints, DescribeDhcpOptions,
DescribeEgressOnlyInternetGateways) and the VPC User Guide ("DHCP option sets in Amazon VPC": each region has a default one,
which its VPCs have until they are given another or none).
"""

from __future__ import annotations

import zlib
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.dhcp_options import DHCPOptionsSet
from moto.ec2.models.network_acls import NetworkAcl
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.ec2.responses.dhcp_options import DHCPOptions

from patch import replaces

# IPv6 ranges of subnets


def associations(subnet: Subnet) -> list[dict[str, Any]]:
    """Those that were taken away are told no more."""
    kept = [one for one in subnet.ipv6_cidr_block_associations.values() if one["ipv6CidrBlockState"]["State"] == "associated"]
    return [
        {
            "Ipv6CidrBlock": one["ipv6CidrBlock"],
            "AssociationId": one["associationId"],
            "Ipv6CidrBlockState": {"State": "associated"},
        }
        for one in kept
    ]


Subnet.ipv6_cidr_block_association_set = property(associations)

OF_ASSOCIATIONS = {
    "ipv6-cidr-block-association.association-id": lambda one: one["AssociationId"],
    "ipv6-cidr-block-association.ipv6-cidr-block": lambda one: one["Ipv6CidrBlock"],
    "ipv6-cidr-block-association.state": lambda one: one["Ipv6CidrBlockState"]["State"],
}
OF_SUBNETS = {
    "availability-zone-id": lambda subnet: subnet.availability_zone_id,
    "available-ip-address-count": lambda subnet: subnet.available_ip_address_count,
    "ipv6-native": lambda subnet: bool(subnet.ipv6_native),
    "map-public-ip-on-launch": lambda subnet: subnet.map_public_ip_on_launch in (True, "true"),
    "owner-id": lambda subnet: subnet.owner_id,
    "subnet-arn": lambda subnet: subnet.arn,
}
moto_of_subnet = Subnet.get_filter_value


@replaces(Subnet)
def get_filter_value(self: Subnet, filter_name: str, method_name: str | None = None) -> Any:
    if filter_name in OF_ASSOCIATIONS:
        return [OF_ASSOCIATIONS[filter_name](one) for one in associations(self)]
    if filter_name in OF_SUBNETS:
        return OF_SUBNETS[filter_name](self)
    return moto_of_subnet(self, filter_name, method_name)


# What is found by its own id

OF_LISTS = {
    NetworkAcl: {"network-acl-id": lambda acl: acl.id},
    VPCEndPoint: {
        "service-name": lambda endpoint: endpoint.service_name,
        "vpc-endpoint-id": lambda endpoint: endpoint.id,
        "vpc-id": lambda endpoint: endpoint.vpc_id,
    },
}


def finds(owner: type, of: dict[str, Any]) -> None:
    motos = owner.get_filter_value

    @replaces(owner, "get_filter_value")
    def value(self: Any, filter_name: str, method_name: str | None = None) -> Any:
        return of[filter_name](self) if filter_name in of else motos(self, filter_name, method_name)


for owner, of in OF_LISTS.items():
    finds(owner, of)

# DHCP options


def default_options(backend: EC2Backend) -> DHCPOptionsSet:
    """The region's own, which is there before anybody asks."""
    region = backend.region_name
    number = zlib.crc32(f"{backend.account_id}/{region}".encode())
    ident = f"dopt-{number:08x}{number ^ 0x5A5A5A5A:08x}0"
    found = backend.dhcp_options_sets.get(ident)
    if found is None:
        domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
        found = DHCPOptionsSet(backend, domain_name_servers=["AmazonProvidedDNS"], domain_name=[domain])
        found.id = ident
        backend.dhcp_options_sets[ident] = found
    return found


DHCPOptionsSet.owner_id = property(lambda self: self.ec2_backend.account_id)
# Whether it was said that a VPC has none, which is told as `default`.
VPC.has_no_options = False


def options_of(vpc: VPC) -> str:
    if vpc.dhcp_options:
        return vpc.dhcp_options.id
    return "default" if vpc.has_no_options else default_options(vpc.ec2_backend).id


VPC.dhcp_options_id = property(options_of)
moto_of_vpc = VPC.get_filter_value


@replaces(VPC, "get_filter_value")
def get_filter_value_of_vpc(self: VPC, filter_name: str, method_name: str | None = None) -> Any:
    if filter_name in ("dhcp-options-id", "dhcpOptionsId"):
        return options_of(self)
    return moto_of_vpc(self, filter_name, method_name)


moto_create_options = DHCPOptions.create_dhcp_options


@replaces(DHCPOptions)
def create_dhcp_options(self: DHCPOptions) -> Any:
    """With the tags that they are made with."""
    result = moto_create_options(self)
    self.ec2_backend.create_tags([result.result["DhcpOptions"].id], self._parse_tag_specification().get("dhcp-options", {}))
    return result


moto_associate = EC2Backend.associate_dhcp_options
moto_disassociate = EC2Backend.disassociate_dhcp_options
moto_describe_options = EC2Backend.describe_dhcp_options
moto_delete_vpc = EC2Backend.delete_vpc


@replaces(EC2Backend)
def associate_dhcp_options(self: EC2Backend, dhcp_options: DHCPOptionsSet, vpc: VPC) -> None:
    before, vpc.has_no_options = vpc.dhcp_options, False
    moto_associate(self, dhcp_options, vpc)
    let_go(self, before)


@replaces(EC2Backend)
def disassociate_dhcp_options(self: EC2Backend, vpc: VPC) -> None:
    before, vpc.has_no_options = vpc.dhcp_options, True
    moto_disassociate(self, vpc)
    let_go(self, before)


def let_go(backend: EC2Backend, options: DHCPOptionsSet | None) -> None:
    """What another VPC has too is in use still."""
    if options is not None:
        options.vpc = next((vpc for vpc in backend.vpcs.values() if vpc.dhcp_options is options), None)


@replaces(EC2Backend)
def describe_dhcp_options(self: EC2Backend, dhcp_options_ids: list[str] | None = None, filters: Any = None) -> list[Any]:
    default_options(self)
    return moto_describe_options(self, dhcp_options_ids, filters)


@replaces(EC2Backend)
def delete_vpc(self: EC2Backend, vpc_id: str) -> VPC:
    """The options that it had stay."""
    before = self.vpcs[vpc_id].dhcp_options if vpc_id in self.vpcs else None
    if before is not None:
        self.vpcs[vpc_id].dhcp_options = None
    vpc = moto_delete_vpc(self, vpc_id)
    let_go(self, before)
    return vpc
