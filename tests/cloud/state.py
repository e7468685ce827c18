"""A summary of what there is, for assertions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.autoscaling.models import FakeAutoScalingGroup, autoscaling_backends
from moto.ecs.models import Service, ecs_backends
from moto.elasticache.models import ReplicationGroup, elasticache_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.kms.models import kms_backends
from moto.rds.models import DBCluster, DBInstance, GlobalCluster, rds_backends
from moto.route53.models import RecordSet, route53_backends
from moto.scheduler.models import scheduler_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.ssm.models import ssm_backends

import accelerators
import automations
import datastores
import elbv2
import events
import functions
import global_clusters
import kms
import nodegroups
import parameters
import routing_controls
import schedules
import secrets_manager
from route53 import CHANGES, served


def summary(account: str) -> dict[str, Any]:
    """By service, then region, then name; regions without anything are left out."""
    return {
        "rds": by_region(rds_backends, account, instances),
        "clusters": by_region(rds_backends, account, clusters),
        "global_clusters": {name: global_cluster(g) for name, g in global_clusters.of_account(account).items()},
        "elasticache": by_region(elasticache_backends, account, caches),
        "datastores": {name: datastore(d) for name, d in datastores.DATASTORES.get(account, {}).items()},
        "dynamodb": by_region(dynamodb_backends, account, tables),
        "ecs": by_region(ecs_backends, account, services),
        "autoscaling": by_region(autoscaling_backends, account, groups),
        "elbv2": by_region(elbv2_backends, account, target_groups),
        "scalable_targets": by_region(applicationautoscaling_backends, account, scalable_targets),
        "kms": by_region(kms_backends, account, lambda keys: {k.id: kms.described(k) for k in keys.keys.values()}),
        "secrets": by_region(secretsmanager_backends, account, lambda found: dict(secrets_manager.described(found))),
        "lambda": functions_of(account),
        "accelerators": accelerators.described(account),
        "schedules": by_region(scheduler_backends, account, schedules.described),
        "nodegroups": nodegroups.described(account),
        "rules": by_region(events_backends, account, events.described),
        "parameters": by_region(ssm_backends, account, parameters.described),
        "automations": automations.described(account),
        "routing_controls": routing_controls.described(account),
        "route53": zones(account),
        "changes": {change["Id"]: change["Status"] for change in CHANGES.by_id.values()},
    }


def functions_of(account: str) -> dict[str, Any]:
    regions = [region for owner, region in list(functions.FUNCTIONS) if owner == account]
    return {region: functions.described(account, region) for region in regions}


def by_region(backends: Any, account: str, describe: Any) -> dict[str, Any]:
    described = {region: describe(backend) for region, backend in list(backends[account].items())}
    return {region: found for region, found in described.items() if found}


def instances(backend: Any) -> dict[str, Any]:
    return {name: instance(found) for name, found in backend.databases.items()}


def instance(found: DBInstance) -> dict[str, Any]:
    return {
        "status": found.status,
        "source": found.source_db_instance_identifier,
        "replicas": found.replicas,
        "status_infos": found.status_infos,
        "backup_retention": found.backup_retention_period,
        "endpoint": found.address,
    }


def clusters(backend: Any) -> dict[str, Any]:
    return {name: cluster(found) for name, found in backend.clusters.items()}


def cluster(found: DBCluster) -> dict[str, Any]:
    kept = found.backend.cluster_snapshots.values()
    return {
        "status": found._status,
        "global": global_clusters.global_identifier(found),
        "writer": next((i.db_instance_identifier for i in found.members if i.is_cluster_writer), None),
        "instances": {i.db_instance_identifier: i.status for i in found.members},
        "endpoint": found.endpoint,
        "snapshots": {
            snapshot.db_cluster_snapshot_identifier: snapshot.status
            for snapshot in kept
            if snapshot.db_cluster_identifier == found.db_cluster_identifier
        },
    }


def global_cluster(found: GlobalCluster) -> dict[str, Any]:
    """`history` is every call that was to change it, and what happened to it since."""
    return {
        "status": found.status,
        "moving": found.failover_state and found.failover_state["Status"],
        "members": {
            global_clusters.name_of(member): {"writer": member.is_writer, "status": member.synchronization_status}
            for member in found.members
        },
        "history": list(found.history),
    }


def caches(backend: Any) -> dict[str, Any]:
    return {name: cache(found) for name, found in backend.replication_groups.items()}


def cache(found: ReplicationGroup) -> dict[str, Any]:
    shard = (found.node_groups or [{}])[0]
    endpoint = (found.cluster_enabled and found.configuration_endpoint) or shard.get("primary_endpoint")
    return {
        "status": found.status,
        "datastore": found.datastore and found.datastore.id,
        "role": found.global_replication_group_info.get("GlobalReplicationGroupMemberRole"),
        "takes_writes": datastores.takes_writes(found),
        "nodes": found.member_clusters,
        "automatic_failover": found.automatic_failover,
        "endpoint": endpoint and endpoint["address"],
    }


def datastore(found: datastores.Datastore) -> dict[str, Any]:
    """`history` is every call that was to change it, and what happened to it since."""
    return {
        "status": found.status,
        "primary": found.primary.name,
        "members": {member.name: {"role": member.role, "status": member.status} for member in found.members},
        "history": found.history,
    }


def tables(backend: Any) -> dict[str, Any]:
    return {name: table(found) for name, found in backend.tables.items()}


def table(found: Table) -> dict[str, Any]:
    """`replicas` are the others, with their status as it is seen from here."""
    members = found.group.members if found.group else {}
    return {
        "status": found.status,
        "consistency": found.group and found.group.consistency,
        "replicas": {region: status for region, status in members.items() if region != found.region_name},
        "items": len(found),
    }


def services(backend: Any) -> dict[str, Any]:
    return {f"{s.cluster_name}/{s.name}": service(backend, s) for s in backend.services.values()}


def service(backend: Any, found: Service) -> dict[str, Any]:
    definition = backend.describe_task_definition(found.task_definition)
    return {
        "status": found.status,
        "desired": found.desired_count,
        "running": found.running_count,
        "pending": found.pending_count,
        "task_definition": found.task_definition,
        "environment": {
            variable["name"]: variable["value"]
            for container in definition.container_definitions
            for variable in container.get("environment") or []
        },
        "deployments": [
            {key: deployment[key] for key in ("status", "rolloutState", "taskDefinition", "failedTasks")}
            for deployment in found.deployments
        ],
    }


def groups(backend: Any) -> dict[str, Any]:
    return {name: group(found) for name, found in backend.autoscaling_groups.items()}


def group(found: FakeAutoScalingGroup) -> dict[str, Any]:
    """How many instances are in each state."""
    return {
        "min": found.min_size,
        "max": found.max_size,
        "desired": found.desired_capacity,
        "instances": dict(Counter(instance.lifecycle_state for instance in found.instance_states)),
    }


def target_groups(backend: Any) -> dict[str, Any]:
    """How many targets are in each state."""
    return {
        group.name: dict(
            Counter(elbv2.health_of(group, target)[0] for target in [*group.targets, *group.deregistered_targets])
        )
        for group in backend.target_groups.values()
    }


def scalable_targets(backend: Any) -> dict[str, Any]:
    return {
        target.resource_id: scalable_target(target) for by_id in backend.targets.values() for target in by_id.values()
    }


def scalable_target(found: Any) -> dict[str, Any]:
    """Its limits, and what of its scaling is suspended, if anything is."""
    suspended = sorted(name for name, is_so in (found.suspended_state or {}).items() if is_so)
    limits = {"min": found.min_capacity, "max": found.max_capacity}
    return limits | ({"suspended": suspended} if suspended else {})


def zones(account: str) -> dict[str, Any]:
    return {
        zone_id: {
            "name": zone.name,
            "private": zone.private_zone,
            "records": [record(r) for r in zone.rrsets if r.type not in ("NS", "SOA")],
            "in_sync": [record(r) for r in served(zone) if r.type not in ("NS", "SOA")],
        }
        for zone_id, zone in route53_backends[account]["aws"].zones.items()
    }


def record(found: RecordSet) -> dict[str, Any]:
    described = {
        "name": found.name,
        "type": found.type,
        "ttl": found.ttl,
        "values": found.records,
        "alias": found.alias_target and found.alias_target["DNSName"],
        "set_identifier": found.set_identifier,
        "weight": found.weight,
        "failover": found.failover,
        "region": found.region,
        "multivalue": found.multi_value_answer,
        "health_check": found.health_check_id,
    }
    return {key: value for key, value in described.items() if value not in (None, [])}
