"""What a plan's network stands for, and what a knob does to it."""

from __future__ import annotations

from typing import Any

from support import WEST, CloudTest, client, knob

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.network]
kind = "network"
vpc = "shop"
subnets = ["app-a", "app-b"]
open = [{ from = "web", to = "db", port = 5432 }]
"""


class Networks(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.ec2 = client("ec2", WEST)
        (self.vpc,) = self.ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["shop"]}])["Vpcs"]

    def of(self, call: Any, name: str = "Filters") -> dict[str, Any]:
        return call(**{name: [{"Name": "vpc-id", "Values": [self.vpc["VpcId"]]}]})

    def route(self) -> dict[str, Any]:
        (table,) = self.of(self.ec2.describe_route_tables)["RouteTables"]
        (route,) = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
        return route

    def test_it_is_there_open_and_has_a_way_out(self):
        subnets = self.of(self.ec2.describe_subnets)["Subnets"]
        self.assertEqual(["available"] * 2, [subnet["State"] for subnet in subnets])
        self.assertTrue(all(subnet["AvailableIpAddressCount"] > 200 for subnet in subnets))
        groups = {group["GroupName"]: group for group in self.of(self.ec2.describe_security_groups)["SecurityGroups"]}
        (rule,) = groups["db"]["IpPermissions"]
        self.assertEqual((5432, groups["web"]["GroupId"]), (rule["FromPort"], rule["UserIdGroupPairs"][0]["GroupId"]))
        self.assertTrue(groups["web"]["IpPermissionsEgress"])
        self.assertTrue(self.route()["GatewayId"].startswith("igw-"))
        (acl,) = self.of(self.ec2.describe_network_acls)["NetworkAcls"]
        self.assertEqual({subnet["SubnetId"] for subnet in subnets}, {one["SubnetId"] for one in acl["Associations"]})

    def test_what_has_an_id_is_found_by_it(self):
        vpc = self.vpc["VpcId"]
        acl = self.ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        endpoint = self.ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{WEST}.dynamodb")["VpcEndpoint"]["VpcEndpointId"]
        for call, key, name, ident in [
            (self.ec2.describe_network_acls, "NetworkAcls", "network-acl-id", acl),
            (self.ec2.describe_vpc_endpoints, "VpcEndpoints", "vpc-endpoint-id", endpoint),
        ]:
            for wanted, count in [(ident, 1), ("nothing", 0)]:
                self.assertEqual(count, len(call(Filters=[{"Name": name, "Values": [wanted]}])[key]), (name, wanted))

    def test_a_knob_takes_addresses_rules_and_ways_away(self):
        knob("network", region=WEST, vpc="shop", free={"app-a": 3}, shut="db", port_denied=5432, route="blackhole")
        free = [subnet["AvailableIpAddressCount"] for subnet in self.of(self.ec2.describe_subnets)["Subnets"]]
        self.assertIn(3, free)
        groups = {group["GroupName"]: group for group in self.of(self.ec2.describe_security_groups)["SecurityGroups"]}
        self.assertEqual([], groups["db"]["IpPermissions"])
        self.assertEqual("blackhole", self.route()["State"])
        (acl,) = self.of(self.ec2.describe_network_acls)["NetworkAcls"]
        denied = [entry for entry in acl["Entries"] if entry["RuleAction"] == "deny" and entry["RuleNumber"] == 50]
        self.assertEqual([5432], [entry["PortRange"]["From"] for entry in denied])

    def test_a_nat_gateway_and_endpoints_have_the_states_that_a_knob_says(self):
        knob("network", region=WEST, vpc="shop", nat="pending", endpoints={"s3": "available", "ecr.api": "pending"})
        (gateway,) = self.of(self.ec2.describe_nat_gateways, "Filter")["NatGateways"]
        self.assertEqual((gateway["NatGatewayId"], "pending"), (self.route()["NatGatewayId"], gateway["State"]))
        told = {one["ServiceName"]: one for one in self.of(self.ec2.describe_vpc_endpoints)["VpcEndpoints"]}
        s3, ecr = told["com.amazonaws.us-west-2.s3"], told["com.amazonaws.us-west-2.ecr.api"]
        self.assertEqual(("Gateway", 1), (s3["VpcEndpointType"], len(s3["RouteTableIds"])))
        self.assertEqual(("Interface", True, "pending"), (ecr["VpcEndpointType"], ecr["PrivateDnsEnabled"], ecr["State"].lower()))
