"""Service Quotas: what somebody has asked for, and AWS's default by a call of its own."""

from __future__ import annotations

from support import EAST, WEST, CloudTest, client, knob

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
