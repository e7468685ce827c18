"""`AWS/S3`: how far replication of each rule is behind, how much is waiting, and how much failed.

Follows the S3 user guide ("Using S3 Replication metrics"): ReplicationLatency, in seconds, OperationsPendingReplication
and BytesPendingReplication once a minute in the region of the destination bucket, whether anything is replicated or not;
OperationsFailedReplication, only while there are failures, in the source's. The dimensions are SourceBucket,
DestinationBucket and RuleId. None while the region of either side is dark.
"""

from __future__ import annotations

from collections.abc import Iterator

from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeBucket

import buckets
import faults
import replica_lag

NAMESPACE = "AWS/S3"
LATENCY, PENDING, BYTES, FAILED = (
    "ReplicationLatency",
    "OperationsPendingReplication",
    "BytesPendingReplication",
    "OperationsFailedReplication",
)
HISTORY = 4 * 3600.0


def rows(account: str, region: str) -> Iterator[tuple[str, FakeBucket, FakeBucket, str]]:
    """(metric, source, destination, rule) of everything that is published in the region."""
    everything = buckets.all_buckets(account)
    for source in everything.values():
        for rule, to, _ in buckets.rules(source):
            destination = everything.get(to)
            if destination is None:
                continue
            if destination.region_name == region:
                yield from ((metric, source, destination, rule) for metric in (LATENCY, PENDING, BYTES))
            if source.region_name == region:
                yield FAILED, source, destination, rule


def dimensions(source: FakeBucket, destination: FakeBucket, rule: str) -> frozenset[tuple[str, str]]:
    return frozenset({("SourceBucket", source.name), ("DestinationBucket", destination.name), ("RuleId", rule)})


def samples(
    metric: str, source: FakeBucket, destination: FakeBucket, rule: str, start: float, end: float
) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, value) at the beginning of each whole period of [start, end) that has one."""
    for moment in replica_lag.moments(end - HISTORY, None, start, end):
        if any(faults.was_dark(place, moment) for place in (source.region_name, destination.region_name)):
            continue
        value = value_at(metric, source, destination, rule, moment)
        if value is not None:
            yield moment, value


def value_at(metric: str, source: FakeBucket, destination: FakeBucket, rule: str, moment: float) -> float | None:
    settings = getattr(source, "metric_settings", {}).get(metric, ())
    told = replica_lag.setting_at(settings, moment)
    if told != replica_lag.USUAL:
        return told
    until = min(moment + replica_lag.TIMING.period, buckets.now())
    waiting = buckets.waiting(source, rule, destination.name, until)
    if metric == LATENCY:
        return max((until - copying.since for copying in waiting), default=0.0)
    if metric == PENDING:
        return float(len(waiting))
    if metric == BYTES:
        return float(sum(copying.size for copying in waiting))
    failed = [c for c in buckets.copies(source) if c.failed and c.rule == rule and moment <= (c.done or 0) < until]
    return float(len(failed)) or None


# Knobs (POST /_cloud/knob)


def knob_bucket_metric(
    bucket: str,
    metric: str = LATENCY,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """As the knob `lag`, of one of the metrics about what is replicated from the bucket."""
    if metric not in (LATENCY, PENDING, BYTES, FAILED):
        raise ValueError(f"no metric {metric!r}")
    found = buckets.find(account, bucket)
    settings = getattr(found, "metric_settings", {})
    found.metric_settings = settings | {metric: replica_lag.changed(settings.get(metric, ()), value, silent_for, none_at_all)}
