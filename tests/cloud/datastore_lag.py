"""`AWS/ElastiCache GlobalDatastoreReplicationLag`: one sample a minute for every node of a secondary, in its region, in
seconds.

Follows the ElastiCache User Guide ("Metrics for Valkey and Redis OSS"): the lag between the secondary region's primary
node and the primary region's. There are no samples of a primary, nor while the region of either side is dark, which is
what a fault that hangs or drops everything of the region makes it. The guide does not name the dimension and public
code tells it in three ways: CacheClusterId unless a knob says otherwise. How often and how late is as of other lag
(`lag-timing`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from moto.core import DEFAULT_ACCOUNT_ID
from moto.elasticache.models import ReplicationGroup, elasticache_backends

import faults
import replica_lag
from datastores import Span, find_group

NAMESPACE, METRIC = "AWS/ElastiCache", "GlobalDatastoreReplicationLag"
DIMENSIONS = ("CacheClusterId", "ReplicationGroupId", "GlobalReplicationGroupId")
# How long ago a sample may be for its metric to be listed: as much as there is.
LISTED_FOR = 4 * 3600


@dataclass
class Published:
    """By which of the dimensions."""

    by: str = DIMENSIONS[0]


PUBLISHED = Published()


def reset() -> None:
    knob_cache_lag_dimension()


def metrics(account: str, region: str) -> Iterator[tuple[str, str, ReplicationGroup, str]]:
    """(dimension, its value, group, node) of every node that is, or was, one of a secondary."""
    for group in elasticache_backends[account][region].replication_groups.values():
        if not group.lag_spans:
            continue
        for node in group.member_clusters:
            names = (node, group.replication_group_id, group.lag_spans[-1].datastore)
            yield PUBLISHED.by, names[DIMENSIONS.index(PUBLISHED.by)], group, node


def is_listed(group: ReplicationGroup, node: str) -> bool:
    """A metric without a sample is not."""
    now = time.time()
    return any(True for _ in samples(group, node, now - LISTED_FOR, now))


def samples(group: ReplicationGroup, node: str, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, lag in seconds) at the beginning of each whole period of [start, end) that has one."""
    region = group.arn.split(":")[3]
    for span in group.lag_spans:
        for moment in replica_lag.moments(span.since, span.until, start, end):
            lag = lag_at(group, node, moment)
            if lag is not None and not is_dark(span, region, moment):
                yield moment, lag


def is_dark(span: Span, region: str, moment: float) -> bool:
    return any(faults.was_dark(place, moment) for place in (span.source, region))


def lag_at(group: ReplicationGroup, node: str, moment: float) -> float | None:
    """As last set by the end of that period, for the node or else for the group; by default 0.1 to 1 s."""
    settings = group.lag_settings.get(node) or group.lag_settings.get(None, ())
    lag = replica_lag.setting_at(settings, moment)
    return round(random.Random(f"{node} {moment}").uniform(0.1, 1.0), 3) if lag == replica_lag.USUAL else lag


# Knobs (POST /_cloud/knob)


def knob_cache_lag(
    region: str,
    group: str,
    node: str | None = None,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """As the knob `lag`, for all nodes of the group or for one (a shard's, in cluster mode)."""
    found = find_group(elasticache_backends[account][region], group)
    if node is not None and node not in found.member_clusters:
        raise ValueError(f"{group} has no node {node!r}; its nodes are {found.member_clusters}")
    before = found.lag_settings.get(node, ())
    found.lag_settings[node] = replica_lag.changed(before, value, silent_for, none_at_all)


def knob_cache_lag_dimension(dimension: str = DIMENSIONS[0]) -> None:
    """By which dimension the metric is published."""
    if dimension not in DIMENSIONS:
        raise ValueError(f"no dimension {dimension!r}; the dimensions are {', '.join(DIMENSIONS)}")
    PUBLISHED.by = dimension
