"""`AWS/RDS ReplicaLag`: one sample a minute for every replica, in the replica's region, in seconds.

Follows the RDS User Guide ("Monitoring read replication", "Amazon CloudWatch metrics for Amazon RDS"): the
dimension is DBInstanceIdentifier, and -1 means that replication might not be active. An instance that is no longer
a replica has no new samples.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import DBInstance, rds_backends

from rds import find

MINUTE = 60
NAMESPACE, METRIC, DIMENSION = "AWS/RDS", "ReplicaLag", "DBInstanceIdentifier"
USUAL = "usual"


def replicas(account: str, region: str) -> Iterator[DBInstance]:
    """Instances that are, or were, replicas."""
    return (i for i in rds_backends[account][region].databases.values() if i.lag_since is not None)


def samples(instance: DBInstance, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, lag in seconds) at each whole minute of [start, end) that has one."""
    last = min(end, instance.lag_until or time.time(), time.time())
    minute = max(start, instance.lag_since) // MINUTE * MINUTE
    while minute <= last:
        lag = lag_at(instance, minute)
        if lag is not None and start <= minute < end:
            yield minute, lag
        minute += MINUTE


def lag_at(instance: DBInstance, minute: float) -> float | None:
    """As last set by the end of that minute; by default some value between half a second and two."""
    lag: float | str | None = USUAL
    for since, value in instance.lag_settings:
        if since < minute + MINUTE:
            lag = value
    if lag == USUAL:
        return round(random.Random(f"{instance.db_instance_identifier} {minute}").uniform(0.5, 2.0), 3)
    return lag


# Knob (POST /_cloud/knob)


def knob_lag(
    region: str,
    instance: str,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """From this minute on the lag is `value` (-1 too); or there have been no samples for `silent_for` seconds, or
    none at all; without any of these it is as usual again."""
    found = find(rds_backends[account][region], instance)
    now = time.time()
    if none_at_all:
        found.lag_settings = ((0.0, None),)
    elif silent_for is not None:
        found.lag_settings = tuple(s for s in found.lag_settings if s[0] < now - silent_for)
        found.lag_settings += ((now - silent_for, None),)
    elif value is not None:
        found.lag_settings += ((now, float(value)),)
    else:
        found.lag_settings = ()
