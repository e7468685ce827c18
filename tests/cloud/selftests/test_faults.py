"""Faults, the call log, identity, and what the cloud does not know."""

from __future__ import annotations

import json
import time

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from support import EAST, WEST, CloudTest, calls, cbor, client, control, fault, knob, raw, wait_until


class Faults(CloudTest):
    def setUp(self) -> None:
        super().setUp()
        self.seed()
        control("DELETE", "/calls")
        self.rds = client("rds", WEST, read_timeout=1)

    def test_a_delay_is_a_slow_but_right_answer(self):
        fault("delay", service="rds", seconds=0.2, times=1)
        started = time.monotonic()
        self.assertEqual(1, len(self.rds.describe_db_instances()["DBInstances"]))
        self.assertGreaterEqual(time.monotonic() - started, 0.2)

    def test_a_hang_is_not_carried_out_and_ends_when_removed(self):
        identifier = fault("hang", operation="PromoteReadReplica")
        with self.assertRaises(ReadTimeoutError):
            self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        control("DELETE", f"/fault/{identifier}")
        self.assertEqual(
            [(False, "hang", None)], [(c["executed"], c["fault"], c["status"]) for c in calls("PromoteReadReplica")]
        )
        self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")

    def test_many_hung_calls_hold_up_no_other(self):
        fault("hang", service="ecs")
        hasty = client("ecs", WEST, read_timeout=0.05)
        for _ in range(40):
            with self.assertRaises(ReadTimeoutError):
                hasty.list_clusters()
        self.rds.describe_db_instances()

    def test_a_drop_is_not_carried_out(self):
        fault("drop", operation="PromoteReadReplica", times=1)
        with self.assertRaises(ConnectionClosedError):
            self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        self.assertEqual([False], [c["executed"] for c in calls("PromoteReadReplica")])
        self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")

    def test_a_lost_reply_is_carried_out(self):
        fault("reply-lost", operation="PromoteReadReplica", times=1)
        with self.assertRaises(ConnectionClosedError):
            self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        self.assertEqual([True], [c["executed"] for c in calls("PromoteReadReplica")])
        wait_until("promoted", lambda: not control("GET", "/state")["rds"][WEST]["orders-replica"]["source"])

    def test_throttling_speaks_each_services_protocol(self):
        identifier = fault("throttle")
        self.refused("Throttling", self.rds.describe_db_instances)
        self.refused("Throttling", client("route53").list_hosted_zones)
        self.refused("ThrottlingException", client("ecs").list_clusters)
        self.assertEqual((400, "ThrottlingException"), self.cbor_error())
        control("DELETE", f"/fault/{identifier}")
        self.rds.describe_db_instances()

    def test_denied_access_and_chosen_errors(self):
        fault("access-denied", operation="DescribeDBInstances")
        fault("access-denied", service="ecs")
        fault("error", service="route53", code="PriorRequestNotComplete", status=400)
        fault("error", service="elbv2", status=503, code="ServiceUnavailable")
        self.refused("AccessDenied", self.rds.describe_db_instances, status=403)
        self.refused("AccessDeniedException", client("ecs").list_clusters)
        self.refused("PriorRequestNotComplete", client("route53").list_hosted_zones)
        self.refused("ServiceUnavailable", client("elbv2").describe_target_groups, status=503)

    def test_expired_credentials_are_those_of_one_key(self):
        fault("expired-token", access_key="old")
        self.refused("ExpiredToken", client("rds", key="old").describe_db_instances, status=403)
        self.refused("ExpiredTokenException", client("ecs", key="old").list_clusters)
        self.rds.describe_db_instances()

    def test_a_page_a_broken_reply_and_a_slow_one(self):
        fault("page", operation="DescribeDBInstances", status=502, times=1)
        with self.assertRaises(Exception):
            self.rds.describe_db_instances()
        fault("cut", operation="PromoteReadReplica", times=1)
        with self.assertRaises(Exception):
            self.rds.promote_read_replica(DBInstanceIdentifier="orders-replica")
        fault("drip", operation="DescribeDBInstances", times=1)
        with self.assertRaises(Exception):
            client("rds", WEST, read_timeout=0.5).describe_db_instances()
        found = [(c["operation"], c["executed"], c["fault"]) for c in control("GET", "/calls")]
        self.assertEqual(
            [
                ("DescribeDBInstances", False, "page"),
                ("PromoteReadReplica", True, "cut"),
                ("DescribeDBInstances", True, "drip"),
            ],
            found,
        )

    def cbor_error(self):
        status, answer = cbor("ListMetrics", {})
        return status, answer["__type"]

    def test_times_is_how_many_calls_are_hit(self):
        fault("throttle", service="rds", times=2)
        for _ in range(2):
            self.refused("Throttling", self.rds.describe_db_instances)
        self.rds.describe_db_instances()

    def test_a_dark_region_leaves_the_other_and_global_services(self):
        fault("drop", region=EAST)
        with self.assertRaises(ConnectionClosedError):
            client("rds", EAST).describe_db_instances()
        self.rds.describe_db_instances()
        client("route53", EAST).list_hosted_zones()
        client("sts", EAST).get_caller_identity()
        fault("drop", region=EAST, service="route53")
        with self.assertRaises(ConnectionClosedError):
            client("route53", EAST).list_hosted_zones()

    def test_faults_are_listed_and_cleared_and_unknown_kinds_refused(self):
        identifier = fault("throttle", service="rds", times=3)
        listed = control("GET", "/faults")
        self.assertEqual([(identifier, "throttle", 3)], [(f["id"], f["kind"], f["times"]) for f in listed])
        control("DELETE", "/faults")
        self.assertEqual([], control("GET", "/faults"))
        with self.assertRaisesRegex(Exception, "400"):
            fault("gremlin")


