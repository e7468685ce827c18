"""An identity policy for everybody: what it does not allow is denied by name and not carried out."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, calls, client, knob


def statement(*actions: str, regions: list[str] | None = None) -> dict:
    condition = {"Condition": {"StringEquals": {"aws:RequestedRegion": regions}}} if regions else {}
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **condition}


class Policy(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()

    def test_what_is_allowed_is_carried_out_and_the_rest_is_denied_by_name(self):
        knob("policy", document={"Statement": [statement("rds:Describe*", "elasticloadbalancing:DescribeLoadBalancers")]})
        client("rds").describe_db_instances()
        client("elbv2").describe_load_balancers()
        client("sts").get_caller_identity()
        self.refused("AccessDenied", client("elbv2").describe_target_groups, status=403)
        self.refused("AccessDeniedException", client("ecs").list_clusters)
        with self.assertRaisesRegex(Exception, "rds:PromoteReadReplica"):
            client("rds").promote_read_replica(DBInstanceIdentifier="orders-replica")
        self.assertEqual([False], [call["executed"] for call in calls("PromoteReadReplica")])
        knob("policy")
        client("ecs").list_clusters()

    def test_a_region_that_is_not_named_is_not_allowed(self):
        knob("policy", document={"Statement": [statement("rds:*", regions=[WEST])]})
        client("rds").describe_db_instances()
        self.refused("AccessDenied", client("rds", EAST).describe_db_instances, status=403)

    def test_roles_that_are_handed_on_want_a_permission_of_their_own(self):
        knob("policy", document={"Statement": [statement("ecs:*")]})
        definition = {"family": "web", "containerDefinitions": [{"name": "web", "image": "web", "memory": 64}]}
        client("ecs").register_task_definition(**definition)
        role = "arn:aws:iam::123456789012:role/web"
        with self.assertRaisesRegex(Exception, "iam:PassRole"):
            client("ecs").register_task_definition(**definition, executionRoleArn=role)
