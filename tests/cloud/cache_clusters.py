"""ElastiCache: the calls about parameter groups, and the nodes of replication groups as cache clusters.

Follows the API reference of CreateCacheParameterGroup, ModifyCacheParameterGroup, ResetCacheParameterGroup,
DeleteCacheParameterGroup, DescribeCacheParameterGroups, DescribeCacheParameters and DescribeCacheClusters.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheClusterNotFound, ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend, ReplicationGroup
from moto.elasticache.responses import ElastiCacheResponse

from cache_nodes import node_groups
from cache_parameters import FAMILIES, Group, find, groups, wrong
from elasticache import SMALLEST_PAGE, paged
from patch import replaces

MOST_IN_A_CHANGE = 20

# Parameter groups


@replaces(ElastiCacheResponse)
def create_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    backend, params = self.elasticache_backend, self._get_params()
    name = str(params.get("CacheParameterGroupName") or "").lower()
    family, description = params.get("CacheParameterGroupFamily"), params.get("Description")
    if name.startswith("default") or not name.replace("-", "").replace(".", "").isalnum():
        raise wrong(f"The parameter CacheParameterGroupName is not a valid identifier: {name}")
    if family not in FAMILIES:
        raise wrong(f"CacheParameterGroupFamily {family} is not a valid parameter group family.")
    if not description:
        raise wrong("The parameter Description must be provided and must not be blank.")
    if name in groups(backend):
        raise ElastiCacheException("CacheParameterGroupAlreadyExists", f"Parameter group {name} already exists")
    made = Group(backend.account_id, backend.region_name, name, family, description)
    groups(backend)[name] = made
    if tags := params.get("Tags"):
        backend.tagging_service.tag_resource(made.arn, tags)
    return ActionResult({"CacheParameterGroup": made.told()})


@replaces(ElastiCacheResponse)
def describe_cache_parameter_groups(self: ElastiCacheResponse) -> ActionResult:
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    found = [find(backend, name)] if name else list(groups(backend).values())
    return page_of(self, "CacheParameterGroups", [group.told() for group in found], "CacheParameterGroupName")


@replaces(ElastiCacheResponse)
def describe_cache_parameters(self: ElastiCacheResponse) -> ActionResult:
    """`user` is what somebody set, `system` all else."""
    group = find(self.elasticache_backend, self._get_param("CacheParameterGroupName"))
    source = self._get_param("Source")
    told = [
        {
            "ParameterName": name,
            "ParameterValue": group.values.get(name, default),
            "Source": "user" if name in group.values else "system",
            "DataType": "string",
            "IsModifiable": not group.is_default,
            "ChangeType": "requires-reboot" if name in ("cluster-enabled", "databases") else "immediate",
            "MinimumEngineVersion": "2.8.6",
        }
        for name, default in sorted(group.known.items())
    ]
    return page_of(self, "Parameters", [one for one in told if source in (None, one["Source"])], "ParameterName")


def page_of(response: ElastiCacheResponse, what: str, found: list[dict[str, Any]], name: str) -> ActionResult:
    """In pages, by name."""
    page, marker = paged(found, lambda one: one[name], response._get_params(), SMALLEST_PAGE)
    return ActionResult({what: page, "Marker": marker})


def changed(response: ElastiCacheResponse) -> Group:
    group = find(response.elasticache_backend, response._get_param("CacheParameterGroupName"))
    if group.is_default:
        raise wrong(f"The parameter group {group.name} is a default one, which cannot be changed.")
    return group


@replaces(ElastiCacheResponse)
def modify_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """All or none, twenty at a time."""
    group = changed(self)
    wanted = self._get_param("ParameterNameValues") or []
    if not 0 < len(wanted) <= MOST_IN_A_CHANGE:
        raise wrong(f"1 to {MOST_IN_A_CHANGE} parameters can be changed at a time.")
    for one in wanted:
        if one.get("ParameterName") not in group.known:
            raise wrong(f"Could not find parameter with name: {one.get('ParameterName')}")
    group.values |= {one["ParameterName"]: one.get("ParameterValue", "") for one in wanted}
    return ActionResult({"CacheParameterGroupName": group.name})


@replaces(ElastiCacheResponse)
def reset_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    group = changed(self)
    if self._get_bool_param("ResetAllParameters"):
        group.values.clear()
    for one in self._get_param("ParameterNameValues") or []:
        if one.get("ParameterName") not in group.known:
            raise wrong(f"Could not find parameter with name: {one.get('ParameterName')}")
        group.values.pop(one["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": group.name})


@replaces(ElastiCacheResponse)
def delete_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    backend = self.elasticache_backend
    group = find(backend, self._get_param("CacheParameterGroupName"))
    users = [*backend.replication_groups.values(), *backend.cache_clusters.values()]
    if group.is_default or any(one.cache_parameter_group_name == group.name for one in users):
        words = f"The parameter group {group.name} is in use, or a default one: it cannot be deleted."
        raise ElastiCacheException("InvalidCacheParameterGroupState", words)
    del groups(backend)[group.name]
    return EmptyResult()


# Nodes


def version_of(group: ReplicationGroup) -> str:
    """Nodes tell all three numbers of it."""
    parts = str(group.engine_version or "7.1").split(".")
    return ".".join([*parts, "0", "0"][:3])


def node(backend: ElastiCacheBackend, group: ReplicationGroup, name: str, member: dict[str, Any], with_nodes: bool) -> dict[str, Any]:
    """A node of a replication group, which is a cache cluster of its own name."""
    told = {
        "CacheClusterId": name,
        "ReplicationGroupId": group.replication_group_id,
        "CacheNodeType": group.cache_node_type,
        "Engine": group.engine,
        "EngineVersion": version_of(group),
        "CacheClusterStatus": "creating" if group.status == "creating" else "available",
        "NumCacheNodes": 1,
        "PreferredAvailabilityZone": member["preferred_availability_zone"],
        "CacheClusterCreateTime": group.replication_group_create_time,
        "PreferredMaintenanceWindow": group.preferred_maintenance_window or "sun:05:00-sun:06:00",
        "CacheSecurityGroups": [],
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.security_group_ids or []],
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name,
            "ParameterApplyStatus": "in-sync",
            "CacheNodeIdsToReboot": [],
        },
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "AutoMinorVersionUpgrade": group.auto_minor_version_upgrade is not False,
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:cluster:{name}",
        "ReplicationGroupLogDeliveryEnabled": False,
        "NetworkType": group.network_type,
        "IpDiscovery": group.ip_discovery,
    }
    if with_nodes:
        told["CacheNodes"] = [
            {
                "CacheNodeId": member["cache_node_id"],
                "CacheNodeStatus": told["CacheClusterStatus"],
                "ParameterGroupStatus": "in-sync",
                "CustomerAvailabilityZone": member["preferred_availability_zone"],
            }
            | ({"Endpoint": member["read_endpoint"]} if "read_endpoint" in member else {})
        ]
    return told


def nodes(backend: ElastiCacheBackend, with_nodes: bool) -> dict[str, dict[str, Any]]:
    """The nodes of all replication groups."""
    return {
        member["cache_cluster_id"]: node(backend, group, member["cache_cluster_id"], member, with_nodes)
        for group in backend.replication_groups.values()
        for shard in node_groups(group)
        for member in shard["node_group_members"]
    }


@replaces(ElastiCacheResponse)
def describe_cache_clusters(self: ElastiCacheResponse) -> ActionResult:
    """Those that stand alone, and the nodes of replication groups, unless these are left out."""
    backend, params = self.elasticache_backend, self._get_params()
    alone: dict[str, Any] = dict(backend.cache_clusters)
    members = nodes(backend, bool(params.get("ShowCacheNodeInfo")))
    name = params.get("CacheClusterId")
    if name:
        found = alone.get(name) or members.get(str(name).lower())
        if found is None:
            raise CacheClusterNotFound(name)
        return ActionResult({"CacheClusters": [found]})
    found = alone if params.get("ShowCacheClustersNotInReplicationGroups") else alone | members
    page, marker = paged(sorted(found), str, params, SMALLEST_PAGE)
    return ActionResult({"CacheClusters": [found[one] for one in page], "Marker": marker})