class CallLog(CloudTest):
    def test_a_call_is_logged_with_what_it_asked_and_got(self):
        self.seed()
        control("DELETE", "/calls")
        rds = client("rds", WEST, key="AKIAWHO")
        rds.describe_db_instances(Filters=[{"Name": "db-instance-id", "Values": ["a", "b"]}])
        self.refused("DBInstanceNotFound", rds.promote_read_replica, DBInstanceIdentifier="nobody", status=404)
        client("ecs", EAST).update_service(cluster="storefront", service="api", desiredCount=3)
        client("route53", EAST).get_hosted_zone(Id="Z123")
        cbor("ListMetrics", {"Namespace": "n"})
        control("GET", "/state")
        log = control("GET", "/calls")
        self.assertEqual(sorted(c["n"] for c in log), [c["n"] for c in log])
        brief = [(c["service"], c["region"], c["operation"], c["read_only"], c["status"]) for c in log]
        self.assertEqual(
            [
                ("rds", WEST, "DescribeDBInstances", True, 200),
                ("rds", WEST, "PromoteReadReplica", False, 404),
                ("ecs", EAST, "UpdateService", False, 200),
                ("route53", EAST, "GetHostedZone", True, 200),
                ("cloudwatch", WEST, "ListMetrics", True, 200),
            ],
            brief,
        )
        self.assertEqual({"Filters": [{"Name": "db-instance-id", "Values": ["a", "b"]}]}, log[0]["parameters"])
        self.assertEqual(("AKIAWHO", "DBInstanceNotFound"), (log[1]["access_key"], log[1]["error_code"]))
        self.assertEqual({"cluster": "storefront", "service": "api", "desiredCount": 3}, log[2]["parameters"])
        self.assertEqual({"Id": "Z123"}, log[3]["parameters"])
        self.assertEqual({"Namespace": "n"}, log[4]["parameters"])

    def test_a_change_batch_is_logged_decoded(self):
        self.seed()
        wanted = {"Name": "x.example.com", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        batch = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": wanted}]}
        client("route53").change_resource_record_sets(HostedZoneId="Z123", ChangeBatch=batch)
        self.assertEqual(
            {"HostedZoneId": "Z123", "ChangeBatch": batch}, calls("ChangeResourceRecordSets")[0]["parameters"]
        )


class Identity(CloudTest):
    def test_an_absent_role_cannot_be_assumed_and_another_has_its_account(self):
        sts = client("sts", WEST)
        role = "arn:aws:iam::222222222222:role/failover"
        knob("role-absent", role=role)
        self.refused("AccessDenied", sts.assume_role, RoleArn=role, RoleSessionName="failover", status=403)
        knob("role-absent", role=role, on=False)
        given = sts.assume_role(RoleArn=role, RoleSessionName="failover")["Credentials"]
        assumed = client("sts", WEST, key=given["AccessKeyId"], token=given["SessionToken"])
        self.assertEqual("222222222222", assumed.get_caller_identity()["Account"])
        self.assertEqual("222222222222", calls("GetCallerIdentity")[0]["account"])
        self.assertTrue(calls("AssumeRole")[0]["read_only"])


class Unknown(CloudTest):
    def test_what_is_not_there_is_a_modelled_error(self):
        for service, operation, params in (
            ("rds", "switchover_read_replica", {"DBInstanceIdentifier": "x"}),
            ("ecs", "describe_service_revisions", {"serviceRevisionArns": ["x"]}),
            ("elbv2", "describe_trust_stores", {}),
            ("route53", "list_traffic_policies", {}),
            ("sts", "decode_authorization_message", {"EncodedMessage": "x"}),
        ):
            with self.subTest(operation), self.assertRaises(ClientError) as caught:
                getattr(client(service), operation)(**params)
            self.assertEqual("NotImplemented", caught.exception.response["Error"]["Code"])
            self.assertEqual(400, caught.exception.response["ResponseMetadata"]["HTTPStatusCode"])

    def test_garbage_is_a_modelled_error(self):
        target = "AmazonEC2ContainerServiceV20141113."
        for body, operation, code in (
            (b"{bad", "ListClusters", "SerializationException"),
            (b"{}", "Nonsense", "NotImplemented"),
        ):
            status, answer = raw("ecs", body, {"x-amz-target": target + operation})
            self.assertEqual((400, code), (status, json.loads(answer)["__type"]))
        form = {"content-type": "application/x-www-form-urlencoded"}
        status, answer = raw("rds", b"Action=Nonsense", form)
        self.assertEqual((400, True), (status, b"<Code>NotImplemented</Code>" in answer))
        status, answer = raw("", b"Action=DescribeDBInstances", form)
        self.assertEqual((403, True), (status, b"<Code>MissingAuthenticationToken</Code>" in answer))
