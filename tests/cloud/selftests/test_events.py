"""EventBridge rules: enabled and disabled, those of services left alone."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, control, knob

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.nightly]
kind = "rule"
rule = "nightly"
old = { rule = "nightly-east", bus = "shop" }
"""
ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


class Rules(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("events")

    def test_the_old_one_is_enabled_and_the_new_one_is_not(self):
        new = self.boto.describe_rule(Name="nightly")
        old = client("events", EAST).describe_rule(Name="nightly-east", EventBusName="shop")
        self.assertEqual(("DISABLED", "rate(1 day)"), (new["State"], new["ScheduleExpression"]))
        self.assertEqual(("ENABLED", "arn:aws:events:us-east-1:123456789012:rule/shop/nightly-east"), (old["State"], old["Arn"]))
        self.assertNotIn("ScheduleExpression", old)
        self.assertEqual(1, len(self.boto.list_targets_by_rule(Rule="nightly")["Targets"]))
        self.boto.enable_rule(Name="nightly")
        self.assertEqual("ENABLED", control("GET", "/state")["rules"][WEST]["default/nightly"]["State"])

    def test_one_that_is_not_there_is_told_so(self):
        code = "ResourceNotFoundException"
        for call in (self.boto.describe_rule, self.boto.enable_rule, self.boto.disable_rule):
            self.refused(code, call, Name="no")
            self.refused(code, call, Name="nightly", EventBusName="no")
        self.refused(code, self.boto.list_targets_by_rule, Rule="no")

    def test_one_of_a_service_is_left_alone(self):
        knob("rule", region=WEST, rule="nightly", managed_by="ecs.amazonaws.com")
        self.assertEqual("ecs.amazonaws.com", self.boto.describe_rule(Name="nightly")["ManagedBy"])
        for call in (self.boto.enable_rule, self.boto.disable_rule):
            self.refused("ManagedRuleException", call, Name="nightly")
        self.refused("ManagedRuleException", self.boto.put_rule, Name="nightly", ScheduleExpression="rate(1 day)")

    def test_what_put_rule_is_not_given_is_no_longer_so_and_targets_stay(self):
        knob("rule", region=WEST, rule="nightly", description="every night", role="arn:aws:iam::123456789012:role/r", state=ALL)
        self.boto.enable_rule(Name="nightly")
        self.assertEqual("ENABLED", self.boto.describe_rule(Name="nightly")["State"])
        self.boto.put_rule(Name="nightly", ScheduleExpression="rate(2 days)", State=ALL)
        told = self.boto.describe_rule(Name="nightly")
        self.assertEqual((ALL, None, None), (told["State"], told.get("Description"), told.get("RoleArn")))
        self.assertEqual(1, len(self.boto.list_targets_by_rule(Rule="nightly")["Targets"]))

    def test_targets_come_in_pages(self):
        knob("rule", region=WEST, rule="nightly", targets=[f"arn:aws:sqs:us-west-2:1:q{number}" for number in range(60)])
        first = self.boto.list_targets_by_rule(Rule="nightly")
        rest = self.boto.list_targets_by_rule(Rule="nightly", NextToken=first["NextToken"])
        self.assertEqual(60, len(first["Targets"]) + len(rest["Targets"]))
