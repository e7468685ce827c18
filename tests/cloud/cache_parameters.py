"""ElastiCache parameter groups: a family's own, with cluster mode and without, which nobody changes, and those that somebody made
(ElastiCache User Guide, "Engine specific parameters").
"""

from __future__ import annotations

from typing import Any

from moto.elasticache.exceptions import ElastiCacheException
from moto.elasticache.models import ElastiCacheBackend

FAMILIES = (
    "memcached1.4", "memcached1.5", "memcached1.6", "redis2.6", "redis2.8", "redis3.2", "redis4.0", "redis5.0", "redis6.x",
    "redis7", "valkey7", "valkey8",
)  # fmt: skip
# The engine's own value of each, of those that are set most.
KNOWN = {
    "activedefrag": "no",
    "activerehashing": "yes",
    "appendfsync": "everysec",
    "appendonly": "no",
    "client-output-buffer-limit-pubsub-hard-limit": "33554432",
    "client-output-buffer-limit-pubsub-soft-limit": "8388608",
    "client-output-buffer-limit-pubsub-soft-seconds": "60",
    "close-on-replica-write": "yes",
    "cluster-allow-reads-when-down": "no",
    "cluster-enabled": "no",
    "cluster-require-full-coverage": "no",
    "databases": "16",
    "hash-max-listpack-entries": "512",
    "hash-max-listpack-value": "64",
    "lazyfree-lazy-eviction": "no",
    "lazyfree-lazy-expire": "no",
    "lfu-decay-time": "1",
    "lfu-log-factor": "10",
    "list-compress-depth": "0",
    "list-max-listpack-size": "-2",
    "lua-replicate-commands": "yes",
    "maxmemory-policy": "volatile-lru",
    "maxmemory-samples": "3",
    "min-replicas-max-lag": "10",
    "min-replicas-to-write": "0",
    "notify-keyspace-events": "",
    "proto-max-bulk-len": "536870912",
    "repl-backlog-size": "1048576",
    "repl-backlog-ttl": "3600",
    "reserved-memory-percent": "25",
    "set-max-intset-entries": "512",
    "slowlog-log-slower-than": "10000",
    "slowlog-max-len": "128",
    "stream-node-max-bytes": "4096",
    "stream-node-max-entries": "100",
    "tcp-keepalive": "300",
    "timeout": "0",
    "tracking-table-max-keys": "1000000",
    "zset-max-listpack-entries": "128",
    "zset-max-listpack-value": "64",
}
OF_MEMCACHED = {"backlog_queue_limit": "1024", "chunk_size": "48", "max_item_size": "1048576", "memcached_connections_overhead": "100"}


class Group:
    """Somebody's, or a family's own."""

    def __init__(self, account: str, region: str, name: str, family: str, description: str) -> None:
        self.name, self.family, self.description = name, family, description
        self.arn = f"arn:aws:elasticache:{region}:{account}:parametergroup:{name}"
        self.values: dict[str, str] = {}

    @property
    def is_default(self) -> bool:
        return self.name.startswith("default.")

    @property
    def known(self) -> dict[str, str]:
        known = OF_MEMCACHED if self.family.startswith("memcached") else KNOWN
        return known | ({"cluster-enabled": "yes"} if self.name.endswith(".cluster.on") else {})

    @property
    def is_clustered(self) -> bool:
        return (self.known | self.values).get("cluster-enabled") == "yes"

    def told(self) -> dict[str, Any]:
        return {
            "CacheParameterGroupName": self.name,
            "CacheParameterGroupFamily": self.family,
            "Description": self.description,
            "IsGlobal": False,
            "ARN": self.arn,
        }


def groups(backend: ElastiCacheBackend) -> dict[str, Group]:
    """Of a region, with those that are there from the beginning."""
    if not hasattr(backend, "parameter_groups"):
        backend.parameter_groups = {}
        for family in FAMILIES:
            ends = ("", ".cluster.on") if family in FAMILIES[5:] else ("",)
            for name in (f"default.{family}{end}" for end in ends):
                words = f"Default parameter group for {family}"
                backend.parameter_groups[name] = Group(backend.account_id, backend.region_name, name, family, words)
    return backend.parameter_groups


def find(backend: ElastiCacheBackend, name: str) -> Group:
    found = groups(backend).get(name.lower())
    if found is None:
        raise ElastiCacheException("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
    return found


def wrong(words: str) -> ElastiCacheException:
    return ElastiCacheException("InvalidParameterValue", words)


def default_of(engine: str, version: str | None, clustered: bool) -> str:
    """The group of what is given none: of its engine's family."""
    major = (version or "7").split(".")[0]
    family = {"redis": {"7": "redis7", "6": "redis6.x"}.get(major, f"redis{major}.0"), "valkey": f"valkey{major}"}.get(
        engine, f"memcached{'.'.join((version or '1.6').split('.')[:2])}"
    )
    return f"default.{family}" + (".cluster.on" if clustered else "")
