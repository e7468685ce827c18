"""The nodes of ElastiCache replication groups: their names, endpoints, zones and slots.

Follows the ElastiCache User Guide ("Finding connection endpoints"): with cluster mode the group has one configuration
endpoint, without it each shard has one for its primary and one for its readers; names are others with TLS.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

from moto.elasticache.models import ReplicationGroup

SLOTS = 16384

# The shards and the configuration endpoint of a group that is being created: they are not shown yet.
ReplicationGroup.hidden = None


def come_up(group: ReplicationGroup) -> None:
    """It has its endpoints from now on."""
    if group.hidden is not None:
        (group.node_groups, group.configuration_endpoint), group.hidden = group.hidden, None
    group.status = "available"


def node_groups(group: ReplicationGroup) -> list[dict[str, Any]]:
    """Of a group that is being created too."""
    return group.hidden[0] if group.hidden else group.node_groups


def short_of(region: str) -> str:
    """`usw2`, as in the names of nodes."""
    first, *middle, number = region.split("-")
    letters = {"northeast": "ne", "southeast": "se", "northwest": "nw"}
    return first + "".join(letters.get(word, word[0]) for word in middle) + number


def domain_of(group: ReplicationGroup, region: str) -> tuple[str, str]:
    """What the names of all its nodes have: six letters of its own, and the end."""
    number = zlib.crc32(group.arn.encode())
    mark = "".join("abcdefghijklmnopqrstuvwxyz012345"[number >> 5 * place & 31] for place in range(6))
    return mark, f"{short_of(region)}.cache.amazonaws.com"


def populate(group: ReplicationGroup, node_group: dict[str, Any], region: str, count: int) -> None:
    """So many nodes in a shard, the first of which is the primary; zones that were asked for are kept."""
    before = node_group["node_group_members"]
    mark, end = domain_of(group, region)
    stem = group.replication_group_id + (f"-{node_group['node_group_id']}" if group.cluster_enabled else "")
    members = []
    for number in range(count):
        name = f"{stem}-{number + 1:0>3}"
        zone = before[number]["preferred_availability_zone"] if number < len(before) else ""
        member = {
            "cache_cluster_id": name,
            "cache_node_id": "0001",
            "preferred_availability_zone": zone if zone.startswith(region) else f"{region}{'abc'[number % 3]}",
        }
        if not group.cluster_enabled:
            secure = group.transit_encryption_enabled
            address = f"{name}.{group.replication_group_id}.{mark}.{end}" if secure else f"{name}.{mark}.0001.{end}"
            member["read_endpoint"] = {"address": address, "port": group.port}
            member["current_role"] = "replica" if number else "primary"
        members.append(member)
    node_group["node_group_members"] = members


def complete(group: ReplicationGroup, region: str, keep_slots: bool = False) -> None:
    """Its endpoints, slots and the list of its nodes."""
    mark, end = domain_of(group, region)
    name, secure = group.replication_group_id, group.transit_encryption_enabled
    shards = node_groups(group)
    group.member_clusters = [m["cache_cluster_id"] for shard in shards for m in shard["node_group_members"]]
    if group.cluster_enabled:
        address = f"clustercfg.{name}.{mark}.{end}" if secure else f"{name}.{mark}.clustercfg.{end}"
        group.configuration_endpoint = {"address": address, "port": group.port}
        for number, shard in enumerate(shards):
            if not keep_slots:
                first, after = (math.ceil(SLOTS * place / len(shards)) for place in (number, number + 1))
                shard["slots"] = f"{first}-{after - 1}"
        return
    for shard in shards:
        endpoints = (f"master.{name}.{mark}.{end}", f"replica.{name}.{mark}.{end}")
        if not secure:
            endpoints = tuple(f"{stem}.{mark}.ng.{shard['node_group_id']}.{end}" for stem in (name, f"{name}-ro"))
        shard["primary_endpoint"], shard["reader_endpoint"] = (
            {"address": address, "port": group.port} for address in endpoints
        )
