"""CloudWatch: metrics over CBOR and through boto3, replica lag and its staleness."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from support import EAST, WEST, CloudTest, cbor, client, control, knob, wait_until

MINUTE = 60


def now():
    return datetime.now(UTC)


class CloudWatch(CloudTest):
    def query(self, namespace, name, stat="Average", region=WEST, minutes=20, period=MINUTE, scan=None, **dimensions):
        """(timestamp, value) pairs as the CBOR GetMetricData gives them."""
        metric = {"Namespace": namespace, "MetricName": name}
        metric["Dimensions"] = [{"Name": n, "Value": v} for n, v in dimensions.items()]
        params = {
            "StartTime": now() - timedelta(minutes=minutes),
            "EndTime": now() + timedelta(minutes=1),
            "MetricDataQueries": [{"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}],
        }
        status, answer = cbor("GetMetricData", params | ({"ScanBy": scan} if scan else {}), region)
        self.assertEqual(200, status, answer)
        result = answer["MetricDataResults"][0]
        self.assertEqual("Complete", result["StatusCode"])
        self.assertEqual(len(result["Timestamps"]), len(result["Values"]))
        return list(zip(result["Timestamps"], result["Values"], strict=True))

    def lag(self, **more):
        return self.query("AWS/RDS", "ReplicaLag", DBInstanceIdentifier="orders-replica", **more)

    def test_a_replica_has_a_fresh_lag_from_the_start(self):
        self.seed()
        newest, value = self.lag()[0]
        # At once, unless it is asked to be as late as at AWS.
        self.assertTrue(timedelta(0) <= now() - newest <= timedelta(seconds=MINUTE + 5), newest)
        knob("lag-timing", late=120)
        late, _ = self.lag()[0]
        self.assertTrue(timedelta(seconds=2 * MINUTE) <= now() - late <= timedelta(seconds=3 * MINUTE + 5), late)
        knob("lag-timing")
        self.assertTrue(0.5 <= value <= 2.0, value)
        self.assertEqual([], self.lag(region=EAST))
        self.assertEqual([], self.query("AWS/RDS", "ReplicaLag", DBInstanceIdentifier="orders"))

    def test_lag_can_be_set_silenced_and_taken_away(self):
        self.seed()
        for value in (340.0, -1.0):
            knob("lag", region=WEST, instance="orders-replica", value=value)
            self.assertEqual(value, self.lag()[0][1])
        knob("lag", region=WEST, instance="orders-replica", silent_for=600)
        newest, value = self.lag()[0]
        self.assertGreater(now() - newest, timedelta(seconds=600))
        self.assertTrue(0.5 <= value <= 2.0, value)
        knob("lag", region=WEST, instance="orders-replica", none_at_all=True)
        self.assertEqual([], self.lag())
        knob("lag", region=WEST, instance="orders-replica")
        self.assertLess(now() - self.lag()[0][0], timedelta(seconds=3 * MINUTE + 1))

    def after_the_fence(self, port, seconds):
        """The samples of periods that began after the source got another name, oldest first."""
        control("POST", "/reset")
        self.seed(f"""[application]
