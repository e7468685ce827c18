"""`AWS/RDS ReplicaLag`: one sample a minute for every replica, in the replica's region, in seconds.

Follows the RDS User Guide ("Monitoring read replication", "Amazon CloudWatch metrics for Amazon RDS"): the
dimension is DBInstanceIdentifier, and -1 means that replication might not be active. An instance that is no longer
a replica has no new samples. At AWS a sample can be read about a minute after its own minute has ended: 120 seconds `late`;
here as soon as its minute begins, so that a test waits for less.

What it says once nobody writes to the source any more: MySQL's and MariaDB's is `Seconds_Behind_Master`, which is NULL
(-1) while there is no source to connect to and 0 once everything is applied; PostgreSQL's is
`now() - pg_last_xact_replay_timestamp()`, which grows with the clock until RDS writes a transaction of its own, every
five minutes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

from moto.core import DEFAULT_ACCOUNT_ID
from moto.rds.models import DBInstance, rds_backends

from rds import Absence, find

NAMESPACE, METRIC, DIMENSION = "AWS/RDS", "ReplicaLag", "DBInstanceIdentifier"
USUAL = "usual"
# (since, lag): no lag is no samples.
Settings = tuple[tuple[float, float | None], ...]


@dataclass
class Timing:
    """Seconds. With other than these a test need not wait for minutes."""

    # From one sample to the next, whatever period is asked for.
    period: float = 60
    # From the beginning of a sample's period until it can be read.
    late: float = 0
    # Between two transactions of RDS's own.
    heartbeat: float = 300


TIMING = Timing()


def reset() -> None:
    knob_lag_timing()


def replicas(account: str, region: str) -> Iterator[DBInstance]:
    """Instances that are, or were, replicas."""
    return (i for i in rds_backends[account][region].databases.values() if i.lag_since is not None)


def samples(instance: DBInstance, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, lag in seconds) at the beginning of each whole period of [start, end) that has one."""
    for moment in moments(instance.lag_since, instance.lag_until, start, end):
        lag = lag_at(instance, moment)
        if lag is not None:
            yield moment, lag


def moments(since: float, until: float | None, start: float, end: float) -> Iterator[float]:
    """The beginnings of those whole periods of [start, end) that can be read, from `since` on until then."""
    period = TIMING.period
    readable = time.time() - TIMING.late
    last = min(end, until or readable, readable)
    moment = max(start, since) // period * period
    while moment <= last:
        if start <= moment < end:
            yield moment
        moment += period


def lag_at(instance: DBInstance, moment: float) -> float | None:
    """As last set by the end of that period; by default as the engine tells it, half a second to two while there are
    writes."""
    lag = setting_at(instance.lag_settings, moment)
    return told(instance, moment) if lag == USUAL else lag


def setting_at(settings: Settings, moment: float) -> float | str | None:
    """What was last set by the end of that period."""
    lag: float | str | None = USUAL
    for since, value in settings:
        if since < moment + TIMING.period:
            lag = value
    return lag


def told(instance: DBInstance, moment: float) -> float:
    usual = random.Random(f"{instance.db_instance_identifier} {moment}").uniform(0.5, 2.0)
    measured = moment + TIMING.period / 2
    absence = absence_at(instance.lag_source, measured)
    if instance.engine == "postgres":
        return round(usual if absence is None else measured - last_transaction(absence, measured), 3)
    if absence is None:
        return float(int(usual))
    is_up = absence.up is not None and absence.up <= measured
    return 0.0 if is_up else -1.0


def absence_at(source: DBInstance | None, moment: float) -> Absence | None:
    """That of the source at the moment, if nobody could write to it."""
    absences = source.absences if source is not None else ()
    return next((a for a in absences if a.gone <= moment and (a.back is None or moment < a.back)), None)


def last_transaction(absence: Absence, moment: float) -> float:
    """The last one before the name was gone, or the last of RDS's own since the source is up again."""
    if absence.up is None or moment < absence.up + TIMING.heartbeat:
        return absence.gone
    return moment - (moment - absence.up) % TIMING.heartbeat


# Knobs (POST /_cloud/knob)


def knob_lag(
    region: str,
    instance: str,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """From the newest sample on that can be read the lag is `value` (-1 too); or there have been no samples for
    `silent_for` seconds, or none at all; without any of these it is as usual again."""
    found = find(rds_backends[account][region], instance)
    found.lag_settings = changed(found.lag_settings, value, silent_for, none_at_all)


def changed(settings: Settings, value: float | None, silent_for: float | None, none_at_all: bool) -> Settings:
    now = time.time()
    if none_at_all:
        return ((0.0, None),)
    if silent_for is not None:
        return (*(s for s in settings if s[0] < now - silent_for), (now - silent_for, None))
    if value is not None:
        return (*settings, (now - TIMING.late, float(value)))
    return ()


def knob_lag_timing(period: float | None = None, late: float | None = None, heartbeat: float | None = None) -> None:
    """How often lag is sampled, how late a sample can be read (120 at AWS), and how often RDS writes by itself, all in
    seconds; what is not said is as usual here."""
    global TIMING
    wanted = {"period": period, "late": late, "heartbeat": heartbeat}
    TIMING = Timing(**{name: float(seconds) for name, seconds in wanted.items() if seconds is not None})
