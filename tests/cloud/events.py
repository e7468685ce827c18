"""EventBridge rules: those that a service made for itself are that service's to turn.

Follows the API reference of EnableRule, DisableRule and PutRule (ManagedRuleException; a state of
`ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS` is made by PutRule alone, and EnableRule makes a plain `ENABLED` of it).
moto turns every rule alike, and refuses none.
"""

from __future__ import annotations

from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.events.models import EventBus, EventsBackend, Rule, events_backends

from patch import replaces

moto_enable = EventsBackend.enable_rule
moto_disable = EventsBackend.disable_rule
moto_put = EventsBackend.put_rule


def bus_of(backend: EventsBackend, bus: str | None) -> EventBus:
    """The bus of that name or ARN, made where it is not there."""
    name = (bus or "default").rsplit("/", 1)[-1]
    if name not in backend.event_buses:
        backend.create_event_bus(name)
    return backend.event_buses[name]


def require_own(backend: EventsBackend, name: str, bus: str | None) -> None:
    """Rules of a service are turned and changed by that service alone."""
    found = backend._get_event_bus(backend._normalize_event_bus_arn(bus)).rules.get(name)
    if found is not None and found.managed_by:
        message = f"Rule {name} is managed by {found.managed_by}. It cannot be changed without Force."
        raise JsonRESTError("ManagedRuleException", message)


@replaces(EventsBackend)
def enable_rule(self: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
    require_own(self, name, event_bus_arn)
    return moto_enable(self, name, event_bus_arn)


@replaces(EventsBackend)
def disable_rule(self: EventsBackend, name: str, event_bus_arn: str | None) -> bool:
    require_own(self, name, event_bus_arn)
    return moto_disable(self, name, event_bus_arn)


@replaces(EventsBackend)
def put_rule(self: EventsBackend, name: str, *args: Any, **kwargs: Any) -> Rule:
    require_own(self, name, kwargs.get("event_bus_arn"))
    return moto_put(self, name, *args, **kwargs)


def put(account: str, region: str, name: str, bus: str | None, enabled: bool) -> Rule:
    """One with a target; of the default bus it goes by the clock, which rules of no other can."""
    backend = events_backends[account][region]
    of = bus_of(backend, bus)
    when = {"scheduled_expression": "rate(1 day)"} if of.name == "default" else {"event_pattern": '{"source": ["shop"]}'}
    rule = moto_put(backend, name, event_bus_arn=of.name, state="ENABLED" if enabled else "DISABLED", **when)
    rule.targets = [{"Id": "1", "Arn": f"arn:aws:lambda:{region}:{account}:function:{name}"}]
    return rule


def described(backend: EventsBackend) -> dict[str, Any]:
    """For the state: what is there of a rule, by its bus and name."""
    return {f"{bus.name}/{name}": rule.describe() for bus in backend.event_buses.values() for name, rule in bus.rules.items()}


# Knobs (POST /_cloud/knob)


def knob_rule(
    region: str,
    rule: str,
    bus: str | None = None,
    state: str | None = None,
    managed_by: str | None = None,
    targets: list[str] | None = None,
    description: str | None = None,
    role: str | None = None,
    gone: bool = False,
    account: str = DEFAULT_ACCOUNT_ID,
) -> None:
    """The rule, made where it is not there, comes to be so; `targets` are ARNs, `role` is one; it is no more (`gone`)."""
    rules = bus_of(events_backends[account][region], bus).rules
    if gone:
        del rules[rule]
        return
    found = rules.get(rule) or put(account, region, rule, bus, True)
    found.state = state or found.state
    found.managed_by = managed_by or found.managed_by
    found.description = description or found.description
    found.role_arn = role or found.role_arn
    if targets is not None:
        found.targets = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(targets)]
