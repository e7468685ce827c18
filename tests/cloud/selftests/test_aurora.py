"""Aurora: global databases, their switchover, failover and removal, events, snapshots, lag, and what is refused."""

from __future__ import annotations

import datetime
import time

from support import (
    EAST,
    PLAN,
    STAGE_SECONDS,
    VISIBLE_SECONDS,
    WEST,
    CloudTest,
    cbor,
    client,
    control,
    fault,
    knob,
    wait_until,
)

STORE = """
[component.orders]
kind = "aurora"
global = "shop-orders"
primary = "orders-east"
recovery = "orders-west"
"""
APPLICATION = PLAN.split("[component.")[0]
GLOBAL = "shop-orders"
FOR_EVER = 3600


class Aurora(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.east, self.west = client("rds", EAST), client("rds", WEST)
        self.state = self.seed(APPLICATION + STORE)
        control("DELETE", "/calls")

    def found(self, rds=None):
        (only,) = (rds or self.west).describe_global_clusters(GlobalClusterIdentifier=GLOBAL)["GlobalClusters"]
        return only

    def cluster(self, region=WEST):
        name = {EAST: "orders-east", WEST: "orders-west"}[region]
        filters = [{"Name": "db-cluster-id", "Values": [name, "none"]}]
        (only,) = client("rds", region).describe_db_clusters(Filters=filters)["DBClusters"]
        return only

    def arn(self, region=WEST):
        return self.cluster(region)["DBClusterArn"]

    def writers(self):
        return {m["DBClusterArn"].split(":")[3]: m["IsWriter"] for m in self.found()["GlobalClusterMembers"]}

    def synchronization(self):
        return {m["DBClusterArn"].split(":")[3]: m["SynchronizationStatus"] for m in self.found()["GlobalClusterMembers"]}

    def moved(self, region=WEST):
        def done():
            return self.writers()[region] and not self.found().get("FailoverState")

        wait_until("moved", done)

    def fail_over(self, region=WEST):
        return self.west.failover_global_cluster(
            GlobalClusterIdentifier=GLOBAL, TargetDbClusterIdentifier=self.arn(region), AllowDataLoss=True
        )["GlobalCluster"]

    def switch(self, region=WEST):
        return self.east.switchover_global_cluster(
            GlobalClusterIdentifier=GLOBAL, TargetDbClusterIdentifier=self.arn(region)
        )["GlobalCluster"]

    def messages(self, rds):
        since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=5)
        return [event["Message"] for event in rds.describe_events(StartTime=since)["Events"]]

    def history(self):
        return [entry["event"] for entry in control("GET", "/state")["global_clusters"][GLOBAL]["history"]]


class Seeded(Aurora):
    def test_a_plan_becomes_two_clusters_one_of_which_writes(self):
        found = self.state["global_clusters"][GLOBAL]
        self.assertEqual(("available", None, []), (found["status"], found["moving"], found["history"]))
        self.assertEqual({EAST: True, WEST: False}, self.writers())
        self.assertEqual({EAST: "connected", WEST: "connected"}, self.synchronization())
        self.assertNotIn("FailoverState", self.found())
        east, west = self.cluster(EAST), self.cluster()
        self.assertEqual([True, False], [m["IsClusterWriter"] for m in east["DBClusterMembers"]])
        self.assertEqual([False, False], [m["IsClusterWriter"] for m in west["DBClusterMembers"]])
        self.assertEqual((GLOBAL, GLOBAL), (east["GlobalClusterIdentifier"], west["GlobalClusterIdentifier"]))
        self.assertIn(".cluster-", west["Endpoint"])
        self.assertIn(".global-", self.found()["Endpoint"])

    def test_only_what_is_asked_for_is_told(self):
        self.refused(
            "GlobalClusterNotFoundFault",
            self.west.describe_global_clusters,
            GlobalClusterIdentifier="none",
            status=404,
        )
        self.assertEqual(1, len(self.west.describe_global_clusters()["GlobalClusters"]))
        filters = [{"Name": "db-cluster-id", "Values": ["orders-west"]}]
        instances = self.west.describe_db_instances(Filters=filters)["DBInstances"]
        self.assertEqual({"orders-west-1", "orders-west-2"}, {i["DBInstanceIdentifier"] for i in instances})

    def test_references_to_it_have_its_primary_sides_endpoint(self):
        control("POST", "/reset")
        plan = PLAN.replace('MODE = "active"', 'HOST = "${orders.endpoint}:${orders.port}"') + STORE
        environment = self.seed(plan)["ecs"][WEST]["storefront/api"]["environment"]
        self.assertEqual(f"{self.cluster(EAST)['Endpoint']}:5432", environment["HOST"])


