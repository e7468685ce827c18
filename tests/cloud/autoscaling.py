"""EC2 Auto Scaling groups: instances that take time to come and to go, and the activities that tell of it.

Follows the Amazon EC2 Auto Scaling User Guide ("Amazon EC2 Auto Scaling instance lifecycle", "Verify a scaling activity
for an Auto Scaling group", "Suspend and resume Amazon EC2 Auto Scaling processes", "Troubleshoot: EC2 instance launch
failures") and the API reference of each operation. A desired capacity is taken at once, whatever becomes of it: only the
instances that are InService, and the activities, tell. An instance is registered with the target groups as it comes into
service, and taken from them as it begins to terminate.
"""

from __future__ import annotations

import uuid
from typing import Any

from moto.autoscaling.exceptions import ValidationError
from moto.autoscaling.models import (
    Activity,
    AutoScalingBackend,
    FakeAutoScalingGroup,
    InstanceState,
    autoscaling_backends,
)
from moto.autoscaling.responses import AutoScalingResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

import elbv2
from clock import CLOCK
from patch import replaces

moto_launch = FakeAutoScalingGroup.replace_autoscaling_group_instances
moto_update = AutoScalingBackend.update_auto_scaling_group

# As many as one answer of DescribeScalingActivities has, unless it is asked for fewer.
ACTIVITIES = 100
KEPT = 500
# What a launch that found no room is tried again after, in stages.
AGAIN = 4
NO_CAPACITY = (
    "We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-west-2a). Our "
    "system will be working on provisioning additional capacity. Launching EC2 instance failed."
)
# Those that are neither coming nor here.
LEAVING = ("Terminating", "Terminating:Wait", "Terminating:Proceed", "Terminated", "Detaching", "Detached")

# What groups have until a knob or a change sets it on them.
FakeAutoScalingGroup.activities = ()
FakeAutoScalingGroup.most = None
FakeAutoScalingGroup.short_of = None
FakeAutoScalingGroup.notifications = ()
# Told of each, and this where nobody said otherwise (CapacityReservationSpecification).
FakeAutoScalingGroup.capacity_reservation_specification = property(lambda self: {"CapacityReservationPreference": "default"})


