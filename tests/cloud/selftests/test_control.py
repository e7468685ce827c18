"""The control API, the seeder and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import tomllib
import urllib.error
from pathlib import Path

import support
from support import EAST, PATIENCE, PLAN, SERVER, STAGE_SECONDS, WEST, CloudTest, client, control


class Seeding(CloudTest):
    def test_a_plan_becomes_an_application_in_two_regions(self):
        state = self.seed()
        self.assertEqual({"orders"}, set(state["rds"][EAST]))
        self.assertEqual({"orders-replica"}, set(state["rds"][WEST]))
        self.assertIn(":us-east-1:", state["rds"][WEST]["orders-replica"]["source"])
        old, new = state["ecs"][EAST]["storefront/api"], state["ecs"][WEST]["storefront/api"]
        self.assertEqual((4, 4, 0, 0), (old["desired"], old["running"], new["desired"], new["running"]))
        environment = {"DATABASE_HOST": state["rds"][EAST]["orders"]["endpoint"], "MODE": "old"}
        self.assertEqual((environment, environment), (old["environment"], new["environment"]))
        self.assertEqual({EAST: {"api": {"healthy": 4}}, WEST: {"api": {}}}, state["elbv2"])
        self.assertEqual({"min": 0, "max": 8}, state["scalable_targets"][WEST]["service/storefront/api"])
        self.assertEqual({"min": 2, "max": 8}, state["scalable_targets"][EAST]["service/storefront/api"])
        self.assertEqual(state["route53"]["Z123"]["records"], state["route53"]["Z123"]["in_sync"])

    def test_the_same_in_json(self):
        as_toml = self.seed()
        control("POST", "/reset")
        self.assertEqual(as_toml, control("POST", "/seed", tomllib.loads(PLAN)))

    def test_an_old_service_of_another_name_is_the_primary_sides(self):
        state = self.seed(
            PLAN.replace('service = "api"', 'service = "api"\nold = { cluster = "east", service = "web" }')
        )
        self.assertEqual(({"east/web"}, {"storefront/api"}), (set(state["ecs"][EAST]), set(state["ecs"][WEST])))

    def test_arns_of_a_plan_are_kept_on_the_side_they_are_of(self):
        group = f"arn:aws:elasticloadbalancing:{WEST}:123456789012:targetgroup/api/0123456789abcdef"
        balancer = f"arn:aws:elasticloadbalancing:{WEST}:123456789012:loadbalancer/app/front/fedcba9876543210"
        cluster = f"arn:aws:ecs:{WEST}:123456789012:cluster/storefront"
        plan = PLAN.replace('target_group = "api"', f'target_group = "{group}"').replace('"front"', f'"{balancer}"')
        plan = plan.replace('cluster = "storefront"', f'cluster = "{cluster}"\ncontainer = "web"\nfamily = "web-api"')
        self.seed(plan)
        elb = client("elbv2", WEST)
        found = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
        self.assertEqual(("api", [balancer]), (found["TargetGroupName"], found["LoadBalancerArns"]))
        elsewhere = client("elbv2", EAST).describe_target_groups(Names=["api"])["TargetGroups"][0]
        self.assertIn(f":{EAST}:", elsewhere["TargetGroupArn"])
        ecs = client("ecs", WEST)
        service = ecs.describe_services(cluster="storefront", services=["api"])["services"][0]
        behind = service["loadBalancers"][0]
        self.assertEqual((group, "web"), (behind["targetGroupArn"], behind["containerName"]))
        self.assertIn("/web-api:", service["taskDefinition"])

    def test_an_arn_of_another_account_cannot_be_seeded(self):
        group = f"arn:aws:elasticloadbalancing:{WEST}:999999999999:targetgroup/api/0123456789abcdef"
        with self.assertRaises(urllib.error.HTTPError):
            self.seed(PLAN.replace('target_group = "api"', f'target_group = "{group}"'))

    def test_records_point_at_the_primary_side_however_they_are_written(self):
        plan = (
            PLAN
            + """
[component.db-name]
kind = "route53"
zone = "Z123"
record = "db.example.com"
type = "CNAME"
values = ["${orders-db.endpoint}"]

[component.plain]
kind = "route53"
zone = "Z9"
record = "www.example.org"
values = ["198.51.100.7"]
ttl = 3