class Moves(Aurora):
    def walk(self, how, begin):
        """What was seen of the move, each sight that is another than the one before it."""
        control("POST", "/stages", {f"aurora.{how}": VISIBLE_SECONDS})
        begin()
        seen = []

        def done():
            found, west = self.found(), self.cluster()
            if found != self.found():
                return False
            sight = (
                found.get("FailoverState", {}).get("Status"),
                found["Status"],
                next(m["IsWriter"] for m in found["GlobalClusterMembers"] if WEST in m["DBClusterArn"]),
                west["Status"],
            )
            if not seen or seen[-1] != sight:
                seen.append(sight)
            return len(seen) > 1 and sight == (None, "available", True, "available")

        wait_until("moved", done)
        return seen

    def test_a_switchover_passes_its_stages_and_both_stay_in_step(self):
        seen = self.walk("switch", self.switch)
        going = "switching-over"
        self.assertEqual(
            [
                ("pending", "available", False, "available"),
                (going, going, False, going),
                (going, going, True, going),
                (going, going, True, "available"),
                (None, "available", True, "available"),
            ],
            seen,
        )
        self.assertEqual({EAST: "connected", WEST: "connected"}, self.synchronization())
        self.assertEqual([True, False], [m["IsClusterWriter"] for m in self.cluster()["DBClusterMembers"]])
        self.assertEqual([False, False], [m["IsClusterWriter"] for m in self.cluster(EAST)["DBClusterMembers"]])
        self.assertEqual("available", self.cluster(EAST)["Status"])

    def test_a_failover_leaves_the_old_primary_behind_until_it_was_rebuilt(self):
        control("POST", "/stages", {"aurora.rejoin": FOR_EVER})
        seen = self.walk("failover", self.fail_over)
        self.assertEqual(["pending", "failing-over", None], list(dict.fromkeys(sight[0] for sight in seen)))
        self.assertEqual({EAST: "pending-resync", WEST: "connected"}, self.synchronization())
        wait_until("kept", lambda: "snapshot" in self.history())
        snapshots = self.east.describe_db_cluster_snapshots(DBClusterIdentifier="orders-east")["DBClusterSnapshots"]
        names = [s["DBClusterSnapshotIdentifier"] for s in snapshots]
        (name,) = [n for n in names if n.startswith("rds:unplanned-global-failover-orders-east-")]
        copied = self.east.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=name, TargetDBClusterSnapshotIdentifier="kept"
        )["DBClusterSnapshot"]
        self.assertEqual("copying", copied["Status"])
        state = lambda: control("GET", "/state")["clusters"][EAST]["orders-east"]["snapshots"]["kept"]  # noqa: E731
        wait_until("copied", lambda: state() == "available")

    def test_the_old_primary_comes_back_as_a_secondary(self):
        self.fail_over()
        self.moved()
        wait_until("back", lambda: self.synchronization()[EAST] == "connected")
        self.assertEqual({EAST: False, WEST: True}, self.writers())
        self.west.switchover_global_cluster(
            GlobalClusterIdentifier=GLOBAL, TargetDbClusterIdentifier=self.arn(EAST)
        )
        self.moved(EAST)

    def test_nothing_of_a_dark_region_is_rebuilt(self):
        dark = fault("hang", region=EAST)
        self.fail_over()
        self.moved()
        time.sleep(8 * STAGE_SECONDS)
        self.assertNotIn("snapshot", self.history())
        control("DELETE", f"/fault/{dark}")
        wait_until("back", lambda: "rejoined" in self.history())

    def test_without_a_word_about_data_a_failover_is_a_switchover(self):
        asked = {"GlobalClusterIdentifier": GLOBAL, "TargetDbClusterIdentifier": self.arn()}
        answer = self.west.failover_global_cluster(**asked)["GlobalCluster"]
        self.assertFalse(answer["FailoverState"]["IsDataLossAllowed"])
        self.moved()
        self.refused(
            "InvalidParameterCombination",
            self.west.failover_global_cluster,
            **asked | {"AllowDataLoss": True, "Switchover": True},
        )

    def test_a_removed_secondary_stands_alone_and_writes(self):
        control("POST", "/stages", {"aurora.detach": VISIBLE_SECONDS})
        self.west.remove_from_global_cluster(GlobalClusterIdentifier=GLOBAL, DbClusterIdentifier=self.arn())
        self.assertEqual("available", self.cluster()["Status"])
        wait_until("left", lambda: len(self.found()["GlobalClusterMembers"]) == 1)
        wait_until("up", lambda: self.cluster()["Status"] == "available")
        self.assertNotIn("GlobalClusterIdentifier", self.cluster())
        self.assertEqual([True, False], [m["IsClusterWriter"] for m in self.cluster()["DBClusterMembers"]])
        self.assertEqual({EAST: True}, self.writers())


