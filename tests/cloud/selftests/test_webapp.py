"""The web application by boto3, and what a capture of it rests on: what AWS tells that moto does not by itself."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from support import EAST, CloudTest, client

sys.path.insert(0, str(Path(__file__).parent.parent))



class WebApp(CloudTest):
    def setUp(self):
        super().setUp()
        os.environ["AWS_ENDPOINT_URL"] = client("sts", EAST).meta.endpoint_url
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")
        import seed_webapp

        self.web = seed_webapp.Web(EAST, seed_webapp.TAGS)
        self.built = self.web.build()

    def test_it_is_what_webapp_tf_declares_and_is_found_by_its_tags(self):
        declared = (Path(__file__).parent.parent / "webapp" / "webapp.tf").read_text()
        names = set(re.findall(r'name +=\s+"(app[^"]*)"', declared)) - {"app", "app-vpc"}
        pages = client("resourcegroupstaggingapi", EAST).get_paginator("get_resources")
        filters = [{"Key": "Project", "Values": ["app-infra"]}, {"Key": "Environment", "Values": ["production"]}]
        tagged = [one["ResourceARN"] for page in pages.paginate(TagFilters=filters) for one in page["ResourceTagMappingList"]]
        self.assertGreater(len(tagged), 20)
        for arn in (self.built["load-balancer"], self.built["target-group"], self.built["topic"]):
            self.assertIn(arn, tagged)
        roles = {role["RoleName"] for role in client("iam", EAST).list_roles()["Roles"]}
        groups = {group["GroupName"] for group in client("ec2", EAST).describe_security_groups()["SecurityGroups"]}
        self.assertLessEqual({name for name in names if "ecs-exec" in name or "ecs-task" == name[4:] or "worker" in name} - groups, roles)
        self.assertLessEqual({"app-alb-sg", "app-ecs-tasks-sg", "app-rds-sg"}, groups)

        rules = client("ec2", EAST).describe_security_group_rules()["SecurityGroupRules"]
        told = {rule["FromPort"]: rule.get("Description") for rule in rules if not rule["IsEgress"] and rule["FromPort"] > 0}
        self.assertEqual({443: "everybody", 8080: None, 5432: "postgres from tasks"}, {port: told[port] for port in (443, 8080, 5432)})
        balancer = client("elbv2", EAST).describe_load_balancers(Names=["app-alb"])["LoadBalancers"][0]
        self.assertEqual("internet-facing", balancer["Scheme"])
        listener = client("elbv2", EAST).describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]["ListenerArn"]
        rules = client("elbv2", EAST).describe_rules(ListenerArn=listener)["Rules"]
        told = [condition for rule in rules for condition in rule["Conditions"]]
        self.assertEqual([{"Field": "path-pattern", "Values": ["/admin/*"], "PathPatternConfig": {"Values": ["/admin/*"]}}], told)
        gateway = client("ec2", EAST).describe_nat_gateways()["NatGateways"][0]
        self.assertEqual("public", gateway["ConnectivityType"])
        attributes = client("elbv2", EAST).describe_target_group_attributes(TargetGroupArn=self.built["target-group"])["Attributes"]
        self.assertIn({"Key": "stickiness.lb_cookie.duration_seconds", "Value": "86400"}, attributes)
        service = client("ecs", EAST).describe_services(cluster="app-cluster", services=["app"])["services"][0]
        self.assertEqual("DISABLED", service["availabilityZoneRebalancing"])
        notifications = client("s3", EAST).get_bucket_notification_configuration(Bucket=self.built["bucket"])
        self.assertEqual({"ResponseMetadata"}, set(notifications))
