"""EC2 Auto Scaling groups: what they take, refuse, and come to."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, control, knob, wait_until

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.web]
kind = "autoscaling"
group = "web"
desired = 3
min = 2
target_group = "web"
old = { group = "web-east" }
"""


class AutoScaling(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.west, self.elb = client("autoscaling", WEST), client("elbv2", WEST)

    def group(self, name="web", region=WEST):
        found = client("autoscaling", region).describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return found["AutoScalingGroups"][0]

    def states(self, name="web", region=WEST):
        return [instance["LifecycleState"] for instance in self.group(name, region)["Instances"]]

    def activities(self, name="web"):
        return self.west.describe_scaling_activities(AutoScalingGroupName=name)["Activities"]

    def target_states(self):
        group = self.elb.describe_target_groups(Names=["web"])["TargetGroups"][0]["TargetGroupArn"]
        health = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(target["TargetHealth"]["State"] for target in health)

    def resize(self, **sizes):
        self.west.update_auto_scaling_group(AutoScalingGroupName="web", **sizes)

    def test_a_plans_groups_stand_on_both_sides(self):
        old, new = self.group("web-east", EAST), self.group()
        self.assertEqual((2, 6, 3), (old["MinSize"], old["MaxSize"], old["DesiredCapacity"]))
        self.assertEqual(["InService"] * 3, self.states("web-east", EAST))
        self.assertEqual((0, 6, 0, []), (new["MinSize"], new["MaxSize"], new["DesiredCapacity"], new["Instances"]))
        self.assertEqual(1, len(new["TargetGroupARNs"]))

    def test_instances_come_into_service_and_are_registered_then(self):
        control("POST", "/stages", {"autoscaling.launch": 1, "elbv2.initial": 0.5})
        self.resize(MinSize=2, DesiredCapacity=3)
        self.assertEqual((["Pending"] * 3, 3), (self.states(), self.group()["DesiredCapacity"]))
        self.assertEqual([], self.target_states())
        self.assertEqual(["PreInService"] * 3, [a["StatusCode"] for a in self.activities()])
        wait_until("in service", lambda: self.states() == ["InService"] * 3)
        self.assertEqual(["Successful"] * 3, [a["StatusCode"] for a in self.activities()])
        wait_until("healthy", lambda: self.target_states() == ["healthy"] * 3)
        self.assertTrue(all(a["EndTime"] and a["Description"].startswith("Launching") for a in self.activities()))

    def test_what_is_out_of_bounds_is_refused_and_changes_nothing(self):
        for sizes in ({"DesiredCapacity": 7}, {"MinSize": 7}, {"MaxSize": 2, "DesiredCapacity": 3}):
            self.refused("ValidationError", self.resize, **sizes)
        self.refused(
            "ValidationError", self.west.set_desired_capacity, AutoScalingGroupName="web", DesiredCapacity=7
        )
        for call in (self.west.set_desired_capacity, self.west.update_auto_scaling_group):
            said = self.refused("ValidationError", call, AutoScalingGroupName="none", DesiredCapacity=1)
            self.assertIn("not found", said)
        self.refused("ValidationError", self.west.describe_scaling_activities, AutoScalingGroupName="none")
        self.assertEqual((0, 6, 0), tuple(self.group()[name] for name in ("MinSize", "MaxSize", "DesiredCapacity")))

    def test_a_minimum_takes_the_desired_capacity_along(self):
        self.resize(MinSize=2)
        self.assertEqual(2, self.group()["DesiredCapacity"])
        self.resize(MinSize=0, MaxSize=1)
        self.assertEqual(1, self.group()["DesiredCapacity"])

    def test_to_nothing_they_terminate_and_their_targets_drain(self):
        self.resize(DesiredCapacity=2)
        wait_until("in service", lambda: self.states() == ["InService"] * 2)
        control("POST", "/stages", {"autoscaling.terminate": 1, "elbv2.draining": 1})
        self.resize(MinSize=0, MaxSize=0, DesiredCapacity=0)
        self.assertEqual((["Terminating"] * 2, ["draining"] * 2), (self.states(), self.target_states()))
        wait_until("gone", lambda: self.states() == [])
        knob("group-alarm", region=WEST, group="web", wanted=4)
        self.assertEqual(0, self.group()["DesiredCapacity"], "an alarm never leaves the limits")

    def test_where_there_is_no_room_activities_fail_and_are_tried_again(self):
        knob("capacity-short", region=WEST, group="web", most=1)
        self.resize(DesiredCapacity=3)
        wait_until("one", lambda: self.states() == ["InService"])
        failed = next(a for a in self.activities() if a["StatusCode"] == "Failed")
        self.assertIn("do not have sufficient", failed["StatusMessage"])
        self.assertEqual(3, self.group()["DesiredCapacity"])
        knob("capacity-short", region=WEST, group="web", most=None)
        wait_until("three", lambda: self.states() == ["InService"] * 3)

    def test_what_is_suspended_is_not_done(self):
        suspended = lambda *names: self.west.suspend_processes(  # noqa: E731
            AutoScalingGroupName="web", ScalingProcesses=list(names)
        )
        suspended("Launch")
        self.resize(DesiredCapacity=1)
        self.assertEqual([], self.states())
        self.west.resume_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch"])
        suspended("AddToLoadBalancer", "Terminate")
        wait_until("in service", lambda: self.states() == ["InService"])
        self.assertEqual([], self.target_states())
        self.resize(DesiredCapacity=0)
        self.assertEqual(["InService"], self.states())

    def test_protected_and_standing_by_instances_stay(self):
        self.resize(DesiredCapacity=2)
        wait_until("in service", lambda: self.states() == ["InService"] * 2)
        knob("group-instances", region=WEST, group="web", which=0, protected=True)
        knob("group-instances", region=WEST, group="web", which=1, state="Standby", health="Unhealthy")
        self.resize(DesiredCapacity=0)
        self.assertEqual(["InService", "Standby"], self.states())
        self.assertEqual(["Healthy", "Unhealthy"], [found["HealthStatus"] for found in self.group()["Instances"]])
