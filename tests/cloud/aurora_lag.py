"""`AWS/RDS AuroraGlobalDBRPOLag` and `AuroraGlobalDBReplicationLag`: one sample a minute for every secondary cluster of a
global database, in its region, in milliseconds.

Follows the Aurora User Guide ("Amazon CloudWatch metrics for Amazon Aurora"): the dimension is DBClusterIdentifier, and
older Aurora MySQL has the second only, which a knob makes of it. There are no samples of a primary, nor of one that is
being rebuilt, nor while the region of either side is dark. How often and how late is as of other lag (`lag-timing`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import DBCluster

import faults
import replica_lag
from global_clusters import cluster_of, secondaries

NAMESPACE, DIMENSION = "AWS/RDS", "DBClusterIdentifier"
RPO, REPLICATION = "AuroraGlobalDBRPOLag", "AuroraGlobalDBReplicationLag"
METRICS = (RPO, REPLICATION)


@dataclass
class Published:
    """Which of the metrics."""

    names: tuple[str, ...] = METRICS


PUBLISHED = Published()


def reset() -> None:
    knob_aurora_lag_older(False)


def metrics(account: str, region: str) -> Iterator[tuple[str, DBCluster]]:
    """(name, cluster) of every series there is, or was."""
    for cluster in secondaries(account, region):
        for name in PUBLISHED.names:
            yield name, cluster


def samples(cluster: DBCluster, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, lag in milliseconds) at the beginning of each whole period of [start, end) that has
    one."""
    for span in cluster.lag_spans:
        for moment in replica_lag.moments(span.since, span.until, start, end):
            lag = lag_at(cluster, moment)
            dark = any(faults.was_dark(place, moment) for place in (span.source, cluster.region))
            if lag is not None and not dark:
                yield moment, lag


def lag_at(cluster: DBCluster, moment: float) -> float | None:
    """As last set by the end of that period; by default 100 to 1,500 ms."""
    lag = replica_lag.setting_at(cluster.lag_settings, moment)
    usual = random.Random(f"{cluster.db_cluster_identifier} {moment}").uniform(100, 1500)
    return round(usual, 1) if lag == replica_lag.USUAL else lag


# Knobs (POST /_cloud/knob)


def knob_aurora_lag(
    region: str,
    cluster: str,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """As the knob `lag`, in milliseconds."""
    found = cluster_of(account, region, cluster)
    found.lag_settings = replica_lag.changed(found.lag_settings, value, silent_for, none_at_all)


def knob_aurora_lag_older(on: bool = True) -> None:
    """Only the metric that older Aurora MySQL has too is published."""
    PUBLISHED.names = METRICS[1:] if on else METRICS
