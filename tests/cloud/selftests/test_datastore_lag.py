"""CloudWatch: the lag of global datastores, where it is and when there is none."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime, timedelta

import test_elasticache
from support import EAST, WEST, cbor, client, control, fault, knob, wait_until


class Lag(test_elasticache.ElastiCacheTest):
    NODE = "shop-cache-west-001"

    def samples(self, node=NODE, region=WEST, dimension="CacheClusterId", minutes=20, period=60):
        """(timestamp, value), newest first."""
        now = datetime.now(UTC)
        metric = {
            "Namespace": "AWS/ElastiCache",
            "MetricName": "GlobalDatastoreReplicationLag",
            "Dimensions": [{"Name": dimension, "Value": node}],
        }
        status, answer = cbor(
            "GetMetricData",
            {
                "StartTime": now - timedelta(minutes=minutes),
                "EndTime": now + timedelta(minutes=1),
                "MetricDataQueries": [
                    {"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Maximum"}}
                ],
            },
            region,
        )
        self.assertEqual(200, status, answer)
        result = answer["MetricDataResults"][0]
        return list(zip(result["Timestamps"], result["Values"], strict=True))

    def age(self, **more):
        return (datetime.now(UTC) - self.samples(**more)[0][0]).total_seconds()

    def listed(self, region=WEST, **more):
        status, answer = cbor("ListMetrics", {"Namespace": "AWS/ElastiCache"} | more, region)
        self.assertEqual(200, status, answer)
        return [tuple(m["Dimensions"][0].values()) for m in answer["Metrics"]]

    def test_every_node_of_a_secondary_has_a_fresh_lag_in_its_region(self):
        self.seed_cache()
        for node in (self.NODE, "shop-cache-west-002"):
            self.assertLess(self.age(node=node), 61)
            self.assertTrue(all(0.1 <= value <= 1.0 for _, value in self.samples(node)))
        self.assertGreaterEqual(len(self.samples()), 19)
        self.assertEqual([], self.samples(region=EAST))
        self.assertEqual([], self.samples("shop-cache-001", EAST))
        wanted = [("CacheClusterId", self.NODE), ("CacheClusterId", "shop-cache-west-002")]
        self.assertEqual(wanted, self.listed())
        self.assertEqual(wanted, self.listed(MetricName="GlobalDatastoreReplicationLag"))
        self.assertEqual(wanted[:1], self.listed(Dimensions=[{"Name": "CacheClusterId", "Value": self.NODE}]))
        self.assertEqual(([], []), (self.listed(EAST), self.listed(Dimensions=[{"Name": "GlobalReplicationGroupId"}])))
        boto = client("cloudwatch", WEST).list_metrics(Namespace="AWS/ElastiCache")["Metrics"]
        self.assertEqual(wanted, [tuple(m["Dimensions"][0].values()) for m in boto])

    def test_boto3_reads_it_too(self):
        self.seed_cache()
        knob("cache-lag", region=WEST, group="shop-cache-west", value=7.5)
        metric = {
            "Namespace": "AWS/ElastiCache",
            "MetricName": "GlobalDatastoreReplicationLag",
            "Dimensions": [{"Name": "CacheClusterId", "Value": self.NODE}],
        }
        now = datetime.now(UTC)
        answer = client("cloudwatch", WEST).get_metric_data(
            MetricDataQueries=[{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=1),
        )
        self.assertEqual(7.5, answer["MetricDataResults"][0]["Values"][0])

    def test_lag_can_be_set_silenced_and_taken_away(self):
        self.seed_cache()
        here = {"region": WEST, "group": "shop-cache-west"}
        knob("cache-lag", value=42, **here)
        self.assertEqual([42.0, 42.0], [self.samples(node)[0][1] for node in (self.NODE, "shop-cache-west-002")])
        knob("cache-lag", silent_for=600, **here)
        self.assertGreater(self.age(), 600)
        self.assertLess(self.samples()[0][1], 2)
        knob("cache-lag", none_at_all=True, **here)
        self.assertEqual(([], []), (self.samples(), self.listed()))
        knob("cache-lag", **here)
        self.assertLess(self.age(), 61)

    def test_one_shard_can_be_behind(self):
        self.seed_cache("shards = 2\nnodes = 1\n")
        knob("cache-lag", region=WEST, group="shop-cache-west", node="shop-cache-west-0002-001", value=90)
        self.assertEqual(90.0, self.samples("shop-cache-west-0002-001")[0][1])
        self.assertLess(self.samples("shop-cache-west-0001-001")[0][1], 2)

    def test_it_can_be_published_by_another_dimension(self):
        self.seed_cache()
        for name, value in (
            ("ReplicationGroupId", "shop-cache-west"),
            ("GlobalReplicationGroupId", test_elasticache.STORE),
        ):
            knob("cache-lag-dimension", dimension=name)
            self.assertEqual([(name, value)], self.listed())
            self.assertLess(self.age(node=value, dimension=name), 61)
            self.assertEqual([], self.samples())
        control("POST", "/reset")
        self.seed_cache()
        self.assertEqual("CacheClusterId", self.listed()[0][0])

    def quick(self):
        knob("lag-timing", period=0.2)

    def newest(self, node=NODE, region=WEST):
        found = self.samples(node, region, minutes=0.2)
        return found[0][0] if found else None

    def test_the_lag_goes_to_the_other_side_when_the_roles_change(self):
        self.seed_cache()
        self.quick()
        self.fail_over()
        self.moved()
        wait_until("the new secondary has lag", lambda: self.newest("shop-cache-001", EAST))
        last = self.newest()
        time.sleep(0.6)
        self.assertEqual(last, self.newest(), "a primary has no new samples")
        self.assertIn(("CacheClusterId", "shop-cache-001"), self.listed(EAST))

    def test_a_group_that_left_has_no_new_samples(self):
        self.seed_cache()
        self.quick()
        self.disassociate()
        wait_until("left", lambda: self.group()["GlobalReplicationGroupInfo"] == {})
        last = self.newest()
        time.sleep(0.6)
        self.assertEqual(last, self.newest())

    def test_there_are_no_samples_while_the_primary_region_is_dark(self):
        self.seed_cache()
        self.quick()
        for kind in ("hang", "drop"):
            with self.subTest(kind):
                dark = fault(kind, region=EAST)
                last = self.newest()
                time.sleep(0.8)
                self.assertEqual(last, self.newest())
                control("DELETE", f"/fault/{dark}")
                wait_until("it is back", lambda last=last: self.newest() > last)
                moments = [moment for moment, _ in self.samples(minutes=0.2)]
                gaps = [later - earlier for later, earlier in itertools.pairwise(moments)]
                self.assertGreater(max(gaps), timedelta(seconds=0.5), "what was not sampled is missing for good")

    def test_a_fault_of_one_service_is_no_dark_region(self):
        self.seed_cache()
        self.quick()
        for narrower in ({"service": "rds"}, {"operation": "DescribeDBInstances"}, {"access_key": "x"}, {"times": 1}):
            fault("drop", region=EAST, **narrower)
        fault("throttle", region=EAST)
        last = self.newest()
        wait_until("it goes on", lambda: self.newest() > last)
