"""Aurora global databases: their members, and the stages between two primaries.

Follows the Aurora User Guide ("Using switchover or failover in Amazon Aurora Global Database"), the API reference of
SwitchoverGlobalCluster, FailoverGlobalCluster, RemoveFromGlobalCluster and FailoverState, and the guide's list of event
messages. A move is accepted with a reply that says `available` and a FailoverState of `pending`; then that is
`switching-over` or `failing-over`; the roles change in the middle of it, and the writer instance of the new primary is up
before FailoverState is gone. So neither `available` nor the role tells by itself that it is done. After a failover the
old primary is rebuilt: it stays a member, `pending-resync`, until a snapshot of its old volume was taken and it is
`connected` again; none of that happens while its region is dark.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.rds.exceptions import DBClusterNotFoundError, InvalidDBClusterStateFault, RDSClientError
from moto.rds.models import DBCluster, DBInstanceClustered, GlobalCluster, rds_backends

import faults
from clock import CLOCK
from patch import replaces

# The region whose backend keeps the global clusters of an account.
HOME = "us-east-1"
# Seconds of lag history a new secondary has, so that a metric is there to be read at once.
LAG_HISTORY = 4 * 3600
# What a move that a knob has a say in does.
WAYS = (None, "stuck", "stuck-after-roles", "back")
CONNECTED, PENDING_RESYNC = "connected", "pending-resync"
GOING = {"switch": "switching-over", "failover": "failing-over"}
TITLES = {"switch": "Global switchover", "failover": "Global failover"}

# What they have until a change or one of the knobs sets it on them.
GlobalCluster.failover_state = None
GlobalCluster.stage = None
GlobalCluster.way = None
GlobalCluster.fence_times_out = False
GlobalCluster.history = ()
DBCluster.synchronization_status = CONNECTED
DBCluster.lag_spans = ()
DBCluster.lag_settings = ()
DBCluster.rejoin_stuck = False


class InvalidGlobalCluster(RDSClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidGlobalClusterStateFault", message)


class GlobalClusterNotFound(RDSClientError):
    def __init__(self, identifier: str) -> None:
        super().__init__("GlobalClusterNotFoundFault", f"Global cluster {identifier} not found.")


@dataclass
class Span:
    """While a cluster followed the primary of that region: seconds since the epoch."""

    since: float
    source: str
    until: float | None = None


@dataclass
class Happened:
    """An event, as DescribeEvents tells it."""

    source_identifier: str
    source_type: str
    source_arn: str
    message: str
    event_categories: list[str]
    date: datetime


# Finding


def of_account(account: str) -> dict[str, GlobalCluster]:
    return rds_backends[account][HOME].global_clusters


def find(account: str, identifier: str) -> GlobalCluster:
    """Identifiers are kept in lower case."""
    try:
        return of_account(account)[identifier]
    except KeyError:
        raise GlobalClusterNotFound(identifier) from None


def cluster_of(account: str, region: str, identifier: str) -> DBCluster:
    """By its ARN from anywhere, by its name in its own region only."""
    name = identifier
    if identifier.startswith("arn:"):
        _, _, _, region, _, _, name = identifier.split(":", 6)
    clusters = rds_backends[account][region].clusters
    if name not in clusters:
        raise DBClusterNotFoundError(identifier)
    return clusters[name]


def member_of(found: GlobalCluster, region: str, identifier: str) -> DBCluster:
    cluster = cluster_of(found.account_id, region, identifier)
    if cluster not in found.members:
        raise DBClusterNotFoundError(identifier, f"{identifier} is no member of {found.global_cluster_identifier}.")
    return cluster


def global_of(cluster: DBCluster) -> GlobalCluster | None:
    known = of_account(cluster.account_id).values()
    return next((found for found in known if cluster in found.members), None)


def primary_of(found: GlobalCluster) -> DBCluster | None:
    return next((cluster for cluster in found.members if cluster.is_writer), None)


def is_secondary(cluster: DBCluster) -> bool:
    return global_of(cluster) is not None and not cluster.is_writer


def instances_of(cluster: DBCluster) -> list[DBInstanceClustered]:
    return cluster._members


def name_of(cluster: DBCluster) -> str:
    return f"{cluster.region}/{cluster.db_cluster_identifier}"


# What moto tells otherwise


@replaces(DBCluster)
def designate_writer(self: DBCluster) -> None:
    """No instance of a secondary writes."""
    members = instances_of(self)
    if is_secondary(self):
        for instance in members:
            instance.is_cluster_writer = False
    elif members and self.writer is None:
        self.writer = min(members, key=lambda instance: instance.promotion_tier)


def described_members(found: GlobalCluster) -> list[dict[str, Any]]:
    readers = [cluster.db_cluster_arn for cluster in found.members if not cluster.is_writer]
    return [
        {
            "DBClusterArn": cluster.db_cluster_arn,
            "IsWriter": cluster.is_writer,
            "Readers": readers if cluster.is_writer else [],
            "SynchronizationStatus": cluster.synchronization_status,
        }
        | ({} if cluster.is_writer else {"GlobalWriteForwardingStatus": "disabled"})
        for cluster in found.members
    ]


GlobalCluster.global_cluster_members = property(described_members)


def global_identifier(cluster: DBCluster) -> str | None:
    found = global_of(cluster)
    return found and found.global_cluster_identifier


# Changing


def note(found: GlobalCluster, event: str, **more: Any) -> None:
    found.history = (*found.history, {"at": CLOCK.wall(), "event": event} | more)


def say(cluster: DBCluster, message: str, instance: DBInstanceClustered | None = None) -> None:
    """An event of the cluster, or of one of its instances."""
    of = instance or cluster
    kind, categories = ("db-instance", ["notification"]) if instance else ("db-cluster", ["global failover"])
    when = datetime.fromtimestamp(CLOCK.wall(), UTC)
    cluster.backend.events.append(Happened(of.resource_id, kind, of.arn, message, categories, when))


def is_dark(region: str) -> bool:
    return faults.was_dark(region, time.time())


def version(cluster: DBCluster) -> list[str]:
    """Major and minor, of Aurora MySQL behind `mysql_aurora.`."""
    return cluster.engine_version.rpartition("mysql_aurora.")[2].split(".")[:2]


def create(found: GlobalCluster, primary: DBCluster) -> None:
    primary.is_writer = True
    primary.global_cluster_identifier = found.global_cluster_identifier
    if primary not in found.members:
        found.members.append(primary)


def join(cluster: DBCluster) -> None:
    """A new secondary follows the primary from now on, and has some of its lag's history."""
    found = global_of(cluster)
    primary = found and primary_of(found)
    if primary is not None and primary is not cluster:
        cluster.lag_spans = [Span(CLOCK.wall() - LAG_HISTORY, primary.region)]


