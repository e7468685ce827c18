"""What the name servers of a zone answer, by the routing of its record sets.

Follows the Route 53 guide, "Choosing a routing policy": weighted sets by their share (0 is never answered, unless all
weigh 0), failover sets by role and health, latency sets by where the question comes from, up to eight multivalue sets at
once; sets whose health check fails are left out while others are healthy. Weighted sets answer by turns and not by
chance, so that a test sees each of them as often as it asks for.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from typing import Any

from moto.route53.models import FakeZone, RecordSet, route53_backends

MULTIVALUE = 8


class Turns:
    """Whose turn it is, for each group of sets and each who asks; what is wrong with sets; from where is asked."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.credit: dict[tuple[Any, ...], dict[str, int]] = {}
        self.first: dict[tuple[Any, ...], int] = {}
        self.unhealthy: set[str] = set()
        self.asked_from = "us-east-1"

    def next(self, group: tuple[Any, ...], sets: list[RecordSet], weights: list[int]) -> RecordSet:
        """Smooth weighted round robin: over as many answers as the weights add up to, each has its share."""
        credit = self.credit.setdefault(group, {})
        for record, weight in zip(sets, weights, strict=True):
            credit[record.set_identifier or ""] = credit.get(record.set_identifier or "", 0) + weight
        chosen = max(sets, key=lambda record: credit[record.set_identifier or ""])
        credit[chosen.set_identifier or ""] -= sum(weights)
        return chosen


    def some(self, group: tuple[Any, ...], sets: list[RecordSet]) -> list[RecordSet]:
        """As many as a multivalue answer holds, each time from another one on."""
        if len(sets) <= MULTIVALUE:
            return sets
        first = self.first[group] = (self.first.get(group, -1) + 1) % len(sets)
        return (sets[first:] + sets[:first])[:MULTIVALUE]


TURNS = Turns()


def full_name(name: str) -> str:
    """Names are compared in lower case, with the trailing dot, and with an asterisk that is not escaped."""
    return name.lower().rstrip(".").replace("\\052", "*") + "."


def zones(private: bool = False) -> list[FakeZone]:
    """Every zone of every account that is as private as that."""
    accounts = list(route53_backends.values())
    found = [zone for account in accounts for backend in account.values() for zone in backend.zones.values()]
    return [zone for zone in found if bool(zone.private_zone) == private]


def zone_of(name: str, candidates: Iterable[FakeZone]) -> FakeZone | None:
    """The zone that answers for the name: the one with the longest name."""
    holding = [zone for zone in candidates if f".{name}".endswith(f".{full_name(zone.name)}")]
    return max(holding, key=lambda zone: len(zone.name), default=None)


def named(records: list[RecordSet], name: str) -> list[RecordSet]:
    """The sets of the name, or of the wildcard that stands for it (RFC 4592): only where nothing of that name exists."""
    exact = [record for record in records if full_name(record.name) == name]
    if exact or any(full_name(record.name).endswith(f".{name}") for record in records):
        return exact
    _, _, parent = name.partition(".")
    while parent:
        below = [record for record in records if full_name(record.name) == f"*.{parent}"]
        if below or any(full_name(record.name) == parent for record in records):
            return below
        _, _, parent = parent.partition(".")
    return []


def answer(zone: FakeZone, records: list[RecordSet], name: str, kind: str, asker: str, near: str | None) -> list[RecordSet]:
    """The sets that answer; none when there is no such type at the name. A CNAME answers for every type."""
    found = named(records, name)
    sets = [record for record in found if record.type == kind] or [r for r in found if r.type == "CNAME"]
    if len(sets) < 2:
        return sets
    healthy = [record for record in sets if not is_unhealthy(record.health_check_id)]
    if any(record.multi_value_answer for record in sets):
        return TURNS.some((asker, zone.resource_id, name, kind), healthy or sets)
    if any(record.failover for record in sets):
        return [by_role(sets, healthy)]
    if any(record.region for record in sets):
        return [by_place(healthy or sets, near)]
    group = (asker, zone.resource_id, name, sets[0].type)
    # Those without weight are answered while no healthy one has any; with every weight 0, all of them equally.
    for some in (weighing(healthy), healthy, weighing(sets), sets):
        if some:
            return [TURNS.next(group, some, [int(record.weight or 0) or 1 for record in some])]
    return []


def is_unhealthy(check: str | None) -> bool:
    """By a knob, or by the object that the check watches."""
    import health_checks

    return check in TURNS.unhealthy or health_checks.is_unhealthy(check)


def weighing(sets: list[RecordSet]) -> list[RecordSet]:
    return [record for record in sets if int(record.weight or 0)]


def by_role(sets: list[RecordSet], healthy: list[RecordSet]) -> RecordSet:
    """Primary while it is healthy, else a healthy secondary, else the primary all the same."""
    order = sorted(sets, key=lambda record: record.failover or "")
    return next((record for record in order if record in healthy), order[0])


def by_place(sets: list[RecordSet], near: str | None) -> RecordSet:
    """The set that is where the question comes from: its own address counts as its region."""
    here = next((record for record in sets if near and near in leads_to(record)), None)
    regional = next((record for record in sets if record.region == TURNS.asked_from), None)
    return here or regional or min(sets, key=lambda record: record.region or "")


def leads_to(record: RecordSet) -> list[str]:
    if record.alias_target:
        return addresses(full_name(record.alias_target["DNSName"]), record.type or "A")
    return list(record.records or [])


def addresses(name: str, kind: str) -> list[str]:
    """Two addresses of a load balancer, the same ones for the same name: of TEST-NET-2, which is nobody's."""
    digest = hashlib.sha256(name.removeprefix("dualstack.").encode()).digest()
    if kind == "AAAA":
        return [str(ipaddress.IPv6Address(0x20010DB8 << 96 | int.from_bytes(digest[n : n + 4]))) for n in (0, 4)]
    return [f"198.51.100.{digest[0] % 127 + 1}", f"198.51.100.{digest[1] % 127 + 128}"]


def is_of_aws(name: str) -> bool:
    return name.endswith((".amazonaws.com.", ".amazonaws.com.cn."))
