"""RDS instances and their cross-region read replicas, staged as AWS stages them.

Follows the RDS User Guide ("Working with DB instance read replicas", "Renaming a DB instance", "Stopping an Amazon
RDS DB instance temporarily") and the API reference of each operation. There is no `promoting` status: an instance
under promotion is `available` for a while yet, then `modifying`, `rebooting`, `backing-up`, `available`; only the
loss of its source identifier tells that it is done.
"""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.rds.exceptions import (
    DBInstanceAlreadyExists,
    DBInstanceNotFoundError,
    OptionGroupNotFoundFaultError,
    RDSClientError,
)
from moto.rds.models import DBInstance, RDSBackend, rds_backends

from clock import CLOCK, SHORTEST
from patch import replaces

moto_create = RDSBackend.create_db_instance
moto_create_replica = RDSBackend.create_db_instance_read_replica
moto_modify = RDSBackend.modify_db_instance

# Seconds of lag history a new replica has, so that a metric is there to be read at once.
LAG_HISTORY = 4 * 3600

# What instances have until a change or one of the knobs below sets it on them.
DBInstance.promoting = False
DBInstance.promotion_stuck = False
DBInstance.replication_status = "replicating"
DBInstance.pending_modified_values = None
DBInstance.lag_since = None
DBInstance.lag_until = None
DBInstance.lag_settings = ()
DBInstance.lag_source = None
# The name by which clients write to an instance, and when it was not there or not up under it: (gone, up again, back).
DBInstance.home = None
DBInstance.absences = ()

# What waits for the maintenance window unless ApplyImmediately says otherwise, as PendingModifiedValues names it (RDS User Guide,
# "Settings for DB instances").
LATER = {
    "db_instance_class": "DBInstanceClass",
    "multi_az": "MultiAZ",
    "engine_version": "EngineVersion",
    "allocated_storage": "AllocatedStorage",
    "iops": "Iops",
    "storage_throughput": "StorageThroughput",
    "storage_type": "StorageType",
    "ca_certificate_identifier": "CACertificateIdentifier",
}
# When the authority rds-ca-rsa2048-g1 ends.
AUTHORITY_ENDS = datetime(2061, 8, 25, tzinfo=UTC)
DBInstance.certificate_until = AUTHORITY_ENDS
DBInstance.certificate_details = property(
    lambda self: {"CAIdentifier": "rds-ca-rsa2048-g1", "ValidTill": self.certificate_until}
)


def latest_restorable_time(self: DBInstance) -> datetime | None:
    """Where there are no backups, there is none."""
    return datetime.now(UTC) if self.backup_retention_period else None


DBInstance.latest_restorable_time = property(latest_restorable_time)

# What AWS lets be changed: it works, and nothing is done to it that cannot be done twice.
CHANGEABLE = ("available", "storage-optimization")


def has_backups_of_its_own(instance: DBInstance) -> bool:
    """Whether a replica may keep automated backups (RDS User Guide, "Differences between read replicas of different DB engines")."""
    major, minor = [*(int(part) for part in instance.engine_version.split(".")[:2]), 0][:2]
    return instance.engine in ("mysql", "mariadb") or (instance.engine == "postgres" and (major, minor) >= (14, 1))


class InvalidState(RDSClientError):
    """`InvalidDBInstanceStateFault`, whose code on the wire is `InvalidDBInstanceState`."""

    def __init__(self, message: str) -> None:
        super().__init__("InvalidDBInstanceState", message)


def resource_id() -> str:
    """DbiResourceId: its own for every instance that ever was."""
    return f"db-{uuid.uuid4().hex[:26].upper()}"


def find(backend: RDSBackend, identifier: str) -> DBInstance:
    if identifier not in backend.databases:
        raise DBInstanceNotFoundError(identifier)
    return backend.databases[identifier]


def require_available(instance: DBInstance, verb: str) -> None:
    if instance.status not in CHANGEABLE:
        raise InvalidState(
            f"Cannot {verb} DB instance {instance.db_instance_identifier}: it is {instance.status}, not available."
        )


def become(instance: DBInstance, status: str) -> Any:
    """An action for the clock."""
    return lambda: setattr(instance, "status", status)


def status_infos(instance: DBInstance) -> list[dict[str, Any]]:
    """Replication state, on replicas only (DBInstanceStatusInfo)."""
    if not instance.is_replica:
        return []
    status = instance.replication_status
    return [{"StatusType": "read replication", "Normal": status == "replicating", "Status": status}]


DBInstance.status_infos = property(status_infos)


