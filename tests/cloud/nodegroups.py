"""Amazon EKS managed node groups, of our own: each over an Auto Scaling group, whose instances are its nodes.

Follows the API reference of DescribeNodegroup, UpdateNodegroupConfig (one change at a time, `UPDATING` meanwhile; sizes
that are not given stay) and DescribeUpdate, of which moto knows nothing: its node groups are of their size at once. They
are made by seeding and by the knob; what is not here answers NotImplemented.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.core import DEFAULT_ACCOUNT_ID

from calls import Call
from clock import CLOCK
from errors import CloudError, Reply


@dataclass
class Nodegroup:
    account: str
    region: str
    cluster: str
    name: str
    status: str = "ACTIVE"
    issues: list[dict[str, Any]] = field(default_factory=list)
    updates: dict[str, dict[str, Any]] = field(default_factory=dict)
    # A change is never done; it ends so.
    stuck: bool = False
    fails: str | None = None
    # What a node group has of which nothing else was said (CreateNodegroup, API reference).
    types: list[str] = field(default_factory=lambda: ["t3.medium"])
    capacity_type: str = "ON_DEMAND"
    template: dict[str, str] | None = None

    @property
    def group_name(self) -> str:
        return f"eks-{self.cluster}-{self.name}"

    @property
    def group(self) -> Any:
        return autoscaling_backends[self.account][self.region].autoscaling_groups[self.group_name]

    @property
    def arn(self) -> str:
        return f"arn:aws:eks:{self.region}:{self.account}:nodegroup/{self.cluster}/{self.name}/0ab1"


NODEGROUPS: dict[tuple[str, str, str, str], Nodegroup] = {}


def reset() -> None:
    NODEGROUPS.clear()


def put(account: str, region: str, cluster: str, name: str) -> Nodegroup:
    """One whose Auto Scaling group is there already."""
    return NODEGROUPS.setdefault((account, region, cluster, name), Nodegroup(account, region, cluster, name))


def find(call: Call, cluster: str, name: str) -> Nodegroup:
    found = NODEGROUPS.get((call.account, call.region, cluster, name))
    if found is None:
        raise CloudError("ResourceNotFoundException", f"No node group found for name: {name}.", 404)
    return found


def sizes(found: Nodegroup) -> dict[str, int]:
    group = found.group
    return {"minSize": group.min_size, "maxSize": group.max_size, "desiredSize": group.desired_capacity}


def describe_nodegroup(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = find(call, given["clusterName"], given["nodegroupName"])
    told = {"nodegroupName": found.name, "nodegroupArn": found.arn, "clusterName": found.cluster, "status": found.status}
    told |= {"scalingConfig": sizes(found), "resources": {"autoScalingGroups": [{"name": found.group_name}]}}
    told |= {"capacityType": found.capacity_type}
    # Where its template says the type, it says none itself.
    told |= {"instanceTypes": found.types} if found.types else {}
    told |= {"launchTemplate": found.template} if found.template else {}
    return {"nodegroup": told | {"health": {"issues": found.issues}}}


def update_nodegroup_config(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = find(call, given["clusterName"], given["nodegroupName"])
    if found.status != "ACTIVE":
        message = f"Nodegroup cannot be updated as it is currently not in Active State (state: {found.status})"
        raise CloudError("ResourceInUseException", message, 409)
    wanted = sizes(found) | given.get("scalingConfig", {})
    if not wanted["minSize"] <= wanted["desiredSize"] <= wanted["maxSize"]:
        raise CloudError("InvalidParameterException", "Desired capacity must be between minimum and maximum capacity", 400)
    update = {"id": str(uuid.uuid4()), "status": "InProgress", "type": "ConfigUpdate", "errors": []}
    found.updates[update["id"]] = update
    found.status = "UPDATING"

    def done() -> None:
        found.status = "ACTIVE"
        if found.fails:
            update["status"] = "Failed"
            update["errors"] = [{"errorCode": found.fails, "errorMessage": "it cannot be done"}]
            return
        update["status"] = "Successful"
        group = found.group
        group.min_size, group.max_size = wanted["minSize"], wanted["maxSize"]
        group.set_desired_capacity(wanted["desiredSize"])

    CLOCK.in_turn(found, [("eks.update", done)], hold=lambda: found.stuck)
    return {"update": update}


def describe_update(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    found = find(call, given["name"], given.get("nodegroupName", ""))
    if given["updateId"] not in found.updates:
        raise CloudError("ResourceNotFoundException", f"No update found for ID: {given['updateId']}", 404)
    return {"update": found.updates[given["updateId"]]}


ANSWERS: dict[str, Callable[[Call, dict[str, Any]], Any]] = {
    "DescribeNodegroup": describe_nodegroup,
    "UpdateNodegroupConfig": update_nodegroup_config,
    "DescribeUpdate": describe_update,
}


def answer(call: Call) -> Reply:
    if call.operation not in ANSWERS:
        raise CloudError("NotImplemented", f"The test cloud has no eks {call.operation}")
    told = ANSWERS[call.operation](call, call.parameters or {})
    headers = {"content-type": "application/json", "x-amzn-requestid": str(uuid.uuid4())}
    return Reply(200, headers, json.dumps(told).encode())


def described(account: str) -> dict[str, Any]:
    """For the state: node groups by region, cluster and name."""
    return {
        f"{found.region}/{found.cluster}/{found.name}": {"status": found.status} | sizes(found)
        for found in NODEGROUPS.values()
        if found.account == account
    }


# Knobs (POST /_cloud/knob)


def knob_nodegroup(
    region: str,
    cluster: str,
    nodegroup: str,
    status: str | None = None,
    issues: list[str] | None = None,
    sizes: list[int] | None = None,
    stuck: bool | None = None,
    fails: str | None = None,
    gone: bool = False,
    types: list[str] | None = None,
    capacity_type: str | None = None,
    template: dict[str, str] | None = None,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The node group comes to be so: `issues` by their codes, `sizes` as [least, most, desired]; a change is never done
    (`stuck`), or `fails` with this code (an empty one ends it); it is no more (`gone`); it launches these `types`, of this
    `capacity_type`, by this `template` ({id, name, version}; without types, it says those)."""
    if gone:
        del NODEGROUPS[account, region, cluster, nodegroup]
        return
    found = NODEGROUPS[account, region, cluster, nodegroup]
    if status is not None:
        CLOCK.cancel(found)
        found.status = status
    if issues is not None:
        found.issues = [{"code": code, "message": "as EKS says", "resourceIds": []} for code in issues]
    if sizes is not None:
        found.group.min_size, found.group.max_size = sizes[:2]
        found.group.set_desired_capacity(sizes[2])
    found.types = found.types if types is None else types
    found.capacity_type = capacity_type or found.capacity_type
    found.template = template or found.template
    found.stuck = found.stuck if stuck is None else stuck
    found.fails = found.fails if fails is None else fails or None
