"""AWS Service Quotas, of our own: what a quota comes to in a region, where somebody has asked for more, and AWS's default else.

Follows the API reference: GetServiceQuota of a quota that only has a default is refused by NoSuchResourceException, and
GetAWSDefaultServiceQuota tells it.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

from calls import Call
from errors import CloudError, Reply

# By service and quota: the name, and AWS's default.
DEFAULTS = {
    ("fargate", "L-3032A538"): ("Fargate On-Demand vCPU resource count", 6.0),
    ("rds", "L-7B6409FD"): ("DB instances", 40.0),
    ("ec2", "L-1216C47A"): ("Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", 5.0),
}
APPLIED: dict[tuple[str, str, str, str], float] = {}


def reset() -> None:
    APPLIED.clear()


def answer(call: Call) -> Reply:
    given = call.parameters or {}
    of = (given.get("ServiceCode", ""), given.get("QuotaCode", ""))
    value = APPLIED.get((call.account, call.region, *of))
    if call.operation == "GetAWSDefaultServiceQuota" and of in DEFAULTS:
        value = DEFAULTS[of][1]
    elif call.operation not in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        raise CloudError("NotImplemented", f"The test cloud has no servicequotas {call.operation}")
    if value is None:
        raise CloudError("NoSuchResourceException", "The specified resource does not exist.")
    told: dict[str, Any] = {"ServiceCode": of[0], "QuotaCode": of[1], "QuotaName": DEFAULTS[of][0], "Value": value}
    headers = {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())}
    return Reply(200, headers, json.dumps({"Quota": told | {"Adjustable": True, "GlobalQuota": False}}).encode())


def applied(account: str, region: str, service: str, code: str) -> float:
    """What it comes to."""
    return APPLIED.get((account, region, service, code), DEFAULTS[service, code][1])


# Knobs (POST /_cloud/knob)


def knob_quota(
    region: str, service: str, code: str, value: float | None = None, account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """The quota comes to `value` in the region; alone: AWS's default, and nobody has asked for more."""
    if value is None:
        APPLIED.pop((account, region, service, code), None)
    else:
        APPLIED[account, region, service, code] = value
