"""DynamoDB global tables: replicas that UpdateTable makes and deletes, with the time that takes, and what each side says.

Follows the DynamoDB developer guide ("How DynamoDB global tables work", "Multi-Region strong consistency") and the API
reference of UpdateTable and DescribeTable: version 2019.11.21 only. The replicas of a table share its items. A replica's
own table has TableStatus; the others see it in their `Replicas` by ReplicaStatus. Whether a table lists itself there the
guide does not say: it does not, unless a knob makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.dynamodb.exceptions import MockValidationException, ResourceInUseException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler, DynamoResult

from clock import CLOCK
from patch import replaces

VERSION = "2019.11.21"
CONSISTENCIES = ("EVENTUAL", "STRONG")
# What a table of its own can be as well as a replica.
TABLE_STATUSES = ("ACTIVE", "UPDATING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVING", "ARCHIVED")
TABLE_STATUSES += ("REPLICATION_NOT_AUTHORIZED",)
# So many regions hold the data of a strongly consistent table, a witness among them or not.
STRONG_MEMBERS = 3

moto_create = DynamoDBBackend.create_table
moto_delete = DynamoDBBackend.delete_table
moto_describe = Table.describe
moto_update = DynamoHandler.update_table


@dataclass
class Group:
    """The tables of one name that replicate to each other, by region."""

    name: str
    consistency: str = "EVENTUAL"
    # ReplicaStatus of each.
    members: dict[str, str] = field(default_factory=dict)
    witness: str | None = None


@dataclass
class Listing:
    """Whether a table lists itself among its replicas."""

    own: bool = False


LISTING = Listing()

Table.status = "ACTIVE"
Table.group = None


def reset() -> None:
    LISTING.own = False


def find(account: str, region: str, name: str) -> Table:
    if name not in dynamodb_backends[account][region].tables:
        raise ValueError(f"no table {name} in {region}")
    return dynamodb_backends[account][region].tables[name]


def global_tables(account: str, region: str) -> Iterator[Table]:
    return (table for table in dynamodb_backends[account][region].tables.values() if table.group is not None)


@replaces(DynamoDBBackend)
def create_table(self: DynamoDBBackend, *args: Any, **wanted: Any) -> Table:
    table = moto_create(self, *args, **wanted)
    table.status, table.index_statuses, table.lag_settings = "CREATING", {}, {}

    def active() -> None:
        table.status = "ACTIVE"

    CLOCK.in_turn(table, [("dynamodb.create", active)])
    return table


@replaces(DynamoDBBackend)
def delete_table(self: DynamoDBBackend, name: str) -> Table:
    """A replica goes by an update of another, not by itself, while there are others."""
    table = self.get_table(name)
    if table.group is not None and len(table.group.members) > 1:
        raise MockValidationException(
            f"Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the "
            f"table: {name}"
        )
    return moto_delete(self, name)


@replaces(Table)
def describe(self: Table, base_key: str = "TableDescription") -> dict[str, Any]:
    results = moto_describe(self, base_key)
    told = results[base_key]
    told["TableStatus"] = self.status
    for index in told["GlobalSecondaryIndexes"]:
        index["IndexStatus"] = self.index_statuses.get(index["IndexName"], index.get("IndexStatus", "ACTIVE"))
    if self.group is not None:
        told["GlobalTableVersion"] = VERSION
        told["MultiRegionConsistency"] = self.group.consistency
        told["Replicas"] = [
            {"RegionName": region, "ReplicaStatus": status, "ReplicaArn": self.table_arn.replace(self.region_name, region)}
            for region, status in self.group.members.items()
            if LISTING.own or region != self.region_name
        ]
        if self.group.witness:
            told["GlobalTableWitnesses"] = [{"RegionName": self.group.witness, "WitnessStatus": "ACTIVE"}]
    return results


@replaces(DynamoHandler)
def update_table(self: DynamoHandler) -> ActionResult:
    """Replicas are made one at a time, those of a strongly consistent table together and while it is empty."""
    table = self.dynamodb_backend.get_table(self.body["TableName"])
    updates = self.body.get("ReplicaUpdates") or []
    if not updates:
        return moto_update(self)
    if table.status != "ACTIVE":
        raise ResourceInUseException(f"Table is being updated: {table.name}")
    account, region = self.current_account, self.region
    consistency = self.body.get("MultiRegionConsistency") or (table.group.consistency if table.group else "EVENTUAL")
    if consistency not in CONSISTENCIES:
        raise MockValidationException(f"MultiRegionConsistency {consistency} is not one of {', '.join(CONSISTENCIES)}")
    creates = [update["Create"]["RegionName"] for update in updates if "Create" in update]
    deletes = [update["Delete"]["RegionName"] for update in updates if "Delete" in update]
    witnesses = [w["Create"]["RegionName"] for w in self.body.get("GlobalTableWitnessUpdates") or [] if "Create" in w]
    if consistency == "EVENTUAL" and len(updates) > 1:
        raise MockValidationException("Only one replica update is allowed at a time")
    if consistency == "STRONG" and creates and 1 + len(creates) + len(witnesses) != STRONG_MEMBERS:
        raise MockValidationException("A table of strong consistency has three Regions, one of them a witness or not")
    if consistency == "STRONG" and creates and len(table):
        raise MockValidationException("A table that is not empty cannot become one of strong consistency")
    for wanted in creates:
        if wanted == region or wanted in (table.group.members if table.group else {}):
            raise MockValidationException(f"Replica already exists in region: {wanted}")
        if table.name in dynamodb_backends[account][wanted].tables:
            raise MockValidationException(f"Table {table.name} already exists in region: {wanted}")
    for unwanted in deletes:
        if table.group is None or unwanted not in table.group.members:
            raise MockValidationException(f"Replica does not exist in region: {unwanted}")
    if table.group is None:
        table.group = Group(table.name, consistency, {region: "ACTIVE"})
    if witnesses:
        table.group.witness = witnesses[0]
    for wanted in creates:
        add(account, table, wanted)
    for unwanted in deletes:
        remove(account, table, unwanted)
    return DynamoResult(table.describe())


def add(account: str, source: Table, region: str) -> None:
    """The table appears in the other region at once, and is usable when its data is there."""
    group = source.group
    backend = dynamodb_backends[account][region]
    replica = backend.create_table(
        source.name,
        schema=source.schema,
        throughput=dict(source.throughput),
        attr=source.attr,
        global_indexes=[index.describe() for index in source.global_indexes],
        indexes=[index.describe() for index in source.indexes],
        streams=None,
        billing_mode=source.billing_mode,
        sse_specification=None,
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=None,
    )
    CLOCK.cancel(replica)
    replica.items, replica.group = source.items, group
    source.status, group.members[region] = "UPDATING", "CREATING"

    def active() -> None:
        source.status = replica.status = group.members[region] = "ACTIVE"

    CLOCK.in_turn(replica, [("dynamodb.replica.create", active)])


def remove(account: str, source: Table, region: str) -> None:
    group = source.group
    source.status, group.members[region] = "UPDATING", "DELETING"
    leaving = dynamodb_backends[account][region].tables[source.name]
    leaving.status = "DELETING"

    def gone() -> None:
        del group.members[region]
        del dynamodb_backends[account][region].tables[source.name]
        source.status = "ACTIVE"
        if list(group.members) == [source.region_name]:
            source.group = None

    CLOCK.in_turn(leaving, [("dynamodb.replica.delete", gone)])


# Knobs (POST /_cloud/knob)


def knob_replica_status(region: str, table: str, status: str = "ACTIVE", account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The replica in the region is in this status to the others; its own table too, where tables have one like it."""
    found = find(account, region, table)
    if found.group is not None:
        found.group.members[region] = status
    if status in TABLE_STATUSES or status in ("CREATING", "DELETING"):
        found.status = status


def knob_index_status(
    region: str, table: str, index: str, status: str = "ACTIVE", account: str = DEFAULT_ACCOUNT_ID
) -> None:
    """The global secondary index of that region's table is in this status."""
    found = find(account, region, table)
    if index not in [known.name for known in found.global_indexes]:
        raise ValueError(f"{table} has no global index {index}")
    found.index_statuses[index] = status


def knob_table_lists_itself(on: bool = True) -> None:
    """Whether a table is among its own replicas."""
    LISTING.own = on
