"""`AWS/DynamoDB ReplicationLatency`: one sample a minute for every pair of replicas, in the region that is written to, in
milliseconds.

Follows the DynamoDB developer guide ("Monitoring global tables") and "DynamoDB metrics and dimensions": the dimensions
are TableName and ReceivingRegion; there is none of strongly consistent tables. There are samples only while items are
written (here always, unless a knob says otherwise), and none while the region of either side is dark.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models.table import Table

import dynamodb
import faults
import replica_lag

NAMESPACE, METRIC = "AWS/DynamoDB", "ReplicationLatency"
# How far back there are samples of a new pair, in seconds.
HISTORY = 4 * 3600.0


def pairs(account: str, region: str) -> Iterator[tuple[Table, str]]:
    """(table, receiving region) of every pair that has samples."""
    for table in dynamodb.global_tables(account, region):
        if table.group.consistency != "STRONG":
            yield from ((table, to) for to in table.group.members if to != region)


def dimensions(table: Table, to: str) -> frozenset[tuple[str, str]]:
    return frozenset({("TableName", table.name), ("ReceivingRegion", to)})


def samples(table: Table, to: str, start: float, end: float) -> Iterator[tuple[float, float]]:
    """(seconds since the epoch, lag in milliseconds) at the beginning of each whole period of [start, end)."""
    for moment in replica_lag.moments(end - HISTORY, None, start, end):
        lag = replica_lag.setting_at(table.lag_settings.get(to, ()), moment)
        if lag == replica_lag.USUAL:
            lag = round(random.Random(f"{table.name} {to} {moment}").uniform(300, 1200), 1)
        if lag is not None and not any(faults.was_dark(place, moment) for place in (table.region_name, to)):
            yield moment, lag


# Knobs (POST /_cloud/knob)


def knob_table_lag(
    region: str,
    table: str,
    to: str,
    value: float | None = None,
    silent_for: float | None = None,
    none_at_all: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """As the knob `lag`, from the region's table to that of another, in milliseconds."""
    found = dynamodb.find(account, region, table)
    before = found.lag_settings.get(to, ())
    found.lag_settings[to] = replica_lag.changed(before, value, silent_for, none_at_all)
