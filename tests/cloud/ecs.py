"""ECS services as its API tells of them; what they do is in `ecs_rollout`.

Follows the ECS API reference: UpdateService (a change of desiredCount alone starts no deployment; what it refuses of
services that others deploy, and of DAEMON ones), DescribeServices (failures say MISSING; at most ten services a call),
ListTasks (RUNNING ones unless asked otherwise). An ARN is of one region and account.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ecs.exceptions import (
    ClusterNotFoundException,
    EcsClientException,
    ECSException,
    InvalidParameterException,
    TaskDefinitionNotFoundException,
)
from moto.ecs.models import EC2ContainerServiceBackend, Service, TaskDefinition, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

import ecs_rollout
import elbv2
from patch import replaces

moto_create_response = EC2ContainerServiceResponse.create_service
moto_describe_services = EC2ContainerServiceResponse.describe_services
moto_cluster = EC2ContainerServiceBackend._get_cluster
moto_create = EC2ContainerServiceBackend.create_service
moto_describe = EC2ContainerServiceBackend.describe_services
moto_delete = EC2ContainerServiceBackend.delete_service
moto_describe_definition = EC2ContainerServiceBackend.describe_task_definition
moto_list_tasks = EC2ContainerServiceBackend.list_tasks
moto_stop_task = EC2ContainerServiceBackend.stop_task
moto_validate_network = Service._validate_network

MOST_SERVICES_A_CALL = 10
# A DAEMON service runs a task on each instance of its cluster: here it has two.
DAEMON_INSTANCES = 2



def default_configuration() -> dict[str, Any]:
    """A service's own: what becomes of it is no other's."""
    return {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "strategy": "ROLLING",
    }


class ServiceNotActive(ECSException):
    def __init__(self) -> None:
        super().__init__("ServiceNotActiveException", "Service was not ACTIVE.")


def is_of_elsewhere(backend: EC2ContainerServiceBackend, name: str) -> bool:
    """Whether an ARN is of another region or account than the one that is asked."""
    fields = name.split(":")
    return fields[0] == "arn" and fields[3:5] != [backend.region_name, backend.account_id]


@replaces(EC2ContainerServiceBackend)
def _get_cluster(self: EC2ContainerServiceBackend, name: str) -> Any:
    if is_of_elsewhere(self, name):
        raise ClusterNotFoundException
    return moto_cluster(self, name)


@replaces(EC2ContainerServiceBackend)
def describe_services(
    self: EC2ContainerServiceBackend, cluster_str: str, service_names_or_arns: list[str]
) -> tuple[list[Service], list[dict[str, str]]]:
    """A service's ARN names its cluster too: that of a namesake elsewhere is MISSING here."""
    found, failures = moto_describe(self, cluster_str, service_names_or_arns)
    asked = [name for name in service_names_or_arns if name.startswith("arn:")]
    strange = [arn for arn in asked if not any(service.arn == arn for service in found)]
    names = {name for name in service_names_or_arns if not name.startswith("arn:")}
    kept = [service for service in found if service.name in names or service.arn in asked]
    known = {failure["arn"] for failure in failures}
    return kept, failures + [{"arn": arn, "reason": "MISSING"} for arn in strange if arn not in known]


@replaces(Service)
def _validate_network(self: Service, nc: dict[str, dict[str, list[str]]]) -> Any:
    """Security groups are optional (AwsVpcConfiguration)."""
    nc["awsvpcConfiguration"].setdefault("securityGroups", [])
    return moto_validate_network(self, nc)


@replaces(EC2ContainerServiceBackend)
def describe_task_definition(self: EC2ContainerServiceBackend, task_definition_str: str) -> TaskDefinition:
    """`family:revision`, an ARN, or a family, which is its latest ACTIVE revision."""
    name = task_definition_str.split("/")[-1]
    family, _, revision = name.partition(":")
    if revision and not revision.isdigit():
        raise TaskDefinitionNotFoundException
    if revision:
        return moto_describe_definition(self, task_definition_str)
    active = [d for d in self.task_definitions.get(family, {}).values() if d.status == "ACTIVE"]
    if not active:
        raise TaskDefinitionNotFoundException
    return max(active, key=lambda definition: definition.revision)


def active_definition(backend: EC2ContainerServiceBackend, name: str) -> TaskDefinition:
    definition = backend.describe_task_definition(name)
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    return definition


@replaces(EC2ContainerServiceResponse, "create_service")
def create_service_response(self: EC2ContainerServiceResponse) -> ActionResult:
    """Keeps the deployment configuration and the rebalancing of zones, which moto leaves out."""
    result = moto_create_response(self)
    service = result.result["service"]
    service.deployment_configuration = default_configuration() | (self._get_param("deploymentConfiguration") or {})
    service.availability_zone_rebalancing = self._get_param("availabilityZoneRebalancing") or "DISABLED"
    return result


@replaces(EC2ContainerServiceBackend)
def create_service(
    self: EC2ContainerServiceBackend, cluster_str: str, service_name: str, *args: Any, **kwargs: Any
) -> Service:
    existing = self.services.get(f"{self._get_cluster(cluster_str).name}:{service_name}")
    if existing is not None and existing.status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    service = moto_create(self, cluster_str, service_name, *args, **kwargs)
    active_definition(self, service.task_definition)
    for balancer in service.load_balancers:
        if elbv2.group_of(balancer.get("targetGroupArn", "")) is None:
            del self.services[f"{service.cluster_name}:{service_name}"]
            raise InvalidParameterException("The specified target group does not exist.")
    service.deployment_configuration = default_configuration()
    service.deployments = []
    if service.scheduling_strategy == "DAEMON":
        service.desired_count = DAEMON_INSTANCES
    ecs_rollout.deploy(service)
    ecs_rollout.carry_on(service)
    return service


