"""RDS restores: automated backups that are replicated from another region, what is made of them, and deletion.

Follows the API reference of DescribeDBInstanceAutomatedBackups and RestoreDBInstanceToPointInTime by
SourceDBInstanceAutomatedBackupsArn (a moment outside of the window is an InvalidRestoreFault), the User Guide ("Restoring a
DB instance to a specified time": neither security groups nor the parameter group are those of the source unless they are
given; `creating`, then `backing-up`, then `available`), and DeleteDBInstance (without SkipFinalSnapshot the last snapshot
has to be named; `deleting` until it is gone). moto makes backups of snapshots, restores from none of them, and deletes at
once.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.rds.exceptions import DBInstanceAlreadyExists, RDSClientError
from moto.rds.models import DBInstance, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

import quotas
import rds
from clock import CLOCK
from patch import replaces


@replaces(RDSResponse)
def describe_account_attributes(self: RDSResponse) -> ActionResult:
    """How many instances of whatever engine there may be, and are (API reference)."""
    most = quotas.applied(self.current_account, self.region, "rds", "L-7B6409FD")
    own = {"AccountQuotaName": "DBInstances", "Used": len(self.backend.databases), "Max": int(most)}
    return ActionResult({"AccountQuotas": [own]})


moto_backups = RDSResponse.describe_db_instance_automated_backups
moto_restore = RDSResponse.restore_db_instance_to_point_in_time
moto_from_snapshot = RDSResponse.restore_db_instance_from_db_snapshot
moto_delete = RDSBackend.delete_db_instance
DEFAULT_GROUP = "sg-default"
ENGINE = {"engine": "postgres", "engine_version": "15.4"}


@dataclass
class Backup:
    arn: str
    status: str = "replicating"
    # How far it is behind, in seconds: it goes on, unless it has stopped at a moment.
    behind: float = 300.0
    stopped_at: float | None = None
    reaches: float = 7 * 86_400.0

    @property
    def latest(self) -> float:
        return self.stopped_at or time.time() - self.behind

    def told(self) -> dict[str, Any]:
        window = {"EarliestTime": moment(time.time() - self.reaches), "LatestTime": moment(self.latest)}
        told = {"DBInstanceAutomatedBackupsArn": self.arn, "Status": self.status, "RestoreWindow": window}
        return told | {"Engine": ENGINE["engine"], "EngineVersion": ENGINE["engine_version"], "Port": 5432}


BACKUPS: dict[tuple[str, str], dict[str, Backup]] = defaultdict(dict)


def reset() -> None:
    BACKUPS.clear()


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def find(backend: RDSBackend, arn: str) -> Backup:
    found = BACKUPS[backend.account_id, backend.region_name].get(arn)
    if found is None:
        raise RDSClientError("DBInstanceAutomatedBackupNotFound", f"Automated backup {arn} not found.")
    return found


@replaces(RDSResponse)
def describe_db_instance_automated_backups(self: RDSResponse) -> ActionResult:
    arn = self.params.get("DBInstanceAutomatedBackupsArn")
    if arn is None:
        return moto_backups(self)
    return ActionResult({"DBInstanceAutomatedBackups": [find(self.backend, arn).told()]})


@replaces(RDSResponse)
def restore_db_instance_to_point_in_time(self: RDSResponse) -> ActionResult:
    arn = self.params.get("SourceDBInstanceAutomatedBackupsArn")
    if arn is None:
        return moto_restore(self)
    backup = find(self.backend, arn)
    wanted = self.params.get("RestoreTime")
    if (wanted is None) == (not self.params.get("UseLatestRestorableTime")):
        raise RDSClientError("InvalidParameterCombination", "Either RestoreTime or UseLatestRestorableTime is wanted.")
    at = wanted and (wanted if isinstance(wanted, datetime) else datetime.fromisoformat(str(wanted).replace("Z", "+00:00")))
    if at and not time.time() - backup.reaches <= at.timestamp() <= backup.latest:
        raise RDSClientError("InvalidRestoreFault", "The specified time is not within the restore window.")
    return ActionResult({"DBInstance": make(self.backend, self.params["TargetDBInstanceIdentifier"], self.params)})


@replaces(RDSResponse)
def restore_db_instance_from_db_snapshot(self: RDSResponse) -> ActionResult:
    self.backend.describe_db_snapshots(None, self.params["DBSnapshotIdentifier"])
    return ActionResult({"DBInstance": make(self.backend, self.params["DBInstanceIdentifier"], self.params)})


def make(backend: RDSBackend, identifier: str, given: dict[str, Any]) -> DBInstance:
    """An instance of its own, set as is given, and by default where it is not."""
    if identifier in backend.databases:
        raise DBInstanceAlreadyExists
    wanted = {
        "db_instance_identifier": identifier,
        "db_instance_class": given.get("DBInstanceClass") or "db.r6g.large",
        **ENGINE,
        "port": 5432,
        "allocated_storage": 100,
        "master_username": "landfall",
        "master_user_password": "not-a-secret",
        "backup_retention_period": 7,
        "multi_az": bool(given.get("MultiAZ")),
        "vpc_security_group_ids": given.get("VpcSecurityGroupIds") or [DEFAULT_GROUP],
        "tags": list(given.get("Tags") or []),
    }
    for name, key in (("DBSubnetGroupName", "db_subnet_group_name"), ("DBParameterGroupName", "db_parameter_group_name")):
        if given.get(name):
            wanted[key] = given[name]
    instance = backend.create_db_instance(wanted)
    CLOCK.cancel(instance)
    instance.status = "creating"
    backing_up, available = rds.become(instance, "backing-up"), rds.become(instance, "available")
    CLOCK.in_turn(instance, [("rds.restore.creating", backing_up), ("rds.restore.backing-up", available)])
    return instance


@replaces(RDSBackend)
def delete_db_instance(
    self: RDSBackend,
    db_instance_identifier: str,
    final_db_snapshot_identifier: str | None = None,
    skip_final_snapshot: bool | None = False,
    delete_automated_backups: bool | None = True,
) -> DBInstance:
    instance = rds.find(self, db_instance_identifier)
    given = (db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, delete_automated_backups)
    if instance.is_replica or instance.db_cluster_identifier or instance.deletion_protection:
        return moto_delete(self, *given)
    if not skip_final_snapshot and not final_db_snapshot_identifier:
        message = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
        raise RDSClientError("InvalidParameterCombination", message)
    if instance.status == "deleting":
        raise rds.InvalidState(f"Instance {db_instance_identifier} is already being deleted.")
    CLOCK.cancel(instance)
    instance.status = "deleting"

    def gone() -> None:
        moto_delete(self, *given)

    CLOCK.in_turn(instance, [("rds.delete", gone)])
    return instance


def put(account: str, region: str, source: str) -> None:
    """A backup by its ARN, or a snapshot by its name."""
    if source.startswith("arn:") and ":auto-backup:" in source:
        BACKUPS[account, region][source] = Backup(source)
        return
    backend = rds_backends[account][region]
    origin = make(backend, f"{source[:40]}-origin", {})
    CLOCK.advance()
    backend.create_db_snapshot(origin.db_instance_identifier, source.rsplit(":", 1)[-1])
    CLOCK.cancel(origin)
    del backend.databases[origin.db_instance_identifier]


def put_groups(account: str, region: str, subnet_group: str | None, parameter_group: str | None) -> None:
    """What a plan names, so that it can be given."""
    backend = rds_backends[account][region]
    if subnet_group and subnet_group not in backend.subnet_groups:
        subnets = ec2_backends[account][region].describe_subnets()[:2]
        backend.create_subnet_group(subnet_group, "landfall", subnets, [])
    if parameter_group and parameter_group not in backend.db_parameter_groups:
        backend.create_db_parameter_group(
            {
                "db_parameter_group_name": parameter_group,
                "db_parameter_group_family": "postgres15",
                "description": "landfall",
                "tags": [],
            }
        )


# Knobs (POST /_cloud/knob)


def knob_backup(
    region: str,
    backup: str,
    status: str | None = None,
    behind: float | None = None,
    stopped: float | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The backup has this `status`, is so many seconds `behind`, `stopped` so many seconds ago; it is no more (`gone`)."""
    if gone:
        del BACKUPS[account, region][backup]
        return
    found = BACKUPS[account, region][backup]
    found.status = status or found.status
    found.behind = found.behind if behind is None else behind
    found.stopped_at = found.stopped_at if stopped is None else time.time() - stopped
