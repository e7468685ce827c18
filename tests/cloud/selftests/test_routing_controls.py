"""Routing controls: five endpoints that tell and take the same, each signed for its own region; all or none; safety rules."""

from __future__ import annotations

from support import VISIBLE_SECONDS, CloudTest, calls, client, control, fault, knob, raw, wait_until

from botocore.exceptions import ReadTimeoutError

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2")
PANEL = "arn:aws:route53-recovery-control::123456789012:controlpanel/0f"
EAST_SIDE, WEST_SIDE = f"{PANEL}/routingcontrol/east", f"{PANEL}/routingcontrol/west"
RULE = f"{PANEL}/safetyrule/one"

PLAN = f"""
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.way]
kind = "routing-control"
controls = {{ "{EAST_SIDE}" = false, "{WEST_SIDE}" = true }}
zone = "Z123"
record = "shop.example.com"
set = "west"
"""


def cluster(number, region=None, **options):
    return client("route53-recovery-cluster", region or REGIONS[number - 1], path=f"/arc/{number}/v1", **options)


def entries(**states):
    arn = {"east": EAST_SIDE, "west": WEST_SIDE}
    given = [{"RoutingControlArn": arn.get(name, name), "RoutingControlState": to} for name, to in states.items()]
    return {"UpdateRoutingControlStateEntries": given}


class RoutingControls(CloudTest):
    def setUp(self):
        super().setUp()
        self.seed(PLAN)

    def states(self, number=1):
        told = cluster(number).list_routing_controls(ControlPanelArn=PANEL)["RoutingControls"]
        return {found["RoutingControlName"]: found["RoutingControlState"] for found in told}

    def test_what_one_endpoint_takes_all_of_them_tell(self):
        self.assertEqual({"east": "On", "west": "Off"}, self.states())
        cluster(3).update_routing_control_states(**entries(east="Off", west="On"))
        for number in range(1, 6):
            told = cluster(number).get_routing_control_state(RoutingControlArn=WEST_SIDE)
            self.assertEqual((WEST_SIDE, "west", "On"), tuple(told[f"RoutingControl{n}"] for n in ("Arn", "Name", "State")))
        self.assertEqual(["eu-west-1"], [call["region"] for call in calls("UpdateRoutingControlStates")])
        self.assertEqual([False], [call["read_only"] for call in calls("UpdateRoutingControlStates")])
        cluster(1).update_routing_control_state(RoutingControlArn=EAST_SIDE, RoutingControlState="On")
        self.assertEqual({"east": "On", "west": "On"}, self.states(5))

    def test_an_endpoint_is_of_its_own_region_and_there_are_five(self):
        self.refused("InvalidSignatureException", cluster(1, "us-west-2").list_routing_controls)
        target = {"x-amz-target": "ToggleCustomerAPI.ListRoutingControls"}
        for path, status in (("/arc/1/v1/", 200), ("/arc/6/v1", 400), ("/v1", 400)):
            self.assertEqual(status, raw("route53-recovery-cluster", b"{}", target, path, "us-east-1")[0], path)
        status, body = raw("route53-recovery-cluster", b"{}", {"x-amz-target": "Other.ListRoutingControls"}, "/arc/1/v1")
        self.assertEqual((400, True), (status, b"UnknownOperationException" in body))

    def test_all_are_changed_or_none(self):
        update = cluster(2).update_routing_control_states
        self.refused("ResourceNotFoundException", update, **entries(west="On", **{f"{PANEL}/routingcontrol/none": "On"}))
        twice = entries(west="On")["UpdateRoutingControlStateEntries"] * 2
        self.refused("ValidationException", update, UpdateRoutingControlStateEntries=twice)
        self.refused("ValidationException", update, UpdateRoutingControlStateEntries=[])
        wrong = [{"RoutingControlArn": WEST_SIDE, "RoutingControlState": "ON"}]
        self.refused("ValidationException", update, UpdateRoutingControlStateEntries=wrong)
        self.assertEqual({"east": "On", "west": "Off"}, self.states())
        self.refused("ResourceNotFoundException", cluster(1).list_routing_controls, ControlPanelArn=f"{PANEL}a")

    def test_a_safety_rule_refuses_and_is_overridden_by_its_name(self):
        knob("arc-rule", rule=RULE, controls=[EAST_SIDE, WEST_SIDE])
        update = cluster(2).update_routing_control_states
        self.assertIn(RULE, self.refused("ConflictException", update, **entries(east="Off")))
        update(**entries(east="Off", west="On"))
        self.refused("ResourceNotFoundException", update, **entries(west="Off"), SafetyRulesToOverride=[f"{RULE}a"])
        self.refused("ConflictException", update, **entries(west="Off"))
        update(**entries(west="Off"), SafetyRulesToOverride=[RULE])
        self.assertEqual({"east": "Off", "west": "Off"}, self.states())
        knob("arc-rule", rule=RULE)
        update(**entries(west="On"))

    def test_an_endpoint_may_be_down_behind_of_another_or_out_of_reach(self):
        knob("arc-endpoint", endpoint=1, down=True)
        self.refused("EndpointTemporarilyUnavailableException", cluster(1).list_routing_controls)
        knob("arc-endpoint", endpoint=1, behind=True)
        cluster(2).update_routing_control_states(**entries(west="On"))
        self.assertEqual(("Off", "On"), (self.states(1)["west"], self.states(2)["west"]))
        knob("arc-endpoint", endpoint=1, strange=EAST_SIDE)
        told = cluster(1).get_routing_control_state(RoutingControlArn=WEST_SIDE)
        self.assertEqual(EAST_SIDE, told["RoutingControlArn"])
        knob("arc-endpoint", endpoint=1)
        self.assertEqual("On", self.states(1)["west"])
        fault("hang", service="route53-recovery-cluster", region="us-east-1")
        with self.assertRaises(ReadTimeoutError):
            cluster(1, read_timeout=0.2).list_routing_controls()
        self.assertEqual("On", self.states(2)["west"])

    def test_long_panels_come_in_pages_and_controls_come_and_go(self):
        knob("arc-page", size=1)
        first = cluster(4).list_routing_controls(ControlPanelArn=PANEL)
        self.assertEqual(1, len(first["RoutingControls"]))
        rest = cluster(4).list_routing_controls(ControlPanelArn=PANEL, NextToken=first["NextToken"])
        self.assertNotIn("NextToken", rest)
        knob("arc-control", control=WEST_SIDE, gone=True)
        self.refused("ResourceNotFoundException", cluster(1).get_routing_control_state, RoutingControlArn=WEST_SIDE)
        self.assertEqual({EAST_SIDE: "On"}, control("GET", "/state")["routing_controls"])

    def test_answers_follow_the_controls_after_a_while(self):
        def answered():
            wanted = {"HostedZoneId": "Z123", "RecordName": "shop.example.com", "RecordType": "A"}
            return client("route53").test_dns_answer(**wanted)["RecordData"]

        control("POST", "/stages", {"route53.health": 0})
        cluster(1).update_routing_control_states(**entries(west="On"))
        self.assertEqual(["192.0.2.10"], answered())
        # Long enough for a busy machine: what was noticed before this is over.
        control("POST", "/stages", {"route53.health": 3 * VISIBLE_SECONDS})
        cluster(1).update_routing_control_states(**entries(east="Off"))
        self.assertEqual(["192.0.2.10"], answered(), "the checkers have not noticed yet")
        wait_until("they notice", lambda: answered() == ["192.0.2.20"])
        cluster(1).update_routing_control_states(**entries(east="On"))
        wait_until("back again", lambda: answered() == ["192.0.2.10"])
