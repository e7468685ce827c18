"""S3: buckets of one region, replication by and by, its metrics, and the health checks that follow an object."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError
from support import EAST, VISIBLE_SECONDS, WEST, CloudTest, calls, cbor, client, control, knob, raw, wait_until

PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.media]
kind = "s3"
primary = "media-east"
recovery = "media-west"

[component.sides]
kind = "switch"
bucket = "switch-west"
object = "east-is-off"
present = true
health_check = "c0ffee"
zone = "Z123"
record = "shop.example.com"
set = "west"
"""


class S3(CloudTest):
    def setUp(self):
        super().setUp()
        self.seed(PLAN)

    def status(self, bucket="media-east", region=EAST, key="a"):
        try:
            return client("s3", region).head_object(Bucket=bucket, Key=key).get("ReplicationStatus")
        except ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]

    def put(self, key="a"):
        client("s3", EAST).put_object(Bucket="media-east", Key=key, Body=b"12345")

    def test_a_bucket_of_another_region_is_moved_permanently_and_says_where(self):
        self.assertEqual(WEST, client("s3", WEST).head_bucket(Bucket="media-west")["BucketRegion"])
        self.assertEqual(WEST, client("s3", EAST).head_bucket(Bucket="media-west")["BucketRegion"])
        self.assertEqual([200, 301, 200], [call["status"] for call in calls("HeadBucket")], "boto3 follows it")

    def test_versioning_is_told_under_its_own_name(self):
        status, body = raw("s3", None, {}, "/media-west?versioning")
        self.assertEqual(200, status)
        self.assertIn(b"<VersioningConfiguration", body)
        self.assertIn(b"<Status>Enabled</Status>", body)
        knob("versioning", bucket="media-west", status=None)
        self.assertNotIn("Status", client("s3", WEST).get_bucket_versioning(Bucket="media-west"))

    def test_replication_is_told_as_it_was_configured(self):
        east, west = client("s3", EAST), client("s3", WEST)
        [rule] = east.get_bucket_replication(Bucket="media-east")["ReplicationConfiguration"]["Rules"]
        self.assertEqual(("all", "Enabled"), (rule["ID"], rule["Status"]))
        self.assertEqual({"Bucket": "arn:aws:s3:::media-west", "Metrics": {"Status": "Enabled"}}, rule["Destination"])
        with self.assertRaises(ClientError) as none:
            west.get_bucket_replication(Bucket="media-west")
        self.assertEqual("ReplicationConfigurationNotFoundError", none.exception.response["Error"]["Code"])
        key = {"ReplicaKmsKeyID": "arn:aws:kms:us-east-1:123456789012:key/k"}
        back = {
            "ID": "back",
            "Priority": 1,
            "Status": "Disabled",
            "Filter": {"Prefix": "public/"},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": "arn:aws:s3:::media-east", "EncryptionConfiguration": key},
        }
        west.put_bucket_replication(
            Bucket="media-west", ReplicationConfiguration={"Role": "arn:aws:iam::1:role/r", "Rules": [back]}
        )
        [told] = west.get_bucket_replication(Bucket="media-west")["ReplicationConfiguration"]["Rules"]
        self.assertEqual({"Prefix": "public/"}, told["Filter"])
        self.assertEqual((key, "Disabled"), (told["Destination"]["EncryptionConfiguration"], told["Status"]))

    def test_an_object_is_replicated_after_a_while_and_both_sides_say_so(self):
        control("POST", "/stages", {"s3.replicate": VISIBLE_SECONDS})
        self.put()
        self.assertEqual(("PENDING", 404), (self.status(), self.status("media-west", WEST)))
        wait_until("it comes", lambda: self.status("media-west", WEST) == "REPLICA")
        self.assertEqual("COMPLETED", self.status())
        client("s3", EAST).delete_object(Bucket="media-east", Key="a")
        wait_until("its marker comes", lambda: self.status("media-west", WEST) == 404)

    def test_what_fails_and_what_waits_is_counted_where_aws_counts_it(self):
        control("POST", "/stages", {"s3.replicate": 60})
        self.put()
        self.assertEqual(1.0, self.metric("OperationsPendingReplication"))
        self.assertIsNone(self.metric("OperationsPendingReplication", EAST))
        control("POST", "/stages", {"s3.replicate": 0})
        knob("objects-fail", bucket="media-east")
        self.put("b")
        wait_until("it fails", lambda: self.status(key="b") == "FAILED")
        self.assertEqual(1.0, self.metric("OperationsFailedReplication", EAST, "Sum"))
        knob("bucket-metric", bucket="media-east", value=42)
        self.assertEqual(42.0, self.metric("ReplicationLatency"))

    def metric(self, name, region=WEST, stat="Maximum"):
        now = datetime.now(UTC)
        dimensions = {"SourceBucket": "media-east", "DestinationBucket": "media-west", "RuleId": "all"}
        metric = {
            "Namespace": "AWS/S3",
            "MetricName": name,
            "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
        }
        query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        times = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=1)}
        status, answer = cbor("GetMetricData", times | {"MetricDataQueries": [query]}, region)
        self.assertEqual(200, status, answer)
        return next(iter(answer["MetricDataResults"][0]["Values"]), None)

    def answered(self):
        wanted = {"HostedZoneId": "Z123", "RecordName": "shop.example.com", "RecordType": "A"}
        return client("route53").test_dns_answer(**wanted)["RecordData"]

    def test_health_and_answers_follow_the_object_and_nothing_is_put_twice(self):
        control("POST", "/stages", {"route53.health": VISIBLE_SECONDS})
        self.assertEqual(["192.0.2.10"], self.answered())
        here = {"Bucket": "switch-west", "Key": "east-is-off"}
        client("s3", WEST).put_object(**here, IfNoneMatch="*")
        self.refused("PreconditionFailed", client("s3", WEST).put_object, **here, IfNoneMatch="*", status=412)
        self.assertEqual(["192.0.2.10"], self.answered(), "the checkers have not noticed yet")
        wait_until("they notice", lambda: self.answered() == ["192.0.2.20"])
        told = client("route53").get_health_check_status(HealthCheckId="c0ffee")["HealthCheckObservations"]
        self.assertIn("200", told[0]["StatusReport"]["Status"])
        client("s3", WEST).delete_object(**here)
        wait_until("back again", lambda: self.answered() == ["192.0.2.10"])

    def test_a_lifecycle_configuration_is_told_as_it_was_put(self):
        boto = client("s3", EAST)
        versions = {"NoncurrentDays": 60, "NewerNoncurrentVersions": 3}
        both = {"Prefix": "a/", "ObjectSizeGreaterThan": 1024, "Tags": [{"Key": "kind", "Value": "draft"}]}
        rules = [
            {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "NoncurrentVersionExpiration": versions},
            {"ID": "one", "Status": "Disabled", "Filter": {"And": both}, "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}]},
            {"ID": "large", "Status": "Enabled", "Filter": {"ObjectSizeLessThan": 7}, "Expiration": {"Days": 9}},
        ]
        said = {"Bucket": "media-east", "LifecycleConfiguration": {"Rules": rules}}
        boto.put_bucket_lifecycle_configuration(**said)
        found = boto.get_bucket_lifecycle_configuration(Bucket="media-east")
        self.assertEqual((rules, "all_storage_classes_128K"), (found["Rules"], found["TransitionDefaultMinimumObjectSize"]))
        boto.put_bucket_lifecycle_configuration(**said, TransitionDefaultMinimumObjectSize="varies_by_storage_class")
        found = boto.get_bucket_lifecycle_configuration(Bucket="media-east")
        self.assertEqual("varies_by_storage_class", found["TransitionDefaultMinimumObjectSize"])

    def test_logs_go_where_a_policy_lets_them_one_or_a_list(self):
        boto = client("s3", EAST)
        boto.create_bucket(Bucket="logs-east")
        said = {"Bucket": "media-east", "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": "logs-east", "TargetPrefix": "m/"}}}
        self.refused("InvalidTargetBucketForLogging", boto.put_bucket_logging, **said)
        statement = {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::logs-east/*"]}
        statement["Principal"] = {"Service": ["logging.s3.amazonaws.com"]}
        boto.put_bucket_policy(Bucket="logs-east", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        boto.put_bucket_logging(**said)
        told = boto.get_bucket_logging(Bucket="media-east")["LoggingEnabled"]
        self.assertEqual(("logs-east", "m/"), (told["TargetBucket"], told["TargetPrefix"]))
