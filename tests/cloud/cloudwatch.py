"""CloudWatch metrics, with a store of our own that keeps namespaces apart.

Follows the API reference of GetMetricData, ListMetrics and PutMetricData; `alarms` are beside it. The answers are plain structures, which
`cbor_answer` sends as Smithy RPC v2 CBOR (all the Rust SDK speaks) and moto's serializer as JSON or XML.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import cbor2
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.dynamodb.models.table import Table

import alarms
import aurora_lag
import bucket_metrics
import datastore_lag
import replica_lag
import table_lag
from errors import CloudError, Reply
from patch import replaces

Key = tuple[str, str, frozenset[tuple[str, str]]]


@dataclass
class Sample:
    """A statistic set; a single value is one of count 1. `at` is seconds since the epoch."""

    at: float
    count: float
    total: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, at: float, value: float, count: float = 1.0) -> Sample:
        return cls(at, count, value * count, value, value)


STATISTICS = {
    "Average": lambda samples: sum(s.total for s in samples) / sum(s.count for s in samples),
    "Sum": lambda samples: sum(s.total for s in samples),
    "SampleCount": lambda samples: sum(s.count for s in samples),
    "Minimum": lambda samples: min(s.lowest for s in samples),
    "Maximum": lambda samples: max(s.highest for s in samples),
}

# What is sampled here as often as the knob `lag-timing` says.
LAGS = {(lag.NAMESPACE, lag.METRIC) for lag in (replica_lag, datastore_lag, table_lag)}
LAGS |= {(aurora_lag.NAMESPACE, name) for name in aurora_lag.METRICS}
LAGS.add((alarms.NAMESPACE, alarms.METRIC))

# By (account, region).
METRICS: dict[tuple[str, str], dict[Key, list[Sample]]] = defaultdict(lambda: defaultdict(list))


def seconds(moment: datetime | float) -> float:
    """Callers' timestamps come as datetimes or as numbers, according to the protocol."""
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)


def key_of(namespace: str, name: str, dimensions: list[dict[str, str]] | None) -> Key:
    return namespace, name, frozenset((d["Name"], d["Value"]) for d in dimensions or [])


