"""The calls about Aurora's clusters and global databases; what a global database goes through is in
`global_clusters.py`. Follows the API reference of each operation.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult, PaginatedResult
from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import DBCluster, DBClusterSnapshot, GlobalCluster, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

import global_clusters as globals_
from clock import CLOCK
from patch import replaces

moto_create_cluster = RDSBackend.create_db_cluster
moto_create_global = RDSBackend.create_global_cluster
moto_scaling = DBCluster.scaling_configuration_info
moto_copy_snapshot = RDSBackend.copy_db_cluster_snapshot

# How long events are told of when nothing is said.
USUAL_MINUTES = 60


@replaces(RDSBackend)
def create_db_cluster(self: RDSBackend, kwargs: dict[str, Any]) -> DBCluster:
    """With a global cluster's identifier it becomes a secondary of it."""
    identifier = kwargs.get("global_cluster_identifier")
    found = globals_.find(self.account_id, identifier) if identifier else None
    if found is not None:
        globals_.require_at_rest(found)
    cluster = moto_create_cluster(self, kwargs)
    if found is not None and cluster not in found.members:
        found.members.append(cluster)
        cluster.is_writer = len(found.members) == 1
    globals_.join(cluster)
    return cluster


def scaling(self: DBCluster) -> dict[str, Any] | None:
    """Of Aurora Serverless v1 alone: any other cluster tells nothing of it."""
    return moto_scaling.fget(self) if self.scaling_configuration else None


DBCluster.scaling_configuration_info = property(scaling)


@replaces(RDSBackend)
def create_global_cluster(self: RDSBackend, **wanted: Any) -> GlobalCluster:
    """Its first member may be of any region."""
    source = wanted.get("source_db_cluster_identifier")
    if not source:
        return moto_create_global(self, **wanted)
    cluster = globals_.cluster_of(self.account_id, self.region_name, source)
    if wanted.get("engine"):
        raise InvalidParameterCombination("The engine is inherited from the source cluster.")
    inherited = {"source_db_cluster_identifier": None, "engine": cluster.engine}
    found = moto_create_global(self, **wanted | inherited | {"engine_version": cluster.engine_version})
    globals_.create(found, cluster)
    return found


@replaces(RDSBackend)
def copy_db_cluster_snapshot(self: RDSBackend, **wanted: Any) -> DBClusterSnapshot:
    """It takes its time; whose snapshot it is of it keeps."""
    copied = moto_copy_snapshot(self, **wanted)
    copied.status, copied.percent_progress = "copying", 0

    def whole() -> None:
        copied.status, copied.percent_progress = "available", 100

    CLOCK.in_turn(copied, [("aurora.copy", whole)])
    return copied


@replaces(RDSBackend)
def describe_events(self: RDSBackend, **wanted: Any) -> list[Any]:
    """Of the last hour, unless it is said from when, or for how many minutes."""
    if wanted.get("source_identifier") and not wanted.get("source_type"):
        raise InvalidParameterCombination("Cannot specify source identifier without source type")
    minutes = wanted.get("duration") or USUAL_MINUTES
    start = moment(wanted.get("start_time")) or datetime.now(UTC) - timedelta(minutes=minutes)
    end = moment(wanted.get("end_time")) or datetime.now(UTC) + timedelta(seconds=1)
    return [
        event
        for event in self.events
        if start <= moment(event.date) <= end
        and wanted.get("source_type") in (None, event.source_type)
        and (wanted.get("source_identifier") or event.source_identifier).lower() == event.source_identifier.lower()
    ]


def moment(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


@replaces(RDSResponse, "describe_events")
def describe_events_response(self: RDSResponse) -> ActionResult:
    return PaginatedResult({"Events": self.backend.describe_events(**self.params)})


@replaces(RDSResponse, "describe_db_clusters")
def describe_db_clusters_response(self: RDSResponse) -> ActionResult:
    filters = {f["Name"]: f["Values"] for f in self.params.get("Filters", [])}
    found = self.backend.describe_db_clusters(self.params.get("DBClusterIdentifier"), filters=filters)
    for cluster in found:
        cluster.global_cluster_identifier = globals_.global_identifier(cluster)
    return PaginatedResult({"DBClusters": found})


@replaces(RDSResponse)
def describe_global_clusters(self: RDSResponse) -> ActionResult:
    identifier = self.params.get("GlobalClusterIdentifier")
    known = globals_.of_account(self.current_account)
    found = [globals_.find(self.current_account, identifier)] if identifier else list(known.values())
    return PaginatedResult({"GlobalClusters": found})


def target_of(params: Any) -> tuple[str, str]:
    return params["GlobalClusterIdentifier"], params["TargetDbClusterIdentifier"]


@replaces(RDSResponse)
def switchover_global_cluster(self: RDSResponse) -> ActionResult:
    identifier, target = target_of(self.params)
    found = globals_.find(self.current_account, identifier)
    globals_.move(found, self.region, target, "switch")
    return ActionResult({"GlobalCluster": found})


@replaces(RDSResponse)
def failover_global_cluster(self: RDSResponse) -> ActionResult:
    """With neither flag it is a switchover."""
    identifier, target = target_of(self.params)
    loses, switches = (self.params.get(name) for name in ("AllowDataLoss", "Switchover"))
    if loses and switches:
        raise InvalidParameterCombination("AllowDataLoss and Switchover cannot both be given.")
    found = globals_.find(self.current_account, identifier)
    globals_.move(found, self.region, target, "failover" if loses else "switch")
    return ActionResult({"GlobalCluster": found})


@replaces(RDSResponse)
def remove_from_global_cluster(self: RDSResponse) -> ActionResult:
    params = self.params
    found = globals_.find(self.current_account, params["GlobalClusterIdentifier"])
    globals_.leave(found, self.region, params["DbClusterIdentifier"])
    return ActionResult({"GlobalCluster": found})


# Knobs (POST /_cloud/knob)


def knob_global_move(cluster: str, way: str | None = None, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """A switchover or failover (a removal too) of the global cluster stays `stuck`, or `stuck-after-roles`, or goes
    `back`: cancelling, then available with the roles as before; without a way it goes on as usual."""
    if way not in globals_.WAYS:
        raise ValueError(f"no way {way!r}; the ways are {globals_.WAYS}")
    globals_.find(account, cluster).way = way


def knob_fence_times_out(cluster: str, on: bool = True, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """Writes to the old primary could not be blocked in time, and the event says so."""
    globals_.find(account, cluster).fence_times_out = on


def knob_rejoin_stuck(region: str, cluster: str, on: bool = True, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """What was the primary before a failover stays `pending-resync` for as long as this is on."""
    globals_.cluster_of(account, region, cluster).rejoin_stuck = on


def knob_cluster(
    region: str,
    cluster: str,
    status: str | None = None,
    version: str | None = None,
    synchronization: str | None = None,
    headless: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The cluster is in this status, of this engine version, this far in step; or has lost all its instances."""
    found = globals_.cluster_of(account, region, cluster)
    if status is not None:
        found._status = status
    if version is not None:
        found.engine_version = version
    if synchronization is not None:
        found.synchronization_status = synchronization
    if headless:
        for instance in globals_.instances_of(found):
            del rds_backends[account][region].databases[instance.db_instance_identifier]
