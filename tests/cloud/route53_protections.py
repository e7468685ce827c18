"""Route 53 resource record set protections: while one of a name and type stands, no change of it is taken.

Follows the API reference of CreateResourceRecordSetProtections, DeleteResourceRecordSetProtections and
ListResourceRecordSetProtections (the model of 2013-04-01 as botocore has it); moto has none of them. A protection may be
of a name and type that has no record set yet, a zone with protections cannot be deleted, and both changes are atomic.
"""

from __future__ import annotations

import base64
from typing import Any

import moto.route53.urls as route53_urls
from moto.core.responses import ActionResult
from moto.route53.exceptions import InvalidInput, Route53ClientError
from moto.route53.models import FakeZone
from moto.route53.responses import Route53

import route53
from dns_answer import full_name
from patch import replaces

PATH = r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/rrsetprotection"
route53_urls.url_paths[PATH + "$"] = Route53.dispatch
route53_urls.url_paths[PATH + "/delete$"] = Route53.dispatch

# "You can specify up to 100 protections in one request"; "Route 53 returns up to 300 protections".
IN_ONE_REQUEST, IN_ONE_PAGE = 100, 300
# "You can't protect records of type DNAME or of the DNSSEC record types that Route 53 manages."
TYPES = {"A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"}


class Failed(Route53ClientError):
    """Entries that could not be processed, each with why."""

    def __init__(self, code: str, errors: list[dict[str, str]]) -> None:
        super().__init__(code, "; ".join(error["Message"] for error in errors))
        self.Errors = errors


class InvalidPaginationToken(Route53ClientError):
    def __init__(self) -> None:
        super().__init__("InvalidPaginationToken", "The value that you specified to get the second or subsequent page of results is invalid.")


class Protected(Route53ClientError):
    def __init__(self, zone: FakeZone, key: tuple[str, str]) -> None:
        comment = of(zone)[key]
        why = f": {comment}" if comment else ""
        super().__init__("InvalidChangeBatch", f"[Resource record set [name='{key[0]}', type='{key[1]}'] is protected{why}]")


def of(zone: FakeZone) -> dict[tuple[str, str], str | None]:
    """The comment of each protection, by name and type."""
    if not hasattr(zone, "protections"):
        zone.protections = {}
    return zone.protections


def key_of(given: dict[str, Any]) -> tuple[str, str]:
    return full_name(given["RecordName"]).lower(), given["RecordType"]


def wrong(given: list[dict[str, Any]], zone: FakeZone) -> list[dict[str, str]]:
    """Of each entry that is none: which, and why."""
    def why(entry: dict[str, Any]) -> str | None:
        name, kind = key_of(entry)
        if name != zone.name and not name.endswith("." + zone.name):
            return f"RRSet with DNS name {name} is not permitted in zone {zone.name}"
        if kind not in TYPES:
            return f"Record type {kind} cannot be protected"
        if [key_of(other) for other in given].count((name, kind)) > 1:
            return f"{name} {kind} appears more than once in the request"
        return None

    return [told(entry, "InvalidInput", said) for entry in given if (said := why(entry))]


def told(entry: dict[str, Any], code: str, message: str) -> dict[str, str]:
    return {"RecordName": entry["RecordName"], "RecordType": entry["RecordType"], "Code": code, "Message": message}


def entries(self: Route53) -> tuple[FakeZone, list[dict[str, Any]]]:
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    given = self._get_param("Protections") or []
    if not 1 <= len(given) <= IN_ONE_REQUEST:
        raise InvalidInput(f"Between 1 and {IN_ONE_REQUEST} protections, not {len(given)}")
    return zone, given


@replaces(Route53)
def create_resource_record_set_protections(self: Route53) -> ActionResult:
    """All of them, or none; what is invalid is told before what is there already."""
    zone, given = entries(self)
    if errors := wrong(given, zone):
        raise Failed("InvalidResourceRecordSetProtectionBatch", errors)
    there = [entry for entry in given if key_of(entry) in of(zone)]
    errors = [told(entry, "ProtectionAlreadyExists", f"{entry['RecordName']} is protected already") for entry in there]
    if errors and len(errors) == len(given):
        raise Failed("ProtectionAlreadyExists", errors)
    if errors:
        raise Failed("InvalidResourceRecordSetProtectionBatch", errors)
    of(zone).update({key_of(entry): entry.get("Comment") for entry in given})
    return ActionResult({})


@replaces(Route53)
def delete_resource_record_set_protections(self: Route53) -> ActionResult:
    zone, given = entries(self)
    absent = [entry for entry in given if key_of(entry) not in of(zone)]
    errors = wrong(given, zone) or [
        told(entry, "ProtectionNotFound", f"{entry['RecordName']} is not protected") for entry in absent
    ]
    if errors:
        raise Failed("InvalidResourceRecordSetProtectionBatch", errors)
    for entry in given:
        del of(zone)[key_of(entry)]
    return ActionResult({})


@replaces(Route53)
def list_resource_record_set_protections(self: Route53) -> ActionResult:
    """In the order that record sets are listed in, from a name, or a name and type, on."""
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    name, kind, token = (self._get_param(given) for given in ("StartRecordName", "StartRecordType", "NextToken"))
    if kind and not name and not token:
        raise InvalidInput("If you specify StartRecordType, you must also specify StartRecordName.")

    def place(key: tuple[str, str]) -> tuple[str, str]:
        return route53.reversed_name(key[0]), key[1]

    begin = place((full_name(name).lower(), kind or "")) if name else ("", "")
    if token:
        begin = read_token(token)
    # A larger number is taken for the largest.
    most = min(self._get_int_param("MaxResults") or IN_ONE_PAGE, IN_ONE_PAGE)
    keys = [key for key in sorted(of(zone), key=place) if place(key) >= begin]
    listed = [{"RecordName": key[0], "RecordType": key[1], "Comment": of(zone)[key]} for key in keys[:most]]
    told = {"ResourceRecordSetProtections": [{name: value for name, value in one.items() if value} for one in listed]}
    if keys[most:]:
        told["NextToken"] = base64.urlsafe_b64encode("\n".join(place(keys[most])).encode()).decode()
    return ActionResult(told)


def read_token(token: str) -> tuple[str, str]:
    try:
        name, kind = base64.urlsafe_b64decode(token.encode()).decode().split("\n")
    except ValueError:
        raise InvalidPaginationToken() from None
    return name, kind


moto_delete = Route53.delete_hosted_zone
change = Route53.change_resource_record_sets


@replaces(Route53)
def change_resource_record_sets(self: Route53) -> ActionResult:
    """A batch with one that is protected is refused whole."""
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    for one in self._get_param("ChangeBatch.Changes"):
        key = full_name(one["ResourceRecordSet"]["Name"]).lower(), one["ResourceRecordSet"]["Type"]
        if key in of(zone):
            raise Protected(zone, key)
    return change(self)


@replaces(Route53)
def delete_hosted_zone(self: Route53) -> ActionResult:
    if of(self.backend.get_hosted_zone(self._get_param("Id"))):
        raise InvalidInput("The hosted zone has resource record set protections: delete them first.")
    return moto_delete(self)