def put_metric_data(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    for datum in params.get("MetricData", []):
        key = key_of(params["Namespace"], datum["MetricName"], datum.get("Dimensions"))
        METRICS[account, region][key].extend(samples_of(datum))
    return {}


def samples_of(datum: dict[str, Any]) -> Iterator[Sample]:
    """A datum has a Value, or Values with their Counts, or StatisticValues."""
    at = seconds(datum["Timestamp"]) if datum.get("Timestamp") is not None else time.time()
    if datum.get("Value") is not None:
        yield Sample.of(at, float(datum["Value"]))
    values = datum.get("Values") or []
    for value, count in zip(values, datum.get("Counts") or [1.0] * len(values), strict=True):
        yield Sample.of(at, float(value), float(count))
    if statistics := datum.get("StatisticValues"):
        fields = ("SampleCount", "Sum", "Minimum", "Maximum")
        yield Sample(at, *(float(statistics[name]) for name in fields))


def samples_between(account: str, region: str, key: Key, start: float, end: float) -> list[Sample]:
    found = [s for s in METRICS[account, region].get(key, []) if start <= s.at < end]
    for instance in replica_lag.replicas(account, region):
        if key == lag_key(instance.db_instance_identifier):
            found += [Sample.of(at, lag) for at, lag in replica_lag.samples(instance, start, end)]
    for dimension, name, group, node in datastore_lag.metrics(account, region):
        if key == datastore_lag_key(dimension, name):
            found += [Sample.of(at, lag) for at, lag in datastore_lag.samples(group, node, start, end)]
    for row in bucket_metrics.rows(account, region):
        if key == bucket_key(row):
            found += [Sample.of(at, value) for at, value in bucket_metrics.samples(*row, start, end)]
    for table, to in table_lag.pairs(account, region):
        if key == table_lag_key(table, to):
            found += [Sample.of(at, lag) for at, lag in table_lag.samples(table, to, start, end)]
    for name, cluster in aurora_lag.metrics(account, region):
        if key == aurora_lag_key(name, cluster.db_cluster_identifier):
            found += [Sample.of(at, lag) for at, lag in aurora_lag.samples(cluster, start, end)]
    for alarm in alarms.metrics(account, region):
        if key == alarm_key(alarm):
            found += [Sample.of(at, errors) for at, errors in alarms.samples(alarm, region, start, end)]
    return found


def lag_key(identifier: str) -> Key:
    return replica_lag.NAMESPACE, replica_lag.METRIC, frozenset({(replica_lag.DIMENSION, identifier)})


def aurora_lag_key(name: str, cluster: str) -> Key:
    return aurora_lag.NAMESPACE, name, frozenset({(aurora_lag.DIMENSION, cluster)})


def datastore_lag_key(dimension: str, name: str) -> Key:
    return datastore_lag.NAMESPACE, datastore_lag.METRIC, frozenset({(dimension, name)})


def bucket_key(row: tuple[str, Any, Any, str]) -> Key:
    metric, source, destination, rule = row
    return bucket_metrics.NAMESPACE, metric, bucket_metrics.dimensions(source, destination, rule)


def table_lag_key(table: Table, to: str) -> Key:
    return table_lag.NAMESPACE, table_lag.METRIC, table_lag.dimensions(table, to)


def alarm_key(alarm: alarms.Alarm) -> Key:
    return alarms.NAMESPACE, alarms.METRIC, alarms.dimensions(alarm)


def get_metric_data(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    """Start is inclusive and end exclusive; newest first unless ScanBy says otherwise; metric maths is refused."""
    start, end = seconds(params["StartTime"]), seconds(params["EndTime"])
    if start >= end:
        raise CloudError("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
    newest_first = params.get("ScanBy") != "TimestampAscending"
    results = [
        result_of(account, region, query, start, end, newest_first)
        for query in params["MetricDataQueries"]
        if query.get("ReturnData") is not False
    ]
    return {"MetricDataResults": results, "Messages": []}


def result_of(
    account: str, region: str, query: dict[str, Any], start: float, end: float, newest_first: bool
) -> dict[str, Any]:
    stat = query.get("MetricStat")
    if stat is None:
        raise CloudError("ValidationError", "The parameter MetricDataQueries.member.1.MetricStat is required.")
    if stat["Stat"] not in STATISTICS:
        raise CloudError("InvalidParameterValue", f"The statistic {stat['Stat']} is not one of {list(STATISTICS)}.")
    metric, period = stat["Metric"], float(stat["Period"])
    buckets: dict[float, list[Sample]] = defaultdict(list)
    key = key_of(metric["Namespace"], metric["MetricName"], metric.get("Dimensions"))
    if key[:2] in LAGS or (
        key[0] == bucket_metrics.NAMESPACE
    ):
        period = min(period, replica_lag.TIMING.period)
    for sample in samples_between(account, region, key, start, end):
        buckets[sample.at // period * period].append(sample)
    moments = sorted(buckets, reverse=newest_first)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or metric["MetricName"],
        "Timestamps": [datetime.fromtimestamp(moment, UTC) for moment in moments],
        "Values": [float(STATISTICS[stat["Stat"]](buckets[moment])) for moment in moments],
        "StatusCode": "Complete",
    }


def list_metrics(account: str, region: str, params: dict[str, Any]) -> dict[str, Any]:
    known = {key for key, samples in METRICS[account, region].items() if samples}
    known |= {lag_key(i.db_instance_identifier) for i in replica_lag.replicas(account, region)}
    known |= {
        datastore_lag_key(dimension, name)
        for dimension, name, group, node in datastore_lag.metrics(account, region)
        if datastore_lag.is_listed(group, node)
    }
    known |= {bucket_key(row) for row in bucket_metrics.rows(account, region)}
    known |= {table_lag_key(table, to) for table, to in table_lag.pairs(account, region)}
    known |= {
        aurora_lag_key(name, cluster.db_cluster_identifier) for name, cluster in aurora_lag.metrics(account, region)
    }
    known |= {alarm_key(alarm) for alarm in alarms.metrics(account, region)}
    metrics = [
        {
            "Namespace": namespace,
            "MetricName": name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in sorted(dimensions)],
        }
        for namespace, name, dimensions in sorted(known, key=lambda key: (key[0], key[1], sorted(key[2])))
        if params.get("Namespace") in (None, namespace)
        and params.get("MetricName") in (None, name)
        and all(matches(wanted, dimensions) for wanted in params.get("Dimensions") or [])
    ]
    return {"Metrics": metrics}


def matches(wanted: dict[str, str], dimensions: frozenset[tuple[str, str]]) -> bool:
    """A DimensionFilter without a value takes any."""
    return any(n == wanted["Name"] and wanted.get("Value") in (None, v) for n, v in dimensions)


OPERATIONS = {
    "GetMetricData": get_metric_data,
    "ListMetrics": list_metrics,
    "PutMetricData": put_metric_data,
    "DescribeAlarms": alarms.described,
    "PutMetricAlarm": alarms.put_metric_alarm,
    "PutCompositeAlarm": alarms.put_composite_alarm,
    "SetAlarmState": alarms.set_alarm_state,
    "DeleteAlarms": alarms.delete,
    "ListTagsForResource": alarms.list_tags,
    "TagResource": alarms.tag,
    "UntagResource": alarms.untag,
}


def cbor_answer(account: str, region: str, operation: str, params: dict[str, Any]) -> Reply:
    """Smithy RPC v2 CBOR: timestamps are seconds since the epoch under tag 1."""
    if operation not in OPERATIONS:
        raise CloudError("NotImplemented", f"The test cloud has no cloudwatch {operation} over CBOR")
    try:
        answer = OPERATIONS[operation](account, region, params)
    except (KeyError, TypeError, ValueError) as error:
        raise CloudError("ValidationError", f"{operation}: bad or missing parameter: {error}") from error
    body = cbor2.dumps(answer, datetime_as_timestamp=True)
    return Reply(200, {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body)


@replaces(CloudWatchResponse, "put_metric_data")
def put_metric_data_response(self: CloudWatchResponse) -> ActionResult:
    put_metric_data(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "get_metric_data")
def get_metric_data_response(self: CloudWatchResponse) -> ActionResult:
    return ActionResult(get_metric_data(self.current_account, self.region, self._get_params()))


@replaces(CloudWatchResponse, "list_metrics")
def list_metrics_response(self: CloudWatchResponse) -> ActionResult:
    return ActionResult(list_metrics(self.current_account, self.region, self._get_params()))


@replaces(CloudWatchResponse, "describe_alarms")
def describe_alarms_response(self: CloudWatchResponse) -> ActionResult:
    return ActionResult(alarms.described(self.current_account, self.region, self._get_params()))


@replaces(CloudWatchResponse, "put_metric_alarm")
def put_metric_alarm_response(self: CloudWatchResponse) -> ActionResult:
    alarms.put_metric_alarm(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "set_alarm_state")
def set_alarm_state_response(self: CloudWatchResponse) -> ActionResult:
    alarms.set_alarm_state(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "delete_alarms")
def delete_alarms_response(self: CloudWatchResponse) -> ActionResult:
    alarms.delete(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "list_tags_for_resource")
def list_tags_response(self: CloudWatchResponse) -> ActionResult:
    return ActionResult(alarms.list_tags(self.current_account, self.region, self._get_params()))


@replaces(CloudWatchResponse, "tag_resource")
def tag_resource_response(self: CloudWatchResponse) -> ActionResult:
    alarms.tag(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "untag_resource")
def untag_resource_response(self: CloudWatchResponse) -> ActionResult:
    alarms.untag(self.current_account, self.region, self._get_params())
    return EmptyResult()


@replaces(CloudWatchResponse, "put_composite_alarm")
def put_composite_alarm_response(self: CloudWatchResponse) -> ActionResult:
    alarms.put_composite_alarm(self.current_account, self.region, self._get_params())
    return EmptyResult()
