"""Certificates."""

from __future__ import annotations

import time
from typing import Any

from support import EAST, WEST, CloudTest, client, control, knob, wait_until

ALL_KEYS = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]
NAME = "shop.example.com"
PLAN = """
[application]
name = "shop"
primary = "us-east-1"
recovery = "us-west-2"

[component.tls]
kind = "certificate"
domain = "shop.example.com"
"""


def listed(region: str = WEST, key_types: list[str] | None = None, **settings: Any) -> list[dict[str, Any]]:
    includes = {"Includes": {"keyTypes": key_types}} if key_types else {}
    return client("acm", region).list_certificates(**includes, **settings)["CertificateSummaryList"]


def described(arn: str, region: str = WEST) -> dict[str, Any]:
    return client("acm", region).describe_certificate(CertificateArn=arn)["Certificate"]


class Certificates(CloudTest):
    def test_a_seeded_one_is_issued_at_once_on_both_sides_and_is_another_on_each(self):
        self.seed(PLAN)
        (east,), (west,) = listed(EAST), listed(WEST)
        self.assertNotEqual(east["CertificateArn"], west["CertificateArn"])
        self.assertEqual(("ISSUED", True, [NAME]), (west["Status"], west["InUse"], west["SubjectAlternativeNameSummaries"]))
        self.assertFalse(west["HasAdditionalSubjectAlternativeNames"])
        self.refused("ResourceNotFoundException", described, east["CertificateArn"], WEST)

    def test_a_requested_one_is_pending_until_it_is_validated_with_its_dates_told_already(self):
        control("POST", "/stages", {"acm.validate": 0.3})
        arn = client("acm").request_certificate(DomainName=NAME, SubjectAlternativeNames=["*.example.com"])[
            "CertificateArn"
        ]
        found = described(arn)
        self.assertEqual("PENDING_VALIDATION", found["Status"])
        self.assertIn("NotAfter", found)
        self.assertNotIn("IssuedAt", found)
        self.assertEqual({NAME, "*.example.com"}, set(found["SubjectAlternativeNames"]))
        wait_until("it is issued", lambda: described(arn)["Status"] == "ISSUED")

    def test_only_rsa_keys_are_listed_unless_others_are_asked_for(self):
        self.seed(PLAN)
        knob("certificate", region=WEST, domain=NAME, KeyAlgorithm="EC_prime256v1")
        self.assertEqual([], listed())
        self.assertEqual(["EC_prime256v1"], [found["KeyAlgorithm"] for found in listed(key_types=ALL_KEYS)])

    def test_a_summary_has_a_hundred_names_and_says_that_there_are_more(self):
        self.seed(PLAN)
        knob("certificate", region=WEST, domain=NAME, names=[f"n{n}.example.com" for n in range(120)])
        (found,) = listed()
        self.assertEqual((100, True), (len(found["SubjectAlternativeNameSummaries"]), found["HasAdditionalSubjectAlternativeNames"]))
        self.assertEqual(121, len(described(found["CertificateArn"])["SubjectAlternativeNames"]))

    def test_the_knob_sets_status_dates_and_use(self):
        self.seed(PLAN)
        knob("certificate", region=WEST, domain=NAME, Status="EXPIRED", valid_for=-60, in_use=False)
        (found,) = listed()
        self.assertEqual(("EXPIRED", False), (found["Status"], found["InUse"]))
        self.assertLess(found["NotAfter"].timestamp(), time.time())
        self.assertEqual([], described(found["CertificateArn"])["InUseBy"])
        self.assertEqual([], listed(CertificateStatuses=["ISSUED"]))

    def test_lists_come_in_pages(self):
        for name in ("a.example.com", "b.example.com", "c.example.com"):
            knob("certificate", region=WEST, domain=name)
        knob("certificate-page", size=2)
        first = client("acm").list_certificates()
        rest = client("acm").list_certificates(NextToken=first["NextToken"])
        self.assertEqual((2, 1, False), (len(first["CertificateSummaryList"]), len(rest["CertificateSummaryList"]), "NextToken" in rest))
