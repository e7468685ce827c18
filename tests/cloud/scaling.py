"""Application Auto Scaling of ECS services: its suspended state, and what an alarm of one of its policies does.

Follows the Application Auto Scaling API reference: SuspendedState (each of the three is false unless it was set),
RegisterScalableTarget (of a service below the minimum or above the maximum it "adjusts the capacity … to place it within
these bounds"), and "Suspending and resuming scaling": a policy adds and removes nothing while that is suspended, and never
leaves the limits.
"""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ecs.models import ecs_backends

import ecs_rollout
from patch import replaces

moto_register = ApplicationAutoscalingBackend.register_scalable_target

NOTHING_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


@replaces(ApplicationAutoscalingBackend)
def register_scalable_target(self: ApplicationAutoscalingBackend, *args: Any, **kwargs: Any) -> FakeScalableTarget:
    """What is not said of a target that is there stays as it is; a maximum below the minimum is refused."""
    names = ("namespace", "r_id", "dimension", "min_capacity", "max_capacity", "role_arn", "suspended_state")
    wanted = dict(zip(names, args)) | kwargs
    known = self.targets.get(wanted["dimension"], {}).get(wanted["r_id"])
    before = known.suspended_state if known else None
    least = wanted["min_capacity"] if wanted["min_capacity"] is not None else known and known.min_capacity
    most = wanted["max_capacity"] if wanted["max_capacity"] is not None else known and known.max_capacity
    if least is None or most is None or most < least:
        raise AWSValidationException("Maximum capacity cannot be less than minimum capacity, and both are needed")
    wanted["suspended_state"] = (before or NOTHING_SUSPENDED) | (wanted["suspended_state"] or {})
    target = moto_register(self, **wanted)
    if wanted["namespace"] == "ecs":
        _, cluster, service = wanted["r_id"].split("/")
        found = ecs_backends[self.account_id][self.region_name]._get_service(cluster, service)
        if found.status == "ACTIVE":
            resize(found, target, found.desired_count)
    return target


moto_answer = ApplicationAutoScalingResponse.register_scalable_target


@replaces(ApplicationAutoScalingResponse, "register_scalable_target")
def register_with_tags(self: ApplicationAutoScalingResponse) -> str:
    answer = moto_answer(self)
    given = self._get_param("Tags")
    target = target_of(self, json.loads(answer)["ScalableTargetARN"])
    target.tags = {**getattr(target, "tags", {}), **(given or {})}
    return answer


@replaces(ApplicationAutoScalingResponse)
def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
    return json.dumps({"Tags": getattr(target_of(self, self._get_param("ResourceARN")), "tags", {})})


def target_of(response: ApplicationAutoScalingResponse, arn: str) -> FakeScalableTarget:
    known = response.applicationautoscaling_backend.targets
    for target in (target for by_id in known.values() for target in by_id.values()):
        if target.arn == arn:
            return target
    raise AWSValidationException(f"The resource {arn} could not be found")


def resize(service: Any, target: FakeScalableTarget, wanted: int) -> None:
    """As many tasks as are wanted and allowed."""
    within = max(target.min_capacity, min(wanted, target.max_capacity))
    if within != service.desired_count:
        service.desired_count = within
        ecs_rollout.carry_on(service)


# Knob (POST /_cloud/knob)


def knob_scaling_alarm(
    region: str, cluster: str, service: str, wanted: int, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """The alarm of a scaling policy goes off that would have `wanted` tasks."""
    target = applicationautoscaling_backends[account][region].targets["ecs:service:DesiredCount"][
        f"service/{cluster}/{service}"
    ]
    found = ecs_backends[account][region]._get_service(cluster, service)
    within = max(target.min_capacity, min(wanted, target.max_capacity))
    way = "Out" if within > found.desired_count else "In"
    if target.suspended_state[f"DynamicScaling{way}Suspended"]:
        return
    resize(found, target, wanted)
