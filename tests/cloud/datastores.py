"""ElastiCache global datastores: their members, and the stages between two states.

Follows the ElastiCache User Guide ("Replication across AWS Regions using global datastores") and the API reference of
each operation; where these say nothing, what AWS answered others (error messages known from Terraform's provider, the
AWS CLI's examples). A failover is accepted with a reply that says `modifying`; what is described goes on saying
`available` for a while, with nothing changed, then `modifying`; the roles change in the middle of that, and the
promoted group is available before the datastore is. So neither `available` nor the role tells by itself that it is
done. A datastore is described in the regions of its members only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import ServiceException
from moto.elasticache.exceptions import ElastiCacheException, ReplicationGroupNotFound
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup, elasticache_backends

from cache_nodes import come_up, node_groups
from clock import CLOCK

PRIMARY, SECONDARY = "PRIMARY", "SECONDARY"
MOST_MEMBERS = 3
# Seconds of lag history a new secondary has, so that a metric is there to be read at once.
LAG_HISTORY = 4 * 3600
# Global datastores take current generations, of size large and above.
TOO_SMALL = ("cache.t", "cache.m4.", "cache.r4.", "cache.m3.", "cache.r3.")
# What a secondary has from its datastore, and may not be asked for.
INFERRED = (
    "engine",
    "engine_version",
    "num_node_groups",
    "node_group_configuration",
    "transit_encryption_enabled",
    "at_rest_encryption_enabled",
    "snapshot_arns",
    "snapshot_name",
    "cache_security_group_names",
)
# What a failover that a knob has a say in does.
WAYS = (None, "stuck", "stuck-after-roles", "back")

# What groups have until a change or one of the knobs sets it on them.
ReplicationGroup.datastore = None
ReplicationGroup.lag_spans = ()
ReplicationGroup.lag_settings = {}


@dataclass
class Member:
    """A replication group in a datastore."""

    region: str
    group: ReplicationGroup
    role: str
    status: str = "associating"

    @property
    def name(self) -> str:
        return f"{self.region}/{self.group.replication_group_id}"


@dataclass
class Datastore:
    """`busy` while a change is under way, even while nothing of it shows; `stage` is that of a failover."""

    id: str
    account: str
    description: str
    members: list[Member] = field(default_factory=list)
    status: str = "creating"
    busy: bool = True
    stage: str | None = None
    way: str | None = None
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def primary(self) -> Member:
        return next(member for member in self.members if member.role == PRIMARY)

    def note(self, event: str, **more: Any) -> None:
        self.history.append({"at": CLOCK.wall(), "event": event} | more)

    def settle(self) -> None:
        """Nothing goes on with it any more."""
        for member in self.members:
            member.group.status = "available"
        self.status = "available" if len(self.members) > 1 else "primary-only"
        self.busy, self.stage = False, None
        self.note(self.status)

    def begin(self) -> None:
        """A change of it shows from now on."""
        self.status = self.stage = "modifying"
        for member in self.members:
            member.group.status = "modifying"
        self.note("modifying")


# By account, then id.
DATASTORES: dict[str, dict[str, Datastore]] = defaultdict(dict)


# Errors


def not_found(datastore_id: str) -> ElastiCacheException:
    return ElastiCacheException(
        "GlobalReplicationGroupNotFoundFault", f"Global replication group {datastore_id} does not exist."
    )


def wrong_state(message: str) -> ElastiCacheException:
    """The fault is called `InvalidGlobalReplicationGroupStateFault`; this is its code on the wire."""
    return ElastiCacheException("InvalidGlobalReplicationGroupState", message)


def wrong_group_state(group: ReplicationGroup) -> ElastiCacheException:
    return ElastiCacheException(
        "InvalidReplicationGroupState",
        f"Replication group {group.replication_group_id} is {group.status}, not available.",
    )


def wrong_value(message: str) -> ElastiCacheException:
    return ElastiCacheException("InvalidParameterValue", message)


def part_of_a_global_cluster(group: ReplicationGroup) -> ElastiCacheException:
    return wrong_value(
        f"Cluster [{group.replication_group_id}] is part of a global cluster [{group.datastore.id}]. Request rejected."
    )


# Finding


def find_group(backend: ElastiCacheBackend, group_id: str) -> ReplicationGroup:
    """Ids are kept in lower case."""
    if group_id.lower() not in backend.replication_groups:
        raise ReplicationGroupNotFound(group_id)
    return backend.replication_groups[group_id.lower()]


def find(account: str, datastore_id: str, region: str | None = None) -> Datastore:
    """The datastore of that id, if it has a member in the region."""
    datastore = DATASTORES[account].get(datastore_id.lower())
    if datastore is None or (region is not None and not is_seen_in(datastore, region)):
        raise not_found(datastore_id)
    return datastore


def is_seen_in(datastore: Datastore, region: str) -> bool:
    return any(member.region == region for member in datastore.members)


def member_of(datastore: Datastore, region: str, group_id: str) -> Member:
    for member in datastore.members:
        if member.region == region and member.group.replication_group_id == group_id.lower():
            return member
    raise wrong_value(
        f"Replication Group {group_id} in region {region} "
        f"is not associated with Global Replication Group {datastore.id}"
    )


def membership(group: ReplicationGroup) -> Member | None:
    if group.datastore is None:
        return None
    return next(member for member in group.datastore.members if member.group is group)


def info(group: ReplicationGroup) -> dict[str, str]:
    """GlobalReplicationGroupInfo: there, but with nothing in it, where the group is in no datastore."""
    member = membership(group)
    if member is None:
        return {}
    return {"GlobalReplicationGroupId": group.datastore.id, "GlobalReplicationGroupMemberRole": member.role}


ReplicationGroup.global_replication_group_info = property(info)


def takes_writes(group: ReplicationGroup) -> bool:
    """Not a secondary, nor a primary that is about to be one."""
    member = membership(group)
    return member is None or (member.role == PRIMARY and group.datastore.stage != "modifying")


def create_datastore(account: str, region: str, datastore_id: str, description: str, group_id: str) -> Datastore:
    """A datastore of a primary only; a first secondary makes it whole."""
    group = find_group(elasticache_backends[account][region], group_id)
    if datastore_id in DATASTORES[account]:
        raise ElastiCacheException(
            "GlobalReplicationGroupAlreadyExistsFault", f"Global replication group {datastore_id} already exists."
        )
    if group.datastore is not None:
        raise part_of_a_global_cluster(group)
    if group.status != "available":
        raise wrong_group_state(group)
    if group.cache_node_type.startswith(TOO_SMALL):
        raise wrong_value(f"Cache node type {group.cache_node_type} is not supported for a global datastore.")
    datastore = Datastore(datastore_id, account, description)
    member = Member(region, group, PRIMARY)
    datastore.members.append(member)
    datastore.note("create-asked", group=member.name)
    group.datastore, group.status = datastore, "modifying"
    DATASTORES[account][datastore_id] = datastore

    def associated() -> None:
        member.status = "associated"
        datastore.settle()

    CLOCK.in_turn(datastore, [("elasticache.associate", associated)])
    return datastore


def admit(datastore: Datastore, region: str, wanted: dict[str, Any]) -> None:
    """Refuses what cannot become a secondary."""
    if datastore.busy or datastore.status not in ("available", "primary-only"):
        raise wrong_state(f"Global replication group {datastore.id} is {datastore.status}.")
    node_type = wanted["cache_node_type"]
    if any(wanted[name] for name in INFERRED) or node_type not in (None, datastore.primary.group.cache_node_type):
        raise ElastiCacheException(
            "InvalidParameterCombination",
            "Cannot use the given parameters when creating new replication group "
            "in an existing global replication group.",
        )
    if is_seen_in(datastore, region):
        raise wrong_value(f"Global replication group {datastore.id} already has a member in {region}.")
    if len(datastore.members) >= MOST_MEMBERS:
        raise wrong_value(f"Global replication group {datastore.id} has as many members as it can.")


def inherited(datastore: Datastore) -> dict[str, Any]:
    primary = datastore.primary.group
    return {
        "engine": primary.engine,
        "engine_version": primary.engine_version,
        "cache_node_type": primary.cache_node_type,
        "cluster_mode": primary.cluster_mode,
        "num_node_groups": len(primary.node_groups),
        "transit_encryption_enabled": primary.transit_encryption_enabled,
        "at_rest_encryption_enabled": primary.at_rest_encryption_enabled,
        "automatic_failover_enabled": primary.automatic_failover == "enabled",
    }


def join(datastore: Datastore, region: str, group: ReplicationGroup) -> None:
    member = Member(region, group, SECONDARY)
    datastore.members.append(member)
    datastore.status, datastore.busy = "modifying", True
    datastore.note("join-asked", group=member.name)
    group.datastore = datastore

    def associated() -> None:
        member.status = "associated"
        group.lag_spans.append(Span(CLOCK.wall() - LAG_HISTORY, datastore.primary.region, datastore.id))
        datastore.settle()

    CLOCK.in_turn(datastore, [("elasticache.create", lambda: come_up(group)), ("elasticache.associate", associated)])


@dataclass
class Span:
    """While a group followed the primary of that region: seconds since the epoch."""

    since: float
    source: str
    datastore: str
    until: float | None = None


@contextmanager
def asked(datastore: Datastore, event: str, group: str | None = None) -> Iterator[None]:
    """A call that is to change the datastore, and whether it was refused, is in its history."""
    datastore.note(f"{event}-asked", group=group)
    try:
        yield
    except ServiceException as error:
        datastore.note(f"{event}-refused", group=group, code=error.code)
        raise


def require_available(datastore: Datastore) -> None:
    if datastore.busy or datastore.status != "available":
        shown = "modifying" if datastore.busy and datastore.status == "available" else datastore.status
        raise wrong_state(f"Global replication group {datastore.id} is {shown}, not available.")


def fail_over(datastore: Datastore, region: str, group_id: str) -> None:
    """PrimaryRegion and PrimaryReplicationGroupId name the primary to be."""
    require_available(datastore)
    target = member_of(datastore, region, group_id)
    if target.role == PRIMARY:
        raise wrong_value(
            f"Replication Group {group_id} is already the primary of Global Replication Group {datastore.id}"
        )
    if target.group.status != "available" or target.status != "associated":
        raise wrong_state(f"Replication group {group_id} is {target.group.status} and {target.status}.")
    datastore.busy = True

    def decide() -> None:
        if datastore.way == "back":
            datastore.note("went-back")
            datastore.settle()
            return
        change_roles(datastore, target)
        CLOCK.in_turn(
            datastore,
            [
                ("elasticache.failover.switched", promoted_up),
                ("elasticache.failover.settling", datastore.settle),
            ],
            hold=lambda: datastore.way == "stuck-after-roles" and datastore.stage == "switched",
        )

    def promoted_up() -> None:
        datastore.stage = "settling"
        target.group.status = "available"
        datastore.note("promoted-available", group=target.name)

    CLOCK.in_turn(
        datastore,
        [("elasticache.failover.available", datastore.begin), ("elasticache.failover.modifying", decide)],
        hold=lambda: datastore.way == "stuck" and datastore.stage == "modifying",
    )


def change_roles(datastore: Datastore, target: Member) -> None:
    """From now on all others follow the target."""
    now = CLOCK.wall()
    for member in datastore.members:
        member.role = PRIMARY if member is target else SECONDARY
        end_of_lag(member.group, now)
        if member is not target:
            member.group.lag_spans.append(Span(now, target.region, datastore.id))
    datastore.stage = "switched"
    datastore.note("roles-changed", group=target.name)


def end_of_lag(group: ReplicationGroup, now: float) -> None:
    for span in group.lag_spans:
        span.until = span.until or now


def disassociate(datastore: Datastore, region: str, group_id: str) -> None:
    """The group leaves: it stands alone and takes writes, and has nothing of the datastore any more."""
    require_available(datastore)
    leaving = member_of(datastore, region, group_id)
    if leaving.role == PRIMARY:
        raise wrong_value(
            f"Replication Group {group_id} is the primary of Global Replication Group {datastore.id}: "
            "it cannot be disassociated"
        )
    datastore.busy = True

    def begin() -> None:
        datastore.status = "modifying"
        datastore.stage = "disassociating"
        leaving.status, leaving.group.status = "disassociating", "modifying"
        datastore.note("disassociating", group=leaving.name)

    def leave() -> None:
        datastore.members.remove(leaving)
        leaving.group.datastore = None
        end_of_lag(leaving.group, CLOCK.wall())
        datastore.note("left", group=leaving.name)

    def settle() -> None:
        leaving.group.status = "available"
        datastore.settle()

    CLOCK.in_turn(
        datastore,
        [
            ("elasticache.disassociate.available", begin),
            ("elasticache.disassociate.modifying", leave),
            ("elasticache.disassociate.settling", settle),
        ],
        hold=lambda: datastore.way == "stuck" and leaving.status == "disassociating" and leaving in datastore.members,
    )


def delete_datastore(datastore: Datastore) -> None:
    """Only one of a primary alone, which stays."""
    if datastore.busy or datastore.status not in ("available", "primary-only") or len(datastore.members) > 1:
        raise wrong_state(f"Global replication group {datastore.id} is {datastore.status} or has secondaries.")
    datastore.status, datastore.busy = "deleting", True

    def gone() -> None:
        for member in datastore.members:
            member.group.datastore = None
        del DATASTORES[datastore.account][datastore.id]

    CLOCK.in_turn(datastore, [("elasticache.delete", gone)])


def described(datastore: Datastore, with_members: bool, status: str | None = None) -> dict[str, Any]:
    """GlobalReplicationGroup. It tells of its members only where that is asked for."""
    primary = datastore.primary.group
    shown = {
        "GlobalReplicationGroupId": datastore.id,
        "GlobalReplicationGroupDescription": datastore.description,
        "Status": status or datastore.status,
        "CacheNodeType": primary.cache_node_type,
        "Engine": primary.engine,
        "EngineVersion": primary.engine_version,
        "ClusterEnabled": primary.cluster_enabled,
        "AuthTokenEnabled": primary.auth_token_enabled,
        "TransitEncryptionEnabled": primary.transit_encryption_enabled,
        "AtRestEncryptionEnabled": primary.at_rest_encryption_enabled,
        "ARN": f"arn:aws:elasticache::{datastore.account}:globalreplicationgroup:{datastore.id}",
    }
    if primary.cluster_enabled:
        shown["GlobalNodeGroups"] = [
            {"GlobalNodeGroupId": f"{datastore.id}-{shard['node_group_id']}", "Slots": shard["slots"]}
            for shard in node_groups(primary)
        ]
    if with_members:
        shown["Members"] = [
            {
                "ReplicationGroupId": member.group.replication_group_id,
                "ReplicationGroupRegion": member.region,
                "Role": member.role,
                "AutomaticFailover": member.group.automatic_failover,
                "Status": member.status,
            }
            for member in datastore.members
        ]
    return shown


# Knobs (POST /_cloud/knob)


def knob_datastore_move(datastore: str, way: str | None = None, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """A failover stays `stuck` in `modifying` (a disassociation too), or `stuck-after-roles`, or goes `back` to
    available with the roles as before; without a way it goes on as usual."""
    if way not in WAYS:
        raise ValueError(f"no way {way!r}; the ways are {WAYS}")
    find(account, datastore).way = way


def knob_datastore_status(datastore: str, status: str, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The datastore is in this status, and whatever was going on with it ends."""
    found = find(account, datastore)
    CLOCK.cancel(found)
    found.busy, found.stage, found.status = False, None, status
    found.note("set-by-the-test", status=status)
