"""AWS Global Accelerator, which moto has not: accelerators with listeners and endpoint groups.

Follows the API reference: calls are taken in us-west-2 alone ("you must specify the US West (Oregon) Region to create,
update, or otherwise work with accelerators"); UpdateEndpointGroup leaves what it is not given, and the endpoints that it
is given take the place of all there were; the accelerator is `IN_PROGRESS` until a change is deployed. They are made by
seeding and by the knob; what is not here answers NotImplemented.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from calls import Call
from clock import CLOCK
from errors import CloudError, Reply

HOME = "us-west-2"


@dataclass
class Accelerator:
    arn: str
    status: str = "DEPLOYED"
    enabled: bool = True
    # A change is never deployed.
    stuck: bool = False


@dataclass
class Group:
    arn: str
    region: str
    dial: float
    endpoints: list[dict[str, Any]] = field(default_factory=list)


ACCELERATORS: dict[tuple[str, str], Accelerator] = {}
GROUPS: dict[tuple[str, str], Group] = {}


def reset() -> None:
    ACCELERATORS.clear()
    GROUPS.clear()


def accelerator_of(group: str) -> str:
    return group.split("/listener/")[0]


def put(account: str, arn: str, region: str, dial: float) -> Group:
    """A group of two healthy endpoints, and its accelerator."""
    accelerator = accelerator_of(arn)
    ACCELERATORS.setdefault((account, accelerator), Accelerator(accelerator))
    group = Group(arn, region, dial)
    for number in range(2):
        balancer = f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/front-{number}/0123456789abcdef"
        group.endpoints.append({"EndpointId": balancer, "Weight": 128, "HealthState": "HEALTHY"})
    GROUPS[account, arn] = group
    return group


def find(call: Call, arn: str) -> Group:
    if (call.account, arn) not in GROUPS:
        raise CloudError("EndpointGroupNotFoundException", "The endpoint group does not exist.")
    return GROUPS[call.account, arn]


def group_told(group: Group) -> dict[str, Any]:
    told = {"EndpointGroupArn": group.arn, "EndpointGroupRegion": group.region, "TrafficDialPercentage": group.dial}
    return told | {"EndpointDescriptions": group.endpoints, "HealthCheckProtocol": "TCP", "ThresholdCount": 3}


def describe_endpoint_group(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    return {"EndpointGroup": group_told(find(call, given["EndpointGroupArn"]))}


def describe_accelerator(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    arn = given["AcceleratorArn"]
    if (call.account, arn) not in ACCELERATORS:
        raise CloudError("AcceleratorNotFoundException", "The accelerator does not exist.")
    found = ACCELERATORS[call.account, arn]
    told = {"AcceleratorArn": arn, "Name": arn.rsplit("/", 1)[-1], "Status": found.status, "Enabled": found.enabled}
    return {"Accelerator": told | {"IpAddressType": "IPV4"}}


def update_endpoint_group(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    group = find(call, given["EndpointGroupArn"])
    dial = given.get("TrafficDialPercentage", group.dial)
    if not 0 <= dial <= 100:
        raise CloudError("InvalidArgumentException", "The traffic dial must be a number from 0 to 100.")
    group.dial = dial
    if "EndpointConfigurations" in given:
        group.endpoints = [
            {"EndpointId": one["EndpointId"], "Weight": one.get("Weight", 128), "HealthState": "INITIAL"}
            for one in given["EndpointConfigurations"]
        ]
    accelerator = ACCELERATORS[call.account, accelerator_of(group.arn)]
    accelerator.status = "IN_PROGRESS"
    CLOCK.cancel(accelerator)

    def deployed() -> None:
        accelerator.status = "DEPLOYED"

    CLOCK.in_turn(accelerator, [("accelerator.deploy", deployed)], hold=lambda: accelerator.stuck)
    return {"EndpointGroup": group_told(group)}


ANSWERS: dict[str, Callable[[Call, dict[str, Any]], Any]] = {
    "DescribeEndpointGroup": describe_endpoint_group,
    "DescribeAccelerator": describe_accelerator,
    "UpdateEndpointGroup": update_endpoint_group,
}


def answer(call: Call) -> Reply:
    if call.region != HOME:
        raise CloudError("InvalidArgumentException", f"Global Accelerator is not in {call.region}, but in {HOME}")
    if call.operation not in ANSWERS:
        raise CloudError("NotImplemented", f"The test cloud has no globalaccelerator {call.operation}")
    told = ANSWERS[call.operation](call, call.parameters or {})
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())}
    return Reply(200, headers, json.dumps(told).encode())


def described(account: str) -> dict[str, Any]:
    """For the state: groups by their ARNs."""
    return {
        arn: {"dial": group.dial, "region": group.region, "endpoints": len(group.endpoints)}
        for (owner, arn), group in GROUPS.items()
        if owner == account
    }


# Knobs (POST /_cloud/knob)


def knob_accelerator(
    group: str,
    dial: float | None = None,
    region: str | None = None,
    health: list[str] | None = None,
    weight: int | None = None,
    status: str | None = None,
    enabled: bool | None = None,
    stuck: bool | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The endpoint group, and its accelerator, come to be so: `health` is that of each endpoint there is, `weight` that of
    all; the accelerator has this `status`, is `enabled` or not, is never done with a change (`stuck`); the group is no more
    (`gone`)."""
    if gone:
        del GROUPS[account, group]
        return
    found = GROUPS[account, group]
    found.dial = found.dial if dial is None else dial
    found.region = region or found.region
    if health is not None:
        found.endpoints = [
            {"EndpointId": f"eipalloc-{number}", "Weight": 128, "HealthState": state} for number, state in enumerate(health)
        ]
    for endpoint in found.endpoints if weight is not None else ():
        endpoint["Weight"] = weight
    accelerator = ACCELERATORS[account, accelerator_of(group)]
    if status is not None:
        CLOCK.cancel(accelerator)
        accelerator.status = status
    accelerator.enabled = accelerator.enabled if enabled is None else enabled
    accelerator.stuck = accelerator.stuck if stuck is None else stuck