class Events(Aurora):
    def test_blocked_writes_are_told_where_the_old_primary_can_be_reached(self):
        self.fail_over()
        self.moved()
        blocked = "Attempt to block writes for DB cluster orders-east in Region us-east-1"
        self.assertIn(f"{blocked} succeeded.", self.messages(self.east))
        self.assertNotIn(f"{blocked} succeeded.", self.messages(self.west))
        self.assertIn("Global failover to DB cluster orders-west in Region us-west-2 completed.", self.messages(self.west))

    def test_where_they_were_not_blocked_that_is_told(self):
        blocked = "Attempt to block writes for DB cluster orders-east in Region us-east-1"
        knob("fence-times-out", cluster=GLOBAL)
        self.fail_over()
        self.moved()
        self.assertIn(f"{blocked} timed out.", self.messages(self.east))
        control("POST", "/reset")
        self.seed(APPLICATION + STORE)
        fault("hang", region=EAST)
        self.fail_over()
        self.moved()
        self.assertIn(f"{blocked} timed out.", self.messages(self.west))

    def test_events_are_of_their_source_and_time(self):
        self.switch()
        self.moved()
        told = self.west.describe_events(SourceType="db-cluster", SourceIdentifier="orders-west")["Events"]
        self.assertTrue(told and all("orders-west" in event["Message"] for event in told))
        late = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)
        self.assertEqual([], self.west.describe_events(StartTime=late)["Events"])
        self.refused("InvalidParameterCombination", self.west.describe_events, SourceIdentifier="orders-west")


class Knobs(Aurora):
    def test_a_move_may_stick_before_and_after_the_roles(self):
        knob("global-move", cluster=GLOBAL, way="stuck")
        self.switch()
        wait_until("going", lambda: self.found()["Status"] == "switching-over")
        time.sleep(8 * STAGE_SECONDS)
        self.assertEqual({EAST: True, WEST: False}, self.writers())
        knob("global-move", cluster=GLOBAL, way="stuck-after-roles")
        wait_until("switched", lambda: self.writers()[WEST])
        time.sleep(8 * STAGE_SECONDS)
        self.assertEqual("switching-over", self.found()["FailoverState"]["Status"])
        knob("global-move", cluster=GLOBAL)
        self.moved()

    def test_a_move_may_go_back(self):
        control("POST", "/stages", {"aurora.failover.cancelling": VISIBLE_SECONDS})
        knob("global-move", cluster=GLOBAL, way="back")
        self.fail_over()
        wait_until("cancelling", lambda: self.found().get("FailoverState", {}).get("Status") == "cancelling")
        wait_until("back", lambda: "FailoverState" not in self.found())
        self.assertEqual({EAST: True, WEST: False}, self.writers())
        self.assertIn("Global failover to DB cluster orders-west in Region us-west-2 failed.", self.messages(self.west))

    def test_a_rejoin_may_stick(self):
        knob("rejoin-stuck", region=EAST, cluster="orders-east")
        self.fail_over()
        self.moved()
        time.sleep(8 * STAGE_SECONDS)
        self.assertEqual("pending-resync", self.synchronization()[EAST])
        knob("rejoin-stuck", region=EAST, cluster="orders-east", on=False)
        wait_until("back", lambda: self.synchronization()[EAST] == "connected")


