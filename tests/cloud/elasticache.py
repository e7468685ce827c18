"""ElastiCache: replication groups, with the time that AWS takes for them, and the calls about global datastores.

Follows the API reference of each operation; what a datastore goes through is in `datastores.py`.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import ElastiCacheException, InvalidARNFault
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup, elasticache_backends
from moto.elasticache.responses import ElastiCacheResponse

import cache_parameters
import datastores
from cache_nodes import come_up, complete, node_groups, populate
from clock import CLOCK
from datastores import Datastore, find, find_group, part_of_a_global_cluster, wrong_group_state, wrong_value
from patch import replaces

moto_create = ElastiCacheBackend.create_replication_group
moto_modify = ElastiCacheBackend.modify_replication_group
moto_delete = ElastiCacheBackend.delete_replication_group

# All that the backend must be told of a new group.
PARAMETERS = tuple(inspect.signature(moto_create).parameters)[1:]
# Each region has its own prefix for the ids of datastores made in it ("Using global datastores (CLI)").
PREFIXES = {
    "us-east-1": "ldgnf",
    "us-east-2": "fpkhr",
    "us-west-1": "virxk",
    "us-west-2": "sgaui",
    "ca-central-1": "bxodz",
    "ap-south-1": "erpgt",
    "ap-northeast-1": "quwsw",
    "ap-northeast-2": "lfqnh",
    "ap-northeast-3": "nlapn",
    "ap-southeast-1": "vlqxn",
    "ap-southeast-2": "vbgxd",
    "eu-central-1": "iudkw",
    "eu-west-1": "gxeiz",
    "eu-west-2": "okuqm",
    "eu-west-3": "fgjhi",
    "sa-east-1": "juxlw",
}
ENGINE_VERSIONS = {"redis": "7.1", "valkey": "8.0"}
# What MaxRecords may be, and is when nothing is said.
SMALLEST_PAGE, LARGEST_PAGE = 20, 100


@dataclass
class Paging:
    """No answer has more entries than this, whatever MaxRecords allows."""

    most: int = LARGEST_PAGE


PAGING = Paging()


def reset() -> None:
    datastores.DATASTORES.clear()
    knob_cache_page()


@replaces(ElastiCacheBackend)
def create_replication_group(self: ElastiCacheBackend, **wanted: Any) -> ReplicationGroup:
    """With a datastore's id it becomes a secondary of it."""
    wanted["replication_group_id"] = wanted["replication_group_id"].lower()
    datastore_id = wanted.pop("global_replication_group_id")
    datastore = find(self.account_id, datastore_id) if datastore_id else None
    if datastore is not None:
        datastores.admit(datastore, self.region_name, wanted)
        wanted |= datastores.inherited(datastore)
    named = wanted["cache_parameter_group_name"]
    clustered = (
        wanted["cluster_mode"] == "enabled"
        or (wanted["num_node_groups"] or 1) > 1
        or (bool(named) and cache_parameters.find(self, named).is_clustered)
    )
    if clustered:
        wanted["cluster_mode"] = "enabled"
    elif wanted["num_cache_clusters"]:
        wanted["replicas_per_node_group"] = wanted["num_cache_clusters"] - 1
    wanted["engine"] = (wanted["engine"] or "redis").lower()
    wanted["engine_version"] = wanted["engine_version"] or ENGINE_VERSIONS.get(wanted["engine"])
    wanted["cache_parameter_group_name"] = (
        named.lower() if named else cache_parameters.default_of(wanted["engine"], wanted["engine_version"], clustered)
    )
    stand(self, wanted)
    wanted["snapshot_window"] = wanted.get("snapshot_window") or "05:00-06:00"
    group = moto_create(self, global_replication_group_id="", **wanted)
    for node_group in group.node_groups:
        populate(group, node_group, self.region_name, len(node_group["node_group_members"]))
    complete(group, self.region_name, keep_slots=bool(wanted["node_group_configuration"]))
    group.lag_spans, group.lag_settings = [], {}
    group.status = "creating"
    group.hidden, group.node_groups, group.configuration_endpoint = (
        (group.node_groups, getattr(group, "configuration_endpoint", None)),
        [],
        None,
    )
    if datastore is None:
        CLOCK.in_turn(group, [("elasticache.create", lambda: come_up(group))])
    else:
        datastores.join(datastore, self.region_name, group)
    return group


