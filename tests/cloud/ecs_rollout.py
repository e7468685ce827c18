"""How an ECS service gets from what is asked of it to what runs: tasks, deployments, events, circuit breaker.

Follows the ECS Developer Guide ("Deploy Amazon ECS services by replacing tasks", "How the Amazon ECS deployment
circuit breaker detects failures", "Amazon ECS service event messages") and the API reference of Deployment. At each
stage half of the pending tasks come to run, the tasks they stand in for are stopped, and missing ones are started.

Services that CodeDeploy or another program deploys have no deployments of their own ("deployments" of DescribeServices);
here they come to run all the same, so that their counts follow what is desired.
"""

from __future__ import annotations

import itertools
import math
import uuid
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import Service

import ecr
import elbv2
from clock import CLOCK

ESSENTIAL_EXITED = "Essential container in task exited"
CIRCUIT_BREAKER = "ECS deployment circuit breaker: tasks failed to start."
# A crash loop is slowed down as AWS throttles it, to this many stages.
SLOWEST_RETRY = 8
STOPPED_TASKS_KEPT = 50

# What services have until `ecs` sets it on them. Crashing tasks are `all`, or the `new` ones only: those of another
# task definition than the last that a deployment was completed with.
Service.tasks_crash = None
# Why no task can be placed, or none.
Service.unplaceable = None
Service.completed_definition = None
Service.deployment_configuration = None

addresses = itertools.count(10)


def shown_deployments(service: Service) -> list[dict[str, Any]]:
    return service.rollouts if service.deployment_controller["type"] == "ECS" else []


def set_rollouts(service: Service, rollouts: list[dict[str, Any]]) -> None:
    service.rollouts = rollouts


Service.deployments = property(shown_deployments, set_rollouts)


class ServiceTask:
    """A task of a service, with the attributes that moto's serializer looks for."""

    def __init__(self, service: Service, deployment: dict[str, Any]) -> None:
        number = next(addresses)
        self.address = f"10.0.{number // 250}.{number % 250 + 4}"
        self.deployment_id = deployment["id"]
        self.id = uuid.uuid4().hex
        self.task_arn = service.arn.split(":service/")[0] + f":task/{service.cluster_name}/{self.id}"
        self.cluster_arn = service.cluster_arn
        self.task_definition_arn = deployment["taskDefinition"]
        self.group = f"service:{service.name}"
        self.started_by = self.deployment_id
        self.launch_type = service.launch_type
        # PropagateTags is NONE unless a service says otherwise (ECS API Reference, CreateService).
        self.tags: list[dict[str, str]] = []
        self.container_instance_arn = None
        self.last_status = "PENDING"
        self.desired_status = "RUNNING"
        self.created_at = utcnow()
        self.started_at = None
        self.stopped_at = None
        self.stopped_reason = None
        self.stop_code = None
        interface = {"attachmentId": str(uuid.uuid4()), "privateIpv4Address": self.address}
        self.containers = [
            {"name": name, "image": image, "lastStatus": "PENDING", "networkInterfaces": [interface]}
            for name, image in containers(service, deployment)
        ]
        self.attachments = [
            {
                "id": interface["attachmentId"],
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [{"name": "privateIPv4Address", "value": self.address}],
            }
        ]

    def run(self) -> None:
        self.last_status = "RUNNING"
        self.started_at = utcnow()
        for container in self.containers:
            container["lastStatus"] = "RUNNING"
            # What its tag stands for as it is pulled; told of what runs alone.
            container["imageDigest"] = ecr.digest(container["image"])

    def stop(self, reason: str, code: str, exit_code: int) -> None:
        self.last_status = self.desired_status = "STOPPED"
        self.stopped_at = utcnow()
        self.stopped_reason = reason
        self.stop_code = code
        for container in self.containers:
            container |= {"lastStatus": "STOPPED", "exitCode": exit_code}


def containers(service: Service, deployment: dict[str, Any]) -> list[tuple[str, str]]:
    """The name and the image of each."""
    definition = service._backend.describe_task_definition(deployment["taskDefinition"])
    return [(container["name"], container.get("image", "")) for container in definition.container_definitions]


def live_tasks(service: Service, deployment: dict[str, Any] | None = None) -> list[ServiceTask]:
    """Tasks that are not stopped, oldest first, of one deployment or of all."""
    tasks = service._backend.tasks.get(service.cluster_name, {}).values()
    return [
        task
        for task in tasks
        if task.group == f"service:{service.name}"
        and task.last_status != "STOPPED"
        and (deployment is None or task.deployment_id == deployment["id"])
    ]