[component.outright]
kind = "route53"
zone = "Z9"
record = "alias.example.org"
alias = { dns_name = "west-1.us-west-2.elb.amazonaws.com", zone_id = "Z1" }
"""
        )
        state = self.seed(plan)
        records = {r["name"]: r for zone in state["route53"].values() for r in zone["records"]}
        self.assertEqual([state["rds"][EAST]["orders"]["endpoint"]], records["db.example.com."]["values"])
        self.assertEqual(
            (["192.0.2.1"], 3), (records["www.example.org."]["values"], records["www.example.org."]["ttl"])
        )
        self.assertEqual("old-1.us-east-1.elb.amazonaws.com", records["alias.example.org."]["alias"])
        self.assertEqual(
            {"Z123": "example.com.", "Z9": "example.org."},
            {zone_id: zone["name"] for zone_id, zone in state["route53"].items()},
        )

    def test_components_are_built_in_the_account_of_their_role(self):
        role = "arn:aws:iam::222222222222:role/failover"
        plan = PLAN.replace('kind = "rds"', 'kind = "rds"\naccount = "data"') + f'\n[account.data]\nrole = "{role}"\n'
        self.assertEqual({}, self.seed(plan)["rds"])
        there = control("GET", "/state?account=222222222222")
        self.assertEqual({"orders"}, set(there["rds"][EAST]))

    def test_the_seeding_command_posts_a_plan_file(self):
        with tempfile.TemporaryDirectory() as folder:
            plan = Path(folder) / "plan.toml"
            plan.write_text(PLAN)
            command = [sys.executable, str(SERVER.parent / "seed.py"), str(plan), "--endpoint", support.endpoint]
            done = subprocess.run(command, capture_output=True, check=True)
        self.assertIn("orders-replica", json.loads(done.stdout)["rds"][WEST])


class Controls(CloudTest):
    def test_reset_leaves_nothing(self):
        self.seed()
        control("POST", "/stages", {"rds": 3})
        control("POST", "/fault", {"kind": "throttle"})
        control("POST", "/reset")
        state = control("GET", "/state")
        self.assertTrue(not any(state.values()), state)
        self.assertEqual(([], []), (control("GET", "/faults"), control("GET", "/calls")))
        self.assertEqual({"default": STAGE_SECONDS}, control("POST", "/stages", {}))

    def test_a_long_stage_lasts(self):
        self.seed()
        control("POST", "/stages", {"rds.promote.available": 3600})
        rds = client("rds", WEST)
        rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        for _ in range(20):
            replica = rds.describe_db_instances()["DBInstances"][0]
            self.assertEqual("available", replica["DBInstanceStatus"])
            self.assertIn("ReadReplicaSourceDBInstanceIdentifier", replica)

    def test_senseless_requests_are_refused_with_a_reason(self):
        for path, body in (
            ("/knob", {"knob": "volume"}),
            ("/knob", {"knob": "lag", "region": WEST, "instance": "nobody"}),
            ("/knob", {"knob": "changes-stuck", "colour": "red"}),
            ("/fault", {"kind": "delay", "colour": "red"}),
            ("/seed", {"component": {}}),
        ):
            with self.subTest(path=path, body=body), self.assertRaises(urllib.error.HTTPError) as caught:
                control("POST", path, body)
            self.assertEqual(400, caught.exception.code)
            self.assertTrue(json.load(caught.exception)["error"])


class CommandLine(CloudTest):
    def start(self, *options):
        command = [sys.executable, str(SERVER), *options]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        return process, json.loads(process.stdout.readline())["endpoint"]

    def test_it_ends_with_its_standard_input(self):
        process, _ = self.start("--exit-with-stdin")
        process.stdin.close()
        self.assertEqual(0, process.wait(timeout=PATIENCE))

    def test_it_ends_on_sigterm_and_writes_its_port(self):
        with tempfile.TemporaryDirectory() as folder:
            port_file = Path(folder) / "port"
            process, endpoint = self.start("--port", "0", "--port-file", str(port_file))
            self.assertTrue(endpoint.endswith(":" + port_file.read_text()))
            os.kill(process.pid, signal.SIGTERM)
            self.assertEqual(0, process.wait(timeout=PATIENCE))
            process.stdin.close()
