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

    def test_what_is_allowed_on_one_thing_is_denied_on_another(self):
        replica = "arn:aws:rds:us-west-2:*:db:orders-replica"
        allowed = {"Effect": "Allow", "Action": "rds:ModifyDBInstance", "Resource": replica}
        knob("policy", document={"Statement": [allowed]})
        client("rds", WEST).modify_db_instance(DBInstanceIdentifier="orders-replica", BackupRetentionPeriod=7)
        with self.assertRaisesRegex(Exception, "db:orders because"):
            client("rds", EAST).modify_db_instance(DBInstanceIdentifier="orders", BackupRetentionPeriod=7)
        # What no row tells the resource of wants a policy for everything.
        knob("policy", document={"Statement": [{**allowed, "Action": "rds:*"}]})
        self.refused("AccessDenied", client("rds", WEST).describe_db_instances, status=403)

    def test_who_calls_is_simulated_with_what_everybody_may(self):
        identity = client("sts").get_caller_identity()["Arn"]
        self.assertEqual("arn:aws:iam::123456789012:user/moto", identity)
        role = "arn:aws:iam::123456789012:role/path/operator"
        client("sts").assume_role(RoleArn=role, RoleSessionName="ana")
        self.assertEqual(role, client("iam").get_role(RoleName="operator")["Role"]["Arn"])

        def decision(arn: str, action: str, on: str, **context: str) -> tuple[str, list[str]]:
            entries = [
                {"ContextKeyName": key.replace("_", ":"), "ContextKeyValues": [value], "ContextKeyType": "string"}
                for key, value in context.items()
            ]
            asked = {"PolicySourceArn": arn, "ActionNames": [action], "ResourceArns": [on], "ContextEntries": entries}
            [told] = client("iam").simulate_principal_policy(**asked)["EvaluationResults"]
            return told["EvalDecision"], told["MissingContextValues"]

        on = "arn:aws:rds:us-west-2:123456789012:db:orders-replica"
        self.assertEqual(("allowed", []), decision(identity, "rds:PromoteReadReplica", on))
        narrow = statement("rds:PromoteReadReplica", "iam:*", "sts:*", regions=[WEST, EAST]) | {"Resource": [on, "arn:aws:iam:*"]}
        knob("policy", document={"Statement": [narrow]})
        for caller in (identity, role):
            with self.subTest(caller):
                missing = ("implicitDeny", ["aws:RequestedRegion"])
                self.assertEqual(missing, decision(caller, "rds:PromoteReadReplica", on))
                here = {"aws_RequestedRegion": WEST}
                self.assertEqual(("allowed", []), decision(caller, "rds:PromoteReadReplica", on, **here))
                self.assertEqual(("implicitDeny", []), decision(caller, "rds:PromoteReadReplica", on + "2", **here))
                self.assertEqual(("implicitDeny", []), decision(caller, "rds:PromoteReadReplica", "*", **here))