def stand(backend: ElastiCacheBackend, wanted: dict[str, Any]) -> None:
    """In a network: that of its subnet group, which is the default one where none is given, and its default security group."""
    network = ec2_backends[backend.account_id][backend.region_name]
    if not wanted["cache_subnet_group_name"]:
        wanted["cache_subnet_group_name"] = "default"
        if "default" not in backend.cache_subnet_groups:
            subnets = [one.id for one in network.describe_subnets(filters={"vpc-id": [network.default_vpc.id]})]
            backend.create_cache_subnet_group("default", "Default CacheSubnetGroup", subnets, [])
    (subnet_group,) = backend.describe_cache_subnet_groups(wanted["cache_subnet_group_name"])
    if not wanted["security_group_ids"]:
        wanted["security_group_ids"] = [network.get_default_security_group(subnet_group.vpc_id).id]


# What has tags, beside what moto knows (ListTagsForResource).
TAGGED = re.compile(r"^arn:aws:elasticache:.*:[0-9]*:(cluster|parametergroup|snapshot|subnetgroup|replicationgroup|user):.*$")


@replaces(ElastiCacheBackend)
def list_tags_for_resource(self: ElastiCacheBackend, arn: str) -> dict[str, list[dict[str, str]]]:
    if not TAGGED.match(arn):
        raise InvalidARNFault(arn)
    return self.tagging_service.list_tags_for_resource(arn)


@replaces(ElastiCacheBackend)
def describe_replication_groups(
    self: ElastiCacheBackend, replication_group_id: str | None = None
) -> list[ReplicationGroup]:
    if replication_group_id:
        return [find_group(self, replication_group_id)]
    return list(self.replication_groups.values())


@replaces(ElastiCacheBackend)
def modify_replication_group(self: ElastiCacheBackend, **wanted: Any) -> ReplicationGroup:
    """What the datastore decides cannot be changed on a member."""
    group = find_group(self, wanted["replication_group_id"])
    wanted["replication_group_id"] = group.replication_group_id
    shared = ("engine", "cache_node_type", "automatic_failover_enabled", "multi_az_enabled")
    if group.datastore is not None and any(wanted[name] is not None for name in shared):
        raise part_of_a_global_cluster(group)
    if group.status != "available":
        raise wrong_group_state(group)
    return moto_modify(self, **wanted)


@replaces(ElastiCacheBackend)
def delete_replication_group(
    self: ElastiCacheBackend, replication_group_id: str, retain_primary_cluster: bool | None
) -> ReplicationGroup:
    group = find_group(self, replication_group_id)
    if group.datastore is not None:
        raise part_of_a_global_cluster(group)
    if group.status != "available":
        raise wrong_group_state(group)
    moto_delete(self, group.replication_group_id, retain_primary_cluster)
    CLOCK.in_turn(group, [("elasticache.delete", lambda: self.replication_groups.pop(group.replication_group_id))])
    return group


