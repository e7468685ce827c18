"""RDS: promotion, rename, stop, refusals."""

from __future__ import annotations

from datetime import UTC, datetime

from support import EAST, STAGE_SECONDS, VISIBLE_SECONDS, WEST, CloudTest, client, control, knob, wait_until


class Rds(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        control("POST", "/stages", {"rds.promote": VISIBLE_SECONDS, "rds.rename": VISIBLE_SECONDS})
        self.east, self.west = client("rds", EAST), client("rds", WEST)

    def instance(self, rds=None, identifier="orders-replica"):
        return (rds or self.west).describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]

    def statuses_until_available(self, rds, identifier, seen_status):
        """Every status in turn, until `available` comes after `seen_status`."""
        seen = []

        def look():
            status = self.instance(rds, identifier)["DBInstanceStatus"]
            if not seen or seen[-1] != status:
                seen.append(status)
            return seen_status in seen and status == "available"

        wait_until(f"{identifier} available after {seen_status}", look)
        return seen

    def test_a_replica_in_another_region_has_what_is_the_default_there_unless_it_is_given(self):
        groups = lambda one: [group["VpcSecurityGroupId"] for group in one["VpcSecurityGroups"]]  # noqa: E731
        source = self.instance(self.east, "orders")
        networks = client("ec2", WEST)
        default = {"Name": "group-name", "Values": ["default"]}
        (home,) = networks.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]

        def default_of(vpc):
            found = networks.describe_security_groups(Filters=[default, {"Name": "vpc-id", "Values": [vpc]}])
            return found["SecurityGroups"][0]["GroupId"]

        self.assertEqual([default_of(home["VpcId"])], groups(self.instance()))
        self.assertNotEqual(groups(source), groups(self.instance()))
        vpc = networks.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
        own = networks.create_security_group(GroupName="own", Description="own", VpcId=vpc)["GroupId"]
        subnets = [
            networks.create_subnet(VpcId=vpc, CidrBlock=f"10.8.{n}.0/24", AvailabilityZone=f"{WEST}{'ab'[n]}")["Subnet"]["SubnetId"]
            for n in range(2)
        ]
        self.west.create_db_subnet_group(DBSubnetGroupName="west", DBSubnetGroupDescription="west", SubnetIds=subnets)
        where = {"SourceDBInstanceIdentifier": source["DBInstanceArn"], "DBSubnetGroupName": "west"}
        for name, given, wanted in [("second", {}, [default_of(vpc)]), ("third", {"VpcSecurityGroupIds": [own]}, [own])]:
            self.west.create_db_instance_read_replica(DBInstanceIdentifier=name, **where, **given)
            replica = self.instance(identifier=name)
            self.assertEqual((wanted, "west", False), (groups(replica), replica["DBSubnetGroup"]["DBSubnetGroupName"], replica["MultiAZ"]))
            self.assertEqual(["default.postgres15"], [group["DBParameterGroupName"] for group in replica["DBParameterGroups"]])
        self.assertEqual(groups(source), groups(self.instance(self.east, "orders")))

    def test_a_replica_tells_of_its_replication_and_its_source(self):
        replica = self.instance()
        self.assertEqual(
            [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}], replica["StatusInfos"]
        )
        source = self.instance(self.east, "orders")
        self.assertEqual(source["DBInstanceArn"], replica["ReadReplicaSourceDBInstanceIdentifier"])
        self.assertEqual([replica["DBInstanceArn"]], source["ReadReplicaDBInstanceIdentifiers"])
        self.assertNotIn("StatusInfos", {k: v for k, v in source.items() if v})
        self.assertEqual((7, 0), (source["BackupRetentionPeriod"], replica["BackupRetentionPeriod"]))
        self.assertEqual("us-west-2a", replica["AvailabilityZone"])

    def test_a_replica_has_windows_of_its_own_and_its_first_backup_is_taken_once_it_is_to_keep_any(self):
        source, replica = self.instance(self.east, "orders"), self.instance()
        for window in ("PreferredBackupWindow", "PreferredMaintenanceWindow"):
            self.assertNotEqual(source[window], replica[window])
        control("POST", "/stages", {"rds.backups": VISIBLE_SECONDS})
        wanted = {"PreferredBackupWindow": "04:00-04:30", "PreferredMaintenanceWindow": "sun:05:00-sun:05:30"}
        named = {"DBInstanceIdentifier": "orders-replica", "ApplyImmediately": True}
        self.west.modify_db_instance(**named, BackupRetentionPeriod=14, **wanted)
        self.assertEqual(["modifying", "backing-up", "available"], self.statuses_until_available(self.west, "orders-replica", "backing-up"))
        replica = self.instance()
        self.assertEqual((14, wanted), (replica["BackupRetentionPeriod"], {name: replica[name] for name in wanted}))
        # From some days to others no backup is taken.
        self.west.modify_db_instance(**named, BackupRetentionPeriod=7)
        self.assertEqual(("available", 7), (self.instance()["DBInstanceStatus"], self.instance()["BackupRetentionPeriod"]))

    def test_what_is_set_in_a_group_counts_at_once_or_after_a_restart(self):
        group = self.instance(self.west)["DBParameterGroups"][0]["DBParameterGroupName"]
        parameter = {"ParameterName": "max_connections", "ParameterValue": "5", "ApplyMethod": "pending-reboot"}
        self.west.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[parameter])
        status = lambda: self.instance()["DBParameterGroups"][0]["ParameterApplyStatus"]
        self.assertEqual("pending-reboot", status())
        told = self.west.describe_db_parameters(DBParameterGroupName=group, Source="user")["Parameters"]
        self.assertEqual([("max_connections", "5", "user")], [(p["ParameterName"], p["ParameterValue"], p["Source"]) for p in told])
        self.assertEqual([], self.west.describe_db_parameters(DBParameterGroupName=group, Source="system")["Parameters"])
        self.west.reboot_db_instance(DBInstanceIdentifier="orders-replica")
        self.assertEqual("in-sync", status())
        self.assertEqual([], self.west.describe_db_parameters(DBParameterGroupName="default.postgres15")["Parameters"])
        with self.assertRaises(self.west.exceptions.DBParameterGroupNotFoundFault):
            self.west.describe_db_parameters(DBParameterGroupName="nobodys")

    def test_what_is_not_applied_at_once_waits(self):
        change = {"DBInstanceIdentifier": "orders-replica", "DBInstanceClass": "db.r6g.xlarge", "BackupRetentionPeriod": 3}
        self.assertNotIn("LatestRestorableTime", self.instance())
        self.west.modify_db_instance(**change)
        waiting = self.instance()
        self.assertEqual(("db.r6g.large", {"DBInstanceClass": "db.r6g.xlarge"}), (waiting["DBInstanceClass"], waiting["PendingModifiedValues"]))
        self.assertIn("LatestRestorableTime", waiting, "backups are kept from now on")
        self.west.modify_db_instance(ApplyImmediately=True, **change)
        now = self.instance()
        self.assertEqual("db.r6g.xlarge", now["DBInstanceClass"])
        self.assertFalse(now.get("PendingModifiedValues"))
        knob("db-certificate", region=WEST, instance="orders-replica", days=10)
        left = self.instance()["CertificateDetails"]["ValidTill"] - datetime.now(UTC)
        self.assertEqual(9, left.days)

    def test_a_promotion_passes_its_stages_and_detaches_only_at_the_end(self):
        answer = self.west.promote_read_replica(DBInstanceIdentifier="orders-replica", BackupRetentionPeriod=5)
        self.assertEqual("available", answer["DBInstance"]["DBInstanceStatus"])
        seen, attached_while = [], set()

        def done():
            # Looked at first: what the source lists is attached no longer than the replica seen after it.
            listed = self.instance(self.east, "orders")["ReadReplicaDBInstanceIdentifiers"]
            replica = self.instance()
            status = replica["DBInstanceStatus"]
            attached = "ReadReplicaSourceDBInstanceIdentifier" in replica
            if attached:
                attached_while.add(status)
                self.assertEqual(1, len(listed))
            if not seen or seen[-1] != status:
                seen.append(status)
            return not attached

        wait_until("the source identifier is gone", done)
        self.assertEqual(["available", "modifying", "rebooting", "backing-up", "available"], seen)
        self.assertEqual({"available", "modifying", "rebooting", "backing-up"}, attached_while)
        self.assertEqual([], self.instance(self.east, "orders")["ReadReplicaDBInstanceIdentifiers"])
        replica = self.instance()
        self.assertEqual((5, []), (replica["BackupRetentionPeriod"], replica.get("StatusInfos", [])))

    def test_a_rename_can_bring_other_security_groups_and_says_what_comes(self):
        control("POST", "/stages", {"rds.rename": VISIBLE_SECONDS})
        before = self.instance(self.east, "orders")
        self.east.modify_db_instance(
            DBInstanceIdentifier="orders",
            NewDBInstanceIdentifier="orders-fenced",
            VpcSecurityGroupIds=["sg-none"],
            ApplyImmediately=True,
        )
        self.assertEqual("orders-fenced", self.instance(self.east, "orders")["PendingModifiedValues"]["DBInstanceIdentifier"])
        wait_until("renamed", lambda: "orders-fenced" in control("GET", "/state")["rds"][EAST])
        after = self.instance(self.east, "orders-fenced")
        self.assertEqual("rebooting", after["DBInstanceStatus"])
        self.assertEqual(["sg-none"], [group["VpcSecurityGroupId"] for group in after["VpcSecurityGroups"]])
        self.assertEqual(before["DbiResourceId"], after["DbiResourceId"], "it is the same instance")
        self.assertNotEqual(before["DbiResourceId"], self.instance()["DbiResourceId"])

    def test_what_is_being_optimised_can_be_changed_and_what_is_being_backed_up_cannot(self):
        knob("instance-status", region=WEST, instance="orders-replica", status="backing-up")
        self.refused("InvalidDBInstanceState", self.west.promote_read_replica, DBInstanceIdentifier="orders-replica")
        knob("instance-status", region=WEST, instance="orders-replica", status="storage-optimization")
        self.west.promote_read_replica(DBInstanceIdentifier="orders-replica")

    def test_a_promotion_without_backups_has_no_backing_up(self):
        self.west.promote_read_replica(DBInstanceIdentifier="orders-replica", BackupRetentionPeriod=0)
        seen = self.statuses_until_available(self.west, "orders-replica", "rebooting")
        self.assertEqual(["available", "modifying", "rebooting", "available"], seen)

    def test_promotions_that_cannot_be_are_refused(self):
        self.refused("DBInstanceNotFound", self.west.promote_read_replica, DBInstanceIdentifier="nobody", status=404)
        self.refused("InvalidDBInstanceState", self.east.promote_read_replica, DBInstanceIdentifier="orders")
        self.west.promote_read_replica(DBInstanceIdentifier="orders-replica")
        self.refused("InvalidDBInstanceState", self.west.promote_read_replica, DBInstanceIdentifier="orders-replica")

    def test_a_stuck_promotion_stays_modifying_until_let_go(self):
        knob("promotion-stuck", region=WEST, instance="orders-replica")
        self.west.promote_read_replica(DBInstanceIdentifier="orders-replica")
        wait_until("modifying", lambda: self.instance()["DBInstanceStatus"] == "modifying")
        control("POST", "/stages", {"rds.stop": 6 * STAGE_SECONDS})
        self.east.create_db_instance(
            DBInstanceIdentifier="timer",
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="u",
            MasterUserPassword="password",
        )
        wait_until("timer ready", lambda: self.instance(self.east, "timer")["DBInstanceStatus"] == "available")
        self.east.stop_db_instance(DBInstanceIdentifier="timer")
        wait_until("six stages", lambda: self.instance(self.east, "timer")["DBInstanceStatus"] == "stopped")
        self.assertEqual("modifying", self.instance()["DBInstanceStatus"])
        knob("promotion-stuck", region=WEST, instance="orders-replica", on=False)
        self.statuses_until_available(self.west, "orders-replica", "rebooting")

    def test_a_rename_moves_the_name_and_replicas_follow(self):
        self.east.modify_db_instance(
            DBInstanceIdentifier="orders", NewDBInstanceIdentifier="orders-fenced", ApplyImmediately=True
        )
        self.assertEqual("orders", self.instance(self.east, "orders")["DBInstanceIdentifier"])
        seen = []

        def renamed():
            everyone = self.east.describe_db_instances()["DBInstances"]
            self.assertEqual(1, len(everyone))
            pair = (everyone[0]["DBInstanceIdentifier"], everyone[0]["DBInstanceStatus"])
            if not seen or seen[-1] != pair:
                seen.append(pair)
            return pair == ("orders-fenced", "available")

        wait_until("renamed and available", renamed)
        self.assertEqual(["available", "modifying", "renaming", "rebooting", "available"], [s for _, s in seen])
        self.refused("DBInstanceNotFound", self.east.describe_db_instances, DBInstanceIdentifier="orders", status=404)
        source = self.instance(self.east, "orders-fenced")
        self.assertIn("orders-fenced.", source["Endpoint"]["Address"])
        self.assertEqual(source["DBInstanceArn"], self.instance()["ReadReplicaSourceDBInstanceIdentifier"])
        self.assertEqual(1, len(source["ReadReplicaDBInstanceIdentifiers"]))

    def test_a_rename_without_apply_immediately_is_pending(self):
        answer = self.east.modify_db_instance(DBInstanceIdentifier="orders", NewDBInstanceIdentifier="later")
        self.assertEqual("later", answer["DBInstance"]["PendingModifiedValues"]["DBInstanceIdentifier"])
        self.assertEqual("available", self.instance(self.east, "orders")["DBInstanceStatus"])

    def test_stopping_a_source_or_a_replica_is_refused(self):
        self.refused("InvalidDBInstanceState", self.east.stop_db_instance, DBInstanceIdentifier="orders")
        self.refused("InvalidDBInstanceState", self.west.stop_db_instance, DBInstanceIdentifier="orders-replica")

    def test_several_ids_in_one_filter_give_those_that_exist(self):
        ids = ["orders-replica", "nobody", "orders"]
        found = self.west.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ids}])["DBInstances"]
        self.assertEqual(["orders-replica"], [i["DBInstanceIdentifier"] for i in found])
        none = self.west.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ["nobody"]}])
        self.assertEqual([], none["DBInstances"])

    def test_a_status_or_replication_state_can_be_set(self):
        knob("instance-status", region=WEST, instance="orders-replica", status="storage-full")
        knob("replication", region=WEST, instance="orders-replica", status="error")
        replica = self.instance()
        self.assertEqual("storage-full", replica["DBInstanceStatus"])
        self.assertEqual(
            [{"StatusType": "read replication", "Normal": False, "Status": "error"}], replica["StatusInfos"]
        )
        self.refused("InvalidDBInstanceState", self.west.promote_read_replica, DBInstanceIdentifier="orders-replica")

    def test_a_default_option_group_is_named_by_the_major_version(self):
        made = {"DBInstanceClass": "db.t3.medium", "AllocatedStorage": 20, "MasterUsername": "app", "MasterUserPassword": "password1"}
        for number, (engine, version, group) in enumerate(
            [("postgres", "16.4", "default:postgres-16"), ("mysql", "8.0.36", "default:mysql-8-0")]
        ):
            for way, named in (("none", {}), ("named", {"OptionGroupName": group})):
                name = f"{way}-{number}"
                self.west.create_db_instance(DBInstanceIdentifier=name, Engine=engine, EngineVersion=version, **made, **named)
                told = self.instance(self.west, name)["OptionGroupMemberships"]
                self.assertEqual([group], [one["OptionGroupName"] for one in told])
        wrong = {"DBInstanceIdentifier": "other", "OptionGroupName": "default:postgres-16-4"}
        self.refused("OptionGroupNotFoundFault", self.west.create_db_instance, status=404, Engine="postgres", EngineVersion="16.4", **made, **wrong)
        self.refused("DBInstanceNotFound", self.west.describe_db_instances, status=404, DBInstanceIdentifier="other")

    def test_a_replica_needs_a_source_with_backups(self):
        arn = self.instance()["DBInstanceArn"]
        self.refused(
            "InvalidDBInstanceState",
            self.east.create_db_instance_read_replica,
            DBInstanceIdentifier="back",
            SourceDBInstanceIdentifier=arn,
        )

    def test_a_deleted_cross_region_replica_leaves_its_source_without_one(self):
        self.west.delete_db_instance(DBInstanceIdentifier="orders-replica", SkipFinalSnapshot=True)
        self.assertEqual([], self.instance(self.east, "orders")["ReadReplicaDBInstanceIdentifiers"])
