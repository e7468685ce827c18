"""Route 53 changes with ids of their own that take time to reach the name servers.

Follows the API reference of ChangeResourceRecordSets (a batch is all or nothing; PENDING, then INSYNC once on all
name servers), GetChange, ListHostedZonesByName and TestDNSAnswer. A zone therefore has three faces: `rrsets`, what
ListResourceRecordSets says at once; `in_sync`, what TestDNSAnswer answers; and what the name servers answer, which is
the same unless a knob makes them lag.
"""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any

import moto.route53.urls as route53_urls
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.exceptions import DnsNameInvalidForZone, InvalidActionValue, InvalidInput, Route53ClientError
from moto.route53.models import FakeZone, RecordSet, Route53Backend, route53_backends
from moto.route53.responses import Route53

import dns_answer
from clock import CLOCK
from dns_answer import full_name
from patch import replaces

route53_urls.url_paths[r"{0}/(?P<api_version>[\d_-]+)/testdnsanswer$"] = Route53.dispatch
route53_urls.url_paths[r"{0}/(?P<api_version>[\d_-]+)/hostedzone/(?P<zone_id>[^/]+)/features$"] = Route53.dispatch


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


class Servers:
    """How the name servers are, beside what the API says of them."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.silent = False
        self.refusing = False
        # What each zone had when they fell behind, by id.
        self.behind: dict[str, list[RecordSet]] | None = None


SERVERS = Servers()

# The records on the name servers, once a change has been made.
FakeZone.in_sync = None
# AcceleratedRecoveryStatus, once somebody has set it.
FakeZone.accelerated = None
FakeZone.features = property(
    lambda self: {"AcceleratedRecoveryStatus": self.accelerated} if self.accelerated else None
)


@replaces(Route53)
def update_hosted_zone_features(self: Route53) -> ActionResult:
    """Of public zones; enabled after a while (API reference; Developer Guide, "Accelerated recovery")."""
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    if zone.private_zone:
        raise InvalidInput("Accelerated recovery is not supported for private hosted zones.")
    begins, ends = ("ENABLING", "ENABLED") if self._get_bool_param("EnableAcceleratedRecovery") else ("DISABLING", "DISABLED")
    zone.accelerated = begins

    def settle() -> None:
        if zone.accelerated == begins:
            zone.accelerated = ends

    CLOCK.in_turn(f"features of {zone.resource_id}", [("route53.features", settle)])
    return ActionResult({})


def served(zone: FakeZone) -> list[RecordSet]:
    """What is in sync: until a first change, the records the zone was made with."""
    return zone.rrsets if zone.in_sync is None else zone.in_sync


def on_the_servers(zone: FakeZone) -> list[RecordSet]:
    """What the name servers have: what is in sync, unless they have fallen behind."""
    return served(zone) if SERVERS.behind is None else SERVERS.behind.get(zone.resource_id, [])


def reset() -> None:
    CHANGES.reset()
    SERVERS.reset()
    dns_answer.TURNS.reset()


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
    if bad := next((value for value in values_of(wanted) if not fits(kind, value)), None):
        raise InvalidBatch(f"Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address' encountered with '{bad}'")
    if wanted.get("Failover") and any(
        record.failover == wanted["Failover"] and record is not present for record in alike
    ):
        raise InvalidBatch(f"Failover {wanted['Failover']} of {described} is another set's")
    others = {record.type for record in records if full_name(record.name) == name and record.type != kind}
    if others and "CNAME" in (kind, *others):
        raise InvalidBatch(f"RRSet of type {kind} with DNS name {name} conflicts with other records of that name")
    new = RecordSet(wanted | {"ResourceRecords": values_of(wanted)})
    if present is None:
        return [*records, new]
    return [new if record is present else record for record in records]


def fits(kind: str, value: str) -> bool:
    """An address record takes addresses of its family only."""
    families = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}
    try:
        families.get(kind, str)(value)
    except ValueError:
        return False
    return True


def same(record: RecordSet, wanted: dict[str, Any]) -> bool:
    """To delete a record set, all of its values must be given as they are."""
    theirs = (int(record.ttl or 0), record.records or [], record.weight, alias_of(record.alias_target))
    ours = (int(wanted.get("TTL") or 0), values_of(wanted), wanted.get("Weight"), alias_of(wanted.get("AliasTarget")))
    routing = (record.failover, record.region, bool(record.multi_value_answer), record.health_check_id)
    wanted_routing = tuple(wanted.get(name) for name in ("Failover", "Region"))
    wanted_routing += (str(wanted.get("MultiValueAnswer", False)).lower() == "true", wanted.get("HealthCheckId"))
    return theirs == ours and routing == wanted_routing


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


moto_create = Route53.create_hosted_zone


@replaces(Route53)
def create_hosted_zone(self: Route53) -> ActionResult:
    """A zone's creation is a change like any other: GetChange knows it."""
    made = moto_create(self)
    made.result["ChangeInfo"] = CHANGES.submit(made.result["HostedZone"])
    return made


