"""ECS: scaling, deployments, crash loops, targets."""

from __future__ import annotations

from support import EAST, VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until


class Ecs(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        control("POST", "/stages", {"ecs.task": VISIBLE_SECONDS / 2, "elbv2.draining": VISIBLE_SECONDS})
        self.ecs, self.elb = client("ecs", WEST), client("elbv2", WEST)

    def service(self, ecs=None):
        return (ecs or self.ecs).describe_services(cluster="storefront", services=["api"])["services"][0]

    def new_definition(self, **environment):
        definition = self.ecs.describe_task_definition(taskDefinition="api")["taskDefinition"]
        container = definition["containerDefinitions"][0]
        container["environment"] = [{"name": k, "value": v} for k, v in environment.items()]
        copied = {k: definition[k] for k in ("networkMode", "requiresCompatibilities", "cpu", "memory")}
        registered = self.ecs.register_task_definition(family="api", containerDefinitions=[container], **copied)
        return registered["taskDefinition"]["taskDefinitionArn"]

    def target_states(self):
        group = self.elb.describe_target_groups(Names=["api"])["TargetGroups"][0]["TargetGroupArn"]
        health = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return sorted(target["TargetHealth"]["State"] for target in health)

    def test_scaling_climbs_and_starts_no_deployment(self):
        before = self.service()
        self.assertEqual(
            (0, 0, "COMPLETED"),
            (before["desiredCount"], before["runningCount"], before["deployments"][0]["rolloutState"]),
        )
        answer = self.ecs.update_service(cluster="storefront", service="api", desiredCount=4)["service"]
        self.assertEqual((0, 4), (answer["runningCount"], answer["pendingCount"]))
        counts = []

        def up():
            now = self.service()
            self.assertEqual(before["deployments"][0]["id"], now["deployments"][0]["id"])
            self.assertEqual("COMPLETED", now["deployments"][0]["rolloutState"])
            counts.append(now["runningCount"])
            return now["runningCount"] == 4

        wait_until("4 running", up)
        self.assertEqual(sorted(counts), counts)
        self.assertTrue(set(counts) & {1, 2, 3}, counts)
        self.assertIn("has reached a steady state", self.service()["events"][0]["message"])
        wait_until("4 healthy", lambda: self.target_states() == ["healthy"] * 4)

    def test_a_new_definition_of_a_service_at_nothing_is_in_progress_first(self):
        arn = self.new_definition(DATABASE_HOST="new")
        answer = self.ecs.update_service(cluster="storefront", service="api", taskDefinition=arn)["service"]
        self.assertEqual("IN_PROGRESS", answer["deployments"][0]["rolloutState"])
        self.assertEqual(2, len(answer["deployments"]))
        wait_until("completed", lambda: self.service()["deployments"][0]["rolloutState"] == "COMPLETED")
        self.assertEqual(1, len(self.service()["deployments"]))

    def test_a_new_definition_is_a_deployment_that_replaces_the_old(self):
        self.ecs.update_service(cluster="storefront", service="api", desiredCount=2)
        old = wait_until("2 running", lambda: self.service()["runningCount"] == 2 and self.service())
        arn = self.new_definition(DATABASE_HOST="new")
        answer = self.ecs.update_service(cluster="storefront", service="api", taskDefinition="api")["service"]
        self.assertEqual(arn, answer["taskDefinition"])
        primary, active = answer["deployments"]
        self.assertEqual(
            ("PRIMARY", arn, "IN_PROGRESS"), (primary["status"], primary["taskDefinition"], primary["rolloutState"])
        )
        self.assertEqual(
            ("ACTIVE", old["taskDefinition"], 2), (active["status"], active["taskDefinition"], active["runningCount"])
        )

        def completed():
            now = self.service()
            self.assertGreaterEqual(now["runningCount"], 2)
            return now["deployments"][0]["rolloutState"] == "COMPLETED" and now

        done = wait_until("completed", completed)
        self.assertEqual([arn], [d["taskDefinition"] for d in done["deployments"]])
        self.assertEqual(2, done["runningCount"])
        self.assertIn("has reached a steady state", done["events"][0]["message"])
        wait_until("old targets gone", lambda: self.target_states() == ["healthy", "healthy"])

    def test_crashing_tasks_trip_the_circuit_breaker(self):
        knob("tasks-crash", region=WEST, cluster="storefront", service="api")
        self.new_definition(DATABASE_HOST="broken")
        self.ecs.update_service(cluster="storefront", service="api", taskDefinition="api", desiredCount=2)

        def failed():
            now = self.service()
            self.assertEqual(0, now["runningCount"])
            return now["deployments"][0]["rolloutState"] == "FAILED" and now

        service = wait_until("rollout failed", failed)
        self.assertEqual(0, service["pendingCount"])
        primary = service["deployments"][0]
        self.assertEqual("ECS deployment circuit breaker: tasks failed to start.", primary["rolloutStateReason"])
        self.assertGreaterEqual(primary["failedTasks"], 3)
        messages = " ".join(event["message"] for event in service["events"])
        self.assertIn("deployment failed: tasks failed to start.", messages)
        self.assertIn("essential container exited", messages)
        stopped = self.ecs.list_tasks(cluster="storefront", serviceName="api", desiredStatus="STOPPED")["taskArns"]
        task = self.ecs.describe_tasks(cluster="storefront", tasks=stopped)["tasks"][0]
        self.assertEqual("Essential container in task exited", task["stoppedReason"])
        self.assertEqual(1, task["containers"][0]["exitCode"])

    def test_a_circuit_breaker_with_rollback_ends_on_the_old_definition(self):
        old = self.service()["taskDefinition"]
        new = self.new_definition(DATABASE_HOST="broken")
        knob("tasks-crash", region=WEST, cluster="storefront", service="api", which="new")
        back = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        self.ecs.update_service(
            cluster="storefront", service="api", taskDefinition=new, desiredCount=1, deploymentConfiguration=back
        )
        rolling = wait_until("rolled back", lambda: self.service()["taskDefinition"] == old and self.service())
        failed = {d["taskDefinition"]: d for d in rolling["deployments"]}[new]
        self.assertEqual("FAILED", failed["rolloutState"])
        self.assertIn("rolling back to deploymentId", failed["rolloutStateReason"])
        done = wait_until("steady", lambda: self.service()["runningCount"] == 1 and self.service())
        wait_until("completed", lambda: self.service()["deployments"][0]["rolloutState"] == "COMPLETED")
        self.assertEqual(old, done["deployments"][0]["taskDefinition"])

    def test_crashing_tasks_without_a_circuit_breaker_never_end(self):
        off = {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
        knob("tasks-crash", region=WEST, cluster="storefront", service="api")
        self.ecs.update_service(
            cluster="storefront", service="api", desiredCount=1, forceNewDeployment=True, deploymentConfiguration=off
        )
        wait_until("many failures", lambda: self.service()["deployments"][0]["failedTasks"] >= 5)
        self.assertEqual("IN_PROGRESS", self.service()["deployments"][0]["rolloutState"])
        knob("tasks-crash", region=WEST, cluster="storefront", service="api", which=None)
        wait_until("completed", lambda: self.service()["deployments"][0]["rolloutState"] == "COMPLETED")

    def test_a_rollout_with_unhealthy_targets_is_not_completed(self):
        knob("target-health", region=WEST, target_group="api", reason="Target.Timeout")
        self.ecs.update_service(cluster="storefront", service="api", desiredCount=1, forceNewDeployment=True)
        wait_until("running", lambda: self.service()["runningCount"] == 1)
        self.assertEqual(["unhealthy"], self.target_states())
        self.assertEqual("IN_PROGRESS", self.service()["deployments"][0]["rolloutState"])
        knob("target-health", region=WEST, target_group="api", state=None)
        wait_until("completed", lambda: self.service()["deployments"][0]["rolloutState"] == "COMPLETED")

    def test_scaling_to_nothing_stops_tasks_and_drains_targets(self):
        east, elb = client("ecs", EAST), client("elbv2", EAST)
        self.elb = elb
        self.assertEqual(["healthy"] * 4, self.target_states())
        east.update_service(cluster="storefront", service="api", desiredCount=0)
        self.assertEqual(["draining"] * 4, self.target_states())
        self.assertEqual(0, self.service(east)["runningCount"])
        wait_until("drained", lambda: self.target_states() == [])

    def test_missing_things_are_said_to_be_missing(self):
        found = self.ecs.describe_services(cluster="storefront", services=["api", "nobody"])
        self.assertEqual(["api"], [s["serviceName"] for s in found["services"]])
        self.assertEqual(["MISSING"], [f["reason"] for f in found["failures"]])
        self.refused("ClusterNotFoundException", self.ecs.describe_services, cluster="nowhere", services=["api"])
        self.refused(
            "ServiceNotFoundException", self.ecs.update_service, cluster="storefront", service="nobody", desiredCount=1
        )
        message = self.refused("ClientException", self.ecs.describe_task_definition, taskDefinition="nobody")
        self.assertEqual("Unable to describe task definition.", message)
        self.refused(
            "ClientException", self.ecs.update_service, cluster="storefront", service="api", taskDefinition="nobody:1"
        )
        tasks = self.ecs.describe_tasks(cluster="storefront", tasks=["nobody"])
        self.assertEqual(([], "MISSING"), (tasks["tasks"], tasks["failures"][0]["reason"]))
        names = [f"s{n}" for n in range(11)]
        self.refused("InvalidParameterException", self.ecs.describe_services, cluster="storefront", services=names)

    def test_a_family_is_its_latest_active_revision(self):
        second = self.new_definition(A="1")
        third = self.new_definition(A="2")
        self.ecs.deregister_task_definition(taskDefinition=third)
        latest = self.ecs.describe_task_definition(taskDefinition="api")["taskDefinition"]["taskDefinitionArn"]
        self.assertEqual(second, latest)
        self.assertNotIn(third, self.ecs.list_task_definitions(familyPrefix="api")["taskDefinitionArns"])
        self.refused(
            "ClientException", self.ecs.update_service, cluster="storefront", service="api", taskDefinition=third
        )

    def test_a_service_lists_its_running_tasks(self):
        east = client("ecs", EAST)
        arns = east.list_tasks(cluster="storefront", serviceName="api")["taskArns"]
        tasks = east.describe_tasks(cluster="storefront", tasks=arns)["tasks"]
        self.assertEqual([("RUNNING", "service:api")] * 4, [(t["lastStatus"], t["group"]) for t in tasks])
        east.stop_task(cluster="storefront", task=arns[0], reason="a test")
        wait_until("replaced", lambda: self.service(east)["runningCount"] == 4)
        self.assertNotIn(arns[0], east.list_tasks(cluster="storefront", serviceName="api")["taskArns"])

    def test_scalable_targets_are_as_seeded_and_can_be_raised(self):
        scaling = client("application-autoscaling", WEST)
        where = {"ServiceNamespace": "ecs", "ResourceIds": ["service/storefront/api"]}
        target = scaling.describe_scalable_targets(**where)["ScalableTargets"][0]
        self.assertEqual((0, 8), (target["MinCapacity"], target["MaxCapacity"]))
        scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/storefront/api",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=2,
        )
        target = scaling.describe_scalable_targets(**where)["ScalableTargets"][0]
        self.assertEqual((2, 8), (target["MinCapacity"], target["MaxCapacity"]))
        self.assertEqual(2, self.service()["desiredCount"])

    def test_running_tasks_have_the_addresses_of_their_targets(self):
        east, elb = client("ecs", EAST), client("elbv2", EAST)
        arns = east.list_tasks(cluster="storefront", serviceName="api")["taskArns"]
        tasks = east.describe_tasks(cluster="storefront", tasks=arns)["tasks"]
        of_containers = {t["containers"][0]["networkInterfaces"][0]["privateIpv4Address"] for t in tasks}
        details = [detail for t in tasks for detail in t["attachments"][0]["details"]]
        self.assertEqual(of_containers, {d["value"] for d in details if d["name"] == "privateIPv4Address"})
        group = elb.describe_target_groups(Names=["api"])["TargetGroups"][0]["TargetGroupArn"]
        health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        self.assertEqual(of_containers, {target["Target"]["Id"] for target in health})

    def test_an_arn_is_of_one_region_account_and_cluster(self):
        cluster, service = "arn:aws:ecs:{}:{}:cluster/storefront", "arn:aws:ecs:{}:{}:service/{}/api"
        here = (WEST, "123456789012")
        found = self.ecs.describe_services(cluster=cluster.format(*here), services=[service.format(*here, "storefront")])
        self.assertEqual((1, []), (len(found["services"]), found["failures"]))
        for place in ((EAST, "123456789012"), (WEST, "999999999999")):
            self.refused(
                "ClusterNotFoundException", self.ecs.describe_services, cluster=cluster.format(*place), services=["api"]
            )
        strange = [service.format(*here, "elsewhere"), service.format(EAST, here[1], "storefront")]
        found = self.ecs.describe_services(cluster="storefront", services=strange)
        self.assertEqual(([], strange), (found["services"], [f["arn"] for f in found["failures"]]))

    def made(self, name, **how):
        nets = [net["SubnetId"] for net in client("ec2", WEST).describe_subnets()["Subnets"][:2]]
        self.ecs.create_service(
            cluster="storefront",
            serviceName=name,
            taskDefinition="api",
            networkConfiguration={"awsvpcConfiguration": {"subnets": nets}},
            **how,
        )
        return lambda: self.ecs.describe_services(cluster="storefront", services=[name])["services"][0]

    def test_services_that_others_deploy_can_only_be_scaled(self):
        for controller in ("CODE_DEPLOY", "EXTERNAL"):
            name = controller.lower().replace("_", "-")
            seen = self.made(name, desiredCount=2, deploymentController={"type": controller})
            wait_until("running", lambda: seen()["runningCount"] == 2)
            self.assertEqual((controller, []), (seen()["deploymentController"]["type"], seen()["deployments"]))
            where = {"cluster": "storefront", "service": name}
            self.refused("InvalidParameterException", self.ecs.update_service, **where, taskDefinition="api")
            self.refused("InvalidParameterException", self.ecs.update_service, **where, forceNewDeployment=True)
            self.ecs.update_service(**where, desiredCount=0)
            wait_until("stopped", lambda: seen()["runningCount"] == 0)

    def test_a_daemon_service_has_no_desired_count_to_set(self):
        seen = self.made("agent", schedulingStrategy="DAEMON")
        self.assertEqual(("DAEMON", 2), (seen()["schedulingStrategy"], seen()["desiredCount"]))
        where = {"cluster": "storefront", "service": "agent"}
        self.refused("InvalidParameterException", self.ecs.update_service, **where, desiredCount=1)
        self.ecs.update_service(**where, forceNewDeployment=True)

    def test_tasks_that_cannot_be_placed_are_told_once_with_the_reason(self):
        knob("unplaceable", region=WEST, cluster="storefront", service="api", reason="Capacity is unavailable")
        self.ecs.update_service(cluster="storefront", service="api", desiredCount=2)
        self.ecs.update_service(cluster="storefront", service="api", desiredCount=3)
        found = self.service()
        self.assertEqual((0, 0), (found["runningCount"], found["pendingCount"]))
        told = [e["message"] for e in found["events"] if "unable to place" in e["message"]]
        self.assertEqual(["(service api) was unable to place a task. Reason: Capacity is unavailable."], told)
        knob("unplaceable", region=WEST, cluster="storefront", service="api", reason=None)
        wait_until("placed", lambda: self.service()["runningCount"] == 3)


class Scaling(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        self.ecs, self.scaling = client("ecs", EAST), client("application-autoscaling", EAST)

    def desired(self):
        return self.ecs.describe_services(cluster="storefront", services=["api"])["services"][0]["desiredCount"]

    def register(self, **wanted):
        self.scaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/storefront/api",
            ScalableDimension="ecs:service:DesiredCount",
            **wanted,
        )
        return self.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]

    def alarm(self, wanted):
        knob("scaling-alarm", region=EAST, cluster="storefront", service="api", wanted=wanted)
        return self.desired()

    def test_an_alarm_scales_within_the_limits_and_not_while_that_is_suspended(self):
        self.assertEqual([8, 2], [self.alarm(99), self.alarm(0)])
        target = self.register(SuspendedState={"DynamicScalingOutSuspended": True})
        self.assertEqual((2, 8), (target["MinCapacity"], target["MaxCapacity"]))
        self.assertEqual(2, self.alarm(5))
        target = self.register(SuspendedState={"DynamicScalingInSuspended": True})
        wanted = {
            "DynamicScalingInSuspended": True,
            "DynamicScalingOutSuspended": True,
            "ScheduledScalingSuspended": False,
        }
        self.assertEqual(wanted, target["SuspendedState"], "what is not said stays")
        self.register(SuspendedState={"DynamicScalingOutSuspended": False})
        self.assertEqual([5, 5], [self.alarm(5), self.alarm(0)])

    def test_new_limits_move_the_service_into_them_at_once(self):
        self.register(MinCapacity=6)
        self.assertEqual(6, self.desired())
        self.register(MinCapacity=1, MaxCapacity=3)
        self.assertEqual(3, self.desired())
        self.register(MinCapacity=0)
        self.assertEqual(3, self.desired())

    def test_limits_that_cannot_be_are_refused(self):
        for wanted in ({"MinCapacity": 9}, {"MaxCapacity": 1}):
            self.refused("ValidationException", self.register, **wanted)
