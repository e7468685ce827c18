"""Networks: what a plan's `network` components mean stands in moto, and what is to be wrong with it is put there by a knob.

moto has no route that leads nowhere and no endpoint or NAT gateway under way: their states are put there too.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.ec2.models.route_tables import Route, RouteTable
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPC

from patch import replaces

EVERYWHERE = "0.0.0.0/0"

# Set by a knob: the states of routes, by their ids.
STATES: dict[str, str] = {}
Route.state = property(lambda self: STATES.get(self.id, "active"))
# A rule is described whatever it lets in (EC2 API Reference, SecurityGroupRule); moto tells it of addresses alone.
SecurityGroupRule.description = property(lambda self: {**(self.source_group or {}), **(self.ip_range or {})}.get("Description"))


moto_create_nat_gateway = EC2Backend.create_nat_gateway


@replaces(EC2Backend)
def create_nat_gateway(self: EC2Backend, *args: Any, connectivity_type: str | None = None, **kwargs: Any) -> Any:
    """Public unless it is said to be private (EC2 API Reference, CreateNatGateway, ConnectivityType)."""
    return moto_create_nat_gateway(self, *args, connectivity_type=connectivity_type or "public", **kwargs)


moto_create_template = EC2Backend.create_launch_template


@replaces(EC2Backend)
def create_launch_template(
    self: EC2Backend, name: str, description: str, template_data: dict[str, Any], tag_spec: dict[str, Any]
) -> Any:
    """What the template itself is tagged with is no part of what it launches (EC2 API Reference, CreateLaunchTemplate)."""
    tagged = [one for one in template_data.pop("TagSpecifications", []) if one.get("ResourceType") != "launch-template"]
    if tagged:
        template_data["TagSpecifications"] = tagged
    return moto_create_template(self, name, description, template_data, tag_spec)


def reset() -> None:
    STATES.clear()


def backend_of(account: str, region: str) -> EC2Backend:
    return ec2_backends[account][region]


def name_of(resource: Any) -> str | None:
    return next((tag["value"] for tag in resource.get_tags() if tag["key"] == "Name"), None)


def vpc_of(backend: EC2Backend, name: str) -> VPC:
    return next(vpc for vpc in backend.vpcs.values() if name in (vpc.id, name_of(vpc)))


def put(account: str, region: str, component: dict[str, Any]) -> tuple[str, list[str]]:
    """A VPC with what the component asks for, open and with a way out; its id and its subnets'."""
    backend = backend_of(account, region)
    # As whoever means to join them gives them: the regions have no address in common.
    begin = "10.7" if region.startswith("us-west") else "10.9"
    vpc = backend.create_vpc(f"{begin}.0.0/16")
    backend.create_tags([vpc.id], {"Name": component["vpc"]})
    subnets = []
    for number, name in enumerate(component.get("subnets", [])):
        subnet = backend.create_subnet(vpc.id, f"{begin}.{number}.0/24", availability_zone=f"{region}{'ab'[number % 2]}")
        backend.create_tags([subnet.id], {"Name": name})
        subnets.append(subnet.id)
    ways = component.get("open", [])
    ends = [end for way in ways for end in (way["from"], way["to"]) if "/" not in end]
    groups = {
        name: backend.create_security_group(name, "of the plan", vpc_id=vpc.id)
        for name in dict.fromkeys([*component.get("security_groups", []), *ends])
    }
    for way in ways:
        allow(backend, groups, way)
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    backend.create_route(main_table(backend, vpc).id, EVERYWHERE, gateway_id=gateway.id)
    return vpc.id, subnets


def allow(backend: EC2Backend, groups: dict[str, Any], way: dict[str, Any]) -> None:
    port, source = str(way["port"]), way["from"]
    by = {"source_groups": [], "ip_ranges": [{"CidrIp": source}]}
    if source in groups:
        by = {"source_groups": [{"GroupId": groups[source].id}], "ip_ranges": []}
    backend.authorize_security_group_ingress(groups[way["to"]].id, "tcp", port, port, vpc_id=groups[way["to"]].vpc_id, **by)


def main_table(backend: EC2Backend, vpc: VPC) -> RouteTable:
    return next(table for table in backend.route_tables.values() if table.vpc_id == vpc.id and table.main_association_id)


def out_of(table: RouteTable) -> Route | None:
    return next((route for route in table.routes if route.destination_cidr_block == EVERYWHERE), None)


# Knobs (POST /_cloud/knob)


def knob_network(
    region: str,
    vpc: str,
    state: str | None = None,
    free: dict[str, int] | None = None,
    shut: str | None = None,
    mute: str | None = None,
    port_denied: int | None = None,
    route: str | None = None,
    nat: str | None = None,
    endpoints: dict[str, str] | None = None,
    account: str = "123456789012",
) -> None:
    """Of the VPC: its `state`; the `free` addresses of subnets; the group that is `shut` (nothing is let in) or `mute`
    (nothing is let out); a port that its network ACL denies; its main table's default `route`: `none`, or its state; `nat`: the
    state of a NAT gateway that becomes the way out; `endpoints`: their states by service, `s3` a gateway and all others
    interfaces."""
    backend = backend_of(account, region)
    found = vpc_of(backend, vpc)
    table = main_table(backend, found)
    if state:
        found.state = state
    for subnet in (subnet for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == found.id):
        if free and name_of(subnet) in free:
            subnet._available_ip_addresses = free[name_of(subnet)]
    for group in backend.groups[found.id].values():
        if group.name == shut:
            group.ingress_rules.clear()
        if group.name == mute:
            group.egress_rules.clear()
    if port_denied is not None:
        acl = next(acl for acl in backend.network_acls.values() if acl.vpc_id == found.id)
        backend.create_network_acl_entry(
            acl.id, 50, "6", "deny", False, EVERYWHERE, None, None, port_denied, port_denied, None
        )
    if nat:
        subnet = next(subnet for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == found.id)
        address = backend.allocate_address("vpc")
        gateway = backend.create_nat_gateway(subnet.id, address.allocation_id)
        gateway.state = nat
        backend.delete_route(table.id, EVERYWHERE)
        backend.create_route(table.id, EVERYWHERE, nat_gateway_id=gateway.id)
    if route == "none":
        backend.delete_route(table.id, EVERYWHERE)
    elif route:
        STATES[out_of(table).id] = route
    for service, its_state in (endpoints or {}).items():
        is_gateway = service == "s3"
        kind, tables = ("Gateway", [table.id]) if is_gateway else ("Interface", [])
        subnets = [subnet.id for zone in backend.subnets.values() for subnet in zone.values() if subnet.vpc_id == found.id]
        name = f"com.amazonaws.{region}.{service}"
        endpoint = backend.create_vpc_endpoint(
            found.id, name, kind, None, tables, None if is_gateway else subnets, private_dns_enabled=not is_gateway
        )
        endpoint.state = its_state
