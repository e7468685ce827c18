"""DynamoDB: replicas made and deleted by an update, what each side says of the other, and the lag of each pair."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from support import EAST, WEST, CloudTest, VISIBLE_SECONDS, cbor, client, control, fault, knob, wait_until

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.carts]
kind = "dynamodb"
table = "carts"
"""


class DynamoDB(CloudTest):
    def told(self, region=WEST, name="carts"):
        return client("dynamodb", region).describe_table(TableName=name)["Table"]

    def create(self, **more):
        return client("dynamodb", EAST).create_table(
            TableName="carts",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            **more,
        )

    def update(self, region=EAST, **more):
        return client("dynamodb", region).update_table(TableName="carts", **more)

    def test_a_table_is_created_and_then_active(self):
        control("POST", "/stages", {"dynamodb": VISIBLE_SECONDS})
        self.assertEqual("CREATING", self.create()["TableDescription"]["TableStatus"])
        self.assertNotIn("Replicas", self.told(EAST))
        wait_until("active", lambda: self.told(EAST)["TableStatus"] == "ACTIVE")
        self.refused("ResourceNotFoundException", self.told, WEST)

    def test_an_update_makes_the_replica_that_then_holds_the_same_items_both_ways(self):
        control("POST", "/stages", {"dynamodb.create": 0, "dynamodb.replica": VISIBLE_SECONDS})
        self.create()
        wait_until("active", lambda: self.told(EAST)["TableStatus"] == "ACTIVE")
        updated = self.update(ReplicaUpdates=[{"Create": {"RegionName": WEST}}])["TableDescription"]
        self.assertEqual(("UPDATING", "CREATING"), (updated["TableStatus"], updated["Replicas"][0]["ReplicaStatus"]))
        self.assertEqual("CREATING", self.told()["TableStatus"])
        self.refused("ResourceInUseException", self.update, ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
        wait_until("a replica", lambda: self.told()["TableStatus"] == "ACTIVE")
        for here, there in ((EAST, WEST), (WEST, EAST)):
            told = self.told(here)
            self.assertEqual([there], [replica["RegionName"] for replica in told["Replicas"]])
            self.assertEqual("ACTIVE", told["Replicas"][0]["ReplicaStatus"])
            self.assertEqual(("EVENTUAL", "2019.11.21"), (told["MultiRegionConsistency"], told["GlobalTableVersion"]))
            client("dynamodb", here).put_item(TableName="carts", Item={"id": {"S": here}})
        found = client("dynamodb", WEST).scan(TableName="carts")["Items"]
        self.assertEqual({EAST, WEST}, {item["id"]["S"] for item in found})

    def test_a_replica_is_deleted_by_an_update_of_another_and_not_by_itself(self):
        control("POST", "/seed", PLAN, "application/toml")
        self.refused("ValidationException", client("dynamodb", WEST).delete_table, TableName="carts")
        self.refused("ValidationException", self.update, ReplicaUpdates=[{"Create": {"RegionName": WEST}}])
        self.update(ReplicaUpdates=[{"Delete": {"RegionName": WEST}}])
        self.assertEqual("DELETING", self.told()["TableStatus"])
        wait_until("it is gone", lambda: "Replicas" not in self.told(EAST))
        self.refused("ResourceNotFoundException", self.told)

    def test_a_strongly_consistent_table_has_three_regions_and_no_lag(self):
        self.create()
        wait_until("active", lambda: self.told(EAST)["TableStatus"] == "ACTIVE")
        two = {"ReplicaUpdates": [{"Create": {"RegionName": WEST}}], "MultiRegionConsistency": "STRONG"}
        self.refused("ValidationException", self.update, **two)
        self.update(**two, GlobalTableWitnessUpdates=[{"Create": {"RegionName": "us-east-2"}}])
        wait_until("a replica", lambda: self.told()["TableStatus"] == "ACTIVE")
        self.assertEqual("STRONG", self.told()["MultiRegionConsistency"])
        self.assertEqual([], self.samples())

    def test_knobs_show_on_both_sides(self):
        control("POST", "/seed", PLAN, "application/toml")
        knob("replica-status", region=WEST, table="carts", status="INACCESSIBLE_ENCRYPTION_CREDENTIALS")
        self.assertEqual("INACCESSIBLE_ENCRYPTION_CREDENTIALS", self.told()["TableStatus"])
        self.assertEqual("INACCESSIBLE_ENCRYPTION_CREDENTIALS", self.told(EAST)["Replicas"][0]["ReplicaStatus"])
        knob("replica-status", region=WEST, table="carts")
        knob("replica-status", region=EAST, table="carts", status="REGION_DISABLED")
        self.assertEqual("REGION_DISABLED", self.told()["Replicas"][0]["ReplicaStatus"])
        self.assertEqual(("ACTIVE", "ACTIVE"), (self.told()["TableStatus"], self.told(EAST)["TableStatus"]))
        knob("index-status", region=WEST, table="carts", index="by-owner", status="CREATING")
        self.assertEqual("CREATING", self.told()["GlobalSecondaryIndexes"][0]["IndexStatus"])
        self.assertEqual("ACTIVE", self.told(EAST)["GlobalSecondaryIndexes"][0]["IndexStatus"])
        knob("table-lists-itself")
        self.assertEqual([EAST, WEST], [replica["RegionName"] for replica in self.told()["Replicas"]])

    def samples(self, region=EAST, to=WEST):
        """(timestamp, value), newest first."""
        now = datetime.now(UTC)
        metric = {
            "Namespace": "AWS/DynamoDB",
            "MetricName": "ReplicationLatency",
            "Dimensions": [{"Name": "TableName", "Value": "carts"}, {"Name": "ReceivingRegion", "Value": to}],
        }
        status, answer = cbor(
            "GetMetricData",
            {
                "StartTime": now - timedelta(minutes=20),
                "EndTime": now + timedelta(minutes=1),
                "MetricDataQueries": [{"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}],
            },
            region,
        )
        self.assertEqual(200, status, answer)
        result = answer["MetricDataResults"][0]
        return list(zip(result["Timestamps"], result["Values"], strict=True))

    def test_each_pair_has_a_lag_in_milliseconds_where_it_is_written(self):
        control("POST", "/seed", PLAN, "application/toml")
        self.assertTrue(all(300 <= value <= 1200 for _, value in self.samples()))
        self.assertGreaterEqual(len(self.samples()), 19)
        self.assertGreaterEqual(len(self.samples(WEST, EAST)), 19)
        self.assertEqual([], self.samples(WEST, WEST))
        knob("table-lag", region=EAST, table="carts", to=WEST, value=42_000)
        self.assertEqual(42_000, self.samples()[0][1])
        self.assertLess(self.samples(WEST, EAST)[0][1], 1201)
        knob("table-lag", region=EAST, table="carts", to=WEST, none_at_all=True)
        self.assertEqual([], self.samples())
        status, answer = cbor("ListMetrics", {"Namespace": "AWS/DynamoDB"}, EAST)
        dimensions = [{d["Name"]: d["Value"] for d in metric["Dimensions"]} for metric in answer["Metrics"]]
        self.assertEqual((200, [{"TableName": "carts", "ReceivingRegion": WEST}]), (status, dimensions))

    def test_there_are_no_samples_while_the_receiving_region_is_dark(self):
        control("POST", "/seed", PLAN, "application/toml")
        knob("lag-timing", period=0.1)
        fault("hang", region=WEST)
        last = self.samples()[0][0]
        time.sleep(0.6)
        self.assertEqual(last, self.samples()[0][0])
