"""One identity policy for every caller, as IAM would read it: what it does not allow is denied before it is carried out."""

from __future__ import annotations

from typing import Any

import buckets
import iam
import resources
from calls import Call
from errors import access_denied

# By the Service Authorization Reference: where the prefix or the action is not the name of the service or the operation.
PREFIXES = {"elasticloadbalancingv2": "elasticloadbalancing"}
ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "lambda:Invoke": "lambda:InvokeFunction",
}
# "No permissions are required to perform this operation" (AWS STS API Reference).
FREE = ("sts:GetCallerIdentity",)

DOCUMENT = iam.EVERYBODY


def knob_policy(document: dict[str, Any] | None = None) -> None:
    """`document` is an identity policy; without it everything is allowed."""
    DOCUMENT.clear()
    DOCUMENT.update(document or {})


def reset() -> None:
    DOCUMENT.clear()


def action_of(call: Call) -> str:
    action = f"{PREFIXES.get(call.service, call.service)}:{call.operation}"
    return ACTIONS.get(action, action)


def check(call: Call) -> None:
    """Notes what the call needs; raises the service's denial for what the policy does not allow."""
    call.needs = [action for action in needed(call) if action not in FREE]
    for action in call.needs if DOCUMENT else ():
        said = resources.context(call, action)
        for arn in resources.touched(call, action):
            if iam.judge([("everybody", "IAM Policy", DOCUMENT)], action, arn, said)["decision"] != "allowed":
                raise access_denied(call.protocol, action, arn)


def needed(call: Call) -> list[str]:
    """Whoever registers a task definition with roles, or writes a schedule, hands roles on, and needs `iam:PassRole` for it; who asks for an object
    that is not there is told so only where the bucket may be listed (Amazon S3 API Reference, HeadObject)."""
    action = action_of(call)
    parameters = call.parameters or {}
    if call.operation == "HeadObject" and not buckets.is_there(call.account, parameters["Bucket"], parameters["Key"]):
        return [action, "s3:ListBucket"]
    if action.startswith(("rds:RestoreDBInstance", "rds:CreateDBInstanceReadReplica")) and parameters.get("Tags"):
        return [action, "rds:AddTagsToResource"]
    if action == "rds:DeleteDBInstance" and parameters.get("FinalDBSnapshotIdentifier"):
        return [action, "rds:CreateDBSnapshot"]
    if action == "scheduler:UpdateSchedule":
        return [action, "iam:PassRole"]
    passes = action == "ecs:RegisterTaskDefinition" and (parameters.get("executionRoleArn") or parameters.get("taskRoleArn"))
    return [action, "iam:PassRole"] if passes else [action]
