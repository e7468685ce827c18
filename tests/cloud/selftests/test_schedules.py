"""EventBridge Scheduler: what is left out of an update is lost."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, control, knob

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.nightly]
kind = "schedule"
name = "nightly"
group = "shop"
old = { name = "nightly-east" }
"""


class Schedules(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("scheduler")

    def told(self) -> dict:
        found = self.boto.get_schedule(Name="nightly", GroupName="shop")
        return {name: value for name, value in found.items() if name != "ResponseMetadata"}

    def test_the_old_one_is_enabled_and_the_new_one_is_not(self):
        old = client("scheduler", EAST).get_schedule(Name="nightly-east")
        self.assertEqual(("ENABLED", "DISABLED"), (old["State"], self.told()["State"]))
        self.assertEqual("arn:aws:scheduler:us-west-2:123456789012:schedule/shop/nightly", self.told()["Arn"])
        self.assertNotIn("StartDate", self.told(), "what is not set is not told")
        self.refused("ResourceNotFoundException", self.boto.get_schedule, Name="nightly", status=404)

    def test_what_an_update_is_not_given_is_lost(self):
        before = self.told()
        given = {name: before[name] for name in ("Name", "GroupName", "ScheduleExpression", "Target", "FlexibleTimeWindow")}
        self.boto.update_schedule(**given)
        after = self.told()
        self.assertEqual(("ENABLED", "UTC", "NONE"), (after["State"], after["ScheduleExpressionTimezone"], after["ActionAfterCompletion"]))
        self.assertEqual(set(), {"Description", "EndDate", "KmsKeyArn"} & set(after))

    def test_the_knob_makes_it_what_it_says(self):
        knob("schedule", region=WEST, schedule="nightly", group="shop", state="ENABLED", ends_in=-60, began=600)
        self.assertEqual("ENABLED", control("GET", "/state")["schedules"][WEST]["shop/nightly"]["State"])
        self.assertLess(self.told()["StartDate"], self.told()["EndDate"])
        knob("schedule", region=WEST, schedule="nightly", group="shop", gone=True)
        self.refused("ResourceNotFoundException", self.boto.get_schedule, Name="nightly", GroupName="shop", status=404)