def refuse_what_others_do(service: Service, wanted: dict[str, Any]) -> None:
    """Of a service that others deploy, only its size and the like can be updated; of a DAEMON one, not even that."""
    controller = service.deployment_controller["type"]
    if controller != "ECS" and wanted.get("task_definition") is not None:
        raise InvalidParameterException(
            f"Unable to update task definition on services with a {controller} deployment controller."
        )
    if controller != "ECS" and (wanted.get("force_new_deployment") or wanted.get("network_configuration")):
        raise InvalidParameterException(
            f"Cannot force a new deployment on services with a {controller} deployment controller."
        )
    if service.scheduling_strategy == "DAEMON" and wanted.get("desired_count") is not None:
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support a desired count for services. Please specify a service "
            "without a desired count value, or use the replica scheduling strategy."
        )


@replaces(EC2ContainerServiceBackend)
def update_service(self: EC2ContainerServiceBackend, service_properties: dict[str, Any]) -> Service:
    """Only a task definition, a forced deployment or a new network or platform starts a deployment."""
    wanted = {name: value for name, value in service_properties.items() if value is not None}
    service = self._get_service(wanted.pop("cluster", "default"), wanted.pop("service"))
    if service.status != "ACTIVE":
        raise ServiceNotActive
    refuse_what_others_do(service, wanted)
    definition = wanted.pop("task_definition", None)
    anew = wanted.pop("force_new_deployment", False) or bool(
        wanted.keys() & {"network_configuration", "platform_version", "load_balancers"}
    )
    if definition is not None:
        service.task_definition = active_definition(self, definition).arn
        anew = True
    service.deployment_configuration |= wanted.pop("deployment_configuration", {})
    for name, value in wanted.items():
        setattr(service, name, value)
    if anew:
        ecs_rollout.deploy(service)
    ecs_rollout.carry_on(service)
    return service


@replaces(EC2ContainerServiceBackend)
def delete_service(self: EC2ContainerServiceBackend, cluster_name: str, service_name: str, force: bool) -> Service:
    service = moto_delete(self, cluster_name, service_name, force)
    service.desired_count = 0
    ecs_rollout.carry_on(service)
    return service


@replaces(EC2ContainerServiceResponse, "describe_services")
def describe_services_response(self: EC2ContainerServiceResponse) -> ActionResult:
    if len(self._get_param("services", [])) > MOST_SERVICES_A_CALL:
        raise InvalidParameterException(f"Services cannot be more than {MOST_SERVICES_A_CALL}.")
    return moto_describe_services(self)


@replaces(EC2ContainerServiceBackend)
def list_tasks(
    self: EC2ContainerServiceBackend,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,
) -> list[Any]:
    tasks = moto_list_tasks(
        self, cluster_str, container_instance, family, started_by, service_name, desiredStatus or "RUNNING"
    )
    if service_name is None:
        return tasks
    service = self._get_service(cluster_str or "default", service_name)
    return [task for task in tasks if task.group == f"service:{service.name}"]


@replaces(EC2ContainerServiceResponse)
def describe_tasks(self: EC2ContainerServiceResponse) -> ActionResult:
    """By id or ARN; those not found are among the failures as MISSING."""
    cluster = self.ecs_backend._get_cluster(self._get_param("cluster", "default"))
    asked = self._get_param("tasks", [])
    if not asked:
        raise InvalidParameterException("Tasks cannot be empty.")
    by_id = {arn.split("/")[-1]: task for arn, task in self.ecs_backend.tasks.get(cluster.name, {}).items()}
    found = [by_id[name.split("/")[-1]] for name in asked if name.split("/")[-1] in by_id]
    missing = [name for name in asked if name.split("/")[-1] not in by_id]
    failures = [{"arn": name, "reason": "MISSING"} for name in missing]
    return ActionResult({"tasks": found, "failures": failures})


@replaces(EC2ContainerServiceBackend)
def stop_task(self: EC2ContainerServiceBackend, cluster_str: str, task_str: str, reason: str) -> Any:
    """A service replaces a task that was stopped."""
    cluster = self._get_cluster(cluster_str)
    known = {arn.split("/")[-1] for arn in self.tasks.get(cluster.name, {})}
    if task_str.split("/")[-1] not in known:
        raise InvalidParameterException("The referenced task was not found.")
    task = moto_stop_task(self, cluster_str, task_str, reason)
    if isinstance(task, ecs_rollout.ServiceTask):
        service = self._get_service(cluster_str, task.group.removeprefix("service:"))
        ecs_rollout.deregister(service, task)
        ecs_rollout.carry_on(service)
    return task


# Knobs (POST /_cloud/knob)


def knob_tasks_crash(
    region: str, cluster: str, service: str, which: str | None = "all", account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """Tasks of the service that start while this is set crash; those running go on.

    `which` is `all`, `new` (those of another definition than the last that worked) or null (none any more).
    """
    if which not in ("all", "new", None):
        raise ValueError(f"which tasks crash is 'all', 'new' or null, not {which!r}")
    found = ecs_backends[account][region]._get_service(cluster, service)
    found.tasks_crash = which
    ecs_rollout.carry_on(found)


def knob_unplaceable(
    region: str,
    cluster: str,
    service: str,
    reason: str | None = "You've reached the limit on the number of vCPUs you can run concurrently",
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """No task of the service can be placed any more, for this reason; a null reason lets them be placed again."""
    found = ecs_backends[account][region]._get_service(cluster, service)
    found.unplaceable = reason
    ecs_rollout.carry_on(found)