@replaces(Route53)
def list_hosted_zones_by_name(self: Route53) -> ActionResult:
    """Every zone from the name on, in the order of their names read from the right: not those of the name only."""
    wanted = self._get_param("DNSName")
    from_id = (self._get_param("HostedZoneId") or "").removeprefix("/hostedzone/")
    limit = self._get_int_param("MaxItems", 100)
    start = (reversed_name(wanted), from_id) if wanted else ("", "")
    zones = sorted(self.backend.zones.values(), key=lambda zone: (reversed_name(zone.name), zone.resource_id))
    zones = [zone for zone in zones if (reversed_name(zone.name), zone.resource_id) >= start]
    more = zones[limit] if len(zones) > limit else None
    listed = {"DNSName": wanted, "HostedZones": zones[:limit], "MaxItems": limit, "IsTruncated": more is not None}
    if more is not None:
        listed |= {"NextDNSName": more.name, "NextHostedZoneId": more.resource_id}
    return ActionResult(listed)


def reversed_name(name: str) -> str:
    return ".".join(reversed(full_name(name).split(".")))


@replaces(Route53)
def test_dns_answer(self: Route53) -> ActionResult:
    """What a name server of the zone would answer now, to a resolver at ResolverIP if one is given.

    An alias within the zone is followed; for an alias to anything else, such as a load balancer, RecordData is the
    target's DNS name and not the addresses AWS would give. Private zones are not answered for (its API reference).
    """
    zone = self.backend.get_hosted_zone(self._get_param("HostedZoneId"))
    if zone.private_zone:
        raise InvalidInput("TestDNSAnswer only supports public hosted zones")
    name, kind = full_name(self._get_param("RecordName")), self._get_param("RecordType")
    data = answer(zone, name, kind, self._get_param("ResolverIP"))
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


def answer(zone: FakeZone, name: str, kind: str, near: str | None = None) -> list[str] | None:
    """The record data, or none if there is no such name."""
    records = served(zone)
    if not dns_answer.named(records, name):
        return None
    data: list[str] = []
    for record in dns_answer.answer(zone, records, name, kind, "api", near):
        if not record.alias_target:
            data += record.records
            continue
        target = full_name(record.alias_target["DNSName"])
        data += answer(zone, target, kind) or [target]
    return data


def put_zone(backend: Route53Backend, zone_id: str, name: str, private: bool = False) -> FakeZone:
    """The zone of this id, made if there is none (moto makes up ids of its own)."""
    if zone_id not in backend.zones:
        vpc = ("vpc-seeded", "us-east-1") if private else (None, None)
        zone = backend.create_hosted_zone(full_name(name), private_zone=private, vpcid=vpc[0], vpcregion=vpc[1])
        del backend.zones[zone.resource_id]
        zone.resource_id = zone_id
        backend.zones[zone_id] = zone
    return backend.zones[zone_id]


def put_record(account: str, zone_id: str, zone_name: str, record: dict[str, Any], private: bool = False) -> None:
    """Seeds a record that is in sync from the start."""
    zone = put_zone(route53_backends[account]["aws"], zone_id, zone_name, private)
    zone.rrsets = changed(zone, zone.rrsets, {"Action": "UPSERT", "ResourceRecordSet": record})
    zone.in_sync = zone.rrsets


# Knob (POST /_cloud/knob)


def knob_name_servers(silent: bool = False, refusing: bool = False, behind: bool = False) -> None:
    """They answer nothing, refuse every question, or keep what they have now whatever is changed."""
    SERVERS.silent, SERVERS.refusing = silent, refusing
    kept = {zone.resource_id: served(zone) for zone in [*dns_answer.zones(), *dns_answer.zones(private=True)]}
    SERVERS.behind = kept if behind else None


def knob_health_check(health_check: str, healthy: bool = False) -> None:
    """Record sets with this health check are unhealthy."""
    if healthy:
        dns_answer.TURNS.unhealthy.discard(health_check)
    else:
        dns_answer.TURNS.unhealthy.add(health_check)


def knob_asked_from(region: str) -> None:
    """Questions of DNS come from this region, where they do not say otherwise."""
    dns_answer.TURNS.asked_from = region


def knob_changes_stuck(on: bool = True) -> None:
    """No change of any zone goes from PENDING to INSYNC while this is on."""
    CHANGES.stuck = on