def require_at_rest(found: GlobalCluster) -> None:
    if found.failover_state is not None or found.stage is not None or found.status != "available":
        shown = found.failover_state["Status"] if found.failover_state else found.stage or found.status
        raise InvalidGlobalCluster(f"Global cluster {found.global_cluster_identifier} is {shown}, not available.")


def move(found: GlobalCluster, region: str, identifier: str, how: str) -> None:
    """A `switch` loses nothing and wants both sides well; a `failover` wants the target alone."""
    note(found, f"{how}-asked", target=identifier)
    target = member_of(found, region, identifier)
    require_at_rest(found)
    primary = primary_of(found)
    if target.is_writer or primary is None:
        raise InvalidDBClusterStateFault(f"{identifier} is the primary of {found.global_cluster_identifier} already.")
    wanted = [target] if how == "failover" else [target, primary]
    for cluster in wanted:
        if cluster.status != "available":
            raise InvalidDBClusterStateFault(f"{cluster.db_cluster_identifier} is {cluster.status}, not available.")
    if not any(instance.status == "available" for instance in instances_of(target)):
        raise InvalidDBClusterStateFault(f"{target.db_cluster_identifier} has no instance that is available.")
    if version(target) != version(primary):
        raise InvalidDBClusterStateFault(f"{target.engine_version} is not of the version {primary.engine_version}.")
    if how == "switch" and target.synchronization_status != CONNECTED:
        raise InvalidGlobalCluster(f"{target.db_cluster_identifier} is {target.synchronization_status}.")
    found.failover_state = {
        "Status": "pending",
        "FromDbClusterArn": primary.db_cluster_arn,
        "ToDbClusterArn": target.db_cluster_arn,
        "IsDataLossAllowed": how == "failover",
    }
    steps: list[tuple[str, Callable[[], None]]] = [
        (f"aurora.{how}.pending", lambda: begin(found, primary, target, how)),
        (f"aurora.{how}.going", lambda: decide(found, primary, target, how)),
    ]
    CLOCK.in_turn(found, steps, hold=lambda: found.way == "stuck" and found.stage == "going")


def begin(found: GlobalCluster, primary: DBCluster, target: DBCluster, how: str) -> None:
    found.stage = "going"
    found.failover_state["Status"] = GOING[how]
    found.status = target._status = GOING[how]
    region = primary.region
    where = target if is_dark(region) else primary
    if not is_dark(region):
        primary._status = GOING[how]
    say(target, f"{TITLES[how]} to DB cluster {target.db_cluster_identifier} in Region {target.region} started.")
    outcome = "timed out" if found.fence_times_out or where is target else "succeeded"
    attempt = f"Attempt to block writes for DB cluster {primary.db_cluster_identifier} in Region {region} {outcome}."
    for instance in instances_of(where)[:1]:
        say(where, attempt, instance)
    note(found, GOING[how], writes=outcome)


