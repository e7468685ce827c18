"""Routing controls of Amazon Application Recovery Controller, of our own: moto has no such service. Five endpoints, each in
a region of its own, are at `/arc/1/v1` to `/arc/5/v1` of the one port.

Follows the Routing Control API Reference (GetRoutingControlState, ListRoutingControls, UpdateRoutingControlState and
UpdateRoutingControlStates: all or none of the entries; ConflictException "try again", ResourceNotFoundException,
ValidationException, EndpointTemporarilyUnavailableException) and the Developer Guide ("Creating safety rules in routing
control", "Overriding safety rules to reroute traffic"). Which error a safety rule refuses with is not documented: here it is a
ConflictException that names the rule. What is not here answers UnknownOperationException. Controls and rules are made by
seeding and by knobs.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID

import health_checks
from calls import Call, Request
from errors import CloudError, Reply

# By number, from 1 on: where AWS has them too.
REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-northeast-1", "ap-southeast-2")
PATH = re.compile(r"^/arc/(\d)/v1/?$")
CONTROL = re.compile(r"^(arn:[\w-]+:route53-recovery-control::\d+:controlpanel/[\w-]+)/routingcontrol/[\w-]+$")
LARGEST_PAGE = 500
PAGE = {"most": LARGEST_PAGE}


@dataclass
class Control:
    arn: str
    state: str

    @property
    def panel(self) -> str:
        return self.arn.partition("/routingcontrol/")[0]

    @property
    def name(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass
class Rule:
    """An assertion rule: at least so many of these are on, whatever is updated."""

    arn: str
    controls: list[str]
    least: int


@dataclass
class Endpoint:
    """`down`: it says that it is unavailable. `behind`: what it tells is of then. `strange`: what it tells is of another."""

    down: bool = False
    behind: dict[str, str] | None = None
    strange: str | None = None


CONTROLS: dict[str, Control] = {}
RULES: dict[str, Rule] = {}
ENDPOINTS: dict[int, Endpoint] = {}


def reset() -> None:
    CONTROLS.clear()
    RULES.clear()
    ENDPOINTS.clear()
    PAGE["most"] = LARGEST_PAGE


def put(arn: str, state: str) -> Control:
    if not CONTROL.match(arn):
        raise ValueError(f"{arn} is no routing control's ARN")
    CONTROLS[arn] = Control(arn, state)
    return CONTROLS[arn]


def is_on(arn: str) -> bool:
    return arn in CONTROLS and CONTROLS[arn].state == "On"


def invalid(message: str) -> CloudError:
    return CloudError("ValidationException", message)


def absent(what: str) -> CloudError:
    return CloudError("ResourceNotFoundException", f"{what} does not exist")


def owned(call: Call, arn: str) -> Control:
    """A control of the caller's own account: another's is not there."""
    if arn not in CONTROLS or arn.split(":")[4] != call.account:
        raise absent(f"Routing control {arn}")
    return CONTROLS[arn]


def told(endpoint: Endpoint, control: Control) -> dict[str, Any]:
    state = (endpoint.behind or {}).get(control.arn, control.state)
    arn = endpoint.strange or control.arn
    return {"RoutingControlArn": arn, "RoutingControlName": arn.rpartition("/")[2], "RoutingControlState": state}


def get_routing_control_state(call: Call, endpoint: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    return told(endpoint, owned(call, required(given, "RoutingControlArn")))


def list_routing_controls(call: Call, endpoint: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    panel = given.get("ControlPanelArn")
    own = [found for found in CONTROLS.values() if found.arn.split(":")[4] == call.account]
    found = [control for control in own if panel in (None, control.panel)]
    if panel is not None and not found:
        raise absent(f"Control panel {panel}")
    start = int(given.get("NextToken") or 0)
    end = start + min(PAGE["most"], int(given.get("MaxResults") or LARGEST_PAGE))
    page = [
        told(endpoint, control) | {"ControlPanelArn": control.panel, "ControlPanelName": control.panel.rpartition("/")[2]}
        for control in found[start:end]
    ]
    return {"RoutingControls": page} | ({"NextToken": str(end)} if end < len(found) else {})


def update_routing_control_state(call: Call, endpoint: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    entry = {name: required(given, name) for name in ("RoutingControlArn", "RoutingControlState")}
    return update(call, [entry], given.get("SafetyRulesToOverride") or [])


def update_routing_control_states(call: Call, endpoint: Endpoint, given: dict[str, Any]) -> dict[str, Any]:
    entries = required(given, "UpdateRoutingControlStateEntries")
    return update(call, entries, given.get("SafetyRulesToOverride") or [])


def update(call: Call, entries: list[dict[str, Any]], overridden: list[str]) -> dict[str, Any]:
    """All or none: what a rule refuses of one entry is refused of all."""
    wanted = {}
    for entry in entries:
        arn, state = required(entry, "RoutingControlArn"), required(entry, "RoutingControlState")
        if state not in ("On", "Off"):
            raise invalid(f"Value '{state}' at 'routingControlState' failed to satisfy constraint: [On, Off]")
        if arn in wanted:
            raise invalid(f"{arn} is given twice")
        wanted[owned(call, arn).arn] = state
    for rule in overridden:
        if rule not in RULES:
            raise absent(f"Safety rule {rule}")
    after = {arn: control.state for arn, control in CONTROLS.items()} | wanted
    for rule in RULES.values():
        on = sum(after.get(arn) == "On" for arn in rule.controls)
        if rule.arn not in overridden and wanted.keys() & set(rule.controls) and on < rule.least:
            message = f"The update is refused by the safety rule {rule.arn}: at least {rule.least} have to be On, not {on}"
            raise CloudError("ConflictException", message)
    health_checks.note()
    for arn, state in wanted.items():
        CONTROLS[arn].state = state
    health_checks.changed()
    return {}


def required(given: dict[str, Any], name: str) -> Any:
    if not given.get(name):
        raise invalid(f"Value at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null")
    return given[name]


ANSWERS: dict[str, Callable[[Call, Endpoint, dict[str, Any]], dict[str, Any]]] = {
    "GetRoutingControlState": get_routing_control_state,
    "ListRoutingControls": list_routing_controls,
    "UpdateRoutingControlState": update_routing_control_state,
    "UpdateRoutingControlStates": update_routing_control_states,
}


def answer(request: Request, call: Call) -> Reply:
    """An endpoint takes what is signed for its own region, and what its target names."""
    target = request.headers.get("x-amz-target", "")
    if target.partition(".")[0] != "ToggleCustomerAPI" or call.operation not in ANSWERS:
        raise CloudError("UnknownOperationException", "")
    at = PATH.match(request.path)
    number = int(at[1]) if at else 0
    if not 1 <= number <= len(REGIONS):
        raise CloudError("UnknownOperationException", f"There is no cluster endpoint at {request.path}")
    region = REGIONS[number - 1]
    if call.region != region:
        raise CloudError("InvalidSignatureException", f"Credential should be scoped to a valid region, not '{call.region}'.")
    endpoint = ENDPOINTS.setdefault(number, Endpoint())
    if endpoint.down:
        raise CloudError("EndpointTemporarilyUnavailableException", "The cluster endpoint isn't available. Try another.")
    told_ = ANSWERS[call.operation](call, endpoint, call.parameters or {})
    headers = {"content-type": "application/x-amz-json-1.0", "x-amzn-requestid": str(uuid.uuid4())}
    return Reply(200, headers, json.dumps(told_).encode())


def described(account: str) -> dict[str, str]:
    """For the state: whether each is on."""
    return {arn: control.state for arn, control in CONTROLS.items() if arn.split(":")[4] == account}


# Knobs (POST /_cloud/knob)


def knob_arc_endpoint(
    endpoint: int, down: bool = False, behind: bool = False, strange: str | None = None
) -> None:
    """The endpoint of that number is unavailable (`down`), tells from now on what is so now (`behind`), or tells of the
    control of that ARN whatever it is asked of (`strange`); alone: as usual."""
    now = {arn: control.state for arn, control in CONTROLS.items()}
    ENDPOINTS[endpoint] = Endpoint(down, now if behind else None, strange)


def knob_arc_control(control: str, state: str = "Off", gone: bool = False) -> None:
    """The control of that ARN, made where it is not there, is in that state, or is no more."""
    health_checks.note()
    if gone:
        del CONTROLS[control]
    else:
        put(control, state)
    health_checks.changed()


def knob_arc_rule(rule: str, controls: list[str] | None = None, least: int = 1) -> None:
    """An assertion rule with that ARN: at least so many of these controls are on; without any, the rule is no more."""
    RULES.pop(rule, None)
    if controls:
        RULES[rule] = Rule(rule, controls, least)


def knob_arc_page(size: int = LARGEST_PAGE) -> None:
    """So many controls at most in an answer that lists them."""
    PAGE["most"] = size
