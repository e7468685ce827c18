"""CloudWatch alarms: put, described and set, over CBOR and as boto3 speaks. Nothing evaluates them: a knob, or
SetAlarmState, says how they are.

Follows the API reference of DescribeAlarms: only metric alarms are told of where no `AlarmTypes` are given; fifty are told
at once unless more are asked for, a hundred at most; a name that no alarm has is left out of the answer. The metric of a
seeded alarm, and of one that the knob makes, has a sample for each period that there is traffic in.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

import faults
import replica_lag
from errors import CloudError

# Of what is made here; the metrics of others have the samples that are put.
NAMESPACE, METRIC, DIMENSION = "Landfall/Test", "Errors", "Alarm"
TYPES = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms", "LogAlarm": "LogAlarms"}
DEFAULT_PAGE, LARGEST_PAGE, LARGEST_NAMES = 50, 100, 100
# How far back there are samples of a new metric, in seconds.
HISTORY = 4 * 3600.0
PAGE = {"most": LARGEST_PAGE}


@dataclass
class Alarm:
    """`told` is what DescribeAlarms says; `traffic` is since when there has been some, or not."""

    type: str
    told: dict[str, Any]
    traffic: list[tuple[float, bool]] = field(default_factory=lambda: [(0.0, True)])
    tags: dict[str, str] = field(default_factory=dict)

    def has_traffic(self, moment: float) -> bool:
        return [on for since, on in self.traffic if since < moment + replica_lag.TIMING.period][-1]


# By (account, region), by name.
ALARMS: dict[tuple[str, str], dict[str, Alarm]] = defaultdict(dict)


def reset() -> None:
    ALARMS.clear()
    PAGE["most"] = LARGEST_PAGE


def put(account: str, region: str, name: str, type: str = "MetricAlarm", **told: Any) -> Alarm:
    """One that is OK, of a metric of its own unless `told` says another."""
    if type not in TYPES:
        raise ValueError(f"no alarm is a {type!r}; there are {', '.join(TYPES)}")
    since = datetime.now(UTC)
    common = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}",
        "ActionsEnabled": True,
        "StateValue": "OK",
        "StateReason": "Threshold Crossed: no datapoint was greater than the threshold.",
        "StateUpdatedTimestamp": since,
        "StateTransitionedTimestamp": since,
    }
    ALARMS[account, region][name] = alarm = Alarm(type, common | own(name, type, told) | told)
    return alarm


def own(name: str, type: str, told: dict[str, Any]) -> dict[str, Any]:
    if type == "CompositeAlarm":
        return {"AlarmRule": "FALSE"}
    rule = {
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    if type == "LogAlarm":
        return {"QueryResultsToEvaluate": 1} | {key: rule[key] for key in rule if key != "EvaluationPeriods"}
    if "Metrics" in told or "MetricName" in told:
        return rule
    dimensions = [{"Name": DIMENSION, "Value": name}]
    metric = {"Namespace": NAMESPACE, "MetricName": METRIC, "Dimensions": dimensions}
    return rule | metric | {"Period": 60, "Statistic": "Sum"}


def described(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeAlarms."""
    names = params.get("AlarmNames")
    if names is not None and len(names) > LARGEST_NAMES:
        raise CloudError("ValidationError", f"The collection AlarmNames must have at most {LARGEST_NAMES} items.")
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    prefix, state = params.get("AlarmNamePrefix") or "", params.get("StateValue")
    found = [
        (alarm.type, alarm.told)
        for name, alarm in sorted(ALARMS[account, region].items())
        if alarm.type in types
        and (not names or name in names)
        and name.startswith(prefix)
        and state in (None, alarm.told["StateValue"])
    ]
    start = int(params.get("NextToken") or 0)
    end = start + min(PAGE["most"], int(params.get("MaxRecords") or DEFAULT_PAGE))
    answer: dict[str, Any] = {key: [] for key in TYPES.values()}
    for type, told in found[start:end]:
        answer[TYPES[type]].append(told)
    return answer | ({"NextToken": str(end)} if end < len(found) else {})


