"""Certificates: of one region, issued some time after they are requested, found by their names.

Follows the API reference of RequestCertificate, ListCertificates and DescribeCertificate. Without `Includes.keyTypes`
only certificates with RSA_2048 keys are listed; a summary has up to a hundred subject alternative names, and says
whether there are more; NotAfter is told of one that is pending too. moto lists every key type, tells no names in a
summary, and issues by its own clock.
"""

from __future__ import annotations

import time
from typing import Any

from moto.acm.models import AWSCertificateManagerBackend, CertBundle, acm_backends
from moto.acm.responses import AWSCertificateManagerResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult

from clock import CLOCK
from patch import replaces

moto_describe = CertBundle.describe
moto_request = AWSCertificateManagerBackend.request_certificate

# What is listed where no key type is asked for, and how many names a summary has.
DEFAULT_KEY_TYPES = ["RSA_2048"]
SUMMARY_NAMES = 100
LARGEST_PAGE = 1000
PAGE = {"most": LARGEST_PAGE}
SUMMARY = (
    "CertificateArn",
    "DomainName",
    "Status",
    "Type",
    "KeyAlgorithm",
    "RenewalEligibility",
    "NotBefore",
    "NotAfter",
    "CreatedAt",
    "IssuedAt",
    "ImportedAt",
)

# What differs from moto's: set by the knob.
CertBundle.told = None


def reset() -> None:
    PAGE["most"] = LARGEST_PAGE


@replaces(CertBundle)
def check(self: CertBundle) -> None:
    """moto's own clock is not ours."""


@replaces(CertBundle)
def describe(self: CertBundle) -> dict[str, Any]:
    certificate = moto_describe(self)["Certificate"] | (self.told or {})
    if certificate["Status"] == "PENDING_VALIDATION":
        certificate.pop("IssuedAt", None)
    return {"Certificate": certificate}


@replaces(AWSCertificateManagerBackend)
def request_certificate(self: AWSCertificateManagerBackend, *args: Any, **kwargs: Any) -> str:
    arn = moto_request(self, *args, **kwargs)
    certificate = self._certificates[arn]

    def issue() -> None:
        if certificate.status == "PENDING_VALIDATION":
            certificate.status = "ISSUED"

    CLOCK.after("acm.validate", issue, certificate)
    return arn


@replaces(AWSCertificateManagerResponse)
def list_certificates(self: AWSCertificateManagerResponse) -> ActionResult:
    statuses = self._get_param("CertificateStatuses")
    key_types = (self._get_param("Includes") or {}).get("keyTypes") or DEFAULT_KEY_TYPES
    found = [
        summary(certificate)
        for certificate in (bundle.describe()["Certificate"] for bundle in self.acm_backend._certificates.values())
        if certificate["KeyAlgorithm"] in key_types and (not statuses or certificate["Status"] in statuses)
    ]
    start = int(self._get_param("NextToken") or 0)
    end = start + min(PAGE["most"], int(self._get_param("MaxItems") or LARGEST_PAGE))
    more = {"NextToken": str(end)} if end < len(found) else {}
    return ActionResult(result={"CertificateSummaryList": found[start:end]} | more)


def summary(certificate: dict[str, Any]) -> dict[str, Any]:
    names = certificate["SubjectAlternativeNames"]
    return {key: certificate[key] for key in SUMMARY if key in certificate} | {
        "SubjectAlternativeNameSummaries": names[:SUMMARY_NAMES],
        "HasAdditionalSubjectAlternativeNames": len(names) > SUMMARY_NAMES,
        "InUse": bool(certificate["InUseBy"]),
        "Exported": False,
    }


def put(account: str, region: str, names: list[str]) -> CertBundle:
    """An issued one for these names, in use by a load balancer."""
    bundle = CertBundle.generate_cert(names[0], account, region, sans=names)
    bundle.status = "ISSUED"
    balancer = f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/front/0123456789abcdef"
    bundle.in_use_by = [balancer]
    acm_backends[account][region]._certificates[bundle.arn] = bundle
    return bundle


def named(account: str, region: str, domain: str) -> CertBundle | None:
    """The first certificate whose own name it is."""
    bundles = acm_backends[account][region]._certificates.values()
    return next((bundle for bundle in bundles if bundle.common_name == domain), None)


# Knobs (POST /_cloud/knob)


def knob_certificate(
    region: str,
    domain: str,
    another: bool = False,
    valid_for: float | None = None,
    valid_in: float | None = None,
    in_use: bool | None = None,
    names: list[str] | None = None,
    account: str = DEFAULT_ACCOUNT_ID,
    **told: Any,
) -> None:
    """The certificate of that name, made where it is not there (or where `another` is wanted), comes to be so:
    `valid_for` seconds from now on (negative: expired so long ago), `valid_in` seconds, `in_use` or not, for these
    `names` too, and whatever else DescribeCertificate tells (`Status`, `KeyAlgorithm`, `FailureReason`, …)."""
    bundle = None if another else named(account, region, domain)
    bundle = bundle or put(account, region, [domain])
    if valid_for is not None:
        told["NotAfter"] = time.time() + valid_for
    if valid_in is not None:
        told["NotBefore"] = time.time() + valid_in
    if names is not None:
        told["SubjectAlternativeNames"] = [domain, *names]
    if in_use is not None:
        told["InUseBy"] = bundle.in_use_by if in_use else []
    bundle.told = (bundle.told or {}) | told


def knob_certificate_page(size: int = LARGEST_PAGE) -> None:
    """So many certificates at most in an answer that lists them."""
    PAGE["most"] = size