def running(tasks: list[ServiceTask]) -> list[ServiceTask]:
    return [task for task in tasks if task.last_status == "RUNNING"]


def tell(service: Service, message: str) -> None:
    """A service event; the newest comes first and 100 are kept."""
    event = {"id": str(uuid.uuid4()), "createdAt": utcnow(), "message": f"(service {service.name}) {message}"}
    service.events = [event, *service.events][:100]


def tell_once(service: Service, message: str) -> None:
    """ECS leaves out a message that repeats the last one until its cause is gone."""
    if not service.events or not service.events[0]["message"].endswith(message):
        tell(service, message)


def deploy(service: Service) -> None:
    """A new PRIMARY deployment of the service's task definition; those before it are ACTIVE until drained."""
    for deployment in service.rollouts:
        deployment["status"] = "ACTIVE"
    identifier = f"ecs-svc/{uuid.uuid4().int % 10**19:019d}"
    now = utcnow()
    primary = {
        "id": identifier,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "launchType": service.launch_type,
        "platformVersion": service.platform_version,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {identifier} in progress.",
    }
    service.rollouts = [primary, *service.rollouts]


def carry_on(service: Service) -> None:
    """Starts and stops what it now takes, and goes on at each stage until the service is steady."""
    CLOCK.cancel(service)
    stop_surplus(service)
    start_missing(service)
    count(service)
    if not is_steady(service):
        failed = service.rollouts[0]["failedTasks"]
        CLOCK.after("ecs.task", lambda: next_stage(service), owner=service, times=min(1 + failed, SLOWEST_RETRY))


def next_stage(service: Service) -> None:
    pending = [task for task in live_tasks(service) if task.last_status == "PENDING"]
    crashing = [task for task in pending if is_to_crash(service, task)]
    for task in crashing:
        crash(service, task)
    starting = [task for task in pending if task not in crashing]
    for task in starting[: math.ceil(len(starting) / 2)]:
        task.run()
        register(service, task)
    stop_surplus(service)
    drop_drained(service)
    count(service)
    settle(service)
    carry_on(service)
    if as_desired(service) and is_steady(service):
        tell(service, "has reached a steady state.")


def is_to_crash(service: Service, task: ServiceTask) -> bool:
    new = task.task_definition_arn != service.completed_definition
    return service.tasks_crash == "all" or (service.tasks_crash == "new" and new)


def crash(service: Service, task: ServiceTask) -> None:
    task.stop(ESSENTIAL_EXITED, "EssentialContainerExited", exit_code=1)
    deployment = service.rollouts[0]
    deployment["failedTasks"] += 1
    tell(service, f"(task {task.id}) stopped: essential container exited.")
    if deployment["failedTasks"] == failure_threshold(service):
        tell(service, "is unable to consistently start tasks successfully.")


def failure_threshold(service: Service) -> int:
    """Half of the desired count, at least 3 and at most 200."""
    return max(3, min(200, math.ceil(service.desired_count / 2)))


def stop_surplus(service: Service) -> None:
    """Old tasks go as new ones come to run, so that the desired count stays up; beyond it, the newest go."""
    primary = service.rollouts[0]
    new, every = live_tasks(service, primary), live_tasks(service)
    old = [task for task in every if task not in new]
    spare = max(0, len(running(every)) - service.desired_count)
    stale = [task for task in old if task.last_status == "PENDING"] + running(old)[:spare]
    for task in stale + new[service.desired_count :]:
        deregister(service, task)
        task.stop("Scaling activity initiated by deployment " + primary["id"], "ServiceSchedulerInitiated", 0)


def start_missing(service: Service) -> None:
    primary = service.rollouts[0]
    missing = service.desired_count - len(live_tasks(service, primary))
    if missing <= 0 or primary["rolloutState"] == "FAILED":
        return
    if service.unplaceable:
        tell_once(service, f"was unable to place a task. Reason: {service.unplaceable}.")
        return
    tasks = service._backend.tasks.setdefault(service.cluster_name, {})
    for _ in range(missing):
        task = ServiceTask(service, primary)
        tasks[task.task_arn] = task
    tell(service, f"has started {missing} tasks.")
    forget_stopped(service)


