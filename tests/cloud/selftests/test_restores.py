"""RDS restores: from a replicated backup or a snapshot, with what is given and the defaults otherwise; and deletion."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

from support import VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until

BACKUP = "arn:aws:rds:us-west-2:123456789012:auto-backup:ab-archive"
PLAN = f"""
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.archive]
kind = "rds-restore"
source = "{BACKUP}"
instance = "archive"
subnet_group = "data"
parameter_group = "archive"

[component.older]
kind = "rds-restore"
source = "archive-kept"
instance = "older"
"""
FROM = {"SourceDBInstanceAutomatedBackupsArn": BACKUP, "TargetDBInstanceIdentifier": "archive"}


class Restores(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed(PLAN)
        self.boto = client("rds")

    def instance(self, name: str = "archive") -> dict:
        return self.boto.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def until(self, status: str, name: str = "archive") -> dict:
        wait_until(status, lambda: self.instance(name)["DBInstanceStatus"] == status)
        return self.instance(name)

    def test_a_backup_tells_how_far_it_reaches_and_what_is_made_of_it_is_set_by_default(self):
        control("POST", "/stages", {"rds.restore": VISIBLE_SECONDS})
        (backup,) = self.boto.describe_db_instance_automated_backups(DBInstanceAutomatedBackupsArn=BACKUP)["DBInstanceAutomatedBackups"]
        behind = time.time() - backup["RestoreWindow"]["LatestTime"].timestamp()
        self.assertTrue(290 < behind < 320, behind)
        self.boto.restore_db_instance_to_point_in_time(**FROM, UseLatestRestorableTime=True, Tags=[{"Key": "a", "Value": "b"}])
        self.assertEqual("creating", self.instance()["DBInstanceStatus"])
        self.refused("DBInstanceAlreadyExists", self.boto.restore_db_instance_to_point_in_time, **FROM, UseLatestRestorableTime=True)
        self.until("backing-up")
        found = self.until("available")
        self.assertEqual([{"Key": "a", "Value": "b"}], found["TagList"])
        self.assertEqual(["sg-default"], [group["VpcSecurityGroupId"] for group in found["VpcSecurityGroups"]])
        self.assertNotEqual("archive", found["DBParameterGroups"][0]["DBParameterGroupName"])
        self.assertNotIn("ReadReplicaSourceDBInstanceIdentifier", found)

    def test_what_is_given_is_so(self):
        given = {"DBSubnetGroupName": "data", "DBParameterGroupName": "archive", "VpcSecurityGroupIds": ["sg-1"], "MultiAZ": True}
        self.boto.restore_db_instance_to_point_in_time(**FROM, UseLatestRestorableTime=True, DBInstanceClass="db.r6g.xlarge", **given)
        found = self.until("available")
        told = (found["DBInstanceClass"], found["DBSubnetGroup"]["DBSubnetGroupName"], found["MultiAZ"])
        self.assertEqual(("db.r6g.xlarge", "data", True), told)
        self.assertEqual(("archive", "sg-1"), (found["DBParameterGroups"][0]["DBParameterGroupName"], found["VpcSecurityGroups"][0]["VpcSecurityGroupId"]))

    def test_a_moment_has_to_be_within_the_window(self):
        call = self.boto.restore_db_instance_to_point_in_time
        now = datetime.now(timezone.utc)
        self.refused("InvalidRestoreFault", call, **FROM, RestoreTime=now)
        self.refused("InvalidRestoreFault", call, **FROM, RestoreTime=now - timedelta(days=8))
        self.refused("InvalidParameterCombination", call, **FROM)
        knob("backup", region=WEST, backup=BACKUP, stopped=7200, status="retained")
        self.refused("InvalidRestoreFault", call, **FROM, RestoreTime=now - timedelta(hours=1))
        call(**FROM, RestoreTime=now - timedelta(hours=3))
        knob("backup", region=WEST, backup=BACKUP, gone=True)
        described = self.boto.describe_db_instance_automated_backups
        self.refused("DBInstanceAutomatedBackupNotFound", described, DBInstanceAutomatedBackupsArn=BACKUP, status=404)

    def test_a_snapshot_is_restored_and_what_is_deleted_leaves_one(self):
        control("POST", "/stages", {"rds.delete": VISIBLE_SECONDS})
        self.boto.restore_db_instance_from_db_snapshot(DBSnapshotIdentifier="archive-kept", DBInstanceIdentifier="older")
        self.until("available", "older")
        self.refused("InvalidParameterCombination", self.boto.delete_db_instance, DBInstanceIdentifier="older")
        self.boto.delete_db_instance(DBInstanceIdentifier="older", FinalDBSnapshotIdentifier="older-last")
        self.assertEqual("deleting", self.instance("older")["DBInstanceStatus"])
        gone = lambda: not self.boto.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ["older"]}])["DBInstances"]  # noqa: E731
        wait_until("gone", gone)
        (last,) = self.boto.describe_db_snapshots(DBSnapshotIdentifier="older-last")["DBSnapshots"]
        self.assertEqual("available", last["Status"])
        self.refused("DBSnapshotNotFound", self.boto.describe_db_snapshots, DBSnapshotIdentifier="no", status=404)