@replaces(DBInstance)
def remove_replica(self: DBInstance, replica: DBInstance) -> None:
    """A source lists replicas of its own region by id, others by ARN."""
    gone = (replica.db_instance_identifier, replica.db_instance_arn)
    self.replicas = [known for known in self.replicas if known not in gone]


def default_option_group(instance: DBInstance) -> str:
    """As RDS calls it: by the major version alone (RDS User Guide, "Working with option groups")."""
    parts = instance.engine_version.split(".")
    is_one = "postgres" in instance.engine and int(parts[0]) >= 10
    return f"default:{instance.engine}-{'-'.join(parts[:1] if is_one else parts[:2])}"


@replaces(RDSBackend)
def create_db_instance(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    named = db_kwargs.get("option_group_name") or ""
    is_default = named.startswith("default:")
    if is_default:
        db_kwargs["option_group_name"] = None
    instance = moto_create(self, db_kwargs)
    if is_default and named != default_option_group(instance):
        del self.databases[instance.db_instance_identifier]
        raise OptionGroupNotFoundFaultError(named)
    # Of a cluster's instances the cluster has it.
    if (is_default or not named) and not db_kwargs.get("db_cluster_identifier"):
        instance.option_group_name = default_option_group(instance)
    instance.dbi_resource_id = resource_id()
    instance.home = instance.db_instance_identifier
    instance.absences = ()
    instance.status = "creating"
    CLOCK.in_turn(instance, [("rds.create", become(instance, "available"))])
    return instance


@replaces(RDSBackend)
def create_db_instance_read_replica(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    """The source must be available and keep backups (CreateDBInstanceReadReplica)."""
    identifier = db_kwargs["db_instance_identifier"]
    if identifier in self.databases:
        raise DBInstanceAlreadyExists
    source = self.find_db_from_id(db_kwargs["source_db_instance_identifier"])
    require_available(source, "create a read replica of")
    if not source.backup_retention_period:
        raise InvalidState(f"Automated backups are not enabled for {source.db_instance_identifier}.")
    is_elsewhere = source.db_instance_arn.split(":")[3] != self.region_name
    if is_elsewhere and getattr(source, "storage_encrypted", False) and not db_kwargs.get("kms_key_id"):
        # "If you create an encrypted read replica in a different AWS Region, you must specify a KMS key" (KmsKeyId).
        raise RDSClientError("InvalidParameterCombination", "A KMS key of the destination region is needed: KmsKeyId.")
    # moto looks for it where the source is.
    subnets = db_kwargs.pop("db_subnet_group_name", None) if is_elsewhere else None
    replica = moto_create_replica(self, db_kwargs)
    replica.availability_zone = f"{self.region_name}a"
    if is_elsewhere:
        come_to(replica, self, subnets, db_kwargs)
    replica.backup_retention_period = 0
    replica.preferred_backup_window, replica.preferred_maintenance_window = windows()
    replica.tags = list(db_kwargs.get("tags") or [])
    replica.dbi_resource_id = resource_id()
    replica.home = identifier
    replica.absences = ()
    replica.lag_source = source
    replica.lag_since = time.time() - LAG_HISTORY
    replica.lag_until = None
    replica.lag_settings = ()
    replica.replication_status = "replicating"
    replica.promoting = replica.promotion_stuck = False
    replica.status = "creating"
    CLOCK.in_turn(replica, [("rds.create", become(replica, "available"))])
    return replica


def windows() -> tuple[str, str]:
    """Of its own for each that is made: "a 30-minute window selected at random from an 8-hour block of time" (API Reference,
    PreferredBackupWindow, PreferredMaintenanceWindow, which CreateDBInstanceReadReplica does not take)."""
    drawn = random.randrange(8 * 60 - 30)
    backup, maintenance = 3 * 60 + drawn, 13 * 60 + drawn
    told = [f"{minute // 60:02}:{minute % 60:02}" for minute in (backup, backup + 30, maintenance, maintenance + 30)]
    return f"{told[0]}-{told[1]}", f"thu:{told[2]}-thu:{told[3]}"


def come_to(replica: DBInstance, backend: RDSBackend, subnets: str | None, wanted: dict[str, Any]) -> None:
    """What is of a region has to be of the replica's own, and is the default there unless another is given: its network, security
    groups, parameter and option group; it stands in one zone (API Reference, CreateDBInstanceReadReplica: DBSubnetGroupName,
    VpcSecurityGroupIds, DBParameterGroupName, OptionGroupName, MultiAZ)."""
    replica.db_subnet_group = None
    replica.db_subnet_group_name = subnets
    if not wanted.get("db_parameter_group_name"):
        replica.db_parameter_group_name = None
    if not wanted.get("option_group_name"):
        replica.option_group_name = default_option_group(replica)
    replica.multi_az = bool(wanted.get("multi_az"))
    network = ec2_backends[backend.account_id][backend.region_name]
    home = replica.db_subnet_group.vpc_id if replica.db_subnet_group else network.default_vpc.id
    given = wanted.get("vpc_security_group_ids")
    # Not the list that it has with its source in common.
    replica.vpc_security_group_ids = list(given) if given else [network.get_default_security_group(home).id]


@replaces(RDSBackend)
def promote_read_replica(self: RDSBackend, db_kwargs: dict[str, Any]) -> DBInstance:
    """PromoteReadReplica: BackupRetentionPeriod is 1 unless given; a backup follows if it is not 0."""
    replica = find(self, db_kwargs["db_instance_identifier"])
    if not replica.is_replica:
        raise InvalidState(f"DB Instance {replica.db_instance_identifier} is not a read replica.")
    require_available(replica, "promote")
    if replica.promoting:
        raise InvalidState(f"DB Instance {replica.db_instance_identifier} is already being promoted.")
    retention = db_kwargs.get("backup_retention_period")
    retention = 1 if retention is None else retention

    def reboot() -> None:
        replica.backup_retention_period = retention
        if db_kwargs.get("preferred_backup_window"):
            replica.preferred_backup_window = db_kwargs["preferred_backup_window"]
        replica.status = "rebooting"

    def stand_alone() -> None:
        source = find_anywhere(replica)
        if source is not None:
            source.remove_replica(replica)
        replica.is_replica = False
        replica.source_db_instance_identifier = None
        replica.lag_until = CLOCK.wall()
        replica.promoting = False
        replica.status = "available"

    backup = [("rds.promote.rebooting", become(replica, "backing-up"))] if retention else []
    replica.promoting = True
    CLOCK.in_turn(
        replica,
        [
            ("rds.promote.available", become(replica, "modifying")),
            ("rds.promote.modifying", reboot),
            *backup,
            ("rds.promote.backing-up" if retention else "rds.promote.rebooting", stand_alone),
        ],
        hold=lambda: replica.promotion_stuck and replica.status == "modifying",
    )
    return replica


def find_anywhere(replica: DBInstance) -> DBInstance | None:
    """The replica's source, if it still exists."""
    try:
        return replica.backend.find_db_from_id(replica.source_db_instance_identifier)
    except DBInstanceNotFoundError:
        return None


@replaces(RDSBackend)
def modify_db_instance(self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
    """A rename waits for the maintenance window unless ApplyImmediately, and so do others; the rest is as moto makes it."""
    instance = find(self, db_instance_identifier)
    require_available(instance, "modify")
    new_identifier = db_kwargs.get("new_db_instance_identifier")
    if new_identifier is None:
        later = {} if db_kwargs.get("apply_immediately") else {name: LATER[name] for name in LATER if name in db_kwargs}
        waiting = {told: db_kwargs[name] for name, told in later.items()}
        now = {name: value for name, value in db_kwargs.items() if name not in later}
        if db_kwargs.get("apply_immediately"):
            instance.pending_modified_values = None
        elif waiting:
            instance.pending_modified_values = (instance.pending_modified_values or {}) | waiting
        days = db_kwargs.get("backup_retention_period") or 0
        if days and instance.is_replica and not has_backups_of_its_own(instance):
            raise RDSClientError(
                "InvalidParameterCombination", f"No automated backups are kept of read replicas of {instance.engine}."
            )
        begins = days and not instance.backup_retention_period and db_kwargs.get("apply_immediately")
        changed = moto_modify(self, db_instance_identifier, now)
        # Where its stages take no time there is none in which it is seen.
        if begins and CLOCK.duration("rds.backups.backing-up") > SHORTEST:
            # "Automated backups are enabled": the first is taken at once (RDS User Guide, "Enabling automated backups").
            instance.status = "modifying"
            first = [
                ("rds.backups.modifying", become(instance, "backing-up")),
                ("rds.backups.backing-up", become(instance, "available")),
            ]
            CLOCK.in_turn(instance, first)
        return changed
    if new_identifier in self.databases:
        raise DBInstanceAlreadyExists
    if not db_kwargs.get("apply_immediately"):
        instance.pending_modified_values = {"DBInstanceIdentifier": new_identifier}
        return instance

    def take_the_name() -> None:
        rename(self, instance, new_identifier)
        instance.pending_modified_values = None
        if db_kwargs.get("vpc_security_group_ids"):
            instance.vpc_security_group_ids = db_kwargs["vpc_security_group_ids"]
        instance.status = "rebooting"
        if new_identifier != instance.home:
            instance.absences += (Absence(gone=CLOCK.wall()),)

    def come_up() -> None:
        instance.status = "available"
        for absence in instance.absences:
            absence.up = absence.up or CLOCK.wall()
            if instance.db_instance_identifier == instance.home:
                absence.back = absence.back or CLOCK.wall()

    instance.pending_modified_values = {"DBInstanceIdentifier": new_identifier}

    CLOCK.in_turn(
        instance,
        [
            ("rds.rename.available", become(instance, "modifying")),
            ("rds.rename.modifying", become(instance, "renaming")),
            ("rds.rename.renaming", take_the_name),
            ("rds.rename.rebooting", come_up),
        ],
    )
    return instance


@dataclass
class Absence:
    """From when on an instance was not there under the name by which it is written to, since when it has been up under
    another, and since when it is back. Seconds since the epoch."""

    gone: float
    up: float | None = None
    back: float | None = None


def rename(backend: RDSBackend, instance: DBInstance, new_identifier: str) -> None:
    """The old id is gone; the instance's replicas, and its source if it is one, know it by the new one."""
    old_identifier, old_arn = instance.db_instance_identifier, instance.db_instance_arn
    source = find_anywhere(instance) if instance.is_replica else None
    del backend.databases[old_identifier]
    instance.db_instance_identifier = new_identifier
    backend.databases[new_identifier] = instance
    renamed = {old_identifier: new_identifier, old_arn: instance.db_instance_arn}
    if source is not None:
        source.replicas = [renamed.get(known, known) for known in source.replicas]
    for region, other in rds_backends[backend.account_id].items():
        for replica in other.databases.values():
            known = replica.source_db_instance_identifier
            if known == old_arn or (known == old_identifier and region == backend.region_name):
                replica.source_db_instance_identifier = renamed[known]


@replaces(RDSBackend)
def stop_db_instance(
    self: RDSBackend, db_instance_identifier: str, db_snapshot_identifier: str | None = None
) -> DBInstance:
    """An instance that has a read replica, or is one, can't be stopped."""
    instance = find(self, db_instance_identifier)
    if instance.replicas or instance.is_replica:
        raise InvalidState(f"Cannot stop DB instance {db_instance_identifier}: it has or is a read replica.")
    require_available(instance, "stop")
    if db_snapshot_identifier:
        self.create_db_snapshot(db_instance_identifier, db_snapshot_identifier)
    instance.status = "stopping"
    CLOCK.in_turn(instance, [("rds.stop", become(instance, "stopped"))])
    return instance


@replaces(RDSBackend)
def start_db_instance(self: RDSBackend, db_instance_identifier: str) -> DBInstance:
    instance = find(self, db_instance_identifier)
    if instance.status != "stopped":
        raise InvalidState(f"Cannot start DB instance {db_instance_identifier}: it is {instance.status}.")
    instance.status = "starting"
    CLOCK.in_turn(instance, [("rds.start", become(instance, "available"))])
    return instance


@replaces(RDSBackend)
def reboot_db_instance(self: RDSBackend, db_instance_identifier: str) -> DBInstance:
    instance = find(self, db_instance_identifier)
    require_available(instance, "reboot")
    instance.status = "rebooting"
    instance.parameters_applied = "in-sync"
    CLOCK.in_turn(instance, [("rds.reboot", become(instance, "available"))])
    return instance


# Knobs (POST /_cloud/knob)


def knob_promotion_stuck(region: str, instance: str, on: bool = True, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """A promotion of the instance stays in `modifying` for as long as this is on."""
    find(rds_backends[account][region], instance).promotion_stuck = on


def knob_instance_status(region: str, instance: str, status: str, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The instance is in this status, and whatever was going on with it ends (`storage-full`, ...)."""
    found = find(rds_backends[account][region], instance)
    CLOCK.cancel(found)
    found.promoting = False
    found.status = status


def knob_replication(region: str, instance: str, status: str, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The replica's StatusInfos: `replicating` (normal), `error`, `stopped`, `terminated`, ..."""
    find(rds_backends[account][region], instance).replication_status = status


def knob_certificate(region: str, instance: str, days: float, account: str = DEFAULT_ACCOUNT_ID) -> None:
    """The instance's server certificate is valid for so many days."""
    find(rds_backends[account][region], instance).certificate_until = datetime.now(UTC) + timedelta(days=days)
