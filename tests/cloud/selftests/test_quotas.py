"""Service Quotas: what somebody has asked for, and AWS's default by a call of its own."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, knob

DATABASES = ("rds", "L-7B6409FD")
FARGATE = {"ServiceCode": "fargate", "QuotaCode": "L-3032A538"}


class Quotas(CloudTest):
    def test_a_default_is_told_by_its_own_call_and_what_was_asked_for_by_the_other(self):
        west = client("service-quotas", WEST)
        with self.assertRaises(west.exceptions.NoSuchResourceException):
            west.get_service_quota(**FARGATE)
        self.assertEqual(6.0, west.get_aws_default_service_quota(**FARGATE)["Quota"]["Value"])
        knob("quota", region=WEST, service="fargate", code="L-3032A538", value=400)
        self.assertEqual(400.0, west.get_service_quota(**FARGATE)["Quota"]["Value"])
        with self.assertRaises(west.exceptions.NoSuchResourceException):
            client("service-quotas", EAST).get_service_quota(**FARGATE)

    def test_rds_tells_how_many_instances_there_may_be_and_are(self):
        self.seed()
        west = client("rds", WEST)

        def told():
            quotas = west.describe_account_attributes()["AccountQuotas"]
            return next((one["Used"], one["Max"]) for one in quotas if one["AccountQuotaName"] == "DBInstances")

        used, most = told()
        self.assertEqual((len(west.describe_db_instances()["DBInstances"]), 40), (used, most))
        knob("quota", region=WEST, service=DATABASES[0], code=DATABASES[1], value=7)
        self.assertEqual((used, 7), told())