def put_metric_alarm(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    return written(account, region, params, "MetricAlarm", {"ActionsEnabled": True})


def put_composite_alarm(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    return written(account, region, params, "CompositeAlarm", {})


def written(account: str, region: str, params: dict[str, Any], type: str, usual: dict[str, Any]) -> dict[str, Any]:
    """Written over whole, but for its state and its tags: what is said of these counts for a new one only (PutMetricAlarm)."""
    name, there = params["AlarmName"], ALARMS[account, region]
    told = usual | {key: value for key, value in params.items() if key not in ("AlarmName", "Tags")}
    before = there.get(name)
    if before is not None:
        kept = ("StateValue", "StateReason", "StateUpdatedTimestamp", "StateTransitionedTimestamp")
        put(account, region, name, type, **({key: before.told[key] for key in kept} | told))
        there[name].tags, there[name].traffic = before.tags, before.traffic
        return {}
    started = {"StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation"}
    put(account, region, name, type, **(started | told))
    there[name].tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
    return {}


def tagged(account: str, region: str, arn: str) -> dict[str, str]:
    found = [alarm for alarm in ALARMS[account, region].values() if alarm.told["AlarmArn"] == arn]
    if not found:
        raise CloudError("ResourceNotFoundException", f"Resource {arn} does not exist.", 404)
    return found[0].tags


def list_tags(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    tags = tagged(account, region, params["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def tag(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    tagged(account, region, params["ResourceARN"]).update({tag["Key"]: tag["Value"] for tag in params["Tags"]})
    return {}


def untag(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    own = tagged(account, region, params["ResourceARN"])
    for key in params["TagKeys"]:
        own.pop(key, None)
    return {}


def delete(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    """All of them, or none where one is not there (DeleteAlarms)."""
    for name in params["AlarmNames"]:
        find(account, region, name)
    for name in params["AlarmNames"]:
        del ALARMS[account, region][name]
    return {}


def set_alarm_state(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    change(find(account, region, params["AlarmName"]), params["StateValue"], params["StateReason"])
    return {}


def find(account: str, region: str, name: str) -> Alarm:
    if name not in ALARMS[account, region]:
        raise CloudError("ResourceNotFound", f"Could not find alarm {name}", 404)
    return ALARMS[account, region][name]


def change(alarm: Alarm, state: str, reason: str) -> None:
    if alarm.told["StateValue"] != state:
        alarm.told["StateTransitionedTimestamp"] = datetime.now(UTC)
    alarm.told |= {"StateValue": state, "StateReason": reason, "StateUpdatedTimestamp": datetime.now(UTC)}


def metrics(account: str, region: str) -> Iterator[Alarm]:
    """Those whose metric has samples of its own."""
    return (alarm for alarm in ALARMS[account, region].values() if alarm.told.get("Namespace") == NAMESPACE)


def dimensions(alarm: Alarm) -> frozenset[tuple[str, str]]:
    return frozenset((d["Name"], d["Value"]) for d in alarm.told["Dimensions"])


def samples(alarm: Alarm, region: str, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, errors) at the beginning of each whole period of [start, end) with traffic."""
    for moment in replica_lag.moments(end - HISTORY, None, start, end):
        if alarm.has_traffic(moment) and not faults.was_dark(region, moment):
            yield moment, 0.0


# Knobs (POST /_cloud/knob)


def knob_alarm(
    region: str,
    alarm: str,
    state: str | None = None,
    reason: str = "Threshold Crossed: 1 datapoint [7.0] was greater than the threshold (5.0).",
    traffic: bool | None = None,
    type: str | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
    **told: Any,
) -> None:
    """The alarm of that name, made where it is not there (or is to be of another `type`), comes to be in `state`, for
    `reason`; its metric has samples or none from now on (`traffic`); it is no more (`gone`); and whatever else
    DescribeAlarms tells (`Period`, `Metrics`, `EvaluationState`, …)."""
    there = ALARMS[account, region]
    if gone:
        del there[alarm]
        return
    if alarm not in there or type not in (None, there[alarm].type):
        put(account, region, alarm, type or "MetricAlarm", **told)
    found = there[alarm]
    found.told |= told
    if state is not None:
        change(found, state, reason)
    if traffic is not None:
        # Of the period that is going on, too.
        found.traffic.append((time.time(), traffic))


def knob_alarm_page(size: int = LARGEST_PAGE) -> None:
    """So many alarms at most in an answer that describes them."""
    PAGE["most"] = size