def decide(found: GlobalCluster, primary: DBCluster, target: DBCluster, how: str) -> None:
    if found.way == "back":
        go_back(found, primary, target, how)
        return
    now = CLOCK.wall()
    primary.is_writer, target.is_writer = False, True
    for cluster in found.members:
        end_of_lag(cluster, now)
        if cluster is not target and (how == "switch" or cluster is not primary):
            cluster.lag_spans = [*cluster.lag_spans, Span(now, target.region)]
    if how == "failover":
        primary.synchronization_status = PENDING_RESYNC
    target.synchronization_status = CONNECTED
    writer = instances_of(target)[0]
    writer.is_cluster_writer, writer.status = True, "rebooting"
    found.stage = "switched"
    note(found, "roles-changed", target=name_of(target))

    def writer_up() -> None:
        writer.status = target._status = "available"
        found.stage = "settling"

    CLOCK.in_turn(
        found,
        [
            (f"aurora.{how}.switched", writer_up),
            (f"aurora.{how}.settling", lambda: settle(found, primary, target, how)),
        ],
        hold=lambda: found.way == "stuck-after-roles" and found.stage == "settling",
    )


def settle(found: GlobalCluster, primary: DBCluster, target: DBCluster, how: str) -> None:
    end = "finished" if how == "switch" else "completed"
    say(target, f"{TITLES[how]} to DB cluster {target.db_cluster_identifier} in Region {target.region} {end}.")
    at_rest(found)
    if how == "failover":
        rejoin(found, primary, target)


def at_rest(found: GlobalCluster) -> None:
    found.failover_state = found.stage = None
    found.status = "available"
    for cluster in found.members:
        if cluster._status in GOING.values():
            cluster._status = "available"
    note(found, "available")


def go_back(found: GlobalCluster, primary: DBCluster, target: DBCluster, how: str) -> None:
    """Both are returning to what they were."""
    found.failover_state["Status"] = "cancelling"
    end = "is cancelled" if how == "switch" else "failed"
    say(target, f"{TITLES[how]} to DB cluster {target.db_cluster_identifier} in Region {target.region} {end}.")
    CLOCK.in_turn(found, [(f"aurora.{how}.cancelling", lambda: at_rest(found))])


def rejoin(found: GlobalCluster, old: DBCluster, new: DBCluster) -> None:
    """The old primary comes back as a secondary, on a new volume; of the old one a snapshot is taken before."""

    def begin_again() -> None:
        say(new, f"Started resynchronizing members of DB cluster {new.db_cluster_identifier} after global failover.")

    def keep() -> None:
        if old not in found.members:
            return
        stamp = datetime.fromtimestamp(CLOCK.wall(), UTC).strftime("%Y-%m-%d-%H-%M")
        name = f"rds:unplanned-global-failover-{old.db_cluster_identifier}-{stamp}"
        if name not in old.backend.cluster_snapshots:
            old.backend.create_auto_cluster_snapshot(old.db_cluster_identifier, name)
        note(found, "snapshot", name=name)

    def back() -> None:
        if old not in found.members:
            return
        old.synchronization_status = CONNECTED
        old.lag_spans = [*old.lag_spans, Span(CLOCK.wall(), new.region)]
        say(new, f"Finished resynchronizing members of DB cluster {new.db_cluster_identifier} after global failover.")
        note(found, "rejoined", member=name_of(old))

    CLOCK.in_turn(
        old,
        [("aurora.snapshot", begin_again), ("aurora.snapshot", keep), ("aurora.rejoin", back)],
        hold=lambda: is_dark(old.region) or old.rejoin_stuck,
    )


def end_of_lag(cluster: DBCluster, now: float) -> None:
    for span in cluster.lag_spans:
        span.until = span.until or now


def leave(found: GlobalCluster, region: str, identifier: str) -> None:
    """A secondary stands alone and takes writes; a primary leaves last."""
    note(found, "detach-asked", target=identifier)
    cluster = member_of(found, region, identifier)
    require_at_rest(found)
    if cluster.is_writer and len(found.members) > 1:
        raise InvalidGlobalCluster(
            f"{cluster.db_cluster_identifier} is the primary of {found.global_cluster_identifier}, "
            "which has secondaries: remove these first."
        )
    if cluster.status != "available":
        raise InvalidDBClusterStateFault(f"{cluster.db_cluster_identifier} is {cluster.status}, not available.")
    found.stage = "detaching"

    def begin_leaving() -> None:
        cluster._status = "promoting"

    def left() -> None:
        found.members.remove(cluster)
        cluster.is_writer, cluster.global_cluster_identifier = False, None
        end_of_lag(cluster, CLOCK.wall())
        for instance in instances_of(cluster)[:1]:
            instance.is_cluster_writer, instance.status = True, "rebooting"
        note(found, "left", member=name_of(cluster))

    def come_up() -> None:
        cluster._status = "available"
        for instance in instances_of(cluster):
            instance.status = "available"
        found.stage = None

    CLOCK.in_turn(
        found,
        [
            ("aurora.detach.available", begin_leaving),
            ("aurora.detach.promoting", left),
            ("aurora.detach.settling", come_up),
        ],
        hold=lambda: found.way == "stuck" and cluster._status == "promoting" and cluster in found.members,
    )


def secondaries(account: str, region: str) -> Iterator[DBCluster]:
    """Clusters that follow, or followed, a primary of another region."""
    return (cluster for cluster in rds_backends[account][region].clusters.values() if cluster.lag_spans)