def paged(
    found: list[Any], name: Callable[[Any], str], params: dict[str, Any], smallest: int
) -> tuple[list[Any], str | None]:
    """A page of them by name, and the marker of the next; a marker stands for the last name that was shown."""
    most = params.get("MaxRecords", LARGEST_PAGE)
    if not smallest <= most <= LARGEST_PAGE:
        raise wrong_value(f"MaxRecords must be between {smallest} and {LARGEST_PAGE}.")
    most = min(most, PAGING.most)
    rest = sorted(found, key=name)
    if marker := params.get("Marker"):
        try:
            after = base64.b64decode(marker, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise wrong_value(f"The marker {marker} is not valid.") from error
        rest = [thing for thing in rest if name(thing) > after]
    page = rest[:most]
    more = len(rest) > most
    return page, base64.b64encode(name(page[-1]).encode()).decode() if more else None


def required(params: dict[str, Any], *names: str) -> list[Any]:
    for name in names:
        if params.get(name) in (None, ""):
            raise ElastiCacheException("MissingParameter", f"The request must contain the parameter {name}.")
    return [params[name] for name in names]


def answered(datastore: Datastore, status: str) -> ActionResult:
    """What changes a datastore answers at once with its members and the state it is going into."""
    return ActionResult({"GlobalReplicationGroup": datastores.described(datastore, True, status)})


@replaces(ElastiCacheResponse, "describe_replication_groups")
def describe_replication_groups_response(self: ElastiCacheResponse) -> ActionResult:
    params = self._get_params()
    found = self.elasticache_backend.describe_replication_groups(params.get("ReplicationGroupId"))
    page, marker = paged(found, lambda group: group.replication_group_id, params, SMALLEST_PAGE)
    return ActionResult({"ReplicationGroups": page, "Marker": marker})


@replaces(ElastiCacheResponse)
def create_global_replication_group(self: ElastiCacheResponse) -> ActionResult:
    params = self._get_params()
    suffix, group_id = required(params, "GlobalReplicationGroupIdSuffix", "PrimaryReplicationGroupId")
    datastore = datastores.create_datastore(
        self.current_account,
        self.region,
        f"{PREFIXES.get(self.region, 'xxxxx')}-{suffix}".lower(),
        params.get("GlobalReplicationGroupDescription") or " ",
        group_id,
    )
    return answered(datastore, "creating")


@replaces(ElastiCacheResponse)
def describe_global_replication_groups(self: ElastiCacheResponse) -> ActionResult:
    params = self._get_params()
    if datastore_id := params.get("GlobalReplicationGroupId"):
        found = [find(self.current_account, datastore_id, self.region)]
    else:
        found = [
            d for d in datastores.DATASTORES[self.current_account].values() if datastores.is_seen_in(d, self.region)
        ]
    page, marker = paged(found, lambda datastore: datastore.id, params, 1)
    shown = [datastores.described(datastore, bool(params.get("ShowMemberInfo"))) for datastore in page]
    return ActionResult({"GlobalReplicationGroups": shown, "Marker": marker})


@replaces(ElastiCacheResponse)
def failover_global_replication_group(self: ElastiCacheResponse) -> ActionResult:
    names = ("GlobalReplicationGroupId", "PrimaryRegion", "PrimaryReplicationGroupId")
    datastore_id, region, group_id = required(self._get_params(), *names)
    datastore = find(self.current_account, datastore_id, self.region)
    with datastores.asked(datastore, "failover", f"{region}/{group_id}"):
        datastores.fail_over(datastore, region, group_id)
    return answered(datastore, "modifying")


@replaces(ElastiCacheResponse)
def disassociate_global_replication_group(self: ElastiCacheResponse) -> ActionResult:
    names = ("GlobalReplicationGroupId", "ReplicationGroupId", "ReplicationGroupRegion")
    datastore_id, group_id, region = required(self._get_params(), *names)
    datastore = find(self.current_account, datastore_id, self.region)
    with datastores.asked(datastore, "disassociate", f"{region}/{group_id}"):
        datastores.disassociate(datastore, region, group_id)
    return answered(datastore, "modifying")


@replaces(ElastiCacheResponse)
def delete_global_replication_group(self: ElastiCacheResponse) -> ActionResult:
    (datastore_id,) = required(self._get_params(), "GlobalReplicationGroupId")
    datastore = find(self.current_account, datastore_id, self.region)
    with datastores.asked(datastore, "delete"):
        datastores.delete_datastore(datastore)
    return answered(datastore, "deleting")


# Knobs (POST /_cloud/knob)


def knob_cache_status(
    region: str,
    group: str,
    status: str | None = None,
    member: str | None = None,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The group is in this status (`create-failed`, `snapshotting`, ...), and its membership in `member`
    (`associating`, ...). What goes on with its datastore goes on, and its next change sets them again."""
    found = find_group(elasticache_backends[account][region], group)
    if member is not None:
        mine = datastores.membership(found)
        if mine is None:
            raise ValueError(f"{group} is in no global datastore")
        mine.status = member
    if status is not None:
        CLOCK.cancel(found)
        found.status = status


def knob_cache_nodes(region: str, group: str, nodes: int, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """Each shard of the group has so many nodes; with one alone nothing can fail over automatically."""
    found = find_group(elasticache_backends[account][region], group)
    for shard in node_groups(found):
        populate(found, shard, region, nodes)
    complete(found, region, keep_slots=True)
    found.automatic_failover = "enabled" if nodes > 1 else "disabled"


def knob_cache_zones(region: str, group: str, multi_az: bool, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """Whether the group is made for several zones."""
    find_group(elasticache_backends[account][region], group).multi_az = "enabled" if multi_az else "disabled"


def knob_cache_page(size: int = LARGEST_PAGE) -> None:
    """So many entries at most in an answer of a Describe operation."""
    if size < 1:
        raise ValueError("a page has one entry at least")
    PAGING.most = size
