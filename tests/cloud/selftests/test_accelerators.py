"""Global Accelerator: dials that take time to be deployed, in one region for the whole world."""

from __future__ import annotations

from support import EAST, VISIBLE_SECONDS, CloudTest, client, control, knob, wait_until

ACCELERATOR = "arn:aws:globalaccelerator::123456789012:accelerator/a"
GROUP = ACCELERATOR + "/listener/l/endpoint-group/{}"
PLAN = f"""
[application]
name = "shop"
primary = "us-east-1"
recovery = "eu-west-1"

[component.way]
kind = "accelerator"
endpoint_group = "{GROUP.format("new")}"
old = {{ endpoint_group = "{GROUP.format("old")}" }}
"""


class Accelerators(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("globalaccelerator")

    def group(self, which: str) -> dict:
        return self.boto.describe_endpoint_group(EndpointGroupArn=GROUP.format(which))["EndpointGroup"]

    def status(self) -> str:
        return self.boto.describe_accelerator(AcceleratorArn=ACCELERATOR)["Accelerator"]["Status"]

    def test_a_dial_is_deployed_after_a_while_and_nothing_else_of_the_group_changes(self):
        control("POST", "/stages", {"accelerator.deploy": VISIBLE_SECONDS})
        before = self.group("new")
        self.assertEqual(("eu-west-1", 0), (before["EndpointGroupRegion"], before["TrafficDialPercentage"]))
        self.assertEqual(("us-east-1", 100), (self.group("old")["EndpointGroupRegion"], self.group("old")["TrafficDialPercentage"]))
        self.boto.update_endpoint_group(EndpointGroupArn=GROUP.format("new"), TrafficDialPercentage=100)
        self.assertEqual("IN_PROGRESS", self.status())
        self.assertEqual(before | {"TrafficDialPercentage": 100}, self.group("new"))
        wait_until("deployed", lambda: self.status() == "DEPLOYED")

    def test_endpoints_that_are_given_take_the_place_of_all(self):
        self.boto.update_endpoint_group(EndpointGroupArn=GROUP.format("new"), EndpointConfigurations=[{"EndpointId": "e"}])
        self.assertEqual(["INITIAL"], [one["HealthState"] for one in self.group("new")["EndpointDescriptions"]])

    def test_it_is_of_one_region_and_knows_what_is_not_there(self):
        call = {"EndpointGroupArn": GROUP.format("new")}
        self.refused("InvalidArgumentException", client("globalaccelerator", EAST).describe_endpoint_group, **call)
        self.refused("EndpointGroupNotFoundException", self.boto.describe_endpoint_group, EndpointGroupArn=GROUP.format("no"))
        self.refused("AcceleratorNotFoundException", self.boto.describe_accelerator, AcceleratorArn="arn:no")
        self.refused("InvalidArgumentException", self.boto.update_endpoint_group, **call, TrafficDialPercentage=101)
        self.refused("NotImplemented", self.boto.delete_endpoint_group, **call)

    def test_the_knob_makes_it_what_it_says(self):
        knob("accelerator", group=GROUP.format("new"), dial=12.5, health=["UNHEALTHY"], weight=0, enabled=False, stuck=True)
        found = self.group("new")
        endpoint = found["EndpointDescriptions"][0]
        self.assertEqual((12.5, "UNHEALTHY", 0), (found["TrafficDialPercentage"], endpoint["HealthState"], endpoint["Weight"]))
        self.assertFalse(self.boto.describe_accelerator(AcceleratorArn=ACCELERATOR)["Accelerator"]["Enabled"])
        self.boto.update_endpoint_group(EndpointGroupArn=GROUP.format("new"), TrafficDialPercentage=1)
        self.assertEqual("IN_PROGRESS", self.status())
        knob("accelerator", group=GROUP.format("new"), stuck=False)
        wait_until("deployed", lambda: self.status() == "DEPLOYED")
        knob("accelerator", group=GROUP.format("new"), gone=True)
        self.assertNotIn(GROUP.format("new"), control("GET", "/state")["accelerators"])
