"""ELBv2: target health in its stages."""

from __future__ import annotations

from support import VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until


class TargetHealth(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        control("POST", "/stages", {"elbv2": VISIBLE_SECONDS})
        self.elb = client("elbv2", WEST)
        self.group = self.elb.describe_target_groups(Names=["api"])["TargetGroups"][0]["TargetGroupArn"]
        self.targets = [{"Id": "10.9.0.1", "Port": 8080}]

    def health(self, **targets):
        found = self.elb.describe_target_health(TargetGroupArn=self.group, **targets)["TargetHealthDescriptions"]
        return [(t["TargetHealth"]["State"], t["TargetHealth"].get("Reason")) for t in found]

    def test_initial_then_healthy_then_draining_then_gone(self):
        self.elb.register_targets(TargetGroupArn=self.group, Targets=self.targets)
        self.assertEqual([("initial", "Elb.RegistrationInProgress")], self.health())
        wait_until("healthy", lambda: self.health() == [("healthy", None)])
        self.elb.deregister_targets(TargetGroupArn=self.group, Targets=self.targets)
        self.assertEqual([("draining", "Target.DeregistrationInProgress")], self.health())
        wait_until("gone", lambda: self.health() == [])
        self.assertEqual([("unused", "Target.NotRegistered")], self.health(Targets=self.targets))

    def test_a_group_can_be_made_unhealthy_with_a_reason(self):
        self.elb.register_targets(TargetGroupArn=self.group, Targets=self.targets)
        knob("target-health", region=WEST, target_group="api", state="unhealthy", reason="Target.ResponseCodeMismatch")
        self.assertEqual([("unhealthy", "Target.ResponseCodeMismatch")], self.health())
        knob("target-health", region=WEST, target_group="api", state=None)
        wait_until("healthy", lambda: self.health() == [("healthy", None)])

    def test_targets_of_a_group_behind_no_balancer_are_unused(self):
        vpc = client("ec2", WEST).describe_vpcs()["Vpcs"][0]["VpcId"]
        lone = self.elb.create_target_group(Name="lone", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
        self.group = lone["TargetGroups"][0]["TargetGroupArn"]
        self.elb.register_targets(TargetGroupArn=self.group, Targets=self.targets)
        self.assertEqual([("unused", "Target.NotInUse")], self.health())
        both = self.elb.describe_target_groups(Names=["lone", "api"])["TargetGroups"]
        self.assertEqual({"lone", "api"}, {g["TargetGroupName"] for g in both})

    def test_names_that_do_not_exist_are_refused(self):
        self.refused("TargetGroupNotFound", self.elb.describe_target_groups, Names=["api", "nobody"])
        self.refused("LoadBalancerNotFound", self.elb.describe_load_balancers, Names=["nobody"])
        self.refused("TargetGroupNotFound", self.elb.describe_target_health, TargetGroupArn=self.group + "x")


class Balancers(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        self.elb = client("elbv2", WEST)
        self.front = self.elb.describe_load_balancers(Names=["front"])["LoadBalancers"][0]["LoadBalancerArn"]
        ec2 = client("ec2", WEST)
        self.vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        self.nets = [net["SubnetId"] for net in ec2.describe_subnets()["Subnets"][:2]]

    def group(self, name):
        made = self.elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip")
        return made["TargetGroups"][0]["TargetGroupArn"]

    def balancers(self, *arns):
        found = self.elb.describe_target_groups(TargetGroupArns=arns)["TargetGroups"]
        return [group["LoadBalancerArns"] for group in found]

    def listen(self, balancer, port, *arns):
        forward = [{"TargetGroupArn": arn} for arn in arns]
        actions = [{"Type": "forward", "ForwardConfig": {"TargetGroups": forward}}]
        made = self.elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=port, DefaultActions=actions)
        return made["Listeners"][0]["ListenerArn"]

    def test_a_group_knows_the_balancer_whose_listeners_and_rules_forward_to_it(self):
        lone, listened, ruled = self.group("lone"), self.group("listened"), self.group("ruled")
        listener = self.listen(self.front, 90, listened)
        rule = self.elb.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": ruled}],
        )["Rules"][0]["RuleArn"]
        self.assertEqual([[self.front], [], [self.front]], self.balancers(listened, lone, ruled))
        self.elb.delete_rule(RuleArn=rule)
        self.elb.delete_listener(ListenerArn=listener)
        self.assertEqual([[], [], []], self.balancers(listened, lone, ruled))

    def test_a_group_is_behind_one_balancer_only(self):
        other = self.elb.create_load_balancer(Name="other", Subnets=self.nets)["LoadBalancers"][0]["LoadBalancerArn"]
        group = self.group("one")
        self.listen(self.front, 90, group)
        self.listen(self.front, 91, group)
        self.refused("TargetGroupAssociationLimit", self.listen, other, 90, group)