def forget_stopped(service: Service) -> None:
    """Stopped tasks can be seen for a while only."""
    tasks = service._backend.tasks[service.cluster_name]
    stopped = [arn for arn, task in tasks.items() if task.last_status == "STOPPED"]
    for arn in stopped[:-STOPPED_TASKS_KEPT]:
        del tasks[arn]


def count(service: Service) -> None:
    """Counts of the service, its deployments and its cluster."""
    primary = service.rollouts[0]
    for deployment in service.rollouts:
        live = live_tasks(service, deployment)
        deployment["runningCount"] = len(running(live))
        deployment["pendingCount"] = len(live) - deployment["runningCount"]
        deployment["desiredCount"] = service.desired_count if deployment is primary else len(live)
    service.running_count = sum(deployment["runningCount"] for deployment in service.rollouts)
    service.pending_count = sum(deployment["pendingCount"] for deployment in service.rollouts)
    cluster = service._backend.clusters[service.cluster_name]
    in_cluster = [s for s in service._backend.services.values() if s.cluster_name == cluster.name]
    cluster.running_tasks_count = sum(s.running_count for s in in_cluster)
    cluster.pending_tasks_count = sum(s.pending_count for s in in_cluster)
    cluster.active_services_count = sum(s.status == "ACTIVE" for s in in_cluster)


def drop_drained(service: Service) -> None:
    """Old deployments without tasks go; one that failed is still shown until the next is through."""
    primary, *old = service.rollouts
    kept = [d for d in old if live_tasks(service, d) or d["rolloutState"] == "FAILED"]
    service.rollouts = [primary, *kept]


def settle(service: Service) -> None:
    """COMPLETED once steady with healthy targets; FAILED if the circuit breaker trips; else it stays as it is."""
    primary = service.rollouts[0]
    if primary["rolloutState"] != "IN_PROGRESS":
        return
    if breaker(service).get("enable") and primary["failedTasks"] >= failure_threshold(service):
        fail(service, primary)
        return
    if as_desired(service) and targets_healthy(service):
        reason = f"ECS deployment {primary['id']} completed."
        primary |= {"rolloutState": "COMPLETED", "rolloutStateReason": reason, "updatedAt": utcnow()}
        service.completed_definition = primary["taskDefinition"]
        service.rollouts = [primary]


def breaker(service: Service) -> dict[str, bool]:
    return (service.deployment_configuration or {}).get("deploymentCircuitBreaker") or {}


def fail(service: Service, primary: dict[str, Any]) -> None:
    """The circuit breaker trips; with rollback, a new deployment of the last definition that worked follows."""
    primary |= {"rolloutState": "FAILED", "rolloutStateReason": CIRCUIT_BREAKER, "updatedAt": utcnow()}
    tell(service, f"(deployment {primary['id']}) deployment failed: tasks failed to start.")
    if breaker(service).get("rollback") and service.completed_definition not in (None, primary["taskDefinition"]):
        service.task_definition = service.completed_definition
        deploy(service)
        back_to = service.rollouts[0]["id"]
        primary["rolloutStateReason"] = f"ECS deployment circuit breaker: rolling back to deploymentId {back_to}."
        tell(service, f"rolling back to deployment {back_to}.")


def as_desired(service: Service) -> bool:
    alone = all(deployment["rolloutState"] == "FAILED" for deployment in service.rollouts[1:])
    return alone and service.pending_count == 0 and service.running_count == service.desired_count


def is_steady(service: Service) -> bool:
    state = service.rollouts[0]["rolloutState"]
    return service.status != "ACTIVE" or state == "FAILED" or (state == "COMPLETED" and as_desired(service))


def target_groups(service: Service) -> list[tuple[Any, int]]:
    """The target groups the service's tasks are in, and the port they listen on."""
    found = ((elbv2.group_of(lb.get("targetGroupArn", "")), lb["containerPort"]) for lb in service.load_balancers)
    return [(group, port) for group, port in found if group is not None]


def register(service: Service, task: ServiceTask) -> None:
    for group, port in target_groups(service):
        group.register([{"Id": task.address, "Port": port}])


def deregister(service: Service, task: ServiceTask) -> None:
    for group, _ in target_groups(service):
        if task.address in group.targets:
            group.deregister([{"Id": task.address}])


def targets_healthy(service: Service) -> bool:
    addresses_running = [task.address for task in running(live_tasks(service))]
    return all(
        elbv2.health_of(group, address)[0] in ("healthy", "unused")
        for group, _ in target_groups(service)
        for address in addresses_running
    )
