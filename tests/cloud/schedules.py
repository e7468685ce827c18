"""EventBridge Scheduler: what UpdateSchedule is not given goes back to its default, whatever it was.

Follows the API reference: "EventBridge Scheduler uses all values, including empty values, specified in the request and
overrides the existing schedule"; GetSchedule tells no member that is not set. moto tells such as null, and keeps
ActionAfterCompletion over an update.
"""

from __future__ import annotations

import json
import time
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends
from moto.scheduler.responses import EventBridgeSchedulerResponse

from patch import replaces

moto_to_dict = Schedule.to_dict
moto_update = EventBridgeSchedulerResponse.update_schedule


@replaces(Schedule)
def to_dict(self: Schedule, short: bool = False) -> dict[str, Any]:
    return {name: value for name, value in moto_to_dict(self, short).items() if value is not None}


@replaces(EventBridgeSchedulerResponse)
def update_schedule(self: EventBridgeSchedulerResponse) -> str:
    told = json.loads(moto_update(self))
    group = self.scheduler_backend.get_schedule_group(self._get_param("GroupName"))
    found = group.get_schedule(told["ScheduleArn"].rsplit("/", 1)[-1])
    found.action_after_completion = self._get_param("ActionAfterCompletion") or "NONE"
    found.state = found.state or "ENABLED"
    return json.dumps(told)


def put(account: str, region: str, name: str, group: str | None, enabled: bool) -> Schedule:
    """One with all that a schedule can have."""
    backend: EventBridgeSchedulerBackend = scheduler_backends[account][region]
    if group and group not in backend.schedule_groups:
        backend.create_schedule_group(group, [])
    role = f"arn:aws:iam::{account}:role/scheduler"
    target = {"Arn": f"arn:aws:sqs:{region}:{account}:{name}", "RoleArn": role, "Input": '{"run": "all"}'}
    target |= {"RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 2}}
    return backend.create_schedule(
        description=f"{name}, every night",
        start_date=None,
        end_date=int(time.time()) + 365 * 86_400,
        flexible_time_window={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        group_name=group,
        kms_key_arn=f"arn:aws:kms:{region}:{account}:key/1",
        name=name,
        schedule_expression="cron(0 3 * * ? *)",
        schedule_expression_timezone="Europe/Berlin",
        state="ENABLED" if enabled else "DISABLED",
        target=target,
        action_after_completion="DELETE",
    )


def described(backend: EventBridgeSchedulerBackend) -> dict[str, Any]:
    """For the state: all of a schedule, by its group and name."""
    groups = backend.schedule_groups.items()
    return {f"{group}/{name}": found.to_dict() for group, of in groups for name, found in of.schedules.items()}


# Knobs (POST /_cloud/knob)


def knob_schedule(
    region: str,
    schedule: str,
    group: str = "default",
    state: str | None = None,
    ends_in: float | None = None,
    began: float | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The schedule is in `state`, is over in so many seconds (negative: since), `began` so many seconds ago; it is no more
    (`gone`)."""
    schedules = scheduler_backends[account][region].schedule_groups[group].schedules
    if gone:
        del schedules[schedule]
        return
    found = schedules[schedule]
    found.state = state or found.state
    if ends_in is not None:
        found.end_date = int(time.time() + ends_in)
    if began is not None:
        found.start_date = int(time.time() - began)