def absent(name: str) -> ValidationError:
    return ValidationError(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")


def find(backend: AutoScalingBackend, name: str) -> FakeAutoScalingGroup:
    if name not in backend.autoscaling_groups:
        raise absent(name)
    return backend.autoscaling_groups[name]


def is_suspended(group: FakeAutoScalingGroup, process: str) -> bool:
    return any(found["ProcessName"] == process for found in group.suspended_processes)


def here(group: FakeAutoScalingGroup) -> list[InstanceState]:
    """Those that count towards the desired capacity."""
    counted = ("Standby", "EnteringStandby", *LEAVING)
    return [
        found
        for found in group.instance_states
        if found.lifecycle_state not in counted and not found.lifecycle_state.startswith("Warmed:")
    ]


# Activities


def note(group: FakeAutoScalingGroup, what: str, status: str, message: str | None = None) -> Activity:
    """The newest comes first."""
    cause = f"At {utcnow():%Y-%m-%dT%H:%M:%SZ} an instance was asked for, to be at {group.desired_capacity}."
    activity = Activity(what, cause, group, activity_id=str(uuid.uuid4()), status_code=status)
    activity.status_message = message
    activity.end_time = None
    activity.auto_scaling_group_arn = group.arn
    finish(activity, status, message) if status in ("Failed", "Successful", "Cancelled") else None
    group.activities = [activity, *group.activities][:KEPT]
    return activity


def finish(activity: Activity, status: str = "Successful", message: str | None = None) -> None:
    activity.status_code, activity.status_message = status, message
    activity.progress, activity.end_time = 100, utcnow()


# Coming and going


def carry_on(group: FakeAutoScalingGroup) -> None:
    """Launches what is missing and terminates what is too much; tries again where there was no room."""
    wanted, counted = group.desired_capacity or 0, here(group)
    if len(counted) < wanted and not is_suspended(group, "Launch"):
        launch(group, wanted - len(counted))
    elif len(counted) > wanted and not is_suspended(group, "Terminate"):
        scale_in(group, len(counted) - wanted)


def launch(group: FakeAutoScalingGroup, missing: int) -> None:
    room = missing if group.most is None else max(0, group.most - len(here(group)))
    coming = min(missing, room)
    if coming:
        before = set(map(id, group.instance_states))
        moto_launch(group, coming, group.get_propagated_tags())
        for found in group.instance_states:
            if id(found) not in before:
                come(group, found)
    if coming < missing:
        what = "Launching a new EC2 instance.  Status Reason: " + group.short_of
        note(group, what, "Failed", group.short_of)
        CLOCK.cancel(group)
        CLOCK.after("autoscaling.launch", lambda: carry_on(group), owner=group, times=AGAIN)


def come(group: FakeAutoScalingGroup, found: InstanceState) -> None:
    found.lifecycle_state = "Pending"
    activity = note(group, f"Launching a new EC2 instance: {found.instance.id}", "PreInService")

    def in_service() -> None:
        if found.lifecycle_state != "Pending":
            return
        found.lifecycle_state = "InService"
        finish(activity)
        if not is_suspended(group, "AddToLoadBalancer"):
            for target_group in target_groups(group):
                target_group.register([{"Id": found.instance.id}])

    CLOCK.after("autoscaling.launch", in_service, owner=found)


def scale_in(group: FakeAutoScalingGroup, surplus: int) -> None:
    """The newest go first here; those protected from scale-in never."""
    open_to = [found for found in here(group) if not found.protected_from_scale_in]
    for found in list(reversed(open_to))[:surplus]:
        go(group, found)


def go(group: FakeAutoScalingGroup, found: InstanceState) -> None:
    CLOCK.cancel(found)
    found.lifecycle_state = "Terminating"
    activity = note(group, f"Terminating EC2 instance: {found.instance.id}", "InProgress")
    for target_group in target_groups(group):
        if found.instance.id in target_group.targets:
            target_group.deregister([{"Id": found.instance.id}])

    def gone() -> None:
        group.instance_states = [kept for kept in group.instance_states if kept is not found]
        group.ec2_backend.terminate_instances([found.instance.id])
        finish(activity)

    CLOCK.after("autoscaling.terminate", gone, owner=found)


def target_groups(group: FakeAutoScalingGroup) -> list[Any]:
    found = (elbv2.group_of(arn) for arn in group.target_group_arns or [])
    return [target_group for target_group in found if target_group is not None]


@replaces(FakeAutoScalingGroup)
def set_desired_capacity(self: FakeAutoScalingGroup, new_capacity: int | None) -> None:
    self.desired_capacity = self.min_size if new_capacity is None else new_capacity
    carry_on(self)


@replaces(FakeAutoScalingGroup)
def active_instances(self: FakeAutoScalingGroup) -> list[InstanceState]:
    return [found for found in self.instance_states if found.lifecycle_state == "InService"]


@replaces(AutoScalingBackend)
def update_attached_target_groups(self: AutoScalingBackend, group_name: str) -> None:
    """What comes into service is registered then; here those that are in service already."""
    group = find(self, group_name)
    if is_suspended(group, "AddToLoadBalancer"):
        return
    for target_group in target_groups(group):
        missing = [found for found in group.active_instances() if found.instance.id not in target_group.targets]
        target_group.register([{"Id": found.instance.id} for found in missing])


# What is refused


def refuse_sizes(least: int, most: int, desired: int | None) -> None:
    if least > most:
        raise ValidationError(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired is not None and not least <= desired <= most:
        raise ValidationError(
            f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        )


@replaces(AutoScalingBackend)
def update_auto_scaling_group(self: AutoScalingBackend, name: str, *args: Any, **wanted: Any) -> FakeAutoScalingGroup:
    """Of a desired capacity that is not given: "if it is lower than the new minimum, it is set to that", and likewise for
    the maximum (API reference, UpdateAutoScalingGroup)."""
    group = find(self, name)
    least = group.min_size if wanted["min_size"] is None else wanted["min_size"]
    most = group.max_size if wanted["max_size"] is None else wanted["max_size"]
    refuse_sizes(least, most, wanted["desired_capacity"])
    if wanted["desired_capacity"] is None and not least <= group.desired_capacity <= most:
        wanted["desired_capacity"] = max(least, min(group.desired_capacity, most))
    return moto_update(self, name, *args, **wanted)


@replaces(AutoScalingBackend, "set_desired_capacity")
def set_desired_capacity_of(self: AutoScalingBackend, group_name: str, desired_capacity: int | None) -> None:
    group = find(self, group_name)
    wanted = desired_capacity or 0
    if wanted > group.max_size:
        raise ValidationError(
            f"New SetDesiredCapacity value {wanted} is above max value {group.max_size} for the AutoScalingGroup."
        )
    if wanted < group.min_size:
        raise ValidationError(
            f"New SetDesiredCapacity value {wanted} is below min value {group.min_size} for the AutoScalingGroup."
        )
    group.set_desired_capacity(wanted)


@replaces(AutoScalingBackend)
def delete_auto_scaling_group(self: AutoScalingBackend, group_name: str) -> None:
    group = find(self, group_name)
    for found in list(group.instance_states):
        go(group, found)
    del self.autoscaling_groups[group_name]


@replaces(AutoScalingBackend)
def resume_processes(self: AutoScalingBackend, group_name: str, scaling_processes: list[str]) -> None:
    group = find(self, group_name)
    suspended = [found["ProcessName"] for found in group.suspended_processes]
    group.suspended_processes = [name for name in suspended if scaling_processes and name not in scaling_processes]
    carry_on(group)


@replaces(AutoScalingResponse)
def describe_scaling_activities(self: AutoScalingResponse) -> ActionResult:
    """Newest first; of one group, or of all of the region."""
    name, most = self._get_param("AutoScalingGroupName"), self._get_int_param("MaxRecords", ACTIVITIES)
    backend = self.autoscaling_backend
    groups = [find(backend, name)] if name else list(backend.autoscaling_groups.values())
    found = sorted((a for group in groups for a in group.activities), key=lambda a: a.start_time, reverse=True)
    start = int(self._get_param("NextToken") or 0)
    page = found[start : start + most]
    more = start + most < len(found)
    return ActionResult({"Activities": page, "NextToken": str(start + most) if more else None})


@replaces(AutoScalingResponse)
def put_lifecycle_hook(self: AutoScalingResponse) -> ActionResult:
    """With what it is given: where nobody says whom it tells, and as whom, it tells nobody."""
    hook = self.autoscaling_backend.create_lifecycle_hook(
        name=self._get_param("LifecycleHookName"),
        as_name=self._get_param("AutoScalingGroupName"),
        transition=self._get_param("LifecycleTransition"),
        timeout=self._get_int_param("HeartbeatTimeout"),
        result=self._get_param("DefaultResult"),
    )
    hook.role_arn = self._get_param("RoleARN")
    hook.notification_target_arn = self._get_param("NotificationTargetARN")
    hook.notification_metadata = self._get_param("NotificationMetadata")
    return EmptyResult()


@replaces(AutoScalingResponse)
def put_notification_configuration(self: AutoScalingResponse) -> ActionResult:
    """Whom a group tells of its machines: what it tells a topic of already is put in the place of that."""
    group = find(self.autoscaling_backend, self._get_param("AutoScalingGroupName"))
    topic = self._get_param("TopicARN")
    kept = [one for one in group.notifications if one["TopicARN"] != topic]
    told = [
        {"AutoScalingGroupName": group.name, "TopicARN": topic, "NotificationType": of}
        for of in self._get_param("NotificationTypes", [])
    ]
    group.notifications = [*kept, *told]
    return EmptyResult()


@replaces(AutoScalingResponse)
def describe_notification_configurations(self: AutoScalingResponse) -> ActionResult:
    named = self._get_param("AutoScalingGroupNames", [])
    groups = self.autoscaling_backend.autoscaling_groups.values()
    told = [one for group in groups if not named or group.name in named for one in group.notifications]
    return ActionResult({"NotificationConfigurations": told})


# Knobs (POST /_cloud/knob)


def knob_capacity_short(
    region: str, group: str, most: int | None = 0, why: str = NO_CAPACITY, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """No more instances of the group than `most` can be had, for this reason; null ends it."""
    found = find(autoscaling_backends[account][region], group)
    found.most, found.short_of = most, why
    if most is None:
        carry_on(found)


def knob_group_instances(
    region: str,
    group: str,
    state: str | None = None,
    health: str | None = None,
    protected: bool | None = None,
    weight: str | None = None,
    which: int | None = None,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """Every instance of the group, or the one at this place, is in this state (`Standby`, `Warmed:Running`, ...), of this
    health, protected from scale-in or not, or of this weight."""
    every = find(autoscaling_backends[account][region], group).instance_states
    for found in every if which is None else [every[which]]:
        if state is not None:
            CLOCK.cancel(found)
            found.lifecycle_state = state
        if health is not None:
            found.health_status = health
        if protected is not None:
            found.protected_from_scale_in = protected
        if weight is not None:
            found.weighted_capacity = weight


def knob_group_alarm(region: str, group: str, wanted: int, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The alarm of a scaling policy goes off that would have so many instances: it never leaves the limits."""
    found = find(autoscaling_backends[account][region], group)
    if not is_suspended(found, "AlarmNotification"):
        found.set_desired_capacity(max(found.min_size, min(wanted, found.max_size)))
