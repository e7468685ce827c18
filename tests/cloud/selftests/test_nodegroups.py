"""EKS node groups: one change at a time, and nodes that come by their Auto Scaling group."""

from __future__ import annotations

from support import VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.web]
kind = "nodegroup"
cluster = "shop"
nodegroup = "web"
desired = 3
"""
WEB = {"clusterName": "shop", "nodegroupName": "web"}
NOT_FOUND = {"status": 404}


class Nodegroups(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("eks")

    def group(self) -> dict:
        return self.boto.describe_nodegroup(**WEB)["nodegroup"]

    def update(self, **sizes: int) -> dict:
        return self.boto.update_nodegroup_config(**WEB, scalingConfig=sizes)["update"]

    def in_service(self) -> int:
        (name,) = [group["name"] for group in self.group()["resources"]["autoScalingGroups"]]
        (found,) = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
        return len([one for one in found["Instances"] if one["LifecycleState"] == "InService"])

    def test_a_change_takes_a_while_and_the_nodes_another(self):
        control("POST", "/stages", {"eks.update": VISIBLE_SECONDS})
        self.assertEqual({"minSize": 0, "maxSize": 6, "desiredSize": 0}, self.group()["scalingConfig"])
        update = self.update(desiredSize=2)
        self.assertEqual(("UPDATING", "InProgress"), (self.group()["status"], update["status"]))
        self.refused("ResourceInUseException", self.update, desiredSize=3, status=409)
        wait_until("done", lambda: self.group()["status"] == "ACTIVE")
        told = self.boto.describe_update(name="shop", nodegroupName="web", updateId=update["id"])["update"]
        self.assertEqual("Successful", told["status"])
        self.assertEqual({"minSize": 0, "maxSize": 6, "desiredSize": 2}, self.group()["scalingConfig"])
        wait_until("nodes", lambda: self.in_service() == 2)

    def test_one_that_fails_changes_nothing_and_says_why(self):
        knob("nodegroup", region=WEST, cluster="shop", nodegroup="web", fails="IpNotAvailable")
        update = self.update(desiredSize=2)
        told = {"name": "shop", "nodegroupName": "web", "updateId": update["id"]}
        wait_until("failed", lambda: self.boto.describe_update(**told)["update"]["status"] == "Failed")
        self.assertEqual("IpNotAvailable", self.boto.describe_update(**told)["update"]["errors"][0]["errorCode"])
        self.assertEqual(0, self.group()["scalingConfig"]["desiredSize"])

    def test_what_does_not_fit_or_is_not_there_is_refused(self):
        self.refused("InvalidParameterException", self.update, desiredSize=7)
        code = "ResourceNotFoundException"
        self.refused(code, self.boto.describe_nodegroup, clusterName="shop", nodegroupName="no", **NOT_FOUND)
        self.refused(code, self.boto.describe_update, name="shop", nodegroupName="web", updateId="no", **NOT_FOUND)
        self.refused("NotImplemented", self.boto.list_clusters)
        knob("nodegroup", region=WEST, cluster="shop", nodegroup="web", issues=["AsgInstanceLaunchFailures"], status="DEGRADED")
        self.assertEqual("AsgInstanceLaunchFailures", self.group()["health"]["issues"][0]["code"])
        self.refused("ResourceInUseException", self.update, desiredSize=1, status=409)
        knob("nodegroup", region=WEST, cluster="shop", nodegroup="web", gone=True)
        self.refused(code, self.boto.describe_nodegroup, **WEB, **NOT_FOUND)
