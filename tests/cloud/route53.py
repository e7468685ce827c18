"""Route 53 changes with ids of their own that take time to reach the name servers.

Follows the API reference of ChangeResourceRecordSets (a batch is all or nothing; PENDING, then INSYNC once on all
name servers), GetChange and TestDNSAnswer. A zone therefore has two faces: `rrsets`, what ListResourceRecordSets
says at once, and `in_sync`, what the name servers answer.
"""

from __future__ import annotations

import random
import uuid
from typing import Any

import moto.route53.urls as route53_urls
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.exceptions import DnsNameInvalidForZone, InvalidActionValue, Route53ClientError
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends
from moto.route53.responses import Route53

from clock import CLOCK
from patch import replaces

route53_urls.url_paths[r"{0}/(?P<api_version>[\d_-]+)/testdnsanswer$"] = Route53.dispatch


class InvalidBatch(Route53ClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidChangeBatch", message)


class NoSuchChange(Route53ClientError):
    def __init__(self, change_id: str) -> None:
        super().__init__("NoSuchChange", f"Could not find resource with ID: {change_id}")


class Changes:
    """Every change made since the last reset, by id."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.stuck = False
        self.by_id: dict[str, dict[str, Any]] = {}
        self.draw = random.Random(0)

    def submit(self, zone: FakeZone) -> dict[str, Any]:
        """A new change of the zone to the records it has now."""
        change = {"Id": f"/change/C{uuid.uuid4().hex[:20].upper()}", "Status": "PENDING", "SubmittedAt": utcnow()}
        self.by_id[change["Id"]] = change
        records = list(zone.rrsets)

        def reach_the_name_servers() -> None:
            zone.in_sync = records
            change["Status"] = "INSYNC"

        CLOCK.in_turn(zone, [("route53.change", reach_the_name_servers)], hold=lambda: self.stuck)
        return change


CHANGES = Changes()

# The records on the name servers, once a change has been made.
FakeZone.in_sync = None


def served(zone: FakeZone) -> list[RecordSet]:
    """What the name servers have: until a first change, the records the zone was made with."""
    return zone.rrsets if zone.in_sync is None else zone.in_sync


def full_name(name: str) -> str:
    """Names are compared in lower case and with the trailing dot."""
    return name.lower().rstrip(".") + "."


def values_of(record: dict[str, Any]) -> list[str]:
    return [value["Value"] for value in record.get("ResourceRecords") or []]


def alias_of(alias: dict[str, Any] | None) -> tuple[Any, ...] | None:
    if not alias:
        return None
    evaluate = str(alias.get("EvaluateTargetHealth", False)).lower() == "true"
    return alias["HostedZoneId"], full_name(alias["DNSName"]), evaluate


def changed(zone: FakeZone, records: list[RecordSet], change: dict[str, Any]) -> list[RecordSet]:
    """The records after one change of a batch, or what is wrong with the change."""
    action, wanted = change["Action"], dict(change["ResourceRecordSet"])
    wanted["Name"] = name = full_name(wanted["Name"])
    kind, identifier = wanted["Type"], wanted.get("SetIdentifier")
    if action not in ("CREATE", "UPSERT", "DELETE"):
        raise InvalidActionValue(action)
    if name != zone.name and not name.endswith("." + zone.name):
        raise DnsNameInvalidForZone(name, zone.name)
    alike = [record for record in records if (full_name(record.name), record.type) == (name, kind)]
    present = next((record for record in alike if record.set_identifier == identifier), None)
    described = f"resource record set [name='{name}', type='{kind}'" + (
        f", set identifier='{identifier}']" if identifier else "]"
    )
    if action == "DELETE":
        if present is None:
            raise InvalidBatch(f"Tried to delete {described} but it was not found")
        if not same(present, wanted):
            raise InvalidBatch(f"Tried to delete {described} but the values provided do not match the current values")
        return [record for record in records if record is not present]
    if action == "CREATE" and present is not None:
        raise InvalidBatch(f"Tried to create {described} but it already exists")
    if any((record.set_identifier is None) != (identifier is None) for record in alike):
        raise InvalidBatch(f"RRSet with DNS name {name}, type {kind} cannot be both simple and in a group of sets")
    if "AliasTarget" not in wanted and not (wanted.get("TTL") is not None and wanted.get("ResourceRecords")):
        raise InvalidBatch(f"Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]] in {described}")
    others = {record.type for record in records if full_name(record.name) == name and record.type != kind}
    if others and "CNAME" in (kind, *others):
        raise InvalidBatch(f"RRSet of type {kind} with DNS name {name} conflicts with other records of that name")
    new = RecordSet(wanted | {"ResourceRecords": values_of(wanted)})
    if present is None:
        return [*records, new]
    return [new if record is present else record for record in records]


def same(record: RecordSet, wanted: dict[str, Any]) -> bool:
    """To delete a record set, all of its values must be given as they are."""
    theirs = (int(record.ttl or 0), record.records or [], record.weight, alias_of(record.alias_target))
    ours = (int(wanted.get("TTL") or 0), values_of(wanted), wanted.get("Weight"), alias_of(wanted.get("AliasTarget")))
    return theirs == ours


@replaces(Route53)
def change_resource_record_sets(self: Route53) -> ActionResult:
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    records = zone.rrsets
    for change in self._get_param("ChangeBatch.Changes"):
        records = changed(zone, records, change)
    zone.in_sync = served(zone)
    zone.rrsets = records
    return ActionResult({"ChangeInfo": CHANGES.submit(zone)})


@replaces(Route53)
def get_change(self: Route53) -> ActionResult:
    change_id = self._get_param("Id").removeprefix("/change/")
    change = CHANGES.by_id.get(f"/change/{change_id}")
    if change is None:
        raise NoSuchChange(change_id)
    return ActionResult({"ChangeInfo": change})


@replaces(Route53)
def test_dns_answer(self: Route53) -> ActionResult:
    """What a name server of the zone would answer now.

    An alias within the zone is followed; for an alias to anything else, such as a load balancer, RecordData is the
    target's DNS name and not the addresses AWS would give: there are none here.
    """
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    name, kind = full_name(self._get_param("RecordName")), self._get_param("RecordType")
    data = answer(zone, name, kind)
    return ActionResult(
        {
            "Nameserver": "ns-1.awsdns-01.example",
            "RecordName": name,
            "RecordType": kind,
            "RecordData": data or [],
            "ResponseCode": "NXDOMAIN" if data is None else "NOERROR",
            "Protocol": "UDP",
        }
    )


def answer(zone: FakeZone, name: str, kind: str) -> list[str] | None:
    """The record data, or none if there is no such name."""
    named = [record for record in served(zone) if full_name(record.name) == name]
    if not named:
        return None
    sets = [record for record in named if record.type == kind]
    if not sets:
        return []
    record = drawn(sets)
    if not record.alias_target:
        return list(record.records)
    target = full_name(record.alias_target["DNSName"])
    return answer(zone, target, kind) or [target]


def drawn(sets: list[RecordSet]) -> RecordSet:
    """By weight: one of weight 0 is never answered, unless all weigh 0; then all are, equally."""
    weights = [int(record.weight or 0) for record in sets]
    return CHANGES.draw.choices(sets, weights if any(weights) else None)[0]


def put_zone(backend: Route53Backend, zone_id: str, name: str) -> FakeZone:
    """The zone of this id, made if there is none (moto makes up ids of its own)."""
    if zone_id not in backend.zones:
        zone = backend.create_hosted_zone(full_name(name), private_zone=False)
        del backend.zones[zone.resource_id]
        zone.resource_id = zone_id
        backend.zones[zone_id] = zone
    return backend.zones[zone_id]


def put_record(account: str, zone_id: str, zone_name: str, record: dict[str, Any]) -> None:
    """Seeds a record that is in sync from the start."""
    zone = put_zone(route53_backends[account]["aws"], zone_id, zone_name)
    zone.rrsets = changed(zone, zone.rrsets, {"Action": "UPSERT", "ResourceRecordSet": record})
    zone.in_sync = zone.rrsets


# Knob (POST /_cloud/knob)


def knob_changes_stuck(on: bool = True) -> None:
    """No change of any zone goes from PENDING to INSYNC while this is on."""
    CHANGES.stuck = on