class Refusals(Aurora):
    def move(self, how, **more):
        call = {"switch": self.east.switchover_global_cluster, "failover": self.west.failover_global_cluster}[how]
        asked = {"GlobalClusterIdentifier": GLOBAL, "TargetDbClusterIdentifier": self.arn()} | more
        return call, asked | ({"AllowDataLoss": True} if how == "failover" else {})

    def no(self, code, how, status=400, **more):
        call, asked = self.move(how, **more)
        return self.refused(code, call, status=status, **asked)

    def test_one_move_at_a_time_and_only_to_another_member(self):
        for how in ("switch", "failover"):
            self.no("GlobalClusterNotFoundFault", how, status=404, GlobalClusterIdentifier="none")
            self.no("DBClusterNotFoundFault", how, status=404, TargetDbClusterIdentifier=self.arn() + "x")
            self.no("InvalidDBClusterStateFault", how, TargetDbClusterIdentifier=self.arn(EAST))
        control("POST", "/stages", {"aurora.switch": FOR_EVER})
        self.switch()
        self.no("InvalidGlobalClusterStateFault", "failover")
        self.refused(
            "InvalidGlobalClusterStateFault",
            self.west.remove_from_global_cluster,
            GlobalClusterIdentifier=GLOBAL,
            DbClusterIdentifier=self.arn(),
        )

    def test_a_failover_wants_its_target_well_and_a_switchover_both(self):
        knob("cluster", region=EAST, cluster="orders-east", status="failing-over")
        self.no("InvalidDBClusterStateFault", "switch")
        knob("cluster", region=WEST, cluster="orders-west", version="15.3")
        self.no("InvalidDBClusterStateFault", "failover")
        knob("cluster", region=WEST, cluster="orders-west", version="15.4", synchronization="pending-resync")
        knob("cluster", region=EAST, cluster="orders-east", status="available")
        self.no("InvalidGlobalClusterStateFault", "switch")
        knob("cluster", region=WEST, cluster="orders-west", headless=True)
        self.no("InvalidDBClusterStateFault", "failover")
        self.assertEqual({EAST: True, WEST: False}, self.writers())

    def test_the_primary_does_not_leave_before_the_others(self):
        self.refused(
            "InvalidGlobalClusterStateFault",
            self.east.remove_from_global_cluster,
            GlobalClusterIdentifier=GLOBAL,
            DbClusterIdentifier=self.arn(EAST),
        )


class Lag(Aurora):
    def lag(self, name="AuroraGlobalDBRPOLag", region=WEST, cluster="orders-west"):
        now = time.time()
        metric = {
            "Namespace": "AWS/RDS",
            "MetricName": name,
            "Dimensions": [{"Name": "DBClusterIdentifier", "Value": cluster}],
        }
        query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
        wanted = {"MetricDataQueries": [query], "StartTime": now - 600, "EndTime": now + 1}
        _, answer = cbor("GetMetricData", wanted, region)
        return answer["MetricDataResults"][0]["Values"]

    def test_a_secondary_has_a_lag_in_milliseconds_and_a_primary_none(self):
        values = self.lag()
        self.assertGreaterEqual(len(values), 9)
        self.assertTrue(all(100 <= value <= 1500 for value in values), values)
        self.assertTrue(self.lag("AuroraGlobalDBReplicationLag"))
        self.assertEqual([], self.lag(region=EAST, cluster="orders-east"))

    def test_it_is_set_silenced_and_published_by_the_older_name_alone(self):
        knob("aurora-lag", region=WEST, cluster="orders-west", value=42_000)
        self.assertEqual(42_000, self.lag()[0])
        knob("aurora-lag", region=WEST, cluster="orders-west", none_at_all=True)
        self.assertEqual([], self.lag())
        knob("aurora-lag", region=WEST, cluster="orders-west")
        knob("aurora-lag-older")
        self.assertEqual([], self.lag())
        self.assertTrue(self.lag("AuroraGlobalDBReplicationLag"))

    def test_it_ends_with_the_promotion_and_while_the_source_is_dark(self):
        knob("lag-timing", period=0.1)
        fault("hang", region=EAST)
        time.sleep(0.5)
        newest = len(self.lag())
        time.sleep(0.5)
        self.assertLessEqual(len(self.lag()), newest + 1)

    def test_only_what_is_serverless_tells_of_its_scaling(self):
        told = client("rds", EAST).describe_db_clusters()["DBClusters"]
        self.assertFalse([cluster for cluster in told if "ScalingConfigurationInfo" in cluster])