name = "a"
primary = "{EAST}"
recovery = "{WEST}"
[component.db]
kind = "rds"
primary = "orders"
recovery = "orders-replica"
port = {port}
""")
        knob("lag-timing", period=0.2, late=0.2, heartbeat=0.8)
        control("POST", "/stages", {"rds.rename": 0.05, "rds.rename.rebooting": 1.0})
        rds = client("rds", EAST)
        rds.modify_db_instance(DBInstanceIdentifier="orders", NewDBInstanceIdentifier="fenced", ApplyImmediately=True)
        wait_until("fenced", lambda: "fenced" in control("GET", "/state")["rds"][EAST])
        fenced = time.time()
        time.sleep(seconds)
        return [value for at, value in reversed(self.lag(minutes=1)) if at.timestamp() >= fenced]

    def test_a_mysql_replica_has_no_lag_to_tell_while_its_source_restarts_and_then_none_left(self):
        samples = self.after_the_fence(3306, 2.2)
        restarting = samples.count(-1.0)
        self.assertTrue(2 <= restarting <= 6, samples)
        self.assertEqual([0.0], sorted(set(samples[restarting:])), samples)

    def test_a_postgresql_replicas_lag_grows_with_the_clock_until_rds_writes_itself(self):
        samples = self.after_the_fence(5432, 3.2)
        fall = next(i for i, (one, two) in enumerate(zip(samples, samples[1:])) if two < one)
        self.assertGreater(fall, 4, samples)
        self.assertEqual(samples[: fall + 1], sorted(samples[: fall + 1]), "it grows")
        self.assertLess(samples[fall + 1], 0.8, samples)

    def test_lag_is_listed(self):
        self.seed()
        _, answer = cbor("ListMetrics", {"Namespace": "AWS/RDS", "MetricName": "ReplicaLag"})
        dimension = {"Name": "DBInstanceIdentifier", "Value": "orders-replica"}
        self.assertEqual(
            [{"Namespace": "AWS/RDS", "MetricName": "ReplicaLag", "Dimensions": [dimension]}], answer["Metrics"]
        )

    def test_a_promoted_replica_has_no_new_samples(self):
        self.seed()
        rds = client("rds", WEST)
        rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        wait_until("promoted", lambda: not control("GET", "/state")["rds"][WEST]["orders-replica"]["source"])
        self.assertLessEqual(self.lag()[0][0].timestamp(), time.time())

    def test_statistics_of_a_period_and_namespaces_kept_apart(self):
        minute = now().replace(second=0, microsecond=0) - timedelta(minutes=2)
        data = [
            {"MetricName": "m", "Timestamp": minute, "Value": v, "Dimensions": [{"Name": "a", "Value": "b"}]}
            for v in (1.0, 2.0, 6.0)
        ]
        self.assertEqual((200, {}), cbor("PutMetricData", {"Namespace": "one", "MetricData": data}))
        wanted = {"Average": 3.0, "Sum": 9.0, "Minimum": 1.0, "Maximum": 6.0, "SampleCount": 3.0}
        for stat, value in wanted.items():
            self.assertEqual([(minute, value)], self.query("one", "m", stat, a="b"))
        self.assertEqual([], self.query("two", "m", a="b"))
        self.assertEqual([], self.query("one", "m"))
        self.assertEqual([], self.query("one", "m", region=EAST, a="b"))

    def test_newest_first_unless_ascending_is_asked_for(self):
        minute = now().replace(second=0, microsecond=0)
        for age in (1, 2, 3):
            at = (minute - timedelta(minutes=age)).timestamp()
            datum = {"MetricName": "m", "Timestamp": at, "Value": age}
            control("POST", "/metric", {"region": WEST, "Namespace": "one", "MetricData": [datum]})
        self.assertEqual([1.0, 2.0, 3.0], [v for _, v in self.query("one", "m")])
        self.assertEqual([3.0, 2.0, 1.0], [v for _, v in self.query("one", "m", scan="TimestampAscending")])

    def test_boto3_and_cbor_share_the_store(self):
        boto = client("cloudwatch", WEST)
        boto.put_metric_data(Namespace="one", MetricData=[{"MetricName": "m", "Value": 5.0}])
        self.assertEqual([5.0], [v for _, v in self.query("one", "m")])
        stat = {"Metric": {"Namespace": "one", "MetricName": "m"}, "Period": 60, "Stat": "Maximum"}
        answer = boto.get_metric_data(
            MetricDataQueries=[{"Id": "q", "MetricStat": stat}],
            StartTime=now() - timedelta(minutes=5),
            EndTime=now() + timedelta(minutes=1),
        )
        self.assertEqual([5.0], answer["MetricDataResults"][0]["Values"])
        self.assertEqual(["m"], [m["MetricName"] for m in boto.list_metrics(Namespace="one")["Metrics"]])

    def test_errors_are_cbor_errors(self):
        self.assertEqual((400, "NotImplemented"), self.error("GetDashboard", {}))
        self.assertEqual((400, "ValidationError"), self.error("GetMetricData", {}))

    def error(self, operation, params):
        status, answer = cbor(operation, params)
        return status, answer["__type"]
